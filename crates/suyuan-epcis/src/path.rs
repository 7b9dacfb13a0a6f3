//! Paths into a document, as JSON pointers (RFC 6901).

use std::fmt::Write as _;

/// A path that grows and shrinks as a document is walked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path(String);

impl Path {
    /// Goes into a member; returns what [`Path::back`] takes.
    pub(crate) fn member(&mut self, name: &str) -> usize {
        let before = self.0.len();
        push_member(&mut self.0, name);
        before
    }

    /// Goes into an item of a list.
    pub(crate) fn item(&mut self, at: usize) -> usize {
        let before = self.0.len();
        push_item(&mut self.0, at);
        before
    }

    /// Goes nowhere.
    pub(crate) fn here(&self) -> usize {
        self.0.len()
    }

    /// Goes back to where a step was taken from.
    pub(crate) fn back(&mut self, to: usize) {
        self.0.truncate(to);
    }

    /// The path as text; `/` is the whole document.
    pub(crate) fn text(&self) -> String {
        if self.0.is_empty() { "/".to_owned() } else { self.0.clone() }
    }
}

/// Appends `/name` with `~` and `/` escaped.
pub(crate) fn push_member(path: &mut String, name: &str) {
    path.push('/');
    for c in name.chars() {
        match c {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            _ => path.push(c),
        }
    }
}

/// Appends `/at`.
pub(crate) fn push_item(path: &mut String, at: usize) {
    let _ = write!(path, "/{at}");
}
