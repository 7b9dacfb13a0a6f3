//! Tables for the terminal: aligned by display width, so that Chinese and Latin text line up.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::show::clean;

/// The widest line of text, in columns of the terminal.
pub const WIDTH: usize = 100;
/// Columns between two cells, and before the first.
const GAP: usize = 2;
/// The narrowest a column becomes.
const NARROWEST: usize = 8;
/// How narrow names become before codes do, and codes before both become narrower still.
const NARROW: usize = 18;

/// How a column behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text that is broken first where there is no room: a name.
    Name,
    /// Text that is broken last: a code.
    Code,
    /// Text that is never broken.
    Word,
    /// Aligned to the right, never broken.
    Number,
}

/// A table. A cell may have several lines.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(String, Kind)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(columns: &[(&str, Kind)]) -> Self {
        let columns = columns.iter().map(|(title, kind)| ((*title).to_owned(), *kind));
        Self { columns: columns.collect(), rows: Vec::new() }
    }

    /// Adds a row; cells beyond the columns are left out.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        let cells = cells.iter().map(|cell| {
            let lines: Vec<_> = cell.split('\n').map(clean).collect();
            lines.join("\n")
        });
        self.rows.push(cells.collect());
    }

    /// Takes out the columns all of whose cells are empty.
    #[must_use]
    pub fn without_empty(mut self) -> Self {
        let used = |at: usize| {
            self.rows.iter().any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()))
        };
        let keep: Vec<bool> = (0..self.columns.len()).map(used).collect();
        let mut kept = keep.iter();
        self.columns.retain(|_| kept.next() == Some(&true));
        for row in &mut self.rows {
            let mut kept = keep.iter();
            row.retain(|_| kept.next() == Some(&true));
        }
        self
    }

    /// The lines of the table, the titles first, each at most [`WIDTH`] columns wide.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let widths = self.widths();
        let titles: Vec<String> = self.columns.iter().map(|(title, _)| title.clone()).collect();
        let mut lines = vec![self.line(&titles, 0, &widths)];
        for row in &self.rows {
            // No name or code is cut: who reads it could not tell whom it means.
            let cells = row.iter().zip(&widths).map(|(cell, width)| {
                let lines: Vec<_> =
                    cell.split('\n').flat_map(|line| broken(line, *width)).collect();
                lines.join("\n")
            });
            let row: Vec<String> = cells.collect();
            let height = row.iter().map(|cell| cell.split('\n').count()).max().unwrap_or(1);
            lines.extend((0..height).map(|at| self.line(&row, at, &widths)));
        }
        lines
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(title, _)| title.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.split('\n').map(UnicodeWidthStr::width).fold(*width, usize::max);
            }
        }
        let room = WIDTH.saturating_sub(GAP * self.columns.len());
        for (kind, least) in [
            (Kind::Name, NARROW),
            (Kind::Code, NARROW),
            (Kind::Name, NARROWEST),
            (Kind::Code, NARROWEST),
        ] {
            while widths.iter().sum::<usize>() > room {
                let widest = (0..widths.len())
                    .filter(|at| self.columns[*at].1 == kind && widths[*at] > least)
                    .max_by_key(|at| widths[*at]);
                let Some(widest) = widest else { break };
                widths[widest] -= 1;
            }
        }
        widths
    }

    fn line(&self, row: &[String], at: usize, widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, width), (_, kind)) in row.iter().zip(widths).zip(&self.columns) {
            let text = cut(cell.split('\n').nth(at).unwrap_or_default(), *width);
            let pad = width - text.width();
            let (before, after) = if *kind == Kind::Number { (pad, 0) } else { (0, pad) };
            line.extend(std::iter::repeat_n(' ', GAP + before));
            line.push_str(&text);
            line.extend(std::iter::repeat_n(' ', after));
        }
        cut(line.trim_end(), WIDTH)
    }
}

/// A text as lines of a display width, broken at spaces where there are any.
fn broken(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if !line.is_empty() && line.width() + c.width().unwrap_or(0) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

/// A text cut to a display width, with `…` where something is left out.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if kept.width() + 1 > width {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// A text as lines of at most [`WIDTH`] columns, broken at spaces where there are any; the first
/// is indented by `indent` columns, the others by two more.
#[must_use]
pub fn wrap(text: &str, indent: usize) -> Vec<String> {
    let text = clean(text);
    let mut lines = Vec::new();
    let mut line = " ".repeat(indent);
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.width() + 1 + word.width() > WIDTH {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent + GAP)));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        for c in word.chars() {
            if line.width() + c.width().unwrap_or(0) > WIDTH {
                lines.push(std::mem::replace(&mut line, " ".repeat(indent + GAP)));
            }
            line.push(c);
        }
        empty = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_display_width() {
        let mut table = Table::new(&[("name", Kind::Name), ("n", Kind::Number), ("x", Kind::Word)]);
        table.row(["韭菜".into(), "5 kg\n12 L".into(), String::new()]);
        table.row(["leek".into(), "7".into(), String::new()]);
        assert_eq!(
            table.without_empty().lines(),
            ["  name     n", "  韭菜  5 kg", "        12 L", "  leek     7"]
        );
    }

    #[test]
    fn wide_tables_are_broken_names_first_and_lose_nothing() {
        let mut table = Table::new(&[("code", Kind::Code), ("name", Kind::Name)]);
        table.row(["C".repeat(60), "龙".repeat(40)]);
        let lines = table.lines();
        assert!(lines.iter().all(|line| line.width() <= WIDTH));
        assert!(lines[1].contains(&"C".repeat(60)) && lines.len() == 4);
        assert_eq!(lines.concat().matches('龙').count(), 40);
        table.row(["C".repeat(300), String::new()]);
        assert!(table.lines().iter().all(|line| line.width() <= WIDTH));
        assert_eq!(table.lines().concat().matches('C').count(), 360);
        let mut table = Table::new(&[("name", Kind::Name), ("word", Kind::Word)]);
        table.row(["the first of the wholesale markets".into(), "w".repeat(75)]);
        assert_eq!(table.lines()[1].split_whitespace().collect::<Vec<_>>()[..2], ["the", "first"]);
    }

    #[test]
    fn texts_are_cut_and_wrapped_between_characters() {
        assert_eq!(cut("龙龙龙", 6), "龙龙龙");
        assert_eq!(cut("龙龙龙", 5), "龙龙…");
        assert_eq!(cut("龙龙龙", 4), "龙…");
        assert_eq!(wrap("a\u{1b}[2Jb", 0), ["a\u{fffd}[2Jb"]);
        let lines = wrap(&format!("{} {}", "龙".repeat(80), "end"), 4);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.width() <= WIDTH));
        assert!(lines[1].starts_with("      龙") && lines[1].ends_with(" end"));
    }
}
