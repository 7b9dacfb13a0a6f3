//! What products are made of: `recipes.csv`, one row an input of a product.

use std::path::Path;

use rust_decimal::Decimal;
use suyuan_core::chain::missing::Recipes;
use suyuan_core::quantity::parse_decimal;

use crate::error::Error;
use crate::sheet::{Column, Sheet};

/// The name of the file in the folder of a data set.
pub const RECIPES: &str = "recipes.csv";

const REQUIRED: [Column; 2] =
    [("product_code", "产品编码"), ("input_product_code", "投入产品编码")];
const OPTIONAL: [Column; 1] = [("quantity", "用量")];

/// Reads a table of recipes, in UTF-8 or GB18030. Recipes narrow what is inferred, so that half a
/// table would lose links: every value error ends the reading.
///
/// ```
/// use suyuan_csv::read_recipes;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("recipes.csv");
/// std::fs::write(&path, "产品编码,投入产品编码,用量\nYOGURT,MILK,1.05\nYOGURT,SUGAR,\n")?;
/// let recipes = read_recipes(&path)?;
/// assert_eq!(recipes.inputs("YOGURT").unwrap().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Read`], [`Error::Empty`], [`Error::MissingColumns`], [`Error::DuplicateColumn`], and
/// [`Error::Value`] for an empty code or a quantity that is not above zero.
pub fn read_recipes(path: impl AsRef<Path>) -> Result<Recipes, Error> {
    let sheet = Sheet::read(path.as_ref(), &REQUIRED, &OPTIONAL)?;
    let mut recipes = Recipes::none();
    for row in sheet.rows() {
        let (product, input) = (row.code(0)?, row.code(1)?);
        let positive =
            |text: &str| parse_decimal(text).ok().filter(|quantity| *quantity > Decimal::ZERO);
        let quantity = row.option(2, "a quantity above zero", positive)?;
        recipes.add(&product, &input, quantity);
    }
    Ok(recipes)
}
