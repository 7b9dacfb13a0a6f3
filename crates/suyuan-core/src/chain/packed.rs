//! Times and amounts in few bits. What does not fit is kept apart in full.

use crate::quantity::Amount;
use crate::time::{DAY, Minute, Span};

/// Bits of a minute that is counted from an [`Epoch`].
pub(super) const OFFSET_BITS: u32 = 25;
/// Bits of a [`Shape`].
pub(super) const SHAPE_BITS: u32 = 3;
/// Bits of an amount.
pub(super) const AMOUNT_BITS: u32 = 38;

/// The low `bits` of a word from `at` on.
#[inline]
pub(super) const fn bits(word: u64, at: u32, bits: u32) -> u64 {
    word >> at & ((1 << bits) - 1)
}

/// The minute from which most times of a table lie less than 64 years ahead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Epoch(pub(super) i32);

impl Epoch {
    /// 32 years before the median of some of a table's times.
    pub(super) fn of(times: impl Iterator<Item = Span>) -> Self {
        let mut minutes: Vec<i32> = times.filter_map(|time| Shape::of(time)?.1).collect();
        minutes.sort_unstable();
        let median = minutes.get(minutes.len() / 2).copied().unwrap_or(0);
        Self(median.saturating_sub(1 << (OFFSET_BITS - 1)))
    }

    #[inline]
    pub(super) fn offset(self, minute: i32) -> Option<u64> {
        let offset = i64::from(minute) - i64::from(self.0);
        u64::try_from(offset).ok().filter(|offset| *offset < 1 << OFFSET_BITS)
    }

    #[inline]
    pub(super) const fn minute(self, offset: u64) -> i32 {
        self.0.wrapping_add(offset as i32)
    }
}

/// How long an interval is, or at which end it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape(u64);

impl Shape {
    const LENGTHS: [i32; 5] = [0, DAY - 1, 28 * DAY - 1, 30 * DAY - 1, 31 * DAY - 1];
    const SINCE: Self = Self(5);
    const UNTIL: Self = Self(6);
    const UNKNOWN: Self = Self(7);

    /// The shape of an interval and the minute it stands at, when it has one; `None` for a length
    /// that has no shape.
    #[inline]
    pub(super) fn of(time: Span) -> Option<(Self, Option<i32>)> {
        let Span { earliest, latest } = time;
        match (earliest, latest) {
            (Minute::UNBOUNDED_PAST, Minute::UNBOUNDED_FUTURE) => Some((Self::UNKNOWN, None)),
            (_, Minute::UNBOUNDED_FUTURE) if earliest.is_bounded() => {
                Some((Self::SINCE, Some(earliest.minutes())))
            }
            (Minute::UNBOUNDED_PAST, _) if latest.is_bounded() => {
                Some((Self::UNTIL, Some(latest.minutes())))
            }
            _ if !earliest.is_bounded() || !latest.is_bounded() => None,
            _ => {
                let length = i64::from(latest.minutes()) - i64::from(earliest.minutes());
                let shape = Self::LENGTHS.iter().position(|known| i64::from(*known) == length)?;
                // What is as long as a day is one.
                if shape == 1 && earliest.minutes().rem_euclid(DAY) != 0 {
                    return None;
                }
                Some((Self(shape as u64), Some(earliest.minutes())))
            }
        }
    }

    #[inline]
    pub(super) const fn of_bits(bits: u64) -> Self {
        Self(bits & 7)
    }

    /// The last minute of an interval of this shape that stands at a minute, if it has one.
    #[inline]
    pub(super) fn end(self, minute: Option<i32>) -> Option<i32> {
        let length = Self::LENGTHS.get(self.0 as usize).copied().unwrap_or(0);
        minute.and_then(|minute| minute.checked_add(length))
    }

    /// The interval of this shape that ends at a minute, as [`Self::end`] says it.
    #[inline(always)]
    pub(super) fn ending_at(self, minute: i32) -> Span {
        let length = Self::LENGTHS.get(self.0 as usize).copied().unwrap_or(0);
        self.at(minute.wrapping_sub(length))
    }

    /// The end of the interval of this shape that ends at a minute, as [`Self::end`] says it.
    #[inline(always)]
    pub(super) fn latest(self, minute: i32) -> Minute {
        const OPEN: u64 = Shape::SINCE.0 & Shape::UNKNOWN.0;
        let open = self.0 & OPEN == OPEN;
        if open { Minute::UNBOUNDED_FUTURE } else { Minute::from_minutes(minute) }
    }

    /// The begin of the interval of this shape that stands at a minute.
    #[inline(always)]
    pub(super) fn earliest(self, minute: i32) -> Minute {
        if self.0 < Self::UNTIL.0 { Minute::from_minutes(minute) } else { Minute::UNBOUNDED_PAST }
    }

    /// Whether an interval of this shape lies within one day.
    #[inline(always)]
    pub(super) const fn is_dated_to_day(self) -> bool {
        self.0 < 2
    }

    #[inline]
    pub(super) const fn to_bits(self) -> u64 {
        self.0
    }

    /// The interval of this shape that stands at a minute.
    #[inline(always)]
    pub(super) fn at(self, minute: i32) -> Span {
        let start = Minute::from_minutes(minute);
        match Self::LENGTHS.get(self.0 as usize) {
            Some(length) => {
                Span { earliest: start, latest: Minute::from_minutes(minute.wrapping_add(*length)) }
            }
            None if self == Self::SINCE => Span { earliest: start, ..Span::UNKNOWN },
            None if self == Self::UNTIL => Span { latest: start, ..Span::UNKNOWN },
            None => Span::UNKNOWN,
        }
    }
}

/// All ones: no amount.
const NO_AMOUNT: u64 = (1 << AMOUNT_BITS) - 1;

/// An amount of whole thousandths below 1.3e8, or of whole millionths below 1.3e5.
#[inline]
pub(super) fn amount_to_bits(amount: Option<Amount>) -> Option<u64> {
    let Some(amount) = amount else {
        return Some(NO_AMOUNT);
    };
    let millionths = u64::try_from(amount.millionths()).ok()?;
    let thousandths = millionths / 1000;
    if thousandths * 1000 == millionths && thousandths < NO_AMOUNT >> 1 {
        return Some(thousandths << 1 | 1);
    }
    (millionths <= NO_AMOUNT >> 1).then_some(millionths << 1)
}

#[inline]
pub(super) fn amount_of_bits(bits: u64) -> Option<Amount> {
    let millionths = bits >> 1;
    let scale = if bits & 1 == 1 { 1000 } else { 1 };
    (bits != NO_AMOUNT).then(|| Amount::from_millionths((millionths * scale) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_has_a_shape() {
        let clock = crate::time::UtcOffset::CHINA;
        for text in ["2026-03-01", "2026-03-01T08:30", "2026-02", "2026-04", "2026-05", ""] {
            let time = Span::parse(text, clock).unwrap();
            let (shape, at) = Shape::of(time).unwrap();
            assert_eq!(Shape::of_bits(shape.to_bits()).at(at.unwrap_or(0)), time, "{text}");
        }
        // A leap February is kept apart.
        assert_eq!(Shape::of(Span::parse("2028-02", clock).unwrap()), None);
    }

    #[test]
    fn times_lie_around_the_median() {
        let at = |minute| Span::at(Minute::from_minutes(minute));
        let epoch = Epoch::of([at(-800_000_000), at(29_000_000), at(29_000_060)].into_iter());
        assert_eq!(epoch.offset(-800_000_000), None);
        let offset = epoch.offset(29_000_060).unwrap();
        assert_eq!(epoch.minute(offset), 29_000_060);
        assert!(epoch.offset(epoch.0).is_some() && epoch.offset(epoch.0 - 1).is_none());
    }

    proptest! {
        #[test]
        fn shapes_and_amounts_come_back(
            ends in prop_oneof![
                (any::<i32>(), any::<i32>()),
                (29_000_000..29_100_000, 0..5_usize)
                    .prop_map(|(at, length)| (at, at + Shape::LENGTHS[length])),
                (20_000..20_100, 0..5_usize).prop_map(|(day, length)| {
                    (day * DAY, day * DAY + Shape::LENGTHS[length])
                }),
            ],
            millionths in prop_oneof![any::<i64>(), 0..1_i64 << 40],
            whole in any::<bool>(),
        ) {
            let time = Span {
                earliest: Minute::from_minutes(ends.0),
                latest: Minute::from_minutes(ends.1),
            };
            if let Some((shape, at)) = Shape::of(time) {
                let (at, end) = (at.unwrap_or(7), shape.end(at).unwrap_or(7));
                prop_assert_eq!((shape.at(at), shape.ending_at(end)), (time, time));
                let ends = (shape.earliest(at), shape.latest(end));
                prop_assert_eq!(ends, (time.earliest, time.latest));
                prop_assert_eq!(shape.is_dated_to_day(), time.is_dated_to_day());
            }
            let millionths = if whole { millionths / 1000 * 1000 } else { millionths };
            let amount = Some(Amount::from_millionths(millionths));
            if let Some(bits) = amount_to_bits(amount) {
                prop_assert!(bits < NO_AMOUNT);
                prop_assert_eq!(amount_of_bits(bits), amount);
            }
            prop_assert_eq!(amount_of_bits(NO_AMOUNT), None);
        }
    }
}
