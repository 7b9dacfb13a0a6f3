//! Pages as bytes: escaped, complete, sound for those who read them otherwise.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use common::made::{case, changes, every_page, exercise, policies};
use common::{chain, check, report, sampled, tags};
use rust_decimal::Decimal;
use suyuan_report::Lang;

/// Pages of hostile names, as they were looked at. `SUYUAN_BLESS=1` writes them anew.
#[test]
fn pages_are_the_same_bytes_as_they_were() {
    for lang in [Lang::En, Lang::Zh] {
        for (name, page) in every_page(lang) {
            let html = page.render();
            let name = format!("{name}.html");
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(&name);
            // Style and script are files of their own, in which a change shows better.
            let kept = html.split_once("<style>").zip(html.split_once("</style>"));
            let ((head, _), (_, rest)) = kept.unwrap();
            let own = format!("{head}{}\n", rest.split_once("<script>").unwrap().0);
            let own = own.replace("</section>", "</section>\n").replace("</tr>", "</tr>\n");
            if std::env::var_os("SUYUAN_BLESS").is_some() {
                std::fs::write(&path, &own).unwrap();
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(kept == own, "{name} differs; look at it, then run with SUYUAN_BLESS=1");
        }
    }
}

/// The same result gives the same bytes.
#[test]
fn pages_are_made_the_same_twice() {
    let (first, second) = (every_page(Lang::Zh), every_page(Lang::Zh));
    for ((name, one), (_, other)) in first.iter().zip(&second) {
        assert!(one.render() == other.render(), "{name}");
    }
}

#[test]
fn hostile_names_stay_text() {
    for lang in [Lang::En, Lang::Zh] {
        for (name, page) in every_page(lang) {
            println!("{name}");
            let html = page.render();
            check(&html);
            // One script, our own; no image; nothing that turns the line around.
            assert_eq!(tags(&html).iter().filter(|tag| tag.name == "script").count(), 1);
            assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
            assert!(!html.contains(['\u{202e}', '\u{200f}', '\0', '\u{7}']));
            // A trace-back of two shops shows two names.
            if !name.starts_with("back") {
                assert!(html.contains("<bdi>مخبز الشام</bdi>"));
                assert!(html.contains(&"超".repeat(200)), "no name is cut in a table");
            }
        }
    }
}

#[test]
fn pages_of_groups_and_of_nothing_are_sound() {
    let few = chain(400, &["Shop".to_owned()]);
    let html = report(&few).page(Lang::En).render();
    check(&html);
    assert!(html.contains("groups by stage and region"));
    let empty = sampled(&chain(1, &["Shop".to_owned()])).page(Lang::Zh).render();
    check(&empty);
}

/// Every number in a cell or a figure is one of the JSON's.
#[test]
fn every_number_of_the_page_is_in_the_json() {
    let shop = ["Shop".to_owned()];
    let (few, many) = (chain(30, &shop), chain(40, &shop));
    let recall = sampled(&many);
    let drill = exercise(&many);
    let policies = policies(&many);
    let changes = changes(&few, &many);
    let case = case();
    let json = |report: serde_json::Result<serde_json::Value>| report.unwrap();
    for (name, page, json, least) in [
        ("recall", recall.page(Lang::En), json(serde_json::to_value(&recall)), 300),
        ("drill", drill.page(Lang::En), json(serde_json::to_value(&drill)), 300),
        ("policies", policies.page(Lang::En), json(serde_json::to_value(&policies)), 20),
        ("difference", changes.page(Lang::En), json(serde_json::to_value(&changes)), 10),
        ("case", case.page(Lang::En), json(serde_json::to_value(&case)), 50),
    ] {
        let seen = numbers_are_in(&page.render(), &json, name);
        assert!(seen > least, "{name}: {seen} numbers were looked at");
    }
}

fn numbers_are_in(html: &str, json: &serde_json::Value, name: &str) -> usize {
    let mut numbers = BTreeSet::new();
    collect(json, &mut numbers);
    let mut seen = 0;
    for (open, close) in [("<td class=\"n\"", "</td>"), ("<dd>", "</dd>")] {
        let figures = html.split("<dl class=\"facts\">").skip(1);
        let figures: String =
            figures.map(|part| part.split_once("</dl>").unwrap().0).collect::<Vec<_>>().join("\n");
        let text = if open == "<dd>" { &figures } else { html };
        for part in text.split(open).skip(1) {
            let cell = part.split_once(close).unwrap().0;
            let cell = cell.split_once('>').map_or(cell, |(_, text)| text);
            for word in cell.split(['<', '>', ' ']) {
                let plain = word.trim_end_matches('%').replace(',', "");
                if let Ok(number) = plain.parse::<Decimal>() {
                    let shown =
                        if word.ends_with('%') { number / Decimal::ONE_HUNDRED } else { number };
                    assert!(
                        numbers.contains(&shown.normalize()),
                        "{name}: {word} is not in the JSON"
                    );
                    seen += 1;
                }
            }
        }
    }
    seen
}

fn collect(json: &serde_json::Value, numbers: &mut BTreeSet<Decimal>) {
    use serde_json::Value;
    match json {
        Value::Number(number) => {
            numbers.extend(number.to_string().parse::<Decimal>().ok());
        }
        Value::String(text) => {
            numbers.extend(text.parse::<Decimal>().ok().map(|number| number.normalize()));
        }
        // How many there are of something counts as said.
        Value::Array(all) => {
            numbers.insert(all.len().into());
            all.iter().for_each(|json| collect(json, numbers));
        }
        Value::Object(all) => all.values().for_each(|json| collect(json, numbers)),
        _ => {}
    }
}

#[test]
fn five_thousand_operators_fit_into_five_megabytes() {
    let chain = chain(5000, &["示例超市有限公司 Example Store".to_owned()]);
    let started = Instant::now();
    let report = report(&chain);
    let html = report.page(Lang::Zh).render();
    println!("{} bytes, {:?}", html.len(), started.elapsed());
    assert_eq!(report.totals.operators, 5002);
    assert!(html.len() < 5_000_000, "{} bytes", html.len());
    // Every operator is on it, in lists that open.
    for at in [0, 1, 2499, 5001] {
        assert!(html.contains(&format!("id=\"o{at}\"")));
    }
    check(&html);
}

/// Contrast by WCAG 2.1: 4.5 for text, 3 for what is drawn, in both schemes.
#[test]
fn colours_stand_out_in_light_and_dark() {
    let style = include_str!("../src/style.css");
    let blocks: Vec<&str> =
        style.split(":root{").skip(1).map(|part| part.split_once('}').unwrap().0).collect();
    for block in &blocks[..2] {
        let colour = |name: &str| {
            let (_, rest) = block.split_once(&format!("--{name}:")).unwrap();
            luminance(rest.split([';', '}']).next().unwrap())
        };
        let contrast = |a: f64, b: f64| (a.max(b) + 0.05) / (a.min(b) + 0.05);
        for ground in ["bg", "card"] {
            for text in ["ink", "soft", "accent", "warn"] {
                let found = contrast(colour(text), colour(ground));
                assert!(found >= 4.5, "{text} on {ground}: {found:.2}");
            }
            for drawn in ["certain", "possible", "good"] {
                let found = contrast(colour(drawn), colour(ground));
                assert!(found >= 3.0, "{drawn} on {ground}: {found:.2}");
            }
        }
        assert!(contrast(colour("ink"), colour("fill")) >= 4.5, "ink on a target");
    }
}

fn luminance(hex: &str) -> f64 {
    let hex = hex.trim().trim_start_matches('#');
    let long: String =
        if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex.to_owned() };
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&long[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}
