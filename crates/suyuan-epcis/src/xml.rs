//! XML in and out: EPCIS 1.x, and the XML of EPCIS 2.0.
//!
//! Read XML is brought to the JSON form: lists without their wrappers, the extension points of
//! 1.x opened, terms of the CBV as bare words, namespaces as prefixes of the context. A document
//! type declaration is refused, so there are no entities to expand.

mod element;
mod layout;
mod read;
mod write;

pub(crate) use read::parse;
pub(crate) use write::write;

/// The standard's own namespaces; their elements have no prefix in the JSON form.
const OWN: [&str; 6] = [
    "urn:epcglobal:epcis:xsd:",
    "urn:epcglobal:epcis-query:xsd:",
    "urn:epcglobal:epcis-masterdata:xsd:",
    "urn:epcglobal:xsd:",
    "urn:epcglobal:epcis:",
    "urn:epcglobal:epcis-query:",
];

/// The context every JSON document names first.
const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld";

/// The standard's context defines these prefixes.
const KNOWN: [(&str, &str); 4] = [
    ("cbvmda", "urn:epcglobal:cbv:mda"),
    ("gs1", "https://gs1.org/voc/"),
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("sbdh", "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"),
];

/// The key of an attribute's value starts with this in the JSON form.
const ATTRIBUTE: char = '@';
/// The key of an element's text beside attributes or elements.
const TEXT: &str = "#text";
