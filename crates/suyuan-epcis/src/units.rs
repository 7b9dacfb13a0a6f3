//! Unit codes of UN/CEFACT Recommendation 20 and the units of the engine.

use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;

/// The unit of a code and how many of it one of the code's is, exactly; `None` for a code of
/// something the engine does not measure in.
pub(crate) fn unit_of(code: &str) -> Option<(Unit, Decimal)> {
    let exact = |mantissa: i64, scale: u32| Decimal::new(mantissa, scale);
    Some(match code {
        "KGM" => (Unit::Kilogram, Decimal::ONE),
        "GRM" => (Unit::Gram, Decimal::ONE),
        "MGM" => (Unit::Gram, exact(1, 3)),
        "TNE" => (Unit::Tonne, Decimal::ONE),
        "DTN" => (Unit::Kilogram, exact(100, 0)),
        "LBR" => (Unit::Kilogram, exact(45_359_237, 8)),
        "ONZ" => (Unit::Gram, exact(28_349_523_125, 9)),
        "LTR" => (Unit::Litre, Decimal::ONE),
        "MLT" => (Unit::Millilitre, Decimal::ONE),
        "CLT" => (Unit::Millilitre, exact(10, 0)),
        "DLT" => (Unit::Millilitre, exact(100, 0)),
        "HLT" => (Unit::Litre, exact(100, 0)),
        "MTQ" => (Unit::Litre, exact(1000, 0)),
        "EA" | "H87" | "C62" | "PCE" | "PCB" | "NAR" | "XBX" | "XCT" | "XCS" | "XPK" | "CS"
        | "CT" | "BX" => (Unit::Piece, Decimal::ONE),
        _ => return None,
    })
}

/// The code of the unit that an amount in the engine's base units is written with.
pub(crate) const fn code_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Gram => "GRM",
        Unit::Tonne => "TNE",
        Unit::Litre => "LTR",
        Unit::Millilitre => "MLT",
        Unit::Piece => "H87",
        _ => "KGM",
    }
}
