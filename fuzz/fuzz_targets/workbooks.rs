//! Workbooks: any bytes are events, a network, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suyuan_core::chain::ChainBuilder;
use suyuan_fsma::{Limits, add_to, check, read_bytes, write_bytes};

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::default();
    limits.unpacked_bytes = 16 << 20;
    let _ = suyuan_fcl::read_template_bytes(data, &limits);
    let Ok(import) = read_bytes(data, &limits) else { return };
    let _ = check(&import.events);
    let _ = write_bytes(&import.events);
    let mut builder = ChainBuilder::new();
    if add_to(&import.events, &mut builder).is_ok()
        && let Ok(built) = builder.build()
    {
        built.chain.verify().unwrap();
    }
});
