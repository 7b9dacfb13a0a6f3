//! Random record sets: sound ones, contradicting ones and everything between.
//!
//! A set is a list of [`Step`]s that are read one after another against what is held where so
//! far, so that shrinking drops records. Tame steps move goods that are there; wild ones name
//! anything. A part of the sets adds up: see [`tidy`]. Goods go back into lots that were there
//! before, several lots share a code now and then, and some sets are told of by several offices:
//! see [`reported`].

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rust_decimal::Decimal;
use suyuan_core::model::{
    Batch, Cleaning, Hazard, Operator, Pack, Product, Removal, RemovalReason, Role, Sample,
    Shipment, Text, TransformationLine,
};
use suyuan_core::quantity::Unit;
use suyuan_core::time::{Minute, Span, UtcOffset};

use super::query::RawQuery;
use super::records::Records;
use super::tidy;

/// How exactly an event is dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    Day,
    Minute(u8),
    Month,
    Unknown,
}

/// One record to add, by numbers that are read modulo what there is.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kind: Kind,
    pub(crate) picks: [u8; 6],
    pub(crate) precision: (Precision, Precision),
    pub(crate) quantities: [Measure; 4],
    /// How the row names its lot: see [`names`].
    pub(crate) names: u8,
}

/// A quantity and its unit, as written.
pub(crate) type Measure = (Option<Decimal>, Option<Unit>);

/// What a step adds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Ship,
    ShipAnything,
    Transform,
    TransformAnything,
    /// Goods go into lots that are there: rework, top-up, taking a kit apart.
    Rework,
    Remove,
    Gain,
    Sample,
    Cleaning,
    RepeatShipment,
    RepeatBatch,
    RepeatLine,
}

/// A batch row before it has its code.
#[derive(Clone, Debug)]
pub(crate) struct Lot {
    pub(crate) row: bool,
    pub(crate) operator: u8,
    pub(crate) product: u8,
    pub(crate) produced: (u8, Precision),
    pub(crate) quantity: Measure,
}

pub(crate) fn precision() -> impl Strategy<Value = Precision> {
    prop_oneof![
        9 => Just(Precision::Day),
        3 => (0..24_u8).prop_map(Precision::Minute),
        1 => Just(Precision::Month),
        1 => Just(Precision::Unknown),
    ]
}

pub(crate) fn measure() -> impl Strategy<Value = Measure> {
    let kilograms = prop::sample::select(vec![
        "1",
        "2",
        "3",
        "5",
        "7",
        "10",
        "20",
        "30",
        "40",
        "50",
        "60",
        "100",
        "100.5",
        "100.6",
        "33.333333",
        "0.000001",
    ]);
    let odd = prop::sample::select(vec![
        ("40000", "g"),
        ("500", "g"),
        ("60.3", "斤"),
        ("0.05", "t"),
        ("25", "L"),
        ("700", "mL"),
        ("12", "pcs"),
        ("80", "pcs"),
        ("0.0005", "g"),
        ("0.0000005", "kg"),
        ("0", "kg"),
        ("-3", "kg"),
        ("70", "lb"),
        ("50", "oz"),
        ("500000", "mg"),
        ("40", "两"),
    ]);
    let packing = prop::sample::select(vec![
        ("2", "箱"),
        ("10", "箱"),
        ("24", "瓶"),
        ("240", "瓶"),
        ("1", "托"),
        ("4", "件"),
        ("12", "pcs"),
        ("0.5", "头"),
    ]);
    let read = |text: &str| text.parse::<Decimal>().ok();
    prop_oneof![
        12 => kilograms.prop_map(move |text| (read(text), Some(Unit::Kilogram))),
        3 => odd.prop_map(move |(text, unit)| (read(text), Unit::parse(unit))),
        2 => packing.prop_map(move |(text, unit)| (read(text), Unit::parse(unit))),
        1 => Just((None, None)),
        1 => Just((None, Some(Unit::Litre))),
        1 => Just((Some(Decimal::from(9)), None)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![
        13 => Just(Kind::Ship),
        3 => Just(Kind::ShipAnything),
        6 => Just(Kind::Transform),
        2 => Just(Kind::TransformAnything),
        2 => Just(Kind::Rework),
        2 => Just(Kind::Remove),
        1 => Just(Kind::Gain),
        2 => Just(Kind::Sample),
        1 => Just(Kind::Cleaning),
        1 => Just(Kind::RepeatShipment),
        1 => Just(Kind::RepeatBatch),
        1 => Just(Kind::RepeatLine),
    ];
    let picks = any::<[u8; 6]>();
    let dates = (precision(), precision());
    let quantities = [measure(), measure(), measure(), measure()];
    let names = prop_oneof![2 => Just(0_u8), 1 => any::<u8>()];
    let steps = (kind, picks, dates, quantities, names);
    steps.prop_map(|(kind, picks, precision, quantities, names)| Step {
        kind,
        picks,
        precision,
        quantities,
        names,
    })
}

fn lot() -> impl Strategy<Value = Lot> {
    let row = prop::bool::weighted(0.9);
    let produced = (0..4_u8, precision());
    (row, any::<u8>(), any::<u8>(), produced, measure()).prop_map(
        |(row, operator, product, produced, quantity)| Lot {
            row,
            operator,
            product,
            produced,
            quantity,
        },
    )
}

/// Pack tables: rows that hold, that chain, that are of one lot, and that disagree.
fn packs() -> impl Strategy<Value = Vec<Pack<'static>>> {
    let rows = [
        ("P5", "", "箱", "24", "瓶"),
        ("P5", "", "瓶", "0.25", "L"),
        ("P5", "", "箱", "6", "L"),
        ("P5", "", "箱", "6.02", "L"),
        ("P5", "", "箱", "12", "瓶"),
        ("P5", "", "托", "40", "箱"),
        ("P5", "B2", "瓶", "0.3", "L"),
        ("P0", "", "箱", "10", "kg"),
        ("P0", "B0", "箱", "12", "kg"),
        ("P0", "", "头", "98.5", "kg"),
        ("P0", "", "瓶", "2", "lb"),
        ("P1", "", "件", "2.4", "kg"),
        ("P1", "B1", "pcs", "21", "kg"),
        ("P1", "", "箱", "4", "件"),
        ("P3", "B1", "瓶", "0.75", "L"),
        ("P4", "", "箱", "24", "瓶"),
    ];
    let rows = rows.map(|(product, batch, unit, quantity, of_unit)| Pack {
        product: product.into(),
        batch: batch.into(),
        unit: Unit::parse(unit).unwrap(),
        quantity: quantity.parse().unwrap(),
        of_unit: Unit::parse(of_unit).unwrap(),
    });
    prop::collection::vec(prop::sample::select(rows.to_vec()), 0..7)
}

/// How many of ten sets have what most sets have not.
#[derive(Clone, Copy)]
pub(crate) struct Mix {
    /// Several lots of one code.
    pub(crate) lots: u8,
    /// A pack table.
    pub(crate) packs: u8,
    /// Rows by several reporters.
    pub(crate) reports: u8,
}

/// A value in so many of ten cases.
fn of_ten<S: Strategy>(cases: u8, strategy: S) -> impl Strategy<Value = Option<S::Value>> {
    (0..10_u8, strategy).prop_map(move |(case, value)| (case >= 10 - cases).then_some(value))
}

/// Record sets of at most `steps` records beside those of tables.
pub(crate) fn record_sets(steps: usize) -> impl Strategy<Value = Records> {
    mixed_sets(steps, Mix { lots: 2, packs: 5, reports: 2 })
}

/// As [`record_sets`], of another mix.
pub(crate) fn mixed_sets(steps: usize, mix: Mix) -> impl Strategy<Value = Records> {
    let lots = prop::collection::vec(lot(), 1..7);
    let codes = of_ten(mix.lots, 1..3_usize);
    let steps = prop::collection::vec(step(), 0..steps);
    let tidy = any::<bool>();
    let packs = of_ten(mix.packs, packs());
    let reports = of_ten(mix.reports, any::<u64>());
    let all = (2..8_usize, lots, codes, steps, tidy, packs, reports);
    all.prop_map(|(operators, lots, codes, steps, tidy, packs, reports)| {
        let several = codes.is_some();
        let codes = codes.unwrap_or(lots.len()).min(lots.len());
        let mut records = if tidy {
            tidy::assemble(operators, codes, &lots, &steps)
        } else {
            assemble(operators, (codes, several), &lots, &steps)
        };
        records.packs = packs.unwrap_or_default();
        match reports {
            Some(seed) => reported(&records, seed),
            None => records,
        }
    })
}

/// The same rows told of by up to four offices: most as they are, shipments now and then without
/// one of their dates, so that each office knows what it saw.
pub(crate) fn reported(records: &Records, seed: u64) -> Records {
    let mut dice = Dice(seed);
    let mut told = records.clone();
    macro_rules! tell {
        ($($table:ident $(with $change:expr)?;)*) => {$(
            told.$table.clear();
            for row in &records.$table {
                let first = dice.roll(4);
                for number in 0..1 + dice.roll(3) {
                    let mut row = row.clone();
                    let office = (first + number) % 4;
                    row.reporter = if office == 0 { "".into() } else { code('R', office as usize) };
                    $($change(&mut row, number > 0, &mut dice);)?
                    told.$table.push(row);
                }
            }
        )*};
    }
    tell! {
        shipments with |row: &mut Shipment<'static>, again: bool, dice: &mut Dice| {
            match dice.roll(6) {
                0 if again => row.shipped_on = Span::UNKNOWN,
                1 if again => row.received_on = Span::UNKNOWN,
                _ => {}
            }
        };
        lines;
        removals;
        samples;
    }
    told
}

/// Numbers from a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

/// A record set from a seed alone.
pub(crate) fn seeded(seed: u64, steps: usize) -> Records {
    seeded_value(&record_sets(steps), seed)
}

/// A value of a strategy from a seed alone.
pub(crate) fn seeded_value<S: Strategy>(strategy: &S, seed: u64) -> S::Value {
    let mut bytes = [0_u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    strategy.new_tree(&mut runner).unwrap().current()
}

/// Questions that [`RawQuery::query`] reads against a record set.
pub(crate) fn queries() -> impl Strategy<Value = RawQuery> {
    let as_of =
        (2..10_u8, 0..24_u8).prop_map(|(day, hour)| date(day, Precision::Minute(hour)).latest);
    let hazard = prop_oneof![
        3 => Just(None),
        2 => Just(Some(Hazard::Biological)),
        1 => Just(Some(Hazard::Chemical)),
    ];
    let window = (0..12_u8, precision(), 0..12_u8, precision());
    (
        any::<u8>(),
        any::<usize>(),
        window.prop_map(|(a, p, b, q)| (date(a, p), date(a.max(b), q))),
        prop::bool::weighted(0.3),
        prop::option::weighted(0.5, as_of),
        hazard,
        prop::option::weighted(0.3, 0..4_u32),
    )
        .prop_map(|(kind, pick, window, from_holder, as_of, hazard, carry_days)| RawQuery {
            kind,
            pick,
            window,
            from_holder,
            as_of,
            hazard,
            carry_days,
        })
}

/// An interval that holds a day of February or March 2026, days counted from 27 February.
pub(crate) fn date(day: u8, precision: Precision) -> Span {
    let start = Span::parse("2026-02-27", UtcOffset::CHINA).unwrap().earliest;
    let first = start.plus(i32::from(day) * 24 * 60);
    match precision {
        Precision::Day => Span { earliest: first, latest: first.plus(24 * 60 - 1) },
        Precision::Minute(hour) => Span::at(first.plus(i32::from(hour) * 60)),
        Precision::Month if day < 2 => Span::month(2026, 2).unwrap(),
        Precision::Month => Span::month(2026, 3).unwrap(),
        Precision::Unknown => Span::UNKNOWN,
    }
}

pub(crate) fn code(letter: char, number: usize) -> Text<'static> {
    format!("{letter}{number}").into()
}

/// What is held where, from which day on.
pub(crate) struct Held {
    pub(crate) batch: Text<'static>,
    pub(crate) operator: Text<'static>,
    pub(crate) day: u8,
}

/// Operators and products.
pub(crate) fn masters(operators: usize) -> Records {
    let mut records = Records::default();
    // The last operator and one product have no rows.
    for number in 0..operators - 1 {
        records.operators.push(Operator {
            code: code('O', number),
            name: code('N', number),
            ..Operator::default()
        });
    }
    let products = [
        (None, None),
        (Some(Unit::Kilogram), Some(Decimal::new(25, 1))),
        (Some(Unit::Gram), None),
        (Some(Unit::Litre), Some(Decimal::new(5, 1))),
        (None, None),
        (Some(Unit::Piece), None),
    ];
    let numbers = [0, 1, 2, 3, 5, 6];
    for (number, (base_unit, pack_quantity)) in numbers.into_iter().zip(products) {
        records.products.push(Product {
            code: code('P', number),
            base_unit,
            pack_quantity,
            ..Product::default()
        });
    }
    records
}

/// What a row says of its lot: mostly nothing, else product, producer or both of a lot of its
/// code, or what no lot of it has.
pub(crate) fn names(records: &Records, names: u8, batch: &str) -> [Text<'static>; 2] {
    let lots: Vec<_> = records.batches.iter().filter(|row| row.code == batch).collect();
    let none = || Text::from("");
    let pick = usize::from(names / 8);
    if lots.is_empty() {
        // All rows of the code say the same product.
        let number = batch.bytes().last().map_or(0, |byte| usize::from(byte) % 6);
        return [if names % 8 > 4 { code('P', number) } else { none() }, none()];
    }
    let (lot, other) = (lots[pick % lots.len()], lots[(pick + 1) % lots.len()]);
    match names % 8 {
        0..=2 => [none(), none()],
        3 => [lot.product.clone(), none()],
        4 => [none(), lot.operator.clone()],
        5 => [lot.product.clone(), other.operator.clone()],
        6 => [lot.product.clone(), lot.operator.clone()],
        _ => [["PX".into(), none()][pick % 2].clone(), ["OX".into(), none()][pick / 2 % 2].clone()],
    }
}

fn assemble(
    operators: usize,
    (codes, several): (usize, bool),
    lots: &[Lot],
    steps: &[Step],
) -> Records {
    let mut records = masters(operators);
    let operator = |pick: u8| code('O', usize::from(pick) % operators);
    let batch = |pick: u8| code('B', usize::from(pick) % codes);
    let mut held: Vec<Held> = Vec::new();
    for (number, lot) in lots.iter().enumerate() {
        let row = Batch {
            code: code('B', number % codes),
            product: code('P', [0, 0, 0, 1, 1, 2, 3, 4, 5, 5, 6][usize::from(lot.product % 11)]),
            operator: operator(lot.operator),
            produced_on: date(lot.produced.0, lot.produced.1),
            quantity: lot.quantity.0,
            unit: lot.quantity.1,
            ..Batch::default()
        };
        held.push(Held {
            batch: row.code.clone(),
            operator: row.operator.clone(),
            day: lot.produced.0,
        });
        if lot.row {
            records.batches.push(row);
        }
    }
    for step in steps {
        apply(&mut records, &mut held, (step, several), &operator, &batch);
    }
    if records.shows_no_stock() {
        let row = Batch { code: batch(0), operator: operator(0), ..Batch::default() };
        records.batches.push(row);
    }
    records
}

fn apply(
    records: &mut Records,
    held: &mut Vec<Held>,
    (step, several): (&Step, bool),
    operator: &dyn Fn(u8) -> Text<'static>,
    batch: &dyn Fn(u8) -> Text<'static>,
) {
    let [a, b, c, d, e, f] = step.picks;
    let (first, second) = step.precision;
    let (quantity, unit) = step.quantities[0];
    let source = &held[usize::from(a) % held.len()];
    let (of, at, from_day) = (source.batch.clone(), source.operator.clone(), source.day);
    let number = records.shipments.len();
    let named = |records: &Records, batch: &str| names(records, step.names, batch);
    match step.kind {
        Kind::Ship | Kind::ShipAnything => {
            let tame = matches!(step.kind, Kind::Ship);
            let day = if tame { from_day + c % 3 } else { c % 12 };
            let arrival = if tame { day + d % 2 } else { d % 12 };
            let of = if tame { of } else { batch(e) };
            let [product, producer] = named(records, &of);
            let row = Shipment {
                code: code('S', number - usize::from(f % 4 == 0).min(number)),
                batch: of,
                product,
                producer,
                from: if tame { at } else { operator(a) },
                to: operator(b),
                shipped_on: date(day, first),
                received_on: date(arrival, second),
                quantity,
                unit,
                ..Shipment::default()
            };
            let day = arrival.min(200);
            held.push(Held { batch: row.batch.clone(), operator: row.to.clone(), day });
            records.shipments.push(row);
        }
        Kind::Transform | Kind::Rework => {
            let back = matches!(step.kind, Kind::Rework);
            let here: Vec<&Held> = held.iter().filter(|other| other.operator == at).collect();
            let picks = [b, c, d].into_iter().take(1 + usize::from(e % 3));
            let inputs: Vec<&Held> =
                picks.map(|pick| here[usize::from(pick) % here.len()]).collect();
            let day = inputs.iter().map(|input| input.day).fold(from_day, u8::max) + f % 2;
            let day = if back { day + c % 5 } else { day };
            let made = |pick: u8| {
                if back { here[usize::from(pick) % here.len()].batch.clone() } else { batch(pick) }
            };
            let outputs: Vec<Text<'static>> =
                [d, e].into_iter().take(1 + usize::from(a % 2)).map(made).collect();
            let lines: Vec<(Role, Text<'static>)> = std::iter::once((Role::Input, of))
                .chain(inputs.iter().skip(1).map(|input| (Role::Input, input.batch.clone())))
                .chain(outputs.iter().map(|output| (Role::Output, output.clone())))
                .collect();
            let name = code('T', 10 + records.lines.len());
            let process = ["", "", "", "pasteurisation", "blending"][usize::from(f) % 5];
            for (index, (role, batch)) in lines.into_iter().enumerate() {
                let (quantity, unit) = step.quantities[index % 4];
                let [product, producer] = named(records, &batch);
                records.lines.push(TransformationLine {
                    code: name.clone(),
                    operator: at.clone(),
                    transformed_on: date(day, if index == 0 { first } else { second }),
                    role,
                    batch,
                    quantity,
                    unit,
                    process: process.into(),
                    product,
                    producer,
                    reporter: "".into(),
                });
            }
            for output in outputs {
                held.push(Held { batch: output, operator: at.clone(), day: day.min(200) });
            }
        }
        Kind::TransformAnything => {
            let batch = batch(e);
            let [product, producer] = named(records, &batch);
            records.lines.push(TransformationLine {
                code: if f % 3 > 0 {
                    code('T', usize::from(f % 3))
                } else {
                    records.lines.last().map_or(code('T', 0), |line| line.code.clone())
                },
                operator: operator(b),
                transformed_on: date(c % 12, first),
                role: if d % 2 == 0 { Role::Input } else { Role::Output },
                batch,
                quantity,
                unit,
                process: ["", "UHT", "blending"][usize::from(a) % 3].into(),
                product,
                producer,
                reporter: "".into(),
            });
        }
        Kind::Remove | Kind::Gain => {
            let [product, producer] = named(records, &of);
            let gain = matches!(step.kind, Kind::Gain);
            records.removals.push(Removal {
                batch: of,
                operator: if b % 5 == 0 { operator(c) } else { at },
                removed_on: date(from_day + d % 3, first),
                quantity,
                unit,
                reason: Some(if gain { RemovalReason::Gained } else { RemovalReason::Sold }),
                product,
                producer,
                reporter: "".into(),
            });
        }
        Kind::Sample => {
            let [product, producer] = named(records, &of);
            records.samples.push(Sample {
                code: code('X', records.samples.len().min(usize::from(f % 3))),
                batch: of,
                operator: if b % 5 == 0 { operator(c) } else { at },
                sampled_on: date(from_day + d % 3, first),
                product,
                producer,
                ..Sample::default()
            });
        }
        Kind::Cleaning => records
            .cleanings
            .push(Cleaning { operator: operator(b), cleaned_on: date(c % 12, first) }),
        Kind::RepeatShipment if number > 0 => {
            records.shipments.push(records.shipments[usize::from(b) % number].clone());
        }
        Kind::RepeatBatch if !records.batches.is_empty() => {
            let mut row = records.batches[usize::from(b) % records.batches.len()].clone();
            // Another producer makes another lot.
            match c % 3 {
                0 if several => row.operator = operator(d),
                1 => row.origin = "elsewhere".into(),
                _ => {}
            }
            records.batches.push(row);
        }
        Kind::RepeatLine if !records.lines.is_empty() => {
            records.lines.push(records.lines[usize::from(b) % records.lines.len()].clone());
        }
        Kind::RepeatShipment | Kind::RepeatBatch | Kind::RepeatLine => {}
    }
}

/// The first minute of a generated calendar.
pub(crate) fn epoch() -> Minute {
    date(0, Precision::Day).earliest
}
