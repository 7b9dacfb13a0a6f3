//! A city's day, step by step, as the program `city_day` plays it.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use suyuan::chain::SupplyChain;
use suyuan::csv::sampling::write_draw;
use suyuan::csv::{Import, write_recall, write_trace_back};
use suyuan::id::SampleId;
use suyuan::model::Verdict;
use suyuan::recall::{Policy, RecallSource, Scope, recall};
use suyuan::report::back::TraceBackReport;
use suyuan::report::recall::RecallReport;
use suyuan::report::sampling::{plan_page, progress_page};
use suyuan::report::table::{Cell, Column, CsvOptions, Table};
use suyuan::report::{Lang, Page, Section};
use suyuan::sampling::draw::Design;
use suyuan::sampling::followup::{FollowUp, FollowUpOptions, follow_up};
use suyuan::sampling::plan::{Plan, PlanOptions, plan};
use suyuan::sampling::progress::{Progress, ProgressOptions, progress};
use suyuan::sampling::protocol::{DrawPlan, DrawRecord, draw_sample};
use suyuan::sampling::{CandidateOptions, Frame, SizeMeasure, candidates};
use suyuan::stats::compliance::{Dimension, facts};
use suyuan::time::Minute;
use suyuan::trace::sources::{SourceOptions, rank_sources};
use suyuan::trace::{Target, TraceBack, TraceOptions, trace_back};

use crate::evaluation::{Document, Evaluation};
use crate::failure::{self, Failure};
use crate::{json, pages, quality, show};

/// How many stocks the follow-up page lists.
const FOLLOWED: usize = 500;
/// Operators that are visited on the day.
const VISITS: usize = 200;

/// One step of the day.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// Its name in Chinese.
    pub name_zh: &'static str,
    /// What came of it.
    pub result: String,
    /// The page; empty for none.
    pub page: String,
}

/// A day being played.
#[derive(Debug)]
pub struct Day<'d> {
    out: &'d Path,
    lang: Lang,
    /// What was done.
    pub steps: Vec<Step>,
    started: Instant,
}

impl<'d> Day<'d> {
    /// A day whose pages go into a folder.
    #[must_use]
    pub fn new(out: &'d Path, lang: Lang) -> Self {
        Self { out, lang, steps: Vec::new(), started: Instant::now() }
    }

    /// Notes a step that has been done, and says so on standard error.
    pub fn done(&mut self, names: (&'static str, &'static str), result: String, page: &str) {
        let took = std::mem::replace(&mut self.started, Instant::now()).elapsed();
        failure::tell(&format!("{:>7.2} s  {}: {result}", took.as_secs_f64(), names.0));
        self.steps.push(Step { name: names.0, name_zh: names.1, result, page: page.to_owned() });
    }

    fn page(&self, name: &str, page: &Page) -> Result<(), Failure> {
        Ok(page.write(&self.out.join(name))?)
    }

    /// The rest of the day, once the records are in.
    ///
    /// # Errors
    /// [`Failure`] when a page cannot be written.
    pub fn play(&mut self, import: &Import) -> Result<Duration, Failure> {
        let started = Instant::now();
        let chain = &import.chain;
        self.page("check.html", &pages::check(import, self.lang))?;
        let checked = &import.report;
        let result = format!(
            "{} rejected, {} repaired, {}",
            show::count(checked.rows_rejected() as usize, "row"),
            checked.rows_repaired(),
            show::count(import.findings.len(), "finding")
        );
        self.done(("check the records", "核查数据"), result, "check.html");
        let sample = sample_of_the_day(chain);
        let now = sample.map_or(Minute::UNBOUNDED_FUTURE, |(_, now)| now);
        self.sample(chain, now)?;
        match sample {
            Some((id, _)) => self.answer(import, id, now)?,
            None => self.done(("recall", "召回"), "nothing was sampled".to_owned(), ""),
        }
        self.evaluate(chain, now)?;
        Ok(started.elapsed())
    }

    /// The year's plan, how far it has come, and whom the day's draw visits.
    fn sample(&mut self, chain: &SupplyChain, now: Minute) -> Result<(), Failure> {
        let year = now.date().map_or(2025, |day| chrono::Datelike::year(&day));
        let mut options = PlanOptions::new(year);
        options.as_of = now;
        let planned: Plan = plan(chain, &options)?;
        self.page("plan.html", &plan_page(&planned, self.lang))?;
        let result = format!(
            "{} in {}",
            show::count(planned.samples as usize, "sample"),
            show::count(planned.regions.len(), "region")
        );
        self.done(("plan the year", "制定年度计划"), result, "plan.html");

        let found: Progress = progress(chain, &ProgressOptions::new(year).as_of(now))?;
        self.page("progress.html", &progress_page(&found, self.lang))?;
        let behind = found.rows.iter().filter(|row| row.behind > 0).count();
        let result = format!("{behind} of {} goals are behind", found.rows.len());
        self.done(("see how far it has come", "查看进度"), result, "progress.html");

        let mut wanted = CandidateOptions::default();
        wanted.as_of = now;
        wanted.size = SizeMeasure::Stocks;
        let built = Frame::build(&candidates(chain, &wanted), &[], now.date().unwrap_or_default());
        let frame = built.map_err(suyuan::Error::from)?.frame;
        // Nobody can choose the day's date; a real draw publishes something nobody can foresee.
        let mut draw = DrawPlan::new(&format!("city day {now}"), Design::SystematicPps);
        let strata = frame.strata().into_iter().filter(|(_, range)| {
            frame.units().get(range.clone()).is_some_and(|units| units.iter().any(|u| u.size > 0))
        });
        draw.quotas = strata.take(VISITS).map(|(stratum, _)| (stratum.to_owned(), 1)).collect();
        let record: DrawRecord = draw_sample(&frame, &draw).map_err(suyuan::Error::from)?;
        write_draw(&record, self.out)?;
        self.page("draw.html", &pages::draw(&record, self.lang))?;
        let drawn: usize = record.strata.iter().map(|stratum| stratum.drawn.len()).sum();
        let result = format!("{drawn} of {} operators", record.frame_units);
        self.done(("draw today's samples", "随机抽取当日对象"), result, "draw.html");
        Ok(())
    }

    /// A sample has failed, or could have: the recall, where it came from, and what to sample next.
    fn answer(&mut self, import: &Import, id: SampleId, now: Minute) -> Result<(), Failure> {
        let chain = &import.chain;
        let code = chain.sample(id).code.to_owned();
        let source = RecallSource::sample(chain, &code)?;
        let policy = Policy::default().as_of(now);
        let scope: Scope = recall(chain, &source, &policy)?;
        let stocks: Vec<_> = scope.affected.iter().map(|row| row.traced.stock).collect();
        let records = quality::records(import, &stocks);
        let report = RecallReport::new(chain, &source, &policy, &scope, records);
        let folder = self.out.join("recall");
        write_recall(&scope.document(chain), &folder)?;
        report.write_csv(self.lang, &self.out.join("notice"), &CsvOptions::default().bom(true))?;
        report.write_xlsx(self.lang, &self.out.join("recall.xlsx"))?;
        self.page("recall.html", &report.page(self.lang))?;
        let totals = &report.totals;
        let failed = chain.sample(id).verdict == Some(Verdict::Fail);
        let result = format!(
            "{code} {}: {} to tell, {}, {} of them possible",
            if failed { "failed" } else { "has not failed; if it had" },
            show::count(totals.operators as usize, "operator"),
            show::count(totals.stocks as usize, "stock"),
            totals.possible
        );
        self.done(("recall", "召回"), result, "recall.html");

        // Failures known by now, this one and those before it.
        let known = chain.sample_ids().map(|id| chain.sample(id)).filter(|sample| {
            sample.verdict == Some(Verdict::Fail) && sample.reported_on.latest <= now
        });
        let mut names: Vec<String> = known.map(|sample| sample.code.to_owned()).collect();
        names.dedup();
        if names.is_empty() {
            names.push(code);
        }
        let targets =
            names.iter().map(|name| Target::sample(chain, name)).collect::<Result<Vec<_>, _>>()?;
        let options = TraceOptions::as_of(now);
        let back: TraceBack = trace_back(chain, &targets, &options)?;
        write_trace_back(&back.document(chain), &self.out.join("trace-back"))?;
        let stocks: Vec<_> = back.upstream.iter().map(|row| row.traced.stock).collect();
        let records = quality::records(import, &stocks);
        let page = TraceBackReport::new(chain, &names, &options, &back, records).page(self.lang);
        self.page("trace-back.html", &page)?;
        let result = format!(
            "{} upstream of {}, {} common to several",
            show::count(back.upstream.len(), "stock"),
            show::count(names.len(), "sample"),
            back.common.len()
        );
        self.done(("trace back", "溯源"), result, "trace-back.html");

        let item = chain.sample(id).test_item;
        let alike = names.iter().zip(&targets).filter(|(name, _)| {
            let found = chain.find_samples(name).into_iter().flatten();
            found.map(|id| chain.sample(id)).any(|sample| sample.test_item == item)
        });
        let alike: Vec<(&String, &Target)> = alike.collect();
        let cases: Vec<Target> = alike.iter().map(|(_, target)| (*target).clone()).collect();
        let mut options = SourceOptions::default();
        options.as_of = now;
        let found = rank_sources(chain, &cases, &[], &options)?;
        let panel = found.document(chain);
        json::write(&self.out.join("sources.json"), &panel)?;
        let named: Vec<String> = alike.iter().map(|(name, _)| (*name).clone()).collect();
        let lots = found.candidates.iter().map(|row| row.lot);
        let stocks: Vec<_> = cases
            .iter()
            .flat_map(|case| case.stocks())
            .map(|(stock, _)| *stock)
            .chain(lots)
            .collect();
        let records = quality::records(import, &stocks);
        let page = suyuan::report::sources::page(&panel, &named, &records, self.lang);
        self.page("sources.html", &page)?;
        let result = match panel.candidates.first() {
            Some(first) => format!(
                "{}, {} first with {:.2}",
                show::count(panel.candidates.len(), "operator"),
                first.operator,
                first.lineage
            ),
            None => "no operator".to_owned(),
        };
        self.done(("rank the sources", "来源排序"), result, "sources.html");

        let mut options = FollowUpOptions::default();
        options.as_of = now;
        let next = follow_up(chain, id, &options)?;
        self.page("follow-up.html", &follow_up_page(chain, &next, self.lang))?;
        let result = format!("{} to sample next", show::count(next.stocks.len(), "stock"));
        self.done(("plan the follow-up", "安排跟踪抽检"), result, "follow-up.html");
        Ok(())
    }

    fn evaluate(&mut self, chain: &SupplyChain, now: Minute) -> Result<(), Failure> {
        let facts: Vec<_> = facts(chain, now).collect();
        let found = Document::new(&Evaluation::new(&facts, Dimension::ALL, 0.95, None)?);
        self.page("compliance.html", &pages::compliance(&found, self.lang))?;
        let result = format!("{} evaluated", show::count(found.samples, "sample"));
        self.done(("say how safe the food is", "评价合格率"), result, "compliance.html");
        Ok(())
    }

    /// The day as one page that links to no other.
    #[must_use]
    pub fn told(&self) -> Page {
        let mut page = self.titled();
        page.push(self.table());
        page
    }

    fn table(&self) -> Section {
        let lang = self.lang;
        let mut table = Table::new("steps", lang.pick("What was done", "当日工作"))
            .column(Column::text("step", lang.pick("Step", "步骤")))
            .column(Column::text("result", lang.pick("Result", "结果")));
        for step in &self.steps {
            table.push(vec![
                Cell::word(lang.pick(step.name, step.name_zh)),
                Cell::text(&step.result),
            ]);
        }
        Section::new("day", lang.pick("The day", "过程")).table(&table)
    }

    fn titled(&self) -> Page {
        let lang = self.lang;
        Page::new(lang, lang.pick("A city's day", "城市的一天")).lead(lang.pick(
            "From the morning's records to the evening's orders, on a generated chain.",
            "从早晨的数据到傍晚的指令（数据为生成的示例）。",
        ))
    }

    /// Writes the index of the folder, and the steps as JSON.
    ///
    /// # Errors
    /// [`Failure`] when they cannot be written.
    pub fn finish(&self) -> Result<(), Failure> {
        let lang = self.lang;
        let paged = self.steps.iter().filter(|step| !step.page.is_empty());
        let mut links: Vec<(String, String)> = paged
            .map(|step| {
                let name = lang.pick(step.name, step.name_zh);
                (step.page.clone(), format!("{name}: {}", step.page))
            })
            .collect();
        let files = ["recall.xlsx", "notice/notice.csv", "drawn.csv"];
        for file in files.into_iter().filter(|file| self.out.join(file).is_file()) {
            links.push((file.to_owned(), file.to_owned()));
        }
        let mut page = self.titled();
        page.push(Section::new("pages", lang.pick("Pages and files", "页面与文件")).links(&links));
        page.push(self.table());
        self.page("index.html", &page)?;
        json::write(&self.out.join("day.json"), &self.steps)
    }
}

/// The sample whose result came last, and when: one that failed, where any did.
fn sample_of_the_day(chain: &SupplyChain) -> Option<(SampleId, Minute)> {
    let reported =
        chain.sample_ids().filter(|id| chain.sample(*id).reported_on.latest.is_bounded());
    let last = reported.max_by_key(|id| {
        let sample = chain.sample(*id);
        (sample.verdict == Some(Verdict::Fail), sample.reported_on.latest, sample.code)
    });
    last.map(|id| (id, chain.sample(id).reported_on.latest))
}

fn follow_up_page(chain: &SupplyChain, next: &FollowUp, lang: Lang) -> Page {
    let code = chain.sample(next.sample).code;
    let title = format!("{}{code}", lang.pick("What to sample after ", "跟踪抽检："));
    let lead = match lang {
        Lang::En => {
            format!("{} of {} possible origins considered.", next.origins, next.all_origins)
        }
        Lang::Zh => format!("考虑了{}个可能来源中的{}个。", next.all_origins, next.origins),
    };
    let mut table = Table::new(
        "next",
        lang.pick("Stocks, most doubt removed first", "存货（按可消除的不确定性排序）"),
    )
    .column(Column::text("stock", lang.pick("Stock", "存货")))
    .column(Column::text("relation", lang.pick("Relation", "关系")))
    .column(Column::number("reached", lang.pick("Origins reaching it", "可达来源数")))
    .column(Column::number("bits", lang.pick("Doubt removed, bits", "消除的不确定性（比特）")))
    .column(Column::number("on_hand", lang.pick("On hand", "现存")))
    .column(Column::text("unit", lang.pick("Unit", "单位")));
    for row in next.stocks.iter().take(FOLLOWED) {
        table.push(vec![
            Cell::Text(chain.stock_label(row.stock)),
            Cell::word(row.relation.as_str()),
            Cell::Count(row.reached_by as u64),
            Cell::Real(row.bits, 3),
            if row.on_hand.complete {
                Cell::Number(row.on_hand.to_decimal())
            } else {
                Cell::word("?")
            },
            Cell::word(chain.unit(row.stock).map_or("", |unit| unit.symbol())),
        ]);
    }
    let mut page = Page::new(lang, &title).lead(&lead);
    let mut section = Section::new("next", lang.pick("Next", "下一步")).table(&table);
    if next.stocks.len() > FOLLOWED {
        section = section.note(&match lang {
            Lang::En => format!("The first {FOLLOWED} of {} are listed.", next.stocks.len()),
            Lang::Zh => format!("仅列出{}份中的前{FOLLOWED}份。", next.stocks.len()),
        });
    }
    page.push(section);
    page
}
