//! The page of a compliance report.

use suyuan::model::{Hazard, SampleKind, Stage};
use suyuan::report::chart::forest::{Estimate, Forest};
use suyuan::report::chart::funnel::{Funnel, Place};
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};
use suyuan::stats::compliance::{Dimension, Row};

use super::{LISTED, count};
use crate::evaluation;
use crate::show::count as count_of;

/// The most estimates drawn below one another.
const FOREST: usize = 40;

/// A compliance report: rates with intervals, regions that stand out, ranks.
#[must_use]
pub fn compliance(found: &evaluation::Document, lang: Lang) -> Page {
    let lead = match lang {
        Lang::En => format!(
            "{}; intervals of {}%. Purposes of sampling are never pooled.",
            count_of(found.samples, "sample"),
            100.0 * found.confidence
        ),
        Lang::Zh => format!(
            "样品{}批次，置信水平{}%。不同抽检类型不合并计算。",
            found.samples,
            100.0 * found.confidence
        ),
    };
    let mut page = Page::new(lang, lang.pick("Compliance", "合格率评价")).lead(&lead);
    page.push(rates(found, lang));
    for areas in &found.areas {
        page.push(regions(areas, lang));
    }
    for dimension in Dimension::ALL {
        let name = dimension.name();
        let rows: Vec<&Row> = found.rows.iter().filter(|row| row.dimension == name).collect();
        if *dimension == Dimension::All || rows.iter().all(|row| row.value.is_empty()) {
            continue;
        }
        page.push(dimension_section(name, &rows, lang));
    }
    page
}

fn estimate(row: &Row, label: String) -> Option<Estimate> {
    let found = row.problem_finding.as_ref()?;
    Some(Estimate {
        label,
        n: row.tested,
        estimate: found.estimate,
        lower: found.lower,
        upper: found.upper,
        note: String::new(),
    })
}

fn rates(found: &evaluation::Document, lang: Lang) -> Section {
    let all: Vec<&Row> =
        found.rows.iter().filter(|row| row.dimension == Dimension::All.name()).collect();
    let forest = Forest {
        caption: lang.pick("Problem-finding rate by purpose.", "各类型问题发现率。").to_owned(),
        rows: all.iter().filter_map(|row| estimate(row, purpose(row.purpose, lang))).collect(),
        reference: None,
    };
    let table = rate_table("purposes", lang.pick("By purpose", "按类型"), &all, lang);
    let mut section =
        Section::new("rates", lang.pick("Rates", "总体")).figure(forest.figure(lang)).table(&table);
    for one in &found.population {
        let text = match (&one.rate, &one.refused) {
            (Some(rate), _) => match lang {
                Lang::En => format!(
                    "Of the population ({}): {:.3}% fail, {:.3} to {:.3} (exact).",
                    purpose(&one.purpose, lang),
                    rate.estimate * 100.0,
                    rate.lower * 100.0,
                    rate.upper * 100.0
                ),
                Lang::Zh => format!(
                    "总体不合格率（{}）：{:.3}%，区间{:.3}%至{:.3}%（精确法）。",
                    purpose(&one.purpose, lang),
                    rate.estimate * 100.0,
                    rate.lower * 100.0,
                    rate.upper * 100.0
                ),
            },
            (None, Some(why)) => match lang {
                Lang::En => format!("{}: {why}", one.purpose),
                Lang::Zh => format!(
                    "{}样品并非随机抽取，不能推断总体不合格率；宜用随机抽取的评价性抽检，或仅报告问题发现率。",
                    purpose(&one.purpose, lang)
                ),
            },
            (None, None) => continue,
        };
        section = section.text(&text);
    }
    if let Some(rate) = &found.disposal {
        section = section.text(&match lang {
            Lang::En => format!(
                "Acted on: {:.2}% of failing samples, {:.2} to {:.2}.",
                rate.estimate * 100.0,
                rate.lower * 100.0,
                rate.upper * 100.0
            ),
            Lang::Zh => format!(
                "不合格样品处置率：{:.2}%，区间{:.2}%至{:.2}%。",
                rate.estimate * 100.0,
                rate.lower * 100.0,
                rate.upper * 100.0
            ),
        });
    }
    section
}

fn rate_table(name: &str, caption: &str, rows: &[&Row], lang: Lang) -> Table {
    let mut table = Table::new(name, caption)
        .column(Column::text("value", lang.pick("Value", "取值")))
        .column(Column::text("purpose", lang.pick("Purpose", "类型")).tight())
        .column(Column::number("tested", lang.pick("Tested", "检验")))
        .column(Column::number("failing", lang.pick("Failing", "不合格")))
        .column(Column::number("pending", lang.pick("Pending", "待检")))
        .column(Column::number("rate", lang.pick("Failing %", "不合格率%")))
        .column(Column::number("lower", lang.pick("From", "下限%")))
        .column(Column::number("upper", lang.pick("To", "上限%")));
    for row in rows.iter().take(LISTED) {
        let found = row.problem_finding.as_ref();
        let percent = |value: Option<f64>| Cell::real(value.map(|value| value * 100.0), 3);
        table.push(vec![
            if row.value.is_empty() {
                Cell::word(lang.pick("all", "全部"))
            } else {
                Cell::text(&value(row, lang))
            },
            Cell::word(purpose(row.purpose, lang)),
            Cell::Count(row.tested),
            Cell::Count(row.failing),
            Cell::Count(row.pending),
            percent(found.map(|found| found.estimate)),
            percent(found.map(|found| found.lower)),
            percent(found.map(|found| found.upper)),
        ]);
    }
    table
}

fn regions(areas: &evaluation::Areas, lang: Lang) -> Section {
    let title = format!("{} · {}", lang.pick("Regions", "区划"), purpose(areas.purpose, lang));
    let mut section = Section::new(&format!("regions-{}", areas.purpose), &title);
    if !areas.population {
        section = section.text(lang.pick(
            "These describe the samples, not the regions' populations.",
            "以下描述样品本身，不代表区划总体。",
        ));
    }
    if areas.model.is_none() {
        return section.note(areas.refused.as_deref().unwrap_or_default());
    }
    section = section.text(lang.pick(
        "Own limits are exact. Shrunk ones also carry how alike regions may be.",
        "本身上下限为精确区间；收缩区间计入区划间相似程度的不确定性。",
    ));
    let mut order: Vec<&evaluation::Region> = areas.regions.iter().collect();
    order.sort_by(|a, b| b.area.estimate.total_cmp(&a.area.estimate).then(a.region.cmp(&b.region)));
    let (x, n) = areas
        .regions
        .iter()
        .fold((0, 0), |sum, region| (sum.0 + region.area.x, sum.1 + region.area.n));
    let forest = Forest {
        caption: lang
            .pick(
                "Failing rate of each region, shrunk towards all; worst first.",
                "各区划不合格率（向总体收缩），由高到低。",
            )
            .to_owned(),
        rows: order
            .iter()
            .take(FOREST)
            .map(|region| Estimate {
                label: region.region.clone(),
                n: region.area.n,
                estimate: region.area.estimate,
                lower: region.area.lower,
                upper: region.area.upper,
                note: format!("{} / {}", region.area.x, region.area.n),
            })
            .collect(),
        reference: (n > 0).then(|| x as f64 / n as f64),
    };
    let funnel = Funnel {
        caption: lang.pick("Failing rate and number of samples.", "不合格率与样品数。").to_owned(),
        places: areas
            .regions
            .iter()
            .map(|region| Place {
                label: region.region.clone(),
                failing: region.area.x,
                tested: region.area.n,
            })
            .collect(),
    };
    let mut table = Table::new("areas", &title)
        .column(Column::text("region", lang.pick("Region", "区划")))
        .column(Column::number("tested", lang.pick("Tested", "检验")))
        .column(Column::number("failing", lang.pick("Failing", "不合格")))
        .column(Column::number("own", lang.pick("Own %", "本身%")))
        .column(Column::number("own_lower", lang.pick("Own from", "本身下限%")))
        .column(Column::number("own_upper", lang.pick("Own to", "本身上限%")))
        .column(Column::number("shrunk", lang.pick("Shrunk %", "收缩%")))
        .column(Column::number("lower", lang.pick("From", "下限%")))
        .column(Column::number("upper", lang.pick("To", "上限%")))
        .column(Column::number("position", lang.pick("Position", "名次")))
        .column(Column::number("worst", lang.pick("P(worst)", "最差概率")));
    for region in order.iter().take(LISTED) {
        let percent = |value: f64| Cell::Real(value * 100.0, 3);
        table.push(vec![
            Cell::text(&region.region),
            Cell::Count(region.area.n),
            Cell::Count(region.area.x),
            percent(region.area.direct),
            percent(region.area.direct_lower),
            percent(region.area.direct_upper),
            percent(region.area.estimate),
            percent(region.area.lower),
            percent(region.area.upper),
            region.position.map_or(Cell::Empty, count),
            Cell::real(region.worst, 3),
        ]);
    }
    section.figure(forest.figure(lang)).figure(funnel.figure(lang)).table(&table.without_empty())
}

fn dimension_section(name: &str, rows: &[&Row], lang: Lang) -> Section {
    let title = match (lang, name) {
        (Lang::En, name) => format!("By {name}"),
        (Lang::Zh, "region") => "按区划".to_owned(),
        (Lang::Zh, "category") => "按类别".to_owned(),
        (Lang::Zh, "stage") => "按环节".to_owned(),
        (Lang::Zh, "hazard") => "按危害".to_owned(),
        (Lang::Zh, "period") => "按时段".to_owned(),
        (Lang::Zh, name) => format!("按{name}"),
    };
    let forest = Forest {
        caption: lang.pick("Problem-finding rate.", "问题发现率。").to_owned(),
        rows: rows
            .iter()
            .filter(|row| !row.value.is_empty())
            .filter_map(|row| {
                estimate(row, format!("{} · {}", value(row, lang), purpose(row.purpose, lang)))
            })
            .take(FOREST)
            .collect(),
        reference: None,
    };
    let table = rate_table(name, &title, rows, lang);
    let section = Section::new(&format!("by-{name}"), &title).figure(forest.figure(lang));
    section.folded(lang.pick("The table", "数据表"), &table).first_of(LISTED, rows.len(), lang)
}

/// A purpose of sampling in the language of the page.
fn purpose(name: &str, lang: Lang) -> String {
    SampleKind::parse(name).map_or_else(|| name.to_owned(), |kind| lang.kind(kind).to_owned())
}

/// What a row is about; words of the format in the language of the page.
fn value(row: &Row, lang: Lang) -> String {
    let word = match row.dimension {
        "stage" => Stage::parse(&row.value).map(|stage| lang.stage(Some(stage))),
        "hazard" => Hazard::parse(&row.value).map(|hazard| lang.hazard(Some(hazard))),
        _ => None,
    };
    word.map_or_else(|| row.value.clone(), str::to_owned)
}
