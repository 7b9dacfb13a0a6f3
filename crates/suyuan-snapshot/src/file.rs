//! Snapshots in files.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(unix)]
use rayon::prelude::*;
use suyuan_core::chain::{SnapshotBuffer, SupplyChain};

use crate::error::Error;

/// Tells apart the temporary files of one process.
static SAVES: AtomicU64 = AtomicU64::new(0);

/// Bytes that one thread reads at a time.
#[cfg(unix)]
const PIECE: usize = 1 << 21;

/// Writes a chain to a file, in place of what is there. The file is written under another name in
/// the same folder, brought to the disk and then renamed: whoever opens `path` meanwhile, or after
/// a power cut, finds the old file or the new one, whole. Takes O(n) in the chain.
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

/// A new file beside a path, hidden and named after it.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    loop {
        let mut temporary = OsString::from(".");
        temporary.push(name);
        let number = SAVES.fetch_add(1, Ordering::Relaxed);
        temporary.push(format!(".{}-{number}.tmp", process::id()));
        let temporary = path.with_file_name(temporary);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            // Left behind by a process that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
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
