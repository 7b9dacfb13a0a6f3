//! What the tests of programs share: running a built program and reading what it prints.

#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// The folder of bundled data sets.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

/// The path of a bundled data set, as a flag.
pub(crate) fn data(folder: &str) -> String {
    fixtures().join(folder).display().to_string()
}

/// Examples lie beside the folder of this test's own binary.
pub(crate) fn program(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is not built: run cargo test -p suyuan-examples", path.display());
    let mut command = Command::new(path);
    command.stdin(Stdio::null());
    command
}

pub(crate) fn run(name: &str, flags: &[&str]) -> Output {
    program(name).args(flags).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a program prints that does its job; no line is wider than a terminal.
pub(crate) fn printed(name: &str, flags: &[&str]) -> String {
    let output = run(name, flags);
    assert_eq!(output.status.code(), Some(0), "{name} {flags:?}: {}", text(&output.stderr));
    let printed = text(&output.stdout);
    for line in printed.lines() {
        assert!(line.width() <= 100, "{} columns: {line}", line.width());
    }
    printed
}

/// The JSON of a program that does its job.
pub(crate) fn json(name: &str, flags: &[&str]) -> Value {
    let mut flags = flags.to_vec();
    flags.extend(["--json", "-"]);
    let output = run(name, &flags);
    assert_eq!(output.status.code(), Some(0), "{name} {flags:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
