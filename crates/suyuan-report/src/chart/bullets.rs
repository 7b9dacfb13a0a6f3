//! Bullets: how far each of many goals has come (Few 2006).

use maud::html;
use serde::Serialize;

use super::scale::Scale;
use super::{WIDTH, fitted, label, line, rect, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

const LEFT: f64 = 170.0;
const RIGHT: f64 = 190.0;
const ROW: f64 = 26.0;

/// One goal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Goal {
    /// Whose.
    pub label: String,
    /// Done.
    pub done: u64,
    /// Due by now.
    pub due: u64,
    /// Owed in all.
    pub owed: u64,
}

/// Many goals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bullets {
    /// What they show.
    pub caption: String,
    /// The goals, in the order in which they are drawn.
    pub goals: Vec<Goal>,
}

impl Bullets {
    /// Draws them: each on a scale of its own, from nothing to what is owed.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let bottom = 24.0 + self.goals.len() as f64 * ROW;
        let body = html! {
            (label(WIDTH - RIGHT + 12.0, 14.0, "s", lang.pick("done / due / owed", "已完成 / 应完成 / 全年")))
            @for (at, goal) in self.goals.iter().enumerate() {
                @let y = 24.0 + at as f64 * ROW;
                @let x = Scale::new((0.0, goal.owed.max(1) as f64), (LEFT, WIDTH - RIGHT));
                @let behind = goal.done < goal.due;
                (fitted(LEFT - 10.0, y + 16.0, "e", &goal.label, LEFT - 14.0))
                (rect((LEFT, y + 3.0), (WIDTH - RIGHT - LEFT, 18.0), "f1", ""))
                (rect((LEFT, y + 8.0), (x.at(goal.done as f64) - LEFT, 8.0), if behind { "c2" } else { "c1" }, &text::clean(&goal.label)))
                (line((x.at(goal.due as f64), y + 1.0), (x.at(goal.due as f64), y + 23.0), "axis"))
                (label(WIDTH - RIGHT + 12.0, y + 16.0, if behind { "b" } else { "" }, &format!(
                    "{} / {} / {}", text::count(goal.done), text::count(goal.due), text::count(goal.owed)
                )))
            }
        };
        let what = lang.pick(
            "Bar: done. Upright line: due by now. Field: owed in the year.",
            "粗条为已完成，竖线为截至当日应完成，底色为全年任务。",
        );
        Figure {
            svg: svg(WIDTH, bottom + 8.0, &self.caption, what, &body),
            caption: format!("{} {what}", self.caption),
            wide: false,
            legend: vec![
                ("b1", lang.pick("on time", "达到进度").to_owned()),
                ("b2", lang.pick("behind", "落后").to_owned()),
            ],
        }
    }
}
