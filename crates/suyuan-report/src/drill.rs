//! The record of a mock recall: one batch, both ways, what adds up and what is missing.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::recall::drill::{DrillOptions, drill, pick};
//! use suyuan_report::{Lang, drill::{DrillReport, Exercise}, records::Records};
//! let mut builder = ChainBuilder::new();
//! let shipment = Shipment {
//!     code: "W1".into(), batch: "LEEK".into(), from: "FARM".into(), to: "SHOP".into(),
//!     ..Shipment::default()
//! };
//! builder.add_shipment(&shipment, Source::NONE)?;
//! let chain = builder.build()?.chain;
//! let options = DrillOptions::default();
//! let found = drill(&chain, pick(&chain, "2026-05")?, &options)?;
//! let how = Exercise { seed: Some("2026-05".to_owned()), hours_allowed: 4 };
//! let report = DrillReport::new(&chain, &found, &options, how, Records::default());
//! assert_eq!(report.record.forward.operators, 2);
//! assert!(report.page(Lang::En).render().contains("Mass balance"));
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod page;

use std::collections::BTreeMap;

use serde::Serialize;
use suyuan_core::chain::SupplyChain;
use suyuan_core::recall::drill::{Drill, DrillDocument, DrillOptions, Verdict};
use suyuan_core::time::Span;
use suyuan_core::trace::TraceOptions;

use crate::back::TraceBackReport;
use crate::recall::RecallReport;
use crate::recall::build::product;
use crate::records::Records;

/// How an exercise was carried out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Exercise {
    /// The text that the batch was drawn with; null where it was named.
    pub seed: Option<String>,
    /// Hours that are allowed for all of it, records and calls included.
    pub hours_allowed: u32,
}

/// How many balances say what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tally {
    /// Short or over.
    pub failed: u64,
    /// To be counted.
    pub open: u64,
    /// Unknown.
    pub unknown: u64,
}

/// Everything that the page of a mock recall shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DrillReport {
    /// How it was carried out.
    #[serde(flatten)]
    pub exercise: Exercise,
    /// Name of the batch's product.
    pub product: String,
    /// When the batch was made.
    pub produced_on: Span,
    /// Whether stocks were counted.
    pub counted: bool,
    /// Whether operators were asked.
    pub asked: bool,
    /// The names of the operators concerned, by code.
    pub names: BTreeMap<String, String>,
    /// Balances counted, that over all operators included.
    pub tally: Tally,
    /// What was found.
    pub record: DrillDocument,
    /// Where the batch went.
    pub downstream: RecallReport,
    /// Where it came from.
    pub upstream: TraceBackReport,
    /// What the records behind both lack.
    #[serde(skip_serializing_if = "Records::is_unknown")]
    pub records: Records,
}

impl DrillReport {
    /// What a page shows of an exercise that [`suyuan_core::recall::drill::drill`] gave for the
    /// same options.
    #[must_use]
    pub fn new(
        chain: &SupplyChain,
        drill: &Drill,
        options: &DrillOptions,
        exercise: Exercise,
        records: Records,
    ) -> Self {
        let view = chain.batch(drill.batch);
        let trace = TraceOptions::as_of(options.policy.as_of);
        let balances = drill.balances.iter().filter_map(|row| row.operator);
        let concerned = drill.operators(chain).into_iter().chain(balances).chain(view.producer);
        let names = concerned.map(|id| {
            let operator = chain.operator(id);
            (operator.code.to_owned(), operator.name.to_owned())
        });
        let mut tally = Tally::default();
        for balance in drill.balances.iter().chain([&drill.whole]) {
            match balance.verdict {
                Verdict::Balanced => {}
                Verdict::Short | Verdict::Over => tally.failed += 1,
                Verdict::ToCount => tally.open += 1,
                Verdict::Unknown => tally.unknown += 1,
            }
        }
        Self {
            exercise,
            product: product(chain, drill.batch),
            produced_on: view.produced_on,
            counted: !options.counts.is_empty(),
            asked: options.answered.is_some(),
            names: names.collect(),
            tally,
            record: drill.document(chain),
            downstream: RecallReport::new(
                chain,
                &drill.source,
                &options.policy,
                &drill.forward,
                Records::default(),
            ),
            upstream: TraceBackReport::new(
                chain,
                &[view.code.to_owned()],
                &trace,
                &drill.back,
                Records::default(),
            ),
            records,
        }
    }

    /// What an operator is called: its name, its code where it has none.
    fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.names.get(code).map_or(code, |name| if name.is_empty() { code } else { name })
    }
}
