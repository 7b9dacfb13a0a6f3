//! How the fields of the standard are laid out in XML.

use crate::terms::Vocabulary;

/// The form of a field.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// A text.
    Text,
    /// A word of the CBV, written as a URN.
    Term(Vocabulary),
    /// `<epc>` elements.
    Epcs,
    /// `<quantityElement>` elements.
    Quantities,
    /// An object of `id` and extensions.
    Place,
    /// Elements with a `type`: the name of the element.
    Typed(&'static str, Vocabulary),
    /// `errorDeclaration`.
    Declaration,
    /// `ilmd` and other objects of extensions.
    Extensions,
    /// `persistentDisposition`.
    Persistent,
    /// `sensorElementList`.
    Sensors,
    /// One element for each item.
    Repeated,
}

/// Every field of the standard's events, by name.
pub(super) fn form(name: &str) -> Option<Form> {
    Some(match name {
        "eventTime"
        | "recordTime"
        | "eventTimeZoneOffset"
        | "eventID"
        | "action"
        | "parentID"
        | "transformationID" => Form::Text,
        "bizStep" => Form::Term(Vocabulary::BizStep),
        "disposition" => Form::Term(Vocabulary::Disposition),
        "epcList" | "childEPCs" | "inputEPCList" | "outputEPCList" => Form::Epcs,
        "quantityList" | "childQuantityList" | "inputQuantityList" | "outputQuantityList" => {
            Form::Quantities
        }
        "readPoint" | "bizLocation" => Form::Place,
        "bizTransactionList" => Form::Typed("bizTransaction", Vocabulary::BizTransactionType),
        "sourceList" => Form::Typed("source", Vocabulary::SourceDestinationType),
        "destinationList" => Form::Typed("destination", Vocabulary::SourceDestinationType),
        "errorDeclaration" => Form::Declaration,
        "ilmd" => Form::Extensions,
        "persistentDisposition" => Form::Persistent,
        "sensorElementList" => Form::Sensors,
        "certificationInfo" => Form::Repeated,
        _ => return None,
    })
}

/// The fields of an event in the order of XML 1.x: in the base, its extension, the event, the
/// event's extension.
pub(super) struct Order {
    pub(super) fields: &'static [&'static str],
    pub(super) extension: &'static [&'static str],
    /// Lists that must be there, if empty.
    pub(super) required: &'static [&'static str],
}

pub(super) const BASE: [&str; 3] = ["eventTime", "recordTime", "eventTimeZoneOffset"];
pub(super) const BASE_EXTENSION: [&str; 2] = ["eventID", "errorDeclaration"];
/// What only XML 2.0 has.
pub(super) const NEW: [&str; 3] =
    ["sensorElementList", "persistentDisposition", "certificationInfo"];

pub(super) fn order(kind: &str) -> Option<Order> {
    const HEAD: &[&str] = &[
        "epcList",
        "action",
        "bizStep",
        "disposition",
        "readPoint",
        "bizLocation",
        "bizTransactionList",
    ];
    const CHILDREN: &[&str] = &[
        "parentID",
        "childEPCs",
        "action",
        "bizStep",
        "disposition",
        "readPoint",
        "bizLocation",
        "bizTransactionList",
    ];
    Some(match kind {
        "ObjectEvent" => Order {
            fields: HEAD,
            extension: &["quantityList", "sourceList", "destinationList", "ilmd"],
            required: &["epcList"],
        },
        "AggregationEvent" | "AssociationEvent" => Order {
            fields: CHILDREN,
            extension: &["childQuantityList", "sourceList", "destinationList"],
            required: &["childEPCs"],
        },
        "TransactionEvent" => Order {
            fields: &[
                "bizTransactionList",
                "parentID",
                "epcList",
                "action",
                "bizStep",
                "disposition",
                "readPoint",
                "bizLocation",
            ],
            extension: &["quantityList", "sourceList", "destinationList"],
            required: &["epcList"],
        },
        "TransformationEvent" => Order {
            fields: &[
                "inputEPCList",
                "inputQuantityList",
                "outputEPCList",
                "outputQuantityList",
                "transformationID",
                "bizStep",
                "disposition",
                "readPoint",
                "bizLocation",
                "bizTransactionList",
                "sourceList",
                "destinationList",
                "ilmd",
            ],
            extension: &[],
            required: &[],
        },
        _ => return None,
    })
}
