//! Nearest common ancestors in a growing forest.

use super::flow::NONE;
use crate::fetch::fetch;

#[derive(Clone, Copy)]
struct Up {
    parent: u32,
    /// An ancestor some way up; the root itself for a root.
    jump: u32,
    depth: u32,
    root: u32,
}

/// Jump pointers of lengths that depend on the depth alone (Myers 1983).
pub(super) struct Ancestors {
    up: Vec<Up>,
}

impl Ancestors {
    /// Room for this many nodes, none of them settled.
    pub(super) fn new(nodes: usize) -> Self {
        Self { up: Vec::with_capacity(nodes) }
    }

    /// Puts the next node below its parent, or among the roots.
    pub(super) fn settle(&mut self, parent: u32) {
        let node = self.up.len() as u32;
        self.up.push(if parent == NONE {
            Up { parent, jump: node, depth: 0, root: node }
        } else {
            let above = self.up[parent as usize];
            let far = self.up[above.jump as usize];
            let farther = self.up[far.jump as usize];
            let equal = above.depth - far.depth == far.depth - farther.depth;
            let jump = if equal { far.jump } else { parent };
            Up { parent, jump, depth: above.depth + 1, root: above.root }
        });
    }

    /// The nearest common ancestor, or `NONE`. O(log n).
    pub(super) fn meet(&self, mut a: u32, mut b: u32) -> u32 {
        let up = |node: u32| &self.up[node as usize];
        if up(a).root != up(b).root {
            return NONE;
        }
        if up(a).depth < up(b).depth {
            std::mem::swap(&mut a, &mut b);
        }
        let goal = up(b).depth;
        while up(a).depth > goal {
            let jump = up(a).jump;
            a = if up(jump).depth >= goal { jump } else { up(a).parent };
        }
        while a != b {
            // Equal depths have jumps of equal length.
            (a, b) = if up(a).jump == up(b).jump {
                (up(a).parent, up(b).parent)
            } else {
                (up(a).jump, up(b).jump)
            };
        }
        a
    }

    /// Asks for what [`Ancestors::meet`] reads first of a node, if there is such a node.
    #[inline(always)]
    pub(super) fn fetch(&self, node: u32) {
        fetch(&self.up, node as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meets_are_those_of_walking_up() {
        let mut state = 3_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % below) as u32
        };
        for round in 0..60 {
            let nodes = 1 + random(60);
            let mut all = Ancestors::new(nodes as usize);
            let mut parents = Vec::new();
            for node in 0..nodes {
                // Long chains in some rounds, bushes in others.
                let near = if round % 2 == 0 { 3 } else { 60 };
                let parent = match random(12) {
                    0 => NONE,
                    _ if node == 0 => NONE,
                    _ => node - 1 - random(near.min(node).into()),
                };
                all.settle(parent);
                parents.push(parent);
            }
            let walk = |node: u32| {
                std::iter::successors(Some(node), |node| {
                    let parent = parents[*node as usize];
                    (parent != NONE).then_some(parent)
                })
            };
            for a in 0..nodes {
                for b in 0..nodes {
                    let met = walk(a).find(|node| walk(b).any(|other| other == *node));
                    assert_eq!(all.meet(a, b), met.unwrap_or(NONE), "{a} {b} {parents:?}");
                }
            }
        }
    }
}
