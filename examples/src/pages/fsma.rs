//! The page of an FSMA 204 spreadsheet.

use suyuan::fsma::{EventReport, Kind};
use suyuan::report::chart::parts::{Part, Parts};
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};

use super::{LISTED, count, word};
use crate::fsma::Answer;

/// Which key data element is missing from which critical tracking event.
#[must_use]
pub fn fsma(found: &Answer, lang: Lang) -> Page {
    let (complete, all) = (found.complete, found.events.len());
    let lead = match lang {
        Lang::En => {
            format!("{complete} of {all} events hold everything that 21 CFR part 1 asks for.")
        }
        Lang::Zh => format!("{all}个事件中{complete}个满足21 CFR第1部分的全部要求。"),
    };
    let title = lang.pick("FSMA 204 sortable spreadsheet", "FSMA 204可排序电子表格核查");
    let mut page = Page::new(lang, title).lead(&lead);
    page.push(kinds(found, lang));
    page.push(rules(found, lang));
    let lacking: Vec<&EventReport> =
        found.events.iter().filter(|event| !event.is_complete()).collect();
    let title = lang.pick("Events that lack something", "缺项事件");
    let mut table = Table::new("events", title)
        .column(word("event", lang.pick("Event", "事件")))
        .column(word("rows", lang.pick("Rows", "行")).tight())
        .column(word("lot", lang.pick("Lot", "批次代码")))
        .column(word("missing", lang.pick("Missing", "缺少")).wide())
        .column(word("unreadable", lang.pick("Cannot be read", "无法识别")).wide());
    for event in lacking.iter().take(LISTED) {
        let rows: Vec<String> = event.rows.iter().take(8).map(u32::to_string).collect();
        let missing = event.missing.iter().map(|missing| {
            let parts = missing.parts.join(", ");
            let parts = if parts.is_empty() { parts } else { format!(" ({parts})") };
            format!("{}{parts} {}", missing.element, missing.rule)
        });
        let unreadable = event.unreadable.iter().map(|value| {
            format!("{}: {:?} ≠ {} {}", value.heading, value.value, value.expected, value.rule)
        });
        table.push(vec![
            Cell::word(event.kind.tab()),
            Cell::word(rows.join(" ")),
            Cell::text(&event.lot),
            Cell::text(&missing.collect::<Vec<_>>().join("; ")),
            Cell::text(&unreadable.collect::<Vec<_>>().join("; ")),
        ]);
    }
    let section = Section::new("events", title);
    page.push(if table.is_empty() {
        section.text(lang.pick("None.", "无。"))
    } else {
        section.table(&table.without_empty()).first_of(LISTED, lacking.len(), lang)
    });
    if !found.findings.is_empty() {
        let title = lang.pick("What is odd in the workbook", "工作簿中的异常");
        let mut table = Table::new("findings", title)
            .column(word("place", lang.pick("Place", "位置")))
            .column(word("message", lang.pick("What", "内容")).wide());
        for finding in found.findings.iter().take(LISTED) {
            table.push(vec![Cell::text(&finding.place), Cell::text(&finding.message)]);
        }
        let section = Section::new("findings", title).table(&table);
        page.push(section.first_of(LISTED, found.findings.len(), lang));
    }
    page
}

fn kinds(found: &Answer, lang: Lang) -> Section {
    let counts: Vec<(&str, usize, usize)> = Kind::ALL
        .iter()
        .map(|kind| {
            let of_kind = || found.events.iter().filter(|event| event.kind == *kind);
            (kind.tab(), of_kind().count(), of_kind().filter(|event| event.is_complete()).count())
        })
        .filter(|(_, all, _)| *all > 0)
        .collect();
    let parts = Parts {
        caption: lang.pick("Events of each kind.", "各类事件。").to_owned(),
        series: [lang.pick("complete", "完整"), lang.pick("lack something", "缺项")]
            .map(str::to_owned)
            .to_vec(),
        rows: counts
            .iter()
            .map(|(name, all, whole)| Part {
                label: (*name).to_owned(),
                parts: vec![*whole as f64, (all - whole) as f64],
                texts: [*whole, all - whole].map(|number| number.to_string()).to_vec(),
                value: format!("{whole} / {all}"),
            })
            .collect(),
        marks: Vec::new(),
        unit: lang.pick("events", "事件数").to_owned(),
    };
    let mut table = Table::new("kinds", lang.pick("By kind of event", "按事件类型"))
        .column(word("event", lang.pick("Event", "事件")))
        .column(Column::number("events", lang.pick("Events", "事件数")))
        .column(Column::number("complete", lang.pick("Complete", "完整")));
    for (name, all, whole) in &counts {
        table.push(vec![Cell::word(*name), count(*all), count(*whole)]);
    }
    Section::new("kinds", lang.pick("Events", "事件")).figure(parts.figure(lang)).table(&table)
}

fn rules(found: &Answer, lang: Lang) -> Section {
    let title = lang.pick("What is missing, by paragraph of 21 CFR", "按21 CFR条款统计的缺项");
    let mut table = Table::new("rules", title)
        .column(word("rule", lang.pick("Paragraph", "条款")).tight())
        .column(word("element", lang.pick("Element", "关键数据要素")).wide())
        .column(Column::number("events", lang.pick("Events", "事件数")));
    for (rule, number) in &found.by_rule {
        let missing = found.events.iter().flat_map(|event| &event.missing);
        let element = missing.clone().find(|missing| missing.rule == *rule);
        table.push(vec![
            Cell::word(*rule),
            Cell::text(element.map_or("", |missing| &missing.element)),
            count(*number),
        ]);
    }
    let section = Section::new("rules", lang.pick("What is missing", "缺项"));
    if table.is_empty() {
        return section.text(lang.pick("Nothing is missing.", "无缺项。"));
    }
    section.table(&table)
}
