//! JSON text in and out. The reader keeps its own stack, counts what it makes and refuses a key
//! that stands twice; every error has a line, a column and a path.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::error::Error;
use crate::limits::Limits;
use crate::path::{push_item, push_member};
use crate::value::{Number, Object, Value};

/// Objects up to this size look for a double key one by one.
const FEW: usize = 16;

impl Value {
    /// Reads JSON text with the default limits.
    ///
    /// # Errors
    /// [`Error::NotUtf8`], [`Error::Syntax`] or [`Error::Limit`].
    pub fn parse_json(bytes: &[u8]) -> Result<Self, Error> {
        parse(bytes, &Limits::default())
    }

    /// The value as JSON text on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write(&mut out, self, None, 0);
        out
    }

    /// The value as JSON text, indented by two spaces a level, with a line break at the end.
    #[must_use]
    pub fn to_json_pretty(&self) -> String {
        let mut out = String::new();
        write(&mut out, self, Some(2), 0);
        out.push('\n');
        out
    }
}

/// An open list or object.
enum Frame {
    List(Vec<Value>),
    Object { members: Vec<(String, Value)>, seen: HashSet<String>, key: String },
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    limits: &'a Limits,
    stack: Vec<Frame>,
    values: usize,
}

/// Reads one JSON value and nothing after it.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, Error> {
    if bytes.len() > limits.bytes {
        return Err(Error::Limit { path: "/".into(), what: "bytes", limit: limits.bytes });
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| Error::NotUtf8 { at: error.valid_up_to() })?;
    Parser { bytes, at: 0, limits, stack: Vec::new(), values: 0 }.document()
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Value, Error> {
        loop {
            // A value starts here.
            self.spaces();
            let Some(mut done) = self.start()? else { continue };
            // It is done: put it where it belongs, and close what ends after it.
            loop {
                self.spaces();
                match self.stack.last_mut() {
                    None => {
                        return if self.at == self.bytes.len() {
                            Ok(done)
                        } else {
                            Err(self.syntax("expected the end of the document"))
                        };
                    }
                    Some(Frame::List(items)) => items.push(done),
                    Some(Frame::Object { members, key, .. }) => {
                        members.push((std::mem::take(key), done));
                    }
                }
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        self.next_item()?;
                        break;
                    }
                    Some(close @ (b']' | b'}')) => {
                        let fits = match self.stack.last() {
                            Some(Frame::List(_)) => close == b']',
                            _ => close == b'}',
                        };
                        if !fits {
                            return Err(self.syntax("the wrong bracket closes here"));
                        }
                        self.at += 1;
                        done = match self.stack.pop() {
                            Some(Frame::Object { members, .. }) => {
                                Value::Object(Object { members })
                            }
                            Some(Frame::List(items)) => Value::List(items),
                            None => Value::Null,
                        };
                    }
                    _ => return Err(self.syntax("expected a comma or a closing bracket")),
                }
            }
        }
    }

    /// After a comma, or at the start of an object: the next key is read, or nothing for a list.
    fn next_item(&mut self) -> Result<(), Error> {
        let limits = self.limits;
        let grandparent = match self.stack.len().checked_sub(2).and_then(|at| self.stack.get(at)) {
            Some(Frame::Object { key, .. }) => key.as_str(),
            _ => "",
        };
        let (limit, what) = if grandparent == "eventList" {
            (limits.events, "events")
        } else {
            (limits.items, "items in one list")
        };
        match self.stack.last() {
            Some(Frame::List(items)) if items.len() >= limit => {
                return Err(self.limit(what, limit));
            }
            Some(Frame::Object { members, .. }) if members.len() >= limits.members => {
                return Err(self.limit("members in one object", limits.members));
            }
            Some(Frame::Object { .. }) => {}
            _ => return Ok(()),
        }
        self.spaces();
        if self.peek() != Some(b'"') {
            return Err(self.syntax("expected a key in quotes"));
        }
        let name = self.string()?;
        let mut double = false;
        if let Some(Frame::Object { members, seen, key }) = self.stack.last_mut() {
            double = if members.len() < FEW {
                members.iter().any(|(old, _)| *old == name)
            } else {
                if seen.is_empty() {
                    seen.extend(members.iter().map(|(old, _)| old.clone()));
                }
                !seen.insert(name.clone())
            };
            *key = name;
        }
        if double {
            return Err(self.syntax("the key stands twice in one object"));
        }
        self.spaces();
        if self.peek() != Some(b':') {
            return Err(self.syntax("expected a colon after the key"));
        }
        self.at += 1;
        Ok(())
    }

    /// Starts a value; `None` when a list or an object was opened.
    fn start(&mut self) -> Result<Option<Value>, Error> {
        self.values += 1;
        if self.values > self.limits.values {
            return Err(self.limit("values", self.limits.values));
        }
        let value = match self.peek() {
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(open @ (b'[' | b'{')) => {
                let deepest = self.limits.depth.min(Limits::DEEPEST);
                if self.stack.len() >= deepest {
                    return Err(self.limit("levels of nesting", deepest));
                }
                self.at += 1;
                self.spaces();
                let closed = self.peek() == Some(if open == b'[' { b']' } else { b'}' });
                self.at += usize::from(closed);
                match (open, closed) {
                    (b'[', true) => Value::List(Vec::new()),
                    (_, true) => Value::Object(Object::new()),
                    (b'[', false) => {
                        self.stack.push(Frame::List(Vec::new()));
                        return Ok(None);
                    }
                    (_, false) => {
                        self.stack.push(Frame::Object {
                            members: Vec::new(),
                            seen: HashSet::new(),
                            key: String::new(),
                        });
                        self.next_item()?;
                        return Ok(None);
                    }
                }
            }
            _ => return Err(self.syntax("expected a value")),
        };
        Ok(Some(value))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn spaces(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Error> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.syntax("expected a value"))
    }

    fn number(&mut self) -> Result<Value, Error> {
        let rest = &self.bytes[self.at..];
        let number = number_len(rest)
            .and_then(|len| std::str::from_utf8(&rest[..len]).ok())
            .ok_or_else(|| self.syntax("expected a number"))?;
        if number.len() > self.limits.text.min(4096) {
            return Err(self.limit("bytes in one number", self.limits.text.min(4096)));
        }
        let value = Number::parse(number).ok_or_else(|| self.syntax("expected a number"))?;
        self.at += number.len();
        Ok(Value::Number(value))
    }

    fn string(&mut self) -> Result<String, Error> {
        let mut text = String::new();
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            let plain = rest.iter().take_while(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f)).count();
            if text.len() + plain > self.limits.text {
                return Err(self.limit("bytes in one text", self.limits.text));
            }
            // The whole document is UTF-8, and the ends of the run are ASCII.
            text.push_str(std::str::from_utf8(&rest[..plain]).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                Some(_) => return Err(self.syntax("a control character in a text")),
                None => return Err(self.syntax("the document ends inside a text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        let kind = self.peek();
        self.at += 1;
        Ok(match kind {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&high)
                    && self.bytes[self.at..].starts_with(b"\\u")
                {
                    self.at += 2;
                    let low = self.hex()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(self.syntax("half of a character in a text"));
                    }
                    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    high
                };
                char::from_u32(code).ok_or_else(|| self.syntax("half of a character in a text"))?
            }
            _ => return Err(self.syntax("an unknown escape in a text")),
        })
    }

    fn hex(&mut self) -> Result<u32, Error> {
        let digits = self.bytes.get(self.at..self.at + 4).unwrap_or_default();
        let valid = digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit);
        let code = std::str::from_utf8(digits).ok().and_then(|d| u32::from_str_radix(d, 16).ok());
        match code {
            Some(code) if valid => {
                self.at += 4;
                Ok(code)
            }
            _ => Err(self.syntax("expected four hexadecimal digits")),
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for frame in &self.stack {
            match frame {
                Frame::List(items) => push_item(&mut path, items.len()),
                Frame::Object { key, .. } if !key.is_empty() => push_member(&mut path, key),
                Frame::Object { .. } => {}
            }
        }
        if path.is_empty() { "/".to_owned() } else { path }
    }

    fn syntax(&self, what: &str) -> Error {
        let before = &self.bytes[..self.at.min(self.bytes.len())];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
        Error::Syntax { line, column, path: self.path(), what: what.to_owned() }
    }

    fn limit(&self, what: &'static str, limit: usize) -> Error {
        Error::Limit { path: self.path(), what, limit }
    }
}

/// How many bytes the number at the start takes by JSON's grammar; `None` when there is none.
pub(crate) fn number_len(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count()
    };
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes.get(at) == Some(&b'0')) {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let part = digits(at + 1);
        if part == 0 {
            return None;
        }
        at += 1 + part;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let power = digits(at + 1 + sign);
        if power == 0 {
            return None;
        }
        at += 1 + sign + power;
    }
    Some(at)
}

/// Writes a value; recursion goes as deep as the value, which a reader bounds by
/// [`Limits::DEEPEST`].
fn write(out: &mut String, value: &Value, indent: Option<usize>, level: usize) {
    let line = |out: &mut String, level: usize| {
        if let Some(step) = indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', step * level));
        }
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(number.as_str()),
        Value::Text(text) => write_text(out, text),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                line(out, level + 1);
                write(out, item, indent, level + 1);
            }
            if !items.is_empty() {
                line(out, level);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (at, (name, member)) in object.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                line(out, level + 1);
                write_text(out, name);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write(out, member, indent, level + 1);
            }
            if !object.is_empty() {
                line(out, level);
            }
            out.push('}');
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < '\u{20}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
