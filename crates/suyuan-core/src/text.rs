//! Folding of text as people type it: full-width forms, spaces, letter case.

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
    !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && text.chars().all(shows_nothing)
}

fn shows_nothing(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}')
}
