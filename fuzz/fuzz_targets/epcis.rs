//! Any bytes as an EPCIS document: no panic; what is read comes back as itself, maps and traces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suyuan_epcis::{Direction, Document, Error, Format, Import, MapOptions, ReadOptions};

fuzz_target!(|data: &[u8]| {
    let strict = Document::read(data, &ReadOptions::default());
    let document = match Document::read(data, &ReadOptions::lenient()) {
        Ok(document) => document,
        Err(error) => {
            assert!(!matches!(error, Error::Invalid { .. }));
            assert_eq!(strict.unwrap_err().to_string(), error.to_string());
            return;
        }
    };
    assert_eq!(strict.is_ok(), document.problems().is_empty());
    match Document::read(document.to_json().as_bytes(), &ReadOptions::lenient()) {
        Ok(json) => assert_eq!(json.root(), document.root()),
        // The JSON form of XML nests deeper and has more members than the XML has.
        Err(error) => {
            assert!(document.format() == Format::Xml && matches!(error, Error::Limit { .. }));
        }
    }
    if let Ok(xml) = document.to_xml() {
        match Document::read(xml.text.as_bytes(), &ReadOptions::default()) {
            Ok(_) | Err(Error::Limit { .. }) => {}
            Err(error) => panic!("what was written is refused: {error}"),
        }
    }
    let mut options = MapOptions::default();
    options.passages = 10_000;
    if let Ok(import) = Import::of(&document, "fuzz", &options) {
        import.chain.verify().unwrap();
        for event in &import.events {
            for goods in &event.goods {
                for direction in [Direction::Back, Direction::Forward] {
                    let _ = import.trace(goods.id.canonical(), direction);
                }
            }
        }
    }
});
