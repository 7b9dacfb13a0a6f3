//! Pages of results that have none in the library: checks, compliance, early warning, acceptance.

use std::collections::BTreeMap;

use suyuan::chain::Severity;
use suyuan::csv::Import;
use suyuan::csv::report::{RowProblem, record_label};
use suyuan::report::chart::control::{Control, Point};
use suyuan::report::chart::curve::Curve;
use suyuan::report::chart::forest::{Estimate, Forest};
use suyuan::report::chart::funnel::{Funnel, Place};
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};
use suyuan::sampling::protocol::DrawRecord;
use suyuan::stats::compliance::{Dimension, Row};

use crate::flat::Weekly;
use crate::{evaluation, plans, watching};

/// The most rows of a table on a page.
const LISTED: usize = 2000;
/// The most estimates drawn below one another.
const FOREST: usize = 40;
/// The most control charts.
const CHARTS: usize = 24;

fn count(number: usize) -> Cell {
    Cell::Count(number as u64)
}

/// What is in a data set and what is wrong with it.
#[must_use]
pub fn check(import: &Import, lang: Lang) -> Page {
    let checked = &import.report;
    let rows: u64 = checked.files.iter().map(|file| file.rows).sum();
    let (rejected, repaired) = (checked.rows_rejected(), checked.rows_repaired());
    let lead = match lang {
        Lang::En => format!(
            "{rows} rows read: {} imported, {repaired} of them repaired, {rejected} rejected.",
            rows - rejected
        ),
        Lang::Zh => format!(
            "共读取{rows}行：导入{}行（其中修复{repaired}行），退回{rejected}行。",
            rows - rejected
        ),
    };
    let mut page = Page::new(lang, lang.pick("Check of the data", "数据核查")).lead(&lead);
    let of =
        |severity| import.findings.iter().filter(|f| f.severity == severity).count().to_string();
    let facts = [
        (lang.pick("Rows", "行数").to_owned(), rows.to_string()),
        (lang.pick("Rejected", "退回").to_owned(), rejected.to_string()),
        (lang.pick("Repaired", "修复").to_owned(), repaired.to_string()),
        (lang.pick("Errors", "错误").to_owned(), of(Severity::Error)),
        (lang.pick("Warnings", "警告").to_owned(), of(Severity::Warning)),
        (lang.pick("Notes", "提示").to_owned(), of(Severity::Note)),
    ];
    let mut files = Table::new("files", lang.pick("Files", "文件"))
        .column(Column::text("file", lang.pick("File", "文件")))
        .column(Column::text("encoding", lang.pick("Encoding", "编码")))
        .column(Column::number("rows", lang.pick("Rows", "行数")))
        .column(Column::number("imported", lang.pick("Imported", "导入")))
        .column(Column::number("repaired", lang.pick("Repaired", "修复")))
        .column(Column::number("rejected", lang.pick("Rejected", "退回")))
        .column(Column::text("notes", lang.pick("Notes", "备注")));
    for file in &checked.files {
        files.push(vec![
            Cell::text(&file.file),
            Cell::word(file.encoding.to_string()),
            Cell::Count(file.rows),
            Cell::Count(file.imported),
            Cell::Count(file.repaired),
            Cell::Count(file.rejected),
            Cell::text(&file.notes.join("; ")),
        ]);
    }
    page.push(
        Section::new("files", lang.pick("What was read", "读取情况"))
            .facts(&facts)
            .table(&files.without_empty()),
    );
    let problems = |name: &str, title: &str, rows: &[RowProblem]| {
        let mut table = Table::new(name, title)
            .column(Column::text("place", lang.pick("File and line", "文件与行")))
            .column(Column::text("column", lang.pick("Column", "列")))
            .column(Column::text("found", lang.pick("Found", "内容")))
            .column(Column::text("expected", lang.pick("Expected", "应为")));
        for row in rows.iter().take(LISTED) {
            table.push(vec![
                Cell::Text(format!("{}:{}", row.file, row.line)),
                Cell::text(row.column),
                Cell::text(&row.value),
                Cell::text(&row.expected),
            ]);
        }
        let section = Section::new(name, title);
        let section = if table.is_empty() {
            section.text(lang.pick("None.", "无。"))
        } else {
            section.table(&table)
        };
        rest(section, rows.len(), lang)
    };
    page.push(problems(
        "rejected",
        lang.pick("Rejected: set aside, not imported", "退回：未导入"),
        &checked.rejected,
    ));
    page.push(problems(
        "repaired",
        lang.pick("Repaired: imported with this value unknown", "修复：该值按不明导入"),
        &checked.repaired,
    ));
    page.push(findings(import, lang));
    page
}

fn rest(section: Section, all: usize, lang: Lang) -> Section {
    if all <= LISTED {
        return section;
    }
    section.note(&match lang {
        Lang::En => format!("The first {LISTED} of {all} are listed; the JSON holds all."),
        Lang::Zh => format!("仅列出{all}条中的前{LISTED}条，JSON含全部。"),
    })
}

fn findings(import: &Import, lang: Lang) -> Section {
    let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
    for finding in &import.findings {
        *kinds.entry((finding.severity, finding.code)).or_default() += 1;
    }
    let severity = |severity: Severity| match severity {
        Severity::Error => lang.pick("error", "错误"),
        Severity::Warning => lang.pick("warning", "警告"),
        _ => lang.pick("note", "提示"),
    };
    let title = lang.pick("Findings across records", "跨记录核查发现");
    let mut sums = Table::new("kinds", lang.pick("By kind", "按种类"))
        .column(Column::text("code", lang.pick("Kind", "种类")))
        .column(Column::text("severity", lang.pick("Severity", "严重程度")))
        .column(Column::number("findings", lang.pick("Findings", "条数")));
    for ((how, code), number) in kinds {
        sums.push(vec![Cell::word(code.to_string()), Cell::word(severity(how)), count(number)]);
    }
    let mut table = Table::new("findings", title)
        .column(Column::text("code", lang.pick("Kind", "种类")))
        .column(Column::text("severity", lang.pick("Severity", "严重程度")))
        .column(Column::text("message", lang.pick("What", "内容")))
        .column(Column::text("records", lang.pick("Records", "记录")));
    for finding in import.findings.iter().take(LISTED) {
        let mut records: Vec<String> =
            finding.records.iter().take(5).map(|r| record_label(&import.chain, r)).collect();
        if finding.records.len() > 5 {
            records.push(format!("+ {}", finding.records.len() - 5));
        }
        table.push(vec![
            Cell::word(finding.code.to_string()),
            Cell::word(severity(finding.severity)),
            Cell::text(&finding.message),
            Cell::text(&records.join("; ")),
        ]);
    }
    let section = Section::new("findings", title);
    if table.is_empty() {
        return section.text(lang.pick("None.", "无。"));
    }
    rest(section.table(&sums).table(&table), import.findings.len(), lang)
}

/// A compliance report: rates with intervals, regions that stand out, ranks.
#[must_use]
pub fn compliance(found: &evaluation::Document, lang: Lang) -> Page {
    let lead = match lang {
        Lang::En => format!(
            "{} samples; intervals of {} %. Purposes of sampling are never pooled.",
            found.samples,
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
        rows: all.iter().filter_map(|row| estimate(row, row.purpose.to_owned())).collect(),
        reference: None,
    };
    let table = rate_table("purposes", lang.pick("By purpose", "按类型"), &all, lang);
    let mut section =
        Section::new("rates", lang.pick("Rates", "总体")).figure(forest.figure(lang)).table(&table);
    for one in &found.population {
        let text = match (&one.rate, &one.refused) {
            (Some(rate), _) => match lang {
                Lang::En => format!(
                    "Of the population ({}): {:.3} % fail, {:.3} to {:.3} (exact).",
                    one.purpose,
                    rate.estimate * 100.0,
                    rate.lower * 100.0,
                    rate.upper * 100.0
                ),
                Lang::Zh => format!(
                    "总体不合格率（{}）：{:.3}%，区间{:.3}%至{:.3}%（精确法）。",
                    one.purpose,
                    rate.estimate * 100.0,
                    rate.lower * 100.0,
                    rate.upper * 100.0
                ),
            },
            (None, Some(why)) => format!("{}: {why}", one.purpose),
            (None, None) => continue,
        };
        section = section.text(&text);
    }
    if let Some(rate) = &found.disposal {
        section = section.text(&match lang {
            Lang::En => format!(
                "Acted on: {:.2} % of failing samples, {:.2} to {:.2}.",
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
                Cell::text(&row.value)
            },
            Cell::word(row.purpose),
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
    let title = format!("{} · {}", lang.pick("Regions", "区划"), areas.purpose);
    let mut section = Section::new(&format!("regions-{}", areas.purpose), &title);
    if !areas.population {
        section = section.text(lang.pick(
            "These describe the samples, not the regions' populations.",
            "以下描述样品本身，不代表区划总体。",
        ));
    }
    let Some(model) = &areas.model else {
        return section.note(areas.refused.as_deref().unwrap_or_default());
    };
    if model.pooled {
        section = section.text(lang.pick(
            "No variation between regions beyond that of sampling: one rate for all.",
            "区划之间的差异未超出抽样波动：各区划同一比率。",
        ));
    }
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
            .filter_map(|row| estimate(row, format!("{} · {}", row.value, row.purpose)))
            .take(FOREST)
            .collect(),
        reference: None,
    };
    let table = rate_table(name, &title, rows, lang);
    let section = Section::new(&format!("by-{name}"), &title).figure(forest.figure(lang));
    rest(section.folded(lang.pick("The table", "数据表"), &table), rows.len(), lang)
}

/// Alarms of weekly series, a control chart for every series that alarms.
#[must_use]
pub fn watch(found: &watching::Document, weekly: &Weekly, lang: Lang) -> Page {
    let alarms = found.signals.iter().filter(|row| row.signal.alarm).count();
    let confirmed = found.signals.iter().filter(|row| row.confirmed == Some(true)).count();
    let (first, last) = &found.judged;
    let lead = match lang {
        Lang::En => format!(
            "{} series, weeks of {first} to {last}: {alarms} alarms, {confirmed} confirmed at a false-discovery rate of {}.",
            found.series, found.rate
        ),
        Lang::Zh => format!(
            "{}个序列，{first}至{last}当周：预警{alarms}次，其中{confirmed}次在错误发现率{}下确认。",
            found.series, found.rate
        ),
    };
    let mut page = Page::new(lang, lang.pick("Early warning", "风险预警")).lead(&lead);
    let mut methods: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for row in &found.signals {
        let counts = methods.entry(row.signal.method).or_default();
        counts.0 += 1;
        counts.1 += usize::from(row.signal.alarm);
        counts.2 += usize::from(row.confirmed == Some(true));
    }
    let mut table = Table::new("methods", lang.pick("Methods", "方法"))
        .column(Column::text("method", lang.pick("Method", "方法")))
        .column(Column::number("judged", lang.pick("Judged", "判定数")))
        .column(Column::number("alarms", lang.pick("Alarms", "预警")))
        .column(Column::number("confirmed", lang.pick("Confirmed", "确认")));
    for (method, (judged, alarms, confirmed)) in methods {
        table.push(vec![Cell::word(method), count(judged), count(alarms), count(confirmed)]);
    }
    let mut section = Section::new("methods", lang.pick("Methods", "方法")).table(&table);
    for skipped in &found.skipped {
        section = section.note(&format!(
            "{}: {} ({})",
            skipped.method,
            skipped.reason,
            skipped.series.len()
        ));
    }
    page.push(section);
    page.push(alarm_section(found, weekly, lang));
    page
}

fn alarm_section(found: &watching::Document, weekly: &Weekly, lang: Lang) -> Section {
    let mut section = Section::new("alarms", lang.pick("Alarms", "预警"));
    // The method with most alarms in a series draws its limits.
    let mut series: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for row in found.signals.iter().filter(|row| row.signal.alarm) {
        *series.entry(&row.series).or_default().entry(row.signal.method).or_default() += 1;
    }
    if series.is_empty() {
        return section.text(lang.pick("None.", "无。"));
    }
    for (name, methods) in series.iter().take(CHARTS) {
        let best =
            methods.iter().max_by_key(|(method, alarms)| (**alarms, std::cmp::Reverse(**method)));
        let (Some((method, _)), Some(counts)) = (best, weekly.series.get(*name)) else { continue };
        let from = counts.cases.len().saturating_sub(78);
        let point = |(at, observed): (usize, &u64)| {
            let signal = found.signals.iter().find(|row| {
                row.series == *name && row.signal.method == *method && row.signal.at == at
            });
            Point {
                label: weekly.monday(at),
                observed: *observed as f64,
                expected: signal.and_then(|row| row.signal.expected),
                limit: signal.and_then(|row| row.signal.limit),
                alarm: signal.is_some_and(|row| row.signal.alarm),
            }
        };
        let chart = Control {
            caption: format!("{name} · {method}."),
            points: counts.cases.iter().enumerate().skip(from).map(point).collect(),
        };
        section = section.figure(chart.figure(lang));
    }
    let mut table = Table::new("alarms", lang.pick("Every alarm", "全部预警"))
        .column(Column::text("series", lang.pick("Series", "序列")))
        .column(Column::text("week", lang.pick("Week", "周")).tight())
        .column(Column::text("method", lang.pick("Method", "方法")))
        .column(Column::number("cases", lang.pick("Cases", "实际")))
        .column(Column::number("expected", lang.pick("Expected", "期望")))
        .column(Column::number("limit", lang.pick("Limit", "预警线")))
        .column(Column::number("p", "p"))
        .column(Column::number("adjusted", lang.pick("Adjusted p", "校正p")))
        .column(Column::text("confirmed", lang.pick("Confirmed", "确认")));
    let alarms: Vec<_> = found.signals.iter().filter(|row| row.signal.alarm).collect();
    for row in alarms.iter().take(LISTED) {
        table.push(vec![
            Cell::text(&row.series),
            Cell::word(row.week.clone()),
            Cell::word(row.signal.method),
            Cell::word(row.signal.observed.to_string()),
            Cell::real(row.signal.expected, 2),
            Cell::real(row.signal.limit, 2),
            Cell::real(row.signal.p_value, 5),
            Cell::real(row.adjusted, 5),
            Cell::word(if row.confirmed == Some(true) { lang.pick("yes", "是") } else { "" }),
        ]);
    }
    rest(section.table(&table), alarms.len(), lang)
}

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
    page.push(rest(section, drawn, lang));
    page
}
