//! Rates against sample sizes: which of them lie outside what chance explains.

use maud::html;
use serde::Serialize;

use super::scale::{Scale, round_up, tick};
use super::{WIDTH, dot, fitted, label, line, num, svg};
use crate::lang::Lang;
use crate::page::Figure;
use crate::text;

const HEIGHT: f64 = 320.0;
const LEFT: f64 = 52.0;
/// Standard errors of the two bands, normal approximation: 95 % and 99.8 %.
const BANDS: [f64; 2] = [1.959_964, 3.090_232];
const STEPS: usize = 60;

/// One place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Its name.
    pub label: String,
    /// Failing.
    pub failing: u64,
    /// Tested.
    pub tested: u64,
}

/// A funnel plot (Spiegelhalter 2005).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// What it shows.
    pub caption: String,
    /// The places.
    pub places: Vec<Place>,
}

impl Funnel {
    fn rate(&self) -> f64 {
        let sum = |of: fn(&Place) -> u64| self.places.iter().map(of).sum::<u64>() as f64;
        sum(|place| place.failing) / sum(|place| place.tested).max(1.0)
    }

    /// The places outside the wider band, in their order. Normal approximation of the binomial.
    #[must_use]
    pub fn outside(&self) -> Vec<&Place> {
        let rate = self.rate();
        let far = |place: &&Place| {
            let n = place.tested as f64;
            n > 0.0
                && (place.failing as f64 / n - rate).abs()
                    > BANDS[1] * (rate * (1.0 - rate) / n).sqrt()
        };
        self.places.iter().filter(far).collect()
    }

    /// Draws it.
    #[must_use]
    pub fn figure(&self, lang: Lang) -> Figure {
        let rate = self.rate();
        let most = self.places.iter().map(|p| p.tested).max().unwrap_or_default() as f64;
        let share = |place: &Place| place.failing as f64 / (place.tested as f64).max(1.0);
        let top = self.places.iter().map(share).fold(rate, f64::max);
        let x = Scale::new((0.0, round_up(most)), (LEFT, WIDTH - 16.0));
        let y = Scale::new((0.0, round_up(top * 110.0).min(100.0)), (HEIGHT - 40.0, 14.0));
        let band = |width: f64, sign: f64| {
            let points = (1..=STEPS).map(|step| {
                let n = round_up(most) * (step as f64 / STEPS as f64).powi(2);
                let at = rate + sign * width * (rate * (1.0 - rate) / n.max(1.0)).sqrt();
                format!("{},{}", num(x.at(n)), num(y.at(at * 100.0)))
            });
            points.collect::<Vec<_>>().join(" ")
        };
        let outside: Vec<&Place> = self.outside();
        let body = html! {
            @for value in y.ticks(5) {
                (line((LEFT, y.at(value)), (WIDTH - 16.0, y.at(value)), "grid"))
                (label(LEFT - 6.0, y.at(value) + 4.0, "s e", &format!("{}%", tick(value))))
            }
            @for value in x.ticks(6) { (label(x.at(value), HEIGHT - 24.0, "s m", &tick(value))) }
            (label(WIDTH - 16.0, HEIGHT - 6.0, "s e", lang.pick("samples tested", "样品数")))
            @for (at, width) in BANDS.iter().enumerate() {
                @for sign in [-1.0, 1.0] {
                    polyline points=(band(*width, sign)) class=(if at == 0 { "l4" } else { "l2" }) {}
                }
            }
            (line((LEFT, y.at(rate * 100.0)), (WIDTH - 16.0, y.at(rate * 100.0)), "l1"))
            @for place in &self.places {
                @let far = outside.contains(&place);
                @let at = (x.at(place.tested as f64), y.at(share(place) * 100.0));
                @let title = format!("{}: {} / {}", text::clean(&place.label), place.failing, place.tested);
                (dot(at, 5.0, if far { "c2" } else { "c1" }, &title))
            }
            (self.names(&outside, x, y))
        };
        let what = lang.pick(
            "Dots beyond the dashed lines (99.8%) are not explained by chance; dotted lines: 95%.",
            "虚线（99.8%）以外的点非偶然所能解释；点线为95%。",
        );
        Figure {
            svg: svg(WIDTH, HEIGHT, &self.caption, what, &body),
            caption: format!("{} {what}", self.caption),
            wide: false,
            legend: vec![
                ("dot", lang.pick("within", "范围内").to_owned()),
                ("b2", lang.pick("beyond", "范围外").to_owned()),
            ],
        }
    }

    /// Names of the places outside, those left out that would lie on another.
    fn names(&self, outside: &[&Place], x: Scale, y: Scale) -> maud::Markup {
        let mut named: Vec<(f64, f64, &str)> = Vec::new();
        for place in outside {
            let rate = place.failing as f64 / place.tested as f64;
            let at = (x.at(place.tested as f64), y.at(rate * 100.0));
            let close =
                |(a, b, _): &(f64, f64, &str)| (a - at.0).abs() < 130.0 && (b - at.1).abs() < 16.0;
            if !named.iter().any(close) {
                named.push((at.0, at.1, &place.label));
            }
        }
        html! {
            @for (across, down, name) in named {
                @let late = across > WIDTH - 140.0;
                @let beside = if late { across - 8.0 } else { across + 8.0 };
                (fitted(beside, down + 4.0, if late { "e" } else { "" }, name, 120.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_chance_does_not_explain_lies_outside() {
        let place = |label: &str, failing, tested| Place { label: label.into(), failing, tested };
        let funnel = Funnel {
            caption: "Rates".into(),
            places: vec![
                place("a", 10, 1000),
                place("b", 12, 1000),
                place("c", 60, 1000),
                place("d", 1, 4),
            ],
        };
        let names: Vec<&str> = funnel.outside().iter().map(|place| place.label.as_str()).collect();
        // Overall 83 / 3004: d's one of four is within its wide band.
        assert_eq!(names, ["a", "c"]);
    }
}
