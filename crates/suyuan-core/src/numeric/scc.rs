//! Strongly connected components of a small graph in adjacency arrays.

/// Components in an order in which every component comes after all it points to.
#[derive(Debug, Default)]
pub(crate) struct Components {
    starts: Vec<u32>,
    members: Vec<u32>,
}

impl Components {
    /// The members of all components, one after another.
    pub(crate) fn members(&self) -> &[u32] {
        &self.members
    }

    /// The components, each as its members.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u32]> {
        self.starts.windows(2).map(|pair| &self.members[pair[0] as usize..pair[1] as usize])
    }
}

/// Tarjan's algorithm (1972) with an explicit stack: linear time, no recursion.
///
/// `starts` has one entry a node and one more; the arcs of node `v` are
/// `targets[starts[v]..starts[v + 1]]`.
pub(crate) fn components(starts: &[u32], targets: &[u32]) -> Components {
    const UNSEEN: u32 = 0;
    let nodes = starts.len().saturating_sub(1);
    let mut index = vec![UNSEEN; nodes];
    let mut low = vec![0_u32; nodes];
    let mut on_stack = vec![false; nodes];
    let mut stack: Vec<u32> = Vec::new();
    let mut calls: Vec<(u32, u32)> = Vec::new();
    let mut next_index = 1;
    let mut found = Components { starts: vec![0], members: Vec::with_capacity(nodes) };
    for root in 0..nodes as u32 {
        if index[root as usize] != UNSEEN {
            continue;
        }
        calls.push((root, starts[root as usize]));
        while let Some((node, at)) = calls.last_mut() {
            let v = *node as usize;
            if index[v] == UNSEEN {
                index[v] = next_index;
                low[v] = next_index;
                next_index += 1;
                stack.push(*node);
                on_stack[v] = true;
            }
            if *at < starts[v + 1] {
                let target = targets[*at as usize];
                *at += 1;
                if index[target as usize] == UNSEEN {
                    calls.push((target, starts[target as usize]));
                } else if on_stack[target as usize] {
                    low[v] = low[v].min(index[target as usize]);
                }
                continue;
            }
            calls.pop();
            if let Some((parent, _)) = calls.last() {
                let parent = *parent as usize;
                low[parent] = low[parent].min(low[v]);
            }
            if low[v] == index[v] {
                while let Some(member) = stack.pop() {
                    on_stack[member as usize] = false;
                    found.members.push(member);
                    if member as usize == v {
                        break;
                    }
                }
                found.starts.push(found.members.len() as u32);
            }
        }
    }
    found
}

/// Adjacency arrays of arcs given in any order.
pub(crate) fn adjacency(nodes: usize, arcs: &[(u32, u32)]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; nodes + 1];
    for (from, _) in arcs {
        starts[*from as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut next = starts.clone();
    let mut targets = vec![0; arcs.len()];
    for (from, to) in arcs {
        let slot = &mut next[*from as usize];
        targets[*slot as usize] = *to;
        *slot += 1;
    }
    (starts, targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_petgraph_and_orders_components() {
        let mut state = 7_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        for round in 0..300 {
            let nodes = 1 + random(12) as u32;
            let arcs: Vec<(u32, u32)> = (0..random(20))
                .map(|_| (random(nodes.into()) as u32, random(nodes.into()) as u32))
                .collect();
            let (starts, targets) = adjacency(nodes as usize, &arcs);
            let mut graph = petgraph::graph::DiGraph::<(), ()>::new();
            let ids: Vec<_> = (0..nodes).map(|_| graph.add_node(())).collect();
            for (a, b) in &arcs {
                graph.add_edge(ids[*a as usize], ids[*b as usize], ());
            }
            let mut expected: Vec<Vec<usize>> = petgraph::algo::kosaraju_scc(&graph)
                .into_iter()
                .map(|c| {
                    let mut c: Vec<usize> = c.into_iter().map(|n| n.index()).collect();
                    c.sort_unstable();
                    c
                })
                .collect();
            expected.sort();
            let found = components(&starts, &targets);
            let mut place = vec![0; nodes as usize];
            let mut got: Vec<Vec<usize>> = Vec::new();
            for (at, members) in found.iter().enumerate() {
                let mut sorted: Vec<usize> = members.iter().map(|m| *m as usize).collect();
                sorted.sort_unstable();
                for m in &sorted {
                    place[*m] = at;
                }
                got.push(sorted);
            }
            got.sort();
            assert_eq!(got, expected, "round {round}");
            assert!(arcs.iter().all(|(a, b)| place[*b as usize] <= place[*a as usize]));
        }
    }

    #[test]
    fn a_cycle_of_a_million_needs_no_call_stack() {
        let nodes = 1_000_000;
        let arcs: Vec<(u32, u32)> = (0..nodes).map(|i| (i, (i + 1) % nodes)).collect();
        let (starts, targets) = adjacency(nodes as usize, &arcs);
        assert_eq!(components(&starts, &targets).iter().next().map(<[u32]>::len), Some(1_000_000));
    }
}
