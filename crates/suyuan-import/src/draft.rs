//! A profile that was guessed, and what each guess rests on.

use std::fmt::Write;

use crate::profile::{DateOrder, Field, Named, Profile, SerialDates, SheetProfile};

/// A guessed profile with its reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Draft {
    /// What was guessed and is at least likely.
    pub profile: Profile,
    /// Every decision, those that did not make it into the profile included.
    pub decisions: Vec<Decision>,
}

/// A decision of a guess.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// The part of the profile: the place of its sheet, from 0.
    pub sheet: usize,
    /// The place of its table among those that the sheet feeds; `None` for the sheet as a whole.
    pub table: Option<usize>,
    /// The key it is of, such as `header` or `batch_code`.
    pub key: String,
    /// What was seen.
    pub seen: String,
    /// How sure it is.
    pub sure: Sure,
    /// A line for the profile that a person must put there: it was not sure enough.
    pub line: Option<String>,
}

/// How sure a guess is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// It stands only as a comment.
    Unsure,
    /// It stands in the profile, and should be looked at.
    Likely,
    /// It stands in the profile.
    Sure,
}

impl Sure {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Likely => "likely",
            Self::Sure => "sure",
        }
    }
}

impl Draft {
    /// The profile as TOML. Above every line stands what it rests on and how sure it is; a guess
    /// that is not likely enough is a comment, `#? LINE`, which a person makes a line or takes out.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let head = "# A guessed profile: look at each line, correct it, keep it. Comments say what was seen and how\n\
                    # sure the guess is. Lines that begin with #? are not in force: take out the #? of those that are right.\n\
                    # 这是猜出来的配置：请逐行核对。注释说明依据和把握（sure 有把握, likely 多半, unsure 没把握）。\n\
                    # 以 #? 开头的行不生效，认为正确就去掉 #?。\n";
        format!("{head}{}", write(&self.profile, &self.decisions))
    }
}

pub(crate) fn write(profile: &Profile, decisions: &[Decision]) -> String {
    let mut out = Out { text: String::new(), decisions };
    for (at, sheet) in profile.sheets.iter().enumerate() {
        out.sheet(at, sheet);
    }
    out.text
}

struct Out<'d> {
    text: String,
    decisions: &'d [Decision],
}

impl Out<'_> {
    fn sheet(&mut self, at: usize, sheet: &SheetProfile) {
        self.push("\n[[sheet]]");
        self.line((at, None), "file", &text(&sheet.file));
        self.line((at, None), "sheet", &text(&sheet.sheet));
        let numbers: Vec<String> = sheet.header.iter().map(u32::to_string).collect();
        self.line((at, None), "header", &format!("[{}]", numbers.join(", ")));
        for (key, list) in
            [("fill_down", &sheet.fill_down), ("totals", &sheet.totals), ("notes", &sheet.notes)]
        {
            self.line((at, None), key, &texts(list));
        }
        self.option((at, None), "year", sheet.year.map(|year| year.to_string()));
        let order = sheet.dates.map(|order| match order {
            DateOrder::Ymd => text("ymd"),
            DateOrder::Dmy => text("dmy"),
            DateOrder::Mdy => text("mdy"),
        });
        self.option((at, None), "dates", order);
        let serial = sheet.serial_dates.map(|since| match since {
            SerialDates::Since1900 => "1900".to_owned(),
            SerialDates::Since1904 => "1904".to_owned(),
        });
        self.option((at, None), "serial_dates", serial);
        self.rest((at, None));
        for (table, feed) in sheet.into.iter().enumerate() {
            let place = (at, Some(table));
            self.push("\n[[sheet.into]]");
            self.line(place, "table", &text(&feed.table));
            let when = feed.when.as_ref().map(|when| {
                format!("{{ heading = {}, is = {} }}", text(&when.heading), texts(&when.is))
            });
            self.option(place, "when", when);
            let known = crate::table::table(&feed.table).map(crate::table::fields);
            let mut names: Vec<&str> = feed.fields.keys().map(String::as_str).collect();
            let rank = |name: &str| {
                let known = known.as_ref()?;
                known.iter().position(|column| *column == name)
            };
            names.sort_by_key(|name| (rank(name).unwrap_or(usize::MAX), *name));
            for name in names {
                if let Some(field) = feed.fields.get(name) {
                    self.line(place, &word(name), &value(field));
                }
            }
            self.rest(place);
        }
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn option(&mut self, place: (usize, Option<usize>), key: &str, value: Option<String>) {
        if let Some(value) = value {
            self.line(place, key, &value);
        }
    }

    /// A line with what it rests on above it.
    fn line(&mut self, place: (usize, Option<usize>), key: &str, value: &str) {
        for decision in self.decisions {
            let Decision { sheet, table, key: of, line, .. } = decision;
            if (*sheet, *table) == place && of == key && line.is_none() {
                self.comment(decision);
            }
        }
        let _ = writeln!(self.text, "{key} = {value}");
    }

    /// What did not make it into the profile, and what was seen beside.
    fn rest(&mut self, place: (usize, Option<usize>)) {
        for decision in self.decisions {
            let Decision { sheet, table, key, line, .. } = decision;
            if (*sheet, *table) == place && (line.is_some() || key.is_empty()) {
                self.comment(decision);
                if let Some(line) = line {
                    let _ = writeln!(self.text, "#? {line}");
                }
            }
        }
    }

    fn comment(&mut self, decision: &Decision) {
        // A cell may hold a line break; a comment may not.
        let seen: String =
            decision.seen.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = writeln!(self.text, "# {}: {seen}", decision.sure.as_str());
    }
}

/// A field as TOML: its heading alone where there is no more to say.
pub(crate) fn value(field: &Field) -> String {
    let Field { heading, then, constant, row_number, named, values, otherwise } = field;
    if *field == Field::of(heading) && !heading.is_empty() {
        return text(heading);
    }
    let mut parts = Vec::new();
    for (key, value) in
        [("heading", heading), ("then", then), ("constant", constant), ("row_number", row_number)]
    {
        if !value.is_empty() {
            parts.push(format!("{key} = {}", text(value)));
        }
    }
    if let Some(named) = named {
        let named = match named {
            Named::Operator => "operator",
            Named::Product => "product",
        };
        parts.push(format!("named = {}", text(named)));
    }
    if !values.is_empty() {
        let pairs: Vec<String> =
            values.iter().map(|(from, to)| format!("{} = {}", text(from), text(to))).collect();
        parts.push(format!("values = {{ {} }}", pairs.join(", ")));
    }
    if !otherwise.is_empty() {
        parts.push(format!("otherwise = {}", text(otherwise)));
    }
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

fn texts(list: &[String]) -> String {
    format!("[{}]", list.iter().map(|item| text(item)).collect::<Vec<_>>().join(", "))
}

/// A key, bare where TOML allows it.
fn word(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { text(key) }
}

/// A text as a basic string of TOML.
pub(crate) fn text(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
