//! Any text as an identifier: no panic, and the one form is a form of itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suyuan_epcis::{Identifier, Kind};

fuzz_target!(|text: &str| {
    let id = Identifier::parse(text);
    let again = Identifier::parse(id.canonical());
    assert_eq!(again, id);
    if id.kind() != Kind::Item {
        assert_eq!(again.lot(), id.lot());
    }
    assert_eq!(again.kind(), id.kind());
    assert_eq!(again.class(), id.class());
});
