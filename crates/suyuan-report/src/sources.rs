//! The page of a source panel: which operator several cases can have come from, by every method.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::trace::Target;
//! use suyuan_core::trace::sources::{SourceOptions, rank_sources};
//! use suyuan_report::{Lang, records::Records, sources};
//! let mut builder = ChainBuilder::new();
//! for (code, to) in [("W1", "SHOP"), ("W2", "CANTEEN")] {
//!     let shipment = Shipment {
//!         code: code.into(), batch: "B".into(), from: "FARM".into(), to: to.into(),
//!         ..Shipment::default()
//!     };
//!     builder.add_shipment(&shipment, Source::NONE)?;
//! }
//! let chain = builder.build()?.chain;
//! let cases = [Target::stock(&chain, "B@SHOP")?, Target::stock(&chain, "B@CANTEEN")?];
//! let panel = rank_sources(&chain, &cases, &[], &SourceOptions::default())?;
//! let named = ["B@SHOP".to_owned(), "B@CANTEEN".to_owned()];
//! let html = sources::page(&panel.document(&chain), &named, &Records::default(), Lang::En).render();
//! assert!(html.contains("FARM"));
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use suyuan_core::trace::sources::SourceDocument;

use crate::chart::shares::Shares;
use crate::lang::Lang;
use crate::page::{Page, Section};
use crate::records::Records;
use crate::table::{Cell, Column, Table};
use crate::text;

/// The most operators drawn, and listed.
const DRAWN: usize = 15;
const LISTED: usize = 1000;
/// The most cases that the title names.
const TITLED: usize = 3;

/// The page of a panel, with the cases as a person calls them, and what the records behind it lack.
#[must_use]
pub fn page(panel: &SourceDocument, cases: &[String], records: &Records, lang: Lang) -> Page {
    let counts =
        [u64::from(panel.cases), u64::from(panel.negatives), panel.candidates.len() as u64];
    let [number, negatives, candidates] = counts.map(text::count);
    let lead = match lang {
        Lang::En => format!(
            "{} can have been the source of {}; {} {} against some.",
            text::things(counts[2], "operator", "operators"),
            text::things(counts[0], "case", "cases"),
            text::things(counts[1], "clean sample", "clean samples"),
            if counts[1] == 1 { "speaks" } else { "speak" }
        ),
        Lang::Zh => {
            format!(
                "{number}个病例或不合格样品，{negatives}个合格样品；可能的来源主体{candidates}家。"
            )
        }
    };
    let named = |name: &str, code: &str| {
        if name.is_empty() { code.to_owned() } else { name.to_owned() }
    };
    let methods = [
        lang.pick("lineage", "谱系"),
        lang.pick("network", "贸易网络"),
        lang.pick("sales", "销售区域"),
    ];
    let rows = panel.candidates.iter().take(DRAWN);
    let shares = Shares {
        caption: lang
            .pick(
                "Probability of being the source, by three methods.",
                "作为来源的概率（三种方法）。",
            )
            .to_owned(),
        methods: methods.map(str::to_owned).to_vec(),
        rows: rows
            .map(|row| (named(&row.name, &row.operator), vec![row.lineage, row.network, row.sales]))
            .collect(),
    };
    let mut table =
        Table::new("sources", lang.pick("Most likely by lineage first", "按谱系概率排序"))
            .column(Column::text("name", lang.pick("Operator", "生产经营者")))
            .column(Column::text("operator", lang.pick("Code", "编码")))
            .column(Column::text("lot", lang.pick("Most likely lot", "最可能批次")))
            .column(Column::number("reached", lang.pick("Cases reached", "可达病例")))
            .column(Column::number("negatives", lang.pick("Clean reached", "可达合格样")))
            .column(Column::number("lineage", methods[0]))
            .column(Column::number("network", methods[1]))
            .column(Column::number("sales", methods[2]))
            .column(Column::number("score", lang.pick("Score", "得分")))
            .column(Column::number("through", lang.pick("Unavoidable for", "必经病例")))
            .column(Column::number("stays", lang.pick("Stays first", "留一法仍居首")));
    for row in panel.candidates.iter().take(LISTED) {
        table.push(vec![
            Cell::text(&named(&row.name, &row.operator)),
            Cell::text(&row.operator),
            Cell::text(&row.lot),
            Cell::Count(u64::from(row.reached)),
            Cell::Count(u64::from(row.negatives)),
            Cell::Real(row.lineage, 3),
            Cell::Real(row.network, 3),
            Cell::Real(row.sales, 3),
            Cell::Real(row.score, 2),
            Cell::Count(u64::from(row.unavoidable)),
            Cell::Real(row.stays_first, 2),
        ]);
    }
    let mut title: Vec<&str> = cases.iter().take(TITLED).map(String::as_str).collect();
    if cases.len() > TITLED {
        title.push("…");
    }
    let title = format!(
        "{}{}",
        lang.pick("Who it can have come from: ", "可能的来源："),
        title.join(lang.pick(", ", "、"))
    );
    let mut page = Page::new(lang, &title).lead(&lead);
    let mut listed = Table::new("cases", lang.pick("Cases", "病例与不合格样品"))
        .column(Column::text("case", lang.pick("Case", "名称")));
    for name in cases.iter().take(LISTED) {
        listed.push(vec![Cell::text(name)]);
    }
    let mut section = Section::new("panel", lang.pick("Panel", "来源排序"))
        .figure(shares.figure(lang))
        .table(&table);
    if panel.candidates.len() > LISTED {
        section = section.note(&match lang {
            Lang::En => {
                format!("The first {LISTED} of {candidates} are listed; the JSON holds all.")
            }
            Lang::Zh => format!("仅列出{candidates}家中的前{LISTED}家，JSON含全部。"),
        });
    }
    page.push(section);
    page.push(Section::new("cases", lang.pick("Cases", "病例与不合格样品")).table(&listed));
    page.records(records)
}
