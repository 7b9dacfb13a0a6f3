//! From the JSON form to XML, in the order of the grammar. What is written is read again and
//! checked, so that nothing the schemas reject goes out.

use std::collections::BTreeMap;

use super::grammar::{self, BUSINESS_HEADER, Content, Part, Place};
use super::layout::{Form, form};
use super::{ATTRIBUTE, CERTIFICATES, INSTANCE, KNOWN, TEXT, is_name};
use crate::document::Xml;
use crate::error::{Error, Problem};
use crate::limits::Limits;
use crate::path::{push_item, push_member};
use crate::terms::Vocabulary;
use crate::time::Moment;
use crate::value::{Object, Value};

struct Writer {
    out: String,
    notes: Vec<Problem>,
    level: usize,
    /// Whether the XML is that of 1.x, with its extension points.
    old: bool,
    /// Prefixes in force, with what they stand for; the last of a name counts.
    prefixes: Vec<(String, String)>,
}

/// Writes a document in the JSON form as XML of its version.
pub(crate) fn write(value: &Value) -> Result<Xml, Error> {
    let Some(root) = value.object() else {
        return Err(no_place("/", "it is no document"));
    };
    characters(value, &mut String::new())?;
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
    let mut writer =
        Writer { out: String::new(), notes: Vec::new(), level: 0, old, prefixes: Vec::new() };
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
    // The schema takes a decimal number: two parts of the version.
    let parts: Vec<&str> = version.split('.').take(2).collect();
    attributes.push(("schemaVersion".to_owned(), parts.join(".")));
    attributes.push(("creationDate".to_owned(), writer.created(root)));
    attributes.extend(writer.attributes(root, "")?);
    writer.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    writer.start(element, &attributes);
    writer.children(root, "")?;
    writer.end(element);
    let Writer { out, notes, .. } = writer;
    verify(&out, old)?;
    Ok(Xml { text: out, notes })
}

/// Reads what was written, and refuses what breaks the schema.
fn verify(text: &str, old: bool) -> Result<(), Error> {
    let limits = Limits {
        bytes: usize::MAX,
        depth: Limits::DEEPEST,
        events: usize::MAX,
        items: usize::MAX,
        members: usize::MAX,
        values: usize::MAX,
        text: usize::MAX,
        ..Limits::default()
    };
    let tree = super::element::tree(text.as_bytes(), &limits).map_err(|error| match error {
        Error::Syntax { path, what, .. } => Error::NoPlace { path, what },
        other => other,
    })?;
    match grammar::check(&tree.root, old, true, 1).problems.into_iter().next() {
        Some(Problem { path, what }) => Err(Error::NoPlace { path, what }),
        None => Ok(()),
    }
}

/// XML cannot hold every character. Recursion goes as deep as the value.
fn characters(value: &Value, path: &mut String) -> Result<(), Error> {
    let fits = |text: &str| {
        !text.contains(|c: char| {
            (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
        })
    };
    let back = path.len();
    match value {
        Value::Text(text) if !fits(text) => {
            return Err(no_place(path, "XML cannot hold one of its characters"));
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                push_item(path, at);
                characters(item, path)?;
                path.truncate(back);
            }
        }
        Value::Object(object) => {
            for (name, value) in object.iter() {
                push_member(path, name);
                characters(value, path)?;
                path.truncate(back);
            }
        }
        _ => {}
    }
    Ok(())
}

/// A time as XML writes it, where it is one.
fn time(text: &str) -> String {
    if grammar::is_time(text) {
        return text.to_owned();
    }
    Moment::parse(text).map_or_else(|| text.to_owned(), Moment::exact)
}

fn no_place(path: &str, what: &str) -> Error {
    Error::NoPlace { path: path.to_owned(), what: what.to_owned() }
}

fn attribute(name: &str) -> Option<&str> {
    name.strip_prefix(ATTRIBUTE).filter(|name| *name != "context")
}

/// The members of an object that are not of the standard: of no namespace, and of one.
struct Others<'o> {
    local: Vec<(&'o str, &'o Value)>,
    foreign: Vec<(&'o str, &'o Value)>,
}

impl<'o> Others<'o> {
    fn of(object: &'o Object, known: &[&str]) -> Self {
        let others = object.iter().filter(|(name, _)| {
            !known.contains(name)
                && attribute(name).is_none()
                && *name != TEXT
                && *name != "@context"
        });
        let (foreign, local) = others.partition(|(name, _)| name.contains(':'));
        Self { local, foreign }
    }
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

    fn note(&mut self, path: &str, what: &str) {
        self.notes.push(Problem { path: path.to_owned(), what: what.to_owned() });
    }

    /// The attributes an object has as members.
    fn attributes(&self, object: &Object, path: &str) -> Result<Vec<(String, String)>, Error> {
        let mut attributes = Vec::new();
        for (name, value) in object.iter() {
            if let (Some(bare), Some(text)) = (attribute(name), value.text()) {
                attributes.push((self.qualified(bare, &member(path, name))?, text.to_owned()));
            }
        }
        Ok(attributes)
    }

    /// `creationDate`, which XML cannot do without: where there is none, the latest time of an
    /// event.
    fn created(&mut self, root: &Object) -> String {
        if let Some(date) = root.get("creationDate").and_then(Value::text) {
            return time(date);
        }
        let body = root.get("epcisBody");
        let found = body.and_then(|body| body.get("queryResults"));
        let found = found.and_then(|results| results.get("resultsBody")).or(body);
        let events = found.and_then(|body| body.get("eventList")).and_then(Value::items);
        let times = events.unwrap_or_default().iter().flat_map(|event| {
            ["eventTime", "recordTime"].map(|name| event.get(name).and_then(Value::text))
        });
        let latest = times.flatten().filter_map(Moment::parse).max().unwrap_or_default();
        let date = latest.exact();
        self.note(
            "/creationDate",
            &format!("it is missing, and XML needs it: {date}, the latest time of an event"),
        );
        date
    }

    /// What stands inside the root element.
    fn children(&mut self, root: &Object, path: &str) -> Result<(), Error> {
        if let Some(header) = root.get("epcisHeader") {
            self.header(header, &member(path, "epcisHeader"))?;
        }
        let query = root.get("type").and_then(Value::text) == Some("EPCISQueryDocument");
        if let Some(body) = root.get("epcisBody").and_then(Value::object) {
            self.start("EPCISBody", &[]);
            self.body(body, query, &member(path, "epcisBody"))?;
            self.end("EPCISBody");
        }
        let known =
            ["@context", "type", "schemaVersion", "creationDate", "epcisHeader", "epcisBody"];
        let outside = ["id", "sender", "receiver", "instanceIdentifier"];
        for name in outside.into_iter().filter(|name| root.get(name).is_some()) {
            self.note(&member(path, name), "XML has no such member of a document: it is left out");
        }
        self.others(root, &[&known[..], &outside].concat(), path)
    }

    /// The members that are not of the standard.
    fn others(&mut self, object: &Object, known: &[&str], path: &str) -> Result<(), Error> {
        let others = Others::of(object, known);
        self.local(&others, path)?;
        self.foreign(&others, path)
    }

    /// Members of no namespace, in an extension point.
    fn local(&mut self, others: &Others<'_>, path: &str) -> Result<(), Error> {
        if !others.local.is_empty() {
            self.start("extension", &[]);
            for (name, value) in &others.local {
                self.own(name, value, &member(path, name))?;
            }
            self.end("extension");
        }
        Ok(())
    }

    fn foreign(&mut self, others: &Others<'_>, path: &str) -> Result<(), Error> {
        for (name, value) in &others.foreign {
            self.own(name, value, &member(path, name))?;
        }
        Ok(())
    }

    fn left_out(&mut self, others: &Others<'_>, path: &str) {
        for (name, _) in &others.foreign {
            self.note(&member(path, name), "XML has no place for it here: it is left out");
        }
    }

    fn header(&mut self, header: &Value, path: &str) -> Result<(), Error> {
        let Some(header) = header.object() else {
            return Err(no_place(path, "it is no object"));
        };
        let master = "epcisMasterData";
        let others = Others::of(header, &[BUSINESS_HEADER, master]);
        let data = header.get(master).and_then(Value::object).filter(|data| !data.is_empty());
        let attributes = self.attributes(header, path)?;
        self.start("EPCISHeader", &attributes);
        if let Some(value) = header.get(BUSINESS_HEADER) {
            let path = member(path, BUSINESS_HEADER);
            self.business(BUSINESS_HEADER, value, &grammar::BUSINESS, &path)?;
        }
        let extended = data.is_some() || !others.local.is_empty();
        if extended {
            self.start("extension", &[]);
        }
        if let Some(data) = data {
            let (path, list) = (member(path, master), "vocabularyList");
            let others = Others::of(data, &[list]);
            self.start("EPCISMasterData", &[]);
            let empty = Value::List(Vec::new());
            self.vocabularies(data.get(list).unwrap_or(&empty), &member(&path, list))?;
            self.local(&others, &path)?;
            self.end("EPCISMasterData");
            self.left_out(&others, &path);
        }
        self.local(&others, path)?;
        if extended {
            self.end("extension");
        }
        if self.old {
            self.foreign(&others, path)?;
        } else {
            self.left_out(&others, path);
        }
        self.end("EPCISHeader");
        Ok(())
    }

    /// The standard business header and what is in it, in the order of its schema.
    fn business(
        &mut self,
        name: &str,
        value: &Value,
        kind: &grammar::Type,
        path: &str,
    ) -> Result<(), Error> {
        let Some(object) = value.object().filter(|_| !kind.parts.is_empty()) else {
            return self.own(name, value, path);
        };
        let attributes = self.attributes(object, path)?;
        let parts: Vec<&Part> = kind.parts.iter().copied().flatten().collect();
        self.start(name, &attributes);
        for part in &parts {
            let Some(value) = object.get(part.name) else { continue };
            let path = member(path, part.name);
            match (part.content, value) {
                (Content::Parts(inner), Value::List(items)) => {
                    for (at, entry) in items.iter().enumerate() {
                        self.business(part.name, entry, inner, &item(&path, at))?;
                    }
                }
                (Content::Parts(inner), value) => {
                    self.business(part.name, value, inner, &path)?;
                }
                (_, Value::Text(text)) if part.name.ends_with("DateAndTime") => {
                    self.leaf(part.name, &[], &time(text));
                }
                (_, value) => self.own(part.name, value, &path)?,
            }
        }
        let known: Vec<&str> = parts.iter().map(|part| part.name).collect();
        self.others(object, &known, path)?;
        self.end(name);
        Ok(())
    }

    fn body(&mut self, body: &Object, query: bool, path: &str) -> Result<(), Error> {
        let (list, found) = ("eventList", "queryResults");
        if let Some(Value::List(events)) = body.get(list) {
            self.events(events, &member(path, list))?;
        }
        if let Some(value) = body.get("vocabularyList") {
            self.vocabularies(value, &member(path, "vocabularyList"))?;
        }
        if let Some(Value::Object(results)) = body.get(found) {
            self.results(results, &member(path, found))?;
        }
        let others = Others::of(body, &[list, "vocabularyList", found]);
        if query {
            // Other messages of the query interface, which are the standard's.
            for (name, value) in &others.local {
                let name = format!("epcisq:{name}");
                self.element(&name, Vec::new(), value, &member(path, &name))?;
            }
        } else {
            self.local(&others, path)?;
        }
        self.foreign(&others, path)
    }

    fn results(&mut self, results: &Object, path: &str) -> Result<(), Error> {
        self.start("epcisq:QueryResults", &[]);
        for name in ["queryName", "subscriptionID"] {
            if let Some(text) = results.get(name).and_then(Value::text) {
                self.leaf(name, &[], text);
            }
        }
        let body = "resultsBody";
        if let Some(found) = results.get(body).and_then(Value::object) {
            let path = member(path, body);
            let events = found.get("eventList").and_then(Value::items).unwrap_or_default();
            self.start(body, &[]);
            // Results are events or master data, never both.
            match found.get("vocabularyList") {
                Some(list) if events.is_empty() => {
                    self.vocabularies(list, &member(&path, "vocabularyList"))?;
                }
                Some(Value::List(list)) if !list.is_empty() => {
                    let path = member(&path, "vocabularyList");
                    return Err(no_place(&path, "XML has no place for it beside events"));
                }
                _ => self.events(events, &member(&path, "eventList"))?,
            }
            self.others(found, &["eventList", "vocabularyList"], &path)?;
            self.end(body);
        }
        self.others(results, &["queryName", "subscriptionID", body], path)?;
        self.end("epcisq:QueryResults");
        Ok(())
    }

    fn events(&mut self, events: &[Value], path: &str) -> Result<(), Error> {
        self.start("EventList", &[]);
        for (at, event) in events.iter().enumerate() {
            self.event(event, &item(path, at))?;
        }
        self.end("EventList");
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
            let mut attributes = vec![("type".to_owned(), kind.to_owned())];
            attributes.extend(self.attributes(object, &path)?);
            self.start("Vocabulary", &attributes);
            let list = "vocabularyElementList";
            let elements = object.get(list).and_then(Value::items).unwrap_or_default();
            if !elements.is_empty() {
                self.start("VocabularyElementList", &[]);
                for (at, element) in elements.iter().enumerate() {
                    self.vocabulary_element(element, &item(&member(&path, list), at))?;
                }
                self.end("VocabularyElementList");
            }
            self.others(object, &["type", list], &path)?;
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
        let mut attributes = vec![("id".to_owned(), id.to_owned())];
        attributes.extend(self.attributes(object, path)?);
        self.start("VocabularyElement", &attributes);
        let entries = object.get("attributes").and_then(Value::items).unwrap_or_default();
        for (at, entry) in entries.iter().enumerate() {
            let path = item(&member(path, "attributes"), at);
            let id = entry.get("id").and_then(Value::text).unwrap_or_default();
            let named = ("id".to_owned(), id.to_owned());
            match entry.get("attribute") {
                // An attribute may not be nil.
                None | Some(Value::Null) => self.leaf("attribute", &[named], ""),
                Some(value) => {
                    self.element("attribute", vec![named], value, &member(&path, "attribute"))?;
                }
            }
        }
        if let Some(ids) = object.get("children").and_then(Value::items) {
            self.start("children", &[]);
            for id in ids.iter().filter_map(Value::text) {
                self.leaf("id", &[], id);
            }
            self.end("children");
        }
        self.others(object, &["id", "attributes", "children"], path)?;
        self.end("VocabularyElement");
        Ok(())
    }

    fn event(&mut self, event: &Value, path: &str) -> Result<(), Error> {
        let Some(event) = event.object() else {
            return Err(no_place(path, "it is no object"));
        };
        let kind = event.get("type").and_then(Value::text).unwrap_or_default();
        let Some(shape) = grammar::event(kind, self.old) else {
            let what = match kind {
                "AssociationEvent" => "XML 1.x has no association events",
                _ => "XML has no event of this type",
            };
            return Err(no_place(&member(path, "type"), what));
        };
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
        attributes.extend(self.attributes(event, path)?);
        self.start(kind, &attributes);
        let mut written = Vec::new();
        self.parts(event, shape.parts, path, &mut written)?;
        for (name, value) in event.iter() {
            let place = member(path, name);
            let named = name == "type" || name == "@context" || attribute(name).is_some();
            match form(name) {
                Some(Form::Certificates) => self.certificates(value, &place)?,
                Some(_) if !written.contains(&name) => {
                    let version = if self.old { "XML 1.x has" } else { "the event has" };
                    return Err(no_place(&place, &format!("{version} no such member")));
                }
                None if !named => self.own(name, value, &place)?,
                _ => {}
            }
        }
        self.end(kind);
        self.prefixes.truncate(depth);
        if wrapped {
            self.end("extension");
        }
        Ok(())
    }

    /// The members of an event that are the standard's, in the order of its grammar.
    fn parts<'e>(
        &mut self,
        event: &'e Object,
        parts: &'static [&'static [Part]],
        path: &str,
        written: &mut Vec<&'e str>,
    ) -> Result<(), Error> {
        for part in parts.iter().copied().flatten() {
            match (part.place, part.content) {
                (Place::Opened, Content::Parts(inner)) => {
                    let mut names = inner.parts.iter().copied().flatten().map(|part| part.name);
                    if names.any(|name| form(name).is_some() && event.get(name).is_some()) {
                        self.start(part.name, &[]);
                        self.parts(event, inner.parts, path, written)?;
                        self.end(part.name);
                    }
                }
                _ => match event.iter().find(|(name, _)| *name == part.name) {
                    Some((name, value)) => {
                        self.field(name, value, &member(path, name))?;
                        written.push(name);
                    }
                    // XML 1.x wants some lists even where they are empty.
                    None if part.least > 0 && matches!(form(part.name), Some(Form::Epcs)) => {
                        self.leaf(part.name, &[], "");
                    }
                    None => {}
                },
            }
        }
        Ok(())
    }

    /// The certificates beyond the one that has a place among the parts.
    fn certificates(&mut self, value: &Value, path: &str) -> Result<(), Error> {
        let first = self.first_certificate(value).is_some();
        match value {
            Value::List(items) => {
                for (at, entry) in items.iter().enumerate().skip(usize::from(first)) {
                    self.element(CERTIFICATES, Vec::new(), entry, &item(path, at))?;
                }
                Ok(())
            }
            _ if first => Ok(()),
            value => self.element(CERTIFICATES, Vec::new(), value, path),
        }
    }

    fn first_certificate<'v>(&self, value: &'v Value) -> Option<&'v str> {
        let first = value.items().map_or(Some(value), <[Value]>::first);
        first.and_then(Value::text).filter(|_| !self.old)
    }

    fn field(&mut self, name: &str, value: &Value, path: &str) -> Result<(), Error> {
        let wrong = || no_place(path, "it has not the form the standard gives it");
        match (form(name), value) {
            (Some(Form::Text), Value::Text(text)) if name.ends_with("Time") => {
                self.leaf(name, &[], &time(text));
            }
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
                for (at, entry) in items.iter().enumerate() {
                    self.quantity(entry, &item(path, at))?;
                }
                self.end(name);
            }
            // XML has no empty lists of these.
            (Some(Form::Typed(..) | Form::Sensors), Value::List(items)) if items.is_empty() => {}
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
                let attributes = self.attributes(object, path)?;
                self.start(name, &attributes);
                if let Some(text) = object.get("declarationTime").and_then(Value::text) {
                    self.leaf("declarationTime", &[], &time(text));
                }
                if let Some(text) = object.get("reason").and_then(Value::text) {
                    self.leaf("reason", &[], &term(Vocabulary::ErrorReason, text));
                }
                if let Some(ids) = object.get("correctiveEventIDs").and_then(Value::items) {
                    self.start("correctiveEventIDs", &[]);
                    for id in ids.iter().filter_map(Value::text) {
                        self.leaf("correctiveEventID", &[], id);
                    }
                    self.end("correctiveEventIDs");
                }
                let known = ["declarationTime", "reason", "correctiveEventIDs"];
                self.others(object, &known, path)?;
                self.end(name);
            }
            (Some(kind @ (Form::Place | Form::Extensions)), Value::Object(object)) => {
                let attributes = self.attributes(object, path)?;
                let known: &[&str] = if matches!(kind, Form::Place) { &["id"] } else { &[] };
                self.start(name, &attributes);
                for id in known.iter().filter_map(|name| object.get(name)?.text()) {
                    self.leaf("id", &[], id);
                }
                self.others(object, known, path)?;
                self.end(name);
            }
            (Some(Form::Persistent), Value::Object(object)) => {
                self.start(name, &[]);
                for side in ["unset", "set"] {
                    let terms = object.get(side).and_then(Value::items).unwrap_or_default();
                    for text in terms.iter().filter_map(Value::text) {
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
            (Some(Form::Certificates), value) => {
                if let Some(first) = self.first_certificate(value) {
                    self.leaf(name, &[], first);
                }
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }

    fn quantity(&mut self, entry: &Value, path: &str) -> Result<(), Error> {
        self.start("quantityElement", &[]);
        for field in ["epcClass", "quantity", "uom"] {
            match entry.get(field) {
                Some(Value::Text(text)) if field == "uom" && entry.get("quantity").is_none() => {
                    // A unit stands after a quantity, and one that is unknown is nil.
                    if self.old {
                        let what = "XML 1.x has no unit without a quantity: it is left out";
                        self.note(&member(path, field), what);
                    } else {
                        self.leaf("quantity", &nil(), "");
                        self.leaf(field, &[], text);
                    }
                }
                Some(Value::Text(text)) => self.leaf(field, &[], text),
                Some(Value::Number(number)) => self.leaf(field, &[], &plain(number.as_str())),
                Some(_) => {
                    let path = member(path, field);
                    return Err(no_place(&path, "it has not the form the standard gives it"));
                }
                None => {}
            }
        }
        self.end("quantityElement");
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
        self.others(object, &known, path)?;
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
                Value::Text(text) if matches!(key, "time" | "startTime" | "endTime") => time(text),
                Value::Text(text) => text.clone(),
                Value::Number(number) => number.as_str().to_owned(),
                Value::Bool(flag) => flag.to_string(),
                other => {
                    elements.set(key, other.clone());
                    continue;
                }
            };
            let name = attribute(key).unwrap_or(key);
            attributes.push((self.qualified(name, &member(path, key))?, text));
        }
        self.element(name, attributes, &elements.into(), path)
    }

    /// A member of somebody's own.
    fn own(&mut self, name: &str, value: &Value, path: &str) -> Result<(), Error> {
        let name = self.qualified(name, path)?;
        match value {
            Value::List(items) if items.is_empty() => {
                self.note(path, "XML has no empty lists: it is left out");
                Ok(())
            }
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
            Value::Null => {
                attributes.extend(nil());
                self.leaf(name, &attributes, "");
            }
            Value::Bool(flag) => self.leaf(name, &attributes, &flag.to_string()),
            Value::Number(number) => self.leaf(name, &attributes, number.as_str()),
            Value::Text(text) => self.leaf(name, &attributes, text),
            Value::List(_) => return Err(no_place(path, "XML has no lists in lists")),
            Value::Object(object) => {
                attributes.extend(self.attributes(object, path)?);
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
        if prefix == "xml" || self.prefixes.iter().any(|(known, _)| known == prefix) {
            return Ok(name.to_owned());
        }
        Err(no_place(path, "no context says what its prefix stands for"))
    }
}

fn term(vocabulary: Vocabulary, text: &str) -> String {
    vocabulary.urn(text).unwrap_or_else(|| text.to_owned())
}

/// The attributes of an element of which nothing is known.
fn nil() -> [(String, String); 2] {
    [("xmlns:xsi", INSTANCE), ("xsi:nil", "true")].map(|(k, v)| (k.to_owned(), v.to_owned()))
}

/// A number without a power of ten, as XML's decimals are; one that would be long stays as it is.
fn plain(number: &str) -> String {
    const LONGEST: i64 = 1000;
    let Some(at) = number.find(['e', 'E']) else {
        return number.to_owned();
    };
    let (mantissa, exponent) = (&number[..at], &number[at + 1..]);
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let Some(power) = exponent.parse::<i64>().ok().filter(|power| power.abs() <= LONGEST) else {
        return number.to_owned();
    };
    // The point is moved between zeros enough on both sides.
    let zeros = "0".repeat(power.unsigned_abs() as usize);
    let digits = format!("{zeros}{whole}{part}{zeros}");
    let point = (zeros.len() + whole.len()) as i64 + power;
    let (whole, part) = digits.split_at(point as usize);
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let dot = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{dot}{part}")
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
