//! From the JSON form to XML.

use std::collections::BTreeMap;

use super::layout::{BASE, BASE_EXTENSION, Form, NEW, form, order};
use super::{ATTRIBUTE, KNOWN, TEXT};
use crate::error::Error;
use crate::path::{push_item, push_member};
use crate::schema::EVENT_TYPES;
use crate::terms::Vocabulary;
use crate::value::{Object, Value};

struct Writer {
    out: String,
    level: usize,
    /// Whether the XML is that of 1.x, with its extension points.
    old: bool,
    /// Prefixes in force, with what they stand for; the last of a name counts.
    prefixes: Vec<(String, String)>,
}

/// Writes a document in the JSON form as XML of its version.
pub(crate) fn write(root: &Value) -> Result<String, Error> {
    let Some(root) = root.object() else {
        return Err(no_place("/", "it is no document"));
    };
    let kind = root.get("type").and_then(Value::text).unwrap_or_default();
    let version = root.get("schemaVersion").and_then(Value::text).unwrap_or("2.0");
    let old = version.starts_with("1.");
    let number = if old { "1" } else { "2" };
    let (element, space) = match kind {
        "EPCISDocument" => ("epcis:EPCISDocument", format!("urn:epcglobal:epcis:xsd:{number}")),
        "EPCISQueryDocument" => {
            ("epcisq:EPCISQueryDocument", format!("urn:epcglobal:epcis-query:xsd:{number}"))
        }
        "EPCISMasterDataDocument" => (
            "epcismd:EPCISMasterDataDocument",
            format!("urn:epcglobal:epcis-masterdata:xsd:{number}"),
        ),
        _ => return Err(no_place("/type", "XML has no document of this type")),
    };
    let mut writer = Writer { out: String::new(), level: 0, old, prefixes: Vec::new() };
    let own = element.split(':').next().unwrap_or_default();
    let mut attributes = vec![(format!("xmlns:{own}"), space)];
    let mut declared: BTreeMap<String, String> =
        KNOWN.map(|(prefix, space)| (prefix.to_owned(), space.to_owned())).into();
    declared.extend(prefixes_of(root.get("@context")));
    declared.remove(own);
    for (prefix, space) in declared {
        attributes.push((format!("xmlns:{prefix}"), space.clone()));
        writer.prefixes.push((prefix, space));
    }
    attributes.push(("schemaVersion".to_owned(), version.to_owned()));
    if let Some(date) = root.get("creationDate").and_then(Value::text) {
        attributes.push(("creationDate".to_owned(), date.to_owned()));
    }
    for (name, value) in root.iter() {
        if let (Some(bare), Some(text)) = (attribute(name), value.text()) {
            attributes.push((bare.to_owned(), text.to_owned()));
        }
    }
    writer.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    writer.start(element, &attributes);
    writer.children(root, "")?;
    writer.end(element);
    Ok(writer.out)
}

fn no_place(path: &str, what: &str) -> Error {
    Error::NoPlace { path: path.to_owned(), what: what.to_owned() }
}

fn attribute(name: &str) -> Option<&str> {
    name.strip_prefix(ATTRIBUTE).filter(|name| *name != "context")
}

/// The prefixes a context defines.
fn prefixes_of(context: Option<&Value>) -> BTreeMap<String, String> {
    let one = context.and_then(Value::object);
    let items = context.and_then(Value::items).unwrap_or_default();
    let objects = items.iter().filter_map(Value::object).chain(one);
    let entries = objects.flat_map(|object| object.iter());
    entries
        .filter_map(|(prefix, space)| Some((prefix.to_owned(), space.text()?.to_owned())))
        .filter(|(prefix, space)| {
            is_name(prefix) && !prefix.starts_with("xml") && !space.is_empty()
        })
        .collect()
}

/// Whether a text can stand as a name in XML, without a colon.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn member(path: &str, name: &str) -> String {
    let mut path = path.to_owned();
    push_member(&mut path, name);
    path
}

fn item(path: &str, at: usize) -> String {
    let mut path = path.to_owned();
    push_item(&mut path, at);
    path
}

impl Writer {
    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n('\t', self.level));
    }

    fn tag(&mut self, name: &str, attributes: &[(String, String)]) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            escape(&mut self.out, value);
            self.out.push('"');
        }
    }

    fn start(&mut self, name: &str, attributes: &[(String, String)]) {
        self.tag(name, attributes);
        self.out.push_str(">\n");
        self.level += 1;
    }

    fn end(&mut self, name: &str) {
        self.level = self.level.saturating_sub(1);
        self.indent();
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn leaf(&mut self, name: &str, attributes: &[(String, String)], text: &str) {
        self.tag(name, attributes);
        self.out.push('>');
        escape(&mut self.out, text);
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// What stands inside the root element.
    fn children(&mut self, root: &Object, path: &str) -> Result<(), Error> {
        if let Some(header) = root.get("epcisHeader") {
            self.header(header, &member(path, "epcisHeader"))?;
        }
        if let Some(body) = root.get("epcisBody").and_then(Value::object) {
            self.start("EPCISBody", &[]);
            self.body(body, &member(path, "epcisBody"))?;
            self.end("EPCISBody");
        }
        let known =
            ["@context", "type", "schemaVersion", "creationDate", "epcisHeader", "epcisBody"];
        for (name, value) in root.iter() {
            let place = member(path, name);
            if known.contains(&name) || attribute(name).is_some() {
            } else if ["id", "sender", "receiver", "instanceIdentifier"].contains(&name) {
                return Err(no_place(&place, "XML has no such member of a document"));
            } else {
                self.own(name, value, &place)?;
            }
        }
        Ok(())
    }

    fn header(&mut self, header: &Value, path: &str) -> Result<(), Error> {
        let Some(header) = header.object() else {
            return Err(no_place(path, "it is no object"));
        };
        self.start("EPCISHeader", &[]);
        let master = "epcisMasterData";
        // The business header comes first.
        let first = |name: &str| name.ends_with(":StandardBusinessDocumentHeader");
        for (name, value) in header.iter().filter(|(name, _)| first(name)) {
            self.own(name, value, &member(path, name))?;
        }
        if let Some(data) = header.get(master).and_then(Value::object) {
            let path = member(path, master);
            self.start("extension", &[]);
            self.start("EPCISMasterData", &[]);
            for (name, value) in data.iter() {
                let path = member(&path, name);
                if name == "vocabularyList" {
                    self.vocabularies(value, &path)?;
                } else {
                    self.own(name, value, &path)?;
                }
            }
            self.end("EPCISMasterData");
            self.end("extension");
        }
        for (name, value) in header.iter().filter(|(name, _)| !first(name) && *name != master) {
            self.own(name, value, &member(path, name))?;
        }
        self.end("EPCISHeader");
        Ok(())
    }

    fn body(&mut self, body: &Object, path: &str) -> Result<(), Error> {
        for (name, value) in body.iter() {
            let path = member(path, name);
            match (name, value) {
                ("eventList", Value::List(events)) => {
                    self.start("EventList", &[]);
                    for (at, event) in events.iter().enumerate() {
                        self.event(event, &item(&path, at))?;
                    }
                    self.end("EventList");
                }
                ("vocabularyList", value) => self.vocabularies(value, &path)?,
                ("queryResults", Value::Object(results)) => {
                    self.start("epcisq:QueryResults", &[]);
                    for (name, value) in results.iter() {
                        let path = member(&path, name);
                        match (name, value) {
                            ("queryName" | "subscriptionID", Value::Text(text)) => {
                                self.leaf(name, &[], text);
                            }
                            ("resultsBody", Value::Object(body)) => {
                                self.start(name, &[]);
                                self.body(body, &path)?;
                                self.end(name);
                            }
                            _ => self.own(name, value, &path)?,
                        }
                    }
                    self.end("epcisq:QueryResults");
                }
                _ => self.own(name, value, &path)?,
            }
        }
        Ok(())
    }

    fn vocabularies(&mut self, value: &Value, path: &str) -> Result<(), Error> {
        self.start("VocabularyList", &[]);
        for (at, vocabulary) in value.items().unwrap_or_default().iter().enumerate() {
            let path = item(path, at);
            let Some(object) = vocabulary.object() else {
                return Err(no_place(&path, "it is no object"));
            };
            let kind = object.get("type").and_then(Value::text).unwrap_or_default();
            self.start("Vocabulary", &[("type".to_owned(), kind.to_owned())]);
            for (name, value) in object.iter().filter(|(name, _)| *name != "type") {
                let path = member(&path, name);
                if name == "vocabularyElementList" {
                    self.start("VocabularyElementList", &[]);
                    for (at, element) in value.items().unwrap_or_default().iter().enumerate() {
                        self.vocabulary_element(element, &item(&path, at))?;
                    }
                    self.end("VocabularyElementList");
                } else {
                    self.own(name, value, &path)?;
                }
            }
            self.end("Vocabulary");
        }
        self.end("VocabularyList");
        Ok(())
    }

    fn vocabulary_element(&mut self, element: &Value, path: &str) -> Result<(), Error> {
        let Some(object) = element.object() else {
            return Err(no_place(path, "it is no object"));
        };
        let id = object.get("id").and_then(Value::text).unwrap_or_default();
        self.start("VocabularyElement", &[("id".to_owned(), id.to_owned())]);
        for (name, value) in object.iter().filter(|(name, _)| *name != "id") {
            let path = member(path, name);
            match name {
                "attributes" => {
                    for (at, entry) in value.items().unwrap_or_default().iter().enumerate() {
                        let path = item(&path, at);
                        let id = entry.get("id").and_then(Value::text).unwrap_or_default();
                        let named = ("id".to_owned(), id.to_owned());
                        let value = entry.get("attribute").unwrap_or(&Value::Null);
                        self.element("attribute", vec![named], value, &member(&path, "attribute"))?;
                    }
                }
                "children" => {
                    self.start("children", &[]);
                    for id in value.items().unwrap_or_default().iter().filter_map(Value::text) {
                        self.leaf("id", &[], id);
                    }
                    self.end("children");
                }
                _ => self.own(name, value, &path)?,
            }
        }
        self.end("VocabularyElement");
        Ok(())
    }

    fn event(&mut self, event: &Value, path: &str) -> Result<(), Error> {
        let Some(event) = event.object() else {
            return Err(no_place(path, "it is no object"));
        };
        let kind = event.get("type").and_then(Value::text).unwrap_or_default();
        let Some(order) = order(kind).filter(|_| EVENT_TYPES.contains(&kind)) else {
            return Err(no_place(&member(path, "type"), "XML has no event of this type"));
        };
        if self.old && kind == "AssociationEvent" {
            return Err(no_place(path, "XML 1.x has no association events"));
        }
        let wrapped = self.old && kind == "TransformationEvent";
        if wrapped {
            self.start("extension", &[]);
        }
        let depth = self.prefixes.len();
        let mut attributes = Vec::new();
        for (prefix, space) in prefixes_of(event.get("@context")) {
            attributes.push((format!("xmlns:{prefix}"), space.clone()));
            self.prefixes.push((prefix, space));
        }
        for (name, value) in event.iter() {
            if let (Some(bare), Some(text)) = (attribute(name), value.text()) {
                attributes.push((bare.to_owned(), text.to_owned()));
            }
        }
        self.start(kind, &attributes);
        self.fields(event, &BASE, &[], path)?;
        let has = |names: &[&str]| names.iter().any(|name| event.get(name).is_some());
        if self.old {
            if has(&BASE_EXTENSION) {
                self.start("baseExtension", &[]);
                self.fields(event, &BASE_EXTENSION, &[], path)?;
                self.end("baseExtension");
            }
            if let Some(name) = NEW.iter().find(|name| event.get(name).is_some()) {
                return Err(no_place(&member(path, name), "XML 1.x has no such member"));
            }
            self.fields(event, order.fields, order.required, path)?;
            if has(order.extension) {
                self.start("extension", &[]);
                self.fields(event, order.extension, &[], path)?;
                self.end("extension");
            }
        } else {
            self.fields(event, &BASE_EXTENSION, &[], path)?;
            self.fields(event, &["certificationInfo"], &[], path)?;
            self.fields(event, order.fields, order.required, path)?;
            let before_ilmd = |name: &&&str| **name != "ilmd";
            let first: Vec<&str> = order.extension.iter().filter(before_ilmd).copied().collect();
            self.fields(event, &first, &[], path)?;
            self.fields(event, &["sensorElementList", "persistentDisposition"], &[], path)?;
            if order.extension.contains(&"ilmd") {
                self.fields(event, &["ilmd"], &[], path)?;
            }
        }
        for (name, value) in event.iter() {
            let named = name == "type" || name == "@context" || attribute(name).is_some();
            if !named && form(name).is_none() {
                self.own(name, value, &member(path, name))?;
            } else if form(name).is_some()
                && ![&BASE[..], &BASE_EXTENSION, &NEW, order.fields, order.extension]
                    .iter()
                    .any(|names| names.contains(&name))
            {
                return Err(no_place(&member(path, name), "the event has no such member"));
            }
        }
        self.end(kind);
        self.prefixes.truncate(depth);
        if wrapped {
            self.end("extension");
        }
        Ok(())
    }

    fn fields(
        &mut self,
        event: &Object,
        names: &[&str],
        required: &[&str],
        path: &str,
    ) -> Result<(), Error> {
        for name in names {
            match event.get(name) {
                Some(value) => self.field(name, value, &member(path, name))?,
                None if required.contains(name) => self.leaf(name, &[], ""),
                None => {}
            }
        }
        Ok(())
    }

    fn field(&mut self, name: &str, value: &Value, path: &str) -> Result<(), Error> {
        let wrong = || no_place(path, "it has not the form the standard gives it");
        match (form(name), value) {
            (Some(Form::Text), Value::Text(text)) => self.leaf(name, &[], text),
            (Some(Form::Term(vocabulary)), Value::Text(text)) => {
                self.leaf(name, &[], &term(vocabulary, text));
            }
            (Some(Form::Epcs), Value::List(items)) => {
                self.start(name, &[]);
                for epc in items.iter().filter_map(Value::text) {
                    self.leaf("epc", &[], epc);
                }
                self.end(name);
            }
            (Some(Form::Quantities), Value::List(items)) => {
                self.start(name, &[]);
                for entry in items {
                    self.start("quantityElement", &[]);
                    for field in ["epcClass", "quantity", "uom"] {
                        match entry.get(field) {
                            Some(Value::Text(text)) => self.leaf(field, &[], text),
                            Some(Value::Number(number)) => {
                                self.leaf(field, &[], &plain(number.as_str()));
                            }
                            Some(_) => return Err(wrong()),
                            None => {}
                        }
                    }
                    self.end("quantityElement");
                }
                self.end(name);
            }
            (Some(Form::Typed(element, vocabulary)), Value::List(items)) => {
                self.start(name, &[]);
                for entry in items {
                    let kind = entry.get("type").and_then(Value::text);
                    let kind = kind.map(|kind| ("type".to_owned(), term(vocabulary, kind)));
                    let text = entry.get(element).and_then(Value::text).unwrap_or_default();
                    self.leaf(element, kind.as_slice(), text);
                }
                self.end(name);
            }
            (Some(Form::Declaration), Value::Object(object)) => {
                self.start(name, &[]);
                for field in ["declarationTime", "reason"] {
                    if let Some(text) = object.get(field).and_then(Value::text) {
                        self.leaf(field, &[], &term(Vocabulary::ErrorReason, text));
                    }
                }
                if let Some(ids) = object.get("correctiveEventIDs").and_then(Value::items) {
                    self.start("correctiveEventIDs", &[]);
                    for id in ids.iter().filter_map(Value::text) {
                        self.leaf("correctiveEventID", &[], id);
                    }
                    self.end("correctiveEventIDs");
                }
                let known = ["declarationTime", "reason", "correctiveEventIDs"];
                for (name, value) in object.iter().filter(|(name, _)| !known.contains(name)) {
                    self.own(name, value, &member(path, name))?;
                }
                self.end(name);
            }
            (Some(Form::Place | Form::Extensions), Value::Object(_)) => {
                self.element(name, Vec::new(), value, path)?;
            }
            (Some(Form::Persistent), Value::Object(object)) => {
                self.start(name, &[]);
                for (side, terms) in object.iter() {
                    for text in terms.items().unwrap_or_default().iter().filter_map(Value::text) {
                        self.leaf(side, &[], &term(Vocabulary::Disposition, text));
                    }
                }
                self.end(name);
            }
            (Some(Form::Sensors), Value::List(items)) => {
                self.start(name, &[]);
                for (at, sensor) in items.iter().enumerate() {
                    self.sensor(sensor, &item(path, at))?;
                }
                self.end(name);
            }
            (Some(Form::Repeated), Value::List(items)) => {
                for (at, entry) in items.iter().enumerate() {
                    self.element(name, Vec::new(), entry, &item(path, at))?;
                }
            }
            (Some(Form::Repeated), value) => self.element(name, Vec::new(), value, path)?,
            _ => return Err(wrong()),
        }
        Ok(())
    }

    fn sensor(&mut self, sensor: &Value, path: &str) -> Result<(), Error> {
        let Some(object) = sensor.object() else {
            return Err(no_place(path, "it is no object"));
        };
        self.start("sensorElement", &[]);
        let known = ["sensorMetadata", "sensorReport"];
        for name in known {
            let path = member(path, name);
            match object.get(name) {
                Some(Value::List(items)) => {
                    for (at, entry) in items.iter().enumerate() {
                        self.measured(name, entry, &item(&path, at))?;
                    }
                }
                Some(value) => self.measured(name, value, &path)?,
                None => {}
            }
        }
        for (name, value) in object.iter().filter(|(name, _)| !known.contains(name)) {
            self.own(name, value, &member(path, name))?;
        }
        self.end("sensorElement");
        Ok(())
    }

    fn measured(&mut self, name: &str, value: &Value, path: &str) -> Result<(), Error> {
        let Some(object) = value.object() else {
            return Err(no_place(path, "it is no object"));
        };
        let mut attributes = Vec::new();
        let mut elements = Object::new();
        for (key, value) in object.iter() {
            let text = match value {
                Value::Text(text)
                    if key == "type"
                        && Vocabulary::Measurement.words().contains(&text.as_str()) =>
                {
                    format!("gs1:{text}")
                }
                Value::Text(text) => text.clone(),
                Value::Number(number) => plain(number.as_str()),
                Value::Bool(flag) => flag.to_string(),
                other => {
                    elements.set(key, other.clone());
                    continue;
                }
            };
            attributes.push((self.qualified(key, &member(path, key))?, text));
        }
        self.element(name, attributes, &elements.into(), path)
    }

    /// A member of somebody's own.
    fn own(&mut self, name: &str, value: &Value, path: &str) -> Result<(), Error> {
        let name = self.qualified(name, path)?;
        match value {
            Value::List(items) => {
                for (at, entry) in items.iter().enumerate() {
                    self.element(&name, Vec::new(), entry, &item(path, at))?;
                }
                Ok(())
            }
            value => self.element(&name, Vec::new(), value, path),
        }
    }

    /// An element of a value. Recursion goes as deep as the value.
    fn element(
        &mut self,
        name: &str,
        mut attributes: Vec<(String, String)>,
        value: &Value,
        path: &str,
    ) -> Result<(), Error> {
        match value {
            Value::Null => self.leaf(name, &attributes, ""),
            Value::Bool(flag) => self.leaf(name, &attributes, &flag.to_string()),
            Value::Number(number) => self.leaf(name, &attributes, number.as_str()),
            Value::Text(text) => self.leaf(name, &attributes, text),
            Value::List(_) => return Err(no_place(path, "XML has no lists in lists")),
            Value::Object(object) => {
                for (key, value) in object.iter() {
                    if let (Some(bare), Some(text)) = (attribute(key), value.text()) {
                        attributes.push((bare.to_owned(), text.to_owned()));
                    }
                }
                let text = object.get(TEXT).and_then(Value::text).unwrap_or_default();
                let inside = |name: &str| attribute(name).is_none() && name != TEXT;
                if !object.iter().any(|(name, _)| inside(name)) {
                    self.leaf(name, &attributes, text);
                    return Ok(());
                }
                self.start(name, &attributes);
                if !text.is_empty() {
                    escape(&mut self.out, text);
                }
                for (key, value) in object.iter().filter(|(name, _)| inside(name)) {
                    self.own(key, value, &member(path, key))?;
                }
                self.end(name);
            }
        }
        Ok(())
    }

    /// A name as XML writes it: its prefix must be defined.
    fn qualified(&self, name: &str, path: &str) -> Result<String, Error> {
        let (prefix, local) = match name.split_once(':') {
            None if is_name(name) => return Ok(name.to_owned()),
            None => return Err(no_place(path, "its name is none in XML")),
            Some(parts) => parts,
        };
        if !is_name(local) || !is_name(prefix) {
            return Err(no_place(path, "its name is none in XML"));
        }
        if self.prefixes.iter().any(|(known, _)| known == prefix) {
            return Ok(name.to_owned());
        }
        Err(no_place(path, "no context says what its prefix stands for"))
    }
}

fn term(vocabulary: Vocabulary, text: &str) -> String {
    vocabulary.urn(text).unwrap_or_else(|| text.to_owned())
}

/// A number without a power of ten, as XML's decimals are; one that would be long stays as it is.
fn plain(number: &str) -> String {
    if !number.contains(['e', 'E']) {
        return number.to_owned();
    }
    let decimal = rust_decimal::Decimal::from_scientific(number);
    decimal.map_or_else(|_| number.to_owned(), |decimal| decimal.to_string())
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
}
