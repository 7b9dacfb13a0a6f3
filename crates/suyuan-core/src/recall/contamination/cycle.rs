//! Stocks and mixtures that contamination goes round in.
//!
//! Their shares are one linear system. Its unknowns are the shares of a stock at the moments its
//! affected outflows left, chained so that n inflows and m outflows cost n + m terms, and those
//! of the mixtures; what comes from outside is known.

use super::flows::{Flows, Part};
use super::{Estimate, Estimator, Share, estimated, millionths};
use crate::chain::Inflow;
use crate::id::{StockId, TransformationId};
use crate::numeric::dd::Dd;
use crate::numeric::shares::{Equation, solve};
use crate::quantity::Total;

/// A stock of a cycle.
struct Member {
    /// Its place in the trace.
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
        let stocks = self.stocks.len() as u32;
        let mixtures: Vec<usize> = members
            .iter()
            .filter_map(|node| node.checked_sub(stocks))
            .map(|place| place as usize)
            .filter(|place| *place < self.mixture_maxima.len())
            .collect();
        let mut equations = Vec::new();
        let mut members: Vec<Member> = members
            .iter()
            .filter(|node| **node < stocks)
            .map(|node| self.member(*node as usize, &mut equations))
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
        for member in members.drain(..) {
            for flow in member.flows.outflows() {
                if let Some(carried) = self.carried_by(flow) {
                    carried.share = Share::of(carried.share.value(&solution));
                }
            }
        }
        for place in mixtures {
            let share = Share::of(self.kept.mixtures.at(place).value(&solution));
            let id = TransformationId(self.kept.mixtures.key(place));
            self.kept.mixtures.insert(id.0, share);
            self.mixture_maxima[place] =
                self.mixture_maximum(id, self.common_total(self.chain.inputs(id)));
        }
    }

    /// Takes the flows of a stock and settles the share that each affected outflow carries, as an
    /// unknown where it is a mixture.
    fn member(&mut self, at: usize, equations: &mut Vec<Equation>) -> Member {
        let (id, seed) = (self.stocks[at].id, self.stocks[at].seed);
        let mut flows = Flows::default();
        flows.gather(self.chain, id, self.rules.as_of);
        let mut total = Total::ZERO;
        let mut sums = Vec::with_capacity(flows.arrived().len());
        for flow in flows.arrived() {
            if flow.counted {
                total.add_part(flow.known, flow.amount.is_some());
            }
            sums.push(total);
        }
        let unknown =
            |flow: &Inflow| flow.amount.is_none() && !seed && self.brought(id, flow).is_some();
        let hot_from = flows.arrived().iter().position(unknown).map_or(usize::MAX, |at| at + 1);
        let mut member = Member { at, id, seed, flows, sums, hot_from, moments: Vec::new() };
        let mut left = Total::ZERO;
        for together in member.flows.departures() {
            for flow in together {
                // An outflow of unknown quantity adds what is known of it.
                left.add_part(flow.known, true);
            }
            let by = together[0].gone_by;
            let count = member.flows.arrived().partition_point(|flow| flow.arrives <= by);
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
            together.iter().for_each(|flow| self.carry(flow, share, wholly));
        }
        member
    }

    /// The share of what comes with an inflow. Everything that reaches a seed is contaminated.
    fn inflow_share(&self, member: &Member, flow: &Inflow) -> Share {
        if member.seed {
            return Share::One;
        }
        self.brought(member.id, flow).map_or(Share::Zero, |brought| brought.share)
    }

    /// Writes the equation of a mixture.
    fn mix(&mut self, place: usize, equations: &mut Vec<Equation>) {
        let id = TransformationId(self.kept.mixtures.key(place));
        let lines = self.chain.inputs(id);
        let shares = self
            .chain
            .input_range(id)
            .map(|line| self.kept.inputs.get(line).map_or(Share::Zero, |carried| carried.share));
        let equation = match self.common_total(lines) {
            Some((total, _)) => {
                let mut mean = Mean::default();
                for (line, share) in lines.iter().zip(shares) {
                    let part = self.common(line).unwrap_or(0);
                    mean.add(Dd::from_int(part) / Dd::from_int(total), share);
                }
                mean.equation()
            }
            None => {
                let (mut terms, mut one, mut known) = (Vec::new(), false, Dd::ZERO);
                for share in shares {
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
        self.kept.mixtures.insert(id.0, Share::Open(equations.len() as u32));
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
            for flow in &member.flows.arrived()[done..*count] {
                if let Some(amount) = flow.amount.filter(|_| flow.counted) {
                    mean.add(millionths(amount) / whole, self.inflow_share(member, flow));
                }
            }
            equations[*unknown as usize] = mean.equation();
            before = Some((*count, *unknown));
        }
    }

    /// Notes what is found of a stock.
    fn finish(&mut self, member: &Member, solution: &[Dd]) {
        let total = member.after(member.sums.len());
        let part = |flow: &Inflow| {
            let share = Share::of(self.inflow_share(member, flow).value(solution));
            (flow.amount, share)
        };
        let all = member.seed || member.hot();
        let mut expected = Part::whole(if all { total.millionths } else { 0 });
        if !all {
            for flow in member.flows.arrived().iter().filter(|flow| flow.counted) {
                let (amount, share) = part(flow);
                expected.add(amount, share);
            }
        }
        let share = if all || total.millionths == 0 {
            Share::One
        } else {
            expected.share_of(total.millionths)
        };
        let mut in_transit = Part::default();
        for flow in member.flows.on_the_road(self.rules.as_of) {
            let (amount, share) = part(flow);
            in_transit.add(amount, share);
        }
        // Round a cycle, everything can be contaminated.
        let max = total.complete.then(|| Dd::from_int(total.millionths).max(expected.value()));
        self.found[member.at] = Estimate {
            ledger: member.flows.ledger(self.rules.as_of),
            contamination: estimated(share, expected, max, total, in_transit),
        };
        self.stocks[member.at].max = max;
    }
}
