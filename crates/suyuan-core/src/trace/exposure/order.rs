//! Topological order of a graph, its cycles contracted.

use super::flow::NONE;
use crate::numeric::scc::components;

/// The groups of nodes that reach one another, in topological order.
pub(super) struct Order {
    nodes: Vec<u32>,
    /// Where the groups of more than one node, and all after the first of them, start in `nodes`.
    starts: Vec<u32>,
    /// The group of each node.
    pub(super) place: Vec<u32>,
    /// Groups before this one have one node each.
    plain: usize,
}

impl Order {
    /// Takes nodes without open inputs one after another (Kahn 1962) as long as there are any;
    /// what is left lies on cycles or behind them, and is taken apart by Tarjan's algorithm.
    pub(super) fn new(starts: &[u32], targets: &[u32]) -> Self {
        let count = starts.len() - 1;
        let range = |node: u32| starts[node as usize] as usize..starts[node as usize + 1] as usize;
        let mut inputs = vec![0_u32; count];
        for target in targets {
            inputs[*target as usize] += 1;
        }
        let mut nodes = Vec::with_capacity(count);
        let mut place = vec![NONE; count];
        let mut stack = Vec::new();
        for source in 0..count as u32 {
            // Sources in order, each followed by what it alone opens.
            if inputs[source as usize] != 0 || place[source as usize] != NONE {
                continue;
            }
            stack.push(source);
            while let Some(node) = stack.pop() {
                place[node as usize] = nodes.len() as u32;
                nodes.push(node);
                for target in &targets[range(node)] {
                    let open = &mut inputs[*target as usize];
                    *open -= 1;
                    if *open == 0 {
                        stack.push(*target);
                    }
                }
            }
        }
        let plain = nodes.len();
        let mut order = Self { nodes, starts: Vec::new(), place, plain };
        if plain < count {
            order.contract(starts, targets);
        }
        order
    }

    /// Appends the groups of the nodes that have no place yet.
    fn contract(&mut self, starts: &[u32], targets: &[u32]) {
        let rest: Vec<u32> = (0..self.place.len() as u32)
            .filter(|node| self.place[*node as usize] == NONE)
            .collect();
        for (at, node) in rest.iter().enumerate() {
            self.place[*node as usize] = at as u32;
        }
        // Every link of the rest stays within it.
        let mut inner_starts = Vec::with_capacity(rest.len() + 1);
        let mut inner_targets = Vec::new();
        inner_starts.push(0);
        for node in &rest {
            let range = starts[*node as usize] as usize..starts[*node as usize + 1] as usize;
            inner_targets.extend(targets[range].iter().map(|to| self.place[*to as usize]));
            inner_starts.push(inner_targets.len() as u32);
        }
        let found = components(&inner_starts, &inner_targets);
        let groups: Vec<&[u32]> = found.iter().collect();
        for members in groups.into_iter().rev() {
            self.starts.push(self.nodes.len() as u32);
            let group = (self.plain + self.starts.len() - 1) as u32;
            for member in members {
                let node = rest[*member as usize];
                self.place[node as usize] = group;
                self.nodes.push(node);
            }
        }
        self.starts.push(self.nodes.len() as u32);
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.plain + self.starts.len().saturating_sub(1)
    }

    /// The node of a group of one, or [`None`] for other groups.
    #[inline]
    pub(super) fn state(&self, at: usize) -> Option<u32> {
        self.nodes[..self.plain].get(at).copied()
    }

    /// The nodes of a group.
    pub(super) fn group(&self, at: usize) -> &[u32] {
        match at.checked_sub(self.plain) {
            None => &self.nodes[at..=at],
            Some(at) => &self.nodes[self.starts[at] as usize..self.starts[at + 1] as usize],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::scc::adjacency;

    #[test]
    fn groups_are_the_components_and_links_lead_on() {
        let mut state = 11_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % below) as u32
        };
        for _ in 0..500 {
            let nodes = 1 + random(14);
            let arcs: Vec<(u32, u32)> =
                (0..random(22)).map(|_| (random(nodes.into()), random(nodes.into()))).collect();
            let (starts, targets) = adjacency(nodes as usize, &arcs);
            let order = Order::new(&starts, &targets);
            assert!(arcs.iter().all(|(a, b)| order.place[*a as usize] <= order.place[*b as usize]));
            let sorted = |groups: Vec<&[u32]>| {
                let mut groups: Vec<Vec<u32>> = groups.into_iter().map(<[u32]>::to_vec).collect();
                groups.iter_mut().for_each(|group| group.sort_unstable());
                groups.sort_unstable();
                groups
            };
            let expected = components(&starts, &targets);
            let groups = (0..order.len()).map(|at| order.group(at)).collect();
            assert_eq!(sorted(groups), sorted(expected.iter().collect()));
        }
    }
}
