//! Memory that a snapshot is read into.

use memmap2::MmapMut;
use zerocopy::IntoBytes;

/// From so many bytes on memory is asked for by itself, in large pages.
const LARGE: usize = 1 << 22;

/// Memory for the bytes of a snapshot: filled by the caller, then kept by the chain that
/// [`SupplyChain::open_snapshot`](super::SupplyChain::open_snapshot) makes of it, whose tables are
/// parts of it.
///
/// Where the system has large pages, that is what it consists of: the first touch of every small
/// page would take longer than reading the bytes.
///
/// ```
/// use suyuan_core::chain::{ChainBuilder, SnapshotBuffer, SupplyChain};
/// let mut bytes = Vec::new();
/// ChainBuilder::new().build()?.chain.write_snapshot(&mut bytes)?;
/// let mut buffer = SnapshotBuffer::new(bytes.len());
/// buffer.as_mut_slice().copy_from_slice(&bytes);
/// assert_eq!(SupplyChain::open_snapshot(buffer)?.stock_count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SnapshotBuffer {
    memory: Memory,
    length: usize,
}

#[derive(Debug)]
enum Memory {
    Mapped(MmapMut),
    /// Words, so that any part of a snapshot can begin where it does.
    Words(Vec<u64>),
}

impl SnapshotBuffer {
    /// A buffer of so many bytes, all zero.
    ///
    /// # Panics
    /// When there is not so much memory, as any collection does.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let mapped = (length >= LARGE).then(|| MmapMut::map_anon(length).ok()).flatten();
        if let Some(mapped) = &mapped {
            large_pages(mapped);
        }
        let words = |()| vec![0; length.div_ceil(8)];
        let memory = mapped.map_or_else(|| Memory::Words(words(())), Memory::Mapped);
        Self { memory, length }
    }

    /// The bytes, to be filled.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        let bytes = match &mut self.memory {
            Memory::Mapped(mapped) => &mut **mapped,
            Memory::Words(words) => words.as_mut_bytes(),
        };
        &mut bytes[..self.length]
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        let bytes = match &self.memory {
            Memory::Mapped(mapped) => &**mapped,
            Memory::Words(words) => words.as_bytes(),
        };
        &bytes[..self.length]
    }
}

/// Asks for pages of 2 MB. Small ones do as well, so that it does not matter whether the system
/// has any.
fn large_pages(memory: &MmapMut) {
    #[cfg(target_os = "linux")]
    let _ = memory.advise(memmap2::Advice::HugePage);
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_of_any_size_holds_what_it_is_filled_with() {
        for length in [0, 1, 15, 16, 17, LARGE - 1, LARGE, LARGE + 5] {
            let mut buffer = SnapshotBuffer::new(length);
            assert!(buffer.bytes().iter().all(|byte| *byte == 0));
            buffer.as_mut_slice().fill(7);
            assert_eq!(buffer.bytes().len(), length);
            assert!(buffer.bytes().iter().all(|byte| *byte == 7));
            // Any array can begin where it does.
            assert!(buffer.bytes().as_ptr().addr().is_multiple_of(8));
        }
    }
}
