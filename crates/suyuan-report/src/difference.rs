//! What became of a recall: which stocks entered, left or changed, and why.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::recall::{Policy, RecallSource, difference, recall};
//! use suyuan_report::{Lang, difference::DifferenceReport, records::Records};
//! let chain = |to: &'static str| {
//!     let mut builder = ChainBuilder::new();
//!     let shipment = Shipment {
//!         code: "W1".into(), batch: "B".into(), from: "FARM".into(), to: to.into(),
//!         ..Shipment::default()
//!     };
//!     builder.add_shipment(&shipment, Source::NONE).unwrap();
//!     builder.build().unwrap().chain
//! };
//! let (before, after) = (chain("SHOP-1"), chain("SHOP-2"));
//! let policy = Policy::default();
//! let scope = |chain| recall(chain, &RecallSource::batch(chain, "B").unwrap(), &policy).unwrap();
//! let (old, new) = (scope(&before), scope(&after));
//! let found = difference((&before, &old), (&after, &new))?;
//! let report = DifferenceReport::new((&before, &old), (&after, &new), (None, None), found, Some("B"), Records::default());
//! assert_eq!((report.before, report.after, report.difference.entered.len()), (2, 2, 1));
//! assert!(report.page(Lang::En).render().contains("B@SHOP-2"));
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde::Serialize;
use suyuan_core::chain::SupplyChain;
use suyuan_core::recall::{AffectedRow, Difference, Moved, Scope, Why};
use suyuan_core::time::Minute;

use crate::lang::Lang;
use crate::page::{Page, Section};
use crate::records::Records;
use crate::table::{Cell, Column, Table};
use crate::text;

/// The most stocks of a list; the JSON holds all.
const LISTED: usize = 1000;

/// Everything that the page of a difference shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DifferenceReport {
    /// What the recalls start from: the code of a sample, batch or stock; null for every sample that
    /// fails.
    pub about: Option<String>,
    /// The minute as known at which the first recall is asked; null for the start.
    pub from: Option<Minute>,
    /// The minute of the second; null for the end.
    pub to: Option<Minute>,
    /// Stocks of the first recall.
    pub before: u64,
    /// Stocks of the second.
    pub after: u64,
    /// What changed.
    #[serde(flatten)]
    pub difference: Difference,
    /// The names of the operators whose stocks entered, left or changed, by code.
    pub names: BTreeMap<String, String>,
    /// What the records behind the second recall lack.
    #[serde(skip_serializing_if = "Records::is_unknown")]
    pub records: Records,
}

impl DifferenceReport {
    /// What a page shows of a difference between two recalls, each with its chain, as known at two
    /// minutes.
    #[must_use]
    pub fn new(
        before: (&SupplyChain, &Scope),
        after: (&SupplyChain, &Scope),
        (from, to): (Option<Minute>, Option<Minute>),
        difference: Difference,
        about: Option<&str>,
        records: Records,
    ) -> Self {
        let Difference { entered, left, changed, .. } = &difference;
        let moved = entered.iter().chain(left).map(|moved| &moved.row);
        let rows = moved.chain(changed.iter().map(|row| &row.after));
        let mut names: BTreeMap<String, String> =
            rows.map(|row| (row.operator.clone(), String::new())).collect();
        for (code, name) in &mut names {
            let chains = [after.0, before.0].into_iter();
            let known = chains.filter_map(|chain| {
                let found = chain.find_operator(code).ok()?;
                Some(chain.operator(found).name).filter(|name| !name.is_empty())
            });
            *name = known.take(1).collect();
        }
        Self {
            about: about.map(str::to_owned),
            from,
            to,
            before: before.1.affected.len() as u64,
            after: after.1.affected.len() as u64,
            difference,
            names,
            records,
        }
    }

    /// The page.
    #[must_use]
    pub fn page(&self, lang: Lang) -> Page {
        let Difference { entered, left, changed, .. } = &self.difference;
        let [came, went, other] =
            [entered.len(), left.len(), changed.len()].map(|n| text::count(n as u64));
        let lead = match lang {
            Lang::En => format!("{came} entered the scope, {went} left it, {other} changed."),
            Lang::Zh => format!("新增{came}份存货，移出{went}份，变化{other}份。"),
        };
        let about = self.about.as_deref();
        let about = about.unwrap_or(lang.pick("every failing sample", "全部不合格样品"));
        let title = format!("{}{about}", lang.pick("What became of the recall: ", "召回变化："));
        let mut page = Page::new(lang, &title).lead(&lead).signed();
        page.push(self.summary(lang));
        page.push(self.moved("entered", lang.pick("Entered the scope", "新增存货"), entered, lang));
        page.push(self.moved("left", lang.pick("Left the scope", "移出存货"), left, lang));
        page.push(self.changed(lang));
        page.records(&self.records)
    }

    fn summary(&self, lang: Lang) -> Section {
        let known = |at: Option<Minute>, none: &str| {
            at.map_or_else(|| none.to_owned(), |at| text::until(Some(at), lang))
        };
        let Difference { entered, left, changed, unchanged, .. } = &self.difference;
        let facts = [
            (lang.pick("Stocks before", "变化前"), self.before),
            (lang.pick("Stocks after", "变化后"), self.after),
            (lang.pick("Entered", "新增"), entered.len() as u64),
            (lang.pick("Left", "移出"), left.len() as u64),
            (lang.pick("Changed", "变化"), changed.len() as u64),
            (lang.pick("Unchanged", "未变"), *unchanged),
        ];
        Section::new("summary", lang.pick("Summary", "概要"))
            .facts(&facts.map(|(label, number)| (label.to_owned(), text::count(number))))
            .story(&[
                (
                    lang.pick("Before: as known at", "变化前知悉至"),
                    known(self.from, lang.pick("the start", "最初")),
                ),
                (
                    lang.pick("After: as known at", "变化后知悉至"),
                    known(self.to, lang.pick("the end", "最新")),
                ),
            ])
    }

    fn moved(&self, id: &str, title: &str, rows: &[Moved], lang: Lang) -> Section {
        let mut section = Section::new(id, title);
        if rows.is_empty() {
            return section.text(lang.pick("None.", "无。"));
        }
        let mut table = stock_columns(Table::new(id, title), lang)
            .column(Column::text("why", lang.pick("Why", "原因")));
        for moved in rows.iter().take(LISTED) {
            let mut row = self.stock_cells(&moved.row, lang);
            row.push(Cell::word(short(&moved.why, lang)));
            table.push(row);
        }
        section = section.table(&table.without_empty());
        for moved in rows.iter().take(LISTED) {
            if let Some(why) = self.why(&moved.row, &moved.why, lang) {
                section = section.part(why);
            }
        }
        section.first_of(LISTED, rows.len(), lang)
    }

    fn changed(&self, lang: Lang) -> Section {
        let title = lang.pick("Changed", "变化存货");
        let rows = &self.difference.changed;
        let section = Section::new("changed", title);
        if rows.is_empty() {
            return section.text(lang.pick("None.", "无。"));
        }
        let arrow = |before: String, after: String| {
            Cell::word(if before == after { after } else { format!("{before} → {after}") })
        };
        let mut table = Table::new("changed", title)
            .column(Column::text("stock", lang.pick("Stock", "存货")))
            .column(Column::text("name", lang.pick("Operator", "生产经营者")))
            .column(Column::text("certainty", lang.pick("Certainty", "确定性")).tight())
            .column(Column::text("since", lang.pick("Since", "起始")).tight())
            .column(Column::text("on_hand", lang.pick("On hand", "现存")).tight())
            .column(
                Column::text("expected", lang.pick("Contaminated, expected", "期望污染量")).tight(),
            );
        for row in rows.iter().take(LISTED) {
            let (before, after) = (&row.before, &row.after);
            let amount = |row: &AffectedRow, value| {
                format!("{} {}", text::decimal(value), row.unit.as_deref().unwrap_or_default())
            };
            let held = |row: &AffectedRow| {
                if row.quantity_complete {
                    amount(row, row.on_hand)
                } else {
                    lang.unknown().to_owned()
                }
            };
            table.push(vec![
                Cell::Text(format!("{}@{}", after.batch, after.operator)),
                Cell::text(self.name(&after.operator)),
                arrow(
                    lang.certainty(before.certainty).to_owned(),
                    lang.certainty(after.certainty).to_owned(),
                ),
                arrow(text::minute(before.since, lang), text::minute(after.since, lang)),
                arrow(held(before), held(after)),
                arrow(
                    amount(before, before.contaminated_expected),
                    amount(after, after.contaminated_expected),
                ),
            ]);
        }
        section.table(&table.without_empty()).first_of(LISTED, rows.len(), lang)
    }

    fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.names.get(code).map_or("", String::as_str)
    }

    fn stock_cells(&self, row: &AffectedRow, lang: Lang) -> Vec<Cell> {
        vec![
            Cell::Text(format!("{}@{}", row.batch, row.operator)),
            Cell::text(self.name(&row.operator)),
            Cell::word(lang.certainty(row.certainty)),
            Cell::word(text::minute(row.since, lang)),
            if row.quantity_complete { Cell::Number(row.on_hand) } else { Cell::Empty },
            Cell::word(row.unit.clone().unwrap_or_default()),
        ]
    }

    /// The way to a stock, or what stops it; nothing where a word says all.
    fn why(&self, row: &AffectedRow, why: &Why, lang: Lang) -> Option<Markup> {
        let (steps, by) = match why {
            Why::Reached { path } => (path.as_slice(), None),
            Why::Stopped { link, by } => (std::slice::from_ref(link), Some(by)),
            _ => return None,
        };
        Some(html! {
            details.path {
                summary {
                    (text::own(&format!("{}@{}", row.batch, row.operator))) " · "
                    (text::own(self.name(&row.operator))) " · " (short(why, lang))
                }
                ol.steps {
                    @for step in steps {
                        li { (text::own(&step.from)) " → " (text::own(&step.to)) br; small { (text::own(&step.via)) } }
                    }
                    @if let Some(by) = by { li { (lang.pick("stopped: ", "中断：")) (text::own(by)) } }
                }
            }
        })
    }
}

fn stock_columns(table: Table, lang: Lang) -> Table {
    table
        .column(Column::text("stock", lang.pick("Stock", "存货")))
        .column(Column::text("name", lang.pick("Operator", "生产经营者")))
        .column(Column::text("certainty", lang.pick("Certainty", "确定性")).tight())
        .column(Column::text("since", lang.pick("Since", "起始")).tight())
        .column(Column::number("on_hand", lang.pick("On hand", "现存")))
        .column(Column::text("unit", lang.pick("Unit", "单位")).tight())
}

const fn short(why: &Why, lang: Lang) -> &'static str {
    match why {
        Why::Source => lang.pick("a source itself", "本身为召回起点"),
        Why::Reached { .. } => lang.pick("records lead to it", "有记录到达"),
        Why::Stopped { .. } => lang.pick("stopped on the way", "途中中断"),
        Why::Unconnected => lang.pick("no records lead to it", "无记录到达"),
        Why::Unrecorded => lang.pick("no record shows it any more", "已无任何记录"),
        _ => lang.pick("another reason", "其他原因"),
    }
}
