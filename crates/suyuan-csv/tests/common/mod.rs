//! Helpers of the integration tests.
#![allow(dead_code, unreachable_pub)]

use std::fmt::Write as _;
use std::io::{self, Read};

use suyuan_core::chain::{SupplyChain, Table};
use suyuan_csv::report::CheckReport;
use suyuan_csv::{Error, Import, Importer, ReadOptions};

/// The header of each table, in English, in the page's order, without the columns that name a lot
/// beside the code of a batch.
pub fn header(table: Table) -> String {
    let own = matches!(table, Table::Batches | Table::Products | Table::Packs);
    let names = suyuan_csv::schema::columns(table).iter().map(|column| column.name);
    let names = names.filter(|name| own || !["product_code", "producer_code"].contains(name));
    names.collect::<Vec<_>>().join(",")
}

/// Reads one table from memory under its own name.
pub fn read(table: Table, bytes: impl AsRef<[u8]>) -> Result<Import, Error> {
    read_with(&ReadOptions::default(), table, bytes)
}

pub fn read_with(
    options: &ReadOptions<'_>,
    table: Table,
    bytes: impl AsRef<[u8]>,
) -> Result<Import, Error> {
    Importer::new(options).bytes(table, &format!("{table}.csv"), bytes.as_ref())?.finish()
}

/// Options for small blocks on some threads.
pub fn options(threads: usize, block_bytes: usize) -> ReadOptions<'static> {
    let mut options = ReadOptions::default();
    options.threads = threads;
    options.block_bytes = block_bytes;
    options
}

/// Problems as `RECORD:LINE COLUMN VALUE`.
pub fn problems(list: &[suyuan_csv::report::RowProblem]) -> Vec<String> {
    let show = |p: &suyuan_csv::report::RowProblem| {
        format!("{}:{} {} {}", p.record, p.line, p.column, p.value)
    };
    list.iter().map(show).collect()
}

/// Everything a chain says of its records.
pub fn dump(chain: &SupplyChain) -> String {
    let mut out = String::new();
    macro_rules! views {
        ($($ids:ident $view:ident)*) => {$(
            for id in chain.$ids() {
                writeln!(out, "{id:?} {:?}", chain.$view(id)).unwrap();
            }
        )*};
    }
    views! {
        region_ids region operator_ids operator product_ids product batch_ids batch
        shipment_ids shipment transformation_ids transformation removal_ids removal
        sample_ids sample
    }
    for stock in chain.stock_ids() {
        writeln!(out, "{} {:?}", chain.stock_label(stock), chain.first(stock)).unwrap();
    }
    out
}

/// Everything an import says.
pub fn dump_import(import: &Import) -> String {
    let check = serde_json::to_string(&CheckReport::new(import)).unwrap();
    format!("{check}\n{:?}\n{}", import.report, dump(&import.chain))
}

/// Gives `count` bytes of `byte` after a beginning, and counts what was taken.
pub struct Flood {
    pub head: io::Cursor<Vec<u8>>,
    pub byte: u8,
    pub left: u64,
    pub taken: u64,
}

impl Flood {
    pub fn new(head: &str, byte: u8, count: u64) -> Self {
        Self { head: io::Cursor::new(head.into()), byte, left: count, taken: 0 }
    }
}

impl Read for Flood {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = self.head.read(buffer)?;
        let read = if head > 0 {
            head
        } else {
            let count = buffer.len().min(usize::try_from(self.left).unwrap());
            buffer[..count].fill(self.byte);
            self.left -= count as u64;
            count
        };
        self.taken += read as u64;
        Ok(read)
    }
}
