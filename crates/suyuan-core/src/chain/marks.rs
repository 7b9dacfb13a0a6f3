//! Records that tracing trusts less than their rows say.

use hashbrown::HashSet;

/// Shipments and transformation lines, by index.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    pub(super) shipments: HashSet<u32>,
    pub(super) lines: HashSet<u32>,
}

impl Marks {
    pub(super) fn is_empty(&self) -> bool {
        self.shipments.is_empty() && self.lines.is_empty()
    }

    /// Both in order.
    pub(super) fn sorted(&self) -> [Vec<u32>; 2] {
        [&self.shipments, &self.lines].map(|set| {
            let mut all: Vec<u32> = set.iter().copied().collect();
            all.sort_unstable();
            all
        })
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        (self.shipments.capacity() + self.lines.capacity()) * (size_of::<u32>() + 1)
    }
}
