//! The tables and columns of a data set, in the order of the data-format page.
//!
//! ```
//! use suyuan_core::chain::Table;
//! use suyuan_csv::schema::{Need, columns};
//! let header: Vec<_> = columns(Table::Removals).iter().map(|c| c.name).collect();
//! assert!(header.join(",").starts_with("batch_code,operator_code,removed_on,quantity,unit,reason"));
//! let batch = &columns(Table::Removals)[0];
//! assert_eq!((batch.alias, batch.need), ("批次号", Need::Key));
//! ```

use suyuan_core::chain::Table;

/// The tables a data set may hold, in the order they are read and reported in.
pub const TABLES: [Table; 9] = [
    Table::Regions,
    Table::Operators,
    Table::Products,
    Table::Batches,
    Table::Shipments,
    Table::Transformations,
    Table::Removals,
    Table::Samples,
    Table::Packs,
];

/// What a table needs of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// The header must be there, and a row whose value cannot be read is rejected: codes, the
    /// stage of an operator, the role of a transformation line, what a pack row says.
    Key,
    /// The header must be there; a value that cannot be read is unknown.
    Header,
    /// The column may be left out.
    Optional,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Column {
    /// The English name, which reports use.
    pub name: &'static str,
    /// The Chinese name.
    pub alias: &'static str,
    /// What the table needs of it.
    pub need: Need,
}

macro_rules! tables {
    ($($constant:ident { $($need:ident $name:literal $alias:literal,)* })*) => {$(
        const $constant: &[Column] = &[
            $(Column { name: $name, alias: $alias, need: Need::$need },)*
        ];
    )*};
}

tables! {
    REGIONS {
        Key "region_code" "区划代码",
        Header "name" "名称",
        Optional "level" "层级",
        Optional "parent_code" "上级代码",
        Header "population" "常住人口",
    }
    OPERATORS {
        Key "operator_code" "主体编码",
        Header "name" "名称",
        Key "stage" "环节",
        Key "region_code" "区划代码",
        Optional "risk_grade" "风险等级",
        Optional "latitude" "纬度",
        Optional "longitude" "经度",
    }
    PRODUCTS {
        Key "product_code" "产品编码",
        Header "name" "名称",
        Optional "category" "食品类别",
        Optional "shelf_life_days" "保质期天数",
        Optional "base_unit" "基本单位",
        Optional "pack_quantity" "每件含量",
    }
    BATCHES {
        Key "batch_code" "批次号",
        Key "product_code" "产品编码",
        Key "operator_code" "生产主体编码",
        Optional "produced_on" "生产日期",
        Optional "expires_on" "到期日期",
        Header "quantity" "数量",
        Header "unit" "单位",
        Optional "origin" "产地",
        Optional "certificate_no" "合格证编号",
    }
    SHIPMENTS {
        Key "shipment_code" "运单号",
        Key "batch_code" "批次号",
        Key "from_operator" "供货方编码",
        Key "to_operator" "收货方编码",
        Optional "shipped_on" "发货日期",
        Optional "received_on" "收货日期",
        Header "quantity" "数量",
        Header "unit" "单位",
        Optional "product_code" "产品编码",
        Optional "producer_code" "生产主体编码",
    }
    TRANSFORMATIONS {
        Key "transformation_code" "加工单号",
        Key "operator_code" "主体编码",
        Header "transformed_on" "加工日期",
        Key "role" "角色",
        Key "batch_code" "批次号",
        Optional "quantity" "数量",
        Optional "unit" "单位",
        Optional "process" "工艺",
        Optional "product_code" "产品编码",
        Optional "producer_code" "生产主体编码",
    }
    REMOVALS {
        Key "batch_code" "批次号",
        Key "operator_code" "主体编码",
        Header "removed_on" "日期",
        Header "quantity" "数量",
        Header "unit" "单位",
        Header "reason" "原因",
        Optional "product_code" "产品编码",
        Optional "producer_code" "生产主体编码",
    }
    SAMPLES {
        Key "sample_code" "抽样单号",
        Header "kind" "抽检类型",
        Key "batch_code" "批次号",
        Key "operator_code" "被抽样单位编码",
        Header "sampled_on" "抽样日期",
        Optional "reported_on" "报告日期",
        Header "verdict" "判定",
        Optional "test_item" "检测项目",
        Optional "measured" "检测值",
        Optional "limit" "限量",
        Optional "hazard" "危害类别",
        Optional "product_code" "产品编码",
        Optional "producer_code" "生产主体编码",
    }
    PACKS {
        Key "product_code" "产品编码",
        Optional "batch_code" "批次号",
        Key "unit" "包装单位",
        Key "quantity" "数量",
        Key "of_unit" "折合单位",
    }
}

/// The columns that every table may have beside its own: who reported a row, from when it is known,
/// and from when it no longer is.
pub const KNOWN: &[Column] = &[
    Column { name: "reporter", alias: "数据来源", need: Need::Optional },
    Column { name: "known_at", alias: "知悉时间", need: Need::Optional },
    Column { name: "withdrawn_at", alias: "撤回时间", need: Need::Optional },
];

/// The columns of a table in the order of the page; empty for a table without a CSV form.
#[must_use]
pub const fn columns(table: Table) -> &'static [Column] {
    match table {
        Table::Regions => REGIONS,
        Table::Operators => OPERATORS,
        Table::Products => PRODUCTS,
        Table::Batches => BATCHES,
        Table::Shipments => SHIPMENTS,
        Table::Transformations => TRANSFORMATIONS,
        Table::Removals => REMOVALS,
        Table::Samples => SAMPLES,
        Table::Packs => PACKS,
        _ => &[],
    }
}

/// Whether a column names the lot beside the code of a batch.
pub(crate) fn is_of_lot(table: Table, column: &str) -> bool {
    let moves = !matches!(table, Table::Batches | Table::Products | Table::Packs);
    moves && matches!(column, "product_code" | "producer_code")
}

/// The place of a table among [`TABLES`]; past the end for any other.
pub(crate) fn rank(table: Table) -> usize {
    TABLES.iter().position(|known| *known == table).unwrap_or(TABLES.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_folded_and_trimmed() {
        for table in TABLES {
            let columns = columns(table);
            assert!(!columns.is_empty());
            for (i, column) in columns.iter().enumerate() {
                for name in [column.name, column.alias] {
                    assert!(KNOWN.iter().all(|known| known.name != name && known.alias != name));
                    assert_eq!(suyuan_core::text::fold_name(name), name);
                    let uses = columns.iter().filter(|c| c.name == name || c.alias == name);
                    assert_eq!(uses.count(), 1, "{table} {i} {name}");
                }
            }
        }
        assert_eq!(columns(Table::Cleanings), []);
    }

    #[test]
    fn the_unit_follows_its_quantity() {
        for table in TABLES {
            let columns = columns(table);
            if let Some(place) = columns.iter().position(|c| c.name == "quantity") {
                assert!(columns[place + 1].name.ends_with("unit"), "{table}");
            }
        }
    }
}
