//! Values as little-endian bytes of a fixed size.

use std::ops::Range;

use rust_decimal::Decimal;

use crate::chain::making::Making;
use crate::chain::removals::RemovalRow;
use crate::chain::shipments::ShipmentRow;
use crate::id::{
    BatchId, FileId, OperatorId, ProductId, RegionId, RemovalId, StockId, TransformationId,
};
use crate::model::{
    Hazard, RegionLevel, RemovalReason, RiskGrade, SampleKind, Source, Stage, Verdict,
};
use crate::quantity::{Amount, Unit};
use crate::time::{Minute, Span};

/// A value that a column holds.
pub(super) trait Field: Sized {
    /// Its bytes.
    const SIZE: usize;
    /// Any value.
    const BLANK: Self;
    fn put(&self, out: &mut Vec<u8>);
    /// The value of [`Self::SIZE`] bytes, when it is one.
    fn take(bytes: &[u8]) -> Option<Self>;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Field for $number {
            const SIZE: usize = size_of::<Self>();
            const BLANK: Self = 0;
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            #[inline]
            fn take(bytes: &[u8]) -> Option<Self> {
                Some(Self::from_le_bytes(*bytes.first_chunk()?))
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, i32, i64);

impl Field for [u64; 2] {
    const SIZE: usize = 16;
    const BLANK: Self = [0; 2];
    fn put(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|word| word.put(out));
    }
    #[inline]
    fn take(bytes: &[u8]) -> Option<Self> {
        pair(bytes).map(|(first, second)| [first, second])
    }
}

impl Field for bool {
    const SIZE: usize = 1;
    const BLANK: Self = false;
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    #[inline]
    fn take(bytes: &[u8]) -> Option<Self> {
        match bytes.first()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

macro_rules! ids {
    ($($id:ident),*) => {$(
        impl Field for $id {
            const SIZE: usize = u32::SIZE;
            const BLANK: Self = Self(0);
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }
            #[inline]
            fn take(bytes: &[u8]) -> Option<Self> {
                u32::take(bytes).map(Self)
            }
        }

        /// `u32::MAX` is none.
        impl Field for Option<$id> {
            const SIZE: usize = u32::SIZE;
            const BLANK: Self = None;
            fn put(&self, out: &mut Vec<u8>) {
                self.map_or(u32::MAX, |id| id.0).put(out);
            }
            #[inline]
            fn take(bytes: &[u8]) -> Option<Self> {
                let number = u32::take(bytes)?;
                Some((number != u32::MAX).then_some($id(number)))
            }
        }
    )*};
}

ids!(BatchId, FileId, OperatorId, ProductId, RegionId, RemovalId, StockId, TransformationId);

/// The place among all values in declared order; 255 is none.
macro_rules! names {
    ($($name:ident),*) => {$(
        impl Field for Option<$name> {
            const SIZE: usize = 1;
            const BLANK: Self = None;
            fn put(&self, out: &mut Vec<u8>) {
                out.push(self.map_or(u8::MAX, |value| value as u8));
            }
            #[inline]
            fn take(bytes: &[u8]) -> Option<Self> {
                match *bytes.first()? {
                    u8::MAX => Some(None),
                    place => Some(Some(*$name::ALL.get(usize::from(place))?)),
                }
            }
        }
    )*};
}

names!(Hazard, RegionLevel, RemovalReason, RiskGrade, SampleKind, Stage, Unit, Verdict);

/// The same of what is never missing.
macro_rules! given_names {
    ($($name:ident = $blank:expr),*) => {$(
        impl Field for $name {
            const SIZE: usize = 1;
            const BLANK: Self = $blank;
            fn put(&self, out: &mut Vec<u8>) {
                out.push(*self as u8);
            }
            #[inline]
            fn take(bytes: &[u8]) -> Option<Self> {
                $name::ALL.get(usize::from(*bytes.first()?)).copied()
            }
        }
    )*};
}

given_names!(Making = Making::None, Unit = Unit::Kilogram);

/// A byte says whether there is a value; the bytes of none are zero.
macro_rules! tagged {
    ($($value:ty),*) => {$(
        impl Field for Option<$value> {
            const SIZE: usize = 1 + <$value>::SIZE;
            const BLANK: Self = None;
            fn put(&self, out: &mut Vec<u8>) {
                out.push(u8::from(self.is_some()));
                match self {
                    Some(value) => value.put(out),
                    None => out.extend_from_slice(&[0; <$value>::SIZE]),
                }
            }
            #[inline]
            fn take(bytes: &[u8]) -> Option<Self> {
                let (tag, value) = bytes.split_first()?;
                match tag {
                    0 => value.iter().all(|byte| *byte == 0).then_some(None),
                    1 => <$value>::take(value).map(Some),
                    _ => None,
                }
            }
        }
    )*};
}

tagged!(u32, u64, Decimal);

/// Three words of the mantissa, one of the scale; the sign in the highest bit.
impl Field for Decimal {
    const SIZE: usize = 16;
    const BLANK: Self = Self::ZERO;
    fn put(&self, out: &mut Vec<u8>) {
        let mantissa = self.mantissa().unsigned_abs();
        let sign = u32::from(self.is_sign_negative()) << 31;
        out.extend_from_slice(&mantissa.to_le_bytes()[..12]);
        (self.scale() | sign).put(out);
    }
    fn take(bytes: &[u8]) -> Option<Self> {
        let part = |at: usize| u32::take(bytes.get(at..)?);
        let (low, middle, high, last) = (part(0)?, part(4)?, part(8)?, part(12)?);
        let (scale, negative) = (last & !(1 << 31), last >> 31 == 1);
        // A scale that is too large would be a panic.
        (scale <= Self::MAX_SCALE).then(|| Self::from_parts(low, middle, high, negative, scale))
    }
}

/// Not below zero.
impl Field for Amount {
    const SIZE: usize = i64::SIZE;
    const BLANK: Self = Self::ZERO;
    fn put(&self, out: &mut Vec<u8>) {
        self.millionths().put(out);
    }
    #[inline]
    fn take(bytes: &[u8]) -> Option<Self> {
        let millionths = i64::take(bytes)?;
        (millionths >= 0).then_some(Self::from_millionths(millionths))
    }
}

/// Above zero; `i64::MIN` is none.
impl Field for Option<Amount> {
    const SIZE: usize = i64::SIZE;
    const BLANK: Self = None;
    fn put(&self, out: &mut Vec<u8>) {
        self.map_or(i64::MIN, Amount::millionths).put(out);
    }
    #[inline]
    fn take(bytes: &[u8]) -> Option<Self> {
        match i64::take(bytes)? {
            i64::MIN => Some(None),
            millionths => (millionths > 0).then_some(Some(Amount::from_millionths(millionths))),
        }
    }
}

impl Field for Minute {
    const SIZE: usize = i32::SIZE;
    const BLANK: Self = Self::UNBOUNDED_PAST;
    fn put(&self, out: &mut Vec<u8>) {
        self.minutes().put(out);
    }
    #[inline]
    fn take(bytes: &[u8]) -> Option<Self> {
        i32::take(bytes).map(Self::from_minutes)
    }
}

/// Two values, one behind the other.
fn pair<A: Field, B: Field>(bytes: &[u8]) -> Option<(A, B)> {
    let (first, second) = bytes.split_at_checked(A::SIZE)?;
    Some((A::take(first)?, B::take(second)?))
}

macro_rules! pairs {
    ($($name:ty { $first:tt: $one:ty, $second:tt: $two:ty } = $make:expr, $blank:expr;)*) => {$(
        impl Field for $name {
            const SIZE: usize = <$one>::SIZE + <$two>::SIZE;
            const BLANK: Self = $blank;
            fn put(&self, out: &mut Vec<u8>) {
                self.$first.put(out);
                self.$second.put(out);
            }
            #[inline]
            fn take(bytes: &[u8]) -> Option<Self> {
                pair(bytes).and_then($make)
            }
        }
    )*};
}

pairs! {
    Span { earliest: Minute, latest: Minute } = |(earliest, latest)| Some(Self { earliest, latest }), Self::UNKNOWN;
    Source { file: FileId, line: u32 } = |(file, line)| Some(Self { file, line }), Self::NONE;
    Range<u32> { start: u32, end: u32 } = |(start, end)| (start <= end).then_some(start..end), 0..0;
    (BatchId, OperatorId) { 0: BatchId, 1: OperatorId } = Some, (BatchId(0), OperatorId(0));
    (Option<Decimal>, Option<Decimal>) { 0: Option<Decimal>, 1: Option<Decimal> } = Some, (None, None);
}

/// Values one behind the other.
macro_rules! fields {
    ($($name:ident { $($field:ident: $type:ty = $blank:expr,)* })*) => {$(
        impl Field for $name {
            const SIZE: usize = 0 $(+ <$type>::SIZE)*;
            const BLANK: Self = Self { $($field: $blank,)* };
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)*
            }
            #[inline]
            fn take(bytes: &[u8]) -> Option<Self> {
                let mut at = 0;
                let mut part = |size: usize| {
                    at += size;
                    bytes.get(at - size..at)
                };
                Some(Self { $($field: <$type as Field>::take(part(<$type as Field>::SIZE)?)?,)* })
            }
        }
    )*};
}

fields! {
    ShipmentRow {
        from: StockId = StockId(0),
        to: StockId = StockId(0),
        departs: Span = Span::UNKNOWN,
        arrives: Span = Span::UNKNOWN,
        amount: Option<Amount> = None,
    }
    RemovalRow {
        stock: StockId = StockId(0),
        time: Span = Span::UNKNOWN,
        amount: Option<Amount> = None,
        reason: Option<RemovalReason> = None,
        source: Source = Source::NONE,
    }
}
