//! Who there is and where: operators by class, and a tree of regions.

use suyuan_core::model::Stage;

use crate::catalog::kinds_of;
use crate::ladder::Ladder;
use crate::plan::Plan;
use crate::random::Random;

/// What kind of operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Farm,
    Collector,
    Slaughterhouse,
    Mill,
    Blender,
    Factory,
    Kitchen,
    Market,
    Warehouse,
    Wholesaler,
    Shop,
}

impl Class {
    pub(crate) const ALL: [Self; 11] = [
        Self::Farm,
        Self::Collector,
        Self::Slaughterhouse,
        Self::Mill,
        Self::Blender,
        Self::Factory,
        Self::Kitchen,
        Self::Market,
        Self::Warehouse,
        Self::Wholesaler,
        Self::Shop,
    ];

    /// Operators of a thousand, how many are largest, and the least there are.
    const fn size(self) -> (u32, u32, u32) {
        match self {
            Self::Farm => (120, 4, 60),
            Self::Collector => (10, 2, 14),
            Self::Slaughterhouse => (2, 3, 7),
            Self::Mill | Self::Blender | Self::Kitchen => (4, 3, 14),
            Self::Factory => (5, 3, 14),
            Self::Market | Self::Warehouse => (2, 2, 14),
            Self::Wholesaler => (20, 1, 7),
            Self::Shop => (820, 2, 254),
        }
    }

    /// Of the classes that transform: how many steps of making lie behind what they make.
    pub(crate) const fn tier(self) -> Option<u8> {
        match self {
            Self::Slaughterhouse | Self::Mill => Some(1),
            Self::Blender => Some(2),
            Self::Factory => Some(3),
            Self::Kitchen => Some(4),
            _ => None,
        }
    }

    /// Whether each county has a ladder of its own.
    const fn is_local(self) -> bool {
        matches!(self, Self::Wholesaler | Self::Shop)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Farm => "种养殖场",
            Self::Collector => "产地收购站",
            Self::Slaughterhouse => "屠宰场",
            Self::Mill => "初加工厂",
            Self::Blender => "配料厂",
            Self::Factory => "食品厂",
            Self::Kitchen => "中央厨房",
            Self::Market => "产地批发市场",
            Self::Warehouse => "物流仓库",
            Self::Wholesaler => "批发商",
            Self::Shop => "门店",
        }
    }

    /// The stage of the `at`th of the class. Of ten shops six are retailers, three caterers, one
    /// a canteen.
    pub(crate) const fn stage(self, at: u32) -> Stage {
        match self {
            Self::Farm => Stage::Farm,
            Self::Collector => Stage::Other,
            Self::Slaughterhouse => Stage::Slaughter,
            Self::Mill | Self::Blender | Self::Factory | Self::Kitchen => Stage::Processor,
            Self::Market | Self::Wholesaler => Stage::Wholesale,
            Self::Warehouse => Stage::Warehouse,
            Self::Shop => match at % 10 {
                0..6 => Stage::Retail,
                6..9 => Stage::Catering,
                _ => Stage::Canteen,
            },
        }
    }
}

/// Dense number of an operator.
pub(crate) type OperatorNo = u32;

/// The most counties there are.
pub(crate) const MOST_COUNTIES: u32 = 512;

/// Operators, numbered class by class, and counties.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) counties: u32,
    ladders: [Ladder; 11],
    starts: [u32; 12],
    /// Whether an operator writes days alone.
    days_only: Vec<bool>,
    /// What the classes that transform make, by class.
    makes: [Vec<u8>; 11],
}

impl World {
    pub(crate) fn new(plan: &Plan, random: &mut Random) -> Self {
        let links = u32::try_from(plan.links).unwrap_or(u32::MAX);
        let counties = 1 << (links / 20_000).clamp(8, MOST_COUNTIES).ilog2();
        let operators = links / 40;
        let ladders = Class::ALL.map(|class| {
            let (share, base, least) = class.size();
            let wanted = operators / 1000 * share + operators % 1000 * share / 1000;
            let wanted = if class.is_local() { wanted / counties } else { wanted };
            Ladder::new(wanted.max(least), base)
        });
        let mut starts = [0; 12];
        for (at, class) in Class::ALL.into_iter().enumerate() {
            let ladders_there = if class.is_local() { counties } else { 1 };
            starts[at + 1] = starts[at] + ladders[at].len() * ladders_there;
        }
        let days_only = (0..starts[11]).map(|_| random.hits(plan.days_only)).collect();
        let makes = Class::ALL.map(|class| {
            let tier = class.tier();
            tier.map_or_else(Vec::new, |tier| kinds_of(tier, class == Class::Slaughterhouse))
        });
        Self { counties, ladders, starts, days_only, makes }
    }

    pub(crate) fn operators(&self) -> u32 {
        self.starts[11]
    }

    #[inline]
    pub(crate) fn writes_days(&self, operator: OperatorNo) -> bool {
        self.days_only.get(operator as usize) == Some(&true)
    }

    pub(crate) fn first(&self, class: Class) -> OperatorNo {
        self.starts[class as usize]
    }

    pub(crate) fn class(&self, operator: OperatorNo) -> Class {
        let at = self.starts[1..11].partition_point(|start| *start <= operator);
        Class::ALL[at.min(10)]
    }

    /// The `at`th of a class for a key.
    #[inline]
    pub(crate) fn pick(&self, class: Class, key: u32, at: u32) -> OperatorNo {
        self.starts[class as usize] + self.ladders[class as usize].pick(key, at)
    }

    /// The `at`th of a local class in a county for a key.
    #[inline]
    pub(crate) fn pick_in(&self, class: Class, county: u32, key: u32, at: u32) -> OperatorNo {
        let ladder = self.ladders[class as usize];
        self.starts[class as usize] + county * ladder.len() + ladder.pick(key, at)
    }

    /// Where an operator is.
    #[inline]
    pub(crate) fn county(&self, operator: OperatorNo) -> u32 {
        for class in [Class::Shop, Class::Wholesaler] {
            let start = self.starts[class as usize];
            if operator >= start {
                return (operator - start) / self.ladders[class as usize].len();
            }
        }
        operator % self.counties
    }

    /// What the `at`th batch of a transformation at a maker is.
    pub(crate) fn product(&self, class: Class, maker: OperatorNo, at: u32) -> u8 {
        let makes = &self.makes[class as usize];
        let turn = (maker + at) as usize % makes.len().max(1);
        makes.get(turn).copied().unwrap_or(0)
    }
}

/// Division codes of provinces, in the order counties fill them.
const PROVINCES: [u32; 8] = [37, 32, 41, 13, 33, 34, 42, 43];

/// The division code of a county (区划代码): province, city, county, two digits each. Eight
/// counties make a city, eight cities a province.
pub(crate) const fn county_code(county: u32) -> u32 {
    city_code(county / 8) + county % 8 + 2
}

/// The division code of a city.
pub(crate) const fn city_code(city: u32) -> u32 {
    province_code(city / 8) + (city % 8 + 1) * 100
}

/// The division code of a province.
pub(crate) const fn province_code(province: u32) -> u32 {
    PROVINCES[province as usize % PROVINCES.len()] * 10_000
}
