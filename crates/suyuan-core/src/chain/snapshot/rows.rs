//! Tables of a chain, column by column.

use std::io;

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::column::{Out, Take, Taken};
use super::field::Field;
use crate::chain::column::Column;
use crate::chain::records::{
    BatchRow, LineRow, OperatorRow, ProductRow, RegionRow, SampleRow, TransformationRow,
};
use crate::id::{BatchId, OperatorId, ProductId, RegionId, StockId};
use crate::model::{Hazard, RegionLevel, RiskGrade, SampleKind, Source, Stage, Verdict};
use crate::quantity::{Amount, Unit};
use crate::time::{Minute, Span};

/// Rows that one thread reads at a time at least.
const TOGETHER: usize = 1 << 14;

/// What a table consists of.
pub(super) trait Row: Sized {
    /// Writes every row, the first field of all before the second of all.
    fn put(rows: &Column<Self>, out: &mut Out<'_>) -> io::Result<()>;
    fn take(take: &mut Take<'_>, count: usize) -> Taken<Vec<Self>>;
}

/// Writes a table.
pub(super) fn put<R: Row>(rows: &Column<R>, out: &mut Out<'_>) -> io::Result<()> {
    out.count(rows.len())?;
    R::put(rows, out)
}

/// Reads the table that a section consists of.
pub(super) fn take<R: Row>(bytes: &[u8]) -> Taken<Vec<R>> {
    Take::all(bytes, |take| {
        let count = take.count()?;
        R::take(take, count)
    })
}

macro_rules! rows {
    ($($name:ident { $($field:ident: $type:ty,)* })*) => {$(
        impl Row for $name {
            fn put(rows: &Column<Self>, out: &mut Out<'_>) -> io::Result<()> {
                $(for row in rows.iter() {
                    out.field::<$type>(&row.$field)?;
                })*
                Ok(())
            }
            fn take(take: &mut Take<'_>, count: usize) -> Taken<Vec<Self>> {
                $(let $field = take.column::<$type>(count)?;)*
                let mut rows = Vec::new();
                let row = |at| Self { $($field: $field.get(at),)* };
                let places = (0..count).into_par_iter().with_min_len(TOGETHER);
                places.map(row).collect_into_vec(&mut rows);
                Ok(rows)
            }
        }
    )*};
}

rows! {
    RegionRow {
        registered: bool,
        name: u32,
        level: Option<RegionLevel>,
        parent: Option<RegionId>,
        population: Option<u64>,
        source: Source,
    }
    OperatorRow {
        registered: bool,
        name: u32,
        stage: Option<Stage>,
        region: Option<RegionId>,
        risk_grade: Option<RiskGrade>,
        place: (Option<Decimal>, Option<Decimal>),
        source: Source,
    }
    ProductRow {
        registered: bool,
        name: u32,
        category: u32,
        shelf_life_days: Option<u32>,
        base_unit: Option<Unit>,
        pack_quantity: Option<Decimal>,
        source: Source,
    }
    BatchRow {
        product: Option<ProductId>,
        producer: Option<OperatorId>,
        produced_on: Span,
        expires_on: Span,
        amount: Option<Amount>,
        base: Option<Unit>,
        own_quantity: bool,
        origin: u32,
        certificate: u32,
        source: Source,
    }
    TransformationRow {
        time: Span,
        dated_to_day: bool,
        contradicted: bool,
        inputs: std::ops::Range<u32>,
        outputs: std::ops::Range<u32>,
        processes: std::ops::Range<u32>,
    }
    LineRow {
        stock: StockId,
        amount: Option<Amount>,
        known: Amount,
        sources: std::ops::Range<u32>,
    }
    SampleRow {
        code: u32,
        stock: StockId,
        kind: Option<SampleKind>,
        sampled_on: Span,
        reported_on: Span,
        verdict: Option<Verdict>,
        test_item: u32,
        measured: u32,
        limit: u32,
        hazard: Option<Hazard>,
        source: Source,
    }
}

macro_rules! values {
    ($($value:ty),*) => {$(
        impl Row for $value {
            fn put(rows: &Column<Self>, out: &mut Out<'_>) -> io::Result<()> {
                out.column(rows.iter().copied())
            }
            fn take(take: &mut Take<'_>, count: usize) -> Taken<Vec<Self>> {
                take.values(count)
            }
        }
    )*};
}

values!(u32, Source, Minute, (BatchId, OperatorId));

/// Writes groups under keys `0..keys`.
pub(super) fn put_groups<'a, T: Field + Copy + 'a>(
    keys: usize,
    group: impl Fn(u32) -> &'a [T],
    out: &mut Out<'_>,
) -> io::Result<()> {
    let keys = 0..keys as u32;
    out.count(keys.clone().map(|key| group(key).len()).sum())?;
    put_ends(keys.clone().map(|key| group(key).len()), out)?;
    keys.into_iter().try_for_each(|key| out.column(group(key).iter().copied()))
}

/// Writes where groups of these sizes end.
pub(super) fn put_ends(sizes: impl Iterator<Item = usize>, out: &mut Out<'_>) -> io::Result<()> {
    let mut end = 0;
    for size in sizes {
        end += size as u32;
        out.field(&end)?;
    }
    Ok(())
}

/// Reads groups under keys `0..keys`: where each starts, with the end of the last, and the items.
pub(super) fn take_groups<T: Field + Send>(bytes: &[u8], keys: usize) -> Taken<(Vec<u32>, Vec<T>)> {
    Take::all(bytes, |take| {
        let count = take.count()?;
        let ends = take.column::<u32>(keys)?;
        let mut starts = Vec::with_capacity(keys + 1);
        starts.push(0);
        starts.extend((0..keys).map(|key| ends.get(key)));
        if !starts.is_sorted() || starts.last() != Some(&(count as u32)) {
            return Err("groups do not follow each other");
        }
        Ok((starts, take.values(count)?))
    })
}
