//! What can be wrong with a plan, a frame or a draw, naming the record.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a sampling question could not be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SamplingError {
    /// A value that cannot be used.
    #[error("failed to use {what} of {subject}: {value} is not {expected}")]
    Value {
        /// What the value stands for, such as `population`.
        what: &'static str,
        /// The record it belongs to.
        subject: Subject,
        /// The value as text.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// One code for two records.
    #[error("failed to tell two {kind}s apart: both have the code {code:?}")]
    Duplicate {
        /// What was given twice.
        kind: &'static str,
        /// Its code.
        code: String,
    },
    /// A code that names nothing.
    #[error("failed to find {kind} {code:?}, named by {subject}")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// The code.
        code: String,
        /// The record that names it.
        subject: Subject,
    },
    /// Regions that contain each other.
    #[error("failed to order the regions: {code:?} lies within itself")]
    Cycle {
        /// The code of a region on the cycle.
        code: String,
    },
    /// More units asked for than there are.
    #[error("failed to draw {quota} units of {subject}: its frame has {frame}")]
    QuotaAboveFrame {
        /// The stratum.
        subject: Subject,
        /// Units asked for.
        quota: u64,
        /// Units there are.
        frame: u64,
    },
    /// Nothing to allocate to, to draw from or to weigh by.
    #[error("failed to use {what}: it is empty or its weights add up to zero")]
    Empty {
        /// What is empty.
        what: &'static str,
    },
    /// More than the arithmetic holds exactly.
    #[error("failed to hold {what}: it exceeds {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The largest value.
        limit: u64,
    },
    /// Tables whose sizes do not fit together.
    #[error("failed to match {what}: {found} given, {expected} expected")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A rule that looks at what no record says.
    #[error("failed to apply rule {rule:?}: nothing says {field} of any {kind}")]
    Lacks {
        /// The rule.
        rule: String,
        /// What it looks at.
        field: &'static str,
        /// The records that lack it, such as `operator`.
        kind: &'static str,
    },
    /// An operator that rules ask samples of, and that lies in no region.
    #[error(
        "failed to place the {samples} samples that rule {rule:?} asks for: operator {operator:?} has no region"
    )]
    Unplaced {
        /// The operator's code.
        operator: String,
        /// The rule.
        rule: String,
        /// Samples a year.
        samples: u64,
    },
    /// Parts that do not make their whole.
    #[error("failed to add up {what} of {subject}: the parts make {parts}, the whole is {whole}")]
    Sum {
        /// What is added up.
        what: &'static str,
        /// The record it belongs to.
        subject: Subject,
        /// The sum of the parts.
        parts: u64,
        /// The whole.
        whole: u64,
    },
    /// Obligations that cannot hold together.
    #[error(transparent)]
    Infeasible(#[from] Conflict),
    /// Visits or samples that find too few inspectors or laboratories.
    #[error(transparent)]
    Shortage(#[from] Shortage),
    /// An iteration that did not settle.
    #[error("failed to settle {what} in {rounds} rounds")]
    NoConvergence {
        /// What was sought.
        what: &'static str,
        /// Rounds tried.
        rounds: u32,
    },
    /// A draw record that cannot be replayed.
    #[error("failed to replay the record: {what} {found:?} is not {expected:?}")]
    Replay {
        /// The field.
        what: &'static str,
        /// What the record says.
        found: String,
        /// What was expected.
        expected: String,
    },
}

impl SamplingError {
    /// Replaces indices by names: `name` gives the name of a subject, or `None` to keep it.
    #[must_use]
    pub fn named(mut self, name: impl Fn(&Subject) -> Option<String>) -> Self {
        let rename = |subject: &mut Subject| {
            if let Some(text) = name(subject) {
                *subject = Subject::Named(text);
            }
        };
        match &mut self {
            Self::Value { subject, .. }
            | Self::Unknown { subject, .. }
            | Self::Sum { subject, .. }
            | Self::QuotaAboveFrame { subject, .. } => rename(subject),
            Self::Infeasible(conflict) => {
                conflict.members.iter_mut().for_each(|member| rename(&mut member.subject));
            }
            _ => {}
        }
        self
    }

    pub(crate) fn value(
        what: &'static str,
        subject: impl Into<Subject>,
        value: impl fmt::Display,
        expected: &'static str,
    ) -> Self {
        Self::Value { what, subject: subject.into(), value: value.to_string(), expected }
    }
}

/// What a requirement or an error speaks of. Indices count from 0 and are shown from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Subject {
    /// The whole plan.
    Whole,
    /// A stratum.
    Stratum(usize),
    /// A tier that holds strata or tiers.
    Tier(usize),
    /// A row of a two-way table.
    Row(usize),
    /// A column of a two-way table.
    Column(usize),
    /// A cell of a two-way table.
    Cell(usize, usize),
    /// A record by its code or name.
    Named(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("the whole plan"),
            Self::Stratum(at) => write!(f, "stratum {}", at + 1),
            Self::Tier(at) => write!(f, "tier {}", at + 1),
            Self::Row(at) => write!(f, "row {}", at + 1),
            Self::Column(at) => write!(f, "column {}", at + 1),
            Self::Cell(row, column) => write!(f, "cell {},{}", row + 1, column + 1),
            Self::Named(name) => write!(f, "{name:?}"),
        }
    }
}

impl From<&str> for Subject {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

/// How a requirement bounds its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// No fewer than.
    AtLeast,
    /// No more than.
    AtMost,
    /// Neither more nor fewer than.
    Exactly,
}

/// One obligation or limit of a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Requirement {
    /// What it bounds.
    pub subject: Subject,
    /// How.
    pub sense: Sense,
    /// Samples.
    pub value: u64,
}

impl Requirement {
    pub(crate) fn new(subject: Subject, sense: Sense, value: u64) -> Self {
        Self { subject, sense, value }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sense = match self.sense {
            Sense::AtLeast => "at least",
            Sense::AtMost => "at most",
            Sense::Exactly => "exactly",
        };
        write!(f, "{sense} {} for {}", self.value, self.subject)
    }
}

/// Requirements that cannot hold together: leave any one out and the rest can.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The requirements.
    pub members: Vec<Requirement>,
    /// Samples that some of them ask for.
    pub needed: u64,
    /// Samples that the others allow in the same place.
    pub available: u64,
}

/// Requirements written out in a message.
const SHOWN: usize = 8;

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to meet together: ")?;
        for (at, member) in self.members.iter().take(SHOWN).enumerate() {
            write!(f, "{}{member}", if at == 0 { "" } else { ", " })?;
        }
        if self.members.len() > SHOWN {
            write!(f, " and {} more", self.members.len() - SHOWN)?;
        }
        write!(f, " ({} needed, {} available)", self.needed, self.available)
    }
}

impl std::error::Error for Conflict {}

/// Visits or samples that need more places than those who may take them have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shortage {
    /// Who is short: `inspectors` or `laboratories`.
    pub of: &'static str,
    /// Codes of the visits or samples.
    pub tasks: Vec<String>,
    /// Codes of those who may take one of them.
    pub servers: Vec<String>,
    /// Places that the tasks need.
    pub needed: u64,
    /// Places there are.
    pub available: u64,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |codes: &[String]| {
            let shown = codes.iter().take(SHOWN).map(|code| &**code).collect::<Vec<_>>().join(", ");
            match codes.len() {
                0 => "nobody".to_owned(),
                count if count > SHOWN => format!("{shown} and {} more", count - SHOWN),
                _ => shown,
            }
        };
        write!(f, "failed to find {} for {}: ", self.of, list(&self.tasks))?;
        write!(f, "{} places needed, {} available ", self.needed, self.available)?;
        write!(f, "from {}", list(&self.servers))
    }
}

impl std::error::Error for Shortage {}
