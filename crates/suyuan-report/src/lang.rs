//! The two languages of pages.

use std::fmt;

use suyuan_core::model::{Hazard, RemovalReason, SampleKind, Stage, Verdict};
use suyuan_core::recall::case::Standing;
use suyuan_core::trace::Certainty;

use crate::text;

/// The language of a page. Texts from the data stay as they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Chinese, simplified.
    Zh,
    /// English.
    #[default]
    En,
}

impl Lang {
    /// Reads `zh` or `en`, ignoring case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "zh" | "zh-cn" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The tag that HTML's `lang` takes.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The text of this language out of both.
    #[must_use]
    pub const fn pick<'t>(self, en: &'t str, zh: &'t str) -> &'t str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// A number of things: in English one or many, in Chinese with its measure word.
    #[must_use]
    pub fn things(self, number: u64, [one, many]: [&str; 2], zh: &str) -> String {
        match self {
            Self::En => text::things(number, one, many),
            Self::Zh => format!("{}{zh}", text::count(number)),
        }
    }

    /// A value of a closed list by its name: English first, Chinese second.
    fn name(self, names: &'static [&'static str]) -> &'static str {
        let first = names.first().copied().unwrap_or_default();
        match self {
            Self::En => first,
            Self::Zh => names.get(1).copied().unwrap_or(first),
        }
    }

    /// A stage.
    #[must_use]
    pub fn stage(self, stage: Option<Stage>) -> &'static str {
        stage.map_or(self.unknown(), |stage| self.name(stage.names()))
    }

    /// A hazard.
    #[must_use]
    pub fn hazard(self, hazard: Option<Hazard>) -> &'static str {
        hazard.map_or(self.unknown(), |hazard| self.name(hazard.names()))
    }

    /// A verdict.
    #[must_use]
    pub fn verdict(self, verdict: Option<Verdict>) -> &'static str {
        verdict.map_or(self.unknown(), |verdict| self.name(verdict.names()))
    }

    /// A purpose of sampling.
    #[must_use]
    pub fn kind(self, kind: SampleKind) -> &'static str {
        self.name(kind.names())
    }

    /// A reason of removal.
    #[must_use]
    pub fn reason(self, reason: Option<RemovalReason>) -> &'static str {
        reason.map_or(self.unknown(), |reason| self.name(reason.names()))
    }

    /// A certainty.
    #[must_use]
    pub const fn certainty(self, certainty: Certainty) -> &'static str {
        match certainty {
            Certainty::Recorded => self.pick("certain", "确定"),
            Certainty::Possible => self.pick("possible", "可能"),
        }
    }

    /// How a duty stands.
    #[must_use]
    pub const fn standing(self, standing: Standing) -> &'static str {
        match standing {
            Standing::Open => self.pick("open", "未到期"),
            Standing::Met => self.pick("met", "按期完成"),
            Standing::Late => self.pick("late", "超期完成"),
            Standing::Overdue => self.pick("OVERDUE", "逾期"),
            Standing::Undetermined => self.pick("undetermined", "期限不明"),
        }
    }

    /// What is not known.
    #[must_use]
    pub const fn unknown(self) -> &'static str {
        self.pick("unknown", "不明")
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.pick("en", "zh"))
    }
}
