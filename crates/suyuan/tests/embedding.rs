//! The example of the README, run.

use std::path::Path;

use suyuan::csv::{ReadOptions, read_dir};
use suyuan::recall::{Policy, RecallSource, recall};

#[test]
fn the_readme_example_does_what_it_says() -> Result<(), Box<dyn std::error::Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/qingdao");
    let import = read_dir(&data, &ReadOptions::default())?;
    let chain = &import.chain;
    let source = RecallSource::sample(chain, "S-LK-01")?;
    let scope = recall(chain, &source, &Policy::default())?;
    let mut steps = 0;
    for row in &scope.affected {
        steps += scope.trace.path(row.traced.stock).unwrap_or_default().len();
    }
    let hops: u32 = scope.affected.iter().map(|row| row.traced.hops).sum();
    assert_eq!(steps as u32, hops);
    assert_eq!(scope.document(chain).totals.stocks, 30);
    Ok(())
}
