//! The page of a trace over the events of an EPCIS document.

use suyuan::epcis::{Direction, EventTrace};
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};
use suyuan::time::Minute;

use super::{LISTED, word};
use crate::epcis::{Answer, Remark};
use crate::show;

/// From which events a lot came, or into which it went, and what is wrong with the document.
#[must_use]
pub fn epcis(found: &Answer, lang: Lang) -> Page {
    let lead = match (&found.trace, lang) {
        (Some(trace), Lang::En) => format!(
            "{} of {} and {} {} {}.",
            trace.events.len(),
            show::count(found.document_events, "event"),
            show::count(trace.stocks.len(), "stock"),
            match trace.direction {
                Direction::Back => "lie upstream of",
                Direction::Forward => "lie downstream of",
            },
            trace.from
        ),
        (Some(trace), Lang::Zh) => format!(
            "{}的{}涉及{}个事件中的{}个、{}份存货。",
            trace.from,
            match trace.direction {
                Direction::Back => "上游",
                Direction::Forward => "下游",
            },
            found.document_events,
            trace.events.len(),
            trace.stocks.len()
        ),
        (None, Lang::En) => {
            format!("Events read: {}. Nothing was traced.", found.document_events)
        }
        (None, Lang::Zh) => format!("读取{}个事件，未作追溯。", found.document_events),
    };
    let title = format!("EPCIS: {}", found.documents.join(", "));
    let mut page = Page::new(lang, &title).lead(&lead);
    page.push(summary(found, lang));
    if let Some(trace) = &found.trace {
        page.push(events(trace, lang));
        page.push(stocks(trace, lang));
    }
    page.push(remarks(
        "problems",
        lang.pick("What breaks the standard", "不符合标准之处"),
        &found.problems,
        lang,
    ));
    page.push(remarks("notes", lang.pick("What is odd", "异常之处"), &found.notes, lang));
    if !found.left_out.is_empty() {
        let title = lang.pick("What the XML written has no place for", "所写XML未能保留之处");
        page.push(remarks("left-out", title, &found.left_out, lang));
    }
    let title = lang.pick("What its records contradict", "记录矛盾");
    let mut table = Table::new("findings", title)
        .column(word("code", lang.pick("Kind", "种类")))
        .column(word("severity", lang.pick("Severity", "严重程度")).tight())
        .column(word("message", lang.pick("What", "内容")).wide());
    for row in found.findings.iter().take(LISTED) {
        table.push(vec![
            Cell::text(&row.code),
            Cell::text(&row.severity),
            Cell::text(&row.message),
        ]);
    }
    page.push(section_of("findings", title, &table, found.findings.len(), lang));
    page
}

fn summary(found: &Answer, lang: Lang) -> Section {
    let mut facts = vec![
        (lang.pick("Events read", "读取事件"), found.document_events),
        (lang.pick("Retracted", "已撤回"), found.retracted.len()),
        (lang.pick("Problems", "不符合"), found.problems.len()),
    ];
    let mut story = vec![(lang.pick("Documents", "文档"), found.documents.join(", "))];
    story.push((lang.pick("Clock", "时区"), format!("UTC{}", found.clock)));
    if let Some(trace) = &found.trace {
        facts.push((lang.pick("Events traced", "追溯事件"), trace.events.len()));
        let on_path = trace.events.iter().filter(|event| event.on_path).count();
        facts.push((lang.pick("on the path", "在路径上"), on_path));
        facts.push((lang.pick("Stocks", "存货"), trace.stocks.len()));
        story.push((lang.pick("Traced", "追溯对象"), trace.from.clone()));
        story.push((
            lang.pick("Direction", "方向"),
            match trace.direction {
                Direction::Back => lang.pick("back to where it came from", "向上游溯源"),
                Direction::Forward => lang.pick("forward to where it went", "向下游追踪"),
            }
            .to_owned(),
        ));
    }
    if !found.retracted.is_empty() {
        story.push((lang.pick("Retracted", "已撤回"), found.retracted.join(", ")));
    }
    let facts: Vec<(String, String)> =
        facts.into_iter().map(|(label, number)| (label.to_owned(), number.to_string())).collect();
    Section::new("summary", lang.pick("Summary", "概要")).facts(&facts).story(&story)
}

fn events(trace: &EventTrace, lang: Lang) -> Section {
    let mut table = Table::new("events", lang.pick("Events, by time", "事件（按时间）"))
        .column(word("time", lang.pick("Time", "时间")).tight())
        .column(word("type", lang.pick("Type", "类型")).tight())
        .column(word("step", lang.pick("Step", "业务步骤")).tight())
        .column(word("path", lang.pick("On the path", "在路径上")).tight())
        .column(word("places", lang.pick("Places", "地点")).wide())
        .column(word("goods", lang.pick("Goods", "货物")).wide())
        .column(word("id", lang.pick("Event", "事件标识")));
    for event in trace.events.iter().take(LISTED) {
        let id = event.id.as_deref().or(event.paths.first().map(String::as_str));
        let step = event.step.as_deref().unwrap_or_default();
        table.push(vec![
            Cell::word(minute(event.minute, lang)),
            Cell::text(event.kind.trim_end_matches("Event")),
            Cell::text(step.rsplit([':', '/']).next().unwrap_or(step)),
            Cell::word(if event.on_path {
                lang.pick("yes", "是")
            } else {
                lang.pick("no", "否")
            }),
            Cell::text(&event.places.iter().map(|place| bare(place)).collect::<Vec<_>>().join(" ")),
            Cell::text(&event.goods.iter().map(|goods| bare(goods)).collect::<Vec<_>>().join(" ")),
            Cell::text(id.unwrap_or_default()),
        ]);
    }
    let section = Section::new("events", lang.pick("Events", "事件"));
    if table.is_empty() {
        return section.text(lang.pick("None.", "无。"));
    }
    section.table(&table.without_empty()).first_of(LISTED, trace.events.len(), lang)
}

fn stocks(trace: &EventTrace, lang: Lang) -> Section {
    let (key, limit) = match trace.direction {
        Direction::Back => ("until", lang.pick("Left by", "最晚流出")),
        Direction::Forward => ("since", lang.pick("Since", "起始")),
    };
    let mut table =
        Table::new("stocks", lang.pick("Stocks, the nearest first", "存货（由近及远）"))
            .column(word("goods", lang.pick("Goods", "货物")).wide())
            .column(word("place", lang.pick("Place", "地点")))
            .column(word("name", lang.pick("Name", "名称")))
            .column(word(key, limit).tight())
            .column(word("certainty", lang.pick("Certainty", "确定性")).tight())
            .column(Column::number("hops", lang.pick("Steps", "步数")));
    for stock in trace.stocks.iter().take(LISTED) {
        table.push(vec![
            Cell::text(bare(&stock.goods)),
            Cell::text(bare(&stock.place)),
            Cell::text(&stock.name),
            Cell::word(minute(stock.minute, lang)),
            Cell::word(lang.certainty(stock.certainty)),
            Cell::Count(u64::from(stock.hops)),
        ]);
    }
    section_of("stocks", lang.pick("Stocks", "存货"), &table, trace.stocks.len(), lang)
}

/// An identifier without the address that all of them begin with.
fn bare(text: &str) -> &str {
    text.trim_start_matches("https://id.gs1.org")
}

fn minute(at: Minute, lang: Lang) -> String {
    if at.is_bounded() { at.to_string().replace('T', " ") } else { lang.unknown().to_owned() }
}

fn remarks(id: &str, title: &str, remarks: &[Remark], lang: Lang) -> Section {
    let mut table = Table::new(id, title)
        .column(word("path", lang.pick("Place", "位置")))
        .column(word("what", lang.pick("What", "内容")).wide());
    for remark in remarks.iter().take(LISTED) {
        table.push(vec![Cell::text(&remark.path), Cell::text(&remark.what)]);
    }
    section_of(id, title, &table, remarks.len(), lang)
}

fn section_of(id: &str, title: &str, table: &Table, all: usize, lang: Lang) -> Section {
    let section = Section::new(id, title);
    if table.is_empty() {
        return section.text(lang.pick("None.", "无。"));
    }
    section.table(table).first_of(LISTED, all, lang)
}
