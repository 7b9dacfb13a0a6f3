//! A layered network: who passed goods to whom, left to right.

use maud::{Markup, html};
use serde::Serialize;

use super::{fitted, label, linked, num};
use crate::lang::Lang;
use crate::layout::{Layout, layered};
use crate::page::Figure;
use crate::text;

/// Width and height of a node, and the distance between layers.
const CARD: (f64, f64) = (186.0, 42.0);
const PITCH: f64 = 252.0;
const HEAD: f64 = 30.0;
const GAP: f64 = 14.0;
/// Wider ones are printed across the page.
const WIDE: f64 = 1000.0;

/// One node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Node {
    /// First line.
    pub label: String,
    /// Second line.
    pub detail: String,
    /// Everything, for whoever points at it.
    pub title: String,
    /// Its layer.
    pub layer: usize,
    /// Whether it is where the trace starts.
    pub seed: bool,
    /// Whether nothing certain reaches it.
    pub possible: bool,
    /// The id of the place on the page that says more; empty for none.
    pub more: String,
}

/// One link.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Edge {
    /// Index of the node it leaves.
    pub from: usize,
    /// Index of the node it reaches.
    pub to: usize,
    /// How much it carries, from 0 to 1 of the most that any carries.
    pub weight: f64,
    /// Whether it is only possible.
    pub possible: bool,
    /// Everything, for whoever points at it.
    pub title: String,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Network {
    /// What it shows.
    pub caption: String,
    /// The name of each layer.
    pub layers: Vec<String>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The links.
    pub edges: Vec<Edge>,
}

impl Network {
    /// Draws it. O(sweeps x size log size): see [`crate::layout`].
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let layer: Vec<usize> = self.nodes.iter().map(|node| node.layer).collect();
        let links: Vec<(usize, usize)> = self.edges.iter().map(|e| (e.from, e.to)).collect();
        let found = layered(&layer, &links, &vec![CARD.1; layer.len()], GAP);
        let depth = layer.iter().max().map_or(0, |most| most + 1);
        let width = depth.max(1) as f64 * PITCH - (PITCH - CARD.0) + 4.0;
        let height = HEAD + found.extent + GAP;
        let what = lang.pick(
            "Goods flow from left to right. The tables below say the same in words.",
            "货物自左向右流动，下方表格有相同内容。",
        );
        let body = html! {
            @for (at, name) in self.layers.iter().enumerate() {
                (label(2.0 + at as f64 * PITCH + CARD.0 / 2.0, 16.0, "s m", name))
            }
            g { @for (edge, bends) in self.edges.iter().zip(&found.bends) { (self.edge(&found, edge, bends)) } }
            @for (node, at) in self.nodes.iter().zip(&found.at) { (card(node, *at)) }
        };
        Figure {
            svg: linked((width, height), &self.caption, what, &body),
            caption: self.caption.clone(),
            wide: width > WIDE,
            legend: vec![
                ("", lang.pick("certain; wider for more goods", "确定（越宽数量越大）").to_owned()),
                ("dash", lang.pick("possible only", "仅为可能").to_owned()),
                ("box", lang.pick("where the recall starts", "召回起点").to_owned()),
            ],
        }
    }

    fn edge(&self, found: &Layout, edge: &Edge, bends: &[f64]) -> Markup {
        let place = |at: usize| {
            let layer = self.nodes.get(at).map_or(0, |node| node.layer);
            (2.0 + layer as f64 * PITCH, HEAD + found.at.get(at).copied().unwrap_or_default())
        };
        let (from, to) = (place(edge.from), place(edge.to));
        let forward = to.0 > from.0;
        let (mut x, mut y) = if to.0 >= from.0 { (from.0 + CARD.0, from.1) } else { from };
        let end = if forward { (to.0 - 5.0, to.1) } else { (to.0 + CARD.0 + 5.0, to.1) };
        let mut path = format!("M{} {}", num(x), num(y));
        for (step, bend) in bends.iter().enumerate() {
            // A bend is passed straight, as wide as the nodes beside it.
            let next = (from.0 + (step + 1) as f64 * PITCH, HEAD + bend);
            curve(&mut path, (x, y), next);
            (x, y) = (next.0 + CARD.0, next.1);
            path.push_str(&format!("H{}", num(x)));
        }
        if from.0 == to.0 {
            let reach = x + 40.0;
            path.push_str(&format!(
                "C{0} {1} {0} {2} {3} {2}",
                num(reach),
                num(y),
                num(end.1),
                num(end.0)
            ));
        } else if forward {
            curve(&mut path, (x, y), end);
        } else {
            path.push_str(&format!(
                "C{} {} {} {} {} {}",
                num(x - 50.0),
                num(y),
                num(end.0 + 50.0),
                num(end.1),
                num(end.0),
                num(end.1)
            ));
        }
        let width = 1.5 + 5.5 * edge.weight.clamp(0.0, 1.0);
        let tip = if forward { 6.0 } else { -6.0 };
        let class = if edge.possible { "c2" } else { "c1" };
        html! {
            path.link.maybe[edge.possible] d=(path) stroke-width=(num(width)) {
                title { (edge.title) }
            }
            path class=(class) d={ "M" (num(end.0 + tip)) " " (num(end.1)) "l" (num(-1.5 * tip)) " -4.5v9z" } {}
        }
    }
}

fn curve(path: &mut String, from: (f64, f64), to: (f64, f64)) {
    let middle = f64::midpoint(from.0, to.0);
    path.push_str(&format!(
        "C{0} {1} {0} {2} {3} {2}",
        num(middle),
        num(from.1),
        num(to.1),
        num(to.0)
    ));
}

fn card(node: &Node, at: f64) -> Markup {
    let (x, y) = (2.0 + node.layer as f64 * PITCH, HEAD + at - CARD.1 / 2.0);
    let class = match (node.seed, node.possible) {
        (true, _) => "card seed",
        (false, true) => "card may",
        (false, false) => "card",
    };
    let body = html! {
        title { (text::clean(&node.title)) }
        rect x=(num(x)) y=(num(y)) width=(num(CARD.0)) height=(num(CARD.1)) rx="5" class=(class) {}
        text x=(num(x + 8.0)) y=(num(y + 18.0)) class="b" {
            tspan direction="ltr" unicode-bidi="isolate" { (text::fit(&node.label, (CARD.0 - 14.0) / 1.08)) }
        }
        (fitted(x + 8.0, y + 34.0, "s", &node.detail, (CARD.0 - 12.0) * 13.0 / 12.0))
    };
    if node.more.is_empty() {
        html! { g { (body) } }
    } else {
        html! { a href={ "#" (node.more) } { (body) } }
    }
}
