//! Which code each row of a table has, where codes are numbered in the order of rows: most rows
//! have a code of their own, so that only the others need a number.

use hashbrown::HashMap;

/// Codes by row. A code is new in the first row that has it.
#[derive(Debug, Clone, Default)]
pub(super) struct RowCodes {
    /// One bit a row: whether its code is new; empty when every code is.
    fresh: Vec<u64>,
    /// How many codes are new before each word of bits.
    before: Vec<u32>,
    repeats: HashMap<u32, u32>,
}

impl RowCodes {
    /// Numbers the codes of rows `0..count` anew, from numbers below `codes`; returns the former
    /// number of each code too.
    pub(super) fn number(
        count: usize,
        codes: usize,
        code: impl Fn(usize) -> u32,
    ) -> (Self, Vec<u32>) {
        let mut numbers = vec![u32::MAX; codes];
        let mut order = Vec::with_capacity(codes.min(count));
        let mut repeats = HashMap::new();
        for row in 0..count {
            let code = code(row);
            let number = &mut numbers[code as usize];
            if *number == u32::MAX {
                *number = order.len() as u32;
                order.push(code);
            } else {
                repeats.insert(row as u32, *number);
            }
        }
        (Self::of(count, repeats), order)
    }

    /// The codes of `count` rows, of which these are not new.
    pub(super) fn of(count: usize, repeats: HashMap<u32, u32>) -> Self {
        if repeats.is_empty() {
            return Self::default();
        }
        let mut fresh = vec![u64::MAX; count.div_ceil(64)];
        for row in repeats.keys() {
            fresh[*row as usize / 64] &= !(1 << (row % 64));
        }
        let before = fresh.iter().scan(0, |sum, word| {
            let before = *sum;
            *sum += word.count_ones();
            Some(before)
        });
        let before = before.collect();
        Self { fresh, before, repeats }
    }

    pub(super) fn get(&self, row: usize) -> u32 {
        let (Some(word), Some(before)) = (self.fresh.get(row / 64), self.before.get(row / 64))
        else {
            return row as u32;
        };
        if word >> (row % 64) & 1 == 0
            && let Some(code) = self.repeats.get(&(row as u32))
        {
            return *code;
        }
        before + (word & ((1 << (row % 64)) - 1)).count_ones()
    }

    /// Whether the codes of `count` rows, of which these are the codes, lie below a limit.
    pub(super) fn are_below(&self, limit: usize, count: usize) -> bool {
        let known = |code: &u32| (*code as usize) < limit;
        count - self.repeats.len() <= limit && self.repeats.values().all(known)
    }

    /// The rows whose code is not new, and their codes, in order.
    pub(super) fn repeats(&self) -> Vec<(u32, u32)> {
        let mut repeats: Vec<_> = self.repeats.iter().map(|(row, code)| (*row, *code)).collect();
        repeats.sort_unstable();
        repeats
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.fresh.capacity() * 8 + self.before.capacity() * 4 + self.repeats.capacity() * 9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbered_by_row() {
        let written: Vec<u32> =
            (0..300).map(|row| if row % 5 == 4 { row / 2 } else { row }).collect();
        let (codes, order) = RowCodes::number(300, 300, |row| written[row]);
        for (row, code) in written.iter().enumerate() {
            assert_eq!(order[codes.get(row) as usize], *code);
        }
        let again = RowCodes::of(300, codes.repeats().into_iter().collect());
        assert!((0..300).all(|row| again.get(row) == codes.get(row)));
        let most = (0..300).map(|row| codes.get(row) as usize).max().unwrap();
        assert!(codes.are_below(most + 1, 300) && !codes.are_below(most, 300));
        let (codes, order) = RowCodes::number(3, 9, |row| 8 - row as u32);
        assert_eq!((codes.bytes(), codes.get(2), order), (0, 2, vec![8, 7, 6]));
    }
}
