//! A chain with inferred links: the missing rows appended, and marked as possible only.

use std::sync::Arc;

use hashbrown::HashMap;

use super::super::SupplyChain;
use super::super::builder::ChainBuilder;
use super::super::index::{Link, Node};
use super::holdings::Found;
use super::lacking::Lack;
use super::{GapKind, Inferred, InferredLink, LinkRule};
use crate::error::Error;
use crate::id::{StockId, TransformationId};
use crate::model::{Role, Source, TransformationLine};
use crate::time::{Minute, Span};

/// What of a chain is inferred.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Overlay {
    /// The rule behind each inferred link.
    pub(super) rules: HashMap<(TransformationId, StockId), LinkRule>,
    /// Transformations that are not recorded at all, sorted.
    pub(super) transformations: Vec<TransformationId>,
}

/// Why a chain with inferred links takes no records.
pub(in super::super) fn refused() -> Error {
    Error::NeedsRebuild {
        record: "to a chain with inferred links".to_owned(),
        change: "what is inferred: go back to the recorded chain and infer again",
    }
}

/// Adds the missing rows to a chain.
pub(super) fn overlay(
    chain: &SupplyChain,
    lacks: &[Lack],
    found: &[Found],
) -> Result<Inferred, Error> {
    let mut builder = ChainBuilder::new();
    // The code of each transformation that gets inputs, with who may have gone in.
    let mut wanted: Vec<(String, bool, &Found)> = Vec::new();
    for (lack, found) in lacks.iter().zip(found) {
        if found.links.is_empty() {
            continue;
        }
        let (code, time) = match lack.transformation {
            Some(id) => {
                let row = &chain.transformations[id.index()];
                // Within the hull of its lines, and as exact as they are.
                let time = if row.dated_to_day { Span::at(row.time.earliest) } else { row.time };
                (chain.transformation_codes.text(id.0).to_owned(), time)
            }
            None => {
                let code = new_code(chain, lack);
                let time = match lack.kind {
                    // It may have been made at any time before.
                    GapKind::Appeared => {
                        Span { earliest: Minute::UNBOUNDED_PAST, latest: lack.time.latest }
                    }
                    _ => lack.time,
                };
                for stock in &lack.outputs {
                    builder.add_transformation_line(
                        &line(chain, &code, Role::Output, *stock, time),
                        Source::NONE,
                    )?;
                }
                (code, time)
            }
        };
        for (stock, _) in &found.links {
            builder.add_transformation_line(
                &line(chain, &code, Role::Input, *stock, time),
                Source::NONE,
            )?;
        }
        wanted.push((code, lack.transformation.is_none(), found));
    }
    let mut grown = chain.append(builder)?.chain;
    // What is inferred says nothing about when a record of a stock began.
    let outputs = lacks.iter().flat_map(|lack| &lack.outputs);
    let touched = outputs.chain(found.iter().flat_map(|found| found.links.iter().map(|(s, _)| s)));
    for stock in touched {
        let begun = chain.begun(*stock);
        if grown.stocks.begun[stock.index()] != begun {
            grown.stocks.begun.set(stock.index(), begun);
        }
    }
    let mut overlay = Overlay::default();
    let mut links = Vec::new();
    for (code, new, found) in wanted {
        let Some(id) = grown.transformation_codes.get(&code).map(TransformationId) else {
            continue;
        };
        if new {
            overlay.transformations.push(id);
        }
        for (stock, rule) in &found.links {
            mark(&mut grown, id, *stock, *rule, &mut overlay);
            links.push(InferredLink { from: *stock, into: id, rule: *rule });
        }
    }
    overlay.transformations.sort_unstable();
    grown.inferred = Some(Arc::new(overlay));
    links.sort_by_cached_key(|link| {
        (grown.transformation_codes.rank(link.into.0), grown.by_code(link.from))
    });
    Ok(Inferred { chain: grown, links })
}

/// A code that no transformation has.
fn new_code(chain: &SupplyChain, lack: &Lack) -> String {
    let label = lack.outputs.first().map(|stock| chain.stock_label(*stock)).unwrap_or_default();
    let mut code = format!("inferred:{label}");
    while chain.transformation_codes.get(&code).is_some() {
        code.push('\'');
    }
    code
}

fn line<'a>(
    chain: &'a SupplyChain,
    code: &'a str,
    role: Role,
    stock: StockId,
    transformed_on: Span,
) -> TransformationLine<'a> {
    let (batch, operator) = chain.stock(stock);
    TransformationLine {
        code: code.into(),
        operator: chain.operator_codes.text(operator.0).into(),
        // The inner code: it means one lot where several share the outer one.
        batch: chain.batch_codes.text(batch.0).into(),
        role,
        transformed_on,
        ..TransformationLine::default()
    }
}

/// Marks the link of an inferred line as possible only.
fn mark(
    grown: &mut SupplyChain,
    id: TransformationId,
    stock: StockId,
    rule: LinkRule,
    overlay: &mut Overlay,
) {
    let node = Node::Transformation(id).number();
    let mut out = grown.links.out.get(stock.0).to_vec();
    out.iter_mut().filter(|link| link.node == node).for_each(Link::set_possible);
    overlay.rules.insert((id, stock), rule);
    grown.links.set(true, stock.0, out);
}
