//! A curve through points, such as an operating characteristic.

use maud::html;
use serde::Serialize;

use super::scale::{Scale, tick};
use super::{WIDTH, dot, fitted, label, line, num, svg};
use crate::lang::Lang;
use crate::page::Figure;

const HEIGHT: f64 = 300.0;
const LEFT: f64 = 52.0;

/// A curve of shares.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Curve {
    /// What it shows.
    pub caption: String,
    /// What runs along the bottom.
    pub along: String,
    /// The points; the second number is a share from 0 to 1.
    pub points: Vec<(f64, f64)>,
}

impl Curve {
    /// Draws it.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let low = self.points.iter().map(|p| p.0).fold(f64::INFINITY, f64::min).min(0.0);
        let high = self.points.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
        let x = Scale::new((low, high), (LEFT, WIDTH - 16.0));
        let y = Scale::new((0.0, 1.0), (HEIGHT - 44.0, 14.0));
        let path: Vec<String> = self
            .points
            .iter()
            .map(|(at, share)| format!("{},{}", num(x.at(*at)), num(y.at(*share))))
            .collect();
        let body = html! {
            @for value in y.ticks(5) {
                (line((LEFT, y.at(value)), (WIDTH - 16.0, y.at(value)), "grid"))
                (label(LEFT - 6.0, y.at(value) + 4.0, "s e", &tick(value)))
            }
            @for value in x.ticks(7) { (label(x.at(value), HEIGHT - 26.0, "s m", &tick(value))) }
            (fitted(WIDTH - 16.0, HEIGHT - 6.0, "s e", &self.along, WIDTH / 2.0))
            polyline points=(path.join(" ")) class="l1" {}
            @for (at, share) in &self.points {
                (dot((x.at(*at), y.at(*share)), 3.5, "c1", &format!("{at}: {share}")))
            }
        };
        let what = lang.pick("The table below has every point.", "各点数值见下表。");
        Figure {
            svg: svg(WIDTH, HEIGHT, &self.caption, what, &body),
            caption: format!("{} {what}", self.caption),
            wide: false,
            legend: Vec::new(),
        }
    }
}
