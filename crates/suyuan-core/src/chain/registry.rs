//! Registry tables (regions, operators, products, batches): one row a code.

use hashbrown::HashSet;

use super::builder::{ChainBuilder, Conflict, NONE, RawBatch, RawOperator, RawProduct, RawRegion};
use super::finding::{Finding, FindingCode, RecordRef, Table};
use crate::id::Interner;
use crate::model::Source;
use crate::quantity::Unit;

/// A row that should be the only one of its code.
pub(super) trait Registered {
    const TABLE: Table;
    fn code(&self) -> u32;
    fn source(&self) -> Source;
    fn codes(builder: &ChainBuilder) -> &Interner;
    /// Everything but code and source, as a text that is equal exactly when the content is.
    fn content(&self, builder: &ChainBuilder) -> String;
}

impl Registered for RawRegion {
    const TABLE: Table = Table::Regions;
    fn code(&self) -> u32 {
        self.code
    }
    fn source(&self) -> Source {
        self.source
    }
    fn codes(builder: &ChainBuilder) -> &Interner {
        &builder.region_codes
    }
    fn content(&self, builder: &ChainBuilder) -> String {
        let parent = optional(&builder.region_codes, self.parent);
        format!("{:?}", (builder.texts.text(self.name), self.level, parent, self.population))
    }
}

impl Registered for RawOperator {
    const TABLE: Table = Table::Operators;
    fn code(&self) -> u32 {
        self.code
    }
    fn source(&self) -> Source {
        self.source
    }
    fn codes(builder: &ChainBuilder) -> &Interner {
        &builder.operator_codes
    }
    fn content(&self, builder: &ChainBuilder) -> String {
        let region = optional(&builder.region_codes, self.region);
        let name = builder.texts.text(self.name);
        format!("{:?}", (name, self.stage, region, self.risk_grade, self.place))
    }
}

impl Registered for RawProduct {
    const TABLE: Table = Table::Products;
    fn code(&self) -> u32 {
        self.code
    }
    fn source(&self) -> Source {
        self.source
    }
    fn codes(builder: &ChainBuilder) -> &Interner {
        &builder.product_codes
    }
    fn content(&self, builder: &ChainBuilder) -> String {
        let text = |id| builder.texts.text(id);
        format!(
            "{:?}",
            (
                text(self.name),
                text(self.category),
                self.shelf_life_days,
                self.base_unit,
                self.pack_quantity.map(|pack| pack.normalize())
            )
        )
    }
}

impl Registered for RawBatch {
    const TABLE: Table = Table::Batches;
    fn code(&self) -> u32 {
        self.code
    }
    fn source(&self) -> Source {
        self.source
    }
    fn codes(builder: &ChainBuilder) -> &Interner {
        &builder.batch_codes
    }
    fn content(&self, builder: &ChainBuilder) -> String {
        format!(
            "{:?}",
            (
                optional(&builder.product_codes, self.product),
                builder.operator_codes.text(self.operator),
                self.produced_on,
                self.expires_on,
                self.quantity.map(|quantity| quantity.normalize()),
                self.unit.map(Unit::symbol),
                builder.texts.text(self.origin),
                builder.texts.text(self.certificate)
            )
        )
    }
}

fn optional(codes: &Interner, code: u32) -> &str {
    if code == NONE { "" } else { codes.text(code) }
}

/// Groups of rows that share a code, each with the rows' contents.
fn repeated<R: Registered>(builder: &ChainBuilder, rows: &[R]) -> Vec<Vec<(String, usize)>> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_unstable_by_key(|at| (rows[*at].code(), rows[*at].source()));
    order
        .chunk_by(|a, b| rows[*a].code() == rows[*b].code())
        .filter(|group| group.len() > 1)
        .map(|group| group.iter().map(|at| (rows[*at].content(builder), *at)).collect())
        .collect()
}

fn differ(group: &[(String, usize)]) -> bool {
    group.windows(2).any(|pair| pair[0].0 != pair[1].0)
}

/// The codes of one table whose rows differ.
pub(super) fn conflicts<R: Registered>(builder: &ChainBuilder, rows: &[R]) -> Vec<Conflict> {
    repeated(builder, rows)
        .iter()
        .filter(|group| differ(group))
        .map(|group| Conflict {
            table: R::TABLE,
            code: R::codes(builder).text(rows[group[0].1].code()).to_owned(),
            sources: group.iter().map(|(_, at)| rows[*at].source()).collect(),
        })
        .collect()
}

/// For each code the row that is kept, with findings for rows that share one.
pub(super) fn resolve<'r, R: Registered>(
    builder: &ChainBuilder,
    rows: &'r [R],
    findings: &mut Vec<Finding>,
) -> Vec<Option<&'r R>> {
    let codes = R::codes(builder);
    let mut kept: Vec<Option<&R>> = vec![None; codes.len()];
    for row in rows {
        kept[row.code() as usize] = Some(row);
    }
    let preferred: HashSet<Source> = builder
        .preferred
        .iter()
        .filter(|(table, _)| *table == R::TABLE)
        .map(|(_, source)| *source)
        .collect();
    for group in repeated(builder, rows) {
        let choice = group
            .iter()
            .find(|(_, at)| preferred.contains(&rows[*at].source()))
            .or_else(|| group.iter().min_by_key(|(content, at)| (content, rows[*at].source())));
        let Some((_, choice)) = choice else { continue };
        let code = rows[*choice].code();
        kept[code as usize] = Some(&rows[*choice]);
        let text = codes.text(code);
        let (kind, message) = if differ(&group) {
            let message = format!(
                "{} {text}: {} rows share this code and differ; one is kept",
                R::TABLE,
                group.len()
            );
            (FindingCode::DuplicateDifferent, message)
        } else {
            let message = format!("{} {text}: {} rows say the same", R::TABLE, group.len());
            (FindingCode::DuplicateSame, message)
        };
        let records = group
            .iter()
            .map(|(_, at)| RecordRef {
                table: R::TABLE,
                code: text.to_owned(),
                source: rows[*at].source(),
            })
            .collect();
        findings.push(Finding::new(kind, message, records));
    }
    kept
}
