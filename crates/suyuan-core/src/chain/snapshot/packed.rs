//! Shipments and removals: their packed rows as they lie in memory, and what is kept beside them.

use std::io;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::check;
use super::column::{BEYOND, Out, Part, Take, Taken, VALUE};
use super::field::Field;
use crate::chain::packed::Epoch;
use crate::chain::removals::{self, RemovalRow, Removals};
use crate::chain::rowcodes::RowCodes;
use crate::chain::shipments::{self, ShipmentRow, Shipments, Waybill};
use crate::chain::sources::{Files, Sources};
use crate::id::FileId;
use crate::quantity::Amount;

/// Rows that one thread looks at at a time at least.
const TOGETHER: usize = 1 << 14;

/// Writes values with their number before them.
fn put_all<T: Field>(
    values: impl ExactSizeIterator<Item = T>,
    out: &mut Out<'_>,
) -> io::Result<()> {
    out.count(values.len())?;
    out.column(values)
}

fn take_all<T: Field + Send>(take: &mut Take<'_>) -> Taken<Vec<T>> {
    let count = take.count()?;
    take.values(count)
}

/// Rows that are kept apart, in order.
fn put_wide<T: Field + Copy>(wide: &HashMap<u32, T>, out: &mut Out<'_>) -> io::Result<()> {
    let mut wide: Vec<(u32, T)> = wide.iter().map(|(at, row)| (*at, *row)).collect();
    wide.sort_unstable_by_key(|(at, _)| *at);
    put_all(wide.iter().map(|(at, _)| *at), out)?;
    out.column(wide.iter().map(|(_, row)| *row))
}

/// `marked` says whether a packed row stands for one that is kept apart.
fn take_wide<T: Field + Send>(
    take: &mut Take<'_>,
    rows: &[[u64; 2]],
    marked: impl Fn(&[u64; 2]) -> bool + Sync + Send,
) -> Taken<HashMap<u32, T>> {
    let places = take_all::<u32>(take)?;
    let wide = take.values::<T>(places.len())?;
    let known = places.is_sorted_by(|a, b| a < b)
        && places.iter().all(|at| rows.get(*at as usize).is_some_and(&marked))
        && rows.par_iter().with_min_len(TOGETHER).filter(|row| marked(row)).count() == places.len();
    if known { Ok(places.into_iter().zip(wide).collect()) } else { Err(BEYOND) }
}

fn put_sources(sources: &Sources, out: &mut Out<'_>) -> io::Result<()> {
    let (files, which): (&[FileId], &[u16]) = match &sources.files {
        Files::One(file) => (std::slice::from_ref(file), &[]),
        Files::Few(files, which) => (files, which),
        Files::Each(files) => (files, &[]),
    };
    out.counted(&sources.lines)?;
    put_all(files.iter().copied(), out)?;
    put_all(which.iter().copied(), out)
}

/// The sources of `count` rows.
fn take_sources(take: &mut Take<'_>, count: usize) -> Taken<Sources> {
    let lines = take.counted::<u32>()?;
    let files = take_all::<FileId>(take)?;
    let which = take_all::<u16>(take)?;
    let whole = lines.is_empty() || lines.len() == count;
    let files = match (files.as_slice(), which.is_empty()) {
        ([file], true) => Files::One(*file),
        (files, true) if files.len() == count => Files::Each(files.to_vec()),
        (files, false)
            if which.len() == count && which.iter().all(|at| usize::from(*at) < files.len()) =>
        {
            Files::Few(files.to_vec(), which)
        }
        _ => return Err(BEYOND),
    };
    if whole { Ok(Sources { lines, files }) } else { Err(BEYOND) }
}

pub(super) fn put_shipments(shipments: &Shipments, out: &mut Out<'_>) -> io::Result<()> {
    let base = shipments.base();
    let shipments::Base { epoch, rows, senders, tail, wide, codes, digests, sources } = base;
    out.counted(rows)?;
    out.field(&epoch.0)?;
    out.array(senders)?;
    out.counted(tail)?;
    put_wide(wide, out)?;
    let repeats = codes.repeats();
    put_all(repeats.iter().map(|(row, _)| *row), out)?;
    out.column(repeats.iter().map(|(_, code)| *code))?;
    out.counted(digests)?;
    put_sources(sources, out)?;
    put_all(shipments.later().iter().map(|later| later.row), out)?;
    out.column(shipments.later().iter().map(|later| later.code))?;
    out.column(shipments.later().iter().map(|later| later.digest))?;
    out.column(shipments.later().iter().map(|later| later.source))
}

pub(super) fn take_shipments(part: Part<'_>) -> Taken<Shipments> {
    Take::all(part, |take| {
        let rows = take.counted::<shipments::Packed>()?;
        let epoch = Epoch(take.field()?);
        let senders = take.array::<u32>(rows.len().div_ceil(shipments::TOGETHER))?;
        let tail = take.counted::<u32>()?;
        if tail.len() > rows.len() {
            return Err(BEYOND);
        }
        let wide = take_wide::<ShipmentRow>(take, &rows, shipments::is_wide)?;
        let to = |at: &u32| rows.get(*at as usize).map(|row| shipments::target_of(*row));
        if !wide.iter().all(|(at, row)| to(at) == Some(row.to.0)) {
            return Err("a row is kept apart under another receiver");
        }
        let repeats = take_all::<u32>(take)?;
        let numbers = take.values::<u32>(repeats.len())?;
        // A code is new in its first row, so it has a lower number than its row.
        let fits = |(row, code): (&u32, &u32)| (*row as usize) < rows.len() && code < row;
        if !repeats.is_sorted_by(|a, b| a < b) || !repeats.iter().zip(&numbers).all(fits) {
            return Err(BEYOND);
        }
        let codes = RowCodes::of(rows.len(), repeats.into_iter().zip(numbers).collect());
        let digests = take.counted::<u16>()?;
        if !digests.is_empty() && digests.len() != rows.len() {
            return Err(VALUE);
        }
        let sources = take_sources(take, rows.len())?;
        let later = take_all::<ShipmentRow>(take)?;
        let codes_later = take.values::<u32>(later.len())?;
        let digests_later = take.values::<u16>(later.len())?;
        let sources_later = take.values(later.len())?;
        let base = shipments::Base { epoch, rows, senders, tail, wide, codes, digests, sources };
        let mut shipments = Shipments::from(base);
        let later = later.into_iter().zip(codes_later).zip(digests_later).zip(sources_later);
        for (((row, code), digest), source) in later {
            shipments.push(Waybill { row, code, digest, source });
        }
        Ok(shipments)
    })
}

pub(super) fn put_removals(removals: &Removals, out: &mut Out<'_>) -> io::Result<()> {
    let removals::Base { epoch, rows, wide, sources, .. } = removals.base();
    out.counted(rows)?;
    out.field(&epoch.0)?;
    put_wide(wide, out)?;
    put_sources(sources, out)?;
    put_all(removals.later().iter().copied(), out)
}

/// The removals of a chain of so many stocks.
pub(super) fn take_removals(part: Part<'_>, stocks: usize) -> Taken<Removals> {
    Take::all(part, |take| {
        let rows = take.counted::<removals::Packed>()?;
        let epoch = Epoch(take.field()?);
        let wide = take_wide::<RemovalRow>(take, &rows, removals::is_wide)?;
        let sources = take_sources(take, rows.len())?;
        let later = take_all::<RemovalRow>(take)?;
        let stock = |row: &removals::Packed| removals::stock_of(*row);
        let apart = |(at, row): (&u32, &RemovalRow)| {
            rows.get(*at as usize).is_some_and(|packed| stock(packed) == row.stock)
        };
        let known = rows.is_sorted_by_key(stock)
            && rows.last().is_none_or(|last| stock(last).index() < stocks)
            && later.iter().all(|row| row.stock.index() < stocks)
            && wide.iter().all(apart);
        if !known {
            return Err("a removal is of no stock or out of order");
        }
        let base = removals::Base::of_parts(epoch, rows, wide, sources, stocks);
        let mut removals = Removals::from(base);
        later.into_iter().for_each(|row| removals.push(row));
        let positive = |amount: Amount| amount.millionths() > 0;
        check::rows(removals.len(), |at| removals.row(at).amount.is_none_or(positive))?;
        Ok(removals)
    })
}
