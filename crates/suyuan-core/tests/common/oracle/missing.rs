//! Links that the records lack (section 7), by filters over everything.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{ToPrimitive, Zero};
use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;
use suyuan_core::time::{Minute, Span};

use super::flows::Origin;
use super::lots::label;
use super::quantity::{Num, Quantity, exceeds, from_decimal, number, plain_unit, unit_size};
use super::recall::by_code;
use super::world::{Making, Stock, Via, World};

/// The rules of an inference.
#[derive(Clone, Debug)]
pub(crate) struct Inference {
    pub(crate) days: u32,
    pub(crate) fifo: bool,
    /// Product, input, and how much of it goes into one.
    pub(crate) recipes: BTreeMap<String, BTreeMap<String, Option<Decimal>>>,
}

/// Something made of what nobody wrote down.
#[derive(Clone, Debug)]
struct Lack {
    operator: String,
    /// The transformation; `None` where the making is not recorded.
    code: Option<String>,
    outputs: BTreeMap<Stock, Quantity>,
    time: Span,
    appeared: bool,
    products: Option<BTreeSet<String>>,
    /// Of products in their base units.
    wanted: BTreeMap<String, Num>,
    missing: Option<(Num, Unit)>,
}

/// An inferred link: what may have gone into which transformation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Guess {
    pub(crate) into: String,
    pub(crate) from: Stock,
    pub(crate) fifo: bool,
}

impl World {
    fn product(&self, stock: &Stock) -> Option<String> {
        self.products.get(&stock.0).cloned()
    }

    /// Kilograms, litres, pieces or one word of packing; `None` where they cannot be added.
    fn common(&self, side: &BTreeMap<Stock, Quantity>) -> Option<(Num, Unit)> {
        let mut sum = Num::zero();
        let mut of = None;
        for (stock, quantity) in side {
            let unit = self.units[&stock.0]?;
            let kind = plain_unit(unit);
            if !quantity.complete || *of.get_or_insert(kind) != kind {
                return None;
            }
            sum += &quantity.known * unit_size(unit);
        }
        Some((sum, of?))
    }

    fn recipe(
        &self,
        outputs: &BTreeMap<Stock, Quantity>,
        rules: &Inference,
    ) -> Option<BTreeSet<String>> {
        let mut inputs = BTreeSet::new();
        for stock in outputs.keys() {
            inputs.extend(rules.recipes.get(&self.product(stock)?)?.keys().cloned());
        }
        Some(inputs)
    }

    fn wanted(
        &self,
        outputs: &BTreeMap<Stock, Quantity>,
        rules: &Inference,
    ) -> BTreeMap<String, Num> {
        let mut wanted: BTreeMap<String, Option<Num>> = BTreeMap::new();
        for (stock, made) in outputs {
            let Some(recipe) = self.product(stock).and_then(|p| rules.recipes.get(&p)) else {
                continue;
            };
            for (input, ratio) in recipe {
                let part =
                    ratio.filter(|_| made.complete).map(|ratio| from_decimal(ratio) * &made.known);
                let sum = wanted.entry(input.clone()).or_insert_with(|| Some(Num::zero()));
                *sum = match (sum.take(), part) {
                    (Some(sum), Some(part)) => Some(sum + part),
                    _ => None,
                };
            }
        }
        wanted.into_iter().filter_map(|(input, sum)| Some((input, sum?))).collect()
    }

    fn lacks(&self, rules: &Inference) -> Vec<Lack> {
        let mut lacks = Vec::new();
        for (code, making) in &self.makings {
            if let Some(lack) = self.lack_of(code, making, rules) {
                let places: BTreeSet<&String> = making.outputs.keys().map(|(_, o)| o).collect();
                for operator in places {
                    lacks.push(Lack { operator: operator.clone(), ..lack.clone() });
                }
            }
        }
        for batch in self.stocks.iter().map(|(batch, _)| batch).collect::<BTreeSet<_>>() {
            if self.is_made(batch) {
                continue;
            }
            let hands: Vec<&Stock> = self.stocks.iter().filter(|(b, _)| b == batch).collect();
            let (stock, time, quantity) = if let Some(row) = self.batches.get(batch) {
                let stock = (batch.clone(), row.operator.to_string());
                (stock, row.produced_on, self.own[batch].clone())
            } else if hands.len() == 1 && self.is_orphan(hands[0]) {
                let begun = self.begun(hands[0]);
                let left = self.outflows(hands[0]).into_iter().map(|flow| flow.departs.latest);
                let latest = left.min().unwrap_or(Minute::UNBOUNDED_FUTURE).max(begun);
                (hands[0].clone(), Span { earliest: begun, latest }, Quantity::of(None))
            } else {
                continue;
            };
            let outputs = BTreeMap::from([(stock.clone(), quantity)]);
            lacks.push(Lack {
                operator: stock.1,
                code: None,
                time,
                appeared: !self.batches.contains_key(batch),
                products: self.recipe(&outputs, rules),
                wanted: self.wanted(&outputs, rules),
                missing: self.common(&outputs),
                outputs,
            });
        }
        lacks.sort_by_key(|lack| {
            let mut outputs: Vec<_> = lack.outputs.keys().map(by_code).collect();
            outputs.sort();
            (lack.operator.clone(), lack.time, outputs, lack.code.clone())
        });
        lacks
    }

    fn lack_of(&self, code: &str, making: &Making, rules: &Inference) -> Option<Lack> {
        if making.outputs.is_empty() {
            return None;
        }
        let all = self.recipe(&making.outputs, rules);
        let (went, came) = (self.common(&making.inputs), self.common(&making.outputs));
        let mut wanted = self.wanted(&making.outputs, rules);
        let (products, missing) = match (went, came) {
            _ if making.inputs.is_empty() => (all, self.common(&making.outputs)),
            (Some((went, of)), Some((came, same))) if of == same && exceeds(&came, &went) => {
                for (stock, quantity) in &making.inputs {
                    let left = self.product(stock).and_then(|product| wanted.get_mut(&product));
                    if let Some(left) = left.filter(|_| quantity.complete) {
                        *left = (&*left - &quantity.known).max(Num::zero());
                    }
                }
                (all, Some((came - went, of)))
            }
            _ => {
                let there: BTreeSet<String> =
                    making.inputs.keys().filter_map(|stock| self.product(stock)).collect();
                let absent: BTreeSet<String> = all?.difference(&there).cloned().collect();
                if absent.is_empty() {
                    return None;
                }
                (Some(absent), None)
            }
        };
        Some(Lack {
            operator: String::new(),
            code: Some(code.to_owned()),
            outputs: making.outputs.clone(),
            time: making.hull,
            appeared: false,
            products,
            wanted,
            missing,
        })
    }

    /// When a stock was received, or made.
    fn receipts(&self, stock: &Stock) -> Vec<(Span, bool)> {
        let mut found = Vec::new();
        for flow in self.inflows(stock) {
            match flow.origin {
                Origin::Own => found.push((self.batches[&stock.0].produced_on, true)),
                Origin::Link(Via::Shipment(at)) => {
                    found.push((self.consignments[at].arrives, false));
                }
                Origin::Link(Via::Transformation(code)) => {
                    found.push((self.makings[&code].hull, true));
                }
                Origin::Link(Via::Inferred) => found.push((Span::UNKNOWN, false)),
                // Seen below, with its interval.
                Origin::Gain => {}
            }
        }
        let gains = self.takings.iter().filter(|row| row.gained && row.stock == *stock);
        found.extend(gains.map(|row| (row.when, false)));
        found
    }

    /// The most that can have been there in an interval; `None` when nobody knows.
    fn most_on_hand(&self, stock: &Stock, at: Span) -> Option<Num> {
        let inflows = self.inflows(stock);
        let came = inflows.iter().filter(|flow| flow.counted && flow.arrives <= at.latest);
        let came = Quantity::sum(came.map(|flow| &flow.quantity));
        let outflows = self.outflows(stock);
        let left = outflows.iter().filter(|flow| flow.departs.latest < at.earliest);
        let left = Quantity::sum(left.map(|flow| &flow.quantity));
        came.complete.then(|| came.known - left.known)
    }

    /// What each output may contain.
    pub(crate) fn guesses(&self, rules: &Inference) -> Vec<Guess> {
        let mut taken: BTreeMap<Stock, i128> = BTreeMap::new();
        let mut guesses = Vec::new();
        for lack in self.lacks(rules) {
            let opens = match lack.time.earliest {
                Minute::UNBOUNDED_PAST => Minute::UNBOUNDED_PAST,
                earliest => earliest.plus(-(rules.days as i32) * 24 * 60),
            };
            let mut candidates: Vec<(Span, Stock)> = Vec::new();
            for stock in self.stocks.iter().filter(|stock| stock.1 == lack.operator) {
                let recorded = lack
                    .code
                    .as_ref()
                    .is_some_and(|code| self.makings[code].inputs.contains_key(stock));
                let product = self.product(stock);
                let named = match (&lack.products, &product) {
                    (Some(products), Some(product)) => products.contains(product),
                    _ => true,
                };
                let by_recipe = lack.products.is_some() && product.is_some();
                let receipts = self.receipts(stock).into_iter();
                let first = receipts
                    .filter(|(time, made)| {
                        (!made || by_recipe)
                            && time.earliest <= lack.time.latest
                            && time.latest >= opens
                    })
                    .map(|(time, _)| time)
                    .min();
                let there =
                    self.most_on_hand(stock, lack.time).is_none_or(|most| most > Num::zero());
                if let Some(time) = first
                    && named
                    && there
                    && !recorded
                    && !lack.outputs.contains_key(stock)
                {
                    candidates.push((time, stock.clone()));
                }
            }
            candidates.sort_by_key(|(time, stock)| (*time, by_code(stock)));
            let into = lack.code.clone().unwrap_or_else(|| {
                let (batch, operator) = lack.outputs.keys().next().unwrap();
                format!("inferred:{}@{operator}", label(batch))
            });
            let chosen = if rules.fifo {
                self.first_out(&lack, &candidates, &mut taken)
            } else {
                candidates.into_iter().map(|(_, stock)| (stock, false)).collect()
            };
            guesses.extend(chosen.into_iter().map(|(from, fifo)| Guess {
                into: into.clone(),
                from,
                fifo,
            }));
        }
        guesses.sort();
        guesses
    }

    fn first_out(
        &self,
        lack: &Lack,
        candidates: &[(Span, Stock)],
        taken: &mut BTreeMap<Stock, i128>,
    ) -> Vec<(Stock, bool)> {
        let whole = |value: Num| value.ceil().to_integer().to_i128().unwrap();
        let products: BTreeSet<Option<String>> =
            candidates.iter().map(|(_, stock)| self.product(stock)).collect();
        let group = |product: &Option<String>| -> Vec<&(Span, Stock)> {
            candidates.iter().filter(|(_, stock)| self.product(stock) == *product).collect()
        };
        let before = taken.clone();
        // Millionths of the base unit.
        let left = |stock: &Stock| -> Option<i128> {
            let most = self.most_on_hand(stock, lack.time)?;
            let taken = before.get(stock).copied().unwrap_or(0);
            Some((whole(most * number(1_000_000)) - taken).max(0))
        };
        // What is left of each product, in plain units; `None` where that cannot be said.
        let held: Option<BTreeMap<&Option<String>, Num>> = lack.missing.as_ref().and_then(|m| {
            products
                .iter()
                .map(|product| {
                    let mut sum = Num::zero();
                    for (_, stock) in group(product) {
                        let unit = self.units[&stock.0].filter(|unit| plain_unit(*unit) == m.1)?;
                        let left = Num::from_integer(left(stock)?.into()) / number(1_000_000);
                        sum += left * unit_size(unit);
                    }
                    Some((product, sum))
                })
                .collect()
        });
        let mut chosen = Vec::new();
        for product in &products {
            let group = group(product);
            let all = || group.iter().map(|(_, stock)| (stock.clone(), false)).collect::<Vec<_>>();
            let unit = self.units[&group[0].1.0];
            let same = group.iter().all(|(_, stock)| self.units[&stock.0] == unit);
            let wanted = product.as_ref().and_then(|product| lack.wanted.get(product));
            let total = held.iter().flat_map(BTreeMap::values);
            let total = total.fold(Num::zero(), |sum, part| sum + part);
            let need = match (unit, wanted, &held, &lack.missing) {
                (None, ..) => None,
                (Some(_), Some(wanted), ..) => Some(whole(wanted * number(1_000_000))),
                (Some(unit), None, Some(held), Some((missing, _))) if total > Num::zero() => {
                    let part = missing * &held[product] / &total / unit_size(unit);
                    Some(whole(part * number(1_000_000)))
                }
                _ => None,
            };
            let lefts: Option<Vec<i128>> = group.iter().map(|(_, stock)| left(stock)).collect();
            let (Some(need), Some(lefts), true) = (need, lefts, same) else {
                chosen.extend(all());
                continue;
            };
            let mut need = need.max(1);
            let mut until = None;
            for ((time, stock), left) in group.iter().zip(&lefts) {
                let part = need.min(*left);
                if part > 0 {
                    *taken.entry(stock.clone()).or_default() += part;
                    until = Some(time.latest);
                    need -= part;
                }
            }
            let Some(until) = until else {
                chosen.extend(all());
                continue;
            };
            let used: Vec<Stock> = group
                .iter()
                .zip(&lefts)
                .filter(|((time, _), left)| **left > 0 && time.earliest <= until)
                .map(|((_, stock), _)| stock.clone())
                .collect();
            let narrowed = used.len() < group.len();
            chosen.extend(used.into_iter().map(|stock| (stock, narrowed)));
        }
        chosen
    }

    /// The world in which the guesses were written down without quantities; what needs them is
    /// possible only.
    ///
    /// An as-of before any record of a stock leaves what is inferred of it out, but for `ends`.
    pub(crate) fn with_guesses(
        &self,
        rules: &Inference,
        guesses: &[Guess],
        ends: &[(Stock, Minute)],
    ) -> Self {
        let mut world = self.clone();
        for guess in guesses {
            if !world.makings.contains_key(&guess.into) {
                let lack = self.lacks(rules).into_iter().find(|lack| {
                    let mut outputs = lack.outputs.keys();
                    let label = outputs.next().map(|(b, o)| format!("inferred:{}@{o}", label(b)));
                    lack.code.is_none() && label.as_ref() == Some(&guess.into)
                });
                let lack = lack.unwrap();
                let earliest =
                    if lack.appeared { Minute::UNBOUNDED_PAST } else { lack.time.earliest };
                let hull = Span { earliest, ..lack.time };
                let outputs = lack.outputs.into_keys().map(|stock| (stock, Quantity::of(None)));
                world.makings.insert(
                    guess.into.clone(),
                    Making {
                        hull,
                        inputs: BTreeMap::new(),
                        outputs: outputs.collect(),
                        shared: BTreeSet::new(),
                        processes: BTreeSet::new(),
                        dated: hull.is_dated_to_day(),
                    },
                );
            }
            let making = world.makings.get_mut(&guess.into).unwrap();
            making.inputs.insert(guess.from.clone(), Quantity::of(None));
        }
        world.find_contradictions();
        world.links = world.list_links();
        for link in &mut world.links {
            let guessed = guesses.iter().any(|guess| {
                guess.from == link.from && link.via == Via::Transformation(guess.into.clone())
            });
            link.certain &= !guessed;
            if guessed || link.via == Via::Inferred {
                for stock in [&link.from, &link.to] {
                    if ends.iter().all(|(end, _)| end != stock) {
                        link.begins = link.begins.max(self.begun(stock));
                    }
                }
            }
        }
        world
    }
}
