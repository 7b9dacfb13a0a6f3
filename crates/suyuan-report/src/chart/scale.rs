//! From numbers and days to places on a chart.

use maud::{Markup, html};
use suyuan_core::time::{DAY, Minute};

use super::{label, line};

/// How wide a date on the axis is.
const DATE: f64 = 80.0;

/// A linear scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// From numbers between `low` and `high` to places between `from` and `to`.
    pub(crate) fn new((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, from, to }
    }

    /// The place of a number; what lies outside stays at the edge.
    pub(crate) fn at(self, value: f64) -> f64 {
        let part = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + part * (self.to - self.from)
    }

    /// Round numbers within it, about as many as asked for.
    pub(crate) fn ticks(self, about: usize) -> Vec<f64> {
        let step = step((self.high - self.low) / about.max(1) as f64);
        let first = (self.low / step - 1e-9).ceil();
        let count = ((self.high / step + 1e-9).floor() - first).max(0.0) as usize;
        (0..=count.min(100)).map(|at| (first + at as f64) * step).collect()
    }
}

/// The next of 1, 2, 5 times a power of ten.
fn step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|n| n * power)
        .find(|s| *s >= least * 0.999)
        .unwrap_or(least)
}

/// A round number not below the most.
pub(crate) fn round_up(most: f64) -> f64 {
    let step = step(most / 4.0);
    ((most / step - 1e-9).ceil() * step).max(step)
}

/// A tick as it is written: no more digits than its step needs.
pub(crate) fn tick(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6 + 0.0;
    rounded.to_string()
}

/// An axis of whole days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Days {
    pub(crate) first: i32,
    pub(crate) last: i32,
    pub(crate) scale: Scale,
    right: f64,
}

impl Days {
    /// The days of the minutes that are bounded, between two places.
    pub(crate) fn of(minutes: impl Iterator<Item = Minute>, (left, right): (f64, f64)) -> Self {
        let day = |at: Minute| at.minutes().div_euclid(DAY);
        let mut ends: Option<(i32, i32)> = None;
        for at in minutes.filter(|at| at.is_bounded()).map(day) {
            let (first, last) = ends.unwrap_or((at, at));
            ends = Some((first.min(at), last.max(at)));
        }
        let (first, last) = ends.unwrap_or_default();
        let scale = Scale::new((f64::from(first), f64::from(last + 1)), (left, right));
        Self { first, last, scale, right }
    }

    /// The place of a minute.
    pub(crate) fn at(self, minute: Minute) -> f64 {
        self.scale.at(f64::from(minute.minutes()) / f64::from(DAY))
    }

    /// Upright lines between two heights, and dates below them.
    pub(crate) fn axis(self, top: f64, bottom: f64) -> Markup {
        let room = self.right - self.scale.from;
        let every = (f64::from(self.last - self.first) / (room / DATE)).ceil().max(1.0) as usize;
        html! {
            @for day in (self.first..=self.last).step_by(every) {
                @let here = self.scale.at(f64::from(day));
                (line((here, top), (here, bottom), "grid"))
                @if here + DATE <= self.right + 10.0 {
                    (label(here + 3.0, bottom + 14.0, "s", &date(day)))
                }
            }
        }
    }
}

/// A day as it is written.
pub(crate) fn date(day: i32) -> String {
    let minute = Minute::from_minutes(day.saturating_mul(DAY));
    minute.date().map_or_else(String::new, |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        let scale = Scale::new((0.0, 0.13), (0.0, 100.0));
        let ticks: Vec<String> = scale.ticks(5).into_iter().map(tick).collect();
        assert_eq!(ticks, ["0", "0.05", "0.1"]);
        assert!((scale.at(0.065) - 50.0).abs() < 1e-9);
        assert!((scale.at(9.0) - 100.0).abs() < 1e-9);
        assert!((round_up(37.0) - 40.0).abs() < 1e-9);
        assert!((round_up(0.0) - 1.0).abs() < 1e-9);
    }
}
