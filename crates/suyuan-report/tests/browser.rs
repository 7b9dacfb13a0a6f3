//! Pages in a real browser, where one is installed: no overflow, no text on text, enough contrast,
//! no error on the console, no request to anywhere; at the width of a desk and of a phone, in
//! light and in dark. `SUYUAN_CHROMIUM` names a browser that is not on the path.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};

use common::browser::{Browser, browser};
use common::made::{every_page, exercise};
use common::{chain, hostile_names, page_path, report};
use suyuan_report::chart::bars::Bars;
use suyuan_report::chart::bullets::{Bullets, Goal};
use suyuan_report::chart::control::{Control, Point};
use suyuan_report::chart::curve::Curve;
use suyuan_report::chart::forest::{Estimate, Forest};
use suyuan_report::chart::funnel::{Funnel, Place};
use suyuan_report::chart::shares::Shares;
use suyuan_report::chart::tiles::{Tile, Tiles};
use suyuan_report::{Lang, Page, Section};

fn write(dir: &Path, name: &str, page: &Page) -> PathBuf {
    let path = page_path(dir, name);
    page.write(&path).unwrap();
    path
}

fn shops() -> [String; 2] {
    ["示例超市有限公司".to_owned(), "Harbour Street Grocery".to_owned()]
}

#[test]
fn pages_hold_in_a_browser() {
    let Some(program) = browser() else {
        println!("skipped: no Chromium; set SUYUAN_CHROMIUM to one");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let many = chain(400, &shops());
    let mut pages: Vec<(String, Page)> = Vec::new();
    for lang in [Lang::En, Lang::Zh] {
        pages.extend(every_page(lang));
        pages.push((format!("many-{lang}"), report(&many).page(lang)));
        pages.push((format!("many-drill-{lang}"), exercise(&many).page(lang)));
        pages.push((format!("charts-{lang}"), charts(lang)));
    }
    pages.push(("large".to_owned(), report(&chain(5000, &shops())).page(Lang::Zh)));
    let paths: Vec<PathBuf> =
        pages.iter().map(|(name, page)| write(dir.path(), name, page)).collect();
    let mut browser = Browser::start(&program, dir.path());
    assert_eq!(browser.check_all(&paths), pages.len() * 4);
}

/// Opens a page, then scrolls through it, once as it is and once, faster, with every part open; times are those of frames, in milliseconds.
const SCROLL: &str = r"(async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const [entry] = performance.getEntriesByType('navigation');
  const through = async (step) => {
    const start = performance.now();
    scrollTo(0, 0);
    for (let at = 0; at < 3; at += 1) await frame();
    const jump = performance.now() - start;
    const times = [];
    for (let last = await frame(), at = 0; at < 400; at += 1) {
      scrollBy({ top: step, behavior: 'instant' });
      const now = await frame();
      times.push(now - last);
      last = now;
      if (scrollY + innerHeight >= document.documentElement.scrollHeight - 1) break;
    }
    times.sort((a, b) => a - b);
    const part = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
    return { frames: times.length, median: part(0.5), late: part(0.95), most: part(1), jump };
  };
  const closed = await through(100);
  const before = performance.now();
  for (const part of document.querySelectorAll('details')) part.open = true;
  await frame();
  await frame();
  const opened = performance.now() - before;
  return JSON.stringify({ load: entry.loadEventEnd, closed, opened, open: await through(600) });
})()";

/// Prints what `docs/pages.md` says of the page of 5,000 operators, and holds it to a wide bound,
/// since other work on the machine delays frames too.
#[test]
fn five_thousand_operators_scroll() {
    let Some(program) = browser() else {
        println!("skipped: no Chromium; set SUYUAN_CHROMIUM to one");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let page = write(dir.path(), "large", &report(&chain(5000, &shops())).page(Lang::En));
    let mut browser = Browser::start(&program, dir.path());
    for width in [1280, 390] {
        let found = browser.run(&page, width, SCROLL);
        println!("{width}: {found}");
        assert!(found["load"].as_f64() < Some(5_000.0), "{width}: {found}");
        for way in ["closed", "open"] {
            assert!(found[way]["frames"].as_u64() > Some(5), "{width}: {found}");
            assert!(found[way]["median"].as_f64() < Some(50.0), "{width}: {found}");
        }
    }
}

fn charts(lang: Lang) -> Page {
    let names = hostile_names();
    let label = |at: usize| names[at % names.len()].clone();
    let rows = (0..12).map(|at| Estimate {
        label: label(at),
        n: 50 + 400 * at as u64,
        estimate: 0.01 * at as f64,
        lower: 0.004 * at as f64,
        upper: 0.02 * at as f64 + 0.01,
        note: String::new(),
    });
    let forest = Forest { caption: "Forest".into(), rows: rows.collect(), reference: Some(0.05) };
    let places = (0..30).map(|at| Place {
        label: label(at),
        failing: (at % 11) as u64,
        tested: 20 + 37 * at as u64,
    });
    let places = places.collect::<Vec<_>>();
    let funnel = Funnel { caption: "Funnel".into(), places };
    let points = (0..104).map(|at| Point {
        label: format!("2026-{:02}", at % 52),
        observed: (at * 7 % 13) as f64,
        expected: Some(6.0),
        limit: Some(11.0),
        alarm: at * 7 % 13 == 12,
    });
    let control = Control { caption: "Weeks".into(), points: points.collect() };
    let tiles = (0..12).map(|at| Tile {
        label: label(at),
        value: "12,345 samples".into(),
        detail: "1,234,567 people".into(),
        fill: at as f64 / 11.0,
        place: None,
    });
    let tiles = Tiles { caption: "Tiles".into(), tiles: tiles.collect() };
    let months = (1..=12).map(|month| (format!("{month}月"), vec![month, 2, 3, 4 * month, 5]));
    let bars = Bars {
        caption: "Bars".into(),
        series: (0..5).map(label).collect(),
        bars: months.collect(),
    };
    let goals =
        (0..9).map(|at| Goal { label: label(at), done: 5, due: at as u64, owed: 1_000_000 });
    let bullets = Bullets { caption: "Bullets".into(), goals: goals.collect() };
    let curve = Curve {
        caption: "Curve".into(),
        along: label(5),
        points: (0..50).map(|at| (f64::from(at) / 50.0, 1.0 - f64::from(at) / 50.0)).collect(),
    };
    let rows = (0..9).map(|at| (label(at), vec![0.1 * at as f64, 0.5, 1.0]));
    let shares = Shares {
        caption: "Shares".into(),
        methods: (4..7).map(label).collect(),
        rows: rows.collect(),
    };
    let mut page = Page::new(lang, "Charts");
    page.push(
        Section::new("charts", "Charts")
            .figure(forest.figure(lang))
            .figure(funnel.figure(lang))
            .figure(control.figure(lang))
            .figure(tiles.figure(lang))
            .figure(bars.figure(lang))
            .figure(bullets.figure(lang))
            .figure(curve.figure(lang))
            .figure(shares.figure(lang)),
    );
    page
}
