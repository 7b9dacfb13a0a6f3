//! Bars of parts, lying, such as what became of what came in.

use maud::html;
use serde::Serialize;

use super::scale::{Scale, round_up, tick};
use super::{WIDTH, fitted, label, line, rect, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

const LEFT: f64 = 230.0;
const RIGHT: f64 = 100.0;
const ROW: f64 = 26.0;
const CLASSES: [&str; 4] = ["p1", "p2", "p3", "p4"];

/// One bar.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Part {
    /// Whose.
    pub label: String,
    /// How large each part is.
    pub parts: Vec<f64>,
    /// What is said of each part to whoever points at it.
    pub texts: Vec<String>,
    /// What is written beside it.
    pub value: String,
}

/// Bars of at most four parts, told apart by lightness and outline as well as by colour.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Parts {
    /// What they show.
    pub caption: String,
    /// What the parts are.
    pub series: Vec<String>,
    /// The bars, in the order in which they are drawn.
    pub rows: Vec<Part>,
    /// Where lines stand that bars ought to reach or stay between.
    pub marks: Vec<f64>,
    /// What is measured.
    pub unit: String,
}

impl Parts {
    /// Draws them on one scale.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let sums = self.rows.iter().map(|row| row.parts.iter().map(|part| part.max(0.0)).sum());
        let most = sums.chain(self.marks.iter().copied()).fold(0.0, f64::max);
        let x = Scale::new((0.0, round_up(most)), (LEFT, WIDTH - RIGHT));
        let bottom = 20.0 + self.rows.len() as f64 * ROW;
        let body = html! {
            @for value in x.ticks(5) {
                (line((x.at(value), 16.0), (x.at(value), bottom), "grid"))
                (label(x.at(value), bottom + 15.0, "s m", &tick(value)))
            }
            (fitted(LEFT - 10.0, bottom + 15.0, "s e", &self.unit, LEFT - 14.0))
            @for (at, row) in self.rows.iter().enumerate() {
                @let y = 20.0 + at as f64 * ROW;
                (fitted(LEFT - 10.0, y + 17.0, "e", &row.label, LEFT - 14.0))
                @for (part, size) in row.parts.iter().enumerate() {
                    @let before: f64 = row.parts.iter().take(part).map(|part| part.max(0.0)).sum();
                    @let (from, to) = (x.at(before), x.at(before + size.max(0.0)));
                    @let what = self.series.get(part).map_or("", String::as_str);
                    @let said = row.texts.get(part).map_or("", String::as_str);
                    @if to > from {
                        (rect((from, y + 5.0), (to - from, 16.0), CLASSES[part.min(3)],
                            &format!("{}, {what}: {said}", text::clean(&row.label))))
                    }
                }
                (fitted(WIDTH - RIGHT + 12.0, y + 17.0, "", &row.value, RIGHT - 14.0))
            }
            @for mark in &self.marks { (line((x.at(*mark), 14.0), (x.at(*mark), bottom), "axis")) }
        };
        let what = lang.pick(
            "Bars of parts; the tables say the same in numbers.",
            "分段条形图，表格有相同数字。",
        );
        Figure {
            svg: svg(WIDTH, bottom + 24.0, &self.caption, what, &body),
            caption: self.caption.clone(),
            wide: false,
            legend: CLASSES.into_iter().zip(self.series.iter().cloned()).collect(),
        }
    }
}
