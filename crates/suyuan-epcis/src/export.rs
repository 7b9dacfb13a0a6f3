//! A chain as EPCIS events: the way back.
//!
//! | record | event |
//! |---|---|
//! | batch that no transformation makes, or whose row is a making of its own | ObjectEvent, ADD, `commissioning` |
//! | shipment | ObjectEvent, OBSERVE, `shipping`, with source and destination; and `receiving` where it is known to have arrived |
//! | transformation | TransformationEvent |
//! | removal | ObjectEvent, DELETE: `retail_selling`, `destroying`, else `decommissioning`; a gain ADD, `stock_taking` |
//! | sample | ObjectEvent, OBSERVE, `sampling` |
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::time::{Span, UtcOffset};
//! use suyuan_epcis::export::{ExportOptions, export};
//! let mut builder = ChainBuilder::new();
//! let day = Span::parse("2026-03-01", UtcOffset::CHINA)?;
//! let shipment = Shipment {
//!     code: "W1".into(), batch: "L1".into(), from: "FARM".into(), to: "SHOP".into(),
//!     shipped_on: day, ..Shipment::default()
//! };
//! builder.add_shipment(&shipment, Source::NONE)?;
//! let exported = export(&builder.build()?.chain, &ExportOptions::default())?;
//! let event = &exported.document.events()[0];
//! assert_eq!(event.step.as_deref(), Some("shipping"));
//! assert_eq!(event.goods[0].id.canonical(), "https://id.example.org/lot/L1");
//! assert_eq!(exported.undated, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeSet;

use suyuan_core::chain::SupplyChain;
use suyuan_core::id::StockId;
use suyuan_core::model::RemovalReason;
use suyuan_core::quantity::Amount;
use suyuan_core::time::{Minute, Span};

use crate::document::{Document, ReadOptions};
use crate::error::Error;
use crate::terms::is_uri;
use crate::value::{Number, Object, Value};

/// How a chain is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportOptions {
    /// What comes before codes that are no URIs.
    pub base: String,
    /// The offset of the chain's clock, as EPCIS writes it.
    pub offset: String,
    /// `creationDate` of the document.
    pub created: String,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            base: "https://id.example.org/".to_owned(),
            offset: "+08:00".to_owned(),
            created: "1970-01-01T00:00:00Z".to_owned(),
        }
    }
}

/// A chain as a document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exported {
    /// The document, with the events by time.
    pub document: Document,
    /// Records whose time is unknown on both sides. EPCIS has no event without a time; they are
    /// left out.
    pub undated: usize,
    /// Quantities in units that UN/ECE has no code for; they are left out.
    pub unmeasured: usize,
}

/// The namespace of the two members of our own: `span:earliest` and `span:latest`, in events whose
/// record is not known to the minute.
const SPAN: &str = "https://id.example.org/suyuan/span/";

struct Exporter<'c> {
    chain: &'c SupplyChain,
    options: &'c ExportOptions,
    events: Vec<(Minute, Object)>,
    undated: usize,
    unmeasured: usize,
}

/// Writes a chain as EPCIS events. Takes O(n log n) for n records.
///
/// # Errors
/// [`Error::Invalid`] when the options make no valid document (an offset that is none, say).
pub fn export(chain: &SupplyChain, options: &ExportOptions) -> Result<Exported, Error> {
    let mut exporter = Exporter { chain, options, events: Vec::new(), undated: 0, unmeasured: 0 };
    exporter.batches();
    exporter.shipments();
    exporter.transformations();
    exporter.removals();
    exporter.samples();
    exporter.events.sort_by_key(|(minute, _)| *minute);
    let (undated, unmeasured) = (exporter.undated, exporter.unmeasured);
    let mut spans = Object::new();
    spans.set("span", SPAN);
    let mut body = Object::new();
    let events = exporter.events.into_iter().map(|(_, event)| event.into());
    body.set("eventList", Value::List(events.collect()));
    let mut root = Object::new();
    let context = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld";
    root.set("@context", Value::List(vec![context.into(), spans.into()]));
    root.set("type", "EPCISDocument");
    root.set("schemaVersion", "2.0");
    root.set("creationDate", options.created.as_str());
    root.set("epcisBody", body);
    let document = Document::from_value(root.into(), &ReadOptions::default())?;
    Ok(Exported { document, undated, unmeasured })
}

impl Exporter<'_> {
    /// An event of a type at a time, or `None` when no side of the time is known.
    fn event(&mut self, kind: &str, time: Span) -> Option<(Minute, Object)> {
        let minute = [time.earliest, time.latest].into_iter().find(|minute| minute.is_bounded());
        let Some(minute) = minute else {
            self.undated += 1;
            return None;
        };
        let mut event = Object::new();
        event.set("type", kind);
        event.set("eventTime", self.time(minute));
        event.set("eventTimeZoneOffset", self.options.offset.as_str());
        if time.earliest != time.latest {
            for (name, end) in [("span:earliest", time.earliest), ("span:latest", time.latest)] {
                if end.is_bounded() {
                    event.set(name, self.time(end));
                }
            }
        }
        Some((minute, event))
    }

    fn time(&self, minute: Minute) -> String {
        format!("{minute}:00{}", self.options.offset)
    }

    fn uri(&self, what: &str, code: &str) -> String {
        if is_uri(code) {
            code.to_owned()
        } else {
            format!("{}{what}/{}", self.options.base, crate::identifier::encode(code))
        }
    }

    fn place(&self, stock: StockId) -> Object {
        let mut place = Object::new();
        place.set("id", self.uri("place", self.chain.stock_codes(stock).1));
        place
    }

    /// An entry of a quantity list.
    fn quantity(&mut self, stock: StockId, amount: Option<Amount>) -> Value {
        let mut entry = Object::new();
        entry.set("epcClass", self.uri("lot", self.chain.stock_codes(stock).0));
        if let (Some(amount), Some(unit)) = (amount, self.chain.unit(stock)) {
            let written = crate::units::code_of(unit).and_then(|(code, factor)| {
                let much = amount.to_decimal().checked_mul(factor)?.normalize();
                Some((code, Number::parse(&much.to_string())?))
            });
            match written {
                Some((code, number)) => {
                    entry.set("quantity", Value::Number(number));
                    entry.set("uom", code);
                }
                None => self.unmeasured += 1,
            }
        }
        entry.into()
    }

    /// An object event about one stock.
    fn object(
        &mut self,
        (action, step): (&str, &str),
        time: Span,
        stock: StockId,
        amount: Option<Amount>,
    ) -> Option<(Minute, Object)> {
        let (minute, mut event) = self.event("ObjectEvent", time)?;
        event.set("action", action);
        event.set("bizStep", step);
        event.set("readPoint", self.place(stock));
        event.set("quantityList", Value::List(vec![self.quantity(stock, amount)]));
        Some((minute, event))
    }

    fn batches(&mut self) {
        let chain = self.chain;
        // What transformations put out at each stock; unknown where one does not say how much.
        let mut put_out = BTreeSet::new();
        let mut made: Vec<Option<Option<i64>>> = vec![None; chain.stock_count()];
        for id in chain.transformation_ids() {
            for line in chain.transformation(id).outputs {
                let sum = &mut made[line.stock.index()];
                let more = line.amount.map(Amount::millionths);
                let before = sum.unwrap_or(Some(0));
                *sum = Some(before.zip(more).and_then(|(one, two)| one.checked_add(two)));
                put_out.insert(chain.stock(line.stock).0);
            }
        }
        for stock in chain.stock_ids() {
            let batch = chain.batch(chain.stock(stock).0);
            // A making of its own is in the ledger beside what was put out.
            let beside = |out: i64| {
                let ledger = chain.ledger(stock, Minute::UNBOUNDED_FUTURE);
                ledger.produced.millionths > i128::from(out)
            };
            let own = match made[stock.index()] {
                None => !put_out.contains(&chain.stock(stock).0) || beside(0),
                Some(Some(out)) => beside(out),
                Some(None) => false,
            };
            if !own || batch.producer != Some(chain.stock(stock).1) {
                continue;
            }
            let event =
                self.object(("ADD", "commissioning"), batch.produced_on, stock, batch.amount);
            self.events.extend(event);
        }
    }

    fn end(&self, field: &str, stock: StockId) -> Value {
        let mut end = Object::new();
        end.set("type", "location");
        end.set(field, self.uri("place", self.chain.stock_codes(stock).1));
        Value::List(vec![end.into()])
    }

    fn shipments(&mut self) {
        let chain = self.chain;
        for id in chain.shipment_ids() {
            let view = chain.shipment(id);
            let mut transaction = Object::new();
            transaction.set("type", "desadv");
            transaction.set("bizTransaction", self.uri("waybill", view.code));
            // A side whose time only follows from the other is not written as an event of its own.
            let known = |span: Span| span.earliest.is_bounded() && span.latest.is_bounded();
            let (sent, received) = (known(view.departs), known(view.arrives));
            let sides = [
                (sent || !received, "shipping", view.departs, view.from),
                (received, "receiving", view.arrives, view.to),
            ];
            for (_, step, time, stock) in sides.into_iter().filter(|(known, ..)| *known) {
                let event = self.object(("OBSERVE", step), time, stock, view.amount);
                let Some((minute, mut event)) = event else { continue };
                event.set("bizTransactionList", Value::List(vec![transaction.clone().into()]));
                event.set("sourceList", self.end("source", view.from));
                event.set("destinationList", self.end("destination", view.to));
                self.events.push((minute, event));
            }
        }
    }

    fn transformations(&mut self) {
        let chain = self.chain;
        for id in chain.transformation_ids() {
            let view = chain.transformation(id);
            let Some((minute, mut event)) = self.event("TransformationEvent", view.time) else {
                continue;
            };
            event.set("transformationID", self.uri("transformation", view.code));
            let place = view.inputs.first().or(view.outputs.first()).map(|line| line.stock);
            if let Some(stock) = place {
                event.set("readPoint", self.place(stock));
            }
            for (name, lines) in
                [("inputQuantityList", &view.inputs), ("outputQuantityList", &view.outputs)]
            {
                if !lines.is_empty() {
                    let lines: Vec<Value> =
                        lines.iter().map(|line| self.quantity(line.stock, line.amount)).collect();
                    event.set(name, Value::List(lines));
                }
            }
            self.events.push((minute, event));
        }
    }

    fn removals(&mut self) {
        let chain = self.chain;
        for id in chain.removal_ids() {
            let view = chain.removal(id);
            let what = match view.reason {
                Some(RemovalReason::Sold) => ("DELETE", "retail_selling"),
                Some(RemovalReason::Destroyed) => ("DELETE", "destroying"),
                Some(RemovalReason::Gained) => ("ADD", "stock_taking"),
                _ => ("DELETE", "decommissioning"),
            };
            let event = self.object(what, view.time, view.stock, view.amount);
            self.events.extend(event);
        }
    }

    fn samples(&mut self) {
        let chain = self.chain;
        for id in chain.sample_ids() {
            let view = chain.sample(id);
            let event = self.object(("OBSERVE", "sampling"), view.sampled_on, view.stock, None);
            self.events.extend(event);
        }
    }
}
