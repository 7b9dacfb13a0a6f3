//! The progress bar of generating.

use std::io::IsTerminal;

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
