//! Reading tables one by one into a chain.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use suyuan_core::chain::{ChainBuilder, Finding, SupplyChain, Table};
use suyuan_core::id::FileId;
use suyuan_core::model::{Batch, Operator, Product, Region, Removal, Sample, TransformationLine};
use suyuan_files::Inputs;

use crate::blocks::Blocks;
use crate::cells::Context;
use crate::dialect::{Dialect, HEAD_BYTES, detect};
use crate::encoding::{Encoding, Survey, survey};
use crate::error::Error;
use crate::feed::Feed;
use crate::header::Layout;
use crate::identity::AliasTable;
use crate::options::{Progress, ReadOptions};
use crate::output::{Fine, Problem};
use crate::parse::{Counts, Named, Task, parse};
use crate::pipeline::ordered;
use crate::rejects::Rejects;
use crate::report::{NAMED_ROWS, Report};
use crate::resolve;
use crate::rows::{PackRow, Row, Rows, ShipmentRow};
use crate::schema::{columns, rank};
use crate::source::{Origin, Stream, open};
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
    /// The files of rejected rows that were written; see [`ReadOptions::rejects`].
    pub rejects: Vec<PathBuf>,
}

/// A file that was read, and what is left to say of it.
pub(crate) struct TableFile<'a> {
    pub(crate) table: Table,
    pub(crate) name: String,
    pub(crate) id: FileId,
    /// Where it can be read again; `None` for a reader.
    pub(crate) origin: Option<Origin<'a>>,
    pub(crate) encoding: Encoding,
    pub(crate) dialect: Dialect,
    pub(crate) layout: Layout,
    pub(crate) counts: Counts,
    pub(crate) problems: Vec<Problem>,
    pub(crate) fine: Vec<Fine>,
    pub(crate) named: Vec<Named>,
}

/// What is known of a table before its rows are read.
pub(crate) struct Look {
    pub(crate) survey: Survey,
    dialect: Dialect,
    /// How it is laid out in GB18030, where it can be read in both encodings.
    other: Option<Dialect>,
}

impl Look {
    /// Looks at a table that can be read more than once. Linear in it, unless its encoding is known.
    pub(crate) fn at(
        options: &ReadOptions<'_>,
        table: Table,
        name: &str,
        origin: &Origin<'_>,
    ) -> Result<Self, Error> {
        if columns(table).is_empty() {
            return Err(Error::NotATable { file: name.to_owned(), table });
        }
        let (head, stream) = origin.open(name)?.peek(HEAD_BYTES, name)?;
        let encoding = options.encoding.or(stream.mark.encoding());
        let find = |encoding| detect(name, &head, encoding, |names| Layout::known(table, names));
        let dialect = find(encoding)?;
        let survey = match encoding {
            Some(encoding) => Survey::One(encoding),
            None => survey(origin, name, &dialect, options.limits(), options.thread_count())?,
        };
        let both = matches!(survey, Survey::Both { .. });
        let other = if both { find(Some(Encoding::Gb18030)).ok() } else { None };
        Ok(Self { survey, dialect, other })
    }

    /// The encoding to read it in, with what is to be said of it: that of its header, where one
    /// reading of it has more known columns; else that of its siblings.
    fn choose(self, siblings: Option<&(Encoding, String)>) -> (Encoding, Dialect) {
        let Self { survey, mut dialect, other } = self;
        let readings = survey.readings();
        let (line, [utf8, gb18030]) = match (survey, readings) {
            (Survey::One(encoding), _) => return (encoding, dialect),
            (_, Some(readings)) => readings,
            _ => return (Encoding::Utf8, dialect),
        };
        let known = other.as_ref().map_or(0, |other| other.known);
        let (encoding, why) = match siblings {
            _ if dialect.known > known => (Encoding::Utf8, "as its header tells".to_owned()),
            _ if dialect.known < known => (Encoding::Gb18030, "as its header tells".to_owned()),
            Some((encoding, file)) => (*encoding, format!("as {file} is")),
            None => (Encoding::Utf8, "as no other file tells".to_owned()),
        };
        if let (Encoding::Gb18030, Some(other)) = (encoding, other) {
            dialect = other;
        }
        dialect.notes.push(format!(
            "valid in both encodings: line {line} has {utf8:?} in UTF-8, {gb18030:?} in GB18030; \
             read as {encoding}, {why}"
        ));
        (encoding, dialect)
    }
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
    rejects: Vec<PathBuf>,
    /// What no file of rejects may be written over.
    pub(crate) inputs: Inputs,
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
            rejects: Vec::new(),
            inputs: Inputs::default(),
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
    pub fn file(mut self, table: Table, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        self.inputs = std::mem::take(&mut self.inputs).file(path);
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        self.origin(table, name, Origin::Path(path.to_owned()))
    }

    fn origin(self, table: Table, name: String, origin: Origin<'a>) -> Result<Self, Error> {
        let look = Look::at(&self.options, table, &name, &origin)?;
        self.looked_at(table, name, origin, look, None)
    }

    /// Reads a table that was looked at, with the encoding of its siblings and one of them.
    pub(crate) fn looked_at(
        self,
        table: Table,
        name: String,
        origin: Origin<'a>,
        look: Look,
        siblings: Option<&(Encoding, String)>,
    ) -> Result<Self, Error> {
        let (encoding, dialect) = look.choose(siblings);
        let stream = origin.open(&name)?;
        self.table(table, name, Some(origin), stream, Some(encoding), dialect)
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
        if columns(table).is_empty() {
            return Err(Error::NotATable { file: name.to_owned(), table });
        }
        let (head, stream) = open(reader, name, None)?.peek(HEAD_BYTES, name)?;
        let encoding = self.options.encoding.or(stream.mark.encoding());
        let dialect = detect(name, &head, encoding, |names| Layout::known(table, names))?;
        self.table(table, name.to_owned(), None, stream, encoding, dialect)
    }

    fn table(
        mut self,
        table: Table,
        name: String,
        origin: Option<Origin<'a>>,
        mut stream: Stream<'_>,
        encoding: Option<Encoding>,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        stream.skip(dialect.skip, &name)?;
        let Stream { reader, taken, total, .. } = stream;
        let (limits, separator) = (self.options.limits(), dialect.separator);
        let blocks = Blocks::new(reader, &name, separator, dialect.line, limits);
        let mut feed = Feed::new(blocks, separator, encoding);
        let mut layout = feed.header(&name, table, limits.record)?;
        layout.notes.splice(0..0, dialect.notes.iter().cloned());
        let mut file = TableFile {
            table,
            name: name.clone(),
            id: self.builder.add_file(&name),
            origin,
            encoding: Encoding::Utf8,
            dialect,
            layout,
            counts: Counts::default(),
            problems: Vec::new(),
            fine: Vec::new(),
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
                self.read::<Row<7, TransformationLine<'_>>>(&mut feed, &mut file, report)
            }
            Table::Removals => self.read::<Row<5, Removal<'_>>>(&mut feed, &mut file, report),
            Table::Packs => self.read::<PackRow>(&mut feed, &mut file, report),
            Table::Samples => self.read::<Row<9, Sample<'_>>>(&mut feed, &mut file, report),
            other => Err(Error::NotATable { file: file.name.clone(), table: other }),
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
        let task = self.options.task(file);
        let mut rejects = match &self.options.rejects {
            Some(dir) => Some(Rejects::of(dir, &file.name, &self.inputs)?),
            None => None,
        };
        let layout = &file.layout;
        let most = task.most_details;
        let (mut counts, mut problems) = (Counts::default(), Vec::new());
        let (mut fine, mut named) = (Vec::new(), Vec::new());
        // Texts that are no codes are numbered as they come.
        let unordered = R::UNORDERED && !layout.tagged;
        let builder = &mut self.builder;
        let id = file.id;
        // Where order does not matter, each thread adds its rows to a builder of its own.
        let empty = builder.sibling();
        let builders = Mutex::new(Vec::new());
        let spare = || builders.lock().unwrap_or_else(PoisonError::into_inner);
        let work = |job| {
            let mut parsed = parse::<R>(task, job)?;
            if unordered {
                let own = spare().pop();
                let mut own = own.unwrap_or_else(|| empty.sibling());
                parsed.add_to(&mut own, id)?;
                spare().push(own);
            }
            Ok::<_, Error>(parsed)
        };
        ordered(
            self.options.thread_count(),
            || feed.next(),
            work,
            |parsed| {
                let mut parsed = parsed?;
                let before = counts.records;
                counts.add(&parsed.counts);
                parsed.add_to(builder, id)?;
                let mut found = parsed.problems();
                found.iter_mut().for_each(|problem| problem.record += before);
                for row in found.chunk_by(|a, b| a.record == b.record) {
                    if counts.list(row, most) {
                        problems.extend_from_slice(row);
                    }
                }
                let noted = parsed
                    .fine()
                    .into_iter()
                    .map(|fine| Fine { record: fine.record + before, ..fine });
                fine.extend(noted.take(most.saturating_sub(fine.len())));
                if let Some(rejects) = &mut rejects {
                    parsed.each_reject(task, |row, reasons| rejects.add(layout, row, reasons))?;
                }
                let room = NAMED_ROWS - named.len();
                named.extend(parsed.named().into_iter().take(room));
                report(counts.records);
                Ok(())
            },
        )?;
        for own in builders.into_inner().unwrap_or_else(PoisonError::into_inner) {
            builder.absorb(own)?;
        }
        let written = rejects.map(|rejects| rejects.finish(&layout.header)).transpose()?;
        self.rejects.extend(written.flatten());
        (file.counts, file.problems, file.fine, file.named) = (counts, problems, fine, named);
        Ok(())
    }

    /// Builds the chain and says what became of every row. Where rows of one code differ in a
    /// file or in memory, the table is read once more to choose the row that sorts first by its
    /// text.
    ///
    /// # Errors
    /// As [`read_dir`](crate::read_dir).
    pub fn finish(self) -> Result<Import, Error> {
        let Self { options, mut builder, mut files, ignored, aliases, rejects, .. } = self;
        files.sort_by_key(|file| rank(file.table));
        resolve::prefer_first_by_text(&mut builder, &files, options.limits())?;
        let named = builder.merge_named_operators()?;
        let mut built = builder.build()?;
        built.findings.extend(named);
        built.findings.sort();
        let findings = resolve::take_invalid_quantities(built.findings, &mut files, &options)?;
        let report = summarise(files, ignored, options.strict)?;
        Ok(Import { chain: built.chain, findings, report, aliases, rejects })
    }
}

impl ReadOptions<'_> {
    /// How the rows of a file are read.
    pub(crate) fn task<'f>(&self, file: &'f TableFile<'_>) -> Task<'f> {
        Task {
            file: &file.name,
            context: Context {
                layout: &file.layout,
                separator: file.dialect.separator,
                clock: self.clock,
                note_fine: file.origin.is_none(),
                known_at: self.known_at,
            },
            record_limit: self.limits().record,
            most_details: self.max_details,
            writes_rejects: self.rejects.is_some(),
        }
    }
}

impl std::fmt::Debug for Importer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files: Vec<_> = self.files.iter().map(|file| &file.name).collect();
        f.debug_struct("Importer").field("options", &self.options).field("files", &files).finish()
    }
}
