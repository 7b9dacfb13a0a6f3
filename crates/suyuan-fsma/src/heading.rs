//! What a column holds, by its heading: our own names, the rule's words, or its paragraph.
//!
//! A heading may quote the rule: `(a)(4) Location description for the immediate subsequent
//! recipient (other than a transporter) of the food`, `§ 1.1340(a)(4)`. Words decide before the
//! paragraph does, since some paragraphs ask for more than one thing.

use std::collections::HashMap;

use suyuan_core::time::{Span, UtcOffset};

use crate::rule::{Element, Event, Form, Kind, Layout, PARTS, fold};

/// What a column of a sheet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The text of a column of ours.
    Column(usize),
    /// A quantity and its unit, for a column of ours and the next.
    Quantity(usize),
    /// Type and number of a reference document, likewise.
    Document(usize),
    /// A name and a phone number, likewise.
    Person(usize),
    /// The first and the last day of a harvest and where it was, likewise.
    Harvest(usize),
    /// A location in one text, or where it is an address of the web a reference.
    Source { location: usize, reference: usize },
}

/// The columns of one kind of event.
pub(crate) struct Headings {
    kind: Kind,
    /// By our own names, letters and digits alone.
    own: HashMap<String, Target>,
    /// By the rule's words, those that tell nothing apart left out.
    words: HashMap<String, Target>,
}

impl Headings {
    pub(crate) fn of(kind: Kind) -> Self {
        let layout = Layout::of(kind);
        let mut own: HashMap<String, Target> = HashMap::new();
        let mut words: HashMap<String, Target> = HashMap::new();
        for (column, heading) in layout.headings.iter().enumerate() {
            own.insert(fold(heading), Target::Column(column));
        }
        for (element, columns) in &layout.elements {
            let at = columns.start;
            let name = fold(element.name);
            let target = whole(element, at);
            let mut also = |text: String, target| {
                own.entry(text).or_insert(target);
            };
            match element.form {
                Form::Quantity => {
                    let first = if name == "quantity" { name } else { format!("{name}quantity") };
                    for more in ["andunitofmeasure", "unitofmeasure", "uom", "anduom"] {
                        also(format!("{first}{more}"), target);
                    }
                    also(first.replace("quantity", "uom"), Target::Column(at + 1));
                }
                Form::Location => {
                    for more in ["", "location", "locationdescription", "description"] {
                        also(format!("{name}{more}"), target);
                    }
                }
                Form::Text if name.contains("traceabilitylotcode") => {
                    also(name.replace("traceabilitylotcode", "tlc"), target);
                    also(format!("{name}tlc"), target);
                }
                Form::Text | Form::Date | Form::Document => {}
            }
            for phrase in [element.name].iter().chain(phrases(kind, element.name)) {
                let phrase = told(phrase);
                if element.form == Form::Location {
                    for (part, column) in PARTS.iter().zip(columns.clone()) {
                        let part = format!("{phrase}{}", told(part));
                        words.entry(part).or_insert(Target::Column(column));
                    }
                }
                words.entry(phrase).or_insert(target);
            }
        }
        let mut headings = Self { kind, own, words };
        headings.together();
        headings
    }

    /// Headings that name several elements at once, as the rule does.
    fn together(&mut self) {
        let at = |name: &str| {
            let elements = &Layout::of(self.kind).elements;
            let found = elements.iter().find(|(element, _)| element.name == name);
            found.map(|(_, columns)| columns.clone())
        };
        let mut all: Vec<(&str, Target)> = Vec::new();
        if let Some(columns) = at("Harvester Business Name") {
            let person = Target::Person(columns.start);
            all.push(("business name and phone number for the harvester of the food", person));
            all.push(("harvester business name and phone number", person));
            all.push(("harvester", person));
        }
        if let Some(columns) = at("First Harvest Date") {
            let harvest = Target::Harvest(columns.start);
            let words = "harvest date range and locations for the trip during which the food was \
                         caught";
            all.push((words, harvest));
            all.push(("harvest date range and locations", harvest));
        }
        if let (Some(source), Some(reference)) = (at("TLC Source"), at("TLC Source Reference")) {
            let target = Target::Source { location: source.end - 1, reference: reference.start };
            for words in [
                "location description for the traceability lot code source or the traceability lot \
                 code source reference",
                "traceability lot code source or traceability lot code source reference",
                "TLC source or TLC source reference",
            ] {
                all.push((words, target));
            }
        }
        for (words, target) in all {
            self.words.insert(told(words), target);
        }
    }

    /// What a column holds; `None` for one that means nothing here.
    pub(crate) fn target(&self, heading: &str) -> Option<Target> {
        let (paragraphs, rest) = parted(heading);
        self.own
            .get(&fold(rest))
            .or_else(|| self.words.get(&told(rest)))
            .copied()
            .or_else(|| self.of_paragraph(&paragraphs, rest))
    }

    /// By a paragraph alone: the one element it asks for, or the one of them whose name the heading
    /// has; a part of a location where the heading ends in its name.
    fn of_paragraph(&self, paragraphs: &str, rest: &str) -> Option<Target> {
        if paragraphs.is_empty() {
            return None;
        }
        let rule = format!("{}{paragraphs}", section(self.kind));
        let asked: Vec<_> = Layout::of(self.kind)
            .elements
            .iter()
            .filter(|(element, _)| element.rule == rule || element.exempt == Some(&*rule))
            .collect();
        let said = told(rest);
        let named = asked.iter().find(|(element, _)| said.contains(&told(element.name)));
        let (element, columns) = match &*asked {
            [only] => only,
            _ => named.or(asked.first())?,
        };
        let text = fold(rest);
        let part = PARTS.iter().position(|part| text.ends_with(&fold(part)));
        match (element.form, part) {
            (Form::Location, Some(part)) => Some(Target::Column(columns.start + part)),
            (Form::Quantity, _)
                if text.ends_with("unitofmeasure") && !text.contains("quantity") =>
            {
                Some(Target::Column(columns.start + 1))
            }
            (Form::Document, _) if text.ends_with("number") && !text.contains("type") => {
                Some(Target::Column(columns.start + 1))
            }
            _ => Some(whole(element, columns.start)),
        }
    }
}

/// Where an element goes that stands in one column.
fn whole(element: &Element, at: usize) -> Target {
    match element.form {
        Form::Text | Form::Date => Target::Column(at),
        Form::Quantity => Target::Quantity(at),
        Form::Document => Target::Document(at),
        Form::Location => Target::Column(at + PARTS.len() - 1),
    }
}

/// The section of the rule that a kind of event is in.
const fn section(kind: Kind) -> &'static str {
    match kind {
        Kind::Harvesting | Kind::Cooling => "1.1325",
        Kind::InitialPacking => "1.1330",
        Kind::FirstLandBasedReceiving => "1.1335",
        Kind::Shipping => "1.1340",
        Kind::Receiving => "1.1345",
        Kind::Transformation => "1.1350",
    }
}

/// The rule's words for an element, beside its name.
fn phrases(kind: Kind, element: &str) -> &'static [&'static str] {
    const CODE: &[&str] = &[
        "traceability lot code for the food",
        "traceability lot code you assigned",
        "TLC",
        "lot code",
    ];
    const SOURCE: &[&str] = &[
        "location description for the traceability lot code source",
        "traceability lot code source",
    ];
    const RECIPIENT: &[&str] = &["location description for the immediate subsequent recipient"];
    const FARM: &[&str] = &["location description for the farm where the food was harvested"];
    const FIELD: &[&str] = &[
        "for produce the name of the field or other growing area from which the food was harvested",
        "name of the field or other growing area",
        "name of field or growing area from which the food was harvested",
    ];
    const CONTAINER: &[&str] = &[
        "for aquacultured food the name of the container from which the food was harvested",
        "name of the container from which the food was harvested",
        "name of the container",
    ];
    const COOLED: &[&str] = &[
        "location description for where you cooled the food",
        "location description for where the food was cooled",
    ];
    const PRODUCT: &[&str] = &[
        "product description for the food",
        "product description of the packed food",
        "product description for packaged food",
    ];
    const REFERENCE: &[&str] = &["traceability lot code source reference"];
    const DOCUMENT: &[&str] = &[
        "reference document type and reference document number",
        "reference document type and number",
        "reference document type and reference document number for the transformation event",
    ];
    match (kind, element) {
        (_, "Reference Document") => DOCUMENT,
        (_, "TLC Source Reference") => REFERENCE,
        (_, "TLC Source") => SOURCE,
        (_, "Farm") => FARM,
        (_, "Field or Growing Area") => FIELD,
        (_, "Container") => CONTAINER,
        (_, "Commodity") => &[
            "commodity and variety of the food",
            "commodity and variety of the food received",
            "commodity of the food",
        ],
        (_, "Harvest Date") => &["date of harvesting", "date the food was harvested"],
        (_, "Cooling Date") => &["date of cooling", "date you cooled the food"],
        (_, "Cooling Location") => COOLED,
        (Kind::Transformation, "Input Traceability Lot Code") => &[
            "traceability lot code for the food used in transformation",
            "traceability lot code of the food used",
        ],
        (Kind::Transformation, "Input Product Description") => &[
            "product description for the food to which the traceability lot code applies",
            "product description for the food used",
        ],
        (Kind::Transformation, "Input") => &[
            "for each traceability lot used the quantity and unit of measure of the food used from \
             that lot",
            "quantity and unit of measure of the food used from that lot",
            "quantity and unit of measure of the food used",
        ],
        (Kind::Transformation, "New Traceability Lot Code") => {
            &["new traceability lot code for the food", "new TLC"]
        }
        (Kind::Transformation, "Transformation Location") => &[
            "location description for where you transformed the food",
            "location description for where you transformed the food and the traceability lot code \
             source reference",
        ],
        (Kind::Transformation, "Transformation Date") => &["date transformation was completed"],
        (Kind::Transformation, "New Product Description") => {
            &["product description for the food produced", "product description for the food"]
        }
        (Kind::Transformation, "New") => &[
            "quantity and unit of measure of the food produced",
            "quantity and unit of measure of the food",
        ],
        (_, "Traceability Lot Code") => CODE,
        (_, "Product Description") => PRODUCT,
        (_, "Immediate Subsequent Recipient") | (Kind::Shipping, "Ship To") => RECIPIENT,
        (_, "Quantity") => &["quantity and unit of measure of the food"],
        (_, "Received") => &["quantity and unit of measure of the food received"],
        (_, "Packed") => &["quantity and unit of measure of the packed food"],
        (Kind::InitialPacking, "Date Received") => &["date you received the food"],
        (Kind::InitialPacking, "Packing Location") => &[
            "location description for where you initially packed the food",
            "location description for where you packed the food",
            "location description for where you initially packed the food and the traceability lot \
             code source reference",
        ],
        (Kind::InitialPacking, "Received From") => &[
            "location description for the person from which you received the food",
            "location description for the immediate previous source",
        ],
        (Kind::InitialPacking, "Packing Date") => {
            &["date of initial packing", "date you initially packed the food"]
        }
        (Kind::FirstLandBasedReceiving, "Species or Market Name") => &[
            "species and/or acceptable market name for unpackaged food",
            "species and/or acceptable market name for unpackaged food and the product description \
             for packaged food",
            "species and/or acceptable market name for unpackaged food or the product description \
             for packaged food",
        ],
        (Kind::FirstLandBasedReceiving, "First Land-Based Receiver") => &[
            "location description for the first land-based receiver",
            "location description for the first land-based receiver and the traceability lot code \
             source reference",
        ],
        (Kind::FirstLandBasedReceiving, "Date Landed") => &["date the food was landed"],
        (Kind::FirstLandBasedReceiving, "First Harvest Date") => &["first date of harvest"],
        (Kind::FirstLandBasedReceiving, "Harvest Locations") => {
            &["locations for the trip during which the food was caught"]
        }
        (Kind::Shipping, "Ship From") => &[
            "location description for the location from which you shipped the food",
            "location description for where you shipped the food from",
        ],
        (Kind::Shipping, "Ship Date") => {
            &["date you shipped the food", "date the food was shipped"]
        }
        (Kind::Receiving, "Immediate Previous Source") => {
            &["location description for the immediate previous source for the food"]
        }
        (Kind::Receiving, "Received At") => &[
            "location description for where the food was received",
            "location description for where you received the food",
        ],
        (Kind::Receiving, "Receive Date") => {
            &["date you received the food", "date the food was received", "date received"]
        }
        _ => &[],
    }
}

/// The words of a heading that tell it from others, one after the other: what stands in brackets
/// (`(if applicable)`, `(e.g., 6 cases)`) is left out, `TLC` is written out.
fn told(text: &str) -> String {
    const SILENT: [&str; 20] = [
        "the",
        "a",
        "an",
        "of",
        "for",
        "food",
        "you",
        "your",
        "that",
        "if",
        "applicable",
        "it",
        "is",
        "was",
        "in",
        "to",
        "produce",
        "cte",
        "kde",
        "other",
    ];
    let mut depth = 0_usize;
    let mut outside = String::new();
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    let lower = outside.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut told: Vec<&str> = Vec::new();
    for word in words.filter(|word| !SILENT.contains(word)) {
        match word {
            "tlc" => told.extend(["traceability", "lot", "code"]),
            "uom" => told.extend(["unit", "measure"]),
            word => told.push(word),
        }
    }
    let all = told.join("");
    // A location is a location description: the rule says so, a heading need not.
    let short = all.strip_prefix("locationdescription").unwrap_or(&all);
    if short.is_empty() { all } else { short.to_owned() }
}

/// The paragraph a heading names, such as `(a)(4)`, and the heading without it. It may follow its
/// section (`§ 1.1340(a)(4)`, `21 CFR 1.1340(a)(4)`), and stand first or last.
fn parted(heading: &str) -> (String, &str) {
    let heading = heading.trim();
    let signs =
        |text: &'_ str| text.trim_start_matches([' ', '§', ':', '-', '–', '—', '.', ',']).len();
    let after = |text: &'_ str| &heading[heading.len() - signs(text)..];
    // First: the section, where there is one, then the paragraphs.
    let mut rest = after(heading);
    let cfr = rest.strip_prefix("21 CFR").map_or(rest, |more| after(more));
    let number = cfr.len() - cfr.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    if cfr[..number].starts_with("1.13") {
        rest = &cfr[number..];
    }
    let mut paragraphs = String::new();
    while let Some((inner, more)) = rest
        .trim_start()
        .strip_prefix('(')
        .and_then(|inner| inner.split_once(')'))
        .filter(|(inner, _)| (1..=5).contains(&inner.len()))
        .filter(|(inner, _)| inner.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        paragraphs.push_str(&format!("({})", inner.to_ascii_lowercase()));
        rest = more;
    }
    if !paragraphs.is_empty() {
        return (paragraphs, after(rest));
    }
    // Last: after the section only, since a bracket at the end may be anything.
    if let Some(at) = heading.rfind("1.13") {
        let tail = &heading[at..];
        let number =
            tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let inner = tail[number..].trim_end_matches([']', ' ']);
        // `(§ 1.1340(a)(4))` ends in the bracket that it began with.
        let open = inner.matches('(').count();
        let inner = match inner.matches(')').count() > open {
            true => inner.strip_suffix(')').unwrap_or(inner),
            false => inner,
        };
        let head = heading[..at].trim_end_matches([' ', '§', '(', '[']);
        let head = head.strip_suffix("21 CFR").unwrap_or(head);
        let head = head.trim_end_matches([' ', '§', '(', '[', '-', '–', ',', ':']);
        return (inner.replace(' ', "").to_ascii_lowercase(), head);
    }
    ("".to_owned(), heading)
}

/// Writes the text of a cell where its column says.
pub(crate) fn put(event: &mut Event, target: Target, text: &str) {
    let mut set = |at: usize, text: &str| {
        if !text.is_empty() {
            event.set_at(at, text.to_owned());
        }
    };
    match target {
        Target::Column(at) => set(at, text),
        Target::Quantity(at) => {
            let end = text.find(|c: char| !c.is_ascii_digit() && !",. ".contains(c));
            let (number, unit) = text.split_at(end.unwrap_or(text.len()));
            set(at, number.trim());
            set(at + 1, unit.trim());
        }
        Target::Document(at) => {
            // The number is the first word with a digit, and all after it.
            let mut start = 0;
            for word in text.split_inclusive(char::is_whitespace) {
                if word.contains(|c: char| c.is_ascii_digit()) {
                    break;
                }
                start += word.len();
            }
            let (kind, number) = text.split_at(if start < text.len() { start } else { 0 });
            set(at, kind.trim_end_matches([' ', ':', '#', ',', '-', '–']).trim());
            set(at + 1, number.trim_start_matches(['#', ' ']).trim());
        }
        Target::Person(at) => {
            let phone = |c: char| c.is_ascii_digit() || " ()+-./".contains(c);
            let (name, number) = text.split_at(text.trim_end_matches(phone).len());
            // A street number is no phone number.
            let digits = number.chars().filter(char::is_ascii_digit).count();
            if digits < 7 {
                set(at, text);
            } else {
                set(at, name.trim_end_matches([' ', ',', ';', ':']));
                set(at + 1, number.trim_matches([' ', '-', '/', '.']));
            }
        }
        Target::Harvest(at) => {
            let is_day = |word: &&str| {
                word.contains(|c: char| c.is_ascii_digit())
                    && Span::parse(word, UtcOffset::CHINA).is_ok_and(|span| !span.is_unknown())
            };
            let words: Vec<&str> = text.split([' ', ',', ';']).filter(|w| !w.is_empty()).collect();
            let days: Vec<&str> = words.iter().copied().filter(is_day).collect();
            if let (Some(first), Some(last)) = (days.first(), days.last()) {
                set(at, first);
                set(at + 1, last);
            }
            let silent = ["to", "-", "–", "and", "through", "until"];
            let places: Vec<&str> =
                words.into_iter().filter(|word| !is_day(word) && !silent.contains(word)).collect();
            set(at + 2, &places.join(" "));
        }
        Target::Source { location, reference } => {
            let web = text.contains("://") || text.starts_with("www.");
            set(if web { reference } else { location }, text);
        }
    }
}
