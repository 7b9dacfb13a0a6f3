//! The tables of a recall: on its page, as CSV, in a workbook.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use rust_decimal::Decimal;

use super::{Group, Operator, RecallReport, Stock, Sums};
use crate::error::{self, Error};
use crate::lang::Lang;
use crate::records::Records;
use crate::table::{Cell, Column, CsvOptions, Table, on_hand};
use crate::text;

pub(super) fn sums_columns(table: Table, lang: Lang) -> Table {
    table
        .column(Column::number("stocks", lang.pick("Stocks", "存货数")))
        .column(Column::number("certain", lang.pick("Certain", "确定")))
        .column(Column::number("possible", lang.pick("Possible", "可能")))
        .column(Column::number("on_hand", lang.pick("On hand", "现存")))
        .column(Column::number(
            "contaminated",
            lang.pick("of it contaminated, at most", "其中污染，至多"),
        ))
        .column(Column::number("in_transit", lang.pick("On the road", "在途")))
}

fn quantities(sums: &BTreeMap<String, Decimal>) -> Cell {
    if sums.is_empty() { Cell::Empty } else { Cell::Quantities(sums.clone()) }
}

fn sums_cells(sums: &Sums) -> [Cell; 6] {
    [
        Cell::Count(sums.stocks),
        Cell::Count(sums.recorded),
        Cell::Count(sums.possible),
        on_hand(&sums.on_hand, sums.negative_stocks, sums.unknown_stocks),
        quantities(&sums.contaminated_on_hand),
        on_hand(&sums.in_transit, 0, sums.unknown_in_transit),
    ]
}

impl RecallReport {
    /// Sums by stage.
    #[must_use]
    pub fn stage_table(&self, lang: Lang) -> Table {
        let first = Column::text("stage", lang.pick("Stage", "环节"));
        let name = |group: &Group| Cell::word(lang.stage(group.stage));
        self.groups(
            "stages",
            lang.pick("By stage, from farm to table", "按环节（从农田到餐桌）"),
            first,
            &self.stages,
            name,
            lang,
        )
    }

    /// Sums by region.
    #[must_use]
    pub fn region_table(&self, lang: Lang) -> Table {
        let first = Column::text("region", lang.pick("Region", "区划"));
        let name = |group: &Group| {
            if group.region.is_empty() {
                Cell::word(lang.unknown())
            } else {
                Cell::text(&group.region_name)
            }
        };
        self.groups("regions", lang.pick("By region", "按区划"), first, &self.regions, name, lang)
    }

    fn groups(
        &self,
        key: &str,
        caption: &str,
        first: Column,
        groups: &[Group],
        name: impl Fn(&Group) -> Cell,
        lang: Lang,
    ) -> Table {
        let table = Table::new(key, caption)
            .column(first)
            .column(Column::number("operators", lang.pick("Operators", "主体数")));
        let mut table = sums_columns(table, lang);
        for group in groups {
            let mut row = vec![name(group), Cell::Count(group.sums.operators)];
            row.extend(sums_cells(&group.sums));
            table.push(row);
        }
        table
    }

    /// Who must be told.
    #[must_use]
    pub fn operator_table(&self, lang: Lang) -> Table {
        let caption = lang.pick("By operator", "按生产经营者");
        self.some_operators(lang, caption, 0..self.operators.len())
    }

    pub(super) fn some_operators(
        &self,
        lang: Lang,
        caption: &str,
        which: impl Iterator<Item = usize>,
    ) -> Table {
        let table = Table::new("operators", caption)
            .column(Column::text("name", lang.pick("Operator", "生产经营者")))
            .column(Column::text("operator", lang.pick("Code", "编码")))
            .column(Column::text("stage", lang.pick("Stage", "环节")).tight())
            .column(Column::text("region", lang.pick("Region", "区划")))
            .column(Column::text("since", lang.pick("Since", "起始时间")).tight());
        let mut table = sums_columns(table, lang);
        for at in which {
            let Some(operator) = self.operators.get(at) else { continue };
            let mut row = vec![
                Cell::text(shown(operator)),
                Cell::text(&operator.code),
                Cell::word(lang.stage(operator.stage)),
                Cell::text(&operator.region_name),
                Cell::word(text::minute(operator.since, lang)),
            ];
            row.extend(sums_cells(&operator.sums));
            table.push_at(format!("o{at}"), row);
        }
        table
    }

    /// The recall notice: what each operator must take off the market, a line a stock. Before them
    /// stand lines without a code that say what the records lack.
    #[must_use]
    pub fn notice_table(&self, lang: Lang) -> Table {
        let notices = self.some_notices(lang, 0..self.stocks.len());
        notices.under(self.records.lines(lang).into_iter().map(|line| vec![Cell::word(line)]))
    }

    pub(super) fn some_notices(&self, lang: Lang, which: impl Iterator<Item = usize>) -> Table {
        let mut table = Table::new(
            "notice",
            lang.pick(
                "Notice: what each operator takes off the market",
                "召回通知：各主体应下架、封存的存货",
            ),
        )
        .column(Column::text("name", lang.pick("Operator", "生产经营者")))
        .column(Column::text("operator", lang.pick("Code", "编码")))
        .column(Column::text("batch", lang.pick("Batch", "批次")))
        .column(Column::text("product", lang.pick("Product", "产品")))
        .column(Column::text("since", lang.pick("Affected since", "受影响起始")).tight())
        .column(Column::text("certainty", lang.pick("Certainty", "确定性")).tight())
        .column(Column::number("on_hand", lang.pick("On hand", "现存")))
        .column(Column::number("in_transit", lang.pick("On the road", "在途")))
        .column(Column::text("unit", lang.pick("Unit", "单位")).tight())
        .column(Column::number("share", lang.pick("Share", "污染占比")))
        .column(Column::number("expected", lang.pick("Expected", "期望污染量")))
        .column(Column::number("most", lang.pick("At most", "最大污染量")));
        for at in which {
            let Some(stock) = self.stocks.get(at) else { continue };
            let Some(operator) = self.operators.get(stock.operator) else { continue };
            let certainty = lang.certainty(stock.certainty);
            let unit = if stock.quantity_complete {
                stock.unit.clone()
            } else {
                format!("{} *", stock.unit)
            };
            table.push_at(
                format!("s{at}"),
                vec![
                    Cell::text(shown(operator)),
                    Cell::text(&operator.code),
                    Cell::text(&stock.batch),
                    Cell::text(&stock.product),
                    Cell::word(text::minute(stock.since, lang)),
                    Cell::word(certainty),
                    // What is not known is no number.
                    if stock.quantity_complete { Cell::Number(stock.on_hand) } else { Cell::Empty },
                    if stock.in_transit.is_zero() {
                        Cell::Empty
                    } else {
                        Cell::Number(stock.in_transit)
                    },
                    Cell::word(unit),
                    Cell::Share(stock.share),
                    Cell::Number(stock.contaminated_expected),
                    Cell::Number(stock.contaminated_max),
                ],
            );
        }
        table
    }

    /// The last step of every stock's witness path, with the rows that record it; of a source the
    /// record that puts it there.
    #[must_use]
    pub fn step_table(&self, lang: Lang) -> Table {
        self.some_steps(lang, 0..self.stocks.len(), usize::MAX)
    }

    /// Those of some stocks, of which the page lists so many.
    pub(super) fn some_steps(&self, lang: Lang, which: Range<usize>, most: usize) -> Table {
        let mut table = Table::new(
            "steps",
            lang.pick("How each stock came into the scope", "各存货列入范围的依据"),
        )
        .column(Column::text("stock", lang.pick("Stock", "存货")))
        .column(Column::text("from", lang.pick("From", "来自")))
        .column(Column::text("by", lang.pick("By", "途径")).tight())
        .column(Column::text("code", lang.pick("Record", "单号")))
        .column(Column::text("when", lang.pick("When", "时间")).wide())
        .column(Column::text("quantity", lang.pick("Quantity", "数量")))
        .column(Column::text("rows", lang.pick("Rows", "原始记录")).wide());
        for stock in self.stocks.get(which).unwrap_or_default() {
            let Some(step) = &stock.step else {
                table.push(self.first(lang, stock));
                continue;
            };
            let from = self.stocks.get(step.from).map_or_else(String::new, |from| self.label(from));
            table.push(vec![
                Cell::Text(self.label(stock)),
                // Stocks beyond those listed have no place on the page.
                if step.from < most {
                    Cell::Link(from, format!("s{}", step.from))
                } else {
                    Cell::Text(from)
                },
                Cell::word(step.kind.word(lang)),
                Cell::text(&step.code),
                Cell::word(step.times(lang)),
                Cell::word(step.amount(lang)),
                Cell::text(&step.places.join(", ")),
            ]);
        }
        table
    }

    /// The record that puts a source there.
    fn first(&self, lang: Lang, stock: &Stock) -> Vec<Cell> {
        let mut row = vec![Cell::Text(self.label(stock)), Cell::word(lang.pick("source", "起点"))];
        match &stock.first {
            Some(first) => row.extend([
                Cell::word(first.kind.word(lang)),
                Cell::text(&first.code),
                Cell::word(text::span(first.time, lang)),
                Cell::word(first.amount(lang)),
                Cell::text(&first.place),
            ]),
            None => row.push(Cell::word(lang.pick("no record", "无记录"))),
        }
        row
    }

    /// `BATCH@OPERATOR`.
    pub(super) fn label(&self, stock: &Stock) -> String {
        let operator = self.operators.get(stock.operator).map_or("", |operator| &operator.code);
        format!("{}@{operator}", stock.batch)
    }

    /// Every table: what the records lack, then the notice and the others.
    #[must_use]
    pub fn sheets(&self, lang: Lang) -> Vec<Table> {
        vec![
            self.records.table(lang),
            self.notice_table(lang),
            self.operator_table(lang),
            self.stage_table(lang),
            self.region_table(lang),
            self.step_table(lang),
        ]
    }

    /// What [`Self::write_csv`] writes.
    pub const FILES: [&str; 6] =
        [Records::FILE, "notice.csv", "operators.csv", "stages.csv", "regions.csv", "steps.csv"];

    /// Writes every table as CSV into a folder, which is made when it is not there.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write_csv(&self, lang: Lang, dir: &Path, options: &CsvOptions) -> Result<(), Error> {
        std::fs::create_dir_all(dir)
            .map_err(|source| Error::Write { path: dir.to_owned(), source })?;
        for table in self.sheets(lang) {
            let path = dir.join(format!("{}.csv", table.name()));
            error::write(&path, table.csv(options).as_bytes())?;
        }
        Ok(())
    }

    /// Writes every table as a worksheet of one workbook.
    ///
    /// # Errors
    /// As [`crate::table::workbook`].
    #[cfg(feature = "xlsx")]
    pub fn write_xlsx(&self, lang: Lang, path: &Path) -> Result<(), Error> {
        let sheets = self.sheets(lang);
        let bytes = crate::table::workbook(&sheets.iter().collect::<Vec<_>>())?;
        error::write(path, &bytes)
    }
}

/// What an operator is called: its name, its code where it has none.
pub(super) fn shown(operator: &Operator) -> &str {
    if operator.name.is_empty() { &operator.code } else { &operator.name }
}
