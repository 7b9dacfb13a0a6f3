use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

use super::*;

/// `sum A² / n` in exact fractions; strata without a sample are counted and weighed first.
pub(crate) fn objective(a: &[f64], samples: &[u64]) -> (BigRational, BigRational) {
    let zero = || BigRational::from_integer(BigInt::from(0));
    let (mut empty, mut sum) = (zero(), zero());
    for (a, n) in a.iter().zip(samples) {
        let square = BigRational::from_float(*a).map_or_else(zero, |a| &a * &a);
        match n {
            0 if *a > 0.0 => empty += square + BigRational::from_integer(BigInt::from(10).pow(40)),
            0 => {}
            n => sum += square / BigRational::from_integer(BigInt::from(*n)),
        }
    }
    (empty, sum)
}

/// Every allocation within bounds and of a total.
pub(crate) fn every(bounds: &[Bounds], total: u64) -> Vec<Vec<u64>> {
    let Some((first, rest)) = bounds.split_first() else {
        return if total == 0 { vec![vec![]] } else { vec![] };
    };
    let numbers = first.lower..=first.upper.min(total);
    numbers
        .flat_map(|n| {
            every(rest, total - n).into_iter().map(move |mut tail| {
                tail.insert(0, n);
                tail
            })
        })
        .collect()
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), (1_u32..6).prop_map(f64::from), 0.1..9.0_f64, Just(0.1), Just(0.2)]
}

/// Weights hundreds of orders of magnitude apart.
fn far() -> impl Strategy<Value = f64> {
    let power = prop_oneof![Just(-320), Just(-308), Just(-290), Just(-150), Just(0), Just(290)];
    (1_u32..6, power).prop_map(|(a, power)| f64::from(a) * 10_f64.powi(power))
}

fn strata() -> impl Strategy<Value = Vec<(f64, u64, u64)>> {
    prop::collection::vec((weight(), 0_u64..4, 0_u64..5), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn nothing_is_better(strata in strata(), total in 0_u64..14) {
        let a: Vec<f64> = strata.iter().map(|s| s.0).collect();
        let bounds: Vec<_> = strata.iter().map(|s| Bounds::new(s.1, s.1 + s.2)).collect();
        let all = every(&bounds, total);
        match optimum(&a, &bounds, total) {
            Err(SamplingError::Infeasible(conflict)) => {
                prop_assert!(all.is_empty());
                check_conflict(&bounds, total, &conflict)?;
            }
            Err(error) => prop_assert!(false, "{}", error),
            Ok(best) => {
                prop_assert!(best.certificate.holds(&a, &bounds, &best.samples));
                let least = all.iter().map(|samples| objective(&a, samples)).min().unwrap();
                prop_assert_eq!(objective(&a, &best.samples), least);
                prop_assert!(all.contains(&best.samples));
            }
        }
    }

    /// The threshold search against giving one sample at a time.
    #[test]
    fn the_fast_form_is_the_greedy_one(
        strata in prop_oneof![
            prop::collection::vec((weight(), 0_u64..4, 0_u64..90), 1..200),
            prop::collection::vec((far(), 0_u64..4, 0_u64..90), 1..60),
        ],
        part in 0.0..1.0_f64,
    ) {
        let a: Vec<f64> = strata.iter().map(|s| s.0).collect();
        let bounds: Vec<_> = strata.iter().map(|s| Bounds::new(s.1, s.1 + s.2)).collect();
        let lower: u64 = bounds.iter().map(|b| b.lower).sum();
        let upper: u64 = bounds.iter().map(|b| b.upper).sum();
        let total = lower + ((upper - lower) as f64 * part) as u64;
        let mut greedy: Vec<u64> = bounds.iter().map(|b| b.lower).collect();
        for _ in lower..total {
            let next = |at: usize| Priority { a: a[at], number: greedy[at] + 1, at };
            let best = (0..a.len())
                .filter(|at| greedy[*at] < bounds[*at].upper)
                .max_by(|x, y| next(*x).cmp(&next(*y)))
                .unwrap();
            greedy[best] += 1;
        }
        prop_assert_eq!(optimum(&a, &bounds, total).unwrap().samples, greedy);
    }
}

/// The set cannot hold, and it can as soon as any one member is left out.
fn check_conflict(bounds: &[Bounds], total: u64, conflict: &Conflict) -> Result<(), TestCaseError> {
    let holds = |without: Option<usize>| {
        let mut kept = vec![Bounds::new(0, u64::MAX); bounds.len()];
        let mut whole = None;
        for (at, member) in conflict.members.iter().enumerate() {
            if without == Some(at) {
                continue;
            }
            match (&member.subject, member.sense) {
                (Subject::Whole, Sense::Exactly) => whole = Some(member.value),
                (Subject::Stratum(at), Sense::AtLeast) => kept[*at].lower = member.value,
                (Subject::Stratum(at), Sense::AtMost) => kept[*at].upper = member.value,
                _ => panic!("{member}"),
            }
        }
        let lower: u128 = kept.iter().map(|b| u128::from(b.lower)).sum();
        let upper: u128 = kept.iter().map(|b| u128::from(b.upper)).sum();
        kept.iter().all(|b| b.lower <= b.upper)
            && whole.is_none_or(|n| lower <= u128::from(n) && u128::from(n) <= upper)
    };
    prop_assert!(!holds(None), "{}", conflict);
    for at in 0..conflict.members.len() {
        prop_assert!(holds(Some(at)), "{} does without {}", conflict, conflict.members[at]);
    }
    for member in &conflict.members {
        let truth = match (&member.subject, member.sense) {
            (Subject::Stratum(at), Sense::AtLeast) => bounds[*at].lower,
            (Subject::Stratum(at), _) => bounds[*at].upper,
            _ => total,
        };
        prop_assert_eq!(member.value, truth);
    }
    Ok(())
}

/// The strata that count most have little room, and what is left lies 290 orders of magnitude below.
#[test]
fn strata_far_below_share_what_is_left() {
    let a = [1.0, 2e-290, 1e-290, 1e-290];
    let open = Bounds::at_least(0);
    let bounds = [Bounds::new(0, 5), open, open, open];
    let best = optimum(&a, &bounds, 405).unwrap();
    assert_eq!(best.samples, [5, 200, 100, 100]);
    let best = optimum(&a, &bounds, MOST_SAMPLES).unwrap();
    assert_eq!(best.samples.iter().sum::<u64>(), MOST_SAMPLES);
    assert!(best.certificate.holds(&a, &bounds, &best.samples));
    // A certificate that names strata which are not there proves nothing.
    let other = Certificate { last_given: Some(9), first_refused: Some(usize::MAX) };
    assert!(!other.holds(&a, &bounds, &best.samples));
}

#[test]
fn extreme_weights_keep_the_total() {
    for a in [
        vec![1e300, 1e-300, 1.0],
        vec![5e-324, 5e-324, 1e-310],
        vec![f64::MAX, f64::MAX, f64::MIN_POSITIVE],
        vec![1.0; 3],
    ] {
        for total in [0, 2, 3, 4, 1000, MOST_SAMPLES] {
            let bounds = [Bounds::default(); 3];
            let best = optimum(&a, &bounds, total).unwrap();
            assert_eq!(best.samples.iter().sum::<u64>(), total, "{a:?} {total}");
            assert!(best.certificate.holds(&a, &bounds, &best.samples), "{a:?} {total}");
        }
    }
}

#[test]
fn bad_weights_name_their_stratum() {
    let bounds = [Bounds::default(); 2];
    for bad in [f64::NAN, f64::NEG_INFINITY, -0.5] {
        let said = optimum(&[1.0, bad], &bounds, 3).unwrap_err();
        let said = said.named(|_| Some("370200".to_owned())).to_string();
        assert!(said.starts_with("failed to use A of \"370200\""), "{said}");
    }
    assert!(matches!(optimum(&[1.0], &bounds, 3), Err(SamplingError::Length { .. })));
    assert!(matches!(optimum(&[1.0; 2], &bounds, u64::MAX), Err(SamplingError::TooLarge { .. })));
}
