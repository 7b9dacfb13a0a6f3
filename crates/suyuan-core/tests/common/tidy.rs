//! Record sets that mostly add up: goods leave where they are, in amounts that are there, and
//! what is made of them is theirs. Shares between 0 and 1, long systems and cycles come from these.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use suyuan_core::model::{
    Batch, Cleaning, Removal, RemovalReason, Role, Sample, Shipment, Text, TransformationLine,
};
use suyuan_core::quantity::Unit;

use super::generate::{Held, Kind, Lot, Measure, Precision, Step, code, date, masters, names};
use super::records::Records;

/// What is where, in grams.
type Amounts = BTreeMap<(Text<'static>, Text<'static>), i64>;

struct Tidy {
    records: Records,
    held: Vec<Held>,
    amounts: Amounts,
    operators: usize,
}

pub(crate) fn assemble(operators: usize, codes: usize, lots: &[Lot], steps: &[Step]) -> Records {
    let mut tidy =
        Tidy { records: masters(operators), held: Vec::new(), amounts: Amounts::new(), operators };
    for (number, lot) in lots.iter().enumerate() {
        let operator = code('O', usize::from(lot.operator) % operators);
        let kilograms = [100, 60, 30, 8][usize::from(lot.product) % 4];
        let batch = code('B', number % codes);
        tidy.records.batches.push(Batch {
            code: batch.clone(),
            product: code('P', if codes < lots.len() { number % 3 / 2 } else { 0 }),
            operator: operator.clone(),
            produced_on: date(lot.produced.0, plain(lot.produced.1, lot.row)),
            quantity: lot.quantity.0.map(|_| Decimal::from(kilograms)),
            unit: Some(Unit::Kilogram),
            ..Batch::default()
        });
        tidy.put(&batch, &operator, lot.produced.0, kilograms * 1_000);
    }
    for step in steps {
        tidy.apply(step);
    }
    tidy.records
}

/// The precision, or a day: goods that came in the evening do not leave in the morning.
fn plain(precision: Precision, tame: bool) -> Precision {
    if tame { Precision::Day } else { precision }
}

/// An amount as written: unknown where the drawn measure is, in grams now and then.
fn written(grams: i64, drawn: Measure) -> Measure {
    match drawn {
        (None, _) => (None, None),
        (_, Some(Unit::Gram)) => (Some(Decimal::from(grams)), Some(Unit::Gram)),
        _ => (Some(Decimal::new(grams, 3)), Some(Unit::Kilogram)),
    }
}

impl Tidy {
    fn put(&mut self, batch: &Text<'static>, operator: &Text<'static>, day: u8, grams: i64) {
        let place = (batch.clone(), operator.clone());
        *self.amounts.entry(place).or_default() += grams;
        let day = day.min(200);
        self.held.push(Held { batch: batch.clone(), operator: operator.clone(), day });
    }

    /// Takes tenths of what is left of a stock.
    fn take(&mut self, batch: &Text<'static>, operator: &Text<'static>, tenths: i64) -> i64 {
        let left = self.amounts.entry((batch.clone(), operator.clone())).or_default();
        let taken = *left * tenths / 10;
        *left -= taken;
        taken
    }

    fn apply(&mut self, step: &Step) {
        let [a, b, c, d, e, f] = step.picks;
        let source = &self.held[usize::from(a) % self.held.len()];
        let (batch, operator, from_day) =
            (source.batch.clone(), source.operator.clone(), source.day);
        let tame = f % 6 > 0;
        let (first, second) = (plain(step.precision.0, tame), plain(step.precision.1, tame));
        let tenths = [1, 2, 3, 5, 5, 7, 10, 10][usize::from(c) % 8];
        let day = from_day + e % 2;
        match step.kind {
            Kind::Transform | Kind::TransformAnything | Kind::RepeatLine => {
                self.transform(step, &operator, day, first);
            }
            // Goods go back into a lot some days after it was made.
            Kind::Rework => self.transform(step, &operator, day + 1 + d % 4, first),
            Kind::Remove | Kind::Gain => {
                let gain = matches!(step.kind, Kind::Gain);
                let grams = if gain {
                    let grams = [500, 5_000, 20_000][usize::from(c) % 3];
                    self.put(&batch, &operator, day, grams);
                    grams
                } else {
                    self.take(&batch, &operator, tenths)
                };
                let (quantity, unit) = written(grams, step.quantities[0]);
                let [product, producer] = names(&self.records, step.names, &batch);
                let reason = if gain { RemovalReason::Gained } else { RemovalReason::Destroyed };
                self.records.removals.push(Removal {
                    batch,
                    operator,
                    removed_on: date(day, first),
                    quantity,
                    unit,
                    reason: Some(reason),
                    product,
                    producer,
                    reporter: "".into(),
                });
            }
            Kind::Sample => {
                let [product, producer] = names(&self.records, step.names, &batch);
                self.records.samples.push(Sample {
                    code: code('X', self.records.samples.len()),
                    batch,
                    operator,
                    sampled_on: date(day + d % 3, first),
                    product,
                    producer,
                    ..Sample::default()
                });
            }
            Kind::Cleaning => {
                self.records.cleanings.push(Cleaning { operator, cleaned_on: date(day, first) })
            }
            _ => {
                let to = code('O', usize::from(b) % self.operators);
                let grams = self.take(&batch, &operator, tenths);
                let (quantity, unit) = written(grams, step.quantities[0]);
                let arrival = day + [0, 1, 3, 9][usize::from(d) % 4];
                let [product, producer] = names(&self.records, step.names, &batch);
                self.records.shipments.push(Shipment {
                    code: code('S', self.records.shipments.len()),
                    batch: batch.clone(),
                    from: operator,
                    to: to.clone(),
                    shipped_on: date(day, first),
                    received_on: date(arrival, second),
                    quantity,
                    unit,
                    product,
                    producer,
                    ..Shipment::default()
                });
                self.put(&batch, &to, arrival, grams);
            }
        }
    }

    /// One to three stocks of an operator become one or two batches that are made only there, or
    /// go back into one or two lots that are there.
    fn transform(&mut self, step: &Step, operator: &Text<'static>, on: u8, first: Precision) {
        let when = date(on, first);
        let [a, b, c, d, e, f] = step.picks;
        let here: Vec<Text<'static>> = self
            .held
            .iter()
            .filter(|held| held.operator == *operator)
            .map(|held| held.batch.clone())
            .collect();
        let count = [2, 2, 3, 1][usize::from(e) % 4];
        let mut inputs: Vec<Text<'static>> = [a, b, c][..count]
            .iter()
            .map(|pick| here[usize::from(*pick) % here.len()].clone())
            .collect();
        inputs.sort();
        inputs.dedup();
        let mut made: Vec<Text<'static>> = [d, f][..1 + usize::from(c % 2)]
            .iter()
            .map(|pick| match step.kind {
                Kind::Rework => here[usize::from(*pick) % here.len()].clone(),
                _ => format!("M{operator}{}", pick % 3).into(),
            })
            .collect();
        made.sort();
        made.dedup();
        let name = code('T', self.records.lines.len());
        let process = ["", "", "", "pasteurisation"][usize::from(b) % 4];
        let line = |records: &mut Records, role, batch: &Text<'static>, measure: Measure| {
            let [product, producer] = names(records, step.names, batch);
            records.lines.push(TransformationLine {
                code: name.clone(),
                operator: operator.clone(),
                transformed_on: when,
                role,
                batch: batch.clone(),
                quantity: measure.0,
                unit: measure.1,
                process: process.into(),
                product,
                producer,
                reporter: "".into(),
            });
        };
        let mut total = 0;
        for (index, batch) in inputs.iter().enumerate() {
            let grams = self.take(batch, operator, [2, 5, 10][usize::from(d) % 3]);
            total += grams;
            line(&mut self.records, Role::Input, batch, written(grams, step.quantities[index]));
        }
        let share = total * [5, 8, 10, 10, 12][usize::from(f) % 5] / 10 / made.len() as i64;
        for batch in &made {
            line(&mut self.records, Role::Output, batch, written(share, step.quantities[3]));
            self.put(batch, operator, on, share);
        }
    }
}
