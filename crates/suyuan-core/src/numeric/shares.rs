//! The least solution of a system of shares.
//!
//! Every unknown is a share between 0 and 1: a weighted mean of other shares and of the constants
//! 1 (wholly contaminated) and 0 (clean), or the largest of some. Weights of a mean sum to one, so
//! the system reads as an absorbing Markov chain: the share is the probability that a walk back
//! along the flows ends in contamination. That gives a stable exact method: unknowns that no
//! contamination reaches are 0; the rest is solved component by component, eliminating states
//! without ever subtracting (Grassmann, Taksar, Heyman 1985), the state of least fill first. A
//! largest-of equation is settled by policy iteration: take the input that is largest so far,
//! solve, and take a larger one while there is one; this ends at the least fixed point because
//! every policy's solution lies below it and each round rises.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::dd::Dd;
use super::scc;

/// How one unknown follows from others.
#[derive(Debug, Clone)]
pub(crate) enum Equation {
    /// A mean: weights of unknowns, of the constant 1 and of the constant 0. They sum to one.
    Mean { terms: Vec<(u32, Dd)>, one: Dd, zero: Dd },
    /// The largest of some unknowns, and of the constant 1 when `one`.
    Largest { terms: Vec<u32>, one: bool },
}

impl Equation {
    fn terms(&self) -> Vec<u32> {
        match self {
            Self::Mean { terms, .. } => terms.iter().map(|(term, _)| *term).collect(),
            Self::Largest { terms, .. } => terms.clone(),
        }
    }

    fn touches_one(&self) -> bool {
        match self {
            Self::Mean { one, .. } => one.is_positive(),
            Self::Largest { one, .. } => *one,
        }
    }
}

/// Updates of weights after which elimination gives way to iteration on what is left.
const ELIMINATION_BUDGET: u64 = 50_000_000;

/// Solves the system: the least solution in [0, 1]. Exact to about 28 digits; only a strongly
/// connected part whose elimination would exceed a fixed amount of work is iterated, to a relative
/// residual below 1e-13.
pub(crate) fn solve(equations: &[Equation]) -> Vec<Dd> {
    let count = equations.len();
    let mut arcs = Vec::new();
    for (unknown, equation) in equations.iter().enumerate() {
        arcs.extend(equation.terms().into_iter().map(|term| (unknown as u32, term)));
    }
    let (starts, targets) = scc::adjacency(count, &arcs);
    let (touched, first_choice) = touched(equations, &arcs);
    let mut values = vec![Dd::ZERO; count];
    let mut place = vec![u32::MAX; count];
    for members in scc::components(&starts, &targets).iter() {
        let mut open: Vec<u32> =
            members.iter().copied().filter(|member| touched[*member as usize]).collect();
        open.sort_unstable();
        if open.is_empty() {
            continue;
        }
        for (at, member) in open.iter().enumerate() {
            place[*member as usize] = at as u32;
        }
        solve_component(equations, &open, &place, &first_choice, &mut values);
        for member in &open {
            place[*member as usize] = u32::MAX;
        }
    }
    values
}

/// Which unknowns contamination reaches, and for each the term it first came by.
fn touched(equations: &[Equation], arcs: &[(u32, u32)]) -> (Vec<bool>, Vec<u32>) {
    let reversed: Vec<(u32, u32)> = arcs.iter().map(|(from, to)| (*to, *from)).collect();
    let (starts, users) = scc::adjacency(equations.len(), &reversed);
    let mut touched: Vec<bool> = equations.iter().map(Equation::touches_one).collect();
    let mut first = vec![u32::MAX; equations.len()];
    let mut queue: Vec<u32> =
        (0..equations.len() as u32).filter(|u| touched[*u as usize]).collect();
    let mut at = 0;
    while let Some(unknown) = queue.get(at).copied() {
        at += 1;
        let range = starts[unknown as usize] as usize..starts[unknown as usize + 1] as usize;
        for user in &users[range] {
            if !std::mem::replace(&mut touched[*user as usize], true) {
                first[*user as usize] = unknown;
                queue.push(*user);
            }
        }
    }
    (touched, first)
}

fn solve_component(
    equations: &[Equation],
    open: &[u32],
    place: &[u32],
    first_choice: &[u32],
    values: &mut [Dd],
) {
    let mut choices: Vec<u32> = open.iter().map(|u| first_choice[*u as usize]).collect();
    loop {
        let rows: Vec<Row> = open
            .iter()
            .zip(&choices)
            .enumerate()
            .map(|(at, (unknown, choice))| {
                row(&equations[*unknown as usize], at as u32, *choice, place, values)
            })
            .collect();
        let solution = eliminate(rows);
        for (unknown, value) in open.iter().zip(solution) {
            values[*unknown as usize] = value.min(Dd::ONE);
        }
        let mut better = false;
        for (unknown, choice) in open.iter().zip(&mut choices) {
            let Equation::Largest { terms, one: false } = &equations[*unknown as usize] else {
                continue;
            };
            let mut best = values[*unknown as usize];
            for term in terms {
                let value = values[*term as usize];
                // Beyond what rounding can have made.
                if value > best && value - best > value * 1e-25 {
                    best = value;
                    *choice = *term;
                    better = true;
                }
            }
        }
        if !better {
            return;
        }
    }
}

/// One equation with what is known put in: weights of other open unknowns (by place, sorted), of
/// 1 and of 0.
#[derive(Debug, Default)]
struct Row {
    terms: Vec<(u32, Dd)>,
    one: Dd,
    zero: Dd,
}

impl Row {
    fn add(&mut self, term: u32, weight: Dd) {
        match self.terms.binary_search_by_key(&term, |(term, _)| *term) {
            Ok(at) => self.terms[at].1 += weight,
            Err(at) => self.terms.insert(at, (term, weight)),
        }
    }

    /// All that keeps the walk from staying where it is. Zero for a closed clean loop.
    fn leaving(&self) -> Dd {
        self.terms.iter().fold(self.one + self.zero, |sum, (_, weight)| sum + *weight)
    }
}

fn row(equation: &Equation, own: u32, choice: u32, place: &[u32], values: &[Dd]) -> Row {
    let mut row = Row::default();
    let mut put = |term: u32, weight: Dd| {
        let at = place[term as usize];
        if at == own {
            // Staying put: the other weights decide.
        } else if at == u32::MAX {
            let value = values[term as usize];
            row.one += weight * value;
            row.zero += weight * (Dd::ONE - value);
        } else {
            row.add(at, weight);
        }
    };
    match equation {
        Equation::Mean { terms, one, zero } => {
            for (term, weight) in terms {
                put(*term, *weight);
            }
            row.one += *one;
            row.zero += *zero;
        }
        Equation::Largest { one: true, .. } => row.one = Dd::ONE,
        Equation::Largest { terms, one: false } => {
            // What lies outside this component is final: take the largest of it as a start.
            let outside = terms.iter().filter(|term| place[**term as usize] == u32::MAX);
            let largest = outside.map(|t| values[*t as usize]).fold(Dd::ZERO, Dd::max);
            if choice == u32::MAX || place[choice as usize] == u32::MAX {
                row.one = largest;
                row.zero = Dd::ONE - largest;
            } else {
                put(choice, Dd::ONE);
            }
        }
    }
    row
}

/// Eliminates states by least fill and substitutes back.
fn eliminate(mut rows: Vec<Row>) -> Vec<Dd> {
    let count = rows.len();
    let mut users: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (at, row) in rows.iter().enumerate() {
        for (term, _) in &row.terms {
            users[*term as usize].push(at as u32);
        }
    }
    // Lists of users keep those that are gone; the counts do not.
    let mut used: Vec<u32> = users.iter().map(|users| users.len() as u32).collect();
    let cost =
        |rows: &[Row], used: &[u32], at: usize| (rows[at].terms.len() as u64) * u64::from(used[at]);
    let mut queue: BinaryHeap<Reverse<(u64, u32)>> =
        (0..count).map(|at| Reverse((cost(&rows, &used, at), at as u32))).collect();
    let mut gone = vec![false; count];
    let mut order = Vec::with_capacity(count);
    let mut work = 0;
    while let Some(Reverse((expected, at))) = queue.pop() {
        let v = at as usize;
        if gone[v] {
            continue;
        }
        let actual = cost(&rows, &used, v);
        if actual > expected {
            queue.push(Reverse((actual, at)));
            continue;
        }
        work += actual + 1;
        if work > ELIMINATION_BUDGET {
            break;
        }
        gone[v] = true;
        order.push(at);
        let row = std::mem::take(&mut rows[v]);
        let leaving = row.leaving();
        for user in std::mem::take(&mut users[v]) {
            if gone[user as usize] {
                continue;
            }
            let target = &mut rows[user as usize];
            let Ok(found) = target.terms.binary_search_by_key(&at, |(term, _)| *term) else {
                continue;
            };
            let (_, weight) = target.terms.remove(found);
            if !leaving.is_positive() {
                target.zero += weight;
                continue;
            }
            let factor = weight / leaving;
            target.one += factor * row.one;
            target.zero += factor * row.zero;
            for (term, weight) in &row.terms {
                if *term != user {
                    let known = target.terms.binary_search_by_key(term, |(t, _)| *t).is_ok();
                    target.add(*term, factor * *weight);
                    if !known {
                        users[*term as usize].push(user);
                        used[*term as usize] += 1;
                    }
                }
            }
        }
        for (term, _) in &row.terms {
            used[*term as usize] -= 1;
            queue.push(Reverse((cost(&rows, &used, *term as usize), *term)));
        }
        rows[v] = row;
    }
    let mut values = vec![Dd::ZERO; count];
    iterate(&rows, &gone, &mut values);
    for at in order.into_iter().rev() {
        values[at as usize] = settle(&rows[at as usize], &values);
    }
    values
}

fn settle(row: &Row, values: &[Dd]) -> Dd {
    let leaving = row.leaving();
    if !leaving.is_positive() {
        return Dd::ZERO;
    }
    let sum = row
        .terms
        .iter()
        .fold(row.one, |sum, (term, weight)| sum + *weight * values[*term as usize]);
    sum / leaving
}

/// Gauss-Seidel sweeps over what elimination left, from below.
fn iterate(rows: &[Row], gone: &[bool], values: &mut [Dd]) {
    let left: Vec<usize> = (0..rows.len()).filter(|at| !gone[*at]).collect();
    loop {
        let mut worst = false;
        for at in &left {
            let value = settle(&rows[*at], values);
            worst |= value - values[*at] > value * 1e-13;
            values[*at] = value;
        }
        if !worst {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(p: i128, q: i128) -> Dd {
        Dd::from_int(p) / Dd::from_int(q)
    }

    fn percent(x: Dd) -> i128 {
        (x * Dd::from_int(1_000_000)).round_half_even()
    }

    #[test]
    fn two_lots_that_feed_each_other() {
        // x = 1/2 + 1/2 y, y = 1/2 x + 1/2 clean: x = 2/3, y = 1/3.
        let half = part(1, 2);
        let system = [
            Equation::Mean { terms: vec![(1, half)], one: half, zero: Dd::ZERO },
            Equation::Mean { terms: vec![(0, half)], one: Dd::ZERO, zero: half },
        ];
        let got: Vec<i128> = solve(&system).into_iter().map(percent).collect();
        assert_eq!(got, [666_667, 333_333]);
    }

    #[test]
    fn a_loop_that_nothing_enters_is_clean_and_one_that_only_contamination_enters_is_not() {
        let almost = part(999_999_999, 1_000_000_000);
        let rest = part(1, 1_000_000_000);
        let system = [
            Equation::Mean { terms: vec![(1, Dd::ONE)], one: Dd::ZERO, zero: Dd::ZERO },
            Equation::Mean { terms: vec![(0, Dd::ONE)], one: Dd::ZERO, zero: Dd::ZERO },
            Equation::Mean { terms: vec![(3, almost)], one: rest, zero: Dd::ZERO },
            Equation::Mean { terms: vec![(2, Dd::ONE)], one: Dd::ZERO, zero: Dd::ZERO },
        ];
        let got: Vec<i128> = solve(&system).into_iter().map(percent).collect();
        assert_eq!(got, [0, 0, 1_000_000, 1_000_000]);
    }

    #[test]
    fn the_largest_is_found_through_a_cycle() {
        // x = max(y, z), y = x/2 + 1/4, z = 1/5: x = y = 1/2.
        let system = [
            Equation::Largest { terms: vec![2, 1], one: false },
            Equation::Mean { terms: vec![(0, part(1, 2))], one: part(1, 4), zero: part(1, 4) },
            Equation::Mean { terms: vec![], one: part(1, 5), zero: part(4, 5) },
        ];
        let got: Vec<i128> = solve(&system).into_iter().map(percent).collect();
        assert_eq!(got, [500_000, 500_000, 200_000]);
    }

    #[test]
    fn a_cycle_of_two_hundred_thousand_is_solved_exactly() {
        let count = 200_000_u32;
        let mut system: Vec<Equation> = (0..count)
            .map(|i| Equation::Mean {
                terms: vec![((i + 1) % count, Dd::ONE)],
                one: Dd::ZERO,
                zero: Dd::ZERO,
            })
            .collect();
        system[0] =
            Equation::Mean { terms: vec![(1, part(1, 2))], one: part(1, 8), zero: part(3, 8) };
        assert!(solve(&system).into_iter().all(|x| percent(x) == 250_000));
    }
}
