//! The page of a recall.

use std::collections::BTreeMap;

use maud::{Markup, html};
use rust_decimal::Decimal;
use suyuan_core::model::Verdict;
use suyuan_core::time::{DAY, Minute};
use suyuan_core::trace::Certainty;

use super::sheets::shown;
use super::{FailingSample, RecallReport, Start, Stock, Sums};
use crate::chart::network::{Edge, Network, Node};
use crate::chart::timeline::{Row, Timeline};
use crate::lang::Lang;
use crate::page::{Page, Section};
use crate::text;

/// The most operators that are drawn, and listed, one by one.
const DRAWN: usize = 150;
/// The most groups that are drawn.
const GROUPS: usize = 60;
/// The most layers before stages are taken for layers.
const LAYERS: usize = 12;
/// The most stocks listed on a page; files hold all.
const LISTED: usize = 6000;
/// The most witness paths written out in full.
const PATHS: usize = 120;

/// How operators are put together where there are too many to draw.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    Operator,
    Region,
    Upper,
    Stage,
}

/// Operators that are drawn as one.
#[derive(Default)]
struct Drawn {
    /// Their indices.
    members: Vec<usize>,
    label: String,
    stage: usize,
}

impl RecallReport {
    /// The page. The network, timeline and tables say the same things, so that nobody needs to
    /// see a drawing.
    #[must_use]
    pub fn page(&self, lang: Lang) -> Page {
        let mut page = Page::new(lang, &self.title(lang)).lead(&self.lead(lang)).signed();
        page.push(self.summary(lang));
        let (level, drawn) = self.drawn(lang);
        page.push(self.scope_section(lang, level, &drawn));
        page.push(self.course(lang));
        page.push(self.told(lang, level, &drawn));
        page.push(self.notice(lang));
        page.push(self.why(lang));
        page
    }

    fn title(&self, lang: Lang) -> String {
        let what = match &self.start {
            Start::Samples(samples) => match samples.first() {
                Some(sample) => format!(
                    "{} {} · {} {}",
                    lang.pick("sample", "样品"),
                    sample.code,
                    sample.product,
                    sample.batch
                ),
                None => String::new(),
            },
            Start::Batch(code, product) => {
                format!("{} {code} {product}", lang.pick("batch", "批次"))
            }
            Start::Stock(label) => format!("{} {label}", lang.pick("stock", "存货")),
            Start::Operator(code, from, to) => format!(
                "{} {code}, {} – {}",
                lang.pick("all stock at", "全部存货："),
                text::minute(*from, lang),
                text::until(*to, lang)
            ),
        };
        format!("{}{what}", lang.pick("Recall: ", "召回："))
    }

    fn lead(&self, lang: Lang) -> String {
        let Sums { operators, stocks, batches, recorded, possible, .. } = &self.totals;
        match lang {
            Lang::En => format!(
                "{} must be told. They hold or held {} of {} that can hold affected goods: {} for certain, {} possibly.",
                text::things(*operators, "operator", "operators"),
                text::things(*stocks, "stock", "stocks"),
                text::things(*batches, "batch", "batches"),
                text::count(*recorded),
                text::count(*possible)
            ),
            Lang::Zh => {
                let [operators, stocks, batches, recorded, possible] =
                    [operators, stocks, batches, recorded, possible].map(|n| text::count(*n));
                format!(
                    "须通知{operators}家生产经营者，涉及{batches}个批次、{stocks}份存货：确定{recorded}份，可能{possible}份。"
                )
            }
        }
    }

    fn summary(&self, lang: Lang) -> Section {
        let mut story: Vec<(&str, String)> = Vec::new();
        if let Start::Samples(samples) = &self.start {
            for sample in samples.iter().take(5) {
                sample_story(lang, sample, &mut story);
            }
        }
        let scope = match self.scope {
            "from-holder" => {
                lang.pick("the sampled holder's stock alone", "仅被抽样存货（from-holder）")
            }
            _ => lang.pick(
                "every holder of the batch (whole-batch)",
                "该批次的全部持有者（whole-batch）",
            ),
        };
        let scope = match self.start {
            Start::Samples(_) | Start::Batch(..) => scope,
            _ => lang.pick("as named above", "见标题"),
        };
        let stocks = match lang {
            Lang::En => text::things(self.sources, "stock", "stocks"),
            Lang::Zh => format!("{}份存货", text::count(self.sources)),
        };
        story.push((lang.pick("Starts from", "召回起点"), format!("{stocks}; {scope}")));
        let hazard = match self.hazard {
            Some(hazard) => format!(
                "{}: {}",
                lang.pick("count, hazard", "计入，危害"),
                lang.hazard(Some(hazard))
            ),
            None => lang.pick("not counted on", "不计入").to_owned(),
        };
        story.push((lang.pick("Kill steps", "杀灭步骤"), hazard));
        if let Some(minutes) = self.carry_over {
            let days = Decimal::from(minutes) / Decimal::from(DAY);
            story.push((
                lang.pick("Carry-over", "设备残留"),
                format!("{} {}", text::decimal(days), lang.pick("days", "天")),
            ));
        }
        let as_of = match self.as_of {
            Some(at) => text::until(Some(at), lang),
            None => lang.pick("all records given", "全部记录").to_owned(),
        };
        story.push((lang.pick("As of", "截至"), as_of));
        let totals = &self.totals;
        let facts = vec![
            (
                lang.pick("Operators to tell", "须通知主体").to_owned(),
                text::count(totals.operators),
            ),
            (lang.pick("Affected stocks", "受影响存货").to_owned(), text::count(totals.stocks)),
            (lang.pick("certain", "其中确定").to_owned(), text::count(totals.recorded)),
            (lang.pick("possible only", "其中可能").to_owned(), text::count(totals.possible)),
            (lang.pick("Batches", "批次").to_owned(), text::count(totals.batches)),
            (lang.pick("On hand", "现存").to_owned(), quantities(&totals.on_hand)),
            (lang.pick("On the road", "在途").to_owned(), quantities(&totals.in_transit)),
        ];
        let mut section = Section::new("summary", lang.pick("Summary", "概要")).facts(&facts).part(html! {
            dl.story { @for (label, value) in &story { div { dt { (label) } dd { (text::own(value)) } } } }
        });
        if totals.incomplete > 0 {
            section = section.note(&match lang {
                Lang::En => format!(
                    "{} with a quantity that is not known, marked *: sums hold what is known.",
                    text::things(totals.incomplete, "stock", "stocks")
                ),
                Lang::Zh => {
                    format!("{}份存货数量不全（标*），合计仅含已知部分。", totals.incomplete)
                }
            });
        }
        if totals.negative > 0 {
            section = section.note(&match lang {
                Lang::En => format!(
                    "{} from which more left than is known to have come: this lowers the sums of what is on hand.",
                    text::things(totals.negative, "stock", "stocks")
                ),
                Lang::Zh => {
                    format!("{}份存货的出库多于已知入库，使现存合计偏低。", totals.negative)
                }
            });
        }
        section
    }

    /// What is drawn: operators, or the finest groups that are few enough.
    fn drawn(&self, lang: Lang) -> (Level, Vec<Drawn>) {
        if self.operators.len() <= DRAWN {
            let one = |(at, operator): (usize, &super::Operator)| Drawn {
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

    fn scope_section(&self, lang: Lang, level: Level, drawn: &[Drawn]) -> Section {
        let network = self.network(lang, level, drawn);
        let mut section = Section::new("scope", lang.pick("From farm to table", "从农田到餐桌"));
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
        let mut edges: BTreeMap<(usize, usize), super::Link> = BTreeMap::new();
        for link in &self.links {
            let (from, to) = (of(link.from), of(link.to));
            if from != to {
                let sum = edges
                    .entry((from, to))
                    .or_insert_with(|| super::Link { possible: true, ..super::Link::default() });
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
                "{} → {}: {} {}, {}, {} – {}",
                text::clean(name(*from)),
                text::clean(name(*to)),
                text::count(link.records),
                lang.pick("records", "条记录"),
                quantities(&link.quantity),
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
                    "{} {}: {}, {}; {} {}; {} {}",
                    operator.code,
                    operator.name,
                    lang.stage(operator.stage),
                    operator.region_name,
                    text::count(operator.sums.stocks),
                    lang.pick("stocks", "份存货"),
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
                let operators = text::count(group.members.len() as u64);
                Node {
                    label: group.label.clone(),
                    detail: format!(
                        "{operators} {} · {}",
                        lang.pick("ops", "家"),
                        day(since, lang)
                    ),
                    title: format!(
                        "{}: {operators} {}",
                        group.label,
                        lang.pick("operators", "家主体")
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
        edges: &BTreeMap<(usize, usize), super::Link>,
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

    fn course(&self, lang: Lang) -> Section {
        let mut rows: Vec<Row> = self
            .operators
            .iter()
            .map(|operator| Row { label: shown(operator).to_owned(), dots: Vec::new() })
            .collect();
        for stock in &self.stocks {
            let possible = stock.certainty == Certainty::Possible;
            if let Some(row) = rows.get_mut(stock.operator) {
                row.dots.push((stock.since.unwrap_or(Minute::UNBOUNDED_PAST), possible));
            }
        }
        // By first known minute, those without one last.
        let first =
            |row: &Row| row.dots.iter().map(|(at, _)| *at).filter(|at| at.is_bounded()).min();
        rows.sort_by_cached_key(|row| {
            let first = first(row);
            (first.is_none(), first, row.label.clone())
        });
        let undated = self.stocks.iter().filter(|stock| stock.since.is_none()).count();
        let mut marks = Vec::new();
        if let Start::Samples(samples) = &self.start
            && let Some(sample) = samples.first()
        {
            for (span, what) in [
                (sample.sampled_on, lang.pick("sampled", "抽样")),
                (sample.reported_on, lang.pick("reported", "报告")),
            ] {
                if span.earliest.is_bounded() {
                    marks.push((span.earliest, what.to_owned()));
                }
            }
        }
        let timeline = Timeline {
            caption: lang
                .pick("When goods can first have been affected.", "受影响的最早时刻。")
                .to_owned(),
            rows,
            marks,
        };
        let mut section =
            Section::new("course", lang.pick("Course of the contamination", "污染的时间进程"))
                .figure(timeline.figure(lang));
        if undated > 0 {
            section = section.text(&match lang {
                Lang::En => format!("{undated} stocks have no known first minute."),
                Lang::Zh => format!("{undated}份存货起始时间不明。"),
            });
        }
        section
    }

    fn told(&self, lang: Lang, level: Level, drawn: &[Drawn]) -> Section {
        let mut section = Section::new("told", lang.pick("Who must be told", "须通知的主体"))
            .table(&self.stage_table(lang))
            .table(&self.region_table(lang));
        if level == Level::Operator {
            return section.table(&self.operator_table(lang).without_empty());
        }
        for (at, group) in drawn.iter().enumerate() {
            let operators = group.members.len() as u64;
            let table = self.some_operators(lang, &group.label, group.members.iter().copied());
            let table = table.without_empty();
            section = section.part(html! {
                details id={ "g" (at) } {
                    summary { (text::own(&group.label)) " · " (text::count(operators)) " " (lang.pick("operators", "家主体")) }
                    (table.html())
                }
            });
        }
        section
    }

    fn notice(&self, lang: Lang) -> Section {
        let order = lang.pick(
            "Every operator named stops selling these goods, seals what is on hand, tells those it sold to, and reports what it did (Food Safety Law of China, article 63). * marks a quantity with an unknown part.",
            "名单所列主体应立即停止经营、封存现存食品、通知下游和消费者，并报告处理情况（《食品安全法》第六十三条）。*表示数量有未知部分。",
        );
        let listed = self.stocks.len().min(LISTED);
        let mut section =
            Section::new("notice", lang.pick("Notice list", "召回通知名单")).text(order);
        if listed < self.stocks.len() {
            section = section.note(&cut_off(lang, listed, self.stocks.len()));
        }
        let per = if self.stocks.len() <= 300 { listed } else { 300 };
        if per == listed {
            return section.table(&self.some_notices(lang, 0..listed).without_empty());
        }
        for from in (0..listed).step_by(per) {
            let to = (from + per).min(listed);
            let table = self.some_notices(lang, from..to).without_empty();
            let name = |at: usize| {
                let stock = self.stocks.get(at);
                let operator = stock.and_then(|stock| self.operators.get(stock.operator));
                operator.map_or("", |operator| &operator.code)
            };
            let summary = format!("{} – {}", text::clean(name(from)), text::clean(name(to - 1)));
            section = section.folded(&summary, &table);
        }
        section
    }

    fn why(&self, lang: Lang) -> Section {
        let mut section = Section::new("why", lang.pick("Why: witness paths", "依据：见证路径")).text(lang.pick(
            "The shortest chain of records by which affected goods can have come to a stock, with the file and line of every record.",
            "受影响食品到达该存货的最短记录链，每一步注明原始文件与行号。",
        ));
        if self.stocks.len() <= PATHS {
            for stock in self.stocks.iter().filter(|stock| stock.step.is_some()) {
                section = section.part(self.path(lang, stock));
            }
            return section;
        }
        let listed = self.stocks.len().min(LISTED);
        if listed < self.stocks.len() {
            section = section.note(&cut_off(lang, listed, self.stocks.len()));
        }
        let summary = lang.pick(
            "Last step of each stock; follow “from” back to a source",
            "各存货的最后一步，沿“来自”可回溯至起点",
        );
        section.folded(summary, &self.some_steps(lang, listed))
    }

    fn path(&self, lang: Lang, stock: &Stock) -> Markup {
        let mut steps = Vec::new();
        let mut at = stock;
        // A path has as many steps as hops; the bound holds whatever the indices say.
        while let Some(step) = &at.step
            && steps.len() <= stock.hops as usize
        {
            steps.push((step, at));
            match self.stocks.get(step.from) {
                Some(from) => at = from,
                None => break,
            }
        }
        let maybe = stock.certainty == Certainty::Possible;
        html! {
            details {
                summary {
                    (text::own(&self.label(stock))) " · " (text::own(&stock.product)) " · "
                    (lang.certainty(stock.certainty)) " · " (text::minute(stock.since, lang))
                }
                ol.steps.maybe[maybe] {
                    li { (lang.pick("source: ", "起点：")) (text::own(&self.label(at))) }
                    @for (step, to) in steps.iter().rev() {
                        li {
                            (step.kind.word(lang)) " " (text::own(&step.code)) ", " (step.amount(lang)) ", " (step.times(lang))
                            " → " (text::own(&self.label(to)))
                            @if !step.places.is_empty() { br; small { (text::own(&step.places.join(", "))) } }
                        }
                    }
                }
            }
        }
    }
}

fn sample_story(lang: Lang, sample: &FailingSample, story: &mut Vec<(&'static str, String)>) {
    let verdict = match sample.verdict {
        Some(Verdict::Fail) => lang.verdict(sample.verdict).to_owned(),
        _ => format!(
            "{}: {}",
            lang.verdict(sample.verdict),
            lang.pick("this is what a failure would mean", "以下为假定不合格时的范围")
        ),
    };
    story.push((lang.pick("Sample", "样品"), format!("{} · {verdict}", sample.code)));
    let or = |text: &str| if text.is_empty() { lang.unknown().to_owned() } else { text.to_owned() };
    story.push((
        lang.pick("Found", "检出"),
        format!(
            "{}: {} {}, {} {}; {} {}",
            or(&sample.test_item),
            lang.pick("measured", "实测"),
            or(&sample.measured),
            lang.pick("limit", "限值"),
            or(&sample.limit),
            lang.pick("hazard", "危害"),
            lang.hazard(sample.hazard)
        ),
    ));
    story.push((
        lang.pick("Taken", "抽样"),
        format!(
            "{} · {} {}; {} {}{}{}",
            text::span(sample.sampled_on, lang),
            sample.operator,
            sample.operator_name,
            lang.pick("reported", "报告"),
            text::span(sample.reported_on, lang),
            if sample.place.is_empty() { "" } else { "; " },
            sample.place
        ),
    ));
    story.push((lang.pick("Batch", "批次"), format!("{} {}", sample.batch, sample.product)));
}

fn cut_off(lang: Lang, listed: usize, all: usize) -> String {
    let [listed, all] = [listed, all].map(|n| text::count(n as u64));
    match lang {
        Lang::En => format!(
            "The first {listed} of {all} stocks are listed here; the JSON, CSV and xlsx hold all."
        ),
        Lang::Zh => format!("此处列出{all}份存货中的前{listed}份，JSON、CSV与xlsx含全部。"),
    }
}

fn day(at: Option<Minute>, lang: Lang) -> String {
    match at.and_then(Minute::date) {
        Some(day) => day.to_string(),
        None => lang.unknown().to_owned(),
    }
}

pub(crate) fn quantities(sums: &BTreeMap<String, Decimal>) -> String {
    if sums.is_empty() {
        return "0".to_owned();
    }
    let texts: Vec<_> =
        sums.iter().map(|(unit, sum)| format!("{} {unit}", text::decimal(*sum))).collect();
    texts.join(" + ")
}

/// How much a link carries of the most that any does, by the unit in which it carries most.
fn weight(link: &super::Link, most: &BTreeMap<&str, Decimal>) -> f64 {
    use rust_decimal::prelude::ToPrimitive;
    let part = |(unit, quantity): (&String, &Decimal)| {
        let most = most.get(unit.as_str()).copied().unwrap_or_default();
        let part = quantity.checked_div(most).unwrap_or_default();
        part.to_f64().unwrap_or_default()
    };
    // Area, not width, is what the eye compares; the root keeps small links visible.
    link.quantity.iter().map(part).fold(0.0, f64::max).max(0.0).sqrt()
}
