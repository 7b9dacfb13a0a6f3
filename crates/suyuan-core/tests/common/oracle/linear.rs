//! The least non-negative solution of a max-linear system, in exact fractions: Gaussian
//! elimination on the unknowns that contamination reaches (the others are 0), and policy iteration
//! where the largest of several counts.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{One, Zero};

use super::quantity::Num;

/// A constant and weighted unknowns.
#[derive(Clone, Debug)]
pub(crate) struct Sum<V> {
    pub(crate) constant: Num,
    pub(crate) terms: BTreeMap<V, Num>,
}

impl<V: Ord + Clone> Sum<V> {
    pub(crate) fn zero() -> Self {
        Self { constant: Num::zero(), terms: BTreeMap::new() }
    }

    pub(crate) fn one() -> Self {
        Self { constant: Num::one(), ..Self::zero() }
    }

    pub(crate) fn unknown(name: V) -> Self {
        Self { constant: Num::zero(), terms: BTreeMap::from([(name, Num::one())]) }
    }

    pub(crate) fn add(&mut self, other: &Self, weight: &Num) {
        self.constant += &other.constant * weight;
        for (name, factor) in &other.terms {
            *self.terms.entry(name.clone()).or_insert_with(Num::zero) += factor * weight;
        }
    }

    pub(crate) fn value(&self, solution: &BTreeMap<V, Num>) -> Num {
        let terms = self.terms.iter().map(|(name, factor)| factor * &solution[name]);
        terms.fold(self.constant.clone(), |sum, term| sum + term)
    }
}

/// The value of each unknown is the largest of its options.
pub(crate) type System<V> = BTreeMap<V, Vec<Sum<V>>>;

pub(crate) fn least_solution<V: Ord + Clone>(system: &System<V>) -> BTreeMap<V, Num> {
    let mut policy: BTreeMap<&V, usize> = system.keys().map(|name| (name, 0)).collect();
    loop {
        let chosen = policy.iter().map(|(name, choice)| (*name, &system[*name][*choice]));
        let solution = solve(&chosen.collect());
        let mut better = false;
        for (name, options) in system {
            let values: Vec<Num> = options.iter().map(|sum| sum.value(&solution)).collect();
            let best = (0..values.len()).max_by_key(|at| &values[*at]).unwrap();
            if values[best] > solution[name] {
                policy.insert(name, best);
                better = true;
            }
        }
        if !better {
            return solution;
        }
    }
}

fn solve<V: Ord + Clone>(equations: &BTreeMap<&V, &Sum<V>>) -> BTreeMap<V, Num> {
    let mut reached: BTreeSet<&V> = BTreeSet::new();
    loop {
        let before = reached.len();
        for (name, sum) in equations {
            let fed = |(term, factor): (&V, &Num)| reached.contains(term) && !factor.is_zero();
            if !sum.constant.is_zero() || sum.terms.iter().any(fed) {
                reached.insert(*name);
            }
        }
        if reached.len() == before {
            break;
        }
    }
    // x = constant + terms, solved for one unknown after another and put into the rest.
    let names: Vec<&V> = reached.iter().copied().collect();
    let mut rows: BTreeMap<&V, Sum<V>> = BTreeMap::new();
    for name in &names {
        let mut row = equations[name].clone();
        row.terms.retain(|term, factor| reached.contains(term) && !factor.is_zero());
        rows.insert(name, row);
    }
    for name in &names {
        let mut row = rows[name].clone();
        let own = row.terms.remove(*name).unwrap_or_else(Num::zero);
        let scale = Num::one() / (Num::one() - own);
        let mut solved = Sum::zero();
        solved.add(&row, &scale);
        for (other, row) in &mut rows {
            if other == name {
                *row = solved.clone();
            } else if let Some(weight) = row.terms.remove(*name) {
                row.add(&solved, &weight);
            }
        }
    }
    let mut solution: BTreeMap<V, Num> = BTreeMap::new();
    for name in equations.keys() {
        let value = rows.get(name).map_or_else(Num::zero, |row| row.constant.clone());
        solution.insert((*name).clone(), value);
    }
    solution
}
