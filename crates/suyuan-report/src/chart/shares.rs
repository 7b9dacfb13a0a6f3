//! Probabilities by several methods side by side.

use maud::html;
use serde::Serialize;

use super::scale::{Scale, tick};
use super::{WIDTH, fitted, label, line, rect, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

const LEFT: f64 = 190.0;
const BAR: f64 = 9.0;
const CLASSES: [&str; 3] = ["c1", "c2", "c3"];
const SWATCHES: [&str; 3] = ["b1", "b2", "b3"];

/// Shares from 0 to 1 by at most three methods.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Shares {
    /// What they show.
    pub caption: String,
    /// The methods.
    pub methods: Vec<String>,
    /// A name, and a share by each method.
    pub rows: Vec<(String, Vec<f64>)>,
}

impl Shares {
    /// Draws them: a bar a method.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let row = BAR * CLASSES.len() as f64 + 9.0;
        let bottom = 12.0 + self.rows.len() as f64 * row;
        let x = Scale::new((0.0, 1.0), (LEFT, WIDTH - 24.0));
        let body = html! {
            @for value in x.ticks(5) {
                (line((x.at(value), 8.0), (x.at(value), bottom), "grid"))
                (label(x.at(value), bottom + 16.0, "s m", &tick(value)))
            }
            @for (at, (name, shares)) in self.rows.iter().enumerate() {
                @let y = 12.0 + at as f64 * row;
                (fitted(LEFT - 10.0, y + row / 2.0, "e", name, LEFT - 14.0))
                @for (method, (share, class)) in shares.iter().zip(CLASSES).enumerate() {
                    @let what = self.methods.get(method).map_or("", String::as_str);
                    (rect((LEFT, y + method as f64 * BAR), (x.at(*share) - LEFT, BAR - 2.0), class,
                        &format!("{}, {what}: {share:.3}", text::clean(name))))
                }
            }
        };
        let what = lang.pick("One bar a method.", "每种方法一条。");
        Figure {
            svg: svg(WIDTH, bottom + 24.0, &self.caption, what, &body),
            caption: self.caption.clone(),
            wide: false,
            legend: SWATCHES.into_iter().zip(self.methods.iter().cloned()).collect(),
        }
    }
}
