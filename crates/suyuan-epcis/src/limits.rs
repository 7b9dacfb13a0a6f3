//! What a document may cost before it is read.

/// Limits of a reader. A document beyond one of them ends in
/// [`Error::Limit`](crate::Error::Limit). Memory is at most about 110 bytes a value in JSON, 170 in
/// XML, plus the document: with the default limits 0.8 and 1.2 GiB.
///
/// ```
/// use suyuan_epcis::{Document, Error, Limits, ReadOptions};
/// let mut options = ReadOptions::default();
/// options.limits = Limits { depth: 4, ..Limits::default() };
/// let error = Document::read(b"[[[[[]]]]]", &options).unwrap_err();
/// assert!(matches!(error, Error::Limit { what: "levels of nesting", limit: 4, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a document.
    pub bytes: usize,
    /// Levels of nesting, at most [`Limits::DEEPEST`].
    pub depth: usize,
    /// Events of a document.
    pub events: usize,
    /// Items of any other list, or elements in one XML element.
    pub items: usize,
    /// Members of an object; attributes and names of elements in one XML element; namespaces of an
    /// XML document.
    pub members: usize,
    /// Values (texts, numbers, lists, objects ...) of a document.
    pub values: usize,
    /// Bytes of one text or number.
    pub text: usize,
    /// Problems kept of a document that breaks the standard.
    pub problems: usize,
    /// Passages of goods that mapping may make of a document, contents of containers one by one.
    pub passages: usize,
}

impl Limits {
    /// Nesting is never read deeper than this.
    pub const DEEPEST: usize = 256;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            depth: 64,
            events: 500_000,
            items: 100_000,
            members: 1_000,
            values: 8_000_000,
            text: 1 << 20,
            problems: 100,
            passages: 5_000_000,
        }
    }
}
