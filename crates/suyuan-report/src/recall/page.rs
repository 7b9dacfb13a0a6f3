//! The page of a recall.

use std::ops::Range;

use maud::{Markup, html};
use suyuan_core::time::Minute;
use suyuan_core::trace::Certainty;

use super::drawing::{Drawn, Level};
use super::sheets::shown;
use super::{RecallReport, Start, Stock, Sums};
use crate::chart::timeline::{Row, Timeline};
use crate::lang::Lang;
use crate::page::{Page, Section};
use crate::text;

/// The most stocks listed on a page; files hold all.
const LISTED: usize = 6000;
/// The most stocks in one table; more are parted, so that no part is slow to open.
const WHOLE: usize = 300;
/// How many stocks a part has.
const PART: usize = 150;
/// The most witness paths written out in full.
const PATHS: usize = 120;

impl RecallReport {
    /// The page. The network, timeline and tables say the same things, so that nobody needs to
    /// see a drawing.
    #[must_use]
    pub fn page(&self, lang: Lang) -> Page {
        let mut page = Page::new(lang, &self.title(lang)).lead(&self.lead(lang)).signed();
        page.push(self.summary(lang));
        let (level, drawn) = self.drawn(lang);
        let scope = Section::new("scope", lang.pick("From farm to table", "从农田到餐桌"));
        page.push(self.draw_into(scope, lang, level, &drawn));
        page.push(self.course(lang));
        let told = Section::new("told", lang.pick("Who must be told", "须通知的主体"));
        let told = self
            .told_into(told, lang, level, &drawn, &[])
            .text(lang.pick(
                "Sums count what is on hand, so that no goods count at two stops; * marks one that leaves stocks out.",
                "合计仅计现存数量，同一批货不会在多个环节重复计入；*表示该合计未含部分存货。",
            ))
            .table(&self.stage_table(lang))
            .table(&self.region_table(lang));
        page.push(told);
        page.push(self.notice(lang));
        page.push(self.why(lang));
        page.records(&self.records)
    }

    fn title(&self, lang: Lang) -> String {
        format!("{}{}", lang.pick("Recall: ", "召回："), self.start.label(lang))
    }

    fn lead(&self, lang: Lang) -> String {
        let Sums { operators, stocks, batches, recorded, possible, .. } = &self.totals;
        match lang {
            Lang::En => format!(
                "{} must be told. They hold or held {} of {} that can hold affected goods: {} for certain, {} possibly. A stock is one batch at one operator.",
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
                    "须通知{operators}家生产经营者，涉及{batches}个批次、{stocks}份存货：确定{recorded}份，可能{possible}份。一份存货指一家主体手中的一个批次。"
                )
            }
        }
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
                Lang::En => format!(
                    "{} without a known first minute.",
                    text::things(undated as u64, "stock", "stocks")
                ),
                Lang::Zh => format!("{undated}份存货起始时间不明。"),
            });
        }
        section
    }

    /// A section with the network and its operators, for a page that is not a recall's.
    pub(crate) fn way(&self, section: Section, lang: Lang) -> Section {
        let (level, drawn) = self.drawn(lang);
        let section = self.draw_into(section, lang, level, &drawn);
        // Nothing is contaminated there.
        self.told_into(section, lang, level, &drawn, &["contaminated"])
    }

    fn told_into(
        &self,
        mut section: Section,
        lang: Lang,
        level: Level,
        drawn: &[Drawn],
        without: &[&str],
    ) -> Section {
        if level == Level::Operator {
            return section.table(&self.operator_table(lang).without(without).without_empty());
        }
        for (at, group) in drawn.iter().enumerate() {
            let operators = group.members.len() as u64;
            let table = self.some_operators(lang, &group.label, group.members.iter().copied());
            let table = table.without(without).without_empty();
            section = section.part(html! {
                details id={ "g" (at) } style={ "--rows:" (table.len()) } {
                    summary { (text::own(&group.label)) " · " (lang.things(operators, ["operator", "operators"], "家主体")) }
                    (table.html())
                }
            });
        }
        section
    }

    fn notice(&self, lang: Lang) -> Section {
        let order = lang.pick(
            "Every operator named stops selling these goods, seals what is on hand, tells those it sold to, and reports what it did (Food Safety Law of China, article 63). An empty quantity is unknown; * marks its unit.",
            "名单所列主体应立即停止经营、封存现存食品、通知下游和消费者，并报告处理情况（《食品安全法》第六十三条）。数量空白表示不明（单位后标*）。",
        );
        let listed = self.stocks.len().min(LISTED);
        let mut section =
            Section::new("notice", lang.pick("Notice list", "召回通知名单")).text(order);
        if listed < self.stocks.len() {
            section = section.note(&cut_off(lang, listed, self.stocks.len()));
        }
        if self.stocks.len() <= WHOLE {
            return section.table(&self.some_notices(lang, 0..listed).without_empty());
        }
        for part in parts(listed) {
            let table = self.some_notices(lang, part.clone()).without_empty();
            section = section.folded(&self.between(&part), &table);
        }
        section
    }

    /// The codes of the operators between which some stocks lie.
    fn between(&self, part: &Range<usize>) -> String {
        let name = |at: usize| {
            let stock = self.stocks.get(at);
            let operator = stock.and_then(|stock| self.operators.get(stock.operator));
            operator.map_or_else(String::new, |operator| text::clean(&operator.code))
        };
        format!("{} – {}", name(part.start), name(part.end.saturating_sub(1)))
    }

    fn why(&self, lang: Lang) -> Section {
        let mut section = Section::new("why", lang.pick("Why: witness paths", "依据：见证路径")).text(lang.pick(
            "The shortest chain of records by which affected goods can have come to a stock, with the file and line of every record.",
            "受影响食品到达该存货的最短记录链，每一步注明原始文件与行号。",
        ));
        if self.stocks.len() <= PATHS {
            for stock in &self.stocks {
                section = section.part(self.path(lang, stock));
            }
            return section;
        }
        let listed = self.stocks.len().min(LISTED);
        if listed < self.stocks.len() {
            section = section.note(&cut_off(lang, listed, self.stocks.len()));
        }
        section = section.text(lang.pick(
            "Here is the last step of each stock; follow “from” back to a source.",
            "以下为各存货的最后一步，沿“来自”可回溯至起点。",
        ));
        for part in parts(listed) {
            let table = self.some_steps(lang, part.clone(), listed);
            if !table.is_empty() {
                section = section.folded(&self.between(&part), &table);
            }
        }
        section
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
            details.path {
                summary {
                    (text::own(&self.label(stock))) " · " (text::own(&stock.product)) " · "
                    (lang.certainty(stock.certainty)) " · " (text::minute(stock.since, lang))
                }
                ol.steps.maybe[maybe] {
                    li {
                        (lang.pick("source: ", "起点：")) (text::own(&self.label(at)))
                        @if let Some(first) = &at.first {
                            ", " (text::own(&first.said(lang)))
                            @if !first.place.is_empty() { br; small { (text::own(&first.place)) } }
                        }
                    }
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

impl Start {
    /// What it starts from, in words: the sample, the batch, the stock or the operator.
    #[must_use]
    pub fn label(&self, lang: Lang) -> String {
        match self {
            Start::Samples(samples) => match samples.first() {
                Some(sample) => {
                    let of = format!("{} {}", sample.product, sample.batch);
                    format!("{} {} · {}", lang.pick("sample", "样品"), sample.code, of.trim_start())
                }
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
        }
    }
}

fn parts(all: usize) -> impl Iterator<Item = Range<usize>> {
    (0..all).step_by(PART).map(move |from| from..(from + PART).min(all))
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
