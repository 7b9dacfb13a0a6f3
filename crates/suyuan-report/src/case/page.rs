//! The page of a case.

use rust_decimal::prelude::ToPrimitive;
use suyuan_core::recall::case::Line;
use suyuan_core::time::Minute;

use super::{CaseReport, words};
use crate::chart::parts::{Part, Parts};
use crate::chart::periods::{Period, Periods};
use crate::lang::Lang;
use crate::page::{Page, Section};
use crate::table::{Cell, Column, Table};
use crate::text;

/// The most operators whose returns are drawn.
const DRAWN: usize = 40;
/// The most rows of a table; the JSON holds all.
const LISTED: usize = 3000;

impl CaseReport {
    /// The page.
    #[must_use]
    pub fn page(&self, lang: Lang) -> Page {
        let title = format!("{}{}", lang.pick("Recall case ", "召回案件 "), self.case);
        let mut page = Page::new(lang, &title).lead(&self.lead(lang)).signed();
        page.push(self.summary(lang));
        page.push(self.asked(lang));
        page.push(self.told(lang));
        page.push(self.returned(lang));
        page.push(self.entries_section(lang));
        page
    }

    fn lead(&self, lang: Lang) -> String {
        let (overdue, late) = (self.tally.overdue, self.tally.late);
        let status = words::status(self.status, lang);
        match lang {
            Lang::En => format!(
                "{status}. {} overdue, {} done late.",
                match overdue {
                    1 => "1 duty is".to_owned(),
                    more => format!("{more} duties are"),
                },
                match late {
                    1 => "1 was".to_owned(),
                    more => format!("{more} were"),
                },
            ),
            Lang::Zh => format!("{status}。逾期未完成{overdue}项，超期完成{late}项。"),
        }
    }

    fn summary(&self, lang: Lang) -> Section {
        let mut facts = vec![
            (lang.pick("Level", "等级").to_owned(), words::level(self.level, lang).to_owned()),
            (lang.pick("Overdue", "逾期").to_owned(), text::count(self.tally.overdue)),
            (
                lang.pick("Operators concerned", "涉及主体").to_owned(),
                text::count(self.tally.concerned),
            ),
            (lang.pick("told", "已通知").to_owned(), text::count(self.tally.told)),
            (lang.pick("said so", "已答复").to_owned(), text::count(self.tally.acknowledged)),
        ];
        for line in &self.recovery.total {
            let label = format!("{}, {}", lang.pick("Recovered", "召回率"), line.unit);
            facts.push((label, rate(line.rate, lang)));
        }
        let section = Section::new("summary", lang.pick("Summary", "概要")).facts(&facts).story(&[
            (lang.pick("Must recall", "责任主体"), self.responsible.clone()),
            (lang.pick("Reason", "事由"), self.reason.clone()),
            (lang.pick("Known since", "知悉时间"), text::minute(Some(self.known), lang)),
            (lang.pick("Status", "状态"), words::status(self.status, lang).to_owned()),
            (lang.pick("As known at", "查询时刻"), text::until(Some(self.at), lang)),
            (lang.pick("Entries", "记录数"), text::count(self.entries as u64)),
        ]);
        if self.recovery.complete {
            section
        } else {
            section.note(lang.pick(
                "What there is to get back is not known in full: rates are of what is known, marked *.",
                "应召回数量不全（标*），召回率仅按已知数量计算。",
            ))
        }
    }

    fn asked(&self, lang: Lang) -> Section {
        let label = |rule: &str, operator: &str| {
            format!("{} {operator}", words::rule(rule, lang)).trim_end().to_owned()
        };
        let periods = Periods {
            caption: lang.pick("Duties and their periods.", "时限与完成情况。").to_owned(),
            rows: self
                .duties
                .iter()
                .map(|duty| Period {
                    label: label(&duty.rule, &duty.operator),
                    from: duty.from,
                    due: duty.due,
                    done: duty.done,
                    standing: duty.standing,
                })
                .collect(),
            now: self.at,
        };
        let mut table = Table::new("duties", lang.pick("What is asked by when", "法定时限"))
            .column(Column::text("rule", lang.pick("Duty", "事项")))
            .column(Column::text("operator", lang.pick("Operator", "主体")))
            .column(Column::text("from", lang.pick("From", "起算")).tight())
            .column(Column::text("due", lang.pick("Due", "截止")).tight())
            .column(Column::text("done", lang.pick("Done", "完成")).tight())
            .column(Column::text("standing", lang.pick("Stands", "状态")).tight())
            .column(Column::text("source", lang.pick("Rule", "依据")).wide());
        for duty in self.duties.iter().take(LISTED) {
            table.push(vec![
                Cell::word(words::rule(&duty.rule, lang)),
                Cell::text(&duty.operator),
                Cell::word(text::minute(Some(duty.from), lang)),
                duty.due.map_or_else(
                    || Cell::word(lang.unknown()),
                    |due| Cell::word(text::until(Some(due), lang)),
                ),
                when(duty.done, lang),
                Cell::word(lang.standing(duty.standing)),
                Cell::text(&duty.source),
            ]);
        }
        let section = Section::new("duties", lang.pick("What is asked by when", "时限"));
        if self.duties.is_empty() {
            return section.text(lang.pick("Nothing is asked any more.", "无待办时限。"));
        }
        let section = section.figure(periods.figure(lang)).table(&table.without_empty());
        section.first_of(LISTED, self.duties.len(), lang)
    }

    fn told(&self, lang: Lang) -> Section {
        let mut table = Table::new("notices", lang.pick("Notices", "通知"))
            .column(Column::text("operator", lang.pick("Operator", "主体")))
            .column(Column::text("told", lang.pick("Told", "通知时间")).tight())
            .column(Column::text("said", lang.pick("Said so", "答复时间")).tight())
            .column(Column::number("failures", lang.pick("Failed attempts", "通知失败次数")));
        for notice in self.notices.iter().take(LISTED) {
            let told = match (notice.concerned, notice.notified) {
                (false, _) => Cell::word(lang.pick("concerned no more", "不再涉及")),
                (true, None) => Cell::word(lang.pick("NOT YET", "尚未通知")),
                (true, told) => when(told, lang),
            };
            table.push(vec![
                Cell::text(&notice.operator),
                told,
                when(notice.acknowledged, lang),
                Cell::Count(u64::from(notice.failures)),
            ]);
        }
        let section = Section::new("notices", lang.pick("Who was told", "通知情况"));
        if self.notices.is_empty() {
            return section
                .text(lang.pick("No operator is named as concerned yet.", "尚未列明涉及主体。"));
        }
        section.table(&table).first_of(LISTED, self.notices.len(), lang)
    }

    fn returned(&self, lang: Lang) -> Section {
        let mut table = Table::new("recovery", lang.pick("What came back", "召回情况"))
            .column(Column::text("operator", lang.pick("Operator", "主体")))
            .column(Column::text("unit", lang.pick("Unit", "单位")).tight())
            .column(Column::number("to_recover", lang.pick("To recover", "应召回")))
            .column(Column::number("recovered", lang.pick("Recovered", "已召回")))
            .column(Column::number("destroyed", lang.pick("Destroyed", "已销毁")))
            .column(Column::number("relabelled", lang.pick("Relabelled", "已补标")))
            .column(Column::number("consumed", lang.pick("Consumed", "已消费")))
            .column(Column::number("outstanding", lang.pick("Outstanding", "未收回")))
            .column(Column::number("rate", lang.pick("Recovered %", "召回率")))
            .column(Column::number("accounted", lang.pick("Accounted %", "落实率")));
        let share = |share| Option::map_or(share, Cell::Empty, Cell::Share);
        let mut push = |name: Cell, line: &Line, complete: bool| {
            let star = if complete { "" } else { " *" };
            table.push(vec![
                name,
                Cell::word(format!("{}{star}", line.unit)),
                Cell::Number(line.to_recover),
                Cell::Number(line.recovered),
                Cell::Number(line.destroyed),
                Cell::Number(line.relabelled),
                Cell::Number(line.consumed),
                Cell::Number(line.outstanding),
                share(line.rate),
                share(line.accounted),
            ]);
        };
        for row in self.recovery.operators.iter().take(LISTED) {
            for line in &row.lines {
                push(Cell::text(&row.operator), line, row.complete);
            }
        }
        for line in &self.recovery.total {
            push(Cell::word(lang.pick("all", "合计")), line, self.recovery.complete);
        }
        let section = Section::new("recovery", lang.pick("What came back", "召回情况"));
        if table.is_empty() {
            return section.text(lang.pick("Nothing is to come back yet.", "尚无应召回数量。"));
        }
        let row = |label: &str, line: &Line| Part {
            label: format!("{label} ({})", line.unit),
            parts: [line.recovered, line.consumed, line.outstanding]
                .map(|part| {
                    let whole = line.recovered + line.consumed + line.outstanding;
                    part.checked_div(whole).and_then(|share| share.to_f64()).unwrap_or_default()
                        * 100.0
                })
                .to_vec(),
            texts: [line.recovered, line.consumed, line.outstanding]
                .map(|part| format!("{} {}", text::decimal(part), line.unit))
                .to_vec(),
            value: rate(line.rate, lang),
        };
        let all = lang.pick("all", "合计");
        let operators = self.recovery.operators.iter().take(DRAWN);
        let rows = operators
            .flat_map(|operator| operator.lines.iter().map(|line| row(&operator.operator, line)))
            .chain(self.recovery.total.iter().map(|line| row(all, line)));
        let parts = Parts {
            caption: lang
                .pick("What became of the goods, by operator.", "各主体应召回食品的去向。")
                .to_owned(),
            series: [
                lang.pick("recovered", "已召回"),
                lang.pick("consumed", "已消费"),
                lang.pick("outstanding", "未收回"),
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: rows.collect(),
            marks: Vec::new(),
            unit: "%".to_owned(),
        };
        let section = section.figure(parts.figure(lang)).table(&table);
        section.first_of(LISTED, self.recovery.operators.len(), lang)
    }

    fn entries_section(&self, lang: Lang) -> Section {
        let mut table = Table::new("log", lang.pick("Every entry", "全部记录"))
            .column(Column::text("entry", lang.pick("No.", "序号")).tight())
            .column(Column::text("at", lang.pick("When", "时间")).tight())
            .column(Column::text("recorded", lang.pick("Recorded", "登记")).tight())
            .column(Column::text("by", lang.pick("By", "经办")))
            .column(Column::text("what", lang.pick("What", "内容")).wide());
        for (number, entry) in self.log.iter().enumerate().take(LISTED) {
            table.push(vec![
                Cell::word(number.to_string()),
                Cell::word(text::minute(Some(entry.at), lang)),
                when(entry.recorded_at, lang),
                Cell::text(&entry.by),
                Cell::Text(words::change(&entry.change, lang)),
            ]);
        }
        let section = Section::new("log", lang.pick("The log", "案件日志"));
        section.table(&table.without_empty()).first_of(LISTED, self.log.len(), lang)
    }
}

fn when(at: Option<Minute>, lang: Lang) -> Cell {
    at.map_or(Cell::Empty, |at| Cell::word(text::minute(Some(at), lang)))
}

fn rate(rate: Option<rust_decimal::Decimal>, lang: Lang) -> String {
    rate.map_or_else(|| lang.pick("none due", "无应召回").to_owned(), text::percent)
}
