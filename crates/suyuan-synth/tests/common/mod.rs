//! Sinks and comparisons that tests share.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use suyuan_core::chain::SupplyChain;
use suyuan_core::model::{Batch, Product, Removal, Role, Sample, Shipment, TransformationLine};
use suyuan_core::quantity::{Amount, Unit};
use suyuan_synth::sink::{Reached, Sink};
use suyuan_synth::{ChainSink, Error};

/// A batch and an operator, by their codes.
pub type Pair = (String, String);

/// Hands everything on to a chain and keeps the truth.
#[derive(Debug, Default)]
pub struct WithTruth {
    pub chain: ChainSink,
    /// By source: the stocks its material reached.
    pub reached: BTreeMap<u8, BTreeSet<Pair>>,
    pub failing: BTreeSet<Pair>,
}

macro_rules! handed_on {
    ($($method:ident $record:ident;)*) => {
        $(fn $method(&mut self, record: &suyuan_core::model::$record<'_>) -> Result<(), Error> {
            self.chain.$method(record)
        })*
    };
}

impl Sink for WithTruth {
    handed_on! {
        region Region;
        operator Operator;
        product Product;
        batch Batch;
        shipment Shipment;
        transformation_line TransformationLine;
        removal Removal;
    }

    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), Error> {
        if sample.verdict == Some(suyuan_core::model::Verdict::Fail) {
            self.failing.insert((sample.batch.to_string(), sample.operator.to_string()));
        }
        self.chain.sample(sample)
    }

    fn reached(&mut self, reached: &Reached<'_>) -> Result<(), Error> {
        let stock = (reached.batch.to_owned(), reached.operator.to_owned());
        assert!(self.reached.entry(reached.source).or_default().insert(stock), "{reached:?}");
        Ok(())
    }
}

/// The labels of all stocks.
pub fn labels(chain: &SupplyChain) -> BTreeSet<String> {
    chain.stock_ids().map(|stock| chain.stock_label(stock)).collect()
}

/// Books of every stock, kept record by record in the order they come: an oracle that knows
/// nothing of chains.
#[derive(Debug, Default)]
pub struct Books {
    on_hand: BTreeMap<Pair, i128>,
    units: BTreeMap<String, (Unit, Option<Decimal>)>,
    products: BTreeMap<String, String>,
    codes: BTreeSet<String>,
    /// The transformation whose lines are coming: code, in, out.
    open: Option<(String, i128, i128)>,
    outputs: usize,
}

impl Books {
    fn amount(&self, batch: &str, quantity: Option<Decimal>, unit: Option<Unit>) -> i128 {
        let (base, pack) = self.units[&self.products[batch]];
        let (quantity, unit) = match (quantity.unwrap(), unit.unwrap(), pack) {
            (pieces, Unit::Piece, Some(pack)) => (pieces * pack, base),
            written => (written.0, written.1),
        };
        let amount = Amount::convert(quantity, unit, base).unwrap();
        amount.millionths().into()
    }

    fn take(&mut self, batch: &str, operator: &str, amount: i128) {
        let stock = (batch.to_owned(), operator.to_owned());
        let on_hand = self.on_hand.get_mut(&stock).expect("it came before it left");
        *on_hand -= amount;
        assert!(*on_hand >= 0, "{stock:?}");
    }

    fn put(&mut self, batch: &str, operator: &str, amount: i128) {
        *self.on_hand.entry((batch.to_owned(), operator.to_owned())).or_default() += amount;
    }

    /// What goes in comes out, less 2 to 15 % by the yield, and what makes no whole step.
    fn close(&mut self) {
        if let Some((code, input, output)) = self.open.take() {
            assert!(output <= input * 98 / 100, "{code}: {input} in, {output} out");
            // Each of three batches at most loses less than a step, half a kilogram at most.
            assert!(output + 3 * 500_000 >= input * 85 / 100, "{code}: {input} in, {output} out");
        }
    }

    /// Batches that came out of transformations.
    pub fn finish(mut self) -> usize {
        self.close();
        self.outputs
    }
}

impl Sink for Books {
    fn product(&mut self, product: &Product<'_>) -> Result<(), Error> {
        let unit = (product.base_unit.unwrap(), product.pack_quantity);
        self.units.insert(product.code.to_string(), unit);
        Ok(())
    }

    fn batch(&mut self, batch: &Batch<'_>) -> Result<(), Error> {
        self.close();
        assert!(self.codes.insert(batch.code.to_string()), "{}", batch.code);
        self.products.insert(batch.code.to_string(), batch.product.to_string());
        let amount = self.amount(&batch.code, batch.quantity, batch.unit);
        self.put(&batch.code, &batch.operator, amount);
        Ok(())
    }

    fn shipment(&mut self, shipment: &Shipment<'_>) -> Result<(), Error> {
        self.close();
        assert!(self.codes.insert(shipment.code.to_string()), "{}", shipment.code);
        assert_ne!(shipment.from, shipment.to);
        let amount = self.amount(&shipment.batch, shipment.quantity, shipment.unit);
        self.take(&shipment.batch, &shipment.from, amount);
        self.put(&shipment.batch, &shipment.to, amount);
        Ok(())
    }

    fn transformation_line(&mut self, line: &TransformationLine<'_>) -> Result<(), Error> {
        if self.open.as_ref().is_none_or(|(code, ..)| *code != line.code) {
            self.close();
            assert!(self.codes.insert(line.code.to_string()), "{}", line.code);
            self.open = Some((line.code.to_string(), 0, 0));
        }
        let amount = self.amount(&line.batch, line.quantity, line.unit);
        let (_, input, output) = self.open.as_mut().unwrap();
        if line.role == Role::Input {
            assert_eq!(*output, 0, "inputs come first");
            *input += amount;
            self.take(&line.batch, &line.operator, amount);
        } else {
            *output += amount;
            self.outputs += 1;
            // The batch's own row put it there.
            let stock = (line.batch.to_string(), line.operator.to_string());
            assert_eq!(self.on_hand[&stock], amount, "{stock:?}");
        }
        Ok(())
    }

    fn removal(&mut self, removal: &Removal<'_>) -> Result<(), Error> {
        self.close();
        let amount = self.amount(&removal.batch, removal.quantity, removal.unit);
        self.take(&removal.batch, &removal.operator, amount);
        Ok(())
    }
}
