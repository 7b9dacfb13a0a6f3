//! The step that brought a stock into a trace, with the rows that say so.

use std::cell::OnceCell;
use std::collections::HashMap;

use rust_decimal::Decimal;
use serde::Serialize;
use suyuan_core::chain::{InflowFrom, OutflowTo, SupplyChain};
use suyuan_core::id::{SampleId, StockId, TransformationId};
use suyuan_core::model::Source;
use suyuan_core::quantity::Amount;
use suyuan_core::time::Span;
use suyuan_core::trace::{Traced, Via};

use crate::lang::Lang;
use crate::text;

/// How many rows of one step are named.
const PLACES: usize = 3;

/// What passed goods on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepKind {
    /// A shipment.
    Shipment,
    /// A transformation.
    Transformation,
    /// Inferred: no record says how the stock came to be.
    Inferred,
    /// Equipment carried it over from one transformation to another.
    CarryOver,
}

/// What puts a source where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FirstRecord {
    /// What kind of record it is.
    pub kind: RecordKind,
    /// Code of the record; empty where it has none.
    pub code: String,
    /// When it happened.
    pub time: Span,
    /// How much; null when unknown.
    pub quantity: Option<Decimal>,
    /// Its unit; empty when unknown.
    pub unit: String,
    /// `FILE:LINE`; empty where the record was not read from a file.
    pub place: String,
}

/// Kinds of records that show a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordKind {
    /// The row of the batch, at who made it.
    Batch,
    /// A receipt.
    Receipt,
    /// An output of a transformation.
    Output,
    /// A shipment from there.
    Shipment,
    /// An input of a transformation.
    Input,
    /// A removal.
    Removal,
    /// A sample.
    Sample,
}

impl RecordKind {
    pub(crate) const fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Batch => lang.pick("made here", "在此生产"),
            Self::Receipt => lang.pick("received", "收货"),
            Self::Output => lang.pick("output of a transformation", "加工产出"),
            Self::Shipment => lang.pick("shipped from here", "由此发货"),
            Self::Input => lang.pick("input of a transformation", "加工投入"),
            Self::Removal => lang.pick("removed here", "在此移除"),
            Self::Sample => lang.pick("sampled here", "在此抽样"),
        }
    }
}

impl FirstRecord {
    pub(crate) fn amount(&self, lang: Lang) -> String {
        amount(self.quantity, &self.unit, lang)
    }

    /// As a page says it.
    pub(crate) fn said(&self, lang: Lang) -> String {
        let Self { kind, code, time, .. } = self;
        let space = if code.is_empty() { "" } else { " " };
        let (kind, time) = (kind.word(lang), text::span(*time, lang));
        format!("{kind}{space}{code}, {}, {time}", self.amount(lang))
    }
}

/// The first records of sources.
pub(crate) struct Firsts<'c> {
    chain: &'c SupplyChain,
    /// A sample of each stock that has one, found when it is asked for: few sources need it.
    samples: OnceCell<HashMap<StockId, SampleId>>,
}

impl<'c> Firsts<'c> {
    pub(crate) const fn new(chain: &'c SupplyChain) -> Self {
        Self { chain, samples: OnceCell::new() }
    }

    /// The record that puts a source there: what came in first, the batch's own row at its
    /// producer, or else the first record that it was there at all.
    pub(crate) fn of(&self, traced: &Traced) -> Option<FirstRecord> {
        if traced.witness.is_some() {
            return None;
        }
        let (chain, stock) = (self.chain, traced.stock);
        let (batch, operator) = chain.stock(stock);
        let made = || {
            let view = chain.batch(batch);
            let record = (view.code, view.produced_on, view.amount, view.source);
            (view.producer == Some(operator)).then(|| self.record(RecordKind::Batch, stock, record))
        };
        let into = chain.inflows(stock).into_iter().find_map(|flow| match flow.from {
            InflowFrom::Shipment(id) => {
                let view = chain.shipment(id);
                let record = (view.code, view.arrives, view.amount, view.source);
                Some(self.record(RecordKind::Receipt, stock, record))
            }
            InflowFrom::Transformation(id) => self.line(RecordKind::Output, stock, id),
            InflowFrom::Made => made(),
            _ => None,
        });
        let out = || {
            chain.outflows(stock).into_iter().rev().find_map(|flow| match flow.to {
                OutflowTo::Shipment(id) => {
                    let view = chain.shipment(id);
                    let record = (view.code, view.departs, view.amount, view.source);
                    Some(self.record(RecordKind::Shipment, stock, record))
                }
                OutflowTo::Transformation(id) => self.line(RecordKind::Input, stock, id),
                OutflowTo::Removal(id) => {
                    let view = chain.removal(id);
                    let record = ("", view.time, view.amount, view.source);
                    Some(self.record(RecordKind::Removal, stock, record))
                }
                _ => None,
            })
        };
        into.or_else(made).or_else(out).or_else(|| self.sample(stock))
    }

    fn line(&self, kind: RecordKind, stock: StockId, id: TransformationId) -> Option<FirstRecord> {
        let view = self.chain.transformation(id);
        let lines = if kind == RecordKind::Output { &view.outputs } else { &view.inputs };
        let line = lines.iter().find(|line| line.stock == stock)?;
        let source = line.sources.first().copied().unwrap_or(Source::NONE);
        Some(self.record(kind, stock, (view.code, view.time, line.amount, source)))
    }

    fn sample(&self, stock: StockId) -> Option<FirstRecord> {
        let by_stock = self.samples.get_or_init(|| {
            let ids = self.chain.sample_ids().collect::<Vec<_>>().into_iter().rev();
            ids.map(|id| (self.chain.sample(id).stock, id)).collect()
        });
        let view = self.chain.sample(*by_stock.get(&stock)?);
        let record = (view.code, view.sampled_on, None, view.source);
        Some(self.record(RecordKind::Sample, stock, record))
    }

    fn record(
        &self,
        kind: RecordKind,
        stock: StockId,
        (code, time, amount, source): (&str, Span, Option<Amount>, Source),
    ) -> FirstRecord {
        FirstRecord {
            kind,
            code: code.to_owned(),
            time,
            quantity: amount.map(|amount| amount.to_decimal()),
            unit: self.chain.unit(stock).map_or_else(String::new, |unit| unit.symbol().to_owned()),
            place: self.chain.places(source).take(PLACES).collect::<Vec<_>>().join(", "),
        }
    }
}

fn amount(quantity: Option<Decimal>, unit: &str, lang: Lang) -> String {
    match quantity {
        Some(quantity) => format!("{} {unit}", text::decimal(quantity)),
        None => lang.pick("unknown quantity", "数量不明").to_owned(),
    }
}

impl StepKind {
    pub(crate) const fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Shipment => lang.pick("shipment", "流通"),
            Self::Transformation => lang.pick("transformation", "加工"),
            Self::Inferred => lang.pick("inferred, no record", "推断（无记录）"),
            Self::CarryOver => lang.pick("carry-over on equipment", "设备残留"),
        }
    }
}

/// One step of a witness path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// Index of the stock before it on the path.
    pub from: usize,
    /// What passed the goods on.
    pub kind: StepKind,
    /// Code of the record; empty for an inferred step.
    pub code: String,
    /// When the goods left, or were transformed.
    pub departs: Span,
    /// When they arrived, or were transformed.
    pub arrives: Span,
    /// How much; null when unknown.
    pub quantity: Option<Decimal>,
    /// Its unit; empty when unknown.
    pub unit: String,
    /// `FILE:LINE` of the rows that say so, the first of them.
    pub places: Vec<String>,
}

impl Step {
    pub(crate) fn times(&self, lang: Lang) -> String {
        let (departs, arrives) = (text::span(self.departs, lang), text::span(self.arrives, lang));
        if departs == arrives { departs } else { format!("{departs} → {arrives}") }
    }

    pub(crate) fn amount(&self, lang: Lang) -> String {
        amount(self.quantity, &self.unit, lang)
    }
}

/// The last step of a stock's witness path; `place` finds a stock among those listed.
pub(crate) fn step(
    chain: &SupplyChain,
    traced: &Traced,
    place: &HashMap<StockId, usize>,
) -> Option<Step> {
    let witness = traced.witness?;
    let from = *place.get(&witness.from)?;
    let unit = |stock| chain.unit(stock).map_or_else(String::new, |unit| unit.symbol().to_owned());
    let places = |sources: Vec<Source>| {
        sources.into_iter().flat_map(|source| chain.places(source)).take(PLACES).collect()
    };
    Some(match witness.via {
        Via::Shipment(id) => {
            let view = chain.shipment(id);
            Step {
                from,
                kind: StepKind::Shipment,
                code: view.code.to_owned(),
                departs: view.departs,
                arrives: view.arrives,
                quantity: view.amount.map(|amount| amount.to_decimal()),
                unit: unit(view.from),
                places: places(vec![view.source]),
            }
        }
        Via::Transformation(id) => {
            let (quantity, sources) = lines(chain, (id, witness.from), (id, traced.stock));
            let view = chain.transformation(id);
            Step {
                from,
                kind: StepKind::Transformation,
                code: view.code.to_owned(),
                departs: view.time,
                arrives: view.time,
                quantity,
                unit: unit(witness.from),
                places: places(sources),
            }
        }
        Via::CarryOver { entered, left } => {
            let (quantity, sources) = lines(chain, (entered, witness.from), (left, traced.stock));
            let (first, second) = (chain.transformation(entered), chain.transformation(left));
            Step {
                from,
                kind: StepKind::CarryOver,
                code: format!("{} → {}", first.code, second.code),
                departs: first.time,
                arrives: second.time,
                quantity,
                unit: unit(witness.from),
                places: places(sources),
            }
        }
        _ => Step {
            from,
            kind: StepKind::Inferred,
            code: String::new(),
            departs: Span::UNKNOWN,
            arrives: Span::UNKNOWN,
            quantity: None,
            unit: String::new(),
            places: Vec::new(),
        },
    })
}

/// What went in at one end and the rows of both ends; backward traces name them the other way round.
fn lines(
    chain: &SupplyChain,
    near: (TransformationId, StockId),
    far: (TransformationId, StockId),
) -> (Option<Decimal>, Vec<Source>) {
    let mut sources = Vec::new();
    let mut quantity = None;
    for (at, (id, stock)) in [near, far].into_iter().enumerate() {
        let view = chain.transformation(id);
        let found = view.inputs.iter().chain(&view.outputs).find(|line| line.stock == stock);
        if let Some(line) = found {
            if at == 0 {
                quantity = line.amount.map(|amount| amount.to_decimal());
            }
            sources.extend(line.sources.iter().take(2).copied());
        }
    }
    (quantity, sources)
}
