//! Numbers, quantities and units: no panic, and a number that reads back as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suyuan_core::quantity::{Amount, Unit, parse_decimal, parse_quantity};

fuzz_target!(|text: &str| {
    let _ = Unit::parse(text);
    let Ok(number) = parse_decimal(text) else {
        assert!(parse_quantity(text).is_err());
        return;
    };
    assert_eq!(parse_decimal(&number.to_string()), Ok(number));
    for from in Unit::ALL {
        for to in Unit::ALL {
            if let Ok(amount) = Amount::convert(number, *from, *to) {
                assert!(amount.millionths() > 0);
            }
        }
    }
});
