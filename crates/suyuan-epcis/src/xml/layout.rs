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
    /// `certificationInfo`.
    Certificates,
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
        "certificationInfo" => Form::Certificates,
        _ => return None,
    })
}
