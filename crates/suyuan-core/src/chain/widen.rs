//! The same chain with dates trusted less.

use super::SupplyChain;
use super::index::Link;
use super::records::{BatchRow, SampleRow, TransformationRow};
use crate::time::{DAY, Minute, Span};

/// By how many minutes each interval grows at either end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slack(i32);

impl Slack {
    /// Whether intervals stay as they are.
    #[inline]
    pub(super) const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// This slack and another on top.
    pub(super) const fn and(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }

    pub(super) fn span(self, span: Span) -> Span {
        Span { earliest: self.earlier(span.earliest), latest: self.later(span.latest) }
    }

    fn earlier(self, minute: Minute) -> Minute {
        minute.plus(-self.0)
    }

    fn later(self, minute: Minute) -> Minute {
        minute.plus(self.0)
    }
}

impl SupplyChain {
    /// The chain as it were if each event could have happened up to `days` days earlier or later
    /// than its interval says. What is unknown stays so. What the written dates decided is kept:
    /// which stocks are orphans, which links contradict the records, which are dated to the day.
    /// Every label of a trace can therefore only become earlier (backward: later), and every
    /// answer larger. Texts and amounts are shared; O(n) in rows and links.
    pub(crate) fn widened(&self, days: u32) -> Self {
        let slack = Slack(i32::try_from(days).unwrap_or(i32::MAX).saturating_mul(DAY));
        let mut wide = self.clone();
        wide.batches = self
            .batches
            .map(|row| BatchRow { produced_on: slack.span(row.produced_on), ..row.clone() });
        wide.shipments = self.shipments.widened(slack);
        wide.transformations = self
            .transformations
            .map(|row| TransformationRow { time: slack.span(row.time), ..row.clone() });
        wide.removals = self.removals.widened(slack);
        wide.samples = self.samples.map(|row| SampleRow {
            sampled_on: slack.span(row.sampled_on),
            reported_on: slack.span(row.reported_on),
            ..row.clone()
        });
        wide.cleanings_at = self.cleanings_at.map(|cleaned| slack.span(cleaned));
        wide.stocks.first = self.stocks.first.map(|first| slack.earlier(*first));
        wide.stocks.begun = self.stocks.begun.map(|begun| slack.earlier(*begun));
        let link =
            |link: Link| link.with_times(slack.later(link.departs), slack.earlier(link.arrives));
        wide.links.out = self.links.out.map(self.stocks.len(), link);
        wide.links.into = self.links.into.map(link);
        wide
    }
}
