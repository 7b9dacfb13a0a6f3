//! Writing a workbook from texts.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

use crate::error::Error;

/// Widest column, in characters.
const WIDEST: usize = 60;

/// A sheet to be written. The first row is its header: bold, and kept in view.
#[derive(Clone, Debug, Default)]
pub struct NewSheet {
    name: String,
    rows: Vec<Vec<String>>,
}

impl NewSheet {
    /// An empty sheet. Names have at most 31 characters and none of `[]:*?/\`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), rows: Vec::new() }
    }

    /// Adds a row of texts; an empty one leaves its cell empty.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

/// Writes a workbook. Every cell is a text, so that codes keep their leading zeros and amounts
/// their digits. The same sheets give the same bytes.
///
/// # Errors
/// [`Error::Write`] when a name or a size is beyond what the format holds.
pub fn write_bytes(sheets: &[NewSheet]) -> Result<Vec<u8>, Error> {
    make(sheets).map_err(|error| Error::Write { source: Box::new(error) })
}

fn make(sheets: &[NewSheet]) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let bold = Format::new().set_bold();
    let mut workbook = Workbook::new();
    // A fixed date, not the day of writing: same records, same bytes.
    let properties =
        DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
    workbook.set_properties(&properties);
    for sheet in sheets {
        let page = workbook.add_worksheet();
        page.set_name(&sheet.name)?;
        let mut widths: Vec<usize> = Vec::new();
        for (number, cells) in (0_u32..).zip(&sheet.rows) {
            for (column, text) in (0_u16..).zip(cells) {
                let at = usize::from(column);
                if widths.len() <= at {
                    widths.resize(at + 1, 8);
                }
                if let Some(width) = widths.get_mut(at) {
                    *width = text.chars().count().clamp(*width, WIDEST);
                }
                match (text.is_empty(), number) {
                    (true, _) => {}
                    (false, 0) => {
                        page.write_string_with_format(number, column, text, &bold)?;
                    }
                    (false, _) => {
                        page.write_string(number, column, text)?;
                    }
                }
            }
        }
        for (column, width) in (0_u16..).zip(widths) {
            page.set_column_width(column, width as f64 + 1.0)?;
        }
        page.set_freeze_panes(1, 0)?;
    }
    workbook.save_to_buffer()
}
