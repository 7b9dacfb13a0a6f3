//! The page of a FoodChain-Lab network.

use std::collections::HashMap;

use suyuan::fcl::Network;
use suyuan::report::chart::shares::Shares;
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};

use super::{LISTED, word};
use crate::fcl::{Answer, Traces};
use crate::show;

/// The most stations drawn.
const DRAWN: usize = 30;

/// Scores of stations and deliveries, exact beside those of the desktop, and a trace.
#[must_use]
pub fn fcl(found: &Answer, network: &Network, lang: Lang) -> Page {
    let sizes = (network.stations.len(), network.deliveries.len(), network.relations.len());
    let lead = match lang {
        Lang::En => {
            let of = |(number, what)| show::count(number, what);
            let sizes = [(sizes.0, "station"), (sizes.1, "delivery"), (sizes.2, "relation")];
            format!("{}.", sizes.map(of).join(", "))
        }
        Lang::Zh => format!("{}个站点，{}次交付，{}条关联。", sizes.0, sizes.1, sizes.2),
    };
    let title = lang.pick("Scores of a FoodChain-Lab network", "FoodChain-Lab网络评分");
    let mut page = Page::new(lang, title).lead(&lead);
    let names: HashMap<&str, &str> = network
        .stations
        .iter()
        .map(|station| (station.id.as_str(), station.name.as_str()))
        .collect();
    page.push(stations(found, &names, lang));
    page.push(deliveries(found, lang));
    if let Some(trace) = &found.trace {
        page.push(traced(trace, &names, lang));
    }
    if !found.findings.is_empty() {
        let title = lang.pick("What is odd in the document", "文档中的异常");
        let mut table = Table::new("findings", title)
            .column(word("place", lang.pick("Place", "位置")))
            .column(word("message", lang.pick("What", "内容")).wide());
        for finding in found.findings.iter().take(LISTED) {
            table.push(vec![Cell::text(&finding.place), Cell::text(&finding.message)]);
        }
        let section = Section::new("findings", title).table(&table);
        page.push(section.first_of(LISTED, found.findings.len(), lang));
    }
    page
}

fn stations(found: &Answer, names: &HashMap<&str, &str>, lang: Lang) -> Section {
    let desktop = found.desktop.as_ref();
    let name = |id: &str| names.get(id).copied().unwrap_or_default().to_owned();
    let mut order: Vec<(usize, _)> = found.exact.stations.iter().enumerate().collect();
    order.sort_by(|a, b| b.1.score.total_cmp(&a.1.score).then_with(|| a.0.cmp(&b.0)));
    let other = |at: usize, id: &str| {
        let scores = desktop?;
        Some(scores.stations.get(at).filter(|other| other.id == id)?.score)
    };
    let mut methods = vec![lang.pick("exact", "精确").to_owned()];
    if desktop.is_some() {
        methods.push(lang.pick("desktop", "桌面版").to_owned());
    }
    let shares = Shares {
        caption: lang
            .pick("Scores of stations, highest first.", "站点评分（由高到低）。")
            .to_owned(),
        methods,
        rows: order
            .iter()
            .take(DRAWN)
            .map(|(at, station)| {
                let scores = [Some(station.score), other(*at, &station.id)];
                let label = format!("{} {}", station.id, name(&station.id));
                (label.trim_end().to_owned(), scores.into_iter().flatten().collect())
            })
            .collect(),
    };
    let title = lang.pick("Stations, highest score first", "站点（按评分由高到低）");
    let mut table = Table::new("stations", title)
        .column(word("id", "ID"))
        .column(word("name", lang.pick("Name", "名称")))
        .column(Column::number("exact", lang.pick("Exact", "精确")))
        .column(Column::number("desktop", lang.pick("Desktop", "桌面版")))
        .column(Column::number("positive", lang.pick("Positive", "正权重")))
        .column(Column::number("negative", lang.pick("Negative", "负权重")))
        .column(word("seen", lang.pick("Of something observed", "相对观测对象")));
    for (at, station) in order.iter().take(LISTED) {
        table.push(vec![
            Cell::text(&station.id),
            Cell::text(&name(&station.id)),
            Cell::Real(station.score, 4),
            Cell::real(other(*at, &station.id), 4),
            Cell::Real(station.positive, 4),
            Cell::Real(station.negative, 4),
            Cell::word(match (station.forward, station.backward) {
                (true, true) => lang.pick("ahead, behind", "下游、上游"),
                (true, false) => lang.pick("ahead", "下游"),
                (false, true) => lang.pick("behind", "上游"),
                (false, false) => "",
            }),
        ]);
    }
    let section = Section::new("stations", lang.pick("Stations", "站点")).text(lang.pick(
        "The score is the share of the weights that a station can have caused. Exact counts all that can be reached, desktop is what FoodChain-Lab's desktop shows.",
        "评分为站点可能导致的权重占比。精确值计入全部可达对象，桌面版为FoodChain-Lab桌面程序所示。",
    ));
    section.figure(shares.figure(lang)).table(&table.without_empty()).first_of(
        LISTED,
        order.len(),
        lang,
    )
}

fn deliveries(found: &Answer, lang: Lang) -> Section {
    let title = lang.pick("Deliveries", "交付");
    let mut order: Vec<_> = found.exact.deliveries.iter().collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut table = Table::new(
        "deliveries",
        lang.pick("Deliveries, highest score first", "交付（按评分由高到低）"),
    )
    .column(word("id", "ID"))
    .column(Column::number("exact", lang.pick("Exact", "精确")))
    .column(Column::number("desktop", lang.pick("Desktop", "桌面版")));
    let other: HashMap<&str, f64> = found
        .desktop
        .iter()
        .flat_map(|scores| &scores.deliveries)
        .map(|delivery| (delivery.id.as_str(), delivery.score))
        .collect();
    for delivery in order.iter().take(LISTED) {
        table.push(vec![
            Cell::text(&delivery.id),
            Cell::Real(delivery.score, 4),
            Cell::real(other.get(delivery.id.as_str()).copied(), 4),
        ]);
    }
    let section = Section::new("deliveries", title);
    if table.is_empty() {
        return section.text(lang.pick("None.", "无。"));
    }
    section.table(&table.without_empty()).first_of(LISTED, order.len(), lang)
}

fn traced(trace: &Traces, names: &HashMap<&str, &str>, lang: Lang) -> Section {
    let title = format!("{}{}", lang.pick("Trace of ", "追溯："), trace.id);
    let mut section = Section::new("trace", &title);
    let sides = [
        (
            lang.pick("Ahead", "下游"),
            &trace.exact.forward,
            trace.desktop.as_ref().map(|w| &w.forward),
        ),
        (
            lang.pick("Behind", "上游"),
            &trace.exact.backward,
            trace.desktop.as_ref().map(|w| &w.backward),
        ),
    ];
    for (at, (side, exact, desktop)) in sides.into_iter().enumerate() {
        let mut table = Table::new(&format!("trace-{at}"), side)
            .column(word("id", "ID"))
            .column(word("what", lang.pick("What", "种类")).tight())
            .column(word("name", lang.pick("Name", "名称")))
            .column(word("desktop", lang.pick("On the desktop", "桌面版可见")).tight());
        let kinds = [
            (lang.pick("station", "站点"), &exact.stations, desktop.map(|reach| &reach.stations)),
            (
                lang.pick("delivery", "交付"),
                &exact.deliveries,
                desktop.map(|reach| &reach.deliveries),
            ),
        ];
        for (what, ids, shown) in kinds {
            for id in ids.iter().take(LISTED) {
                table.push(vec![
                    Cell::text(id),
                    Cell::word(what),
                    Cell::text(names.get(id.as_str()).copied().unwrap_or_default()),
                    match shown {
                        None => Cell::Empty,
                        Some(shown) if shown.contains(id) => Cell::word(lang.pick("yes", "是")),
                        Some(_) => Cell::word(lang.pick("MISSED", "遗漏")),
                    },
                ]);
            }
        }
        section = if table.is_empty() {
            section.text(&format!("{side}: {}", lang.pick("nothing.", "无。")))
        } else {
            section.table(&table.without_empty())
        };
    }
    section
}
