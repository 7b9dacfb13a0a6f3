//! XML text as a tree of elements, within limits.

use std::collections::{BTreeMap, HashSet};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{INSTANCE, KNOWN, OWN, is_name};
use crate::error::Error;
use crate::limits::Limits;
use crate::path::push_member;

/// An element with its names resolved: bare for the standard's own and for none, else
/// `prefix:name`. Attributes of the schema instance namespace (`xsi:schemaLocation` and the like)
/// are for those who validate, and are not kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
    /// Whether it says `xsi:nil`: what it would hold is unknown.
    pub(super) nil: bool,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A tree and the prefixes it uses.
pub(super) struct Tree {
    pub(super) root: Element,
    /// Namespaces by prefix.
    pub(super) prefixes: BTreeMap<String, String>,
    /// The namespace of the root element.
    pub(super) space: String,
}

struct Builder<'a> {
    text: &'a str,
    limits: &'a Limits,
    reader: Reader<&'a [u8]>,
    stack: Vec<Element>,
    /// Prefix, namespace and the depth it was bound at.
    bound: Vec<(String, String, usize)>,
    prefixes: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    space: Option<String>,
    typed: bool,
    values: usize,
}

pub(super) fn tree(bytes: &[u8], limits: &Limits) -> Result<Tree, Error> {
    if bytes.len() > limits.bytes {
        return Err(Error::Limit { path: "/".into(), what: "bytes", limit: limits.bytes });
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text =
        std::str::from_utf8(bytes).map_err(|error| Error::NotUtf8 { at: error.valid_up_to() })?;
    let mut builder = Builder {
        text,
        limits,
        reader: Reader::from_str(text),
        stack: Vec::new(),
        bound: Vec::new(),
        prefixes: BTreeMap::new(),
        names: BTreeMap::new(),
        space: None,
        typed: false,
        values: 0,
    };
    let root = builder.document()?;
    Ok(Tree { root, prefixes: builder.prefixes, space: builder.space.unwrap_or_default() })
}

impl Builder<'_> {
    fn document(&mut self) -> Result<Element, Error> {
        let mut root = None;
        loop {
            let event = self.reader.read_event().map_err(|error| self.wrong(&error.to_string()))?;
            match event {
                Event::Start(start) => {
                    self.open(&start)?;
                }
                Event::Empty(start) => {
                    self.open(&start)?;
                    self.close(&mut root)?;
                }
                Event::End(_) => self.close(&mut root)?,
                Event::Text(text) => {
                    let content = text.xml_content(XmlVersion::Implicit1_0);
                    self.push(&content)?;
                }
                Event::CData(data) => {
                    let content = data.xml_content(XmlVersion::Implicit1_0);
                    self.push(&content)?;
                }
                Event::GeneralRef(reference) => {
                    let name = reference.xml_content(XmlVersion::Implicit1_0).into_owned();
                    let c = match name.as_str() {
                        "lt" => '<',
                        "gt" => '>',
                        "amp" => '&',
                        "apos" => '\'',
                        "quot" => '"',
                        _ => match reference.resolve_char_ref() {
                            Ok(Some(c)) => c,
                            _ => return Err(self.wrong("an entity that XML does not define")),
                        },
                    };
                    self.push(c.encode_utf8(&mut [0; 4]))?;
                }
                Event::DocType(declaration) => {
                    let said = declaration.xml_content(XmlVersion::Implicit1_0);
                    // A name alone declares nothing: there are no entities, and no other file.
                    let bare = said.trim().splitn(2, ':').all(is_name);
                    if !bare || self.typed || root.is_some() || self.inside() {
                        return Err(self.wrong(
                            "a document type declaration that is more than a name, which is refused",
                        ));
                    }
                    self.typed = true;
                }
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::Eof => break,
            }
        }
        if !self.stack.is_empty() {
            return Err(self.wrong("the document ends inside an element"));
        }
        root.ok_or_else(|| self.wrong("there is no element"))
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Error> {
        let deepest = self.limits.depth.min(Limits::DEEPEST);
        if self.stack.len() >= deepest {
            return Err(self.limit("levels of nesting", deepest));
        }
        let depth = self.stack.len();
        let mut plain: Vec<(String, String)> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        // The library's own check for doubles takes quadratic time.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.wrong(&error.to_string()))?;
            self.count()?;
            if !seen.insert(attribute.key.into_inner()) {
                return Err(self.wrong("an attribute stands twice"));
            }
            if seen.len() > self.limits.members || self.bound.len() > self.limits.members {
                return Err(self.limit("members in one object", self.limits.members));
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| self.wrong(&error.to_string()))?;
            if value.len() > self.limits.text {
                return Err(self.limit("bytes in one text", self.limits.text));
            }
            let name = attribute.key.into_inner();
            match name.strip_prefix("xmlns") {
                Some("") => self.bound.push((String::new(), value.into_owned(), depth)),
                Some(prefix) if prefix.starts_with(':') => {
                    self.bound.push((prefix[1..].to_owned(), value.into_owned(), depth));
                }
                _ => plain.push((name.to_owned(), value.into_owned())),
            }
        }
        let mut element =
            Element { name: self.resolve(start.name().into_inner(), true)?, ..Element::default() };
        for (name, value) in plain {
            let instance =
                name.split_once(':').filter(|(prefix, _)| self.bound_to(prefix) == Some(INSTANCE));
            if let Some((_, local)) = instance {
                element.nil |= local == "nil" && matches!(value.trim(), "true" | "1");
                continue;
            }
            let name = self.resolve(&name, false)?;
            element.attributes.push((name, value));
        }
        self.count()?;
        let (limit, what) = match self.stack.last() {
            Some(parent) if parent.name == "EventList" => (self.limits.events, "events"),
            _ => (self.limits.items, "items in one list"),
        };
        if self.stack.last().is_some_and(|parent| parent.children.len() >= limit) {
            return Err(self.limit(what, limit));
        }
        self.stack.push(element);
        Ok(())
    }

    fn close(&mut self, root: &mut Option<Element>) -> Result<(), Error> {
        let Some(element) = self.stack.pop() else {
            return Err(self.wrong("an element ends that was not begun"));
        };
        let few = self.limits.members;
        if element.children.len() > few {
            let names: HashSet<&str> = element.children.iter().map(|c| c.name.as_str()).collect();
            if names.len() > few {
                return Err(self.limit("members in one object", few));
            }
        }
        let depth = self.stack.len();
        while self.bound.last().is_some_and(|(_, _, bound)| *bound >= depth) {
            self.bound.pop();
        }
        match self.stack.last_mut() {
            Some(parent) => parent.children.push(element),
            None if root.is_none() => *root = Some(element),
            None => return Err(self.wrong("a second root element")),
        }
        Ok(())
    }

    fn push(&mut self, text: &str) -> Result<(), Error> {
        let limit = self.limits.text;
        match self.stack.last_mut() {
            Some(element) if element.text.len() + text.len() <= limit => {
                element.text.push_str(text);
                Ok(())
            }
            Some(_) => Err(self.limit("bytes in one text", limit)),
            None if text.trim().is_empty() => Ok(()),
            None => Err(self.wrong("text outside of the root element")),
        }
    }

    fn count(&mut self) -> Result<(), Error> {
        self.values += 1;
        if self.values > self.limits.values {
            return Err(self.limit("values", self.limits.values));
        }
        Ok(())
    }

    /// A name without its namespace, or with the prefix that stands for it in the whole document.
    fn resolve(&mut self, name: &str, is_element: bool) -> Result<String, Error> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if (prefix.is_empty() && !is_element) || prefix == "xml" {
            return Ok(name.to_owned());
        }
        let found = self.bound_to(prefix).map(str::to_owned);
        if is_element && self.space.is_none() {
            self.space = Some(found.clone().unwrap_or_default());
        }
        let space = match found {
            Some(space) => space,
            None if prefix.is_empty() => return Ok(local.to_owned()),
            None => return Err(self.wrong("a prefix that no namespace is bound to")),
        };
        if space.is_empty() || OWN.iter().any(|own| space.starts_with(own)) {
            return Ok(local.to_owned());
        }
        if let Some(known) = self.names.get(&space) {
            return Ok(format!("{known}:{local}"));
        }
        if self.prefixes.len() >= self.limits.members {
            return Err(self.limit("namespaces", self.limits.members));
        }
        let builtin = KNOWN.iter().find(|(_, known)| *known == space);
        let wanted = match (builtin, prefix) {
            (Some((known, _)), _) => *known,
            (None, "") => "ns",
            (None, prefix) => prefix,
        };
        let reserved = |name: &str| {
            self.prefixes.contains_key(name)
                || (builtin.is_none() && KNOWN.iter().any(|(known, _)| *known == name))
        };
        let mut unique = wanted.to_owned();
        let mut more = 1;
        while reserved(&unique) {
            more += 1;
            unique = format!("{wanted}{more}");
        }
        self.prefixes.insert(unique.clone(), space.clone());
        self.names.insert(space, unique.clone());
        Ok(format!("{unique}:{local}"))
    }

    /// The namespace a prefix stands for here.
    fn bound_to(&self, prefix: &str) -> Option<&str> {
        let found = self.bound.iter().rev().find(|(bound, _, _)| bound == prefix);
        found.map(|(_, space, _)| space.as_str())
    }

    fn inside(&self) -> bool {
        !self.stack.is_empty()
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for element in &self.stack {
            push_member(&mut path, &element.name);
        }
        if path.is_empty() { "/".to_owned() } else { path }
    }

    fn wrong(&self, what: &str) -> Error {
        let at = (self.reader.buffer_position() as usize).min(self.text.len());
        let before = &self.text.as_bytes()[..at];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
        Error::Syntax { line, column, path: self.path(), what: what.to_owned() }
    }

    fn limit(&self, what: &'static str, limit: usize) -> Error {
        Error::Limit { path: self.path(), what, limit }
    }
}
