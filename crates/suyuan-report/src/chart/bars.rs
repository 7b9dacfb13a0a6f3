//! Stacked bars, such as samples by month and purpose.

use maud::html;
use serde::Serialize;

use super::scale::{Scale, round_up, tick};
use super::{WIDTH, fitted, label, line, rect, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

const HEIGHT: f64 = 260.0;
const LEFT: f64 = 60.0;
const CLASSES: [&str; 4] = ["c1", "c2", "c3", "c4"];
const SWATCHES: [&str; 4] = ["b1", "b2", "b3", "b4"];

/// Stacked bars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bars {
    /// What they show.
    pub caption: String,
    /// What is stacked: the first three by name, all further ones as the fourth.
    pub series: Vec<String>,
    /// The bars: a label, and a number for each of the series.
    pub bars: Vec<(String, Vec<u64>)>,
}

impl Bars {
    /// Draws them.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let sum = |numbers: &[u64]| numbers.iter().sum::<u64>();
        let most = self.bars.iter().map(|(_, numbers)| sum(numbers)).max().unwrap_or_default();
        let count = self.bars.len().max(1);
        let x = Scale::new((0.0, count as f64), (LEFT, WIDTH - 10.0));
        let y = Scale::new((0.0, round_up(most as f64)), (HEIGHT - 30.0, 22.0));
        let body = html! {
            @for value in y.ticks(4) {
                (line((LEFT, y.at(value)), (WIDTH - 10.0, y.at(value)), "grid"))
                (label(LEFT - 6.0, y.at(value) + 4.0, "s e", &tick(value)))
            }
            @for (at, (name, numbers)) in self.bars.iter().enumerate() {
                @let (left, right) = (x.at(at as f64 + 0.12), x.at(at as f64 + 0.88));
                @for (series, number) in numbers.iter().enumerate() {
                    @let below = sum(numbers.get(..series).unwrap_or_default());
                    @let (low, high) = (y.at(below as f64), y.at((below + number) as f64));
                    @let what = self.series.get(series).map_or("", String::as_str);
                    (rect((left, high), (right - left, low - high), CLASSES[series.min(3)], &format!("{name}, {what}: {number}")))
                }
                (fitted(f64::midpoint(left, right), HEIGHT - 12.0, "s m", name, 50.0))
                (label(f64::midpoint(left, right), y.at(sum(numbers) as f64) - 5.0, "s m", &text::count(sum(numbers))))
            }
        };
        let named = self.series.iter().take(3).cloned();
        let rest = (self.series.len() > 4).then(|| lang.pick("others", "其他").to_owned());
        let names = named.chain(rest.or_else(|| self.series.get(3).cloned()));
        Figure {
            svg: svg(
                WIDTH,
                HEIGHT,
                &self.caption,
                lang.pick("Stacked bars.", "堆叠柱形图。"),
                &body,
            ),
            caption: self.caption.clone(),
            wide: false,
            legend: SWATCHES.into_iter().zip(names).collect(),
        }
    }
}
