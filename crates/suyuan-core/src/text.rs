//! Folding of text as people type it: full-width forms, spaces, letter case; and codes without
//! what spreadsheets and hands do to them.

use std::borrow::Cow;

/// Folds full-width ASCII forms (`Ａ１，．` ...) and the ideographic space to their ASCII
/// counterparts and trims white space at both ends. Borrows when nothing changes.
///
/// ```
/// use suyuan_core::text::fold_width;
/// assert_eq!(fold_width("　１，０００．５ "), "1,000.5");
/// assert_eq!(fold_width("千克"), "千克");
/// ```
#[must_use]
pub fn fold_width(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    if !trimmed.chars().any(|c| c == '\u{3000}' || ('\u{ff01}'..='\u{ff5e}').contains(&c)) {
        return Cow::Borrowed(trimmed);
    }
    Cow::Owned(
        trimmed
            .chars()
            .map(|c| match c {
                '\u{3000}' => ' ',
                '\u{ff01}'..='\u{ff5e}' => {
                    char::from_u32(c as u32 - 0xff01 + u32::from(b'!')).unwrap_or(c)
                }
                other => other,
            })
            .collect(),
    )
}

/// Folds width as [`fold_width`] and then letter case, for matching names of columns,
/// enumerations and processes.
///
/// ```
/// use suyuan_core::text::fold_name;
/// assert_eq!(fold_name(" Ｋg "), "kg");
/// ```
#[must_use]
pub fn fold_name(text: &str) -> Cow<'_, str> {
    let folded = fold_width(text);
    if folded.chars().any(char::is_uppercase) { Cow::Owned(folded.to_lowercase()) } else { folded }
}

/// Whether a text shows nothing: it is empty, or white space, control characters and characters
/// of no width alone.
///
/// ```
/// use suyuan_core::text::is_blank;
/// assert!(is_blank("") && is_blank(" \u{3000}\u{200b}\u{feff}"));
/// assert!(!is_blank("@"));
/// ```
#[inline]
#[must_use]
pub fn is_blank(text: &str) -> bool {
    !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && text.chars().all(is_invisible)
}

/// A code without what typing, copying and spreadsheets do to codes: invisible characters and
/// white space, spreadsheet guards (`'...`, `="..."`), full width, case, kinds of dashes, zeros
/// before digits, a trailing `.0`. Codes whose bare forms are equal may have been meant to be one;
/// they are not to be merged for it. A code of nothing else is its own bare form. O(n).
///
/// ```
/// use suyuan_core::text::bare_code;
/// let same = ["L-01", "'L-01", "=\"L-01\"", "Ｌ－０１", "l–1", "L-01\u{200b}", "L-01\u{1f}"];
/// assert!(same.iter().all(|code| bare_code(code) == "l-1"));
/// assert_eq!(bare_code("00123"), bare_code("123.0"));
/// assert_ne!(bare_code("L-10"), bare_code("L-1"));
/// ```
#[must_use]
pub fn bare_code(code: &str) -> String {
    let mut bare = String::new();
    bare_code_into(code, &mut bare);
    bare
}

/// As [`bare_code`], into a text that is written over.
pub(crate) fn bare_code_into(code: &str, bare: &mut String) {
    unguarded_into(code, bare);
    drop_zeros(bare);
    if bare.is_empty() {
        bare.push_str(code);
    }
}

/// A code without invisible characters and guards, its width, case and dashes folded, into a text
/// that is written over.
pub(crate) fn unguarded_into(code: &str, folded: &mut String) {
    folded.clear();
    for c in code.chars() {
        match c {
            '!'..='~' => folded.push(c.to_ascii_lowercase()),
            c if is_invisible(c) => {}
            '\u{ff01}'..='\u{ff5e}' => {
                let narrow = char::from_u32(c as u32 - 0xff01 + u32::from(b'!')).unwrap_or(c);
                folded.push(narrow.to_ascii_lowercase());
            }
            c if is_dash(c) => folded.push('-'),
            c => folded.extend(c.to_lowercase()),
        }
    }
    let inner = |text: &str| text.strip_prefix("=\"")?.strip_suffix('"').map(str::len);
    if let Some(length) = inner(folded) {
        folded.truncate(2 + length);
        folded.drain(..2);
    }
    if folded.starts_with(['\'', '\u{2018}', '\u{2019}', '`']) {
        folded.remove(0);
    }
}

/// Takes off a trailing `.0` and the zeros before other digits.
fn drop_zeros(code: &mut String) {
    let whole = code.trim_end_matches('0').strip_suffix('.');
    if let Some(whole) = whole
        && !code.ends_with('.')
        && whole.ends_with(|c: char| c.is_ascii_digit())
    {
        code.truncate(whole.len());
    }
    if !code.contains('0') {
        return;
    }
    // Zeros after the one point of a number count.
    let is_number = code.bytes().filter(|byte| *byte == b'.').count() == 1;
    let mut bytes = std::mem::take(code).into_bytes();
    let (mut kept, mut before) = (0, b' ');
    for at in 0..bytes.len() {
        let byte = bytes[at];
        let more = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        let counts = before.is_ascii_digit() || before == b'.' && is_number;
        if byte == b'0' && !counts && more {
            continue;
        }
        bytes[kept] = byte;
        kept += 1;
        before = byte;
    }
    bytes.truncate(kept);
    // Only ASCII was taken out.
    *code = String::from_utf8(bytes).unwrap_or_default();
}

/// Whether a character shows nothing: white space, controls, joiners, marks of direction, variation
/// selectors.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character is a dash beside the hyphen of the keyboard.
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{2796}'
                | '\u{207b}'
                | '\u{208b}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{30fc}'
                | '\u{ff70}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{2d7}'
                | '\u{1806}'
    )
}
