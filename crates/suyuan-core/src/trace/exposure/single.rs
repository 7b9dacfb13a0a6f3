//! Exposure by plain searches, one a stock.

use hashbrown::HashSet;
use rayon::prelude::*;

use super::flow::own_weight;
use super::reader::Reader;
use super::weight::{Grains, Weight};
use super::{Counted, Exposure};
use crate::chain::SupplyChain;
use crate::chain::index::is_stock;
use crate::error::Error;
use crate::id::StockId;
use crate::time::Minute;
use crate::trace::Tracer;
use crate::trace::search::{Forward, Rules};

/// The exposure of one stock by one search. A [`Tracer`] that is kept spares preparing for each.
///
/// # Errors
/// [`Error::OtherChain`] for a stock beyond those of the chain.
pub fn exposure_of(chain: &SupplyChain, stock: StockId) -> Result<Exposure, Error> {
    Tracer::new(chain).exposure(stock)
}

impl Tracer<'_> {
    /// As [`exposure_of`]. O((n + l) log n) for n stocks reached and l links examined.
    ///
    /// # Errors
    /// As [`exposure_of`].
    pub fn exposure(&mut self, stock: StockId) -> Result<Exposure, Error> {
        self.chain().has_all([stock])?;
        let reader = Reader::new(self.chain());
        let grains = Grains::ALL;
        let (weight, operators) = search::<3>(self, &reader, stock.0);
        Ok(Exposure::new(stock, &grains, (weight, true), Some((operators, true))))
    }
}

fn search<const D: usize>(
    tracer: &mut Tracer<'_>,
    reader: &Reader<'_>,
    stock: u32,
) -> (Weight<D>, u32) {
    let chain = tracer.chain();
    let search = tracer.search_mut();
    let start = Minute::from_minutes(reader.start(stock));
    search.run::<Forward>(chain, &[(StockId(stock), start)], &Rules::ALL);
    let mut sum = Weight::ZERO;
    let mut operators = HashSet::new();
    for stock in search.reached().iter().map(|row| row.node).filter(|node| is_stock(*node)) {
        let (weight, operator) = own_weight(reader, stock);
        sum += weight;
        operators.extend(operator);
    }
    (sum, operators.len() as u32)
}

/// Every stock by a search of its own.
pub(super) fn all<const D: usize>(reader: &Reader<'_>, operators: bool) -> Counted<D> {
    let (rows, counts): (Vec<_>, Vec<_>) = (0..reader.stocks())
        .into_par_iter()
        .map_init(
            || reader.tracer(),
            |tracer, stock| {
                let (weight, count) = search(tracer, reader, stock);
                ((weight, true), (count, true))
            },
        )
        .unzip();
    ((0..reader.stocks()).collect(), rows, operators.then_some(counts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::ChainBuilder;
    use crate::model::{Shipment, Source};
    use crate::trace::exposure::{ExposureOptions, Exposures};

    #[test]
    fn searches_of_every_stock_are_what_counting_them_together_gives() {
        let mut builder = ChainBuilder::new();
        for at in 0..300_u32 {
            let (from, to) = (at * 7 % 31, at * at % 37);
            let row = Shipment {
                code: format!("W{at}").into(),
                batch: format!("B{}", at % 5).into(),
                from: format!("O{from}").into(),
                to: format!("O{to}").into(),
                ..Shipment::default()
            };
            builder.add_shipment(&row, Source::NONE).unwrap();
        }
        let chain = builder.build().unwrap().chain;
        let exact = Exposures::exact(&chain, &ExposureOptions::default());
        let (place, rows, operators) = all::<3>(&Reader::new(&chain), true);
        let operators = operators.unwrap();
        for (stock, place) in chain.stock_ids().zip(place) {
            let (row, operators) = (rows[place as usize], operators[place as usize]);
            let single = Exposure::new(stock, &exact.grains, row, Some(operators));
            assert_eq!(Some(single), exact.get(stock));
        }
    }
}
