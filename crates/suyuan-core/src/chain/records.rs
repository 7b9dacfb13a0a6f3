//! The rows a chain keeps, and the views it shows of them.

use std::ops::Range;

use rust_decimal::Decimal;

use super::SupplyChain;
use super::lots::code_of;
use super::making::Making;
use crate::id::{
    BatchId, OperatorId, ProductId, RegionId, RemovalId, SampleId, ShipmentId, StockId,
    TransformationId,
};
use crate::model::{
    Hazard, RegionLevel, RemovalReason, RiskGrade, SampleKind, Source, Stage, Verdict,
};
use crate::quantity::{Amount, Unit};
use crate::time::Span;

#[derive(Debug, Clone, Default)]
pub(super) struct RegionRow {
    pub(super) registered: bool,
    pub(super) name: u32,
    pub(super) level: Option<RegionLevel>,
    pub(super) parent: Option<RegionId>,
    pub(super) population: Option<u64>,
    pub(super) source: Source,
}

#[derive(Debug, Clone, Default)]
pub(super) struct OperatorRow {
    pub(super) registered: bool,
    pub(super) name: u32,
    pub(super) stage: Option<Stage>,
    pub(super) region: Option<RegionId>,
    pub(super) risk_grade: Option<RiskGrade>,
    pub(super) place: (Option<Decimal>, Option<Decimal>),
    pub(super) source: Source,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ProductRow {
    pub(super) registered: bool,
    pub(super) name: u32,
    pub(super) category: u32,
    pub(super) shelf_life_days: Option<u32>,
    pub(super) base_unit: Option<Unit>,
    pub(super) pack_quantity: Option<Decimal>,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct BatchRow {
    pub(super) product: Option<ProductId>,
    /// The operator that made it; `None` for a batch without a row.
    pub(super) producer: Option<OperatorId>,
    pub(super) produced_on: Span,
    pub(super) expires_on: Span,
    pub(super) amount: Option<Amount>,
    pub(super) base: Option<Unit>,
    /// What its own row stands for at its producer.
    pub(super) making: Making,
    pub(super) origin: u32,
    pub(super) certificate: u32,
    pub(super) source: Source,
}

impl BatchRow {
    /// Whether its own quantity counts as made at an operator.
    #[inline]
    pub(super) fn is_made_at(&self, operator: OperatorId) -> bool {
        self.making != Making::None && self.producer == Some(operator)
    }
}

impl Default for BatchRow {
    fn default() -> Self {
        Self {
            product: None,
            producer: None,
            produced_on: Span::UNKNOWN,
            expires_on: Span::UNKNOWN,
            amount: None,
            base: None,
            making: Making::None,
            origin: u32::MAX,
            certificate: u32::MAX,
            source: Source::NONE,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct TransformationRow {
    pub(super) time: Span,
    /// Whether every line is dated to the day.
    pub(super) dated_to_day: bool,
    /// Whether the departure of an input contradicts the records.
    pub(super) contradicted: bool,
    pub(super) inputs: Range<u32>,
    pub(super) outputs: Range<u32>,
    pub(super) processes: Range<u32>,
}

/// The lines of one transformation, one stock and one role, summed.
#[derive(Debug, Clone)]
pub(crate) struct LineRow {
    pub(crate) stock: StockId,
    pub(crate) amount: Option<Amount>,
    pub(super) sources: Range<u32>,
}

impl LineRow {
    /// What a stock would have got from a transformation that is not recorded.
    pub(super) fn made(stock: StockId, amount: Option<Amount>) -> Self {
        Self { stock, amount, sources: 0..0 }
    }
}

#[derive(Debug, Clone)]
pub(super) struct SampleRow {
    pub(super) code: u32,
    pub(super) stock: StockId,
    pub(super) kind: Option<SampleKind>,
    pub(super) sampled_on: Span,
    pub(super) reported_on: Span,
    pub(super) verdict: Option<Verdict>,
    pub(super) test_item: u32,
    pub(super) measured: u32,
    pub(super) limit: u32,
    pub(super) hazard: Option<Hazard>,
    pub(super) source: Source,
}

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        #[non_exhaustive]
        pub struct $name<'c> { $($(#[$fdoc])* pub $field: $type,)* }
    )*};
}

views! {
    /// A region.
    RegionView {
        /// Its code.
        code: &'c str,
        /// Its name; empty without a row.
        name: &'c str,
        /// Its tier.
        level: Option<RegionLevel>,
        /// The region it belongs to.
        parent: Option<RegionId>,
        /// Permanent residents, persons.
        population: Option<u64>,
        /// Whether it has a row of its own.
        registered: bool,
        /// Where it was read.
        source: Source,
    }
    /// An operator.
    OperatorView {
        /// Its code.
        code: &'c str,
        /// Its name; empty without a row.
        name: &'c str,
        /// Its stage.
        stage: Option<Stage>,
        /// Its region.
        region: Option<RegionId>,
        /// Its risk grade.
        risk_grade: Option<RiskGrade>,
        /// Degrees north and east.
        place: (Option<Decimal>, Option<Decimal>),
        /// Whether it has a row of its own.
        registered: bool,
        /// Where it was read.
        source: Source,
    }
    /// A product.
    ProductView {
        /// Its code.
        code: &'c str,
        /// Its name; empty without a row.
        name: &'c str,
        /// Food category.
        category: &'c str,
        /// Shelf life, days.
        shelf_life_days: Option<u32>,
        /// The unit its batches are kept in.
        base_unit: Option<Unit>,
        /// Quantity of one piece in the base unit.
        pack_quantity: Option<Decimal>,
        /// Whether it has a row of its own.
        registered: bool,
        /// Where it was read.
        source: Source,
    }
    /// A batch.
    BatchView {
        /// Its code.
        code: &'c str,
        /// Its product.
        product: Option<ProductId>,
        /// Who made it.
        producer: Option<OperatorId>,
        /// When it was made.
        produced_on: Span,
        /// When it expires.
        expires_on: Span,
        /// Its own quantity, in `unit`.
        amount: Option<Amount>,
        /// The base unit all its quantities are kept in; `None` when no record names a unit.
        unit: Option<Unit>,
        /// Place of origin.
        origin: &'c str,
        /// Number of its certificate.
        certificate: &'c str,
        /// Where it was read.
        source: Source,
    }
    /// A shipment line.
    ShipmentView {
        /// The waybill's code.
        code: &'c str,
        /// The stock it left.
        from: StockId,
        /// The stock it went to.
        to: StockId,
        /// When it left.
        departs: Span,
        /// When it arrived.
        arrives: Span,
        /// How much, in the batch's base unit.
        amount: Option<Amount>,
        /// Where it was read.
        source: Source,
    }
    /// A transformation.
    TransformationView {
        /// Its code.
        code: &'c str,
        /// The hull of its lines' dates.
        time: Span,
        /// What went in, one line a stock.
        inputs: Vec<LineView<'c>>,
        /// What came out, one line a stock.
        outputs: Vec<LineView<'c>>,
        /// The processes its lines name.
        processes: Vec<&'c str>,
    }
    /// What one stock gave to a transformation or got from it.
    LineView {
        /// The stock.
        stock: StockId,
        /// How much, in the batch's base unit.
        amount: Option<Amount>,
        /// Where its lines were read.
        sources: &'c [Source],
    }
    /// A removal.
    RemovalView {
        /// The stock it was taken from.
        stock: StockId,
        /// When.
        time: Span,
        /// How much, in the batch's base unit.
        amount: Option<Amount>,
        /// Why.
        reason: Option<RemovalReason>,
        /// Where it was read.
        source: Source,
        /// The chain's batch and operator codes of the stock.
        codes: (&'c str, &'c str),
    }
    /// A sample.
    SampleView {
        /// Its code.
        code: &'c str,
        /// The stock it was taken from.
        stock: StockId,
        /// What it was taken for.
        kind: Option<SampleKind>,
        /// When it was taken.
        sampled_on: Span,
        /// When the result was reported.
        reported_on: Span,
        /// What the laboratory said.
        verdict: Option<Verdict>,
        /// What was tested for.
        test_item: &'c str,
        /// Measured value, as written.
        measured: &'c str,
        /// Limit, as written.
        limit: &'c str,
        /// Class of the hazard.
        hazard: Option<Hazard>,
        /// Where it was read.
        source: Source,
    }
}

macro_rules! counted {
    ($($(#[$doc:meta])* $ids:ident -> $id:ident of $table:ident;)*) => {$(
        $(#[$doc])*
        pub fn $ids(&self) -> impl ExactSizeIterator<Item = $id> + use<> {
            (0..self.$table.len() as u32).map($id)
        }
    )*};
}

impl SupplyChain {
    counted! {
        /// Every operator, by code; those without a row of their own included.
        operator_ids -> OperatorId of operators;
        /// Every product, by code.
        product_ids -> ProductId of products;
        /// Every batch, by code; those without a row of their own included.
        batch_ids -> BatchId of batches;
        /// Every region, by code.
        region_ids -> RegionId of regions;
        /// Every shipment line that makes a link.
        shipment_ids -> ShipmentId of shipments;
        /// Every transformation, by code.
        transformation_ids -> TransformationId of transformations;
        /// Every removal, by stock.
        removal_ids -> RemovalId of removals;
        /// Every sample, by code.
        sample_ids -> SampleId of samples;
    }

    /// A region. Of an id beyond those of this chain every view has an empty code and no values.
    #[must_use]
    pub fn region(&self, id: RegionId) -> RegionView<'_> {
        let Some(row) = self.regions.get(id.index()) else { return RegionView::default() };
        RegionView {
            code: self.region_codes.text(id.0),
            name: self.texts.text(row.name),
            level: row.level,
            parent: row.parent,
            population: row.population,
            registered: row.registered,
            source: row.source,
        }
    }

    /// An operator.
    #[must_use]
    pub fn operator(&self, id: OperatorId) -> OperatorView<'_> {
        let Some(row) = self.operators.get(id.index()) else { return OperatorView::default() };
        OperatorView {
            code: self.operator_codes.text(id.0),
            name: self.texts.text(row.name),
            stage: row.stage,
            region: row.region,
            risk_grade: row.risk_grade,
            place: row.place,
            registered: row.registered,
            source: row.source,
        }
    }

    /// A product.
    #[must_use]
    pub fn product(&self, id: ProductId) -> ProductView<'_> {
        let Some(row) = self.products.get(id.index()) else { return ProductView::default() };
        ProductView {
            code: self.product_codes.text(id.0),
            name: self.texts.text(row.name),
            category: self.texts.text(row.category),
            shelf_life_days: row.shelf_life_days,
            base_unit: row.base_unit,
            pack_quantity: row.pack_quantity,
            registered: row.registered,
            source: row.source,
        }
    }

    /// A batch.
    #[must_use]
    pub fn batch(&self, id: BatchId) -> BatchView<'_> {
        let Some(row) = self.batches.get(id.index()) else { return BatchView::default() };
        BatchView {
            code: code_of(self.batch_codes.text(id.0)),
            product: row.product,
            producer: row.producer,
            produced_on: row.produced_on,
            expires_on: row.expires_on,
            amount: row.amount,
            unit: row.base,
            origin: self.texts.text(row.origin),
            certificate: self.texts.text(row.certificate),
            source: row.source,
        }
    }

    /// A shipment line.
    #[must_use]
    pub fn shipment(&self, id: ShipmentId) -> ShipmentView<'_> {
        if id.index() >= self.shipments.len() {
            return ShipmentView::default();
        }
        let row = self.shipments.row(id.index());
        ShipmentView {
            code: self.shipment_code(id.0),
            from: row.from,
            to: row.to,
            departs: row.departs,
            arrives: row.arrives,
            amount: row.amount,
            source: self.shipments.source(id.index()),
        }
    }

    /// What a shipment carried, in its batch's unit, without its other columns.
    #[inline]
    pub(crate) fn shipment_amount(&self, id: ShipmentId) -> Option<Amount> {
        self.shipments.passage(id.index()).amount
    }

    /// Asks for what [`SupplyChain::shipment_amount`] reads.
    #[inline(always)]
    pub(crate) fn fetch_shipment(&self, id: ShipmentId) {
        self.shipments.fetch(id.index());
    }

    /// Who produced a batch, without its other columns.
    #[inline]
    pub(crate) fn producer(&self, id: BatchId) -> Option<OperatorId> {
        self.batches[id.index()].producer
    }

    /// The code of a shipment's waybill.
    pub(super) fn shipment_code(&self, id: u32) -> &str {
        self.shipment_codes.text(self.shipments.code(id as usize))
    }

    #[inline]
    pub(crate) fn shipment_departs(&self, id: ShipmentId) -> Span {
        self.shipments.row(id.index()).departs
    }

    /// A transformation. O(n) in its lines.
    #[must_use]
    pub fn transformation(&self, id: TransformationId) -> TransformationView<'_> {
        let Some(row) = self.transformations.get(id.index()) else {
            return TransformationView::default();
        };
        let view = |line: &LineRow| LineView {
            stock: line.stock,
            amount: line.amount,
            sources: self.line_sources.slice(line.sources.clone()),
        };
        TransformationView {
            code: self.transformation_codes.text(id.0),
            time: row.time,
            inputs: self.lines_of(&row.inputs).iter().map(view).collect(),
            outputs: self.lines_of(&row.outputs).iter().map(view).collect(),
            processes: self.process_texts(id).collect(),
        }
    }

    /// The distinct processes the lines of a transformation name.
    pub(crate) fn process_texts(&self, id: TransformationId) -> impl Iterator<Item = &str> {
        let range = self.transformations[id.index()].processes.clone();
        self.processes.slice(range).iter().map(|text| self.texts.text(*text))
    }

    /// A removal.
    #[must_use]
    pub fn removal(&self, id: RemovalId) -> RemovalView<'_> {
        if id.index() >= self.removals.len() {
            return RemovalView::default();
        }
        let row = self.removals.row(id.index());
        RemovalView {
            stock: row.stock,
            time: row.time,
            amount: row.amount,
            reason: row.reason,
            source: row.source,
            codes: self.stock_codes(row.stock),
        }
    }

    /// A sample.
    #[must_use]
    pub fn sample(&self, id: SampleId) -> SampleView<'_> {
        let Some(row) = self.samples.get(id.index()) else { return SampleView::default() };
        SampleView {
            code: self.texts.text(row.code),
            stock: row.stock,
            kind: row.kind,
            sampled_on: row.sampled_on,
            reported_on: row.reported_on,
            verdict: row.verdict,
            test_item: self.texts.text(row.test_item),
            measured: self.texts.text(row.measured),
            limit: self.texts.text(row.limit),
            hazard: row.hazard,
            source: row.source,
        }
    }

    #[inline]
    pub(crate) fn transformation_time(&self, id: TransformationId) -> Span {
        self.transformations[id.index()].time
    }

    /// Whether the departure of one of its inputs contradicts the records.
    #[inline]
    pub(crate) fn is_contradicted(&self, id: TransformationId) -> bool {
        self.transformations[id.index()].contradicted
    }

    /// Whether the departure of an input line contradicts the records and counts as unknown.
    pub(crate) fn is_line_contradicted(&self, line: u32) -> bool {
        self.contradicted.lines.contains(&line)
    }

    /// Whether any line stands for several lots.
    #[inline]
    pub(crate) fn has_shared_lines(&self) -> bool {
        !self.shared.lines.is_empty()
    }

    /// Whether the line of a stock among the outputs or inputs of a transformation stands for
    /// several lots.
    pub(crate) fn is_end_shared(&self, id: TransformationId, stock: StockId, output: bool) -> bool {
        let range = if output { self.output_range(id) } else { self.input_range(id) };
        let mut lines = range.filter(|line| self.lines[*line as usize].stock == stock);
        lines.any(|line| self.shared.lines.contains(&line))
    }

    /// Whether the departure of a shipment contradicts the records and counts as unknown.
    #[inline]
    pub(crate) fn is_shipment_contradicted(&self, shipment: u32) -> bool {
        !self.contradicted.shipments.is_empty() && self.contradicted.shipments.contains(&shipment)
    }

    /// Further sources of the record that was read at one: rows of other reporters that say the
    /// same, in order. O(log n) in the rows of several reporters.
    #[must_use]
    pub fn other_sources(&self, source: Source) -> impl ExactSizeIterator<Item = Source> + '_ {
        let all = &self.further_sources;
        let start = all.partition_point(|(kept, _)| *kept < source);
        let count = all[start..].iter().take_while(|(kept, _)| *kept == source).count();
        all[start..start + count].iter().map(|(_, other)| *other)
    }

    #[inline]
    pub(crate) fn inputs(&self, id: TransformationId) -> &[LineRow] {
        self.lines_of(&self.transformations[id.index()].inputs)
    }

    #[inline]
    pub(crate) fn outputs(&self, id: TransformationId) -> &[LineRow] {
        self.lines_of(&self.transformations[id.index()].outputs)
    }

    /// The indices of a transformation's output lines.
    #[inline]
    pub(crate) fn output_range(&self, id: TransformationId) -> Range<u32> {
        self.transformations[id.index()].outputs.clone()
    }

    /// The indices of a transformation's input lines.
    #[inline]
    pub(crate) fn input_range(&self, id: TransformationId) -> Range<u32> {
        self.transformations[id.index()].inputs.clone()
    }

    /// The operators that the lines of a transformation name, in order.
    pub(crate) fn operators_of(&self, id: TransformationId) -> Vec<OperatorId> {
        let lines = self.inputs(id).iter().chain(self.outputs(id));
        let mut operators: Vec<_> = lines.map(|line| self.stock(line.stock).1).collect();
        operators.sort_unstable();
        operators.dedup();
        operators
    }

    /// The stocks that the lines of the transformation of a code name.
    pub(crate) fn transformation_stocks(&self, code: &str) -> Vec<StockId> {
        let id = self.transformation_codes.get(code).map(TransformationId);
        let lines = id.into_iter().flat_map(|id| self.inputs(id).iter().chain(self.outputs(id)));
        lines.map(|line| line.stock).collect()
    }

    #[inline]
    pub(crate) fn line(&self, index: u32) -> &LineRow {
        &self.lines[index as usize]
    }

    pub(crate) fn cleanings_at(&self, operator: OperatorId) -> impl Iterator<Item = Span> {
        self.cleanings_at.get(operator.0).iter().copied()
    }

    /// The base unit of a stock's batch.
    #[inline]
    #[must_use]
    pub fn unit(&self, stock: StockId) -> Option<Unit> {
        self.base_unit(self.stock(stock).0)
    }

    /// The base unit of a batch.
    #[inline]
    pub(crate) fn base_unit(&self, batch: BatchId) -> Option<Unit> {
        self.batches.get(batch.index())?.base
    }
}
