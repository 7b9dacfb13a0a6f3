//! Files that are written whole or not at all, and never over what was read.
//!
//! ```
//! use std::io::Write;
//! use suyuan_files::{Inputs, write};
//! let dir = tempfile::tempdir()?;
//! let path = dir.path().join("result.json");
//! write(&path, |out| out.write_all(b"{}"))?;
//! // A write that fails leaves the file as it was.
//! let failed = write(&path, |out| {
//!     out.write_all(b"{\"half\":")?;
//!     Err(std::io::Error::other("disk full"))
//! });
//! assert!(failed.is_err());
//! assert_eq!(std::fs::read(&path)?, b"{}");
//! // What a program reads is not what it writes.
//! let inputs = Inputs::default().file(&path);
//! assert!(inputs.would_lose(&path));
//! assert!(!inputs.would_lose(&dir.path().join("other.json")));
//! # Ok::<(), std::io::Error>(())
//! ```

mod inputs;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

pub use inputs::Inputs;

/// Tells apart the temporary names of one process.
static NAMES: AtomicU64 = AtomicU64::new(0);

/// Writes a file under a hidden name in the same folder, brings it to the disk and renames it:
/// after an error, or when the machine stops, `path` holds what it held before. A link to a file is
/// kept, and the file replaced; a device or pipe is written to as it is.
///
/// # Errors
/// Those of the disk, and those of `fill`.
pub fn write(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let there = match fs::metadata(&path) {
        Ok(there) => Some(there),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(there) = &there {
        // Renaming does not ask whether the file may be written.
        let file = OpenOptions::new().write(true).open(&path)?;
        if !there.is_file() {
            let mut out = BufWriter::new(file);
            fill(&mut out)?;
            return out.flush();
        }
    }
    let (hidden, file) = create_beside(&path)?;
    let written = fill_hidden(file, there.as_ref(), fill);
    let renamed = written.and_then(|()| fs::rename(&hidden, &path));
    if renamed.is_err() {
        // The first error matters more than one of tidying up.
        let _ = fs::remove_file(&hidden);
    }
    renamed
}

fn fill_hidden(
    file: File,
    there: Option<&Metadata>,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    if let Some(there) = there {
        file.set_permissions(there.permissions())?;
    }
    let mut out = BufWriter::new(file);
    fill(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()
}

/// A new file in the folder of a path.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    loop {
        let hidden = path.with_file_name(hidden_name());
        match OpenOptions::new().write(true).create_new(true).open(&hidden) {
            Ok(file) => return Ok((hidden, file)),
            // Left behind by a process that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// A hidden name that fits wherever another does.
fn hidden_name() -> String {
    let number = NAMES.fetch_add(1, Ordering::Relaxed);
    format!(".suyuan-{}-{number}.tmp", process::id())
}

/// Makes a folder whole or not at all: `fill` gets a hidden folder, whose content takes its place at
/// the end, and which goes with all that is in it when `fill` fails. A folder without content may
/// be there already.
///
/// # Errors
/// [`io::ErrorKind::DirectoryNotEmpty`] where there is something in the folder already, other
/// errors of the disk, and those of `fill`.
pub fn make_folder<T, E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<T, E> {
    let is_there = path.exists();
    if is_there && fs::read_dir(path)?.next().is_some() {
        return Err(io::Error::from(io::ErrorKind::DirectoryNotEmpty).into());
    }
    // A folder that is there keeps its rights and its place: it may be where a disk is mounted.
    let name = hidden_name();
    let hidden = if is_there { path.join(name) } else { path.with_file_name(name) };
    fs::create_dir_all(&hidden)?;
    let made = fill(&hidden).and_then(|made| {
        if is_there {
            for entry in fs::read_dir(&hidden)? {
                let entry = entry?;
                fs::rename(entry.path(), path.join(entry.file_name()))?;
            }
            fs::remove_dir(&hidden)?;
        } else {
            fs::rename(&hidden, path)?;
        }
        Ok(made)
    });
    if made.is_err() {
        let _ = fs::remove_dir_all(&hidden);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x".repeat(255));
        write(&path, |out| out.write_all(b"one")).unwrap();
        let half = write(&path, |out| {
            out.write_all(&[b'2'; 100_000])?;
            Err(io::Error::other("no room"))
        });
        assert_eq!(half.unwrap_err().to_string(), "no room");
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(dir.path()).len(), 1);
        assert!(write(dir.path(), |_| Ok(())).is_err());
        assert!(write(&dir.path().join("no/folder"), |_| Ok(())).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_modes_and_devices_stay_what_they_are() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "one").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, |out| out.write_all(b"two")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        write(Path::new("/dev/null"), |out| out.write_all(b"gone")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        // A disk that is full.
        if Path::new("/dev/full").exists() {
            assert!(write(Path::new("/dev/full"), |out| out.write_all(b"x")).is_err());
        }
    }

    #[test]
    fn a_folder_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/day");
        let failed = make_folder(&path, |hidden| {
            fs::write(hidden.join("half"), "x")?;
            Err::<(), io::Error>(io::Error::other("no sample has failed"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no sample has failed");
        assert_eq!(names(dir.path()), ["deep"]);
        assert!(names(&dir.path().join("deep")).is_empty());
        fs::create_dir(&path).unwrap();
        make_folder(&path, |hidden| fs::write(hidden.join("all"), "x")).unwrap();
        assert_eq!(names(&path), ["all"]);
        let again = make_folder(&path, |_| Ok::<(), io::Error>(()));
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
        assert_eq!(names(&path), ["all"]);
    }
}
