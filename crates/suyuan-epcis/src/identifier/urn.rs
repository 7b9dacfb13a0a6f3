//! URNs: EPCs, EPC classes and patterns, GDST.

use super::{Identifier, Kind, check_digit, decode, of_keys};

pub(super) fn parse(text: &str) -> Option<Identifier> {
    epc(text).or_else(|| gdst(text))
}

/// `urn:epc:id:...`, `urn:epc:class:...`, `urn:epc:idpat:...`.
fn epc(text: &str) -> Option<Identifier> {
    let lower = text.get(..text.len().min(40)).unwrap_or(text).to_ascii_lowercase();
    let rest = ["urn:epc:id:", "urn:epc:class:", "urn:epc:idpat:"]
        .iter()
        .find_map(|prefix| lower.starts_with(prefix).then(|| &text[prefix.len()..]))?;
    let (scheme, body) = rest.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let pattern = lower.starts_with("urn:epc:idpat:");
    let count = match scheme.as_str() {
        "sscc" | "pgln" | "giai" | "gsrn" | "gsrnp" | "ginc" | "gsin" => 2,
        "sgtin" | "lgtin" | "sgln" | "grai" | "gdti" | "cpi" | "sgcn" | "upui" => 3,
        "itip" => 5,
        _ => return None,
    };
    let parts: Vec<&str> = body.splitn(count, '.').collect();
    let (prefix, reference) = (*parts.first()?, *parts.get(1)?);
    if parts.len() != count || !digits(prefix) {
        return None;
    }
    // The last part of a pattern is `*`: the class.
    let last = *parts.last()?;
    let serial = if last == "*" && pattern { None } else { Some(decode(last)?) };
    if serial.as_deref() == Some("") {
        return None;
    }
    let mut keys: Vec<(&str, String)> = Vec::new();
    match scheme.as_str() {
        "sgtin" | "upui" | "lgtin" => {
            keys.push(("01", indicated(prefix, reference, 14)?));
            let ai = match scheme.as_str() {
                "lgtin" => "10",
                "upui" => "235",
                _ => "21",
            };
            keys.extend(serial.map(|serial| (ai, serial)));
        }
        "itip" => {
            let (piece, total) = (*parts.get(2)?, *parts.get(3)?);
            if piece.len() != 2 || total.len() != 2 || !digits(piece) || !digits(total) {
                return None;
            }
            keys.push(("8006", format!("{}{piece}{total}", indicated(prefix, reference, 14)?)));
            keys.extend(serial.map(|serial| ("21", serial)));
        }
        "sscc" => keys.push(("00", indicated(prefix, reference, 18)?)),
        "sgln" => {
            keys.push(("414", checked(prefix, reference, 13)?));
            keys.extend(serial.filter(|extension| extension != "0").map(|e| ("254", e)));
        }
        "pgln" => keys.push(("417", checked(prefix, reference, 13)?)),
        "gsrn" => keys.push(("8018", checked(prefix, reference, 18)?)),
        "gsrnp" => keys.push(("8017", checked(prefix, reference, 18)?)),
        "gsin" => keys.push(("402", checked(prefix, reference, 17)?)),
        "grai" => {
            let asset = checked(prefix, reference, 13)?;
            keys.push(("8003", format!("0{asset}{}", serial.unwrap_or_default())));
        }
        "gdti" => keys.push(("253", joined(prefix, reference, serial)?)),
        "sgcn" => keys.push(("255", joined(prefix, reference, serial)?)),
        "giai" => keys.push(("8004", format!("{prefix}{}", serial?))),
        "ginc" => keys.push(("401", format!("{prefix}{}", serial?))),
        "cpi" => {
            keys.push(("8010", format!("{prefix}{}", decode(reference)?)));
            keys.extend(serial.map(|serial| ("8011", serial)));
        }
        _ => return None,
    }
    of_keys(&keys)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A key whose first digit stands at the front of the reference: GTIN and SSCC.
fn indicated(prefix: &str, reference: &str, length: usize) -> Option<String> {
    let (indicator, rest) = (reference.get(..1)?, reference.get(1..)?);
    with_check(format!("{indicator}{prefix}{rest}"), length)
}

/// A key of prefix, reference and check digit.
fn checked(prefix: &str, reference: &str, length: usize) -> Option<String> {
    with_check(format!("{prefix}{reference}"), length)
}

fn joined(prefix: &str, reference: &str, serial: Option<String>) -> Option<String> {
    Some(format!("{}{}", checked(prefix, reference, 13)?, serial.unwrap_or_default()))
}

fn with_check(mut key: String, length: usize) -> Option<String> {
    if !digits(&key) || key.len() + 1 != length {
        // Keys of a wrong length are seen in use; without their check digit they stay unmixed with
        // good ones.
        return None;
    }
    key.push(check_digit(&key)?);
    Some(key)
}

/// GDST's URNs, which its tools compare without case.
fn gdst(text: &str) -> Option<Identifier> {
    let lower = text.to_lowercase();
    let rest = |mark: &str| lower.find(mark).map(|at| (&lower[..at], &lower[at + mark.len()..]));
    let (kind, class, lot) = if let Some((root, body)) = rest(":product:lot:class:") {
        (Kind::Lot, class(root, body), Some(lower.clone()))
    } else if let Some((root, body)) = rest(":product:serial:obj:") {
        (Kind::Item, class(root, body), None)
    } else if rest(":product:class:").is_some() {
        (Kind::Class, None, None)
    } else if rest(":location:").is_some() {
        (Kind::Place, None, None)
    } else if rest(":party:").is_some() {
        (Kind::Party, None, None)
    } else {
        return None;
    };
    Some(Identifier { canonical: lower, kind, class, lot })
}

/// `COMPANY.ITEM` of `COMPANY.ITEM.LOT`.
fn class(root: &str, body: &str) -> Option<String> {
    let mut dots = body.match_indices('.').map(|(at, _)| at);
    let end = dots.nth(1)?;
    Some(format!("{root}:product:class:{}", &body[..end]))
}
