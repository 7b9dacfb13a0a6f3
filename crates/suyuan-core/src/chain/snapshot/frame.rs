//! The head of a snapshot and its sections, all under checksums.

use std::ops::Range;

use rayon::prelude::*;

use super::column::ALIGN;
use super::error::SnapshotError;

/// What every snapshot begins with. The bytes that are no ASCII text tell a copy that was changed
/// as text (the method of PNG, ISO/IEC 15948).
pub(super) const MAGIC: [u8; 8] = *b"\x89SUY\r\n\x1a\n";
/// The version of the format.
pub(super) const VERSION: u32 = 5;
/// Magic, version and number of sections.
const START: usize = 16;
/// Number, checksum, offset and length.
const ENTRY: usize = 24;
/// Bytes whose checksum one thread takes at a time.
const PIECE: usize = 1 << 20;

macro_rules! sections {
    ($($name:ident = $text:literal,)*) => {
        /// A part of a snapshot.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Section { $($name,)* }

        impl Section {
            /// Every section, in the order they are written.
            pub(super) const ALL: &'static [Self] = &[$(Self::$name),*];

            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

sections! {
    Chain = "chain",
    Files = "files",
    Texts = "texts",
    OperatorCodes = "operator codes",
    ProductCodes = "product codes",
    BatchCodes = "batch codes",
    RegionCodes = "region codes",
    TransformationCodes = "transformation codes",
    ShipmentCodes = "shipment codes",
    Operators = "operators",
    Products = "products",
    Batches = "batches",
    Regions = "regions",
    Shipments = "shipments",
    Transformations = "transformations",
    Lines = "lines",
    LineSources = "line sources",
    Processes = "processes",
    Removals = "removals",
    Samples = "samples",
    Cleanings = "cleanings",
    Stocks = "stocks",
    StocksByOperator = "stocks by operator",
    StocksByBatch = "stocks by batch",
    Contradictions = "contradictions",
    Shared = "shared records",
    Packs = "packs",
    FurtherSources = "further sources",
    LinksOut = "outgoing links",
    LinksInto = "incoming links",
}

impl Section {
    pub(super) const fn invalid(self, problem: &'static str) -> SnapshotError {
        SnapshotError::Invalid { section: self.name(), problem }
    }
}

/// What the head says of a section's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) length: u64,
    pub(super) checksum: u32,
}

/// Bytes of the head.
const fn head_length() -> usize {
    // The checksum takes four more than it has, so that sections begin where arrays can.
    START + Section::ALL.len() * ENTRY + ALIGN
}

/// The head for sections that lie one after another behind it.
pub(super) fn head(sums: &[Sum]) -> Vec<u8> {
    let mut head = Vec::with_capacity(head_length());
    head.extend(MAGIC);
    head.extend(VERSION.to_le_bytes());
    head.extend((sums.len() as u32).to_le_bytes());
    let mut offset = head_length() as u64;
    for (number, sum) in (0_u32..).zip(sums) {
        head.extend(number.to_le_bytes());
        head.extend(sum.checksum.to_le_bytes());
        head.extend(offset.to_le_bytes());
        head.extend(sum.length.to_le_bytes());
        offset += sum.length;
    }
    head.extend(u64::from(crc32fast::hash(&head)).to_le_bytes());
    head
}

/// Where every section lies, its bytes checked against their checksum.
pub(super) fn sections(bytes: &[u8]) -> Result<Vec<Range<usize>>, SnapshotError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(SnapshotError::Foreign);
    }
    let found = word(bytes, MAGIC.len()).ok_or(SnapshotError::Head)?;
    if found != VERSION {
        return Err(SnapshotError::Version { found, expected: VERSION });
    }
    let head = bytes.get(..head_length()).ok_or(SnapshotError::Head)?;
    let (head, stated) = head.split_at(head.len() - ALIGN);
    let count = word(head, 12);
    if long(stated, 0) != Some(crc32fast::hash(head).into())
        || count != Some(Section::ALL.len() as u32)
    {
        return Err(SnapshotError::Head);
    }
    let mut offset = head_length() as u64;
    let mut entries = Vec::with_capacity(Section::ALL.len());
    for (number, entry) in (0..).zip(head[START..].chunks_exact(ENTRY)) {
        let parts = (word(entry, 0), word(entry, 4), long(entry, 8), long(entry, 16));
        let (Some(id), Some(checksum), Some(start), Some(length)) = parts else {
            return Err(SnapshotError::Head);
        };
        let end = start.checked_add(length).ok_or(SnapshotError::Head)?;
        if (id, start) != (number, offset) || !length.is_multiple_of(ALIGN as u64) {
            return Err(SnapshotError::Head);
        }
        entries.push((start, end, checksum));
        offset = end;
    }
    if bytes.len() as u64 != offset {
        return Err(SnapshotError::Length { found: bytes.len() as u64, expected: offset });
    }
    let read = entries.into_par_iter().zip(Section::ALL).map(|((start, end, sum), section)| {
        // No offset lies beyond the bytes.
        let range = start as usize..end as usize;
        let bytes = bytes.get(range.clone()).ok_or(SnapshotError::Head)?;
        let damaged = SnapshotError::Damaged { section: section.name() };
        if checksum(bytes) == sum { Ok(range) } else { Err(damaged) }
    });
    // Which damage is named is not to depend on threads.
    read.collect::<Vec<_>>().into_iter().collect()
}

/// CRC-32 (ISO 3309), on all threads.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let pieces = bytes.par_chunks(PIECE).map(|piece| {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(piece);
        hasher
    });
    let mut all = crc32fast::Hasher::new();
    pieces.collect::<Vec<_>>().iter().for_each(|piece| all.combine(piece));
    all.finalize()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
