//! Text for people: headings, wrapped lines and tables on a writer.

use std::io::{self, BufWriter, IsTerminal, StderrLock, StdoutLock, Write};
use std::path::PathBuf;

use crate::table::{Table, wrap};

/// How many rows of a long list are printed.
pub const SHOWN: usize = 50;
/// Where the text of a labelled line starts.
const LABEL: usize = 12;

/// Where a report goes. Headings are bold on a terminal, unless `NO_COLOR` is set.
#[derive(Debug)]
pub struct Report<W: Write> {
    out: W,
    bold: bool,
}

fn bold(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

impl Report<BufWriter<StdoutLock<'static>>> {
    /// A report on standard output.
    #[must_use]
    pub fn stdout() -> Self {
        let bold = bold(io::stdout().is_terminal());
        Self { out: BufWriter::new(io::stdout().lock()), bold }
    }
}

impl Report<BufWriter<StderrLock<'static>>> {
    /// A report on standard error, for when standard output is taken by JSON.
    #[must_use]
    pub fn stderr() -> Self {
        let bold = bold(io::stderr().is_terminal());
        Self { out: BufWriter::new(io::stderr().lock()), bold }
    }
}

impl<W: Write> Report<W> {
    /// A report on any writer, without bold.
    pub fn plain(out: W) -> Self {
        Self { out, bold: false }
    }

    /// A heading, after an empty line.
    ///
    /// # Errors
    /// As every method here: when the writer fails.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        for line in wrap(text, 0) {
            if self.bold {
                writeln!(self.out, "\u{1b}[1m{line}\u{1b}[0m")?;
            } else {
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }

    /// A line, indented, broken where it is too long.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn line(&mut self, indent: usize, text: &str) -> io::Result<()> {
        for line in wrap(text, indent) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// A line that starts with a label; what does not fit goes below its text.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn item(&mut self, label: &str, text: &str) -> io::Result<()> {
        for (at, line) in wrap(text, LABEL).iter().enumerate() {
            if at == 0 {
                writeln!(self.out, "  {label:<width$}{}", line.trim_start(), width = LABEL - 2)?;
            } else {
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }

    /// Says which files and folders were written.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn written<'p>(&mut self, paths: impl Iterator<Item = &'p PathBuf>) -> io::Result<()> {
        for (at, path) in paths.enumerate() {
            if at == 0 {
                self.heading("WRITTEN")?;
            }
            self.line(2, &path.display().to_string())?;
        }
        Ok(())
    }

    /// A table.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn table(&mut self, table: &Table) -> io::Result<()> {
        for line in table.lines() {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// What is said below a list of which only the first [`SHOWN`] are printed.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn more(&mut self, all: usize, what: &str, how: &str) -> io::Result<()> {
        if all > SHOWN {
            let text = format!("... and {} more {what}; all of them with {how}", all - SHOWN);
            self.line(2, &text)?;
        }
        Ok(())
    }

    /// Ends the report.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}
