//! Which elements stand where, in which order and how often: the XML schemas of GS1 as tables, for
//! EPCIS 2.0 and for 1.x with its extension points. Documents are read by them, and written in
//! their order.
//!
//! Read more freely on purpose: an element of the standard may have the standard's namespace, and
//! an event may be a document of its own.

use super::element::Element;
use crate::error::Problem;
use crate::path::Path;
use crate::schema::shown;
use crate::time::Moment;

/// The form of a text or an attribute.
#[derive(Clone, Copy)]
pub(super) enum Simple {
    Text,
    /// A URI reference. Read, any text will do; written, it has the form of one.
    Uri,
    /// A time; only EPCIS 2.0 asks for its offset.
    Time {
        offset: bool,
    },
    Decimal,
    Double,
    Bool,
    Hex,
    Action,
}

/// What an element holds.
#[derive(Clone, Copy)]
pub(super) enum Content {
    Simple(Simple),
    Parts(&'static Type),
    /// Anything: its owner knows.
    Own,
}

/// How children follow each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// In the order of the parts.
    InOrder,
    /// In any order, again and again.
    Freely,
    /// One of them.
    One,
}

/// Which other elements may come after those of the standard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    None,
    /// Those of other namespaces.
    Foreign,
    /// Those of no namespace.
    Local,
}

/// An element's attributes and children.
pub(super) struct Type {
    attributes: &'static [Attribute],
    /// Whether it may have attributes of anybody's own.
    any_attribute: bool,
    /// The text it holds rather than elements.
    text: Option<Simple>,
    follow: Follow,
    pub(super) parts: &'static [&'static [Part]],
    others: Others,
}

struct Attribute {
    name: &'static str,
    form: Simple,
    required: bool,
}

/// One child an element may have.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) content: Content,
    pub(super) least: usize,
    most: usize,
    pub(super) place: Place,
}

/// Where a child stands in the JSON form.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// A member.
    Member(&'static str),
    /// An item of the list that its parent is.
    Item,
    /// An item of a list that is a member.
    ItemOf(&'static str),
    /// Nowhere: what is in it belongs to its parent.
    Opened,
}

const fn part(
    name: &'static str,
    content: Content,
    least: usize,
    most: usize,
    place: Place,
) -> Part {
    Part { name, content, least, most, place }
}
const fn may(name: &'static str, content: Content) -> Part {
    part(name, content, 0, 1, Place::Member(name))
}
const fn must(name: &'static str, content: Content) -> Part {
    part(name, content, 1, 1, Place::Member(name))
}
const fn named(part: Part, member: &'static str) -> Part {
    Part { place: Place::Member(member), ..part }
}
const fn items(name: &'static str, content: Content, least: usize) -> Part {
    part(name, content, least, usize::MAX, Place::Item)
}
const fn opened(name: &'static str, content: Content) -> Part {
    part(name, content, 0, 1, Place::Opened)
}
const fn of(follow: Follow, parts: &'static [&'static [Part]], others: Others) -> Type {
    Type { attributes: &[], any_attribute: false, text: None, follow, parts, others }
}
const fn sequence(parts: &'static [&'static [Part]], others: Others) -> Type {
    of(Follow::InOrder, parts, others)
}
const fn open(kind: Type) -> Type {
    Type { any_attribute: true, ..kind }
}
const fn with(attributes: &'static [Attribute], kind: Type) -> Type {
    Type { attributes, ..kind }
}
/// A text with attributes.
const fn text(form: Simple, attributes: &'static [Attribute]) -> Type {
    Type { attributes, text: Some(form), ..sequence(&[], Others::None) }
}
const fn attribute(name: &'static str, form: Simple) -> Attribute {
    Attribute { name, form, required: false }
}
const fn needed(name: &'static str, form: Simple) -> Attribute {
    Attribute { name, form, required: true }
}

const TEXT: Content = Content::Simple(Simple::Text);
const URI: Content = Content::Simple(Simple::Uri);
const STAMP: Content = Content::Simple(Simple::Time { offset: true });
const TIME: Content = Content::Simple(Simple::Time { offset: false });

/// Extension points that hold elements of other namespaces, of none, and of both in turn.
static FOREIGN: Type = open(sequence(&[], Others::Foreign));
static LOCAL: Type = open(sequence(&[], Others::Local));
const FOREIGN_EXTENSION: Part = opened("extension", Content::Parts(&FOREIGN));
const LOCAL_EXTENSION: Part = opened("extension", Content::Parts(&LOCAL));

static EPCS: Type = sequence(&[&[items("epc", TEXT, 0)]], Others::None);
static QUANTITY: Type = sequence(
    &[&[
        must("epcClass", URI),
        may("quantity", Content::Simple(Simple::Decimal)),
        may("uom", TEXT),
    ]],
    Others::None,
);
static QUANTITIES: Type =
    sequence(&[&[items("quantityElement", Content::Parts(&QUANTITY), 0)]], Others::None);
static PLACE: Type = sequence(&[&[must("id", URI), LOCAL_EXTENSION]], Others::Foreign);
static TRANSACTION: Type = text(Simple::Uri, &[attribute("type", Simple::Uri)]);
static TRANSACTIONS: Type =
    sequence(&[&[items("bizTransaction", Content::Parts(&TRANSACTION), 1)]], Others::None);
static END: Type = text(Simple::Uri, &[needed("type", Simple::Uri)]);
static SOURCES: Type = sequence(&[&[items("source", Content::Parts(&END), 1)]], Others::None);
static DESTINATIONS: Type =
    sequence(&[&[items("destination", Content::Parts(&END), 1)]], Others::None);
static PERSISTENT: Type = sequence(
    &[&[
        part("unset", URI, 0, usize::MAX, Place::ItemOf("unset")),
        part("set", URI, 0, usize::MAX, Place::ItemOf("set")),
    ]],
    Others::None,
);
static ILMD: Type = open(sequence(&[&[LOCAL_EXTENSION]], Others::Foreign));
static CORRECTIONS: Type = sequence(&[&[items("correctiveEventID", URI, 0)]], Others::None);
/// EPCIS 2.0 asks for no order here and no member, not even `declarationTime`.
static ERROR_2: Type = open(of(
    Follow::Freely,
    &[&[
        may("declarationTime", STAMP),
        may("reason", URI),
        may("correctiveEventIDs", Content::Parts(&CORRECTIONS)),
        LOCAL_EXTENSION,
    ]],
    Others::Foreign,
));
static ERROR_1: Type = open(sequence(
    &[&[
        must("declarationTime", TIME),
        may("reason", URI),
        may("correctiveEventIDs", Content::Parts(&CORRECTIONS)),
        LOCAL_EXTENSION,
    ]],
    Others::Foreign,
));

const STAMP_FORM: Simple = Simple::Time { offset: true };
static METADATA: Type = open(text(
    Simple::Text,
    &[
        attribute("deviceID", Simple::Uri),
        attribute("deviceMetadata", Simple::Uri),
        attribute("rawData", Simple::Uri),
        attribute("bizRules", Simple::Uri),
        attribute("dataProcessingMethod", Simple::Uri),
        attribute("time", STAMP_FORM),
        attribute("startTime", STAMP_FORM),
        attribute("endTime", STAMP_FORM),
    ],
));
static REPORT: Type = open(text(
    Simple::Text,
    &[
        attribute("type", Simple::Uri),
        attribute("component", Simple::Uri),
        attribute("uriValue", Simple::Uri),
        attribute("chemicalSubstance", Simple::Uri),
        attribute("microorganism", Simple::Uri),
        attribute("deviceID", Simple::Uri),
        attribute("deviceMetadata", Simple::Uri),
        attribute("rawData", Simple::Uri),
        attribute("dataProcessingMethod", Simple::Uri),
        attribute("coordinateReferenceSystem", Simple::Uri),
        attribute("exception", Simple::Uri),
        attribute("time", STAMP_FORM),
        attribute("value", Simple::Double),
        attribute("minValue", Simple::Double),
        attribute("maxValue", Simple::Double),
        attribute("meanValue", Simple::Double),
        attribute("sDev", Simple::Double),
        attribute("percRank", Simple::Double),
        attribute("percValue", Simple::Double),
        attribute("booleanValue", Simple::Bool),
        attribute("hexBinaryValue", Simple::Hex),
    ],
));
static SENSOR: Type = sequence(
    &[&[
        may("sensorMetadata", Content::Parts(&METADATA)),
        part("sensorReport", Content::Parts(&REPORT), 1, usize::MAX, Place::ItemOf("sensorReport")),
        LOCAL_EXTENSION,
    ]],
    Others::Foreign,
);
static SENSORS: Type = sequence(
    &[&[items("sensorElement", Content::Parts(&SENSOR), 1), LOCAL_EXTENSION]],
    Others::None,
);

const ACTION: &[Part] = &[must("action", Content::Simple(Simple::Action))];
const WHY_AND_WHERE: &[Part] = &[
    may("bizStep", URI),
    may("disposition", URI),
    may("readPoint", Content::Parts(&PLACE)),
    may("bizLocation", Content::Parts(&PLACE)),
];
const OF_BUSINESS: &[Part] = &[may("bizTransactionList", Content::Parts(&TRANSACTIONS))];
const ENDS: &[Part] = &[
    may("sourceList", Content::Parts(&SOURCES)),
    may("destinationList", Content::Parts(&DESTINATIONS)),
];
const SENSED: &[Part] = &[
    may("sensorElementList", Content::Parts(&SENSORS)),
    may("persistentDisposition", Content::Parts(&PERSISTENT)),
];
const MASTERED: &[Part] = &[may("ilmd", Content::Parts(&ILMD))];
const INTO_AND_OUT: &[Part] = &[
    may("inputEPCList", Content::Parts(&EPCS)),
    may("inputQuantityList", Content::Parts(&QUANTITIES)),
    may("outputEPCList", Content::Parts(&EPCS)),
    may("outputQuantityList", Content::Parts(&QUANTITIES)),
    may("transformationID", URI),
];
const QUANTIFIED: Part = may("quantityList", Content::Parts(&QUANTITIES));
const CHILDREN_QUANTIFIED: Part = may("childQuantityList", Content::Parts(&QUANTITIES));

const BASE_2: &[Part] = &[
    must("eventTime", STAMP),
    may("recordTime", STAMP),
    must("eventTimeZoneOffset", TEXT),
    may("eventID", URI),
    may("errorDeclaration", Content::Parts(&ERROR_2)),
    may("certificationInfo", URI),
    opened("baseExtension", Content::Parts(&FOREIGN)),
];
static BASE_EXTENSION: Type = open(sequence(
    &[&[
        may("eventID", URI),
        may("errorDeclaration", Content::Parts(&ERROR_1)),
        opened("extension", Content::Parts(&LOCAL)),
    ]],
    Others::None,
));
const BASE_1: &[Part] = &[
    must("eventTime", TIME),
    may("recordTime", TIME),
    must("eventTimeZoneOffset", TEXT),
    opened("baseExtension", Content::Parts(&BASE_EXTENSION)),
];

const EXTENDED_2: &[Part] = &[FOREIGN_EXTENSION];

static OBJECT_2: Type = open(sequence(
    &[
        BASE_2,
        &[may("epcList", Content::Parts(&EPCS))],
        ACTION,
        WHY_AND_WHERE,
        OF_BUSINESS,
        &[QUANTIFIED],
        ENDS,
        SENSED,
        MASTERED,
        EXTENDED_2,
    ],
    Others::Foreign,
));
static AGGREGATION_2: Type = open(sequence(
    &[
        BASE_2,
        &[may("parentID", URI), may("childEPCs", Content::Parts(&EPCS))],
        ACTION,
        WHY_AND_WHERE,
        OF_BUSINESS,
        &[CHILDREN_QUANTIFIED],
        ENDS,
        SENSED,
        EXTENDED_2,
    ],
    Others::Foreign,
));
static TRANSACTION_2: Type = open(sequence(
    &[
        BASE_2,
        &[
            must("bizTransactionList", Content::Parts(&TRANSACTIONS)),
            may("parentID", URI),
            may("epcList", Content::Parts(&EPCS)),
        ],
        ACTION,
        WHY_AND_WHERE,
        &[QUANTIFIED],
        ENDS,
        SENSED,
        EXTENDED_2,
    ],
    Others::Foreign,
));
static TRANSFORMATION_2: Type = open(sequence(
    &[BASE_2, INTO_AND_OUT, WHY_AND_WHERE, OF_BUSINESS, ENDS, SENSED, MASTERED, EXTENDED_2],
    Others::Foreign,
));
static ASSOCIATION_2: Type = open(sequence(
    &[
        BASE_2,
        &[must("parentID", URI), may("childEPCs", Content::Parts(&EPCS)), CHILDREN_QUANTIFIED],
        ACTION,
        WHY_AND_WHERE,
        OF_BUSINESS,
        ENDS,
        SENSED,
        EXTENDED_2,
    ],
    Others::Foreign,
));

static OBJECT_EXTENSION: Type =
    open(sequence(&[&[QUANTIFIED], ENDS, MASTERED, &[LOCAL_EXTENSION]], Others::None));
static OBJECT_1: Type = open(sequence(
    &[
        BASE_1,
        &[must("epcList", Content::Parts(&EPCS))],
        ACTION,
        WHY_AND_WHERE,
        OF_BUSINESS,
        &[opened("extension", Content::Parts(&OBJECT_EXTENSION))],
    ],
    Others::Foreign,
));
static AGGREGATION_EXTENSION: Type =
    open(sequence(&[&[CHILDREN_QUANTIFIED], ENDS, &[LOCAL_EXTENSION]], Others::None));
static AGGREGATION_1: Type = open(sequence(
    &[
        BASE_1,
        &[may("parentID", URI), must("childEPCs", Content::Parts(&EPCS))],
        ACTION,
        WHY_AND_WHERE,
        OF_BUSINESS,
        &[opened("extension", Content::Parts(&AGGREGATION_EXTENSION))],
    ],
    Others::Foreign,
));
static TRANSACTION_EXTENSION: Type =
    open(sequence(&[&[QUANTIFIED], ENDS, &[LOCAL_EXTENSION]], Others::None));
static TRANSACTION_1: Type = open(sequence(
    &[
        BASE_1,
        &[
            must("bizTransactionList", Content::Parts(&TRANSACTIONS)),
            may("parentID", URI),
            must("epcList", Content::Parts(&EPCS)),
        ],
        ACTION,
        WHY_AND_WHERE,
        &[opened("extension", Content::Parts(&TRANSACTION_EXTENSION))],
    ],
    Others::Foreign,
));
static TRANSFORMATION_1: Type = open(sequence(
    &[BASE_1, INTO_AND_OUT, WHY_AND_WHERE, OF_BUSINESS, ENDS, MASTERED, &[LOCAL_EXTENSION]],
    Others::Foreign,
));
static QUANTITY_1: Type = open(sequence(
    &[
        BASE_1,
        &[must("epcClass", URI), must("quantity", Content::Simple(Simple::Decimal))],
        WHY_AND_WHERE,
        OF_BUSINESS,
        &[LOCAL_EXTENSION],
    ],
    Others::Foreign,
));

static EVENTS_2: Type = open(of(
    Follow::Freely,
    &[&[
        items("ObjectEvent", Content::Parts(&OBJECT_2), 0),
        items("AggregationEvent", Content::Parts(&AGGREGATION_2), 0),
        items("TransformationEvent", Content::Parts(&TRANSFORMATION_2), 0),
        items("TransactionEvent", Content::Parts(&TRANSACTION_2), 0),
        items("AssociationEvent", Content::Parts(&ASSOCIATION_2), 0),
        part("extension", Content::Parts(&FOREIGN), 0, usize::MAX, Place::Opened),
    ]],
    Others::None,
));
static EVENTS_EXTENSION: Type = open(of(
    Follow::One,
    &[&[
        items("TransformationEvent", Content::Parts(&TRANSFORMATION_1), 0),
        part("extension", Content::Parts(&LOCAL), 0, usize::MAX, Place::Opened),
    ]],
    Others::None,
));
static EVENTS_1: Type = open(of(
    Follow::Freely,
    &[&[
        items("ObjectEvent", Content::Parts(&OBJECT_1), 0),
        items("AggregationEvent", Content::Parts(&AGGREGATION_1), 0),
        items("QuantityEvent", Content::Parts(&QUANTITY_1), 0),
        items("TransactionEvent", Content::Parts(&TRANSACTION_1), 0),
        part("extension", Content::Parts(&EVENTS_EXTENSION), 0, usize::MAX, Place::Opened),
    ]],
    Others::Foreign,
));

static IDS: Type = open(sequence(&[&[items("id", URI, 0)]], Others::None));
static VOCABULARY_ELEMENT: Type = open(with(
    &[needed("id", Simple::Uri)],
    sequence(
        &[&[
            part("attribute", Content::Own, 0, usize::MAX, Place::ItemOf("attributes")),
            may("children", Content::Parts(&IDS)),
            LOCAL_EXTENSION,
        ]],
        Others::Foreign,
    ),
));
static VOCABULARY_ELEMENTS: Type = sequence(
    &[&[items("VocabularyElement", Content::Parts(&VOCABULARY_ELEMENT), 1)]],
    Others::None,
);
static VOCABULARY: Type = open(with(
    &[needed("type", Simple::Uri)],
    sequence(
        &[&[
            named(
                may("VocabularyElementList", Content::Parts(&VOCABULARY_ELEMENTS)),
                "vocabularyElementList",
            ),
            LOCAL_EXTENSION,
        ]],
        Others::Foreign,
    ),
));
static VOCABULARIES: Type =
    sequence(&[&[items("Vocabulary", Content::Parts(&VOCABULARY), 0)]], Others::None);
const VOCABULARY_LIST: Part =
    named(may("VocabularyList", Content::Parts(&VOCABULARIES)), "vocabularyList");
static MASTER_DATA: Type =
    sequence(&[&[Part { least: 1, ..VOCABULARY_LIST }, LOCAL_EXTENSION]], Others::None);
static HEADER_EXTENSION: Type = open(sequence(
    &[&[
        named(may("EPCISMasterData", Content::Parts(&MASTER_DATA)), "epcisMasterData"),
        LOCAL_EXTENSION,
    ]],
    Others::None,
));
/// The element of the standard business header, as names are resolved.
pub(super) const BUSINESS_HEADER: &str = "sbdh:StandardBusinessDocumentHeader";
const fn many(name: &'static str, content: Content, least: usize) -> Part {
    part(name, content, least, usize::MAX, Place::Member(name))
}
static CONTACT: Type = sequence(
    &[&[
        must("sbdh:Contact", TEXT),
        may("sbdh:EmailAddress", TEXT),
        may("sbdh:FaxNumber", TEXT),
        may("sbdh:TelephoneNumber", TEXT),
        may("sbdh:ContactTypeIdentifier", TEXT),
    ]],
    Others::None,
);
static PARTNER_ID: Type = text(Simple::Text, &[attribute("Authority", Simple::Text)]);
static PARTNER: Type = sequence(
    &[&[
        must("sbdh:Identifier", Content::Parts(&PARTNER_ID)),
        many("sbdh:ContactInformation", Content::Parts(&CONTACT), 0),
    ]],
    Others::None,
);
static IDENTIFICATION: Type = sequence(
    &[&[
        must("sbdh:Standard", TEXT),
        must("sbdh:TypeVersion", TEXT),
        must("sbdh:InstanceIdentifier", TEXT),
        must("sbdh:Type", TEXT),
        may("sbdh:MultipleType", Content::Simple(Simple::Bool)),
        must("sbdh:CreationDateAndTime", TIME),
    ]],
    Others::None,
);
static MANIFEST_ITEM: Type = sequence(
    &[&[
        must("sbdh:MimeTypeQualifierCode", TEXT),
        must("sbdh:UniformResourceIdentifier", URI),
        may("sbdh:Description", TEXT),
        may("sbdh:LanguageCode", TEXT),
    ]],
    Others::None,
);
static MANIFEST: Type = sequence(
    &[&[
        must("sbdh:NumberOfItems", Content::Simple(Simple::Decimal)),
        many("sbdh:ManifestItem", Content::Parts(&MANIFEST_ITEM), 1),
    ]],
    Others::None,
);
/// What a scope tells beside its names may stand in any order.
static SCOPE: Type = of(
    Follow::Freely,
    &[&[
        must("sbdh:Type", TEXT),
        must("sbdh:InstanceIdentifier", TEXT),
        may("sbdh:Identifier", TEXT),
        many("sbdh:CorrelationInformation", Content::Own, 0),
        many("sbdh:BusinessService", Content::Own, 0),
    ]],
    Others::None,
);
static SCOPES: Type = sequence(&[&[many("sbdh:Scope", Content::Parts(&SCOPE), 0)]], Others::None);
/// The standard business header.
pub(super) static BUSINESS: Type = sequence(
    &[&[
        must("sbdh:HeaderVersion", TEXT),
        many("sbdh:Sender", Content::Parts(&PARTNER), 1),
        many("sbdh:Receiver", Content::Parts(&PARTNER), 1),
        must("sbdh:DocumentIdentification", Content::Parts(&IDENTIFICATION)),
        may("sbdh:Manifest", Content::Parts(&MANIFEST)),
        may("sbdh:BusinessScope", Content::Parts(&SCOPES)),
    ]],
    Others::None,
);
const HEADER_PARTS: &[Part] = &[
    may(BUSINESS_HEADER, Content::Parts(&BUSINESS)),
    opened("extension", Content::Parts(&HEADER_EXTENSION)),
];
static HEADER_2: Type = open(sequence(&[HEADER_PARTS], Others::None));
static HEADER_1: Type = open(sequence(&[HEADER_PARTS], Others::Foreign));

/// A list of events, a body that holds it, and results that hold it, of one version.
macro_rules! bodies {
    ($body:ident, $found:ident, $results:ident, $query:ident, $events:expr) => {
        static $body: Type = open(sequence(
            &[&[named(may("EventList", Content::Parts(&$events)), "eventList"), LOCAL_EXTENSION]],
            Others::Foreign,
        ));
        static $found: Type = of(
            Follow::One,
            &[&[named(may("EventList", Content::Parts(&$events)), "eventList"), VOCABULARY_LIST]],
            Others::None,
        );
        static $results: Type = sequence(
            &[&[
                must("queryName", TEXT),
                may("subscriptionID", TEXT),
                must("resultsBody", Content::Parts(&$found)),
                LOCAL_EXTENSION,
            ]],
            Others::Foreign,
        );
        /// The other messages of the query interface hold no events.
        static $query: Type = of(
            Follow::One,
            &[&[named(may("QueryResults", Content::Parts(&$results)), "queryResults")]],
            Others::Local,
        );
    };
}
bodies!(BODY_2, FOUND_2, RESULTS_2, QUERY_BODY_2, EVENTS_2);
bodies!(BODY_1, FOUND_1, RESULTS_1, QUERY_BODY_1, EVENTS_1);
static MASTER_BODY: Type = open(sequence(&[&[VOCABULARY_LIST, LOCAL_EXTENSION]], Others::Foreign));

macro_rules! document {
    ($name:ident, $header:expr, $body:expr) => {
        static $name: Type = open(with(
            &[
                needed("schemaVersion", Simple::Decimal),
                needed("creationDate", Simple::Time { offset: false }),
            ],
            sequence(
                &[&[
                    named(may("EPCISHeader", Content::Parts(&$header)), "epcisHeader"),
                    named(must("EPCISBody", Content::Parts(&$body)), "epcisBody"),
                    LOCAL_EXTENSION,
                ]],
                Others::Foreign,
            ),
        ));
    };
}
document!(DOCUMENT_2, HEADER_2, BODY_2);
document!(DOCUMENT_1, HEADER_1, BODY_1);
document!(QUERY_DOCUMENT_2, HEADER_2, QUERY_BODY_2);
document!(QUERY_DOCUMENT_1, HEADER_1, QUERY_BODY_1);
document!(MASTER_DOCUMENT_2, HEADER_2, MASTER_BODY);
document!(MASTER_DOCUMENT_1, HEADER_1, MASTER_BODY);

/// The type of an event, in XML 1.x or 2.0.
pub(super) fn event(kind: &str, old: bool) -> Option<&'static Type> {
    Some(match (kind, old) {
        ("ObjectEvent", true) => &OBJECT_1,
        ("ObjectEvent", false) => &OBJECT_2,
        ("AggregationEvent", true) => &AGGREGATION_1,
        ("AggregationEvent", false) => &AGGREGATION_2,
        ("TransactionEvent", true) => &TRANSACTION_1,
        ("TransactionEvent", false) => &TRANSACTION_2,
        ("TransformationEvent", true) => &TRANSFORMATION_1,
        ("TransformationEvent", false) => &TRANSFORMATION_2,
        ("AssociationEvent", false) => &ASSOCIATION_2,
        ("QuantityEvent", true) => &QUANTITY_1,
        _ => return None,
    })
}

fn document(kind: &str, old: bool) -> Option<&'static Type> {
    Some(match (kind, old) {
        ("EPCISDocument", true) => &DOCUMENT_1,
        ("EPCISDocument", false) => &DOCUMENT_2,
        ("EPCISQueryDocument", true) => &QUERY_DOCUMENT_1,
        ("EPCISQueryDocument", false) => &QUERY_DOCUMENT_2,
        ("EPCISMasterDataDocument", true) => &MASTER_DOCUMENT_1,
        ("EPCISMasterDataDocument", false) => &MASTER_DOCUMENT_2,
        _ => return event(kind, old),
    })
}

impl Simple {
    /// Whether a text has this form.
    pub(super) fn fits(self, text: &str) -> bool {
        let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
        match self {
            Self::Text | Self::Uri => true,
            Self::Time { offset } => {
                is_time(trimmed) || (!offset && is_time(&format!("{trimmed}Z")))
            }
            Self::Decimal => is_decimal(trimmed),
            Self::Double => {
                let (mantissa, exponent) = match trimmed.find(['e', 'E']) {
                    Some(at) => (&trimmed[..at], &trimmed[at + 1..]),
                    None => (trimmed, "0"),
                };
                let whole = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                let power = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
                matches!(trimmed, "INF" | "-INF" | "NaN") || (is_decimal(mantissa) && power)
            }
            Self::Bool => matches!(trimmed, "true" | "false" | "1" | "0"),
            Self::Hex => {
                trimmed.len().is_multiple_of(2) && trimmed.bytes().all(|b| b.is_ascii_hexdigit())
            }
            Self::Action => matches!(text, "ADD" | "OBSERVE" | "DELETE"),
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Uri => "a URI",
            Self::Time { offset: true } => {
                "a time with an offset, such as 2026-03-01T08:30:00+08:00"
            }
            Self::Time { offset: false } => "a time, such as 2026-03-01T08:30:00+08:00",
            Self::Decimal => "a decimal number",
            Self::Double => "a number",
            Self::Bool => "true or false",
            Self::Hex => "pairs of hexadecimal digits",
            Self::Action => "ADD, OBSERVE or DELETE",
        }
    }
}

/// A time with an offset as XML writes it: `T` and `Z` are capitals, a minute has 60 seconds, the
/// offset is at most 14:00, and there is no year 0.
pub(super) fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let sign = bytes.len().checked_sub(6).and_then(|at| bytes.get(at));
    let offset_fits = match sign {
        _ if text.ends_with('Z') => true,
        Some(b'+' | b'-') => crate::time::is_offset(&text[text.len() - 6..]),
        _ => false,
    };
    offset_fits
        && bytes.get(10) == Some(&b'T')
        && bytes.get(17..19) != Some(b"60")
        && !text.starts_with("0000")
        && Moment::parse(text).is_some()
}

/// Whether a text is a URI reference (RFC 3986), once the characters a URI cannot hold are escaped.
fn is_reference(text: &str) -> bool {
    let escaped = |at: usize| {
        text.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    };
    let percents = text.match_indices('%').all(|(at, _)| escaped(at));
    if !percents || text.matches('#').count() > 1 {
        return false;
    }
    let rest = match text.find([':', '/', '?', '#']) {
        Some(at) if text[at..].starts_with(':') => {
            let scheme = &text[..at];
            let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
            let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
            if !is_scheme || !scheme.chars().all(rest) {
                return false;
            }
            &text[at + 1..]
        }
        _ => text,
    };
    let Some(rest) = rest.strip_prefix("//") else {
        return !rest.contains(['[', ']']);
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.split_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    // Addresses in brackets are left out here: nothing of the standard needs them.
    let plain = |text: &str| !text.contains(['[', ']']);
    let empty = port.is_empty() && authority.ends_with(':');
    let digits = !empty && port.len() <= 8 && port.bytes().all(|b| b.is_ascii_digit());
    !host.contains('@') && digits && plain(authority) && plain(path)
}

/// Digits of a decimal number that count: validators take no more than these.
const DIGITS: usize = 24;

fn digits(text: &str) -> usize {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let whole = whole.trim_start_matches(['+', '-', '0']);
    whole.len() + part.trim_end_matches('0').len()
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    !(whole.is_empty() && part.is_empty())
        && whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit())
}

/// Items counted so far of the list an element is, and of lists that are its members.
#[derive(Default)]
struct Counts {
    items: usize,
    of: Vec<(&'static str, usize)>,
}

impl Counts {
    /// The path of a child: the step into it, and its place.
    fn step(&mut self, path: &mut Path, place: Place) -> usize {
        match place {
            Place::Member(name) => path.member(name),
            Place::Item => {
                self.items += 1;
                path.item(self.items - 1)
            }
            Place::ItemOf(name) => {
                let at = self.of.iter().position(|(known, _)| *known == name);
                let at = at.unwrap_or_else(|| {
                    self.of.push((name, 0));
                    self.of.len() - 1
                });
                self.of[at].1 += 1;
                let back = path.member(name);
                path.item(self.of[at].1 - 1);
                back
            }
            Place::Opened => path.here(),
        }
    }
}

/// What is wrong with a tree, by path in its JSON form.
pub(super) struct Checked {
    pub(super) problems: Vec<Problem>,
    pub(super) more: bool,
}

struct Checker {
    path: Path,
    checked: Checked,
    strict: bool,
    most: usize,
}

/// Checks a tree, more strictly what is written than what is read: the form of URIs, and how many
/// digits a number has. At most `most` problems are kept.
pub(super) fn check(root: &Element, old: bool, strict: bool, most: usize) -> Checked {
    let checked = Checked { problems: Vec::new(), more: false };
    let mut checker = Checker { path: Path::default(), checked, strict, most: most.max(1) };
    match document(&root.name, old) {
        Some(kind) => checker.element(root, Content::Parts(kind)),
        None => checker.wrong(format!(
            "found {}, expected EPCISDocument, EPCISQueryDocument, EPCISMasterDataDocument or an \
             event",
            shown(&root.name)
        )),
    }
    checker.checked
}

impl Checker {
    /// Recursion is bounded by the depth limit.
    fn element(&mut self, element: &Element, content: Content) {
        match content {
            Content::Own => {}
            Content::Simple(form) => {
                self.attributes(element, &[], false);
                self.leaf(element, form);
            }
            Content::Parts(kind) => {
                self.attributes(element, kind.attributes, kind.any_attribute);
                match kind.text {
                    Some(form) => self.leaf(element, form),
                    None => self.children(element, kind, &mut Counts::default()),
                }
            }
        }
    }

    fn fits(&self, form: Simple, text: &str) -> bool {
        match form {
            Simple::Uri => !self.strict || is_reference(text.trim()),
            Simple::Decimal if self.strict && digits(text) > DIGITS => false,
            other => other.fits(text),
        }
    }

    fn leaf(&mut self, element: &Element, form: Simple) {
        if let Some(child) = element.children.first() {
            self.wrong(format!("expected a text, found the element {}", shown(&child.name)));
        } else if !self.fits(form, &element.text) {
            let found = shown(element.text.trim());
            self.wrong(format!("found {found}, expected {}", form.expected()));
        }
    }

    fn attributes(&mut self, element: &Element, known: &[Attribute], any: bool) {
        for (name, value) in &element.attributes {
            match known.iter().find(|attribute| attribute.name == name) {
                Some(attribute) if !self.fits(attribute.form, value) => {
                    let back = self.path.member(name);
                    let expected = attribute.form.expected();
                    self.wrong(format!("found {}, expected {expected}", shown(value)));
                    self.path.back(back);
                }
                None if !any && !name.starts_with("xml:") => {
                    self.wrong(format!("the standard has no attribute {} here", shown(name)));
                }
                _ => {}
            }
        }
        for attribute in known.iter().filter(|attribute| attribute.required) {
            if element.attribute(attribute.name).is_none() {
                self.missing(attribute.name);
            }
        }
    }

    fn children(&mut self, element: &Element, kind: &Type, counts: &mut Counts) {
        if !element.text.trim().is_empty() {
            self.wrong(format!("found the text {}, expected elements", shown(&element.text)));
        }
        let parts: Vec<&Part> = kind.parts.iter().copied().flatten().collect();
        let mut seen = vec![0_usize; parts.len()];
        let mut last: Option<usize> = None;
        let mut foreign = false;
        for (at, child) in element.children.iter().enumerate() {
            if kind.follow == Follow::One && at > 0 {
                self.at_child(&child.name, "only one element may stand here");
                return;
            }
            let Some(place) = parts.iter().position(|part| part.name == child.name) else {
                let is_foreign = child.name.contains(':');
                foreign |= is_foreign;
                let fits = match kind.others {
                    Others::None => false,
                    Others::Foreign => is_foreign,
                    Others::Local => !is_foreign,
                };
                if !fits {
                    let what = match kind.others {
                        Others::Foreign => {
                            "the standard has no such element here; one of your own needs a \
                             namespace"
                        }
                        _ => "the standard has no such element here",
                    };
                    self.at_child(&child.name, what);
                }
                continue;
            };
            let part = parts[place];
            let back = counts.step(&mut self.path, part.place);
            seen[place] += 1;
            if kind.follow == Follow::InOrder {
                if let Some(before) = last.filter(|last| place < *last) {
                    self.wrong(format!("it stands after {}, expected before", parts[before].name));
                } else if foreign {
                    self.wrong(
                        "it stands after an element of somebody's own, expected before".to_owned(),
                    );
                } else if seen[place] > part.most {
                    self.wrong("it stands twice".to_owned());
                }
                last = last.max(Some(place));
            }
            if child.nil {
                // What is nil is unknown, which only a quantity that must be there may be.
                let required = part.least > 0 && part.name != "quantity";
                if required {
                    self.wrong("it is nil, and must be known".to_owned());
                }
            } else if let (Place::Opened, Content::Parts(inner)) = (part.place, part.content) {
                self.attributes(child, inner.attributes, inner.any_attribute);
                self.children(child, inner, counts);
            } else {
                self.element(child, part.content);
            }
            self.path.back(back);
        }
        if kind.follow == Follow::One && element.children.is_empty() {
            self.wrong("expected an element".to_owned());
        }
        for (part, seen) in parts.iter().zip(&seen) {
            if *seen < part.least {
                match part.place {
                    Place::Member(name) | Place::ItemOf(name) => self.missing(name),
                    _ => self.wrong(format!("expected {} {} or more", part.least, part.name)),
                }
            }
        }
        let at = |name: &str| parts.iter().position(|part| part.name == name);
        if let (Some(unit), Some(quantity)) = (at("uom"), at("quantity"))
            && seen[unit] > seen[quantity]
        {
            self.missing("quantity");
        }
    }

    fn at_child(&mut self, name: &str, what: &str) {
        let back = self.path.member(name);
        self.wrong(what.to_owned());
        self.path.back(back);
    }

    fn missing(&mut self, name: &str) {
        self.at_child(name, "it is missing");
    }

    fn wrong(&mut self, what: String) {
        if self.checked.problems.len() >= self.most {
            self.checked.more = true;
            return;
        }
        self.checked.problems.push(Problem { path: self.path.text(), what });
    }
}
