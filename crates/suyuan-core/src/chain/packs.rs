//! Pack tables: what a word of packing holds, of a product and of a lot (`packs.csv`).
//!
//! The units of one table and its rows are a graph whose edges carry ratios. A unit converts to
//! another along any path, unless two paths between them disagree: then nothing says which is
//! right, and the quantity stays unknown.

use std::collections::{BTreeMap, VecDeque};

use rust_decimal::Decimal;

use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::records::ProductRow;
use crate::id::{BatchId, ProductId};
use crate::model::Source;
use crate::quantity::{Dimension, Ratio, Unit};

/// A row of a pack table: one `unit` is `quantity` of `of_unit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackRow {
    pub(super) product: ProductId,
    /// The lot it holds for; `None` for every lot of the product.
    pub(super) batch: Option<BatchId>,
    pub(super) unit: Unit,
    pub(super) quantity: Decimal,
    pub(super) of_unit: Unit,
    pub(super) source: Source,
}

/// The pack tables of a chain.
#[derive(Clone, Debug, Default)]
pub(super) struct Packs {
    rows: Vec<PackRow>,
    tables: BTreeMap<(ProductId, Option<BatchId>), Graph>,
}

/// A pack table whose rows disagree.
pub(super) struct Disagreement {
    pub(super) product: ProductId,
    pub(super) batch: Option<BatchId>,
    /// The units that do not convert.
    pub(super) units: Vec<Unit>,
    pub(super) sources: Vec<Source>,
}

impl Packs {
    /// The tables that rows make. Two paths may differ by a share of `tolerance`.
    pub(super) fn new(
        mut rows: Vec<PackRow>,
        products: impl Fn(ProductId) -> ProductRow,
        tolerance: f64,
    ) -> Self {
        rows.sort_by_key(|row| {
            (row.product, row.batch, row.unit, row.of_unit, row.quantity, row.source)
        });
        let mut groups: BTreeMap<(ProductId, Option<BatchId>), Vec<PackRow>> = BTreeMap::new();
        for row in &rows {
            groups.entry((row.product, row.batch)).or_default().push(*row);
        }
        let mut tables = BTreeMap::new();
        for ((product, batch), own) in &groups {
            let of_product = groups.get(&(*product, None)).filter(|_| batch.is_some());
            let mut edges = own.clone();
            let replaced = |unit: Unit| own.iter().any(|row| row.unit == unit);
            edges.extend(of_product.into_iter().flatten().filter(|row| !replaced(row.unit)));
            for row in of_pack_quantity(*product, &products(*product)) {
                if !edges.iter().any(|edge| edge.unit == row.unit) {
                    edges.push(row);
                }
            }
            tables.insert((*product, *batch), Graph::new(edges, tolerance));
        }
        Self { rows, tables }
    }

    pub(super) fn rows(&self) -> &[PackRow] {
        &self.rows
    }

    /// Bytes of memory of the rows; the tables are of their size.
    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<PackRow>()
    }

    fn table(&self, product: ProductId, batch: BatchId) -> Option<&Graph> {
        if self.tables.is_empty() {
            return None;
        }
        let of_lot = self.tables.get(&(product, Some(batch)));
        of_lot.or_else(|| self.tables.get(&(product, None)))
    }

    /// Whether there are rows of a product.
    pub(super) fn concern(&self, product: ProductId) -> bool {
        self.rows.binary_search_by_key(&product, |row| row.product).is_ok()
    }

    /// How many of `base` are in one `unit` of a lot; `None` where nothing says.
    pub(super) fn ratio(
        &self,
        batch: BatchId,
        product: Option<(ProductId, &ProductRow)>,
        unit: Unit,
        base: Unit,
    ) -> Option<Ratio> {
        let (id, product) = product?;
        if let Some(table) = self.table(id, batch) {
            return table.ratio(unit, base);
        }
        // Without a table of its own a product has at most its pack quantity.
        let of = product.base_unit?;
        let pack = Ratio::of(product.pack_quantity?)?;
        let one = |unit: Unit| {
            Ratio::between(unit, of).or_else(|| holds_pack_quantity(unit).then_some(pack))
        };
        one(unit)?.times(one(base)?.inverse())
    }

    /// The unit that a lot's quantities in `unit` are kept in where its product has no base unit:
    /// kg, L or pcs where the table leads there, else where its rows lead.
    pub(super) fn lead(&self, batch: BatchId, product: Option<ProductId>, unit: Unit) -> Unit {
        let table = product.and_then(|product| self.table(product, batch));
        table.filter(|_| unit.is_packing()).map_or(unit.canonical(), |table| table.lead(unit))
    }

    /// The tables whose rows disagree, by product and lot.
    pub(super) fn disagreements(&self) -> Vec<Disagreement> {
        let found = self.tables.iter().filter(|(_, table)| !table.refused.is_empty());
        found
            .map(|((product, batch), table)| Disagreement {
                product: *product,
                batch: *batch,
                units: table.refused.clone(),
                sources: table.disagreeing.clone(),
            })
            .collect()
    }
}

/// What a product's pack quantity says as rows.
fn of_pack_quantity(id: ProductId, product: &ProductRow) -> Vec<PackRow> {
    let (Some(of_unit), Some(quantity)) = (product.base_unit, product.pack_quantity) else {
        return Vec::new();
    };
    let row = |unit: Unit| PackRow {
        product: id,
        batch: None,
        unit,
        quantity,
        of_unit,
        source: product.source,
    };
    // How many pieces are in a piece needs no saying.
    let units = [Unit::Piece, Unit::Jian].into_iter();
    units.filter(|unit| unit.dimension() != of_unit.dimension()).map(row).collect()
}

/// Whether a product's pack quantity says what one of these holds.
pub(super) const fn holds_pack_quantity(unit: Unit) -> bool {
    matches!(unit, Unit::Piece | Unit::Jian)
}

/// A pair of dimensions and how many of the second's unit are in one of the first's.
#[derive(Clone, Copy, Debug)]
struct Edge {
    ends: (Dimension, Dimension),
    ratio: Ratio,
    source: Source,
    /// Whether the block it lies in has two paths that disagree.
    refused: bool,
}

/// One pack table. Its nodes are dimensions: units of one dimension always convert.
#[derive(Clone, Debug, Default)]
struct Graph {
    edges: Vec<Edge>,
    /// What each pair of units that the table names comes to, by units.
    solved: Vec<((Unit, Unit), Ratio)>,
    /// The words of packing that do not convert because rows disagree.
    refused: Vec<Unit>,
    disagreeing: Vec<Source>,
}

impl Graph {
    fn new(rows: Vec<PackRow>, tolerance: f64) -> Self {
        let mut graph = Self::default();
        for row in &rows {
            let (unit, of) = (row.unit.canonical(), row.of_unit.canonical());
            let own = Ratio::between(unit, row.unit);
            let ratio = own
                .zip(Ratio::of(row.quantity))
                .and_then(|(own, quantity)| own.times(quantity))
                .zip(Ratio::between(row.of_unit, of))
                .and_then(|(ratio, of)| ratio.times(of));
            let Some(ratio) = ratio else { continue };
            let ends = (unit.dimension(), of.dimension());
            if ends.0 == ends.1 {
                // What a gram is in kilograms no table says.
                if differ(ratio, Ratio::ONE, tolerance) {
                    graph.disagreeing.push(row.source);
                }
                continue;
            }
            graph.edges.push(Edge { ends, ratio, source: row.source, refused: false });
        }
        graph.refuse(tolerance);
        let mut units: Vec<Unit> = rows.iter().flat_map(|row| [row.unit, row.of_unit]).collect();
        units.extend(graph.nodes().map(Dimension::unit));
        units.sort_unstable();
        units.dedup();
        for from in &units {
            for to in &units {
                if let Some(ratio) = graph.path(*from, *to) {
                    graph.solved.push(((*from, *to), ratio));
                }
            }
        }
        graph
    }

    fn nodes(&self) -> impl Iterator<Item = Dimension> + '_ {
        self.edges.iter().flat_map(|edge| [edge.ends.0, edge.ends.1])
    }

    /// The edges at a node, each as it leads away from it.
    fn leaving(&self, node: Dimension) -> impl Iterator<Item = (usize, Dimension, Ratio)> + '_ {
        self.edges.iter().enumerate().filter_map(move |(at, edge)| match edge.ends {
            (from, to) if from == node => Some((at, to, edge.ratio)),
            (to, from) if from == node => Some((at, to, edge.ratio.inverse())),
            _ => None,
        })
    }

    /// Marks the edges of every block that has two paths that disagree. A block is a set of edges
    /// of which each two lie on a cycle; simple paths between two nodes lead through the same
    /// blocks, and within a block that disagrees there are two that differ between any two nodes.
    fn refuse(&mut self, tolerance: f64) {
        let mut nodes: Vec<Dimension> = self.nodes().collect();
        nodes.sort_unstable();
        nodes.dedup();
        // Two edges lie in one block when no node separates them.
        let mut sides: Vec<Vec<u32>> = vec![Vec::new(); self.edges.len()];
        for without in &nodes {
            let part = self.parts(&nodes, *without);
            for (edge, sides) in self.edges.iter().zip(&mut sides) {
                let end = if edge.ends.0 == *without { edge.ends.1 } else { edge.ends.0 };
                sides.push(part.get(&end).copied().unwrap_or(0));
            }
        }
        let mut blocks: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        for (at, sides) in sides.into_iter().enumerate() {
            blocks.entry(sides).or_default().push(at);
        }
        let disagreeing: Vec<Vec<usize>> =
            blocks.into_values().filter(|block| self.disagrees(block, tolerance)).collect();
        for block in disagreeing {
            for at in &block {
                let edge = &mut self.edges[*at];
                edge.refused = true;
                self.disagreeing.push(edge.source);
                let units = [edge.ends.0.unit(), edge.ends.1.unit()];
                self.refused.extend(units.into_iter().filter(|unit| unit.is_packing()));
            }
        }
        self.refused.sort_unstable();
        self.refused.dedup();
        self.disagreeing.sort_unstable();
        self.disagreeing.dedup();
    }

    /// The connected part of each node when one is taken out.
    fn parts(&self, nodes: &[Dimension], without: Dimension) -> BTreeMap<Dimension, u32> {
        let mut part = BTreeMap::new();
        for (number, start) in (1..).zip(nodes) {
            let mut open = vec![*start];
            while let Some(node) = open.pop() {
                if node != without && !part.contains_key(&node) {
                    part.insert(node, number);
                    open.extend(self.leaving(node).map(|(_, to, _)| to));
                }
            }
        }
        part
    }

    /// Whether two paths within a block disagree.
    fn disagrees(&self, block: &[usize], tolerance: f64) -> bool {
        let Some(first) = block.first() else { return false };
        let mut known = BTreeMap::from([(self.edges[*first].ends.0, Ratio::ONE)]);
        let mut open = VecDeque::from([self.edges[*first].ends.0]);
        while let Some(node) = open.pop_front() {
            let here = known.get(&node).copied().unwrap_or(Ratio::ONE);
            for (at, to, ratio) in self.leaving(node) {
                if !block.contains(&at) {
                    continue;
                }
                // Beyond 128 bits nothing is certain any more.
                let Some(there) = here.times(ratio) else { return true };
                match known.get(&to) {
                    None => {
                        known.insert(to, there);
                        open.push_back(to);
                    }
                    Some(other) if differ(*other, there, tolerance) => return true,
                    Some(_) => {}
                }
            }
        }
        false
    }

    /// The ratio along the shortest path; `None` where there is none or rows disagree.
    fn path(&self, unit: Unit, base: Unit) -> Option<Ratio> {
        let (from, to) = (unit.dimension(), base.dimension());
        let mut known = BTreeMap::from([(from, Some(Ratio::between(unit, from.unit())?))]);
        let mut open = VecDeque::from([from]);
        while let Some(node) = open.pop_front() {
            if node == to {
                let ratio = known.get(&node).copied().flatten()?;
                return ratio.times(Ratio::between(to.unit(), base)?);
            }
            for (at, next, ratio) in self.leaving(node) {
                if !known.contains_key(&next) {
                    let here = known.get(&node).copied().flatten();
                    let there = here.filter(|_| !self.edges[at].refused);
                    known.insert(next, there.and_then(|here| here.times(ratio)));
                    open.push_back(next);
                }
            }
        }
        None
    }

    fn ratio(&self, unit: Unit, base: Unit) -> Option<Ratio> {
        let solved = self.solved.binary_search_by_key(&(unit, base), |(pair, _)| *pair);
        solved.ok().map(|at| self.solved[at].1).or_else(|| self.path(unit, base))
    }

    /// See [`Packs::lead`].
    fn lead(&self, unit: Unit) -> Unit {
        let measured = [Unit::Kilogram, Unit::Litre, Unit::Piece];
        if let Some(base) = measured.into_iter().find(|base| self.path(unit, *base).is_some()) {
            return base;
        }
        let leads_on = |node: Dimension| self.edges.iter().any(|edge| edge.ends.0 == node);
        let mut reached = vec![unit.dimension()];
        let mut at = 0;
        while let Some(node) = reached.get(at).copied() {
            at += 1;
            for edge in self.edges.iter().filter(|edge| edge.ends.0 == node && !edge.refused) {
                if !reached.contains(&edge.ends.1) {
                    reached.push(edge.ends.1);
                }
            }
        }
        let ends = reached.iter().filter(|node| !leads_on(**node));
        ends.min().or_else(|| reached.iter().min()).map_or(unit, |node| node.unit())
    }
}

fn differ(a: Ratio, b: Ratio, tolerance: f64) -> bool {
    let (a, b) = (a.to_f64(), b.to_f64());
    (a - b).abs() > tolerance * a.min(b)
}

/// What is wrong with pack tables, with a name for each product and lot.
pub(super) fn findings(
    packs: &Packs,
    name: impl Fn(ProductId, Option<BatchId>) -> String,
) -> Vec<Finding> {
    let finding = |found: Disagreement| {
        let name = name(found.product, found.batch);
        let units: Vec<&str> = found.units.iter().map(|unit| unit.symbol()).collect();
        let message = if units.is_empty() {
            format!("packs {name}: rows give a unit of measurement another size; they are not used")
        } else {
            format!("packs {name}: rows disagree; {} does not convert", units.join(", "))
        };
        let record = |source: &Source| RecordRef {
            table: Table::Packs,
            code: name.clone(),
            source: *source,
        };
        Finding::new(FindingCode::PackConflict, message, found.sources.iter().map(record).collect())
    };
    packs.disagreements().into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(unit: Unit, quantity: &str, of_unit: Unit) -> PackRow {
        PackRow {
            product: ProductId(0),
            batch: None,
            unit,
            quantity: quantity.parse().unwrap(),
            of_unit,
            source: Source::NONE,
        }
    }

    fn packs(rows: &[PackRow], product: ProductRow) -> impl Fn(Unit, Unit) -> Option<f64> + use<> {
        let packs = Packs::new(rows.to_vec(), |_| product.clone(), 0.005);
        move |unit, base| {
            let product = Some((ProductId(0), &product));
            packs.ratio(BatchId(0), product, unit, base).map(Ratio::to_f64)
        }
    }

    #[test]
    fn rows_chain_and_work_both_ways() {
        let rows = [row(Unit::Case, "24", Unit::Bottle), row(Unit::Bottle, "0.25", Unit::Litre)];
        let ratio = packs(&rows, ProductRow::default());
        assert_eq!(ratio(Unit::Case, Unit::Litre), Some(6.0));
        assert_eq!(ratio(Unit::Litre, Unit::Bottle), Some(4.0));
        assert_eq!(ratio(Unit::Case, Unit::Millilitre), Some(6000.0));
        assert_eq!(ratio(Unit::Case, Unit::Kilogram), None);
        assert_eq!(ratio(Unit::Box, Unit::Litre), None);
    }

    #[test]
    fn a_unit_whose_rows_disagree_does_not_convert_and_the_others_do() {
        let rows = [
            row(Unit::Case, "24", Unit::Bottle),
            row(Unit::Case, "12", Unit::Bottle),
            row(Unit::Bottle, "0.25", Unit::Litre),
        ];
        let packs_of = Packs::new(rows.to_vec(), |_| ProductRow::default(), 0.005);
        let found = packs_of.disagreements();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].units, [Unit::Bottle, Unit::Case]);
        let ratio = packs(&rows, ProductRow::default());
        assert_eq!(ratio(Unit::Case, Unit::Litre), None);
        assert_eq!(ratio(Unit::Bottle, Unit::Litre), Some(0.25));
        // Within the tolerance they agree.
        let close = [row(Unit::Case, "24", Unit::Litre), row(Unit::Case, "24.1", Unit::Litre)];
        assert_eq!(packs(&close, ProductRow::default())(Unit::Case, Unit::Litre), Some(24.0));
    }

    #[test]
    fn two_paths_that_disagree_refuse_what_leads_through_them() {
        let rows = [
            row(Unit::Case, "24", Unit::Bottle),
            row(Unit::Bottle, "0.25", Unit::Litre),
            row(Unit::Case, "5", Unit::Litre),
            row(Unit::Stack, "40", Unit::Case),
        ];
        let ratio = packs(&rows, ProductRow::default());
        for unit in [Unit::Case, Unit::Bottle, Unit::Stack] {
            assert_eq!(ratio(unit, Unit::Litre), None, "{unit}");
        }
        assert_eq!(ratio(Unit::Stack, Unit::Case), Some(40.0));
    }

    #[test]
    fn a_pack_quantity_is_a_row_for_pieces_that_a_written_row_replaces() {
        let product = ProductRow {
            base_unit: Some(Unit::Kilogram),
            pack_quantity: Some(Decimal::new(4, 1)),
            ..ProductRow::default()
        };
        let plain = packs(&[], product.clone());
        assert_eq!(plain(Unit::Piece, Unit::Kilogram), Some(0.4));
        assert_eq!(plain(Unit::Jian, Unit::Gram), Some(400.0));
        assert_eq!(plain(Unit::Piece, Unit::Jian), Some(1.0));
        assert_eq!(plain(Unit::Case, Unit::Kilogram), None);
        let written = packs(&[row(Unit::Jian, "10", Unit::Kilogram)], product);
        assert_eq!(written(Unit::Jian, Unit::Kilogram), Some(10.0));
        assert_eq!(written(Unit::Piece, Unit::Kilogram), Some(0.4));
    }

    #[test]
    fn a_lots_row_replaces_its_products_rows_of_that_unit() {
        let lot = PackRow { batch: Some(BatchId(7)), ..row(Unit::Head, "98.5", Unit::Kilogram) };
        let rows =
            vec![row(Unit::Head, "100", Unit::Kilogram), row(Unit::Case, "2", Unit::Head), lot];
        let packs = Packs::new(rows, |_| ProductRow::default(), 0.005);
        let product = ProductRow::default();
        let ratio = |batch, unit| {
            let product = Some((ProductId(0), &product));
            packs.ratio(BatchId(batch), product, unit, Unit::Kilogram).map(Ratio::to_f64)
        };
        assert_eq!((ratio(7, Unit::Head), ratio(7, Unit::Case)), (Some(98.5), Some(197.0)));
        assert_eq!((ratio(8, Unit::Head), ratio(8, Unit::Case)), (Some(100.0), Some(200.0)));
        assert_eq!(packs.lead(BatchId(7), Some(ProductId(0)), Unit::Case), Unit::Kilogram);
        assert_eq!(packs.lead(BatchId(7), None, Unit::Case), Unit::Case);
    }
}
