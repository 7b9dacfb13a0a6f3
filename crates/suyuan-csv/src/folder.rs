//! Reading a folder of tables.

use std::fs;
use std::path::Path;

use crate::encoding::{Encoding, Survey};
use suyuan_files::Inputs;

use crate::error::Error;
use crate::identity::{ALIASES, read_aliases_as};
use crate::import::{Import, Importer, Look};
use crate::options::ReadOptions;
use crate::recipes::RECIPES;
use crate::schema::TABLES;
use crate::source::Origin;

/// Reads the tables of a folder, `NAME.csv` or `NAME.csv.gz`, into a chain.
///
/// Where the folder holds `aliases.csv`, operators are merged by it first
/// ([`identity::read_aliases`](crate::identity::read_aliases)).
///
/// Files are streamed: beside the chain, memory holds a few blocks and what the report names.
/// Takes time linear in the bytes, each file being read twice (once for its encoding), and that of
/// [`ChainBuilder::build`](suyuan_core::chain::ChainBuilder::build).
///
/// ```
/// use suyuan_csv::{ReadOptions, read_dir};
/// let dir = tempfile::tempdir()?;
/// std::fs::write(
///     dir.path().join("shipments.csv"),
///     "运单号,批次号,供货方编码,收货方编码,发货日期,数量,单位\nW1,B1,F1,S1,2026年3月1日,5,公斤\n",
/// )?;
/// let import = read_dir(dir.path(), &ReadOptions::default())?;
/// assert_eq!(import.chain.stock_count(), 2);
/// assert_eq!(import.report.files[0].imported, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error`] when the folder holds no table or one in both forms, a file cannot be read or
/// decompressed, its header lacks or doubles a column, a record is too long or never ends, or the
/// import is strict and a row was rejected or repaired. A bad value is no error.
pub fn read_dir(path: impl AsRef<Path>, options: &ReadOptions<'_>) -> Result<Import, Error> {
    let path = path.as_ref();
    let failed = |source| Error::Folder { path: path.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name());
    }
    let mut importer = Importer::new(options);
    let mut known = Vec::new();
    for table in TABLES {
        let plain = format!("{table}.csv");
        let compressed = format!("{table}.csv.gz");
        let there = |name: &str| names.iter().any(|known| known == name);
        let name = match (there(&plain), there(&compressed)) {
            (true, true) => return Err(Error::TwoForms { plain, compressed }),
            (true, false) => plain,
            (false, true) => compressed,
            (false, false) => continue,
        };
        known.push((table, name));
    }
    if known.is_empty() {
        let expected: Vec<_> = TABLES.iter().map(|table| format!("{table}.csv")).collect();
        return Err(Error::NoTables { path: path.to_owned(), expected: expected.join(", ") });
    }
    let mut looks = Vec::with_capacity(known.len());
    for (table, name) in &known {
        let origin = Origin::Path(path.join(name));
        looks.push((Look::at(options, *table, name, &origin)?, origin));
    }
    importer.inputs =
        names.iter().fold(Inputs::default(), |inputs, name| inputs.file(&path.join(name)));
    let encodings = looks.iter().zip(&known).map(|((look, _), (_, name))| (&look.survey, name));
    let siblings = siblings(encodings);
    if names.iter().any(|name| name == ALIASES) {
        let encoding = siblings.as_ref().map(|(encoding, _)| *encoding);
        importer = importer.merge_operators(read_aliases_as(&path.join(ALIASES), encoding)?);
    }
    for ((look, origin), (table, name)) in looks.into_iter().zip(&known) {
        importer = importer.looked_at(*table, name.clone(), origin, look, siblings.as_ref())?;
    }
    importer.ignored = names
        .iter()
        .filter(|name| !known.iter().any(|(_, known)| *name == known.as_str()))
        .filter(|name| *name != RECIPES && *name != ALIASES && path.join(name).is_file())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    importer.ignored.sort();
    importer.finish()
}

/// Whether [`read_dir`], or [`read_recipes`](crate::read_recipes), reads a file of this name in some
/// folder. Disks may not tell capitals apart, so no spelling of them is.
///
/// ```
/// use suyuan_csv::is_read;
/// assert!(is_read("operators.csv") && is_read("Shipments.CSV.gz") && is_read("aliases.csv"));
/// assert!(!is_read("notice.csv") && !is_read("operators.html"));
/// ```
#[must_use]
pub fn is_read(name: &str) -> bool {
    let name = name.to_lowercase();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let of_table = |stem: &str| TABLES.iter().any(|table| table.to_string() == stem);
    [ALIASES, RECIPES].contains(&plain) || plain.strip_suffix(".csv").is_some_and(of_table)
}

/// The encoding of most files that can be read in one alone, UTF-8 where as many are in each, and
/// the first such file.
fn siblings<'f>(
    files: impl Iterator<Item = (&'f Survey, &'f String)> + Clone,
) -> Option<(Encoding, String)> {
    let of = |encoding: Encoding| {
        let same = files.clone().filter(move |(survey, _)| **survey == Survey::One(encoding));
        (same.clone().count(), same.map(|(_, name)| name.clone()).next())
    };
    let ((utf8, first), (gb18030, other)) = (of(Encoding::Utf8), of(Encoding::Gb18030));
    if gb18030 > utf8 {
        other.map(|name| (Encoding::Gb18030, name))
    } else {
        first.map(|name| (Encoding::Utf8, name))
    }
}
