//! Reading tables one by one into a chain.

use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use suyuan_core::chain::{ChainBuilder, Finding, SupplyChain, Table};
use suyuan_core::id::FileId;
use suyuan_core::model::{Batch, Operator, Product, Region, Removal, Sample, TransformationLine};

use crate::blocks::Blocks;
use crate::cells::Context;
use crate::encoding::{Encoding, survey};
use crate::error::Error;
use crate::feed::Feed;
use crate::header::Layout;
use crate::identity::AliasTable;
use crate::options::{Progress, ReadOptions};
use crate::output::{Fine, Problem};
use crate::parse::{Named, Reject, Task, parse};
use crate::pipeline::ordered;
use crate::rejects::RejectedRows;
use crate::report::{NAMED_ROWS, Report};
use crate::resolve;
use crate::rows::{Row, Rows, ShipmentRow};
use crate::schema::{columns, rank};
use crate::source::{Mark, Origin, Stream, is_gzip, open};
use crate::summary::summarise;

/// What reading a data set gives.
#[derive(Debug)]
#[non_exhaustive]
pub struct Import {
    /// The chain of all rows imported.
    pub chain: SupplyChain,
    /// What building it found, in order. Quantities that do not fit their batch's base unit are
    /// not among them: they are repairs of the report.
    pub findings: Vec<Finding>,
    /// What became of every row.
    pub report: Report,
    /// The table of aliases that was applied, when there was one.
    pub aliases: Option<AliasTable>,
    pub(crate) rejects: Option<Vec<RejectedRows>>,
}

/// A file that was read, and what is left to say of it.
pub(crate) struct TableFile<'a> {
    pub(crate) table: Table,
    pub(crate) name: String,
    pub(crate) id: FileId,
    /// Where it can be read again; `None` for a reader.
    pub(crate) origin: Option<Origin<'a>>,
    pub(crate) encoding: Encoding,
    pub(crate) layout: Layout,
    pub(crate) rows: u64,
    pub(crate) rejected: u64,
    /// Rows not known at the minute asked for.
    pub(crate) unknown: u64,
    pub(crate) problems: Vec<Problem>,
    pub(crate) fine: Vec<Fine>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) named: Vec<Named>,
}

/// Reads tables one by one, from files, memory or any reader.
///
/// Each method that reads consumes the importer and gives it back, so that after an error no part
/// of a file is left in it.
///
/// ```
/// use suyuan_core::chain::Table;
/// use suyuan_csv::{Importer, ReadOptions};
/// let shipments = "shipment_code,batch_code,from_operator,to_operator,quantity,unit\n\
///                  W1,B1,F1,S1,5,kg\n";
/// let import = Importer::new(&ReadOptions::default())
///     .reader(Table::Shipments, "shipments.csv", shipments.as_bytes())?
///     .finish()?;
/// assert!(import.chain.find_stock("B1", "S1").is_ok());
/// # Ok::<(), suyuan_csv::Error>(())
/// ```
pub struct Importer<'a> {
    options: ReadOptions<'a>,
    builder: ChainBuilder,
    files: Vec<TableFile<'a>>,
    pub(crate) ignored: Vec<String>,
    aliases: Option<AliasTable>,
}

impl<'a> Importer<'a> {
    /// An importer that has read nothing.
    #[must_use]
    pub fn new(options: &ReadOptions<'a>) -> Self {
        Self {
            builder: ChainBuilder::with_options(options.build.clone()),
            options: options.clone(),
            files: Vec::new(),
            ignored: Vec::new(),
            aliases: None,
        }
    }

    /// Merges operators by a table of confirmed aliases in everything read from here on: see
    /// [`ChainBuilder::merge_operators`].
    #[must_use]
    pub fn merge_operators(mut self, table: AliasTable) -> Self {
        self.builder.merge_operators(table.aliases.clone());
        self.aliases = Some(table);
        self
    }

    /// The builder the rows go to, for records that come from elsewhere.
    pub fn builder(&mut self) -> &mut ChainBuilder {
        &mut self.builder
    }

    /// Reads a table from a file, compressed when its name ends in `.gz`. Takes linear time.
    ///
    /// # Errors
    /// As [`read_dir`](crate::read_dir).
    pub fn file(self, table: Table, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        self.origin(table, name, Origin::Path(path.to_owned()))
    }

    /// Reads a table from memory, compressed when `name` ends in `.gz`. Takes linear time.
    ///
    /// # Errors
    /// As [`read_dir`](crate::read_dir).
    pub fn bytes(self, table: Table, name: &str, bytes: &'a [u8]) -> Result<Self, Error> {
        self.origin(table, name.to_owned(), Origin::Bytes(bytes))
    }

    /// Reads a table from any reader, compressed when `name` ends in `.gz`. Takes linear time.
    ///
    /// A reader can be read only once, so less is known than of a file:
    /// - Unless [`ReadOptions::encoding`] says it, the encoding is that of the first block that is
    ///   not ASCII.
    /// - Where rows of one code differ, the one whose content sorts first is kept, not the one
    ///   whose text does.
    /// - A quantity in pieces that is too fine only by its product's pack quantity stays a finding.
    ///
    /// # Errors
    /// As [`read_dir`](crate::read_dir).
    pub fn reader(self, table: Table, name: &str, reader: impl Read) -> Result<Self, Error> {
        let stream = open(reader, name, None)?;
        let encoding = self.options.encoding.or(match stream.mark {
            Mark::None => None,
            Mark::Utf8 => Some(Encoding::Utf8),
            Mark::Gb18030 => Some(Encoding::Gb18030),
        });
        self.table(table, name.to_owned(), None, stream, encoding)
    }

    fn origin(self, table: Table, name: String, origin: Origin<'a>) -> Result<Self, Error> {
        let encoding = match self.options.encoding {
            Some(encoding) => encoding,
            None => survey(&origin, &name, self.options.limits(), self.options.thread_count())?,
        };
        let stream = origin.open(&name)?;
        self.table(table, name, Some(origin), stream, Some(encoding))
    }

    fn table(
        mut self,
        table: Table,
        name: String,
        origin: Option<Origin<'a>>,
        stream: Stream<'_>,
        encoding: Option<Encoding>,
    ) -> Result<Self, Error> {
        if columns(table).is_empty() {
            return Err(Error::NotATable { file: name, table });
        }
        let Stream { reader, taken, total, .. } = stream;
        let blocks = Blocks::new(reader, &name, is_gzip(&name), self.options.limits());
        let mut feed = Feed::new(blocks, encoding);
        let layout = feed.header(&name, table, self.options.limits().record)?;
        let mut file = TableFile {
            table,
            name: name.clone(),
            id: self.builder.add_file(&name),
            origin,
            encoding: Encoding::Utf8,
            layout,
            rows: 0,
            rejected: 0,
            unknown: 0,
            problems: Vec::new(),
            fine: Vec::new(),
            rejects: Vec::new(),
            named: Vec::new(),
        };
        let progress = self.options.progress;
        let report = |rows| {
            if let Some(report) = progress {
                report(Progress { file: &name, bytes: taken.get(), total, rows });
            }
        };
        match table {
            Table::Regions => self.read::<Row<3, Region<'_>>>(&mut feed, &mut file, report),
            Table::Operators => self.read::<Row<3, Operator<'_>>>(&mut feed, &mut file, report),
            Table::Products => self.read::<Row<3, Product<'_>>>(&mut feed, &mut file, report),
            Table::Batches => self.read::<Row<5, Batch<'_>>>(&mut feed, &mut file, report),
            Table::Shipments => self.read::<ShipmentRow>(&mut feed, &mut file, report),
            Table::Transformations => {
                self.read::<Row<4, TransformationLine<'_>>>(&mut feed, &mut file, report)
            }
            Table::Removals => self.read::<Row<2, Removal<'_>>>(&mut feed, &mut file, report),
            _ => self.read::<Row<6, Sample<'_>>>(&mut feed, &mut file, report),
        }?;
        file.encoding = feed.encoding.unwrap_or(Encoding::Utf8);
        self.files.push(file);
        Ok(self)
    }

    /// Reads the data rows: parsed on all threads, added to the builder in the order of the file.
    fn read<R: Rows>(
        &mut self,
        feed: &mut Feed<'_, impl Read>,
        file: &mut TableFile<'_>,
        report: impl Fn(u64),
    ) -> Result<(), Error> {
        let TableFile {
            name, layout, rows, rejected, unknown, problems, fine, rejects, named, ..
        } = file;
        let task = Task {
            file: name,
            context: Context {
                layout,
                clock: self.options.clock,
                note_fine: file.origin.is_none(),
                known_at: self.options.known_at,
            },
            record_limit: self.options.limits().record,
            keep_rejects: self.options.keep_rejects,
        };
        let builder = &mut self.builder;
        let id = file.id;
        // Where order does not matter, each thread adds its rows to a builder of its own.
        let empty = builder.sibling();
        let builders = Mutex::new(Vec::new());
        let spare = || builders.lock().unwrap_or_else(PoisonError::into_inner);
        let work = |job| {
            let mut parsed = parse::<R>(task, job)?;
            let sound = parsed.rows.len() as u64;
            if R::UNORDERED {
                let own = spare().pop();
                let mut own = own.unwrap_or_else(|| empty.sibling());
                parsed.add_to(&mut own, id)?;
                spare().push(own);
            }
            Ok::<_, Error>((parsed, sound))
        };
        ordered(
            self.options.thread_count(),
            || feed.next(),
            work,
            |parsed| {
                let (mut parsed, sound) = parsed?;
                let before = *rows;
                *rejected += parsed.records - parsed.unknown - sound;
                *unknown += parsed.unknown;
                *rows += parsed.records;
                parsed.add_to(builder, id)?;
                problems.extend(parsed.problems().into_iter().map(|mut problem| {
                    problem.record += before;
                    problem
                }));
                fine.extend(parsed.fine().into_iter().map(|mut fine| {
                    fine.record += before;
                    fine
                }));
                rejects.extend(parsed.rejects.into_iter().map(|mut reject| {
                    reject.record += before;
                    reject
                }));
                let room = NAMED_ROWS - named.len();
                named.extend(parsed.named.into_iter().take(room));
                report(*rows);
                Ok(())
            },
        )?;
        for own in builders.into_inner().unwrap_or_else(PoisonError::into_inner) {
            builder.absorb(own)?;
        }
        Ok(())
    }

    /// Builds the chain and says what became of every row. Where rows of one code differ in a
    /// file or in memory, the table is read once more to choose the row that sorts first by its
    /// text.
    ///
    /// # Errors
    /// As [`read_dir`](crate::read_dir).
    pub fn finish(self) -> Result<Import, Error> {
        let Self { options, mut builder, mut files, ignored, aliases } = self;
        files.sort_by_key(|file| rank(file.table));
        resolve::prefer_first_by_text(&mut builder, &files, options.limits())?;
        let built = builder.build()?;
        let findings =
            resolve::take_invalid_quantities(built.findings, &mut files, options.limits())?;
        let (report, rejects) = summarise(files, ignored, options.strict)?;
        let rejects = options.keep_rejects.then_some(rejects);
        Ok(Import { chain: built.chain, findings, report, aliases, rejects })
    }
}

impl std::fmt::Debug for Importer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files: Vec<_> = self.files.iter().map(|file| &file.name).collect();
        f.debug_struct("Importer").field("options", &self.options).field("files", &files).finish()
    }
}
