//! Writes the first inputs of every target to `corpus/TARGET`, from the fixtures: what a fuzzer
//! changes should be what offices write. `cargo +nightly run --example seed`, in this folder.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use suyuan_csv::schema::TABLES;
use suyuan_epcis::{Document, Identifier, ReadOptions};
use suyuan_fsma::{Event, Kind};

/// One of each GS1 key in each of its forms, good and bad, and names that are no keys.
const IDENTIFIERS: &[&str] = &[
    "urn:epc:id:sgtin:0614141.107346.2017",
    "urn:epc:id:sgtin:0614141.107346.32a%2Fb",
    "urn:epc:id:sgtin:061414x.107346.1",
    "urn:epc:idpat:sgtin:4012345.098765.*",
    "urn:epc:class:lgtin:4012345.012345.998877",
    "urn:epc:class:lgtin:4012345.012345.批次%2F7",
    "urn:epc:id:upui:4012345.012345.AB12",
    "urn:epc:id:itip:4012345.012345.01.02.999",
    "urn:epc:id:sscc:4012345.0000000333",
    "urn:epc:id:sgln:0614141.07346.1234",
    "urn:epc:id:sgln:0614141.07346.0",
    "urn:epc:id:pgln:0614141.00777",
    "urn:epc:id:grai:4012345.66666.87",
    "urn:epc:id:grai:1003086.12345.Б",
    "urn:epc:idpat:grai:4012345.66666.*",
    "urn:epc:id:giai:4012345.AAbb",
    "urn:epc:id:gsrn:4012345.9876540000",
    "urn:epc:id:gsrnp:4012345.9876540000",
    "urn:epc:id:gdti:4012345.55555.98",
    "urn:epc:id:sgcn:4012345.67890.777777777777",
    "urn:epc:id:ginc:4012345.xyz47%2F11",
    "urn:epc:id:gsin:4012345.678901234",
    "urn:epc:id:cpi:4012345.ABC.123",
    "urn:gdst:Example.org:product:lot:class:processor.2u.V1-0122-2022",
    "urn:gdst:example.org:product:class:processor.2u",
    "urn:gdst:example.org:product:serial:obj:processor.2u.1",
    "urn:gdst:example.org:location:loc:hatchery.1u",
    "urn:gdst:example.org:party:processor.2",
    "https://example.com/gtin/96385074/lot/A%2F1",
    "https://id.gs1.org/01/09521141012345/10/L1/21/7?17=261231#x",
    "https://id.gs1.org/8003/0401234566666387",
    "https://id.gs1.org/8006/123456789012345678/22/A/10/B/21/C",
    "https://id.gs1.org/415/4012345678901/8020/AB",
    "geo:0,0",
    "批号2026-03",
];

/// Times as offices write them.
const TIMES: &[&str] = &[
    "2026-03-01",
    "2026-03",
    "2026",
    "2026-03-01T08:30",
    "2026-03-01T08:30:15.5Z",
    "2026-03-01T08:30:00+08:00",
    "2026-03-01 00:00:00",
    "2026-03-01 24:00",
    "2026/3/1",
    "20260301",
    "2026年3月1日",
    "2026年3月",
    "2026年3月1日8时30分",
    "46082",
    "2024-02-29",
    "0001-01-01T00:00+14:00",
    "9999-12-31T23:59-12:00",
    "0000-01-01",
    "２０２６－０３－０１",
];

/// Quantities and units as offices write them.
const QUANTITIES: &[&str] = &[
    "1000",
    "1,000.5",
    "0.000001",
    "79228162514264337593543950335",
    "1e3",
    "-5",
    "５",
    "1 000",
    "5公斤",
    "12吨",
    "3斤",
    "2 lb",
    "8oz",
    "24瓶",
    "10箱",
    "kg",
    "毫升",
    "件",
    "NaN",
    "",
];

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = Corpus(here.join("corpus"));
    let files = files(&here.join("../fixtures"))?;
    for (target, texts) in
        [("identifiers", IDENTIFIERS), ("times", TIMES), ("quantities", QUANTITIES)]
    {
        for text in texts {
            corpus.add(target, text.as_bytes())?;
        }
    }
    for file in &files {
        let bytes = fs::read(file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let table = TABLES.iter().position(|table| name.starts_with(&format!("{table}.csv")));
        let kind = file.extension().unwrap_or_default().to_string_lossy();
        if let Some(at) = table {
            let at = u8::try_from(at)?;
            corpus.add("tables", &[&[at, 97][..], &bytes].concat())?;
            let rows = bytes
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(&[][..], |end| &bytes[end + 1..]);
            corpus.add("rows", &[&[at][..], rows].concat())?;
        }
        match &*kind {
            "json" if file.components().any(|part| part.as_os_str() == "fcl") => {
                corpus.add("networks", &bytes)?;
            }
            "jsonld" | "xml" => {
                corpus.add("epcis", &bytes)?;
                let document = Document::read(&bytes, &ReadOptions::lenient())?;
                corpus.add("epcis", document.to_xml()?.text.as_bytes())?;
            }
            _ => {}
        }
    }
    for text in IDENTIFIERS {
        corpus.add("epcis", event(text, &Identifier::parse(text)).as_bytes())?;
    }
    for kind in Kind::ALL {
        let mut event = Event::new(kind);
        for (at, heading) in kind.headings().iter().enumerate() {
            event.set(heading, ["LOT-1", "2026-03-01", "5", "kg", "yes"][at % 5]);
        }
        corpus.add("workbooks", &suyuan_fsma::write_bytes(&[event])?)?;
    }
    for seed in 0..16_u8 {
        let bytes: Vec<u8> =
            (0..=255_u8).map(|at| at.wrapping_mul(167).rotate_left(3) ^ seed).collect();
        corpus.add("sampling", &bytes)?;
    }
    // What bit patterns rarely are: weights far apart, and the largest whole numbers.
    for (a, whole) in [(1e300, 1), (1e-290, u64::MAX), (1.0, 1 << 48), (f64::MIN_POSITIVE, 3)] {
        let stratum = [f64::to_le_bytes(a), u64::to_le_bytes(whole), u64::MAX.to_le_bytes()];
        corpus.add("sampling", &stratum.concat().repeat(5))?;
    }
    Ok(())
}

/// A document of two events of the same goods, the second in the one form.
fn event(text: &str, id: &Identifier) -> String {
    let one = |epc: &str, minute| {
        format!(
            r#"{{"type":"ObjectEvent","eventTime":"2026-03-01T08:0{minute}:00+08:00","eventTimeZoneOffset":"+08:00","action":"OBSERVE","epcList":["{epc}"],"readPoint":{{"id":"urn:epc:id:sgln:0614141.07346.0"}},"bizStep":"shipping"}}"#
        )
    };
    format!(
        r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-03-01T08:00:00Z","epcisBody":{{"eventList":[{},{}]}}}}"#,
        one(text, 1),
        one(id.canonical(), 2)
    )
}

struct Corpus(PathBuf);

impl Corpus {
    /// Writes an input under the number that it is of its target, so that the same seeds have the
    /// same names.
    fn add(&self, target: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        let dir = self.0.join(target);
        fs::create_dir_all(&dir)?;
        let name = (0..).map(|at| dir.join(format!("seed-{at:03}")));
        for path in name {
            match fs::read(&path) {
                Ok(there) if there == bytes => return Ok(()),
                Ok(_) => {}
                Err(_) => return Ok(fs::write(path, bytes)?),
            }
        }
        Ok(())
    }
}

/// Every file below a folder, in order.
fn files(dir: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut entries = fs::read_dir(dir)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    entries.sort_unstable();
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
