//! Periods with their ends: what was asked by when, and when it was done.

use maud::html;
use serde::Serialize;
use suyuan_core::recall::case::Standing;
use suyuan_core::time::Minute;

use super::scale::Days;
use super::{WIDTH, dot, fitted, label, line, rect, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

/// The most rows that are drawn.
const ROWS: usize = 60;
const LEFT: f64 = 230.0;
const RIGHT: f64 = 100.0;
const ROW: f64 = 30.0;

/// One period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// What is asked.
    pub label: String,
    /// From when.
    pub from: Minute,
    /// By when; `None` when that cannot be worked out.
    pub due: Option<Minute>,
    /// When it was done.
    pub done: Option<Minute>,
    /// How it stands.
    pub standing: Standing,
}

/// Periods below one another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Periods {
    /// What they show.
    pub caption: String,
    /// The periods, in the order in which they are drawn.
    pub rows: Vec<Period>,
    /// The minute asked for.
    pub now: Minute,
}

impl Periods {
    /// Draws the first sixty.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let rows = self.rows.get(..self.rows.len().min(ROWS)).unwrap_or_default();
        let ends = rows.iter().flat_map(|row| [Some(row.from), row.due, row.done]);
        let days = Days::of(ends.flatten().chain([self.now]), (LEFT, WIDTH - RIGHT));
        let bottom = 26.0 + rows.len() as f64 * ROW;
        let now = days.at(self.now);
        let late = now > WIDTH / 2.0;
        let body = html! {
            (days.axis(20.0, bottom))
            @for (at, row) in rows.iter().enumerate() {
                @let y = 26.0 + (at as f64 + 0.5) * ROW;
                @let from = days.at(row.from);
                @let title = format!("{}: {} – {}", text::clean(&row.label),
                    text::minute(Some(row.from), lang), end(row.due, lang));
                (fitted(LEFT - 10.0, y + 4.0, "e", &row.label, LEFT - 14.0))
                (line((LEFT, y), (WIDTH - RIGHT, y), "grid"))
                @if let Some(due) = row.due {
                    (rect((from, y - 7.0), (days.at(due) - from, 14.0), "p2", &title))
                    @if row.standing == Standing::Overdue {
                        (rect((days.at(due), y - 3.0), (now - days.at(due), 6.0), "c2", &title))
                    }
                } @else {
                    (dot((from, y), 4.0, "ring", &title))
                }
                @if let Some(done) = row.done {
                    (dot((days.at(done), y), 5.0, if row.standing == Standing::Late { "ring" } else { "c1" },
                        &text::minute(Some(done), lang)))
                }
                (label(WIDTH - RIGHT + 10.0, y + 4.0, if row.standing == Standing::Overdue { "b" } else { "" },
                    lang.standing(row.standing)))
            }
            (line((now, 18.0), (now, bottom), "l2"))
            (label(if late { now - 4.0 } else { now + 4.0 }, 13.0, if late { "s e" } else { "s" },
                lang.pick("asked for", "查询时刻")))
        };
        let what = lang.pick(
            "A field is the time allowed, a dot when it was done, a thick line what is overdue.",
            "色块为规定期限，圆点为完成时刻，粗线为逾期。",
        );
        Figure {
            svg: svg(WIDTH, bottom + 22.0, &self.caption, what, &body),
            caption: format!("{} {what}", self.caption),
            wide: false,
            legend: vec![
                ("p2", lang.pick("time allowed", "规定期限").to_owned()),
                ("dot", lang.pick("done", "完成").to_owned()),
                ("ring", lang.pick("done too late, or no end", "超期完成或期限不明").to_owned()),
                ("b2", lang.pick("overdue", "逾期").to_owned()),
            ],
        }
    }
}

fn end(due: Option<Minute>, lang: Lang) -> String {
    due.map_or_else(|| lang.unknown().to_owned(), |due| text::until(Some(due), lang))
}
