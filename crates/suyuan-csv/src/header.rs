//! The header of a table: which field holds which column.

use std::borrow::Cow;

use csv::StringRecord;
use suyuan_core::chain::Table;
use suyuan_core::text::fold_name;

use crate::cells::with_unit;
use crate::error::Error;
use crate::schema::{Column, KNOWN, Need, columns, is_of_lot};

/// Which field of a row holds which column of its table.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) table: Table,
    pub(crate) columns: &'static [Column],
    /// For each column of the table, in the page's order, the field that holds it.
    pub(crate) places: Vec<Option<usize>>,
    /// The fields of the columns that every table may have, as [`KNOWN`] names them.
    pub(crate) known: [Option<usize>; 3],
    /// The columns whose codes a row cannot do without, and those of times.
    pub(crate) codes: Vec<usize>,
    /// The fields of those codes.
    pub(crate) code_places: Vec<usize>,
    pub(crate) times: Vec<usize>,
    /// The fields a digest of a row takes in: of the columns that name a lot only those there are.
    pub(crate) digested: Vec<Option<usize>>,
    /// Whether rows may name a lot or who reported them.
    pub(crate) tagged: bool,
    /// The header as it was written.
    pub(crate) header: Vec<String>,
    /// Columns kept out, and why.
    pub(crate) notes: Vec<String>,
}

impl Layout {
    /// Reads a header. A column of units may be missing where the first row writes them with the
    /// quantities.
    pub(crate) fn read(
        file: &str,
        table: Table,
        header: &StringRecord,
        first: Option<&StringRecord>,
    ) -> Result<Self, Error> {
        let columns = columns(table);
        let mut places: Vec<Option<usize>> = vec![None; columns.len()];
        let mut known_places = [None; 3];
        let mut notes = Vec::new();
        for (place, written) in header.iter().enumerate() {
            let name = fold_name(written.trim_start_matches('\u{feff}'));
            let all = columns.iter().zip(&mut places).chain(KNOWN.iter().zip(&mut known_places));
            let known = all.into_iter().find(|(c, _)| c.name == name || c.alias == name);
            match known {
                Some((column, Some(first))) => {
                    return Err(Error::DuplicateColumn {
                        file: file.to_owned(),
                        column: column.name,
                        first: *first + 1,
                        second: place + 1,
                    });
                }
                Some((_, found)) => *found = Some(place),
                None if name.is_empty() => {
                    notes.push(format!("column {} has no name and was left out", place + 1))
                }
                None => notes.push(format!("unknown column {:?} was left out", written.trim())),
            }
        }
        let place_of = |name: &str| {
            let column = columns.iter().position(|column| column.name == name)?;
            places.get(column).copied().flatten()
        };
        let first_quantity = place_of("quantity").and_then(|place| first?.get(place));
        let carries = first_quantity.is_some_and(|text| with_unit(text).is_some());
        let may_miss =
            |column: &Column| column.need == Need::Optional || column.name == "unit" && carries;
        if carries && place_of("unit").is_none() {
            notes.push("units are read from the quantities, as there is no column unit".to_owned());
        }
        let missing: Vec<String> = columns
            .iter()
            .zip(&places)
            .filter(|(column, place)| !may_miss(column) && place.is_none())
            .map(|(column, _)| format!("{} ({})", column.name, column.alias))
            .collect();
        if !missing.is_empty() {
            return Err(Error::MissingColumns { file: file.to_owned(), columns: missing });
        }
        let header = header.iter().map(str::to_owned).collect();
        let is_code = |column: &Column| {
            column.need == Need::Key
                && (column.name.ends_with("_code") || column.name.ends_with("_operator"))
        };
        let which = |kind: &dyn Fn(&Column) -> bool| {
            (0..columns.len()).filter(|at| kind(&columns[*at])).collect::<Vec<usize>>()
        };
        let codes = which(&is_code);
        let code_places = codes.iter().filter_map(|column| places[*column]).collect();
        let of_lot = |column: &Column| is_of_lot(table, column.name);
        let all = || columns.iter().zip(&places).map(|(column, place)| (of_lot(column), *place));
        let digested = all().filter(|it| !matches!(it, (true, None))).map(|it| it.1).collect();
        let tagged = known_places[0].is_some() || all().any(|it| matches!(it, (true, Some(_))));
        let times = which(&|column: &Column| column.name.ends_with("_on"));
        Ok(Self {
            table,
            columns,
            places,
            known: known_places,
            codes,
            code_places,
            digested,
            tagged,
            times,
            header,
            notes,
        })
    }

    /// How many columns of a table a header names.
    pub(crate) fn known(table: Table, header: &[Cow<'_, str>]) -> usize {
        let of = |column: &&Column| header.iter().any(|n| column.name == n || column.alias == n);
        columns(table).iter().chain(KNOWN).filter(of).count()
    }

    /// The English name of a column by its number: those of the table, one for fields beyond the
    /// header, then [`KNOWN`].
    pub(crate) fn column_name(&self, column: usize) -> &'static str {
        let known = || column.checked_sub(self.columns.len() + 1).and_then(|at| KNOWN.get(at));
        self.columns.get(column).or_else(known).map_or("", |column| column.name)
    }

    /// The texts of a row in the page's order; empty where there is none.
    pub(crate) fn texts<'a>(&'a self, row: &'a StringRecord) -> impl Iterator<Item = &'a str> {
        self.places.iter().map(|place| place.and_then(|place| row.get(place)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &[&str]) -> Result<Layout, Error> {
        Layout::read("removals.csv", Table::Removals, &StringRecord::from(header.to_vec()), None)
    }

    #[test]
    fn either_language_any_order_width_and_case() {
        let layout = read(&[
            "原因",
            " Batch_Code ",
            "ＯＰＥＲＡＴＯＲ＿ＣＯＤＥ",
            "x",
            "日期",
            "数量",
            "unit",
            "",
        ])
        .unwrap();
        assert_eq!(layout.places[..6], [Some(1), Some(2), Some(4), Some(5), Some(6), Some(0)]);
        assert_eq!(
            layout.notes,
            ["unknown column \"x\" was left out", "column 8 has no name and was left out"]
        );
        let row = StringRecord::from(vec!["sold", "B", "O"]);
        assert_eq!(layout.texts(&row).take(6).collect::<Vec<_>>(), ["B", "O", "", "", "", "sold"]);
    }

    #[test]
    fn every_missing_and_the_first_doubled_column_are_named() {
        let error = read(&["batch_code", "operator_code", "removed_on", "原因"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to read removals.csv: its header lacks quantity (数量), unit (单位)"
        );
        let error = read(&["batch_code", "x", "批次号"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to read removals.csv: its columns 1 and 3 are both batch_code"
        );
    }
}
