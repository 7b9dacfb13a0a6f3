//! Flags that programs share, and how their values are read. A bad value ends the program with
//! code 2 before any data are read.

use std::path::{Path, PathBuf};

use suyuan::chain::missing::{InferenceRules, Recipes};
use suyuan::model::Hazard;
use suyuan::report::{Lang, Page};
use suyuan::time::{Minute, Span, UtcOffset};

use crate::failure::Failure;
use crate::files::Files;

/// The flags of every program.
#[derive(Debug, clap::Args)]
pub struct Common {
    /// Folder of CSV files [default: the bundled fixtures/qingdao]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Write JSON to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH")]
    pub json: Option<PathBuf>,
    /// As things stood at the last minute of TIME (clock of +08:00)
    #[arg(long, value_name = "TIME", value_parser = last_minute)]
    pub as_of: Option<Minute>,
}

impl Common {
    /// What is read and written by these flags and those of a page.
    #[must_use]
    pub fn files(&self, paged: &Paged) -> Files {
        let files = Files::default().data(self.data.as_deref());
        files.written(&self.json).written(&paged.html)
    }

    /// Whether standard output belongs to the JSON.
    #[must_use]
    pub fn json_on_stdout(&self) -> bool {
        self.json.as_deref() == Some(Path::new("-"))
    }

    /// The minute asked for, unbounded when there is none.
    #[must_use]
    pub fn limit(&self) -> Minute {
        self.as_of.unwrap_or(Minute::UNBOUNDED_FUTURE)
    }
}

/// The flags of every program that makes a page.
#[derive(Debug, clap::Args)]
pub struct Paged {
    /// Write the result as one self-contained web page
    #[arg(long, value_name = "PATH")]
    pub html: Option<PathBuf>,
    /// Language of pages and worksheets: zh or en
    #[arg(long, value_name = "LANG", default_value = "en", value_parser = lang)]
    pub lang: Lang,
}

impl Paged {
    /// Writes the page, where one is asked for.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be written.
    pub fn write(&self, page: impl FnOnce(Lang) -> Page) -> Result<(), Failure> {
        match &self.html {
            Some(path) => Ok(page(self.lang).write(path)?),
            None => Ok(()),
        }
    }
}

/// Reads a language.
///
/// # Errors
/// A sentence with the languages there are.
pub fn lang(text: &str) -> Result<Lang, String> {
    Lang::parse(text).ok_or_else(|| "expected zh or en".to_owned())
}

/// What `--help` says of times.
pub const TIMES: &str = "\
TIME is 2026-03-01T08:30 (a minute), 2026-03-01 or 2026年3月1日 (a day), or 2026-03 (a month).";

/// What `--help` says of classes of hazard.
#[must_use]
pub fn classes() -> String {
    let names: Vec<_> = Hazard::ALL.iter().map(|hazard| hazard.names().join(" ")).collect();
    names.join(", ")
}

/// Reads a time as its last minute.
///
/// # Errors
/// A sentence when the text is no time.
pub fn last_minute(text: &str) -> Result<Minute, String> {
    Span::parse_limit(text, UtcOffset::CHINA).map_err(|error| error.to_string())
}

/// Reads a time as its whole interval.
///
/// # Errors
/// A sentence when the text is no time; an empty text is none.
pub fn span(text: &str) -> Result<Span, String> {
    let span = Span::parse(text, UtcOffset::CHINA).map_err(|error| error.to_string())?;
    if span.is_unknown() {
        return Err("expected a time such as 2026-03-01".to_owned());
    }
    Ok(span)
}

/// Reads a class of hazard by its English or Chinese name.
///
/// # Errors
/// A sentence with the names there are.
pub fn hazard(text: &str) -> Result<Hazard, String> {
    Hazard::parse(text).ok_or_else(|| format!("expected one of {}", classes()))
}

/// Reads `BATCH@OPERATOR`.
///
/// # Errors
/// A sentence when the text does not have that form.
pub fn stock(text: &str) -> Result<String, String> {
    if text.match_indices('@').any(|(at, _)| at > 0 && at + 1 < text.len()) {
        Ok(text.to_owned())
    } else {
        Err("expected BATCH@OPERATOR".to_owned())
    }
}

/// What `--infer` says: a window, and whether consumption is first in, first out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Infer {
    /// Days.
    pub window: u32,
    /// Whether first-in-first-out consumption narrows it.
    pub fifo: bool,
}

impl Infer {
    /// The rules, with the recipes of a data set.
    #[must_use]
    pub fn rules(self, recipes: Recipes) -> InferenceRules {
        let rules = InferenceRules::window_days(self.window).recipes(recipes);
        if self.fifo { rules.fifo() } else { rules }
    }
}

/// Reads `window:DAYS` or `window:DAYS,fifo`.
///
/// # Errors
/// A sentence when the text does not have that form.
pub fn infer(text: &str) -> Result<Infer, String> {
    let expected = || "expected window:DAYS or window:DAYS,fifo".to_owned();
    let (window, fifo) = match text.split_once(',') {
        Some((window, "fifo")) => (window, true),
        Some(_) => return Err(expected()),
        None => (text, false),
    };
    let days = window.strip_prefix("window:").and_then(|days| days.parse().ok());
    days.map(|window| Infer { window, fifo }).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused() {
        assert_eq!(last_minute("2026-03").unwrap().to_string(), "2026-03-31T23:59");
        assert!(last_minute("").is_err());
        assert!(span(" ").is_err());
        assert_eq!(hazard("生物"), Ok(Hazard::Biological));
        assert!(hazard("magic").unwrap_err().contains("radiological 放射"));
        assert_eq!(infer("window:30"), Ok(Infer { window: 30, fifo: false }));
        assert_eq!(infer("window:7,fifo"), Ok(Infer { window: 7, fifo: true }));
        for text in ["", "30", "window:", "window:-1", "window:7,lifo", "fifo"] {
            assert!(infer(text).is_err(), "{text}");
        }
        assert_eq!(lang("ZH"), Ok(Lang::Zh));
        assert!(lang("fr").is_err());
        assert!(stock("B@O").is_ok());
        assert!(stock("批@营").is_ok());
        for text in ["", "@", "B", "B@", "@O"] {
            assert!(stock(text).is_err(), "{text}");
        }
    }
}
