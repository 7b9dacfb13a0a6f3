//! What the records behind a result lack: rows that were set aside, whom only they name, findings.
//! A result without it names too few and does not say so, so every page, workbook and file has it
//! before the names.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_report::{Lang, records::Records};
//! let mut builder = ChainBuilder::new();
//! let shipment = Shipment {
//!     code: "W1".into(), batch: "LEEK".into(), from: "FARM".into(), to: "SHOP".into(),
//!     ..Shipment::default()
//! };
//! let file = builder.add_file("shipments.csv");
//! builder.add_shipment(&shipment, Source::new(file, 2))?;
//! let built = builder.build()?;
//! let stock = built.chain.find_stock("LEEK", "FARM")?;
//! let mut records = Records::touching(&built.chain, &built.findings, &[stock]);
//! records.rows_read = 2;
//! records.rows_rejected = 1;
//! let said = records.lines(Lang::En);
//! assert!(said[0].starts_with("1 of 2 rows was rejected"));
//! assert!(said[1].contains(" this result: "), "{said:?}");
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde::Serialize;
use suyuan_core::chain::{
    Finding, FindingCode, InflowFrom, OutflowTo, RecordRef, Resemblance, Severity, SupplyChain,
};
use suyuan_core::id::StockId;
use suyuan_core::model::Source;
use suyuan_core::recall::look_alikes_of;

use crate::error::{self, Error};
use crate::lang::Lang;
use crate::page::Section;
use crate::table::{Cell, Column, CsvOptions, Table};
use crate::text;

/// How many of a kind are named in a sentence.
const NAMED: usize = 20;
/// How many findings are kept beside their count.
const KEPT: usize = 1000;
/// The most lines of a table on a page; files hold all.
const LISTED: usize = 500;

/// What the records behind a result lack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Records {
    /// Data rows read, in all files; 0 where the result does not come from an import.
    pub rows_read: u64,
    /// Those set aside: what they say is not in the result.
    pub rows_rejected: u64,
    /// Those in the result with a value unknown that was written.
    pub rows_repaired: u64,
    /// Findings that touch the result: `errors`, `warnings` and `notes` together.
    pub findings: u64,
    /// Errors among them.
    pub errors: u64,
    /// Warnings among them.
    pub warnings: u64,
    /// Notes among them.
    pub notes: u64,
    /// Findings of the whole data set.
    pub findings_in_all: u64,
    /// Codes that look like one of the result, which is too small if both mean one thing.
    pub look_alikes: Vec<Alike>,
    /// Operators that rejected rows name and the result does not, by code.
    pub missing: Vec<Missing>,
    /// What made rows be set aside, a sentence each, the first of them.
    pub rejected: Vec<String>,
    /// What was left unknown, a sentence each, the first of them.
    pub repaired: Vec<String>,
    /// How many findings of each kind touch the result.
    pub codes: BTreeMap<&'static str, u64>,
    /// The findings that touch the result, gravest first, the first of them.
    pub touching: Vec<Touching>,
}

/// An operator that the result lacks because rows were set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Missing {
    /// Its code, as written.
    pub operator: String,
    /// Its name; empty without a row.
    pub name: String,
    /// Whether no row that was read shows goods of it.
    pub only_there: bool,
    /// `FILE:LINE` of the rows, the first of them.
    pub places: Vec<String>,
}

impl Missing {
    /// An operator, its name, and whether it is named nowhere else.
    #[must_use]
    pub fn new(operator: &str, name: &str, only_there: bool) -> Self {
        let (operator, name) = (operator.to_owned(), name.to_owned());
        Self { operator, name, only_there, places: Vec::new() }
    }
}

/// A code that may be meant where one of the result stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Alike {
    /// The code of the result.
    pub code: String,
    /// The code that looks like it; the same where it is itself in scientific notation.
    pub near: String,
    /// Why they may be one.
    pub why: Resemblance,
    /// How many records name `near`.
    pub named: u64,
    /// The first of them, with file and line.
    pub records: Vec<String>,
}

impl Alike {
    fn line(&self, lang: Lang) -> String {
        let [code, near] = [&self.code, &self.near].map(|code| text::clean(code));
        let named = lang.things(self.named, ["record", "records"], "条记录");
        let first = self.records.first().map_or_else(String::new, |at| match lang {
            Lang::En => format!(", first {}", text::clean(at)),
            Lang::Zh => format!("，首条{}", text::clean(at)),
        });
        match (self.code == self.near, lang) {
            (true, Lang::En) => format!(
                "{code} is a number in scientific notation: a spreadsheet may have taken digits from it, and several codes may have become one ({named}{first})."
            ),
            (true, Lang::Zh) => format!(
                "{code}为科学计数法数字：电子表格可能已丢失位数，多个编码可能已并为一个（{named}{first}）。"
            ),
            (false, Lang::En) => format!(
                "{near} looks like {code} and is kept apart: if both are one, this result is too small ({named}{first})."
            ),
            (false, Lang::Zh) => format!(
                "{near}与{code}相似，未合并：若为同一编码，本结果的范围偏小（{named}{first}）。"
            ),
        }
    }
}

/// A finding that touches the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Touching {
    /// How much it matters.
    pub severity: Severity,
    /// Its kind.
    pub code: FindingCode,
    /// One sentence.
    pub message: String,
    /// The records concerned, with file and line.
    pub records: Vec<String>,
}

impl Records {
    /// The findings that name a record of some stocks, and the codes that look like theirs. O(f + k) in the findings' records and the
    /// flows of the stocks.
    #[must_use]
    pub fn touching(chain: &SupplyChain, findings: &[Finding], stocks: &[StockId]) -> Self {
        let alike = look_alikes_of(chain, stocks.iter().copied());
        let alike = alike.into_iter().map(|it| Alike {
            records: it.records.iter().map(|record| label(chain, record)).collect(),
            code: it.code,
            near: it.near,
            why: it.why,
            named: it.named,
        });
        let look_alikes = alike.collect();
        if findings.is_empty() {
            return Self { look_alikes, ..Self::default() };
        }
        let own = Own::of(chain, stocks);
        let touches = |finding: &&Finding| finding.records.iter().any(|record| own.hold(record));
        let touching = findings.iter().filter(touches).collect();
        Self { look_alikes, ..Self::of(chain, findings, touching) }
    }

    /// All findings, for a result that rests on the whole data set. O(f) in their records.
    #[must_use]
    pub fn all(chain: &SupplyChain, findings: &[Finding]) -> Self {
        Self::of(chain, findings, findings.iter().collect())
    }

    fn of(chain: &SupplyChain, findings: &[Finding], mut touching: Vec<&Finding>) -> Self {
        touching.sort_by_key(|finding| rank(finding.severity));
        let count = |severity: Severity| {
            touching.iter().filter(|finding| finding.severity == severity).count() as u64
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let row = |finding: &&Finding| Touching {
            severity: finding.severity,
            code: finding.code,
            message: finding.message.clone(),
            records: finding.records.iter().map(|record| label(chain, record)).collect(),
        };
        let mut codes = BTreeMap::new();
        for finding in &touching {
            *codes.entry(finding.code.as_str()).or_default() += 1;
        }
        Self {
            findings: touching.len() as u64,
            errors,
            warnings,
            notes: touching.len() as u64 - errors - warnings,
            findings_in_all: findings.len() as u64,
            touching: touching.iter().take(KEPT).map(row).collect(),
            codes,
            ..Self::default()
        }
    }

    /// Whether nothing is known of an import.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// What must be said before the names, a sentence each; nothing where nothing is amiss.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let alike = self.look_alikes.iter().take(NAMED);
        let mut lines: Vec<String> = alike.map(|alike| alike.line(lang)).collect();
        let more = self.look_alikes.len().saturating_sub(NAMED) as u64;
        if more > 0 {
            let more = text::count(more);
            lines.push(match lang {
                Lang::En => format!("Codes that look like one of this result, besides: {more}."),
                Lang::Zh => format!("另有{more}个相似编码。"),
            });
        }
        if self.rows_rejected > 0 {
            let [rejected, read] = [self.rows_rejected, self.rows_read].map(text::count);
            let was = if self.rows_rejected == 1 { "was" } else { "were" };
            lines.push(match lang {
                Lang::En => format!(
                    "{rejected} of {read} rows {was} rejected: what they say is not in this result."
                ),
                Lang::Zh => {
                    format!("{read}行记录中有{rejected}行被退回：其内容不在本结果中。")
                }
            });
        }
        lines.extend(self.missing_line(lang));
        if self.rows_repaired > 0 {
            let repaired = text::count(self.rows_repaired);
            let was = if self.rows_repaired == 1 { "was" } else { "were" };
            lines.push(match lang {
                Lang::En => format!(
                    "{} {was} repaired: in this result, with a value unknown that could not be read.",
                    text::things(self.rows_repaired, "row", "rows")
                ),
                Lang::Zh => format!("{repaired}行已修复：计入结果，但无法读取的值按不明处理。"),
            });
        }
        if self.findings > 0 {
            lines.push(self.findings_line(lang));
        }
        lines
    }

    /// As [`Self::lines`]; where nothing is amiss with what was imported, that is said.
    #[must_use]
    pub fn said(&self, lang: Lang) -> Vec<String> {
        let lines = self.lines(lang);
        if !lines.is_empty() || self.rows_read == 0 {
            return lines;
        }
        let read = text::count(self.rows_read);
        vec![match lang {
            Lang::En => {
                format!("All {read} rows read are in this result; no finding touches it.")
            }
            Lang::Zh => format!("读入的{read}行记录全部计入本结果，未发现与其相关的问题。"),
        }]
    }

    fn missing_line(&self, lang: Lang) -> Option<String> {
        if self.missing.is_empty() {
            return None;
        }
        let name = |missing: &Missing| {
            let place = missing.places.first().map_or_else(String::new, |at| format!(" ({at})"));
            let space = if missing.name.is_empty() { "" } else { " " };
            let (code, name) = (text::clean(&missing.operator), text::clean(&missing.name));
            format!("{code}{space}{name}{place}")
        };
        let mut names: Vec<String> = self.missing.iter().take(NAMED).map(name).collect();
        let more = self.missing.len().saturating_sub(NAMED);
        if more > 0 {
            names.push(match lang {
                Lang::En => format!("and {more} more"),
                Lang::Zh => format!("另有{more}家"),
            });
        }
        Some(match lang {
            Lang::En => format!(
                "{} named by rejected rows and NOT among the names below: {}.",
                text::things(self.missing.len() as u64, "operator is", "operators are"),
                names.join(", ")
            ),
            Lang::Zh => format!(
                "{}家主体出现在被退回的记录中，但不在以下名单内：{}。",
                self.missing.len(),
                names.join("、")
            ),
        })
    }

    fn findings_line(&self, lang: Lang) -> String {
        let codes: Vec<_> =
            self.codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let codes = codes.join(", ");
        let [findings, errors, warnings, notes] =
            [self.findings, self.errors, self.warnings, self.notes].map(text::count);
        match lang {
            Lang::En => format!(
                "{} this result: {}, {}, {} ({codes}).",
                text::things(self.findings, "finding touches", "findings touch"),
                text::things(self.errors, "error", "errors"),
                text::things(self.warnings, "warning", "warnings"),
                text::things(self.notes, "note", "notes"),
            ),
            Lang::Zh => format!(
                "{findings}条发现涉及本结果：错误{errors}条、警告{warnings}条、提示{notes}条（{codes}）。"
            ),
        }
    }

    /// Everything, a line each: the counts, then what they count.
    #[must_use]
    pub fn table(&self, lang: Lang) -> Table {
        let mut table = Table::new("records", lang.pick("The records", "记录情况"))
            .column(Column::text("what", lang.pick("What", "事项")))
            .column(Column::number("count", lang.pick("Count", "数量")))
            .column(Column::text("place", lang.pick("Records", "记录位置")).wide())
            .column(Column::text("text", lang.pick("In words", "说明")).wide());
        for (what, count) in [
            (lang.pick("rows read", "读入行数"), self.rows_read),
            (lang.pick("rows rejected", "退回行数"), self.rows_rejected),
            (lang.pick("rows repaired", "修复行数"), self.rows_repaired),
            (lang.pick("findings that touch this result", "涉及本结果的发现"), self.findings),
            (lang.pick("errors among them", "其中错误"), self.errors),
            (lang.pick("warnings among them", "其中警告"), self.warnings),
            (lang.pick("notes among them", "其中提示"), self.notes),
            (lang.pick("findings in all", "全部发现"), self.findings_in_all),
        ] {
            table.push(vec![Cell::word(what), Cell::Count(count)]);
        }
        self.details(lang, &mut table);
        table
    }

    /// Whom and what the counts stand for.
    fn details(&self, lang: Lang, table: &mut Table) {
        let mut push = |what: &str, place: &str, said: &str| {
            table.push(vec![Cell::word(what), Cell::Empty, Cell::text(place), Cell::text(said)]);
        };
        for alike in &self.look_alikes {
            let what = lang.pick("code that looks alike", "相似编码");
            push(what, &alike.records.join("; "), &alike.line(lang));
        }
        for missing in &self.missing {
            let what = if missing.only_there {
                lang.pick("named by rejected rows alone", "仅见于被退回的记录")
            } else {
                lang.pick("named by rejected rows", "见于被退回的记录")
            };
            let name = format!("{} {}", missing.operator, missing.name);
            push(what, &missing.places.join(", "), name.trim_end());
        }
        for row in &self.touching {
            let what = match row.severity {
                Severity::Error => lang.pick("error", "错误"),
                Severity::Warning => lang.pick("warning", "警告"),
                _ => lang.pick("note", "提示"),
            };
            push(what, &row.records.join("; "), &format!("[{}] {}", row.code, row.message));
        }
        for (what, rows) in [
            (lang.pick("row rejected", "退回"), &self.rejected),
            (lang.pick("row repaired", "修复"), &self.repaired),
        ] {
            rows.iter().for_each(|row| push(what, "", row));
        }
    }

    /// The part of a page that says it all; nothing where nothing is known of an import.
    pub(crate) fn section(&self, lang: Lang) -> Option<Section> {
        if self.said(lang).is_empty() {
            return None;
        }
        let table = self.table(lang);
        let all = table.len();
        let mut section =
            Section::new("records", lang.pick("The records behind it", "所依据的记录"))
                .text(lang.pick(
                    "check_data lists every row and finding of the data set.",
                    "check_data 可列出数据集的全部问题行与发现。",
                ))
                .table(&table.first(LISTED).without_empty());
        section = section.first_of(LISTED, all, lang);
        Some(section)
    }

    /// Writes [`Self::table`] as `records.csv` into a folder that is there.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write_csv(&self, lang: Lang, dir: &Path, options: &CsvOptions) -> Result<(), Error> {
        error::write(&dir.join(Self::FILE), self.table(lang).csv(options).as_bytes())
    }

    /// What [`Self::write_csv`] writes.
    pub const FILE: &str = "records.csv";
}

const fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        _ => 2,
    }
}

/// A record with its place.
fn label(chain: &SupplyChain, record: &RecordRef) -> String {
    let RecordRef { table, code, source } = record;
    match chain.place(*source) {
        Some(place) => format!("{table} {code} ({place})"),
        None => format!("{table} {code}"),
    }
}

/// The records of a set of stocks: their places, and their labels.
struct Own {
    sources: HashSet<Source>,
    labels: HashSet<String>,
}

impl Own {
    fn of(chain: &SupplyChain, stocks: &[StockId]) -> Self {
        let here: HashSet<StockId> = stocks.iter().copied().collect();
        let mut sources = Vec::new();
        // A transformation can have very many lines: each is looked at once, not once a stock.
        let mut transformations = HashSet::new();
        for &stock in stocks {
            let (batch, operator) = chain.stock(stock);
            sources.extend([chain.batch(batch).source, chain.operator(operator).source]);
            for flow in chain.inflows(stock) {
                match flow.from {
                    InflowFrom::Shipment(id) => sources.push(chain.shipment(id).source),
                    InflowFrom::Transformation(id) => {
                        transformations.insert(id);
                    }
                    _ => {}
                }
            }
            for flow in chain.outflows(stock) {
                match flow.to {
                    OutflowTo::Shipment(id) => sources.push(chain.shipment(id).source),
                    OutflowTo::Removal(id) => sources.push(chain.removal(id).source),
                    OutflowTo::Transformation(id) => {
                        transformations.insert(id);
                    }
                    _ => {}
                }
            }
        }
        for id in transformations {
            let view = chain.transformation(id);
            for line in view.inputs.iter().chain(&view.outputs) {
                if here.contains(&line.stock) {
                    sources.extend_from_slice(line.sources);
                }
            }
        }
        let samples = chain.sample_ids().map(|id| chain.sample(id));
        sources.extend(samples.filter(|s| here.contains(&s.stock)).map(|s| s.source));
        // Rows of other reporters that say the same.
        let others: Vec<Source> =
            sources.iter().flat_map(|source| chain.other_sources(*source)).collect();
        let mut sources: HashSet<Source> = sources.into_iter().chain(others).collect();
        sources.remove(&Source::NONE);
        let labels = stocks.iter().map(|stock| chain.stock_label(*stock)).collect();
        Self { sources, labels }
    }

    fn hold(&self, record: &RecordRef) -> bool {
        self.sources.contains(&record.source) || self.labels.contains(&record.code)
    }
}
