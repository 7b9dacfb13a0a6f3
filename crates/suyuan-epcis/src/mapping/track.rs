//! Where one thing has been.

use std::collections::BTreeSet;

use crate::contents::{Leaf, Quantity};

/// A sending that nothing has received yet.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) event: usize,
    pub(crate) site: String,
    /// What of it is still to be received; `None` is unknown.
    pub(crate) left: Option<Quantity>,
    /// Whether it may not have been of what was sent.
    pub(crate) possible: bool,
}

/// A passage from one place to another.
#[derive(Clone, Debug)]
pub(crate) struct Movement {
    pub(crate) code: String,
    pub(crate) goods: Leaf,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) sent: Option<usize>,
    pub(crate) received: Option<usize>,
    /// Whether it may not have taken place.
    pub(crate) possible: bool,
}

/// That an event made it.
#[derive(Clone, Debug)]
pub(crate) struct Making {
    pub(crate) event: usize,
    pub(crate) site: String,
    pub(crate) quantity: Option<Quantity>,
}

/// The way of one thing so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    /// Where it has been.
    pub(crate) sites: BTreeSet<String>,
    last: Option<String>,
    /// The event that first shows it, and where it was.
    pub(crate) first: Option<(usize, String)>,
    /// The event that made it first, and where.
    pub(crate) made: Option<(usize, String)>,
    /// Whether a transformation makes it.
    pub(crate) is_output: bool,
    /// The events that made it, transformations left aside.
    pub(crate) makings: Vec<Making>,
    pub(crate) open: Vec<Open>,
    /// Whether an event has named it.
    pub(crate) seen: bool,
}

impl Track {
    /// It was made: the first place that says so is where it starts.
    pub(crate) fn make(&mut self, event: usize, site: &str) {
        if self.made.is_none() {
            self.made = Some((event, site.to_owned()));
            self.last = Some(site.to_owned());
            self.first.get_or_insert((event, site.to_owned()));
        }
        self.sites.insert(site.to_owned());
    }

    /// The one making that its batch row can tell of; more of them, or one beside the outputs of
    /// transformations, are makings of their own.
    pub(crate) fn only_making(&self) -> Option<&Making> {
        match &*self.makings {
            [only] if !self.is_output => Some(only),
            _ => None,
        }
    }

    /// Where it was last.
    pub(crate) fn last_site(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// It is at a place.
    pub(crate) fn stay(&mut self, event: usize, site: &str) {
        self.first.get_or_insert_with(|| (event, site.to_owned()));
        if self.last.as_deref() != Some(site) {
            self.last = Some(site.to_owned());
            self.sites.insert(site.to_owned());
        }
    }

    /// A sending is received: whole, or as much of it as is said.
    pub(crate) fn take(&mut self, place: usize, quantity: Option<Quantity>) {
        let Some(open) = self.open.get_mut(place) else { return };
        if let (Some((left, unit)), Some((taken, other))) = (open.left, quantity)
            && unit == other
            && taken < left
        {
            open.left = Some((left - taken, unit));
            return;
        }
        self.open.remove(place);
    }
}
