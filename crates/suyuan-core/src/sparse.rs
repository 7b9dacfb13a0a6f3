//! A map over dense keys that is emptied in no time (Briggs and Torczon 1993).

use crate::fetch::fetch;

/// Values by dense key. Four bytes a key, untouched until it is used; cleared in O(1).
#[derive(Debug)]
pub(crate) struct SparseMap<T> {
    places: Vec<u32>,
    entries: Vec<(u32, T)>,
}

impl<T> SparseMap<T> {
    /// For keys below `keys`.
    pub(crate) fn new(keys: usize) -> Self {
        Self { places: vec![0; keys], entries: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Where a key stands in the order of insertion.
    #[inline]
    fn place(&self, key: u32) -> Option<usize> {
        let place = *self.places.get(key as usize)? as usize;
        (self.entries.get(place)?.0 == key).then_some(place)
    }

    #[inline]
    pub(crate) fn get(&self, key: u32) -> Option<&T> {
        self.place(key).map(|place| &self.entries[place].1)
    }

    /// Asks for a key.
    #[inline(always)]
    pub(crate) fn fetch(&self, key: u32) {
        fetch(&self.places, key as usize);
    }

    /// Sets a value.
    #[inline]
    pub(crate) fn insert(&mut self, key: u32, value: T) {
        match self.place(key) {
            Some(place) => self.entries[place].1 = value,
            None => {
                self.places[key as usize] = self.entries.len() as u32;
                self.entries.push((key, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clearing_forgets_and_old_places_do_not_mislead() {
        let mut map = SparseMap::new(10);
        for key in [7, 3, 9] {
            map.insert(key, key * 2);
        }
        map.insert(3, 1);
        assert_eq!((map.get(3), map.get(4)), (Some(&1), None));
        map.clear();
        map.insert(9, 5);
        assert_eq!((map.get(9), map.get(7), map.get(3)), (Some(&5), None, None));
        assert_eq!((map.place(9), map.get(10)), (Some(0), None));
    }
}
