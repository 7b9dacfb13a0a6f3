//! Records as a folder of CSV files, the data set that `suyuan-csv` reads.
//!
//! ```
//! use suyuan_synth::{CsvFolder, Plan};
//! let dir = tempfile::tempdir()?;
//! let plan = Plan::new(1_000, 5);
//! let mut folder = CsvFolder::create(dir.path(), &plan)?;
//! let summary = plan.generate(&mut folder)?;
//! folder.finish()?;
//! let text = std::fs::read_to_string(dir.path().join("truth.csv"))?;
//! assert_eq!(text.lines().count() as u64, 1 + summary.counts.reached);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fs::File;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Writer, WriterBuilder};
use suyuan_core::chain::Table;
use suyuan_core::model::{
    Batch, Operator, Product, Region, Removal, Sample, Shipment, TransformationLine,
};

use crate::cells::Cells;
use crate::damage::{Broken, Damage};
use crate::error::Error;
use crate::plan::Plan;
use crate::sink::{Reached, Sink};

/// Writes every table, and what material of the sources reached into `truth.csv`.
#[derive(Debug)]
pub struct CsvFolder {
    tables: [Output; 8],
    truth: Output,
    cells: Cells,
    damage: Damage,
}

#[derive(Debug)]
struct Output {
    path: PathBuf,
    writer: Writer<File>,
}

/// Bytes a file is written in.
const BUFFER: usize = 1 << 18;

/// The tables in the order of the data-format page, each with its columns.
const TABLES: [(Table, &[&str]); 8] = [
    (Table::Regions, &["region_code", "name", "level", "parent_code", "population"]),
    (
        Table::Operators,
        &["operator_code", "name", "stage", "region_code", "risk_grade", "latitude", "longitude"],
    ),
    (
        Table::Products,
        &["product_code", "name", "category", "shelf_life_days", "base_unit", "pack_quantity"],
    ),
    (
        Table::Batches,
        &[
            "batch_code",
            "product_code",
            "operator_code",
            "produced_on",
            "expires_on",
            "quantity",
            "unit",
            "origin",
            "certificate_no",
        ],
    ),
    (
        Table::Shipments,
        &[
            "shipment_code",
            "batch_code",
            "from_operator",
            "to_operator",
            "shipped_on",
            "received_on",
            "quantity",
            "unit",
        ],
    ),
    (
        Table::Transformations,
        &[
            "transformation_code",
            "operator_code",
            "transformed_on",
            "role",
            "batch_code",
            "quantity",
            "unit",
            "process",
        ],
    ),
    (Table::Removals, &["batch_code", "operator_code", "removed_on", "quantity", "unit", "reason"]),
    (
        Table::Samples,
        &[
            "sample_code",
            "kind",
            "batch_code",
            "operator_code",
            "sampled_on",
            "reported_on",
            "verdict",
            "test_item",
            "measured",
            "limit",
            "hazard",
        ],
    ),
];

/// The columns of `truth.csv`: the source's number and stock, and a stock reached.
const TRUTH: [&str; 5] =
    ["source", "source_batch", "source_operator", "reached_batch", "reached_operator"];

impl Output {
    fn create(dir: &Path, name: &str, columns: &[&str]) -> Result<Self, Error> {
        let path = dir.join(name);
        let file = match File::create(&path) {
            Ok(file) => file,
            Err(source) => return Err(Error::Write { path, source }),
        };
        // Broken rows have too few or too many fields.
        let writer = WriterBuilder::new().flexible(true).buffer_capacity(BUFFER).from_writer(file);
        let mut output = Self { path, writer };
        output.write(&columns.iter().copied().collect())?;
        Ok(output)
    }

    fn write(&mut self, row: &ByteRecord) -> Result<(), Error> {
        let written = self.writer.write_byte_record(row);
        written.map_err(|error| Error::Write { path: self.path.clone(), source: error.into() })
    }

    fn flush(&mut self) -> Result<(), Error> {
        let path = || self.path.clone();
        self.writer.flush().map_err(|source| Error::Write { path: path(), source })
    }
}

impl CsvFolder {
    /// Makes the folder where it is missing, and in it `truth.csv` and a file for each table,
    /// replacing those that are there. Rows are broken as the plan says.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn create(dir: &Path, plan: &Plan) -> Result<Self, Error> {
        std::fs::create_dir_all(dir)
            .map_err(|source| Error::Write { path: dir.to_owned(), source })?;
        let mut tables = Vec::with_capacity(TABLES.len());
        for (table, columns) in TABLES {
            tables.push(Output::create(dir, &format!("{table}.csv"), columns)?);
        }
        let Ok(tables) = tables.try_into() else {
            return Err(Error::plan("tables", TABLES.len(), "eight"));
        };
        let truth = Output::create(dir, "truth.csv", &TRUTH)?;
        Ok(Self { tables, truth, cells: Cells::default(), damage: Damage::new(plan) })
    }

    /// Writes what is still in memory and says how many rows were broken.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn finish(mut self) -> Result<Broken, Error> {
        for output in &mut self.tables {
            output.flush()?;
        }
        self.truth.flush()?;
        Ok(self.damage.broken)
    }

    /// Writes the row in the cells.
    fn row(&mut self, table: usize) -> Result<(), Error> {
        let Some(output) = self.tables.get_mut(table) else {
            return Ok(());
        };
        match self.damage.of(TABLES[table].1, &self.cells.row) {
            None => output.write(&self.cells.row),
            Some(wrong) => {
                output.write(&wrong.row)?;
                if wrong.is_extra { output.write(&self.cells.row) } else { Ok(()) }
            }
        }
    }

    /// Writes the row of the registry in the cells; those are never broken.
    fn registry(&mut self, table: usize) -> Result<(), Error> {
        self.tables.get_mut(table).map_or(Ok(()), |output| output.write(&self.cells.row))
    }
}

impl Sink for CsvFolder {
    fn region(&mut self, region: &Region<'_>) -> Result<(), Error> {
        let cells = self.cells.begin().text(&region.code).text(&region.name);
        cells.text(region.level.map_or("", |level| level.as_str())).text(&region.parent);
        cells.count(region.population);
        self.registry(0)
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Result<(), Error> {
        let cells = self.cells.begin().text(&operator.code).text(&operator.name);
        cells.text(operator.stage.map_or("", |stage| stage.as_str())).text(&operator.region);
        cells.text(operator.risk_grade.map_or("", |grade| grade.as_str()));
        cells.decimal(operator.latitude).decimal(operator.longitude);
        self.registry(1)
    }

    fn product(&mut self, product: &Product<'_>) -> Result<(), Error> {
        let cells = self.cells.begin().text(&product.code).text(&product.name);
        cells.text(&product.category).count(product.shelf_life_days.map(u64::from));
        cells.text(product.base_unit.map_or("", |unit| unit.symbol()));
        cells.decimal(product.pack_quantity);
        self.registry(2)
    }

    fn batch(&mut self, batch: &Batch<'_>) -> Result<(), Error> {
        let cells = self.cells.begin().text(&batch.code).text(&batch.product).text(&batch.operator);
        cells.time(batch.produced_on).time(batch.expires_on);
        cells.quantity(batch.quantity, batch.unit).text(&batch.origin).text(&batch.certificate);
        self.row(3)
    }

    fn shipment(&mut self, shipment: &Shipment<'_>) -> Result<(), Error> {
        let cells = self.cells.begin().text(&shipment.code).text(&shipment.batch);
        cells.text(&shipment.from).text(&shipment.to);
        cells.time(shipment.shipped_on).time(shipment.received_on);
        cells.quantity(shipment.quantity, shipment.unit);
        self.row(4)
    }

    fn transformation_line(&mut self, line: &TransformationLine<'_>) -> Result<(), Error> {
        let cells = self.cells.begin().text(&line.code).text(&line.operator);
        cells.time(line.transformed_on).text(line.role.as_str()).text(&line.batch);
        cells.quantity(line.quantity, line.unit).text(&line.process);
        self.row(5)
    }

    fn removal(&mut self, removal: &Removal<'_>) -> Result<(), Error> {
        let cells = self.cells.begin().text(&removal.batch).text(&removal.operator);
        cells.time(removal.removed_on).quantity(removal.quantity, removal.unit);
        cells.text(removal.reason.map_or("", |reason| reason.as_str()));
        self.row(6)
    }

    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), Error> {
        let cells = self.cells.begin().text(&sample.code);
        cells.text(sample.kind.map_or("", |kind| kind.as_str()));
        cells.text(&sample.batch).text(&sample.operator);
        cells.time(sample.sampled_on).time(sample.reported_on);
        cells.text(sample.verdict.map_or("", |verdict| verdict.as_str()));
        cells.text(&sample.test_item).text(&sample.measured).text(&sample.limit);
        cells.text(sample.hazard.map_or("", |hazard| hazard.as_str()));
        self.row(7)
    }

    fn reached(&mut self, reached: &Reached<'_>) -> Result<(), Error> {
        let cells = self.cells.begin().count(Some(reached.source.into()));
        cells.text(reached.source_batch).text(reached.source_operator);
        cells.text(reached.batch).text(reached.operator);
        self.truth.write(&self.cells.row)
    }
}
