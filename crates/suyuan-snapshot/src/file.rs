//! Snapshots in files.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(unix)]
use rayon::prelude::*;
use suyuan_core::chain::{SnapshotBuffer, SupplyChain};

use crate::error::Error;

/// Tells apart the temporary files of one process.
static SAVES: AtomicU64 = AtomicU64::new(0);
/// Tells this process from an earlier one of the same number.
static RUN: OnceLock<u64> = OnceLock::new();

/// Bytes that one thread reads at a time.
#[cfg(unix)]
const PIECE: usize = 1 << 21;

/// Writes a chain to a file, in place of what is there. The file is written under another name in
/// the same folder, brought to the disk and then renamed: whoever opens `path` meanwhile, or after
/// a power cut, finds the old file or the new one, whole. What a save of the same file left behind
/// because its process was killed is removed; processes of other machines are taken for dead.
/// Takes O(n) in the chain, and one look at the folder.
///
/// # Errors
/// [`Error::Write`]. What was there before stays, unless all that failed was to bring the renaming
/// to the disk; the temporary file is removed.
pub fn save(chain: &SupplyChain, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    replace(chain, path).map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Reads a chain from a file that [`save`] wrote, on all threads. Takes O(n) in the file, which is
/// read into memory once, where most tables of the chain stay.
///
/// # Errors
/// [`Error::Read`] when the file cannot be read, [`Error::Snapshot`] when it is no snapshot, has
/// another version or is damaged in any way.
pub fn open(path: impl AsRef<Path>) -> Result<SupplyChain, Error> {
    let path = path.as_ref();
    let read = fill(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let chain = SupplyChain::open_snapshot(read);
    chain.map_err(|source| Error::Snapshot { path: path.to_owned(), source })
}

/// The bytes of a file.
fn fill(path: &Path) -> io::Result<SnapshotBuffer> {
    let mut file = File::open(path)?;
    let state = file.metadata()?;
    if state.is_file() {
        let length = usize::try_from(state.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut buffer = SnapshotBuffer::new(length);
        read_all(&mut file, buffer.as_mut_slice())?;
        return Ok(buffer);
    }
    // It has no length before its end.
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let mut buffer = SnapshotBuffer::new(bytes.len());
    buffer.as_mut_slice().copy_from_slice(&bytes);
    Ok(buffer)
}

/// Reads a file that is as long as the buffer, on all threads.
#[cfg(unix)]
fn read_all(file: &mut File, buffer: &mut [u8]) -> io::Result<()> {
    use std::os::unix::fs::FileExt;

    let pieces = buffer.par_chunks_mut(PIECE).enumerate();
    pieces.try_for_each(|(at, piece)| file.read_exact_at(piece, (at * PIECE) as u64))
}

#[cfg(not(unix))]
fn read_all(file: &mut File, buffer: &mut [u8]) -> io::Result<()> {
    file.read_exact(buffer)
}

fn replace(chain: &SupplyChain, path: &Path) -> io::Result<()> {
    // A link to a file is kept, and the file replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    remove_left_behind(&path);
    let (temporary, mut file) = create_beside(&path)?;
    let written = chain.write_snapshot(&mut file).and_then(|()| file.sync_all());
    drop(file);
    let renamed = written.and_then(|()| fs::rename(&temporary, &path));
    if renamed.is_err() {
        // The first error matters more than one of tidying up.
        let _ = fs::remove_file(&temporary);
        return renamed;
    }
    sync_folder(&path)
}

/// A random number of this process.
fn run() -> u64 {
    *RUN.get_or_init(|| RandomState::new().build_hasher().finish())
}

/// What the names of the temporary files of a path begin with.
fn beside(path: &Path) -> io::Result<OsString> {
    let mut name = OsString::from(".");
    name.push(path.file_name().ok_or(io::ErrorKind::InvalidFilename)?);
    name.push(".");
    Ok(name)
}

/// A new file beside a path, hidden and named after it, the process and the save.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let number = SAVES.fetch_add(1, Ordering::Relaxed);
    let mut temporary = beside(path)?;
    temporary.push(format!("{}-{}-{number}.tmp", process::id(), run()));
    let temporary = path.with_file_name(temporary);
    let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    Ok((temporary, file))
}

/// Removes the temporary files of a path whose processes are gone. One that cannot be removed
/// stays: it takes room, and nobody reads it.
fn remove_left_behind(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let (Ok(start), Ok(files)) = (beside(path), fs::read_dir(folder)) else { return };
    let Some(start) = start.to_str() else { return };
    for file in files.filter_map(Result::ok) {
        let name = file.file_name();
        let owner = name.to_str().and_then(|name| owner_of(name.strip_prefix(start)?));
        if owner.is_some_and(|(process, run)| !is_alive(process, run)) {
            let _ = fs::remove_file(file.path());
        }
    }
}

/// The process that a temporary file belongs to, and its random number, by what its name ends
/// with: `PROCESS-RUN-NUMBER.tmp`.
fn owner_of(name: &str) -> Option<(u32, u64)> {
    let mut parts = name.strip_suffix(".tmp")?.split('-');
    let owner = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let _number: u64 = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some(owner)
}

/// Whether a process may still be saving. Where processes cannot be looked up, all others may.
fn is_alive(process: u32, of: u64) -> bool {
    if process == process::id() {
        return of == run();
    }
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}

/// Brings a renaming to the disk, where folders are files.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
