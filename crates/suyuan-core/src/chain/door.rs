//! What is refused at the door: records that would join goods that have nothing in common, and
//! times that no event has. Whatever else a record lacks is unknown and traced all the same.

use rust_decimal::Decimal;

use super::finding::Table;
use crate::error::Error;
use crate::model::{
    Batch, Cleaning, Operator, Pack, Product, Region, Removal, Sample, Shipment, TransformationLine,
};
use crate::quantity::QuantityError;
use crate::text::is_blank;
use crate::time::Span;

/// A record that asks to be let in.
pub(super) trait Visitor {
    /// Whether its codes name something and its times are intervals.
    ///
    /// # Errors
    /// [`Error::EmptyCode`], [`Error::NoInterval`].
    fn admit(&self) -> Result<(), Error>;
}

macro_rules! visitors {
    ($($record:ident of $table:ident: codes $($code:ident)*; times $($time:ident)*;)*) => {$(
        impl Visitor for $record<'_> {
            #[inline]
            fn admit(&self) -> Result<(), Error> {
                $(code(Table::$table, stringify!($code), &self.$code)?;)*
                $(time(Table::$table, stringify!($time), self.$time)?;)*
                Ok(())
            }
        }
    )*};
}

visitors! {
    Region of Regions: codes code; times;
    Operator of Operators: codes code; times;
    Product of Products: codes code; times;
    Batch of Batches: codes code operator; times produced_on expires_on;
    Shipment of Shipments: codes code batch from to; times shipped_on received_on;
    TransformationLine of Transformations: codes code operator batch; times transformed_on;
    Removal of Removals: codes batch operator; times removed_on;
    Sample of Samples: codes code batch operator; times sampled_on reported_on;
    Cleaning of Cleanings: codes operator; times cleaned_on;
}

impl Visitor for Pack<'_> {
    fn admit(&self) -> Result<(), Error> {
        code(Table::Packs, "product", &self.product)?;
        if self.quantity > Decimal::ZERO { Ok(()) } else { Err(QuantityError::NotPositive.into()) }
    }
}

#[inline]
fn code(table: Table, field: &'static str, text: &str) -> Result<(), Error> {
    if is_blank(text) { Err(Error::EmptyCode { table, field }) } else { Ok(()) }
}

#[inline]
fn time(table: Table, field: &'static str, span: Span) -> Result<(), Error> {
    if span.is_interval() { Ok(()) } else { Err(Error::NoInterval { table, field, span }) }
}
