//! A document as it was read: every field kept, checked by the standard.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Problem};
use crate::event::Event;
use crate::limits::Limits;
use crate::schema::check;
use crate::value::{Object, Value};
use crate::{json, xml};

/// How a document is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// What a document may cost.
    pub limits: Limits,
    /// Whether a document that breaks the standard is read all the same, with what is wrong kept in
    /// [`Document::problems`]. Text that is no JSON or XML, and limits, stay errors.
    pub lenient: bool,
}

impl ReadOptions {
    /// Reads documents that break the standard too.
    #[must_use]
    pub fn lenient() -> Self {
        Self { lenient: true, ..Self::default() }
    }
}

/// The form a document was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// JSON-LD.
    Json,
    /// XML.
    Xml,
}

/// What kind of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentKind {
    /// `EPCISDocument`: captured events.
    Events,
    /// `EPCISQueryDocument`: the answer to a query.
    Query,
    /// `EPCISMasterDataDocument`: master data alone.
    MasterData,
    /// One event on its own.
    Event,
}

/// An EPCIS document. Kept as the tree of its JSON form, so that nothing is lost: members of
/// anybody's own, the order of members, the way numbers are written. XML is brought to that form
/// when it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    root: Value,
    format: Format,
    problems: Vec<Problem>,
}

/// A document written as XML.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Xml {
    /// The text.
    pub text: String,
    /// What was left out or changed, by path in the JSON form.
    pub notes: Vec<Problem>,
}

impl Document {
    /// Reads JSON or XML; which of them, the first character says.
    ///
    /// ```
    /// use suyuan_epcis::{Document, Error, ReadOptions};
    /// let bytes = br#"{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
    ///     "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T08:00:00Z",
    ///     "epcisBody": {"eventList": [{"type": "ObjectEvent", "action": "OBSERVE",
    ///         "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "+08:00",
    ///         "epcList": [], "bizStep": "transforming"}]}}"#;
    /// let Err(Error::Invalid { problems, .. }) = Document::read(bytes, &ReadOptions::default())
    /// else {
    ///     panic!("transforming is no business step");
    /// };
    /// assert_eq!(problems[0].path, "/epcisBody/eventList/0/bizStep");
    /// let document = Document::read(bytes, &ReadOptions::lenient())?;
    /// assert_eq!((document.events().len(), document.problems().len()), (1, 1));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotUtf8`], [`Error::UnknownFormat`], [`Error::Syntax`], [`Error::Limit`], and
    /// unless lenient [`Error::Invalid`].
    pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<Self, Error> {
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let first = text.iter().find(|b| !b.is_ascii_whitespace());
        let root = match first {
            Some(b'<') => {
                let xml::Parsed { root, problems, more } = xml::parse(bytes, &options.limits)?;
                return Self::of(root, Format::Xml, problems, more, options);
            }
            Some(b'{' | b'[') => json::parse(bytes, &options.limits)?,
            _ if std::str::from_utf8(bytes).is_err() => {
                return Err(json::parse(bytes, &options.limits)
                    .err()
                    .unwrap_or(Error::UnknownFormat));
            }
            _ => return Err(Error::UnknownFormat),
        };
        Self::from_value(root, options)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Read`], and as [`Document::read`]. No more than the limit of bytes is read.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let limit = options.limits.bytes;
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > limit {
            return Err(Error::Limit { path: "/".into(), what: "bytes", limit });
        }
        Self::read(&bytes, options)
    }

    /// Checks a tree in the JSON form.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless lenient.
    pub fn from_value(root: Value, options: &ReadOptions) -> Result<Self, Error> {
        let checked = check(&root, options.limits.problems);
        Self::of(root, Format::Json, checked.problems, checked.more, options)
    }

    fn of(
        root: Value,
        format: Format,
        problems: Vec<Problem>,
        more: bool,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        if !options.lenient && !problems.is_empty() {
            return Err(Error::Invalid { problems, more });
        }
        Ok(Self { root, format, problems })
    }

    /// The tree.
    #[must_use]
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The form it was written in.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What is wrong with it, when it was read leniently: the first of [`Limits::problems`].
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What kind of document it is.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        match self.root.get("type").and_then(Value::text) {
            Some("EPCISQueryDocument") => DocumentKind::Query,
            Some("EPCISMasterDataDocument") => DocumentKind::MasterData,
            Some("EPCISDocument") | None => DocumentKind::Events,
            Some(_) => DocumentKind::Event,
        }
    }

    /// Its events in order. What is no object is left out (a document read strictly has none).
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        if self.kind() == DocumentKind::Event {
            return self.root.object().map(|object| Event::of(object, 0, "")).into_iter().collect();
        }
        let (body, path) = self.body();
        let list = body.and_then(|body| body.get("eventList")).and_then(Value::items);
        let events = list.unwrap_or_default().iter().enumerate();
        events
            .filter_map(|(at, value)| {
                Some(Event::of(value.object()?, at, &format!("{path}/eventList/{at}")))
            })
            .collect()
    }

    /// The object that holds the events, and its path.
    fn body(&self) -> (Option<&Object>, &'static str) {
        let body = self.root.get("epcisBody");
        match self.kind() {
            DocumentKind::Query => (
                body.and_then(|body| body.get("queryResults"))
                    .and_then(|results| results.get("resultsBody"))
                    .and_then(Value::object),
                "/epcisBody/queryResults/resultsBody",
            ),
            _ => (body.and_then(Value::object), "/epcisBody"),
        }
    }

    /// The elements of master data: type of vocabulary, then the element. Those of the header come
    /// first.
    pub(crate) fn vocabulary_elements(&self) -> Vec<(&str, &Value)> {
        let header = self.root.get("epcisHeader");
        // The second name is no name of the standard, but seen in use.
        let header = ["epcisMasterData", "EPCISMasterData"]
            .iter()
            .find_map(|name| header.and_then(|header| header.get(name)))
            .and_then(Value::object);
        let lists = [header, self.body().0].into_iter().flatten();
        let lists = lists.filter_map(|holder| holder.get("vocabularyList")?.items());
        lists
            .flatten()
            .flat_map(|vocabulary| {
                let kind = vocabulary.get("type").and_then(Value::text).unwrap_or_default();
                let elements = vocabulary.get("vocabularyElementList").and_then(Value::items);
                elements.unwrap_or_default().iter().map(move |element| (kind, element))
            })
            .collect()
    }

    /// The document as JSON text, with every field as it was read.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.root.to_json_pretty()
    }

    /// The document as XML, in the version its `schemaVersion` says: 1.x or 2.0. What it writes is
    /// valid by the schemas of GS1. What stands around the events and has no place in XML (`id`,
    /// `sender`, `receiver`, `instanceIdentifier` of a document, say) is left out, with a note.
    ///
    /// # Errors
    /// [`Error::NoPlace`] with the path of a field of an event that the XML of that version has no
    /// place for.
    pub fn to_xml(&self) -> Result<Xml, Error> {
        xml::write(&self.root)
    }
}
