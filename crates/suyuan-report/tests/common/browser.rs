//! A headless browser on this machine, and what a page is asked in it: shared by the tests of
//! pages and of programs.

#![allow(dead_code, reason = "each test uses its part")]

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Widths and schemes at which every page is looked at: a desk and a phone.
pub(crate) const WIDTHS: [u64; 2] = [1280, 390];
pub(crate) const SCHEMES: [&str; 2] = ["light", "dark"];

const PROBE: &str = include_str!("probe.js");

/// A browser on this machine.
pub(crate) fn browser() -> Option<PathBuf> {
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
pub(crate) struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    next: u64,
}

impl Browser {
    pub(crate) fn start(program: &Path, dir: &Path) -> Self {
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

    /// Opens a page in a tab of its own; gives its target and session, and what happened.
    fn open(&mut self, path: &Path, width: u64, scheme: &str) -> (Value, String, Vec<Value>) {
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
        (target, session, events)
    }

    /// What a script says that ends in a text of JSON.
    fn evaluate(&mut self, session: &str, script: &str, events: &mut Vec<Value>) -> Value {
        let probe = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let answer = self.ask(session, "Runtime.evaluate", &probe, events);
        let text = answer["result"]["value"].as_str().unwrap_or_else(|| panic!("{answer}"));
        serde_json::from_str(text).unwrap()
    }

    fn close(&mut self, target: &Value) {
        let close = json!({ "targetId": target["targetId"] });
        self.ask("", "Target.closeTarget", &close, &mut Vec::new());
    }

    /// Loads a page and fails where it is not as it must be.
    pub(crate) fn check(&mut self, path: &Path, width: u64, scheme: &str) {
        let (target, session, mut events) = self.open(path, width, scheme);
        let found =
            self.evaluate(&session, &PROBE.replace("WIDTH", &width.to_string()), &mut events);
        let problems: Vec<String> = events.iter().filter_map(problem).collect();
        self.close(&target);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{name} at {width}, {scheme}");
        assert_eq!(problems, Vec::<String>::new(), "{name}");
        let found = found.as_object().unwrap();
        assert!(found["looked"].as_u64() > Some(0), "{name}: nothing was looked at");
        for (what, places) in found.iter().filter(|(what, _)| *what != "looked") {
            assert_eq!(places, &json!([]), "{name}: {what}");
        }
    }

    /// Every page at every width, in every scheme; how often was looked.
    pub(crate) fn check_all(&mut self, pages: &[PathBuf]) -> usize {
        let mut looked = 0;
        for page in pages {
            for width in WIDTHS {
                for scheme in SCHEMES {
                    self.check(page, width, scheme);
                    looked += 1;
                }
            }
        }
        looked
    }

    /// Loads a page and gives what a script says of it.
    pub(crate) fn run(&mut self, path: &Path, width: u64, script: &str) -> Value {
        let (target, session, mut events) = self.open(path, width, "light");
        let answer = self.evaluate(&session, script, &mut events);
        self.close(&target);
        answer
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
