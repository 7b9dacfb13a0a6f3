//! Records that several threads have taken in, put together.

use rayon::prelude::*;

use super::builder::{ChainBuilder, check_room};
use super::numbers::{Numbers, TOGETHER};
use crate::error::Error;
use crate::id::Interner;

impl ChainBuilder {
    /// An empty builder with the options and the merged operators of this one: to be filled on
    /// another thread and absorbed again.
    #[must_use]
    pub fn sibling(&self) -> Self {
        let mut sibling = Self::with_options(self.options.clone());
        sibling.merge_operators(self.aliases().clone());
        sibling
    }

    /// Adds every record of another builder. Their sources are to name files of this builder; the
    /// files, options and preferences of the other are not used. Linear in the other's records.
    ///
    /// ```
    /// use suyuan_core::chain::ChainBuilder;
    /// use suyuan_core::model::{Shipment, Source};
    /// let shipment = |code: &'static str, to: &'static str| Shipment {
    ///     code: code.into(), batch: "B1".into(), from: "FARM".into(), to: to.into(),
    ///     ..Shipment::default()
    /// };
    /// let mut all = ChainBuilder::new();
    /// all.add_shipment(&shipment("W1", "SHOP"), Source::NONE)?;
    /// let mut others = all.sibling();
    /// others.add_shipment(&shipment("W2", "CANTEEN"), Source::NONE)?;
    /// all.absorb(others)?;
    /// assert_eq!(all.build()?.chain.stock_count(), 3);
    /// # Ok::<(), suyuan_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Capacity`].
    pub fn absorb(&mut self, mut other: Self) -> Result<(), Error> {
        let numbers = |to: &mut Interner, from: &Interner| -> Result<Vec<u32>, Error> {
            (0..from.len() as u32).map(|at| to.intern(from.text(at))).collect()
        };
        // Batches have the most codes that come again, shipments the most codes.
        let shipment_codes = std::mem::take(&mut other.shipment_codes);
        let (batches, code) = rayon::join(
            || numbers(&mut self.batch_codes, &other.batch_codes),
            || self.shipment_codes.append(shipment_codes),
        );
        let code = code?;
        let texts = numbers(&mut self.texts, &other.texts)?;
        let numbers = Numbers {
            operators: numbers(&mut self.operator_codes, &other.operator_codes)?,
            products: numbers(&mut self.product_codes, &other.product_codes)?,
            batches: batches?,
            regions: numbers(&mut self.region_codes, &other.region_codes)?,
            transformations: numbers(&mut self.transformation_codes, &other.transformation_codes)?,
        };
        let shipments = std::mem::take(&mut other.shipments);
        let tags = self.tags.absorb(&other.tags, &texts)?;
        numbers.apply(&mut other);
        check_room(self.shipments.len() + shipments.len(), "shipments")?;
        self.shipments.reserve_exact(shipments.len());
        let shipments = shipments.into_par_iter().with_min_len(TOGETHER);
        self.shipments.par_extend(shipments.map(|mut row| {
            numbers.apply_to(&mut row);
            row.code += code;
            row.tag = tags.of(row.tag);
            row
        }));
        other.lines.iter_mut().for_each(|row| row.tag = tags.of(row.tag));
        other.removals.iter_mut().for_each(|row| row.tag = tags.of(row.tag));
        other.samples.iter_mut().for_each(|row| row.tag = tags.of(row.tag));
        other.each_text(|text| {
            if let Some(number) = texts.get(*text as usize) {
                *text = *number;
            }
        });
        self.noted.append(&mut other.noted);
        macro_rules! tables {
            ($($table:ident $what:literal;)*) => {$(
                check_room(self.$table.len() + other.$table.len(), $what)?;
                if self.$table.is_empty() {
                    self.$table = std::mem::take(&mut other.$table);
                } else {
                    self.$table.append(&mut other.$table);
                }
            )*};
        }
        tables! {
            regions "regions";
            operators "operators";
            aliased "operators";
            products "products";
            packs "packs";
            batches "batches";
            lines "transformation lines";
            removals "removals";
            samples "samples";
            cleanings "cleanings";
        }
        Ok(())
    }

    /// Every text of the records that is no code.
    fn each_text(&mut self, mut change: impl FnMut(&mut u32)) {
        self.regions.iter_mut().for_each(|row| change(&mut row.name));
        self.operators.iter_mut().for_each(|row| change(&mut row.name));
        self.aliased.iter_mut().for_each(|(_, row)| change(&mut row.name));
        for row in &mut self.products {
            [&mut row.name, &mut row.category].into_iter().for_each(&mut change);
        }
        self.packs.iter_mut().for_each(|row| change(&mut row.batch));
        for row in &mut self.batches {
            [&mut row.origin, &mut row.certificate].into_iter().for_each(&mut change);
        }
        self.lines.iter_mut().for_each(|row| change(&mut row.process));
        for row in &mut self.samples {
            let texts = [&mut row.code, &mut row.test_item, &mut row.measured, &mut row.limit];
            texts.into_iter().for_each(&mut change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::FileId;
    use crate::model::{
        Batch, Cleaning, Operator, Product, Region, Removal, RemovalReason, Role, Sample, Shipment,
        Source, TransformationLine,
    };
    use crate::time::Span;

    /// Adds records of every table, numbered from `first`.
    fn fill(builder: &mut ChainBuilder, first: u32) {
        for at in first..first + 20 {
            let source = Source::new(FileId(0), at);
            let name = |of: &str, count: u32| format!("{of}{}", at * 7 % count).into();
            let (code, batch, operator) = (name("C", 90), name("B", 9), name("O", 11));
            let region = Region { code: name("R", 3), name: "r".into(), ..Region::default() };
            builder.add_region(&region, source).unwrap();
            let row = Operator {
                code: name("O", 11),
                name: name("n", 11),
                region: name("R", 3),
                ..Operator::default()
            };
            builder.add_operator(&row, source).unwrap();
            let row = Product { code: name("P", 4), name: name("p", 4), ..Product::default() };
            builder.add_product(&row, source).unwrap();
            let row = Batch {
                code: name("B", 9),
                product: name("P", 4),
                operator: name("O", 11),
                origin: name("o", 5),
                ..Batch::default()
            };
            builder.add_batch(&row, source).unwrap();
            let to = name("O", 13);
            let row = Shipment { code, batch, from: operator, to, ..Shipment::default() };
            builder.add_shipment(&row, source).unwrap();
            let row = TransformationLine {
                code: name("T", 6),
                operator: name("O", 11),
                role: if at.is_multiple_of(3) { Role::Output } else { Role::Input },
                batch: name("B", 9),
                process: name("cut", 2),
                ..TransformationLine::default()
            };
            builder.add_transformation_line(&row, source).unwrap();
            let row = Removal {
                batch: name("B", 9),
                operator: name("O", 11),
                reason: Some(RemovalReason::Sold),
                ..Removal::default()
            };
            builder.add_removal(&row, source).unwrap();
            let row = Sample {
                code: name("S", 40),
                batch: name("B", 9),
                operator: name("O", 11),
                test_item: name("lead", 3),
                ..Sample::default()
            };
            builder.add_sample(&row, source).unwrap();
            let row = Cleaning { operator: name("O", 11), cleaned_on: Span::UNKNOWN };
            builder.add_cleaning(&row).unwrap();
        }
    }

    /// Records taken in by two builders make the chain that one would have made.
    #[test]
    fn two_builders_are_as_one() {
        let mut one = ChainBuilder::new();
        one.add_file("f.csv");
        let mut parts = one.sibling();
        fill(&mut one, 2);
        fill(&mut one, 22);
        fill(&mut parts, 22);
        let mut two = ChainBuilder::new();
        two.add_file("f.csv");
        fill(&mut two, 2);
        two.absorb(parts).unwrap();
        let (one, two) = (one.build().unwrap(), two.build().unwrap());
        assert_eq!(one.findings, two.findings);
        let bytes = |chain: &crate::chain::SupplyChain| {
            let mut bytes = Vec::new();
            chain.write_snapshot(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(bytes(&one.chain), bytes(&two.chain));
        two.chain.verify().unwrap();
    }
}
