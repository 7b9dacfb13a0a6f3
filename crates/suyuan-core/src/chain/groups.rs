//! Items in groups under dense keys: one array of offsets, one of items.

use std::sync::Arc;

use hashbrown::HashMap;

use super::store::Array;
use crate::fetch::fetch;

/// Items by dense key. Cloning shares them, but for groups that were replaced since.
#[derive(Debug, Clone)]
pub(crate) struct Groups<T: Clone + 'static> {
    starts: Arc<Array<u32>>,
    items: Arc<Array<T>>,
    later: Option<Box<Later<T>>>,
}

/// Groups that replace those the chain was built with.
#[derive(Debug, Clone)]
pub(super) struct Later<T> {
    /// One bit a key: whether its group is here.
    marks: Vec<u64>,
    groups: HashMap<u32, Vec<T>>,
}

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self { marks: Vec::new(), groups: HashMap::new() }
    }
}

impl<T> Later<T> {
    #[inline]
    pub(super) fn holds(&self, key: u32) -> bool {
        self.marks.get(key as usize / 64).is_some_and(|word| word >> (key % 64) & 1 == 1)
    }

    /// The group under a key; empty for one that is not here.
    #[inline]
    pub(super) fn get(&self, key: u32) -> &[T] {
        self.groups.get(&key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn set(&mut self, key: u32, group: Vec<T>) {
        let word = key as usize / 64;
        if word >= self.marks.len() {
            self.marks.resize(word + 1, 0);
        }
        self.marks[word] |= 1 << (key % 64);
        self.groups.insert(key, group);
    }

    /// The groups that are here, in any order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[T])> {
        self.groups.iter().map(|(key, group)| (*key, group.as_slice()))
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let items: usize = self.groups.values().map(Vec::capacity).sum();
        self.marks.capacity() * 8
            + self.groups.capacity() * (size_of::<(u32, Vec<T>)>() + 1)
            + items * size_of::<T>()
    }
}

impl<T: Clone> Default for Groups<T> {
    fn default() -> Self {
        Self::new(vec![0], Vec::new())
    }
}

impl<T: Copy + Send + Sync> Groups<T> {
    /// Groups the items that `pairs` gives, in any order, and sorts each group by `order`.
    /// `pairs` is walked twice by each of two threads; `blank` fills places before their item
    /// comes. O(n + m) for n groups and m items, plus the sorting of groups.
    pub(super) fn build<K, I: Iterator<Item = (u32, K)>>(
        groups: usize,
        blank: T,
        pairs: impl Fn() -> I + Sync,
        item: impl Fn(K) -> T + Sync,
        order: impl Fn(&T, &T) -> std::cmp::Ordering + Sync,
    ) -> Self {
        let middle = (groups / 2) as u32;
        let mut starts = vec![0; groups + 1];
        // Where the groups of each half start, counted from the first of the half.
        let (low, high) = starts.split_at_mut(middle as usize + 1);
        let count = |starts: &mut [u32], first: u32| {
            pairs().for_each(|(key, _)| {
                if let Some(count) = starts.get_mut(key.wrapping_sub(first) as usize) {
                    *count += 1;
                }
            });
            let mut end = 0;
            starts.iter_mut().for_each(|start| {
                end += *start;
                *start = end;
            });
            end as usize
        };
        let (before, after) = rayon::join(|| count(&mut low[1..], 0), || count(high, middle));
        let mut items = vec![blank; before + after];
        let (first, second) = items.split_at_mut(before);
        let fill = |items: &mut [T], ends: &[u32], first: u32| {
            let mut next: Vec<u32> = std::iter::once(0).chain(ends.iter().copied()).collect();
            next.pop();
            pairs().for_each(|(key, token)| {
                if let Some(slot) = next.get_mut(key.wrapping_sub(first) as usize) {
                    items[*slot as usize] = item(token);
                    *slot += 1;
                }
            });
            let mut start = 0;
            for end in ends {
                let group = &mut items[start as usize..*end as usize];
                if group.len() > 1 {
                    group.sort_unstable_by(&order);
                }
                start = *end;
            }
        };
        rayon::join(|| fill(first, &low[1..], 0), || fill(second, high, middle));
        high.iter_mut().for_each(|start| *start += before as u32);
        Self::new(starts, items)
    }

    /// Changes every item of a chain under construction by a look at the sizes of groups.
    pub(super) fn each_mut(&mut self, change: impl Fn(&mut T, &Sizes<'_>)) {
        let sizes = Sizes { starts: &self.starts };
        Arc::make_mut(&mut self.items).to_mut().iter_mut().for_each(|item| change(item, &sizes));
    }

    /// How many items each group of a chain under construction has.
    pub(super) fn sizes(&self) -> Sizes<'_> {
        Sizes { starts: &self.starts }
    }

    /// The same groups with every item changed.
    pub(super) fn map(&self, change: impl Fn(T) -> T) -> Self {
        let all = |items: &[T]| items.iter().map(|item| change(*item)).collect::<Vec<T>>();
        let later = self.later.as_ref().map(|later| {
            let groups = later.groups.iter().map(|(key, items)| (*key, all(items))).collect();
            Box::new(Later { marks: later.marks.clone(), groups })
        });
        Self { starts: Arc::clone(&self.starts), items: Arc::new(all(&self.items).into()), later }
    }

    /// The group under a key of a chain under construction, to be changed in place.
    pub(super) fn get_mut(&mut self, key: u32) -> &mut [T] {
        let range = self.starts[key as usize] as usize..self.starts[key as usize + 1] as usize;
        &mut Arc::make_mut(&mut self.items).to_mut()[range]
    }
}

impl<T: Clone> Groups<T> {
    /// Groups that lie one after another already.
    pub(super) fn new(starts: impl Into<Array<u32>>, items: impl Into<Array<T>>) -> Self {
        Self { starts: Arc::new(starts.into()), items: Arc::new(items.into()), later: None }
    }

    /// Replaces the group under a key, which may be a new one.
    pub(super) fn set(&mut self, key: u32, group: Vec<T>) {
        self.later.get_or_insert_default().set(key, group);
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let later = self.later.as_ref().map_or(0, |later| later.bytes());
        self.starts.bytes() + self.items.bytes() + later
    }

    /// The group under a key; empty for a key beyond the last.
    #[inline]
    pub(crate) fn get(&self, key: u32) -> &[T] {
        self.view().get(key)
    }

    /// The arrays themselves, for loops that look up many groups.
    #[inline]
    pub(crate) fn view(&self) -> View<'_, T> {
        View { starts: &self.starts, items: &self.items, later: self.later.as_deref() }
    }
}

/// How large the groups of a chain under construction are.
pub(super) struct Sizes<'a> {
    starts: &'a [u32],
}

impl Sizes<'_> {
    /// Whether there is nothing under a key.
    pub(super) fn is_empty(&self, key: u32) -> bool {
        self.len(key) == 0
    }

    pub(super) fn len(&self, key: u32) -> u32 {
        self.starts[key as usize + 1] - self.starts[key as usize]
    }
}

/// [`Groups`] without the indirections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a, T> {
    starts: &'a [u32],
    items: &'a [T],
    later: Option<&'a Later<T>>,
}

impl<'a, T> View<'a, T> {
    /// Asks for the offset of a group.
    #[inline(always)]
    pub(crate) fn fetch_start(&self, key: u32) {
        fetch(self.starts, key as usize);
    }

    /// Asks for the first items of a group, whose offset is at hand.
    #[inline(always)]
    pub(crate) fn fetch_items(&self, key: u32) {
        let key = key as usize;
        if let (Some(start), Some(end)) = (self.starts.get(key), self.starts.get(key + 1)) {
            let (start, end) = (*start as usize, *end as usize);
            let line = const { 64 / size_of::<T>() };
            for at in (start..end).step_by(line).take(4) {
                fetch(self.items, at);
            }
            fetch(self.items, end.wrapping_sub(1));
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self, key: u32) -> &'a [T] {
        if let Some(later) = self.later
            && later.holds(key)
        {
            return later.get(key);
        }
        let key = key as usize;
        match (self.starts.get(key), self.starts.get(key + 1)) {
            (Some(start), Some(end)) => &self.items[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

/// Offsets of groups `0..groups` for keys counted once; length `groups + 1`.
pub(super) fn starts(groups: usize, keys: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0; groups + 1];
    for key in keys {
        starts[key as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    starts
}
