//! A draft of a profile from what sheets hold.

use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::quantity::{Unit, parse_decimal};
use suyuan_core::text::is_blank;
use suyuan_core::time::{Span, UtcOffset};

use crate::draft::{Decision, Draft, Sure, text, value};
use crate::heading::Headings;
use crate::known::{concept, rows, unit_in, values, year_in};
use crate::pattern::{key, says, value_of};
use crate::profile::{DateOrder, Feed, Field, Named, SerialDates, SheetProfile};
use crate::sheet::{Row, Sheet, letters};
use crate::table::{Kind, kind, table};
use crate::value::{Dates, quantity, time};

/// Rows among which the header is looked for.
const HEAD: usize = 50;
/// Examples that a comment shows.
const SHOWN: usize = 5;

/// Drafts a profile for sheets: for each decision what was seen and how sure it is. Headings are
/// looked up in a list of synonyms in Chinese and English. What is not likely enough is only
/// proposed. A sheet without a known header has no part in the profile. Linear in the cells but
/// for sorting.
#[must_use]
pub fn guess(sheets: &[Sheet]) -> Draft {
    let mut draft = Draft::default();
    for sheet in sheets {
        let at = draft.profile.sheets.len();
        let Some(mut guess) = Guess::new(sheet) else { continue };
        guess.all();
        draft.profile.sheets.push(guess.profile);
        draft.decisions.extend(guess.decisions.into_iter().map(|mut decision| {
            decision.sheet = at;
            decision
        }));
    }
    draft
}

struct Column {
    at: u32,
    /// What a profile names it by.
    name: String,
    title: String,
    what: Option<&'static str>,
}

struct Guess<'s> {
    sheet: &'s Sheet,
    columns: Vec<Column>,
    /// Texts of the rows above the header.
    above: Vec<(&'s str, &'s str)>,
    body: Vec<&'s Row>,
    profile: SheetProfile,
    decisions: Vec<Decision>,
}

impl<'s> Guess<'s> {
    /// `None` where no row looks like a header.
    fn new(sheet: &'s Sheet) -> Option<Self> {
        let headings = header(sheet)?;
        let last = headings.rows.iter().copied().max()?;
        let first = headings.rows.iter().copied().min()?;
        let titles =
            |title: &str| headings.titles.iter().filter(|t| key(&t.1) == key(title)).count();
        let mut columns: Vec<Column> = Vec::new();
        let mut decisions = Vec::new();
        for (at, title) in &headings.titles {
            let mut what = concept(title);
            if let Some(known) = what.filter(|_| columns.iter().any(|column| column.what == what)) {
                let seen = format!(
                    "column {} {title:?} is a second {known}; it is not read",
                    letters(*at)
                );
                decisions.push(decision(None, "", seen, Sure::Unsure, None));
                what = None;
            }
            let name = if titles(title) > 1 { format!("#{}", letters(*at)) } else { title.clone() };
            columns.push(Column { at: *at, name, title: title.clone(), what });
        }
        let totals = rows("total");
        let notes = rows("note");
        let is = |row: &Row, patterns: &[String], cells: usize| {
            let mut first = row.shown().take(cells);
            first.any(|(_, text)| patterns.iter().any(|pattern| says(pattern, text)))
        };
        let (mut body, mut left) = (Vec::new(), Vec::new());
        for row in sheet.rows.iter().filter(|row| row.number > last) {
            match (row.shown().nth(1).is_some(), is(row, &totals, 2) || is(row, &notes, 1)) {
                (_, true) => left.push(row),
                (true, false) => body.push(row),
                (false, false) => {}
            }
        }
        let seen: Vec<String> = headings.titles.iter().map(|title| title.1.clone()).collect();
        let known = columns.iter().filter(|column| column.what.is_some()).count();
        let seen = format!("{known} of {} headings are known: {}", seen.len(), seen.join(", "));
        let sure = if known * 2 >= columns.len() { Sure::Sure } else { Sure::Likely };
        decisions.push(decision(None, "header", seen, sure, None));
        let first_cell = |row: &&Row| row.shown().next().map(|cell| cell.1.to_owned());
        let examples: Vec<String> = left.iter().filter_map(first_cell).take(SHOWN).collect();
        let seen = format!("{} rows below the header are totals or notes {examples:?}", left.len());
        decisions.push(decision(None, "totals", seen, Sure::Likely, None));
        let above = sheet.rows.iter().filter(|row| row.number < first).flat_map(|row| {
            let cells: Vec<&str> = row.shown().map(|cell| cell.1).collect();
            let next = cells.iter().copied().skip(1).chain([""]).collect::<Vec<_>>();
            cells.into_iter().zip(next).collect::<Vec<_>>()
        });
        let profile = SheetProfile {
            file: sheet.file.clone(),
            sheet: sheet.name.clone(),
            header: headings.rows.clone(),
            totals,
            notes,
            ..SheetProfile::default()
        };
        let above = above.collect();
        Some(Self { sheet, columns, above, body, profile, decisions })
    }

    fn all(&mut self) {
        self.dates();
        self.tables();
        self.fill_down();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for field in self.profile.into.iter().flat_map(|feed| feed.fields.values()) {
            used.extend([field.heading.as_str(), field.then.as_str()]);
        }
        let left: Vec<String> = self
            .columns
            .iter()
            .filter(|column| !used.contains(column.name.as_str()))
            .map(|column| format!("{} {:?}", letters(column.at), column.title))
            .collect();
        if !left.is_empty() {
            let seen = format!("columns that are not read: {}", left.join(", "));
            self.decisions.push(decision(None, "", seen, Sure::Likely, None));
        }
    }

    fn column(&self, what: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.what == Some(what))
    }

    fn has(&self, what: &str) -> bool {
        self.column(what).is_some()
    }

    fn texts(&self, column: &Column) -> Vec<&'s str> {
        let at = column.at;
        let texts = self.body.iter().map(|row| row.text(at));
        texts.filter(|text| !is_blank(text)).collect()
    }

    /// What a column holds, for a comment.
    fn seen(&self, column: &Column) -> String {
        let texts = self.texts(column);
        let mut distinct: Vec<&str> = Vec::new();
        for text in &texts {
            if distinct.len() < SHOWN && !distinct.contains(text) {
                distinct.push(text);
            }
        }
        let (at, title) = (letters(column.at), &column.title);
        let (filled, of) = (texts.len(), self.body.len());
        format!("column {at} {title:?}, {filled} of {of} rows filled, such as {distinct:?}")
    }

    fn dates(&mut self) {
        const TIMES: [&str; 9] = [
            "shipped_on",
            "received_on",
            "date",
            "produced_on",
            "expires_on",
            "sampled_on",
            "reported_on",
            "transformed_on",
            "removed_on",
        ];
        let columns = TIMES.iter().filter_map(|what| self.column(what));
        let texts: Vec<&str> = columns.flat_map(|column| self.texts(column)).collect();
        let plain = |text: &&str| time(text, &Dates::default()).is_none();
        let unread: Vec<&str> = texts.iter().copied().filter(plain).collect();
        let reads = |dates: Dates| {
            let read = unread.iter().copied().filter(|text| time(text, &dates).is_some());
            read.collect::<Vec<_>>()
        };
        let numbers: Vec<&str> =
            unread.iter().copied().filter(|text| parse_decimal(text).is_ok()).collect();
        let serial = Dates { serial: Some(SerialDates::Since1900), ..Dates::default() };
        let counted = reads(serial);
        if !counted.is_empty() && !numbers.is_empty() {
            self.profile.serial_dates = Some(SerialDates::Since1900);
            let seen = format!(
                "{} dates are numbers of days, such as {:?}, which is {}",
                counted.len(),
                first(&counted),
                first(&counted)
                    .and_then(|text| time(text, &serial)?.written(UtcOffset::CHINA))
                    .unwrap_or_default(),
            );
            self.decisions.push(decision(None, "serial_dates", seen, Sure::Likely, None));
        }
        // Any leap year tells whether a day and a month are there.
        let without = reads(Dates { year: Some(2024), ..Dates::default() });
        if !without.is_empty() {
            let titles = self.above.iter().map(|cell| cell.0);
            let names = [self.sheet.name.as_str(), self.sheet.file.as_str()];
            let years: BTreeSet<i32> = titles.chain(names).filter_map(year_in).collect();
            let seen =
                format!("{} dates have no year, such as {:?}", without.len(), first(&without));
            match years.first().filter(|_| years.len() == 1) {
                Some(year) => {
                    self.profile.year = Some(*year);
                    let seen = format!("{seen}; titles and names say {year}");
                    self.decisions.push(decision(None, "year", seen, Sure::Likely, None));
                }
                None => {
                    let seen = format!("{seen}; titles and names say {years:?}");
                    let line = "year = 20__".to_owned();
                    self.decisions.push(decision(None, "year", seen, Sure::Unsure, Some(line)));
                }
            }
        }
        let orders = [("dmy", DateOrder::Dmy), ("mdy", DateOrder::Mdy), ("ymd", DateOrder::Ymd)];
        let fits: Vec<(&str, DateOrder, usize)> = orders
            .into_iter()
            .map(|(name, order)| {
                let dates = Dates { order: Some(order), ..Dates::default() };
                (name, order, reads(dates).len())
            })
            .filter(|fit| fit.2 > 0)
            .collect();
        let most = fits.iter().map(|fit| fit.2).max().unwrap_or_default();
        let best: Vec<_> = fits.iter().filter(|fit| fit.2 == most).collect();
        let seen = format!("{most} dates have their year elsewhere, such as {:?}", first(&unread));
        match best.as_slice() {
            [] => {}
            [(_, order, _)] => {
                self.profile.dates = Some(*order);
                self.decisions.push(decision(None, "dates", seen, Sure::Likely, None));
            }
            several => {
                for (name, ..) in several {
                    let line = format!("dates = {}", text(name));
                    let seen = format!("{seen}; {name} reads them");
                    self.decisions.push(decision(None, "dates", seen, Sure::Unsure, Some(line)));
                }
            }
        }
    }

    fn tables(&mut self) {
        let has = |what: &[&str]| what.iter().any(|what| self.has(what));
        let parties = ["sender", "sender_code", "receiver", "receiver_code"];
        let main = if has(&["sample"]) || (has(&["verdict"]) && has(&["batch", "sampled_on"])) {
            "samples"
        } else if has(&["role"]) || (has(&["event"]) && has(&["batch"])) {
            "transformations"
        } else if has(&["reason"]) && has(&["batch"]) && !has(&parties) {
            "removals"
        } else if has(&parties) || (has(&["waybill"]) && has(&["quantity"])) {
            "shipments"
        } else if has(&["batch"]) {
            "batches"
        } else if has(&["population"]) && has(&["region"]) {
            "regions"
        } else if has(&["operator", "operator_code"]) {
            "operators"
        } else {
            "products"
        };
        match main {
            "samples" => self.samples(),
            "transformations" => self.transformations(),
            "removals" => self.removals(),
            "shipments" => self.shipments(),
            "batches" => self.batches(true),
            "regions" => self.regions(),
            "operators" => {}
            _ => {}
        }
        if main != "batches" && (self.has("producer") || self.has("producer_code")) {
            self.batches(false);
        } else if main != "batches" && self.has("produced_on") {
            let seen = "no column names the producer, so no row of batches is made".to_owned();
            self.decisions.push(decision(None, "", seen, Sure::Likely, None));
        }
        self.operators(main == "operators");
        self.products();
    }

    fn start(&self, table: &'static str) -> Building {
        Building {
            at: self.profile.into.len(),
            table,
            fields: BTreeMap::new(),
            decisions: Vec::new(),
        }
    }

    fn finish(&mut self, building: Building) {
        let Building { table, fields, decisions, .. } = building;
        self.decisions.extend(decisions);
        let feed = Feed { table: table.to_owned(), when: None, fields };
        self.profile.into.push(feed);
    }

    /// Feeds a column from the first of some kinds of columns that the sheet has. Whether it has.
    fn take(&self, to: &mut Building, field: &'static str, whats: &[&str], sure: Sure) -> bool {
        let found = whats.iter().enumerate().find_map(|(at, what)| Some((at, self.column(what)?)));
        let Some((at, column)) = found else { return false };
        let mut made = Field::of(&column.name);
        let mut seen = self.seen(column);
        let kind = table(to.table).map(|table| kind(table, field));
        match kind {
            Some(Kind::Time) => {
                let dates = Dates {
                    year: self.profile.year,
                    order: self.profile.dates,
                    serial: self.profile.serial_dates,
                };
                let texts = self.texts(column);
                let unread: Vec<&str> =
                    texts.iter().copied().filter(|text| time(text, &dates).is_none()).collect();
                if !unread.is_empty() {
                    let examples: Vec<_> = unread.iter().take(SHOWN).collect();
                    seen = format!("{seen}; {} are no time: {examples:?}", unread.len());
                }
            }
            Some(Kind::Word(parse)) => {
                let mut unknown = BTreeSet::new();
                for text in self.texts(column) {
                    let known: Vec<(String, String)> =
                        values(field).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
                    if parse(text).is_some() {
                        continue;
                    }
                    match value_of(known.iter().map(|pair| (&pair.0, &pair.1)), text) {
                        Some((_, word)) => {
                            made.values.insert(text.to_owned(), word.to_owned());
                        }
                        None => {
                            unknown.insert(text);
                        }
                    }
                }
                if !unknown.is_empty() {
                    let examples: Vec<_> = unknown.iter().take(SHOWN).collect();
                    seen = format!("{seen}; not understood, to be given `values`: {examples:?}");
                }
            }
            _ => {}
        }
        let named = match field {
            "from_operator" | "to_operator" | "operator_code" | "producer_code" => {
                Some(Named::Operator)
            }
            "product_code" => Some(Named::Product),
            _ => None,
        };
        let is_name = column.what.is_some_and(|what| !what.ends_with("_code"));
        if let Some(named) = named.filter(|_| is_name) {
            made.named = Some(named);
            if let Some(spec) = self.column("spec").filter(|_| named == Named::Product) {
                made.then.clone_from(&spec.name);
            }
        }
        let sure = if at == 0 { sure } else { sure.min(Sure::Likely) };
        to.put(field, made, seen, sure);
        true
    }

    /// A party that no column names: what a title says, or a proposal.
    fn party(&self, to: &mut Building, field: &'static str, what: &str) {
        let mut said: Vec<(&str, &str, bool)> = Vec::new();
        for (cell, next) in self.above.iter().copied() {
            let (label, name) = match cell.split_once(['：', ':']) {
                Some((label, "")) => (label, next),
                Some((label, name)) => (label, name),
                None => (cell, next),
            };
            let name = name.trim();
            match concept(label) {
                Some(label_is) if label_is == what && !name.is_empty() => {
                    said.push((label, name, true));
                }
                Some("operator" | "reporter") if !name.is_empty() => {
                    said.push((label, name, false))
                }
                _ => {}
            }
        }
        said.sort_by_key(|said| !said.2);
        match said.first() {
            Some((label, name, exact)) => {
                let made = Field::constant(name).named(Named::Operator);
                let seen = format!("no column; above the header stands {label:?} {name:?}");
                if *exact {
                    to.put(field, made, seen, Sure::Likely);
                } else {
                    to.propose(field, &made, seen);
                }
            }
            None => {
                let made = Field::constant("...").named(Named::Operator);
                let seen = "no column names it: put the name of the one that keeps this file";
                to.propose(field, &made, seen.to_owned());
            }
        }
    }

    fn batch_code(&self, to: &mut Building) {
        if self.take(to, "batch_code", &["batch"], Sure::Sure) {
            return;
        }
        if let Some(column) = self.column("produced_on") {
            let seen = format!("no column of batch codes; {}", self.seen(column));
            to.propose("batch_code", &Field::of(&column.name), seen);
        }
    }

    fn amount(&self, to: &mut Building) {
        let Some(column) = self.column("quantity") else { return };
        let texts = self.texts(column);
        let read: Vec<_> = texts.iter().filter_map(|text| quantity(text)).collect();
        let with_unit = read.iter().filter(|read| read.1.is_some()).count();
        let unread: Vec<&&str> =
            texts.iter().filter(|text| quantity(text).is_none()).take(SHOWN).collect();
        let mut seen = self.seen(column);
        seen = format!("{seen}; {} are quantities, {with_unit} with a unit", read.len());
        if !unread.is_empty() {
            seen = format!("{seen}; not {unread:?}");
        }
        to.put("quantity", Field::of(&column.name), seen, Sure::Sure);
        if let Some(unit) = self.column("unit") {
            let strange: BTreeSet<&str> =
                self.texts(unit).into_iter().filter(|text| Unit::parse(text).is_none()).collect();
            let mut seen = self.seen(unit);
            if !strange.is_empty() {
                seen = format!("{seen}; no units, to be given `values`: {strange:?}");
            }
            to.put("unit", Field::of(&unit.name), seen, Sure::Sure);
        } else if let Some(unit) = unit_in(&column.title) {
            let seen = format!("the heading {:?} names it", column.title);
            to.put("unit", Field::constant(unit.symbol()), seen, Sure::Likely);
        } else if let Some((cell, unit)) = self.unit_above() {
            let seen = format!("above the header stands {cell:?}");
            to.put("unit", Field::constant(unit.symbol()), seen, Sure::Likely);
        } else if with_unit < read.len() {
            let seen = format!("{} quantities have no unit", read.len() - with_unit);
            to.propose("unit", &Field::constant("kg"), seen);
        }
        if let Some(unit) = to.fields.get_mut("unit").filter(|unit| unit.heading.is_empty()) {
            // Where a quantity has a unit of its own, that of the heading must not contradict it.
            if with_unit > 0 {
                let line = format!("unit = {}", value(unit));
                let seen = format!("{with_unit} quantities have a unit of their own");
                to.fields.remove("unit");
                to.decisions.retain(|known| known.key != "unit");
                to.note("unit", seen, Sure::Unsure, Some(line));
            }
        }
    }

    /// `单位：吨` above the header.
    fn unit_above(&self) -> Option<(&'s str, Unit)> {
        self.above.iter().find_map(|(cell, next)| {
            let (label, unit) = cell.split_once(['：', ':']).unwrap_or((cell, next));
            let unit = if unit.is_empty() { next } else { unit };
            (concept(label) == Some("unit")).then(|| Some((*cell, Unit::parse(unit)?)))?
        })
    }

    fn of_lot(&self, to: &mut Building) {
        self.take(to, "product_code", &["product_code", "product"], Sure::Likely);
        self.take(to, "producer_code", &["producer_code", "producer"], Sure::Likely);
        self.take(to, "reporter", &["reporter"], Sure::Sure);
    }

    fn shipments(&mut self) {
        let mut to = self.start("shipments");
        if !self.take(&mut to, "shipment_code", &["waybill"], Sure::Sure) {
            let stem = self.sheet.file.rsplit_once('.').map_or(&*self.sheet.file, |name| name.0);
            let stem = match self.sheet.name.as_str() {
                "" => format!("{stem}-"),
                sheet => format!("{stem}-{sheet}-"),
            };
            let made = Field { row_number: stem, ..Field::default() };
            let seen = "no column of waybills: each row is one".to_owned();
            to.put("shipment_code", made, seen, Sure::Likely);
        }
        self.batch_code(&mut to);
        for (field, code, name) in [
            ("from_operator", "sender_code", "sender"),
            ("to_operator", "receiver_code", "receiver"),
        ] {
            if !self.take(&mut to, field, &[code, name], Sure::Sure) {
                self.party(&mut to, field, name);
            }
        }
        let (shipped, received) = (self.has("shipped_on"), self.has("received_on"));
        self.take(&mut to, "shipped_on", &["shipped_on"], Sure::Sure);
        self.take(&mut to, "received_on", &["received_on"], Sure::Sure);
        if !shipped && !received {
            self.take(&mut to, "shipped_on", &["date"], Sure::Likely);
        }
        self.amount(&mut to);
        self.of_lot(&mut to);
        self.finish(to);
    }

    fn transformations(&mut self) {
        let mut to = self.start("transformations");
        self.take(&mut to, "transformation_code", &["event", "waybill"], Sure::Sure);
        let known = ["operator_code", "operator", "producer_code", "producer"];
        if !self.take(&mut to, "operator_code", &known, Sure::Sure) {
            self.party(&mut to, "operator_code", "operator");
        }
        let times = ["transformed_on", "date", "produced_on"];
        self.take(&mut to, "transformed_on", &times, Sure::Sure);
        self.take(&mut to, "role", &["role"], Sure::Sure);
        self.batch_code(&mut to);
        self.amount(&mut to);
        self.take(&mut to, "process", &["process"], Sure::Sure);
        self.take(&mut to, "product_code", &["product_code", "product"], Sure::Likely);
        self.finish(to);
    }

    fn removals(&mut self) {
        let mut to = self.start("removals");
        self.batch_code(&mut to);
        if !self.take(&mut to, "operator_code", &["operator_code", "operator"], Sure::Sure) {
            self.party(&mut to, "operator_code", "operator");
        }
        self.take(&mut to, "removed_on", &["removed_on", "date", "shipped_on"], Sure::Sure);
        self.amount(&mut to);
        self.take(&mut to, "reason", &["reason"], Sure::Sure);
        self.of_lot(&mut to);
        self.finish(to);
    }

    fn samples(&mut self) {
        let mut to = self.start("samples");
        self.take(&mut to, "sample_code", &["sample", "waybill"], Sure::Sure);
        self.take(&mut to, "kind", &["kind"], Sure::Sure);
        self.batch_code(&mut to);
        let known = ["sampled_at", "operator_code", "operator", "receiver"];
        if !self.take(&mut to, "operator_code", &known, Sure::Sure) {
            self.party(&mut to, "operator_code", "operator");
        }
        self.take(&mut to, "sampled_on", &["sampled_on", "date"], Sure::Sure);
        for field in ["reported_on", "verdict", "test_item", "measured", "limit", "hazard"] {
            self.take(&mut to, field, &[field], Sure::Sure);
        }
        self.of_lot(&mut to);
        self.finish(to);
    }

    fn batches(&mut self, main: bool) {
        let mut to = self.start("batches");
        self.batch_code(&mut to);
        self.take(&mut to, "product_code", &["product_code", "product"], Sure::Likely);
        let known = ["producer_code", "producer", "operator_code", "operator"];
        let known = if main { &known[..] } else { &known[..2] };
        if !self.take(&mut to, "operator_code", known, Sure::Likely) {
            self.party(&mut to, "operator_code", "producer");
        }
        let produced: &[&str] =
            if main { &["produced_on", "date", "transformed_on"] } else { &["produced_on"] };
        self.take(&mut to, "produced_on", produced, Sure::Sure);
        self.take(&mut to, "expires_on", &["expires_on"], Sure::Sure);
        self.take(&mut to, "origin", &["origin"], Sure::Sure);
        self.take(&mut to, "certificate_no", &["certificate"], Sure::Sure);
        if main {
            self.amount(&mut to);
        }
        let whole = ["batch_code", "product_code"].iter().all(|key| to.fields.contains_key(*key));
        if main || whole {
            self.finish(to);
        }
    }

    fn regions(&mut self) {
        let mut to = self.start("regions");
        self.take(&mut to, "region_code", &["region"], Sure::Sure);
        self.take(&mut to, "name", &["region_name", "operator"], Sure::Sure);
        self.take(&mut to, "population", &["population"], Sure::Sure);
        self.finish(to);
    }

    /// A row of operators for every column that names some.
    fn operators(&mut self, main: bool) {
        let pairs = [
            ("sender_code", "sender"),
            ("receiver_code", "receiver"),
            ("producer_code", "producer"),
            ("operator_code", "operator"),
            ("operator_code", "sampled_at"),
        ];
        let fed = |what: &str| {
            let column = self.column(what)?;
            let fields = self.profile.into.iter().flat_map(|feed| feed.fields.values());
            let used = |field: &Field| field.heading == column.name && field.named.is_some();
            (main || fields.into_iter().any(used)).then_some(column.name.clone())
        };
        // Names that several columns hold are one operator: it has one stage.
        let mut patterns = BTreeMap::new();
        let known: Vec<(String, String)> =
            values("stage").map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        let mut named: Vec<(&str, Field)> = Vec::new();
        let mut constants = BTreeSet::new();
        for (code, what) in pairs {
            let by_code = self.column(code).map(|column| Field::of(&column.name));
            let by_name = fed(what).map(|name| Field::of(&name).named(Named::Operator));
            let has_name = self.has(what);
            if let Some(field) = by_code.filter(|_| has_name).or(by_name) {
                named.push((what, field));
            }
        }
        for field in self.profile.into.iter().flat_map(|feed| feed.fields.values()) {
            if field.named == Some(Named::Operator) && !field.constant.is_empty() {
                constants.insert(field.constant.clone());
            }
        }
        let names = named.iter().filter_map(|(what, _)| self.column(what));
        let mut names: Vec<&str> = names.flat_map(|column| self.texts(column)).collect();
        names.extend(constants.iter().map(String::as_str));
        for name in names {
            let found = value_of(known.iter().map(|pair| (&pair.0, &pair.1)), name);
            if let Some((pattern, stage)) = found {
                patterns.insert(pattern.to_owned(), stage.to_owned());
            }
        }
        let mut region_needed = false;
        let mut made = Vec::new();
        for (what, code) in named {
            let Some(column) = self.column(what) else { continue };
            made.push((code, Field::of(&column.name), what == "operator" && main));
        }
        for name in &constants {
            let code = Field::constant(name).named(Named::Operator);
            made.push((code, Field::constant(name), false));
        }
        for (code, name, own) in made {
            let mut to = self.start("operators");
            let seen = "from the column that names them".to_owned();
            to.put("operator_code", code, seen, Sure::Sure);
            to.fields.insert("name".to_owned(), name.clone());
            if !(own && self.take(&mut to, "stage", &["stage"], Sure::Sure)) {
                let stage =
                    Field { values: patterns.clone(), otherwise: "other".to_owned(), ..name };
                let seen = "no column of stages: from words in the names".to_owned();
                to.put("stage", stage, seen, Sure::Likely);
            }
            if !(own && self.take(&mut to, "region_code", &["region"], Sure::Sure)) {
                region_needed = true;
                let seen = "no column of regions: put the code of yours".to_owned();
                to.put("region_code", Field::constant(NO_REGION), seen, Sure::Likely);
            }
            if own {
                for field in ["risk_grade", "latitude", "longitude"] {
                    self.take(&mut to, field, &[field], Sure::Sure);
                }
            }
            self.finish(to);
        }
        if region_needed {
            let mut to = self.start("regions");
            let seen = "for the operators above, until they have their own".to_owned();
            to.put("region_code", Field::constant(NO_REGION), seen, Sure::Likely);
            to.fields.insert("name".to_owned(), Field::constant(NO_REGION));
            self.finish(to);
        }
    }

    fn products(&mut self) {
        let Some(name) = self.column("product").map(|column| column.name.clone()) else { return };
        let spec = self.column("spec").map(|column| column.name.clone()).unwrap_or_default();
        let mut to = self.start("products");
        self.take(&mut to, "product_code", &["product_code", "product"], Sure::Likely);
        let made = Field { then: spec, ..Field::of(&name) };
        to.fields.insert("name".to_owned(), made);
        self.take(&mut to, "category", &["category"], Sure::Sure);
        self.take(&mut to, "shelf_life_days", &["shelf_life"], Sure::Likely);
        self.finish(to);
    }

    /// Columns whose empty cells look like merged ones.
    fn fill_down(&mut self) {
        const MERGED: [&str; 18] = [
            "waybill",
            "batch",
            "sender",
            "receiver",
            "sender_code",
            "receiver_code",
            "product",
            "product_code",
            "event",
            "operator",
            "operator_code",
            "sample",
            "producer",
            "shipped_on",
            "date",
            "produced_on",
            "transformed_on",
            "sampled_on",
        ];
        let blank = |column: &Column| -> BTreeSet<u32> {
            let blank = self.body.iter().filter(|row| is_blank(row.text(column.at)));
            blank.map(|row| row.number).collect()
        };
        let candidates: Vec<&Column> = self
            .columns
            .iter()
            .filter(|column| column.what.is_some_and(|what| MERGED.contains(&what)))
            .collect();
        // Groups begin where the first of these columns says something.
        let Some(lead) = candidates.first().map(|column| blank(column)) else { return };
        let first_row = self.body.first().map(|row| row.number);
        let (mut filled, mut decisions) = (Vec::new(), Vec::new());
        for column in candidates {
            let blanks = blank(column);
            let starts = first_row.is_some_and(|row| !blanks.contains(&row));
            if blanks.is_empty() || !starts {
                continue;
            }
            let rows: Vec<String> = blanks.iter().take(SHOWN).map(u32::to_string).collect();
            let seen = format!(
                "column {} {:?} is empty in {} rows ({})",
                letters(column.at),
                column.title,
                blanks.len(),
                rows.join(", ")
            );
            if blanks.is_subset(&lead) {
                let seen = format!("{seen}, where the first column is empty too: merged cells");
                decisions.push(decision(None, "fill_down", seen, Sure::Likely, None));
                filled.push(column.name.clone());
            } else {
                let line = format!("fill_down = [{}]", text(&column.name));
                let seen = format!("{seen}: merged cells, or unknown");
                decisions.push(decision(None, "fill_down", seen, Sure::Unsure, Some(line)));
            }
        }
        // The size goes with its product: a row that names its own product keeps its own size.
        let goes_with =
            self.column("product").is_some_and(|product| filled.contains(&product.name));
        if let Some(spec) = self.column("spec").filter(|_| goes_with) {
            let seen =
                format!("column {} {:?} goes with the product", letters(spec.at), spec.title);
            decisions.push(decision(None, "fill_down", seen, Sure::Likely, None));
            filled.push(spec.name.clone());
        }
        self.profile.fill_down = filled;
        self.decisions.extend(decisions);
    }
}

/// The region of operators of which none is known.
const NO_REGION: &str = "未知";

/// A table that is being guessed.
struct Building {
    at: usize,
    table: &'static str,
    fields: BTreeMap<String, Field>,
    decisions: Vec<Decision>,
}

impl Building {
    fn note(&mut self, key: &str, seen: String, sure: Sure, line: Option<String>) {
        self.decisions.push(decision(Some(self.at), key, seen, sure, line));
    }

    fn put(&mut self, field: &str, made: Field, seen: String, sure: Sure) {
        self.fields.insert(field.to_owned(), made);
        self.note(field, seen, sure, None);
    }

    fn propose(&mut self, field: &str, made: &Field, seen: String) {
        let line = format!("{field} = {}", value(made));
        self.note(field, seen, Sure::Unsure, Some(line));
    }
}

fn decision(
    table: Option<usize>,
    key: &str,
    seen: String,
    sure: Sure,
    line: Option<String>,
) -> Decision {
    Decision { sheet: 0, table, key: key.to_owned(), seen, sure, line }
}

fn first<'t>(texts: &[&'t str]) -> Option<&'t str> {
    texts.first().copied()
}

/// The row, or the two rows, with the most headings that are known; at least two.
fn header(sheet: &Sheet) -> Option<Headings> {
    let shown: Vec<&Row> =
        sheet.rows.iter().filter(|row| row.shown().next().is_some()).take(HEAD).collect();
    let mut best: Option<(usize, Headings)> = None;
    let mut consider = |headings: Headings, least: usize| {
        let known: BTreeSet<_> =
            headings.titles.iter().filter_map(|title| concept(&title.1)).collect();
        if known.len() >= least && best.as_ref().is_none_or(|best| known.len() > best.0) {
            best = Some((known.len(), headings));
        }
    };
    for row in &shown {
        consider(Headings::at(sheet, &[row.number]), 2);
    }
    for pair in shown.windows(2) {
        let [upper, lower] = pair else { continue };
        let words = |row: &Row| {
            let word = |text: &str| Span::parse(text, UtcOffset::CHINA).is_err();
            row.shown().nth(1).is_some()
                && row.shown().all(|(_, text)| word(text) && quantity(text).is_none())
                && row
                    .shown()
                    .any(|(_, text)| concept(text).is_some() || Unit::parse(text).is_some())
        };
        if words(upper) && words(lower) {
            consider(Headings::at(sheet, &[upper.number, lower.number]), 3);
        }
    }
    best.map(|best| best.1)
}
