//! GS1 Digital Link addresses.

use super::{Identifier, decode, of_keys};

/// A primary key and the qualifiers that may follow it, in order.
const KEYS: [(&str, &[&str]); 17] = [
    ("01", &["22", "10", "21", "235"]),
    ("00", &[]),
    ("414", &["254", "7040"]),
    ("417", &["7040"]),
    ("8003", &[]),
    ("8004", &["7040"]),
    ("8006", &["22", "10", "21"]),
    ("8010", &["8011"]),
    ("8013", &[]),
    ("8017", &["8019"]),
    ("8018", &["8019"]),
    ("253", &[]),
    ("255", &[]),
    ("401", &[]),
    ("402", &[]),
    ("415", &["8020"]),
    ("8020", &[]),
];

/// The names that stood for the numbers in older addresses.
fn number(segment: &str) -> &str {
    match segment {
        "gtin" => "01",
        "sscc" => "00",
        "gln" => "414",
        "party" => "417",
        "grai" => "8003",
        "giai" => "8004",
        "itip" => "8006",
        "cpid" => "8010",
        "gsrnp" => "8017",
        "gsrn" => "8018",
        "gdti" => "253",
        "gcn" => "255",
        "ginc" => "401",
        "gsin" => "402",
        "cpv" => "22",
        "lot" => "10",
        "ser" => "21",
        "glnx" => "254",
        "cpsn" => "8011",
        other => other,
    }
}

pub(super) fn parse(text: &str) -> Option<Identifier> {
    let scheme = text.find("://")?;
    if !matches!(text[..scheme].to_ascii_lowercase().as_str(), "http" | "https") {
        return None;
    }
    let rest = &text[scheme + 3..];
    let path = rest[rest.find('/')? + 1..].split(['?', '#']).next()?.trim_end_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    // A few segments of the owner's own may come first; an address has few segments at all.
    if segments.len() > 32 {
        return None;
    }
    (0..segments.len().saturating_sub(1)).find_map(|at| keys(&segments[at..]))
}

fn keys(segments: &[&str]) -> Option<Identifier> {
    if !segments.len().is_multiple_of(2) {
        return None;
    }
    let primary = number(segments.first()?);
    let (key, mut allowed) = KEYS.iter().find(|(key, _)| *key == primary).copied()?;
    let mut keys = vec![(key, value(key, &decode(segments.get(1)?)?)?)];
    for pair in segments[2..].chunks(2) {
        let [ai, raw] = pair else { return None };
        let ai = number(ai);
        let place = allowed.iter().position(|next| *next == ai)?;
        let raw = decode(raw)?;
        if raw.is_empty() || raw.len() > 30 {
            return None;
        }
        keys.push((allowed[place], raw));
        allowed = &allowed[place + 1..];
    }
    of_keys(&keys)
}

/// The value of a primary key in its full length; `None` when it has not its form.
pub(super) fn value(key: &str, raw: &str) -> Option<String> {
    let digits = |from: &str, lengths: &[usize]| {
        lengths.contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit())
    };
    let mixed = |least: usize, most: usize| {
        let head = raw.get(..least)?;
        let fits = digits(head, &[least]) && raw.len() <= most;
        fits.then(|| raw.to_owned())
    };
    match key {
        "01" => digits(raw, &[8, 12, 13, 14]).then(|| format!("{raw:0>14}")),
        "00" | "8017" | "8018" | "8006" => digits(raw, &[18]).then(|| raw.to_owned()),
        "402" => digits(raw, &[17]).then(|| raw.to_owned()),
        "414" | "415" | "417" => digits(raw, &[13]).then(|| raw.to_owned()),
        "8003" => mixed(14, 30),
        "253" => mixed(13, 30),
        "255" => mixed(13, 25),
        _ => (!raw.is_empty() && raw.len() <= 30).then(|| raw.to_owned()),
    }
}
