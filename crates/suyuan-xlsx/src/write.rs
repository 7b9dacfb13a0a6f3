//! Writing a workbook from texts and numbers.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::error::Error;

/// Narrowest and widest column, in characters.
const WIDTHS: (usize, usize) = (8, 60);
/// What a worksheet holds.
const ROWS: usize = 1_048_576;
const COLUMNS: usize = 16_384;

/// A cell to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum NewCell {
    /// Nothing.
    #[default]
    Empty,
    /// A text, never read as a formula.
    Text(String),
    /// A number, of which the format keeps about 15 digits.
    Number(f64),
}

impl NewCell {
    /// A text; nothing when it is empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// About how many characters wide it is; Chinese ones count for two.
    fn width(&self) -> usize {
        let wide = |c: char| if c >= '\u{1100}' { 2 } else { 1 };
        match self {
            Self::Empty => 0,
            Self::Text(text) => text.chars().take(WIDTHS.1).map(wide).sum(),
            Self::Number(number) => number.to_string().len(),
        }
    }
}

/// A sheet to be written. The first row is its header: bold, and kept in view.
#[derive(Clone, Debug, Default)]
pub struct NewSheet {
    name: String,
    filter: bool,
    rows: Vec<Vec<NewCell>>,
}

impl NewSheet {
    /// An empty sheet. Names have at most 31 characters and none of `[]:*?/\`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), filter: false, rows: Vec::new() }
    }

    /// With a filter on every column of the header.
    #[must_use]
    pub fn filtered(mut self) -> Self {
        self.filter = true;
        self
    }

    /// Adds a row of texts, so that codes keep their leading zeros and amounts their digits; an
    /// empty one leaves its cell empty.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.cells(cells.into_iter().map(NewCell::text));
    }

    /// Adds a row of texts and numbers.
    pub fn cells(&mut self, cells: impl IntoIterator<Item = NewCell>) {
        self.rows.push(cells.into_iter().collect());
    }
}

/// Writes a workbook. The same sheets give the same bytes.
///
/// # Errors
/// [`Error::Sheet`] when a sheet has too many rows or columns, [`Error::Write`] when a name or a
/// text is beyond what the format holds.
pub fn write_bytes(sheets: &[NewSheet]) -> Result<Vec<u8>, Error> {
    for sheet in sheets {
        let rows = sheet.rows.len();
        let columns = sheet.rows.iter().map(Vec::len).max().unwrap_or_default();
        if rows > ROWS || columns > COLUMNS {
            return Err(Error::Sheet { rows, columns });
        }
    }
    make(sheets).map_err(|error| Error::Write { source: Box::new(error) })
}

fn make(sheets: &[NewSheet]) -> Result<Vec<u8>, XlsxError> {
    let bold = Format::new().set_bold();
    let mut workbook = Workbook::new();
    // A fixed date, not the day of writing: same records, same bytes.
    let properties =
        DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
    workbook.set_properties(&properties);
    for sheet in sheets {
        let page = workbook.add_worksheet();
        page.set_name(&sheet.name)?;
        fill(page, sheet, &bold)?;
    }
    workbook.save_to_buffer()
}

fn fill(page: &mut Worksheet, sheet: &NewSheet, bold: &Format) -> Result<(), XlsxError> {
    let mut widths: Vec<usize> = Vec::new();
    for (number, cells) in (0_u32..).zip(&sheet.rows) {
        widths.resize(widths.len().max(cells.len()), WIDTHS.0);
        for ((column, cell), width) in (0_u16..).zip(cells).zip(&mut widths) {
            *width = cell.width().clamp(*width, WIDTHS.1);
            match cell {
                NewCell::Empty => {}
                NewCell::Number(value) => {
                    page.write_number(number, column, *value)?;
                }
                NewCell::Text(text) if number == 0 => {
                    page.write_string_with_format(number, column, text, bold)?;
                }
                NewCell::Text(text) => {
                    page.write_string(number, column, text)?;
                }
            }
        }
    }
    // The button of a filter takes room beside the header.
    let room = if sheet.filter { 4.0 } else { 1.0 };
    let last = u16::try_from(widths.len()).unwrap_or(u16::MAX).saturating_sub(1);
    for (column, width) in (0_u16..).zip(&widths) {
        page.set_column_width(column, *width as f64 + room)?;
    }
    page.set_freeze_panes(1, 0)?;
    if sheet.filter && sheet.rows.len() > 1 && !widths.is_empty() {
        let rows = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
        page.autofilter(0, 0, rows - 1, last)?;
    }
    Ok(())
}
