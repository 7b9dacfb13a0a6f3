//! Tables of the sampling engine: plans, draws and progress out; frames, quotas, inspectors and
//! laboratories in.
//!
//! | read | columns (required in bold) |
//! |---|---|
//! | [`read_candidates`] | **stratum** 层, **code** 编码, size 规模, x 横坐标, y 纵坐标, classes 类别 (separated by `;`), last_inspected 上次检查日期, checked_above 上级检查日期 |
//! | [`read_quotas`] | **stratum** 层, **quota** 抽样数 |
//! | [`read_inspectors`] | **inspector_code** 检查员编码, district 区县, most 最多任务数 |
//! | [`read_pairs`] | **inspector_code** 检查员编码, **operator_code** 主体编码 |
//! | [`read_laboratories`] | **lab_code** 实验室编码, **body** 机构, **items** 资质项目 (separated by `;`), **weekly_capacity** 周检测能力 |
//!
//! ```
//! use suyuan_csv::sampling::read_candidates;
//! let dir = tempfile::tempdir()?;
//! let path = dir.path().join("frame.csv");
//! std::fs::write(&path, "层,编码,规模\n370202,S1,3\n370202,S2,-1\n")?;
//! assert!(read_candidates(&path).unwrap_err().to_string().ends_with(
//!     "frame.csv:3, size: found \"-1\", expected a whole number, zero or more"
//! ));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use suyuan_core::sampling::assignment::{Inspector, Laboratory};
use suyuan_core::sampling::plan::Plan;
use suyuan_core::sampling::progress::Progress;
use suyuan_core::sampling::protocol::DrawRecord;
use suyuan_core::sampling::{Candidate, SamplingError};
use suyuan_core::time::{Span, UtcOffset};

use crate::error::Error;
use crate::results::{file, make};
use crate::sheet::Sheet;

/// What [`write_plan`] writes.
pub const PLAN_FILES: [&str; 5] =
    ["plan.csv", "cells.csv", "obligations.csv", "minima.csv", "unplaced.csv"];

/// What [`write_draw`] writes.
pub const DRAW_FILE: &str = "drawn.csv";

/// What [`write_progress`] writes.
pub const PROGRESS_FILE: &str = "progress.csv";

const WHOLE: &str = "a whole number, zero or more";

fn whole(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// The texts between semicolons.
fn listed(text: &str) -> impl Iterator<Item = String> {
    let items = text.split([';', '；']).map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned)
}

/// Reads what a frame is built of, with what exclusion rules look at; a candidate without a size
/// has size 1.
///
/// # Errors
/// [`Error::Value`] and those of the header.
pub fn read_candidates(path: &Path) -> Result<Vec<Candidate>, Error> {
    let required = [("stratum", "层"), ("code", "编码")];
    let optional = [
        ("size", "规模"),
        ("x", "横坐标"),
        ("y", "纵坐标"),
        ("classes", "类别"),
        ("last_inspected", "上次检查日期"),
        ("checked_above", "上级检查日期"),
    ];
    let sheet = Sheet::read(path, &required, &optional)?;
    let side = |text: &str| text.parse::<i32>().ok();
    // The last day of a month or year, so that what may be within some months of a draw is.
    let day = |text: &str| Span::parse(text, UtcOffset::CHINA).ok()?.latest.date();
    sheet
        .rows()
        .map(|row| {
            let x = row.option(3, "a whole number", side)?;
            let y = row.option(4, "a whole number", side)?;
            Ok(Candidate {
                stratum: row.text(0).to_owned(),
                code: row.code(1)?,
                size: row.option(2, WHOLE, whole)?.unwrap_or(1),
                place: x.zip(y),
                classes: listed(row.text(5)).collect(),
                last_inspected: row.option(6, "a day", day)?,
                checked_above: row.option(7, "a day", day)?,
                ..Candidate::default()
            })
        })
        .collect()
}

/// Reads how many units to draw of each stratum.
///
/// # Errors
/// [`Error::Value`] and those of the header; [`Error::Sampling`] for a stratum given twice.
pub fn read_quotas(path: &Path) -> Result<BTreeMap<String, u64>, Error> {
    let sheet = Sheet::read(path, &[("stratum", "层"), ("quota", "抽样数")], &[])?;
    let mut quotas = BTreeMap::new();
    for row in sheet.rows() {
        let (code, quota) = (row.text(0).to_owned(), row.value(1, WHOLE, whole)?);
        if quotas.insert(code.clone(), quota).is_some() {
            return Err(SamplingError::Duplicate { kind: "stratum", code }.into());
        }
    }
    Ok(quotas)
}

/// Reads inspectors; one without a district works in all of them.
///
/// # Errors
/// [`Error::Value`] and those of the header.
pub fn read_inspectors(path: &Path) -> Result<Vec<Inspector>, Error> {
    let optional = [("district", "区县"), ("most", "最多任务数")];
    let sheet = Sheet::read(path, &[("inspector_code", "检查员编码")], &optional)?;
    sheet
        .rows()
        .map(|row| {
            Ok(Inspector {
                code: row.code(0)?,
                district: row.text(1).to_owned(),
                most: row.option(2, WHOLE, whole)?,
            })
        })
        .collect()
}

/// Reads pairs of inspector and operator: conflicts of interest, or who went last year.
///
/// # Errors
/// [`Error::Value`] and those of the header.
pub fn read_pairs(path: &Path) -> Result<BTreeSet<(String, String)>, Error> {
    let required = [("inspector_code", "检查员编码"), ("operator_code", "主体编码")];
    let sheet = Sheet::read(path, &required, &[])?;
    sheet.rows().map(|row| Ok((row.code(0)?, row.code(1)?))).collect()
}

/// Reads laboratories.
///
/// # Errors
/// [`Error::Value`] and those of the header.
pub fn read_laboratories(path: &Path) -> Result<Vec<Laboratory>, Error> {
    let required = [
        ("lab_code", "实验室编码"),
        ("body", "机构"),
        ("items", "资质项目"),
        ("weekly_capacity", "周检测能力"),
    ];
    let sheet = Sheet::read(path, &required, &[])?;
    sheet
        .rows()
        .map(|row| {
            Ok(Laboratory {
                code: row.code(0)?,
                body: row.code(1)?,
                items: listed(row.text(2)).collect(),
                weekly_capacity: row.value(3, WHOLE, whole)?,
            })
        })
        .collect()
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Writes `plan.csv` (a row a cell and purpose, a column a month), `cells.csv` (what cells were
/// weighed by), `obligations.csv` (a row a region, a column a tier that arranges samples),
/// `minima.csv` (a row a rule) and `unplaced.csv` (operators whose stocks weigh nothing, for want of
/// a region) into a folder, which is made when it is not there.
///
/// # Errors
/// [`Error::Write`] when a file cannot be written.
pub fn write_plan(plan: &Plan, dir: &Path) -> Result<(), Error> {
    make(dir)?;
    let [plan_file, cells_file, obligations_file, minima_file, unplaced_file] = PLAN_FILES;
    file(dir, plan_file, |out| {
        let fixed = ["region", "category", "stage", "purpose", "samples"].map(str::to_owned);
        let months = (1..=12).map(|month| format!("{}-{month:02}", plan.year));
        out.write_record(fixed.into_iter().chain(months))?;
        for row in &plan.rows {
            let fixed = [
                row.region.clone(),
                row.category.clone(),
                optional(row.stage),
                row.purpose.to_string(),
                row.samples.to_string(),
            ];
            out.write_record(fixed.into_iter().chain(row.months.iter().map(u64::to_string)))?;
        }
        Ok(())
    })?;
    file(dir, cells_file, |out| {
        let columns =
            ["region", "category", "stage", "stocks", "tested", "failed", "least", "samples"];
        out.write_record(columns)?;
        for cell in &plan.cells {
            let numbers = [cell.stocks, cell.tested, cell.failed, cell.least, cell.samples];
            let fixed = [cell.region.clone(), cell.category.clone(), optional(cell.stage)];
            out.write_record(fixed.into_iter().chain(numbers.iter().map(u64::to_string)))?;
        }
        Ok(())
    })?;
    file(dir, obligations_file, |out| {
        let tiers: BTreeSet<&String> =
            plan.regions.iter().flat_map(|region| region.arranged.keys()).collect();
        let fixed =
            ["region", "name", "level", "population", "own", "parts", "due", "planned", "held"];
        let named = tiers.iter().map(|tier| format!("arranged_by_{tier}"));
        out.write_record(fixed.map(str::to_owned).into_iter().chain(named))?;
        for region in &plan.regions {
            let fixed = [
                region.code.clone(),
                region.name.clone(),
                optional(region.level),
                optional(region.population),
                optional(region.own),
                region.parts.to_string(),
                region.due.to_string(),
                region.planned.to_string(),
                region.held.to_string(),
            ];
            let by = tiers.iter().map(|tier| optional(region.arranged.get(*tier)));
            out.write_record(fixed.into_iter().chain(by))?;
        }
        Ok(())
    })?;
    file(dir, minima_file, |out| {
        out.write_record(["rule", "basis", "holds", "operators", "samples"])?;
        for rule in &plan.rules {
            let numbers = [rule.operators, rule.samples].map(|n| n.to_string());
            let [operators, samples] = &numbers;
            let holds = if rule.holds { "yes" } else { "no" };
            out.write_record([&rule.name, &rule.basis, holds, operators, samples])?;
        }
        Ok(())
    })?;
    file(dir, unplaced_file, |out| {
        out.write_record(["operator_code"])?;
        plan.unplaced.iter().try_for_each(|code| out.write_record([code]))
    })
}

/// Writes `drawn.csv`, a row a unit drawn, into a folder, which is made when it is not there.
///
/// # Errors
/// [`Error::Write`] when the file cannot be written.
pub fn write_draw(record: &DrawRecord, dir: &Path) -> Result<(), Error> {
    make(dir)?;
    file(dir, DRAW_FILE, |out| {
        out.write_record(["stratum", "code", "probability", "weight"])?;
        for stratum in &record.strata {
            for unit in &stratum.drawn {
                out.write_record([&stratum.stratum, &unit.code, &unit.probability, &unit.weight])?;
            }
        }
        Ok(())
    })
}

/// Writes `progress.csv`, a row a region and purpose, into a folder, which is made when it is not
/// there.
///
/// # Errors
/// [`Error::Write`] when the file cannot be written.
pub fn write_progress(progress: &Progress, dir: &Path) -> Result<(), Error> {
    make(dir)?;
    file(dir, PROGRESS_FILE, |out| {
        out.write_record([
            "region",
            "name",
            "level",
            "purpose",
            "done",
            "due",
            "owed",
            "per_thousand",
            "projected",
            "projected_per_thousand",
            "behind",
        ])?;
        for row in &progress.rows {
            out.write_record([
                row.region.clone(),
                row.name.clone(),
                optional(row.level),
                row.purpose.to_string(),
                row.done.to_string(),
                row.due.to_string(),
                row.owed.to_string(),
                row.per_thousand.clone(),
                row.projected.to_string(),
                row.projected_per_thousand.clone(),
                row.behind.to_string(),
            ])?;
        }
        Ok(())
    })
}
