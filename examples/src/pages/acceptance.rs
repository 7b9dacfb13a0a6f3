//! The page of an acceptance plan.

use suyuan::report::chart::curve::Curve;
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};

use crate::plans;

/// An acceptance plan with its operating characteristic.
#[must_use]
pub fn acceptance(found: &plans::Document, lang: Lang) -> Page {
    let title = format!("{}{}", lang.pick("Acceptance plan: ", "验收抽样方案："), found.plan);
    let mut page = Page::new(lang, &title).lead(found.method);
    let curve = Curve {
        caption: lang.pick("Probability of acceptance.", "接收概率。").to_owned(),
        along: lang.pick("share of bad units, or mean", "不合格品率或均值").to_owned(),
        points: found.oc.iter().map(|point| (point.at, point.accept)).collect(),
    };
    let mut table = Table::new("oc", lang.pick("Operating characteristic", "抽检特性"))
        .column(Column::text("at", lang.pick("At", "质量水平")))
        .column(Column::number("accept", lang.pick("P(accept)", "接收概率")))
        .column(Column::number("outgoing", "AOQ"))
        .column(Column::number("total_inspection", "ATI"))
        .column(Column::number("tested", lang.pick("Tested", "平均检验数")))
        .column(Column::number("marginal", lang.pick("Marginal", "边缘")))
        .column(Column::number("unacceptable", lang.pick("Unacceptable", "不可接受")));
    for point in &found.oc {
        table.push(vec![
            Cell::word(point.at.to_string()),
            Cell::Real(point.accept, 6),
            Cell::real(point.outgoing, 6),
            Cell::real(point.total_inspection, 1),
            Cell::real(point.tested, 1),
            Cell::real(point.marginal, 6),
            Cell::real(point.unacceptable, 6),
        ]);
    }
    let mut facts = Vec::new();
    if let Some(lot) = found.lot {
        facts.push((lang.pick("Units in a lot", "批量").to_owned(), lot.to_string()));
    }
    if let Some(limit) = &found.outgoing_limit {
        facts.push(("AOQL".to_owned(), format!("{:.6} @ {:.6}", limit.outgoing, limit.p)));
    }
    page.push(
        Section::new("oc", lang.pick("Operating characteristic", "抽检特性"))
            .facts(&facts)
            .figure(curve.figure(lang))
            .table(&table.without_empty()),
    );
    page
}
