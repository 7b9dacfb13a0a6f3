//! What the standard asks of a document, as tables, and the walk that checks a document by them.
//!
//! The tables follow the JSON schema of EPCIS 2.0. Where it is looser than the text of the
//! standard (`readPoint` may hold any member), so are they.

mod check;
mod shapes;

pub(crate) use check::{check, shown};
pub(crate) use shapes::EVENT_TYPES;

use crate::terms::Vocabulary;

/// What a value must be.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    Any,
    Text,
    Bool,
    Number,
    Uri,
    Time,
    Offset,
    Version,
    Hex,
    Unit,
    Action,
    Term(Vocabulary),
    Context,
    Certification,
    Attribute,
    List(&'static List),
    Object(&'static Shape),
    Event,
}

/// A list and what its items must be.
pub(super) struct List {
    pub(super) item: Rule,
    pub(super) least: usize,
    /// Whether no item may stand twice.
    pub(super) unique: bool,
}

/// Which members an object may have beyond those named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// None.
    Forbidden,
    /// Those whose name is a URI or has a namespace's prefix.
    Namespaced,
    /// Any.
    Any,
}

/// An object and what its members must be.
pub(crate) struct Shape {
    pub(super) fields: &'static [Field],
    pub(super) others: Others,
    /// What the fields do not say one by one.
    pub(super) rule: Option<Extra>,
}

/// A member of a shape.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    pub(super) required: bool,
}

/// What the fields of a shape do not say one by one.
#[derive(Clone, Copy)]
pub(super) enum Extra {
    /// At least one of these lists, with as many items as it says, unless the action is DELETE.
    Goods { lists: &'static [(&'static str, usize)], spared_by_delete: bool, sensors: bool },
    /// Inputs and outputs, or a transformation id and either.
    Transformed,
    /// `set` or `unset`.
    SetOrUnset,
}
