//! The rows of the tables: what each column means and which record a row makes.

use std::borrow::Cow;

use rust_decimal::Decimal;
use suyuan_core::chain::{ChainBuilder, Table};
use suyuan_core::model::{
    Batch, Operator, Pack, Product, Region, Removal, Role, Sample, Shipment, Source,
    TransformationLine,
};
use suyuan_core::quantity::Unit;
use suyuan_core::time::Span;

use crate::cells::{Cells, Text, UNIT};
use crate::encoding::Line;
use crate::output::{Arena, Slice};
use crate::parse::Task;

/// A row of a table, its texts in its block. [`Rows::read`] takes the columns in the
/// order of `schema`.
pub(crate) trait Rows: Sized + Send {
    /// Whether rows may be added in any order: they hold codes alone, which freezing sorts. Other
    /// texts are numbered as they come.
    const UNORDERED: bool = false;

    fn read(cells: &mut Cells<'_>) -> Self;

    fn add(
        self,
        texts: Texts<'_>,
        builder: &mut ChainBuilder,
        source: Source,
    ) -> Result<(), suyuan_core::Error>;
}

/// The texts of a block's rows.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'a> {
    pub(crate) block: &'a str,
    pub(crate) arena: &'a Arena,
}

impl<'a> Texts<'a> {
    fn get(self, slice: Slice) -> Cow<'a, str> {
        Cow::Borrowed(self.arena.get(self.block, slice))
    }
}

/// The texts of a row and the record without them.
pub(crate) struct Row<const N: usize, R> {
    texts: [Slice; N],
    record: R,
}

impl<const N: usize, R> Row<N, R> {
    fn split(self, texts: Texts<'_>) -> ([Cow<'_, str>; N], R) {
        (self.texts.map(|text| texts.get(text)), self.record)
    }
}

type Outcome = Result<(), suyuan_core::Error>;

impl Rows for Row<3, Region<'static>> {
    fn read(cells: &mut Cells<'_>) -> Self {
        let (code, name) = (cells.code(), cells.text());
        let level = cells.word();
        let parent = cells.text();
        let population = cells.count("a whole number of people");
        let record = Region { level, population, ..Region::default() };
        Self { texts: [code, name, parent], record }
    }

    fn add(self, texts: Texts<'_>, builder: &mut ChainBuilder, source: Source) -> Outcome {
        let ([code, name, parent], record) = self.split(texts);
        builder.add_region(&Region { code, name, parent, ..record }, source)
    }
}

impl Rows for Row<3, Operator<'static>> {
    fn read(cells: &mut Cells<'_>) -> Self {
        let (code, name) = (cells.code(), cells.text());
        let stage = cells.key();
        let region = cells.code();
        let risk_grade = cells.word();
        let (latitude, longitude) = (cells.degrees(90), cells.degrees(180));
        let record = Operator { stage, risk_grade, latitude, longitude, ..Operator::default() };
        Self { texts: [code, name, region], record }
    }

    fn add(self, texts: Texts<'_>, builder: &mut ChainBuilder, source: Source) -> Outcome {
        let ([code, name, region], record) = self.split(texts);
        builder.add_operator(&Operator { code, name, region, ..record }, source)
    }
}

impl Rows for Row<3, Product<'static>> {
    fn read(cells: &mut Cells<'_>) -> Self {
        let texts = [cells.code(), cells.text(), cells.text()];
        let shelf_life_days = cells.count("a whole number of days");
        let (base_unit, pack_quantity) = (cells.unit(), cells.positive());
        let record = Product { shelf_life_days, base_unit, pack_quantity, ..Product::default() };
        Self { texts, record }
    }

    fn add(self, texts: Texts<'_>, builder: &mut ChainBuilder, source: Source) -> Outcome {
        let ([code, name, category], record) = self.split(texts);
        builder.add_product(&Product { code, name, category, ..record }, source)
    }
}

impl Rows for Row<5, Batch<'static>> {
    fn read(cells: &mut Cells<'_>) -> Self {
        let (code, product, operator) = (cells.code(), cells.code(), cells.code());
        let (produced_on, expires_on) = (cells.date(), cells.date());
        let (quantity, unit) = cells.quantity();
        let (origin, certificate) = (cells.text(), cells.text());
        let record = Batch { produced_on, expires_on, quantity, unit, ..Batch::default() };
        Self { texts: [code, product, operator, origin, certificate], record }
    }

    fn add(self, texts: Texts<'_>, builder: &mut ChainBuilder, source: Source) -> Outcome {
        let ([code, product, operator, origin, certificate], record) = self.split(texts);
        let batch = Batch { code, product, operator, origin, certificate, ..record };
        builder.add_batch(&batch, source)
    }
}

/// A shipment; there are most of these, so it holds no more than it must.
pub(crate) struct ShipmentRow {
    texts: [Slice; 4],
    tag: Option<[Slice; 3]>,
    times: [Span; 2],
    quantity: Option<Decimal>,
    unit: Option<Unit>,
    digest: u64,
}

impl Rows for ShipmentRow {
    const UNORDERED: bool = true;

    fn read(cells: &mut Cells<'_>) -> Self {
        let texts = [cells.code(), cells.code(), cells.code(), cells.code()];
        let times = [cells.date(), cells.date()];
        let (quantity, unit) = cells.quantity();
        let tag = cells.tag();
        Self { texts, tag, times, quantity, unit, digest: cells.digest() }
    }

    fn add(self, texts: Texts<'_>, builder: &mut ChainBuilder, source: Source) -> Outcome {
        let [code, batch, from, to] = self.texts.map(|text| texts.get(text));
        let tag = self.tag.map(|tag| tag.map(|text| texts.get(text)));
        let [product, producer, reporter] = tag.unwrap_or_default();
        let ([shipped_on, received_on], Self { quantity, unit, digest, .. }) = (self.times, self);
        let lot = Shipment { product, producer, reporter, ..Shipment::default() };
        let times = Shipment { shipped_on, received_on, ..lot };
        let shipment = Shipment { code, batch, from, to, quantity, unit, digest, ..times };
        builder.add_shipment(&shipment, source)
    }
}

impl Rows for Row<7, TransformationLine<'static>> {
    fn read(cells: &mut Cells<'_>) -> Self {
        let (code, operator) = (cells.code(), cells.code());
        let transformed_on = cells.date();
        // A row whose role cannot be read is rejected, so what stands here does not matter then.
        let role = cells.key().unwrap_or(Role::Input);
        let batch = cells.code();
        let (quantity, unit) = cells.quantity();
        let process = cells.text();
        let [product, producer, reporter] = cells.tag().unwrap_or_default();
        let record = TransformationLine {
            transformed_on,
            role,
            quantity,
            unit,
            ..TransformationLine::default()
        };
        let texts = [code, operator, batch, process, product, producer, reporter];
        Self { texts, record }
    }

    fn add(self, texts: Texts<'_>, builder: &mut ChainBuilder, source: Source) -> Outcome {
        let (texts, record) = self.split(texts);
        let [code, operator, batch, process, product, producer, reporter] = texts;
        let record = TransformationLine { product, producer, reporter, ..record };
        let line = TransformationLine { code, operator, batch, process, ..record };
        builder.add_transformation_line(&line, source)
    }
}

impl Rows for Row<5, Removal<'static>> {
    const UNORDERED: bool = true;

    fn read(cells: &mut Cells<'_>) -> Self {
        let (batch, operator) = (cells.code(), cells.code());
        let removed_on = cells.date();
        let (quantity, unit) = cells.quantity();
        let reason = cells.word();
        let [product, producer, reporter] = cells.tag().unwrap_or_default();
        let texts = [batch, operator, product, producer, reporter];
        let record = Removal { removed_on, quantity, unit, reason, ..Removal::default() };
        Self { texts, record }
    }

    fn add(self, texts: Texts<'_>, builder: &mut ChainBuilder, source: Source) -> Outcome {
        let ([batch, operator, product, producer, reporter], record) = self.split(texts);
        let removal = Removal { batch, operator, product, producer, reporter, ..record };
        builder.add_removal(&removal, source)
    }
}

impl Rows for Row<9, Sample<'static>> {
    fn read(cells: &mut Cells<'_>) -> Self {
        let code = cells.code();
        let kind = cells.word();
        let (batch, operator) = (cells.code(), cells.code());
        let (sampled_on, reported_on) = (cells.date(), cells.date());
        let verdict = cells.word();
        let (test_item, measured, limit) = (cells.text(), cells.text(), cells.text());
        let hazard = cells.word();
        let [product, producer, reporter] = cells.tag().unwrap_or_default();
        let record = Sample { kind, sampled_on, reported_on, verdict, hazard, ..Sample::default() };
        let texts =
            [code, batch, operator, product, producer, reporter, test_item, measured, limit];
        Self { texts, record }
    }

    fn add(self, texts: Texts<'_>, builder: &mut ChainBuilder, source: Source) -> Outcome {
        let (texts, record) = self.split(texts);
        let [code, batch, operator, product, producer, reporter, test_item, measured, limit] =
            texts;
        let record = Sample { product, producer, reporter, ..record };
        let sample = Sample { code, batch, operator, test_item, measured, limit, ..record };
        builder.add_sample(&sample, source)
    }
}

/// What a unit of packing holds. Nothing of it is repaired: half a row says nothing.
pub(crate) struct PackRow {
    texts: [Slice; 2],
    unit: Option<Unit>,
    quantity: Option<Decimal>,
    of_unit: Option<Unit>,
}

impl Rows for PackRow {
    fn read(cells: &mut Cells<'_>) -> Self {
        cells.repair_nothing();
        let texts = [cells.code(), cells.text()];
        let unit = cells.needed_unit();
        let (quantity, of_unit) = cells.quantity();
        let quantity = cells.need(quantity, 2, "a quantity above zero");
        let of_unit = cells.need(of_unit, 1, UNIT);
        Self { texts, unit, quantity, of_unit }
    }

    fn add(self, texts: Texts<'_>, builder: &mut ChainBuilder, source: Source) -> Outcome {
        let Self { unit, quantity, of_unit, .. } = self;
        // A row without one of them was rejected.
        let (Some(unit), Some(quantity), Some(of_unit)) = (unit, quantity, of_unit) else {
            return Ok(());
        };
        let [product, batch] = self.texts.map(|text| texts.get(text));
        builder.add_pack(&Pack { product, batch, unit, quantity, of_unit }, source)
    }
}

/// Whether a row that is imported has a value that cannot be read.
pub(crate) fn is_repaired(table: Table, task: Task<'_>, row: &Line) -> bool {
    let text = Text::Line(row);
    match table {
        Table::Regions => task.is_repaired::<Row<3, Region<'_>>>(text),
        Table::Operators => task.is_repaired::<Row<3, Operator<'_>>>(text),
        Table::Products => task.is_repaired::<Row<3, Product<'_>>>(text),
        Table::Batches => task.is_repaired::<Row<5, Batch<'_>>>(text),
        Table::Shipments => task.is_repaired::<ShipmentRow>(text),
        Table::Transformations => task.is_repaired::<Row<7, TransformationLine<'_>>>(text),
        Table::Removals => task.is_repaired::<Row<5, Removal<'_>>>(text),
        Table::Packs => task.is_repaired::<PackRow>(text),
        _ => task.is_repaired::<Row<9, Sample<'_>>>(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Context;
    use crate::encoding::Encoding;
    use crate::header::Layout;
    use crate::output::Output;
    use crate::schema::columns;
    use csv::{ByteRecord, StringRecord};
    use suyuan_core::time::{Minute, UtcOffset};

    /// Reads a row in which every cell holds the column's place, and gives the columns that were
    /// objected to.
    fn read<R: Rows>(table: Table) -> Vec<usize> {
        let columns = columns(table);
        let header: StringRecord = columns.iter().map(|column| column.name).collect();
        let layout = Layout::read("t.csv", table, &header, None).unwrap();
        let row: ByteRecord = (0..columns.len()).map(|place| format!("c{place}")).collect();
        let line = Line::decode(Encoding::Utf8, row);
        let context = Context {
            layout: &layout,
            separator: b',',
            clock: UtcOffset::CHINA,
            note_fine: false,
            known_at: Minute::UNBOUNDED_FUTURE,
        };
        let mut output = Output::default();
        let mut cells = Cells::new(context, Text::Line(&line), false, (1, 2), &mut output);
        R::read(&mut cells);
        cells.end();
        for problem in &output.problems {
            assert_eq!(problem.value, format!("c{}", problem.column));
        }
        output.problems.iter().map(|problem| problem.column).collect()
    }

    #[test]
    fn every_typed_column_is_read_in_its_place() {
        assert_eq!(read::<Row<3, Region<'_>>>(Table::Regions), [2, 4]);
        assert_eq!(read::<Row<3, Operator<'_>>>(Table::Operators), [2, 4, 5, 6]);
        assert_eq!(read::<Row<3, Product<'_>>>(Table::Products), [3, 4, 5]);
        assert_eq!(read::<Row<5, Batch<'_>>>(Table::Batches), [3, 4, 5, 6]);
        assert_eq!(read::<ShipmentRow>(Table::Shipments), [4, 5, 6, 7]);
        assert_eq!(read::<Row<7, TransformationLine<'_>>>(Table::Transformations), [2, 3, 5, 6]);
        assert_eq!(read::<Row<5, Removal<'_>>>(Table::Removals), [2, 3, 4, 5]);
        assert_eq!(read::<Row<9, Sample<'_>>>(Table::Samples), [1, 4, 5, 6, 10]);
    }
}
