//! What a business step does to goods.

use crate::event::{Action, Event, EventKind};

/// What an event does to the goods it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// They leave for another place.
    Departs,
    /// A departure did not take place.
    Voids,
    /// They come from another place.
    Arrives,
    /// A sample is taken.
    Samples,
    /// They are sold to those who eat them.
    Sells,
    /// They are destroyed.
    Destroys,
    /// They end for a reason that is not said.
    Ends,
    /// They are found at a count.
    Gains,
    /// They are there.
    Observes,
}

impl Step {
    pub(crate) fn of(event: &Event) -> Self {
        let ends = event.kind == EventKind::Object && event.action == Some(Action::Delete);
        match event.step.as_deref() {
            Some("shipping" | "departing" | "consigning") => Self::Departs,
            Some("void_shipping") => Self::Voids,
            Some("receiving" | "arriving" | "accepting") => Self::Arrives,
            Some("sampling") => Self::Samples,
            Some("retail_selling" | "dispensing") => Self::Sells,
            Some("destroying") => Self::Destroys,
            Some("stock_taking" | "cycle_counting")
                if event.kind == EventKind::Object && event.action == Some(Action::Add) =>
            {
                Self::Gains
            }
            _ if ends => Self::Ends,
            _ => Self::Observes,
        }
    }
}
