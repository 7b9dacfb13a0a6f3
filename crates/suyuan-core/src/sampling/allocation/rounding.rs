//! Controlled rounding: a table of fractions to whole numbers, every sum kept.
//!
//! What is left of each cell after rounding down is 0 or 1, so the least sum of squared
//! differences is the largest sum of the fractions rounded up. Every row first takes its largest
//! fractions; then, while a column has too many, units move along the path of columns that loses
//! least (successive shortest paths; Ahuja, Magnanti, Orlin 1993, section 9.7). A step of a path
//! is one row that hands its unit from one column to another. Rows are many and columns few, so
//! the paths are short, and the rows of each step lie ready in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::flow::Cost;
use super::two_way::spread;
use super::{Bounds, SamplingError, check_length, check_total};

/// Tables with more rows and more columns than this go to the general flow.
const FEW: usize = 64;

/// Rounds a table of fractions so that every cell goes down or up to a whole number, and rows and
/// columns add up to their totals: controlled rounding (Cox 1987) with the least sum of squared
/// differences. A cell is `numerator / denominator`. For n rows of m columns, or n columns of m
/// rows, m up to 64, it takes O(n m³) steps at most and O(n m²) memory.
///
/// ```
/// use suyuan_core::sampling::control_rounding;
/// // 7 and 3 samples a city, shared by two tiers in the proportion 6 : 4.
/// let cells = control_rounding(&[42, 28, 18, 12], 10, &[7, 3], &[6, 4])?;
/// assert_eq!(cells, [4, 3, 2, 1]);
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
///
/// # Errors
/// [`SamplingError::Length`], [`SamplingError::TooLarge`] for a denominator above 2^48,
/// [`SamplingError::Empty`] for a zero denominator, [`SamplingError::Infeasible`] where the totals
/// are not sums of the cells.
pub fn control_rounding(
    numerators: &[u128],
    denominator: u64,
    rows: &[u64],
    columns: &[u64],
) -> Result<Vec<u64>, SamplingError> {
    check_length("cells", numerators.len(), rows.len().saturating_mul(columns.len()))?;
    check_total(denominator)?;
    if denominator == 0 {
        return Err(SamplingError::Empty { what: "the denominator of a table" });
    }
    let over = u128::from(denominator);
    let mut down = Vec::with_capacity(numerators.len());
    let mut rest = Vec::with_capacity(numerators.len());
    for numerator in numerators {
        let whole = u64::try_from(numerator / over).unwrap_or(u64::MAX);
        check_total(whole)?;
        down.push(whole);
        // Below the denominator, and so below 2^48.
        rest.push((numerator % over) as i64);
    }
    rows.iter().chain(columns).try_for_each(|total| check_total(*total))?;
    if let Some((done, _)) = exchange(&down, &rest, rows, columns) {
        return Ok(done);
    }
    let cell = |(down, rest): (&u64, &i64)| Bounds::new(*down, *down + u64::from(*rest > 0));
    let cells: Vec<Bounds> = down.iter().zip(&rest).map(cell).collect();
    // Counted from the floor: (x - floor - rest / denominator)².
    let cost = |(down, rest): (&u64, &i64)| Cost::Distance {
        scale: denominator as i64,
        target: i128::from(*down) * i128::from(denominator) + i128::from(*rest),
    };
    let costs: Vec<Cost> = down.iter().zip(&rest).map(cost).collect();
    let exactly = |totals: &[u64]| totals.iter().map(|total| Bounds::exactly(*total)).collect();
    let (rows, columns): (Vec<Bounds>, Vec<Bounds>) = (exactly(rows), exactly(columns));
    spread(&cells, &costs, &rows, &columns)
}

/// The rounded cells and the steps it took; `None` where both sides are long, or no rounding
/// keeps the sums.
fn exchange(down: &[u64], rest: &[i64], rows: &[u64], columns: &[u64]) -> Option<(Vec<u64>, u64)> {
    if rows.len().min(columns.len()) > FEW {
        return None;
    }
    if columns.len() > rows.len() {
        let (turned, steps) =
            exchange(&turn(down, columns.len()), &turn(rest, columns.len()), columns, rows)?;
        return Some((turn(&turned, rows.len()), steps));
    }
    if columns.is_empty() {
        return Some((Vec::new(), 0));
    }
    let mut table = Exchange::new(down, rest, rows, columns)?;
    table.settle()?;
    let done = down.iter().zip(&table.up).map(|(down, up)| down + u64::from(*up)).collect();
    Some((done, table.steps))
}

/// Rows as columns.
fn turn<T: Copy>(cells: &[T], width: usize) -> Vec<T> {
    (0..width).flat_map(|column| cells.iter().skip(column).step_by(width).copied()).collect()
}

struct Exchange<'a> {
    width: usize,
    /// What rounding down leaves of each cell.
    rest: &'a [i64],
    /// Whether a cell is rounded up.
    up: Vec<bool>,
    /// How many more cells of a column are rounded up than may be.
    surplus: Vec<i64>,
    /// For each pair of columns the rows that could hand a unit from the first to the second, by
    /// what that loses. A row that no longer can is dropped when it comes to the top.
    ready: Vec<BinaryHeap<Reverse<(i64, usize)>>>,
    /// Rows moved and pairs of columns looked at.
    steps: u64,
}

impl<'a> Exchange<'a> {
    /// Every row rounds up its largest fractions; of equal ones those of the column that still
    /// lacks most.
    fn new(down: &[u64], rest: &'a [i64], rows: &[u64], columns: &[u64]) -> Option<Self> {
        let width = columns.len();
        let mut surplus: Vec<i64> = columns.iter().map(|total| -(*total as i64)).collect();
        for (at, down) in down.iter().enumerate() {
            surplus[at % width] = surplus[at % width].saturating_add(*down as i64);
        }
        if surplus.iter().any(|surplus| *surplus > 0) {
            return None;
        }
        let mut up = vec![false; rest.len()];
        for (row, total) in rows.iter().enumerate() {
            let cells = row * width..(row + 1) * width;
            let floor = down[cells.clone()].iter().fold(0, |sum: u64, n| sum.saturating_add(*n));
            let count = usize::try_from(total.checked_sub(floor)?).ok()?;
            let mut order: Vec<usize> = (0..width).filter(|c| rest[cells.start + c] > 0).collect();
            if count > order.len() {
                return None;
            }
            order.sort_by_key(|c| (Reverse(rest[cells.start + c]), surplus[*c], *c));
            for column in order.into_iter().take(count) {
                up[cells.start + column] = true;
                surplus[column] += 1;
            }
        }
        let steps = rest.len() as u64;
        (surplus.iter().sum::<i64>() == 0).then_some(Self {
            width,
            rest,
            up,
            surplus,
            ready: Vec::new(),
            steps,
        })
    }

    /// Moves units until no column has too many; `None` when that cannot be.
    fn settle(&mut self) -> Option<()> {
        if self.surplus.iter().all(|surplus| *surplus == 0) {
            return Some(());
        }
        self.ready = (0..self.width * self.width).map(|_| BinaryHeap::new()).collect();
        for row in 0..self.rest.len() / self.width {
            for from in 0..self.width {
                self.offer_from(row, from);
            }
        }
        while self.surplus.iter().any(|surplus| *surplus > 0) {
            self.augment()?;
        }
        Some(())
    }

    /// Whether a row can hand a unit from one column to another.
    fn can(&self, row: usize, from: usize, to: usize) -> bool {
        let cells = row * self.width;
        self.up[cells + from] && !self.up[cells + to] && self.rest[cells + to] > 0
    }

    fn offer(&mut self, row: usize, from: usize, to: usize) {
        if self.can(row, from, to) {
            let cells = row * self.width;
            let loss = self.rest[cells + from] - self.rest[cells + to];
            self.ready[from * self.width + to].push(Reverse((loss, row)));
            self.steps += 1;
        }
    }

    fn offer_from(&mut self, row: usize, from: usize) {
        (0..self.width).for_each(|to| self.offer(row, from, to));
    }

    /// The row that loses least by handing a unit from one column to another.
    fn best(&mut self, from: usize, to: usize) -> Option<(i64, usize)> {
        self.steps += 1;
        while let Some(Reverse((loss, row))) = self.ready[from * self.width + to].peek().copied() {
            if self.can(row, from, to) {
                return Some((loss, row));
            }
            self.ready[from * self.width + to].pop();
            self.steps += 1;
        }
        None
    }

    /// Moves a unit from a column with too many to one with too few, by the path that loses least
    /// (Bellman and Ford; there is no cycle that gains).
    fn augment(&mut self) -> Option<()> {
        let mut loss: Vec<Option<i64>> =
            self.surplus.iter().map(|surplus| (*surplus > 0).then_some(0)).collect();
        let mut came: Vec<Option<(usize, usize)>> = vec![None; self.width];
        for _ in 0..self.width {
            let mut moved = false;
            for from in 0..self.width {
                let Some(sofar) = loss[from] else { continue };
                for to in (0..self.width).filter(|to| *to != from) {
                    let Some((more, row)) = self.best(from, to) else { continue };
                    if loss[to].is_none_or(|known| sofar + more < known) {
                        loss[to] = Some(sofar + more);
                        came[to] = Some((from, row));
                        moved = true;
                    }
                }
            }
            if !moved {
                break;
            }
        }
        let lacking = (0..self.width).filter(|column| self.surplus[*column] < 0);
        let reached = lacking.filter_map(|column| Some((loss[column]?, column)));
        let (_, end) = reached.min()?;
        let mut at = end;
        let mut path = Vec::new();
        while let Some((from, row)) = came[at] {
            path.push((row, from, at));
            at = from;
        }
        for (row, from, to) in &path {
            self.up[row * self.width + from] = false;
            self.up[row * self.width + to] = true;
        }
        self.surplus[end] += 1;
        self.surplus[at] -= 1;
        for (row, from, to) in path {
            self.offer_from(row, to);
            (0..self.width).for_each(|other| self.offer(row, other, from));
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A proportional table: row and column totals, and each cell's part of them.
    fn table(rows: &[u64], profile: &[u64]) -> (Vec<u128>, u64, Vec<u64>) {
        let total: u64 = rows.iter().sum();
        let columns =
            super::super::apportion(profile, total, super::super::Rounding::Hamilton).unwrap();
        let cell = |row: &u64, column: &u64| u128::from(*row) * u128::from(*column);
        let cells = rows.iter().flat_map(|row| columns.iter().map(move |column| cell(row, column)));
        (cells.collect(), total, columns)
    }

    fn halves(cells: &[u128], over: u64) -> (Vec<u64>, Vec<i64>) {
        let over = u128::from(over);
        cells.iter().map(|cell| ((cell / over) as u64, (cell % over) as i64)).unzip()
    }

    fn steps(rows: &[u64], profile: &[u64]) -> u64 {
        let (cells, total, columns) = table(rows, profile);
        let (down, rest) = halves(&cells, total);
        exchange(&down, &rest, rows, &columns).unwrap().1
    }

    /// The flow over the whole table, which knows nothing of exchanges.
    fn by_flow(
        down: &[u64],
        rest: &[i64],
        over: u64,
        rows: &[u64],
        columns: &[u64],
    ) -> Option<i128> {
        let cell = |(down, rest): (&u64, &i64)| Bounds::new(*down, *down + u64::from(*rest > 0));
        let cells: Vec<Bounds> = down.iter().zip(rest).map(cell).collect();
        let cost = |(down, rest): (&u64, &i64)| Cost::Distance {
            scale: over as i64,
            target: i128::from(*down) * i128::from(over) + i128::from(*rest),
        };
        let costs: Vec<Cost> = down.iter().zip(rest).map(cost).collect();
        let exactly =
            |totals: &[u64]| totals.iter().map(|n| Bounds::exactly(*n)).collect::<Vec<_>>();
        let done = spread(&cells, &costs, &exactly(rows), &exactly(columns)).ok()?;
        Some(gained(&done, down, rest))
    }

    fn gained(done: &[u64], down: &[u64], rest: &[i64]) -> i128 {
        let up = done.iter().zip(down).zip(rest).filter(|((done, down), _)| done > down);
        up.map(|(_, rest)| i128::from(*rest)).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        /// As good as the general flow, for any fractions and any totals that can be kept.
        #[test]
        fn exchanges_are_as_good_as_the_flow(
            (width, rest, ups) in (1_usize..7, 1_usize..9).prop_flat_map(|(width, height)| {
                let rest = prop_oneof![Just(0_i64), 1_i64..12, Just(6)];
                let count = width * height;
                (Just(width), prop::collection::vec(rest, count), prop::collection::vec(any::<bool>(), count))
            }),
            off in prop::option::weighted(0.2, 0_usize..7),
        ) {
            let down: Vec<u64> = (0..rest.len() as u64).map(|at| at % 3).collect();
            let cells: Vec<u64> = (0..rest.len())
                .map(|at| down[at] + u64::from(ups[at] && rest[at] > 0)).collect();
            let rows: Vec<u64> = cells.chunks(width).map(|row| row.iter().sum()).collect();
            let mut columns: Vec<u64> =
                (0..width).map(|c| cells.iter().skip(c).step_by(width).sum()).collect();
            // Now and then totals that may not be kept.
            if let Some(at) = off {
                columns[at % width] += 1;
                if let Some(other) = columns.iter_mut().rev().find(|n| **n > 0) { *other -= 1; }
            }
            let found = exchange(&down, &rest, &rows, &columns);
            let best = by_flow(&down, &rest, 12, &rows, &columns);
            prop_assert_eq!(found.is_some(), best.is_some());
            if let Some((done, _)) = found {
                prop_assert_eq!(Some(gained(&done, &down, &rest)), best);
                for (r, row) in done.chunks(width).enumerate() {
                    prop_assert_eq!(row.iter().sum::<u64>(), rows[r]);
                }
                for (c, column) in columns.iter().enumerate() {
                    prop_assert_eq!(done.iter().skip(c).step_by(width).sum::<u64>(), *column);
                }
                for at in 0..done.len() {
                    let most = down[at] + u64::from(rest[at] > 0);
                    prop_assert!(down[at] <= done[at] && done[at] <= most);
                }
            }
        }
    }

    /// Work, not time: twice the rows, twice the steps, whatever the rows are like.
    #[test]
    fn steps_are_linear_in_the_rows() {
        let kinds: [fn(u64) -> u64; 4] =
            [|_| 1, |at| 1 + at % 7, |at| 1 + at * 2_654_435_761 % 997, |at| 1 + at * at % 100_003];
        for (kind, row) in kinds.into_iter().enumerate() {
            for profile in [&[1_u64; 12][..], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], &[3, 97]] {
                let rows = |count: u64| (0..count).map(row).collect::<Vec<u64>>();
                let (few, many) = (steps(&rows(1000), profile), steps(&rows(4000), profile));
                let width = profile.len() as u64;
                assert!(many <= 4000 * width.pow(3), "{kind}: {many} steps for {width} columns");
                assert!(many <= 5 * few + 4000, "{kind}: {few} steps, then {many}");
            }
        }
    }
}
