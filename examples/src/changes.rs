//! What changed between two recalls, as text.

use std::io::{self, Write};

use suyuan::recall::{ChangedRow, Difference, Moved, Why};

use crate::report::{Report, SHOWN};
use crate::show;

/// Writes a difference: what entered, what left, what changed, and why.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &mut Report<impl Write>, found: &Difference) -> io::Result<()> {
    moved(report, "ENTERED the scope", &found.entered)?;
    moved(report, "LEFT the scope", &found.left)?;
    report.heading(&format!("CHANGED: {}", show::count(found.changed.len(), "stock")))?;
    for row in found.changed.iter().take(SHOWN) {
        changed(report, row)?;
    }
    report.more(found.changed.len(), "stocks", "--json PATH")?;
    report.heading(&format!("UNCHANGED: {}", show::count(found.unchanged as usize, "stock")))
}

fn moved(report: &mut Report<impl Write>, title: &str, rows: &[Moved]) -> io::Result<()> {
    report.heading(&format!("{title}: {}", show::count(rows.len(), "stock")))?;
    for Moved { row, why, .. } in rows.iter().take(SHOWN) {
        let unit = row.unit.as_deref().unwrap_or_default();
        let text = format!(
            "{}@{}, {}, {} {unit} on hand",
            show::field(&row.batch),
            show::field(&row.operator),
            row.certainty,
            row.on_hand
        );
        report.line(2, text.trim_end())?;
        reason(report, why)?;
    }
    report.more(rows.len(), "stocks", "--json PATH")
}

fn reason(report: &mut Report<impl Write>, why: &Why) -> io::Result<()> {
    match why {
        Why::Source => report.line(5, "a source itself"),
        Why::Reached { path } => {
            for step in path {
                let (from, to) = (show::field(&step.from), show::field(&step.to));
                report.line(5, &format!("{from} -> {to} by {}", show::field(&step.via)))?;
            }
            Ok(())
        }
        Why::Stopped { link, by } => {
            let (from, to) = (show::field(&link.from), show::field(&link.to));
            let via = show::field(&link.via);
            report.line(5, &format!("stopped at {from} -> {to} by {via}: {by}"))
        }
        Why::Unconnected => report.line(5, "no records lead from a source to it"),
        Why::Unrecorded => report.line(5, "no record shows it any more"),
        _ => Ok(()),
    }
}

fn changed(report: &mut Report<impl Write>, row: &ChangedRow) -> io::Result<()> {
    let (batch, operator) = (show::field(&row.after.batch), show::field(&row.after.operator));
    report.line(2, &format!("{batch}@{operator}: {}", row.fields.join(", ")))?;
    let (before, after) = (&row.before, &row.after);
    if before.certainty != after.certainty {
        report.line(5, &format!("{} -> {}", before.certainty, after.certainty))?;
    }
    if before.on_hand != after.on_hand {
        report.line(5, &format!("on hand {} -> {}", before.on_hand, after.on_hand))?;
    }
    let (was, is) = (before.contaminated_expected, after.contaminated_expected);
    if was != is {
        report.line(5, &format!("expected contaminated {was} -> {is}"))?;
    }
    Ok(())
}
