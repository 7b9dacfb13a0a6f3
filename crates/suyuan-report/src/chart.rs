//! Charts as inline SVG: each from a plain struct of numbers.
//!
//! ```
//! use suyuan_report::Lang;
//! use suyuan_report::chart::forest::{Forest, Estimate};
//! let forest = Forest {
//!     caption: "Failing rate".into(),
//!     rows: vec![Estimate {
//!         label: "Shinan".into(), n: 200, estimate: 0.02, lower: 0.008, upper: 0.05,
//!         note: String::new(),
//!     }],
//!     reference: Some(0.03),
//! };
//! let svg = forest.figure(Lang::En).svg();
//! assert!(svg.starts_with("<svg") && svg.contains("Shinan"));
//! ```

pub mod bars;
pub mod bullets;
pub mod control;
pub mod curve;
pub mod forest;
pub mod funnel;
pub mod network;
pub mod parts;
pub mod periods;
pub(crate) mod scale;
pub mod shares;
pub mod tiles;
pub mod timeline;

use maud::{Markup, html};

use crate::text;

/// The width of charts that have no width of their own, in units that are pixels on a page.
pub(crate) const WIDTH: f64 = 720.0;

/// An SVG with a name and a description for those who cannot see it.
pub(crate) fn svg(width: f64, height: f64, name: &str, what: &str, body: &Markup) -> Markup {
    drawing("img", (width, height), name, what, body)
}

/// As [`svg`], one whose parts lead somewhere: no picture, to which a reader of the screen would
/// take it as a whole.
pub(crate) fn linked(size: (f64, f64), name: &str, what: &str, body: &Markup) -> Markup {
    drawing("group", size, name, what, body)
}

fn drawing(role: &str, size: (f64, f64), name: &str, what: &str, body: &Markup) -> Markup {
    let (width, height) = (num(size.0), num(size.1));
    html! {
        svg width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role=(role)
            aria-label={ (name) ". " (what) } { (body) }
    }
}

/// A coordinate, to a tenth.
pub(crate) fn num(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // No minus before zero.
    (rounded + 0.0).to_string()
}

/// A text at a place, with classes.
pub(crate) fn label(x: f64, y: f64, class: &str, text: &str) -> Markup {
    html! { text x=(num(x)) y=(num(y)) class=(class) { (text) } }
}

/// A name at a place, cut to a width; the whole of it is its title where it is cut.
pub(crate) fn fitted(x: f64, y: f64, class: &str, name: &str, pixels: f64) -> Markup {
    let shown = text::fit(name, pixels);
    let whole = text::clean(name);
    html! {
        text x=(num(x)) y=(num(y)) class=(class) {
            @if shown != whole { title { (whole) } }
            (shown)
        }
    }
}

/// A line between two places.
pub(crate) fn line(from: (f64, f64), to: (f64, f64), class: &str) -> Markup {
    html! { line x1=(num(from.0)) y1=(num(from.1)) x2=(num(to.0)) y2=(num(to.1)) class=(class) {} }
}

/// A rectangle with a title.
pub(crate) fn rect(at: (f64, f64), size: (f64, f64), class: &str, title: &str) -> Markup {
    html! {
        rect x=(num(at.0)) y=(num(at.1)) width=(num(size.0.max(0.0))) height=(num(size.1.max(0.0)))
            class=(class) { @if !title.is_empty() { title { (title) } } }
    }
}

/// A dot with a title.
pub(crate) fn dot(at: (f64, f64), radius: f64, class: &str, title: &str) -> Markup {
    html! {
        circle cx=(num(at.0)) cy=(num(at.1)) r=(num(radius)) class=(class) {
            @if !title.is_empty() { title { (title) } }
        }
    }
}
