//! The page of a draw.

use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};
use suyuan::sampling::protocol::DrawRecord;

use super::LISTED;

/// A draw: whom chance chose, with what probability.
#[must_use]
pub fn draw(record: &DrawRecord, lang: Lang) -> Page {
    let drawn: usize = record.strata.iter().map(|stratum| stratum.drawn.len()).sum();
    let lead = match lang {
        Lang::En => format!(
            "{drawn} of {} units; anybody can draw them again from the published text and the frame.",
            record.frame_units
        ),
        Lang::Zh => format!(
            "从{}个单元中抽出{drawn}个；凭公布文本与抽样框任何人均可复核。",
            record.frame_units
        ),
    };
    let mut page = Page::new(lang, lang.pick("Draw", "随机抽取结果")).lead(&lead).signed();
    let facts = [
        (lang.pick("Published", "公布文本").to_owned(), record.plan.published.clone()),
        (lang.pick("Design", "抽样设计").to_owned(), record.plan.design.to_string()),
        (lang.pick("Digest of the frame", "抽样框摘要").to_owned(), record.frame_digest.clone()),
    ];
    let mut table = Table::new("drawn", lang.pick("Units drawn", "抽中单元"))
        .column(Column::text("stratum", lang.pick("Stratum", "层")))
        .column(Column::text("unit", lang.pick("Unit", "单元")))
        .column(Column::text("probability", lang.pick("Probability", "入样概率")))
        .column(Column::text("weight", lang.pick("Weight", "权重")));
    let units = record.strata.iter().flat_map(|s| s.drawn.iter().map(move |unit| (s, unit)));
    for (stratum, unit) in units.take(LISTED) {
        table.push(vec![
            Cell::text(&stratum.stratum),
            Cell::text(&unit.code),
            Cell::word(unit.probability.clone()),
            Cell::word(unit.weight.clone()),
        ]);
    }
    let section = Section::new("drawn", lang.pick("Drawn", "抽中")).facts(&facts).table(&table);
    page.push(section.first_of(LISTED, drawn, lang));
    page
}
