//! What a recall follows and what stops it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chain::SupplyChain;
use crate::model::Hazard;
use crate::text::fold_name;
use crate::time::{DAY, Minute};

/// Which stocks of the failing batch a recall starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeedScope {
    /// Every stock of the batch: whoever holds it holds the failing lot.
    #[default]
    WholeBatch,
    /// Only the sampled holder's stock: the fault arose there, such as a broken cold chain.
    FromHolder,
}

/// The policy of a recall. Everything optional is off by default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Which stocks it starts from.
    pub scope: SeedScope,
    /// The class of the hazard; kill steps count only when it is given.
    pub hazard: Option<Hazard>,
    /// Which processes inactivate which classes.
    pub kill_steps: KillSteps,
    /// Minutes for which equipment stays affected; `None` for no carry-over.
    pub carry_over: Option<i32>,
    /// Only records and links begun by this minute; [`Minute::UNBOUNDED_FUTURE`] for all.
    pub as_of: Minute,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            scope: SeedScope::WholeBatch,
            hazard: None,
            kill_steps: KillSteps::default(),
            carry_over: None,
            as_of: Minute::UNBOUNDED_FUTURE,
        }
    }
}

impl Policy {
    /// Starts from these stocks.
    #[must_use]
    pub fn scope(mut self, scope: SeedScope) -> Self {
        self.scope = scope;
        self
    }

    /// Lets kill steps stop this class of hazard.
    #[must_use]
    pub fn hazard(mut self, hazard: Hazard) -> Self {
        self.hazard = Some(hazard);
        self
    }

    /// Follows carry-over on equipment for `days` days after affected material entered.
    #[must_use]
    pub fn carry_over_days(mut self, days: u32) -> Self {
        let minutes = i64::from(days) * i64::from(DAY);
        self.carry_over = Some(i32::try_from(minutes).unwrap_or(i32::MAX));
        self
    }

    /// Asks as of a minute.
    #[must_use]
    pub fn as_of(mut self, as_of: Minute) -> Self {
        self.as_of = as_of;
        self
    }

    /// For each transformation whether it passes nothing of the hazard on; empty when none can.
    pub(super) fn blocked(&self, chain: &SupplyChain) -> Vec<bool> {
        let Some(hazard) = self.hazard else {
            return Vec::new();
        };
        chain
            .transformation_ids()
            .map(|id| self.kill_steps.stops(hazard, chain.process_texts(id)))
            .collect()
    }
}

/// Which processes are validated to inactivate which classes of hazard. Names are compared
/// ignoring width and case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KillSteps {
    /// Shared, since every answer carries its policy.
    table: Arc<BTreeMap<String, Vec<Hazard>>>,
}

impl KillSteps {
    /// A table without entries.
    #[must_use]
    pub fn none() -> Self {
        Self { table: Arc::default() }
    }

    /// Adds a process that inactivates the classes.
    #[must_use]
    pub fn with(mut self, process: &str, classes: &[Hazard]) -> Self {
        let table = Arc::make_mut(&mut self.table);
        let entry = table.entry(fold_name(process).into_owned()).or_default();
        entry.extend_from_slice(classes);
        entry.sort_unstable();
        entry.dedup();
        self
    }

    /// Whether a transformation of these processes passes nothing of the hazard on: at least one
    /// is named, and every one that is named inactivates it.
    pub fn stops<'p>(&self, hazard: Hazard, processes: impl Iterator<Item = &'p str>) -> bool {
        let mut named = 0;
        for process in processes {
            let classes = self.table.get(&*fold_name(process));
            if !classes.is_some_and(|classes| classes.contains(&hazard)) {
                return false;
            }
            named += 1;
        }
        named > 0
    }
}

impl Default for KillSteps {
    /// Heat treatments that food law defines by their effect on micro-organisms: pasteurisation,
    /// ultra-high temperature treatment and sterilisation (GB 19645-2010 and GB 25190-2010 for
    /// milk; Codex CAC/RCP 57-2004, annex II), each under its usual names. They inactivate
    /// biological hazards and no others; toxins and spores that survive are the policy maker's to
    /// judge, who may pass another table.
    fn default() -> Self {
        let names = [
            "pasteurisation",
            "pasteurization",
            "巴氏杀菌",
            "巴氏消毒",
            "巴氏灭菌",
            "uht",
            "超高温灭菌",
            "超高温瞬时灭菌",
            "sterilisation",
            "sterilization",
            "灭菌",
            "高温灭菌",
            "商业无菌灭菌",
        ];
        names.into_iter().fold(Self::none(), |table, name| table.with(name, &[Hazard::Biological]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_step_needs_every_named_process_to_inactivate_the_class() {
        let table = KillSteps::default();
        let stops = |hazard, processes: &[&str]| table.stops(hazard, processes.iter().copied());
        assert!(stops(Hazard::Biological, &["Pasteurisation"]));
        assert!(stops(Hazard::Biological, &["巴氏杀菌", "ＵＨＴ"]));
        assert!(!stops(Hazard::Chemical, &["巴氏杀菌"]));
        assert!(!stops(Hazard::Biological, &["巴氏杀菌", "blending"]));
        assert!(!stops(Hazard::Biological, &[]));
        assert!(!KillSteps::none().stops(Hazard::Biological, ["uht"].into_iter()));
    }
}
