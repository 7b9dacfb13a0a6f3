//! Exposure: all stocks at once, and one by one, against the oracle's trace of each.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::ToPrimitive;
use suyuan_core::chain::SupplyChain;
use suyuan_core::id::StockId;
use suyuan_core::quantity::Dimension;
use suyuan_core::time::Minute;
use suyuan_core::trace::Tracer;
use suyuan_core::trace::exposure::{Exposure, ExposureOptions, Exposures, Measure, exposure_of};

use crate::common::compare::codes;
use crate::common::generate::record_sets;
use crate::common::oracle::flows::intake_by;
use crate::common::oracle::quantity::{Quantity, number, unit_size};
use crate::common::oracle::trace::Rules;
use crate::common::oracle::{Stock, World};
use crate::{check, same};

/// Final stocks, those of unknown intake, operators, and millionths by dimension.
type Counts = (u64, u64, u64, [i128; 3]);

const DIMENSIONS: [Dimension; 3] = [Dimension::Mass, Dimension::Volume, Dimension::Count];

fn is_final(world: &World, stock: &Stock) -> bool {
    !world.links.iter().any(|link| link.from == *stock && link.to != *stock)
}

/// Millionths of grams, millilitres or pieces.
fn millionths(world: &World, stock: &Stock, intake: &Quantity) -> [i128; 3] {
    let mut sums = [0; 3];
    if let Some((unit, at)) = world.units[&stock.0]
        .and_then(|unit| Some((unit, DIMENSIONS.iter().position(|d| *d == unit.dimension())?)))
    {
        let small = number(if at == 2 { 1_000_000 } else { 1_000_000_000 });
        let exact = &intake.known * unit_size(unit) * small;
        assert!(exact.is_integer());
        sums[at] = exact.to_integer().to_i128().unwrap();
    }
    sums
}

/// By a trace of each stock, as section 3 writes it.
fn naive(world: &World) -> BTreeMap<Stock, Counts> {
    let rules = Rules::as_of(Minute::UNBOUNDED_FUTURE);
    let mut all = BTreeMap::new();
    for stock in &world.stocks {
        let start = world.first(stock).unwrap_or(Minute::UNBOUNDED_PAST);
        let (reached, _) = world.forward_rows(&[(stock.clone(), start)], &rules);
        let (mut finals, mut unknown, mut sums) = (0, 0, [0; 3]);
        let mut operators = BTreeSet::new();
        for reached in reached.keys().filter(|stock| is_final(world, stock)) {
            let intake = intake_by(&world.inflows(reached), Minute::UNBOUNDED_FUTURE);
            finals += 1;
            // What is kept in a word of packing adds to no sum.
            let adds = world.units[&reached.0].is_some_and(|u| DIMENSIONS.contains(&u.dimension()));
            unknown += u64::from(!intake.complete || !adds);
            operators.insert(reached.1.clone());
            let parts = millionths(world, reached, &intake);
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        }
        all.insert(stock.clone(), (finals, unknown, operators.len() as u64, sums));
    }
    all
}

fn counts(exposure: &Exposure) -> Counts {
    let operators = exposure.final_operators.unwrap();
    let sums = DIMENSIONS.map(|dimension| exposure.quantity(dimension).millionths);
    (exposure.final_stocks, exposure.unknown_stocks, operators, sums)
}

fn by_codes<'a>(
    chain: &SupplyChain,
    rows: impl IntoIterator<Item = &'a Exposure>,
) -> BTreeMap<Stock, Counts> {
    rows.into_iter().map(|row| (codes(chain, row.stock), counts(row))).collect()
}

#[test]
fn exposures_equal_a_trace_of_each_stock() {
    check(300, record_sets(40), |records| {
        let chain = records.build().chain;
        let naive = naive(&World::new(&records));
        let options = ExposureOptions::default();
        for all in [Exposures::exact, Exposures::estimate, Exposures::auto] {
            let rows: Vec<Exposure> = all(&chain, &options).iter().collect();
            let exact = rows.iter().all(|row| row.is_exact && row.operators_exact);
            same("all are exact", &exact, &true)?;
            same("exposures", &by_codes(&chain, &rows), &naive)?;
        }
        let mut tracer = Tracer::new(&chain);
        let single: Vec<Exposure> =
            chain.stock_ids().map(|s| tracer.exposure(s).unwrap()).collect();
        same("one by one", &by_codes(&chain, &single), &naive)?;
        let last = StockId::new(chain.stock_count() as u32 - 1);
        same("alone", &exposure_of(&chain, last).unwrap(), &single[last.index()])
    });
}

#[test]
fn samples_say_where_they_are_exact_and_ranks_are_in_order() {
    check(100, record_sets(40), |records| {
        let chain = records.build().chain;
        let exact = Exposures::exact(&chain, &ExposureOptions::default());
        let options = ExposureOptions::default().sample(3).seed(5);
        let sampled = Exposures::estimate(&chain, &options);
        for (row, exact) in sampled.iter().zip(exact.iter()) {
            let (row_counts, exact_counts) = (counts(&row), counts(&exact));
            if row.is_exact {
                let parts = |counts: Counts| (counts.0, counts.1, counts.3);
                same("stocks", &parts(row_counts), &parts(exact_counts))?;
            }
            if row.operators_exact {
                same("operators", &row_counts.2, &exact_counts.2)?;
            }
            let small = exact.final_stocks < 3;
            same("small counts are exact", &(small && !row.is_exact), &false)?;
            let small = exact.final_operators < Some(3);
            same("few operators are exact", &(small && !row.operators_exact), &false)?;
        }
        for measure in
            [Measure::FinalStocks, Measure::FinalOperators, Measure::Quantity(Dimension::Mass)]
        {
            let mut all: Vec<Exposure> = exact.iter().collect();
            all.sort_by_key(|row| {
                let (batch, operator) = chain.stock(row.stock);
                (-row.measure(measure), operator, batch)
            });
            all.truncate(4);
            same("top", &exact.top(4, measure), &all)?;
        }
        Ok(())
    });
}
