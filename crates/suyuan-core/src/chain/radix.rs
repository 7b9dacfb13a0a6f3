//! Orders by small whole numbers, in linear time.

/// Bits of a key that one pass looks at.
const DIGIT: u32 = 11;

/// The places `0..count` in the order of their keys; places of one key stay in order. Linear in
/// the places for each digit in which keys differ.
pub(crate) fn order_by(count: usize, key: impl Fn(usize) -> u32) -> Vec<u32> {
    let mut items: Vec<u64> =
        (0..count).map(|place| u64::from(key(place)) << 32 | place as u64).collect();
    let (mut all, mut any) = (u64::MAX, 0);
    for item in &items {
        all &= item;
        any |= item;
    }
    let differ = all ^ any;
    let mut next = vec![0; count];
    for shift in (32..64).step_by(DIGIT as usize) {
        let digit = |item: u64| (item >> shift & ((1 << DIGIT) - 1)) as usize;
        if digit(differ) == 0 {
            continue;
        }
        let mut places = [0_u32; 1 << DIGIT];
        items.iter().for_each(|item| places[digit(*item)] += 1);
        let mut sum = 0;
        for place in &mut places {
            sum += std::mem::replace(place, sum);
        }
        for item in &items {
            let place = &mut places[digit(*item)];
            next[*place as usize] = *item;
            *place += 1;
        }
        std::mem::swap(&mut items, &mut next);
    }
    drop(next);
    items.into_iter().map(|item| item as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn orders_as_a_stable_sort(
            keys in prop::collection::vec(prop_oneof![any::<u32>(), 0..5_u32, 0..5000_u32], 0..200),
        ) {
            let mut expected: Vec<u32> = (0..keys.len() as u32).collect();
            expected.sort_by_key(|place| keys[*place as usize]);
            prop_assert_eq!(order_by(keys.len(), |place| keys[place]), expected);
        }
    }
}
