//! Rows under a sound header, so that the values are reached at once; read once, as a stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suyuan_csv::schema::{TABLES, columns};
use suyuan_csv::{Importer, ReadOptions};

fuzz_target!(|data: &[u8]| {
    let Some((table, rows)) = data.split_first() else {
        return;
    };
    let table = TABLES[usize::from(*table) % TABLES.len()];
    let header: Vec<_> = columns(table).iter().map(|column| column.name).collect();
    let mut bytes = header.join(",").into_bytes();
    bytes.push(b'\n');
    bytes.extend_from_slice(rows);
    let mut options = ReadOptions::default();
    options.threads = 1;
    let read = Importer::new(&options).reader(table, "t.csv", bytes.as_slice());
    if let Ok(import) = read.and_then(Importer::finish) {
        let file = &import.report.files[0];
        assert_eq!(file.rows, file.imported + file.rejected + file.not_known);
        assert_eq!(file.rejected == 0, import.report.rejected.is_empty());
        assert_eq!(file.repaired == 0, import.report.repaired.is_empty());
    }
});
