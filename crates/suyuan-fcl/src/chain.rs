//! From a network to the core's records, and from a chain to a network.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rust_decimal::Decimal;
use suyuan_core::chain::{ChainBuilder, SupplyChain};
use suyuan_core::id::StockId;
use suyuan_core::model::{
    Batch, Operator, Product, Role, Shipment, Source, Stage, TransformationLine,
};
use suyuan_core::quantity::{Unit, parse_decimal};
use suyuan_core::time::{Minute, Span};

use crate::error::Error;
use crate::json::Json;
use crate::network::{Delivery, Finding, Network, Property, Relation, Station};

/// Most relations that a network is made with.
const RELATIONS: usize = 20_000_000;

/// Columns that hold an amount, and where its unit is.
const AMOUNTS: [(&str, Result<&str, Unit>); 3] = [
    ("Amount [kg]", Err(Unit::Kilogram)),
    ("Amount", Ok("Amount Unit")),
    ("_Lieferungen.Delivery_Amount", Ok("_Lieferungen.Delivery_Unit")),
];

impl Network {
    /// Adds the network to a chain that is being built: stations become operators, lots become
    /// batches, deliveries shipments. Where a relation joins two lots, a transformation at the
    /// station makes the second of the first; it has no date, since relations have none.
    ///
    /// A lot that goes through several hands is one batch, made by the hand that got it from
    /// nobody. What is set on the network (weights, contaminations) has no place in records.
    ///
    /// ```
    /// use suyuan_core::chain::ChainBuilder;
    /// use suyuan_core::recall::{Policy, RecallSource, recall};
    /// use suyuan_fcl::{Delivery, Network, Relation};
    /// let mut network = Network::default();
    /// for (id, from, to) in [("d1", "farm", "mill"), ("d2", "mill", "shop")] {
    ///     let (id, from, to) = (id.into(), from.into(), to.into());
    ///     network.deliveries.push(Delivery { id, from, to, ..Delivery::default() });
    /// }
    /// network.relations.push(Relation { from: "d1".into(), to: "d2".into() });
    /// let mut builder = ChainBuilder::new();
    /// network.add_to(&mut builder)?;
    /// let chain = builder.build()?.chain;
    /// let scope = recall(&chain, &RecallSource::batch(&chain, "d1")?, &Policy::default())?;
    /// assert!(scope.affected.iter().any(|row| chain.stock_label(row.traced.stock) == "d2@shop"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Chain`] when the chain is full.
    pub fn add_to(&self, builder: &mut ChainBuilder) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        for station in &self.stations {
            let text = |id: &str| station.property(id).and_then(Json::as_cell).unwrap_or_default();
            let degrees =
                |ids: [&str; 2]| ids.into_iter().find_map(|id| parse_decimal(text(id)).ok());
            let operator = Operator {
                code: (&*station.id).into(),
                name: (&*station.name).into(),
                stage: Stage::parse(text("type of business")),
                latitude: degrees(["GeocodingLatitude", "Latitude"]),
                longitude: degrees(["GeocodingLongitude", "Longitude"]),
                ..Operator::default()
            };
            builder.add_operator(&operator, Source::NONE)?;
        }
        let mut deliveries: HashMap<&str, &Delivery> = HashMap::new();
        let mut kept = Vec::new();
        for delivery in &self.deliveries {
            if !deliveries.contains_key(&*delivery.id) {
                deliveries.insert(&delivery.id, delivery);
                kept.push(delivery);
            }
        }
        self.add_lots(&kept, builder, &mut findings)?;
        for delivery in &kept {
            let lot = delivery.lot();
            let (quantity, unit) = amount(delivery, &mut findings);
            let shipment = Shipment {
                code: (&*delivery.id).into(),
                batch: lot.into(),
                from: (&*delivery.from).into(),
                to: (&*delivery.to).into(),
                shipped_on: crate::date::read_date(&delivery.departure).unwrap_or(Span::UNKNOWN),
                received_on: crate::date::read_date(&delivery.arrival).unwrap_or(Span::UNKNOWN),
                quantity,
                unit,
                digest: 0,
                ..Shipment::default()
            };
            builder.add_shipment(&shipment, Source::NONE)?;
        }
        let mut lines = BTreeSet::new();
        for relation in &self.relations {
            let ends = (deliveries.get(&*relation.from), deliveries.get(&*relation.to));
            let (Some(first), Some(second)) = ends else { continue };
            let (from, into) = (first.lot(), second.lot());
            if from != into {
                let code = format!("{into}@{}", second.from);
                lines.insert((code.clone(), &*second.from, true, into));
                lines.insert((code, &*second.from, false, from));
            }
        }
        for (code, station, output, lot) in &lines {
            let line = TransformationLine {
                code: (&**code).into(),
                operator: (*station).into(),
                role: if *output { Role::Output } else { Role::Input },
                batch: (&**lot).into(),
                ..TransformationLine::default()
            };
            builder.add_transformation_line(&line, Source::NONE)?;
        }
        Ok(findings)
    }

    fn add_lots(
        &self,
        deliveries: &[&Delivery],
        builder: &mut ChainBuilder,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let mut products = BTreeSet::new();
        let mut order = Vec::new();
        let mut hands: HashMap<String, Vec<&Delivery>> = HashMap::new();
        for delivery in deliveries {
            let lot = delivery.lot();
            if !hands.contains_key(&lot) {
                order.push(lot.clone());
            }
            hands.entry(lot).or_default().push(delivery);
            products.insert(&*delivery.name);
        }
        for product in products.into_iter().filter(|name| !name.is_empty()) {
            let product =
                Product { code: product.into(), name: product.into(), ..Product::default() };
            builder.add_product(&product, Source::NONE)?;
        }
        for lot in order {
            let members = hands.get(&lot).map_or(&[][..], Vec::as_slice);
            let receivers: HashSet<&str> = members.iter().map(|member| &*member.to).collect();
            let mut makers: Vec<&str> = members
                .iter()
                .map(|member| &*member.from)
                .filter(|from| !receivers.contains(from))
                .collect();
            makers.sort_unstable();
            makers.dedup();
            let Some(first) = members.first() else { continue };
            let maker = makers.first().copied().unwrap_or(&first.from);
            if makers.len() != 1 {
                let message = match makers.len() {
                    0 => format!(
                        "every station that sent it got it from another; {maker:?} counts as its maker"
                    ),
                    count => format!(
                        "{count} stations sent it without getting it; {maker:?} counts as its maker"
                    ),
                };
                findings.push(Finding::new(format!("lot {lot}"), message));
            }
            let batch = Batch {
                code: (&*lot).into(),
                product: (&*first.name).into(),
                operator: maker.into(),
                ..Batch::default()
            };
            builder.add_batch(&batch, Source::NONE)?;
        }
        Ok(())
    }

    /// A network of a chain: operators become stations, shipment lines deliveries with their
    /// batch as lot. A delivery is related to what left the same operator when it is of the same
    /// batch, or when recorded transformations lead from the one batch to the other, unless it
    /// arrived after the other had left.
    ///
    /// Samples, removals and processes have no place in a network; findings say how many.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond 20 million relations.
    pub fn from_chain(chain: &SupplyChain) -> Result<(Self, Vec<Finding>), Error> {
        let mut network = Self::default();
        for id in chain.operator_ids() {
            let operator = chain.operator(id);
            let mut properties = Vec::new();
            if let Some(stage) = operator.stage {
                properties.push(Property::text("type of business", stage.as_str()));
            }
            for (id, degrees) in
                [("GeocodingLatitude", operator.place.0), ("GeocodingLongitude", operator.place.1)]
            {
                if let Some(degrees) = degrees {
                    let value = Json::Number(degrees.to_string().into());
                    properties.push(Property { id: id.to_owned(), value });
                }
            }
            let (id, name) = (operator.code.to_owned(), operator.name.to_owned());
            network.stations.push(Station { id, name, properties });
        }
        let mut incoming: HashMap<StockId, Vec<usize>> = HashMap::new();
        let mut outgoing: BTreeMap<StockId, Vec<usize>> = BTreeMap::new();
        let mut times = Vec::new();
        let mut used: HashMap<String, u32> = HashMap::new();
        for (at, id) in chain.shipment_ids().enumerate() {
            let shipment = chain.shipment(id);
            let (batch, from) = chain.stock_codes(shipment.from);
            let (_, to) = chain.stock_codes(shipment.to);
            let product = chain.batch(chain.stock(shipment.from).0).product;
            let product = product.map(|product| chain.product(product));
            let name = product.map_or("", |p| if p.name.is_empty() { p.code } else { p.name });
            let mut properties = Vec::new();
            if let (Some(amount), Some(unit)) = (shipment.amount, chain.unit(shipment.from)) {
                let digits = amount.to_decimal().normalize().to_string();
                properties.push(Property::text("Amount", digits));
                properties.push(Property::text("Amount Unit", unit.symbol()));
            }
            // Lines of one waybill share its code; ids must differ.
            let lines = used.entry(shipment.code.to_owned()).or_default();
            *lines += 1;
            let id = match *lines {
                1 => shipment.code.to_owned(),
                line => format!("{}#{line}", shipment.code),
            };
            network.deliveries.push(Delivery {
                id,
                from: from.to_owned(),
                to: to.to_owned(),
                name: name.to_owned(),
                lot_id: batch.to_owned(),
                lot_number: batch.to_owned(),
                departure: day(shipment.departs, shipment.departs.earliest),
                arrival: day(shipment.arrives, shipment.arrives.latest),
                properties,
            });
            incoming.entry(shipment.to).or_default().push(at);
            outgoing.entry(shipment.from).or_default().push(at);
            times.push((shipment.departs, shipment.arrives));
        }
        let mut made_of: HashMap<StockId, Vec<StockId>> = HashMap::new();
        for id in chain.transformation_ids() {
            let event = chain.transformation(id);
            for output in &event.outputs {
                made_of
                    .entry(output.stock)
                    .or_default()
                    .extend(event.inputs.iter().map(|input| input.stock));
            }
        }
        for (stock, outs) in outgoing {
            let mut within = HashSet::from([stock]);
            let mut waiting = vec![stock];
            let mut ins = Vec::new();
            while let Some(stock) = waiting.pop() {
                ins.extend(incoming.get(&stock).into_iter().flatten().copied());
                for input in made_of.get(&stock).into_iter().flatten() {
                    if within.insert(*input) {
                        waiting.push(*input);
                    }
                }
            }
            ins.sort_unstable();
            for &before in &ins {
                for &after in &outs {
                    if before == after || !times[before].1.may_precede(times[after].0) {
                        continue;
                    }
                    if network.relations.len() >= RELATIONS {
                        let (doing, what) = ("make a network", "relations");
                        return Err(Error::TooLarge { doing, what, limit: RELATIONS });
                    }
                    let id = |at: usize| network.deliveries[at].id.clone();
                    let relation = Relation { from: id(before), to: id(after) };
                    network.relations.push(relation);
                }
            }
        }
        network.relations.sort();
        let mut findings = Vec::new();
        for (what, count) in
            [("samples", chain.sample_ids().len()), ("removals", chain.removal_ids().len())]
        {
            if count > 0 {
                let message = format!("{count} {what} have no place in a network");
                findings.push(Finding::new("chain", message));
            }
        }
        Ok((network, findings))
    }
}

/// The day of a time that is dated to the day; else the month or nothing, never a guess.
fn day(span: Span, at: Minute) -> String {
    match at.date() {
        Some(date) if span.is_dated_to_day() => date.to_string(),
        Some(date) => {
            let month = date.to_string().get(..7).unwrap_or_default().to_owned();
            match crate::date::read_date(&month) {
                Some(whole) if whole == span => month,
                _ => String::new(),
            }
        }
        None => String::new(),
    }
}

/// The quantity of a delivery, as far as a column states one in a unit the core knows.
fn amount(delivery: &Delivery, findings: &mut Vec<Finding>) -> (Option<Decimal>, Option<Unit>) {
    let text = |id: &str| delivery.property(id).and_then(Json::as_cell).unwrap_or_default().trim();
    for (column, unit) in AMOUNTS {
        let written = text(column);
        if written.is_empty() {
            continue;
        }
        let unit = match unit {
            Ok(column) => read_unit(text(column)),
            Err(unit) => Some(unit),
        };
        let read = parse_decimal(&shortest(written)).ok().filter(|value| *value > Decimal::ZERO);
        if read.is_none() || unit.is_none() {
            let message = format!("{column} {written:?} is no quantity with a known unit");
            findings.push(Finding::new(format!("delivery {}", delivery.id), message));
            return (None, None);
        }
        return (read, unit);
    }
    (None, None)
}

/// A unit as German and English offices write it. Every word of packing is a unit of its own.
fn read_unit(text: &str) -> Option<Unit> {
    let folded = text.trim().trim_end_matches('.').to_lowercase();
    Unit::parse(&folded).or_else(|| {
        Some(match &*folded {
            "kilo" | "kilos" | "kilogramm" | "kgs" => Unit::Kilogram,
            "gramm" | "gr" => Unit::Gram,
            "tonnen" => Unit::Tonne,
            "pfund" => Unit::Jin,
            "ltr" | "lt" => Unit::Litre,
            "milliliter" => Unit::Millilitre,
            "stück" | "stk" | "stck" | "each" | "ea" | "unit" | "units" => Unit::Piece,
            "karton" | "kartons" => Unit::Carton,
            "kiste" | "kisten" => Unit::Case,
            "box" | "boxes" => Unit::Box,
            "bag" | "bags" | "beutel" | "sack" | "säcke" => Unit::Bag,
            "bottle" | "bottles" | "flasche" | "flaschen" => Unit::Bottle,
            "can" | "cans" | "dose" | "dosen" => Unit::Can,
            "tin" | "tins" => Unit::Tin,
            "glas" | "gläser" => Unit::Jar,
            "drum" | "drums" | "fass" | "fässer" => Unit::Drum,
            "packet" | "packets" | "packung" | "packungen" => Unit::Packet,
            "tray" | "trays" => Unit::Tray,
            "basket" | "baskets" | "korb" | "körbe" => Unit::Basket,
            "palette" | "paletten" => Unit::Pallet,
            "dozen" | "dutzend" => Unit::Dozen,
            _ => return None,
        })
    })
}

/// Spreadsheets write 36.8 as 36.799999999999997; the shortest text of the same number is meant.
fn shortest(text: &str) -> String {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match text.parse::<f64>() {
        Ok(number) if plain && text.len() > 15 => number.to_string(),
        _ => text.to_owned(),
    }
}
