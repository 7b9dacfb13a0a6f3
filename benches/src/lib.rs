//! Workloads shared by the benchmarks: a city's trade, made from a seed.

pub mod peers;
pub mod workload;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// A multiplicative congruential generator (Steele and Vigna 2021, 64 bits): the same numbers on
/// every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0xf135_7aea_2e62_a9c5);
        ((u128::from(self.0) * u128::from(bound)) >> 64) as u64
    }

    /// An index below `count` that favours the first ones as sizes of firms are favoured: the
    /// square of a uniform number.
    pub fn heavy(&mut self, count: u64) -> u64 {
        let unit = self.below(1 << 24);
        ((u128::from(unit * unit) * u128::from(count)) >> 48) as u64
    }
}

/// How many rows of each table a data set has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Rows of `operators.csv`.
    pub operators: u64,
    /// Rows of `batches.csv`.
    pub batches: u64,
    /// Rows of `shipments.csv`.
    pub shipments: u64,
    /// Rows of `transformations.csv`.
    pub lines: u64,
    /// Rows of `removals.csv`.
    pub removals: u64,
    /// Rows of `samples.csv`.
    pub samples: u64,
}

impl Rows {
    /// All rows together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.operators + self.batches + self.shipments + self.lines + self.removals + self.samples
    }
}

/// Writes a data set of about `shipments` shipment rows into a folder: farm lots that go to a
/// market and on to shops, every third of them through a processor that mixes it with the lot
/// before; minutes and days mixed; sold at the end.
///
/// # Errors
/// When a file cannot be written.
pub fn write_city(dir: &Path, shipments: u64, seed: u64) -> io::Result<Rows> {
    let mut random = Random::new(seed);
    let mut rows = Rows::default();
    let operators = (shipments / 40).max(10);
    let stages = ["farm", "processor", "wholesale", "retail", "canteen"];
    let mut text = String::from("operator_code,name,stage,region_code\n");
    let code = |kind: usize, at: u64| format!("{}{at:07}", ["F", "P", "W", "R", "C"][kind]);
    let counts = [operators / 10, operators / 20, operators / 50 + 1, operators / 2, operators / 3]
        .map(|count| count.max(1));
    for (kind, count) in counts.into_iter().enumerate() {
        for at in 0..count {
            let _ = writeln!(text, "{},经营者{at},{},370200", code(kind, at), stages[kind]);
            rows.operators += 1;
        }
    }
    fs::write(dir.join("operators.csv"), text)?;
    fs::write(
        dir.join("regions.csv"),
        "region_code,name,level,parent_code,population\n370200,青岛市,city,,10071722\n",
    )?;
    fs::write(dir.join("products.csv"), "product_code,name,base_unit\nP1,韭菜,kg\nP2,馅,kg\n")?;
    let mut batches =
        String::from("batch_code,product_code,operator_code,produced_on,quantity,unit\n");
    let mut shipped = String::from(
        "shipment_code,batch_code,from_operator,to_operator,shipped_on,received_on,quantity,unit\n",
    );
    let mut lines = String::from(
        "transformation_code,operator_code,transformed_on,role,batch_code,quantity,unit,process\n",
    );
    let mut removals = String::from("batch_code,operator_code,removed_on,quantity,unit,reason\n");
    let mut samples =
        String::from("sample_code,kind,batch_code,operator_code,sampled_on,verdict,hazard\n");
    let date = |day: u64| format!("2026-{:02}-{:02}", day / 28 % 12 + 1, day % 28 + 1);
    let mut before: Option<String> = None;
    let mut farm_before = String::new();
    let mut lot = 0;
    while rows.shipments < shipments {
        let day = lot * 320 / (shipments / 6 + 1);
        let farm = code(0, random.heavy(counts[0]));
        let _ = writeln!(batches, "L{lot:08},P1,{farm},{},1200,kg", date(day));
        rows.batches += 1;
        let mut ship =
            |batch: &str, from: &str, to: &str, day: u64, quantity: u64, rows: &mut Rows| {
                let minute = format!("{}T{:02}:{:02}", date(day), 4 + quantity % 12, quantity % 60);
                let _ = writeln!(
                    shipped,
                    "W{:09},{batch},{from},{to},{},{minute},{quantity}.5,kg",
                    rows.shipments,
                    date(day)
                );
                rows.shipments += 1;
            };
        let batch = format!("L{lot:08}");
        let market = code(2, random.heavy(counts[2]));
        let seller = if lot % 3 == 0 {
            let plant = code(1, random.heavy(counts[1]));
            ship(&batch, &farm, &plant, day, 1000, &mut rows);
            if let Some(earlier) = &before {
                ship(earlier, &farm_before, &plant, day, 200, &mut rows);
            }
            let made = format!("M{lot:08}");
            let _ = writeln!(batches, "{made},P2,{plant},{},900,kg", date(day + 1));
            rows.batches += 1;
            let inputs: [Option<&String>; 2] = [Some(&batch), before.as_ref()];
            for (input, quantity) in inputs.into_iter().flatten().zip([800, 150]) {
                let _ = writeln!(
                    lines,
                    "T{lot:08},{plant},{},input,{input},{quantity},kg,mixing",
                    date(day + 1)
                );
                rows.lines += 1;
            }
            let _ =
                writeln!(lines, "T{lot:08},{plant},{},output,{made},900,kg,mixing", date(day + 1));
            rows.lines += 1;
            ship(&made, &plant, &market, day + 2, 850, &mut rows);
            before = Some(batch);
            farm_before = farm;
            made
        } else {
            ship(&batch, &farm, &market, day, 1100, &mut rows);
            batch
        };
        for _ in 0..3 + random.below(5) {
            let kind = 3 + (random.below(4) == 0) as usize;
            let shop = code(kind, random.heavy(counts[kind]));
            ship(
                &seller,
                &market,
                &shop,
                day + 2 + random.below(3),
                20 + random.below(80),
                &mut rows,
            );
            if random.below(3) == 0 {
                let _ = writeln!(removals, "{seller},{shop},{},15.25,kg,sold", date(day + 6));
                rows.removals += 1;
            }
            if random.below(100) == 0 {
                let verdict = if random.below(40) == 0 { "fail" } else { "pass" };
                let _ = writeln!(
                    samples,
                    "S{:07},supervision,{seller},{shop},{},{verdict},chemical",
                    rows.samples,
                    date(day + 5)
                );
                rows.samples += 1;
            }
        }
        lot += 1;
    }
    for (name, text) in [
        ("batches", batches),
        ("shipments", shipped),
        ("transformations", lines),
        ("removals", removals),
        ("samples", samples),
    ] {
        fs::write(dir.join(format!("{name}.csv")), text)?;
    }
    Ok(rows)
}
