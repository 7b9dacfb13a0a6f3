//! Broken rows: what hands and machines do to CSV files.

use csv::ByteRecord;

use crate::plan::{Plan, Share};
use crate::random::Random;

/// How many rows were broken, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broken {
    /// The quantity is no number, or not above zero. The reader repairs the row.
    pub quantity: u64,
    /// The unit is unknown. The reader repairs the row.
    pub unit: u64,
    /// The row has a field too many. The reader repairs the row.
    pub long: u64,
    /// A copy without its first code stands before the row. The reader rejects the copy.
    pub code: u64,
    /// A copy that ends after its first field stands before the row. The reader rejects the copy.
    pub short: u64,
}

impl Broken {
    /// Rows that a reader must set aside; each stands besides a sound one.
    #[must_use]
    pub const fn rejected(&self) -> u64 {
        self.code + self.short
    }

    /// Rows that a reader must import with a value unknown or a field left out.
    #[must_use]
    pub const fn repaired(&self) -> u64 {
        self.quantity + self.unit + self.long
    }
}

/// Breaks a share of rows.
#[derive(Debug)]
pub(crate) struct Damage {
    share: Share,
    random: Random,
    pub(crate) broken: Broken,
}

/// A broken row.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) row: ByteRecord,
    /// Whether it comes on top of the sound one.
    pub(crate) is_extra: bool,
}

/// Quantities that are none.
const QUANTITIES: [&str; 4] = ["12.3.4", "-5", "约20", "0"];

impl Damage {
    pub(crate) fn new(plan: &Plan) -> Self {
        let [_, _, _, _, _, random] = Random::streams(plan.seed);
        Self { share: plan.broken_rows, random, broken: Broken::default() }
    }

    /// What is written instead of a row of these columns, or before it.
    #[inline]
    pub(crate) fn of(&mut self, columns: &[&str], row: &ByteRecord) -> Option<Wrong> {
        if self.share == Share::ZERO || !self.random.hits(self.share) {
            return None;
        }
        Some(self.wrong(columns, row))
    }

    fn wrong(&mut self, columns: &[&str], row: &ByteRecord) -> Wrong {
        let replaced = |column: usize, value: &str| -> ByteRecord {
            let fields = row.iter().enumerate();
            fields.map(|(at, field)| if at == column { value.as_bytes() } else { field }).collect()
        };
        let quantity = columns.iter().position(|column| *column == "quantity");
        let draw = self.random.below(5);
        let (row, is_extra) = match (draw, quantity) {
            (0, Some(at)) => {
                self.broken.quantity += 1;
                let value = QUANTITIES[self.random.below(4) as usize];
                (replaced(at, value), false)
            }
            (1, Some(at)) => {
                self.broken.unit += 1;
                (replaced(at + 1, "缸"), false)
            }
            (2, _) => {
                self.broken.code += 1;
                (replaced(0, ""), true)
            }
            (3, _) => {
                self.broken.short += 1;
                (row.iter().take(1).collect(), true)
            }
            _ => {
                self.broken.long += 1;
                (row.iter().chain([&b"?"[..]]).collect(), false)
            }
        };
        Wrong { row, is_extra }
    }
}
