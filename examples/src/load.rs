//! Reading the data set, with a progress bar when it takes long.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use suyuan::chain::missing::Recipes;
use suyuan::csv::{Import, Progress, RECIPES, ReadOptions, read_dir, read_recipes};
use suyuan::time::Minute;

use crate::failure::{Failure, tell};

/// What is said when a program runs on the data that come with it.
pub const BUNDLED: &str = "No --data given: using the bundled data set fixtures/qingdao.";

/// Where the data set is that comes with the programs.
#[must_use]
pub fn bundled() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).join("fixtures").join("qingdao")
}

/// Reads a data set, or the bundled one, and writes rejected rows into a folder. Says so on standard error when standard output is not
/// for people (`quiet`).
///
/// # Errors
/// [`Failure::Job`] when it cannot be read.
pub fn load(data: Option<&Path>, rejects: Option<&Path>, quiet: bool) -> Result<Import, Failure> {
    load_known_at(data, Minute::UNBOUNDED_FUTURE, rejects, quiet)
}

/// As [`load`], what was known at a minute.
///
/// # Errors
/// As [`load`].
pub fn load_known_at(
    data: Option<&Path>,
    known_at: Minute,
    rejects: Option<&Path>,
    quiet: bool,
) -> Result<Import, Failure> {
    if data.is_none() && quiet {
        tell(BUNDLED);
    }
    let bar = Bar::new();
    let show = |progress: Progress<'_>| bar.show(progress);
    let mut options = ReadOptions::default();
    options.rejects = rejects.map(Path::to_owned);
    options.known_at = known_at;
    if std::io::stderr().is_terminal() {
        options.progress = Some(&show);
    }
    let import = read_dir(data.map_or_else(bundled, Path::to_owned), &options);
    bar.bar.finish_and_clear();
    Ok(import?)
}

/// The recipes of a data set; none where it has no such file.
///
/// # Errors
/// [`Failure::Job`] when the file cannot be read.
pub fn recipes(data: Option<&Path>) -> Result<Recipes, Failure> {
    let path = data.map_or_else(bundled, Path::to_owned).join(RECIPES);
    if path.is_file() { Ok(read_recipes(path)?) } else { Ok(Recipes::none()) }
}

/// A bar on standard error that appears after a second.
struct Bar {
    bar: ProgressBar,
    started: Instant,
    shown: AtomicBool,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::hidden();
        let template = "{spinner} {msg} [{bar:30}] {percent}% {binary_bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, started: Instant::now(), shown: AtomicBool::new(false) }
    }

    fn show(&self, progress: Progress<'_>) {
        if self.started.elapsed() < Duration::from_secs(1) {
            return;
        }
        let total = progress.total.unwrap_or(progress.bytes).max(1);
        self.bar.set_length(total);
        self.bar.set_position(progress.bytes);
        self.bar.set_message(if progress.bytes < total {
            format!("{}, {} rows", progress.file, progress.rows)
        } else {
            format!("{}, {} rows, linking records", progress.file, progress.rows)
        });
        if !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }
}
