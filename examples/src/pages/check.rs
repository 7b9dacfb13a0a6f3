//! The page of a check: what was read, set aside, repaired and found.

use std::collections::BTreeMap;

use suyuan::chain::Severity;
use suyuan::csv::Import;
use suyuan::csv::report::{Report, RowProblem, record_label};
use suyuan::report::chart::parts::{Part, Parts};
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section, thousands};

use super::{LISTED, count};

/// What is in a data set and what is wrong with it.
#[must_use]
pub fn check(import: &Import, lang: Lang) -> Page {
    let checked = &import.report;
    let rows: u64 = checked.files.iter().map(|file| file.rows).sum();
    let (rejected, repaired) = (checked.rows_rejected(), checked.rows_repaired());
    let imported: u64 = checked.files.iter().map(|file| file.imported).sum();
    let not_known = rows - imported - rejected;
    let lead = match lang {
        Lang::En => format!(
            "{} read: {imported} imported, {repaired} of them repaired; {rejected} rejected; {not_known} not known at the minute asked for.",
            lang.things(rows, ["row", "rows"], "")
        ),
        Lang::Zh => format!(
            "共读取{rows}行：导入{imported}行（其中修复{repaired}行），退回{rejected}行，截至所问时刻尚未知悉{not_known}行。"
        ),
    };
    let mut page = Page::new(lang, lang.pick("Check of the data", "数据核查")).lead(&lead);
    let of =
        |severity| import.findings.iter().filter(|f| f.severity == severity).count().to_string();
    let facts = [
        (lang.pick("Rows", "行数").to_owned(), rows.to_string()),
        (lang.pick("Rejected", "退回").to_owned(), rejected.to_string()),
        (lang.pick("Repaired", "修复").to_owned(), repaired.to_string()),
        (lang.pick("Errors", "错误").to_owned(), of(Severity::Error)),
        (lang.pick("Warnings", "警告").to_owned(), of(Severity::Warning)),
        (lang.pick("Notes", "提示").to_owned(), of(Severity::Note)),
    ];
    let mut files = Table::new("files", lang.pick("Files", "文件"))
        .column(Column::text("file", lang.pick("File", "文件")))
        .column(Column::text("encoding", lang.pick("Encoding", "编码")))
        .column(Column::number("rows", lang.pick("Rows", "行数")))
        .column(Column::number("imported", lang.pick("Imported", "导入")))
        .column(Column::number("repaired", lang.pick("Repaired", "修复")))
        .column(Column::number("rejected", lang.pick("Rejected", "退回")))
        .column(Column::text("notes", lang.pick("Notes", "备注")));
    for file in &checked.files {
        files.push(vec![
            Cell::text(&file.file),
            Cell::word(file.encoding.to_string()),
            Cell::Count(file.rows),
            Cell::Count(file.imported),
            Cell::Count(file.repaired),
            Cell::Count(file.rejected),
            Cell::text(&file.notes.join("; ")),
        ]);
    }
    page.push(
        Section::new("files", lang.pick("What was read", "读取情况"))
            .facts(&facts)
            .figure(drawn(checked, lang).figure(lang))
            .table(&files.without_empty()),
    );
    let problems = |name: &str, title: &str, rows: &[RowProblem]| {
        let mut table = Table::new(name, title)
            .column(Column::text("place", lang.pick("File and line", "文件与行")))
            .column(Column::text("column", lang.pick("Column", "列")))
            .column(Column::text("found", lang.pick("Found", "内容")))
            .column(Column::text("expected", lang.pick("Expected", "应为")).wide());
        for row in rows.iter().take(LISTED) {
            table.push(vec![
                Cell::Text(format!("{}:{}", row.file, row.line)),
                Cell::text(row.column),
                Cell::text(&row.value),
                Cell::text(&row.expected),
            ]);
        }
        let section = Section::new(name, title);
        let section = if table.is_empty() {
            section.text(lang.pick("None.", "无。"))
        } else {
            section.table(&table)
        };
        section.first_of(LISTED, rows.len(), lang)
    };
    page.push(problems(
        "rejected",
        lang.pick("Rejected: set aside, not imported", "退回：未导入"),
        &checked.rejected,
    ));
    page.push(problems(
        "repaired",
        lang.pick("Repaired: imported with this value unknown", "修复：该值按不明导入"),
        &checked.repaired,
    ));
    page.push(findings(import, lang));
    page
}

/// What became of the rows of each file, in percent: one large file would hide the others.
fn drawn(checked: &Report, lang: Lang) -> Parts {
    let rows = checked.files.iter().filter(|file| file.rows > 0).map(|file| {
        let parts = [file.imported.saturating_sub(file.repaired), file.repaired, file.rejected];
        Part {
            label: file.file.clone(),
            parts: parts.map(|part| 100.0 * part as f64 / file.rows as f64).to_vec(),
            texts: parts.map(thousands).to_vec(),
            value: thousands(file.rows),
        }
    });
    Parts {
        caption: lang
            .pick("What became of the rows of each file.", "各文件数据行的处理结果。")
            .to_owned(),
        series: [
            lang.pick("imported as written", "原样导入"),
            lang.pick("repaired", "修复"),
            lang.pick("rejected", "退回"),
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: rows.collect(),
        marks: Vec::new(),
        unit: lang.pick("% of its rows", "占行数%").to_owned(),
    }
}

fn findings(import: &Import, lang: Lang) -> Section {
    let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
    for finding in &import.findings {
        *kinds.entry((finding.severity, finding.code)).or_default() += 1;
    }
    let severity = |severity: Severity| match severity {
        Severity::Error => lang.pick("error", "错误"),
        Severity::Warning => lang.pick("warning", "警告"),
        _ => lang.pick("note", "提示"),
    };
    let title = lang.pick("Findings across records", "跨记录核查发现");
    let mut sums = Table::new("kinds", lang.pick("By kind", "按种类"))
        .column(Column::text("code", lang.pick("Kind", "种类")))
        .column(Column::text("severity", lang.pick("Severity", "严重程度")))
        .column(Column::number("findings", lang.pick("Findings", "条数")));
    for ((how, code), number) in kinds {
        sums.push(vec![Cell::word(code.to_string()), Cell::word(severity(how)), count(number)]);
    }
    let mut table = Table::new("findings", title)
        .column(Column::text("code", lang.pick("Kind", "种类")))
        .column(Column::text("severity", lang.pick("Severity", "严重程度")))
        .column(Column::text("message", lang.pick("What", "内容")).wide())
        .column(Column::text("records", lang.pick("Records", "记录")).wide());
    for finding in import.findings.iter().take(LISTED) {
        let mut records: Vec<String> =
            finding.records.iter().take(5).map(|r| record_label(&import.chain, r)).collect();
        if finding.records.len() > 5 {
            records.push(format!("+ {}", finding.records.len() - 5));
        }
        table.push(vec![
            Cell::word(finding.code.to_string()),
            Cell::word(severity(finding.severity)),
            Cell::text(&finding.message),
            Cell::text(&records.join("; ")),
        ]);
    }
    let section = Section::new("findings", title);
    if table.is_empty() {
        return section.text(lang.pick("None.", "无。"));
    }
    section.table(&sums).table(&table).first_of(LISTED, import.findings.len(), lang)
}
