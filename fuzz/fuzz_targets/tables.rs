//! Any bytes as any table: no panic, every row accounted for, and the same whatever the block.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suyuan_csv::report::CheckReport;
use suyuan_csv::schema::TABLES;
use suyuan_csv::{Import, Importer, ReadOptions};

fn read(table: usize, bytes: &[u8], block: usize) -> Result<Import, String> {
    let table = TABLES[table % TABLES.len()];
    let mut options = ReadOptions::default();
    options.threads = 1;
    options.block_bytes = block;
    options.max_record_bytes = 4096;
    options.keep_rejects = true;
    Importer::new(&options)
        .bytes(table, "t.csv", bytes)
        .and_then(Importer::finish)
        .map_err(|error| error.to_string())
}

fuzz_target!(|data: &[u8]| {
    let [table, block, bytes @ ..] = data else {
        return;
    };
    let whole = read(usize::from(*table), bytes, 1 << 20);
    let parts = read(usize::from(*table), bytes, usize::from(*block) + 1);
    match (whole, parts) {
        (Ok(whole), Ok(parts)) => {
            let file = &whole.report.files[0];
            assert_eq!(file.rows, file.imported + file.rejected + file.not_known);
            assert!(file.repaired <= file.imported);
            assert_eq!(whole.report, parts.report);
            assert_eq!(whole.findings, parts.findings);
            let _ = CheckReport::new(&whole);
            whole.chain.verify().unwrap();
        }
        (Err(whole), Err(parts)) => assert_eq!(whole, parts),
        (whole, parts) => panic!("{:?} and {:?}", whole.err(), parts.err()),
    }
});
