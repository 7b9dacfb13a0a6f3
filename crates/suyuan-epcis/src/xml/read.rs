//! From elements to the JSON form.

use std::collections::BTreeMap;

use super::element::{Element, tree};
use super::grammar;
use super::layout::{Form, form};
use super::{ATTRIBUTE, CERTIFICATES, CONTEXT, KNOWN, Parsed, TEXT};
use crate::error::Error;
use crate::limits::Limits;
use crate::schema::EVENT_TYPES;
use crate::terms::Vocabulary;
use crate::value::{Number, Object, Value};

/// Reads XML text as the JSON form of the document.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed, Error> {
    let tree = tree(bytes, limits)?;
    // The namespace says the version; a root without one says it itself.
    let version = tree.root.attribute("schemaVersion").unwrap_or_default().trim();
    let old = match tree.space.rsplit_once(":xsd:") {
        Some((_, number)) => number.starts_with('1'),
        None => version.starts_with("1."),
    };
    let checked = grammar::check(&tree.root, old, false, limits.problems);
    Ok(Parsed {
        root: document(&tree.root, &tree.prefixes),
        problems: checked.problems,
        more: checked.more,
    })
}

fn document(root: &Element, prefixes: &BTreeMap<String, String>) -> Value {
    let mut object = Object::new();
    let own = |prefix: &str, space: &str| KNOWN.contains(&(prefix, space));
    let mut context = vec![Value::from(CONTEXT)];
    for (prefix, space) in prefixes.iter().filter(|(prefix, space)| !own(prefix, space)) {
        let mut entry = Object::new();
        entry.set(prefix, space.as_str());
        context.push(entry.into());
    }
    if EVENT_TYPES.contains(&root.name.as_str())
        && let Value::Object(mut event) = event(root)
    {
        event.set("@context", Value::List(context));
        return event.into();
    }
    object.set("@context", Value::List(context));
    object.set("type", root.name.as_str());
    for (name, value) in &root.attributes {
        match name.as_str() {
            "schemaVersion" | "creationDate" => object.set(name, value.trim()),
            _ => object.set(&attribute(name), value.as_str()),
        }
    }
    for child in opened(root, &["extension"]) {
        match child.name.as_str() {
            "EPCISHeader" => object.set("epcisHeader", header(child)),
            "EPCISBody" => object.set("epcisBody", body(child)),
            _ => add(&mut object, child),
        }
    }
    object.into()
}

fn header(element: &Element) -> Value {
    let mut object = attributes(element);
    for child in opened(element, &["extension"]) {
        match child.name.as_str() {
            "EPCISMasterData" => {
                let mut master = Object::new();
                for child in opened(child, &["extension"]) {
                    match child.name.as_str() {
                        "VocabularyList" => master.set("vocabularyList", vocabularies(child)),
                        _ => add(&mut master, child),
                    }
                }
                object.set("epcisMasterData", master);
            }
            _ => add(&mut object, child),
        }
    }
    object.into()
}

fn body(element: &Element) -> Value {
    let mut object = attributes(element);
    let holds_events = !element
        .children
        .iter()
        .any(|child| matches!(child.name.as_str(), "QueryResults" | "VocabularyList"));
    for child in opened(element, &["extension"]) {
        match child.name.as_str() {
            "EventList" => object.set("eventList", events(child)),
            "VocabularyList" => object.set("vocabularyList", vocabularies(child)),
            "QueryResults" => {
                let mut results = Object::new();
                for child in opened(child, &["extension"]) {
                    match child.name.as_str() {
                        "queryName" | "subscriptionID" => {
                            results.set(&child.name, child.text.trim());
                        }
                        "resultsBody" => results.set("resultsBody", body(child)),
                        _ => add(&mut results, child),
                    }
                }
                object.set("queryResults", results);
            }
            _ => add(&mut object, child),
        }
    }
    // The list may be left out where there are no events.
    if holds_events && object.get("eventList").is_none() {
        object.set("eventList", Value::List(Vec::new()));
    }
    object.into()
}

fn vocabularies(element: &Element) -> Value {
    let vocabulary = |element: &Element| {
        let mut object = attributes_but(element, "type");
        for child in opened(element, &["extension"]) {
            if child.name == "VocabularyElementList" {
                let items = child.children.iter().map(vocabulary_element);
                object.set("vocabularyElementList", Value::List(items.collect()));
            } else {
                add(&mut object, child);
            }
        }
        Value::from(object)
    };
    Value::List(element.children.iter().map(vocabulary).collect())
}

fn vocabulary_element(element: &Element) -> Value {
    let mut object = attributes_but(element, "id");
    let mut items = Vec::new();
    for child in opened(element, &["extension"]) {
        match child.name.as_str() {
            "attribute" => {
                let mut item = Object::new();
                if let Some(id) = child.attribute("id") {
                    item.set("id", id);
                }
                let rest = Element {
                    attributes: child
                        .attributes
                        .iter()
                        .filter(|(name, _)| name != "id")
                        .cloned()
                        .collect(),
                    ..child.clone()
                };
                item.set("attribute", extension(&rest));
                items.push(item.into());
            }
            "children" => {
                let ids = child.children.iter().map(|id| Value::from(id.text.trim()));
                object.set("children", Value::List(ids.collect()));
            }
            _ => add(&mut object, child),
        }
    }
    if !items.is_empty() {
        object.set("attributes", Value::List(items));
    }
    object.into()
}

/// The events of a list; the extension points of 1.x are opened, however deep.
fn events(list: &Element) -> Value {
    Value::List(opened(list, &["extension"]).into_iter().map(event).collect())
}

fn event(element: &Element) -> Value {
    let mut object = Object::new();
    // The quantity event of EPCIS 1.0 is, by the standard, this object event.
    let of_quantity = element.name == "QuantityEvent";
    if of_quantity {
        object.set("type", "ObjectEvent");
        object.set("action", "OBSERVE");
        object.set("quantityList", Value::List(vec![quantity(element, true)]));
    } else {
        object.set("type", element.name.as_str());
    }
    for (name, value) in &element.attributes {
        object.set(&attribute(name), value.as_str());
    }
    let mut certificates = Vec::new();
    for child in opened(element, &["extension", "baseExtension"]) {
        let name = child.name.as_str();
        if child.nil && form(name).is_some() {
            continue;
        }
        let value = match form(name) {
            None if of_quantity && matches!(name, "epcClass" | "quantity") => continue,
            None if name == CERTIFICATES => {
                certificates.push(extension(child));
                continue;
            }
            None => {
                add(&mut object, child);
                continue;
            }
            Some(Form::Certificates) => {
                certificates.push(extension(child));
                continue;
            }
            Some(Form::Text) => Value::from(child.text.trim()),
            Some(Form::Term(vocabulary)) => term(vocabulary, &child.text),
            Some(Form::Epcs) => texts(child),
            Some(Form::Quantities) => {
                let items = child.children.iter().map(|item| quantity(item, false));
                Value::List(items.collect())
            }
            Some(Form::Typed(name, vocabulary)) => {
                let typed = |item: &Element| {
                    let mut object = Object::new();
                    if let Some(kind) = item.attribute("type") {
                        object.set("type", term(vocabulary, kind));
                    }
                    object.set(name, item.text.trim());
                    Value::from(object)
                };
                Value::List(child.children.iter().map(typed).collect())
            }
            // A place has no attributes.
            Some(Form::Place) => {
                let bare = Element { attributes: Vec::new(), ..child.clone() };
                with_fields(&bare, &[("id", None)])
            }
            Some(Form::Declaration) => declaration(child),
            Some(Form::Extensions) => with_fields(child, &[]),
            Some(Form::Persistent) => {
                let mut object = Object::new();
                for name in ["set", "unset"] {
                    let terms = child.children.iter().filter(|item| item.name == name);
                    let terms: Vec<Value> =
                        terms.map(|item| term(Vocabulary::Disposition, &item.text)).collect();
                    if !terms.is_empty() {
                        object.set(name, Value::List(terms));
                    }
                }
                object.into()
            }
            Some(Form::Sensors) => {
                let sensors = child.children.iter().filter(|item| item.name == "sensorElement");
                Value::List(sensors.map(sensor).collect())
            }
        };
        object.set(name, value);
    }
    match certificates.len() {
        0 => {}
        1 => object.set("certificationInfo", certificates.swap_remove(0)),
        _ => object.set("certificationInfo", Value::List(certificates)),
    }
    object.into()
}

fn declaration(element: &Element) -> Value {
    let fields = [("declarationTime", None), ("reason", Some(Vocabulary::ErrorReason))];
    let mut object = Object::new();
    for child in opened(element, &["extension"]) {
        if child.name == "correctiveEventIDs" {
            object.set("correctiveEventIDs", texts(child));
        } else {
            field(&mut object, child, &fields);
        }
    }
    object.into()
}

fn sensor(element: &Element) -> Value {
    let mut object = Object::new();
    let mut reports = Vec::new();
    for child in opened(element, &["extension"]) {
        match child.name.as_str() {
            "sensorMetadata" => object.set("sensorMetadata", measured(child)),
            "sensorReport" => reports.push(measured(child)),
            _ => add(&mut object, child),
        }
    }
    object.set("sensorReport", Value::List(reports));
    object.into()
}

/// Sensor data are attributes in XML and members in JSON.
fn measured(element: &Element) -> Value {
    let mut object = Object::new();
    for (name, value) in &element.attributes {
        let value = match name.as_str() {
            "value" | "minValue" | "maxValue" | "meanValue" | "sDev" | "percRank" | "percValue" => {
                number(value)
            }
            "booleanValue" => match value.trim() {
                "true" | "1" => Value::Bool(true),
                "false" | "0" => Value::Bool(false),
                other => other.into(),
            },
            "type" => Vocabulary::Measurement
                .word(value)
                .filter(|_| value.starts_with("gs1:"))
                .unwrap_or(value)
                .into(),
            _ => value.as_str().into(),
        };
        object.set(name, value);
    }
    for child in &element.children {
        add(&mut object, child);
    }
    object.into()
}

/// A quantity element; or, of an element with other fields, those of a quantity.
fn quantity(element: &Element, among_others: bool) -> Value {
    let mut object = Object::new();
    for child in element.children.iter().filter(|child| !child.nil) {
        match child.name.as_str() {
            "quantity" => object.set("quantity", number(&child.text)),
            "epcClass" | "uom" => object.set(&child.name, child.text.trim()),
            _ if among_others => {}
            _ => add(&mut object, child),
        }
    }
    object.into()
}

fn texts(element: &Element) -> Value {
    Value::List(element.children.iter().map(|child| Value::from(child.text.trim())).collect())
}

/// A word of the CBV written as a URN becomes the bare word; everything else stays.
fn term(vocabulary: Vocabulary, text: &str) -> Value {
    let text = text.trim();
    let urn = text.starts_with("urn:epcglobal:cbv:");
    vocabulary.word(text).filter(|_| urn).unwrap_or(text).into()
}

/// A number as JSON writes it; what is none stays a text.
fn number(text: &str) -> Value {
    let text = text.trim();
    let plain = text.strip_prefix('+').unwrap_or(text);
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", plain),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() && !digits.is_empty() && digits != "." { "0" } else { whole };
    let dot = if part.is_empty() { "" } else { "." };
    Number::parse(&format!("{sign}{whole}{dot}{part}")).map_or_else(|| text.into(), Value::Number)
}

/// An object of some fields of the standard and extensions.
fn with_fields(element: &Element, fields: &[(&str, Option<Vocabulary>)]) -> Value {
    let mut object = attributes(element);
    for child in opened(element, &["extension"]) {
        field(&mut object, child, fields);
    }
    object.into()
}

fn field(object: &mut Object, child: &Element, fields: &[(&str, Option<Vocabulary>)]) {
    match fields.iter().find(|(name, _)| *name == child.name) {
        Some(_) if child.nil => {}
        Some((name, Some(vocabulary))) => object.set(name, term(*vocabulary, &child.text)),
        Some((name, None)) => object.set(name, child.text.trim()),
        None => add(object, child),
    }
}

/// The children of an element, with those wrappers opened.
fn opened<'e>(element: &'e Element, wrappers: &[&str]) -> Vec<&'e Element> {
    let mut open: Vec<&Element> = element.children.iter().rev().collect();
    let mut all = Vec::new();
    while let Some(child) = open.pop() {
        if wrappers.contains(&child.name.as_str()) {
            open.extend(child.children.iter().rev());
        } else {
            all.push(child);
        }
    }
    all
}

fn attribute(name: &str) -> String {
    format!("{ATTRIBUTE}{name}")
}

fn attributes(element: &Element) -> Object {
    let mut object = Object::new();
    for (name, value) in &element.attributes {
        object.set(&attribute(name), value.as_str());
    }
    object
}

/// Attributes, of which the standard's own is a member by its name.
fn attributes_but(element: &Element, own: &str) -> Object {
    let mut object = Object::new();
    for (name, value) in &element.attributes {
        if name == own {
            object.set(name, value.as_str());
        } else {
            object.set(&attribute(name), value.as_str());
        }
    }
    object
}

/// An element of somebody's own: a text, an object of its attributes and elements, or null where it
/// says that it is unknown. Recursion is bounded by the depth limit.
fn extension(element: &Element) -> Value {
    if element.nil {
        return Value::Null;
    }
    if element.attributes.is_empty() && element.children.is_empty() {
        return element.text.as_str().into();
    }
    let mut object = attributes(element);
    for child in &element.children {
        add(&mut object, child);
    }
    // Among elements, white space around a text is layout.
    let text = if element.children.is_empty() { &element.text } else { element.text.trim() };
    if element.children.is_empty() || !text.is_empty() {
        object.set(TEXT, text);
    }
    object.into()
}

/// Adds an element of somebody's own; the second of a name makes a list.
fn add(object: &mut Object, element: &Element) {
    let value = extension(element);
    match object.get_mut(&element.name) {
        Some(Value::List(items)) => items.push(value),
        Some(old) => {
            let first = std::mem::replace(old, Value::Null);
            *old = Value::List(vec![first, value]);
        }
        None => object.set(&element.name, value),
    }
}
