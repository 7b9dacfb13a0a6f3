//! The registry tables as the chain keeps them.

use super::builder::{ChainBuilder, Conflict, NONE};
use super::finding::Finding;
use super::records::{BatchRow, OperatorRow, ProductRow, RegionRow};
use super::registry;
use crate::id::{OperatorId, ProductId, RegionId};
use crate::model::Source;

/// The codes of registry tables whose rows differ.
pub(super) fn conflicts(builder: &ChainBuilder) -> Vec<Conflict> {
    let mut found = registry::conflicts(builder, &builder.regions);
    found.extend(registry::conflicts(builder, &builder.operators));
    found.extend(registry::conflicts(builder, &builder.products));
    found.extend(registry::conflicts(builder, &builder.batches));
    found.sort_by(|a, b| (a.table, &a.code).cmp(&(b.table, &b.code)));
    found
}

pub(super) fn region_id(code: u32) -> Option<RegionId> {
    (code != NONE).then_some(RegionId(code))
}

pub(super) fn operators(builder: &ChainBuilder, findings: &mut Vec<Finding>) -> Vec<OperatorRow> {
    registry::resolve(builder, &builder.operators, findings)
        .into_iter()
        .map(|raw| match raw {
            None => OperatorRow { name: NONE, ..OperatorRow::default() },
            Some(raw) => OperatorRow {
                registered: true,
                name: raw.name,
                stage: raw.stage,
                region: region_id(raw.region),
                risk_grade: raw.risk_grade,
                place: raw.place,
                source: raw.source,
            },
        })
        .collect()
}

pub(super) fn regions(builder: &ChainBuilder, findings: &mut Vec<Finding>) -> Vec<RegionRow> {
    registry::resolve(builder, &builder.regions, findings)
        .into_iter()
        .map(|raw| match raw {
            None => RegionRow { name: NONE, ..RegionRow::default() },
            Some(raw) => RegionRow {
                registered: true,
                name: raw.name,
                level: raw.level,
                parent: region_id(raw.parent),
                population: raw.population,
                source: raw.source,
            },
        })
        .collect()
}

pub(super) fn products(builder: &ChainBuilder, findings: &mut Vec<Finding>) -> Vec<ProductRow> {
    registry::resolve(builder, &builder.products, findings)
        .into_iter()
        .map(|raw| match raw {
            None => ProductRow { name: NONE, category: NONE, ..ProductRow::default() },
            Some(raw) => ProductRow {
                registered: true,
                name: raw.name,
                category: raw.category,
                shelf_life_days: raw.shelf_life_days,
                base_unit: raw.base_unit,
                pack_quantity: raw.pack_quantity,
                source: raw.source,
            },
        })
        .collect()
}

/// A batch's own quantity as written.
#[derive(Clone, Copy, Default)]
pub(super) struct Own {
    pub(super) quantity: Option<rust_decimal::Decimal>,
    pub(super) unit: Option<crate::quantity::Unit>,
    pub(super) source: Source,
}

/// The batches without their base units, and their own quantities.
pub(super) fn batches(
    builder: &ChainBuilder,
    findings: &mut Vec<Finding>,
) -> (Vec<BatchRow>, Vec<Own>) {
    registry::resolve(builder, &builder.batches, findings)
        .into_iter()
        .map(|raw| {
            raw.map_or_else(Default::default, |raw| {
                let row = BatchRow {
                    product: (raw.product != NONE).then_some(ProductId(raw.product)),
                    producer: Some(OperatorId(raw.operator)),
                    produced_on: raw.produced_on,
                    expires_on: raw.expires_on,
                    origin: raw.origin,
                    certificate: raw.certificate,
                    source: raw.source,
                    ..BatchRow::default()
                };
                (row, Own { quantity: raw.quantity, unit: raw.unit, source: raw.source })
            })
        })
        .unzip()
}
