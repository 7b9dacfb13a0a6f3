//! Which key data element is missing from which event, and by which paragraph.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde::Serialize;
use suyuan_core::quantity::parse_quantity;
use suyuan_core::time::{Span, UtcOffset};

use crate::rule::{Element, Event, Form, Kind, Layout, Need, PARTS};

/// What a check of events found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Every event, in the order given; the rows of a transformation that share a new lot code
    /// are one event, at its first row.
    pub events: Vec<EventReport>,
    /// How many events lack something, by paragraph.
    pub by_rule: BTreeMap<&'static str, usize>,
}

/// What a check found of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventReport {
    /// The kind of event.
    pub kind: Kind,
    /// The rows of its tab, counted from 1.
    pub rows: Vec<u32>,
    /// Its traceability lot code; empty where it has none.
    pub lot: String,
    /// What is missing, in the order of the rule.
    pub missing: Vec<Missing>,
    /// What is there but cannot be read.
    pub unreadable: Vec<Unreadable>,
    /// Locations given as one text, whose parts are not checked.
    pub unchecked: Vec<String>,
}

impl EventReport {
    /// Whether everything the rule asks for is there and can be read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unreadable.is_empty()
    }
}

/// An element that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Missing {
    /// Its name; of alternatives all names.
    pub element: String,
    /// The parts that are missing; empty when all of it is.
    pub parts: Vec<&'static str>,
    /// The paragraph that asks for it, within 21 CFR.
    pub rule: &'static str,
}

/// A value that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unreadable {
    /// The heading it stands under.
    pub heading: String,
    /// The text.
    pub value: String,
    /// What was expected.
    pub expected: &'static str,
    /// The paragraph that asks for it.
    pub rule: &'static str,
}

/// Checks every event against the paragraphs of its kind. O(n).
///
/// ```
/// use suyuan_fsma::{Event, Kind, check};
/// let mut event = Event::new(Kind::Receiving);
/// event.set("Received At: Business Name", "Shop");
/// let missing = check(&[event]).events.remove(0).missing;
/// assert_eq!(missing[4].rule, "1.1345(a)(5)");
/// assert_eq!(missing[4].parts, ["Phone Number", "Street Address", "City", "State", "ZIP Code"]);
/// ```
#[must_use]
pub fn check(events: &[Event]) -> Report {
    let mut report = Report::default();
    let mut merged: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<&Event>> = Vec::new();
    for event in events {
        let lot = lot(event);
        if event.kind == Kind::Transformation && !lot.is_empty() {
            match merged.get(lot) {
                Some(at) => {
                    if let Some(group) = groups.get_mut(*at) {
                        group.push(event);
                    }
                    continue;
                }
                None => {
                    merged.insert(lot, groups.len());
                }
            }
        }
        groups.push(vec![event]);
    }
    for group in groups {
        let found = one(&group);
        let mut rules: Vec<_> = found.missing.iter().map(|missing| missing.rule).collect();
        rules.dedup();
        for rule in rules {
            *report.by_rule.entry(rule).or_default() += 1;
        }
        report.events.push(found);
    }
    report
}

/// The heading of the lot code of a kind.
pub(crate) const fn lot_heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Transformation => "New Traceability Lot Code",
        _ => "Traceability Lot Code",
    }
}

fn lot(event: &Event) -> &str {
    event.get(lot_heading(event.kind)).trim()
}

fn one(rows: &[&Event]) -> EventReport {
    let (kind, exempt) = rows
        .first()
        .map_or((Kind::Shipping, false), |event| (event.kind, event.from_exempt_source()));
    let mut report = EventReport {
        kind,
        rows: rows.iter().map(|event| event.row).collect(),
        lot: rows.first().map_or("", |event| lot(event)).to_owned(),
        missing: Vec::new(),
        unreadable: Vec::new(),
        unchecked: Vec::new(),
    };
    let layout = Layout::of(kind);
    let elements: Vec<_> = layout
        .elements
        .iter()
        .filter_map(|(element, columns)| {
            let rule = if exempt { element.exempt? } else { element.rule };
            Some((*element, columns, rule))
        })
        .collect();
    for (at, (element, columns, rule)) in elements.iter().enumerate() {
        // What each row says of an input is checked row by row; the rest once for the event.
        let per_row = element.need == Need::Together("input");
        let parts: Vec<&[&Event]> = if per_row { rows.chunks(1).collect() } else { vec![rows] };
        for rows in parts {
            let found = Found::read(layout, columns, rows);
            let needed = match element.need {
                Need::Always => true,
                Need::IfApplicable => {
                    // The person it came from takes the farm's place.
                    exempt && *rule == "1.1330(c)(4)" || !found.is_empty()
                }
                Need::OneOf(name) => {
                    let others = elements.iter().enumerate();
                    let others = others.filter(|(_, (other, ..))| other.need == Need::OneOf(name));
                    let mut others: Vec<_> = others.collect();
                    let any = others
                        .iter()
                        .any(|(_, (_, columns, _))| !Found::read(layout, columns, rows).is_empty());
                    if !any && others.first().is_some_and(|(first, _)| *first == at) {
                        let names: Vec<_> = others.drain(..).map(|(_, (e, ..))| e.name).collect();
                        let element = names.join(" or ");
                        report.missing.push(Missing { element, parts: Vec::new(), rule });
                    }
                    !found.is_empty()
                }
                Need::Together(name) => elements.iter().any(|(other, columns, _)| {
                    other.need == Need::Together(name)
                        && !Found::read(layout, columns, rows).is_empty()
                }),
            };
            if needed {
                found.judge(element, rule, &mut report);
            }
        }
    }
    report
}

/// The texts of an element: the first that is not empty in any of the rows, column by column.
struct Found<'a> {
    headings: &'static [String],
    texts: [&'a str; PARTS.len()],
}

impl<'a> Found<'a> {
    fn read(layout: &'static Layout, columns: &Range<usize>, rows: &[&'a Event]) -> Self {
        let headings = layout.headings.get(columns.clone()).unwrap_or_default();
        let mut texts = [""; PARTS.len()];
        for (column, text) in columns.clone().zip(&mut texts) {
            let all = rows.iter().filter_map(|event| event.cells().get(column));
            *text = all.map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or_default();
        }
        Self { headings, texts }
    }

    fn is_empty(&self) -> bool {
        self.texts.iter().all(|text| text.is_empty())
    }

    fn text(&self, at: usize) -> &'a str {
        self.texts.get(at).copied().unwrap_or_default()
    }

    fn judge(&self, element: &Element, rule: &'static str, report: &mut EventReport) {
        let mut parts = Vec::new();
        match element.form {
            _ if self.is_empty() => {}
            Form::Text => {}
            Form::Date => self.readable(0, "a date such as 2026-03-01", rule, report, |text| {
                Span::parse(text, UtcOffset::CHINA).is_ok()
            }),
            Form::Quantity => {
                if self.text(0).is_empty() {
                    parts.push("quantity");
                } else {
                    self.readable(0, "a quantity above zero", rule, report, |text| {
                        parse_quantity(text).is_ok()
                    });
                }
                if self.text(1).is_empty() {
                    parts.push("unit of measure");
                }
            }
            Form::Document => {
                for (at, part) in [(0, "document type"), (1, "document number")] {
                    if self.text(at).is_empty() {
                        parts.push(part);
                    }
                }
            }
            Form::Location => self.location(element, &mut parts, report),
        }
        if self.is_empty() || !parts.is_empty() {
            report.missing.push(Missing { element: element.name.to_owned(), parts, rule });
        }
    }

    fn readable(
        &self,
        at: usize,
        expected: &'static str,
        rule: &'static str,
        report: &mut EventReport,
        good: impl Fn(&str) -> bool,
    ) {
        if !good(self.text(at)) {
            report.unreadable.push(Unreadable {
                heading: self.headings.get(at).cloned().unwrap_or_default(),
                value: self.text(at).chars().take(64).collect(),
                expected,
                rule,
            });
        }
    }

    /// § 1.1310: business name, phone number, street address or coordinates, city, state and ZIP
    /// code for domestic firms and comparable information for foreign firms, including country.
    fn location(&self, element: &Element, parts: &mut Vec<&'static str>, report: &mut EventReport) {
        let [_, name, phone, street, coordinates, city, state, zip, country, whole] =
            std::array::from_fn(|at| !self.text(at).is_empty());
        if whole && ![name, phone, street, coordinates, city, state, zip, country].contains(&true) {
            report.unchecked.push(element.name.to_owned());
            return;
        }
        for (there, part) in [
            (name, "Business Name"),
            (phone, "Phone Number"),
            (street || coordinates, "Street Address"),
            (city, "City"),
            (state || country, "State"),
            (zip || country, "ZIP Code"),
        ] {
            if !there {
                parts.push(part);
            }
        }
    }
}
