//! The walk: one visitor from which the first problem, all problems and acceptance derive.

use std::collections::HashSet;

use super::shapes::{
    CERTIFICATION_DAYS, CERTIFICATION_TEXTS, DOCUMENT, EVENT_TYPES, MASTER_DATA_DOCUMENT,
    QUERY_DOCUMENT, shape_of,
};
use super::{Extra, List, Others, Rule, Shape};
use crate::error::Problem;
use crate::path::Path;
use crate::terms::is_uri;
use crate::time::{Moment, is_date, is_offset};
use crate::value::{Object, Value};

/// What a walk found.
pub(crate) struct Checker {
    path: Path,
    pub(crate) problems: Vec<Problem>,
    pub(crate) more: bool,
    most: usize,
}

/// Checks a whole document; at most `most` problems are kept.
pub(crate) fn check(root: &Value, most: usize) -> Checker {
    let most = most.max(1);
    let mut checker = Checker { path: Path::default(), problems: Vec::new(), more: false, most };
    checker.document(root);
    checker
}

impl Checker {
    fn document(&mut self, root: &Value) {
        let Some(object) = root.object() else {
            self.wrong(format!("expected an object, found {}", root.kind()));
            return;
        };
        match object.get("type").map(Value::text) {
            Some(Some("EPCISDocument")) => self.object(object, &DOCUMENT),
            Some(Some("EPCISQueryDocument")) => self.object(object, &QUERY_DOCUMENT),
            Some(Some("EPCISMasterDataDocument")) => self.object(object, &MASTER_DATA_DOCUMENT),
            Some(Some(kind)) if EVENT_TYPES.contains(&kind) || is_uri(kind) => {
                // One event on its own must bring its context along.
                if object.get("@context").is_none() {
                    self.missing("@context");
                }
                self.event(root);
            }
            Some(_) => self.member_wrong(
                "type",
                "expected EPCISDocument, EPCISQueryDocument or a type of event".to_owned(),
            ),
            None => self.missing("type"),
        }
    }

    fn event(&mut self, value: &Value) {
        let Some(object) = value.object() else {
            self.wrong(format!("expected an event, found {}", value.kind()));
            return;
        };
        match object.get("type") {
            Some(Value::Text(kind)) => {
                if !EVENT_TYPES.contains(&kind.as_str()) && !is_uri(kind) {
                    let what = format!(
                        "found {}, expected one of {}, or the URI of another type",
                        shown(kind),
                        EVENT_TYPES.join(", ")
                    );
                    self.member_wrong("type", what);
                }
                self.object(object, shape_of(kind));
            }
            Some(other) => {
                self.member_wrong("type", format!("expected a text, found {}", other.kind()));
            }
            None => self.missing("type"),
        }
    }

    fn object(&mut self, object: &Object, shape: &Shape) {
        for (name, value) in object.iter() {
            let back = self.path.member(name);
            match shape.fields.iter().find(|field| field.name == name) {
                Some(field) => self.value(value, field.rule),
                None => self.other(name, shape.others),
            }
            self.path.back(back);
        }
        for field in shape.fields.iter().filter(|field| field.required) {
            if object.get(field.name).is_none() {
                self.missing(field.name);
            }
        }
        if let Some(extra) = shape.rule {
            self.extra(object, extra);
        }
    }

    /// A member the shape does not name.
    fn other(&mut self, name: &str, others: Others) {
        match others {
            Others::Any => {}
            Others::Forbidden => self.wrong("the standard has no such member here".to_owned()),
            // An attribute of XML keeps its mark.
            Others::Namespaced if is_uri(name.strip_prefix('@').unwrap_or(name)) => {}
            Others::Namespaced => self.wrong(
                "the standard has no such member here; one of your own needs a namespace \
                 (prefix:name)"
                    .to_owned(),
            ),
        }
    }

    fn value(&mut self, value: &Value, rule: Rule) {
        match (rule, value) {
            (Rule::Any, _) => {}
            (Rule::Event, _) => self.event(value),
            (Rule::Context, _) => self.context(value),
            (Rule::Certification, _) => self.certification(value),
            (Rule::List(list), Value::List(items)) => self.list(items, list),
            (Rule::Object(shape), Value::Object(object)) => self.object(object, shape),
            (Rule::Bool, Value::Bool(_)) | (Rule::Number, Value::Number(_)) => {}
            (Rule::Attribute, Value::Text(_) | Value::Number(_) | Value::Object(_)) => {}
            // A value that stands twice or more, as XML writes it.
            (Rule::Attribute, Value::Bool(_) | Value::List(_)) => {}
            (_, Value::Text(text)) => self.text(text, rule),
            _ => {
                self.wrong(format!("expected {}, found {}", expected(rule), value.kind()));
            }
        }
    }

    fn text(&mut self, text: &str, rule: Rule) {
        let fits = match rule {
            Rule::Text => true,
            Rule::Uri => is_uri(text),
            Rule::Time => Moment::parse(text).is_some(),
            Rule::Offset => is_offset(text),
            Rule::Version => {
                text.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
            }
            Rule::Hex => !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit()),
            Rule::Unit => {
                (2..=3).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            }
            Rule::Action => matches!(text, "ADD" | "OBSERVE" | "DELETE"),
            Rule::Term(vocabulary) => vocabulary.allows(text),
            _ => false,
        };
        if !fits {
            self.wrong(format!("found {}, expected {}", shown(text), expected(rule)));
        }
    }

    fn list(&mut self, items: &[Value], list: &List) {
        if items.len() < list.least {
            self.wrong(format!("expected {} item or more", list.least));
        }
        let mut seen = HashSet::new();
        for (at, item) in items.iter().enumerate() {
            let back = self.path.item(at);
            self.value(item, list.item);
            if list.unique && item.text().is_some_and(|text| !seen.insert(text)) {
                self.wrong("the same item stands twice".to_owned());
            }
            self.path.back(back);
        }
    }

    fn extra(&mut self, object: &Object, extra: Extra) {
        let at_least = |name: &str, least: usize| match object.get(name) {
            Some(Value::List(items)) => items.len() >= least,
            Some(_) => true,
            None => false,
        };
        match extra {
            Extra::Goods { lists, spared_by_delete, sensors } => {
                let action = object.get("action").and_then(Value::text);
                let sensed = sensors
                    && at_least("sensorElementList", 1)
                    && object.get("readPoint").is_some();
                let spared = spared_by_delete && action == Some("DELETE");
                if !spared && !sensed && !lists.iter().any(|(name, n)| at_least(name, *n)) {
                    let names: Vec<_> = lists.iter().map(|(name, _)| *name).collect();
                    self.wrong(format!("expected {}", names.join(" or ")));
                }
                if sensors && object.get("ilmd").is_some() && action.is_some_and(|a| a != "ADD") {
                    self.member_wrong("ilmd", "only an event of action ADD may have it".to_owned());
                }
            }
            Extra::Transformed => {
                let inputs = at_least("inputEPCList", 1) || at_least("inputQuantityList", 1);
                let outputs = at_least("outputEPCList", 1) || at_least("outputQuantityList", 1);
                let part = object.get("transformationID").is_some() && (inputs || outputs);
                let whole = inputs && outputs;
                if !whole && !part {
                    self.wrong(
                        "expected inputs and outputs, or a transformationID and either".to_owned(),
                    );
                }
            }
            Extra::SetOrUnset => {
                if object.get("set").is_none() && object.get("unset").is_none() {
                    self.wrong("expected set or unset".to_owned());
                }
            }
        }
    }

    fn context(&mut self, value: &Value) {
        match value {
            Value::Object(_) => {}
            Value::Text(text) if is_uri(text) => {}
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    let back = self.path.item(at);
                    match item {
                        Value::Object(_) => {}
                        Value::Text(text) if is_uri(text) => {}
                        _ => self.wrong("expected a URI or an object of prefixes".to_owned()),
                    }
                    // Few contexts have more than ten items.
                    if at < 100 && items[..at].contains(item) {
                        self.wrong("the same item stands twice".to_owned());
                    }
                    self.path.back(back);
                }
            }
            _ => self.wrong("expected a URI, an object of prefixes or a list of them".to_owned()),
        }
    }

    /// A URI, a list of them, or a list of objects with `gs1:CertificationDetails`.
    fn certification(&mut self, value: &Value) {
        let Value::List(items) = value else {
            match value {
                Value::Text(text) if is_uri(text) => {}
                Value::Object(object) => self.certificate(object),
                _ => self.wrong("expected the URI of a certificate or a list of them".to_owned()),
            }
            return;
        };
        for (at, item) in items.iter().enumerate() {
            let back = self.path.item(at);
            match item {
                Value::Text(text) if is_uri(text) => {}
                Value::Object(object) => self.certificate(object),
                _ => self.wrong("expected a URI, or gs1:CertificationDetails".to_owned()),
            }
            self.path.back(back);
        }
    }

    fn certificate(&mut self, object: &Object) {
        const DETAILS: &str = "gs1:CertificationDetails";
        let details = match object.get(DETAILS) {
            None => return self.missing(DETAILS),
            Some(details) => details,
        };
        let back = self.path.member(DETAILS);
        match details {
            Value::Object(details) => {
                for (name, value) in details.iter() {
                    let back = self.path.member(name);
                    self.detail(name, value);
                    self.path.back(back);
                }
            }
            other => self.wrong(format!("expected an object, found {}", other.kind())),
        }
        self.path.back(back);
    }

    fn detail(&mut self, name: &str, value: &Value) {
        let bare = name.strip_prefix("gs1:").unwrap_or("");
        if CERTIFICATION_DAYS.contains(&bare) {
            if !value.text().is_some_and(is_date) {
                self.wrong("expected a day, such as 2023-12-20".to_owned());
            }
        } else if CERTIFICATION_TEXTS.contains(&bare) {
            match value {
                Value::Text(text) if bare == "certificationStatus" => {
                    if !matches!(text.as_str(), "ACTIVE" | "INACTIVE") {
                        self.wrong(format!("found {}, expected ACTIVE or INACTIVE", shown(text)));
                    }
                }
                Value::Text(_) => {}
                _ => self.wrong(format!("expected a text, found {}", value.kind())),
            }
        } else if bare == "certificationURI" {
            self.value(value, Rule::Uri);
        } else if bare == "certificationAgencyURL" {
            if !matches!(value, Value::Object(_)) {
                self.value(value, Rule::Uri);
            }
        } else {
            self.other(name, Others::Forbidden);
        }
    }

    fn missing(&mut self, name: &str) {
        self.member_wrong(name, "it is missing".to_owned());
    }

    fn member_wrong(&mut self, name: &str, what: String) {
        let back = self.path.member(name);
        self.wrong(what);
        self.path.back(back);
    }

    fn wrong(&mut self, what: String) {
        if self.problems.len() >= self.most {
            self.more = true;
            return;
        }
        self.problems.push(Problem { path: self.path.text(), what });
    }
}

/// A text as messages show it: quoted, and cut where it is long.
pub(crate) fn shown(text: &str) -> String {
    let mut cut: String = text.chars().take(80).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("{cut:?}")
}

fn expected(rule: Rule) -> String {
    match rule {
        Rule::Any => "any value".into(),
        Rule::Text => "a text".into(),
        Rule::Bool => "true or false".into(),
        Rule::Number => "a number".into(),
        Rule::Uri => "a URI".into(),
        Rule::Time => "a time with an offset, such as 2026-03-01T08:30:00+08:00".into(),
        Rule::Offset => "an offset such as +08:00".into(),
        Rule::Version => "a version such as 2.0".into(),
        Rule::Hex => "hexadecimal digits".into(),
        Rule::Unit => "a unit code of two or three capitals or digits, such as KGM".into(),
        Rule::Action => "ADD, OBSERVE or DELETE".into(),
        Rule::Term(vocabulary) => format!(
            "a word of the standard ({}, ...) or a URI of somebody else's",
            vocabulary.words().iter().take(3).copied().collect::<Vec<_>>().join(", ")
        ),
        Rule::Context => "a context".into(),
        Rule::Certification => "a certificate".into(),
        Rule::Attribute => "a text, a number or an object".into(),
        Rule::List(_) => "a list".into(),
        Rule::Object(_) => "an object".into(),
        Rule::Event => "an event".into(),
    }
}
