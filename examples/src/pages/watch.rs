//! The page of early warning.

use std::collections::BTreeMap;

use suyuan::report::chart::control::{Control, Point};
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};

use super::{LISTED, count};
use crate::flat::Weekly;
use crate::watching;

/// The most control charts.
const CHARTS: usize = 24;

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
    section.table(&table).first_of(LISTED, alarms.len(), lang)
}
