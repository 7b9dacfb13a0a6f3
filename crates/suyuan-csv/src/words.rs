//! The fixed vocabularies of the model, as one kind of thing.

use std::borrow::Cow;

use suyuan_core::model::{
    Hazard, RegionLevel, RemovalReason, RiskGrade, Role, SampleKind, Stage, Verdict,
};

/// A word of a fixed vocabulary.
pub(crate) trait Word: Sized + Copy + 'static {
    const ALL: &'static [Self];
    fn parse(text: &str) -> Option<Self>;
    fn name(self) -> &'static str;
}

macro_rules! words {
    ($($name:ident)*) => {$(
        impl Word for $name {
            const ALL: &'static [Self] = $name::ALL;
            fn parse(text: &str) -> Option<Self> {
                $name::parse(text)
            }
            fn name(self) -> &'static str {
                self.as_str()
            }
        }
    )*};
}

words! { Hazard RegionLevel RemovalReason RiskGrade Role SampleKind Stage Verdict }

/// What is expected where a word is unknown.
pub(crate) fn one_of<W: Word>() -> Cow<'static, str> {
    let names: Vec<_> = W::ALL.iter().map(|word| word.name()).collect();
    Cow::Owned(format!("one of {}", names.join(", ")))
}
