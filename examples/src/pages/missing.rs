//! The page of what inference finds of links that are missing.

use suyuan::report::chart::parts::{Part, Parts};
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section, thousands};

use super::{real_percent, word};
use crate::holes::{Document, Removed, Row};

/// What inference finds of true contaminations when input lines are missing.
#[must_use]
pub fn missing_links(found: &Document, lang: Lang) -> Page {
    let lead = match lang {
        Lang::En => format!(
            "{} in all truly reached by {}, of a chain of {} links; {} of its input lines are removed.",
            lang.things(found.truly_affected, ["stock", "stocks"], ""),
            lang.things(found.sources as u64, ["contamination", "contaminations"], ""),
            thousands(found.links),
            real_percent(found.share)
        ),
        Lang::Zh => format!(
            "{}条关联的生成链中，{}起污染实际到达{}份存货；移除投入记录{}。",
            thousands(found.links),
            found.sources,
            thousands(found.truly_affected),
            real_percent(found.share)
        ),
    };
    let title = lang.pick("When input lines are missing", "投入记录缺失时的追溯");
    let mut page = Page::new(lang, title).lead(&lead);
    let removed = |row: &Row| match row.removed {
        Removed::Nothing => lang.pick("nothing", "无"),
        Removed::Lines => lang.pick("single lines", "单行"),
        Removed::Transformations => lang.pick("whole inputs", "整单"),
    };
    let parts = Parts {
        caption: lang
            .pick(
                "What tracing finds, in percent of the truly affected stocks.",
                "追溯结果占实际受影响存货的百分比。",
            )
            .to_owned(),
        series: [lang.pick("truly affected", "实际受影响"), lang.pick("over-scope", "超出部分")]
            .map(str::to_owned)
            .to_vec(),
        rows: found
            .rows
            .iter()
            .map(|row| Part {
                label: format!("{}, {}", removed(row), row.rules),
                parts: vec![row.found_share * 100.0, row.over_share * 100.0],
                texts: [row.found_share, row.over_share].map(real_percent).to_vec(),
                value: real_percent(row.found_share),
            })
            .collect(),
        marks: vec![100.0],
        unit: lang.pick("% of the truth", "占实际%").to_owned(),
    };
    let mut table =
        Table::new("rules", lang.pick("By what is removed, and by rule", "按缺失与推断规则"))
            .column(word("removed", lang.pick("Removed", "移除")))
            .column(Column::number("lines", lang.pick("Lines gone", "缺失行")))
            .column(word("rules", lang.pick("Inferred by", "推断规则")).tight())
            .column(Column::number("links", lang.pick("Links inferred", "推断关联")))
            .column(Column::number("found", lang.pick("Found", "找回")))
            .column(Column::number("found_share", lang.pick("Found %", "找回%")))
            .column(Column::number("scope", lang.pick("Scope", "范围")))
            .column(Column::number("over", lang.pick("Over-scope %", "超出%")));
    for row in &found.rows {
        table.push(vec![
            Cell::word(removed(row)),
            Cell::Count(row.removed_lines),
            Cell::word(row.rules.clone()),
            Cell::Count(row.inferred_links as u64),
            Cell::Count(row.found),
            Cell::Real(row.found_share * 100.0, 3),
            Cell::Count(row.scope),
            Cell::Real(row.over_share * 100.0, 3),
        ]);
    }
    page.push(
        Section::new("found", lang.pick("What tracing finds", "追溯所得"))
            .text(lang.pick(
                "Found: truly affected stocks in the scope. Over-scope: other stocks in it. A window is the days for which what came in may have gone into what was made.",
                "找回：范围内实际受影响的存货；超出：范围内其他存货。window为入库后可能被投入加工的天数。",
            ))
            .story(&[(lang.pick("Seed", "随机种子"), found.seed.to_string())])
            .figure(parts.figure(lang))
            .table(&table),
    );
    page
}
