use super::*;
use crate::chain::ChainBuilder;
use crate::model::{Operator, Shipment, Source};
use proptest::prelude::*;

fn chain(batches: &[&str]) -> SupplyChain {
    let mut builder = ChainBuilder::new();
    let file = builder.add_file("s.csv");
    for (line, batch) in (2..).zip(batches) {
        let row = Shipment {
            code: "W".into(),
            batch: (*batch).into(),
            from: "F".into(),
            to: "S".into(),
            ..Shipment::default()
        };
        builder.add_shipment(&row, Source::new(file, line)).unwrap();
    }
    builder.build().unwrap().chain
}

fn near(chain: &SupplyChain, batch: &str) -> Vec<(String, Resemblance)> {
    let found = chain.look_alikes(&[chain.find_batch(batch).unwrap()], &[]);
    found.into_iter().map(|it| (it.near, it.why)).collect()
}

/// By the text: take each code apart the slow way.
fn bare_by_rule(code: &str) -> String {
    let visible =
        code.chars().filter(|c| !c.is_control() && !c.is_whitespace() && *c != '\u{200b}');
    let folded: String = visible.collect::<String>().to_lowercase();
    let folded = folded.replace(['–', '—', '−', '－'], "-");
    let folded = folded.replace('１', "1").replace(['Ａ', 'ａ'], "a");
    let guarded = folded.strip_prefix("=\"").and_then(|text| text.strip_suffix('"'));
    let guarded = guarded.unwrap_or(&folded);
    let guarded = guarded.strip_prefix('\'').unwrap_or(guarded).to_owned();
    let mut whole = guarded.clone();
    while whole.ends_with('0') {
        whole.pop();
    }
    let digit = |c: char| c.is_ascii_digit();
    let bare = match whole.strip_suffix('.') {
        Some(rest) if whole.len() < guarded.len() && rest.ends_with(digit) => rest.to_owned(),
        _ => guarded,
    };
    // Runs of digits, one by one.
    let one_point = bare.matches('.').count() == 1;
    let mut parts: Vec<String> = Vec::new();
    for c in bare.chars() {
        match parts.last_mut() {
            Some(part) if part.ends_with(digit) == digit(c) => part.push(c),
            _ => parts.push(c.to_string()),
        }
    }
    let mut result = String::new();
    for part in parts {
        let counts = one_point && result.ends_with('.');
        let short = part.trim_start_matches('0');
        if part.starts_with(digit) && !counts {
            result.push_str(if short.is_empty() { "0" } else { short });
        } else {
            result.push_str(&part);
        }
    }
    if result.is_empty() { code.to_owned() } else { result }
}

proptest! {
    #[test]
    fn bare_forms_are_those_of_the_rule(code in "[0-2aAＡ１.'=\" \u{200b}\u{1f}–－e+-]{0,9}") {
        prop_assert_eq!(bare_code(&code), bare_by_rule(&code));
    }

    /// What is near a code is what a look at every pair finds.
    #[test]
    fn near_codes_are_those_of_every_pair(
        codes in prop::collection::btree_set("0{0,2}[12]{1,2}(\\.0)?|'[aA]-0?1|[12]\\.[0-2]{1,2}E\\+0?2", 1..12),
        later in prop::collection::btree_set("0{0,2}[12]{1,3}|[12]\\.[0-2]E\\+2", 0..6),
    ) {
        let names: Vec<&str> = codes.iter().map(String::as_str).collect();
        let first = chain(&names);
        let mut more = ChainBuilder::new();
        for code in &later {
            let row = Shipment {
                code: "V".into(),
                batch: code.as_str().into(),
                from: "F".into(),
                to: "S".into(),
                ..Shipment::default()
            };
            more.add_shipment(&row, Source::NONE).unwrap();
        }
        let grown = first.append(more).unwrap().chain;
        let all: Vec<&String> = codes.union(&later).collect();
        for code in &all {
            let mut expected: Vec<(String, Resemblance)> = Vec::new();
            for other in &all {
                if other != code && bare_by_rule(other) == bare_by_rule(code) {
                    expected.push(((*other).clone(), Resemblance::Spelling));
                }
                if stands_for(code, other) || stands_for(other, code) {
                    expected.push(((*other).clone(), Resemblance::Scientific));
                }
            }
            expected.sort();
            prop_assert_eq!(near(&grown, code), expected, "{}", code);
        }
    }
}

/// Whether a code in scientific notation may stand for another code, or is that code.
fn stands_for(code: &str, other: &str) -> bool {
    let Some((mantissa, exponent)) = code.split_once("E+") else { return false };
    if code == other {
        return true;
    }
    let exponent: i32 = exponent.parse().unwrap();
    let fraction = mantissa.split_once('.').unwrap().1.len() as i32;
    let shown = |mantissa: &str, exponent: i32| {
        (mantissa.parse::<f64>().unwrap() * 10_f64.powi(exponent)).round() as i64
    };
    let (value, step) = (shown(mantissa, exponent), 10_i64.pow((exponent - fraction) as u32));
    let number = if let Some((mantissa, exponent)) = other.split_once("E+") {
        shown(mantissa, exponent.parse().unwrap())
    } else {
        let Ok(number) = bare_by_rule(other).parse::<i64>() else { return false };
        number
    };
    number >= value - step / 2 && number < value + step
}

#[test]
fn a_rounded_number_stands_for_those_it_may_have_been() {
    let of = |code: &str| rounded(code).map(|it| (it.least, it.most));
    assert_eq!(of("4.01235E+12"), Some((4_012_345_000_000, 4_012_359_999_999)));
    assert_eq!(of("'6.92e12"), Some((6_915_000_000_000, 6_929_999_999_999)));
    assert_eq!(of("6E+2"), Some((550, 699)));
    assert_eq!(of("1.25E+2"), Some((125, 125)));
    for code in ["6E12", "12.5E+3", "1.234E+2", "E+12", "6.92E-3", "0.5E+4", "6E+99", "6.xE+4", "W"]
    {
        assert_eq!(of(code), None, "{code}");
    }
    let chain = chain(&[
        "4.01235E+12",
        "4012345678901",
        "4012359999999",
        "4012360000000",
        "0004012350000000",
    ]);
    let found: Vec<String> =
        near(&chain, "4.01235E+12").into_iter().map(|(near, _)| near).collect();
    assert_eq!(found, ["0004012350000000", "4.01235E+12", "4012345678901", "4012359999999"]);
    assert_eq!(near(&chain, "4012345678901"), [("4.01235E+12".into(), Resemblance::Scientific)]);
    assert_eq!(near(&chain, "4012360000000"), []);
}

#[test]
fn a_name_where_codes_stand_is_near_to_all_who_have_it() {
    let mut builder = ChainBuilder::new();
    for code in ["S1", "S2"] {
        let row =
            Operator {
                code: code.into(), name: "第二小学 食堂".into(), ..Operator::default()
            };
        builder.add_operator(&row, Source::NONE).unwrap();
    }
    let row = Shipment {
        code: "W".into(),
        batch: "B".into(),
        from: "F".into(),
        to: "第二小学食堂".into(),
        ..Shipment::default()
    };
    builder.add_shipment(&row, Source::NONE).unwrap();
    let chain = builder.build().unwrap().chain;
    let near = |code: &str| {
        let found = chain.look_alikes(&[], &[chain.find_operator(code).unwrap()]);
        found.into_iter().map(|it| (it.near, it.why, it.named)).collect::<Vec<_>>()
    };
    let name = Resemblance::Name;
    assert_eq!(near("第二小学食堂"), [("S1".into(), name, 1), ("S2".into(), name, 1)]);
    assert_eq!(near("S2"), [("第二小学食堂".into(), name, 1)]);
    assert_eq!(near("F"), []);
}

#[test]
fn one_finding_a_group_names_the_rows() {
    let mut builder = ChainBuilder::new();
    let file = builder.add_file("s.csv");
    for (line, batch) in (2..).zip(["L-01", "Ｌ－０１", "l-1", "L-10", "6.92E+12", "L-01"]) {
        let row = Shipment {
            code: "W".into(),
            batch: batch.into(),
            from: "F".into(),
            to: "S".into(),
            digest: u64::from(line),
            ..Shipment::default()
        };
        builder.add_shipment(&row, Source::new(file, line)).unwrap();
    }
    let built = builder.build().unwrap();
    let found = built.findings.iter().filter(|it| it.code == FindingCode::LookAlikeCodes);
    let found: Vec<(&str, Vec<u32>)> = found
        .map(|it| (it.message.as_str(), it.records.iter().map(|row| row.source.line).collect()))
        .collect();
    assert_eq!(
        found,
        [
            (
                "batches \"6.92E+12\": a spreadsheet may have rounded this code; whatever else had \
                 it reads as one",
                vec![6]
            ),
            (
                "batches \"L-01\", \"l-1\", \"Ｌ－０１\": these codes look alike; they are kept apart",
                vec![2, 3, 4, 7]
            ),
        ]
    );
}
