//! Where one thing has been.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;

use crate::contents::Leaf;

/// How much, with its unit.
pub(crate) type Quantity = (Decimal, Unit);

/// A sending that nothing has received yet.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) event: usize,
    pub(crate) site: String,
    /// What of it is still to be received; `None` is unknown.
    pub(crate) left: Option<Quantity>,
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
}

/// The way of one thing so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    /// Where it has been.
    pub(crate) sites: BTreeSet<String>,
    last: Option<String>,
    /// The event that first shows it, and where it was.
    pub(crate) first: Option<(usize, String)>,
    /// The event that made it, where, and whether by a transformation.
    pub(crate) made: Option<(usize, String, bool)>,
    /// How much was made, when not by a transformation.
    pub(crate) quantity: Option<Quantity>,
    pub(crate) open: Vec<Open>,
    /// Whether an event has named it.
    pub(crate) seen: bool,
}

impl Track {
    /// It was made: the first place that says so is where it starts; what is made there again is
    /// added, and so is what a transformation makes anywhere.
    pub(crate) fn make(
        &mut self,
        event: usize,
        site: String,
        output: bool,
        more: Option<Quantity>,
    ) {
        match &mut self.made {
            None => {
                self.quantity = more.filter(|_| !output);
                self.made = Some((event, site.clone(), output));
                self.last = Some(site.clone());
                self.first.get_or_insert((event, site.clone()));
            }
            Some((_, first, made_by)) => {
                *made_by |= output;
                if *first == site && !output {
                    self.quantity = match (self.quantity, more) {
                        (Some((one, unit)), Some((two, other))) if unit == other => {
                            one.checked_add(two).map(|sum| (sum, unit))
                        }
                        _ => None,
                    };
                }
            }
        }
        self.sites.insert(site);
    }

    /// Whether a transformation makes it.
    pub(crate) fn is_output(&self) -> bool {
        self.made.as_ref().is_some_and(|(_, _, output)| *output)
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
