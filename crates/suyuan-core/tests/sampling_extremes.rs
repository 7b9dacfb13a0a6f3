//! Any numbers at all through the doors of allocation and drawing: what comes back adds up, or is
//! an error; nothing panics, and nothing takes room or time that the number of strata does not
//! explain.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;
use suyuan_core::sampling::draw::{Design, Permanent};
use suyuan_core::sampling::protocol::{DrawPlan, draw_sample, verify};
use suyuan_core::sampling::schedule::{Group, schedule, share_tiers};
use suyuan_core::sampling::{
    Bounds, Frame, FrameUnit, MOST_SAMPLES, Rounding, Tier, TierTree, TwoWayProblem, apportion,
    control_rounding, optimum, optimum_in_tiers, optimum_two_way,
};

fn weight() -> impl Strategy<Value = f64> {
    let special = prop_oneof![
        Just(0.0),
        Just(1.0),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        Just(5e-324),
        Just(1e-290),
        Just(1e290),
    ];
    prop_oneof![4 => special, 2 => 0.0..9.0_f64, 1 => any::<u64>().prop_map(f64::from_bits)]
}

fn number() -> impl Strategy<Value = u64> {
    let special = prop_oneof![
        Just(0),
        Just(u64::MAX),
        Just(u64::MAX / 2),
        Just(MOST_SAMPLES),
        Just(MOST_SAMPLES + 1),
        Just(1 << 32),
    ];
    prop_oneof![5 => 0_u64..20, 3 => special, 1 => any::<u64>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn allocations_add_up_or_are_errors(
        strata in prop::collection::vec((weight(), number(), number()), 0..9),
        total in number(),
        columns in 1_usize..4,
    ) {
        let a: Vec<f64> = strata.iter().map(|(a, _, _)| *a).collect();
        let bounds: Vec<Bounds> = strata.iter().map(|(_, l, u)| Bounds::new(*l, *u)).collect();
        let sizes: Vec<u64> = strata.iter().map(|(_, size, _)| *size).collect();
        for rounding in [Rounding::Hamilton, Rounding::Webster, Rounding::Jefferson] {
            if let Ok(seats) = apportion(&sizes, total, rounding) {
                prop_assert_eq!(seats.iter().sum::<u64>(), total);
            }
        }
        if let Ok(best) = optimum(&a, &bounds, total) {
            prop_assert_eq!(best.samples.iter().sum::<u64>(), total);
            prop_assert!(best.certificate.holds(&a, &bounds, &best.samples));
        }
        // A step a sample: small totals alone.
        let tier = |(at, bounds): (usize, &Bounds)| Tier { parent: at.checked_sub(2), bounds: *bounds };
        let tiers: Vec<Tier> = bounds.iter().enumerate().map(tier).collect();
        let of = |(at, size): (usize, &u64)| size.is_multiple_of(2).then_some(at);
        let tree = TierTree::new(tiers, sizes.iter().enumerate().map(of).collect()).unwrap();
        prop_assert_eq!(tree.sums(&sizes).len(), tree.tiers().len());
        if let Ok(samples) = optimum_in_tiers(&a, &bounds, &tree, total % 1000) {
            prop_assert_eq!(samples.iter().sum::<u64>(), total % 1000);
            for (tier, sum) in tree.tiers().iter().zip(tree.sums(&samples)) {
                prop_assert!(tier.bounds.lower <= sum && sum <= tier.bounds.upper);
            }
        }
        let _ = optimum_in_tiers(&a, &bounds, &tree, u64::MAX);
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
            prop_assert_eq!(best.samples.iter().sum::<u64>(), total);
            // Beyond, what one sample more changes is less than the digits of the costs.
            prop_assert!(total > 1 << 32 || best.holds(&problem));
        }
        let numerators: Vec<u128> = sizes[..cells].iter().map(|n| u128::from(*n) << 60).collect();
        let totals = &sizes[..columns.min(sizes.len())];
        let _ = control_rounding(&numerators, total, &sizes[..rows], totals);
        if let Ok(parts) = share_tiers(&sizes, &sizes) {
            prop_assert_eq!(parts.iter().sum::<u64>(), sizes.iter().sum::<u64>());
        }
        let group = Group { rows: sizes.clone(), profile: sizes };
        let _ = schedule(&[group.clone(), group], &bounds);
    }

    #[test]
    fn draws_are_verified_or_are_errors(
        sizes in prop::collection::vec(number(), 0..9),
        quota in number(),
        design in 0..Design::ALL.len(),
    ) {
        let unit = |(at, size): (usize, &u64)| FrameUnit {
            stratum: "s".into(),
            code: at.to_string(),
            size: *size,
            place: Some(((at % 8) as i32, (*size % 1000) as i32)),
        };
        let frame = Frame::new(sizes.iter().enumerate().map(unit).collect()).unwrap();
        let mut plan = DrawPlan::new("extremes", Design::ALL[design]).quota("s", quota);
        plan.permanent = Permanent::new("salt", "0").ok();
        if let Ok(record) = draw_sample(&frame, &plan) {
            prop_assert_eq!(record.strata[0].drawn.len() as u64, quota);
            prop_assert!(verify(&record, &frame).unwrap().is_empty());
        }
    }
}
