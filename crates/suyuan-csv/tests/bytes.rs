//! Encodings, compression, and files that cannot be read.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;
use std::io::{Read, Write};

use common::{Flood, header, problems, read, read_with};
use suyuan_core::chain::Table;
use suyuan_csv::{Encoding, Error, Importer, ReadOptions, read_dir};

const SAMPLE: &str = "运单号,批次号,供货方编码,收货方编码,发货日期,数量,单位\n\
                      一,龙井,茶场,茶庄,2026年3月1日,５,公斤\n二,龙井,茶场,茶庄,昨天,5,kg\n";

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn either_encoding_gives_the_same_chain() {
    let marked = format!("\u{feff}{SAMPLE}");
    let mut marked_gb = vec![0x84, 0x31, 0x95, 0x33];
    marked_gb.extend(gb18030(SAMPLE));
    let cases = [
        (SAMPLE.as_bytes().to_vec(), Encoding::Utf8),
        (marked.into_bytes(), Encoding::Utf8),
        (gb18030(SAMPLE), Encoding::Gb18030),
        (marked_gb, Encoding::Gb18030),
    ];
    let expected = common::dump(&read(Table::Shipments, SAMPLE).unwrap().chain);
    for (bytes, encoding) in cases {
        let packed = gzip(&bytes);
        let new = || Importer::new(&ReadOptions::default());
        let imports = [
            new().bytes(Table::Shipments, "shipments.csv", &bytes),
            new().bytes(Table::Shipments, "shipments.csv.gz", &packed),
            new().reader(Table::Shipments, "shipments.csv", bytes.as_slice()),
        ];
        for importer in imports {
            let import = importer.unwrap().finish().unwrap();
            assert_eq!(import.report.files[0].encoding, encoding);
            assert_eq!(common::dump(&import.chain), expected);
            assert_eq!(problems(&import.report.repaired), ["2:3 shipped_on 昨天"]);
        }
    }
}

#[test]
fn text_in_no_encoding_spoils_its_field_alone() {
    let head = header(Table::Operators);
    let mut bytes = format!("{head}\nF,龙,farm,1,,,\nG,虎\u{2},farm,1,,,\nH\u{2},a,farm,1,,,\n");
    bytes.push_str("I,a,farm,1,,,,\u{2}\n");
    let bytes: Vec<u8> = bytes.bytes().map(|byte| if byte == 2 { 0xff } else { byte }).collect();
    let import = read(Table::Operators, bytes).unwrap();
    let file = &import.report.files[0];
    assert_eq!((file.encoding, file.rows, file.rejected), (Encoding::Utf8, 4, 1));
    assert_eq!(problems(&import.report.rejected), ["3:4 operator_code H\u{fffd}"]);
    assert_eq!(problems(&import.report.repaired), ["2:3 name 虎\u{fffd}", "4:5  \u{fffd}"]);
    let operator = import.chain.find_operator("G").unwrap();
    assert_eq!(import.chain.operator(operator).name, "");
}

#[test]
fn the_encoding_with_fewer_bad_records_is_taken() {
    let head = header(Table::Operators);
    let mut bytes = gb18030(&format!("{head}\nF,青岛,farm,1,,,\nG,济南,farm,1,,,\n"));
    bytes.extend(b"H,\xff,farm,1,,,\n");
    let import = read(Table::Operators, &bytes).unwrap();
    assert_eq!(import.report.files[0].encoding, Encoding::Gb18030);
    assert_eq!(problems(&import.report.repaired), ["3:4 name \u{fffd}"]);
    let mut options = ReadOptions::default();
    options.encoding = Some(Encoding::Utf8);
    let import = read_with(&options, Table::Operators, &bytes).unwrap();
    assert_eq!(import.report.files[0].repaired, 3);
}

#[test]
fn nul_bytes_are_a_problem_of_their_field() {
    let text = format!("{}\nW\0,B,F,S,,,5,kg\nW,B,F,S,,,5\0,kg\n", header(Table::Shipments));
    let import = read(Table::Shipments, text).unwrap();
    assert_eq!(problems(&import.report.rejected), ["1:2 shipment_code W\0"]);
    assert_eq!(problems(&import.report.repaired), ["2:3 quantity 5\0"]);
}

#[test]
fn a_damaged_file_is_an_error_that_names_it() {
    let whole = gzip(SAMPLE.repeat(100).as_bytes());
    for damaged in [&whole[..whole.len() / 2], &whole[..whole.len() - 3], b""] {
        for once in [false, true] {
            let importer = Importer::new(&ReadOptions::default());
            let read = if once {
                importer.reader(Table::Shipments, "shipments.csv.gz", damaged)
            } else {
                importer.bytes(Table::Shipments, "shipments.csv.gz", damaged)
            };
            let error = read.unwrap_err();
            assert!(matches!(error, Error::Gzip { .. }));
            assert!(error.to_string().contains("shipments.csv.gz"));
        }
    }
    let error = read(Table::Shipments, b"\xff\xfeW\0").unwrap_err();
    assert!(matches!(error, Error::Utf16 { .. }));
}

#[test]
fn headers_that_cannot_serve_are_errors() {
    let error = |text: &str| read(Table::Operators, text).unwrap_err().to_string();
    for text in ["", "\u{feff}", "\n\r\n\n"] {
        assert!(error(text).contains("it is empty"), "{text:?}");
    }
    assert!(error("operator_code,name,stage,region_code,名称\n").contains("2 and 5 are both name"));
    assert!(error("operator_code,name,region_code\nF,a,1\n").contains("lacks stage (环节)"));
    assert!(error("\0\n").contains("lacks"));
    let import = read(Table::Operators, header(Table::Operators)).unwrap();
    assert_eq!(import.report.files[0].rows, 0);
    let error = read(Table::Cleanings, "a\n").unwrap_err();
    assert!(matches!(error, Error::NotATable { .. }));
}

#[test]
fn unknown_columns_are_noted() {
    let text = "driver,batch_code,operator_code,removed_on,quantity,unit,reason,\n\
                x,B,F,,5,kg,sold,\n";
    let import = read(Table::Removals, text).unwrap();
    let notes = &import.report.files[0].notes;
    assert_eq!(
        notes.as_slice(),
        ["unknown column \"driver\" was left out", "column 8 has no name and was left out"]
    );
}

#[test]
fn a_line_of_100_mb_ends_the_reading_early() {
    let head = format!("{}\nW,B,F,S,,,5,kg\n", header(Table::Shipments));
    for (start, byte) in [("", b'x'), ("", b','), ("\"", b'\n'), ("", 0), ("", 0xff)] {
        let mut flood = Flood::new(&format!("{head}{start}"), byte, 100_000_000);
        let read = Importer::new(&ReadOptions::default()).reader(
            Table::Shipments,
            "shipments.csv",
            &mut flood,
        );
        let error = read.unwrap_err();
        assert!(matches!(error, Error::RecordTooLong { line: 3, limit: 1_048_576, .. }), "{error}");
        assert!(flood.taken < 4 << 20, "{}", flood.taken);
    }
    // Line ends alone are no record, and take no memory however many.
    let mut flood = Flood::new(&head, b'\n', 100_000_000);
    let importer = Importer::new(&ReadOptions::default());
    let import = importer.reader(Table::Shipments, "shipments.csv", &mut flood).unwrap();
    assert_eq!(import.finish().unwrap().report.files[0].rows, 1);
    // A header too.
    let flood = Flood::new("", b'x', 100_000_000);
    let importer = Importer::new(&ReadOptions::default());
    let error = importer.reader(Table::Shipments, "shipments.csv", flood).unwrap_err();
    assert!(matches!(error, Error::RecordTooLong { line: 1, .. }));
}

#[test]
fn a_quote_that_stays_open_is_an_error_whatever_the_block() {
    let text = format!("{}\nW,B,F,S,,,5,kg\n\"W,B,F,S,,,5,kg\nX,B\n", header(Table::Shipments));
    for block in [1, 16, 1 << 20] {
        let error = read_with(&common::options(2, block), Table::Shipments, &text).unwrap_err();
        assert!(matches!(error, Error::UnclosedQuote { line: 3, .. }), "{block}: {error}");
    }
}

#[test]
fn folders_that_cannot_serve_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let read = || read_dir(dir.path(), &ReadOptions::default());
    assert!(matches!(read().unwrap_err(), Error::NoTables { .. }));
    fs::write(dir.path().join("shipments.csv"), SAMPLE).unwrap();
    fs::write(dir.path().join("notes.txt"), "x").unwrap();
    fs::create_dir(dir.path().join("old")).unwrap();
    assert_eq!(read().unwrap().report.ignored, ["notes.txt"]);
    fs::write(dir.path().join("shipments.csv.gz"), gzip(SAMPLE.as_bytes())).unwrap();
    let error = read().unwrap_err().to_string();
    assert!(error.contains("shipments.csv and shipments.csv.gz"), "{error}");
    fs::remove_file(dir.path().join("shipments.csv")).unwrap();
    assert_eq!(read().unwrap().report.files[0].file, "shipments.csv.gz");
    fs::create_dir(dir.path().join("batches.csv")).unwrap();
    assert!(matches!(read().unwrap_err(), Error::NotAFile { .. }));
    let missing = read_dir(dir.path().join("nowhere"), &ReadOptions::default());
    assert!(matches!(missing.unwrap_err(), Error::Folder { .. }));
}

/// What has no end is refused at once, also while its encoding is looked for.
#[test]
fn what_has_no_end_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let zeros = Flood::new("", 0, 200_000_000);
    let mut packed = Vec::new();
    let mut encoder = flate2::read::GzEncoder::new(zeros, flate2::Compression::fast());
    encoder.read_to_end(&mut packed).unwrap();
    fs::write(dir.path().join("removals.csv.gz"), packed).unwrap();
    let error = read_dir(dir.path(), &ReadOptions::default()).unwrap_err();
    assert!(matches!(error, Error::RecordTooLong { line: 1, .. }), "{error}");
    #[cfg(unix)]
    {
        let dir = tempfile::tempdir().unwrap();
        let table = dir.path().join("removals.csv");
        std::os::unix::fs::symlink("/dev/zero", &table).unwrap();
        let error = read_dir(dir.path(), &ReadOptions::default()).unwrap_err();
        assert!(matches!(error, Error::NotAFile { .. }), "{error}");
        fs::remove_file(&table).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&table).status().unwrap();
        assert!(made.success());
        let error = read_dir(dir.path(), &ReadOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "failed to read removals.csv: it is no regular file");
    }
}

/// A file that is valid in both encodings is read like the others of its folder.
#[test]
fn a_file_valid_in_both_encodings_is_read_like_its_siblings() {
    let shipments = "shipment_code,batch_code,from_operator,to_operator,quantity,unit\n\
                     W1,B1,F,S,5,kg\n";
    let operators = "operator_code,name,stage,region_code\n";
    // 某模 in GB18030 is valid UTF-8; 龙井 in UTF-8 is valid GB18030.
    let write = |name: &[u8], sibling: &[u8]| {
        let dir = tempfile::tempdir().unwrap();
        let row = [operators.as_bytes(), b"S,", name, b",retail,1\n"].concat();
        fs::write(dir.path().join("operators.csv"), row).unwrap();
        fs::write(dir.path().join("shipments.csv"), shipments).unwrap();
        let regions = [b"region_code,name,population\n1,".as_slice(), sibling, b",5\n"].concat();
        fs::write(dir.path().join("regions.csv"), regions).unwrap();
        let import = read_dir(dir.path(), &ReadOptions::default()).unwrap();
        let name = import.chain.operator(import.chain.find_operator("S").unwrap()).name.to_owned();
        let file = import.report.files.iter().find(|file| file.file == "operators.csv").unwrap();
        (name, file.encoding, file.notes.join("\n"))
    };
    let (utf8, gb) = ("市南区".as_bytes(), gb18030("市南区"));
    let (name, encoding, note) = write(&gb18030("某模"), &gb);
    assert_eq!((name.as_str(), encoding), ("某模", Encoding::Gb18030));
    let other = String::from_utf8(gb18030("某模")).unwrap();
    assert_eq!(
        note,
        format!(
            "valid in both encodings: line 2 has {other:?} in UTF-8, \"某模\" in GB18030; read as \
             GB18030, as regions.csv is"
        )
    );
    let (name, encoding, note) = write("龙井".as_bytes(), utf8);
    assert_eq!((name.as_str(), encoding), ("龙井", Encoding::Utf8));
    assert!(note.contains("\"龙井\" in UTF-8, \"榫欎簳\" in GB18030"), "{note}");
    let (name, ..) = write("龙井".as_bytes(), &gb);
    assert_eq!(name, "榫欎簳");
    let (name, _, note) = write("龙井".as_bytes(), b"x");
    assert_eq!(name, "龙井");
    assert!(note.ends_with("as no other file tells"), "{note}");
}

/// The header tells before the siblings do.
#[test]
fn a_header_that_reads_in_one_encoding_decides() {
    let dir = tempfile::tempdir().unwrap();
    // An even number of characters in every field: valid GB18030 too.
    let removals = "batch_code,主体编码,数量,单位,原因,日期\n";
    fs::write(dir.path().join("removals.csv"), removals).unwrap();
    let regions = gb18030("region_code,name,population\n1,市南区,5\n");
    fs::write(dir.path().join("regions.csv"), regions).unwrap();
    let import = read_dir(dir.path(), &ReadOptions::default()).unwrap();
    let file = import.report.files.iter().find(|file| file.file == "removals.csv").unwrap();
    assert_eq!(file.encoding, Encoding::Utf8);
    assert!(file.notes[0].ends_with("as its header tells"), "{:?}", file.notes);
}
