//! Rows of text from any source: JSON, a database, a form.
//!
//! A row that says less than it should is still a trail. What cannot be read of it counts as
//! unknown, the row is kept, and a finding says so; a row is left out only where a code, or a
//! word without which it means nothing, is missing. That is how CSV files are read, and the
//! columns have the same names.
//!
//! ```
//! use suyuan_core::chain::{ChainBuilder, Table};
//! use suyuan_core::model::Source;
//! use suyuan_core::time::UtcOffset;
//! let mut builder = ChainBuilder::new();
//! let row = [
//!     ("shipment_code", "W1"), ("batch_code", "B1"), ("from_operator", "FARM"),
//!     ("to_operator", "SHOP"), ("发货日期", "2026年3月1日"), ("quantity", "about five"),
//! ];
//! let unread = builder.add_text(Table::Shipments, &row, UtcOffset::CHINA, Source::NONE)?;
//! assert_eq!((unread.rejected, unread.values[0].column), (false, "quantity"));
//! let built = builder.build()?;
//! assert!(built.chain.find_stock("B1", "SHOP").is_ok());
//! let said = "shipments W1: quantity: found \"about five\", expected a plain decimal number";
//! assert!(built.findings.iter().any(|finding| finding.message == said));
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::builder::ChainBuilder;
use super::finding::{Finding, FindingCode, RecordRef, Table};
use crate::error::Error;
use crate::model::{
    Batch, Cleaning, Hazard, Operator, Pack, Product, Region, RegionLevel, Removal, RemovalReason,
    RiskGrade, Role, Sample, SampleKind, Shipment, Source, Stage, Text, TransformationLine,
    Verdict,
};
use crate::quantity::{QuantityError, Unit, parse_decimal, parse_quantity};
use crate::text::{fold_width, is_blank};
use crate::time::{Span, UtcOffset};

/// A row whose cells are texts under the names of columns.
pub trait TextRow {
    /// The text under a name, in English or Chinese as the data-format page has it; `None` where
    /// there is none.
    fn cell(&self, name: &str) -> Option<&str>;
}

impl TextRow for BTreeMap<String, String> {
    fn cell(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }
}

impl<S: BuildHasher> TextRow for HashMap<String, String, S> {
    fn cell(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }
}

impl TextRow for [(&str, &str)] {
    fn cell(&self, name: &str) -> Option<&str> {
        self.iter().find(|(column, _)| *column == name).map(|(_, text)| *text)
    }
}

impl<const N: usize> TextRow for [(&str, &str); N] {
    fn cell(&self, name: &str) -> Option<&str> {
        self.as_slice().cell(name)
    }
}

/// What of a row could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unread {
    /// Whether the row was left out.
    pub rejected: bool,
    /// The values, in the order of columns; only those that say why where the row was left out.
    pub values: Vec<UnreadValue>,
}

/// A value that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadValue {
    /// The English name of its column.
    pub column: &'static str,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: Cow<'static, str>,
    rejects: bool,
}

/// The English and the Chinese name of a column.
type Names = [&'static str; 2];

const DATE: &str = "a time such as 2026-03-01, 2026-03-01T08:30, 2026-03 or 2026年3月1日";
const UNIT: &str = "a unit such as kg, 斤, 吨, L, pcs, 箱 or 瓶";
const QUANTITY: Names = ["quantity", "数量"];
const UNITS: Names = ["unit", "单位"];
const PRODUCT: Names = ["product_code", "产品编码"];

struct Cells<'r, R: ?Sized> {
    row: &'r R,
    clock: UtcOffset,
    values: Vec<UnreadValue>,
    digest: u64,
}

impl<'r, R: TextRow + ?Sized> Cells<'r, R> {
    /// The trimmed text of a column; empty where there is none.
    fn cell(&mut self, [english, chinese]: Names) -> &'r str {
        let text = self.row.cell(english).or_else(|| self.row.cell(chinese)).unwrap_or_default();
        let text = if is_blank(text) { "" } else { text.trim() };
        // Fowler, Noll and Vo, variant 1a, of the text and a byte that no text has.
        for byte in text.bytes().chain([0xff]) {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        text
    }

    fn unread(
        &mut self,
        names: Names,
        found: &str,
        expected: impl Into<Cow<'static, str>>,
        rejects: bool,
    ) {
        let found = found.chars().take(256).collect();
        self.values.push(UnreadValue {
            column: names[0],
            found,
            expected: expected.into(),
            rejects,
        });
    }

    fn text(&mut self, names: Names) -> Text<'r> {
        self.cell(names).into()
    }

    fn code(&mut self, names: Names) -> Text<'r> {
        let text = self.cell(names);
        if text.is_empty() {
            self.unread(names, "", "a code", true);
        }
        text.into()
    }

    fn parsed<T>(
        &mut self,
        names: Names,
        rejects: bool,
        parse: impl FnOnce(&str) -> Result<T, Cow<'static, str>>,
    ) -> Option<T> {
        let text = self.cell(names);
        if text.is_empty() && !rejects {
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.unread(names, text, expected, rejects);
                None
            }
        }
    }

    fn date(&mut self, names: Names) -> Span {
        let clock = self.clock;
        let date = |text: &str| Span::parse(text, clock).map_err(|_| DATE.into());
        self.parsed(names, false, date).unwrap_or(Span::UNKNOWN)
    }

    fn number<T: TryFrom<u64>>(&mut self, names: Names, what: &'static str) -> Option<T> {
        self.parsed(names, false, |text| {
            let number = parse_decimal(text).ok().filter(Decimal::is_integer);
            let whole = number.and_then(|number| number.to_u64());
            whole.and_then(|whole| T::try_from(whole).ok()).ok_or(what.into())
        })
    }

    fn degrees(&mut self, names: Names, most: u32) -> Option<Decimal> {
        self.parsed(names, false, |text| {
            let number = parse_decimal(text).ok().filter(|n| n.abs() <= Decimal::from(most));
            number.ok_or_else(|| format!("degrees from -{most} to {most}").into())
        })
    }

    fn unit(&mut self, names: Names, rejects: bool) -> Option<Unit> {
        self.parsed(names, rejects, |text| Unit::parse(text).ok_or(UNIT.into()))
    }

    fn positive(&mut self, names: Names, rejects: bool) -> Option<Decimal> {
        self.parsed(names, rejects, |text| parse_quantity(text).map_err(expected))
    }

    /// A quantity and its unit, beside it or written with it: `5公斤`.
    fn quantity(&mut self) -> (Option<Decimal>, Option<Unit>) {
        let text = self.cell(QUANTITY);
        let with_unit = with_unit(text);
        let read = match &with_unit {
            _ if text.is_empty() => None,
            Some((number, _)) => Some(parse_quantity(number)),
            None => Some(parse_quantity(text)),
        };
        let mut quantity = None;
        match read {
            Some(Ok(value)) => quantity = Some(value),
            Some(Err(error)) => self.unread(QUANTITY, text, expected(error), false),
            None => {}
        }
        let before = self.values.len();
        let beside = self.unit(UNITS, false);
        match (with_unit.map(|(_, unit)| unit), beside) {
            (Some(own), Some(beside)) if own != beside => {
                let expected = format!("a quantity in {beside}, as its unit says");
                self.unread(QUANTITY, text, expected, false);
                (None, None)
            }
            (own, None) => {
                if own.is_none() && !text.is_empty() && self.values.len() == before {
                    self.unread(UNITS, "", UNIT, false);
                }
                (quantity, own)
            }
            (_, beside) => (quantity, beside),
        }
    }
}

/// Reads a word of one of the model's vocabularies.
macro_rules! word {
    ($cells:ident, $type:ident, $names:expr, $rejects:literal) => {
        $cells.parsed($names, $rejects, |text| {
            $type::parse(text).ok_or_else(|| {
                let names: Vec<_> = $type::ALL.iter().map(|word| word.as_str()).collect();
                format!("one of {}", names.join(", ")).into()
            })
        })
    };
}

fn expected(error: QuantityError) -> Cow<'static, str> {
    match error {
        QuantityError::NotANumber => "a plain decimal number",
        QuantityError::NotPositive => "a quantity above zero",
        _ => "a quantity with at most 6 decimals in its base unit, at most 9223372036854",
    }
    .into()
}

/// The number and the unit of a quantity that is written with its unit.
fn with_unit(text: &str) -> Option<(String, Unit)> {
    let folded = fold_width(text);
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-' | ' ');
    let (number, unit) = folded.split_at(folded.find(|c| !is_number(c))?);
    let number = number.trim();
    let unit = Unit::parse(unit.trim()).filter(|_| !number.is_empty())?;
    Some((number.to_owned(), unit))
}

impl ChainBuilder {
    /// Adds a row of text to a table. What cannot be read of it counts as unknown; where a code is
    /// empty, or a word without which the row means nothing (the stage of an operator, the role of
    /// a transformation line, what a pack holds), the row is left out. Either is a finding of the
    /// chain that is built, and is said here. Times are read on `clock`. O(n) in the text.
    ///
    /// # Errors
    /// [`Error::Capacity`]. Nothing that the row says is one.
    pub fn add_text<R: TextRow + ?Sized>(
        &mut self,
        table: Table,
        row: &R,
        clock: UtcOffset,
        source: Source,
    ) -> Result<Unread, Error> {
        let mut cells = Cells { row, clock, values: Vec::new(), digest: 0xcbf2_9ce4_8422_2325 };
        let named = self.read(table, &mut cells, source)?;
        let rejected = cells.values.iter().any(|value| value.rejects);
        let mut values = cells.values;
        if rejected {
            values.retain(|value| value.rejects);
        }
        let code = if rejected { FindingCode::RejectedRow } else { FindingCode::UnreadableValue };
        for value in &values {
            let UnreadValue { column, found, expected, .. } = value;
            let message =
                format!("{table} {named}: {column}: found {found:?}, expected {expected}");
            let record = RecordRef { table, code: named.clone(), source };
            self.noted.push(Finding::new(code, message, vec![record]));
        }
        Ok(Unread { rejected, values })
    }

    /// Reads a row and adds it, unless it is to be left out. What findings call it.
    fn read<R: TextRow + ?Sized>(
        &mut self,
        table: Table,
        cells: &mut Cells<'_, R>,
        source: Source,
    ) -> Result<String, Error> {
        let rejected = |cells: &Cells<'_, R>| cells.values.iter().any(|value| value.rejects);
        macro_rules! add {
            ($add:ident, $record:expr, $named:expr) => {{
                let record = $record;
                if !rejected(cells) {
                    self.$add(&record, source)?;
                }
                #[allow(clippy::redundant_closure_call)]
                Ok(($named)(&record))
            }};
        }
        const BATCH: Names = ["batch_code", "批次号"];
        const PRODUCER: Names = ["producer_code", "生产主体编码"];
        const REPORTER: Names = ["reporter", "数据来源"];
        match table {
            Table::Regions => {
                let (code, name) =
                    (cells.code(["region_code", "区划代码"]), cells.text(["name", "名称"]));
                let level = word!(cells, RegionLevel, ["level", "层级"], false);
                let parent = cells.text(["parent_code", "上级代码"]);
                let population =
                    cells.number(["population", "常住人口"], "a whole number of people");
                add!(
                    add_region,
                    Region { code, name, level, parent, population },
                    |row: &Region<'_>| row.code.to_string()
                )
            }
            Table::Operators => {
                let (code, name) =
                    (cells.code(["operator_code", "主体编码"]), cells.text(["name", "名称"]));
                let stage = word!(cells, Stage, ["stage", "环节"], true);
                let region = cells.code(["region_code", "区划代码"]);
                let risk_grade = word!(cells, RiskGrade, ["risk_grade", "风险等级"], false);
                let (latitude, longitude) = (
                    cells.degrees(["latitude", "纬度"], 90),
                    cells.degrees(["longitude", "经度"], 180),
                );
                let record =
                    Operator { code, name, stage, region, risk_grade, latitude, longitude };
                add!(add_operator, record, |row: &Operator<'_>| row.code.to_string())
            }
            Table::Products => {
                let (code, name) = (cells.code(PRODUCT), cells.text(["name", "名称"]));
                let category = cells.text(["category", "食品类别"]);
                let shelf_life_days =
                    cells.number(["shelf_life_days", "保质期天数"], "a whole number of days");
                let base_unit = cells.unit(["base_unit", "基本单位"], false);
                let pack_quantity = cells.positive(["pack_quantity", "每件含量"], false);
                let record =
                    Product { code, name, category, shelf_life_days, base_unit, pack_quantity };
                add!(add_product, record, |row: &Product<'_>| row.code.to_string())
            }
            Table::Packs => {
                let (product, batch) = (cells.code(PRODUCT), cells.text(BATCH));
                let unit = cells.unit(["unit", "包装单位"], true).unwrap_or(Unit::Piece);
                let quantity = cells.positive(QUANTITY, true).unwrap_or(Decimal::ONE);
                let of_unit = cells.unit(["of_unit", "折合单位"], true).unwrap_or(Unit::Piece);
                let record = Pack { product, batch, unit, quantity, of_unit };
                add!(add_pack, record, |row: &Pack<'_>| row.product.to_string())
            }
            Table::Batches => {
                let (code, product) = (cells.code(BATCH), cells.code(PRODUCT));
                let operator = cells.code(["operator_code", "生产主体编码"]);
                let (produced_on, expires_on) = (
                    cells.date(["produced_on", "生产日期"]),
                    cells.date(["expires_on", "到期日期"]),
                );
                let (quantity, unit) = cells.quantity();
                let (origin, certificate) =
                    (cells.text(["origin", "产地"]), cells.text(["certificate_no", "合格证编号"]));
                let record = Batch {
                    code,
                    product,
                    operator,
                    produced_on,
                    expires_on,
                    quantity,
                    unit,
                    origin,
                    certificate,
                };
                add!(add_batch, record, |row: &Batch<'_>| row.code.to_string())
            }
            Table::Shipments => {
                let (code, batch) = (cells.code(["shipment_code", "运单号"]), cells.code(BATCH));
                let from = cells.code(["from_operator", "供货方编码"]);
                let to = cells.code(["to_operator", "收货方编码"]);
                let (shipped_on, received_on) = (
                    cells.date(["shipped_on", "发货日期"]),
                    cells.date(["received_on", "收货日期"]),
                );
                let (quantity, unit) = cells.quantity();
                let (product, producer) = (cells.text(PRODUCT), cells.text(PRODUCER));
                let digest = cells.digest.max(1);
                let reporter = cells.text(REPORTER);
                let record = Shipment {
                    code,
                    batch,
                    from,
                    to,
                    shipped_on,
                    received_on,
                    quantity,
                    unit,
                    digest,
                    product,
                    producer,
                    reporter,
                };
                add!(add_shipment, record, |row: &Shipment<'_>| row.code.to_string())
            }
            Table::Transformations => {
                let code = cells.code(["transformation_code", "加工单号"]);
                let operator = cells.code(["operator_code", "主体编码"]);
                let transformed_on = cells.date(["transformed_on", "加工日期"]);
                let role = word!(cells, Role, ["role", "角色"], true).unwrap_or(Role::Input);
                let batch = cells.code(BATCH);
                let (quantity, unit) = cells.quantity();
                let process = cells.text(["process", "工艺"]);
                let (product, producer, reporter) =
                    (cells.text(PRODUCT), cells.text(PRODUCER), cells.text(REPORTER));
                let record = TransformationLine {
                    code,
                    operator,
                    transformed_on,
                    role,
                    batch,
                    quantity,
                    unit,
                    process,
                    product,
                    producer,
                    reporter,
                };
                add!(add_transformation_line, record, |row: &TransformationLine<'_>| row
                    .code
                    .to_string())
            }
            Table::Removals => {
                let (batch, operator) =
                    (cells.code(BATCH), cells.code(["operator_code", "主体编码"]));
                let removed_on = cells.date(["removed_on", "日期"]);
                let (quantity, unit) = cells.quantity();
                let reason = word!(cells, RemovalReason, ["reason", "原因"], false);
                let (product, producer, reporter) =
                    (cells.text(PRODUCT), cells.text(PRODUCER), cells.text(REPORTER));
                let record = Removal {
                    batch,
                    operator,
                    removed_on,
                    quantity,
                    unit,
                    reason,
                    product,
                    producer,
                    reporter,
                };
                add!(add_removal, record, |row: &Removal<'_>| format!(
                    "{}@{}",
                    row.batch, row.operator
                ))
            }
            Table::Samples => {
                let code = cells.code(["sample_code", "抽样单号"]);
                let kind = word!(cells, SampleKind, ["kind", "抽检类型"], false);
                let (batch, operator) =
                    (cells.code(BATCH), cells.code(["operator_code", "被抽样单位编码"]));
                let (sampled_on, reported_on) = (
                    cells.date(["sampled_on", "抽样日期"]),
                    cells.date(["reported_on", "报告日期"]),
                );
                let verdict = word!(cells, Verdict, ["verdict", "判定"], false);
                let (test_item, measured) =
                    (cells.text(["test_item", "检测项目"]), cells.text(["measured", "检测值"]));
                let limit = cells.text(["limit", "限量"]);
                let hazard = word!(cells, Hazard, ["hazard", "危害类别"], false);
                let (product, producer, reporter) =
                    (cells.text(PRODUCT), cells.text(PRODUCER), cells.text(REPORTER));
                let record = Sample {
                    code,
                    kind,
                    batch,
                    operator,
                    sampled_on,
                    reported_on,
                    verdict,
                    test_item,
                    measured,
                    limit,
                    hazard,
                    product,
                    producer,
                    reporter,
                };
                add!(add_sample, record, |row: &Sample<'_>| row.code.to_string())
            }
            Table::Cleanings => {
                let operator = cells.code(["operator_code", "主体编码"]);
                let cleaned_on = cells.date(["cleaned_on", "清洗日期"]);
                let record = Cleaning { operator, cleaned_on };
                if !rejected(cells) {
                    self.add_cleaning(&record)?;
                }
                Ok(record.operator.to_string())
            }
        }
    }
}
