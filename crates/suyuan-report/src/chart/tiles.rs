//! A map of equal tiles: one a region, so that small regions are as legible as large ones.

use maud::html;
use serde::Serialize;

use super::{WIDTH, fitted, num, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

/// Tiles in a row, and the size of one.
const ACROSS: usize = 5;
const SIZE: (f64, f64) = (136.0, 74.0);
const GAP: f64 = 8.0;

/// One region.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tile {
    /// Its name.
    pub label: String,
    /// Its number, as it is written.
    pub value: String,
    /// A second line.
    pub detail: String,
    /// How far its bar is filled, from 0 to 1.
    pub fill: f64,
    /// Column and row, where the data say where it lies.
    pub place: Option<(usize, usize)>,
}

/// A tile grid.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tiles {
    /// What it shows.
    pub caption: String,
    /// The regions. Without places they are set row by row in this order.
    pub tiles: Vec<Tile>,
}

impl Tiles {
    /// Draws them.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let placed = !self.tiles.is_empty() && self.tiles.iter().all(|tile| tile.place.is_some());
        let place = |at: usize, tile: &Tile| {
            if placed { tile.place.unwrap_or_default() } else { (at % ACROSS, at / ACROSS) }
        };
        let places: Vec<(usize, usize)> =
            self.tiles.iter().enumerate().map(|(at, tile)| place(at, tile)).collect();
        let columns = places.iter().map(|place| place.0 + 1).max().unwrap_or(1);
        let rows = places.iter().map(|place| place.1 + 1).max().unwrap_or(1);
        let (width, height) = (SIZE.0 + GAP, SIZE.1 + GAP);
        let body = html! {
            @for (tile, (column, row)) in self.tiles.iter().zip(&places) {
                @let (x, y) = (*column as f64 * width + 1.0, *row as f64 * height + 1.0);
                g {
                    title { (text::clean(&tile.label)) ": " (tile.value) ". " (tile.detail) }
                    rect x=(num(x)) y=(num(y)) width=(num(SIZE.0)) height=(num(SIZE.1)) rx="5" class="card" {}
                    rect x=(num(x + 1.0)) y=(num(y + SIZE.1 - 9.0)) width=(num((SIZE.0 - 2.0) * tile.fill.clamp(0.0, 1.0))) height="8" class="c1" {}
                    (fitted(x + 10.0, y + 20.0, "b", &tile.label, (SIZE.0 - 16.0) / 1.08))
                    (fitted(x + 10.0, y + 39.0, "", &tile.value, SIZE.0 - 16.0))
                    (fitted(x + 10.0, y + 56.0, "s", &tile.detail, (SIZE.0 - 16.0) * 13.0 / 12.0))
                }
            }
        };
        let size = (columns as f64 * width, rows as f64 * height);
        Figure {
            svg: svg(
                size.0.max(WIDTH / 2.0),
                size.1,
                &self.caption,
                lang.pick("One tile a region.", "每格一个区划。"),
                &body,
            ),
            caption: self.caption.clone(),
            wide: false,
            legend: Vec::new(),
        }
    }
}
