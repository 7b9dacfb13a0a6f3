//! From errors to exit codes: 0 done, 1 could not do its job, 2 wrong flags.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::show::clean;

/// Why a program stops.
#[derive(Debug)]
pub enum Failure {
    /// The flags do not fit together, or not with the data.
    Usage(String),
    /// The job cannot be done.
    Job(Box<dyn Error>),
    /// The reader of standard output has gone away: nothing is left to do.
    Closed,
}

/// An error with what was being done.
#[derive(Debug)]
struct Doing {
    what: String,
    source: Option<Box<dyn Error>>,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Doing {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref()
    }
}

impl Failure {
    /// The job cannot be done, in one sentence.
    #[must_use]
    pub fn job(what: String) -> Self {
        Self::Job(Box::new(Doing { what, source: None }))
    }

    /// The job cannot be done: what failed, and why.
    #[must_use]
    pub fn doing(what: String, source: impl Into<Box<dyn Error>>) -> Self {
        Self::Job(Box::new(Doing { what, source: Some(source.into()) }))
    }
}

impl From<suyuan::Error> for Failure {
    fn from(error: suyuan::Error) -> Self {
        Self::Job(Box::new(error))
    }
}

impl From<suyuan::synth::Error> for Failure {
    fn from(error: suyuan::synth::Error) -> Self {
        match error {
            // Flags fill the plan.
            suyuan::synth::Error::Plan { .. } => Self::Usage(error.to_string()),
            _ => Self::Job(Box::new(error)),
        }
    }
}

impl From<suyuan::csv::Error> for Failure {
    fn from(error: suyuan::csv::Error) -> Self {
        Self::Job(Box::new(error))
    }
}

impl From<suyuan::import::Error> for Failure {
    fn from(error: suyuan::import::Error) -> Self {
        Self::Job(Box::new(error))
    }
}

impl From<suyuan::report::Error> for Failure {
    fn from(error: suyuan::report::Error) -> Self {
        Self::Job(Box::new(error))
    }
}

impl From<suyuan::epcis::Error> for Failure {
    fn from(error: suyuan::epcis::Error) -> Self {
        Self::Job(Box::new(error))
    }
}

impl From<suyuan::fcl::Error> for Failure {
    fn from(error: suyuan::fcl::Error) -> Self {
        Self::Job(Box::new(error))
    }
}

impl From<suyuan::fsma::Error> for Failure {
    fn from(error: suyuan::fsma::Error) -> Self {
        Self::Job(Box::new(error))
    }
}

impl From<suyuan::stats::Error> for Failure {
    fn from(error: suyuan::stats::Error) -> Self {
        Self::Job(Box::new(error))
    }
}

/// An error of writing to standard output; every other file says its own name.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::doing("failed to write to standard output".to_owned(), error)
        }
    }
}

/// One line to standard error; nothing can be done when that fails.
pub fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", clean(text));
}

/// Says what went wrong in one line and gives the program's exit code.
#[must_use]
pub fn finish(program: &str, result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => {
            tell(&format!("{program}: {message} (see {program} --help)"));
            ExitCode::from(2)
        }
        Err(Failure::Job(error)) => {
            tell(&format!("{program}: {}", chain(&*error)));
            ExitCode::from(1)
        }
    }
}

/// An error and its causes; a cause that only repeats is left out.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_of_causes_is_one_line() {
        let missing = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let Failure::Job(error) = Failure::doing("failed to write a.json".into(), missing) else {
            panic!("expected a failed job");
        };
        assert_eq!(chain(&*error), "failed to write a.json: no such file");
        assert!(matches!(
            Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)),
            Failure::Closed
        ));
    }
}
