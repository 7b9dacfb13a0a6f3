//! Records with the time at which they became known, so that any question can be asked as of what
//! was known then.
//!
//! A record is known from the minute it is added until the minute it is retracted. A correction
//! retracts a record and adds another in its place. Nothing is overwritten: [`History::builder_at`]
//! gives the records known at any minute, and a chain of them equals one built from those alone.
//!
//! ```
//! use suyuan_core::chain::history::{History, Record};
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::time::{Minute, UtcOffset, Span};
//! let minute = |text| Span::parse(text, UtcOffset::CHINA).unwrap().earliest;
//! let shipment = |to: &'static str| Shipment {
//!     code: "W1".into(), batch: "B1".into(), from: "FARM".into(), to: to.into(),
//!     ..Shipment::default()
//! };
//! let mut history = History::new();
//! let first = history.add(Record::Shipment(shipment("SHOP")), Source::NONE, minute("2026-03-01"))?;
//! let corrected = Record::Shipment(shipment("CANTEEN"));
//! history.correct(first, corrected, Source::NONE, minute("2026-03-05"))?;
//! let early = history.builder_at(minute("2026-03-04"))?.build()?.chain;
//! assert!(early.find_stock("B1", "SHOP").is_ok());
//! let late = history.builder_at(Minute::UNBOUNDED_FUTURE)?.build()?.chain;
//! assert!(late.find_stock("B1", "SHOP").is_err());
//! assert!(late.find_stock("B1", "CANTEEN").is_ok());
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use super::builder::{BuildOptions, ChainBuilder};
use super::door::Visitor;
use crate::error::{Capacity, Error};
use crate::id::FileId;
use crate::model::{
    Batch, Cleaning, Operator, Pack, Product, Region, Removal, Sample, Shipment, Source,
    TransformationLine,
};
use crate::time::Minute;

/// A record of any table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each holds what its name says")]
pub enum Record {
    Region(Region<'static>),
    Operator(Operator<'static>),
    Product(Product<'static>),
    Pack(Pack<'static>),
    Batch(Batch<'static>),
    Shipment(Shipment<'static>),
    Line(TransformationLine<'static>),
    Removal(Removal<'static>),
    Sample(Sample<'static>),
    Cleaning(Cleaning<'static>),
}

/// The number of a record in its [`History`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(u32);

#[derive(Clone, Debug)]
struct Version {
    record: Record,
    source: Source,
    from: Minute,
    until: Minute,
}

impl Version {
    /// What a pack holds was so before anybody wrote it down.
    fn is_known_at(&self, minute: Minute) -> bool {
        let written = self.from <= minute || matches!(self.record, Record::Pack(_));
        written && minute < self.until
    }
}

/// Records with when they became known and when they were retracted.
#[derive(Clone, Debug, Default)]
pub struct History {
    options: BuildOptions,
    files: Vec<String>,
    versions: Vec<Version>,
}

/// What became known between two minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// Records known now that were not.
    pub added: Vec<RecordId>,
    /// Records that were known and no longer are.
    pub retracted: Vec<RecordId>,
}

impl History {
    /// A history without records.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A history whose chains are built with these options.
    #[must_use]
    pub fn with_options(options: BuildOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Registers a file that records will name as their source.
    pub fn add_file(&mut self, name: &str) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(name.to_owned());
        id
    }

    /// Adds a record that became known at a minute; [`Minute::UNBOUNDED_PAST`] for always.
    ///
    /// # Errors
    /// As [`ChainBuilder::add_region`] and the like.
    pub fn add(
        &mut self,
        record: Record,
        source: Source,
        known_at: Minute,
    ) -> Result<RecordId, Error> {
        admit(&record)?;
        let id = u32::try_from(self.versions.len()).map_err(|_| Capacity::of_words("records"))?;
        let until = Minute::UNBOUNDED_FUTURE;
        self.versions.push(Version { record, source, from: known_at, until });
        Ok(RecordId(id))
    }

    /// Retracts a record from a minute on; of several retractions the earliest counts. Before its
    /// record became known it means that it never did.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the number is of another history.
    pub fn retract(&mut self, id: RecordId, at: Minute) -> Result<(), Error> {
        let missing = || Error::NotFound { kind: "record", code: format!("{}", id.0) };
        let version = self.versions.get_mut(id.0 as usize).ok_or_else(missing)?;
        version.until = version.until.min(at);
        Ok(())
    }

    /// Puts another record in the place of one, from a minute on.
    ///
    /// # Errors
    /// As [`History::retract`] and [`History::add`].
    pub fn correct(
        &mut self,
        id: RecordId,
        record: Record,
        source: Source,
        at: Minute,
    ) -> Result<RecordId, Error> {
        self.retract(id, at)?;
        self.add(record, source, at)
    }

    /// A record and where it was read; `None` when the number is of another history.
    #[must_use]
    pub fn record(&self, id: RecordId) -> Option<(&Record, Source)> {
        self.versions.get(id.0 as usize).map(|version| (&version.record, version.source))
    }

    /// Whether a record is known at a minute. At [`Minute::UNBOUNDED_FUTURE`] it is when it was
    /// never retracted.
    #[must_use]
    pub fn is_known_at(&self, id: RecordId, minute: Minute) -> bool {
        let version = self.versions.get(id.0 as usize);
        version.is_some_and(|version| known(version, minute))
    }

    /// A builder with the records known at a minute. O(n) in the records.
    ///
    /// # Errors
    /// [`Error::Capacity`].
    pub fn builder_at(&self, minute: Minute) -> Result<ChainBuilder, Error> {
        let mut builder = ChainBuilder::with_options(self.options.clone());
        for file in &self.files {
            builder.add_file(file);
        }
        for version in self.versions.iter().filter(|version| known(version, minute)) {
            add_to(&mut builder, &version.record, version.source)?;
        }
        Ok(builder)
    }

    /// What became known between two minutes. O(n) in the records.
    #[must_use]
    pub fn changes(&self, from: Minute, to: Minute) -> Changes {
        let mut changes = Changes::default();
        for (id, version) in (0..).map(RecordId).zip(&self.versions) {
            match (known(version, from), known(version, to)) {
                (false, true) => changes.added.push(id),
                (true, false) => changes.retracted.push(id),
                _ => {}
            }
        }
        changes
    }

    /// A builder with these records alone, whose sources a chain of this history already knows by
    /// the same numbers.
    pub(crate) fn builder_of(&self, ids: &[RecordId]) -> Result<ChainBuilder, Error> {
        let mut builder = ChainBuilder::with_options(self.options.clone());
        for version in ids.iter().filter_map(|id| self.versions.get(id.0 as usize)) {
            add_to(&mut builder, &version.record, version.source)?;
        }
        Ok(builder)
    }
}

/// What is never retracted is known at the end of time.
fn known(version: &Version, minute: Minute) -> bool {
    version.is_known_at(minute)
        || minute == Minute::UNBOUNDED_FUTURE && version.until == Minute::UNBOUNDED_FUTURE
}

fn admit(record: &Record) -> Result<(), Error> {
    match record {
        Record::Region(row) => row.admit(),
        Record::Operator(row) => row.admit(),
        Record::Product(row) => row.admit(),
        Record::Pack(_) => Ok(()),
        Record::Batch(row) => row.admit(),
        Record::Shipment(row) => row.admit(),
        Record::Line(row) => row.admit(),
        Record::Removal(row) => row.admit(),
        Record::Sample(row) => row.admit(),
        Record::Cleaning(row) => row.admit(),
    }
}

fn add_to(builder: &mut ChainBuilder, record: &Record, source: Source) -> Result<(), Error> {
    match record {
        Record::Region(row) => builder.add_region(row, source),
        Record::Operator(row) => builder.add_operator(row, source),
        Record::Product(row) => builder.add_product(row, source),
        Record::Pack(row) => builder.add_pack(row, source),
        Record::Batch(row) => builder.add_batch(row, source),
        Record::Shipment(row) => builder.add_shipment(row, source),
        Record::Line(row) => builder.add_transformation_line(row, source),
        Record::Removal(row) => builder.add_removal(row, source),
        Record::Sample(row) => builder.add_sample(row, source),
        Record::Cleaning(row) => builder.add_cleaning(row),
    }
}
