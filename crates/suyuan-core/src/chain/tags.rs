//! What rows name beside their codes: product and producer of the lot, and who reported them.
//!
//! Most rows name nothing, and those that do name the same again and again, so that a row has the
//! number of what it names.

use hashbrown::HashMap;

use super::builder::NONE;
use crate::error::{Capacity, Error};

/// Set in the tag of a row that stands for several lots.
const SHARED: u32 = 1 << 31;

/// The number of what a row names, and whether the row stands for several lots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Tag(u32);

impl Tag {
    /// Of a row that names nothing.
    pub(super) const NONE: Self = Self(0);

    /// The same of a row that stands for several lots.
    pub(super) const fn shared(self) -> Self {
        Self(self.0 | SHARED)
    }

    pub(super) const fn is_shared(self) -> bool {
        self.0 & SHARED != 0
    }

    const fn number(self) -> usize {
        (self.0 & !SHARED) as usize
    }
}

/// What a row names, as texts; [`NONE`] for what it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Named {
    pub(super) product: u32,
    pub(super) producer: u32,
    pub(super) reporter: u32,
}

impl Named {
    pub(super) const NOTHING: Self = Self { product: NONE, producer: NONE, reporter: NONE };

    /// Whether it says anything of the lot.
    pub(super) const fn names_lot(self) -> bool {
        self.product != NONE || self.producer != NONE
    }
}

/// Everything that rows name.
#[derive(Debug, Clone, Default)]
pub(super) struct Tags {
    /// By number, less one.
    named: Vec<Named>,
    numbers: HashMap<Named, u32>,
    last: Option<(Named, Tag)>,
}

impl Tags {
    pub(super) fn intern(&mut self, named: Named) -> Result<Tag, Error> {
        if let Some((last, tag)) = self.last
            && last == named
        {
            return Ok(tag);
        }
        let next = self.named.len() as u32 + 1;
        let number = *self.numbers.entry(named).or_insert(next);
        if number == next {
            if next >= SHARED {
                return Err(
                    Capacity::new("names of lots and reporters", u64::from(SHARED) - 1).into()
                );
            }
            self.named.push(named);
        }
        self.last = Some((named, Tag(number)));
        Ok(Tag(number))
    }

    /// What the rows of a tag name.
    pub(super) fn get(&self, tag: Tag) -> Named {
        let at = tag.number().checked_sub(1);
        at.and_then(|at| self.named.get(at)).copied().unwrap_or(Named::NOTHING)
    }

    /// Whether any row names who reported it.
    pub(super) fn has_reporters(&self) -> bool {
        self.named.iter().any(|named| named.reporter != NONE)
    }

    /// Whether any row names its product or the producer.
    pub(super) fn has_lots(&self) -> bool {
        self.named.iter().any(|named| named.names_lot())
    }

    /// The tags with other producers, and what each tag of these is there.
    pub(super) fn with_producers(
        &self,
        producer: impl Fn(u32) -> u32,
    ) -> Result<(Self, Renamed), Error> {
        let mut tags = Self::default();
        let tag =
            |named: &Named| tags.intern(Named { producer: producer(named.producer), ..*named });
        let renamed = self.named.iter().map(tag).collect::<Result<_, Error>>()?;
        Ok((tags, Renamed(renamed)))
    }

    /// Takes in the tags of another builder, whose texts have the numbers `texts` here. Returns
    /// what each tag of the other is here.
    pub(super) fn absorb(&mut self, other: &Self, texts: &[u32]) -> Result<Renamed, Error> {
        let text = |text: u32| texts.get(text as usize).copied().unwrap_or(NONE);
        let tag = |named: &Named| {
            self.intern(Named {
                product: text(named.product),
                producer: text(named.producer),
                reporter: text(named.reporter),
            })
        };
        Ok(Renamed(other.named.iter().map(tag).collect::<Result<_, Error>>()?))
    }
}

/// What the tags of one builder are in another.
pub(super) struct Renamed(Vec<Tag>);

impl Renamed {
    pub(super) fn of(&self, tag: Tag) -> Tag {
        let at = tag.number().checked_sub(1);
        let renamed = at.and_then(|at| self.0.get(at)).copied().unwrap_or(Tag::NONE);
        if tag.is_shared() { renamed.shared() } else { renamed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_name_the_same_have_one_tag() {
        let named = |product, reporter| Named { product, producer: NONE, reporter };
        let mut tags = Tags::default();
        let a = tags.intern(named(3, NONE)).unwrap();
        let b = tags.intern(named(NONE, 4)).unwrap();
        assert_eq!(tags.intern(named(3, NONE)).unwrap(), a);
        assert_eq!((tags.get(a), tags.get(b.shared())), (named(3, NONE), named(NONE, 4)));
        assert_eq!(tags.get(Tag::NONE), Named::NOTHING);
        assert!(tags.has_reporters() && tags.has_lots());
        let mut others = Tags::default();
        let c = others.intern(named(0, 1)).unwrap();
        let renamed = tags.absorb(&others, &[7, 4]).unwrap();
        assert_eq!(tags.get(renamed.of(c)), named(7, 4));
        assert!(renamed.of(c.shared()).is_shared());
        assert_eq!(renamed.of(Tag::NONE), Tag::NONE);
    }
}
