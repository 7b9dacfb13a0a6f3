//! The page of a mock recall.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use suyuan_core::recall::drill::{BalanceRow, Missing, ReachRow, Silence, Verdict};

use super::{DrillReport, Tally};
use crate::chart::parts::{Part, Parts};
use crate::lang::Lang;
use crate::page::{Figure, Page, Section};
use crate::table::{Cell, Column, Table};
use crate::text;

/// The most balances that are listed without asking.
const SHOWN: usize = 60;
/// The most operators whose balance is drawn.
const DRAWN: usize = 40;
/// The most rows of a table; files hold all.
const LISTED: usize = 2000;

impl DrillReport {
    /// The page: first the record that is signed, then what it rests on.
    #[must_use]
    pub fn page(&self, lang: Lang) -> Page {
        let title = format!(
            "{}{} {}",
            lang.pick("Mock recall: batch ", "模拟召回：批次"),
            self.record.batch,
            self.product
        );
        let mut page = Page::new(lang, title.trim_end()).lead(&self.lead(lang)).signed_on(&[
            lang.pick("Carried out by", "实施人"),
            lang.pick("Checked by", "复核人"),
            lang.pick("Date", "日期"),
            lang.pick("From, to (time)", "起止时间"),
            lang.pick("Action", "整改措施"),
        ]);
        page.push(self.summary(lang));
        page.push(self.balances(lang));
        page.push(self.missing(lang));
        let down = Section::new("down", lang.pick("Where it went", "去向（下游）"));
        page.push(self.downstream.way(down, lang));
        let up = Section::new("up", lang.pick("Where it came from", "来源（上游）"));
        page.push(self.upstream.way(up, lang));
        page.records(&self.records)
    }

    fn result(&self, lang: Lang) -> String {
        if self.record.balanced {
            return lang.pick("pass", "平衡").to_owned();
        }
        let Tally { failed, open, unknown } = self.tally;
        match lang {
            Lang::En => format!("{failed} fail, {open} to count, {unknown} unknown"),
            Lang::Zh => format!("{failed}项不符，{open}项待盘点，{unknown}项不明"),
        }
    }

    fn lead(&self, lang: Lang) -> String {
        let gaps = self.record.gaps.len() as u64;
        let result = self.result(lang);
        match lang {
            Lang::En => format!(
                "Traced both ways. Mass balance: {result}. {} in the records.",
                text::things(gaps, "gap", "gaps")
            ),
            Lang::Zh => format!("已双向追溯。物料平衡：{result}。记录缺项{gaps}处。"),
        }
    }

    fn summary(&self, lang: Lang) -> Section {
        let Self { exercise, record, .. } = self;
        let reach = |row: &ReachRow| match lang {
            Lang::En => format!(
                "{}, {}, {}",
                text::things(row.operators as u64, "operator", "operators"),
                text::things(row.stocks as u64, "stock", "stocks"),
                text::things(row.batches as u64, "batch", "batches")
            ),
            Lang::Zh => {
                format!("{}家主体，{}份存货，{}个批次", row.operators, row.stocks, row.batches)
            }
        };
        let maker = match &record.producer {
            Some(code) => format!("{code} {}", self.name(code)),
            None => lang.unknown().to_owned(),
        };
        let chosen = match &exercise.seed {
            Some(seed) => format!(
                "{} “{seed}” (ChaCha20, suyuan-drill-1)",
                lang.pick("drawn with the published text", "以公布文本抽取")
            ),
            None => lang.pick("named by whoever carried it out", "由实施人指定").to_owned(),
        };
        let as_of = match record.as_of {
            Some(at) => text::until(Some(at), lang),
            None => lang.pick("all records given", "全部记录").to_owned(),
        };
        let time = match lang {
            Lang::En => {
                format!(
                    "{} hours are allowed, from the start to the last call",
                    exercise.hours_allowed
                )
            }
            Lang::Zh => format!("全过程限{}小时", exercise.hours_allowed),
        };
        let whole = record.whole.percent.map_or_else(
            || verdict(record.whole.verdict, lang).to_owned(),
            |percent| format!("{}%", text::decimal(percent)),
        );
        let count = |number: usize| text::count(number as u64);
        let facts = [
            (lang.pick("Mass balance", "物料平衡"), whole),
            (lang.pick("Operators downstream", "下游主体"), count(record.forward.operators)),
            (lang.pick("Operators upstream", "上游主体"), count(record.back.operators)),
            (lang.pick("Gaps in the records", "记录缺项"), count(record.gaps.len())),
            (lang.pick("Out of reach", "无法联系"), count(record.unreachable.len())),
        ];
        let facts = facts.map(|(label, value)| (label.to_owned(), value));
        let asked = if self.asked {
            lang.pick("operators were asked", "已联系各主体")
        } else {
            lang.pick("nobody was asked", "未联系主体")
        };
        let counted = if self.counted {
            lang.pick("stocks were counted", "已盘点")
        } else {
            lang.pick("nothing was counted", "未盘点")
        };
        let made = format!("{}, {maker}", text::span(self.produced_on, lang));
        Section::new("record", lang.pick("Record of the exercise", "演练记录")).facts(&facts).story(
            &[
                (lang.pick("Batch", "批次"), format!("{} {}", record.batch, self.product)),
                (lang.pick("Made", "生产"), made),
                (lang.pick("Chosen", "批次选取"), chosen),
                (lang.pick("As of", "截至"), as_of),
                (lang.pick("Time", "用时"), time),
                (lang.pick("Forward", "下游追踪"), reach(&record.forward)),
                (lang.pick("Back", "上游溯源"), reach(&record.back)),
                (lang.pick("Mass balance", "物料平衡"), self.result(lang)),
                (lang.pick("On the spot", "现场"), format!("{counted}; {asked}")),
            ],
        )
    }

    fn balances(&self, lang: Lang) -> Section {
        let unit = self.record.whole.unit.clone().unwrap_or_default();
        let caption = match lang {
            Lang::En => {
                format!("Mass balance in {unit}, pass mark 100 ± {}%", self.record.tolerance)
            }
            Lang::Zh => format!("物料平衡（{unit}），合格线100±{}%", self.record.tolerance),
        };
        let mut table = Table::new("balances", &caption)
            .column(Column::text("name", lang.pick("Operator", "生产经营者")))
            .column(Column::text("operator", lang.pick("Code", "编码")))
            .column(Column::number("intake", lang.pick("In", "入")))
            .column(Column::number("shipped", lang.pick("Shipped", "发出")))
            .column(Column::number("consumed", lang.pick("Used", "投入")))
            .column(Column::number("removed", lang.pick("Removed", "移出")))
            .column(Column::number("book", lang.pick("By the books", "账存")))
            .column(Column::number("counted", lang.pick("Counted", "盘点")))
            .column(Column::number("percent", "%"))
            .column(Column::text("verdict", lang.pick("Says", "结论")).tight());
        let whole = lang.pick("all: made, on the road", "合计：产出、在途");
        for row in self.record.balances.iter().take(LISTED).chain([&self.record.whole]) {
            let name = match &row.operator {
                Some(code) => Cell::text(self.name(code)),
                None => Cell::word(whole),
            };
            let optional = |value: Option<Decimal>| value.map_or(Cell::Empty, Cell::Number);
            table.push(vec![
                name,
                Cell::text(row.operator.as_deref().unwrap_or_default()),
                Cell::Number(row.intake),
                Cell::Number(row.shipped),
                Cell::Number(row.consumed),
                Cell::Number(row.removed),
                Cell::Number(row.book),
                optional(row.counted),
                optional(row.percent),
                Cell::word(verdict(row.verdict, lang)),
            ]);
        }
        let mut yields = Table::new("yields", lang.pick("What was made of it", "以其加工的产出率"))
            .column(Column::text("transformation", lang.pick("Transformation", "加工单号")))
            .column(Column::number("input", lang.pick("In", "投入")))
            .column(Column::number("output", lang.pick("Out", "产出")))
            .column(Column::text("unit", lang.pick("Unit", "单位")).tight())
            .column(Column::number("percent", "%"));
        for row in self.record.yields.iter().take(LISTED) {
            let optional = |value: Option<Decimal>| value.map_or(Cell::Empty, Cell::Number);
            yields.push(vec![
                Cell::text(&row.transformation),
                optional(row.input),
                optional(row.output),
                Cell::word(row.unit.clone().unwrap_or_default()),
                optional(row.percent),
            ]);
        }
        let section = Section::new("balance", lang.pick("Mass balance", "物料平衡")).text(lang.pick(
            "What came in must be accounted for. What the books leave on hand balances only once somebody has counted it.",
            "入库数量须有去向。账存数量经盘点后方可判定平衡。",
        ));
        let table = table.without_empty();
        let section = if table.len() <= SHOWN {
            section.table(&table)
        } else {
            let lines = text::count(table.len() as u64);
            section.folded(&format!("{caption} · {lines}"), &table)
        };
        section.table(&yields).figure(self.balance_figure(lang))
    }

    fn balance_figure(&self, lang: Lang) -> Figure {
        let row = |row: &BalanceRow| {
            let left = if row.counted.is_some() { Decimal::ZERO } else { row.book };
            let parts =
                [row.shipped, row.consumed + row.removed, row.counted.unwrap_or_default(), left];
            let unit = row.unit.as_deref().unwrap_or_default();
            let percent = |part: Decimal| {
                let share = (part * Decimal::ONE_HUNDRED).checked_div(row.intake);
                share.and_then(|share| share.to_f64()).unwrap_or_default()
            };
            Part {
                label: row
                    .operator
                    .as_deref()
                    .map_or_else(String::new, |c| self.name(c).to_owned()),
                parts: parts.map(percent).to_vec(),
                texts: parts
                    .iter()
                    .map(|part| format!("{} {unit}", text::decimal(*part)))
                    .collect(),
                value: match row.percent {
                    Some(percent) => format!("{}%", text::decimal(percent)),
                    None => verdict(row.verdict, lang).to_owned(),
                },
            }
        };
        let parts = Parts {
            caption: lang
                .pick("What became of what each operator got.", "各主体所得货物的去向。")
                .to_owned(),
            series: [
                lang.pick("shipped", "发出"),
                lang.pick("used or removed", "投入或移出"),
                lang.pick("counted", "盘点在库"),
                lang.pick("left by the books, not counted", "账存未盘点"),
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: self.record.balances.iter().take(DRAWN).map(row).collect(),
            marks: vec![100.0],
            unit: lang.pick("% of what came in", "占入库%").to_owned(),
        };
        parts.figure(lang)
    }

    fn missing(&self, lang: Lang) -> Section {
        let mut section = Section::new("missing", lang.pick("What is missing", "缺失与无法联系"));
        let mut gaps = Table::new("gaps", lang.pick("Missing in the records", "记录缺项"))
            .column(Column::text("batch", lang.pick("Batch", "批次")))
            .column(Column::text("operator", lang.pick("Code", "编码")))
            .column(Column::text("name", lang.pick("Operator", "生产经营者")))
            .column(Column::text("missing", lang.pick("Missing", "缺少")).wide());
        for gap in self.record.gaps.iter().take(LISTED) {
            gaps.push(vec![
                Cell::text(&gap.batch),
                Cell::text(&gap.operator),
                Cell::text(self.name(&gap.operator)),
                Cell::word(missing(gap.missing, lang)),
            ]);
        }
        if gaps.is_empty() {
            section = section.text(lang.pick(
                "Nothing is missing in the records of the stocks traced.",
                "所追溯存货的记录无缺项。",
            ));
        }
        let mut silent =
            Table::new("silent", lang.pick("Operators out of reach", "无法联系的主体"))
                .column(Column::text("operator", lang.pick("Code", "编码")))
                .column(Column::text("name", lang.pick("Operator", "生产经营者")))
                .column(Column::text("why", lang.pick("Why", "原因")).wide());
        for row in self.record.unreachable.iter().take(LISTED) {
            silent.push(vec![
                Cell::text(&row.operator),
                Cell::text(self.names.get(&row.operator).map_or("", String::as_str)),
                Cell::word(silence(row.why, lang)),
            ]);
        }
        section = section.table(&gaps).table(&silent.without_empty());
        if self.record.unreachable.is_empty() {
            section = section.text(if self.asked {
                lang.pick("Every operator asked has answered.", "所联系主体均已答复。")
            } else {
                lang.pick(
                    "No operator lacks a row or a name; nobody was asked.",
                    "各主体均有登记和名称；未联系主体。",
                )
            });
        }
        let most = self.record.gaps.len().max(self.record.unreachable.len());
        section.first_of(LISTED, most, lang)
    }
}

const fn verdict(verdict: Verdict, lang: Lang) -> &'static str {
    match verdict {
        Verdict::Balanced => lang.pick("pass", "平衡"),
        Verdict::Short => lang.pick("SHORT", "短少"),
        Verdict::Over => lang.pick("OVER", "溢出"),
        Verdict::ToCount => lang.pick("count it", "待盘点"),
        Verdict::Unknown => lang.pick("unknown", "不明"),
    }
}

const fn missing(missing: Missing, lang: Lang) -> &'static str {
    match missing {
        Missing::Origin => lang.pick("who sent or made it", "来源（谁发出或生产）"),
        Missing::Inputs => lang.pick("what went into it", "投入原料"),
        Missing::Certainty => lang.pick(
            "certainty: only inferred, roughly dated or contradicting links",
            "确定性（仅推断、日期粗略或矛盾的记录）",
        ),
        _ => lang.pick("a quantity", "数量"),
    }
}

const fn silence(why: Silence, lang: Lang) -> &'static str {
    match why {
        Silence::Unregistered => lang.pick("has no row of its own", "无主体登记"),
        Silence::Nameless => lang.pick("has no name", "无名称"),
        _ => lang.pick("did not answer", "未答复"),
    }
}
