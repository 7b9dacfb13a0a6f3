//! Times: no panic, an interval that is one, and a minute that reads back as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suyuan_core::time::{Span, UtcOffset};

fuzz_target!(|text: &str| {
    for clock in [UtcOffset::CHINA, UtcOffset::UTC] {
        let Ok(span) = Span::parse(text, clock) else {
            continue;
        };
        assert!(span.earliest <= span.latest);
        // An offset can carry a minute past the first or last year that is read.
        if let Ok(again) = Span::parse(&span.earliest.to_string(), clock) {
            assert_eq!(again, Span::at(span.earliest));
        }
    }
});
