//! From events to the core's records, and from a chain to events.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use rust_decimal::Decimal;
use suyuan_core::chain::{ChainBuilder, SupplyChain};
use suyuan_core::id::OperatorId;
use suyuan_core::model::{Batch, Operator, Product, Role, Shipment, Source, TransformationLine};
use suyuan_core::quantity::{Amount, Unit, parse_decimal, parse_quantity};
use suyuan_core::time::{Minute, Span, UtcOffset};

use crate::check::lot_heading;
use crate::error::Error;
use crate::rule::{Event, Kind, fold};
use crate::sheet::Finding;

/// Adds events to a chain that is being built.
///
/// Initial packing, first land-based receiving and transformation give a lot its batch at the
/// place that assigned its code; a lot without one gets a batch at its traceability lot code
/// source, where one is named. A shipping and a receiving event of one lot between the same two
/// places become one shipment: first those with the same reference document, then in the order of
/// their dates; what stays alone becomes a shipment with one date. Transformations become lines.
/// Harvesting and cooling come before there is a lot and have no place in records.
///
/// A place's code is its location id; else its business name, street and city.
///
/// # Errors
/// [`Error::Chain`] when the chain is full.
pub fn add_to(events: &[Event], builder: &mut ChainBuilder) -> Result<Vec<Finding>, Error> {
    let mut mapping = Mapping::default();
    for event in events {
        mapping.event(event);
    }
    mapping.pair();
    mapping.write(builder)?;
    Ok(mapping.findings)
}

#[derive(Default)]
struct Mapping {
    findings: Vec<Finding>,
    places: BTreeMap<String, Place>,
    batches: BTreeMap<String, Made>,
    shipped: BTreeMap<(String, String, String), Ends>,
    shipments: Vec<Shipment<'static>>,
    lines: BTreeSet<(String, bool, String, String)>,
    amounts: HashMap<(String, bool, String), Amounts>,
    times: HashMap<String, Span>,
}

#[derive(Default)]
struct Place {
    name: String,
    coordinates: Option<(Decimal, Decimal)>,
}

#[derive(Clone, Default, PartialEq)]
struct Amounts {
    quantity: Option<Decimal>,
    unit: Option<Unit>,
}

impl fmt::Display for Amounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.quantity, self.unit) {
            (Some(quantity), Some(unit)) => write!(f, "{quantity} {}", unit_word(unit)),
            _ => f.write_str("an unknown quantity"),
        }
    }
}

struct Made {
    /// How much this is worth: 2 an event that assigned the code, 1 a source named elsewhere.
    worth: u8,
    product: String,
    place: String,
    produced: Span,
    amounts: Amounts,
    origin: String,
}

#[derive(Default)]
struct Ends {
    left: Vec<End>,
    arrived: Vec<End>,
}

#[derive(Clone)]
struct End {
    document: String,
    time: Span,
    amounts: Amounts,
}

impl Mapping {
    fn event(&mut self, event: &Event) {
        let lot = event.get(lot_heading(event.kind)).trim().to_owned();
        if matches!(event.kind, Kind::Harvesting | Kind::Cooling) {
            return;
        }
        if lot.is_empty() {
            self.find(event, "it has no traceability lot code and is left out");
            return;
        }
        match event.kind {
            Kind::InitialPacking => {
                let (place, date) = ("Packing Location", "Packing Date");
                self.made(event, &lot, place, date, "Product Description", "Packed ", "");
            }
            Kind::FirstLandBasedReceiving => {
                let product = if event.get("Product Description").trim().is_empty() {
                    "Species or Market Name"
                } else {
                    "Product Description"
                };
                let (place, date) = ("First Land-Based Receiver", "Date Landed");
                self.made(event, &lot, place, date, product, "", "Harvest Locations");
            }
            Kind::Shipping => self.moved(event, lot, "Ship From", "Ship To", "Ship Date"),
            Kind::Receiving => {
                self.moved(event, lot, "Immediate Previous Source", "Received At", "Receive Date");
            }
            Kind::Transformation => self.transformed(event, lot),
            Kind::Harvesting | Kind::Cooling => {}
        }
    }

    fn find(&mut self, event: &Event, message: impl Into<String>) {
        let place = format!("{}, row {}", event.kind.tab(), event.row);
        self.findings.push(Finding::new(place, message));
    }

    fn time(&mut self, event: &Event, heading: &str) -> Span {
        let text = event.get(heading).trim();
        Span::parse(text, UtcOffset::CHINA).unwrap_or_else(|_| {
            self.find(event, format!("{heading} {text:?} is no date; it counts as unknown"));
            Span::UNKNOWN
        })
    }

    fn amounts(&mut self, event: &Event, quantity: &str, unit: &str) -> Amounts {
        let (text, unit) = (event.get(quantity).trim(), event.get(unit).trim());
        if text.is_empty() {
            return Amounts::default();
        }
        match (parse_quantity(text).ok(), read_unit(unit)) {
            (Some(number), Some(unit)) => Amounts { quantity: Some(number), unit: Some(unit) },
            _ => {
                let message = format!(
                    "{text:?} {unit:?} is no quantity in a known unit; it counts as unknown"
                );
                self.find(event, message);
                Amounts::default()
            }
        }
    }

    /// The code of the place an element names; empty for none.
    fn place(&mut self, event: &Event, element: &str) -> String {
        let part = |part: &str| event.get(&format!("{element}: {part}")).trim();
        let name = part("Business Name");
        let id = part("Location ID");
        let code = if id.is_empty() {
            let told = [name, part("Street Address"), part("City")];
            let told: Vec<_> = told.into_iter().filter(|text| !text.is_empty()).collect();
            if told.is_empty() { part("Description").to_owned() } else { told.join(", ") }
        } else {
            id.to_owned()
        };
        if !code.is_empty() {
            let place = self.places.entry(code.clone()).or_default();
            if place.name.is_empty() {
                name.clone_into(&mut place.name);
            }
            let degrees = part("Coordinates").split_once([',', ';', ' ']);
            if let Some((north, east)) = degrees
                && let (Ok(north), Ok(east)) =
                    (parse_decimal(north.trim()), parse_decimal(east.trim()))
            {
                place.coordinates.get_or_insert((north, east));
            }
        }
        code
    }

    #[allow(clippy::too_many_arguments, reason = "one heading each")]
    fn made(
        &mut self,
        event: &Event,
        lot: &str,
        place: &str,
        date: &str,
        product: &str,
        amounts: &str,
        origin: &str,
    ) {
        let place = self.place(event, place);
        let produced = self.time(event, date);
        let headings = (format!("{amounts}Quantity"), format!("{amounts}Unit of Measure"));
        let amounts = self.amounts(event, &headings.0, &headings.1);
        let made = Made {
            worth: 2,
            product: event.get(product).trim().to_owned(),
            place,
            produced,
            amounts,
            origin: if origin.is_empty() { String::new() } else { event.get(origin).to_owned() },
        };
        self.make(event, lot, made);
    }

    fn make(&mut self, event: &Event, lot: &str, made: Made) {
        let other = self.batches.get(lot).map(|known| (known.worth, known.place.clone()));
        match other {
            Some((worth, place)) if worth >= made.worth => {
                if !made.place.is_empty() && place != made.place {
                    let message = format!(
                        "lot {lot} was assigned at {place:?} already, not at {:?}; the first counts",
                        made.place
                    );
                    self.find(event, message);
                }
            }
            _ => {
                self.batches.insert(lot.to_owned(), made);
            }
        }
    }

    fn moved(&mut self, event: &Event, lot: String, from: &str, to: &str, date: &str) {
        let (from, to) = (self.place(event, from), self.place(event, to));
        let source = if event.from_exempt_source() {
            self.place(event, "Received At")
        } else {
            self.place(event, "TLC Source")
        };
        let product = event.get("Product Description").trim().to_owned();
        let made = Made {
            worth: 1,
            product,
            place: source,
            produced: Span::UNKNOWN,
            amounts: Amounts::default(),
            origin: String::new(),
        };
        if !made.place.is_empty() {
            self.make(event, &lot, made);
        }
        if from.is_empty() || to.is_empty() {
            self.find(event, "it does not say from where to where and makes no shipment");
            return;
        }
        let time = self.time(event, date);
        let amounts = self.amounts(event, "Quantity", "Unit of Measure");
        let document = fold(event.get("Reference Document Number"));
        let ends = self.shipped.entry((lot, from, to)).or_default();
        let side = if event.kind == Kind::Shipping { &mut ends.left } else { &mut ends.arrived };
        side.push(End { document, time, amounts });
    }

    fn transformed(&mut self, event: &Event, lot: String) {
        let place = self.place(event, "Transformation Location");
        let time = self.time(event, "Transformation Date");
        let amounts = self.amounts(event, "New Quantity", "New Unit of Measure");
        let known = self.batches.get(&lot).filter(|made| made.worth == 2);
        // Rows of one event may name its place on the first alone.
        let at = if place.is_empty() {
            known.map(|made| made.place.clone()).unwrap_or_default()
        } else {
            place
        };
        if at.is_empty() {
            self.find(event, "it does not say where and makes no transformation");
            return;
        }
        let code = format!("{lot}@{at}");
        if !time.is_unknown() {
            self.times.insert(code.clone(), time);
        }
        let made = Made {
            worth: 2,
            product: event.get("New Product Description").trim().to_owned(),
            place: at.clone(),
            produced: time,
            amounts: amounts.clone(),
            origin: String::new(),
        };
        if known.is_none() || !made.product.is_empty() {
            self.make(event, &lot, made);
        }
        self.lines.insert((code.clone(), true, lot.clone(), at.clone()));
        if amounts.quantity.is_some() {
            self.amounts.insert((code.clone(), true, lot), amounts);
        }
        let input = event.get("Input Traceability Lot Code").trim().to_owned();
        if !input.is_empty() {
            let amounts = self.amounts(event, "Input Quantity", "Input Unit of Measure");
            self.lines.insert((code.clone(), false, input.clone(), at));
            // The same input on two rows: repeated for two outputs, or taken twice. The lot code
            // of the output is in the code, so it was taken twice.
            let known = self.amounts.entry((code, false, input)).or_default();
            known.quantity = match (known.quantity, amounts.quantity) {
                (Some(first), Some(second)) if known.unit == amounts.unit => {
                    first.checked_add(second)
                }
                (first, second) => first.or(second),
            };
            known.unit = known.unit.or(amounts.unit);
        }
    }

    /// Joins what left with what arrived.
    fn pair(&mut self) {
        let later = |end: &End| (end.time.latest, end.document.clone());
        for ((lot, from, to), mut ends) in std::mem::take(&mut self.shipped) {
            ends.left.sort_by_key(later);
            ends.arrived.sort_by_key(later);
            let mut arrivals: Vec<Option<End>> = ends.arrived.into_iter().map(Some).collect();
            let mut pairs: Vec<(Option<End>, Option<End>)> = Vec::new();
            let mut alone = Vec::new();
            for left in ends.left {
                let same = arrivals.iter_mut().find(|arrived| {
                    arrived.as_ref().is_some_and(|arrived| {
                        !left.document.is_empty() && arrived.document == left.document
                    })
                });
                match same.and_then(Option::take) {
                    Some(arrived) => pairs.push((Some(left), Some(arrived))),
                    None => alone.push(left),
                }
            }
            for left in alone {
                let after = arrivals.iter_mut().find(|arrived| {
                    arrived.as_ref().is_some_and(|arrived| {
                        left.time.may_precede(arrived.time)
                            && (left.document.is_empty() || arrived.document.is_empty())
                    })
                });
                pairs.push((Some(left), after.and_then(Option::take)));
            }
            pairs.extend(arrivals.into_iter().flatten().map(|arrived| (None, Some(arrived))));
            for (left, arrived) in pairs {
                let document = [&left, &arrived].into_iter().flatten().map(|end| &end.document);
                let document = document.into_iter().find(|text| !text.is_empty());
                let code = document.cloned().unwrap_or_else(|| format!("{lot}:{from}:{to}"));
                let amounts = [&left, &arrived].into_iter().flatten().map(|end| &end.amounts);
                let mut known = amounts.filter(|amounts| amounts.quantity.is_some());
                let amounts = known.next().cloned().unwrap_or_default();
                if let Some(other) = known.next().filter(|other| **other != amounts) {
                    let message = format!(
                        "lot {lot} from {from:?} to {to:?} left as {amounts} and arrived as \
                         {other}; what left counts"
                    );
                    self.findings.push(Finding::new("Shipping and Receiving", message));
                }
                let time = |end: &Option<End>| end.as_ref().map_or(Span::UNKNOWN, |end| end.time);
                self.shipments.push(Shipment {
                    code: code.into(),
                    batch: lot.clone().into(),
                    from: from.clone().into(),
                    to: to.clone().into(),
                    shipped_on: time(&left),
                    received_on: time(&arrived),
                    quantity: amounts.quantity,
                    unit: amounts.unit,
                    // Two rows that say the same are two lines, not one said twice.
                    digest: self.shipments.len() as u64 + 1,
                    ..Shipment::default()
                });
            }
        }
    }

    fn write(&self, builder: &mut ChainBuilder) -> Result<(), Error> {
        for (code, place) in &self.places {
            let operator = Operator {
                code: (&**code).into(),
                name: (&*place.name).into(),
                latitude: place.coordinates.map(|degrees| degrees.0),
                longitude: place.coordinates.map(|degrees| degrees.1),
                ..Operator::default()
            };
            builder.add_operator(&operator, Source::NONE)?;
        }
        let products: BTreeSet<_> = self.batches.values().map(|made| &*made.product).collect();
        for product in products.into_iter().filter(|product| !product.is_empty()) {
            let product =
                Product { code: product.into(), name: product.into(), ..Product::default() };
            builder.add_product(&product, Source::NONE)?;
        }
        for (lot, made) in self.batches.iter().filter(|(_, made)| !made.place.is_empty()) {
            let batch = Batch {
                code: (&**lot).into(),
                product: (&*made.product).into(),
                operator: (&*made.place).into(),
                produced_on: made.produced,
                quantity: made.amounts.quantity,
                unit: made.amounts.unit,
                origin: (&*made.origin).into(),
                ..Batch::default()
            };
            builder.add_batch(&batch, Source::NONE)?;
        }
        for shipment in &self.shipments {
            builder.add_shipment(shipment, Source::NONE)?;
        }
        for (code, output, lot, at) in &self.lines {
            let amounts = self.amounts.get(&(code.clone(), *output, lot.clone()));
            let amounts = amounts.cloned().unwrap_or_default();
            let line = TransformationLine {
                code: (&**code).into(),
                operator: (&**at).into(),
                transformed_on: self.times.get(code).copied().unwrap_or(Span::UNKNOWN),
                role: if *output { Role::Output } else { Role::Input },
                batch: (&**lot).into(),
                quantity: amounts.quantity,
                unit: amounts.unit,
                ..TransformationLine::default()
            };
            builder.add_transformation_line(&line, Source::NONE)?;
        }
        Ok(())
    }
}

/// English words of packing that the core has a unit for under another name, each with its plural.
const WORDS: [(&str, &str, Unit); 14] = [
    ("case", "cases", Unit::Case),
    ("box", "boxes", Unit::Box),
    ("bag", "bags", Unit::Bag),
    ("bottle", "bottles", Unit::Bottle),
    ("packet", "packets", Unit::Packet),
    ("drum", "drums", Unit::Drum),
    ("can", "cans", Unit::Can),
    ("tin", "tins", Unit::Tin),
    ("tray", "trays", Unit::Tray),
    ("basket", "baskets", Unit::Basket),
    ("dozen", "dozens", Unit::Dozen),
    ("jar", "jars", Unit::Jar),
    ("carton", "cartons", Unit::Carton),
    ("pallet", "pallets", Unit::Pallet),
];

/// A unit of measure. Every word of packing is a unit of its own: how many heads are in a case no
/// sheet says.
fn read_unit(text: &str) -> Option<Unit> {
    if let Some(unit) = Unit::parse(text) {
        return Some(unit);
    }
    let folded = fold(text);
    let word = WORDS.iter().find(|(one, many, _)| [*one, *many].contains(&&*folded));
    word.map(|(.., unit)| *unit).or_else(|| {
        Some(match &*folded {
            "kilo" | "kilos" | "kgs" => Unit::Kilogram,
            "metricton" | "metrictons" | "mt" => Unit::Tonne,
            "each" | "ea" | "unit" | "units" | "count" | "ct" => Unit::Piece,
            "cs" => Unit::Case,
            "ctn" | "ctns" => Unit::Carton,
            "bx" => Unit::Box,
            "plt" => Unit::Pallet,
            "dz" | "doz" => Unit::Dozen,
            _ => Unit::parse(&folded)?,
        })
    })
}

/// The word a unit is written with: English where there is one.
fn unit_word(unit: Unit) -> &'static str {
    let word = WORDS.iter().find(|(.., known)| *known == unit);
    word.map_or(unit.symbol(), |(_, many, _)| many)
}

/// Events of a chain: initial packing for each batch that its producer made of nothing recorded,
/// a shipping and a receiving event for each shipment line, and a transformation row for each
/// input of each output. What the chain does not know stays empty, for [`check`](crate::check()) to
/// name.
#[must_use]
pub fn from_chain(chain: &SupplyChain) -> Vec<Event> {
    let mut events = Vec::new();
    let mut made = BTreeSet::new();
    for id in chain.transformation_ids() {
        made.extend(chain.transformation(id).outputs.iter().map(|line| chain.stock(line.stock).0));
    }
    let product = |batch| {
        let product = chain.batch(batch).product.map(|product| chain.product(product));
        product
            .map_or("", |product| if product.name.is_empty() { product.code } else { product.name })
    };
    for id in chain.batch_ids().filter(|id| !made.contains(id)) {
        let batch = chain.batch(id);
        let Some(producer) = batch.producer else { continue };
        let mut event = Event::new(Kind::InitialPacking);
        event.set("Commodity", product(id));
        event.set("Traceability Lot Code", batch.code);
        event.set("Product Description", product(id));
        event.set("Packing Date", date(batch.produced_on));
        set_amount(&mut event, "Packed ", batch.amount, batch.unit);
        set_place(&mut event, "Packing Location", chain, producer);
        events.push(event);
    }
    for id in chain.shipment_ids() {
        let shipment = chain.shipment(id);
        let ((lot, from), (_, to)) = (chain.stock(shipment.from), chain.stock(shipment.to));
        for (kind, sender, receiver, heading, time) in [
            (Kind::Shipping, "Ship From", "Ship To", "Ship Date", shipment.departs),
            (
                Kind::Receiving,
                "Immediate Previous Source",
                "Received At",
                "Receive Date",
                shipment.arrives,
            ),
        ] {
            let mut event = Event::new(kind);
            event.set("Traceability Lot Code", chain.batch(lot).code);
            event.set("Product Description", product(lot));
            event.set(heading, date(time));
            event.set("Reference Document Type", "Waybill");
            event.set("Reference Document Number", shipment.code);
            set_amount(&mut event, "", shipment.amount, chain.unit(shipment.from));
            set_place(&mut event, sender, chain, from);
            set_place(&mut event, receiver, chain, to);
            if let Some(producer) = chain.batch(lot).producer {
                set_place(&mut event, "TLC Source", chain, producer);
            }
            events.push(event);
        }
    }
    for id in chain.transformation_ids() {
        let found = chain.transformation(id);
        for output in &found.outputs {
            let (lot, operator) = chain.stock(output.stock);
            let mut event = Event::new(Kind::Transformation);
            event.set("New Traceability Lot Code", chain.batch(lot).code);
            event.set("New Product Description", product(lot));
            event.set("Transformation Date", date(found.time));
            event.set("Reference Document Type", "Production Record");
            event.set("Reference Document Number", found.code);
            set_amount(&mut event, "New ", output.amount, chain.unit(output.stock));
            set_place(&mut event, "Transformation Location", chain, operator);
            if found.inputs.is_empty() {
                events.push(event.clone());
            }
            for input in &found.inputs {
                let (lot, _) = chain.stock(input.stock);
                let mut event = event.clone();
                event.set("Input Traceability Lot Code", chain.batch(lot).code);
                event.set("Input Product Description", product(lot));
                set_amount(&mut event, "Input ", input.amount, chain.unit(input.stock));
                events.push(event);
            }
        }
    }
    let mut rows: HashMap<Kind, u32> = HashMap::new();
    events.sort_by_key(|event| event.kind);
    for event in &mut events {
        let row = rows.entry(event.kind).or_insert(1);
        *row += 1;
        event.row = *row;
    }
    events
}

fn set_amount(event: &mut Event, before: &str, amount: Option<Amount>, unit: Option<Unit>) {
    if let (Some(amount), Some(unit)) = (amount, unit) {
        event.set(&format!("{before}Quantity"), amount.to_decimal().normalize().to_string());
        event.set(&format!("{before}Unit of Measure"), unit_word(unit));
    }
}

fn set_place(event: &mut Event, element: &str, chain: &SupplyChain, operator: OperatorId) {
    let operator = chain.operator(operator);
    event.set(&format!("{element}: Location ID"), operator.code);
    event.set(&format!("{element}: Business Name"), operator.name);
    if let (Some(north), Some(east)) = operator.place {
        event.set(&format!("{element}: Coordinates"), format!("{north}, {east}"));
    }
}

/// The minute or day of a time that is dated to the day, else its month, else nothing.
fn date(span: Span) -> String {
    if let Some(text) = span.written(UtcOffset::CHINA) {
        return text;
    }
    let text = |minute: Minute| minute.date().map(|day| day.to_string()).unwrap_or_default();
    let (first, last) = (text(span.earliest), text(span.latest));
    let month = |text: &str| text.get(..7).unwrap_or_default().to_owned();
    if first == last {
        first
    } else if month(&first) == month(&last) {
        month(&first)
    } else {
        String::new()
    }
}
