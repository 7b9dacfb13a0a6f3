//! Operators that records call by their names where codes belong.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::builder::ChainBuilder;
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::numbers::Numbers;
use super::refs::{line_ref, removal_ref, sample_ref, shipment_ref};
use crate::error::Error;
use crate::id::Interner;
use crate::text::bare_code;

/// How many records a finding names; the message has their number.
const NAMED_RECORDS: usize = 10;

impl ChainBuilder {
    /// Reads codes without a row that are the name of one operator with a row as that operator, in
    /// all records added so far; width, case and white space do not matter. A name that several
    /// operators have stays as it is. A finding says either, with the records. To be called when
    /// all records are there. O(n) in the operators, and in the records where a name is found.
    ///
    /// ```
    /// use suyuan_core::chain::ChainBuilder;
    /// use suyuan_core::model::{Operator, Shipment, Source};
    /// let mut builder = ChainBuilder::new();
    /// let row = Operator { code: "DIST".into(), name: "示例配送中心".into(), ..Operator::default() };
    /// builder.add_operator(&row, Source::NONE)?;
    /// let row = Shipment {
    ///     code: "W1".into(), batch: "X1".into(), from: "F".into(), to: "示例配送中心".into(),
    ///     ..Shipment::default()
    /// };
    /// builder.add_shipment(&row, Source::NONE)?;
    /// let findings = builder.merge_named_operators()?;
    /// assert_eq!(findings[0].code.as_str(), "named_operator");
    /// assert!(builder.build()?.chain.find_stock("X1", "DIST").is_ok());
    /// # Ok::<(), suyuan_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Capacity`].
    pub fn merge_named_operators(&mut self) -> Result<Vec<Finding>, Error> {
        let rows = || self.operators.iter().chain(self.aliased.iter().map(|(_, row)| row));
        let registered: HashSet<u32> = rows().map(|row| row.code).collect();
        let unknown = (0..self.operator_codes.len() as u32).filter(|at| !registered.contains(at));
        let mut called: HashMap<String, Vec<u32>> = HashMap::new();
        for at in unknown {
            called.entry(bare_code(self.operator_codes.text(at))).or_default().push(at);
        }
        if called.is_empty() {
            return Ok(Vec::new());
        }
        // The operators that each such code names.
        let mut named: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for row in rows() {
            let name = self.texts.text(row.name);
            if name.is_empty() {
                continue;
            }
            for at in called.get(&bare_code(name)).into_iter().flatten() {
                named.entry(*at).or_default().push(row.code);
            }
        }
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let mut findings = Vec::new();
        let mut merged: HashMap<u32, u32> = HashMap::new();
        for (at, operators) in &mut named {
            let code = |at: u32| self.operator_codes.text(at);
            operators.sort_unstable_by_key(|operator| code(*operator));
            operators.dedup();
            let (count, records) = self.naming(*at);
            let (kind, message) = match operators.as_slice() {
                [operator] => {
                    merged.insert(*at, *operator);
                    let message = format!(
                        "operators {}: the name of {} stands where codes stand and is read as it; \
                         {count} records have it",
                        code(*at),
                        code(*operator)
                    );
                    (FindingCode::NamedOperator, message)
                }
                several => {
                    let first = several.iter().take(NAMED_RECORDS).map(|operator| code(*operator));
                    let message = format!(
                        "operators {}: a name stands where codes stand, and {} operators have it \
                         ({}); it is kept apart; {count} records have it",
                        code(*at),
                        several.len(),
                        first.collect::<Vec<_>>().join(", ")
                    );
                    (FindingCode::AmbiguousName, message)
                }
            };
            findings.push(Finding::new(kind, message, records));
        }
        findings.sort();
        self.replace_operators(&merged)?;
        Ok(findings)
    }

    /// How many records name an operator, and the first of them.
    fn naming(&self, operator: u32) -> (u64, Vec<RecordRef>) {
        let batches = self.batches.iter().filter(|row| row.operator == operator);
        let batches = batches.map(|row| RecordRef {
            table: Table::Batches,
            code: self.batch_codes.text(row.code).to_owned(),
            source: row.source,
        });
        let here = |row: &&super::builder::RawShipment| row.from == operator || row.to == operator;
        let shipments = self.shipments.iter().filter(here).map(|row| shipment_ref(self, row));
        let lines = self.lines.iter().filter(|row| row.operator == operator);
        let lines = lines.map(|row| line_ref(self, row));
        let removals = self.removals.iter().filter(|row| row.operator == operator);
        let removals = removals.map(|row| removal_ref(self, row));
        let samples = self.samples.iter().filter(|row| row.operator == operator);
        let samples = samples.map(|row| sample_ref(self, row));
        let all = batches.chain(shipments).chain(lines).chain(removals).chain(samples);
        let mut records: Vec<RecordRef> = all.collect();
        records.sort();
        let count = records.len() as u64;
        records.truncate(NAMED_RECORDS);
        (count, records)
    }

    /// Puts operators in the place of others, which are no longer.
    fn replace_operators(&mut self, merged: &HashMap<u32, u32>) -> Result<(), Error> {
        if merged.is_empty() {
            return Ok(());
        }
        self.rename_producers(merged)?;
        let mut codes = Interner::default();
        let mut numbers = vec![0; self.operator_codes.len()];
        for at in 0..self.operator_codes.len() as u32 {
            if !merged.contains_key(&at) {
                numbers[at as usize] = codes.intern(self.operator_codes.text(at))?;
            }
        }
        for (from, to) in merged {
            numbers[*from as usize] = numbers[*to as usize];
        }
        self.operator_codes = codes;
        let same = |count: usize| (0..count as u32).collect();
        let numbers = Numbers {
            operators: numbers,
            products: same(self.product_codes.len()),
            batches: same(self.batch_codes.len()),
            regions: same(self.region_codes.len()),
            transformations: same(self.transformation_codes.len()),
        };
        numbers.apply(self);
        Ok(())
    }
}

impl ChainBuilder {
    /// The same of the producers that rows name beside their codes.
    fn rename_producers(&mut self, merged: &HashMap<u32, u32>) -> Result<(), Error> {
        let mut texts: HashMap<u32, u32> = HashMap::new();
        for (from, to) in merged {
            let (name, code) = (self.operator_codes.text(*from), self.operator_codes.text(*to));
            if let Some(name) = self.texts.get(name) {
                texts.insert(name, self.texts.intern(code)?);
            }
        }
        let producer = |text: u32| texts.get(&text).copied().unwrap_or(text);
        let (tags, renamed) = self.tags.with_producers(producer)?;
        self.tags = tags;
        self.shipments.iter_mut().for_each(|row| row.tag = renamed.of(row.tag));
        self.lines.iter_mut().for_each(|row| row.tag = renamed.of(row.tag));
        self.removals.iter_mut().for_each(|row| row.tag = renamed.of(row.tag));
        self.samples.iter_mut().for_each(|row| row.tag = renamed.of(row.tag));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Batch, Operator, Removal, Sample, Shipment, Source, TransformationLine};

    fn operator(code: &'static str, name: &'static str) -> Operator<'static> {
        Operator { code: code.into(), name: name.into(), ..Operator::default() }
    }

    /// Records of every table that call their operator so.
    fn records(builder: &mut ChainBuilder, of: &'static str) {
        let none = Source::NONE;
        let row = Batch {
            code: "B".into(),
            product: "P".into(),
            operator: of.into(),
            ..Batch::default()
        };
        builder.add_batch(&row, none).unwrap();
        let row = Shipment {
            code: "W".into(),
            batch: "B".into(),
            from: of.into(),
            to: "S".into(),
            ..Shipment::default()
        };
        builder.add_shipment(&row, none).unwrap();
        let row = TransformationLine {
            code: "T".into(),
            operator: of.into(),
            batch: "B".into(),
            ..TransformationLine::default()
        };
        builder.add_transformation_line(&row, none).unwrap();
        let row = Removal { batch: "B".into(), operator: of.into(), ..Removal::default() };
        builder.add_removal(&row, none).unwrap();
        let row = Sample {
            code: "S".into(),
            batch: "B".into(),
            operator: of.into(),
            ..Sample::default()
        };
        builder.add_sample(&row, none).unwrap();
    }

    #[test]
    fn records_that_name_an_operator_are_as_those_that_have_its_code() {
        let snapshot = |of| {
            let mut builder = ChainBuilder::new();
            builder.add_operator(&operator("A", "Ａ 乳业"), Source::NONE).unwrap();
            builder.add_operator(&operator("S", "S"), Source::NONE).unwrap();
            records(&mut builder, of);
            let findings = builder.merge_named_operators().unwrap();
            let mut bytes = Vec::new();
            builder.build().unwrap().chain.write_snapshot(&mut bytes).unwrap();
            (findings, bytes)
        };
        let (none, by_code) = snapshot("A");
        let (said, by_name) = snapshot("a乳业");
        assert!(none.is_empty());
        assert_eq!(by_code, by_name);
        assert_eq!(said.len(), 1);
        assert_eq!((said[0].code, said[0].records.len()), (FindingCode::NamedOperator, 5));
    }

    #[test]
    fn a_name_of_several_stays_and_is_told() {
        let mut builder = ChainBuilder::new();
        for code in ["A1", "A2"] {
            builder.add_operator(&operator(code, "乳业"), Source::NONE).unwrap();
        }
        records(&mut builder, "乳业");
        let findings = builder.merge_named_operators().unwrap();
        assert_eq!(findings[0].code, FindingCode::AmbiguousName);
        assert!(findings[0].message.contains("(A1, A2)"), "{}", findings[0].message);
        assert!(builder.build().unwrap().chain.find_stock("B", "乳业").is_ok());
    }
}
