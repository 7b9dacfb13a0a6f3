//! Spatially balanced draws: the local pivotal method (Grafström, Lundström, Schelin 2012), its
//! second variant, in whole numbers.

use super::super::error::{SamplingError, Subject};
use super::random::Stream;
use super::targets::Targets;

/// Draws so that near units are seldom drawn together: a random unit and its nearest neighbour
/// fight for their joint probability until one of them is drawn or out, again and again.
///
/// Places are whole numbers in a plane, such as metres; ties of distance go to the unit that comes
/// first. Probabilities are whole parts of one denominator throughout, so each is exactly its
/// target. O(n log n) expected for n units spread at all evenly.
///
/// # Errors
/// [`SamplingError::Length`]; [`SamplingError::Value`] for a place beyond [`FARTHEST`];
/// [`SamplingError::TooLarge`] above 2^31 units.
pub fn local_pivotal(
    targets: &Targets,
    places: &[(i32, i32)],
    stream: &mut Stream,
) -> Result<Vec<usize>, SamplingError> {
    super::super::allocation::check_length("places", places.len(), targets.len())?;
    if targets.len() > u32::MAX as usize / 2 {
        let limit = u64::from(u32::MAX / 2);
        return Err(SamplingError::TooLarge { what: "the units of a stratum", limit });
    }
    for (at, place) in places.iter().enumerate() {
        if !is_near(*place) {
            return Err(too_far(*place, Subject::Named(format!("unit {}", at + 1))));
        }
    }
    let whole = targets.whole();
    let mut drawn = targets.certain();
    let open = targets.open();
    let mut parts: Vec<u64> = open.iter().map(|unit| targets.parts()[*unit]).collect();
    let spots: Vec<(i32, i32)> = open.iter().map(|unit| places[*unit]).collect();
    let mut tree = Tree::new(&spots);
    let mut left: Vec<u32> = (0..open.len() as u32).collect();
    let mut place_of: Vec<u32> = left.clone();
    while let Some(one) = choose(&left, stream) {
        let Some(two) = tree.nearest(one) else {
            // Parts add up to wholes, so none is ever left alone.
            break;
        };
        let (a, b) = (parts[one as usize], parts[two as usize]);
        let sum = a + b;
        // The loser is out, or, above the whole, the winner is drawn; the other keeps the rest.
        let (settled, kept, rest) = if sum < whole {
            let first_wins = stream.below(sum) < a;
            if first_wins { (two, one, sum) } else { (one, two, sum) }
        } else {
            let first_drawn = stream.below(2 * whole - sum) < whole - b;
            if first_drawn { (one, two, sum - whole) } else { (two, one, sum - whole) }
        };
        if sum >= whole {
            drawn.push(open[settled as usize]);
        }
        parts[kept as usize] = rest;
        let mut gone = vec![settled];
        if rest == 0 {
            gone.push(kept);
        }
        for unit in gone {
            tree.remove(unit);
            let at = place_of[unit as usize] as usize;
            left.swap_remove(at);
            if let Some(moved) = left.get(at) {
                place_of[*moved as usize] = at as u32;
            }
        }
    }
    drawn.sort_unstable();
    Ok(drawn)
}

fn choose(left: &[u32], stream: &mut Stream) -> Option<u32> {
    if left.is_empty() {
        return None;
    }
    left.get(stream.below(left.len() as u64) as usize).copied()
}

/// Units a leaf holds at first.
const LEAF: usize = 6;

/// A tree over points in a plane that finds the nearest other point and forgets points: halves by
/// the wider side (Bentley 1975), with the box of each part and how many points it still holds.
struct Tree {
    nodes: Vec<Node>,
    points: Vec<Point>,
    /// Where each unit stands in `points`.
    at: Vec<u32>,
    leaf_of: Vec<u32>,
    stack: Vec<(u64, u32)>,
}

#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: i32,
    unit: u32,
}

struct Node {
    low: (i32, i32),
    high: (i32, i32),
    parent: u32,
    /// Points still there.
    count: u32,
    /// The left child; the right one follows it. A leaf has none, and its points from `start`.
    children: Option<u32>,
    start: u32,
}

impl Tree {
    fn new(places: &[(i32, i32)]) -> Self {
        let points: Vec<Point> = places
            .iter()
            .enumerate()
            .map(|(unit, (x, y))| Point { x: *x, y: *y, unit: unit as u32 })
            .collect();
        let mut tree = Self {
            nodes: Vec::with_capacity(places.len() / 2 + 1),
            at: vec![0; points.len()],
            leaf_of: vec![0; points.len()],
            points,
            stack: Vec::new(),
        };
        tree.build();
        tree
    }

    fn build(&mut self) {
        let end = self.points.len();
        self.nodes.push(Self::node(&self.points, 0, 0));
        let mut open = vec![(0_usize, 0_usize, end)];
        while let Some((node, start, end)) = open.pop() {
            let part = &mut self.points[start..end];
            if part.len() <= LEAF {
                for (offset, point) in part.iter().enumerate() {
                    self.at[point.unit as usize] = (start + offset) as u32;
                    self.leaf_of[point.unit as usize] = node as u32;
                }
                continue;
            }
            let Node { low, high, .. } = self.nodes[node];
            let wide = i64::from(high.0) - i64::from(low.0);
            let tall = i64::from(high.1) - i64::from(low.1);
            let half = part.len() / 2;
            if wide >= tall {
                part.select_nth_unstable_by_key(half, |point| (point.x, point.unit));
            } else {
                part.select_nth_unstable_by_key(half, |point| (point.y, point.unit));
            }
            let left = self.nodes.len();
            self.nodes[node].children = Some(left as u32);
            let middle = start + half;
            for (start, end) in [(start, middle), (middle, end)] {
                self.nodes.push(Self::node(&self.points[start..end], start, node));
            }
            open.push((left, start, middle));
            open.push((left + 1, middle, end));
        }
    }

    fn node(part: &[Point], start: usize, parent: usize) -> Node {
        let mut node = Node {
            low: (i32::MAX, i32::MAX),
            high: (i32::MIN, i32::MIN),
            parent: parent as u32,
            count: part.len() as u32,
            children: None,
            start: start as u32,
        };
        for point in part {
            node.low = (node.low.0.min(point.x), node.low.1.min(point.y));
            node.high = (node.high.0.max(point.x), node.high.1.max(point.y));
        }
        node
    }

    /// Forgets a unit. O(depth).
    fn remove(&mut self, unit: u32) {
        let leaf = self.leaf_of[unit as usize];
        let (at, node) = (self.at[unit as usize] as usize, &self.nodes[leaf as usize]);
        let last = (node.start + node.count - 1) as usize;
        self.points.swap(at, last);
        self.at[self.points[at].unit as usize] = at as u32;
        self.at[unit as usize] = last as u32;
        let mut node = leaf;
        loop {
            self.nodes[node as usize].count -= 1;
            if node == 0 {
                break;
            }
            node = self.nodes[node as usize].parent;
        }
    }

    /// The nearest other unit that is still there; the first of those equally near. From the unit's
    /// own leaf up, so that most of the tree is passed over by one look at each side on the way.
    fn nearest(&mut self, unit: u32) -> Option<u32> {
        let own = self.points[self.at[unit as usize] as usize];
        let mut best = (u64::MAX, u32::MAX);
        let mut stack = std::mem::take(&mut self.stack);
        let mut node = self.leaf_of[unit as usize];
        self.look(node, own, &mut best);
        while node != 0 {
            // Children lie side by side, the left one at an odd place.
            let other = if node % 2 == 1 { node + 1 } else { node - 1 };
            self.look_below(other, own, &mut best, &mut stack);
            node = self.nodes[node as usize].parent;
        }
        self.stack = stack;
        (best.1 != u32::MAX).then_some(best.1)
    }

    /// The points of a leaf.
    fn look(&self, leaf: u32, own: Point, best: &mut (u64, u32)) {
        let node = &self.nodes[leaf as usize];
        let start = node.start as usize;
        for point in &self.points[start..start + node.count as usize] {
            let found = (square(own.x, point.x) + square(own.y, point.y), point.unit);
            if found < *best && point.unit != own.unit {
                *best = found;
            }
        }
    }

    /// All points below a node that may be as near as the best so far, the nearer side first.
    fn look_below(
        &self,
        node: u32,
        own: Point,
        best: &mut (u64, u32),
        stack: &mut Vec<(u64, u32)>,
    ) {
        let push = |index: u32, best: &(u64, u32), stack: &mut Vec<(u64, u32)>| {
            let node = &self.nodes[index as usize];
            if node.count > 0 {
                let distance = to_box(own, node);
                if distance <= best.0 {
                    stack.push((distance, index));
                }
            }
        };
        push(node, best, stack);
        while let Some((distance, index)) = stack.pop() {
            if distance > best.0 {
                continue;
            }
            match self.nodes[index as usize].children {
                None => self.look(index, own, best),
                Some(left) => {
                    let pushed = stack.len();
                    push(left, best, stack);
                    push(left + 1, best, stack);
                    if stack.len() == pushed + 2 && stack[pushed].0 < stack[pushed + 1].0 {
                        stack.swap(pushed, pushed + 1);
                    }
                }
            }
        }
    }
}

/// The square of a difference; two of them stay below 2^64 as places are at most 2^30 from zero.
fn square(a: i32, b: i32) -> u64 {
    let off = i64::from(a).abs_diff(i64::from(b));
    off * off
}

/// The squared distance of a point from a box.
fn to_box(point: Point, node: &Node) -> u64 {
    let x = point.x.clamp(node.low.0, node.high.0);
    let y = point.y.clamp(node.low.1, node.high.1);
    square(point.x, x) + square(point.y, y)
}

/// The farthest from zero a place may lie.
pub const FARTHEST: i32 = 1 << 30;

/// Checks that a place lies within [`FARTHEST`].
pub(crate) fn check_place(place: (i32, i32), code: &str) -> Result<(), SamplingError> {
    if is_near(place) { Ok(()) } else { Err(too_far(place, Subject::from(code))) }
}

fn is_near((x, y): (i32, i32)) -> bool {
    x.unsigned_abs().max(y.unsigned_abs()) <= FARTHEST.unsigned_abs()
}

fn too_far((x, y): (i32, i32), subject: Subject) -> SamplingError {
    SamplingError::value("the place", subject, format!("{x},{y}"), "within 2^30 of zero")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::random::Seed;
    use super::*;

    proptest! {
        #[test]
        fn the_tree_finds_what_looking_at_all_finds(
            places in prop::collection::vec((-20..20_i32, -5..5_i32), 1..80),
            gone in prop::collection::vec(0_usize..80, 0..60),
        ) {
            let mut tree = Tree::new(&places);
            let mut there = vec![true; places.len()];
            for unit in gone {
                if unit < places.len() && there[unit] {
                    there[unit] = false;
                    tree.remove(unit as u32);
                }
                for unit in (0..places.len()).filter(|unit| there[*unit]) {
                    let far = |other: &usize| {
                        let (a, b) = (places[unit], places[*other]);
                        square(a.0, b.0) + square(a.1, b.1)
                    };
                    let expected = (0..places.len())
                        .filter(|other| there[*other] && *other != unit)
                        .min_by_key(|other| (far(other), *other));
                    prop_assert_eq!(tree.nearest(unit as u32), expected.map(|u| u as u32));
                }
            }
        }

        #[test]
        fn the_quota_is_met(
            sizes in prop::collection::vec(0_u64..9, 1..60),
            part in 0.0..=1.0_f64,
            seed: [u8; 32],
        ) {
            let positive = sizes.iter().filter(|s| **s > 0).count();
            let quota = (positive as f64 * part) as u64;
            let targets = Targets::of_sizes(&sizes, quota).unwrap();
            let places: Vec<_> = (0..sizes.len() as i32).map(|i| (i * 37 % 11, i * 17 % 7)).collect();
            let mut stream = Stream::new(Seed::from_bytes(seed));
            let drawn = local_pivotal(&targets, &places, &mut stream).unwrap();
            prop_assert_eq!(drawn.len() as u64, quota);
            prop_assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(targets.certain().iter().all(|unit| drawn.contains(unit)));
        }
    }

    #[test]
    fn far_places_are_refused() {
        assert!(check_place((FARTHEST, -FARTHEST), "A").is_ok());
        assert!(check_place((i32::MIN, 0), "A").unwrap_err().to_string().contains("\"A\""));
    }
}
