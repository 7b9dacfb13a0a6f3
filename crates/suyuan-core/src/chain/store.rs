//! Where a frozen chain's arrays lie: each in a vector of its own, or all of them in the bytes of
//! the snapshot that the chain was read from.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use yoke::Yoke;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::buffer::SnapshotBuffer;
use super::index::Link;
use crate::id::StockId;
use crate::time::Minute;

/// A slice that never changes, or text.
pub(crate) enum Store<T: ?Sized + ToOwned + 'static> {
    Own(T::Owned),
    /// A part of a snapshot, which lives as long as any of its parts.
    Lent(Yoke<&'static T, Arc<SnapshotBuffer>>),
}

/// Items that never change.
pub(crate) type Array<T> = Store<[T]>;

impl<T: ?Sized + ToOwned + 'static> Store<T> {
    /// The items of a chain under construction, to be changed.
    pub(super) fn to_mut(&mut self) -> &mut T::Owned {
        if let Self::Lent(lent) = self {
            *self = Self::Own((*lent.get()).to_owned());
        }
        match self {
            Self::Own(own) => own,
            // It was made its own just now.
            Self::Lent(_) => unreachable!("a part of a snapshot that was copied"),
        }
    }

    /// Bytes of memory; `own` says those of items in a vector of their own.
    pub(crate) fn bytes_by(&self, own: impl FnOnce(&T::Owned) -> usize) -> usize {
        match self {
            Self::Own(items) => own(items),
            Self::Lent(lent) => size_of_val::<T>(*lent.get()),
        }
    }
}

impl<T: Clone> Array<T> {
    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes_by(|items| items.capacity() * size_of::<T>())
    }
}

impl<T: ?Sized + ToOwned + 'static> Deref for Store<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        match self {
            Self::Own(own) => std::borrow::Borrow::borrow(own),
            Self::Lent(lent) => lent.get(),
        }
    }
}

impl<T: ?Sized + ToOwned<Owned: Clone> + 'static> Clone for Store<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Own(own) => Self::Own(own.clone()),
            Self::Lent(lent) => Self::Lent(lent.clone()),
        }
    }
}

impl<T: ?Sized + ToOwned<Owned: Default> + 'static> Default for Store<T> {
    fn default() -> Self {
        Self::Own(T::Owned::default())
    }
}

impl<T: ?Sized + ToOwned + fmt::Debug + 'static> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Clone> From<Vec<T>> for Array<T> {
    fn from(items: Vec<T>) -> Self {
        Self::Own(items)
    }
}

impl From<String> for Store<str> {
    fn from(text: String) -> Self {
        Self::Own(text)
    }
}

/// Values that lie in memory as a snapshot has them, but for the order of bytes.
pub(crate) trait Plain: FromBytes + IntoBytes + Immutable + KnownLayout + Copy {
    /// The value with its lowest byte first, and back.
    fn to_little(self) -> Self;
}

macro_rules! plain {
    ($($value:ty: $item:ident => $little:expr;)*) => {$(
        impl Plain for $value {
            #[inline]
            fn to_little(self) -> Self {
                let $item = self;
                $little
            }
        }
    )*};
}

plain! {
    u8: value => value;
    u16: value => value.to_le();
    u32: value => value.to_le();
    [u64; 2]: words => words.map(u64::to_le);
    StockId: id => Self(id.0.to_le());
    Minute: minute => Self::from_minutes(minute.minutes().to_le());
    Link: link => link.to_little();
}

impl<T: Plain> Array<T> {
    /// The items that a part of a snapshot consists of. `None` when the part lies beyond it, holds
    /// no whole number of items or does not begin where one can.
    pub(super) fn lent(
        snapshot: &Arc<SnapshotBuffer>,
        part: std::ops::Range<usize>,
    ) -> Option<Self> {
        let items: Result<Yoke<&'static [T], _>, ()> =
            Yoke::try_attach_to_cart(Arc::clone(snapshot), |snapshot| {
                let bytes = snapshot.bytes().get(part).ok_or(())?;
                <[T]>::ref_from_bytes(bytes).map_err(|_| ())
            });
        let items = items.ok()?;
        if cfg!(target_endian = "big") {
            let turned: Vec<T> = items.get().iter().map(|item| item.to_little()).collect();
            return Some(Self::Own(turned));
        }
        Some(Self::Lent(items))
    }
}

impl Store<str> {
    /// The text that a part of a snapshot consists of. `None` when the part lies beyond it or is
    /// not UTF-8.
    pub(super) fn lent_text(
        snapshot: &Arc<SnapshotBuffer>,
        part: std::ops::Range<usize>,
    ) -> Option<Self> {
        let text: Result<Yoke<&'static str, _>, ()> =
            Yoke::try_attach_to_cart(Arc::clone(snapshot), |snapshot| {
                let bytes = snapshot.bytes().get(part).ok_or(())?;
                str::from_utf8(bytes).map_err(|_| ())
            });
        text.ok().map(Self::Lent)
    }
}
