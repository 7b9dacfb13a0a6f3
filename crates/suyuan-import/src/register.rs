//! Operators and products that are known already, to read names by.

use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::chain::{SupplyChain, Table};
use suyuan_core::id::RegionId;
use suyuan_core::text::fold_width;

use crate::pattern::key;
use crate::profile::Named;

/// Values of a record by column.
pub(crate) type Values = BTreeMap<&'static str, String>;

/// The operators and products that a data set registers. Names are compared without regard to
/// width, letter case and spaces.
#[derive(Clone, Debug, Default)]
pub struct Register {
    entries: BTreeMap<Named, BTreeMap<String, Values>>,
    codes: BTreeMap<(Named, String), BTreeSet<String>>,
    regions: BTreeMap<String, Values>,
}

/// What a name is in a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The code of the only one of that name, or the code itself.
    Code(String),
    /// Several have the name.
    Several(Vec<String>),
    /// Nobody has it.
    Nobody,
}

impl Register {
    /// The registered operators, products and regions of a data set. O(n log n) in them.
    #[must_use]
    pub fn of(chain: &SupplyChain) -> Self {
        let mut register = Self::default();
        let some = |value: Option<String>| value.unwrap_or_default();
        let region = |id: Option<RegionId>| some(id.map(|id| chain.region(id).code.to_owned()));
        for view in chain.operator_ids().map(|id| chain.operator(id)).filter(|v| v.registered) {
            let values = Values::from([
                ("operator_code", view.code.to_owned()),
                ("name", view.name.to_owned()),
                ("stage", some(view.stage.map(|stage| stage.to_string()))),
                ("region_code", region(view.region)),
                ("risk_grade", some(view.risk_grade.map(|grade| grade.to_string()))),
                ("latitude", some(view.place.0.map(|degrees| degrees.to_string()))),
                ("longitude", some(view.place.1.map(|degrees| degrees.to_string()))),
            ]);
            register.add(Named::Operator, view.code, view.name, values);
        }
        for view in chain.product_ids().map(|id| chain.product(id)).filter(|v| v.registered) {
            let values = Values::from([
                ("product_code", view.code.to_owned()),
                ("name", view.name.to_owned()),
                ("category", view.category.to_owned()),
                ("shelf_life_days", some(view.shelf_life_days.map(|days| days.to_string()))),
                ("base_unit", some(view.base_unit.map(|unit| unit.to_string()))),
                ("pack_quantity", some(view.pack_quantity.map(|number| number.to_string()))),
            ]);
            register.add(Named::Product, view.code, view.name, values);
        }
        for view in chain.region_ids().map(|id| chain.region(id)).filter(|view| view.registered) {
            let values = Values::from([
                ("region_code", view.code.to_owned()),
                ("name", view.name.to_owned()),
                ("level", some(view.level.map(|level| level.to_string()))),
                ("parent_code", region(view.parent)),
                ("population", some(view.population.map(|persons| persons.to_string()))),
            ]);
            register.regions.insert(view.code.to_owned(), values);
        }
        register
    }

    fn add(&mut self, named: Named, code: &str, name: &str, mut values: Values) {
        values.retain(|_, value| !value.is_empty());
        for text in [key(code), key(name)] {
            if !text.is_empty() {
                self.codes.entry((named, text)).or_default().insert(code.to_owned());
            }
        }
        self.entries.entry(named).or_default().insert(code.to_owned(), values);
    }

    pub(crate) fn find(&self, named: Named, text: &str) -> Found {
        if self.entries.get(&named).is_some_and(|known| known.contains_key(text)) {
            return Found::Code(text.to_owned());
        }
        let codes = self.codes.get(&(named, key(text)));
        let mut codes: Vec<String> = codes.into_iter().flatten().cloned().collect();
        match (codes.len(), codes.pop()) {
            (1, Some(code)) => Found::Code(code),
            (_, None) => Found::Nobody,
            (_, Some(last)) => {
                codes.push(last);
                Found::Several(codes)
            }
        }
    }

    pub(crate) fn has(&self, named: Named, code: &str) -> bool {
        self.entries.get(&named).is_some_and(|known| known.contains_key(code))
    }

    /// The rows of the codes that records name, and of the regions these are in, by table.
    pub(crate) fn rows_of(&self, used: &BTreeSet<(Named, String)>) -> Vec<(Table, Values)> {
        let mut rows = Vec::new();
        let mut regions = BTreeSet::new();
        for (named, code) in used {
            let known = self.entries.get(named).and_then(|known| known.get(code));
            let Some(values) = known else { continue };
            let table = match named {
                Named::Operator => Table::Operators,
                Named::Product => Table::Products,
            };
            let mut region = values.get("region_code").cloned().unwrap_or_default();
            while let Some(values) = self.regions.get(&region) {
                if !regions.insert(region) {
                    break;
                }
                region = values.get("parent_code").cloned().unwrap_or_default();
            }
            rows.push((table, values.clone()));
        }
        let of_regions = regions.iter().filter_map(|code| self.regions.get(code).cloned());
        rows.extend(of_regions.map(|values| (Table::Regions, values)));
        rows
    }
}

/// The code that is made of a name: the name itself, its full-width letters and signs folded, and
/// one space for any white space. So the same name has the same code in every file, on any day.
#[must_use]
pub fn code_of(name: &str) -> String {
    fold_width(name).split_whitespace().collect::<Vec<_>>().join(" ")
}
