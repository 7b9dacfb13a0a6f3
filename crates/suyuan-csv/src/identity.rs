//! Operators under several codes: cards to compare, suggestions out, confirmed aliases in.
//!
//! | table | columns (required in bold) |
//! |---|---|
//! | [`read_cards`] | **operator_code** 主体编码, **name** 名称, platform 平台, credit_code 统一社会信用代码, licence_no 许可证编号, address 地址, region_code 区划代码 |
//! | [`write_suggestions`], [`read_aliases`] | **alias_code** 别名编码, **operator_code** 主体编码, **confirmed_by** 确认人, confirmed_on 确认日期; written with score and reasons |
//!
//! ```
//! use suyuan_csv::identity::read_aliases;
//! let dir = tempfile::tempdir()?;
//! let path = dir.path().join("aliases.csv");
//! std::fs::write(&path, "别名编码,主体编码,确认人\nB-90,A-17,李\nB-91,A-17,\n")?;
//! let table = read_aliases(&path)?;
//! assert_eq!(table.aliases.resolve("B-90"), "A-17");
//! assert_eq!((table.aliases.len(), table.unconfirmed), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::Path;

use suyuan_core::identity::{Aliases, Matches, OperatorCard, Reason};
use suyuan_core::time::{Span, UtcOffset};

use crate::encoding::Encoding;
use crate::error::Error;
use crate::results::{file, make};
use crate::sheet::Sheet;

/// The table of aliases in a data set's folder.
pub const ALIASES: &str = "aliases.csv";

/// What a table of aliases says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AliasTable {
    /// The rows that somebody confirmed.
    pub aliases: Aliases,
    /// Rows without a name under `confirmed_by`: suggestions still, which merge nothing.
    pub unconfirmed: usize,
}

/// Reads a table of aliases. Only rows that name who confirmed them count.
///
/// # Errors
/// [`Error::Value`] for an empty code or a date that is none, those of the header, and
/// [`Error::Chain`] for aliases that contradict each other.
pub fn read_aliases(path: &Path) -> Result<AliasTable, Error> {
    read_aliases_as(path, None)
}

/// As [`read_aliases`]; a file that can be read in both encodings is in the one given.
pub(crate) fn read_aliases_as(
    path: &Path,
    encoding: Option<Encoding>,
) -> Result<AliasTable, Error> {
    let required =
        [("alias_code", "别名编码"), ("operator_code", "主体编码"), ("confirmed_by", "确认人")];
    let sheet = Sheet::read_as(path, encoding, &required, &[("confirmed_on", "确认日期")])?;
    let mut pairs = Vec::new();
    let mut unconfirmed = 0;
    for row in sheet.rows() {
        let pair = (row.code(0)?, row.code(1)?);
        row.option(3, "a date", |text| Span::parse(text, UtcOffset::CHINA).ok())?;
        if row.text(2).is_empty() {
            unconfirmed += 1;
        } else {
            pairs.push(pair);
        }
    }
    let aliases = Aliases::new(pairs).map_err(suyuan_core::Error::from)?;
    Ok(AliasTable { aliases, unconfirmed })
}

/// Reads what registers and platforms say of operators, one row a code and platform.
///
/// # Errors
/// [`Error::Value`] for an empty code, and those of the header.
pub fn read_cards(path: &Path) -> Result<Vec<OperatorCard>, Error> {
    let optional = [
        ("platform", "平台"),
        ("credit_code", "统一社会信用代码"),
        ("licence_no", "许可证编号"),
        ("address", "地址"),
        ("region_code", "区划代码"),
    ];
    let required = [("operator_code", "主体编码"), ("name", "名称")];
    let sheet = Sheet::read(path, &required, &optional)?;
    let card = |row: crate::sheet::Row<'_>| {
        let text = |column| row.text(column).to_owned();
        Ok(OperatorCard {
            code: row.code(0)?,
            name: text(1),
            platform: text(2),
            credit_code: text(3),
            licence: text(4),
            address: text(5),
            region: text(6),
        })
    };
    sheet.rows().map(card).collect()
}

/// Writes suggestions as `aliases.csv` into a folder, which is made when it is not there: a row a
/// pair, with score, reasons and both names, and nobody under `confirmed_by` yet. Whoever checks
/// them fills that in, or takes the row out, and puts the file into the data set.
///
/// # Errors
/// [`Error::Write`] when the file cannot be written.
pub fn write_suggestions(
    cards: &[OperatorCard],
    matches: &Matches,
    dir: &Path,
) -> Result<(), Error> {
    make(dir)?;
    file(dir, ALIASES, |out| {
        out.write_record([
            "alias_code",
            "operator_code",
            "confirmed_by",
            "confirmed_on",
            "score",
            "reasons",
            "alias_name",
            "operator_name",
        ])?;
        for pair in &matches.suggestions {
            let (Some(operator), Some(alias)) = (cards.get(pair.first), cards.get(pair.second))
            else {
                continue;
            };
            let reasons: Vec<&str> = pair.reasons.iter().copied().map(Reason::as_str).collect();
            out.write_record([
                &alias.code,
                &operator.code,
                "",
                "",
                &pair.score.to_string(),
                &reasons.join("; "),
                &alias.name,
                &operator.name,
            ])?;
        }
        Ok(())
    })
}
