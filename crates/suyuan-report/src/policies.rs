//! Policies side by side: what each would recall, where they differ, and whom to stop.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::recall::{Policy, RecallSource};
//! use suyuan_core::recall::what_if::{Variant, compare};
//! use suyuan_report::{Lang, policies::PolicyReport, records::Records};
//! let mut builder = ChainBuilder::new();
//! let shipment = Shipment {
//!     code: "W1".into(), batch: "B".into(), from: "FARM".into(), to: "SHOP".into(),
//!     ..Shipment::default()
//! };
//! builder.add_shipment(&shipment, Source::NONE)?;
//! let chain = builder.build()?.chain;
//! let variants = [Variant::new("as written", Policy::default())];
//! let source = RecallSource::batch(&chain, "B")?;
//! let found = compare(&chain, &source, &variants)?;
//! let report = PolicyReport::new(&chain, &source, &found, None, None, Records::default());
//! assert!(report.page(Lang::En).render().contains("as written"));
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::collections::BTreeMap;

use serde::Serialize;
use suyuan_core::chain::SupplyChain;
use suyuan_core::recall::RecallSource;
use suyuan_core::recall::what_if::{ComparedRow, Comparison, ComparisonDocument, Cut, CutRow};
use suyuan_core::time::Minute;

use crate::chart::parts::{Part, Parts};
use crate::lang::Lang;
use crate::page::{Page, Section};
use crate::recall::Start;
use crate::records::Records;
use crate::table::{Cell, Column, Table, on_hand};
use crate::text;

/// The most rows of a table; the JSON holds all.
const LISTED: usize = 2000;

/// Everything that the page of a comparison shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PolicyReport {
    /// What the recalls start from.
    pub start: Start,
    /// The minute the recalls are asked as of; null for all records.
    pub as_of: Option<Minute>,
    /// What was found.
    #[serde(flatten)]
    pub comparison: ComparisonDocument,
    /// The minute at which it is asked whom to stop; null where it is not.
    pub stop_at: Option<Minute>,
    /// Whom to stop.
    pub stop: Option<CutRow>,
    /// The names of the operators concerned, by code.
    pub names: BTreeMap<String, String>,
    /// What the records behind it lack.
    #[serde(skip_serializing_if = "Records::is_unknown")]
    pub records: Records,
}

impl PolicyReport {
    /// What a page shows of a comparison, and of the operators to stop at a minute.
    #[must_use]
    pub fn new(
        chain: &SupplyChain,
        source: &RecallSource,
        compared: &Comparison,
        as_of: Option<Minute>,
        stop: Option<(Minute, &Cut)>,
        records: Records,
    ) -> Self {
        let cut = stop.map(|(_, cut)| cut);
        let held = compared.stocks.iter().map(|row| chain.stock(row.stock).1);
        let told = cut.into_iter().flat_map(|cut| [&cut.holders, &cut.ends, &cut.stop]).flatten();
        let names = held.chain(told.copied()).map(|id| {
            let operator = chain.operator(id);
            (operator.code.to_owned(), operator.name.to_owned())
        });
        Self {
            start: Start::of(chain, source),
            as_of,
            comparison: compared.document(chain),
            stop_at: stop.map(|(now, _)| now),
            stop: cut.map(|cut| cut.document(chain)),
            names: names.collect(),
            records,
        }
    }

    /// The page.
    #[must_use]
    pub fn page(&self, lang: Lang) -> Page {
        let called: Vec<String> =
            self.comparison.variants.iter().map(|row| row.name.clone()).collect();
        self.page_called(lang, &called)
    }

    /// The page, with other names for the policies, in their order.
    #[must_use]
    pub fn page_called(&self, lang: Lang, called: &[String]) -> Page {
        let all = self.comparison.stocks.len() as u64;
        let first = self.comparison.variants.first().map_or(0, |row| row.stocks as u64);
        let lead = match lang {
            Lang::En => format!(
                "The first policy calls {} affected, all of them together {}.",
                text::things(first, "stock", "stocks"),
                text::things(all, "stock", "stocks")
            ),
            Lang::Zh => format!("第一种策略涉及{first}份存货，全部策略合计{all}份。"),
        };
        let title = lang.pick("Recall policies compared: ", "召回策略比较：");
        let title = format!("{title}{}", self.start.label(lang));
        let mut page = Page::new(lang, &title).lead(&lead);
        page.push(self.variants(lang, called));
        page.push(self.differing(lang, called));
        page.push(self.cover(lang, called));
        page.push(self.whom(lang));
        page.records(&self.records)
    }

    fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.names.get(code).map_or(code, |name| if name.is_empty() { code } else { name })
    }

    fn variants(&self, lang: Lang, called: &[String]) -> Section {
        let name = |at: usize| called.get(at).cloned().unwrap_or_default();
        let numbered = |at: usize| format!("{} {}", at + 1, name(at));
        let count = |number: usize| Cell::Count(number as u64);
        let parts = Parts {
            caption: lang
                .pick("Affected stocks under each policy.", "各策略涉及的存货数。")
                .to_owned(),
            series: [lang.pick("certain", "确定"), lang.pick("possible", "可能")]
                .map(str::to_owned)
                .to_vec(),
            rows: self
                .comparison
                .variants
                .iter()
                .enumerate()
                .map(|(at, row)| {
                    let parts = [row.recorded, row.stocks - row.recorded.min(row.stocks)];
                    Part {
                        label: numbered(at),
                        parts: parts.map(|part| part as f64).to_vec(),
                        texts: parts.map(|part| text::count(part as u64)).to_vec(),
                        value: text::count(row.stocks as u64),
                    }
                })
                .collect(),
            marks: Vec::new(),
            unit: lang.pick("stocks", "份存货").to_owned(),
        };
        let mut table = Table::new("policies", lang.pick("Policies", "策略"))
            .column(Column::text("policy", lang.pick("Policy", "策略")))
            .column(Column::number("stocks", lang.pick("Stocks", "存货")))
            .column(Column::number("certain", lang.pick("Certain", "确定")))
            .column(Column::number("operators", lang.pick("Operators", "主体")))
            .column(Column::number("batches", lang.pick("Batches", "批次")))
            .column(Column::number("enter", lang.pick("Enter", "增加")))
            .column(Column::number("leave", lang.pick("Leave", "减少")))
            .column(Column::number("on_hand", lang.pick("On hand", "现存")));
        for (at, row) in self.comparison.variants.iter().enumerate() {
            table.push(vec![
                Cell::Text(numbered(at)),
                count(row.stocks),
                count(row.recorded),
                count(row.operators),
                count(row.batches),
                count(row.entered),
                count(row.left),
                on_hand(&row.on_hand, row.negative_stocks, row.unknown_stocks),
            ]);
        }
        let left_out = self.comparison.variants.iter().enumerate().filter_map(|(at, row)| {
            let text = text::left_out(row.negative_stocks, row.unknown_stocks, lang)?;
            Some((numbered(at), text))
        });
        let left_out: Vec<(String, String)> = left_out.collect();
        let as_of = match self.as_of {
            Some(at) => text::until(Some(at), lang),
            None => lang.pick("all records given", "全部记录").to_owned(),
        };
        Section::new("policies", lang.pick("Side by side", "策略对照"))
            .text(lang.pick(
                "Every policy is compared with the first: stocks that enter, and stocks that leave.",
                "各策略均与第一种比较：增加与减少的存货。",
            ))
            .story(&[(lang.pick("As of", "截至"), as_of)])
            .figure(parts.figure(lang))
            .table(&table)
            .marks(&left_out)
    }

    fn differing(&self, lang: Lang, called: &[String]) -> Section {
        let section = Section::new("stocks", lang.pick("Where they differ", "差异存货"));
        let all = |row: &ComparedRow| row.found.iter().all(Option::is_some);
        let differing: Vec<&ComparedRow> =
            self.comparison.stocks.iter().filter(|row| !all(row)).collect();
        if differing.is_empty() {
            return section.text(
                lang.pick("Every policy calls the same stocks affected.", "各策略涉及的存货相同。"),
            );
        }
        let caption = lang.pick(
            "Stocks that not every policy calls affected; columns are policies",
            "并非各策略均涉及的存货（列为策略）",
        );
        let mut table = Table::new("differing", caption)
            .column(Column::text("stock", lang.pick("Stock", "存货")))
            .column(Column::text("name", lang.pick("Operator", "生产经营者")));
        for (at, name) in called.iter().enumerate() {
            let key = format!("policy_{}", at + 1);
            table = table.column(Column::text(&key, &format!("{} {name}", at + 1)));
        }
        for row in differing.iter().take(LISTED) {
            let mut cells = vec![
                Cell::Text(format!("{}@{}", row.batch, row.operator)),
                Cell::text(self.name(&row.operator)),
            ];
            cells.extend(row.found.iter().map(|found| match found {
                Some(found) => Cell::word(lang.certainty(found.certainty)),
                None => Cell::word("–"),
            }));
            table.push(cells);
        }
        section.table(&table).first_of(LISTED, differing.len(), lang)
    }

    fn cover(&self, lang: Lang, called: &[String]) -> Section {
        let cover = &self.comparison.cover;
        let count = |number: usize| text::count(number as u64);
        let facts = [
            (lang.pick("Stocks", "存货"), count(cover.stocks)),
            (lang.pick("Operators", "主体"), count(cover.operators.len())),
            (lang.pick("Batches to announce", "应公告批次"), count(cover.batches.len())),
            (lang.pick("Other stocks of these batches", "同批次其他存货"), count(cover.beyond)),
        ];
        let by: Vec<String> = self
            .comparison
            .variants
            .iter()
            .enumerate()
            .filter(|(_, row)| cover.covered_by.contains(&row.name))
            .map(|(at, _)| called.get(at).cloned().unwrap_or_default())
            .collect();
        let by = if by.is_empty() {
            lang.pick("none of the policies alone", "无单一策略可覆盖").to_owned()
        } else {
            by.join("; ")
        };
        Section::new(
            "cover",
            lang.pick("The smallest recall that covers them all", "覆盖全部策略的最小召回"),
        )
        .text(lang.pick(
            "It leaves out nothing that any policy calls affected.",
            "不遗漏任一策略所涉及的存货。",
        ))
        .facts(&facts.map(|(label, value)| (label.to_owned(), value)))
        .story(&[(lang.pick("Covered by", "可覆盖的策略"), by)])
    }

    fn whom(&self, lang: Lang) -> Section {
        let section = Section::new("stop", lang.pick("Whom to stop", "应控制的主体"));
        let (Some(now), Some(stop)) = (self.stop_at, &self.stop) else {
            return section.text(lang.pick(
                "Not asked: no minute is given and no sample was taken.",
                "未查询：未给定时刻，也无抽样时间。",
            ));
        };
        let table = |key: &str, caption: &str, codes: &[String]| {
            let mut table = Table::new(key, caption)
                .column(Column::text("name", lang.pick("Operator", "生产经营者")))
                .column(Column::text("operator", lang.pick("Code", "编码")));
            for code in codes.iter().take(LISTED) {
                table.push(vec![Cell::text(self.name(code)), Cell::text(code)]);
            }
            table
        };
        let now = text::until(Some(now), lang);
        let says = match lang {
            Lang::En => format!(
                "At {now} the goods are at {}. The fewest that must stop so that none reaches consumers: {}.",
                text::things(stop.holders.len() as u64, "operator", "operators"),
                text::count(stop.stop.len() as u64)
            ),
            Lang::Zh => format!(
                "{now}时货物在{}家主体手中。为使货物不到达消费者，至少须控制{}家。",
                stop.holders.len(),
                stop.stop.len()
            ),
        };
        section.text(&says).table(&table("stop", lang.pick("To stop", "应控制"), &stop.stop)).table(
            &table(
                "ends",
                lang.pick("Would hand goods to consumers", "否则将向消费者供货"),
                &stop.ends,
            ),
        )
    }
}
