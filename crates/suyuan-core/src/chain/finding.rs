//! What building a chain found out about the records.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Source;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The records contradict each other or name what does not exist.
    Error,
    /// The records are implausible or incomplete.
    Warning,
    /// Nothing is wrong; it is said so that nothing is done silently.
    Note,
}

impl Severity {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $severity:ident;)*) => {
        /// What kind of finding it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum FindingCode { $($(#[$doc])* $name,)* }

        impl FindingCode {
            /// Every code, in declared order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name used in results.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// How much findings of this kind matter.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

findings! {
    /// A record names an operator without a row.
    UnknownOperator = "unknown_operator", Error;
    /// A batch names a product without a row.
    UnknownProduct = "unknown_product", Error;
    /// A record names a batch without a row.
    UnknownBatch = "unknown_batch", Error;
    /// An operator or a region names a region without a row.
    UnknownRegion = "unknown_region", Error;
    /// Two rows of one code differ; the one that sorts first is kept. Of samples all are kept, and
    /// a recall of the code starts from each.
    DuplicateDifferent = "duplicate_different", Error;
    /// Two rows of one code say the same.
    DuplicateSame = "duplicate_same", Note;
    /// Shipment rows share a waybill code and differ: lines of one waybill, all kept.
    WaybillLines = "waybill_lines", Note;
    /// A shipment row stands twice; it counts once.
    DuplicateRow = "duplicate_row", Note;
    /// Rows of operators under codes that were confirmed to stand for another operator.
    MergedOperator = "merged_operator", Note;
    /// The name of an operator stands where codes stand and is read as that operator.
    NamedOperator = "named_operator", Note;
    /// A name that several operators have stands where codes stand; it is kept apart.
    AmbiguousName = "ambiguous_name", Warning;
    /// Codes that may have been meant to be one; they are kept apart.
    LookAlikeCodes = "look_alike_codes", Warning;
    /// Fully identical transformation lines or removals; all kept.
    IdenticalLines = "identical_lines", Note;
    /// An operator's unified social credit code has a wrong check character.
    BadCreditCode = "bad_credit_code", Warning;
    /// A quantity that cannot be kept: not above zero, too fine or too large.
    InvalidQuantity = "invalid_quantity", Error;
    /// A unit that does not convert to the batch's base unit; the quantity is unknown.
    UnitConflict = "unit_conflict", Error;
    /// A shipment from an operator to itself; it makes no link.
    SelfShipment = "self_shipment", Error;
    /// Received before it was shipped.
    ReceivedBeforeShipped = "received_before_shipped", Error;
    /// An event of a batch before it was produced.
    BeforeProduction = "before_production", Error;
    /// An event of a batch after it expired.
    AfterExpiry = "after_expiry", Warning;
    /// An event that lies apart from all other records of its lot: mostly a year mistyped.
    DateFarOff = "date_far_off", Warning;
    /// A row of text that was left out, because a code or a word it needs cannot be read.
    RejectedRow = "rejected_row", Error;
    /// A value of a row of text that cannot be read and counts as unknown.
    UnreadableValue = "unreadable_value", Warning;
    /// A batch comes out of transformations at different operators.
    OutputAtTwoOperators = "output_at_two_operators", Error;
    /// A batch's own quantity differs from what its transformations put out.
    BatchQuantityMismatch = "batch_quantity_mismatch", Warning;
    /// A shipment of a batch its sender is not known to have had.
    NeverHeld = "never_held", Error;
    /// A sample of a batch its operator is not known to have held.
    SampleNotHeld = "sample_not_held", Error;
    /// A stock without a recorded first event; links from the batch's other stocks are inferred.
    Orphan = "orphan", Warning;
    /// More left a stock than ever came in.
    NegativeBalance = "negative_balance", Error;
    /// A link leaves before its goods can have been there, or beyond what was there.
    ContradictingLink = "contradicting_link", Error;
    /// Links at one instant form a cycle.
    InstantCycle = "instant_cycle", Warning;
    /// Rows of a pack table that disagree; the units they concern do not convert.
    PackConflict = "pack_conflict", Error;
    /// A product's pack quantity, read as what the one word of packing holds that it is counted in.
    ImpliedPack = "implied_pack", Note;
    /// Several lots, told apart by product and producer, share one code.
    SeveralLots = "several_lots", Note;
    /// Rows that may mean several lots of a code; they count in each, as possible.
    SharedRows = "shared_rows", Warning;
    /// A row names a product or a producer that no registered lot of its code has.
    UnknownLot = "unknown_lot", Error;
    /// Rows of several reporters that are one record.
    SameRecord = "same_record", Note;
    /// A batch whose own row is a making beside what transformations put out of it.
    OwnMaking = "own_making", Note;
    /// A transformation with inputs alone or outputs alone.
    OneSidedTransformation = "one_sided_transformation", Note;
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The table a record belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Table {
    /// Regions.
    Regions,
    /// Operators.
    Operators,
    /// Products.
    Products,
    /// Pack tables.
    Packs,
    /// Batches.
    Batches,
    /// Shipments.
    Shipments,
    /// Transformations.
    Transformations,
    /// Removals.
    Removals,
    /// Samples.
    Samples,
    /// Cleanings.
    Cleanings,
}

impl Table {
    /// The table's name, as in `shipments`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Regions => "regions",
            Self::Operators => "operators",
            Self::Products => "products",
            Self::Packs => "packs",
            Self::Batches => "batches",
            Self::Shipments => "shipments",
            Self::Transformations => "transformations",
            Self::Removals => "removals",
            Self::Samples => "samples",
            Self::Cleanings => "cleanings",
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A record a finding concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordRef {
    /// Its table.
    pub table: Table,
    /// Its code; `BATCH@OPERATOR` for removals and stocks.
    pub code: String,
    /// Where it was read.
    pub source: Source,
}

/// One finding: what is the matter, with which records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Its kind.
    pub code: FindingCode,
    /// One sentence for people, without positions.
    pub message: String,
    /// The records concerned, in order.
    pub records: Vec<RecordRef>,
}

impl Finding {
    pub(crate) fn new(code: FindingCode, message: String, mut records: Vec<RecordRef>) -> Self {
        records.sort();
        records.dedup();
        Self { severity: code.severity(), code, message, records }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}] {}", self.severity, self.code, self.message)
    }
}
