//! What a log holds.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::quantity::Unit;
use crate::time::Minute;

/// How grave the risk is (食品召回管理办法, article 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 一级: grave harm to health or death, caused or possible.
    One,
    /// 二级: other harm to health, caused or possible.
    Two,
    /// 三级: false labels.
    Three,
}

impl Level {
    /// 1, 2 or 3.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

/// What became of goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// 召回: back under control, at the operator or returned by it.
    Recovered,
    /// 销毁: of what was recovered.
    Destroyed,
    /// 补救 (补标): of what was recovered, put right and let go.
    Relabelled,
    /// 已消费: eaten or used up; cannot come back.
    Consumed,
}

impl Fate {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::Destroyed => "destroyed",
            Self::Relabelled => "relabelled",
            Self::Consumed => "consumed",
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An operator that a recall concerns, with what it has to give account of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The operator's code.
    pub operator: String,
    /// How much it has to get back, by unit; units of one kind are added up.
    #[serde(default)]
    pub to_recover: BTreeMap<Unit, Decimal>,
    /// Whether that is all of it: false where a quantity is unknown.
    #[serde(default = "yes")]
    pub complete: bool,
}

const fn yes() -> bool {
    true
}

/// A step of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The risk is known. First entry, and only there.
    Open {
        /// The case's code.
        case: String,
        /// Its level.
        level: Level,
        /// Code of the operator that must recall.
        responsible: String,
        /// What the risk is and how it was learned.
        reason: String,
    },
    /// The operators concerned, in place of those named before. One that is new, or whose goods
    /// have become more, needs a notice (again).
    Concern {
        /// Every operator concerned now.
        parties: Vec<Party>,
    },
    /// The recall starts: sale is stopped, the plan reported.
    Start,
    /// The recall is announced to the public.
    Announce {
        /// Where it can be read.
        reference: String,
    },
    /// An operator is told.
    Notify {
        /// Its code.
        operator: String,
        /// How: telephone, letter ...
        channel: String,
    },
    /// An operator could not be told.
    NoticeFailed {
        /// Its code.
        operator: String,
        /// Why.
        reason: String,
    },
    /// An operator says that it was told.
    Acknowledge {
        /// Its code.
        operator: String,
    },
    /// What became of goods at an operator.
    Quantity {
        /// Its code.
        operator: String,
        /// Code of the batch; empty for none stated.
        #[serde(default)]
        batch: String,
        /// What became of them.
        fate: Fate,
        /// How much, in `unit`.
        #[serde(with = "rust_decimal::serde::str")]
        quantity: Decimal,
        /// Unit of `quantity`.
        unit: Unit,
    },
    /// A quantity was entered wrongly and counts no more; the entry stays in the log.
    Strike {
        /// The number of its entry.
        entry: usize,
        /// Why.
        reason: String,
    },
    /// The level changes: an upgrade, or the reverse. Extensions lapse.
    Regrade {
        /// The new level.
        to: Level,
        /// Why.
        reason: String,
    },
    /// More time to finish is granted, to the end of a day.
    Extend {
        /// The last day.
        until: NaiveDate,
        /// The authority that agreed.
        approved_by: String,
        /// Why.
        reason: String,
    },
    /// The responsible operator has finished and reported.
    Finish,
    /// The authority closes the case.
    Close,
    /// The case ends without a recall, or before its end: the finding was overturned.
    Cancel {
        /// Why.
        reason: String,
    },
    /// A case that was finished, closed or cancelled goes on.
    Reopen {
        /// Why.
        reason: String,
    },
    /// Something to remember.
    Note {
        /// What.
        text: String,
    },
}

impl Change {
    /// An opening.
    #[must_use]
    pub fn open(case: &str, level: Level, responsible: &str, reason: &str) -> Self {
        Self::Open {
            case: case.to_owned(),
            level,
            responsible: responsible.to_owned(),
            reason: reason.to_owned(),
        }
    }

    pub(super) const fn verb(&self) -> &'static str {
        match self {
            Self::Open { .. } => "be opened",
            Self::Concern { .. } => "change whom it concerns",
            Self::Start => "start",
            Self::Announce { .. } => "be announced",
            Self::Notify { .. } | Self::NoticeFailed { .. } => "give notices",
            Self::Acknowledge { .. } => "take acknowledgements",
            Self::Quantity { .. } | Self::Strike { .. } => "take quantities",
            Self::Regrade { .. } => "change its level",
            Self::Extend { .. } => "be extended",
            Self::Finish => "be finished",
            Self::Close => "be closed",
            Self::Cancel { .. } => "be cancelled",
            Self::Reopen { .. } => "be reopened",
            Self::Note { .. } => "take notes",
        }
    }
}

/// One line of the log: what happened, when, by whom, and when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened.
    pub at: Minute,
    /// When it was recorded; with the event where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Minute>,
    /// Who did or reported it.
    pub by: String,
    /// What happened.
    #[serde(flatten)]
    pub change: Change,
}

impl Entry {
    /// A change that is recorded as it happens.
    #[must_use]
    pub fn new(at: Minute, by: &str, change: Change) -> Self {
        Self { at, recorded_at: None, by: by.to_owned(), change }
    }

    /// Recorded later than it happened.
    #[must_use]
    pub fn recorded_later(mut self, minute: Minute) -> Self {
        self.recorded_at = Some(minute);
        self
    }

    /// When it was recorded.
    #[must_use]
    pub fn recorded(&self) -> Minute {
        self.recorded_at.unwrap_or(self.at)
    }
}
