//! A draw replayed in another language gives the same list: `docs/draw_replay.py`, which shares
//! nothing with the engine but the written protocol.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use suyuan_core::sampling::draw::{Design, Permanent, Seed, Stream};
use suyuan_core::sampling::protocol::{DrawPlan, DrawRecord, draw_sample};
use suyuan_core::sampling::{Frame, FrameUnit};

/// The designs of the script: those without long floating-point sums.
const REPLAYED: [Design; 6] = [
    Design::SimpleRandom,
    Design::Systematic,
    Design::SystematicPps,
    Design::Pareto,
    Design::Permanent,
    Design::PermanentPareto,
];

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/draw_replay.py")
}

fn frame() -> Frame {
    let unit = |at: u64| FrameUnit {
        stratum: ["市南区/retail", "城阳区/catering", "certain"][at as usize % 3].into(),
        code: format!("店{}", at * 7919 % 1000),
        // One unit is certain, one impossible.
        size: match at {
            4 => 900,
            7 => 0,
            at => 1 + at * 31 % 17,
        },
        place: at.is_multiple_of(2).then_some((at as i32 - 50, -3)),
    };
    Frame::new((0..120).map(unit).collect()).unwrap()
}

fn plan(design: Design) -> DrawPlan {
    let rest = 40;
    DrawPlan::new("福彩双色球 2026-03-01: 04 11 19 23 27 31 + 08", design)
        .quota("市南区/retail", 9)
        .quota("城阳区/catering", 5)
        .quota("certain", rest)
        .permanent(Permanent::new("2026", "0.35").unwrap())
}

fn replay(frame: &Frame, record: &DrawRecord, name: &str) -> Option<Output> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (record_path, frame_path) =
        (folder.join(format!("{name}-record.json")), folder.join(format!("{name}-frame.json")));
    std::fs::write(&record_path, serde_json::to_string(record).unwrap()).unwrap();
    std::fs::write(&frame_path, serde_json::to_string(frame).unwrap()).unwrap();
    let mut command = Command::new("python3");
    command.arg(script()).arg(record_path).arg(frame_path).env("PYTHONIOENCODING", "utf-8");
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn another_language_draws_the_same() {
    let frame = frame();
    for design in REPLAYED {
        let record = draw_sample(&frame, &plan(design)).unwrap();
        let Some(output) = replay(&frame, &record, design.as_str()) else {
            println!("skipped: no python3");
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let expected: String = record
            .strata
            .iter()
            .map(|stratum| {
                let codes: Vec<&str> = stratum.drawn.iter().map(|unit| &*unit.code).collect();
                format!("{} {}\n", stratum.stratum, codes.join(" "))
            })
            .collect();
        assert!(output.status.success(), "{design}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(said, expected, "{design}");
    }
    let mut record = draw_sample(&frame, &plan(Design::SimpleRandom)).unwrap();
    record.strata[0].drawn.swap_remove(0);
    let output = replay(&frame, &record, "tampered").unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_script_is_short() {
    let text = std::fs::read_to_string(script()).unwrap();
    assert!(text.lines().count() <= 60, "{}", text.lines().count());
}

/// The vectors of `docs/draw-protocol.md`, each looked up on the page.
#[test]
fn the_page_has_the_vectors_of_the_engine() {
    let page = script().with_file_name("draw-protocol.md");
    let page = std::fs::read_to_string(page).unwrap();
    let unit = |stratum: &str, code: &str, size, place| FrameUnit {
        stratum: stratum.into(),
        code: code.into(),
        size,
        place,
    };
    let frame = Frame::new(vec![
        unit("370202", "S1", 5, None),
        unit("370202", "S2", 2, Some((10, -3))),
        unit("370202", "S3", 3, None),
        unit("370203", "S4", 7, None),
    ])
    .unwrap();
    let published = "lottery of 2026-03-01: 04 11 19";
    let digest = frame.digest();
    let seed = Seed::derive(published, &digest, "370202");
    let stream = || Stream::new(seed);
    let words: Vec<u64> = (0..4).scan(stream(), |stream, _| Some(stream.word())).collect();
    let below: Vec<u64> = (0..4).scan(stream(), |stream, _| Some(stream.below(10))).collect();
    let units: Vec<f64> = (0..2).scan(stream(), |stream, _| Some(stream.unit())).collect();
    let quoted = |values: &[String]| {
        values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" ")
    };
    let all = |values: &[u64]| quoted(&values.iter().map(u64::to_string).collect::<Vec<_>>());
    let permanent = Permanent::new("2026", "0").unwrap().word("S1");
    let mut rows = vec![
        format!("| digest of the frame | `{digest}` |"),
        format!("| seed of `370202` | `{}` |", seed.to_hex()),
        format!("| its first four words | {} |", all(&words)),
        format!("| below(10) four times | {} |", all(&below)),
        format!("| unit, first two | `{}` `{}` |", units[0], units[1]),
        format!("| permanent number of S1, salt `2026`, start `0` | `{permanent}` |"),
    ];
    for design in REPLAYED {
        let mut plan = DrawPlan::new(published, design).quota("370202", 2);
        let mut with = String::new();
        if design.by_permanent_numbers() {
            plan = plan.permanent(Permanent::new("2026", "0.35").unwrap());
            with = ", salt `2026`, start `0.35`".to_owned();
        }
        let record = draw_sample(&frame, &plan).unwrap();
        let codes: Vec<&str> = record.strata[0].drawn.iter().map(|unit| &*unit.code).collect();
        rows.push(format!("| two of `370202`, `{design}`{with} | `{}` |", codes.join(" ")));
    }
    for row in rows {
        assert!(page.contains(&row), "{row}");
    }
}
