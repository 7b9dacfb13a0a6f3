//! Where inputs are lacking.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::super::SupplyChain;
use super::super::records::LineRow;
use super::{GapKind, Recipes};
use crate::id::{BatchId, OperatorId, ProductId, StockId, TransformationId};
use crate::quantity::Dimension;
use crate::time::{Minute, Span};

/// What lacks inputs at one operator.
#[derive(Debug, Clone)]
pub(super) struct Lack {
    pub(super) kind: GapKind,
    pub(super) operator: OperatorId,
    /// The recorded transformation; `None` where the making itself is not recorded.
    pub(super) transformation: Option<TransformationId>,
    /// What was made; at other operators too where a transformation names several.
    pub(super) outputs: Vec<StockId>,
    /// When it was made.
    pub(super) time: Span,
    /// The products that can have gone in; `None` for any.
    pub(super) products: Option<BTreeSet<ProductId>>,
    /// What of each the recipes ask for, in millionths of the input's base unit, where they say.
    pub(super) wanted: BTreeMap<ProductId, Decimal>,
    /// What came out less what went in, in millionths of a nanogram, nanolitre or piece.
    pub(super) missing: Option<(i128, Dimension)>,
}

/// The recipes by the chain's numbers.
struct Known {
    inputs: BTreeMap<ProductId, BTreeMap<ProductId, Option<Decimal>>>,
    /// Products whose recipes name some that no record does.
    strange: BTreeSet<ProductId>,
}

impl Known {
    fn of(chain: &SupplyChain, recipes: &Recipes) -> Self {
        let id = |code: &str| chain.product_codes.get(code).map(ProductId);
        let inputs = recipes.inputs.iter().filter_map(|(product, inputs)| {
            let inputs = inputs.iter().filter_map(|(code, ratio)| Some((id(code)?, *ratio)));
            Some((id(product)?, inputs.collect()))
        });
        let inputs = inputs.collect();
        let strange = recipes.inputs.iter().filter_map(|(product, inputs)| {
            let product = id(product)?;
            inputs.keys().any(|code| id(code).is_none()).then_some(product)
        });
        Self { inputs, strange: strange.collect() }
    }

    fn inputs(
        &self,
        chain: &SupplyChain,
        stock: StockId,
    ) -> Option<&BTreeMap<ProductId, Option<Decimal>>> {
        self.inputs.get(&product(chain, stock)?)
    }

    /// The products that can have gone into some outputs; `None` where one has no recipe.
    fn products(&self, chain: &SupplyChain, outputs: &[LineRow]) -> Option<BTreeSet<ProductId>> {
        let mut products = BTreeSet::new();
        for line in outputs {
            products.extend(self.inputs(chain, line.stock)?.keys());
        }
        Some(products)
    }

    /// What of each product the recipes ask for, where they say it of every output.
    fn wanted(&self, chain: &SupplyChain, outputs: &[LineRow]) -> BTreeMap<ProductId, Decimal> {
        let mut wanted: BTreeMap<ProductId, Option<Decimal>> = BTreeMap::new();
        for line in outputs {
            for (input, ratio) in self.inputs(chain, line.stock).into_iter().flatten() {
                let made = line.amount.map(|amount| Decimal::from(amount.millionths()));
                let part = ratio.zip(made).and_then(|(ratio, made)| ratio.checked_mul(made));
                let sum = wanted.entry(*input).or_insert(Some(Decimal::ZERO));
                *sum = sum.zip(part).and_then(|(sum, part)| sum.checked_add(part));
            }
        }
        wanted.into_iter().filter_map(|(input, sum)| Some((input, sum?))).collect()
    }
}

/// The product of a stock.
pub(super) fn product(chain: &SupplyChain, stock: StockId) -> Option<ProductId> {
    chain.batches[chain.stock(stock).0.index()].product
}

/// The sum of lines in millionths of a nanogram, nanolitre or piece; `None` when one is unknown or
/// they measure different things.
pub(super) fn common_sum(chain: &SupplyChain, lines: &[LineRow]) -> Option<(i128, Dimension)> {
    let mut sum = 0;
    let mut dimension = None;
    for line in lines {
        let unit = chain.unit(line.stock)?;
        if *dimension.get_or_insert(unit.dimension()) != unit.dimension() {
            return None;
        }
        sum += i128::from(line.amount?.millionths()) * unit.factor();
    }
    dimension.map(|dimension| (sum, dimension))
}

/// Everything that lacks inputs, by operator, time and output codes.
pub(super) fn lacking(chain: &SupplyChain, recipes: &Recipes) -> Vec<Lack> {
    let known = Known::of(chain, recipes);
    let mut lacks = Vec::new();
    let mut is_output = vec![false; chain.batches.len()];
    for id in chain.transformation_ids() {
        for line in chain.outputs(id) {
            is_output[chain.stock(line.stock).0.index()] = true;
        }
        transformation(chain, &known, id, &mut lacks);
    }
    for batch in chain.batch_ids() {
        if is_output[batch.index()] {
            continue;
        }
        match chain.producer_stock(batch) {
            Some(stock) => lacks.push(made(chain, &known, batch, stock)),
            None => lacks.extend(appeared(chain, &known, batch)),
        }
    }
    lacks.sort_by_cached_key(|lack| order(chain, lack));
    lacks
}

/// By operator code, time, the codes of the outputs and of the transformation.
fn order(chain: &SupplyChain, lack: &Lack) -> impl Ord + use<> {
    let outputs: Vec<_> = lack.outputs.iter().map(|stock| chain.by_code(*stock)).collect();
    let id = lack.transformation.map(|id| chain.transformation_codes.rank(id.0));
    (chain.operator_codes.rank(lack.operator.0), lack.time, outputs, id)
}

fn transformation(chain: &SupplyChain, known: &Known, id: TransformationId, lacks: &mut Vec<Lack>) {
    let (inputs, outputs) = (chain.inputs(id), chain.outputs(id));
    if outputs.is_empty() {
        return;
    }
    let recipe = known.products(chain, outputs);
    let (went, came) = (common_sum(chain, inputs), common_sum(chain, outputs));
    let short = match (went, came) {
        (Some((went, of)), Some((came, same))) if of == same => {
            chain.tolerance().exceeds(total(came), total(went)).then_some((came - went, of))
        }
        _ => None,
    };
    let absent = recipe.as_ref().map(|products| {
        let there: BTreeSet<ProductId> =
            inputs.iter().filter_map(|line| product(chain, line.stock)).collect();
        products.difference(&there).copied().collect::<BTreeSet<ProductId>>()
    });
    let (kind, products, missing) = if inputs.is_empty() {
        (GapKind::NoInputs, recipe, came)
    } else if let Some(short) = short {
        (GapKind::TooLittleIn, recipe, Some(short))
    } else {
        // What no record names can only have been held by stocks of unknown product.
        let is_strange = |line: &LineRow| {
            product(chain, line.stock).is_some_and(|product| known.strange.contains(&product))
        };
        match absent {
            Some(absent) if !absent.is_empty() || outputs.iter().any(is_strange) => {
                (GapKind::NoIngredient, Some(absent), None)
            }
            _ => return,
        }
    };
    let mut wanted = known.wanted(chain, outputs);
    if kind == GapKind::TooLittleIn {
        // What is recorded of a product is not asked for again.
        for line in inputs {
            let (Some(of), Some(amount)) = (product(chain, line.stock), line.amount) else {
                continue;
            };
            if let Some(left) = wanted.get_mut(&of) {
                *left = (*left - Decimal::from(amount.millionths())).max(Decimal::ZERO);
            }
        }
    }
    let mut operators: Vec<OperatorId> =
        outputs.iter().map(|line| chain.stock(line.stock).1).collect();
    operators.sort_unstable();
    operators.dedup();
    for operator in operators {
        lacks.push(Lack {
            kind,
            operator,
            transformation: Some(id),
            outputs: outputs.iter().map(|line| line.stock).collect(),
            time: chain.transformation_time(id),
            products: products.clone(),
            wanted: wanted.clone(),
            missing,
        });
    }
}

fn total(millionths: i128) -> crate::quantity::Total {
    crate::quantity::Total { millionths, complete: true }
}

/// A batch at its producer, which records no transformation of it.
fn made(chain: &SupplyChain, known: &Known, batch: BatchId, stock: StockId) -> Lack {
    let row = &chain.batches[batch.index()];
    let amount = row.amount;
    let line = LineRow::made(stock, amount);
    let missing = amount
        .zip(row.base)
        .map(|(amount, unit)| (i128::from(amount.millionths()) * unit.factor(), unit.dimension()));
    Lack {
        kind: GapKind::NotMade,
        operator: chain.stock(stock).1,
        transformation: None,
        outputs: vec![stock],
        time: row.produced_on,
        products: known.products(chain, std::slice::from_ref(&line)),
        wanted: known.wanted(chain, std::slice::from_ref(&line)),
        missing,
    }
}

/// A batch whose one stock is an orphan: it was made where it appeared, by when it first left.
fn appeared(chain: &SupplyChain, known: &Known, batch: BatchId) -> Option<Lack> {
    let mut stocks = chain.stocks_of_batch(batch);
    let (Some(stock), None) = (stocks.next(), stocks.next()) else {
        return None;
    };
    if !chain.is_orphan(stock) {
        return None;
    }
    let left = chain.outflows(stock).iter().map(|flow| flow.departs.latest).min();
    let earliest = chain.begun(stock);
    let latest = left.unwrap_or(Minute::UNBOUNDED_FUTURE).max(earliest);
    let line = LineRow::made(stock, None);
    Some(Lack {
        kind: GapKind::Appeared,
        operator: chain.stock(stock).1,
        transformation: None,
        outputs: vec![stock],
        time: Span { earliest, latest },
        products: known.products(chain, std::slice::from_ref(&line)),
        wanted: BTreeMap::new(),
        missing: None,
    })
}
