//! The tree a document is kept in: JSON values whose numbers stay as they were written.
//!
//! ```
//! use suyuan_epcis::Value;
//! let one: Value = Value::parse_json(br#"{"quantity": 26.0, "uom": "KGM"}"#)?;
//! let other = Value::parse_json(br#"{"uom": "KGM", "quantity": 2.6e1}"#)?;
//! assert_eq!(one, other);
//! assert_eq!(one.to_json(), r#"{"quantity":26.0,"uom":"KGM"}"#);
//! # Ok::<(), suyuan_epcis::Error>(())
//! ```

use rust_decimal::Decimal;

/// A JSON value. Two values are equal when they mean the same: the order of members and the way a
/// number is written do not count.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// An object.
    Object(Object),
}

impl Value {
    /// The text, when it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The items, when it is a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Value]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The object, when it is one.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The member of an object; `None` when there is none, or this is no object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.object()?.get(name)
    }

    /// What kind of value it is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a truth value",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

/// The members of an object in the order they were written. A name stands once.
#[derive(Clone, Debug, Default)]
pub struct Object {
    pub(crate) members: Vec<(String, Value)>,
}

impl Object {
    /// An object without members.
    #[must_use]
    pub const fn new() -> Self {
        Self { members: Vec::new() }
    }

    /// A member's value. Linear in the number of members.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A member's value, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.members.iter_mut().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The members in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.members.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Sets a member: in place where there is one, else at the end.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        match self.get_mut(name) {
            Some(old) => *old = value.into(),
            None => self.members.push((name.to_owned(), value.into())),
        }
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        let sorted = |object: &'_ Self| {
            let mut order: Vec<usize> = (0..object.members.len()).collect();
            order.sort_by(|a, b| object.members[*a].0.cmp(&object.members[*b].0));
            order
        };
        self.members.len() == other.members.len()
            && sorted(self)
                .into_iter()
                .zip(sorted(other))
                .all(|(a, b)| self.members[a] == other.members[b])
    }
}

/// A number as it was written in JSON.
#[derive(Clone, Debug)]
pub struct Number(Box<str>);

impl Number {
    /// Reads a number of JSON's grammar.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (crate::json::number_len(text.as_bytes()) == Some(text.len())).then(|| Self(text.into()))
    }

    /// The number as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as an exact decimal; `None` beyond 28 digits.
    #[must_use]
    pub fn decimal(&self) -> Option<Decimal> {
        let (negative, digits, exponent) = self.parts()?;
        if digits.len() > 28 {
            return None;
        }
        let mut value: i128 = digits.parse().unwrap_or(0);
        if negative {
            value = -value;
        }
        if exponent > 0 {
            let factor = 10_i128.checked_pow(u32::try_from(exponent).ok()?)?;
            Decimal::try_from_i128_with_scale(value.checked_mul(factor)?, 0).ok()
        } else {
            let scale = u32::try_from(exponent.checked_neg()?).ok()?;
            Decimal::try_from_i128_with_scale(value, scale).ok()
        }
    }

    /// Sign, digits without zeros at either end, and the power of ten of the last one; `None` for
    /// an exponent beyond all bounds.
    fn parts(&self) -> Option<(bool, String, i64)> {
        let (negative, rest) = match self.0.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, &*self.0),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], rest[at + 1..].parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{part}");
        let trimmed = digits.trim_end_matches('0');
        let dropped = (digits.len() - trimmed.len()) as i64;
        let exponent = exponent.checked_add(dropped)?.checked_sub(part.len() as i64)?;
        let digits = trimmed.trim_start_matches('0');
        if digits.is_empty() {
            return Some((false, String::new(), 0));
        }
        Some((negative, digits.to_owned(), exponent))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
            || matches!((self.parts(), other.parts()), (Some(one), Some(two)) if one == two)
    }
}
