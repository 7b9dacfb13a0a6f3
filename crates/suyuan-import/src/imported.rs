//! The records that came of files: as a folder of CSV, or into a chain.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use rust_decimal::Decimal;
use suyuan_core::chain::{ChainBuilder, Table};
use suyuan_core::id::FileId;
use suyuan_core::model::{
    Batch, Hazard, Operator, Pack, Product, Region, RegionLevel, Removal, RemovalReason, RiskGrade,
    Role, Sample, SampleKind, Shipment, Source, Stage, TransformationLine, Verdict,
};
use suyuan_core::quantity::Unit;
use suyuan_core::time::{Span, UtcOffset};

use crate::error::Error;
use crate::report::{Outcome, Report};

/// The file that says what became of every row, in the folder that [`Imported::write`] fills.
pub const REPORT: &str = "import-report.csv";

/// What came of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The tables that hold a record, in the order of the data format.
    pub tables: Vec<Records>,
    /// What became of every row.
    pub report: Report,
}

/// The records of a table, their values written as the data format says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Records {
    /// The table.
    pub table: Table,
    /// Its columns.
    pub columns: Vec<&'static str>,
    /// Its records.
    pub rows: Vec<Record>,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Its values, one a column.
    pub values: Vec<String>,
    /// The sheet it was read from, as the report counts, and the row; `None` for the register's.
    pub place: Option<(usize, u32)>,
}

impl Imported {
    /// The records of a table.
    #[must_use]
    pub fn records(&self, table: Table) -> Option<&Records> {
        self.tables.iter().find(|records| records.table == table)
    }

    /// A table as CSV; empty without records.
    ///
    /// # Errors
    /// [`Error::Write`], which does not happen in memory.
    pub fn csv(&self, table: Table) -> Result<String, Error> {
        let Some(records) = self.records(table) else { return Ok(String::new()) };
        let rows = records.rows.iter().map(|record| record.values.clone());
        let columns = records.columns.iter().map(|column| (*column).to_owned()).collect();
        written(&format!("{table}.csv"), std::iter::once(columns).chain(rows))
    }

    /// Writes the tables and [`REPORT`] into a folder, which is made when it is not there.
    ///
    /// # Errors
    /// [`Error::Write`] when a file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), Error> {
        let failed = |source| Error::Write { path: dir.to_owned(), source };
        fs::create_dir_all(dir).map_err(failed)?;
        let put = |name: String, text: String| {
            let path = dir.join(name);
            fs::write(&path, text).map_err(|source| Error::Write { path, source })
        };
        for Records { table, .. } in &self.tables {
            put(format!("{table}.csv"), self.csv(*table)?)?;
        }
        put(REPORT.to_owned(), self.report_csv()?)
    }

    /// What became of every row, one line a row: file, sheet, row, `used` or why not, the records it
    /// went into with their line in the table, and what could not be read.
    ///
    /// # Errors
    /// [`Error::Write`], which does not happen in memory.
    pub fn report_csv(&self) -> Result<String, Error> {
        let header = ["file", "sheet", "row", "became", "records", "problems"].map(str::to_owned);
        let rows = self.report.sheets.iter().flat_map(|sheet| {
            sheet.rows.iter().map(move |row| {
                let (became, records) = match &row.outcome {
                    Outcome::Used(records) => {
                        let line = |(table, at): &(Table, usize)| format!("{table}:{}", at + 2);
                        ("used", records.iter().map(line).collect::<Vec<_>>().join("; "))
                    }
                    Outcome::LeftOut(reason) => (reason.as_str(), String::new()),
                };
                let problems: Vec<String> = row.problems.iter().map(ToString::to_string).collect();
                let number = row.number.to_string();
                let (file, name) = (sheet.file.clone(), sheet.sheet.clone());
                vec![file, name, number, became.to_owned(), records, problems.join("; ")]
            })
        });
        written(REPORT, std::iter::once(header.to_vec()).chain(rows))
    }

    /// Adds the records to a builder. Each carries its file (`FILE` or `FILE [SHEET]`) and row as
    /// its source, which witness paths then show.
    ///
    /// # Errors
    /// As the `add` methods of [`ChainBuilder`].
    pub fn add_to(&self, builder: &mut ChainBuilder) -> Result<(), Error> {
        let label = |sheet: &crate::report::SheetReport| match sheet.sheet.as_str() {
            "" => sheet.file.clone(),
            name => format!("{} [{name}]", sheet.file),
        };
        let files: Vec<FileId> =
            self.report.sheets.iter().map(|sheet| builder.add_file(&label(sheet))).collect();
        for records in &self.tables {
            for record in &records.rows {
                let place = record.place.and_then(|(sheet, row)| Some((*files.get(sheet)?, row)));
                let source = place.map_or(Source::NONE, |(file, row)| Source::new(file, row));
                let row = Reader { columns: &records.columns, values: &record.values };
                row.add(records.table, builder, source)?;
            }
        }
        Ok(())
    }
}

fn written(name: &str, rows: impl Iterator<Item = Vec<String>>) -> Result<String, Error> {
    let failed = |source: std::io::Error| Error::Write { path: name.into(), source };
    let mut out = csv::Writer::from_writer(Vec::new());
    for row in rows {
        out.write_record(row).map_err(|error| failed(error.into()))?;
    }
    let bytes = out.into_inner().map_err(|error| failed(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A record's values by column, as the model has them.
struct Reader<'r> {
    columns: &'r [&'static str],
    values: &'r [String],
}

impl<'r> Reader<'r> {
    fn get(&self, column: &str) -> &'r str {
        let at = self.columns.iter().position(|known| *known == column);
        at.and_then(|at| self.values.get(at)).map_or("", String::as_str)
    }

    fn text(&self, column: &str) -> Cow<'r, str> {
        Cow::Borrowed(self.get(column))
    }

    fn time(&self, column: &str) -> Span {
        Span::parse(self.get(column), UtcOffset::CHINA).unwrap_or(Span::UNKNOWN)
    }

    fn number<T: std::str::FromStr>(&self, column: &str) -> Option<T> {
        self.get(column).parse().ok()
    }

    fn unit(&self, column: &str) -> Option<Unit> {
        Unit::parse(self.get(column))
    }

    fn add(
        &self,
        table: Table,
        builder: &mut ChainBuilder,
        source: Source,
    ) -> Result<(), suyuan_core::Error> {
        let quantity: Option<Decimal> = self.number("quantity");
        let unit = self.unit("unit");
        let (product, producer) = (self.text("product_code"), self.text("producer_code"));
        let (batch, reporter) = (self.text("batch_code"), self.text("reporter"));
        let operator = self.text("operator_code");
        match table {
            Table::Regions => builder.add_region(
                &Region {
                    code: self.text("region_code"),
                    name: self.text("name"),
                    level: RegionLevel::parse(self.get("level")),
                    parent: self.text("parent_code"),
                    population: self.number("population"),
                },
                source,
            ),
            Table::Operators => builder.add_operator(
                &Operator {
                    code: operator,
                    name: self.text("name"),
                    stage: Stage::parse(self.get("stage")),
                    region: self.text("region_code"),
                    risk_grade: RiskGrade::parse(self.get("risk_grade")),
                    latitude: self.number("latitude"),
                    longitude: self.number("longitude"),
                },
                source,
            ),
            Table::Products => builder.add_product(
                &Product {
                    code: product,
                    name: self.text("name"),
                    category: self.text("category"),
                    shelf_life_days: self.number("shelf_life_days"),
                    base_unit: self.unit("base_unit"),
                    pack_quantity: self.number("pack_quantity"),
                },
                source,
            ),
            Table::Packs => {
                // Likewise: a pack without its numbers is no record.
                let (Some(unit), Some(quantity), Some(of_unit)) =
                    (unit, quantity, self.unit("of_unit"))
                else {
                    return Ok(());
                };
                builder.add_pack(&Pack { product, batch, unit, quantity, of_unit }, source)
            }
            Table::Batches => builder.add_batch(
                &Batch {
                    code: batch,
                    product,
                    operator,
                    produced_on: self.time("produced_on"),
                    expires_on: self.time("expires_on"),
                    quantity,
                    unit,
                    origin: self.text("origin"),
                    certificate: self.text("certificate_no"),
                },
                source,
            ),
            Table::Shipments => builder.add_shipment(
                &Shipment {
                    code: self.text("shipment_code"),
                    batch,
                    from: self.text("from_operator"),
                    to: self.text("to_operator"),
                    shipped_on: self.time("shipped_on"),
                    received_on: self.time("received_on"),
                    quantity,
                    unit,
                    digest: 0,
                    product,
                    producer,
                    reporter,
                },
                source,
            ),
            Table::Transformations => {
                // Every record has a role that was read: without one the row is no record.
                let Some(role) = Role::parse(self.get("role")) else { return Ok(()) };
                builder.add_transformation_line(
                    &TransformationLine {
                        code: self.text("transformation_code"),
                        operator,
                        transformed_on: self.time("transformed_on"),
                        role,
                        batch,
                        quantity,
                        unit,
                        process: self.text("process"),
                        product,
                        producer,
                        reporter,
                    },
                    source,
                )
            }
            Table::Removals => builder.add_removal(
                &Removal {
                    batch,
                    operator,
                    removed_on: self.time("removed_on"),
                    quantity,
                    unit,
                    reason: RemovalReason::parse(self.get("reason")),
                    product,
                    producer,
                    reporter,
                },
                source,
            ),
            Table::Samples => builder.add_sample(
                &Sample {
                    code: self.text("sample_code"),
                    kind: SampleKind::parse(self.get("kind")),
                    batch,
                    operator,
                    sampled_on: self.time("sampled_on"),
                    reported_on: self.time("reported_on"),
                    verdict: Verdict::parse(self.get("verdict")),
                    test_item: self.text("test_item"),
                    measured: self.text("measured"),
                    limit: self.text("limit"),
                    hazard: Hazard::parse(self.get("hazard")),
                    product,
                    producer,
                    reporter,
                },
                source,
            ),
            _ => Ok(()),
        }
    }
}
