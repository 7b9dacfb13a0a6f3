//! Identifiers made one: EPC URNs, EPC classes, GS1 Digital Link addresses and GDST URNs.
//!
//! The one form is the Digital Link path under `https://id.gs1.org`, since an EPC URN can be turned
//! into it, but not back: the address does not say where the company prefix ends.
//!
//! ```
//! use suyuan_epcis::{Identifier, Kind};
//! let urn = Identifier::parse("urn:epc:class:lgtin:4012345.012345.998877");
//! let link = Identifier::parse("https://id.example.org/some/path/01/04012345123456/10/998877?17=261231");
//! assert_eq!(urn.canonical(), "https://id.gs1.org/01/04012345123456/10/998877");
//! assert_eq!(urn, link);
//! assert_eq!(urn.kind(), Kind::Lot);
//! assert_eq!(urn.class().as_deref(), Some("https://id.gs1.org/01/04012345123456"));
//! ```

mod link;
mod urn;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// What an identifier stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// One item (SGTIN, ITIP, CPI with a serial number ...).
    Item,
    /// A lot of a class (LGTIN).
    Lot,
    /// Everything of a class (GTIN, or a pattern that ends in `*`).
    Class,
    /// A unit of transport or a returnable container (SSCC, GRAI).
    Unit,
    /// A place (SGLN).
    Place,
    /// A party (PGLN).
    Party,
    /// Anything else: an asset, a document, an address of somebody's own.
    Other,
}

/// An identifier in its one form. Equal, ordered and hashed by that form.
#[derive(Clone, Debug)]
pub struct Identifier {
    canonical: String,
    kind: Kind,
    /// The class and the lot a lot or an item belongs to, where the identifier says so.
    class: Option<String>,
    lot: Option<String>,
}

impl Identifier {
    /// Reads an identifier of any form. One of no form that is known stands for itself; white space
    /// around it does not count.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let lower = text.get(..4).map(str::to_ascii_lowercase);
        let known = match lower.as_deref() {
            Some("urn:") => urn::parse(text),
            Some("http") => link::parse(text),
            _ => None,
        };
        known.unwrap_or_else(|| Self {
            canonical: text.to_owned(),
            kind: Kind::Other,
            class: None,
            lot: None,
        })
    }

    /// The one form.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// What it stands for.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The class that a lot or an item belongs to, in its one form.
    #[must_use]
    pub fn class(&self) -> Option<String> {
        self.class.clone()
    }

    /// The lot that an item belongs to, where its own identifier says so (a Digital Link address
    /// with `/10/` and `/21/`), in its one form. A lot is its own.
    #[must_use]
    pub fn lot(&self) -> Option<String> {
        self.lot.clone()
    }

    /// The lot of a number within the class of an item: what `lotNumber` of its master data says.
    #[must_use]
    pub fn lot_of_number(&self, number: &str) -> Option<String> {
        let class = self.class.as_deref()?;
        if class.starts_with(ROOT) {
            Some(format!("{class}/10/{}", encode(number)))
        } else {
            let class = class.replacen(":product:class:", ":product:lot:class:", 1);
            Some(format!("{class}.{}", number.to_lowercase()))
        }
    }

    /// The place without its extension: docks and shelves belong to one site. Other kinds stay.
    #[must_use]
    pub fn site(&self) -> &str {
        match self.canonical.find("/254/") {
            Some(at) if self.kind == Kind::Place => &self.canonical[..at],
            _ => &self.canonical,
        }
    }
}

impl PartialEq for Identifier {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Identifier {}

impl PartialOrd for Identifier {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Identifier {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}

impl Hash for Identifier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.canonical)
    }
}

/// Where the one form starts.
const ROOT: &str = "https://id.gs1.org/";

/// The identifier of a primary key and its qualifiers; `None` when they do not fit together.
fn of_keys(keys: &[(&str, String)]) -> Option<Identifier> {
    // No element of the GS1 system is longer.
    if keys.iter().any(|(_, value)| value.is_empty() || value.len() > 30) {
        return None;
    }
    let ((key, value), rest) = keys.split_first()?;
    // What is written here must be read again as itself, by the form of the key.
    if link::value(key, value).as_ref() != Some(value) {
        return None;
    }
    let qualifier = |ai: &str| rest.iter().find(|(key, _)| *key == ai).map(|(_, value)| value);
    let kind = match *key {
        "01" if qualifier("21").or(qualifier("235")).is_some() => Kind::Item,
        "01" if qualifier("10").is_some() => Kind::Lot,
        "01" => Kind::Class,
        "00" => Kind::Unit,
        "8003" if value.len() > 14 => Kind::Unit,
        "8003" | "8013" => Kind::Class,
        "8006" if qualifier("21").is_some() => Kind::Item,
        "8006" if qualifier("10").is_some() => Kind::Lot,
        "8006" => Kind::Class,
        "8010" if qualifier("8011").is_some() => Kind::Item,
        "8010" => Kind::Class,
        "253" | "255" if value.len() == 13 => Kind::Class,
        "414" => Kind::Place,
        "417" => Kind::Party,
        _ => Kind::Other,
    };
    let root = format!("{ROOT}{key}/{}", encode(value));
    let mut canonical = root.clone();
    for (ai, value) in rest {
        // The lot of an item is a fact about it, no part of its name.
        let extra = *ai == "10" && kind == Kind::Item;
        if !(extra || (*ai == "254" && value == "0")) {
            canonical.push_str(&format!("/{ai}/{}", encode(value)));
        }
    }
    let has_class = matches!(kind, Kind::Item | Kind::Lot);
    let lot = qualifier("10").map(|lot| format!("{root}/10/{}", encode(lot)));
    Some(Identifier { canonical, kind, class: has_class.then_some(root), lot })
}

/// The check digit of GS1 keys: weights 3 and 1 from the right.
fn check_digit(digits: &str) -> Option<char> {
    let mut sum = 0;
    for (at, digit) in digits.chars().rev().enumerate() {
        sum += digit.to_digit(10)? * if at % 2 == 0 { 3 } else { 1 };
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Undoes percent-encoding; `None` when it is broken.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
            if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
