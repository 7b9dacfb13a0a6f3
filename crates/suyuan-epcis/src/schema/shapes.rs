//! The tables.

use super::Rule::{
    Action, Any, Attribute, Bool, Certification, Context, Event, Hex, Number, Object, Offset, Term,
    Text, Time, Unit, Uri, Version,
};
use super::{Extra, Field, List, Others, Rule, Shape};
use crate::terms::Vocabulary;

const fn may(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, required: false }
}

const fn must(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, required: true }
}

const fn object(fields: &'static [Field], others: Others) -> Shape {
    Shape { fields, others, rule: None }
}

const fn list(item: Rule) -> List {
    List { item, least: 0, unique: false }
}

/// The types of events the standard defines.
pub(crate) const EVENT_TYPES: [&str; 5] = [
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
];

static URIS: List = list(Uri);
static DISTINCT_URIS: List = List { item: Uri, least: 0, unique: true };
static DISPOSITIONS: List = List { item: Term(Vocabulary::Disposition), least: 1, unique: true };

static PERSISTENT: Shape = Shape {
    fields: &[may("set", Rule::List(&DISPOSITIONS)), may("unset", Rule::List(&DISPOSITIONS))],
    others: Others::Forbidden,
    rule: Some(Extra::SetOrUnset),
};

static QUANTITY: Shape =
    object(&[must("epcClass", Uri), may("quantity", Number), may("uom", Unit)], Others::Forbidden);
static QUANTITIES: List = list(Object(&QUANTITY));

static TRANSACTION: Shape = object(
    &[may("type", Term(Vocabulary::BizTransactionType)), must("bizTransaction", Uri)],
    Others::Forbidden,
);
static TRANSACTIONS: List = list(Object(&TRANSACTION));
static SOME_TRANSACTIONS: List = List { item: Object(&TRANSACTION), least: 1, unique: false };

static PLACE: Shape = object(&[must("id", Uri)], Others::Any);

static SOURCE: Shape = object(
    &[must("type", Term(Vocabulary::SourceDestinationType)), must("source", Uri)],
    Others::Forbidden,
);
static SOURCES: List = list(Object(&SOURCE));
static DESTINATION: Shape = object(
    &[must("type", Term(Vocabulary::SourceDestinationType)), must("destination", Uri)],
    Others::Forbidden,
);
static DESTINATIONS: List = list(Object(&DESTINATION));

static REPORT: Shape = object(
    &[
        must("type", Term(Vocabulary::Measurement)),
        may("exception", Term(Vocabulary::Alarm)),
        may("deviceID", Uri),
        may("deviceMetadata", Uri),
        may("rawData", Uri),
        may("dataProcessingMethod", Uri),
        may("bizRules", Uri),
        may("time", Time),
        may("microorganism", Uri),
        may("chemicalSubstance", Uri),
        may("coordinateReferenceSystem", Uri),
        may("value", Number),
        may("component", Term(Vocabulary::Component)),
        may("stringValue", Text),
        may("booleanValue", Bool),
        may("hexBinaryValue", Hex),
        may("uriValue", Uri),
        may("minValue", Number),
        may("maxValue", Number),
        may("meanValue", Number),
        may("sDev", Number),
        may("percRank", Number),
        may("percValue", Number),
        may("uom", Text),
    ],
    Others::Namespaced,
);
static REPORTS: List = List { item: Object(&REPORT), least: 1, unique: false };
static METADATA: Shape = object(
    &[
        may("time", Time),
        may("deviceID", Uri),
        may("deviceMetadata", Uri),
        may("rawData", Uri),
        may("startTime", Time),
        may("endTime", Time),
        may("dataProcessingMethod", Uri),
        may("bizRules", Uri),
    ],
    Others::Namespaced,
);
static SENSOR: Shape = object(
    &[may("sensorMetadata", Object(&METADATA)), must("sensorReport", Rule::List(&REPORTS))],
    Others::Namespaced,
);
static SENSORS: List = list(Object(&SENSOR));

static ERROR: Shape = object(
    &[
        must("declarationTime", Time),
        may("reason", Term(Vocabulary::ErrorReason)),
        may("correctiveEventIDs", Rule::List(&URIS)),
    ],
    Others::Namespaced,
);

static ILMD: Shape = object(&[], Others::Namespaced);

/// The members of every event, and more.
macro_rules! event {
    ($($more:expr),*; $rule:expr) => {
        Shape {
            fields: &[
                may("@context", Context),
                must("type", Text),
                must("eventTime", Time),
                may("recordTime", Time),
                must("eventTimeZoneOffset", Offset),
                may("eventID", Uri),
                may("certificationInfo", Certification),
                may("errorDeclaration", Object(&ERROR)),
                $($more),*
            ],
            others: Others::Namespaced,
            rule: $rule,
        }
    };
}

/// The members of every event of the standard, and more.
macro_rules! business {
    ($($more:expr),*; $rule:expr) => {
        event!(
            may("bizStep", Term(Vocabulary::BizStep)),
            may("disposition", Term(Vocabulary::Disposition)),
            may("persistentDisposition", Object(&PERSISTENT)),
            may("readPoint", Object(&PLACE)),
            may("bizLocation", Object(&PLACE)),
            may("sourceList", Rule::List(&SOURCES)),
            may("destinationList", Rule::List(&DESTINATIONS)),
            may("sensorElementList", Rule::List(&SENSORS)),
            $($more),*;
            $rule
        )
    };
}

static OBJECT_EVENT: Shape = business!(
    must("action", Action),
    may("epcList", Rule::List(&DISTINCT_URIS)),
    may("quantityList", Rule::List(&QUANTITIES)),
    may("bizTransactionList", Rule::List(&TRANSACTIONS)),
    may("ilmd", Object(&ILMD));
    Some(Extra::Goods {
        lists: &[("epcList", 0), ("quantityList", 1)],
        spared_by_delete: false,
        sensors: true,
    })
);

/// An event that puts children into a parent.
macro_rules! packing {
    ($parent:expr) => {
        business!(
            $parent,
            must("action", Action),
            may("childEPCs", Rule::List(&URIS)),
            may("childQuantityList", Rule::List(&QUANTITIES)),
            may("bizTransactionList", Rule::List(&TRANSACTIONS));
            Some(Extra::Goods {
                lists: &[("childEPCs", 1), ("childQuantityList", 1)],
                spared_by_delete: true,
                sensors: false,
            })
        )
    };
}

static AGGREGATION_EVENT: Shape = packing!(may("parentID", Uri));
static ASSOCIATION_EVENT: Shape = packing!(must("parentID", Uri));

static TRANSACTION_EVENT: Shape = business!(
    must("action", Action),
    must("bizTransactionList", Rule::List(&SOME_TRANSACTIONS)),
    may("parentID", Uri),
    may("epcList", Rule::List(&URIS)),
    may("quantityList", Rule::List(&QUANTITIES));
    Some(Extra::Goods {
        lists: &[("epcList", 0), ("quantityList", 1)],
        spared_by_delete: true,
        sensors: false,
    })
);

static TRANSFORMATION_EVENT: Shape = business!(
    may("inputEPCList", Rule::List(&DISTINCT_URIS)),
    may("inputQuantityList", Rule::List(&QUANTITIES)),
    may("outputEPCList", Rule::List(&DISTINCT_URIS)),
    may("outputQuantityList", Rule::List(&QUANTITIES)),
    may("transformationID", Uri),
    may("bizTransactionList", Rule::List(&TRANSACTIONS)),
    may("ilmd", Object(&ILMD));
    Some(Extra::Transformed)
);

static EXTENDED_EVENT: Shape = Shape { others: Others::Any, ..event!(may("readPoint", Any); None) };

/// The shape of an event of a type; that of somebody's own type for any other.
pub(crate) fn shape_of(kind: &str) -> &'static Shape {
    match kind {
        "ObjectEvent" => &OBJECT_EVENT,
        "AggregationEvent" => &AGGREGATION_EVENT,
        "TransactionEvent" => &TRANSACTION_EVENT,
        "TransformationEvent" => &TRANSFORMATION_EVENT,
        "AssociationEvent" => &ASSOCIATION_EVENT,
        _ => &EXTENDED_EVENT,
    }
}

static EVENTS: List = list(Event);

static ATTRIBUTE: Shape = object(&[must("id", Uri), may("attribute", Attribute)], Others::Any);
static ATTRIBUTES: List = list(Object(&ATTRIBUTE));
static ELEMENT: Shape = object(
    &[
        must("id", Uri),
        may("attributes", Rule::List(&ATTRIBUTES)),
        may("children", Rule::List(&URIS)),
    ],
    Others::Any,
);
static ELEMENTS: List = list(Object(&ELEMENT));
static VOCABULARY: Shape =
    object(&[must("type", Uri), may("vocabularyElementList", Rule::List(&ELEMENTS))], Others::Any);
static VOCABULARIES: List = list(Object(&VOCABULARY));
static MASTER_DATA: Shape =
    object(&[may("vocabularyList", Rule::List(&VOCABULARIES))], Others::Any);
static HEADER: Shape = object(&[may("epcisMasterData", Object(&MASTER_DATA))], Others::Namespaced);

static BODY: Shape = object(&[must("eventList", Rule::List(&EVENTS))], Others::Any);

pub(super) static DOCUMENT: Shape = object(
    &[
        must("@context", Context),
        may("id", Uri),
        must("type", Text),
        must("schemaVersion", Version),
        must("creationDate", Time),
        may("instanceIdentifier", Text),
        may("sender", Text),
        may("receiver", Text),
        may("epcisHeader", Object(&HEADER)),
        must("epcisBody", Object(&BODY)),
    ],
    Others::Namespaced,
);

static RESULTS_BODY: Shape = object(
    &[must("eventList", Rule::List(&EVENTS)), may("vocabularyList", Rule::List(&VOCABULARIES))],
    Others::Namespaced,
);
static RESULTS: Shape = object(
    &[
        must("queryName", Text),
        may("subscriptionID", Text),
        must("resultsBody", Object(&RESULTS_BODY)),
    ],
    Others::Namespaced,
);
static QUERY_BODY: Shape = object(&[must("queryResults", Object(&RESULTS))], Others::Namespaced);

pub(super) static QUERY_DOCUMENT: Shape = object(
    &[
        must("@context", Context),
        may("id", Uri),
        must("type", Text),
        may("schemaVersion", Version),
        may("creationDate", Time),
        may("epcisHeader", Object(&HEADER)),
        must("epcisBody", Object(&QUERY_BODY)),
    ],
    Others::Namespaced,
);

static MASTER_BODY: Shape =
    object(&[must("vocabularyList", Rule::List(&VOCABULARIES))], Others::Namespaced);

/// A document of master data, which only the XML form of the standard has.
pub(super) static MASTER_DATA_DOCUMENT: Shape = object(
    &[
        must("@context", Context),
        must("type", Text),
        must("schemaVersion", Version),
        must("creationDate", Time),
        may("epcisHeader", Object(&HEADER)),
        must("epcisBody", Object(&MASTER_BODY)),
    ],
    Others::Namespaced,
);

/// The members of `gs1:CertificationDetails` that are days, addresses, and the others.
pub(super) const CERTIFICATION_DAYS: [&str; 4] = [
    "certificationAuditDate",
    "certificationEndDate",
    "certificationStartDate",
    "initialCertificationDate",
];
pub(super) const CERTIFICATION_TEXTS: [&str; 8] = [
    "certificationAgency",
    "certificationIdentification",
    "certificationStandard",
    "certificationStatement",
    "certificationSubject",
    "certificationType",
    "certificationValue",
    "certificationStatus",
];
