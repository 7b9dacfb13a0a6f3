//! The pages of a sampling plan and of its progress.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Region, Source};
//! use suyuan_core::sampling::plan::{PlanOptions, plan};
//! use suyuan_report::{Lang, sampling};
//! let mut builder = ChainBuilder::new();
//! let region = Region {
//!     code: "370202".into(), name: "市南区".into(), population: Some(2000), ..Region::default()
//! };
//! builder.add_region(&region, Source::NONE)?;
//! let found = plan(&builder.build()?.chain, &PlanOptions::new(2026))?;
//! let html = sampling::plan_page(&found, Lang::Zh).render();
//! assert!(html.contains("市南区") && html.contains("<h2 id=\"months-h\">"));
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::sampling::plan::{Plan, PlanRegion};
use suyuan_core::sampling::progress::Progress;

use crate::chart::bars::Bars;
use crate::chart::bullets::{Bullets, Goal};
use crate::chart::tiles::{Tile, Tiles};
use crate::lang::Lang;
use crate::page::{Page, Section};
use crate::table::{Cell, Column, Table};
use crate::text;

/// The most goals that are drawn.
const DRAWN: usize = 60;

fn named(name: &str, code: &str) -> String {
    if name.is_empty() { code.to_owned() } else { name.to_owned() }
}

/// The page of a year's plan: what every region owes, and the samples by month and cell.
#[must_use]
pub fn plan_page(plan: &Plan, lang: Lang) -> Page {
    let title = match lang {
        Lang::En => format!("Sampling plan {}", plan.year),
        Lang::Zh => format!("{}年抽检计划", plan.year),
    };
    let lead = match lang {
        Lang::En => {
            format!(
                "{} in {}.",
                text::things(plan.samples, "sample", "samples"),
                text::things(plan.regions.len() as u64, "region", "regions")
            )
        }
        Lang::Zh => format!("{}个区划，共{}批次。", plan.regions.len(), text::count(plan.samples)),
    };
    let mut page = Page::new(lang, &title).lead(&lead).signed();
    page.push(regions(plan, lang));
    if !plan.rules.is_empty() {
        page.push(minima(plan, lang));
    }
    page.push(months(plan, lang));
    page.push(cells(plan, lang));
    page
}

fn regions(plan: &Plan, lang: Lang) -> Section {
    // The lowest tier is what a map shows; upper tiers are their sums, and what is in no part.
    let parents: BTreeSet<&str> = plan.regions.iter().map(|region| &*region.parent).collect();
    let leaf = |region: &&PlanRegion| !parents.contains(&*region.code);
    let leaves: Vec<&PlanRegion> = plan.regions.iter().filter(leaf).collect();
    let most = leaves.iter().map(|region| region.planned).max().unwrap_or(1).max(1) as f64;
    let tiles = leaves.iter().map(|region| Tile {
        label: named(&region.name, &region.code),
        value: format!("{} {}", text::count(region.planned), lang.pick("samples", "批次")),
        detail: region.population.map_or_else(String::new, |people| {
            format!("{} {}", text::count(people), lang.pick("people", "人"))
        }),
        fill: region.planned as f64 / most,
        place: None,
    });
    let tiles = Tiles {
        caption: lang
            .pick(
                "Samples planned in each region of the lowest tier; the bar compares them.",
                "最低一级区划的计划批次，底部横条为相对多少。",
            )
            .to_owned(),
        tiles: tiles.collect(),
    };
    let mut table = Table::new("obligations", lang.pick("What each region owes", "各区划任务量"))
        .column(Column::text("name", lang.pick("Region", "区划")))
        .column(Column::text("region", lang.pick("Code", "编码")))
        .column(Column::number("people", lang.pick("People", "常住人口")))
        .column(Column::number("own", lang.pick("By people", "按人口")))
        .column(Column::number("parts", lang.pick("Sum of its parts", "下级合计")))
        .column(Column::number("due", lang.pick("Due", "应完成")))
        .column(Column::number("planned", lang.pick("Planned", "计划")))
        .column(Column::number("held", lang.pick("In no part of it", "不属下级")));
    let number = |value: Option<u64>| value.map_or(Cell::Empty, Cell::Count);
    for region in &plan.regions {
        table.push(vec![
            Cell::text(&named(&region.name, &region.code)),
            Cell::text(&region.code),
            number(region.population),
            number(region.own),
            Cell::Count(region.parts),
            Cell::Count(region.due),
            Cell::Count(region.planned),
            Cell::Count(region.held),
        ]);
    }
    let facts = [
        (lang.pick("Samples", "批次").to_owned(), text::count(plan.samples)),
        (
            lang.pick("For each 1000 people a year", "每千人每年").to_owned(),
            text::decimal(plan.rate.value()),
        ),
        (lang.pick("Method", "分配方法").to_owned(), plan.method.as_str().to_owned()),
    ];
    let mut section = Section::new("regions", lang.pick("Regions", "区划"))
        .facts(&facts)
        .figure(tiles.figure(lang))
        .table(&table);
    if !plan.unplaced.is_empty() {
        let what = lang.pick(
            "Operators without a region, whose stocks weigh nothing",
            "缺区划的主体（其存货不计权）",
        );
        section = section.note(&text::clean(&format!("{what}: {}", plan.unplaced.join(", "))));
    }
    section
}

/// What the rules ask for.
fn minima(plan: &Plan, lang: Lang) -> Section {
    let mut table =
        Table::new("minima", lang.pick("What rules ask for at least", "各项规则的最低要求"))
            .column(Column::text("rule", lang.pick("Rule", "规则")))
            .column(Column::text("basis", lang.pick("Basis", "依据")))
            .column(Column::text("holds", lang.pick("Holds", "当年有效")).tight())
            .column(Column::number("operators", lang.pick("Operators", "主体数")))
            .column(Column::number("samples", lang.pick("Samples", "批次")));
    for rule in &plan.rules {
        let holds = if rule.holds { lang.pick("yes", "是") } else { lang.pick("no", "否") };
        table.push(vec![
            Cell::text(&rule.name),
            Cell::text(&rule.basis),
            Cell::word(holds),
            Cell::Count(rule.operators),
            Cell::Count(rule.samples),
        ]);
    }
    Section::new("minima", lang.pick("Minima", "最低批次")).table(&table)
}

fn months(plan: &Plan, lang: Lang) -> Section {
    let kinds: BTreeSet<_> = plan.rows.iter().map(|row| row.purpose).collect();
    let kinds: Vec<_> = kinds.into_iter().collect();
    let mut numbers = vec![vec![0_u64; kinds.len()]; 12];
    for row in &plan.rows {
        let Ok(kind) = kinds.binary_search(&row.purpose) else { continue };
        for (month, samples) in numbers.iter_mut().zip(&row.months) {
            if let Some(number) = month.get_mut(kind) {
                *number += samples;
            }
        }
    }
    let name = |month: usize| match lang {
        Lang::En => {
            let names = [
                "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            ];
            names.get(month).map_or_else(String::new, |name| (*name).to_owned())
        }
        Lang::Zh => format!("{}月", month + 1),
    };
    let series: Vec<String> = kinds.iter().map(|kind| lang.kind(*kind).to_owned()).collect();
    let mut table = Table::new("months", lang.pick("Samples by month and purpose", "按月份与类型"))
        .column(Column::text("month", lang.pick("Month", "月份")));
    for (kind, title) in kinds.iter().zip(&series) {
        table = table.column(Column::number(kind.as_str(), title));
    }
    table = table.column(Column::number("sum", lang.pick("Sum", "合计")));
    for (month, numbers) in numbers.iter().enumerate() {
        let mut row = vec![Cell::word(name(month))];
        row.extend(numbers.iter().map(|number| Cell::Count(*number)));
        row.push(Cell::Count(numbers.iter().sum()));
        table.push(row);
    }
    let bars = Bars {
        caption: lang
            .pick("Samples of each month by purpose.", "各月批次，按类型堆叠。")
            .to_owned(),
        series,
        bars: numbers.into_iter().enumerate().map(|(at, numbers)| (name(at), numbers)).collect(),
    };
    Section::new("months", lang.pick("Months", "月份")).figure(bars.figure(lang)).table(&table)
}

fn cells(plan: &Plan, lang: Lang) -> Section {
    let names: BTreeMap<&str, String> = plan
        .regions
        .iter()
        .map(|region| (region.code.as_str(), named(&region.name, &region.code)))
        .collect();
    let caption = lang.pick("By region, category and stage", "按区划、食品类别与环节");
    let mut table = Table::new("cells", caption)
        .column(Column::text("region", lang.pick("Region", "区划")))
        .column(Column::text("category", lang.pick("Category", "类别")))
        .column(Column::text("stage", lang.pick("Stage", "环节")))
        .column(Column::number("stocks", lang.pick("Stocks", "存货数")))
        .column(Column::number("tested", lang.pick("Tested before", "既往检验")))
        .column(Column::number("failed", lang.pick("Failed", "不合格")))
        .column(Column::number("least", lang.pick("At least", "下限")))
        .column(Column::number("samples", lang.pick("Samples", "批次")));
    for cell in &plan.cells {
        table.push(vec![
            Cell::text(names.get(cell.region.as_str()).unwrap_or(&cell.region)),
            Cell::text(&cell.category),
            Cell::word(lang.stage(cell.stage)),
            Cell::Count(cell.stocks),
            Cell::Count(cell.tested),
            Cell::Count(cell.failed),
            Cell::Count(cell.least),
            Cell::Count(cell.samples),
        ]);
    }
    let summary = match lang {
        Lang::En => format!("{caption}: {} cells", table.len()),
        Lang::Zh => format!("{caption}：{}格", table.len()),
    };
    Section::new("cells", lang.pick("Cells", "抽样单元")).folded(&summary, &table)
}

/// The page of how far a plan has come.
#[must_use]
pub fn progress_page(progress: &Progress, lang: Lang) -> Page {
    let title = match lang {
        Lang::En => format!("Sampling progress {} to {}", progress.year, progress.day),
        Lang::Zh => format!("{}年抽检进度（截至{}）", progress.year, progress.day),
    };
    let behind = progress.rows.iter().filter(|row| row.behind > 0).count();
    let lead = match lang {
        Lang::En => format!(
            "{behind} of {} {} behind.",
            text::things(progress.rows.len() as u64, "goal", "goals"),
            if behind == 1 { "is" } else { "are" }
        ),
        Lang::Zh => format!("{}项任务中{behind}项落后。", progress.rows.len()),
    };
    let mut page = Page::new(lang, &title).lead(&lead);
    // Purposes that nothing is owed of have no goal to draw; the table has them.
    let owed: Vec<_> = progress.rows.iter().filter(|row| row.owed > 0).collect();
    let one = owed.windows(2).all(|pair| pair[0].purpose == pair[1].purpose);
    let goals = owed.iter().take(DRAWN).map(|row| Goal {
        label: if one {
            named(&row.name, &row.region)
        } else {
            format!("{} · {}", named(&row.name, &row.region), lang.kind(row.purpose))
        },
        done: row.done,
        due: row.due,
        owed: row.owed,
    });
    let bullets = Bullets {
        caption: lang.pick("Samples done.", "已完成批次。").to_owned(),
        goals: goals.collect(),
    };
    let mut table = Table::new("progress", lang.pick("Every region and purpose", "各区划与类型"))
        .column(Column::text("name", lang.pick("Region", "区划")))
        .column(Column::text("region", lang.pick("Code", "编码")))
        .column(Column::text("purpose", lang.pick("Purpose", "类型")).tight())
        .column(Column::number("done", lang.pick("Done", "已完成")))
        .column(Column::number("due", lang.pick("Due", "应完成")))
        .column(Column::number("owed", lang.pick("Owed", "全年任务")))
        .column(Column::number("behind", lang.pick("Behind", "落后")))
        .column(Column::number("per_thousand", lang.pick("Per 1000 people", "每千人")))
        .column(Column::number("projected", lang.pick("Year's end at this pace", "按此进度年末")));
    for row in &progress.rows {
        table.push(vec![
            Cell::text(&named(&row.name, &row.region)),
            Cell::text(&row.region),
            Cell::word(lang.kind(row.purpose)),
            Cell::Count(row.done),
            Cell::Count(row.due),
            Cell::Count(row.owed),
            Cell::Count(row.behind),
            Cell::text(&row.per_thousand),
            Cell::Count(row.projected),
        ]);
    }
    let mut section = Section::new("goals", lang.pick("Goals", "任务"))
        .figure(bullets.figure(lang))
        .table(&table);
    for (codes, what) in [
        (
            &progress.unclear,
            lang.pick("Not counted, for want of a date or purpose", "未计入（缺日期或类型）"),
        ),
        (&progress.unplaced, lang.pick("Not counted, for want of a region", "未计入（缺区划）")),
        (&progress.unknown, lang.pick("Regions without a population", "缺人口的区划")),
    ] {
        if !codes.is_empty() {
            section = section.note(&text::clean(&format!("{what}: {}", codes.join(", "))));
        }
    }
    page.push(section);
    page
}
