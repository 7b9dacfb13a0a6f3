use super::*;
use crate::encoding::Encoding;
use csv::{ByteRecord, StringRecord};
use suyuan_core::chain::Table;
use suyuan_core::model::{RemovalReason, Stage};

/// Column, value, what was expected, and whether it rejects the row.
type Told = (usize, String, String, bool);

/// Reads one value of a removal row, whose columns are the first in the header.
fn with<T>(
    header: &[&str],
    fields: &[&[u8]],
    read: impl FnOnce(&mut Cells<'_>) -> T,
) -> (T, bool, Vec<Told>) {
    let header = StringRecord::from(header.to_vec());
    let layout = Layout::read("removals.csv", Table::Removals, &header, None).unwrap();
    let has_nul = fields.iter().any(|field| field.contains(&0));
    let line = Line::decode(Encoding::Utf8, ByteRecord::from(fields.to_vec()));
    let context = Context {
        layout: &layout,
        separator: b',',
        clock: UtcOffset::CHINA,
        note_fine: true,
        known_at: Minute::UNBOUNDED_FUTURE,
    };
    let mut output = Output::default();
    let mut cells = Cells::new(context, Text::Line(&line), has_nul, (4, 6), &mut output);
    let value = read(&mut cells);
    let rejected = cells.end();
    let problems = output.problems.into_iter().inspect(|p| assert_eq!((p.record, p.line), (4, 6)));
    let problems = problems.map(|p| (p.column, p.value, p.expected.into_owned(), p.rejects));
    (value, rejected, problems.collect())
}

const HEADER: [&str; 6] =
    ["batch_code", "operator_code", "removed_on", "quantity", "unit", "reason"];

/// The quantity and unit of a row, and the columns with problems, with what was expected.
fn amount(quantity: &str, unit: &str) -> (Option<String>, Option<Unit>, Vec<(usize, String)>) {
    let fields: [&[u8]; 6] = [b"B", b"S", b"", quantity.as_bytes(), unit.as_bytes(), b"sold"];
    let (value, rejected, problems) = with(&HEADER, &fields, |cells| {
        cells.column = 3;
        cells.quantity()
    });
    assert!(!rejected);
    let problems = problems.into_iter().map(|(column, _, expected, _)| (column, expected));
    (value.0.map(|d| d.to_string()), value.1, problems.collect())
}

#[test]
fn a_quantity_goes_with_its_unit() {
    let kg = Some(Unit::Kilogram);
    assert_eq!(amount(" 1,000.5 ", "公斤"), (Some("1000.5".into()), kg, vec![]));
    assert_eq!(amount("", ""), (None, None, vec![]));
    assert_eq!(amount("", "kg"), (None, kg, vec![]));
    assert_eq!(amount("", "大筐子").2, [(4, UNIT.to_owned())]);
    assert_eq!(amount("5", " "), (Some("5".into()), None, vec![(4, UNIT.to_owned())]));
    assert_eq!(amount("-5", "kg"), (None, kg, vec![(3, "a quantity above zero".into())]));
    let both = vec![(3, "a plain decimal number".to_owned()), (4, UNIT.to_owned())];
    assert_eq!(amount("1e3", ""), (None, None, both.clone()));
    assert_eq!(amount("NaN", "大筐子"), (None, None, both));
    assert_eq!(amount(&"9".repeat(40), "kg").2, [(3, CONVERTIBLE.to_owned())]);
}

#[test]
fn a_short_row_says_so_where_the_header_is_required() {
    let read = |cells: &mut Cells<'_>| {
        let codes = [cells.code(), cells.code()];
        (codes, cells.date(), cells.quantity(), cells.word::<RemovalReason>())
    };
    let (value, rejected, problems) = with(&HEADER, &[b"B", b"S", b"2026-03", b"5"], read);
    assert!(!rejected && value.2.0.is_some());
    let short = |column| (column, String::new(), SHORT.to_owned(), false);
    assert_eq!(problems, [short(4), short(5)]);
    let (_, rejected, problems) = with(&HEADER, &[b"B"], read);
    assert!(rejected);
    assert_eq!(problems[0], (1, String::new(), "a code (the row is short)".into(), true));
}

#[test]
fn codes_keep_width_and_case_and_lose_only_white_space() {
    let (text, rejected, _) = with(&HEADER, &["\u{3000}Ｂ1 b ".as_bytes(), b"S"], |cells| {
        let code = cells.code();
        cells.output.arena.get("", code).to_owned()
    });
    assert!(!rejected);
    assert_eq!(text, "Ｂ1 b");
    let (_, rejected, problems) = with(&HEADER, &[b"  ", b"S"], |cells| cells.code());
    assert!(rejected);
    assert_eq!(problems, [(0, "  ".into(), "a code".into(), true)]);
}

#[test]
fn invalid_bytes_and_nuls_are_problems_of_their_field_alone() {
    let read = |cells: &mut Cells<'_>| {
        let codes = [cells.code(), cells.code()];
        cells.column = 5;
        (codes, cells.word::<RemovalReason>())
    };
    let fields: [&[u8]; 6] = [b"B", b"S", b"\xff", b"\xff", b"\xff", b"sold\0"];
    let (value, rejected, problems) = with(&HEADER, &fields, read);
    assert!(!rejected && value.1.is_none());
    assert_eq!(problems, [(5, "sold\0".into(), NO_NUL.into(), false)]);
    let fields: [&[u8]; 6] = [b"B", b"S\xff", b"", b"", b"", b"sold"];
    let (value, rejected, problems) = with(&HEADER, &fields, read);
    assert!(rejected && value.1 == Some(RemovalReason::Sold));
    assert_eq!(problems, [(1, "S\u{fffd}".into(), TEXT.into(), true)]);
    let (stage, rejected, problems) = with(&HEADER, &[b"\xff"], |cells| cells.key::<Stage>());
    assert!(rejected && stage.is_none());
    assert_eq!(problems[0].2, TEXT);
}

#[test]
fn numbers_keep_to_their_range() {
    let number = |text: &str| {
        let fields = [text.as_bytes()];
        let (count, _, _) = with(&HEADER, &fields, |cells| cells.count::<u32>("days"));
        let (degrees, _, problems) = with(&HEADER, &fields, |cells| cells.degrees(90));
        (count, degrees.map(|d| d.to_string()), problems.into_iter().map(|p| p.2).next())
    };
    let range = || Some("degrees from -90 to 90".to_owned());
    assert_eq!(number("１，０００"), (Some(1000), None, range()));
    assert_eq!(number("90.0"), (Some(90), Some("90.0".into()), None));
    assert_eq!(number("-36.5"), (None, Some("-36.5".into()), None));
    assert_eq!(number("4294967296"), (None, None, range()));
    assert_eq!(number("ten"), (None, None, range()));
    assert_eq!(number(""), (None, None, None));
}

#[test]
fn fields_beyond_the_header_are_said_when_they_hold_anything() {
    let fields: [&[u8]; 8] = [b"B", b"S", b"", b"", b"", b"", b" ", b""];
    let (_, rejected, problems) = with(&HEADER, &fields, |_| ());
    assert!(!rejected && problems.is_empty());
    let fields: [&[u8]; 8] = [b"B", b"S", b"", b"", b"", b"", b"x", b"y"];
    let (_, rejected, problems) = with(&HEADER, &fields, |_| ());
    let expected = "6 fields, as many as the header has".to_owned();
    assert!(!rejected);
    assert_eq!(problems, [(8, "x,y".into(), expected, false)]);
}

#[test]
fn the_digest_is_of_trimmed_values_whatever_the_columns_order() {
    let digest = |header: &[&str], fields: &[&[u8]]| with(header, fields, |cells| cells.digest()).0;
    let one = digest(&HEADER, &[b" B ", b"S", b"", b"5", b"kg", b"sold"]);
    let turned = ["reason", "unit", "x", "quantity", "removed_on", "operator_code", "batch_code"];
    assert_eq!(one, digest(&turned, &[b"sold", b"kg ", b"?", b"5", b"", b"S", b"B"]));
    assert_ne!(one, digest(&HEADER, &[b"B", b"S", b"5", b"", b"kg", b"sold"]));
    let broken = |byte: u8| digest(&HEADER, &[b"B", b"S", b"", &[byte], b"kg", b"sold"]);
    assert_ne!(broken(0xfe), broken(0xff));
    // By an independent implementation.
    assert_eq!(digest(&HEADER, &[b""]), 0xbad0_84c4_710b_6501);
    let row: [&[u8]; 6] = [b"A05250101-000000", b"S", b"2026-03-01", b"8800", b"kg", b"sold"];
    assert_eq!(digest(&HEADER, &row), 0xb985_92c3_056c_fe98);
}

#[test]
fn quantities_that_may_not_convert_are_told() {
    let may = |text: &str, unit| may_not_convert(parse_decimal(text).unwrap(), unit);
    for (text, unit, expected) in [
        ("999999", Unit::Kilogram, false),
        ("1000000", Unit::Kilogram, true),
        ("999.9", Unit::Tonne, false),
        ("1000", Unit::Tonne, true),
        ("999", Unit::Case, false),
        ("1000", Unit::Piece, true),
    ] {
        assert_eq!(may(text, Some(unit)), expected, "{text} {unit}");
    }
    assert!(!may("99999999", None));
}
