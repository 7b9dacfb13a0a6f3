//! The desktop's own scores, station by station and delivery by delivery.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use suyuan_fcl::{Document, Limits, Mode, read_folder};

fn data() -> Option<PathBuf> {
    let found = std::env::var_os("SUYUAN_CONFORMANCE_DATA").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: no conformance data");
    }
    found
}

/// Rows of a table by id, each column by name.
fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// What differs between a row and what was computed.
fn differences(
    row: &HashMap<String, String>,
    found: &[(&str, Option<f64>)],
    ways: [bool; 2],
) -> usize {
    let numbers = found.iter().filter(|(column, value)| number(&row[*column]) != *value).count();
    let flags = [("Backward", ways[0]), ("Forward", ways[1])];
    numbers + flags.iter().filter(|(column, value)| row[*column] != value.to_string()).count()
}

#[test]
fn the_desktop_scores_are_reproduced() {
    let Some(data) = data() else { return };
    let mut folders = 0;
    for folder in std::fs::read_dir(data.join("fcl")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.join("expected_stations.csv").is_file() {
            continue;
        }
        folders += 1;
        let import = read_folder(&folder, &Limits::default()).unwrap();
        assert_eq!(import.findings, [], "{}", folder.display());
        let scores = import.network.score(&import.parameters, Mode::Compatible).unwrap();
        let (mut checked, mut wrong) = (0, 0);
        for row in rows(&folder.join("expected_stations.csv")) {
            let found = scores.station(&row["ID"]).unwrap();
            let numbers = [
                ("Score", Some(found.score)),
                ("Max Lot Score", found.max_lot_score),
                ("Normalized Score", Some(found.normalized)),
                ("Positive Score", Some(found.positive)),
                ("Negative Score", Some(found.negative)),
            ];
            checked += 1;
            wrong += differences(&row, &numbers, [found.backward, found.forward]);
        }
        for row in rows(&folder.join("expected_deliveries.csv")) {
            let found = scores.delivery(&row["ID"]).unwrap();
            let numbers = [
                ("Score", Some(found.score)),
                ("Lot Score", found.lot_score),
                ("Normalized Score", Some(found.normalized)),
                ("Positive Score", Some(found.positive)),
                ("Negative Score", Some(found.negative)),
            ];
            checked += 1;
            wrong += differences(&row, &numbers, [found.backward, found.forward]);
        }
        println!("{}: {checked} rows, {wrong} mismatches", folder.display());
        assert_eq!(wrong, 0, "{}", folder.display());
        assert!(checked > 1000, "{}", folder.display());
    }
    assert!(folders > 0, "no scenario was found");
}

#[test]
fn exact_scores_are_the_same_where_the_desktop_does_not_err() {
    let Some(data) = data() else { return };
    let folder = data.join("fcl/golden-temporal");
    let import = read_folder(&folder, &Limits::default()).unwrap();
    let desktop = import.network.score(&import.parameters, Mode::Compatible).unwrap();
    let exact = import.network.score(&import.parameters, Mode::Exact).unwrap();
    assert_eq!((exact.stations, exact.deliveries), (desktop.stations, desktop.deliveries));
}

#[test]
fn documents_come_back_as_they_were() {
    let Some(data) = data() else { return };
    let mut documents = 0;
    for file in std::fs::read_dir(data.join("fcl")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|end| end != "json") || name.starts_with("schema") {
            continue;
        }
        documents += 1;
        let limits = Limits::default();
        let document = Document::read(&path, &limits).unwrap();
        assert_eq!(Document::parse(&document.to_string(), &limits).unwrap(), document, "{name}");
        assert_eq!(Document::parse(&format!("{document:#}"), &limits).unwrap(), document, "{name}");
        let import = document.import().unwrap();
        assert!(!import.network.stations.is_empty(), "{name}");
        assert!(!import.network.deliveries.is_empty(), "{name}");
        let again = Document::new(&import.network, &import.parameters).import().unwrap();
        assert_eq!(again, import, "{name}");
        // Setting what is set already changes no member but the trace's settings.
        let set = document.with_parameters(&import.parameters);
        let set = set.unwrap().import().unwrap();
        assert_eq!((set.network, set.parameters), (import.network, import.parameters), "{name}");
    }
    assert!(documents >= 4, "{documents}");
}
