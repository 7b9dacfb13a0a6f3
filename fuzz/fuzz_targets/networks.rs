//! FoodChain-Lab documents: any bytes are a network or an error; what is read comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suyuan_core::chain::ChainBuilder;
use suyuan_fcl::{Document, Limits, Mode};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let limits = Limits::default();
    let Ok(document) = Document::parse(text, &limits) else { return };
    assert_eq!(Document::parse(&document.to_string(), &limits).unwrap(), document);
    let Ok(import) = document.import() else { return };
    for mode in [Mode::Exact, Mode::Compatible] {
        let _ = import.network.score(&import.parameters, mode);
    }
    let mut builder = ChainBuilder::new();
    if import.network.add_to(&mut builder).is_ok()
        && let Ok(built) = builder.build()
    {
        built.chain.verify().unwrap();
        let _ = suyuan_fcl::Network::from_chain(&built.chain);
    }
});
