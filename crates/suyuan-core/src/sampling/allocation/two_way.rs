//! The integer optimum with row and column totals: county x category, tier x city.

use super::super::error::{Conflict, Requirement, Sense};
use super::flow::{Arc, Cost, Cut, MOST_SQUARE, circulate};
use super::{
    Bounds, MOST_SAMPLES, SamplingError, Subject, check_length, check_total, check_weights,
};

/// A table of strata, row by row, with bounds on rows, columns and cells.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoWayProblem {
    /// Size x standard deviation of each cell, row by row.
    pub a: Vec<f64>,
    /// The fewest and the most samples of each cell, row by row.
    pub cells: Vec<Bounds>,
    /// The fewest and the most samples of each row.
    pub rows: Vec<Bounds>,
    /// The fewest and the most samples of each column.
    pub columns: Vec<Bounds>,
    /// Samples in all; `None` where the rows and columns decide.
    pub total: Option<u64>,
}

/// An integer optimum of a two-way table with the prices that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TwoWay {
    /// Samples of each cell, row by row.
    pub samples: Vec<u64>,
    prices: Vec<i128>,
}

impl TwoWay {
    /// Whether the prices prove these samples optimal: no change of a cell by one, at the prices
    /// of its row and column, costs less than nothing. Recomputed from the problem in O(cells).
    /// Above some 2^32 samples a change is smaller than the digits `A² / n` is taken to, and an
    /// optimum may not be proved.
    #[must_use]
    pub fn holds(&self, problem: &TwoWayProblem) -> bool {
        let Ok(network) = Network::of(problem) else { return false };
        let margins = problem.rows.len() + problem.columns.len();
        let sized = self.samples.len() == problem.a.len() && self.prices.len() == margins + 2;
        if !sized || self.samples.iter().any(|n| *n > MOST_SAMPLES) {
            return false;
        }
        let flow = network.complete(&self.samples);
        let cost = |arc: &Arc, flow: i64| network.price(arc, flow);
        network.arcs.iter().zip(&flow).all(|(arc, flow)| {
            let drop = self.prices[arc.from] - self.prices[arc.to];
            let within = arc.lower <= *flow && *flow <= arc.upper;
            let more = *flow == arc.upper || cost(arc, flow + 1) - cost(arc, *flow) >= drop;
            let less = *flow == arc.lower || cost(arc, flow - 1) - cost(arc, *flow) >= -drop;
            within && more && less
        })
    }
}

/// The least of `sum A² / n` over a table with bounds on cells, rows and columns: a convex
/// integral minimum-cost flow, solved by capacity scaling in whole numbers.
///
/// `A` is taken to 2^-50 of the largest and `A² / n` to 2^-100 of the largest square; beyond that
/// the optimum is exact. As few cells with `A` above 0 as possible stay without a sample. Takes
/// O(cells log(total) x shortest path), see `docs/benchmarks.md`.
///
/// ```
/// use suyuan_core::sampling::{Bounds, TwoWayProblem, optimum_two_way};
/// let problem = TwoWayProblem {
///     a: vec![4.0, 1.0, 1.0, 4.0],
///     cells: vec![Bounds::default(); 4],
///     rows: vec![Bounds::exactly(6), Bounds::exactly(4)],
///     columns: vec![Bounds::exactly(5), Bounds::exactly(5)],
///     total: None,
/// };
/// let best = optimum_two_way(&problem)?;
/// assert_eq!(best.samples, [4, 2, 1, 3]);
/// assert!(best.holds(&problem));
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
///
/// # Errors
/// As [`optimum`](super::optimum()); a conflict names rows, columns and cells, and is found by
/// leaving out, one by one, what is not needed for it.
pub fn optimum_two_way(problem: &TwoWayProblem) -> Result<TwoWay, SamplingError> {
    let network = Network::of(problem)?;
    match circulate(network.nodes, &network.arcs) {
        Ok(done) => {
            let samples = done.flow.iter().take(problem.a.len()).map(|n| *n as u64).collect();
            Ok(TwoWay { samples, prices: done.prices })
        }
        Err(_) => Err(network.conflict()),
    }
}

/// The least cost over a table with given costs of cells.
pub(crate) fn spread(
    cells: &[Bounds],
    costs: &[Cost],
    rows: &[Bounds],
    columns: &[Bounds],
) -> Result<Vec<u64>, SamplingError> {
    let network = Network::new(cells, costs, rows, columns, None)?;
    match circulate(network.nodes, &network.arcs) {
        Ok(done) => Ok(done.flow.iter().take(cells.len()).map(|n| *n as u64).collect()),
        Err(_) => Err(network.conflict()),
    }
}

/// The network of a table: source -> rows -> columns -> sink -> source. Arcs: cells row by row,
/// then rows, then columns, then the total.
struct Network {
    arcs: Vec<Arc>,
    nodes: usize,
    rows: usize,
    columns: usize,
    /// The upper bounds as asked for; those of `arcs` are cut to what can flow.
    uppers: Vec<i64>,
}

impl Network {
    fn of(problem: &TwoWayProblem) -> Result<Self, SamplingError> {
        let columns = problem.columns.len();
        let cell = |at: usize| Subject::Cell(at / columns.max(1), at % columns.max(1));
        check_length("cells", problem.a.len(), problem.rows.len().saturating_mul(columns))?;
        check_length("bounds of cells", problem.cells.len(), problem.a.len())?;
        check_weights("A", &problem.a, cell)?;
        let largest = problem.a.iter().copied().fold(0.0, f64::max);
        let root = (1_u64 << 50) as f64;
        let square = |a: &f64| {
            if *a == 0.0 {
                return 0;
            }
            let whole = (a / largest * root) as i128;
            (whole * whole).clamp(1, MOST_SQUARE)
        };
        let costs: Vec<Cost> =
            problem.a.iter().map(|a| Cost::Inverse { square: square(a) }).collect();
        Self::new(&problem.cells, &costs, &problem.rows, &problem.columns, problem.total)
    }

    fn new(
        cells: &[Bounds],
        costs: &[Cost],
        rows: &[Bounds],
        columns: &[Bounds],
        total: Option<u64>,
    ) -> Result<Self, SamplingError> {
        let (source, sink) = (rows.len() + columns.len(), rows.len() + columns.len() + 1);
        let mut network = Self {
            arcs: Vec::with_capacity(cells.len() + source + 1),
            nodes: sink + 1,
            rows: rows.len(),
            columns: columns.len(),
            uppers: Vec::new(),
        };
        let whole = total.map_or(Bounds::default(), Bounds::exactly);
        check_total(whole.upper)?;
        let lowers = cells.iter().chain(rows).chain(columns).map(|bounds| u128::from(bounds.lower));
        if lowers.sum::<u128>() > FREE as u128 {
            let what = "the lower bounds of a table";
            return Err(SamplingError::TooLarge { what, limit: FREE as u64 });
        }
        let ends = (0..cells.len()).map(|at| (at / columns.len(), rows.len() + at % columns.len()));
        let cell_arcs = cells.iter().zip(costs).zip(ends);
        let row_arcs = rows.iter().enumerate().map(|(at, bounds)| (bounds, (source, at)));
        let column_arcs =
            columns.iter().enumerate().map(|(at, bounds)| (bounds, (rows.len() + at, sink)));
        let margins = row_arcs.chain(column_arcs).chain([(&whole, (sink, source))]);
        let all = cell_arcs
            .map(|((bounds, cost), ends)| (bounds, *cost, ends))
            .chain(margins.map(|(bounds, ends)| (bounds, Cost::Free, ends)));
        for (bounds, cost, (from, to)) in all {
            check_total(bounds.lower)?;
            let upper = bounds.upper.min(MOST_SAMPLES) as i64;
            network.uppers.push(upper);
            network.arcs.push(Arc { from, to, lower: bounds.lower as i64, upper, cost });
        }
        for at in 0..network.arcs.len() {
            let arc = network.arcs[at];
            if arc.lower > arc.upper {
                return Err(network.crossed(at));
            }
        }
        network.cut_uppers(rows, columns, whole);
        Ok(network)
    }

    /// No cell carries more than its row, its column and the whole: fewer scaling phases.
    fn cut_uppers(&mut self, rows: &[Bounds], columns: &[Bounds], whole: Bounds) {
        let sum =
            |bounds: &[Bounds]| bounds.iter().map(|bounds| u128::from(bounds.upper)).sum::<u128>();
        let most = sum(rows).min(sum(columns)).min(whole.upper.into());
        let most = u64::try_from(most).unwrap_or(MOST_SAMPLES).min(MOST_SAMPLES);
        let cells = self.rows * self.columns;
        for (at, arc) in self.arcs.iter_mut().enumerate() {
            let mut upper = most;
            if at < cells {
                upper = upper.min(rows[at / columns.len()].upper);
                upper = upper.min(columns[at % columns.len()].upper);
            }
            arc.upper = arc.upper.min((upper as i64).max(arc.lower));
        }
    }

    fn price(&self, arc: &Arc, flow: i64) -> i128 {
        arc.cost.of(flow)
    }

    /// The flow of every arc, given that of the cells.
    fn complete(&self, samples: &[u64]) -> Vec<i64> {
        let mut flow: Vec<i64> =
            samples.iter().map(|n| i64::try_from(*n).unwrap_or(i64::MAX)).collect();
        let cells = flow.clone();
        let row = |at: usize| (0..self.columns).map(|c| cells[at * self.columns + c]).sum::<i64>();
        let column = |at: usize| (0..self.rows).map(|r| cells[r * self.columns + at]).sum::<i64>();
        flow.extend((0..self.rows).map(row));
        flow.extend((0..self.columns).map(column));
        flow.push(cells.iter().sum());
        flow
    }

    fn subject(&self, arc: usize) -> Subject {
        let cells = self.rows * self.columns;
        match arc.checked_sub(cells) {
            None => Subject::Cell(arc / self.columns, arc % self.columns),
            Some(at) if at < self.rows => Subject::Row(at),
            Some(at) if at < self.rows + self.columns => Subject::Column(at - self.rows),
            Some(_) => Subject::Whole,
        }
    }

    fn requirement(&self, arc: usize, lower: bool) -> Requirement {
        let (low, high) = (self.arcs[arc].lower as u64, self.uppers[arc] as u64);
        let margin = arc >= self.rows * self.columns;
        let (sense, value) = match lower {
            _ if margin && low == high => (Sense::Exactly, low),
            true => (Sense::AtLeast, low),
            false => (Sense::AtMost, high),
        };
        Requirement::new(self.subject(arc), sense, value)
    }

    fn crossed(&self, arc: usize) -> SamplingError {
        let (low, high) = (self.arcs[arc].lower as u64, self.uppers[arc] as u64);
        let subject = self.subject(arc);
        let members = vec![
            Requirement::new(subject.clone(), Sense::AtLeast, low),
            Requirement::new(subject, Sense::AtMost, high),
        ];
        Conflict { members, needed: low, available: high }.into()
    }

    /// A cut with the bounds of these arcs alone: lower bounds of some, upper bounds of others.
    fn cut(&self, lower: &[bool], upper: &[bool]) -> Option<Cut> {
        let arcs: Vec<Arc> = self
            .arcs
            .iter()
            .enumerate()
            .map(|(at, arc)| Arc {
                lower: if lower[at] { arc.lower } else { 0 },
                upper: if upper[at] { self.uppers[at] } else { FREE },
                cost: Cost::Free,
                ..*arc
            })
            .collect();
        circulate(self.nodes, &arcs).err()
    }

    /// What arcs can carry together.
    fn room(&self, arcs: &[usize]) -> u64 {
        arcs.iter().fold(0, |sum, arc| sum.saturating_add(self.uppers[*arc] as u64))
    }

    /// A smallest set of bounds that cannot hold together (Hoffman 1960: a set of rows and columns
    /// that more must enter than can leave), made smallest by leaving out one after another.
    fn conflict(&self) -> SamplingError {
        let all = vec![true; self.arcs.len()];
        let Some(cut) = self.cut(&all, &all) else {
            return SamplingError::NoConvergence { what: "the flow of a two-way table", rounds: 1 };
        };
        let real = |arc: &usize| self.arcs[*arc].lower > 0;
        let mut entering: Vec<usize> = cut.entering.iter().copied().filter(real).collect();
        let mut leaving = cut.leaving.clone();
        let lower = |arc: usize| self.arcs[arc].lower as u64;
        let available = self.room(&leaving);
        entering.sort_by_key(|arc| std::cmp::Reverse(lower(*arc)));
        let mut needed = 0;
        entering.retain(|arc| {
            let keep = needed <= available;
            needed += if keep { lower(*arc) } else { 0 };
            keep
        });
        // The cut may hold another, smaller one.
        let flags = |members: &[usize], without: Option<usize>| {
            let mut flags = vec![false; self.arcs.len()];
            members.iter().for_each(|arc| flags[*arc] = true);
            without.iter().for_each(|arc| flags[*arc] = false);
            flags
        };
        for arc in
            leaving.clone().into_iter().chain(entering.iter().rev().copied().collect::<Vec<_>>())
        {
            let without = Some(arc);
            let (low, high) = (flags(&entering, without), flags(&leaving, without));
            if self.cut(&low, &high).is_some() {
                entering.retain(|other| *other != arc);
                leaving.retain(|other| *other != arc);
            }
        }
        entering.sort_unstable();
        let needed = entering.iter().map(|arc| lower(*arc)).sum();
        let available = self.room(&leaving);
        let low = entering.iter().map(|arc| self.requirement(*arc, true));
        let members = low.chain(leaving.iter().map(|arc| self.requirement(*arc, false))).collect();
        Conflict { members, needed, available }.into()
    }
}

/// More than every lower bound of a plan together.
const FREE: i64 = 1 << 60;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::control_rounding;
    use super::super::optimum::tests::objective;
    use super::*;

    fn case() -> impl Strategy<Value = TwoWayProblem> {
        (1_usize..4, 1_usize..4).prop_flat_map(|(rows, columns)| {
            let weight = prop_oneof![Just(0.0), (1_u32..5).prop_map(f64::from), 0.1..9.0_f64];
            let cell = (0_u64..2, 0_u64..4).prop_map(|(l, w)| Bounds::new(l, l + w));
            let margin = prop_oneof![
                (0_u64..7).prop_map(Bounds::exactly),
                (0_u64..5, 0_u64..5).prop_map(|(l, w)| Bounds::new(l, l + w)),
            ];
            (
                prop::collection::vec(weight, rows * columns),
                prop::collection::vec(cell, rows * columns),
                prop::collection::vec(margin.clone(), rows),
                prop::collection::vec(margin, columns),
                prop::option::weighted(0.3, 0_u64..9),
            )
                .prop_map(|(a, cells, rows, columns, total)| TwoWayProblem {
                    a,
                    cells,
                    rows,
                    columns,
                    total,
                })
        })
    }

    fn sums(problem: &TwoWayProblem, cells: &[u64]) -> (Vec<u64>, Vec<u64>) {
        let width = problem.columns.len();
        let rows = cells.chunks(width).map(|row| row.iter().sum()).collect();
        let column = |at: usize| cells.iter().skip(at).step_by(width).sum();
        (rows, (0..width).map(column).collect())
    }

    fn fits(bounds: &[Bounds], sums: &[u64]) -> bool {
        bounds.iter().zip(sums).all(|(bounds, n)| bounds.lower <= *n && *n <= bounds.upper)
    }

    /// Every table within all bounds, by plain enumeration of cells.
    fn every(problem: &TwoWayProblem) -> Vec<Vec<u64>> {
        let mut tables = vec![vec![]];
        for bounds in &problem.cells {
            tables = tables
                .iter()
                .flat_map(|table: &Vec<u64>| {
                    (bounds.lower..=bounds.upper).map(|n| [&table[..], &[n]].concat())
                })
                .collect();
        }
        tables.retain(|cells| {
            let (rows, columns) = sums(problem, cells);
            fits(&problem.rows, &rows)
                && fits(&problem.columns, &columns)
                && problem.total.is_none_or(|total| cells.iter().sum::<u64>() == total)
        });
        tables
    }

    /// The problem with the members of a conflict alone, but one.
    fn only(problem: &TwoWayProblem, members: &[Requirement], without: usize) -> TwoWayProblem {
        let free = Bounds::default();
        let mut left = problem.clone();
        left.cells.fill(free);
        left.rows.fill(free);
        left.columns.fill(free);
        left.total = None;
        for (at, member) in members.iter().enumerate() {
            let bounds = match &member.subject {
                _ if at == without => continue,
                Subject::Whole => {
                    left.total = Some(member.value);
                    continue;
                }
                Subject::Row(at) => &mut left.rows[*at],
                Subject::Column(at) => &mut left.columns[*at],
                Subject::Cell(r, c) => &mut left.cells[r * problem.columns.len() + c],
                other => panic!("{other}"),
            };
            match member.sense {
                Sense::AtLeast => bounds.lower = member.value,
                Sense::AtMost => bounds.upper = member.value,
                Sense::Exactly => *bounds = Bounds::exactly(member.value),
            }
        }
        left
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]
        #[test]
        fn nothing_is_better(problem in case()) {
            prop_assume!(problem.cells.iter().map(|b| b.upper - b.lower + 1).product::<u64>() < 20_000);
            let all = every(&problem);
            match optimum_two_way(&problem) {
                Ok(best) => {
                    prop_assert!(all.contains(&best.samples), "{:?}", best.samples);
                    prop_assert!(best.holds(&problem));
                    let least = all.iter().map(|cells| objective(&problem.a, cells)).min().unwrap();
                    let found = objective(&problem.a, &best.samples);
                    // A is taken to 2^-50, so a near tie may go the other way.
                    let near = |x: &num_rational::BigRational, y: &num_rational::BigRational| {
                        let scale = num_rational::BigRational::from_integer((1_u64 << 44).into());
                        (x - y) * scale <= y.clone()
                    };
                    prop_assert!(near(&found.0, &least.0), "{} {}", found.0, least.0);
                    if found.0 == least.0 {
                        prop_assert!(near(&found.1, &least.1), "{} {}", found.1, least.1);
                    }
                }
                Err(SamplingError::Infeasible(conflict)) => {
                    prop_assert!(all.is_empty(), "{} but {:?}", conflict, all[0]);
                    let members = &conflict.members;
                    let fails = |without| optimum_two_way(&only(&problem, members, without)).is_err();
                    prop_assert!(fails(usize::MAX), "{}", conflict);
                    for (at, member) in members.iter().enumerate() {
                        prop_assert!(!fails(at), "{} does without {}", conflict, member);
                    }
                }
                Err(error) => prop_assert!(false, "{}", error),
            }
        }

        #[test]
        fn controlled_rounding_keeps_every_sum(
            table in (1_usize..6, 1_usize..6).prop_flat_map(|(r, c)| {
                (Just(c), prop::collection::vec(0_u64..50, r * c))
            }),
            denominator in 1_u64..12,
        ) {
            // Whole margins: multiply by the denominator, then deal its multiples out.
            let (width, cells) = table;
            let height = cells.len() / width;
            let rows: Vec<u64> = (0..height).map(|r| cells[r * width..][..width].iter().sum()).collect();
            let columns: Vec<u64> =
                (0..width).map(|c| cells.iter().skip(c).step_by(width).sum()).collect();
            let total: u64 = rows.iter().sum();
            prop_assume!(total > 0);
            let numerators: Vec<u128> = (0..cells.len())
                .map(|at| u128::from(rows[at / width] * columns[at % width] * denominator))
                .collect();
            let over = total * denominator;
            let done = control_rounding(&numerators, over, &rows, &columns).unwrap();
            for (n, part) in done.iter().zip(&numerators) {
                let low = (part / u128::from(over)) as u64;
                prop_assert!(*n == low || (*n == low + 1 && part % u128::from(over) > 0));
            }
            for r in 0..height {
                prop_assert_eq!(done[r * width..][..width].iter().sum::<u64>(), rows[r]);
            }
            for (c, column) in columns.iter().enumerate() {
                prop_assert_eq!(done.iter().skip(c).step_by(width).sum::<u64>(), *column);
            }
        }
    }

    #[test]
    fn large_tables_settle() {
        // 150 counties x 34 categories, half a million samples.
        let (rows, columns) = (150_u64, 34_u64);
        let weight = |at: u64| 1.0 + ((at * 2_654_435_761) % 1000) as f64;
        let share = |count: u64| {
            let weights: Vec<u64> = (1..=count).map(|at| 1 + at * 7919 % 97).collect();
            let totals =
                super::super::apportion(&weights, 507_638, super::super::Rounding::Webster);
            totals.unwrap().into_iter().map(Bounds::exactly).collect::<Vec<_>>()
        };
        let problem = TwoWayProblem {
            a: (0..rows * columns).map(weight).collect(),
            cells: vec![Bounds::default(); (rows * columns) as usize],
            rows: share(rows),
            columns: share(columns),
            total: Some(507_638),
        };
        let best = optimum_two_way(&problem).unwrap();
        assert!(best.holds(&problem));
        assert_eq!(best.samples.iter().sum::<u64>(), 507_638);
    }

    #[test]
    fn bad_cells_are_named() {
        let problem = TwoWayProblem {
            a: vec![1.0, f64::NAN],
            cells: vec![Bounds::default(); 2],
            rows: vec![Bounds::default()],
            columns: vec![Bounds::default(); 2],
            total: Some(3),
        };
        let said = optimum_two_way(&problem).unwrap_err().to_string();
        assert!(said.contains("cell 1,2"), "{said}");
        assert!(control_rounding(&[1], 0, &[1], &[1]).is_err());
        assert!(control_rounding(&[3], 2, &[3], &[3]).is_err());
    }
}
