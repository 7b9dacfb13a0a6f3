//! Unit codes of UN/CEFACT Recommendation 20, those of packages in Recommendation 21 among them, and
//! the units of the engine.

use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;

/// Codes, the unit of each, and how many of the unit one is, as digits and decimals; the first of a
/// unit with the factor 1 is the one it is written with.
const CODES: &[(&str, Unit, (i64, u32))] = &[
    ("KGM", Unit::Kilogram, ONE),
    ("GRM", Unit::Gram, ONE),
    ("MGM", Unit::Milligram, ONE),
    ("TNE", Unit::Tonne, ONE),
    ("DTN", Unit::Kilogram, (100, 0)),
    ("LBR", Unit::Pound, ONE),
    ("ONZ", Unit::Ounce, ONE),
    ("STN", Unit::Pound, (2000, 0)),
    ("LTN", Unit::Pound, (2240, 0)),
    ("LTR", Unit::Litre, ONE),
    ("MLT", Unit::Millilitre, ONE),
    ("CLT", Unit::Millilitre, (10, 0)),
    ("DLT", Unit::Millilitre, (100, 0)),
    ("HLT", Unit::Litre, (100, 0)),
    ("DMQ", Unit::Litre, ONE),
    ("CMQ", Unit::Millilitre, ONE),
    ("MTQ", Unit::Litre, (1000, 0)),
    ("GLL", Unit::Litre, (3_785_411_784, 9)),
    ("GLI", Unit::Litre, (454_609, 5)),
    ("OZA", Unit::Millilitre, (295_735_295_625, 10)),
    ("H87", Unit::Piece, ONE),
    ("EA", Unit::Piece, ONE),
    ("C62", Unit::Piece, ONE),
    ("PCE", Unit::Piece, ONE),
    ("NAR", Unit::Piece, ONE),
    ("NMB", Unit::Piece, ONE),
    ("CS", Unit::Case, ONE),
    ("CT", Unit::Carton, ONE),
    ("BX", Unit::Box, ONE),
    ("BG", Unit::Bag, ONE),
    ("BO", Unit::Bottle, ONE),
    ("PA", Unit::Packet, ONE),
    ("DR", Unit::Drum, ONE),
    ("CA", Unit::Can, ONE),
    ("TN", Unit::Tin, ONE),
    ("JR", Unit::Jar, ONE),
    ("PX", Unit::Pallet, ONE),
    ("PU", Unit::Tray, ONE),
    ("BK", Unit::Basket, ONE),
    ("DZN", Unit::Dozen, ONE),
    ("HEA", Unit::Head, ONE),
];
const ONE: (i64, u32) = (1, 0);

/// The unit of a code and how many of it one of the code's is; `None` for a code of something the
/// engine does not measure in. Codes of packages may have the `X` that Recommendation 20 puts
/// before them.
pub(crate) fn unit_of(code: &str) -> Option<(Unit, Decimal)> {
    let find = |code: &str| CODES.iter().find(|(known, ..)| *known == code);
    let package = || code.strip_prefix('X').filter(|code| code.len() == 2).and_then(find);
    let (_, unit, (digits, decimals)) = find(code).or_else(package)?;
    Some((*unit, Decimal::new(*digits, *decimals)))
}

/// The code of a unit, and how many of the code's one is; `None` where there is no code.
pub(crate) fn code_of(unit: Unit) -> Option<(&'static str, Decimal)> {
    match unit {
        Unit::Jin => return Some(("KGM", Decimal::new(5, 1))),
        Unit::Liang => return Some(("KGM", Decimal::new(5, 2))),
        _ => {}
    }
    let found = CODES.iter().find(|(_, known, factor)| *known == unit && *factor == ONE);
    found.map(|(code, ..)| (*code, Decimal::ONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_by_their_names() {
        assert_eq!(unit_of("CS"), Some((Unit::Case, Decimal::ONE)));
        assert_eq!(unit_of("XCS"), unit_of("CS"));
        assert_ne!(unit_of("EA"), unit_of("CS"));
        assert_eq!(unit_of("LBR"), Some((Unit::Pound, Decimal::ONE)));
        for code in ["cs", "XKGM", "XEAX", "ZZ", "X", ""] {
            assert_eq!(unit_of(code), None, "{code}");
        }
        for unit in Unit::ALL {
            if let Some((code, factor)) = code_of(*unit) {
                let same = unit_of(code) == Some((*unit, Decimal::ONE)) && factor == Decimal::ONE;
                assert!(same || matches!(unit, Unit::Jin | Unit::Liang), "{unit}");
            }
        }
    }
}
