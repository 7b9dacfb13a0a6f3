//! Values as texts say them, wherever records are read with serde: in JSON as in CSV.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;

use super::Text;
use crate::quantity::parse_decimal;
use crate::time::{Minute, Span, UtcOffset};

/// Says which words were expected in the place of a text.
pub(super) fn no_word<E: de::Error, W: Copy>(
    found: &Text<'_>,
    words: &[W],
    name: fn(W) -> &'static str,
) -> E {
    let names: Vec<&str> = words.iter().map(|word| name(*word)).collect();
    E::custom(format_args!("expected one of {}, not {found:?}", names.join(", ")))
}

struct AnyDecimal;

impl Visitor<'_> for AnyDecimal {
    type Value = Option<Decimal>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain decimal number, as a text or a number")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        parse_decimal(text).map(Some).map_err(|error| E::custom(format_args!("{error}: {text:?}")))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        // The shortest decimal that is this number: what was written.
        self.visit_str(&number.to_string())
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// A decimal or nothing: written as a text or null, read from all that [`parse_decimal`] reads,
/// from a number and from an empty text or null.
pub(super) mod decimal_option {
    use super::{AnyDecimal, Decimal, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(value),
            None => to.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Decimal>, D::Error> {
        from.deserialize_any(AnyDecimal)
    }
}

/// A decimal: the same without nothing.
pub(super) mod decimal {
    use super::{AnyDecimal, Decimal, Deserializer, Serializer, de};

    pub(in super::super) fn serialize<S: Serializer>(
        value: &Decimal,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Decimal, D::Error> {
        let found = from.deserialize_any(AnyDecimal)?;
        found.ok_or_else(|| de::Error::custom("expected a plain decimal number, not nothing"))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnySpan)
    }
}

struct AnySpan;

impl<'de> Visitor<'de> for AnySpan {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as 2026-03-01, 2026-03-01T08:30, 2026-03 or 2026年3月1日")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
        Span::parse(text, UtcOffset::CHINA).map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Span, E> {
        // A day as 20260301.
        self.visit_str(&number.to_string())
    }
    fn visit_unit<E: de::Error>(self) -> Result<Span, E> {
        Ok(Span::UNKNOWN)
    }
    fn visit_none<E: de::Error>(self) -> Result<Span, E> {
        Ok(Span::UNKNOWN)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Span, A::Error> {
        let mut span = Span::UNKNOWN;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let minute = map.next_value::<Option<Minute>>()?;
            match &*key {
                "earliest" => span.earliest = minute.unwrap_or(Minute::UNBOUNDED_PAST),
                "latest" => span.latest = minute.unwrap_or(Minute::UNBOUNDED_FUTURE),
                other => return Err(de::Error::unknown_field(other, &["earliest", "latest"])),
            }
        }
        let none = "an interval that does not end before it begins";
        if span.is_interval() { Ok(span) } else { Err(de::Error::custom(none)) }
    }
}
