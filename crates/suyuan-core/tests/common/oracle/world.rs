//! Stocks, links, first events, orphans and contradictions (semantics section 2).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::model::{Batch, Product, RemovalReason, Role, Shipment};
use suyuan_core::quantity::Unit;
use suyuan_core::time::{Minute, Span};

use super::lots::{Lots, Naming, code_of, naming};
use super::quantity::{
    Num, PackRow, Packs, Quantity, differs, exceeds, from_decimal, place_in_list, plain_unit,
};
use super::reporters::{events, shipments};
use crate::common::generate::Measure;
use crate::common::records::Records;

/// A lot in the hands of an operator: the name of the lot (its code, where the code has one lot)
/// and the code of the operator.
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
    /// Recorded, of one lot, dated to the day and not contradicting.
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
    /// The record belongs to several lots.
    pub(crate) shared: bool,
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
    /// The stocks on each side of which every line belongs to several lots.
    pub(crate) shared: BTreeSet<(Role, Stock)>,
    pub(crate) processes: BTreeSet<String>,
    pub(crate) dated: bool,
}

impl Making {
    pub(crate) fn operators(&self) -> BTreeSet<&str> {
        let stocks = self.inputs.keys().chain(self.outputs.keys());
        stocks.map(|(_, operator)| operator.as_str()).collect()
    }

    pub(crate) fn is_shared(&self, role: Role, stock: &Stock) -> bool {
        self.shared.contains(&(role, stock.clone()))
    }
}

/// A removal, or a gain.
#[derive(Clone, Debug)]
pub(crate) struct Taking {
    pub(crate) stock: Stock,
    pub(crate) when: Span,
    pub(crate) quantity: Quantity,
    pub(crate) gained: bool,
    pub(crate) shared: bool,
}

/// Everything the records say, read naively.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) stocks: BTreeSet<Stock>,
    /// The kept row of each lot.
    pub(crate) batches: BTreeMap<String, Batch<'static>>,
    pub(crate) units: BTreeMap<String, Option<Unit>>,
    /// The product of each lot: its row's, or without a row what a record says.
    pub(crate) products: BTreeMap<String, String>,
    /// What the row of the lot says was made.
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
    /// The departures that contradict the records.
    pub(crate) contradicting: BTreeSet<(Stock, Via)>,
    begun: BTreeMap<Stock, Minute>,
}

fn stock(lot: &str, operator: &str) -> Stock {
    (lot.to_owned(), operator.to_owned())
}

fn transport(shipped_on: Span, received_on: Span) -> (Span, Span) {
    let (mut departs, mut arrives) = (shipped_on, received_on);
    if shipped_on.is_unknown() {
        departs.latest = received_on.latest;
    }
    if received_on.is_unknown() {
        arrives.earliest = shipped_on.earliest;
    }
    (departs, arrives)
}

/// A quantity read, and what was written where it could not be.
type Read = (Quantity, Option<Measure>);

/// The units of every lot and how quantities are brought to them.
#[derive(Default)]
struct Measures {
    units: BTreeMap<String, Option<Unit>>,
    packs: BTreeMap<String, Packs>,
    products: BTreeMap<String, String>,
}

impl Measures {
    fn read(&self, lot: &str, (quantity, unit): Measure) -> Quantity {
        Quantity::of(self.packs[lot].in_base(quantity, unit, self.units[lot]))
    }

    /// As read for each of the lots a row may be of; what does not convert as it is written too,
    /// for comparing rows.
    fn read_all(&self, lots: &BTreeSet<String>, written: Measure) -> Vec<Read> {
        let read = |lot: &String| {
            let quantity = self.read(lot, written);
            let unread = (!quantity.complete).then_some(written);
            (quantity, unread)
        };
        lots.iter().map(read).collect()
    }
}

/// What an event says of its lot.
struct Said {
    lots: BTreeSet<String>,
    product: String,
    unit: Option<Unit>,
}

/// The pack rows that hold for a lot: its own, and of its product's those of other units.
/// `counted` are the units in which all records count pieces or packs of the product.
fn packs_of(
    lot: &str,
    product: &str,
    (row, counted): (Option<&Product<'_>>, Vec<Unit>),
    records: &Records,
) -> Packs {
    let of_product = || records.packs.iter().filter(|pack| pack.product == product);
    let own: Vec<_> = of_product().filter(|pack| pack.batch == code_of(lot)).collect();
    let general: Vec<_> = of_product().filter(|pack| pack.batch.is_empty()).collect();
    let mut rows: Vec<PackRow> = Vec::new();
    let row_of = |pack: &&suyuan_core::model::Pack<'_>| PackRow {
        unit: pack.unit,
        size: from_decimal(pack.quantity),
        of: pack.of_unit,
    };
    rows.extend(own.iter().map(row_of));
    let said_for = |rows: &[PackRow], unit: Unit| rows.iter().any(|row| row.unit == unit);
    let more: Vec<PackRow> =
        general.iter().map(row_of).filter(|row| !said_for(&rows, row.unit)).collect();
    rows.extend(more);
    // The pack quantity of a product says what a piece and a 件 hold, where no row does, and what
    // the one word holds in which the product is counted.
    if let Some((base, size)) = row.and_then(|row| Some((row.base_unit?, row.pack_quantity?))) {
        let mut units = ["pcs", "件"].map(|name| Unit::parse(name).unwrap()).to_vec();
        if let [unit] = counted[..]
            && of_product().all(|pack| pack.unit != unit)
        {
            units.push(unit);
        }
        units.sort();
        units.dedup();
        for unit in units {
            if !said_for(&rows, unit) && unit != base {
                rows.push(PackRow { unit, size: from_decimal(size), of: base });
            }
        }
    }
    Packs(rows)
}

impl World {
    pub(crate) fn new(records: &Records) -> Self {
        let lots = Lots::new(records);
        let measures = Self::measures(records, &lots);
        let mut world = Self { batches: lots.rows.clone(), ..Self::default() };
        for (lot, row) in &lots.rows {
            let own = measures.read(lot, (row.quantity, row.unit));
            world.own.insert(lot.clone(), own);
            world.stocks.insert(stock(lot, &row.operator));
        }
        world.add_shipments(records, &lots, &measures);
        world.add_lines(records, &lots, &measures);
        world.add_removals(records, &lots, &measures);
        for row in &records.samples {
            let named = Naming { code: &row.batch, product: &row.product, producer: &row.producer };
            for lot in lots.meant(named, &row.operator) {
                let place = stock(&lot, &row.operator);
                world.stocks.insert(place.clone());
                world.samples.push((row.code.to_string(), place, row.sampled_on));
            }
        }
        for row in &records.cleanings {
            let code = row.operator.to_string();
            world.cleanings.push((code, row.cleaned_on));
        }
        (world.units, world.products) = (measures.units, measures.products);
        world.note_all();
        world.find_contradictions();
        world.links = world.list_links();
        world
    }

    /// Units first: everything else is read in them.
    fn measures(records: &Records, lots: &Lots) -> Measures {
        let mut products: BTreeMap<&str, &Product<'static>> = BTreeMap::new();
        for row in &records.products {
            let place = products.entry(&row.code).or_insert(row);
            *place = row.min(*place);
        }
        let named = Self::named(records, lots);
        let mut measures = Measures::default();
        let mut all: BTreeSet<String> = lots.rows.keys().cloned().collect();
        all.extend(named.iter().flat_map(|said| said.lots.iter().cloned()));
        for lot in &all {
            let product = match lots.rows.get(lot) {
                Some(row) => row.product.to_string(),
                None => {
                    let said = named.iter().filter(|said| said.lots.contains(lot));
                    let said = said.map(|said| &said.product).filter(|code| !code.is_empty());
                    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
                    said.for_each(|code| *counts.entry(code).or_default() += 1);
                    let most = counts.iter().max_by_key(|(code, count)| (**count, Reverse(**code)));
                    most.map(|(code, _)| (*code).clone()).unwrap_or_default()
                }
            };
            if !product.is_empty() {
                measures.products.insert(lot.clone(), product);
            }
        }
        // The units that count pieces or packs of each product.
        let mut words: BTreeMap<String, BTreeSet<Unit>> = BTreeMap::new();
        let rows = records.batches.iter().map(|row| (row.product.to_string(), row.unit));
        let events = named.iter().filter(|said| said.lots.len() == 1).flat_map(|said| {
            let products = said.lots.iter().filter_map(|lot| measures.products.get(lot));
            products.map(|product| (product.clone(), said.unit))
        });
        for (product, unit) in rows.chain(events) {
            let counts = |unit: &Unit| !["kg", "L"].contains(&plain_unit(*unit).symbol());
            words.entry(product).or_default().extend(unit.filter(counts));
        }
        for lot in all {
            // What may be of another lot says nothing of this one's unit.
            let alone = BTreeSet::from([lot.clone()]);
            let of_lot = || named.iter().filter(|said| said.lots == alone);
            let product = measures.products.get(&lot).map_or("", String::as_str);
            let row = products.get(product).copied();
            let counted = words.get(product).into_iter().flatten().copied().collect();
            let packs = packs_of(&lot, product, (row, counted), records);
            let counts = |unit: Unit| of_lot().filter(|said| said.unit == Some(unit)).count();
            let voted: BTreeSet<Unit> = of_lot().filter_map(|said| said.unit).collect();
            let voted =
                voted.into_iter().max_by_key(|unit| (counts(*unit), Reverse(place_in_list(*unit))));
            let written = lots.rows.get(&lot).and_then(|row| row.unit).or(voted);
            let base = row.and_then(|product| product.base_unit);
            measures.units.insert(lot.clone(), base.or(written.map(|unit| packs.lead(unit))));
            measures.packs.insert(lot, packs);
        }
        measures
    }

    /// What each event says of its lot and its unit.
    fn named(records: &Records, lots: &Lots) -> Vec<Said> {
        let mut named: Vec<Said> = Vec::new();
        let mut say = |naming: Naming<'_>, operator: &str, unit: Option<Unit>| {
            let lots = lots.meant(naming, operator);
            named.push(Said { lots, product: naming.product.to_owned(), unit });
        };
        let shipments: BTreeSet<&Shipment<'_>> = records.shipments.iter().collect();
        let shipments = shipments.into_iter().map(|row| {
            let mut bare = row.clone();
            (bare.reporter, bare.digest) = ("".into(), 0);
            (bare.shipped_on, bare.received_on) = (Span::UNKNOWN, Span::UNKNOWN);
            (row.reporter.to_string(), (bare, [row.shipped_on, row.received_on]))
        });
        for (row, _) in super::reporters::shipments(shipments) {
            say(naming(&row), &row.from, row.unit);
        }
        let lines = records.lines.iter().map(|row| {
            let mut bare = row.clone();
            bare.reporter = "".into();
            (row.reporter.to_string(), bare)
        });
        for row in events(lines) {
            let of = Naming { code: &row.batch, product: &row.product, producer: &row.producer };
            say(of, &row.operator, row.unit);
        }
        let removals = records.removals.iter().map(|row| {
            let mut bare = row.clone();
            bare.reporter = "".into();
            (row.reporter.to_string(), bare)
        });
        for row in events(removals) {
            let of = Naming { code: &row.batch, product: &row.product, producer: &row.producer };
            say(of, &row.operator, row.unit);
        }
        for row in &records.samples {
            let of = Naming { code: &row.batch, product: &row.product, producer: &row.producer };
            say(of, &row.operator, None);
        }
        named
    }

    fn add_shipments(&mut self, records: &Records, lots: &Lots, measures: &Measures) {
        // Fully identical rows of one reporter are one line, written twice.
        let rows: BTreeSet<&Shipment<'_>> = records.shipments.iter().collect();
        let read = rows.into_iter().map(|row| {
            let meant = lots.meant(naming(row), &row.from);
            let quantities = measures.read_all(&meant, (row.quantity, row.unit));
            let ends = [row.from.to_string(), row.to.to_string()];
            let rest = (row.code.to_string(), meant, ends, quantities);
            (row.reporter.to_string(), (rest, [row.shipped_on, row.received_on]))
        });
        for ((code, meant, [from, to], quantities), [shipped_on, received_on]) in shipments(read) {
            let (departs, arrives) = transport(shipped_on, received_on);
            let shared = meant.len() > 1;
            for (lot, (quantity, _)) in meant.iter().zip(quantities) {
                let (from, to) = (stock(lot, &from), stock(lot, &to));
                self.stocks.extend([from.clone(), to.clone()]);
                if from == to {
                    self.note(&from, departs.earliest.min(arrives.earliest));
                    continue;
                }
                self.consignments.push(Consignment {
                    code: code.clone(),
                    from,
                    to,
                    departs,
                    arrives,
                    quantity: if shared { Quantity::of(None) } else { quantity },
                    dated: shipped_on.is_dated_to_day() || received_on.is_dated_to_day(),
                    shared,
                });
            }
        }
    }

    fn add_lines(&mut self, records: &Records, lots: &Lots, measures: &Measures) {
        let read = records.lines.iter().map(|row| {
            let named = Naming { code: &row.batch, product: &row.product, producer: &row.producer };
            let meant = lots.meant(named, &row.operator);
            let quantities = measures.read_all(&meant, (row.quantity, row.unit));
            let place = (row.code.to_string(), row.operator.to_string(), row.role);
            let line = (place, meant, row.transformed_on, row.process.to_string(), quantities);
            (row.reporter.to_string(), line)
        });
        let mut certain: BTreeSet<(String, Role, Stock)> = BTreeSet::new();
        for told in events(read) {
            let ((code, operator, role), meant, when, process, quantities) = told;
            let making = self.makings.entry(code.clone());
            let making = making.or_insert_with(|| Making {
                hull: when,
                inputs: BTreeMap::new(),
                outputs: BTreeMap::new(),
                shared: BTreeSet::new(),
                processes: BTreeSet::new(),
                dated: true,
            });
            making.hull = making.hull.hull(when);
            making.dated &= when.is_dated_to_day();
            if !process.is_empty() {
                making.processes.insert(process);
            }
            let shared = meant.len() > 1;
            for (lot, (quantity, _)) in meant.iter().zip(quantities) {
                let place = stock(lot, &operator);
                self.stocks.insert(place.clone());
                let side = match role {
                    Role::Output => &mut making.outputs,
                    _ => &mut making.inputs,
                };
                let quantity = if shared { Quantity::of(None) } else { quantity };
                let sum = side.entry(place.clone()).or_insert_with(Quantity::zero);
                *sum = Quantity::sum([&*sum, &quantity]).or_nothing();
                if shared {
                    making.shared.insert((role, place));
                } else {
                    certain.insert((code.clone(), role, place));
                }
            }
        }
        for (code, role, place) in certain {
            if let Some(making) = self.makings.get_mut(&code) {
                making.shared.remove(&(role, place));
            }
        }
    }

    fn add_removals(&mut self, records: &Records, lots: &Lots, measures: &Measures) {
        let read = records.removals.iter().map(|row| {
            let named = Naming { code: &row.batch, product: &row.product, producer: &row.producer };
            let meant = lots.meant(named, &row.operator);
            let quantities = measures.read_all(&meant, (row.quantity, row.unit));
            let operator = row.operator.to_string();
            (row.reporter.to_string(), (operator, meant, row.removed_on, row.reason, quantities))
        });
        for told in events(read) {
            let (operator, meant, when, reason, quantities) = told;
            let shared = meant.len() > 1;
            for (lot, (quantity, _)) in meant.iter().zip(quantities) {
                let place = stock(lot, &operator);
                self.stocks.insert(place.clone());
                self.takings.push(Taking {
                    stock: place,
                    when,
                    quantity: if shared { Quantity::of(None) } else { quantity },
                    gained: reason == Some(RemovalReason::Gained),
                    shared,
                });
            }
        }
    }

    fn note(&mut self, stock: &Stock, begins: Minute) {
        let begun = self.begun.entry(stock.clone()).or_insert(begins);
        *begun = begins.min(*begun);
    }

    /// When the records of each stock begin.
    fn note_all(&mut self) {
        let mut records: Vec<(Stock, Minute)> = Vec::new();
        for (lot, row) in &self.batches {
            let place = stock(lot, &row.operator);
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

    /// The transformations that output a lot, with the stock and its quantity.
    fn outputs_of(&self, lot: &str) -> Vec<(&Making, &Stock, &Quantity)> {
        let all = self.makings.values();
        let outputs = all.flat_map(|making| making.outputs.iter().map(move |o| (making, o)));
        let of_lot = outputs.filter(|(_, (place, _))| place.0 == lot);
        of_lot.map(|(making, (place, quantity))| (making, place, quantity)).collect()
    }

    pub(crate) fn is_made(&self, lot: &str) -> bool {
        !self.outputs_of(lot).is_empty()
    }

    /// Whether the row of a lot tells of a making of its own. Beside transformations that output
    /// the lot only where the records cannot do without it.
    pub(crate) fn own_making(&self, lot: &str) -> bool {
        let Some(row) = self.batches.get(lot) else {
            return false;
        };
        let outputs = self.outputs_of(lot);
        let Some(first_output) = outputs.iter().map(|(making, ..)| making.hull.earliest).min()
        else {
            return true;
        };
        let own = &self.own[lot];
        // (1) It was made, and dated so, more than a day before the first of them.
        let gap = i64::from(first_output.minutes()) - i64::from(row.produced_on.latest.minutes());
        if !own.complete || !row.produced_on.is_dated_to_day() || gap <= 1440 {
            return false;
        }
        // (2) It does not tell of the same goods as they do.
        let put_out = Quantity::sum(outputs.iter().map(|(_, _, quantity)| *quantity));
        if !put_out.complete || !differs(&own.known, &put_out.known) {
            return false;
        }
        // (3) More left its maker than came there without it.
        let maker = stock(lot, &row.operator);
        let (left, came) = self.recorded_balance(&maker);
        came.complete && exceeds(&left, &came.known)
    }

    /// What left a stock, as far as it is known, and what it received and transformations made
    /// there, by recorded rows of one lot, whatever the as-of.
    fn recorded_balance(&self, maker: &Stock) -> (Num, Quantity) {
        let (mut left, mut came) = (Quantity::zero(), Quantity::zero());
        let add = |sum: &mut Quantity, part: &Quantity| *sum = Quantity::sum([&*sum, part]);
        for row in self.consignments.iter().filter(|row| !row.shared) {
            if row.from == *maker {
                add(&mut left, &row.quantity);
            }
            if row.to == *maker {
                add(&mut came, &row.quantity);
            }
        }
        for making in self.makings.values() {
            if let Some(part) = making.inputs.get(maker)
                && !making.is_shared(Role::Input, maker)
            {
                add(&mut left, part);
            }
            if let Some(part) = making.outputs.get(maker)
                && !making.is_shared(Role::Output, maker)
            {
                add(&mut came, part);
            }
        }
        for row in self.takings.iter().filter(|row| row.stock == *maker && !row.shared) {
            add(if row.gained { &mut came } else { &mut left }, &row.quantity);
        }
        (left.known, came)
    }

    /// The first event of a stock; `None` for an orphan.
    pub(crate) fn first(&self, stock: &Stock) -> Option<Minute> {
        let received = self.consignments.iter().filter(|row| row.to == *stock);
        let mut events: Vec<Minute> = received.map(|row| row.arrives.earliest).collect();
        let made = self.makings.values();
        let made = made.filter(|making| making.outputs.contains_key(stock));
        events.extend(made.map(|making| making.hull.earliest));
        if let Some(row) = self.producer(stock)
            && self.own_making(&stock.0)
        {
            events.push(row.produced_on.earliest);
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

    /// The departures that contradict the records; tracing takes their time as unknown.
    pub(super) fn find_contradictions(&mut self) {
        let (mut departures, mut contradicting) = (BTreeMap::new(), BTreeSet::new());
        for stock in &self.stocks {
            for outflow in self.outflows(stock) {
                let Some(via) = outflow.via else { continue };
                let mut gone_by = outflow.departs.latest;
                if self.contradicts(stock, &via) {
                    gone_by = Minute::UNBOUNDED_FUTURE;
                    contradicting.insert((stock.clone(), via.clone()));
                }
                departures.insert((stock.clone(), via), gone_by);
            }
        }
        self.gone_by = departures;
        self.contradicting = contradicting;
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
                certain: row.dated
                    && !row.shared
                    && !self.contradicting.contains(&(row.from.clone(), via.clone())),
                via,
            });
        }
        for (code, making) in &self.makings {
            let via = Via::Transformation(code.clone());
            for from in making.inputs.keys() {
                let contradicts = self.contradicting.contains(&(from.clone(), via.clone()));
                let shared = making.is_shared(Role::Input, from);
                for to in making.outputs.keys() {
                    links.push(Link {
                        from: from.clone(),
                        to: to.clone(),
                        via: via.clone(),
                        gone_by: self.gone_by[&(from.clone(), via.clone())],
                        arrives: making.hull.earliest,
                        begins: making.hull.earliest,
                        certain: making.dated
                            && !contradicts
                            && !shared
                            && !making.is_shared(Role::Output, to),
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
