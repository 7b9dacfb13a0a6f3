//! When goods of a recall can first have been contaminated.

use maud::html;
use serde::Serialize;
use suyuan_core::time::{DAY, Minute};

use super::scale::{Days, Scale, date, round_up, tick};
use super::{WIDTH, dot, fitted, label, line, rect, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

/// The most rows that are drawn one by one.
const ROWS: usize = 60;
const LEFT: f64 = 190.0;
const ROW: f64 = 20.0;

/// One holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its name.
    pub label: String,
    /// When each of its stocks can first have held affected goods, and whether only possibly.
    pub dots: Vec<(Minute, bool)>,
}

/// The course of a contamination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// What it shows.
    pub caption: String,
    /// The holders, in the order in which they are drawn.
    pub rows: Vec<Row>,
    /// Moments worth a line: when, and what.
    pub marks: Vec<(Minute, String)>,
}

impl Timeline {
    /// Draws each holder's stocks, or, where there are too many, how many stocks each day brings.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let dots = self.rows.iter().flat_map(|row| &row.dots).map(|(at, _)| *at);
        let few = self.rows.len() <= ROWS;
        let bottom = 26.0 + if few { self.rows.len() as f64 * ROW } else { 180.0 };
        let left = if few { LEFT } else { 44.0 };
        let marks = self.marks.iter().map(|(at, _)| *at);
        let days = Days::of(dots.chain(marks), (left, WIDTH - 10.0));
        let place = |at: Minute| days.at(at);
        let body = html! {
            (days.axis(20.0, bottom))
            @if few {
                @for (at, row) in self.rows.iter().enumerate() {
                    @let y = 26.0 + (at as f64 + 0.5) * ROW;
                    (line((left, y), (WIDTH - 10.0, y), "grid"))
                    (fitted(left - 10.0, y + 4.0, "e", &row.label, LEFT - 14.0))
                    @for (when, possible) in &row.dots {
                        @if when.is_bounded() {
                            @let title = format!("{}: {}", text::clean(&row.label), text::minute(Some(*when), lang));
                            (dot((place(*when), y), if *possible { 4.5 } else { 5.0 }, if *possible { "ring" } else { "c1" }, &title))
                        } @else {
                            (label(left + 4.0, y + 4.0, "s", "?"))
                        }
                    }
                }
            } @else {
                (self.bars(days, bottom, lang))
            }
            @for (at, (when, what)) in self.marks.iter().enumerate() {
                @let here = place(*when);
                (line((here, 18.0), (here, bottom), "l2"))
                @let late = here > WIDTH / 2.0;
                (label(if late { here - 4.0 } else { here + 4.0 }, 12.0 + 13.0 * (at % 2) as f64, if late { "s e" } else { "s" }, what))
            }
        };
        let what = lang.pick(
            "Each dot is a stock at the first minute at which it can hold affected goods.",
            "每个圆点为一份存货可能开始受影响的时刻。",
        );
        let bars = lang.pick(
            "Each bar is the number of stocks first affected on a day.",
            "每根柱为当日新受影响的存货数。",
        );
        Figure {
            svg: svg(WIDTH, bottom + 22.0, &self.caption, if few { what } else { bars }, &body),
            caption: format!("{} {}", self.caption, if few { what } else { bars }),
            wide: false,
            legend: vec![
                (if few { "dot" } else { "b1" }, lang.pick("certain", "确定").to_owned()),
                (if few { "ring" } else { "b2" }, lang.pick("possible", "可能").to_owned()),
            ],
        }
    }

    fn bars(&self, days: Days, bottom: f64, lang: Lang) -> maud::Markup {
        let Days { first, last, scale: x, .. } = days;
        let days = (last - first + 1).max(1) as usize;
        let per = days.div_ceil(200);
        let mut counts = vec![(0_u64, 0_u64); days.div_ceil(per)];
        for (when, possible) in self.rows.iter().flat_map(|row| &row.dots) {
            if when.is_bounded() {
                let at = (when.minutes().div_euclid(DAY) - first).max(0) as usize / per;
                if let Some(count) = counts.get_mut(at) {
                    if *possible { count.1 += 1 } else { count.0 += 1 }
                }
            }
        }
        let most = counts.iter().map(|(a, b)| a + b).max().unwrap_or_default();
        let y = Scale::new((0.0, round_up(most as f64)), (bottom, 30.0));
        html! {
            @for value in y.ticks(4) { (label(38.0, y.at(value) + 4.0, "s e", &tick(value))) }
            @for (at, (recorded, possible)) in counts.iter().enumerate() {
                @let from = first + (at * per) as i32;
                @let (left, right) = (x.at(f64::from(from)), x.at(f64::from(from + per as i32)));
                @let title = format!("{}: {} + {} {}", date(from), recorded, possible, lang.pick("possible", "可能"));
                @let top = y.at(*recorded as f64);
                @let above = y.at((recorded + possible) as f64);
                (rect((left + 0.5, top), (right - left - 1.0, bottom - top), "c1", &title))
                (rect((left + 0.5, above), (right - left - 1.0, top - above), "c2", &title))
            }
        }
    }
}
