//! From sheets and a profile to records.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use suyuan_core::chain::Table;
use suyuan_core::quantity::{Unit, parse_decimal};
use suyuan_core::text::is_blank;
use suyuan_core::time::UtcOffset;
use suyuan_csv::schema::{Need, TABLES};

use crate::error::Error;
use crate::heading::Headings;
use crate::imported::{Imported, Record, Records};
use crate::pattern::{key, matches, says, value_of};
use crate::profile::{Feed, Field, Named, Profile, SheetProfile};
use crate::register::{Found, Register, Values, code_of};
use crate::report::{Outcome, Problem, Reason, Report, RowReport, SheetReport};
use crate::sheet::{Row, Sheet, letters};
use crate::table::{Kind, kind, need};
use crate::value::{Dates, quantity, time, whole};

/// Reads sheets by a profile, all into one data set. Names of operators and products become the
/// codes that the register has for them, where it has one; the rows of those are added. Nothing is
/// used that the profile does not say. Takes O(n log n) time in the cells.
///
/// Rows of registries (regions, operators, products, batches) that say the same count once; an
/// empty value and a filled one are no contradiction.
///
/// # Errors
/// [`Error::Unknown`] and [`Error::Missing`] as [`Profile::check`], [`Error::Heading`] and
/// [`Error::TwoHeadings`] where a sheet is not what the profile says. A bad value is no error:
/// the report names it.
pub fn apply(profile: &Profile, sheets: &[Sheet], register: &Register) -> Result<Imported, Error> {
    profile.check()?;
    let mut output = Output { register, tables: BTreeMap::new(), used: BTreeSet::new() };
    let mut report = Report::default();
    for (at, sheet) in sheets.iter().enumerate() {
        let rows = match profile.for_sheet(sheet) {
            Some(profile) => read_sheet(profile, sheet, at, &mut output)?,
            None => sheet.rows.iter().map(|row| left_out(row, without_profile(row))).collect(),
        };
        let (file, name, form) = (sheet.file.clone(), sheet.name.clone(), sheet.form.clone());
        report.sheets.push(SheetReport { file, sheet: name, form, rows });
    }
    for (table, values) in register.rows_of(&output.used) {
        output.put(table, values, None);
    }
    Ok(Imported { tables: output.finish(), report })
}

fn without_profile(row: &Row) -> Reason {
    if row.shown().next().is_none() { Reason::Blank } else { Reason::NoProfile }
}

fn left_out(row: &Row, reason: Reason) -> RowReport {
    let outcome = Outcome::LeftOut(reason);
    RowReport { number: row.number, outcome, problems: Vec::new() }
}

fn read_sheet(
    profile: &SheetProfile,
    sheet: &Sheet,
    at: usize,
    output: &mut Output<'_>,
) -> Result<Vec<RowReport>, Error> {
    let headings = Headings::of(sheet, profile)?;
    let mut columns = HashMap::new();
    for heading in profile.headings() {
        columns.insert(heading.to_owned(), headings.column(sheet, heading)?);
    }
    let mut feeds = Vec::new();
    for feed in &profile.into {
        feeds.push((feed, feed.table()?));
    }
    let mut codes = BTreeSet::new();
    for (feed, table) in &feeds {
        let of_codes =
            feed.fields.iter().filter(|(name, _)| matches!(kind(*table, name), Kind::Code));
        codes.extend(of_codes.filter_map(|(_, field)| columns.get(&field.heading).copied()));
    }
    let filled = profile.fill_down.iter().filter_map(|heading| columns.get(heading));
    let mut reader = SheetReader {
        profile,
        dates: Dates { year: profile.year, order: profile.dates, serial: profile.serial_dates },
        filled: filled.map(|column| (*column, String::new())).collect(),
        columns,
        feeds,
        codes,
    };
    let body = headings.rows.iter().copied().max().unwrap_or_default();
    let said_above = Above::of(sheet, &headings, body);
    let mut reports = Vec::with_capacity(sheet.rows.len());
    for row in &sheet.rows {
        reports.push(match reader.no_record(row, &headings, body, &said_above) {
            Some(reason) => {
                if reason == Reason::Total {
                    // A merged cell does not reach beyond the total of its group.
                    reader.filled.values_mut().for_each(String::clear);
                }
                left_out(row, reason)
            }
            None => reader.read(row, at, output),
        });
    }
    Ok(reports)
}

/// The texts of the rows down to the header, to know them again on the next printed page.
struct Above {
    headers: Vec<Vec<(u32, String)>>,
    titles: BTreeSet<Vec<(u32, String)>>,
}

impl Above {
    fn of(sheet: &Sheet, headings: &Headings, body: u32) -> Self {
        let above = sheet.rows.iter().filter(|row| row.number <= body);
        let (headers, titles): (Vec<&Row>, Vec<&Row>) =
            above.partition(|row| headings.rows.contains(&row.number));
        Self {
            headers: headers.into_iter().map(texts).collect(),
            titles: titles.into_iter().map(texts).filter(|texts| !texts.is_empty()).collect(),
        }
    }
}

fn texts(row: &Row) -> Vec<(u32, String)> {
    row.shown().map(|(column, text)| (column, key(text))).collect()
}

struct SheetReader<'p> {
    profile: &'p SheetProfile,
    dates: Dates,
    /// The column of every heading that the profile names.
    columns: HashMap<String, u32>,
    /// The last text of the columns that are filled down.
    filled: BTreeMap<u32, String>,
    feeds: Vec<(&'p Feed, Table)>,
    /// The columns of codes and names, where a word of totals is neither.
    codes: BTreeSet<u32>,
}

impl SheetReader<'_> {
    fn no_record(
        &self,
        row: &Row,
        headings: &Headings,
        body: u32,
        above: &Above,
    ) -> Option<Reason> {
        let shown = texts(row);
        if shown.is_empty() {
            return Some(Reason::Blank);
        }
        if headings.rows.contains(&row.number) || above.headers.contains(&shown) {
            return Some(Reason::Header);
        }
        if row.number <= body || above.titles.contains(&shown) {
            return Some(Reason::Title);
        }
        let first: Vec<&str> = row.shown().map(|cell| cell.1).take(2).collect();
        let any = |patterns: &[String], text: &str| patterns.iter().any(|p| says(p, text));
        let codes = self.codes.iter().map(|column| row.text(*column));
        if first.iter().copied().chain(codes).any(|text| any(&self.profile.totals, text)) {
            return Some(Reason::Total);
        }
        let note = first.first().is_some_and(|text| any(&self.profile.notes, text));
        note.then_some(Reason::Note)
    }

    fn read(&mut self, row: &Row, sheet: usize, output: &mut Output<'_>) -> RowReport {
        // One cell alone is the title of a section rather than the first of a group: what stands
        // above it ends, and nothing of it is filled down.
        let alone = row.shown().nth(1).is_none();
        for (column, last) in &mut self.filled {
            let text = row.text(*column);
            if !is_blank(text) {
                text.clone_into(last);
            }
        }
        let (mut problems, mut quiet) = (Vec::new(), Vec::new());
        let mut taken: Vec<(Table, Values)> = Vec::new();
        // Whether a table of each rank was asked, and whether it took the row: a table of
        // constants says nothing of a row, and one of a registry less than one of events.
        let (mut asked, mut took) = ([false; 3], [false; 3]);
        for (feed, table) in &self.feeds {
            if !self.applies(feed, row) {
                continue;
            }
            let reads = |field: &Field| !field.heading.is_empty() || !field.row_number.is_empty();
            let rank = match (is_registry(*table), feed.fields.values().any(reads)) {
                (false, true) => 2,
                (true, true) => 1,
                (_, false) => 0,
            };
            let record = self.record(feed, *table, row, output.register, &mut problems, &mut quiet);
            for (at, (asked, took)) in asked.iter_mut().zip(&mut took).enumerate() {
                *asked |= at == rank;
                *took |= at == rank && record.is_some();
            }
            taken.extend(record.map(|values| (*table, values)));
        }
        // What a row says of operators and products counts only where the row itself is a record.
        let highest = asked.iter().rposition(|asked| *asked);
        let used = highest.is_some_and(|rank| took.get(rank) == Some(&true));
        if !used {
            problems.append(&mut quiet);
        }
        problems.sort();
        problems.dedup();
        let outcome = if used {
            let put = |(table, values)| output.put(table, values, Some((sheet, row.number)));
            let mut places: Vec<_> = taken.into_iter().filter_map(put).collect();
            places.sort();
            places.dedup();
            Outcome::Used(places)
        } else {
            Outcome::LeftOut(if highest.is_some() { Reason::Unreadable } else { Reason::NoTable })
        };
        if alone && !used {
            for (column, _) in row.shown() {
                if let Some(last) = self.filled.get_mut(&column) {
                    last.clear();
                }
            }
        }
        RowReport { number: row.number, outcome, problems }
    }

    fn applies(&self, feed: &Feed, row: &Row) -> bool {
        feed.when.as_ref().is_none_or(|when| {
            let text = key(self.cell(&when.heading, row));
            when.is.iter().any(|pattern| matches(pattern, &text))
        })
    }

    /// The text of a column, filled down where the profile says so.
    fn cell<'r>(&'r self, heading: &str, row: &'r Row) -> &'r str {
        let Some(column) = self.columns.get(heading) else { return "" };
        let text = row.text(*column);
        if is_blank(text) { self.filled.get(column).map_or("", String::as_str) } else { text }
    }

    /// What a row gives a table; `None` where a value is missing without which it gives nothing.
    /// An operator or a product that the row does not name at all is no problem of a row that is
    /// a record without it: what is to say of it is kept apart.
    fn record(
        &self,
        feed: &Feed,
        table: Table,
        row: &Row,
        register: &Register,
        problems: &mut Vec<Problem>,
        quiet: &mut Vec<Problem>,
    ) -> Option<Values> {
        let mut values = Values::new();
        let mut own = Vec::new();
        let mut refused = false;
        let mut says_nothing = false;
        for (at, name) in feed.columns(table).into_iter().enumerate() {
            let Some(field) = feed.fields.get(name) else { continue };
            let text = self.text(field, row);
            let read = match kind(table, name) {
                Kind::Quantity => self.quantity(feed, table, name, &text, row, &mut values),
                Kind::Unit if name == "unit" && values.contains_key("unit") => continue,
                kind => self.value(field, kind, text.clone(), register),
            };
            let problem = |expected| self.problem(field, table, name, &text, expected);
            let is_key = need(table, name) == Need::Key;
            match read {
                Ok(value) if value.is_empty() && is_key => {
                    says_nothing |= at == 0 && is_registry(table);
                    refused = true;
                    own.push(problem("a value".to_owned()));
                }
                Ok(value) => {
                    if let Some(Found::Several(codes)) =
                        field.named.map(|named| register.find(named, &text))
                    {
                        let codes = codes.join(", ");
                        let what = format!("a name of one alone; the register has {codes}");
                        own.push(problem(what));
                    }
                    values.insert(name, value);
                }
                Err(expected) => {
                    refused |= is_key;
                    own.push(problem(expected));
                    values.insert(name, String::new());
                }
            }
        }
        let told = if says_nothing { quiet } else { problems };
        told.append(&mut own);
        (!refused).then_some(values)
    }

    fn problem(
        &self,
        field: &Field,
        table: Table,
        name: &'static str,
        found: &str,
        expected: String,
    ) -> Problem {
        let column = self.columns.get(&field.heading).map(|at| letters(*at)).unwrap_or_default();
        let found = found.to_owned();
        Problem { table: table.as_str(), field: name, column, found, expected }
    }

    /// The text that a field reads in a row.
    fn text(&self, field: &Field, row: &Row) -> String {
        let mut text = self.cell(&field.heading, row).to_owned();
        // A row that names its own product has its own size, be it none: only together are they
        // filled down.
        let column = |heading: &String| self.columns.get(heading).copied();
        let own = column(&field.heading).is_some_and(|at| !is_blank(row.text(at)));
        let more = match column(&field.then) {
            Some(at) if own => row.text(at),
            _ => self.cell(&field.then, row),
        };
        if !more.is_empty() && !is_blank(&text) {
            text.push(' ');
            text.push_str(more);
        }
        if is_blank(&text) {
            text.clone_from(&field.constant);
            if !field.row_number.is_empty() {
                text = format!("{}{}", field.row_number, row.number);
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A value as the data format writes it; else what was expected.
    fn value(
        &self,
        field: &Field,
        kind: Kind,
        text: String,
        register: &Register,
    ) -> Result<String, String> {
        if text.contains(['\u{fffd}', '\0']) {
            return Err("bytes that can be read".to_owned());
        }
        let synonym = value_of(&field.values, &text).map(|found| found.1);
        let text = synonym.map_or(text, str::to_owned);
        let otherwise = |what: &str| match field.otherwise.as_str() {
            "" => Err(what.to_owned()),
            value => Ok(value.to_owned()),
        };
        if text.is_empty() {
            return Ok(text);
        }
        match kind {
            Kind::Code => Ok(match field.named {
                Some(named) => match register.find(named, &text) {
                    Found::Code(code) => code,
                    Found::Nobody | Found::Several(_) => code_of(&text),
                },
                None => text,
            }),
            Kind::Text if synonym.is_none() && !field.values.is_empty() => {
                Ok(otherwise("").unwrap_or(text))
            }
            Kind::Text => Ok(text),
            Kind::Word(parse) => match parse(&text) {
                Some(word) => Ok(word.to_owned()),
                None => otherwise("a word of this column, or one that the profile gives a value"),
            },
            Kind::Unit => match Unit::parse(&text) {
                Some(unit) => Ok(unit.symbol().to_owned()),
                None => otherwise("a unit"),
            },
            Kind::Whole => match whole(&text) {
                Some(number) => Ok(number.to_string()),
                None => otherwise("a whole number"),
            },
            Kind::Degrees => match parse_decimal(&text) {
                Ok(number) => Ok(number.to_string()),
                Err(_) => otherwise("degrees"),
            },
            Kind::Time => {
                let span = time(&text, &self.dates);
                let written = span.and_then(|span| span.written(UtcOffset::CHINA));
                written.ok_or_else(|| "a time with its year, or as the profile allows".to_owned())
            }
            Kind::Quantity => Err("a quantity".to_owned()),
        }
    }

    /// A quantity, and beside it the unit that is written with it or in the column of units.
    fn quantity(
        &self,
        feed: &Feed,
        table: Table,
        name: &'static str,
        text: &str,
        row: &Row,
        values: &mut Values,
    ) -> Result<String, String> {
        if text.is_empty() {
            return Ok(String::new());
        }
        let Some((number, own)) = quantity(text) else {
            return Err("a number above zero, with its unit or without".to_owned());
        };
        let beside = match (table, name) {
            (_, "pack_quantity") => "base_unit",
            (Table::Packs, _) => "of_unit",
            _ => "unit",
        };
        let unit_field = feed.fields.get(beside);
        let said = unit_field.map(|field| {
            let text = self.text(field, row);
            let synonym = value_of(&field.values, &text).map(|found| found.1.to_owned());
            synonym.unwrap_or(text)
        });
        let said = said.filter(|text| !text.is_empty());
        let unit = match (own, said.as_deref().map(Unit::parse)) {
            (None, Some(None)) => return Err("a quantity whose unit can be read".to_owned()),
            (Some(own), Some(Some(said))) if own != said => {
                return Err(format!("a quantity in {said}, as its unit says"));
            }
            (Some(own), _) => Some(own),
            (None, Some(said)) => said,
            (None, None) => None,
        };
        if name == "pack_quantity" {
            return Ok(number.to_string());
        }
        let Some(unit) = unit else {
            return Err("a quantity with its unit".to_owned());
        };
        if table != Table::Packs {
            values.insert("unit", unit.symbol().to_owned());
        }
        Ok(number.to_string())
    }
}

pub(crate) fn is_registry(table: Table) -> bool {
    matches!(
        table,
        Table::Regions | Table::Operators | Table::Products | Table::Packs | Table::Batches
    )
}

/// The records that came so far.
struct Output<'r> {
    register: &'r Register,
    tables: BTreeMap<usize, Rows>,
    /// Names and codes that the register has.
    used: BTreeSet<(Named, String)>,
}

#[derive(Default)]
struct Rows {
    records: Vec<(Values, Option<(usize, u32)>)>,
    /// Records of registries by what tells them apart.
    by_code: HashMap<Vec<String>, Vec<usize>>,
}

impl Output<'_> {
    /// Adds a record; gives its table and place. `None` where the register has its row.
    fn put(
        &mut self,
        table: Table,
        values: Values,
        place: Option<(usize, u32)>,
    ) -> Option<(Table, usize)> {
        if place.is_some() && self.is_known(table, &values) {
            return None;
        }
        let rank = TABLES.iter().position(|known| *known == table)?;
        let rows = self.tables.entry(rank).or_default();
        if is_registry(table) && table != Table::Packs {
            let keys = ["region_code", "operator_code", "product_code", "batch_code"];
            let keys = match table {
                Table::Batches => keys.get(1..).unwrap_or_default(),
                Table::Operators => keys.get(1..2).unwrap_or_default(),
                Table::Products => keys.get(2..3).unwrap_or_default(),
                _ => keys.get(..1).unwrap_or_default(),
            };
            let code = keys.iter().map(|key| values.get(key).cloned().unwrap_or_default());
            let same = rows.by_code.entry(code.collect()).or_default();
            for at in same.iter().copied() {
                let Some(known) = rows.records.get_mut(at) else { continue };
                if agree(&known.0, &values) {
                    for (column, value) in values {
                        let known = known.0.entry(column).or_default();
                        if known.is_empty() {
                            *known = value;
                        }
                    }
                    return Some((table, at));
                }
            }
            same.push(rows.records.len());
        }
        rows.records.push((values, place));
        Some((table, rows.records.len() - 1))
    }

    /// Notes what a record names of the register. Whether the record is a row that the register
    /// has already.
    fn is_known(&mut self, table: Table, values: &Values) -> bool {
        let mut known = false;
        for (column, code) in values {
            let named = match *column {
                "operator_code" | "from_operator" | "to_operator" | "producer_code" => {
                    Named::Operator
                }
                "product_code" => Named::Product,
                _ => continue,
            };
            if self.register.has(named, code) {
                self.used.insert((named, code.clone()));
                known |= (table, named) == (Table::Operators, Named::Operator)
                    || (table, named) == (Table::Products, Named::Product);
            }
        }
        known
    }

    fn finish(self) -> Vec<Records> {
        let tables = self.tables.into_iter().filter_map(|(rank, rows)| {
            let table = *TABLES.get(rank)?;
            let fed = |name: &&str| rows.records.iter().any(|record| record.0.contains_key(*name));
            let columns: Vec<&'static str> = crate::table::fields(table)
                .into_iter()
                .filter(|name| need(table, name) != Need::Optional || fed(name))
                .collect();
            let record = |(values, place): &(Values, Option<(usize, u32)>)| Record {
                values: columns
                    .iter()
                    .map(|column| values.get(column).cloned().unwrap_or_default())
                    .collect(),
                place: *place,
            };
            let rows = rows.records.iter().map(record).collect();
            Some(Records { table, columns, rows })
        });
        tables.collect()
    }
}

/// Whether two rows of a registry contradict each other nowhere.
fn agree(one: &Values, other: &Values) -> bool {
    one.iter().all(|(column, value)| {
        let theirs = other.get(column).map_or("", String::as_str);
        value.is_empty()
            || theirs.is_empty()
            || value == theirs
            || (*column == "name" && key(value) == key(theirs))
    })
}
