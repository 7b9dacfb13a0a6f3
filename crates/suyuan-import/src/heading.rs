//! The header of a sheet: which column is headed what.

use crate::error::Error;
use crate::pattern::key;
use crate::profile::SheetProfile;
use crate::sheet::{Sheet, column_of, letters};

/// The headings of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headings {
    /// The rows they stand in, in order; numbers as the sheet counts.
    pub(crate) rows: Vec<u32>,
    /// Column and heading, by column.
    pub(crate) titles: Vec<(u32, String)>,
}

impl Headings {
    /// The headings in one or two rows. Of two, a heading in the upper one stands over the columns
    /// to its right up to the next one, where the lower row says more: `发货` over `单位` and
    /// `时间` is `发货/单位` and `发货/时间`.
    pub(crate) fn at(sheet: &Sheet, numbers: &[u32]) -> Self {
        let mut titles: Vec<(u32, String)> = Vec::new();
        for number in numbers {
            let Some(row) = sheet.rows.iter().find(|row| row.number == *number) else { continue };
            let lower: Vec<(u32, &str)> = row.shown().collect();
            let mut joined = Vec::new();
            for (column, title) in &titles {
                if !lower.iter().any(|cell| cell.0 == *column) {
                    joined.push((*column, title.clone()));
                }
            }
            for (column, text) in lower.iter().copied() {
                let over = titles.iter().rev().find(|title| title.0 <= column);
                let over = over.filter(|over| lower.iter().any(|cell| cell.0 == over.0));
                joined.push(match over {
                    Some((_, over)) => (column, format!("{over}/{text}")),
                    None => (column, text.to_owned()),
                });
            }
            joined.sort();
            titles = joined;
        }
        Self { rows: numbers.to_vec(), titles }
    }

    /// The headings that a profile says, or the first row that holds all it names.
    ///
    /// # Errors
    /// [`Error::Heading`] when no row holds all of them.
    pub(crate) fn of(sheet: &Sheet, profile: &SheetProfile) -> Result<Self, Error> {
        if !profile.header.is_empty() {
            return Ok(Self::at(sheet, &profile.header));
        }
        let wanted = profile.headings();
        let mut nearest: Option<(usize, Self)> = None;
        for row in &sheet.rows {
            let headings = Self::at(sheet, &[row.number]);
            let held = wanted.iter().filter(|wanted| headings.place(wanted).is_some()).count();
            if held == wanted.len() {
                return Ok(headings);
            }
            if nearest.as_ref().is_none_or(|nearest| held > nearest.0) {
                nearest = Some((held, headings));
            }
        }
        // Where nothing fits, the caller names what the nearest row lacks.
        Ok(nearest.map(|nearest| nearest.1).unwrap_or_default())
    }

    fn place(&self, heading: &str) -> Option<u32> {
        let wanted = key(heading);
        let named = self.titles.iter().find(|title| key(&title.1) == wanted);
        named.map(|title| title.0).or_else(|| heading.strip_prefix('#').and_then(column_of))
    }

    /// The column of a heading, or of `#H`.
    ///
    /// # Errors
    /// [`Error::Heading`] or [`Error::TwoHeadings`].
    pub(crate) fn column(&self, sheet: &Sheet, heading: &str) -> Result<u32, Error> {
        let wanted = key(heading);
        let mut named = self.titles.iter().filter(|title| key(&title.1) == wanted);
        if let (Some(first), Some(second)) = (named.next(), named.next()) {
            return Err(Error::TwoHeadings {
                place: self.place_of(sheet),
                heading: heading.to_owned(),
                first: letters(first.0),
                second: letters(second.0),
            });
        }
        self.place(heading).ok_or_else(|| Error::Heading {
            place: self.place_of(sheet),
            heading: heading.to_owned(),
            found: self.titles.iter().map(|title| title.1.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    fn place_of(&self, sheet: &Sheet) -> String {
        let rows: Vec<String> = self.rows.iter().map(u32::to_string).collect();
        format!("{}, header row {}", sheet.label(), rows.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Row;

    fn sheet(rows: &[&[&str]]) -> Sheet {
        let rows = (1..).zip(rows).map(|(number, cells)| Row::new(number, cells.to_vec()));
        Sheet::new("x.csv", "", rows.collect())
    }

    #[test]
    fn two_rows_of_headings_are_joined_where_the_upper_one_groups() {
        let sheet = sheet(&[&["单号", "发货", "", "备注"], &["", "单位", "时间", ""]]);
        let headings = Headings::at(&sheet, &[1, 2]);
        let titles: Vec<&str> = headings.titles.iter().map(|title| title.1.as_str()).collect();
        assert_eq!(titles, ["单号", "发货/单位", "发货/时间", "备注"]);
        assert_eq!(headings.column(&sheet, "发货 / 时间").unwrap(), 2);
        assert_eq!(headings.column(&sheet, "#D").unwrap(), 3);
        assert!(matches!(headings.column(&sheet, "时间"), Err(Error::Heading { .. })));
    }

    #[test]
    fn a_heading_that_stands_twice_is_named_by_letters() {
        let sheet = sheet(&[&["单位", "数量", "单位"]]);
        let headings = Headings::at(&sheet, &[1]);
        let error = headings.column(&sheet, "单位").unwrap_err().to_string();
        assert!(error.contains("columns A and C"), "{error}");
        assert_eq!(headings.column(&sheet, "#C").unwrap(), 2);
    }
}
