//! Names for raw rows in findings, and the two times of a shipment.

use super::builder::{ChainBuilder, RawLine, RawRemoval, RawSample, RawShipment};
use super::finding::{RecordRef, Table};
use super::lots::label_of;
use crate::time::{Minute, Span};

pub(super) fn pair_label(builder: &ChainBuilder, batch: u32, operator: u32) -> String {
    let batch = label_of(builder.batch_codes.text(batch));
    format!("{batch}@{}", builder.operator_codes.text(operator))
}

pub(super) fn shipment_ref(builder: &ChainBuilder, raw: &RawShipment) -> RecordRef {
    RecordRef {
        table: Table::Shipments,
        code: builder.shipment_codes.text(raw.code).to_owned(),
        source: raw.source,
    }
}

pub(super) fn line_ref(builder: &ChainBuilder, raw: &RawLine) -> RecordRef {
    RecordRef {
        table: Table::Transformations,
        code: builder.transformation_codes.text(raw.code).to_owned(),
        source: raw.source,
    }
}

pub(super) fn removal_ref(builder: &ChainBuilder, raw: &RawRemoval) -> RecordRef {
    RecordRef {
        table: Table::Removals,
        code: pair_label(builder, raw.batch, raw.operator),
        source: raw.source,
    }
}

pub(super) fn sample_ref(builder: &ChainBuilder, raw: &RawSample) -> RecordRef {
    RecordRef {
        table: Table::Samples,
        code: builder.texts.text(raw.code).to_owned(),
        source: raw.source,
    }
}

/// Departure and arrival: a missing one is bounded by the other.
pub(super) fn shipment_times(raw: &RawShipment) -> (Span, Span) {
    let (shipped, received) = (raw.shipped_on, raw.received_on);
    let departs = if shipped.is_unknown() {
        Span { earliest: Minute::UNBOUNDED_PAST, latest: received.latest }
    } else {
        shipped
    };
    let arrives = if received.is_unknown() {
        Span { earliest: shipped.earliest, latest: Minute::UNBOUNDED_FUTURE }
    } else {
        received
    };
    (departs, arrives)
}
