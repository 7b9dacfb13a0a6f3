//! Text into rows of fields, with the physical line of each.

use crate::sheet::Row;

/// Splits a text as RFC 4180 says, with any separator and any line end. A quote opens a field
/// only at its beginning; elsewhere it is a letter as any other. An empty line is a row without
/// cells; a first line `sep=;` is no row. Takes time linear in the text.
///
/// # Errors
/// The line of a quote that is never closed.
pub(crate) fn split(text: &str, separator: char) -> Result<Vec<Row>, u32> {
    let mut rows = Vec::new();
    let mut row = Row { number: 1, cells: Vec::new() };
    let (mut line, mut column) = (1_u32, 0_u32);
    let mut field = String::new();
    let mut chars = text.chars().peekable();
    let mut at_start = true;
    let mut open = None;
    let end_field = |row: &mut Row, field: &mut String, column: &mut u32| {
        if !field.is_empty() {
            row.cells.push((*column, std::mem::take(field)));
        }
        *column = column.saturating_add(1);
    };
    let mut pending = false;
    while let Some(c) = chars.next() {
        pending = true;
        let crlf = c == '\r' && chars.peek() == Some(&'\n');
        let ends_line = c == '\n' || (c == '\r' && !crlf);
        line = line.saturating_add(u32::from(ends_line));
        if open.is_some() {
            match c {
                '"' if chars.peek() == Some(&'"') => {
                    chars.next();
                    field.push('"');
                }
                '"' => open = None,
                _ => field.push(c),
            }
            continue;
        }
        if c == '"' && at_start {
            open = Some(line);
        } else if c == separator {
            end_field(&mut row, &mut field, &mut column);
            at_start = true;
            continue;
        } else if ends_line {
            end_field(&mut row, &mut field, &mut column);
            let next = Row { number: line, cells: Vec::new() };
            rows.push(std::mem::replace(&mut row, next));
            (column, at_start, pending) = (0, true, false);
            continue;
        } else if !crlf {
            field.push(c);
        }
        at_start = false;
    }
    if let Some(line) = open {
        return Err(line);
    }
    if pending {
        end_field(&mut row, &mut field, &mut column);
        rows.push(row);
    }
    let says = |row: &Row| {
        let cell = row.cells.first();
        cell.is_some_and(|cell| cell.1.starts_with("sep=")) && row.number == 1
    };
    if rows.first().is_some_and(says) {
        rows.remove(0);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, separator: char) -> Vec<(u32, Vec<(u32, String)>)> {
        split(text, separator).unwrap().into_iter().map(|row| (row.number, row.cells)).collect()
    }

    #[test]
    fn rows_keep_their_physical_lines() {
        let cell = |column, text: &str| (column, text.to_owned());
        assert_eq!(
            cells("a,\"b\nc\"\r\n\r\n,d\"\"e\r\"x\"\"y\",\n", ','),
            [
                (1, vec![cell(0, "a"), cell(1, "b\nc")]),
                (3, vec![]),
                (4, vec![cell(1, "d\"\"e")]),
                (5, vec![cell(0, "x\"y")]),
            ]
        );
        assert_eq!(cells("sep=;\na;b", ';'), [(2, vec![cell(0, "a"), cell(1, "b")])]);
        assert_eq!(cells("", ','), []);
    }

    #[test]
    fn a_quote_that_never_ends_is_named_by_its_line() {
        assert_eq!(split("a,b\nc,\"d\ne", ','), Err(2));
    }
}
