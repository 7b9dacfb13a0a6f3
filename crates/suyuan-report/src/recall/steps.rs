//! The step that brought a stock into a trace, with the rows that say so.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde::Serialize;
use suyuan_core::chain::SupplyChain;
use suyuan_core::id::{StockId, TransformationId};
use suyuan_core::model::Source;
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
        match self.quantity {
            Some(quantity) => format!("{} {}", text::decimal(quantity), self.unit),
            None => lang.pick("unknown quantity", "数量不明").to_owned(),
        }
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
        sources.into_iter().take(PLACES).filter_map(|source| chain.place(source)).collect()
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
