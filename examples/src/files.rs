//! What a program reads and what it writes: nothing is written over what is read.

use std::io;
use std::path::{Path, PathBuf};

use suyuan::csv::is_read;
use suyuan::files::Inputs;

use crate::failure::Failure;
use crate::load::bundled;

/// The files of one run, checked before anything is read.
#[derive(Debug, Default)]
pub struct Files {
    inputs: Inputs,
    outputs: Vec<PathBuf>,
}

impl Files {
    /// With a data set, the bundled one where none is given.
    #[must_use]
    pub fn data(mut self, data: Option<&Path>) -> Self {
        self.inputs = self.inputs.folder(&data.map_or_else(bundled, Path::to_owned), is_read);
        self
    }

    /// With the files that are read, where any are given.
    #[must_use]
    pub fn read<'p>(mut self, paths: impl IntoIterator<Item = &'p PathBuf>) -> Self {
        for path in paths {
            self.inputs = self.inputs.file(path);
        }
        self
    }

    /// With a file that is written, where one is given; `-` is none.
    #[must_use]
    pub fn written(mut self, path: &Option<PathBuf>) -> Self {
        self.outputs.extend(path.iter().filter(|path| path.as_os_str() != "-").cloned());
        self
    }

    /// With files that are written into a folder, where one is given.
    #[must_use]
    pub fn written_into(mut self, folder: &Option<PathBuf>, names: &[&str]) -> Self {
        let of = |folder: &PathBuf| names.iter().map(|name| folder.join(name)).collect();
        let files: Vec<PathBuf> = folder.as_ref().map(of).unwrap_or_default();
        self.outputs.extend(files);
        self
    }

    /// Refuses what would be written over what is read, or over another result.
    ///
    /// # Errors
    /// [`Failure::Usage`].
    pub fn check(&self) -> Result<(), Failure> {
        for (at, path) in self.outputs.iter().enumerate() {
            if self.inputs.would_lose(path) {
                let text = format!("{} is read here: write to another place", path.display());
                return Err(Failure::Usage(text));
            }
            let mut before = self.outputs.iter().take(at);
            let same = |other: &PathBuf| place(other) == place(path);
            if before.any(|other| same(other) || Inputs::default().file(other).would_lose(path)) {
                let text = format!("two results would be written to {}", path.display());
                return Err(Failure::Usage(text));
            }
        }
        Ok(())
    }
}

/// Makes a new folder, or fills one without content, with all that `fill` puts in it or with nothing.
///
/// # Errors
/// [`Failure::Job`] when there is something in the folder, and those of `fill`.
pub fn new_folder<T>(
    dir: &Path,
    fill: impl FnOnce(&Path) -> Result<T, Failure>,
) -> Result<T, Failure> {
    /// What went wrong, and whether it was while filling.
    enum Stop {
        Folder(io::Error),
        Filling(Failure),
    }
    impl From<io::Error> for Stop {
        fn from(error: io::Error) -> Self {
            Self::Folder(error)
        }
    }
    suyuan::files::make_folder(dir, |dir| fill(dir).map_err(Stop::Filling)).map_err(|stop| {
        match stop {
            Stop::Filling(failure) => failure,
            Stop::Folder(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                let dir = dir.display();
                Failure::job(format!("failed to write into {dir}: expected a new or empty folder"))
            }
            Stop::Folder(error) => {
                Failure::doing(format!("failed to make {}", dir.display()), error)
            }
        }
    })
}

/// A path with its folder named one way; that it names a file may not be so yet.
fn place(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    path.file_name().map_or_else(|| path.to_owned(), |name| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_and_other_results_are_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("shipments.csv"), "").unwrap();
        let some = |path: &str| Some(dir.path().join(path));
        let files = || Files::default().data(Some(&data)).written(&Some("-".into()));
        let refused = |files: Files| match files.check() {
            Err(Failure::Usage(text)) => text,
            other => panic!("{other:?}"),
        };
        assert!(refused(files().written(&some("data/shipments.csv"))).contains("is read here"));
        assert!(
            refused(files().written_into(&Some(data.clone()), &["operators.csv"])).contains("read")
        );
        let twice = files().written(&some("x.json")).written(&some("data/../x.json"));
        assert!(refused(twice).starts_with("two results"));
        let apart = files().written(&some("x.json")).written_into(&some("out"), &["operators.csv"]);
        assert!(apart.check().is_ok());
        assert!(files().written_into(&Some(data.clone()), &["notice.csv"]).check().is_ok());
    }
}
