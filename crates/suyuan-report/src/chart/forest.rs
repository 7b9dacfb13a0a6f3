//! Estimates with their intervals, one below the other.

use maud::html;
use serde::Serialize;

use super::scale::{Scale, round_up, tick};
use super::{WIDTH, fitted, label, line, rect, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

const LEFT: f64 = 170.0;
const RIGHT: f64 = 210.0;
const ROW: f64 = 24.0;

/// A rate with its interval; shares from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Of what.
    pub label: String,
    /// How many were tested.
    pub n: u64,
    /// The rate.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// What else is to be said; empty for nothing.
    pub note: String,
}

/// A forest plot.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Forest {
    /// What it shows.
    pub caption: String,
    /// The rows, in the order in which they are drawn.
    pub rows: Vec<Estimate>,
    /// A rate to compare with.
    pub reference: Option<f64>,
}

impl Forest {
    /// Draws it: a square as large as the sample, a line as long as the interval.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let most = self.rows.iter().map(|row| row.upper).fold(0.0, f64::max);
        let most = self.reference.map_or(most, |at| most.max(at)).min(1.0);
        let x = Scale::new((0.0, round_up(most * 100.0)), (LEFT, WIDTH - RIGHT));
        let bottom = 24.0 + self.rows.len() as f64 * ROW;
        let largest = self.rows.iter().map(|row| row.n).max().unwrap_or(1).max(1) as f64;
        let body = html! {
            @for value in x.ticks(5) {
                (line((x.at(value), 20.0), (x.at(value), bottom), "grid"))
                (label(x.at(value), bottom + 16.0, "s m", &format!("{}%", tick(value))))
            }
            @if let Some(at) = self.reference {
                (line((x.at(at * 100.0), 14.0), (x.at(at * 100.0), bottom), "l2"))
            }
            (label(WIDTH - RIGHT + 14.0, 14.0, "s", lang.pick("% (from – to), tested", "% (区间), 样品数")))
            @for (at, row) in self.rows.iter().enumerate() {
                @let y = 24.0 + (at as f64 + 0.5) * ROW;
                (fitted(LEFT - 10.0, y + 4.0, "e", &row.label, LEFT - 14.0))
                (line((x.at(row.lower * 100.0), y), (x.at(row.upper * 100.0), y), "l1"))
                @let size = 5.0 + 8.0 * (row.n as f64 / largest).sqrt();
                (rect((x.at(row.estimate * 100.0) - size / 2.0, y - size / 2.0), (size, size), "c1", &row.note))
                (label(WIDTH - RIGHT + 14.0, y + 4.0, "", &format!(
                    "{:.2} ({:.2} – {:.2}), {}",
                    row.estimate * 100.0, row.lower * 100.0, row.upper * 100.0, text::count(row.n)
                )))
            }
        };
        let what = lang.pick(
            "Square: estimate, larger for more samples. Line: interval.",
            "方块为估计值（样品越多越大），横线为区间。",
        );
        let mut legend = vec![("", lang.pick("interval", "区间").to_owned())];
        if self.reference.is_some() {
            legend.push(("dash", lang.pick("all together", "总体").to_owned()));
        }
        Figure {
            svg: svg(WIDTH, bottom + 24.0, &self.caption, what, &body),
            caption: format!("{} {what}", self.caption),
            wide: false,
            legend,
        }
    }
}
