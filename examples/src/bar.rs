//! Progress bars of long work, on standard error where that is a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use suyuan::synth::{Plan, Progress};

/// A bar of links on standard error, with rate and remaining time, where that is a terminal.
pub fn with_bar<T>(plan: &Plan, work: impl FnOnce(&dyn Fn(Progress)) -> T) -> T {
    let bar = ProgressBar::with_draw_target(Some(plan.links), ProgressDrawTarget::hidden());
    if std::io::stderr().is_terminal() {
        let template = "{msg} [{bar:30}] {percent}% {per_sec} links, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
    let result = work(&|progress: Progress| {
        bar.set_position(progress.links);
        bar.set_message(format!("day {}, {} records", progress.days, progress.records));
    });
    bar.finish_and_clear();
    result
}

/// A bar of steps, with rate and remaining time. It appears after a second and goes when dropped.
#[derive(Debug)]
pub struct Steps {
    bar: ProgressBar,
    started: std::time::Instant,
}

impl Steps {
    /// A bar of so-called steps, not shown yet.
    #[must_use]
    pub fn new(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let template = "{spinner} {msg} [{bar:30}] {pos} of {len}, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        Self { bar, started: std::time::Instant::now() }
    }

    /// Says how many steps are done, and of how many.
    pub fn show(&self, done: u64, all: u64) {
        self.bar.set_length(all);
        self.bar.set_position(done);
        let late = self.started.elapsed() >= Duration::from_secs(1);
        if late && self.bar.is_hidden() && std::io::stderr().is_terminal() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
