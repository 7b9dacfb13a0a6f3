//! A control chart: counts by week with what was expected, the limit, and the alarms.

use maud::html;
use serde::Serialize;

use super::scale::{Scale, round_up, tick};
use super::{WIDTH, dot, fitted, label, line, num, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

const HEIGHT: f64 = 200.0;
const LEFT: f64 = 44.0;

/// One point.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Point {
    /// When, as it is written.
    pub label: String,
    /// What was counted.
    pub observed: f64,
    /// What was expected.
    pub expected: Option<f64>,
    /// Above which it alarms.
    pub limit: Option<f64>,
    /// Whether it alarms.
    pub alarm: bool,
}

/// A control chart.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Control {
    /// What it shows.
    pub caption: String,
    /// The points, in order of time.
    pub points: Vec<Point>,
}

impl Control {
    /// Draws it.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let most = self
            .points
            .iter()
            .flat_map(|p| [Some(p.observed), p.expected, p.limit])
            .flatten()
            .filter(|value| value.is_finite())
            .fold(0.0, f64::max);
        let count = self.points.len().max(1);
        let x = Scale::new((0.0, count as f64), (LEFT, WIDTH - 10.0));
        let y = Scale::new((0.0, round_up(most)), (HEIGHT - 30.0, 12.0));
        let middle = |at: usize| x.at(at as f64 + 0.5);
        let every = count.div_ceil(7);
        let curve = |of: fn(&Point) -> Option<f64>| {
            let points = self.points.iter().enumerate().filter_map(|(at, point)| {
                let value = of(point).filter(|value| value.is_finite())?;
                Some(format!("{},{}", num(middle(at)), num(y.at(value))))
            });
            points.collect::<Vec<_>>().join(" ")
        };
        let body = html! {
            @for value in y.ticks(4) {
                (line((LEFT, y.at(value)), (WIDTH - 10.0, y.at(value)), "grid"))
                (label(LEFT - 6.0, y.at(value) + 4.0, "s e", &tick(value)))
            }
            @for (at, point) in self.points.iter().enumerate() {
                @if at % every == every / 2 && middle(at) > LEFT + 20.0 && middle(at) < WIDTH - 46.0 {
                    (fitted(middle(at), HEIGHT - 12.0, "s m", &point.label, 84.0))
                }
            }
            polyline points=(curve(|p| p.expected)) class="l4" {}
            polyline points=(curve(|p| p.limit)) class="l2" {}
            polyline points=(curve(|p| Some(p.observed))) class="l1" {}
            @for (at, point) in self.points.iter().enumerate() {
                @let title = format!("{}: {}", text::clean(&point.label), tick(point.observed));
                @let radius = if point.alarm { 6.0 } else if count > 60 { 1.5 } else { 3.0 };
                (dot((middle(at), y.at(point.observed)), radius, if point.alarm { "c2" } else { "c1" }, &title))
                @if point.alarm {
                    (label(middle(at), (y.at(point.observed) - 9.0).max(11.0), "b m", "!"))
                }
            }
        };
        let what = lang.pick("A large dot with ! is an alarm.", "带“!”的大圆点为预警。");
        Figure {
            svg: svg(WIDTH, HEIGHT, &self.caption, what, &body),
            caption: format!("{} {what}", self.caption),
            wide: false,
            legend: vec![
                ("", lang.pick("counted", "实际").to_owned()),
                ("dash", lang.pick("limit", "预警线").to_owned()),
            ],
        }
    }
}
