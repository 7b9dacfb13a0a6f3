//! Layered drawing of a directed graph with few crossings (Sugiyama, Tagawa and Toda 1981): links
//! over several layers get a bend in each, layers are ordered by barycentres in sweeps to and fro,
//! and the best order met is kept.
//!
//! ```
//! use suyuan_report::layout::{Layout, layered};
//! // Two senders, two receivers, crosswise.
//! let found: Layout = layered(&[0, 0, 1, 1], &[(0, 3), (1, 2)], &[20.0; 4], 10.0);
//! assert_eq!(found.crossings, 0);
//! ```

/// Sweeps to and fro; more rarely helps.
const SWEEPS: usize = 24;
/// The most bends; beyond it links over several layers are drawn straight.
const BENDS: usize = 20_000;

/// Where nodes and links lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The middle of each node along its layer.
    pub at: Vec<f64>,
    /// Where each link that leads to a later layer bends, layer after layer; empty for others.
    pub bends: Vec<Vec<f64>>,
    /// Pairs of links between neighbouring layers that cross.
    pub crossings: u64,
    /// How long the longest layer is.
    pub extent: f64,
}

/// Lays out a graph: the layer and the size of each node along it, and the links as pairs of nodes.
/// Links that do not lead to a later layer are left out of the ordering. The same input gives the
/// same drawing. O(sweeps x (n + l) log(n + l)), bends included.
#[must_use]
pub fn layered(layer: &[usize], links: &[(usize, usize)], size: &[f64], gap: f64) -> Layout {
    let mut graph = Layers::new(layer, links, size);
    graph.order();
    let at = graph.place(gap);
    let bend = |nodes: &Vec<usize>| nodes.iter().map(|n| value(&at, *n)).collect();
    let ends = graph
        .layers
        .iter()
        .filter_map(|nodes| nodes.last())
        .map(|last| value(&at, *last) + value(&graph.size, *last) / 2.0);
    Layout {
        crossings: crossings(&graph.layers, &graph.next),
        extent: ends.fold(0.0, f64::max),
        bends: graph.bends.iter().map(bend).collect(),
        at: at.into_iter().take(layer.len()).collect(),
    }
}

fn value(all: &[f64], at: usize) -> f64 {
    all.get(at).copied().unwrap_or_default()
}

struct Layers {
    layers: Vec<Vec<usize>>,
    /// Links to the next layer and to the one before, by node, bends included.
    next: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
    size: Vec<f64>,
    bends: Vec<Vec<usize>>,
}

impl Layers {
    fn new(layer: &[usize], links: &[(usize, usize)], size: &[f64]) -> Self {
        let mut layers = vec![Vec::new(); layer.iter().max().map_or(0, |most| most + 1)];
        for (node, layer) in layer.iter().enumerate() {
            layers[*layer].push(node);
        }
        let mut size = size.to_vec();
        size.resize(layer.len(), 0.0);
        let mut pairs = Vec::new();
        let mut bends = Vec::with_capacity(links.len());
        let mut made = 0;
        for &(from, to) in links {
            let mut own = Vec::new();
            if let (Some(&first), Some(&last)) = (layer.get(from), layer.get(to))
                && first < last
                && made + (last - first) <= BENDS
            {
                let mut at = from;
                for layer in &mut layers[first + 1..last] {
                    let bend = size.len();
                    size.push(0.0);
                    layer.push(bend);
                    own.push(bend);
                    pairs.push((at, bend));
                    at = bend;
                }
                made += own.len();
                pairs.push((at, to));
            }
            bends.push(own);
        }
        let (mut next, mut before) = (vec![Vec::new(); size.len()], vec![Vec::new(); size.len()]);
        for (from, to) in pairs {
            next[from].push(to);
            before[to].push(from);
        }
        Self { layers, next, before, size, bends }
    }

    fn order(&mut self) {
        let mut best = (crossings(&self.layers, &self.next), self.layers.clone());
        let mut rank = vec![0; self.size.len()];
        for sweep in 0..SWEEPS {
            if best.0 == 0 {
                break;
            }
            note(&self.layers, &mut rank);
            let count = self.layers.len();
            for step in 0..count {
                let (at, other) = if sweep % 2 == 0 {
                    (step, &self.before)
                } else {
                    (count - 1 - step, &self.next)
                };
                // A node nobody of the other side links to keeps its place.
                let key = |node: &usize| match &other[*node] {
                    near if near.is_empty() => rank[*node] as f64,
                    near => near.iter().map(|n| rank[*n] as f64).sum::<f64>() / near.len() as f64,
                };
                let mut keyed: Vec<(f64, usize)> =
                    self.layers[at].iter().map(|node| (key(node), *node)).collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.layers[at] = keyed.into_iter().map(|(_, node)| node).collect();
                for (place, node) in self.layers[at].iter().enumerate() {
                    rank[*node] = place;
                }
            }
            let found = crossings(&self.layers, &self.next);
            if found < best.0 {
                best = (found, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// Middles along the layers: each node as near to its neighbours as those beside it allow, in
    /// the sense of least squares.
    fn place(&self, gap: f64) -> Vec<f64> {
        let mut at = vec![0.0; self.size.len()];
        let room =
            |node: usize| self.size[node] + if self.size[node] > 0.0 { gap } else { gap / 3.0 };
        for nodes in &self.layers {
            let mut end = 0.0;
            for node in nodes {
                at[*node] = end + room(*node) / 2.0;
                end += room(*node);
            }
        }
        for pass in 0..8 {
            let count = self.layers.len();
            for step in 0..count {
                let layer = if pass % 2 == 0 { step } else { count - 1 - step };
                let nodes = &self.layers[layer];
                let wish: Vec<f64> = nodes
                    .iter()
                    .map(|node| {
                        let near = self.before[*node].iter().chain(&self.next[*node]);
                        let (sum, count) =
                            near.fold((0.0, 0.0), |(sum, n), other| (sum + at[*other], n + 1.0));
                        if count > 0.0 { sum / count } else { at[*node] }
                    })
                    .collect();
                let apart: Vec<f64> =
                    nodes.windows(2).map(|pair| (room(pair[0]) + room(pair[1])) / 2.0).collect();
                for (node, place) in nodes.iter().zip(nearest(&wish, &apart)) {
                    at[*node] = place;
                }
            }
        }
        let top = |node: usize| at[node] - self.size[node] / 2.0;
        let least = self.layers.iter().flatten().map(|n| top(*n)).fold(f64::INFINITY, f64::min);
        if least.is_finite() {
            at.iter_mut().for_each(|at| *at -= least);
        }
        at
    }
}

fn note(layers: &[Vec<usize>], rank: &mut [usize]) {
    for nodes in layers {
        for (place, node) in nodes.iter().enumerate() {
            rank[*node] = place;
        }
    }
}

/// The places nearest to the wishes by least squares that lie at least `apart` from one another:
/// pools of adjacent violators.
fn nearest(wish: &[f64], apart: &[f64]) -> Vec<f64> {
    let mut shift = Vec::with_capacity(wish.len());
    let mut sum = 0.0;
    for at in 0..wish.len() {
        if at > 0 {
            sum += value(apart, at - 1);
        }
        shift.push(sum);
    }
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (wish, shift) in wish.iter().zip(&shift) {
        let mut pool = (wish - shift, 1);
        while let Some(last) = pools.last()
            && last.0 / last.1 as f64 > pool.0 / pool.1 as f64
        {
            pool = (pool.0 + last.0, pool.1 + last.1);
            pools.pop();
        }
        pools.push(pool);
    }
    let flat = pools.iter().flat_map(|(sum, n)| std::iter::repeat_n(sum / *n as f64, *n));
    flat.zip(shift).map(|(place, shift)| place + shift).collect()
}

/// Pairs of links between neighbouring layers that cross: inversions, counted by a Fenwick tree.
fn crossings(layers: &[Vec<usize>], next: &[Vec<usize>]) -> u64 {
    let mut rank = vec![0; next.len()];
    note(layers, &mut rank);
    let mut total = 0;
    for (at, nodes) in layers.iter().enumerate() {
        let width = layers.get(at + 1).map_or(0, Vec::len);
        let mut tree = vec![0_u64; width + 1];
        let mut seen = 0;
        for node in nodes {
            let mut ends: Vec<usize> = next[*node].iter().map(|to| rank[*to]).collect();
            ends.sort_unstable();
            for end in &ends {
                let (mut low, mut at) = (0, end + 1);
                while at > 0 {
                    low += tree[at];
                    at &= at - 1;
                }
                total += seen - low;
            }
            for end in ends {
                let mut at = end + 1;
                while at <= width {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
                seen += 1;
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every pair of links, looked at one by one.
    fn naive(layers: &[Vec<usize>], next: &[Vec<usize>]) -> u64 {
        let mut rank = vec![0; next.len()];
        note(layers, &mut rank);
        let mut total = 0;
        for nodes in layers {
            let links: Vec<(usize, usize)> = nodes
                .iter()
                .flat_map(|from| next[*from].iter().map(|to| (rank[*from], rank[*to])))
                .collect();
            for (at, a) in links.iter().enumerate() {
                for b in &links[at + 1..] {
                    total += u64::from((a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1));
                }
            }
        }
        total
    }

    proptest! {
        #[test]
        fn nodes_never_overlap_and_crossings_never_grow(
            layer in prop::collection::vec(0_usize..4, 1..14),
            pairs in prop::collection::vec((0_usize..14, 0_usize..14), 0..30),
        ) {
            let links: Vec<(usize, usize)> = pairs
                .into_iter()
                .filter(|(a, b)| *a < layer.len() && *b < layer.len())
                .collect();
            let size = vec![20.0; layer.len()];
            let start = Layers::new(&layer, &links, &size);
            let unsorted = crossings(&start.layers, &start.next);
            prop_assert_eq!(unsorted, naive(&start.layers, &start.next));
            let found = layered(&layer, &links, &size, 10.0);
            prop_assert!(found.crossings <= unsorted);
            for a in 0..layer.len() {
                for b in 0..a {
                    if layer[a] == layer[b] {
                        prop_assert!((found.at[a] - found.at[b]).abs() >= 29.99);
                    }
                }
                prop_assert!(found.at[a] >= 9.99 && found.at[a] + 10.0 <= found.extent + 0.01);
            }
            prop_assert_eq!(&found, &layered(&layer, &links, &size, 10.0));
        }

        #[test]
        fn nearest_places_keep_their_distance(
            wish in prop::collection::vec(-50.0..50.0_f64, 1..12),
        ) {
            let apart = vec![7.0; wish.len() - 1];
            let found = nearest(&wish, &apart);
            for pair in found.windows(2) {
                prop_assert!(pair[1] - pair[0] >= 7.0 - 1e-9);
            }
            // No shift of all of them is nearer.
            let off: f64 = found.iter().zip(&wish).map(|(a, b)| a - b).sum();
            prop_assert!(off.abs() < 1e-6 * wish.len() as f64);
        }
    }

    #[test]
    fn a_long_link_bends_in_every_layer_between() {
        let found = layered(&[0, 1, 2], &[(0, 1), (1, 2), (0, 2), (2, 0)], &[20.0; 3], 10.0);
        assert_eq!(found.bends.iter().map(Vec::len).collect::<Vec<_>>(), [0, 0, 1, 0]);
        assert!((found.bends[2][0] - found.at[1]).abs() >= 10.0);
    }
}
