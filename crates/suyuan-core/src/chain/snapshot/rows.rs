//! Tables of a chain, column by column.

use std::io;

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::column::{Out, Part, Take, Taken};
use crate::chain::column::Column;
use crate::chain::making::Making;
use crate::chain::packs::PackRow;
use crate::chain::records::{
    BatchRow, LineRow, OperatorRow, ProductRow, RegionRow, SampleRow, TransformationRow,
};
use crate::chain::store::{Array, Plain};
use crate::id::{BatchId, OperatorId, ProductId, RegionId, StockId};
use crate::model::{Hazard, RegionLevel, RiskGrade, SampleKind, Source, Stage, Verdict};
use crate::quantity::{Amount, Unit};
use crate::time::{Minute, Span};

/// Rows that one thread reads at a time at least.
const TOGETHER: usize = 1 << 14;

/// What a table consists of.
pub(super) trait Row: Clone + 'static {
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
pub(super) fn take<R: Row>(part: Part<'_>) -> Taken<Vec<R>> {
    Take::all(part, |take| {
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
        making: Making,
        origin: u32,
        certificate: u32,
        source: Source,
    }
    PackRow {
        product: ProductId,
        batch: Option<BatchId>,
        unit: Unit,
        quantity: Decimal,
        of_unit: Unit,
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

/// Writes groups under keys `0..keys`; `items` writes those of one.
pub(super) fn put_groups<'a, T: 'a>(
    keys: usize,
    group: impl Fn(u32) -> &'a [T],
    out: &mut Out<'_>,
    items: impl Fn(&mut Out<'_>, &[T]) -> io::Result<()>,
) -> io::Result<()> {
    let keys = 0..keys as u32;
    let mut starts = Vec::with_capacity(keys.len() + 1);
    starts.push(0);
    let mut end = 0;
    starts.extend(keys.clone().map(|key| {
        end += group(key).len() as u32;
        end
    }));
    out.count(end as usize)?;
    out.array(&starts)?;
    out.align()?;
    keys.into_iter().try_for_each(|key| items(out, group(key)))
}

/// Writes groups under keys of their own, in the order of these.
pub(super) fn put_keyed<T: Plain>(groups: &[(u32, &[T])], out: &mut Out<'_>) -> io::Result<()> {
    out.counted(&groups.iter().map(|(key, _)| *key).collect::<Vec<u32>>())?;
    put_groups(groups.len(), |at| groups[at as usize].1, out, |out, items| out.items(items))
}

/// Reads groups under keys of their own, which come in order.
pub(super) fn take_keyed<T: Plain + 'static>(mut part: Part<'_>) -> Taken<Vec<(u32, Vec<T>)>> {
    let keys = Take::first(&mut part, Take::counted::<u32>)?;
    let (starts, items) = take_groups(part, keys.len(), Take::array::<T>)?;
    if !keys.is_sorted_by(|a, b| a < b) {
        return Err("groups are out of order");
    }
    let groups = keys.iter().zip(starts.windows(2)).map(|(key, range)| {
        let items = items.get(range[0] as usize..range[1] as usize).unwrap_or_default();
        (*key, items.to_vec())
    });
    Ok(groups.collect())
}

/// Reads groups under keys `0..keys`: where each starts, with the end of the last, and what `items`
/// makes of so many items.
pub(super) fn take_groups<'a, T>(
    part: Part<'a>,
    keys: usize,
    items: impl FnOnce(&mut Take<'a>, usize) -> Taken<T>,
) -> Taken<(Array<u32>, T)> {
    Take::all(part, |take| {
        let count = take.count()?;
        let starts = take.array::<u32>(keys + 1)?;
        let sorted = starts.par_windows(2).with_min_len(TOGETHER).all(|pair| pair[0] <= pair[1]);
        let ends = starts.first() == Some(&0) && starts.last() == Some(&(count as u32));
        if !sorted || !ends {
            return Err("groups do not follow each other");
        }
        take.align()?;
        Ok((starts, items(take, count)?))
    })
}
