//! Questions asked of both the engine and the oracle.

use suyuan_core::chain::SupplyChain;
use suyuan_core::model::Hazard;
use suyuan_core::recall::{Policy, RecallSource, SeedScope, StartFrom};
use suyuan_core::time::{Minute, Span};
use suyuan_core::trace::Target;

use super::oracle::lots::code_of;
use super::oracle::{Stock, World};

/// What a question starts from, by codes alone: of a code that has several lots all of them.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    Samples(Vec<String>),
    Batch(String),
    Stock((String, String)),
    Operator { operator: String, from: Minute, to: Minute },
}

/// A recall.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) origin: Origin,
    pub(crate) from_holder: bool,
    pub(crate) as_of: Minute,
    pub(crate) hazard: Option<Hazard>,
    pub(crate) carry_days: Option<u32>,
}

/// A question before it is known which codes there are.
#[derive(Clone, Debug)]
pub(crate) struct RawQuery {
    pub(crate) kind: u8,
    pub(crate) pick: usize,
    pub(crate) window: (Span, Span),
    pub(crate) from_holder: bool,
    pub(crate) as_of: Option<Minute>,
    pub(crate) hazard: Option<Hazard>,
    pub(crate) carry_days: Option<u32>,
}

impl RawQuery {
    /// What it starts from among the codes of a world with stocks.
    pub(crate) fn origin(&self, world: &World) -> Origin {
        let stocks: Vec<&Stock> = world.stocks.iter().collect();
        let stock = stocks[self.pick % stocks.len()].clone();
        match self.kind % 4 {
            0 if !world.samples.is_empty() => {
                let sample = &world.samples[self.pick % world.samples.len()];
                Origin::Samples(vec![sample.0.clone()])
            }
            1 => {
                let (from, to) = (self.window.0.earliest, self.window.1.latest);
                Origin::Operator { operator: stock.1, from: from.min(to), to: to.max(from) }
            }
            2 => Origin::Stock((code_of(&stock.0).to_owned(), stock.1)),
            _ => Origin::Batch(code_of(&stock.0).to_owned()),
        }
    }

    /// As [`Self::origin`], without operators: what a trace-back may start from.
    pub(crate) fn target(&self, world: &World) -> Origin {
        match self.origin(world) {
            Origin::Operator { .. } => Self { kind: 2, ..self.clone() }.origin(world),
            other => other,
        }
    }

    pub(crate) fn query(&self, world: &World) -> Query {
        Query {
            origin: self.origin(world),
            from_holder: self.from_holder,
            as_of: self.as_of.unwrap_or(Minute::UNBOUNDED_FUTURE),
            hazard: self.hazard,
            carry_days: self.carry_days,
        }
    }
}

impl Query {
    /// The engine's policy.
    pub(crate) fn policy(&self) -> Policy {
        let mut policy = Policy::default().as_of(self.as_of);
        if self.from_holder {
            policy = policy.scope(SeedScope::FromHolder);
        }
        if let Some(hazard) = self.hazard {
            policy = policy.hazard(hazard);
        }
        if let Some(days) = self.carry_days {
            policy = policy.carry_over_days(days);
        }
        policy
    }

    /// The engine's source.
    pub(crate) fn source(&self, chain: &SupplyChain) -> RecallSource {
        match &self.origin {
            Origin::Samples(codes) => {
                let samples = codes.iter().flat_map(|code| chain.find_samples(code).unwrap());
                RecallSource::new(chain, StartFrom::Samples(samples.collect())).unwrap()
            }
            Origin::Batch(batch) => RecallSource::batch(chain, batch).unwrap(),
            Origin::Stock((batch, operator)) => {
                RecallSource::stock(chain, &format!("{batch}@{operator}")).unwrap()
            }
            Origin::Operator { operator, from, to } => {
                RecallSource::operator(chain, operator, Span::at(*from), Span::at(*to)).unwrap()
            }
        }
    }
}

impl Origin {
    /// The engine's target.
    pub(crate) fn engine_target(&self, chain: &SupplyChain) -> Target {
        match self {
            Self::Samples(codes) => Target::sample(chain, &codes[0]).unwrap(),
            Self::Batch(batch) => Target::batch(chain, batch).unwrap(),
            Self::Stock((batch, operator)) => {
                Target::stock(chain, &format!("{batch}@{operator}")).unwrap()
            }
            Self::Operator { .. } => panic!("no target"),
        }
    }
}
