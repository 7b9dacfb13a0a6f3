//! Rows of regions, products and operators.

use rust_decimal::Decimal;
use suyuan_core::model::{Operator, Product, Region, RegionLevel, RiskGrade};

use crate::catalog::KINDS;
use crate::code::Code;
use crate::error::Error;
use crate::random::Random;
use crate::sink::Sink;
use crate::world::{Class, World, city_code, county_code, province_code};
use crate::writer::{Writer, write_operator};

/// Writes every row of the registry. Eight counties make a city, eight cities a province.
pub(crate) fn write<S: Sink + ?Sized>(
    world: &World,
    writer: &mut Writer<'_, S>,
    random: &mut Random,
) -> Result<(), Error> {
    regions(world, writer, random)?;
    for kind in KINDS {
        writer.tally.counts.products += 1;
        writer.sink.product(&Product {
            code: kind.code.into(),
            name: kind.name.into(),
            category: kind.category.into(),
            shelf_life_days: Some(kind.shelf.into()),
            base_unit: Some(kind.base),
            pack_quantity: (kind.pack > 0).then(|| Decimal::new(kind.pack.into(), 3)),
        })?;
    }
    operators(world, writer, random)
}

fn regions<S: Sink + ?Sized>(
    world: &World,
    writer: &mut Writer<'_, S>,
    random: &mut Random,
) -> Result<(), Error> {
    let people: Vec<u64> =
        (0..world.counties).map(|_| u64::from(300_000 + random.below(900_000))).collect();
    let mut add = |code: u32, level: RegionLevel, parent: Option<u32>, counties: &[u64]| {
        let (mut own, mut above) = (Code::default(), Code::default());
        own.number::<6>(code);
        if let Some(parent) = parent {
            above.number::<6>(parent);
        }
        let level_name = level.names().get(1).copied().unwrap_or_default();
        writer.tally.counts.regions += 1;
        writer.sink.region(&Region {
            code: own.as_str().into(),
            name: format!("示例{code}{level_name}").into(),
            level: Some(level),
            parent: above.as_str().into(),
            population: Some(counties.iter().sum()),
        })
    };
    for (province, cities) in (0..).zip(people.chunks(64)) {
        add(province_code(province), RegionLevel::Province, None, cities)?;
        for (city, counties) in (province * 8..).zip(cities.chunks(8)) {
            let parent = Some(province_code(province));
            add(city_code(city), RegionLevel::City, parent, counties)?;
            for (county, people) in (city * 8..).zip(counties.chunks(1)) {
                add(county_code(county), RegionLevel::County, Some(city_code(city)), people)?;
            }
        }
    }
    Ok(())
}

fn operators<S: Sink + ?Sized>(
    world: &World,
    writer: &mut Writer<'_, S>,
    random: &mut Random,
) -> Result<(), Error> {
    for operator in 0..world.operators() {
        let class = world.class(operator);
        let at = operator - world.first(class);
        let (mut code, mut region) = (Code::default(), Code::default());
        write_operator(&mut code, world, operator);
        region.number::<6>(county_code(world.county(operator)));
        // Of sixteen operators seven are of grade A, six B, two C, one D.
        let grade = match random.below(16) {
            0..7 => RiskGrade::A,
            7..13 => RiskGrade::B,
            13..15 => RiskGrade::C,
            _ => RiskGrade::D,
        };
        writer.tally.counts.operators += 1;
        writer.sink.operator(&Operator {
            code: code.as_str().into(),
            name: format!("示例{}{}", class.name(), at + 1).into(),
            stage: Some(class.stage(at)),
            region: region.as_str().into(),
            risk_grade: Some(grade),
            latitude: None,
            longitude: None,
        })?;
    }
    debug_assert_eq!(world.class(0), Class::Farm);
    Ok(())
}
