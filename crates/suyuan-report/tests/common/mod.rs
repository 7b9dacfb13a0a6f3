//! What the tests of pages share: chains with difficult names, and a reader of tags.

#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod browser;
pub(crate) mod made;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use suyuan_core::chain::{ChainBuilder, SupplyChain};
use suyuan_core::model::{
    Batch, Hazard, Operator, Product, Region, Sample, SampleKind, Shipment, Source, Stage, Verdict,
};
use suyuan_core::quantity::Unit;
use suyuan_core::recall::{Policy, RecallSource, recall};
use suyuan_core::time::{Span, UtcOffset};
use suyuan_report::recall::RecallReport;
use suyuan_report::records::Records;

/// Where pages are written to: a folder of the test's own, or the one that `SUYUAN_PAGES` names, so
/// that they can be looked at.
pub(crate) fn page_path(own: &Path, name: &str) -> PathBuf {
    let kept = std::env::var_os("SUYUAN_PAGES").map(PathBuf::from);
    kept.as_deref().unwrap_or(own).join(format!("{name}.html"))
}

pub(crate) fn span(text: &str) -> Span {
    Span::parse(text, UtcOffset::CHINA).unwrap()
}

/// Names that try to be markup, to turn the line around, or to push everything aside.
pub(crate) fn hostile_names() -> Vec<String> {
    vec![
        "<script>alert(1)</script>".to_owned(),
        "\" onmouseover=\"alert(1)".to_owned(),
        "</title></svg><img src=x>".to_owned(),
        "مخبز \u{202e}الشام\u{200f}".to_owned(),
        "🥬🥟 韭菜饺子 👨‍👩‍👧".to_owned(),
        "超".repeat(200),
        "W".repeat(200),
        "=HYPERLINK(\"evil.example\")".to_owned(),
        "nul\u{0}bell\u{7}line\nbreak".to_owned(),
    ]
}

fn add_operator(builder: &mut ChainBuilder, code: &str, name: &str, stage: Stage, region: &str) {
    let operator = Operator {
        code: code.into(),
        name: name.into(),
        stage: Some(stage),
        region: region.into(),
        ..Operator::default()
    };
    builder.add_operator(&operator, Source::NONE).unwrap();
}

fn add_shipment(builder: &mut ChainBuilder, at: usize, from: &str, to: &str, day: &str) {
    let shipment = Shipment {
        code: format!("W{at}").into(),
        batch: "LOT-1".into(),
        from: from.into(),
        to: to.into(),
        shipped_on: span(day),
        received_on: span(day),
        quantity: Some(if at == 0 { 900_000_u64 } else { 10 + at as u64 }.into()),
        unit: Some(Unit::Kilogram),
        ..Shipment::default()
    };
    builder.add_shipment(&shipment, Source::NONE).unwrap();
}

/// A farm, a wholesaler, and so many shops in five regions, each with a name out of the list; a
/// failing sample at the first.
pub(crate) fn chain(shops: usize, names: &[String]) -> SupplyChain {
    let mut builder = ChainBuilder::new();
    for at in 0..5 {
        let (code, name) = (format!("37020{at}"), format!("Region {at} 区"));
        let region = Region { code: code.into(), name: name.into(), ..Region::default() };
        builder.add_region(&region, Source::NONE).unwrap();
    }
    let product =
        Product { code: "LEEK".into(), name: "韭菜 <leek>".into(), ..Product::default() };
    builder.add_product(&product, Source::NONE).unwrap();
    let batch = Batch {
        code: "LOT-1".into(),
        product: "LEEK".into(),
        operator: "FARM".into(),
        produced_on: span("2026-03-01"),
        quantity: Some(1_000_000.into()),
        unit: Some(Unit::Kilogram),
        ..Batch::default()
    };
    builder.add_batch(&batch, Source::NONE).unwrap();
    add_operator(&mut builder, "FARM", "Farm", Stage::Farm, "370200");
    add_operator(&mut builder, "MARKET", "Market", Stage::Wholesale, "370201");
    let stages = [Stage::Retail, Stage::Catering, Stage::Canteen, Stage::Online];
    add_shipment(&mut builder, 0, "FARM", "MARKET", "2026-03-02");
    for at in 0..shops {
        let code = format!("SHOP-{at:05}");
        let name = &names[at % names.len()];
        add_operator(&mut builder, &code, name, stages[at % 4], &format!("37020{}", at % 5));
        let day =
            if at % 7 == 3 { "2026-03".to_owned() } else { format!("2026-03-{:02}", 3 + at % 20) };
        add_shipment(&mut builder, at + 1, "MARKET", &code, &day);
    }
    let sample = Sample {
        code: "S-1".into(),
        kind: Some(SampleKind::Supervision),
        batch: "LOT-1".into(),
        operator: "SHOP-00000".into(),
        sampled_on: span("2026-03-09"),
        reported_on: span("2026-03-15"),
        verdict: Some(Verdict::Fail),
        test_item: "chlorpyrifos <b>".into(),
        measured: "0.9 mg/kg".into(),
        limit: "0.1 mg/kg".into(),
        hazard: Some(Hazard::Chemical),
        ..Sample::default()
    };
    builder.add_sample(&sample, Source::NONE).unwrap();
    builder.build().unwrap().chain
}

/// The report of the farm's stock, so that paths have steps.
pub(crate) fn report(chain: &SupplyChain) -> RecallReport {
    let source = RecallSource::stock(chain, "LOT-1@FARM").unwrap();
    let policy = Policy::default();
    RecallReport::new(
        chain,
        &source,
        &policy,
        &recall(chain, &source, &policy).unwrap(),
        Records::default(),
    )
}

/// The report of the failing sample, whole batch.
pub(crate) fn sampled(chain: &SupplyChain) -> RecallReport {
    let source = RecallSource::sample(chain, "S-1").unwrap();
    let policy = Policy::default();
    RecallReport::new(
        chain,
        &source,
        &policy,
        &recall(chain, &source, &policy).unwrap(),
        Records::default(),
    )
}

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag<'h> {
    pub(crate) name: &'h str,
    attributes: Vec<(&'h str, &'h str)>,
}

impl<'h> Tag<'h> {
    pub(crate) fn get(&self, name: &str) -> Option<&'h str> {
        self.attributes.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }
}

const VOID: [&str; 4] = ["meta", "br", "img", "link"];

/// Reads every start tag and checks that elements nest. Understands what maud writes: quoted
/// attributes, no comments.
pub(crate) fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap_or(html);
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let end = tag_end(tag);
        let body = &tag[..end];
        rest = &tag[end + 1..];
        if let Some(name) = body.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "elements must nest");
            continue;
        }
        let split = body.find(' ').unwrap_or(body.len());
        let (name, text) = body.split_at(split);
        found.push(Tag { name, attributes: attributes(text) });
        if name == "script" || name == "style" {
            let close = rest.find(&format!("</{name}>")).unwrap();
            rest = &rest[close..];
        }
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    found
}

/// Where a tag ends: the first `>` outside quotes.
fn tag_end(tag: &str) -> usize {
    let mut quoted = false;
    for (at, c) in tag.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at,
            _ => {}
        }
    }
    panic!("a tag does not end: {}", &tag[..tag.len().min(80)]);
}

fn attributes(mut text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return found;
        }
        let Some((name, rest)) = text.split_once("=\"") else {
            found.push((text, ""));
            return found;
        };
        let (value, rest) = rest.split_once('"').unwrap();
        found.push((name, value));
        text = rest;
    }
}

/// What a page must be for those who do not see it, or not as it is drawn.
pub(crate) fn check(html: &str) {
    let tags = tags(html);
    let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    assert_eq!((count("h1"), count("main"), count("title") >= 1), (1, 1, true));
    let root = tags.first().unwrap();
    assert!(root.name == "html" && root.get("lang").is_some_and(|lang| !lang.is_empty()));
    // Headings go down one step at a time.
    let mut last = 0;
    for tag in &tags {
        if let Some(level) = tag.name.strip_prefix('h').and_then(|n| n.parse::<u8>().ok()) {
            assert!(level <= last + 1, "h{level} after h{last}");
            last = level;
        }
    }
    assert_eq!(count("table"), count("caption"));
    for tag in &tags {
        match tag.name {
            "th" => assert!(tag.get("scope").is_some(), "a header cell without scope"),
            "svg" => {
                assert!(matches!(tag.get("role"), Some("img" | "group")));
                assert!(tag.get("aria-label").is_some_and(|label| label.len() > 5));
            }
            "img" | "link" | "iframe" | "object" => panic!("{} may load something", tag.name),
            _ => {}
        }
        if tag.get("tabindex").is_some() {
            assert!(tag.get("aria-label").is_some(), "a stop of the keyboard without a name");
        }
        for attribute in ["src", "srcset", "data", "action", "onclick", "onload", "onmouseover"] {
            assert!(tag.get(attribute).is_none(), "{} {attribute}", tag.name);
        }
        if let Some(to) = tag.get("href") {
            assert!(!to.contains("//") && !to.starts_with("javascript:"), "{to}");
        }
    }
    let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len(), "an id is used twice");
    for to in tags.iter().filter_map(|tag| tag.get("href")?.strip_prefix('#')) {
        assert!(distinct.contains(to), "a link leads to #{to}, which is nowhere");
    }
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("url("));
}
