//! Stocks, links, first events, orphans and contradictions (semantics section 2).

use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::model::{Batch, Product, Role, Shipment};
use suyuan_core::quantity::{Dimension, Unit};
use suyuan_core::time::{Minute, Span};

use super::quantity::{Num, Quantity, in_base, plain_unit};
use crate::common::records::Records;

/// A batch in the hands of an operator: the two codes.
pub(crate) type Stock = (String, String);

/// What makes a link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Via {
    Shipment(usize),
    Transformation(String),
    Inferred,
}

/// A dated, directed passage of material.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) from: Stock,
    pub(crate) to: Stock,
    pub(crate) via: Via,
    /// The last minute at which it can have departed, as tracing takes it.
    pub(crate) gone_by: Minute,
    pub(crate) arrives: Minute,
    /// By written dates.
    pub(crate) begins: Minute,
    /// Recorded, dated to the day and not contradicting.
    pub(crate) certain: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Consignment {
    pub(crate) code: String,
    pub(crate) from: Stock,
    pub(crate) to: Stock,
    pub(crate) departs: Span,
    pub(crate) arrives: Span,
    pub(crate) quantity: Quantity,
    pub(crate) dated: bool,
}

impl Consignment {
    pub(crate) fn begins(&self) -> Minute {
        self.departs.earliest.min(self.arrives.earliest)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Making {
    pub(crate) hull: Span,
    pub(crate) inputs: BTreeMap<Stock, Quantity>,
    pub(crate) outputs: BTreeMap<Stock, Quantity>,
    pub(crate) processes: BTreeSet<String>,
    pub(crate) dated: bool,
}

impl Making {
    pub(crate) fn operators(&self) -> BTreeSet<&str> {
        let stocks = self.inputs.keys().chain(self.outputs.keys());
        stocks.map(|(_, operator)| operator.as_str()).collect()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Taking {
    pub(crate) stock: Stock,
    pub(crate) when: Span,
    pub(crate) quantity: Quantity,
}

/// Everything the records say, read naively.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) stocks: BTreeSet<Stock>,
    /// The kept row of each batch.
    pub(crate) batches: BTreeMap<String, Batch<'static>>,
    pub(crate) units: BTreeMap<String, Option<Unit>>,
    /// The batch's own quantity.
    pub(crate) own: BTreeMap<String, Quantity>,
    pub(crate) consignments: Vec<Consignment>,
    pub(crate) makings: BTreeMap<String, Making>,
    pub(crate) takings: Vec<Taking>,
    pub(crate) samples: Vec<(String, Stock, Span)>,
    pub(crate) cleanings: Vec<(String, Span)>,
    pub(crate) links: Vec<Link>,
    /// For each outflow of a stock that feeds links, the last minute at which it can have
    /// departed, as tracing takes it.
    pub(crate) gone_by: BTreeMap<(Stock, Via), Minute>,
    begun: BTreeMap<Stock, Minute>,
}

fn stock(batch: &str, operator: &str) -> Stock {
    (batch.to_owned(), operator.to_owned())
}

/// Of rows that share a code the one that sorts first.
fn kept<T: Ord + Clone>(rows: &[T], code: impl Fn(&T) -> String) -> BTreeMap<String, T> {
    let mut kept: BTreeMap<String, T> = BTreeMap::new();
    for row in rows {
        match kept.get(&code(row)) {
            Some(other) if other <= row => {}
            _ => {
                kept.insert(code(row), row.clone());
            }
        }
    }
    kept
}

fn transport(shipment: &Shipment<'_>) -> (Span, Span) {
    let (mut departs, mut arrives) = (shipment.shipped_on, shipment.received_on);
    if shipment.shipped_on.is_unknown() {
        departs.latest = shipment.received_on.latest;
    }
    if shipment.received_on.is_unknown() {
        arrives.earliest = shipment.shipped_on.earliest;
    }
    (departs, arrives)
}

/// The base unit of a batch: its product's, else by its row's unit, else by the family most of
/// its records name.
fn base_unit(
    code: &str,
    row: Option<&Batch<'_>>,
    product: Option<&Product<'_>>,
    votes: &[(String, Option<Unit>)],
) -> Option<Unit> {
    if let Some(unit) = product.and_then(|product| product.base_unit) {
        return Some(unit);
    }
    if let Some(unit) = row.and_then(|row| row.unit) {
        return Some(plain_unit(unit));
    }
    let count = |dimension: Dimension| {
        let of_batch = votes.iter().filter(|(batch, _)| batch == code);
        of_batch.filter(|(_, unit)| unit.is_some_and(|unit| unit.dimension() == dimension)).count()
    };
    let counts = [
        (count(Dimension::Mass), Unit::Kilogram),
        (count(Dimension::Volume), Unit::Litre),
        (count(Dimension::Count), Unit::Piece),
    ];
    let most = counts.iter().map(|(count, _)| *count).max()?;
    let found = counts.iter().find(|(count, _)| *count == most)?;
    (most > 0).then_some(found.1)
}

impl World {
    pub(crate) fn new(records: &Records) -> Self {
        let mut world =
            Self { batches: kept(&records.batches, |row| row.code.to_string()), ..Self::default() };
        let products = kept(&records.products, |row| row.code.to_string());
        let shipments: BTreeSet<&Shipment<'_>> = records.shipments.iter().collect();
        let product_of = |batch: &str| products.get(world.batches.get(batch)?.product.as_ref());

        // Units first: everything else is read in them.
        let mut votes: Vec<(String, Option<Unit>)> = Vec::new();
        votes.extend(shipments.iter().map(|r| (r.batch.to_string(), r.unit)));
        votes.extend(records.lines.iter().map(|r| (r.batch.to_string(), r.unit)));
        votes.extend(records.removals.iter().map(|r| (r.batch.to_string(), r.unit)));
        let mut codes: BTreeSet<String> = world.batches.keys().cloned().collect();
        codes.extend(votes.iter().map(|(batch, _)| batch.clone()));
        codes.extend(records.samples.iter().map(|row| row.batch.to_string()));
        let mut units = BTreeMap::new();
        let mut packs = BTreeMap::new();
        for code in codes {
            let product = product_of(&code);
            let unit = base_unit(&code, world.batches.get(&code), product, &votes);
            let pack = product.filter(|product| product.base_unit.is_some());
            packs.insert(code.clone(), pack.and_then(|product| product.pack_quantity));
            units.insert(code, unit);
        }
        let read = |batch: &str, quantity, unit| -> Option<Num> {
            in_base(quantity, unit, units[batch], packs[batch])
        };

        for row in world.batches.values() {
            let own = Quantity::of(read(&row.code, row.quantity, row.unit));
            world.own.insert(row.code.to_string(), own);
            world.stocks.insert(stock(&row.code, &row.operator));
        }
        for row in shipments {
            let (from, to) = (stock(&row.batch, &row.from), stock(&row.batch, &row.to));
            world.stocks.extend([from.clone(), to.clone()]);
            let (departs, arrives) = transport(row);
            if from == to {
                world.note(&from, departs.earliest.min(arrives.earliest));
                continue;
            }
            world.consignments.push(Consignment {
                code: row.code.to_string(),
                from,
                to,
                departs,
                arrives,
                quantity: Quantity::of(read(&row.batch, row.quantity, row.unit)),
                dated: row.shipped_on.is_dated_to_day() || row.received_on.is_dated_to_day(),
            });
        }
        for row in &records.lines {
            let place = stock(&row.batch, &row.operator);
            world.stocks.insert(place.clone());
            let quantity = Quantity::of(read(&row.batch, row.quantity, row.unit));
            let making = world.makings.entry(row.code.to_string());
            let making = making.or_insert_with(|| Making {
                hull: row.transformed_on,
                inputs: BTreeMap::new(),
                outputs: BTreeMap::new(),
                processes: BTreeSet::new(),
                dated: true,
            });
            making.hull = making.hull.hull(row.transformed_on);
            making.dated &= row.transformed_on.is_dated_to_day();
            if !row.process.is_empty() {
                making.processes.insert(row.process.to_string());
            }
            let side = match row.role {
                Role::Output => &mut making.outputs,
                _ => &mut making.inputs,
            };
            let sum = side.entry(place).or_insert_with(Quantity::zero);
            *sum = Quantity::sum([&*sum, &quantity]);
        }
        for row in &records.removals {
            let place = stock(&row.batch, &row.operator);
            world.stocks.insert(place.clone());
            world.takings.push(Taking {
                stock: place,
                when: row.removed_on,
                quantity: Quantity::of(read(&row.batch, row.quantity, row.unit)),
            });
        }
        for row in &records.samples {
            let place = stock(&row.batch, &row.operator);
            world.stocks.insert(place.clone());
            let code = row.code.to_string();
            world.samples.push((code, place, row.sampled_on));
        }
        for row in &records.cleanings {
            let code = row.operator.to_string();
            world.cleanings.push((code, row.cleaned_on));
        }
        world.units = units;
        world.note_all();
        world.gone_by = world.list_departures();
        world.links = world.list_links();
        world
    }

    fn note(&mut self, stock: &Stock, begins: Minute) {
        let begun = self.begun.entry(stock.clone()).or_insert(begins);
        *begun = begins.min(*begun);
    }

    /// When the records of each stock begin.
    fn note_all(&mut self) {
        let mut records: Vec<(Stock, Minute)> = Vec::new();
        for row in self.batches.values() {
            let place = stock(&row.code, &row.operator);
            records.push((place, row.produced_on.earliest));
        }
        for row in &self.consignments {
            records.push((row.from.clone(), row.begins()));
            records.push((row.to.clone(), row.begins()));
        }
        for making in self.makings.values() {
            for place in making.inputs.keys().chain(making.outputs.keys()) {
                records.push((place.clone(), making.hull.earliest));
            }
        }
        let takings = self.takings.iter();
        records.extend(takings.map(|row| (row.stock.clone(), row.when.earliest)));
        let samples = self.samples.iter();
        records.extend(samples.map(|(_, place, when)| (place.clone(), when.earliest)));
        for (place, begins) in records {
            self.note(&place, begins);
        }
    }

    /// The earliest minute at which a record of the stock can have begun.
    pub(crate) fn begun(&self, stock: &Stock) -> Minute {
        self.begun[stock]
    }

    pub(crate) fn producer(&self, stock: &Stock) -> Option<&Batch<'static>> {
        self.batches.get(&stock.0).filter(|row| row.operator == stock.1)
    }

    pub(crate) fn is_made(&self, batch: &str) -> bool {
        let mut outputs = self.makings.values().flat_map(|making| making.outputs.keys());
        outputs.any(|(output, _)| output == batch)
    }

    /// The first event of a stock; `None` for an orphan.
    pub(crate) fn first(&self, stock: &Stock) -> Option<Minute> {
        let received = self.consignments.iter().filter(|row| row.to == *stock);
        let mut events: Vec<Minute> = received.map(|row| row.arrives.earliest).collect();
        let made = self.makings.values();
        let made = made.filter(|making| making.outputs.contains_key(stock));
        events.extend(made.map(|making| making.hull.earliest));
        if !self.is_made(&stock.0) {
            let produced = self.producer(stock);
            events.extend(produced.map(|row| row.produced_on.earliest));
        }
        events.into_iter().min()
    }

    pub(crate) fn is_orphan(&self, stock: &Stock) -> bool {
        self.first(stock).is_none()
    }

    /// When the goods of a recorded link departed, as written.
    pub(crate) fn departs(&self, link: &Link) -> Option<Span> {
        match &link.via {
            Via::Shipment(index) => Some(self.consignments[*index].departs),
            Via::Transformation(code) => Some(self.makings[code].hull),
            Via::Inferred => None,
        }
    }

    pub(super) fn list_departures(&self) -> BTreeMap<(Stock, Via), Minute> {
        let mut departures = BTreeMap::new();
        for stock in &self.stocks {
            for outflow in self.outflows(stock) {
                let Some(via) = outflow.via else { continue };
                let gone_by = if self.contradicts(stock, &via) {
                    Minute::UNBOUNDED_FUTURE
                } else {
                    outflow.departs.latest
                };
                departures.insert((stock.clone(), via), gone_by);
            }
        }
        departures
    }

    pub(super) fn list_links(&self) -> Vec<Link> {
        let mut links = Vec::new();
        for (index, row) in self.consignments.iter().enumerate() {
            let via = Via::Shipment(index);
            links.push(Link {
                from: row.from.clone(),
                to: row.to.clone(),
                gone_by: self.gone_by[&(row.from.clone(), via.clone())],
                arrives: row.arrives.earliest,
                begins: row.begins(),
                certain: row.dated && !self.contradicts(&row.from, &via),
                via,
            });
        }
        for (code, making) in &self.makings {
            let via = Via::Transformation(code.clone());
            for from in making.inputs.keys() {
                let contradicts = self.contradicts(from, &via);
                for to in making.outputs.keys() {
                    links.push(Link {
                        from: from.clone(),
                        to: to.clone(),
                        via: via.clone(),
                        gone_by: self.gone_by[&(from.clone(), via.clone())],
                        arrives: making.hull.earliest,
                        begins: making.hull.earliest,
                        certain: making.dated && !contradicts,
                    });
                }
            }
        }
        for to in self.stocks.iter().filter(|to| self.is_orphan(to)) {
            let others = self.stocks.iter().filter(|from| from.0 == to.0);
            for from in others.filter(|from| *from != to) {
                links.push(Link {
                    from: from.clone(),
                    to: to.clone(),
                    via: Via::Inferred,
                    gone_by: Minute::UNBOUNDED_FUTURE,
                    arrives: Minute::UNBOUNDED_PAST,
                    begins: Minute::UNBOUNDED_PAST,
                    certain: false,
                });
            }
        }
        links
    }
}
