//! What a director signs: what a recall rests on and what it comes to.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use suyuan_core::model::Verdict;
use suyuan_core::time::DAY;

use super::{FailingSample, RecallReport, Start};
use crate::lang::Lang;
use crate::page::Section;
use crate::text::{self, quantities};

impl RecallReport {
    pub(super) fn summary(&self, lang: Lang) -> Section {
        let mut story: Vec<(&str, String)> = Vec::new();
        if let Start::Samples(samples) = &self.start {
            for sample in samples.iter().take(5) {
                sample_story(lang, sample, &mut story);
            }
        }
        let scope = match self.scope {
            "from-holder" => {
                lang.pick("the sampled holder's stock alone", "仅被抽样存货（from-holder）")
            }
            _ => lang.pick(
                "every holder of the batch (whole-batch)",
                "该批次的全部持有者（whole-batch）",
            ),
        };
        let scope = match self.start {
            Start::Samples(_) | Start::Batch(..) => scope,
            _ => lang.pick("as named above", "见标题"),
        };
        let stocks = match lang {
            Lang::En => text::things(self.sources, "stock", "stocks"),
            Lang::Zh => format!("{}份存货", text::count(self.sources)),
        };
        story.push((lang.pick("Starts from", "召回起点"), format!("{stocks}; {scope}")));
        let hazard = match self.hazard {
            Some(hazard) => format!(
                "{}: {}",
                lang.pick("count, hazard", "计入，危害"),
                lang.hazard(Some(hazard))
            ),
            None => lang.pick("not counted on", "不计入").to_owned(),
        };
        story.push((lang.pick("Kill steps", "杀灭步骤"), hazard));
        if let Some(minutes) = self.carry_over {
            let days = Decimal::from(minutes) / Decimal::from(DAY);
            story.push((
                lang.pick("Carry-over", "设备残留"),
                format!("{} {}", text::decimal(days), lang.pick("days", "天")),
            ));
        }
        let as_of = match self.as_of {
            Some(at) => text::until(Some(at), lang),
            None => lang.pick("all records given", "全部记录").to_owned(),
        };
        story.push((lang.pick("As of", "截至"), as_of));
        let totals = &self.totals;
        let card =
            |sums: &BTreeMap<String, Decimal>, left_out: u64| match (left_out, quantities(sums)) {
                (0, text) => text,
                _ if sums.is_empty() => format!("{} *", lang.unknown()),
                (_, text) => format!("{text} *"),
            };
        let on_hand = card(&totals.on_hand, totals.negative_stocks + totals.unknown_stocks);
        let on_road = card(&totals.in_transit, totals.unknown_in_transit);
        let facts = vec![
            (
                lang.pick("Operators to tell", "须通知主体").to_owned(),
                text::count(totals.operators),
            ),
            (lang.pick("Affected stocks", "受影响存货").to_owned(), text::count(totals.stocks)),
            (lang.pick("certain", "其中确定").to_owned(), text::count(totals.recorded)),
            (lang.pick("possible only", "其中可能").to_owned(), text::count(totals.possible)),
            (lang.pick("Batches", "批次").to_owned(), text::count(totals.batches)),
            (lang.pick("On hand", "现存").to_owned(), on_hand),
            (lang.pick("On the road", "在途").to_owned(), on_road),
        ];
        let mut section =
            Section::new("summary", lang.pick("Summary", "概要")).facts(&facts).story(&story);
        let (negative, unknown) = (totals.negative_stocks, totals.unknown_stocks);
        if let Some(left_out) = text::left_out(negative, unknown, lang) {
            section = section.note(&left_out);
        }
        if totals.unknown_in_transit > 0 {
            section = section.note(&match lang {
                Lang::En => format!(
                    "* An unknown quantity is on the road towards {}.",
                    text::things(totals.unknown_in_transit, "stock", "stocks")
                ),
                Lang::Zh => format!("*另有发往{}份存货的在途数量不明。", totals.unknown_in_transit),
            });
        }
        section
    }
}

fn sample_story(lang: Lang, sample: &FailingSample, story: &mut Vec<(&'static str, String)>) {
    let verdict = match sample.verdict {
        Some(Verdict::Fail) => lang.verdict(sample.verdict).to_owned(),
        _ => format!(
            "{}: {}",
            lang.verdict(sample.verdict),
            lang.pick("this is what a failure would mean", "以下为假定不合格时的范围")
        ),
    };
    story.push((lang.pick("Sample", "样品"), format!("{} · {verdict}", sample.code)));
    let or = |text: &str| if text.is_empty() { lang.unknown().to_owned() } else { text.to_owned() };
    story.push((
        lang.pick("Found", "检出"),
        format!(
            "{}: {} {}, {} {}; {} {}",
            or(&sample.test_item),
            lang.pick("measured", "实测"),
            or(&sample.measured),
            lang.pick("limit", "限值"),
            or(&sample.limit),
            lang.pick("hazard", "危害"),
            lang.hazard(sample.hazard)
        ),
    ));
    story.push((
        lang.pick("Taken", "抽样"),
        format!(
            "{} · {} {}; {} {}{}{}",
            text::span(sample.sampled_on, lang),
            sample.operator,
            sample.operator_name,
            lang.pick("reported", "报告"),
            text::span(sample.reported_on, lang),
            if sample.place.is_empty() { "" } else { "; " },
            sample.place
        ),
    ));
    story.push((lang.pick("Batch", "批次"), format!("{} {}", sample.batch, sample.product)));
}
