//! Walking a document with the path kept for errors.

use crate::error::Error;
use crate::json::Json;

/// Where a value lies, as a chain of steps; made into a text only for an error.
#[derive(Clone, Copy)]
pub(crate) enum Path<'p> {
    Root,
    Name(&'p Self, &'p str),
    Item(&'p Self, usize),
}

impl Path<'_> {
    pub(crate) fn text(&self) -> String {
        let mut steps = Vec::new();
        let mut at = self;
        loop {
            match at {
                Path::Root => break,
                Path::Name(before, name) => {
                    steps.push(format!(".{}", name.chars().take(64).collect::<String>()));
                    at = before;
                }
                Path::Item(before, index) => {
                    steps.push(format!("[{index}]"));
                    at = before;
                }
            }
        }
        steps.push("$".to_owned());
        steps.reverse();
        steps.concat()
    }

    pub(crate) fn wrong(&self, expected: &'static str, found: &Json) -> Error {
        Error::Shape { path: self.text(), expected, found: found.kind() }
    }

    pub(crate) fn list<'j>(&self, json: &'j Json) -> Result<&'j [Json], Error> {
        match json {
            Json::List(items) => Ok(items),
            other => Err(self.wrong("a list", other)),
        }
    }

    pub(crate) fn object<'j>(&self, json: &'j Json) -> Result<&'j [(String, Json)], Error> {
        match json {
            Json::Object(members) => Ok(members),
            other => Err(self.wrong("an object", other)),
        }
    }

    /// A text, number or truth value as text; an id, say.
    pub(crate) fn cell(&self, json: &Json) -> Result<String, Error> {
        match json.as_cell() {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.wrong("a text", json)),
        }
    }

    /// A weight: a finite number; `null` is 0.
    pub(crate) fn weight(&self, json: &Json) -> Result<f64, Error> {
        match json {
            Json::Null => Ok(0.0),
            Json::Number(digits) => digits
                .parse()
                .ok()
                .filter(|weight: &f64| weight.is_finite())
                .ok_or_else(|| self.wrong("a number of ordinary size", json)),
            other => Err(self.wrong("a number", other)),
        }
    }

    /// A truth value; `null` is false.
    pub(crate) fn flag(&self, json: &Json) -> Result<bool, Error> {
        match json {
            Json::Null => Ok(false),
            Json::Bool(value) => Ok(*value),
            other => Err(self.wrong("true or false", other)),
        }
    }
}

/// A member that must be there.
pub(crate) fn member<'j>(
    json: &'j Json,
    name: &'static str,
    path: &Path<'_>,
) -> Result<&'j Json, Error> {
    path.object(json)?;
    json.get(name).ok_or_else(|| Error::Shape {
        path: Path::Name(path, name).text(),
        expected: "a member of this name",
        found: "none",
    })
}
