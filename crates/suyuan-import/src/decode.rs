//! Bytes as text, and what separates its fields.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::split::split;

/// The separators that are tried; of equally good ones the first.
const SEPARATORS: [char; 4] = [',', '\t', ';', '|'];

/// The text of a file and the name of its encoding: by its byte order mark; else UTF-16 where
/// every other byte of a plain letter is zero; else UTF-8 where most letters are sound in it; else
/// GB18030. A byte that cannot be read is `U+FFFD`.
pub(crate) fn decode(bytes: &[u8]) -> (String, &'static str) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return with(encoding, bytes);
    }
    let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if even + odd > bytes.len() / 10 {
        return with(if even > odd { UTF_16BE } else { UTF_16LE }, bytes);
    }
    let utf8 = with(UTF_8, bytes);
    if !utf8.0.contains('\u{fffd}') {
        return utf8;
    }
    // A few spoilt bytes leave most letters of UTF-8 as they are; GB18030 leaves hardly any.
    let bad = utf8.0.matches('\u{fffd}').count();
    let good = utf8.0.chars().filter(|c| !c.is_ascii()).count() - bad;
    if good > 3 * bad { utf8 } else { with(GB18030, bytes) }
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> (String, &'static str) {
    let name = if encoding == GB18030 { "GB18030" } else { encoding.name() };
    (encoding.decode(bytes).0.into_owned(), name)
}

/// What separates the fields: what a first line `sep=;` says, else the one that splits most of
/// the first hundred rows into the same number of several fields.
pub(crate) fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default().trim_matches('"');
    if let Some(said) = first.strip_prefix("sep=").and_then(|rest| rest.chars().next()) {
        return said;
    }
    let head: String = text.lines().take(100).flat_map(|line| [line, "\n"]).collect();
    let mut best = ((false, 0), ',');
    for separator in SEPARATORS {
        // A quote that ends beyond the head is no reason to refuse the separator.
        let Ok(rows) =
            split(&head, separator).or_else(|_| split(&head.replace('"', ""), separator))
        else {
            continue;
        };
        let mut widths: Vec<usize> = rows.iter().map(|row| row.cells.len()).collect();
        widths.retain(|width| *width > 0);
        widths.sort_unstable();
        // Rows of a ledger fill about as many cells each; a remark with many commas is one row.
        let usual = widths.get(widths.len() / 2).copied().unwrap_or_default();
        let split = widths.iter().filter(|width| **width > 1);
        let score = (usual > 1, split.map(|width| *width.min(&(2 * usual))).sum::<usize>());
        if score > best.0 {
            best = (score, separator);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_by_their_bytes() {
        let text = "送货单号,品名\nS1,学生奶\n";
        let gb = GB18030.encode(text).0.into_owned();
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(text.as_bytes()), (text.to_owned(), "UTF-8"));
        assert_eq!(decode(&gb), (text.to_owned(), "GB18030"));
        assert_eq!(decode(&le), (text.to_owned(), "UTF-16LE"));
        assert_eq!(decode(&be), (text.to_owned(), "UTF-16BE"));
        let marked = [b"\xff\xfe", le.as_slice()].concat();
        assert_eq!(decode(&marked), (text.to_owned(), "UTF-16LE"));
    }

    #[test]
    fn the_separator_is_what_most_rows_agree_on() {
        assert_eq!(separator("甲,乙;丙\na;b;c\n1;2;3\n"), ';');
        assert_eq!(separator("a\tb\n1,000\t2\n"), '\t');
        assert_eq!(separator("sep=|\na|b,c,d\n"), '|');
        assert_eq!(separator("a|b\n1|\"2|3\"\n"), '|');
        assert_eq!(separator("one column\n1\n"), ',');
    }
}
