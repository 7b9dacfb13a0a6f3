//! The page of a trace-back: what several failing things have in common, and all that lies
//! upstream of them.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::trace::{Target, TraceOptions, trace_back};
//! use suyuan_report::{Lang, back::TraceBackReport, records::Records};
//! let mut builder = ChainBuilder::new();
//! let shipment = Shipment {
//!     code: "W1".into(), batch: "B".into(), from: "FARM".into(), to: "SHOP".into(),
//!     ..Shipment::default()
//! };
//! builder.add_shipment(&shipment, Source::NONE)?;
//! let chain = builder.build()?.chain;
//! let options = TraceOptions::default();
//! let found = trace_back(&chain, &[Target::stock(&chain, "B@SHOP")?], &options)?;
//! let report = TraceBackReport::new(&chain, &["B@SHOP".to_owned()], &options, &found, Records::default());
//! assert_eq!(report.stocks.len(), 2);
//! assert!(report.page(Lang::En).render().contains("FARM"));
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use suyuan_core::chain::SupplyChain;
use suyuan_core::id::{OperatorId, StockId};
use suyuan_core::model::Stage;
use suyuan_core::time::Minute;
use suyuan_core::trace::{Certainty, TraceBack, TraceOptions};

use crate::chart::network::{Edge, Network, Node};
use crate::lang::Lang;
use crate::page::{Page, Section};
use crate::recall::Step;
use crate::recall::build::product;
use crate::recall::steps;
use crate::records::Records;
use crate::table::{Cell, Column, Table};
use crate::text;

/// The most operators that are drawn.
const DRAWN: usize = 120;
/// How many common sources stand in the summary; the others open on demand.
const FIRST: usize = 25;
/// The most rows of a table on the page; files hold all.
const LISTED: usize = 3000;

/// A stock upstream.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Upstream {
    /// Batch code, with product and producer where several lots share it.
    pub batch: String,
    /// Name of its product.
    pub product: String,
    /// Index of its operator.
    pub operator: usize,
    /// Latest minute at which goods that ended in a target can have left it; null when unbounded.
    pub until: Option<Minute>,
    /// How certain that is.
    pub certainty: Certainty,
    /// Steps to a target.
    pub hops: u32,
    /// How many targets it reaches.
    pub reaches_targets: u32,
    /// Whether it is a target's own stock.
    pub target: bool,
    /// The step towards a target; null for a target's own stock. Its `from` is the index of the
    /// stock that it leads to.
    pub step: Option<Step>,
}

/// An operator upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Holder {
    /// Its code.
    pub code: String,
    /// Its name; empty without a row.
    pub name: String,
    /// Its stage.
    pub stage: Option<Stage>,
    /// Stocks upstream.
    pub stocks: u64,
    /// The most targets that one of its stocks reaches.
    pub reaches_targets: u32,
}

/// Everything that the page of a trace-back shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TraceBackReport {
    /// The targets as they were named.
    pub targets: Vec<String>,
    /// The minute it is asked as of; null for all records.
    pub as_of: Option<Minute>,
    /// Batches upstream, the targets' own included.
    pub batches: u64,
    /// Operators upstream, by code.
    pub operators: Vec<Holder>,
    /// Stocks upstream, by operator and batch code.
    pub stocks: Vec<Upstream>,
    /// Indices of the stocks that reach two targets or more, most first.
    pub common: Vec<usize>,
    /// What the records behind it lack.
    #[serde(skip_serializing_if = "Records::is_unknown")]
    pub records: Records,
}

impl TraceBackReport {
    /// What a page shows of a trace-back; `names` are the targets as a person calls them.
    #[must_use]
    pub fn new(
        chain: &SupplyChain,
        names: &[String],
        options: &TraceOptions,
        found: &TraceBack,
        records: Records,
    ) -> Self {
        let place: HashMap<StockId, usize> =
            found.upstream.iter().enumerate().map(|(at, row)| (row.traced.stock, at)).collect();
        let own: BTreeSet<StockId> = found.targets.iter().map(|(stock, _)| *stock).collect();
        let mut operators: Vec<Holder> = Vec::new();
        let mut operator_at: HashMap<OperatorId, usize> = HashMap::new();
        let mut batches = BTreeSet::new();
        let stocks = found.upstream.iter().map(|row| {
            let (batch, id) = chain.stock(row.traced.stock);
            batches.insert(batch);
            let at = *operator_at.entry(id).or_insert_with(|| {
                let view = chain.operator(id);
                operators.push(Holder {
                    code: view.code.to_owned(),
                    name: view.name.to_owned(),
                    stage: view.stage,
                    ..Holder::default()
                });
                operators.len() - 1
            });
            if let Some(operator) = operators.get_mut(at) {
                operator.stocks += 1;
                operator.reaches_targets = operator.reaches_targets.max(row.reaches_targets);
            }
            Upstream {
                batch: chain.batch_label(batch),
                product: product(chain, batch),
                operator: at,
                until: row.traced.minute.is_bounded().then_some(row.traced.minute),
                certainty: row.traced.certainty,
                hops: row.traced.hops,
                reaches_targets: row.reaches_targets,
                target: own.contains(&row.traced.stock),
                step: steps::step(chain, &row.traced, &place),
            }
        });
        let stocks = stocks.collect();
        let common = found.common.iter().filter_map(|row| place.get(&row.traced.stock).copied());
        Self {
            targets: names.to_vec(),
            as_of: options.as_of.is_bounded().then_some(options.as_of),
            batches: batches.len() as u64,
            common: common.collect(),
            operators,
            stocks,
            records,
        }
    }

    /// The page.
    #[must_use]
    pub fn page(&self, lang: Lang) -> Page {
        let title = match self.targets.as_slice() {
            [one] => format!("{}{one}", lang.pick("Trace-back of ", "溯源：")),
            all => format!(
                "{}{}{}",
                lang.pick("Trace-back of ", "溯源："),
                all.len(),
                lang.pick(" targets", "个目标")
            ),
        };
        let counts = [self.stocks.len() as u64, self.operators.len() as u64, self.batches];
        let [stocks, operators, batches] = counts.map(text::count);
        let lead = match lang {
            Lang::En => format!(
                "{} of {} at {} can have fed the targets, their own included.",
                text::things(counts[0], "stock", "stocks"),
                text::things(counts[2], "batch", "batches"),
                text::things(counts[1], "operator", "operators")
            ),
            Lang::Zh => format!(
                "可能成为目标来源的有{operators}家主体、{batches}个批次、{stocks}份存货（含目标自身）。"
            ),
        };
        let mut page = Page::new(lang, &title).lead(&lead).signed();
        page.push(self.summary(lang));
        let way = Section::new("way", lang.pick("From source to target", "从来源到目标"));
        page.push(self.draw_into(way, lang));
        page.push(self.tables_into(Section::new("upstream", lang.pick("Upstream", "上游")), lang));
        page.records(&self.records)
    }

    fn summary(&self, lang: Lang) -> Section {
        let mut facts: Vec<(String, String)> = vec![
            (lang.pick("Targets", "目标").to_owned(), text::count(self.targets.len() as u64)),
            (
                lang.pick("Common sources", "共同来源").to_owned(),
                text::count(self.common.len() as u64),
            ),
        ];
        let as_of = match self.as_of {
            Some(at) => text::until(Some(at), lang),
            None => lang.pick("all records given", "全部记录").to_owned(),
        };
        facts.push((lang.pick("As of", "截至").to_owned(), as_of));
        let mut targets = Table::new("targets", lang.pick("Targets", "目标"))
            .column(Column::text("target", lang.pick("Target", "目标")));
        for target in &self.targets {
            targets.push(vec![Cell::text(target)]);
        }
        let mut section =
            Section::new("summary", lang.pick("Summary", "概要")).facts(&facts).table(&targets);
        if self.targets.len() > 1 {
            let most = self.common.first().and_then(|at| self.stocks.get(*at));
            section = match most {
                Some(most) => {
                    let caption = lang.pick(
                        "Common to several targets, most first",
                        "多个目标的共同来源（由多到少）",
                    );
                    let many = most.reaches_targets;
                    let section = section.text(&match lang {
                        Lang::En => format!(
                            "The likeliest sources reach {many} of {} targets.",
                            self.targets.len()
                        ),
                        Lang::Zh => {
                            format!("最可能的来源可到达{}个目标中的{many}个。", self.targets.len())
                        }
                    });
                    let first = self.common.len().min(FIRST);
                    let (first, others) = self.common.split_at(first);
                    let section = section.table(&self.table("common", caption, lang, first));
                    let listed = others.get(..others.len().min(LISTED)).unwrap_or_default();
                    if listed.is_empty() {
                        section
                    } else {
                        let summary = format!("{} +{}", caption, others.len());
                        section.folded(&summary, &self.table("common", caption, lang, listed))
                    }
                }
                None => section.text(
                    lang.pick("No stock reaches two of them.", "没有存货可到达两个以上目标。"),
                ),
            };
        }
        section
    }

    /// A section with the network and all that lies upstream, for a page that is not a
    /// trace-back's.
    pub(crate) fn way(&self, mut section: Section, lang: Lang) -> Section {
        // Who merely holds a target has no place on a way.
        let linked = self.linked();
        let left = self.operators.len() - linked.len();
        if linked.is_empty() {
            let text = lang.pick("No records lead to it from further up.", "无更上游的记录。");
            return self.tables_into(section.text(text), lang);
        }
        if left == 0 {
            return self.tables_into(self.draw_into(section, lang), lang);
        }
        section = section.text(&match lang {
            Lang::En => format!(
                "Not drawn: {} with a target alone, sent by nobody upstream of it.",
                text::things(left as u64, "operator", "operators")
            ),
            Lang::Zh => format!("另有{left}家主体仅持有目标存货，无更上游来源，未绘出。"),
        });
        self.tables_into(self.draw_some(section, lang, linked), lang)
    }

    /// The operators from which a step leads to another one, and those it leads to.
    fn linked(&self) -> Vec<usize> {
        let mut linked = BTreeSet::new();
        for stock in &self.stocks {
            let next = stock.step.as_ref().and_then(|step| self.stocks.get(step.from));
            if let Some(next) = next.filter(|next| next.operator != stock.operator) {
                linked.extend([stock.operator, next.operator]);
            }
        }
        linked.into_iter().collect()
    }

    fn draw_into(&self, section: Section, lang: Lang) -> Section {
        self.draw_some(section, lang, (0..self.operators.len()).collect())
    }

    fn draw_some(&self, section: Section, lang: Lang, among: Vec<usize>) -> Section {
        let all = among.len();
        let shown: Vec<usize> = if all <= DRAWN {
            among
        } else {
            // The operators that reach most targets.
            let mut order = among;
            order.sort_by_key(|at| {
                std::cmp::Reverse(self.operators.get(*at).map_or(0, |o| o.reaches_targets))
            });
            order.truncate(DRAWN);
            order.sort_unstable();
            order
        };
        let node_of: HashMap<usize, usize> =
            shown.iter().enumerate().map(|(node, at)| (*at, node)).collect();
        // Steps on witness paths: from the stock itself to the one its step leads to.
        let mut edges: BTreeMap<(usize, usize), (u64, bool)> = BTreeMap::new();
        let mut depth = vec![0_usize; shown.len()];
        for stock in &self.stocks {
            let node = node_of.get(&stock.operator).copied();
            if let Some(depth) = node.and_then(|node| depth.get_mut(node)) {
                *depth = (*depth).max(stock.hops as usize);
            }
            let next = stock.step.as_ref().and_then(|step| self.stocks.get(step.from));
            let next = next.and_then(|next| node_of.get(&next.operator).copied());
            if let (Some(from), Some(to)) = (node, next)
                && from != to
            {
                let edge = edges.entry((from, to)).or_insert((0, true));
                edge.0 += 1;
                edge.1 &= stock.certainty == Certainty::Possible;
            }
        }
        let mut used = depth.clone();
        used.sort_unstable();
        used.dedup();
        let layer = |depth: usize| used.len() - 1 - used.binary_search(&depth).unwrap_or_default();
        let most = edges.values().map(|(count, _)| *count).max().unwrap_or(1) as f64;
        let targets = self.targets.len() as u32;
        let nodes = shown.iter().zip(&depth).filter_map(|(at, depth)| {
            let operator = self.operators.get(*at)?;
            let own = self.stocks.iter().filter(|stock| stock.operator == *at);
            let (mut target, mut possible) = (false, true);
            for stock in own {
                target |= stock.target;
                possible &= stock.certainty == Certainty::Possible;
            }
            let name = if operator.name.is_empty() { &operator.code } else { &operator.name };
            Some(Node {
                label: name.clone(),
                detail: format!(
                    "{} · {}/{targets} {}",
                    lang.stage(operator.stage),
                    operator.reaches_targets,
                    lang.pick("targets", "目标")
                ),
                title: format!("{} {}", operator.code, operator.name),
                layer: layer(*depth),
                seed: target,
                possible,
                more: format!("u{at}"),
            })
        });
        let nodes: Vec<Node> = nodes.collect();
        let edges = edges.iter().map(|((from, to), (count, possible))| Edge {
            from: *from,
            to: *to,
            weight: (*count as f64 / most).sqrt(),
            possible: *possible,
            title: lang.things(*count, ["step", "steps"], "步"),
        });
        let network = Network {
            caption: lang
                .pick("Steps by which goods can have come to the targets", "食品到达目标的途径")
                .to_owned(),
            layers: Vec::new(),
            edges: edges.collect(),
            nodes,
        };
        let mut figure = network.figure(lang);
        if let Some(last) = figure.legend.last_mut() {
            last.1 = lang.pick("holds a target", "目标所在").to_owned();
        }
        let section = section.figure(figure);
        if shown.len() < all {
            return section.text(&match lang {
                Lang::En => {
                    format!("Drawn are the {DRAWN} of {all} operators that reach most targets.")
                }
                Lang::Zh => format!("{all}家主体中仅绘出可到达目标最多的{DRAWN}家。"),
            });
        }
        section
    }

    fn tables_into(&self, section: Section, lang: Lang) -> Section {
        let mut holders = Table::new("operators", lang.pick("By operator", "按生产经营者"))
            .column(Column::text("name", lang.pick("Operator", "生产经营者")))
            .column(Column::text("operator", lang.pick("Code", "编码")))
            .column(Column::text("stage", lang.pick("Stage", "环节")).tight())
            .column(Column::number("stocks", lang.pick("Stocks", "存货数")))
            .column(Column::number("targets", lang.pick("Targets reached", "可达目标数")));
        for (at, operator) in self.operators.iter().enumerate().take(LISTED) {
            let name = if operator.name.is_empty() { &operator.code } else { &operator.name };
            holders.push_at(
                format!("u{at}"),
                vec![
                    Cell::text(name),
                    Cell::text(&operator.code),
                    Cell::word(lang.stage(operator.stage)),
                    Cell::Count(operator.stocks),
                    Cell::Count(u64::from(operator.reaches_targets)),
                ],
            );
        }
        let all: Vec<usize> = (0..self.stocks.len()).collect();
        let caption = lang.pick("All stocks upstream", "全部上游存货");
        let section = section.table(&holders);
        let table = self.table(
            "upstream",
            caption,
            lang,
            all.get(..all.len().min(LISTED)).unwrap_or_default(),
        );
        let section = section.folded(caption, &table);
        section.first_of(LISTED, all.len(), lang)
    }

    fn table(&self, name: &str, caption: &str, lang: Lang, which: &[usize]) -> Table {
        let mut table = Table::new(name, caption)
            .column(Column::text("stock", lang.pick("Stock", "存货")))
            .column(Column::text("product", lang.pick("Product", "产品")))
            .column(Column::text("until", lang.pick("Left by", "最晚流出")).tight())
            .column(Column::text("certainty", lang.pick("Certainty", "确定性")).tight())
            .column(Column::number("targets", lang.pick("Targets reached", "可达目标数")))
            .column(Column::number("hops", lang.pick("Steps", "步数")))
            .column(Column::text("next", lang.pick("Went to", "去向")))
            .column(Column::text("by", lang.pick("By", "途径")))
            .column(Column::text("rows", lang.pick("Rows", "原始记录")).wide());
        let label = |stock: &Upstream| {
            let operator = self.operators.get(stock.operator).map_or("", |o| &o.code);
            format!("{}@{operator}", stock.batch)
        };
        for stock in which.iter().filter_map(|at| self.stocks.get(*at)) {
            let mut row = vec![
                Cell::Text(label(stock)),
                Cell::text(&stock.product),
                Cell::word(text::until(stock.until, lang)),
                Cell::word(lang.certainty(stock.certainty)),
                Cell::Count(u64::from(stock.reaches_targets)),
                Cell::Count(u64::from(stock.hops)),
            ];
            if let Some(step) = &stock.step {
                let next = self.stocks.get(step.from).map_or_else(String::new, label);
                row.extend([
                    Cell::text(&next),
                    Cell::word(format!("{} {}", step.kind.word(lang), step.code)),
                    Cell::text(&step.places.join(", ")),
                ]);
            }
            table.push(row);
        }
        table
    }
}
