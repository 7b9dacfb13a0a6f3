//! What goes into transformations, mixes and comes out.

use super::{Estimator, Moment, Share};
use crate::chain::records::LineRow;
use crate::id::TransformationId;
use crate::numeric::dd::Dd;
use crate::quantity::Dimension;
use crate::time::Minute;

use super::flows::Part;

/// A transformation that affected material entered.
#[derive(Debug)]
pub(super) struct Mixture {
    pub(super) id: TransformationId,
    pub(super) share: Share,
    /// The most that can come out contaminated, in millionths of a nanogram, nanolitre or piece;
    /// `None` where quantities cannot be added.
    pub(super) max: Option<Dd>,
}

impl Mixture {
    pub(super) const fn new(id: TransformationId) -> Self {
        Self { id, share: Share::Zero, max: None }
    }
}

impl Estimator<'_> {
    /// The inputs of a transformation, with what they carry and the row they left where they are
    /// affected.
    pub(super) fn inputs(
        &self,
        id: TransformationId,
    ) -> impl Iterator<Item = (&LineRow, Option<(Moment, usize)>)> {
        let time = self.chain.transformation_time(id);
        let begun = self.all || time.earliest <= self.rules.as_of;
        let contradicted = self.chain.is_contradicted(id);
        self.chain.input_range(id).zip(self.chain.inputs(id)).map(move |(at, line)| {
            let refuted = contradicted && self.chain.is_line_contradicted(at);
            let gone_by = if refuted { Minute::UNBOUNDED_FUTURE } else { time.latest };
            let row = self.row(line.stock).filter(|_| begun).map(|at| at as usize);
            let row = row.filter(|at| self.kept.rows[*at].since <= gone_by.minutes());
            let carried = |at: usize| {
                if refuted {
                    return Moment::WHOLLY;
                }
                self.carried(&self.kept.rows[at], || gone_by)
            };
            (line, row.map(|at| (carried(at), at)))
        })
    }

    /// Settles the mixture of a transformation that lies on no cycle.
    pub(super) fn settle_mixture(&mut self, place: usize) {
        let id = self.kept.mixtures[place].id;
        let total = self.common_total(self.chain.inputs(id));
        let shares = self.inputs(id).filter_map(|(line, sent)| Some((line, sent?.0.share)));
        let share = match total {
            Some((total, _)) => {
                let mut contaminated = Part::default();
                for (line, share) in shares {
                    contaminated.add_millionths(self.common(line).unwrap_or(0), share);
                }
                contaminated.share_of(total)
            }
            None => {
                let values = shares.map(|(_, share)| share.value(&[]));
                Share::of(values.fold(Dd::ZERO, Dd::max))
            }
        };
        self.finish_mixture(place, share, total);
    }

    /// Notes what is found of a mixture.
    pub(super) fn finish_mixture(
        &mut self,
        place: usize,
        share: Share,
        total: Option<(i128, Dimension)>,
    ) {
        let max = self.mixture_maximum(self.kept.mixtures[place].id, total);
        let mixture = &mut self.kept.mixtures[place];
        (mixture.share, mixture.max) = (share, max);
    }

    /// The largest contaminated quantity that can come out of a transformation, in millionths of
    /// a nanogram, nanolitre or piece; `None` where quantities cannot be added.
    fn mixture_maximum(
        &self,
        id: TransformationId,
        total: Option<(i128, Dimension)>,
    ) -> Option<Dd> {
        let (input, dimension) = total?;
        let (output, other) = self.common_total(self.chain.outputs(id))?;
        if dimension != other {
            return None;
        }
        let mut sum = Dd::ZERO;
        for (line, sent) in self.inputs(id) {
            let (Some((moment, from)), Some(whole), Some(unit)) =
                (sent, self.common(line), self.chain.unit(line.stock))
            else {
                continue;
            };
            let whole = Dd::from_int(whole);
            sum += match self.kept.rows[from].max {
                Some(max) if !moment.wholly => whole.min(max * Dd::from_int(unit.factor())),
                _ => whole,
            };
        }
        let grown =
            if output > input { sum * Dd::from_int(output) / Dd::from_int(input) } else { sum };
        Some(grown)
    }

    /// The quantity of a line in millionths of a nanogram, nanolitre or piece.
    pub(super) fn common(&self, line: &LineRow) -> Option<i128> {
        let factor = self.chain.unit(line.stock)?.factor();
        Some(i128::from(line.amount?.millionths()) * factor)
    }

    /// The sum of lines; `None` when one is unknown or they measure different things.
    pub(super) fn common_total(&self, lines: &[LineRow]) -> Option<(i128, Dimension)> {
        let mut total = 0;
        let mut dimension = None;
        for line in lines {
            let unit = self.chain.unit(line.stock)?;
            if *dimension.get_or_insert(unit.dimension()) != unit.dimension() {
                return None;
            }
            total += i128::from(line.amount?.millionths()) * unit.factor();
        }
        dimension.map(|dimension| (total, dimension))
    }
}
