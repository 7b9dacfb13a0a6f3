//! Pages in a real browser, where one is installed: no overflow, no text on text, enough contrast,
//! no error on the console, no request to anywhere; at the width of a desk and of a phone, in
//! light and in dark. `SUYUAN_CHROMIUM` names a browser that is not on the path.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{chain, hostile_names, report, sampled};
use serde_json::{Value, json};
use suyuan_report::chart::control::{Control, Point};
use suyuan_report::chart::forest::{Estimate, Forest};
use suyuan_report::chart::funnel::{Funnel, Place};
use suyuan_report::chart::tiles::{Tile, Tiles};
use suyuan_report::{Lang, Page, Section};

/// What a page is asked when it has loaded.
const PROBE: &str = r"(() => {
  const out = { wide: document.documentElement.scrollWidth - innerWidth, overlaps: [], outside: [], faint: [] };
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].slice(0, 300)
      .map(t => [t.textContent, t.getBoundingClientRect()]).filter(([, b]) => b.width > 0);
    texts.forEach(([name, a], at) => {
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.bottom > frame.bottom + 1) out.outside.push(name);
      for (const [other, b] of texts.slice(0, at)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 4) out.overlaps.push(name + ' | ' + other);
      }
    });
  }
  const parse = c => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = el => {
    for (; el; el = el.parentElement) {
      const c = parse(getComputedStyle(el).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll('h1,h2,p,td,th,dt,dd,a,summary,figcaption,li,caption')];
  const every = Math.ceil(texts.length / 1000);
  for (const el of texts.filter((_, at) => at % every === 0)) {
    if (el.closest('.skip') || !el.offsetParent) continue;
    const [a, b] = [light(parse(getComputedStyle(el).color)), light(ground(el))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5 && out.faint.length < 5) out.faint.push(el.tagName + ' ' + ratio.toFixed(2));
  }
  return JSON.stringify(out);
})()";

#[test]
fn pages_hold_in_a_browser() {
    let Some(program) = browser() else {
        println!("skipped: no Chromium; set SUYUAN_CHROMIUM to one");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let hostile = chain(9, &hostile_names());
    let shops = ["示例超市有限公司".to_owned(), "Harbour Street Grocery".to_owned()];
    let mut pages: Vec<(String, Page)> = Vec::new();
    for lang in [Lang::En, Lang::Zh] {
        pages.push((format!("hostile-{lang}"), sampled(&hostile).page(lang)));
        pages.push((format!("path-{lang}"), report(&hostile).page(lang)));
        pages.push((format!("many-{lang}"), report(&chain(400, &shops)).page(lang)));
        pages.push((format!("charts-{lang}"), charts(lang)));
    }
    pages.push(("large".to_owned(), report(&chain(5000, &shops)).page(Lang::Zh)));
    let mut browser = Browser::start(&program, dir.path());
    let mut looked = 0;
    for (name, page) in &pages {
        let path = dir.path().join(format!("{name}.html"));
        page.write(&path).unwrap();
        for width in [1280, 390] {
            for scheme in ["light", "dark"] {
                let started = Instant::now();
                let found = browser.look(&path, width, scheme);
                let where_ = format!("{name} at {width}, {scheme}");
                assert_eq!(found["problems"], json!([]), "{where_}");
                assert_eq!(
                    found["probe"]["wide"].as_i64().map(|wide| wide.max(0)),
                    Some(0),
                    "{where_} overflows"
                );
                for what in ["overlaps", "outside", "faint"] {
                    assert_eq!(found["probe"][what], json!([]), "{where_}: {what}");
                }
                println!("{where_}: {:?}", started.elapsed());
                looked += 1;
            }
        }
    }
    assert_eq!(looked, pages.len() * 4);
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
    let mut page = Page::new(lang, "Charts");
    page.push(
        Section::new("charts", "Charts")
            .figure(forest.figure(lang))
            .figure(funnel.figure(lang))
            .figure(control.figure(lang))
            .figure(tiles.figure(lang)),
    );
    page
}

/// A browser on this machine.
fn browser() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("SUYUAN_CHROMIUM") {
        return Some(path.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell"];
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|dir| names.map(|name| dir.join(name)))
        .find(|path| path.is_file())
}

/// A headless browser that takes messages of its DevTools protocol through two named pipes.
struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    next: u64,
}

impl Browser {
    fn start(program: &Path, dir: &Path) -> Self {
        let (to, from) = (dir.join("to"), dir.join("from"));
        let made = Command::new("mkfifo").args([&to, &from]).status().unwrap();
        assert!(made.success());
        // Children inherit the pipes as descriptors 3 and 4, where the protocol expects them.
        let child = Command::new("sh")
            .arg("-c")
            .arg(r#"to="$1"; from="$2"; shift 2; exec 3<"$to" 4>"$from" "$@""#)
            .arg("sh")
            .args([&to, &from])
            .arg("sh")
            .args(["-c", r#"exec "$0" "$@""#])
            .arg(program)
            .args(["--headless", "--remote-debugging-pipe", "--no-sandbox", "--no-zygote"])
            .args(["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", dir.join("profile").display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Opening waits for the other side.
        let to = File::options().write(true).open(&to).unwrap();
        let from = BufReader::new(File::open(&from).unwrap());
        Self { child, to, from, next: 0 }
    }

    fn send(&mut self, session: &str, method: &str, params: &Value) -> u64 {
        self.next += 1;
        let mut message = json!({ "id": self.next, "method": method, "params": params });
        if !session.is_empty() {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(message.to_string().as_bytes()).unwrap();
        self.to.write_all(&[0]).unwrap();
        self.next
    }

    fn read(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        assert_eq!(bytes.pop(), Some(0), "the browser has ended");
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Sends and waits for the answer; events on the way are kept.
    fn ask(
        &mut self,
        session: &str,
        method: &str,
        params: &Value,
        events: &mut Vec<Value>,
    ) -> Value {
        let id = self.send(session, method, params);
        loop {
            let message = self.read();
            if message["id"] == json!(id) {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            events.push(message);
        }
    }

    fn look(&mut self, path: &Path, width: u64, scheme: &str) -> Value {
        let mut events = Vec::new();
        let target =
            self.ask("", "Target.createTarget", &json!({ "url": "about:blank" }), &mut events);
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.ask("", "Target.attachToTarget", &attach, &mut events);
        let session = session["sessionId"].as_str().unwrap().to_owned();
        let screen =
            json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500 });
        let scheme = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        for (method, params) in [
            ("Page.enable", json!({})),
            ("Runtime.enable", json!({})),
            ("Log.enable", json!({})),
            ("Network.enable", json!({})),
            ("Emulation.setDeviceMetricsOverride", screen),
            ("Emulation.setEmulatedMedia", scheme),
        ] {
            self.ask(&session, method, &params, &mut events);
        }
        events.clear();
        let url = json!({ "url": format!("file://{}", path.display()) });
        self.ask(&session, "Page.navigate", &url, &mut events);
        let limit = Instant::now() + Duration::from_secs(60);
        while !events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            assert!(Instant::now() < limit, "{} does not load", path.display());
            events.push(self.read());
        }
        let probe = json!({ "expression": PROBE, "returnByValue": true });
        let probe = self.ask(&session, "Runtime.evaluate", &probe, &mut events);
        let text = probe["result"]["value"].as_str().unwrap_or_else(|| panic!("{probe}"));
        let problems: Vec<String> = events.iter().filter_map(problem).collect();
        self.ask("", "Target.closeTarget", &json!({ "targetId": target["targetId"] }), &mut events);
        json!({ "probe": serde_json::from_str::<Value>(text).unwrap(), "problems": problems })
    }
}

/// What an event says that must not happen.
fn problem(event: &Value) -> Option<String> {
    let params = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => {
            Some(params.to_string())
        }
        "Network.requestWillBeSent" => {
            let url = params["request"]["url"].as_str()?;
            (!url.starts_with("file:")).then(|| format!("a request to {url}"))
        }
        _ => None,
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.send("", "Browser.close", &json!({}));
        let limit = Instant::now() + Duration::from_secs(10);
        while Instant::now() < limit {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
