//! What an exercise of recall found on the spot: counted stocks, operators that answered.
//!
//! | read | columns (required in bold) |
//! |---|---|
//! | [`read_counts`] | **batch_code** 批次号, **operator_code** 主体编码, **quantity** 数量, **unit** 单位 |
//! | [`read_answers`] | **operator_code** 主体编码 |

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use suyuan_core::chain::SupplyChain;
use suyuan_core::id::{OperatorId, StockId};
use suyuan_core::quantity::{Amount, Unit, parse_decimal};

use crate::error::Error;
use crate::sheet::Sheet;

/// Reads what was counted of stocks, in the base units of their batches; zero is a count too, and
/// rows of one stock add up.
///
/// # Errors
/// [`Error::Value`] for a stock that no record shows and a quantity that is none in the batch's
/// unit, and those of the header.
///
/// ```
/// use suyuan_core::chain::Table;
/// use suyuan_csv::drill::read_counts;
/// use suyuan_csv::{Importer, ReadOptions};
/// let csv = "shipment_code,batch_code,from_operator,to_operator,quantity,unit\nW1,B1,F1,S1,5,kg\n";
/// let import = Importer::new(&ReadOptions::default())
///     .bytes(Table::Shipments, "shipments.csv", csv.as_bytes())?
///     .finish()?;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("counts.csv");
/// std::fs::write(&path, "batch_code,operator_code,quantity,unit\nB1,S1,3,斤\nB1,S1,0,kg\n")?;
/// let counts = read_counts(&path, &import.chain)?;
/// let stock = import.chain.find_stock("B1", "S1")?;
/// assert_eq!(counts[&stock].to_decimal().to_string(), "1.5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_counts(path: &Path, chain: &SupplyChain) -> Result<BTreeMap<StockId, Amount>, Error> {
    let required = [
        ("batch_code", "批次号"),
        ("operator_code", "主体编码"),
        ("quantity", "数量"),
        ("unit", "单位"),
    ];
    let sheet = Sheet::read(path, &required, &[])?;
    let mut counts: BTreeMap<StockId, Amount> = BTreeMap::new();
    for row in sheet.rows() {
        let batch = row.code(0)?;
        let held = "an operator that holds the batch";
        let stock = row.value(1, held, |text| chain.find_stock(&batch, text).ok())?;
        let unit = row.value(3, "a unit such as kg", Unit::parse)?;
        let fits = "a quantity, zero or more, in a unit of the batch";
        let amount = row.value(2, fits, |text| {
            let written = parse_decimal(text).ok()?;
            if written.is_zero() {
                return Some(Amount::ZERO);
            }
            chain.amount_of(chain.stock(stock).0, written, unit).ok()
        })?;
        let sum = counts.entry(stock).or_default();
        let total = sum.millionths().checked_add(amount.millionths());
        let total = row.value(2, "a smaller quantity", |_| total)?;
        *sum = Amount::from_millionths(total);
    }
    Ok(counts)
}

/// Reads which operators answered.
///
/// # Errors
/// [`Error::Value`] for an operator that no record names, and those of the header.
pub fn read_answers(path: &Path, chain: &SupplyChain) -> Result<BTreeSet<OperatorId>, Error> {
    let sheet = Sheet::read(path, &[("operator_code", "主体编码")], &[])?;
    let known = "an operator of the data set";
    sheet.rows().map(|row| row.value(0, known, |text| chain.find_operator(text).ok())).collect()
}
