//! What a person says of an office's files: which column is which, and what else is to be known.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use suyuan_core::chain::Table;
use suyuan_csv::schema::{Need, TABLES, columns};

use crate::error::Error;
use crate::pattern::{key, matches};
use crate::sheet::Sheet;
use crate::table::{fields, need, table};

/// How the sheets of an office are read. Written in TOML; [`guess`](fn@crate::guess) drafts one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// One for every kind of sheet. A sheet is read by the first that fits its names.
    #[serde(default, rename = "sheet")]
    pub sheets: Vec<SheetProfile>,
}

/// How the sheets of some names are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SheetProfile {
    /// Name of the file, with stars for any text; empty for any file.
    pub file: String,
    /// Name of the sheet, likewise.
    pub sheet: String,
    /// The rows of the sheet that hold the headings: one, or two where headings are grouped. Empty:
    /// the first row that holds every heading that this profile names.
    pub header: Vec<u32>,
    /// Headings of columns whose cells were merged: an empty cell stands for the one above.
    pub fill_down: Vec<String>,
    /// What the first cells of a row of totals say, with stars for any text.
    pub totals: Vec<String>,
    /// What the first cell of a note says, likewise.
    pub notes: Vec<String>,
    /// The year of dates that are written without one.
    pub year: Option<i32>,
    /// The order of dates whose year does not come first in four figures.
    pub dates: Option<DateOrder>,
    /// Which days of a spreadsheet numbers among dates count.
    pub serial_dates: Option<SerialDates>,
    /// The tables that every row feeds.
    pub into: Vec<Feed>,
}

/// The order of day, month and year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// `26.3.4`: years of two figures are 2000 to 2099.
    Ymd,
    /// `04/03/2026`.
    Dmy,
    /// `03/04/2026`.
    Mdy,
}

/// From when a spreadsheet counts days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub enum SerialDates {
    /// Day 1 is 1900-01-01, as nearly all do: 46085 is 2026-03-04.
    Since1900,
    /// Day 0 is 1904-01-01, as old workbooks of the Mac do.
    Since1904,
}

impl TryFrom<u16> for SerialDates {
    type Error = &'static str;

    fn try_from(year: u16) -> Result<Self, Self::Error> {
        match year {
            1900 => Ok(Self::Since1900),
            1904 => Ok(Self::Since1904),
            _ => Err("expected 1900 or 1904"),
        }
    }
}

/// A table that rows feed: the name of the table, and for each of its columns where it is from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Feed {
    /// Name of the table, such as `shipments`.
    pub table: String,
    /// Only rows of which this holds feed it; absent: every row.
    #[serde(default)]
    pub when: Option<When>,
    /// For each column of the table where its value is from.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Field>,
}

/// A condition on a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Heading of the column.
    pub heading: String,
    /// What it may say, with stars for any text.
    pub is: Vec<String>,
}

/// Where a value is from. A text alone is the heading of its column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Heading of the column, or `#H` for the column of that letter; empty for none.
    pub heading: String,
    /// Heading of a second column whose text follows, such as the time behind the date.
    pub then: String,
    /// The value where there is no column, or where its cell is empty.
    pub constant: String,
    /// Makes a code of the row's own number: this text, and the number behind it.
    pub row_number: String,
    /// The cell holds the name of an operator or a product: its code is looked up in the register,
    /// or made of the name.
    pub named: Option<Named>,
    /// What words stand for, with stars for any text.
    pub values: BTreeMap<String, String>,
    /// What any other word stands for.
    pub otherwise: String,
}

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Named {
    /// A food business operator.
    Operator,
    /// A product.
    Product,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Written {
    heading: String,
    then: String,
    constant: String,
    row_number: String,
    named: Option<Named>,
    values: BTreeMap<String, String>,
    otherwise: String,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a heading, or a table with heading or constant")
            }

            fn visit_str<E>(self, heading: &str) -> Result<Field, E> {
                Ok(Field::of(heading))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
                let Written { heading, then, constant, row_number, named, values, otherwise } =
                    Written::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Field { heading, then, constant, row_number, named, values, otherwise })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Field {
    /// The value of a column.
    #[must_use]
    pub fn of(heading: &str) -> Self {
        Self { heading: heading.to_owned(), ..Self::default() }
    }

    /// One value for every row.
    #[must_use]
    pub fn constant(value: &str) -> Self {
        Self { constant: value.to_owned(), ..Self::default() }
    }

    /// The same, read as a name.
    #[must_use]
    pub fn named(mut self, named: Named) -> Self {
        self.named = Some(named);
        self
    }
}

impl Profile {
    /// Reads a profile and checks that its tables and columns are those of the data format.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Unknown`] or [`Error::Missing`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let failed = |error: toml::de::Error| Error::Profile { message: error.to_string() };
        let profile: Self = toml::from_str(text).map_err(failed)?;
        profile.check()?;
        Ok(profile)
    }

    /// Whether its tables and columns are those of the data format, and every table has the
    /// columns without which it takes no row.
    ///
    /// # Errors
    /// [`Error::Unknown`] or [`Error::Missing`].
    pub fn check(&self) -> Result<(), Error> {
        for into in self.sheets.iter().flat_map(|sheet| &sheet.into) {
            let table = into.table()?;
            let known = fields(table);
            for name in into.fields.keys() {
                if !known.contains(&name.as_str()) {
                    let expected = known.join(", ");
                    let what = "column";
                    return Err(Error::Unknown { what, name: name.clone(), expected });
                }
            }
            let keys = columns(table).iter().filter(|column| column.need == Need::Key);
            for column in keys {
                if !into.fields.contains_key(column.name) {
                    let table = table.as_str();
                    return Err(Error::Missing { table, column: column.name });
                }
            }
        }
        Ok(())
    }

    /// What a sheet is read by: the first whose names fit.
    #[must_use]
    pub fn for_sheet(&self, sheet: &Sheet) -> Option<&SheetProfile> {
        let fits = |pattern: &str, name: &str| pattern.is_empty() || matches(pattern, &key(name));
        self.sheets
            .iter()
            .find(|known| fits(&known.file, &sheet.file) && fits(&known.sheet, &sheet.name))
    }

    /// The profile as TOML; [`Profile::parse`] reads it back.
    #[must_use]
    pub fn to_toml(&self) -> String {
        crate::draft::write(self, &[])
    }
}

impl SheetProfile {
    /// Every heading that it names, in order, once.
    pub(crate) fn headings(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let fields = self.into.iter().flat_map(|into| into.fields.values());
        let of_fields = fields.flat_map(|field| [field.heading.as_str(), field.then.as_str()]);
        let of_when = self.into.iter().filter_map(|into| into.when.as_ref());
        let of_when = of_when.map(|when| when.heading.as_str());
        let filled = self.fill_down.iter().map(String::as_str);
        for heading in of_fields.chain(of_when).chain(filled) {
            if !heading.is_empty() && !found.contains(&heading) {
                found.push(heading);
            }
        }
        found
    }
}

impl Feed {
    /// The table it names.
    ///
    /// # Errors
    /// [`Error::Unknown`].
    pub(crate) fn table(&self) -> Result<Table, Error> {
        table(&self.table).ok_or_else(|| Error::Unknown {
            what: "table",
            name: self.table.clone(),
            expected: TABLES.map(Table::as_str).join(", "),
        })
    }

    /// The columns that are written: those that are fed, and those whose header must be there.
    pub(crate) fn columns(&self, table: Table) -> Vec<&'static str> {
        let fed = |name: &&str| self.fields.contains_key(*name);
        fields(table)
            .into_iter()
            .filter(|name| fed(name) || need(table, name) != Need::Optional)
            .collect()
    }
}
