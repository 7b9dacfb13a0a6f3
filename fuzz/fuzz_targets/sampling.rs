//! Sampling: any weights, bounds, sizes and totals are an allocation or a draw that adds up, or an
//! error; no panic, and no time or memory beyond what the number of strata explains.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suyuan_core::sampling::draw::{Design, Permanent};
use suyuan_core::sampling::protocol::{DrawPlan, draw_sample, verify};
use suyuan_core::sampling::{
    Bounds, Frame, FrameUnit, Rounding, Tier, TierTree, TwoWayProblem, apportion, control_rounding,
    optimum, optimum_in_tiers, optimum_two_way,
};

/// Greedy in tiers takes a step a sample.
const MOST_STEPS: u64 = 10_000;

type Strata = Vec<(f64, u64, u64)>;

fuzz_target!(|input: (Strata, u64, u8)| {
    let (mut strata, total, design) = input;
    strata.truncate(64);
    let a: Vec<f64> = strata.iter().map(|(a, _, _)| *a).collect();
    let bounds: Vec<Bounds> = strata.iter().map(|(_, l, u)| Bounds::new(*l, *u)).collect();
    let sizes: Vec<u64> = strata.iter().map(|(_, size, _)| *size).collect();
    allocate(&a, &bounds, &sizes, total);
    draw(&sizes, total, design);
});

fn allocate(a: &[f64], bounds: &[Bounds], sizes: &[u64], total: u64) {
    for rounding in [Rounding::Hamilton, Rounding::Webster, Rounding::Jefferson] {
        if let Ok(seats) = apportion(sizes, total, rounding) {
            assert_eq!(seats.iter().sum::<u64>(), total);
        }
    }
    if let Ok(best) = optimum(a, bounds, total) {
        assert_eq!(best.samples.iter().sum::<u64>(), total);
        assert!(best.certificate.holds(a, bounds, &best.samples));
    }
    let tier = |(at, bounds): (usize, &Bounds)| Tier { parent: at.checked_sub(2), bounds: *bounds };
    let tiers = bounds.iter().enumerate().map(tier).collect();
    let of = |size: &u64| usize::try_from(*size).ok().filter(|at| *at < a.len());
    if let Ok(tree) = TierTree::new(tiers, sizes.iter().map(of).collect())
        && let Ok(samples) = optimum_in_tiers(a, bounds, &tree, total % MOST_STEPS)
    {
        assert_eq!(samples.iter().sum::<u64>(), total % MOST_STEPS);
        let sums = tree.sums(&samples);
        for (tier, sum) in tree.tiers().iter().zip(sums) {
            assert!(tier.bounds.lower <= sum && sum <= tier.bounds.upper);
        }
    }
    let columns = 1 + a.len() % 3;
    let rows = a.len() / columns;
    let cells = rows * columns;
    let problem = TwoWayProblem {
        a: a[..cells].to_vec(),
        cells: bounds[..cells].to_vec(),
        rows: bounds[..rows].to_vec(),
        columns: vec![Bounds::default(); columns],
        total: Some(total),
    };
    if let Ok(best) = optimum_two_way(&problem) {
        assert_eq!(best.samples.iter().sum::<u64>(), total);
        assert!(best.holds(&problem));
    }
    let numerators: Vec<u128> = sizes[..cells].iter().map(|size| u128::from(*size)).collect();
    let _ = control_rounding(&numerators, total, &sizes[..rows], &sizes[..columns.min(a.len())]);
}

fn draw(sizes: &[u64], total: u64, design: u8) {
    let unit = |(at, size): (usize, &u64)| FrameUnit {
        stratum: String::new(),
        code: at.to_string(),
        size: *size,
        place: Some(((at % 8) as i32, (*size % 1000) as i32)),
    };
    let units = sizes.iter().enumerate().map(unit).collect();
    let frame = Frame::new(units).expect("codes are distinct");
    let design = Design::ALL[usize::from(design) % Design::ALL.len()];
    let quota = if design == Design::Sampford { total % 4 } else { total };
    let mut plan = DrawPlan::new("fuzz", design).quota("", quota);
    plan.permanent = Permanent::new("salt", "0").ok().filter(|_| design.by_permanent_numbers());
    if let Ok(record) = draw_sample(&frame, &plan) {
        let drawn: usize = record.strata.iter().map(|stratum| stratum.drawn.len()).sum();
        if design != Design::Systematic || quota > 0 {
            assert_eq!(drawn as u64, quota);
        }
        assert!(verify(&record, &frame).expect("the record is ours").is_empty());
    }
}
