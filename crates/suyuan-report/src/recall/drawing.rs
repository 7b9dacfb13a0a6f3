//! What the page of a recall draws: the network from farm to table.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use suyuan_core::time::Minute;

use super::sheets::shown;
use super::{Link, Operator, RecallReport};
use crate::chart::network::{Edge, Network, Node};
use crate::lang::Lang;
use crate::page::Section;
use crate::text::{self, quantities};

/// The most operators that are drawn, and listed, one by one.
const DRAWN: usize = 150;
/// The most groups that are drawn.
const GROUPS: usize = 60;
/// The most layers before stages are taken for layers.
const LAYERS: usize = 12;

/// How operators are put together where there are too many to draw.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Level {
    Operator,
    Region,
    Upper,
    Stage,
}

/// Operators that are drawn as one.
#[derive(Default)]
pub(super) struct Drawn {
    /// Their indices.
    pub(super) members: Vec<usize>,
    pub(super) label: String,
    stage: usize,
}

impl RecallReport {
    /// What is drawn: operators, or the finest groups that are few enough.
    pub(super) fn drawn(&self, lang: Lang) -> (Level, Vec<Drawn>) {
        if self.operators.len() <= DRAWN {
            let one = |(at, operator): (usize, &Operator)| Drawn {
                members: vec![at],
                label: shown(operator).to_owned(),
                stage: text::stage_rank(operator.stage),
            };
            return (Level::Operator, self.operators.iter().enumerate().map(one).collect());
        }
        let mut groups = Vec::new();
        for level in [Level::Region, Level::Upper, Level::Stage] {
            let mut found: BTreeMap<_, Drawn> = BTreeMap::new();
            for (at, operator) in self.operators.iter().enumerate() {
                let region = match level {
                    Level::Upper => &operator.upper_region,
                    Level::Stage => "",
                    _ => operator.region_name.as_str(),
                };
                let stage = text::stage_rank(operator.stage);
                let drawn = found.entry((stage, operator.stage, region)).or_default();
                drawn.stage = stage;
                if drawn.members.is_empty() {
                    drawn.label =
                        format!("{} {region}", lang.stage(operator.stage)).trim_end().to_owned();
                }
                drawn.members.push(at);
            }
            groups = found.into_values().collect();
            if groups.len() <= GROUPS {
                return (level, groups);
            }
        }
        (Level::Stage, groups)
    }

    /// A section with the network.
    pub(super) fn draw_into(
        &self,
        mut section: Section,
        lang: Lang,
        level: Level,
        drawn: &[Drawn],
    ) -> Section {
        let network = self.network(lang, level, drawn);
        if level != Level::Operator {
            section = section.text(&match lang {
                Lang::En => format!(
                    "{} operators are drawn as {} groups by stage and region; choose one to open its list.",
                    text::count(self.totals.operators), drawn.len()
                ),
                Lang::Zh => format!(
                    "{}家主体按环节和区划合并为{}组，点击任一组可展开名单。",
                    text::count(self.totals.operators), drawn.len()
                ),
            });
        }
        section.figure(network.figure(lang))
    }

    fn network(&self, lang: Lang, level: Level, drawn: &[Drawn]) -> Network {
        let mut node_of = vec![0; self.operators.len()];
        for (node, group) in drawn.iter().enumerate() {
            for at in &group.members {
                if let Some(node_of) = node_of.get_mut(*at) {
                    *node_of = node;
                }
            }
        }
        let of = |at: usize| node_of.get(at).copied().unwrap_or_default();
        let mut edges: BTreeMap<(usize, usize), Link> = BTreeMap::new();
        for link in &self.links {
            let (from, to) = (of(link.from), of(link.to));
            if from != to {
                let sum = edges
                    .entry((from, to))
                    .or_insert_with(|| Link { possible: true, ..Link::default() });
                sum.records += link.records;
                sum.possible &= link.possible;
                sum.first = [sum.first, link.first].into_iter().flatten().min();
                sum.last = sum.last.max(link.last);
                for (unit, quantity) in &link.quantity {
                    *sum.quantity.entry(unit.clone()).or_default() += *quantity;
                }
            }
        }
        let mut most: BTreeMap<&str, Decimal> = BTreeMap::new();
        for (unit, quantity) in edges.values().flat_map(|link| &link.quantity) {
            let most = most.entry(unit).or_default();
            *most = (*most).max(*quantity);
        }
        let (layer, layers) = self.layers(lang, level, drawn, &edges);
        let nodes = drawn.iter().enumerate().map(|(at, group)| {
            self.node(lang, level, at, group, layer.get(at).copied().unwrap_or_default())
        });
        let name = |at: usize| drawn.get(at).map_or("", |group| &group.label);
        let edges = edges.iter().map(|((from, to), link)| Edge {
            from: *from,
            to: *to,
            weight: weight(link, &most),
            possible: link.possible,
            title: format!(
                "{} → {}: {}, {}, {} – {}",
                text::clean(name(*from)),
                text::clean(name(*to)),
                lang.things(link.records, ["record", "records"], "条记录"),
                if link.quantity.is_empty() {
                    lang.pick("unknown quantity", "数量不明").to_owned()
                } else {
                    quantities(&link.quantity)
                },
                text::minute(link.first, lang),
                text::until(link.last, lang)
            ),
        });
        Network {
            caption: lang
                .pick("The recall scope, from farm to table", "召回范围：从农田到餐桌")
                .to_owned(),
            layers,
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    }

    fn node(&self, lang: Lang, level: Level, at: usize, group: &Drawn, layer: usize) -> Node {
        let members = || group.members.iter().filter_map(|at| self.operators.get(*at));
        let seed = members().any(|operator| operator.source);
        let possible = members().all(|operator| operator.sums.recorded == 0);
        match members().next() {
            Some(operator) if level == Level::Operator => Node {
                label: group.label.clone(),
                detail: format!("{} · {}", lang.stage(operator.stage), day(operator.since, lang)),
                title: format!(
                    "{} {}: {}, {}; {}; {} {}",
                    operator.code,
                    operator.name,
                    lang.stage(operator.stage),
                    operator.region_name,
                    lang.things(operator.sums.stocks, ["stock", "stocks"], "份存货"),
                    lang.pick("since", "起始"),
                    text::minute(operator.since, lang)
                ),
                layer,
                seed,
                possible,
                more: format!("o{at}"),
            },
            _ => {
                let since = members().filter_map(|operator| operator.since).min();
                let members = group.members.len() as u64;
                Node {
                    label: group.label.clone(),
                    detail: format!(
                        "{} · {}",
                        lang.things(members, ["op", "ops"], "家"),
                        day(since, lang)
                    ),
                    title: format!(
                        "{}: {}",
                        group.label,
                        lang.things(members, ["operator", "operators"], "家主体")
                    ),
                    layer,
                    seed,
                    possible,
                    more: format!("g{at}"),
                }
            }
        }
    }

    /// The layer of every node and the name of every layer: by the flow, so that links lead to
    /// later layers where dates allow, or by stage where that makes too many layers.
    fn layers(
        &self,
        lang: Lang,
        level: Level,
        drawn: &[Drawn],
        edges: &BTreeMap<(usize, usize), Link>,
    ) -> (Vec<usize>, Vec<String>) {
        if level == Level::Operator {
            let mut order: Vec<(i32, usize, usize)> = drawn
                .iter()
                .enumerate()
                .map(|(at, group)| {
                    let operator = group.members.first().and_then(|at| self.operators.get(*at));
                    let since = operator.and_then(|operator| operator.since);
                    (since.map_or(i32::MAX, Minute::minutes), group.stage, at)
                })
                .collect();
            order.sort_unstable();
            let mut rank = vec![0; drawn.len()];
            for (place, (.., at)) in order.iter().enumerate() {
                if let Some(rank) = rank.get_mut(*at) {
                    *rank = place;
                }
            }
            let place = |at: usize| rank.get(at).copied().unwrap_or_default();
            let mut sorted: Vec<(usize, usize)> =
                edges.keys().copied().filter(|(from, to)| place(*from) < place(*to)).collect();
            sorted.sort_unstable_by_key(|(from, _)| place(*from));
            let mut layer = vec![0_usize; drawn.len()];
            for (from, to) in sorted {
                let next = layer.get(from).map_or(0, |layer| layer + 1);
                if let Some(layer) = layer.get_mut(to) {
                    *layer = next.max(*layer);
                }
            }
            let count = layer.iter().max().map_or(0, |most| most + 1);
            if count <= LAYERS {
                return (layer, Vec::new());
            }
        }
        let mut used: Vec<usize> = drawn.iter().map(|group| group.stage).collect();
        used.sort_unstable();
        used.dedup();
        let at = |stage: usize| used.binary_search(&stage).unwrap_or_default();
        let name = |stage: &usize| match stage {
            0 => lang.pick("grown, imported", "种养殖、进口"),
            1 => lang.pick("made", "屠宰、加工"),
            2 => lang.pick("stored", "仓储"),
            3 => lang.pick("wholesale", "批发"),
            4 => lang.pick("sold", "零售、网络"),
            5 => lang.pick("served", "餐饮、食堂"),
            _ => lang.pick("other", "其他"),
        };
        let names = used.iter().map(|stage| name(stage).to_owned()).collect();
        (drawn.iter().map(|group| at(group.stage)).collect(), names)
    }
}

fn day(at: Option<Minute>, lang: Lang) -> String {
    match at.and_then(Minute::date) {
        Some(day) => day.to_string(),
        None => lang.unknown().to_owned(),
    }
}

/// How much a link carries of the most that any does, by the unit in which it carries most.
fn weight(link: &Link, most: &BTreeMap<&str, Decimal>) -> f64 {
    use rust_decimal::prelude::ToPrimitive;
    let part = |(unit, quantity): (&String, &Decimal)| {
        let most = most.get(unit.as_str()).copied().unwrap_or_default();
        let part = quantity.checked_div(most).unwrap_or_default();
        part.to_f64().unwrap_or_default()
    };
    // Area, not width, is what the eye compares; the root keeps small links visible.
    link.quantity.iter().map(part).fold(0.0, f64::max).max(0.0).sqrt()
}
