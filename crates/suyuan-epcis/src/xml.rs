//! XML in and out: EPCIS 1.x, and the XML of EPCIS 2.0.
//!
//! Read XML is checked by the schemas of GS1 and brought to the JSON form: lists without their
//! wrappers, the extension points of 1.x opened, terms of the CBV as bare words, namespaces as
//! prefixes of the context. A document type declaration may be a name and no more, so there are no
//! entities to expand.

mod element;
mod grammar;
mod layout;
mod read;
mod write;

pub(crate) use read::parse;
pub(crate) use write::write;

/// What reading gives: the JSON form, and what breaks the schema.
pub(crate) struct Parsed {
    pub(crate) root: crate::Value,
    pub(crate) problems: Vec<crate::Problem>,
    pub(crate) more: bool,
}

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

/// XML has room for one `certificationInfo`, a URI. Further ones, and certificates written out, are
/// elements of this name, which is what the standard's context calls the member too.
const CERTIFICATES: &str = "gs1:certificationInfo";

/// The namespace of `xsi:schemaLocation`, `xsi:type` and `xsi:nil`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Whether a text is a name without a colon, as XML has them.
fn is_name(text: &str) -> bool {
    let starts = |c: char| {
        matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
            | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
            | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
            | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
            | '\u{10000}'..='\u{effff}')
    };
    let goes_on = |c: char| {
        starts(c)
            || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}'
                | '\u{203f}'..='\u{2040}')
    };
    text.starts_with(starts) && text.chars().all(goes_on)
}

/// The key of an attribute's value starts with this in the JSON form.
const ATTRIBUTE: char = '@';
/// The key of an element's text beside attributes or elements.
const TEXT: &str = "#text";
