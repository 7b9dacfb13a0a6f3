//! The page of what verdicts mean.

use suyuan::model::Verdict;
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};

use super::{LISTED, real_percent, word};
use crate::show;
use crate::verdicts::{Document, Row};

/// What each sample's verdict means: those that start recalls, and negatives that recalls reach.
#[must_use]
pub fn verdicts(found: &Document, lang: Lang) -> Page {
    let of = |verdict| found.samples.iter().filter(|row| row.verdict == Some(verdict)).count();
    let (failed, passed) = (of(Verdict::Fail), of(Verdict::Pass));
    let reached = found.samples.iter().filter(|row| !row.reached_by.is_empty()).count();
    let lead = match lang {
        Lang::En => format!(
            "{} failed and started recalls. {passed} passed; of those that did not fail, {reached} {} reached by a recall all the same.",
            show::count(failed, "sample"),
            if reached == 1 { "is" } else { "are" }
        ),
        Lang::Zh => format!(
            "不合格{failed}批次，均启动召回；合格{passed}批次。未判不合格而仍在召回范围内的{reached}批次。"
        ),
    };
    let mut page =
        Page::new(lang, lang.pick("What the verdicts mean", "检验结论的含义")).lead(&lead);
    let facts = [
        (lang.pick("Failed", "不合格"), failed.to_string()),
        (lang.pick("Passed", "合格"), passed.to_string()),
        (lang.pick("Pending", "待检"), of(Verdict::Pending).to_string()),
        (lang.pick("Reached all the same", "仍在召回范围"), reached.to_string()),
        (lang.pick("A negative misses", "漏检概率"), real_percent(found.missed)),
    ];
    let lot = match found.lot {
        Some(lot) => lot.to_string(),
        None => lang.pick("so many that drawing does not change it", "足够大").to_owned(),
    };
    let story = [
        (lang.pick("Units tested", "检验单元数"), found.units.to_string()),
        (lang.pick("Units in the lot", "批量"), lot),
        (lang.pick("Contaminated, if any", "假定污染率"), real_percent(found.prevalence)),
        (lang.pick("A test finds", "检出灵敏度"), real_percent(found.sensitivity)),
    ];
    page.push(
        Section::new("summary", lang.pick("Summary", "概要"))
            .facts(&facts.map(|(label, value)| (label.to_owned(), value)))
            .story(&story)
            .note(lang.pick(
                "A negative clears nothing: it misses a contamination of this prevalence with the probability above.",
                "合格结论不解除任何批次：在上述污染率下仍有漏检可能。",
            )),
    );
    let acts: Vec<&Row> = found.samples.iter().filter(|row| row.seeds.is_some()).collect();
    page.push(section(
        "recalls",
        lang.pick("Samples that start a recall", "启动召回的样品"),
        &acts,
        lang,
    ));
    let reached: Vec<&Row> =
        found.samples.iter().filter(|row| !row.reached_by.is_empty()).collect();
    let title = lang.pick("Samples that a recall reaches all the same", "仍在召回范围内的样品");
    page.push(section("reached", title, &reached, lang));
    let others: Vec<&Row> = found
        .samples
        .iter()
        .filter(|row| row.seeds.is_none() && row.reached_by.is_empty())
        .collect();
    page.push(section("others", lang.pick("All other samples", "其他样品"), &others, lang));
    page
}

fn section(id: &str, title: &str, rows: &[&Row], lang: Lang) -> Section {
    let mut table = Table::new(id, title)
        .column(word("sample", lang.pick("Sample", "样品")))
        .column(word("batch", lang.pick("Batch", "批次")))
        .column(word("operator", lang.pick("Operator", "主体")))
        .column(word("verdict", lang.pick("Verdict", "结论")).tight())
        .column(Column::number("stocks", lang.pick("Stocks recalled", "召回存货数")))
        .column(word("by", lang.pick("Reached by", "所属召回")))
        .column(word("certainty", lang.pick("Certainty", "确定性")).tight())
        .column(Column::number("missed", lang.pick("May have missed %", "漏检概率%")));
    for row in rows.iter().take(LISTED) {
        table.push(vec![
            Cell::text(&row.sample),
            Cell::text(&row.batch),
            Cell::text(&row.operator),
            Cell::word(lang.verdict(row.verdict)),
            row.seeds.map_or(Cell::Empty, Cell::Count),
            Cell::text(&row.reached_by.join(", ")),
            row.certainty.map_or(Cell::Empty, |how| Cell::word(lang.certainty(how))),
            Cell::real(row.missed.map(|missed| missed * 100.0), 3),
        ]);
    }
    let section = Section::new(id, title);
    if table.is_empty() {
        return section.text(lang.pick("None.", "无。"));
    }
    section.table(&table.without_empty()).first_of(LISTED, rows.len(), lang)
}
