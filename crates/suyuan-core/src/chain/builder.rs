//! The private build state: records with interned codes, in the order they came.

use hashbrown::HashSet;
use rust_decimal::Decimal;

use super::door::Visitor;
use super::finding::{Finding, FindingCode, RecordRef};
use super::index::ROWS;
use super::registry::Registered;
use super::tags::{Named, Tag, Tags};
use super::units::Written;
use super::{Built, Table};
use super::{freeze, tables};
use crate::error::{Capacity, Error};
use crate::id::{FileId, Interner, TextList};
use crate::identity::Aliases;
use crate::model::{
    Batch, Cleaning, Hazard, Operator, Pack, Product, Region, Removal, RemovalReason, RiskGrade,
    Role, Sample, SampleKind, Shipment, Source, Stage, TransformationLine, Verdict,
};
use crate::quantity::Unit;
use crate::text::is_blank;
use crate::time::Span;

/// How a chain is built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildOptions {
    /// By which share of a stock's intake its outflow may exceed it before the records count as
    /// contradicting each other; 0.005 by default, between 0 and 1.
    pub balance_tolerance: Decimal,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self { balance_tolerance: Decimal::new(5, 3) }
    }
}

/// Takes records in any order and freezes them into a [`SupplyChain`](super::SupplyChain).
///
/// Adding is cheap: codes are interned and texts copied into one arena; every check waits for
/// [`build`](ChainBuilder::build), whose result does not depend on the order of records.
///
/// ```
/// use suyuan_core::chain::ChainBuilder;
/// use suyuan_core::model::{Operator, Shipment, Source};
/// let mut builder = ChainBuilder::new();
/// let file = builder.add_file("shipments.csv");
/// builder.add_operator(&Operator { code: "F1".into(), ..Operator::default() }, Source::NONE)?;
/// builder.add_shipment(
///     &Shipment {
///         code: "W1".into(), batch: "B1".into(), from: "F1".into(), to: "S1".into(),
///         ..Shipment::default()
///     },
///     Source::new(file, 2),
/// )?;
/// let built = builder.build()?;
/// assert_eq!(built.chain.stock_count(), 2);
/// assert!(built.findings.iter().any(|f| f.code.as_str() == "unknown_operator"));
/// # Ok::<(), suyuan_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct ChainBuilder {
    pub(super) options: BuildOptions,
    pub(super) files: Vec<String>,
    pub(super) operator_codes: Interner,
    pub(super) product_codes: Interner,
    pub(super) batch_codes: Interner,
    pub(super) region_codes: Interner,
    pub(super) transformation_codes: Interner,
    pub(super) shipment_codes: TextList,
    pub(super) texts: Interner,
    pub(super) regions: Vec<RawRegion>,
    pub(super) operators: Vec<RawOperator>,
    pub(super) products: Vec<RawProduct>,
    pub(super) packs: Vec<RawPack>,
    pub(super) batches: Vec<RawBatch>,
    pub(super) shipments: Vec<RawShipment>,
    pub(super) lines: Vec<RawLine>,
    pub(super) removals: Vec<RawRemoval>,
    pub(super) samples: Vec<RawSample>,
    pub(super) cleanings: Vec<RawCleaning>,
    pub(super) preferred: Vec<(Table, Source)>,
    pub(super) tags: Tags,
    /// What rows of text said that could not be read.
    pub(super) noted: Vec<Finding>,
    last: Last,
    aliases: Aliases,
    /// Rows of operators under an alias, with the alias.
    pub(super) aliased: Vec<(String, RawOperator)>,
}

/// The indices of codes that the last record had: the next one often has the same.
#[derive(Debug, Default)]
struct Last {
    batch: u32,
    operator: u32,
    code: u32,
    process: u32,
}

#[derive(Debug, Clone)]
pub(super) struct RawRegion {
    pub(super) code: u32,
    pub(super) name: u32,
    pub(super) level: Option<crate::model::RegionLevel>,
    pub(super) parent: u32,
    pub(super) population: Option<u64>,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct RawOperator {
    pub(super) code: u32,
    pub(super) name: u32,
    pub(super) stage: Option<Stage>,
    pub(super) region: u32,
    pub(super) risk_grade: Option<RiskGrade>,
    pub(super) place: (Option<Decimal>, Option<Decimal>),
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct RawProduct {
    pub(super) code: u32,
    pub(super) name: u32,
    pub(super) category: u32,
    pub(super) shelf_life_days: Option<u32>,
    pub(super) base_unit: Option<Unit>,
    pub(super) pack_quantity: Option<Decimal>,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct RawPack {
    pub(super) product: u32,
    /// The code of a batch as a text; [`NONE`] for every lot.
    pub(super) batch: u32,
    pub(super) unit: Unit,
    pub(super) quantity: Decimal,
    pub(super) of_unit: Unit,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct RawBatch {
    pub(super) code: u32,
    pub(super) product: u32,
    pub(super) operator: u32,
    pub(super) produced_on: Span,
    pub(super) expires_on: Span,
    pub(super) quantity: Option<Decimal>,
    pub(super) unit: Option<Unit>,
    pub(super) origin: u32,
    pub(super) certificate: u32,
    pub(super) source: Source,
}

/// As large as a line of memory, with what is asked for most at its beginning: rows are looked at
/// in any order.
#[derive(Debug, Clone)]
#[repr(C)]
pub(super) struct RawShipment {
    pub(super) code: u32,
    pub(super) batch: u32,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) shipped_on: Span,
    pub(super) received_on: Span,
    quantity: RawQuantity,
    /// Half of the digest of the row as it was written.
    pub(super) digest: u32,
    pub(super) tag: Tag,
    pub(super) source: Source,
}

const _: () = assert!(size_of::<RawShipment>() == 64);

impl RawShipment {
    /// The quantity and its unit as written.
    #[inline]
    pub(super) fn quantity(&self) -> Written {
        self.quantity.written()
    }

    /// The row as one lot of several sees it that may be meant: nothing is known of how much.
    pub(super) fn shared(&self, batch: u32) -> Self {
        let quantity = RawQuantity::new(None, None);
        Self { batch, quantity, tag: self.tag.shared(), ..self.clone() }
    }
}

/// A quantity and its unit as written, in 16 bytes.
#[derive(Debug, Clone, Copy)]
struct RawQuantity {
    /// The digits, lowest first.
    digits: [u32; 3],
    /// How many of them are decimals, with [`NEGATIVE`]; [`NO_QUANTITY`] for no quantity.
    scale: u8,
    unit: Option<Unit>,
}

const NEGATIVE: u8 = 1 << 7;
const NO_QUANTITY: u8 = u8::MAX;

impl RawQuantity {
    fn new(quantity: Option<Decimal>, unit: Option<Unit>) -> Self {
        let Some(quantity) = quantity.map(|quantity| quantity.unpack()) else {
            return Self { digits: [0; 3], scale: NO_QUANTITY, unit };
        };
        let digits = [quantity.lo, quantity.mid, quantity.hi];
        // A decimal has at most 28 decimals.
        let scale = quantity.scale as u8 | if quantity.negative { NEGATIVE } else { 0 };
        Self { digits, scale, unit }
    }

    #[inline]
    fn written(self) -> Written {
        let [lo, mid, hi] = self.digits;
        let (scale, negative) = (u32::from(self.scale & !NEGATIVE), self.scale & NEGATIVE != 0);
        let known = self.scale != NO_QUANTITY;
        (known.then(|| Decimal::from_parts(lo, mid, hi, negative, scale)), self.unit)
    }
}

#[derive(Debug, Clone)]
pub(super) struct RawLine {
    pub(super) code: u32,
    pub(super) operator: u32,
    pub(super) role: Role,
    pub(super) batch: u32,
    pub(super) transformed_on: Span,
    pub(super) quantity: Option<Decimal>,
    pub(super) unit: Option<Unit>,
    pub(super) process: u32,
    pub(super) tag: Tag,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct RawRemoval {
    pub(super) batch: u32,
    pub(super) operator: u32,
    pub(super) removed_on: Span,
    pub(super) quantity: Option<Decimal>,
    pub(super) unit: Option<Unit>,
    pub(super) reason: Option<RemovalReason>,
    pub(super) tag: Tag,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct RawSample {
    pub(super) code: u32,
    pub(super) kind: Option<SampleKind>,
    pub(super) batch: u32,
    pub(super) operator: u32,
    pub(super) sampled_on: Span,
    pub(super) reported_on: Span,
    pub(super) verdict: Option<Verdict>,
    pub(super) test_item: u32,
    pub(super) measured: u32,
    pub(super) limit: u32,
    pub(super) hazard: Option<Hazard>,
    pub(super) tag: Tag,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct RawCleaning {
    pub(super) operator: u32,
    pub(super) cleaned_on: Span,
}

macro_rules! written {
    ($($name:ident)*) => {$(
        impl $name {
            /// The batch, and the quantity as written.
            pub(super) fn written(&self) -> (u32, Written) {
                (self.batch, (self.quantity, self.unit))
            }

            /// The row as one lot of several sees it that may be meant: nothing is known of how
            /// much.
            pub(super) fn shared(&self, batch: u32) -> Self {
                let tag = self.tag.shared();
                Self { batch, quantity: None, unit: None, tag, ..self.clone() }
            }
        }
    )*};
}

written! { RawLine RawRemoval }

impl RawSample {
    /// The sample as one lot of several sees it that may be meant.
    pub(super) fn shared(&self, batch: u32) -> Self {
        Self { batch, tag: self.tag.shared(), ..self.clone() }
    }
}

/// A code of a registry table (regions, operators, products, batches) whose rows differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The table.
    pub table: Table,
    /// The code its rows share.
    pub code: String,
    /// Where the rows were read.
    pub sources: Vec<Source>,
}

impl ChainBuilder {
    /// An empty builder with default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty builder.
    #[must_use]
    pub fn with_options(options: BuildOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Reads every operator code that was confirmed to stand for another operator as that one, in
    /// all records added from here on: their stocks are one. Goods between two codes of one
    /// operator become a self-shipment. An operator's own registry row is kept; rows of its other
    /// codes stand in where it has none, and a note says so either way.
    pub fn merge_operators(&mut self, aliases: Aliases) {
        self.aliases = aliases;
    }

    pub(super) fn aliases(&self) -> &Aliases {
        &self.aliases
    }

    fn operator(&mut self, code: &str) -> Result<u32, Error> {
        if self.aliases.is_empty() {
            return self.operator_codes.intern(code);
        }
        self.operator_codes.intern(self.aliases.resolve(code))
    }

    /// As [`Self::operator`], of records whose neighbours often have the same.
    fn sender(&mut self, code: &str) -> Result<u32, Error> {
        if self.aliases.is_empty() {
            return again(&mut self.operator_codes, &mut self.last.operator, code);
        }
        self.operator(code)
    }

    /// Decides between the rows of an operator's own code, here or registered before, and those of
    /// its others.
    pub(super) fn settle_aliases(&mut self, registered: impl Fn(&str) -> bool) -> Vec<Finding> {
        let mut aliased = std::mem::take(&mut self.aliased);
        let key = |row: &(String, RawOperator)| (row.1.code, row.0.clone(), row.1.content(self));
        aliased.sort_by_cached_key(|row| (key(row), row.1.source));
        let own: HashSet<u32> = self.operators.iter().map(|row| row.code).collect();
        let mut findings = Vec::new();
        for group in aliased.chunk_by(|a, b| a.1.code == b.1.code) {
            let Some((first, row)) = group.first() else { continue };
            let code = self.operator_codes.text(row.code).to_owned();
            let has_own = own.contains(&row.code) || registered(&code);
            let message = if has_own {
                format!("operators {code}: rows of its other codes are not used")
            } else {
                format!("operators {code}: the row of its other code {first} is used")
            };
            let record = |(alias, row): &(String, RawOperator)| RecordRef {
                table: Table::Operators,
                code: alias.clone(),
                source: row.source,
            };
            let records = group.iter().map(record).collect();
            findings.push(Finding::new(FindingCode::MergedOperator, message, records));
            if !has_own {
                self.operators.push(row.clone());
            }
        }
        findings.sort();
        findings
    }

    /// Registers a file that records will name as their source. At most 65,535 files are told
    /// apart.
    pub fn add_file(&mut self, name: &str) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(name.to_owned());
        id
    }

    /// Adds a region.
    ///
    /// # Errors
    /// As every `add` method: [`Error::EmptyCode`] when a code without which the record names
    /// nothing is blank, [`Error::NoInterval`] when a time is none, [`Error::Capacity`]. The
    /// builder stays as it was.
    pub fn add_region(&mut self, region: &Region<'_>, source: Source) -> Result<(), Error> {
        region.admit()?;
        let raw = RawRegion {
            code: self.region_codes.intern(&region.code)?,
            name: self.texts.intern(&region.name)?,
            level: region.level,
            parent: optional(&mut self.region_codes, &region.parent)?,
            population: region.population,
            source,
        };
        push(&mut self.regions, raw, "regions")
    }

    /// Adds an operator.
    ///
    /// # Errors
    /// As [`add_region`](ChainBuilder::add_region).
    pub fn add_operator(&mut self, operator: &Operator<'_>, source: Source) -> Result<(), Error> {
        operator.admit()?;
        let raw = RawOperator {
            code: self.operator(&operator.code)?,
            name: self.texts.intern(&operator.name)?,
            stage: operator.stage,
            region: optional(&mut self.region_codes, &operator.region)?,
            risk_grade: operator.risk_grade,
            place: (operator.latitude, operator.longitude),
            source,
        };
        if self.aliases.resolve(&operator.code) == operator.code {
            return push(&mut self.operators, raw, "operators");
        }
        push(&mut self.aliased, (operator.code.to_string(), raw), "operators")
    }

    /// Adds a product.
    ///
    /// # Errors
    /// As [`add_region`](ChainBuilder::add_region).
    pub fn add_product(&mut self, product: &Product<'_>, source: Source) -> Result<(), Error> {
        product.admit()?;
        let raw = RawProduct {
            code: self.product_codes.intern(&product.code)?,
            name: self.texts.intern(&product.name)?,
            category: self.texts.intern(&product.category)?,
            shelf_life_days: product.shelf_life_days,
            base_unit: product.base_unit,
            pack_quantity: product.pack_quantity,
            source,
        };
        push(&mut self.products, raw, "products")
    }

    /// Adds a row of a pack table. A quantity that is not above zero says nothing and makes a
    /// finding.
    ///
    /// # Errors
    /// [`Error::Capacity`].
    pub fn add_pack(&mut self, pack: &Pack<'_>, source: Source) -> Result<(), Error> {
        pack.admit()?;
        let raw = RawPack {
            product: self.product_codes.intern(&pack.product)?,
            batch: optional(&mut self.texts, &pack.batch)?,
            unit: pack.unit,
            quantity: pack.quantity,
            of_unit: pack.of_unit,
            source,
        };
        push(&mut self.packs, raw, "packs")
    }

    /// What a row names beside its codes.
    fn tag(&mut self, product: &str, producer: &str, reporter: &str) -> Result<Tag, Error> {
        if product.is_empty() && producer.is_empty() && reporter.is_empty() {
            return Ok(Tag::NONE);
        }
        // It is the product of a batch without a row.
        if !product.is_empty() {
            self.product_codes.intern(product)?;
        }
        let named = Named {
            product: optional(&mut self.texts, product)?,
            producer: optional(&mut self.texts, self.aliases.resolve(producer))?,
            reporter: optional(&mut self.texts, reporter)?,
        };
        self.tags.intern(named)
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// As [`add_region`](ChainBuilder::add_region).
    pub fn add_batch(&mut self, batch: &Batch<'_>, source: Source) -> Result<(), Error> {
        batch.admit()?;
        let raw = RawBatch {
            code: self.batch_codes.intern(&batch.code)?,
            product: optional(&mut self.product_codes, &batch.product)?,
            operator: self.operator(&batch.operator)?,
            produced_on: batch.produced_on,
            expires_on: batch.expires_on,
            quantity: batch.quantity,
            unit: batch.unit,
            origin: self.texts.intern(&batch.origin)?,
            certificate: self.texts.intern(&batch.certificate)?,
            source,
        };
        push(&mut self.batches, raw, "batches")
    }

    /// Adds a line of a waybill.
    ///
    /// # Errors
    /// As [`add_region`](ChainBuilder::add_region).
    pub fn add_shipment(&mut self, shipment: &Shipment<'_>, source: Source) -> Result<(), Error> {
        shipment.admit()?;
        let raw = RawShipment {
            code: self.shipment_codes.push(&shipment.code)?,
            batch: again(&mut self.batch_codes, &mut self.last.batch, &shipment.batch)?,
            from: self.sender(&shipment.from)?,
            to: self.operator(&shipment.to)?,
            shipped_on: shipment.shipped_on,
            received_on: shipment.received_on,
            quantity: RawQuantity::new(shipment.quantity, shipment.unit),
            digest: (shipment.digest ^ shipment.digest >> 32) as u32,
            tag: self.tag(&shipment.product, &shipment.producer, &shipment.reporter)?,
            source,
        };
        push(&mut self.shipments, raw, "shipments")
    }

    /// Adds a line of a transformation.
    ///
    /// # Errors
    /// As [`add_region`](ChainBuilder::add_region).
    pub fn add_transformation_line(
        &mut self,
        line: &TransformationLine<'_>,
        source: Source,
    ) -> Result<(), Error> {
        line.admit()?;
        let raw = RawLine {
            code: again(&mut self.transformation_codes, &mut self.last.code, &line.code)?,
            operator: self.sender(&line.operator)?,
            role: line.role,
            batch: self.batch_codes.intern(&line.batch)?,
            transformed_on: line.transformed_on,
            quantity: line.quantity,
            unit: line.unit,
            process: again(&mut self.texts, &mut self.last.process, &line.process)?,
            tag: self.tag(&line.product, &line.producer, &line.reporter)?,
            source,
        };
        push(&mut self.lines, raw, "transformation lines")
    }

    /// Adds a removal.
    ///
    /// # Errors
    /// As [`add_region`](ChainBuilder::add_region).
    pub fn add_removal(&mut self, removal: &Removal<'_>, source: Source) -> Result<(), Error> {
        removal.admit()?;
        let raw = RawRemoval {
            batch: self.batch_codes.intern(&removal.batch)?,
            operator: self.operator(&removal.operator)?,
            removed_on: removal.removed_on,
            quantity: removal.quantity,
            unit: removal.unit,
            reason: removal.reason,
            tag: self.tag(&removal.product, &removal.producer, &removal.reporter)?,
            source,
        };
        push(&mut self.removals, raw, "removals")
    }

    /// Adds a sample.
    ///
    /// # Errors
    /// As [`add_region`](ChainBuilder::add_region).
    pub fn add_sample(&mut self, sample: &Sample<'_>, source: Source) -> Result<(), Error> {
        sample.admit()?;
        let raw = RawSample {
            code: self.texts.intern(&sample.code)?,
            kind: sample.kind,
            batch: self.batch_codes.intern(&sample.batch)?,
            operator: self.operator(&sample.operator)?,
            sampled_on: sample.sampled_on,
            reported_on: sample.reported_on,
            verdict: sample.verdict,
            test_item: self.texts.intern(&sample.test_item)?,
            measured: self.texts.intern(&sample.measured)?,
            limit: self.texts.intern(&sample.limit)?,
            hazard: sample.hazard,
            tag: self.tag(&sample.product, &sample.producer, &sample.reporter)?,
            source,
        };
        push(&mut self.samples, raw, "samples")
    }

    /// Adds a cleaning record.
    ///
    /// # Errors
    /// As [`add_region`](ChainBuilder::add_region).
    pub fn add_cleaning(&mut self, cleaning: &Cleaning<'_>) -> Result<(), Error> {
        cleaning.admit()?;
        let raw = RawCleaning {
            operator: self.operator(&cleaning.operator)?,
            cleaned_on: cleaning.cleaned_on,
        };
        push(&mut self.cleanings, raw, "cleanings")
    }

    /// The codes of regions, operators, products and batches whose rows differ. By default the
    /// row whose content sorts first is kept; an adapter whose format says otherwise names the
    /// row to keep with [`prefer`](ChainBuilder::prefer). Takes O(n log n) in the rows.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        tables::conflicts(self)
    }

    /// Keeps the row of `table` that was read at `source` where rows of one code differ.
    pub fn prefer(&mut self, table: Table, source: Source) {
        self.preferred.push((table, source));
    }

    /// Freezes the records into a chain and says what it found. Takes O(n log n) in the records
    /// for sorting and linear time otherwise.
    ///
    /// # Errors
    /// [`Error::Tolerance`] for a balance tolerance that does not lie between 0 and 1, and
    /// [`Error::Capacity`].
    pub fn build(mut self) -> Result<Built, Error> {
        let found = self.options.balance_tolerance;
        if !(Decimal::ZERO..=Decimal::ONE).contains(&found) {
            return Err(Error::Tolerance { found, expected: "0 to 1" });
        }
        let mut merged = self.settle_aliases(|_| false);
        merged.append(&mut self.noted);
        let mut built = freeze::freeze(self)?;
        built.findings.extend(merged);
        built.findings.sort();
        Ok(built)
    }
}

/// No text: what an empty optional code is kept as.
pub(super) const NONE: u32 = u32::MAX;

/// The index of a text that often is the same as the last one.
fn again(texts: &mut Interner, last: &mut u32, text: &str) -> Result<u32, Error> {
    if (*last as usize) >= texts.len() || texts.text(*last) != text {
        *last = texts.intern(text)?;
    }
    Ok(*last)
}

fn optional(codes: &mut Interner, text: &str) -> Result<u32, Error> {
    if is_blank(text) { Ok(NONE) } else { codes.intern(text) }
}

fn push<T>(table: &mut Vec<T>, row: T, what: &'static str) -> Result<(), Error> {
    check_room(table.len() + 1, what)?;
    table.push(row);
    Ok(())
}

/// Whether a table may have so many rows.
pub(super) fn check_room(count: usize, what: &'static str) -> Result<(), Error> {
    // Hot arrays have bits to spare.
    if count > ROWS { Err(Capacity::new(what, ROWS as u64).into()) } else { Ok(()) }
}
