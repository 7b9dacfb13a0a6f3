//! What a program reads, so that it does not write over it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Whether a file of this name is read.
type IsRead = fn(&str) -> bool;

/// What a program reads: files, and folders in which files of certain names are read.
///
/// A file is known by what it is, not by its name: `./a`, a link to it, another spelling on a disk
/// that does not tell capitals apart, and a second name of the same file are all the same.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    files: Vec<PathBuf>,
    folders: Vec<(PathBuf, IsRead)>,
}

impl Inputs {
    /// With a file.
    #[must_use]
    pub fn file(mut self, path: &Path) -> Self {
        self.files.push(path.to_owned());
        self
    }

    /// With a folder, in which the files are read whose names `is_read` knows.
    ///
    /// Such a name may not be written in it even where no such file is there yet: it would be read
    /// the next time.
    #[must_use]
    pub fn folder(mut self, path: &Path, is_read: IsRead) -> Self {
        self.folders.push((path.to_owned(), is_read));
        self
    }

    /// Whether writing to a path would lose, or add to, what is read. O(f) in the files.
    #[must_use]
    pub fn would_lose(&self, output: &Path) -> bool {
        let within = |(folder, is_read): &(PathBuf, IsRead)| {
            let name = output.file_name().map(|name| name.to_string_lossy());
            let parent = match output.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            name.is_some_and(|name| is_read(&name)) && same(folder, parent)
        };
        if self.folders.iter().any(within) {
            return true;
        }
        // What is not there is not lost.
        if !output.exists() {
            return false;
        }
        if self.files.iter().any(|file| same(file, output)) {
            return true;
        }
        self.folders
            .iter()
            .any(|(folder, is_read)| holds(folder, *is_read, output).unwrap_or(false))
    }
}

/// Whether a file is one of those that are read of a folder.
fn holds(folder: &Path, is_read: IsRead, output: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_read(&entry.file_name().to_string_lossy()) && same(&entry.path(), output) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(unix)]
fn same(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_table(name: &str) -> bool {
        name.to_lowercase().starts_with("operators.csv")
    }

    #[test]
    fn a_file_is_known_by_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        fs::create_dir(&data).unwrap();
        let (log, table) = (dir.path().join("log.json"), data.join("operators.csv"));
        for file in [&log, &table, &data.join("page.html")] {
            fs::write(file, "x").unwrap();
        }
        let inputs = Inputs::default().file(&log).folder(&data, is_table);
        for lost in [
            log.clone(),
            dir.path().join("./data/../log.json"),
            table.clone(),
            // Not there yet, and read the next time.
            data.join("operators.csv.gz"),
            data.join("OPERATORS.csv"),
        ] {
            assert!(inputs.would_lose(&lost), "{}", lost.display());
        }
        for kept in
            [data.join("page.html"), data.join("new.html"), dir.path().join("operators.csv")]
        {
            assert!(!inputs.would_lose(&kept), "{}", kept.display());
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        fs::create_dir(&data).unwrap();
        let table = data.join("operators.csv");
        fs::write(&table, "x").unwrap();
        let (soft, hard) = (dir.path().join("page.html"), dir.path().join("out.json"));
        std::os::unix::fs::symlink(&table, &soft).unwrap();
        fs::hard_link(&table, &hard).unwrap();
        let (folder, elsewhere) = (dir.path().join("out"), dir.path().join("in"));
        std::os::unix::fs::symlink(&data, &folder).unwrap();
        std::os::unix::fs::symlink(&data, &elsewhere).unwrap();
        let inputs = Inputs::default().folder(&elsewhere, is_table);
        for lost in [soft, hard, folder.join("operators.csv")] {
            assert!(inputs.would_lose(&lost), "{}", lost.display());
        }
    }
}
