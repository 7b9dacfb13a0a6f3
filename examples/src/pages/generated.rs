//! The page of a generated chain.

use suyuan::report::chart::parts::{Part, Parts};
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section, thousands};

use super::word;
use crate::generated::Document;

/// What was generated, and the truth of its contaminations.
#[must_use]
pub fn generated(found: &Document, lang: Lang) -> Page {
    let [links, stocks] = [found.links, found.stocks].map(thousands);
    let days = found.days;
    let lead = match lang {
        Lang::En => format!(
            "{links} links between {stocks} stocks over {}. The records are invented; seed {}.",
            lang.things(u64::from(days), ["day", "days"], ""),
            found.seed
        ),
        Lang::Zh => format!(
            "{days}天内{stocks}份存货之间的{links}条关联。记录均为虚构，随机种子{}。",
            found.seed
        ),
    };
    let mut page =
        Page::new(lang, lang.pick("A generated supply chain", "生成的供应链")).lead(&lead);
    let mut facts = vec![
        (lang.pick("Links", "关联"), found.links),
        (lang.pick("Stocks", "存货"), found.stocks),
        (lang.pick("Transformations", "加工"), found.transformations),
        (lang.pick("Shipments back", "退货"), found.returns),
        (lang.pick("Waybills left out", "缺失运单"), found.missing_links),
        (lang.pick("Dates partly written", "日期不全"), found.partial_dates),
    ];
    if let Some(broken) = found.broken {
        facts.push((lang.pick("Rows to reject", "应退回行"), broken.rejected));
        facts.push((lang.pick("Rows to repair", "应修复行"), broken.repaired));
    }
    let facts: Vec<(String, String)> =
        facts.into_iter().map(|(label, number)| (label.to_owned(), thousands(number))).collect();
    let mut tables = Table::new("tables", lang.pick("Rows of each table", "各表行数"))
        .column(word("table", lang.pick("Table", "表")))
        .column(Column::number("rows", lang.pick("Rows", "行数")));
    for rows in &found.tables {
        tables.push(vec![Cell::word(rows.table), Cell::Count(rows.rows)]);
    }
    page.push(Section::new("records", lang.pick("Records", "记录")).facts(&facts).table(&tables));
    let section = Section::new("truth", lang.pick("Truth", "真实污染")).text(lang.pick(
        "Where contaminations start, and how many stocks their material reached: what a trace ought to find.",
        "污染起点及其物料实际到达的存货数，即追溯应得的结果。",
    ));
    if found.sources.is_empty() {
        page.push(section.text(lang.pick("None was planted.", "未设置污染。")));
        return page;
    }
    let parts = Parts {
        caption: lang.pick("Stocks reached from each start.", "各起点到达的存货数。").to_owned(),
        series: vec![lang.pick("stocks", "存货").to_owned()],
        rows: found
            .sources
            .iter()
            .map(|source| Part {
                label: format!("{}@{}", source.batch, source.operator),
                parts: vec![source.reached as f64],
                texts: vec![source.reached.to_string()],
                value: thousands(source.reached),
            })
            .collect(),
        marks: Vec::new(),
        unit: lang.pick("stocks", "份存货").to_owned(),
    };
    let mut table = Table::new("sources", lang.pick("Where contaminations start", "污染起点"))
        .column(word("batch", lang.pick("Batch", "批次")))
        .column(word("operator", lang.pick("Operator", "主体")))
        .column(word("origin", lang.pick("Starts at", "起点类型")).tight())
        .column(Column::number("reached", lang.pick("Stocks reached", "到达存货")))
        .column(Column::number("failing", lang.pick("Failing samples", "不合格样品")));
    for source in &found.sources {
        table.push(vec![
            Cell::text(&source.batch),
            Cell::text(&source.operator),
            Cell::word(source.origin.clone()),
            Cell::Count(source.reached),
            Cell::Count(source.failing),
        ]);
    }
    page.push(section.figure(parts.figure(lang)).table(&table));
    page
}
