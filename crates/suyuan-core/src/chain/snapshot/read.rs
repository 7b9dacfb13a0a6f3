//! From sections to the chain.

use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;
use rust_decimal::Decimal;

use super::check::{self, below, ensure, is_text};
use super::column::{BEYOND, Part, Take, Taken, VALUE};
use super::error::SnapshotError;
use super::frame::Section;
use super::links::{self, Marked, Read, Records};
use super::packed;
use super::rows::{self, Row};
use super::texts;
use crate::chain::buffer::SnapshotBuffer;
use crate::chain::codes::{Codes, Words};
use crate::chain::column::Column;
use crate::chain::ends::{Ends, Sides};
use crate::chain::groups::Groups;
use crate::chain::index::{LinkIndex, ROWS};
use crate::chain::ledger::Tolerance;
use crate::chain::origin::Origin;
use crate::chain::packs::{PackRow, Packs};
use crate::chain::records::{
    BatchRow, LineRow, OperatorRow, ProductRow, RegionRow, SampleRow, TransformationRow,
};
use crate::chain::reports::FurtherSources;
use crate::chain::shipments::Shipments;
use crate::chain::stocks::Stocks;
use crate::chain::store::Array;
use crate::chain::{BuildOptions, SupplyChain};
use crate::id::{BatchId, OperatorId, StockId, TransformationId};
use crate::model::Source;
use crate::time::{Minute, Span};

type Outcome<T> = Result<T, SnapshotError>;

/// The sections, in order.
#[derive(Clone, Copy)]
struct Bytes<'a> {
    snapshot: &'a Arc<SnapshotBuffer>,
    sections: &'a [Range<usize>],
}

impl<'a> Bytes<'a> {
    /// Reads a section.
    fn read<T>(self, section: Section, read: impl FnOnce(Part<'a>) -> Taken<T>) -> Outcome<T> {
        let range = self.sections.get(section as usize).cloned().unwrap_or_default();
        read(Part { snapshot: self.snapshot, range }).map_err(|problem| section.invalid(problem))
    }

    fn rows<R: Row>(self, section: Section) -> Outcome<Vec<R>> {
        self.read(section, rows::take)
    }

    fn codes(self, section: Section) -> Outcome<Codes> {
        self.read(section, texts::take_codes)
    }
}

/// Says of which section a check is.
fn checked(section: Section, outcome: Taken<()>) -> Outcome<()> {
    outcome.map_err(|problem| section.invalid(problem))
}

/// What is said of the chain as a whole.
struct Head {
    options: BuildOptions,
    grown: bool,
    reported: bool,
    base_stocks: usize,
    base_samples: usize,
    origin: Origin,
}

fn head(part: Part<'_>) -> Taken<Head> {
    Take::all(part, |take| {
        let balance_tolerance = take.field()?;
        let fits = (Decimal::ZERO..=Decimal::ONE).contains(&balance_tolerance);
        ensure(fits, "the tolerance does not lie between 0 and 1")?;
        let (grown, reported) = (take.field()?, take.field()?);
        let (base_stocks, base_samples) = (take.count()?, take.count()?);
        let origin = Origin::of_words(&take.counted()?).ok_or(VALUE)?;
        ensure(grown || origin.growths() == 0, "there is growth that came later")?;
        let options = BuildOptions { balance_tolerance };
        Ok(Head { options, grown, reported, base_stocks, base_samples, origin })
    })
}

/// Every text and code.
struct Language {
    files: Vec<String>,
    texts: Words,
    operators: Codes,
    products: Codes,
    batches: Codes,
    regions: Codes,
    transformations: Codes,
    shipments: Words,
}

fn language(bytes: Bytes<'_>) -> Outcome<Language> {
    let (batches, (shipments, rest)) = rayon::join(
        || bytes.codes(Section::BatchCodes),
        || {
            rayon::join(
                || bytes.read(Section::ShipmentCodes, texts::take_words),
                || {
                    Ok((
                        bytes.read(Section::Files, texts::take_files)?,
                        bytes.read(Section::Texts, texts::take_words)?,
                        bytes.codes(Section::OperatorCodes)?,
                        bytes.codes(Section::ProductCodes)?,
                        bytes.codes(Section::RegionCodes)?,
                        bytes.codes(Section::TransformationCodes)?,
                    ))
                },
            )
        },
    );
    let (files, texts, operators, products, regions, transformations) = rest?;
    let (batches, shipments) = (batches?, shipments?);
    Ok(Language { files, texts, operators, products, batches, regions, transformations, shipments })
}

/// The stocks with their two indices.
fn stocks(bytes: Bytes<'_>, head: &Head, operators: usize, batches: usize) -> Outcome<Stocks> {
    let (pairs, first, begun, balances) = bytes.read(Section::Stocks, |bytes| {
        Take::all(bytes, |take| {
            let count = take.count()?;
            // The tag of inner nodes leaves so many numbers.
            ensure(count < 1 << 30, "there are too many stocks")?;
            let pairs: Vec<(BatchId, OperatorId)> = Row::take(take, count)?;
            let (first, begun) = (take.array::<Minute>(count)?, take.array::<Minute>(count)?);
            Ok((pairs, first, begun, take.array::<u32>(count)?))
        })
    })?;
    let known = check::all(&pairs, |(batch, operator): &(BatchId, OperatorId)| {
        batch.index() < batches && operator.index() < operators
    });
    checked(Section::Stocks, known)?;
    let all = head.base_stocks == pairs.len();
    checked(Section::Chain, ensure(all || head.grown, "there are stocks that came later"))?;
    // By first event of the batch, which is that of the first of its stocks, batch, own first
    // event and operator.
    let of_batch = |last: usize| {
        let batch = pairs[last].0;
        let start = (0..=last).rev().take_while(|at| pairs[*at].0 == batch).last();
        (start.map(|start| first[start]), batch)
    };
    let sorted = check::rows(pairs.len(), |at| {
        if head.grown || at == 0 {
            return true;
        }
        let (before, here) = (pairs[at - 1], pairs[at]);
        if before.0 == here.0 {
            (first[at - 1], before.1) < (first[at], here.1)
        } else {
            of_batch(at - 1) < (Some(first[at]), here.0)
        }
    });
    let sorted = sorted.map_err(|_| "stocks are out of order");
    checked(Section::Stocks, sorted)?;
    let shown = check::all(&begun, |begun| *begun != Minute::UNBOUNDED_FUTURE);
    checked(Section::Stocks, shown.map_err(|_| "a stock is shown by no record"))?;
    let by_operator = bytes
        .read(Section::StocksByOperator, |part| rows::take_groups(part, operators, Take::array))?;
    let lie = check::by_operator(&pairs, (&by_operator.0, &by_operator.1));
    checked(Section::StocksByOperator, lie)?;
    let (starts, later) = bytes.read(Section::StocksByBatch, |part| {
        stocks_by_batch(part, &pairs, head.base_stocks, batches)
    })?;
    Ok(Stocks {
        pairs: pairs.into(),
        first: Column::split(first, head.base_stocks),
        begun: begun.into(),
        balances: balances.into(),
        by_operator: Groups::new(by_operator.0, by_operator.1),
        batches: Arc::new(starts),
        later,
    })
}

/// Where each batch begins among the stocks the chain was built with, and the stocks that came
/// later, by batch.
#[allow(clippy::type_complexity)]
fn stocks_by_batch(
    mut part: Part<'_>,
    pairs: &[(BatchId, OperatorId)],
    base: usize,
    batches: usize,
) -> Taken<(Array<u32>, HashMap<BatchId, Vec<StockId>>)> {
    const PROBLEM: &str = "a stock is missing or out of order";
    let firsts = Take::first(&mut part, Take::counted::<u32>)?;
    let later = rows::take_keyed::<StockId>(part)?;
    let (built, grown) = pairs.split_at_checked(base).ok_or(PROBLEM)?;
    // Stocks of one batch lie side by side when there are as many runs as batches that begin one.
    let begins = |at: usize| built.get(at).is_some() && (at == 0 || built[at - 1].0 != built[at].0);
    let runs = (0..base).into_par_iter().with_min_len(1 << 14).filter(|at| begins(*at)).count();
    let begun = (0..firsts.len()).into_par_iter().with_min_len(1 << 14).filter(|batch| {
        let first = firsts[*batch] as usize;
        built.get(first).is_some_and(|pair| pair.0.index() == *batch) && begins(first)
    });
    let together = begun.count() == runs && firsts.len() <= batches;
    let count: usize = later.iter().map(|(_, stocks)| stocks.len()).sum();
    let sorted = later.iter().all(|(batch, stocks)| {
        let of = |stock: &StockId| {
            let pair = stock.index().checked_sub(base).and_then(|at| grown.get(at));
            pair.is_some_and(|pair| pair.0.0 == *batch)
        };
        stocks.is_sorted_by(|a, b| a < b) && stocks.iter().all(of)
    });
    let sorted = sorted && count == grown.len();
    ensure(together && sorted, PROBLEM)?;
    let later = later.into_iter().map(|(batch, stocks)| (BatchId(batch), stocks)).collect();
    Ok((firsts, later))
}

/// The registry tables.
struct Registry {
    operators: Vec<OperatorRow>,
    products: Vec<ProductRow>,
    batches: Vec<BatchRow>,
    regions: Vec<RegionRow>,
}

fn registry(bytes: Bytes<'_>, names: &Language) -> Outcome<Registry> {
    const COUNT: &str = "there is not one row a code";
    let registry = Registry {
        operators: bytes.rows(Section::Operators)?,
        products: bytes.rows(Section::Products)?,
        batches: bytes.rows(Section::Batches)?,
        regions: bytes.rows(Section::Regions)?,
    };
    let Registry { operators, products, batches, regions } = &registry;
    let text = |number: u32| is_text(number, names.texts.len());
    let region = |id: Option<crate::id::RegionId>| below(id.map(|id| id.index()), regions.len());
    let count = |rows: usize, codes: &Codes| ensure(rows == codes.len(), COUNT);
    checked(Section::Operators, count(operators.len(), &names.operators))?;
    checked(Section::Products, count(products.len(), &names.products))?;
    checked(Section::Batches, count(batches.len(), &names.batches))?;
    checked(Section::Regions, count(regions.len(), &names.regions))?;
    let good = check::all(operators, |row| text(row.name) && region(row.region));
    checked(Section::Operators, good)?;
    let good = check::all(products, |row| text(row.name) && text(row.category));
    checked(Section::Products, good)?;
    let good = check::all(batches, |row| {
        below(row.product.map(|id| id.index()), products.len())
            && below(row.producer.map(|id| id.index()), operators.len())
            && text(row.origin)
            && text(row.certificate)
    });
    checked(Section::Batches, good)?;
    let good = check::all(regions, |row| text(row.name) && region(row.parent));
    checked(Section::Regions, good)?;
    Ok(registry)
}

/// The largest tables, as they are written.
struct Tables {
    shipments: Shipments,
    lines: Vec<LineRow>,
    line_sources: Vec<Source>,
    transformations: Vec<TransformationRow>,
}

fn tables(bytes: Bytes<'_>) -> Outcome<Tables> {
    Ok(Tables {
        shipments: bytes.read(Section::Shipments, packed::take_shipments)?,
        lines: bytes.rows(Section::Lines)?,
        line_sources: bytes.rows(Section::LineSources)?,
        transformations: bytes.rows(Section::Transformations)?,
    })
}

/// Whether shipments go between stocks of one batch. Those that are the links of their senders are
/// looked at there.
fn check_shipments(rows: &Shipments, stocks: &Stocks, codes: &Words) -> Outcome<()> {
    // The marks of links leave so many numbers.
    let few = ensure(rows.len() <= ROWS, "there are too many shipments");
    checked(Section::Shipments, few)?;
    let known = ensure(rows.codes_are_below(codes.len()), BEYOND);
    checked(Section::Shipments, known)?;
    let pairs = stocks.pairs.base();
    let links = rows.base().rows.len() - rows.base().tail.len();
    let good = check::rows(rows.len() - links, |at| {
        let Some(row) = rows.read(links + at) else { return false };
        let batch = |stock: StockId| pairs.get(stock.index()).map(|pair| pair.0);
        let one = batch(row.from).is_some() && batch(row.from) == batch(row.to);
        let amount = row.amount.is_none_or(|amount| amount.millionths() > 0);
        one && row.from != row.to && amount
    });
    checked(Section::Shipments, good)
}

/// The transformations at each operator.
fn transformations_at(records: &Records<'_>, operators: usize) -> Groups<TransformationId> {
    let mut pairs = Vec::with_capacity(records.transformations.len());
    let mut here: Vec<OperatorId> = Vec::new();
    for (id, row) in (0..).zip(records.transformations) {
        here.clear();
        for line in &records.lines[row.inputs.start as usize..row.outputs.end as usize] {
            let operator = records.pairs[line.stock.index()].1;
            if !here.contains(&operator) {
                here.push(operator);
            }
        }
        pairs.extend(here.iter().map(|operator| (operator.0, TransformationId(id))));
    }
    Groups::build(operators, TransformationId(0), || pairs.iter().copied(), |id| id, Ord::cmp)
}

/// The cleanings at each operator, in order.
fn cleanings(part: Part<'_>, operators: usize) -> Taken<Groups<Span>> {
    let (starts, items) = rows::take_groups(part, operators, Take::values::<Span>)?;
    let groups = Groups::new(starts, items);
    let sorted = (0..operators as u32).all(|operator| groups.get(operator).is_sorted());
    ensure(sorted, "cleanings are out of order")?;
    Ok(groups)
}

fn samples(
    bytes: Bytes<'_>,
    head: &Head,
    texts: &Words,
    stocks: usize,
) -> Outcome<Column<SampleRow>> {
    let rows: Vec<SampleRow> = bytes.rows(Section::Samples)?;
    let text = |number: u32| is_text(number, texts.len());
    let good = check::all(&rows, |row| {
        row.stock.index() < stocks
            && [row.code, row.test_item, row.measured, row.limit].into_iter().all(text)
    });
    checked(Section::Samples, good)?;
    let all = head.base_samples == rows.len();
    checked(Section::Chain, ensure(all || head.grown, "there are samples that came later"))?;
    let rows = Column::split(rows, head.base_samples);
    let sorted = rows.base().is_sorted_by_key(|row| texts.text(row.code));
    checked(Section::Samples, ensure(sorted, "samples are out of order"))?;
    Ok(rows)
}

/// The pack tables, of rows in order.
fn packs(bytes: Bytes<'_>, head: &Head, products: &[ProductRow], batches: usize) -> Outcome<Packs> {
    let rows: Vec<PackRow> = bytes.rows(Section::Packs)?;
    let good = check::all(&rows, |row: &PackRow| {
        row.product.index() < products.len()
            && below(row.batch.map(|id| id.index()), batches)
            && row.quantity > Decimal::ZERO
    });
    checked(Section::Packs, good)?;
    let tolerance = Tolerance::new(head.options.balance_tolerance).to_f64();
    Ok(Packs::new(rows, |id| products[id.index()].clone(), tolerance))
}

/// Rows that say what others say, in order.
fn further_sources(bytes: Bytes<'_>) -> Outcome<FurtherSources> {
    bytes.read(Section::FurtherSources, |part| {
        Take::all(part, |take| {
            let count = take.count()?;
            let kept = take.values::<Source>(count)?;
            let others = take.values::<Source>(count)?;
            let pairs: FurtherSources = kept.into_iter().zip(others).collect();
            ensure(pairs.is_sorted_by(|a, b| a < b), "sources are out of order")?;
            Ok(pairs)
        })
    })
}

/// The chain of a snapshot's sections.
pub(super) fn chain(
    snapshot: &Arc<SnapshotBuffer>,
    sections: &[Range<usize>],
) -> Outcome<SupplyChain> {
    let bytes = Bytes { snapshot, sections };
    let head = bytes.read(Section::Chain, head)?;
    let (names, tables) = rayon::join(|| language(bytes), || tables(bytes));
    let (names, Tables { shipments, lines, line_sources, transformations }) = (names?, tables?);
    let Registry { operators, products, batches, regions } = registry(bytes, &names)?;
    let stocks = stocks(bytes, &head, operators.len(), batches.len())?;
    check_shipments(&shipments, &stocks, &names.shipments)?;
    let processes: Vec<u32> = bytes.rows(Section::Processes)?;
    let texts = |number: &u32| is_text(*number, names.texts.len());
    checked(Section::Processes, check::all(&processes, texts))?;
    checked(Section::Lines, check::lines(&lines, stocks.len(), line_sources.len()))?;
    let good = check::transformations(&transformations, lines.len(), processes.len());
    checked(Section::Transformations, good)?;
    let count = ensure(
        transformations.len() == names.transformations.len()
            && transformations.len() < 1 << 30
            && lines.len() <= ROWS,
        "there is not one row a code",
    );
    checked(Section::Transformations, count)?;
    let records = Records::new(&stocks, &shipments, &transformations, &lines, &batches)
        .ok_or_else(|| Section::Transformations.invalid("two of them share a line"))?;

    let marks = |part| links::take_marks(part, shipments.len(), lines.len());
    let contradicted = bytes.read(Section::Contradictions, marks)?;
    let shared = bytes.read(Section::Shared, marks)?;
    let packs = packs(bytes, &head, &products, batches.len())?;
    let further_sources = further_sources(bytes)?;
    let out = bytes
        .read(Section::LinksOut, |part| links::take_departures(part, stocks.len(), &shipments))?;
    let into = bytes
        .read(Section::LinksInto, |part| rows::take_groups(part, stocks.len(), Take::array))?;
    let fit = || {
        let read = Read { out: &out, starts: &into.0, into: &into.1 };
        let marked = Marked { contradicted: &contradicted, shared: &shared };
        checked(Section::LinksOut, records.all_departures_fit(read, marked))?;
        checked(Section::LinksInto, records.all_receipts_fit(read, marked))?;
        let marked = ensure(records.are_marked(&contradicted.lines), "a mark fits no link");
        checked(Section::Transformations, marked)
    };
    let rest = || {
        let transformations_at = transformations_at(&records, operators.len());
        let removals =
            bytes.read(Section::Removals, |part| packed::take_removals(part, stocks.len()))?;
        let samples = samples(bytes, &head, &names.texts, stocks.len())?;
        let cleanings = bytes.read(Section::Cleanings, |part| cleanings(part, operators.len()))?;
        Ok((transformations_at, removals, samples, cleanings))
    };
    let (fits, rest) = rayon::join(fit, rest);
    fits?;
    let (transformations_at, removals, samples, cleanings_at) = rest?;
    let into = Groups::new(into.0, into.1);
    let ends = Ends::build(
        Sides { out: &out, into: &into, shared: &shared.lines },
        &transformations,
        &lines,
    );
    let links = LinkIndex { out, into, ends };

    let Language { files, texts, .. } = names;
    let codes = [&names.operators, &names.products, &names.batches, &names.regions];
    let codes = codes.into_iter().chain([&names.transformations]).map(Codes::words);
    let later = codes.chain([&texts, &names.shipments]).any(|words| !words.parts().1.is_empty());
    checked(Section::Chain, ensure(head.grown || !later, "there are texts that came later"))?;
    Ok(SupplyChain {
        options: head.options,
        files,
        texts,
        operator_codes: names.operators,
        product_codes: names.products,
        batch_codes: names.batches,
        region_codes: names.regions,
        transformation_codes: names.transformations,
        shipment_codes: names.shipments,
        operators: operators.into(),
        products: products.into(),
        batches: batches.into(),
        regions: regions.into(),
        shipments,
        transformations: transformations.into(),
        transformations_at,
        lines: lines.into(),
        line_sources: line_sources.into(),
        contradicted,
        shared,
        packs: Arc::new(packs),
        further_sources: Arc::new(further_sources),
        processes: processes.into(),
        removals,
        samples,
        cleanings_at,
        stocks,
        links,
        reported: head.reported,
        grown: head.grown,
        look_alikes: Default::default(),
        origin: head.origin,
        inferred: None,
    })
}
