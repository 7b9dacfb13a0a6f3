//! Samples of what is reached, small enough to keep one for every node that many links lead to.
//!
//! A node that several nodes point to heads a *piece*: itself and the nodes below it that have
//! one input each. What a search finds outside its own subtree is a set of whole pieces, and the
//! weight of a piece is known exactly. A sample keeps the `k` items of smallest rank `u / w`, for
//! weight `w` and `u` uniform in (0, 1] drawn once an item; the sample of a union is that of the
//! union of samples, so one sweep against the order of the nodes makes all. Fewer than `k` items
//! are the set itself, and every sum over them is exact. Otherwise the `k`-th rank is the
//! threshold `1 / t` and the others stand for `max(w, t)` each: priority sampling (Duffield, Lund,
//! Thorup 2007), as a mergeable bottom-k sketch (Cohen 1997; Cohen and Kaplan 2007).

use super::forest::Forest;
use super::weight::Weight;

/// Lists of items, some of them only samples.
#[derive(Default)]
pub(super) struct Lists {
    starts: Vec<(usize, u32)>,
    items: Vec<u32>,
    /// Whether the list is the whole set.
    whole: Vec<bool>,
}

impl Lists {
    fn get(&self, at: usize) -> (&[u32], bool) {
        let (start, len) = self.starts[at];
        (&self.items[start..start + len as usize], self.whole[at])
    }
}

/// Makes samples of unions.
pub(super) struct Sampler<'a> {
    k: usize,
    ranks: &'a [f32],
    seen: Vec<u32>,
    epoch: u32,
    items: Vec<u32>,
    whole: bool,
}

impl<'a> Sampler<'a> {
    pub(super) fn new(k: usize, ranks: &'a [f32]) -> Self {
        Self { k, ranks, seen: vec![0; ranks.len()], epoch: 0, items: Vec::new(), whole: true }
    }

    pub(super) fn start(&mut self) {
        self.epoch += 1;
        if self.epoch == u32::MAX {
            self.seen.fill(0);
            self.epoch = 1;
        }
        self.items.clear();
        self.whole = true;
    }

    pub(super) fn add(&mut self, items: &[u32], whole: bool) {
        self.whole &= whole;
        for item in items {
            let seen = &mut self.seen[*item as usize];
            if *seen != self.epoch {
                *seen = self.epoch;
                self.items.push(*item);
            }
        }
    }

    fn key(&self, item: u32) -> (f32, u32) {
        (self.ranks[item as usize], item)
    }

    /// The whole set when every part was whole, otherwise the `k` items of smallest rank, the
    /// last one the threshold's.
    pub(super) fn union(&mut self) -> (&[u32], bool) {
        if !self.whole {
            self.cut();
        }
        (&self.items, self.whole)
    }

    /// At most `k` items.
    fn sample(&mut self) -> (&[u32], bool) {
        if self.items.len() > self.k {
            self.whole = false;
        }
        self.union()
    }

    fn cut(&mut self) {
        let mut items = std::mem::take(&mut self.items);
        let order = |a: &u32, b: &u32| {
            let (a, b) = (self.key(*a), self.key(*b));
            a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
        };
        if items.len() >= self.k {
            items.select_nth_unstable_by(self.k - 1, order);
            items.truncate(self.k);
        }
        self.items = items;
    }
}

/// A uniform number in (0, 1] from a number and a seed (the finaliser of SplitMix64, Steele, Lea
/// and Flood 2014).
pub(super) fn uniform(item: u32, seed: u64) -> f64 {
    let mut bits = seed ^ (u64::from(item) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    ((bits >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

/// The pieces of a forest and their samples.
pub(super) struct Pieces<const D: usize> {
    /// Node that heads each piece, ascending.
    heads: Vec<u32>,
    /// The piece each node heads.
    index: Vec<u32>,
    /// The first piece outside each piece's subtree.
    next: Vec<u32>,
    weights: Vec<Weight<D>>,
    pub(super) ranks: Vec<f32>,
}

const NONE: u32 = u32::MAX;

impl<const D: usize> Pieces<D> {
    pub(super) fn new(forest: &Forest<D>, seed: u64) -> Self {
        let mut index = vec![NONE; forest.len()];
        for target in &forest.cross {
            index[*target as usize] = 0;
        }
        let (mut heads, mut next, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        let mut open: Vec<u32> = Vec::new();
        for node in 0..forest.len() as u32 {
            if index[node as usize] == NONE {
                continue;
            }
            let piece = heads.len() as u32;
            while let Some(other) = open.last() {
                if forest.end[heads[*other as usize] as usize] > node {
                    break;
                }
                next[*other as usize] = piece;
                open.pop();
            }
            let weight = forest.subtree(node);
            if let Some(other) = open.last() {
                let outer: &mut Weight<D> = &mut weights[*other as usize];
                *outer = *outer - weight;
            }
            next.push(NONE);
            index[node as usize] = piece;
            heads.push(node);
            weights.push(weight);
            open.push(piece);
        }
        let rank = |(piece, weight): (usize, &Weight<D>)| {
            (uniform(piece as u32, seed) / f64::from(weight.finals)) as f32
        };
        let ranks = weights.iter().enumerate().map(rank).collect();
        Self { heads, index, next, weights, ranks }
    }

    /// The samples of what each piece reaches, its own included. `own` adds the items of a
    /// piece's whole subtree, or of the piece alone.
    pub(super) fn lists(
        &self,
        forest: &Forest<D>,
        k: usize,
        ranks: &[f32],
        own: impl Fn(u32, u32, &mut Sampler<'_>),
    ) -> Lists {
        let count = self.heads.len();
        let mut lists =
            Lists { starts: vec![(0, 0); count], items: Vec::new(), whole: vec![true; count] };
        let mut sampler = Sampler::new(k, ranks);
        for piece in (0..count as u32).rev() {
            let node = self.heads[piece as usize];
            sampler.start();
            own(piece, node, &mut sampler);
            let end = forest.end[node as usize];
            let mut inner = piece as usize + 1;
            while self.heads.get(inner).is_some_and(|head| *head < end) {
                let (items, whole) = lists.get(inner);
                sampler.add(items, whole);
                inner = self.next[inner] as usize;
            }
            self.add_exits(forest, &lists, node, &mut sampler);
            let (items, whole) = sampler.sample();
            lists.starts[piece as usize] = (lists.items.len(), items.len() as u32);
            lists.whole[piece as usize] = whole;
            lists.items.extend_from_slice(items);
        }
        lists
    }

    /// The samples of the pieces.
    pub(super) fn piece_lists(&self, forest: &Forest<D>, k: usize) -> Lists {
        self.lists(forest, k, &self.ranks, |piece, _, sampler| {
            if self.weights[piece as usize].finals > 0 {
                sampler.add(&[piece], true);
            }
        })
    }

    /// Adds what is reached by the links out of a node's subtree.
    pub(super) fn add_exits(
        &self,
        forest: &Forest<D>,
        lists: &Lists,
        node: u32,
        sampler: &mut Sampler<'_>,
    ) {
        for target in forest.exits(node) {
            let (items, whole) = lists.get(self.index[target as usize] as usize);
            sampler.add(items, whole);
        }
    }

    /// What lies outside a node's subtree.
    pub(super) fn outside(
        &self,
        forest: &Forest<D>,
        lists: &Lists,
        node: u32,
        sampler: &mut Sampler<'_>,
    ) -> Outside<D> {
        sampler.start();
        self.add_exits(forest, lists, node, sampler);
        let (items, whole) = sampler.union();
        if whole {
            let weights = items.iter().map(|item| self.weights[*item as usize]);
            let weight = weights.fold(Weight::ZERO, |sum, weight| sum + weight);
            return Outside { weight, pieces: items.len() as u64, is_exact: true };
        }
        let Some((last, items)) = items.split_last() else {
            return Outside { weight: Weight::ZERO, pieces: 0, is_exact: true };
        };
        let threshold = 1.0 / f64::from(self.ranks[*last as usize]);
        let (mut finals, mut unknown, mut sums, mut pieces) = (0.0, 0.0, [0.0; D], 0.0);
        for item in items {
            let weight = &self.weights[*item as usize];
            let factor = (threshold / f64::from(weight.finals)).max(1.0);
            pieces += factor;
            finals += factor * f64::from(weight.finals);
            unknown += factor * f64::from(weight.unknown);
            for (sum, part) in sums.iter_mut().zip(weight.sums) {
                *sum += factor * i128::from(part) as f64;
            }
        }
        let weight = Weight {
            finals: finals.round() as u32,
            unknown: unknown.round() as u32,
            sums: sums.map(|sum| (sum.round() as i128).into()),
        };
        Outside { weight, pieces: pieces.round() as u64, is_exact: false }
    }
}

/// What a search finds outside a node's subtree.
pub(super) struct Outside<const D: usize> {
    pub(super) weight: Weight<D>,
    /// How many pieces.
    pub(super) pieces: u64,
    pub(super) is_exact: bool,
}

/// How many distinct items a union of unit weights holds, and whether that is exact.
pub(super) fn distinct(sampler: &mut Sampler<'_>) -> (u32, bool) {
    let ranks = sampler.ranks;
    match sampler.union() {
        (items, true) => (items.len() as u32, true),
        (items, false) => {
            let last = items.last().map_or(1.0, |item| f64::from(ranks[*item as usize]));
            (((items.len() - 1) as f64 / last).round() as u32, false)
        }
    }
}
