//! The kinds of food: raw, then one to four steps of making.

use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;

/// Where amounts are kept: thousandths of the product's base unit (grams, millilitres).
pub(crate) type Grams = u32;

/// A kind of food.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Three letters and digits.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    /// How many steps of making lie behind it.
    pub(crate) tier: u8,
    pub(crate) base: Unit,
    /// The unit its quantities are written in.
    pub(crate) unit: Unit,
    /// Grams of one piece; 0 for goods not counted.
    pub(crate) pack: Grams,
    /// Days.
    pub(crate) shelf: u16,
    /// Which months bring more of it.
    pub(crate) season: Season,
    /// Animals and what comes of them go to the slaughterhouse.
    pub(crate) live: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Season {
    Level,
    Summer,
    Autumn,
    Winter,
}

impl Season {
    /// Weight of a month, January first.
    pub(crate) const fn weights(self) -> [u32; 12] {
        match self {
            Self::Level => [18, 14, 15, 15, 16, 16, 16, 16, 18, 16, 16, 18],
            Self::Summer => [8, 8, 11, 14, 19, 23, 25, 24, 19, 14, 10, 9],
            Self::Autumn => [10, 9, 10, 10, 11, 14, 16, 19, 26, 28, 20, 13],
            Self::Winter => [27, 22, 16, 13, 11, 10, 9, 9, 12, 15, 20, 28],
        }
    }
}

impl Kind {
    /// What amounts of it are whole multiples of.
    #[inline]
    pub(crate) const fn step(&self) -> Grams {
        match self.unit {
            Unit::Tonne => 1_000,
            Unit::Piece => self.pack,
            Unit::Jin => 50,
            _ => 10,
        }
    }

    /// An amount as it is written.
    #[inline]
    pub(crate) fn written(&self, grams: Grams) -> Decimal {
        let grams = i64::from(grams);
        match self.unit {
            Unit::Tonne => Decimal::new(grams, 6),
            Unit::Gram | Unit::Millilitre => Decimal::new(grams, 0),
            Unit::Jin => Decimal::new(2 * grams, 3),
            Unit::Piece => Decimal::new(grams / i64::from(self.pack.max(1)), 0),
            _ => Decimal::new(grams, 3),
        }
    }
}

macro_rules! kinds {
    ($($code:literal $name:literal $category:literal $tier:literal $base:ident $unit:ident $pack:literal
        $shelf:literal $season:ident $live:literal;)*) => {
        /// Every kind, raw ones first, in the order of tiers.
        pub(crate) const KINDS: &[Kind] = &[$(Kind {
            code: $code, name: $name, category: $category, tier: $tier, base: Unit::$base,
            unit: Unit::$unit, pack: $pack, shelf: $shelf, season: Season::$season, live: $live,
        },)*];
    };
}

kinds! {
    "A01" "小麦" "粮食" 0 Kilogram Tonne 0 180 Autumn false;
    "A02" "大豆" "粮食" 0 Kilogram Tonne 0 180 Autumn false;
    "A03" "韭菜" "蔬菜" 0 Kilogram Jin 0 12 Winter false;
    "A04" "番茄" "蔬菜" 0 Kilogram Kilogram 0 15 Summer false;
    "A05" "大白菜" "蔬菜" 0 Kilogram Kilogram 0 25 Winter false;
    "A06" "辣椒" "蔬菜" 0 Kilogram Kilogram 0 20 Summer false;
    "A07" "苹果" "水果" 0 Kilogram Jin 0 45 Autumn false;
    "A08" "生猪" "畜禽" 0 Kilogram Kilogram 0 8 Level true;
    "A09" "活鸡" "畜禽" 0 Kilogram Kilogram 0 8 Level true;
    "A10" "生牛乳" "乳" 0 Litre Litre 0 6 Level false;
    "A11" "鲜鸡蛋" "蛋" 0 Kilogram Kilogram 0 30 Level false;
    "A12" "花生" "油料" 0 Kilogram Kilogram 0 180 Autumn false;
    "B01" "小麦粉" "粮食加工品" 1 Kilogram Kilogram 0 180 Level false;
    "B02" "花生油" "食用油" 1 Litre Litre 0 360 Level false;
    "B03" "豆粉" "豆制品" 1 Kilogram Kilogram 0 120 Level false;
    "B04" "猪分割肉" "肉制品" 1 Kilogram Kilogram 0 45 Level true;
    "B05" "鸡分割肉" "肉制品" 1 Kilogram Kilogram 0 45 Level true;
    "B06" "全脂乳" "乳制品" 1 Litre Litre 0 30 Level false;
    "B07" "蛋液" "蛋制品" 1 Kilogram Kilogram 0 40 Level false;
    "B08" "辣椒粉" "调味品" 1 Kilogram Gram 0 270 Level false;
    "C01" "复合调味料" "调味品" 2 Kilogram Kilogram 0 270 Level false;
    "C02" "蔬菜馅料" "速冻食品" 2 Kilogram Kilogram 0 60 Level false;
    "C03" "肉馅" "速冻食品" 2 Kilogram Kilogram 0 60 Level false;
    "C04" "酱料" "调味品" 2 Kilogram Kilogram 0 240 Level false;
    "C05" "预拌粉" "粮食加工品" 2 Kilogram Kilogram 0 180 Level false;
    "D01" "速冻水饺" "速冻食品" 3 Kilogram Piece 500 240 Level false;
    "D02" "方便面" "方便食品" 3 Kilogram Piece 120 180 Level false;
    "D03" "香肠" "肉制品" 3 Kilogram Kilogram 0 90 Level false;
    "D04" "饼干" "饼干" 3 Kilogram Piece 250 240 Level false;
    "D05" "酸乳" "乳制品" 3 Litre Millilitre 0 28 Level false;
    "E01" "预制菜套餐" "餐饮食品" 4 Kilogram Piece 400 60 Level false;
    "E02" "夹心面包" "糕点" 4 Kilogram Piece 150 30 Level false;
    "E03" "自热火锅" "方便食品" 4 Kilogram Piece 350 180 Level false;
}

/// Places in [`KINDS`] of a tier. `live` picks the goods of slaughterhouses among the first step.
pub(crate) fn kinds_of(tier: u8, live: bool) -> Vec<u8> {
    let fits = |kind: &Kind| kind.tier == tier && (tier != 1 || kind.live == live);
    (0..KINDS.len() as u8).filter(|at| KINDS.get(usize::from(*at)).is_some_and(fits)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use suyuan_core::quantity::Amount;

    #[test]
    fn written_amounts_are_exact() {
        for kind in KINDS {
            let grams = 7 * kind.step();
            let written = kind.written(grams);
            let (quantity, unit) = match kind.unit {
                Unit::Piece => (written * Decimal::new(kind.pack.into(), 3), kind.base),
                unit => (written, unit),
            };
            let amount = Amount::convert(quantity, unit, kind.base).unwrap();
            assert_eq!(amount.millionths(), i64::from(grams) * 1000, "{}", kind.name);
            assert_eq!(kind.code.len(), 3);
        }
        assert!(KINDS.is_sorted_by_key(|kind| kind.tier));
    }
}
