//! First in, first out: which candidates the missing consumption would have used.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::SupplyChain;
use super::holdings::Candidate;
use super::lacking::Lack;
use crate::id::{ProductId, StockId};
use crate::quantity::Dimension;

/// What outputs before took from the stocks of an operator, in millionths of their base units.
#[derive(Debug, Default)]
pub(super) struct Taken {
    by_stock: HashMap<StockId, i128>,
}

/// How much of a product went in.
enum Part {
    /// In millionths of the base unit of its batches.
    Base(i128),
    /// In millionths of a nanogram, nanolitre or piece.
    Common(i128),
    Unknown,
}

impl Taken {
    /// The candidates that first-in-first-out consumption uses, each with whether it was chosen
    /// among others. `candidates` come by receipt.
    pub(super) fn choose(
        &mut self,
        chain: &SupplyChain,
        lack: &Lack,
        candidates: &[Candidate],
    ) -> Vec<(StockId, bool)> {
        let mut products: BTreeMap<Option<ProductId>, Vec<&Candidate>> = BTreeMap::new();
        for candidate in candidates {
            products.entry(candidate.product).or_default().push(candidate);
        }
        let parts: Vec<Part> = self.parts(chain, lack, &products);
        let mut chosen = Vec::new();
        for (group, part) in products.values().zip(parts) {
            let need = self.in_base_units(chain, group, &part);
            match need.and_then(|need| self.use_up(group, need)) {
                Some(used) => {
                    let narrowed = used.len() < group.len();
                    chosen.extend(used.into_iter().map(|stock| (stock, narrowed)));
                }
                None => chosen.extend(group.iter().map(|candidate| (candidate.stock, false))),
            }
        }
        chosen
    }

    /// What can be left of a candidate; `None` when nobody knows.
    fn left(&self, candidate: &Candidate) -> Option<i128> {
        let taken = self.by_stock.get(&candidate.stock).copied().unwrap_or(0);
        (!candidate.on_hand.unknown).then(|| (candidate.on_hand.millionths - taken).max(0))
    }

    /// How much of each product went in.
    fn parts(
        &self,
        chain: &SupplyChain,
        lack: &Lack,
        products: &BTreeMap<Option<ProductId>, Vec<&Candidate>>,
    ) -> Vec<Part> {
        let held: Option<Vec<i128>> = lack.missing.and_then(|(_, dimension)| {
            products.values().map(|group| self.held(chain, group, dimension)).collect()
        });
        let whole: i128 = held.iter().flatten().sum();
        let mut parts = Vec::with_capacity(products.len());
        for (at, product) in products.keys().enumerate() {
            let wanted = product.and_then(|product| lack.wanted.get(&product));
            parts.push(match (wanted, lack.missing, &held) {
                (Some(wanted), ..) => base(*wanted),
                (None, Some((missing, _)), Some(held)) if whole > 0 => {
                    Part::Common(share(missing, held[at], whole))
                }
                _ => Part::Unknown,
            });
        }
        parts
    }

    /// What can be left of a product, in millionths of a nanogram, nanolitre or piece.
    fn held(
        &self,
        chain: &SupplyChain,
        group: &[&Candidate],
        dimension: Dimension,
    ) -> Option<i128> {
        let mut sum = 0;
        for candidate in group {
            let unit = chain.unit(candidate.stock).filter(|unit| unit.dimension() == dimension)?;
            sum += self.left(candidate)? * unit.factor();
        }
        Some(sum)
    }

    /// A part in the base unit that all stocks of a product share; `None` where they do not.
    fn in_base_units(
        &self,
        chain: &SupplyChain,
        group: &[&Candidate],
        part: &Part,
    ) -> Option<i128> {
        let unit = chain.unit(group.first()?.stock)?;
        if group.iter().any(|candidate| chain.unit(candidate.stock) != Some(unit)) {
            return None;
        }
        match part {
            Part::Base(part) => Some(*part),
            // Rounded up: a rest is taken too.
            Part::Common(part) => Some((part + unit.factor() - 1) / unit.factor()),
            Part::Unknown => None,
        }
    }

    /// Takes a quantity from the stocks of a product in the order of receipt. `None` when one of
    /// them has an unknown quantity or nothing is left of any.
    fn use_up(&mut self, group: &[&Candidate], need: i128) -> Option<Vec<StockId>> {
        let left: Option<Vec<i128>> = group.iter().map(|candidate| self.left(candidate)).collect();
        let left = left?;
        let mut need = need.max(1);
        let mut until = None;
        for (candidate, left) in group.iter().zip(&left) {
            let part = need.min(*left);
            if part > 0 {
                *self.by_stock.entry(candidate.stock).or_default() += part;
                need -= part;
                until = Some(candidate.received.latest);
            }
            if need == 0 {
                break;
            }
        }
        let until = until?;
        // What came no later than the last of them cannot be told from it.
        let used = group
            .iter()
            .zip(&left)
            .filter(|(candidate, left)| **left > 0 && candidate.received.earliest <= until);
        Some(used.map(|(candidate, _)| candidate.stock).collect())
    }
}

/// A quantity rounded up.
fn base(wanted: Decimal) -> Part {
    wanted.ceil().to_i128().map_or(Part::Unknown, Part::Base)
}

/// `missing x held / whole`, rounded up; the larger where it would not fit.
fn share(missing: i128, held: i128, whole: i128) -> i128 {
    missing.checked_mul(held).map_or(missing, |product| (product + whole - 1) / whole)
}
