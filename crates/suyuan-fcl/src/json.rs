//! JSON as it was written: numbers keep their digits, members their order, and a name said twice
//! is an error. Reading uses no recursion, and stops at [`Limits`].
//!
//! ```
//! use suyuan_fcl::json::Json;
//! use suyuan_fcl::Limits;
//! let json = Json::parse(r#"{"weight": 1.50, "id": "d1"}"#, &Limits::default())?;
//! assert_eq!(json.to_string(), r#"{"weight":1.50,"id":"d1"}"#);
//! let error = Json::parse(r#"{"a": [{"b": 1, "b": 2}]}"#, &Limits::default()).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "failed to read the document at $.a[0], line 1, column 17: the name \"b\" is there twice"
//! );
//! # Ok::<(), suyuan_fcl::Error>(())
//! ```

use std::collections::HashSet;
use std::fmt;

use crate::error::Error;

/// How far a document is read before reading it ends in [`Error::TooLarge`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the document.
    pub bytes: usize,
    /// Lists and objects inside each other.
    pub depth: usize,
    /// Values, names not counted.
    pub values: usize,
}

impl Default for Limits {
    /// 256 MiB, 64 deep, 10 million values.
    fn default() -> Self {
        Self { bytes: 256 << 20, depth: 64, values: 10_000_000 }
    }
}

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, with the digits it was written with.
    Number(Box<str>),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// An object: its members in the order they were written.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads a text. O(n) in its length.
    ///
    /// # Errors
    /// [`Error::Json`] with path, line and column, or [`Error::TooLarge`] beyond a limit.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        if text.len() > limits.bytes {
            return Err(too_large("bytes", limits.bytes));
        }
        Parser { text, at: 0, values: 0, limits, stack: Vec::new() }.run()
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The member of a name; `None` when this is no object or has none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|member| member.0 == name).map(|m| &m.1),
            _ => None,
        }
    }

    /// What kind of value this is, in words.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The text of a value that is no list and no object; `null` has none.
    #[must_use]
    pub fn as_cell(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(digits) => Some(digits),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }
}

fn too_large(what: &'static str, limit: usize) -> Error {
    Error::TooLarge { doing: "read the document", what, limit }
}

enum Frame {
    List(Vec<Json>),
    Object { members: Vec<(String, Json)>, name: String, seen: HashSet<String> },
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    values: usize,
    limits: &'t Limits,
    stack: Vec<Frame>,
}

impl Parser<'_> {
    fn run(mut self) -> Result<Json, Error> {
        loop {
            let Some(mut done) = self.value()? else { continue };
            // Hand the value to what holds it, as long as that ends with it.
            loop {
                self.space();
                let next = self.peek();
                match self.stack.last_mut() {
                    None if self.at == self.text.len() => return Ok(done),
                    None => return Err(self.error("expected the end of the document")),
                    Some(Frame::List(items)) => {
                        items.push(done);
                        match next {
                            Some(b',') => {
                                self.at += 1;
                                break;
                            }
                            Some(b']') => done = self.close(),
                            _ => return Err(self.error("expected \",\" or \"]\"")),
                        }
                    }
                    Some(Frame::Object { members, name, .. }) => {
                        members.push((std::mem::take(name), done));
                        match next {
                            Some(b',') => {
                                self.at += 1;
                                self.name()?;
                                break;
                            }
                            Some(b'}') => done = self.close(),
                            _ => return Err(self.error("expected \",\" or \"}\"")),
                        }
                    }
                }
            }
        }
    }

    fn close(&mut self) -> Json {
        self.at += 1;
        match self.stack.pop() {
            Some(Frame::List(items)) => Json::List(items),
            Some(Frame::Object { members, .. }) => Json::Object(members),
            None => Json::Null,
        }
    }

    /// The value that begins here; `None` when a list or an object was opened.
    fn value(&mut self) -> Result<Option<Json>, Error> {
        self.values += 1;
        if self.values > self.limits.values {
            return Err(too_large("values", self.limits.values));
        }
        self.space();
        Ok(Some(match self.peek() {
            Some(b'[') => {
                self.open(Frame::List(Vec::new()))?;
                if self.peek() != Some(b']') {
                    return Ok(None);
                }
                self.close()
            }
            Some(b'{') => {
                let seen = HashSet::new();
                self.open(Frame::Object { members: Vec::new(), name: String::new(), seen })?;
                if self.peek() != Some(b'}') {
                    self.name()?;
                    return Ok(None);
                }
                self.close()
            }
            Some(b'"') => Json::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        }))
    }

    fn open(&mut self, frame: Frame) -> Result<(), Error> {
        if self.stack.len() >= self.limits.depth {
            return Err(too_large("lists and objects inside each other", self.limits.depth));
        }
        self.at += 1;
        self.stack.push(frame);
        self.space();
        Ok(())
    }

    /// A member's name and its colon.
    fn name(&mut self) -> Result<(), Error> {
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a name in quotes"));
        }
        let start = self.at;
        let text = self.string()?;
        if let Some(Frame::Object { name, seen, .. }) = self.stack.last_mut() {
            if !seen.insert(text.clone()) {
                self.at = start;
                let shown: String = text.chars().take(64).collect();
                if let Some(Frame::Object { name, .. }) = self.stack.last_mut() {
                    name.clear();
                }
                return Err(self.error(&format!("the name {shown:?} is there twice")));
            }
            *name = text;
        }
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.error("expected \":\""));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self) -> Result<Json, Error> {
        for (word, value) in
            [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
        {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error("expected a value"))
    }

    fn number(&mut self) -> Result<Json, Error> {
        let start = self.at;
        self.eat(b"-");
        let digits = self.digits();
        let first = self.text.as_bytes().get(self.at - digits).copied();
        if digits == 0 || (digits > 1 && first == Some(b'0')) {
            return Err(self.error("expected a number"));
        }
        if self.eat(b".") && self.digits() == 0 {
            return Err(self.error("expected a digit"));
        }
        if self.eat(b"eE") {
            self.eat(b"+-");
            if self.digits() == 0 {
                return Err(self.error("expected a digit"));
            }
        }
        Ok(Json::Number(self.text.get(start..self.at).unwrap_or_default().into()))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn eat(&mut self, bytes: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn string(&mut self) -> Result<String, Error> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest
                .bytes()
                .position(|byte| byte == b'"' || byte == b'\\' || byte < b' ')
                .unwrap_or(rest.len());
            text.push_str(rest.get(..plain).unwrap_or_default());
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
                Some(_) => return Err(self.error("expected no control character in a text")),
                None => return Err(self.error("the text is not closed")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        let byte = self.peek();
        self.at += usize::from(byte.is_some_and(|byte| byte.is_ascii()));
        Ok(match byte {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = self.hex()?;
                let code = match high {
                    0xd800..=0xdbff if self.rest().starts_with("\\u") => {
                        self.at += 2;
                        let low = self.hex()?;
                        if !(0xdc00..=0xdfff).contains(&low) {
                            return Err(self.error("expected the second half of a pair"));
                        }
                        0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                    }
                    _ => high,
                };
                match char::from_u32(code) {
                    Some(found) => found,
                    None => return Err(self.error("half a pair is no character")),
                }
            }
            _ => return Err(self.error("expected an escape")),
        })
    }

    fn hex(&mut self) -> Result<u32, Error> {
        let code = self
            .rest()
            .get(..4)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.error("expected four hexadecimal digits")),
        }
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, problem: &str) -> Error {
        let before = self.text.get(..self.at).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        let mut path = "$".to_owned();
        for frame in &self.stack {
            match frame {
                Frame::List(items) => path.push_str(&format!("[{}]", items.len())),
                Frame::Object { name, .. } if name.is_empty() => {}
                Frame::Object { name, .. } => {
                    path.push('.');
                    path.extend(name.chars().take(64));
                }
            }
        }
        Error::Json { path, line, column, problem: problem.to_owned() }
    }
}

/// What is left to write of a list or an object.
enum Rest<'j> {
    List(std::slice::Iter<'j, Json>),
    Object(std::slice::Iter<'j, (String, Json)>),
}

impl fmt::Display for Json {
    /// Without spaces; `{:#}` puts every member on a line of its own, indented by two spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut stack: Vec<Rest<'_>> = Vec::new();
        let mut next = Some(self);
        let mut first = true;
        loop {
            if let Some(value) = next.take() {
                first = true;
                match value {
                    Self::Null => f.write_str("null")?,
                    Self::Bool(value) => write!(f, "{value}")?,
                    Self::Number(digits) => f.write_str(digits)?,
                    Self::Text(text) => quote(f, text)?,
                    Self::List(items) => {
                        f.write_str("[")?;
                        stack.push(Rest::List(items.iter()));
                        next = self.step(f, &mut stack, &mut first)?;
                        continue;
                    }
                    Self::Object(members) => {
                        f.write_str("{")?;
                        stack.push(Rest::Object(members.iter()));
                        next = self.step(f, &mut stack, &mut first)?;
                        continue;
                    }
                }
                first = false;
            }
            if stack.is_empty() {
                return Ok(());
            }
            next = self.step(f, &mut stack, &mut first)?;
        }
    }
}

impl Json {
    /// Writes up to the next value of the innermost list or object, or its end.
    fn step<'j>(
        &self,
        f: &mut fmt::Formatter<'_>,
        stack: &mut Vec<Rest<'j>>,
        first: &mut bool,
    ) -> Result<Option<&'j Self>, fmt::Error> {
        let depth = stack.len();
        let (value, name, end) = match stack.last_mut() {
            Some(Rest::List(items)) => (items.next(), None, "]"),
            Some(Rest::Object(members)) => match members.next() {
                Some((name, value)) => (Some(value), Some(name), "}"),
                None => (None, None, "}"),
            },
            None => return Ok(None),
        };
        let line = |f: &mut fmt::Formatter<'_>, depth: usize| {
            if f.alternate() { write!(f, "\n{:width$}", "", width = 2 * depth) } else { Ok(()) }
        };
        match value {
            Some(value) => {
                if !*first {
                    f.write_str(",")?;
                }
                line(f, depth)?;
                if let Some(name) = name {
                    quote(f, name)?;
                    f.write_str(if f.alternate() { ": " } else { ":" })?;
                }
                Ok(Some(value))
            }
            None => {
                if !*first {
                    line(f, depth - 1)?;
                }
                f.write_str(end)?;
                stack.pop();
                *first = false;
                Ok(None)
            }
        }
    }
}

fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write as _;
    f.write_char('"')?;
    for found in text.chars() {
        match found {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            plain => f.write_char(plain)?,
        }
    }
    f.write_char('"')
}
