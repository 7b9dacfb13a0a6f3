//! Coverage of every interval by exact enumeration, and its picture `docs/statistics-coverage.svg`.
//!
//! With `SUYUAN_WRITE_DOCS` set the picture is written; otherwise it is compared.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use suyuan_stats::dist::Binomial;
use suyuan_stats::proportion::{Method, interval};

const SIZES: [u64; 4] = [10, 30, 100, 300];
const STEPS: usize = 120;

/// `P(the interval holds p)` for every p of the grid, from 0 to 1/2.
fn coverage(method: Method, n: u64) -> Vec<(f64, f64)> {
    let limits: Vec<_> = (0..=n).map(|x| interval(x, n, 0.95, method).unwrap()).collect();
    (1..=STEPS)
        .map(|step| {
            let p = 0.5 * step as f64 / STEPS as f64;
            let law = Binomial::new(n, p).unwrap();
            let covered =
                (0..=n).filter(|&x| limits[x as usize].contains(p)).map(|x| law.pmf(x)).sum();
            (p, covered)
        })
        .collect()
}

#[test]
fn coverage_is_what_the_methods_promise() {
    let mut picture = Picture::new();
    for (row, method) in Method::ALL.iter().enumerate() {
        let (mut least, mut total, mut count) = (1.0_f64, 0.0, 0.0);
        for (column, n) in SIZES.into_iter().enumerate() {
            let curve = coverage(*method, n);
            for &(_, covered) in &curve {
                least = least.min(covered);
                total += covered;
                count += 1.0;
            }
            picture.panel(row, column, *method, n, &curve);
        }
        let mean = total / count;
        println!("{:22} least {least:.4}, mean {mean:.4}", method.name());
        if method.is_conservative() {
            assert!(least >= 0.95 - 1e-12, "{method:?}: {least}");
        }
        let (low, high) = match method {
            Method::ClopperPearson | Method::WilsonCorrected => (0.96, 0.985),
            Method::Blaker | Method::Sterne => (0.95, 0.97),
            Method::Wilson | Method::Jeffreys => (0.94, 0.96),
            Method::AgrestiCoull => (0.95, 0.975),
            Method::Logit => (0.95, 0.98),
            // Poor near 0: that is what the picture shows.
            _ => (0.80, 0.97),
        };
        assert!((low..high).contains(&mean), "{method:?}: mean {mean}");
    }
    picture.settle();
}

struct Picture {
    body: String,
}

const WIDTH: f64 = 150.0;
const HEIGHT: f64 = 56.0;
const LEFT: f64 = 150.0;
const TOP: f64 = 34.0;

impl Picture {
    fn new() -> Self {
        Self { body: String::new() }
    }

    fn panel(&mut self, row: usize, column: usize, method: Method, n: u64, curve: &[(f64, f64)]) {
        let (x0, y0) = (LEFT + column as f64 * (WIDTH + 14.0), TOP + row as f64 * (HEIGHT + 12.0));
        // From 0.80 at the bottom to 1 at the top.
        let y = |covered: f64| y0 + HEIGHT * (1.0 - (covered.max(0.8) - 0.8) / 0.2);
        let body = &mut self.body;
        if row == 0 {
            let _ = writeln!(body, "<text x=\"{:.1}\" y=\"22\">n = {n}</text>", x0 + 50.0);
        }
        if column == 0 {
            let at = y0 + 0.5 * HEIGHT;
            let _ = writeln!(body, "<text x=\"4\" y=\"{at:.1}\">{}</text>", method.name());
        }
        let _ = writeln!(
            body,
            "<rect x=\"{x0:.1}\" y=\"{y0:.1}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" class=\"f\"/>"
        );
        let line = y(0.95);
        let _ = writeln!(body, "<path class=\"l\" d=\"M{x0:.1} {line:.1}h{WIDTH}\"/>");
        let mut path = String::new();
        for (at, &(p, covered)) in curve.iter().enumerate() {
            let command = if at == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{command}{:.1} {:.1}", x0 + WIDTH * p / 0.5, y(covered));
        }
        let _ = writeln!(body, "<path class=\"c\" d=\"{path}\"/>");
    }

    fn settle(&self) {
        let rows = Method::ALL.len() as f64;
        let (width, height) = (LEFT + 4.0 * (WIDTH + 14.0), TOP + rows * (HEIGHT + 12.0) + 20.0);
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" font-size=\"11\">\n<style>.f{{fill:none;stroke:#bbb}}\
             .l{{stroke:#c33;stroke-dasharray:3 2}}.c{{fill:none;stroke:#246;stroke-width:.8}}</style>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}<text x=\"{LEFT}\" y=\"{:.1}\">\
             p from 0 to 0.5; coverage from 0.80 to 1, the line at 0.95</text>\n</svg>\n",
            self.body,
            height - 8.0
        );
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/statistics-coverage.svg");
        if std::env::var_os("SUYUAN_WRITE_DOCS").is_some() {
            fs::write(path, text).unwrap();
        } else {
            let there = fs::read_to_string(path).unwrap_or_default();
            assert!(
                there == text,
                "docs/statistics-coverage.svg is not what the library gives now"
            );
        }
    }
}
