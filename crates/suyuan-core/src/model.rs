//! Plain records that adapters fill and the chain is built from.
//!
//! Codes are texts as the outside world writes them; a value that could not be read is `None` or
//! [`Span::UNKNOWN`], never a guess. Texts are [`Cow`]s so that an adapter can lend them.
//!
//! ```
//! use suyuan_core::model::{Shipment, Stage};
//! let shipment = Shipment {
//!     code: "W-1".into(),
//!     batch: "B-1".into(),
//!     from: "F001".into(),
//!     to: "S001".into(),
//!     ..Shipment::default()
//! };
//! assert!(shipment.shipped_on.is_unknown());
//! assert_eq!(Stage::parse("零售"), Some(Stage::Retail));
//! ```

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::id::FileId;
use crate::quantity::Unit;
use crate::text::fold_name;
use crate::time::Span;

pub use credit_code::{CreditCodeError, check_credit_code};

mod credit_code;
mod texts;

/// A text a record lends or owns.
pub type Text<'a> = Cow<'a, str>;

/// Where a record was read: a file and the physical line it starts on, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The file, as registered with the builder.
    pub file: FileId,
    /// The physical line, counted from 1; 0 when there is none.
    pub line: u32,
}

impl Source {
    /// No source: a record that an embedding program made.
    pub const NONE: Self = Self { file: FileId(u32::MAX), line: 0 };

    /// A line of a file.
    #[must_use]
    pub const fn new(file: FileId, line: u32) -> Self {
        Self { file, line }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::NONE
    }
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal $(| $alias:literal)*;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        /// Read from every name that `parse` reads.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = Text::deserialize(from)?;
                Self::parse(&text).ok_or_else(|| texts::no_word(&text, Self::ALL, Self::as_str))
            }
        }

        impl $name {
            /// Every value, in declared order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The English name used in data and results.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The names it is read from: English first, then the Chinese aliases.
            #[must_use]
            pub const fn names(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$text $(, $alias)*],)* }
            }

            /// Reads the English or Chinese name, ignoring width and case.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match &*fold_name(text) {
                    $($text $(| $alias)* => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

codes! {
    /// The tier of a region.
    RegionLevel {
        /// 省.
        Province = "province" | "省" | "省级";
        /// 市.
        City = "city" | "市" | "市级";
        /// 县, 区.
        County = "county" | "县" | "区" | "县级" | "区县";
        /// 乡镇, 街道.
        Town = "town" | "乡镇" | "镇" | "乡" | "街道" | "乡镇级";
    }
}

codes! {
    /// The stage of the chain an operator works at (环节).
    Stage {
        /// 种养殖.
        Farm = "farm" | "种养殖";
        /// 屠宰.
        Slaughter = "slaughter" | "屠宰";
        /// 生产加工.
        Processor = "processor" | "生产加工";
        /// 进口.
        Importer = "importer" | "进口";
        /// 仓储.
        Warehouse = "warehouse" | "仓储";
        /// 批发.
        Wholesale = "wholesale" | "批发";
        /// 零售.
        Retail = "retail" | "零售";
        /// 餐饮.
        Catering = "catering" | "餐饮";
        /// 食堂.
        Canteen = "canteen" | "食堂";
        /// 网络.
        Online = "online" | "网络";
        /// 其他.
        Other = "other" | "其他";
    }
}

codes! {
    /// The risk grade of an operator (风险等级).
    RiskGrade {
        /// Lowest risk.
        A = "a";
        /// Moderate risk.
        B = "b";
        /// Higher risk.
        C = "c";
        /// Highest risk.
        D = "d";
    }
}

codes! {
    /// The side of a transformation a line stands on (角色).
    Role {
        /// 投入.
        Input = "input" | "投入";
        /// 产出.
        Output = "output" | "产出";
    }
}

codes! {
    /// Why goods left a stock without going to another, or were found in it (原因).
    RemovalReason {
        /// 销售.
        Sold = "sold" | "销售";
        /// 销毁.
        Destroyed = "destroyed" | "销毁";
        /// 抽样.
        Sampled = "sampled" | "抽样";
        /// 损耗.
        Lost = "lost" | "损耗";
        /// 退出: returned outside the records.
        Returned = "returned" | "退出";
        /// 盘盈: found at stock-taking. The one reason that adds to a stock.
        Gained = "gained" | "盘盈";
    }
}

codes! {
    /// The purpose a sample was taken for (抽检类型). Purposes are never pooled in estimates.
    SampleKind {
        /// 监督抽检.
        Supervision = "supervision" | "监督抽检";
        /// 风险监测.
        Monitoring = "monitoring" | "风险监测";
        /// 评价性抽检.
        Evaluation = "evaluation" | "评价性抽检";
        /// 专项抽检.
        Special = "special" | "专项抽检";
        /// 跟踪抽检.
        Followup = "followup" | "跟踪抽检";
    }
}

codes! {
    /// What the laboratory said (判定).
    Verdict {
        /// 合格.
        Pass = "pass" | "合格";
        /// 不合格.
        Fail = "fail" | "不合格";
        /// 待检.
        Pending = "pending" | "待检";
    }
}

codes! {
    /// The class of a hazard (危害类别).
    Hazard {
        /// 生物.
        Biological = "biological" | "生物";
        /// 化学.
        Chemical = "chemical" | "化学";
        /// 物理.
        Physical = "physical" | "物理";
        /// 过敏原.
        Allergen = "allergen" | "过敏原";
        /// 放射.
        Radiological = "radiological" | "放射";
        /// 标签.
        Label = "label" | "标签";
    }
}

/// An administrative region with its population.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Region<'a> {
    /// Division code (区划代码), such as `370200`.
    pub code: Text<'a>,
    /// Name.
    pub name: Text<'a>,
    /// Tier.
    pub level: Option<RegionLevel>,
    /// Code of the region it belongs to; empty for none.
    pub parent: Text<'a>,
    /// Permanent residents (常住人口), persons.
    pub population: Option<u64>,
}

/// A food business operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Operator<'a> {
    /// The operator's code, such as a unified social credit code.
    pub code: Text<'a>,
    /// Name.
    pub name: Text<'a>,
    /// Stage of the chain.
    pub stage: Option<Stage>,
    /// Code of its region.
    pub region: Text<'a>,
    /// Risk grade.
    pub risk_grade: Option<RiskGrade>,
    /// Latitude, degrees north.
    #[serde(with = "texts::decimal_option")]
    pub latitude: Option<Decimal>,
    /// Longitude, degrees east.
    #[serde(with = "texts::decimal_option")]
    pub longitude: Option<Decimal>,
}

/// A kind of food.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Product<'a> {
    /// The product's code.
    pub code: Text<'a>,
    /// Name.
    pub name: Text<'a>,
    /// Food category.
    pub category: Text<'a>,
    /// Shelf life, days.
    pub shelf_life_days: Option<u32>,
    /// The unit its batches are kept in.
    pub base_unit: Option<Unit>,
    /// Quantity of one piece in the base unit.
    #[serde(with = "texts::decimal_option")]
    pub pack_quantity: Option<Decimal>,
}

/// What one unit of packing holds, for every lot of a product or for one (`packs.csv`): one
/// `unit` is `quantity` of `of_unit`. Rows work both ways and chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pack<'a> {
    /// Code of the product.
    pub product: Text<'a>,
    /// Code of the batch it holds for; empty for every lot of the product.
    #[serde(default)]
    pub batch: Text<'a>,
    /// The unit it says something of.
    pub unit: Unit,
    /// How many of `of_unit` are in one.
    #[serde(with = "texts::decimal")]
    pub quantity: Decimal,
    /// The unit it is said in.
    pub of_unit: Unit,
}

/// A lot of one product made by one operator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Batch<'a> {
    /// The batch's code.
    pub code: Text<'a>,
    /// Code of its product.
    pub product: Text<'a>,
    /// Code of the operator that made it.
    pub operator: Text<'a>,
    /// When it was made.
    pub produced_on: Span,
    /// When it expires.
    pub expires_on: Span,
    /// How much was made, in `unit`.
    #[serde(with = "texts::decimal_option")]
    pub quantity: Option<Decimal>,
    /// Unit of `quantity`.
    pub unit: Option<Unit>,
    /// Place of origin.
    pub origin: Text<'a>,
    /// Number of its certificate.
    pub certificate: Text<'a>,
}

/// One line of a waybill: goods of one batch from one operator to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Shipment<'a> {
    /// The waybill's code; several lines may share it.
    pub code: Text<'a>,
    /// Code of the batch.
    pub batch: Text<'a>,
    /// Code of the sender.
    pub from: Text<'a>,
    /// Code of the receiver.
    pub to: Text<'a>,
    /// When it left the sender.
    pub shipped_on: Span,
    /// When it reached the receiver.
    pub received_on: Span,
    /// How much, in `unit`.
    #[serde(with = "texts::decimal_option")]
    pub quantity: Option<Decimal>,
    /// Unit of `quantity`.
    pub unit: Option<Unit>,
    /// A digest of the record as it was written. Records of equal content and equal digest are
    /// one record said twice; with different digests they are two lines. Leave 0 where records
    /// have no written form.
    pub digest: u64,
    /// Code of the batch's product, where the code of a batch alone does not name a lot; empty
    /// for none stated.
    pub product: Text<'a>,
    /// Code of the operator that made the batch, likewise.
    pub producer: Text<'a>,
    /// Who reported the row (数据来源); empty for nobody named.
    pub reporter: Text<'a>,
}

/// One line of a transformation: lines that share a code are one event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct TransformationLine<'a> {
    /// The transformation's code.
    pub code: Text<'a>,
    /// Code of the operator where it happened.
    pub operator: Text<'a>,
    /// When it happened.
    pub transformed_on: Span,
    /// Whether the batch went in or came out.
    pub role: Role,
    /// Code of the batch.
    pub batch: Text<'a>,
    /// How much, in `unit`.
    #[serde(with = "texts::decimal_option")]
    pub quantity: Option<Decimal>,
    /// Unit of `quantity`.
    pub unit: Option<Unit>,
    /// Process, such as `pasteurisation`; empty for none stated.
    pub process: Text<'a>,
    /// Code of the batch's product, where the code of a batch alone does not name a lot; empty
    /// for none stated.
    pub product: Text<'a>,
    /// Code of the operator that made the batch, likewise.
    pub producer: Text<'a>,
    /// Who reported the row (数据来源); empty for nobody named.
    pub reporter: Text<'a>,
}

/// Goods that left a stock without going to another; with [`RemovalReason::Gained`] goods that
/// were found in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Removal<'a> {
    /// Code of the batch.
    pub batch: Text<'a>,
    /// Code of the operator.
    pub operator: Text<'a>,
    /// When it happened.
    pub removed_on: Span,
    /// How much, in `unit`.
    #[serde(with = "texts::decimal_option")]
    pub quantity: Option<Decimal>,
    /// Unit of `quantity`.
    pub unit: Option<Unit>,
    /// Why; `None` when it could not be read.
    pub reason: Option<RemovalReason>,
    /// Code of the batch's product, where the code of a batch alone does not name a lot; empty
    /// for none stated.
    pub product: Text<'a>,
    /// Code of the operator that made the batch, likewise.
    pub producer: Text<'a>,
    /// Who reported the row (数据来源); empty for nobody named.
    pub reporter: Text<'a>,
}

/// A sample taken at an operator and what was found in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample<'a> {
    /// The sample's code.
    pub code: Text<'a>,
    /// What it was taken for; `None` when it could not be read.
    pub kind: Option<SampleKind>,
    /// Code of the batch.
    pub batch: Text<'a>,
    /// Code of the operator it was taken at.
    pub operator: Text<'a>,
    /// When it was taken.
    pub sampled_on: Span,
    /// When the result was reported.
    pub reported_on: Span,
    /// What the laboratory said.
    pub verdict: Option<Verdict>,
    /// What was tested for.
    pub test_item: Text<'a>,
    /// Measured value, as written.
    pub measured: Text<'a>,
    /// Limit, as written.
    pub limit: Text<'a>,
    /// Class of the hazard.
    pub hazard: Option<Hazard>,
    /// Code of the batch's product, where the code of a batch alone does not name a lot; empty
    /// for none stated.
    pub product: Text<'a>,
    /// Code of the operator that made the batch, likewise.
    pub producer: Text<'a>,
    /// Who reported the row (数据来源); empty for nobody named.
    pub reporter: Text<'a>,
}

/// A cleaning of an operator's equipment, which ends carry-over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cleaning<'a> {
    /// Code of the operator.
    pub operator: Text<'a>,
    /// When it happened.
    pub cleaned_on: Span,
}

macro_rules! defaults {
    ($($name:ident { $($field:ident: $value:expr),* };)*) => {$(
        impl Default for $name<'_> {
            fn default() -> Self {
                Self { $($field: $value),* }
            }
        }
    )*};
}

defaults! {
    Batch {
        code: Text::default(), product: Text::default(), operator: Text::default(),
        produced_on: Span::UNKNOWN, expires_on: Span::UNKNOWN, quantity: None, unit: None,
        origin: Text::default(), certificate: Text::default()
    };
    Shipment {
        code: Text::default(), batch: Text::default(), from: Text::default(), to: Text::default(),
        shipped_on: Span::UNKNOWN, received_on: Span::UNKNOWN, quantity: None, unit: None, digest: 0,
        product: Text::default(), producer: Text::default(), reporter: Text::default()
    };
    TransformationLine {
        code: Text::default(), operator: Text::default(), transformed_on: Span::UNKNOWN,
        role: Role::Input, batch: Text::default(), quantity: None, unit: None,
        process: Text::default(),
        product: Text::default(), producer: Text::default(), reporter: Text::default()
    };
    Removal {
        batch: Text::default(), operator: Text::default(), removed_on: Span::UNKNOWN,
        quantity: None, unit: None, reason: None,
        product: Text::default(), producer: Text::default(), reporter: Text::default()
    };
    Sample {
        code: Text::default(), kind: None, batch: Text::default(), operator: Text::default(),
        sampled_on: Span::UNKNOWN, reported_on: Span::UNKNOWN, verdict: None,
        test_item: Text::default(), measured: Text::default(), limit: Text::default(), hazard: None,
        product: Text::default(), producer: Text::default(), reporter: Text::default()
    };
}
