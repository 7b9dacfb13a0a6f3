//! Stocks and mixtures that contamination goes round in.
//!
//! Their shares are one linear system. Its unknowns are the shares of a stock at the moments its
//! affected outflows left, chained so that n inflows and m outflows cost n + m terms, and those
//! of the mixtures; what comes from outside is known.

use super::flows::{Flows, Origin, Part};
use super::{Estimator, Moment, Share, millionths};
use crate::chain::{Inflow, Ledger};
use crate::id::StockId;
use crate::numeric::dd::Dd;
use crate::numeric::shares::{Equation, solve};
use crate::quantity::Total;

/// A stock of a cycle.
struct Member {
    /// Its row.
    at: usize,
    id: StockId,
    seed: bool,
    flows: Flows,
    /// The intake after each arrived inflow.
    sums: Vec<Total>,
    /// The count of inflows from which on everything counts as contaminated.
    hot_from: usize,
    /// The unknowns of its shares, by count of inflows.
    moments: Vec<(usize, u32)>,
}

impl Member {
    /// The intake after some of its inflows.
    fn after(&self, count: usize) -> Total {
        count.checked_sub(1).map_or(Total::ZERO, |last| self.sums[last])
    }

    fn hot(&self) -> bool {
        self.hot_from <= self.sums.len()
    }
}

/// A weighted mean of shares under way.
#[derive(Default)]
struct Mean {
    terms: Vec<(u32, Dd)>,
    one: Dd,
    zero: Dd,
}

impl Mean {
    fn add(&mut self, weight: Dd, share: Share) {
        match share {
            Share::Zero => self.zero += weight,
            Share::One => self.one += weight,
            Share::Part(share) => {
                self.one += weight * share;
                self.zero += weight * (Dd::ONE - share);
            }
            Share::Open(unknown) => self.terms.push((unknown, weight)),
        }
    }

    fn equation(self) -> Equation {
        Equation::Mean { terms: self.terms, one: self.one, zero: self.zero }
    }
}

impl Estimator<'_> {
    /// Settles the members of a cycle together.
    pub(super) fn settle_cycle(&mut self, members: &[u32]) {
        let first_mixture = self.kept.passing.len() as u32;
        let first_hub = first_mixture + self.kept.mixtures.len() as u32;
        let mixtures: Vec<usize> = members
            .iter()
            .filter(|node| (first_mixture..first_hub).contains(*node))
            .map(|node| (*node - first_mixture) as usize)
            .collect();
        let mut equations = Vec::new();
        let members: Vec<Member> = members
            .iter()
            .filter(|node| **node < first_mixture)
            .map(|node| self.member(self.kept.passing[*node as usize] as usize, &mut equations))
            .collect();
        for place in &mixtures {
            self.mix(*place, &mut equations);
        }
        for member in &members {
            self.write_moments(member, &mut equations);
        }
        let solution = solve(&equations);
        for member in &members {
            self.finish(member, &solution);
        }
        for member in &members {
            let (start, end) = self.kept.rows[member.at].moments;
            for moment in &mut self.kept.moments[start as usize..end as usize] {
                moment.share = Share::of(moment.share.value(&solution));
            }
        }
        for place in mixtures {
            let mixture = &self.kept.mixtures[place];
            let share = Share::of(mixture.share.value(&solution));
            let total = self.common_total(self.chain.inputs(mixture.id));
            self.finish_mixture(place, share, total);
        }
    }

    /// Takes the flows of a stock and settles the share that each affected outflow carries, as an
    /// unknown where it is a mixture.
    fn member(&mut self, at: usize, equations: &mut Vec<Equation>) -> Member {
        let (id, seed) = (self.kept.rows[at].stock, self.kept.rows[at].seed);
        let mut flows = Flows::default();
        flows.gather(self.chain, id, self.rules.as_of);
        let mut total = Total::ZERO;
        let mut sums = Vec::with_capacity(flows.arrived().len());
        for (flow, _) in flows.arrived() {
            if flow.counted {
                total.add(flow.amount);
            }
            sums.push(total);
        }
        let unknown = |(flow, origin): &(Inflow, Origin)| {
            flow.amount.is_none() && !seed && self.brought(id, flow, *origin).is_some()
        };
        let hot_from = flows.arrived().iter().position(unknown).map_or(usize::MAX, |at| at + 1);
        let mut member = Member { at, id, seed, flows, sums, hot_from, moments: Vec::new() };
        let mut left = Total::ZERO;
        let start = self.kept.moments.len() as u32;
        for together in member.flows.departures() {
            for flow in together {
                // An outflow of unknown quantity adds nothing.
                left.add_known(flow.amount);
            }
            let by = together[0].left_by();
            let count = member.flows.arrived().partition_point(|(flow, _)| flow.arrives <= by);
            let wholly = self.tolerance.refutes(left, member.after(count));
            let share = if wholly || seed || hot_from <= count {
                Share::One
            } else {
                match member.moments.last() {
                    Some((same, unknown)) if *same == count => Share::Open(*unknown),
                    _ => {
                        let unknown = equations.len() as u32;
                        equations.push(Mean::default().equation());
                        member.moments.push((count, unknown));
                        Share::Open(unknown)
                    }
                }
            };
            self.kept.moments.push(Moment { by, share, wholly });
        }
        self.kept.rows[at].moments = (start, self.kept.moments.len() as u32);
        member
    }

    /// The share of what comes with an inflow. Everything that reaches a seed is contaminated.
    fn inflow_share(&self, member: &Member, flow: &Inflow, origin: Origin) -> Share {
        if member.seed {
            return Share::One;
        }
        self.brought(member.id, flow, origin).map_or(Share::Zero, |brought| brought.share)
    }

    /// Writes the equation of a mixture.
    fn mix(&mut self, place: usize, equations: &mut Vec<Equation>) {
        let id = self.kept.mixtures[place].id;
        let inputs = || {
            let share = |sent: Option<(Moment, usize)>| sent.map_or(Share::Zero, |(m, _)| m.share);
            self.inputs(id).map(move |(line, sent)| (line, share(sent)))
        };
        let equation = match self.common_total(self.chain.inputs(id)) {
            Some((total, _)) => {
                let mut mean = Mean::default();
                for (line, share) in inputs() {
                    let part = self.common(line).unwrap_or(0);
                    mean.add(Dd::from_int(part) / Dd::from_int(total), share);
                }
                mean.equation()
            }
            None => {
                let (mut terms, mut one, mut known) = (Vec::new(), false, Dd::ZERO);
                for (_, share) in inputs() {
                    match share {
                        Share::Zero => {}
                        Share::One => one = true,
                        Share::Part(share) => known = known.max(share),
                        Share::Open(unknown) => terms.push(unknown),
                    }
                }
                if known.is_positive() {
                    terms.push(equations.len() as u32);
                    let mut constant = Mean::default();
                    constant.add(Dd::ONE, Share::Part(known));
                    equations.push(constant.equation());
                }
                Equation::Largest { terms, one }
            }
        };
        self.kept.mixtures[place].share = Share::Open(equations.len() as u32);
        equations.push(equation);
    }

    /// Writes the equations of a stock's moments, each from the one before.
    fn write_moments(&self, member: &Member, equations: &mut [Equation]) {
        let mut before: Option<(usize, u32)> = None;
        for (count, unknown) in &member.moments {
            let whole = Dd::from_int(member.after(*count).millionths);
            let mut mean = Mean::default();
            let mut done = 0;
            if let Some((earlier, unknown)) = before {
                done = earlier;
                let weight = Dd::from_int(member.after(earlier).millionths) / whole;
                mean.add(weight, Share::Open(unknown));
            }
            for (flow, origin) in &member.flows.arrived()[done..*count] {
                if let Some(amount) = flow.amount.filter(|_| flow.counted) {
                    let share = self.inflow_share(member, flow, *origin);
                    mean.add(millionths(amount) / whole, share);
                }
            }
            equations[*unknown as usize] = mean.equation();
            before = Some((*count, *unknown));
        }
    }

    /// Notes what is found of a stock.
    fn finish(&mut self, member: &Member, solution: &[Dd]) {
        let total = member.after(member.sums.len());
        let part = |flow: &Inflow, origin: Origin| {
            let share = Share::of(self.inflow_share(member, flow, origin).value(solution));
            (flow.amount, share)
        };
        let all = member.seed || member.hot();
        let mut expected = Part::whole(if all { total.millionths } else { 0 });
        if !all {
            for (flow, origin) in member.flows.arrived().iter().filter(|(flow, _)| flow.counted) {
                let (amount, share) = part(flow, *origin);
                expected.add(amount, share);
            }
        }
        let share = if all || total.millionths == 0 {
            Share::One
        } else {
            expected.share_of(total.millionths)
        };
        let mut in_transit = Part::default();
        for (flow, origin) in member.flows.on_the_road(self.rules.as_of) {
            let (amount, share) = part(flow, *origin);
            in_transit.add(amount, share);
        }
        // Round a cycle, everything can be contaminated.
        let max = total.complete.then(|| Dd::from_int(total.millionths).max(expected.value()));
        let as_of = self.rules.as_of;
        let mut ledger = Ledger::default();
        if self.ledgers {
            member.flows.inflows().for_each(|flow| ledger.add_inflow(flow, as_of));
            member.flows.outflows().iter().for_each(|flow| ledger.add_outflow(flow, as_of));
        }
        let estimate = self.estimated(share, expected, max, total, in_transit);
        self.note(member.at, max, ledger, estimate);
    }
}
