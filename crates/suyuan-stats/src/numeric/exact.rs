//! Differences of products to full precision (error-free transformations, Dekker 1971).

/// The sum of two numbers and what rounding took from it.
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// The product of two numbers and what rounding took from it.
pub(crate) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// `a - (a + b) x`, as if rounded once: the difference may be a hundred million times smaller than
/// its terms.
pub(crate) fn centred(a: f64, b: f64, x: f64) -> f64 {
    let (first, first_low) = two_product(a, x);
    let (second, second_low) = two_product(b, x);
    let (gap, gap_low) = two_sum(a, -first);
    let (rest, rest_low) = two_sum(gap, -second);
    rest + (rest_low + (gap_low - (first_low + second_low)))
}

/// A running sum that keeps what rounding takes away (Neumaier 1974).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// Adds a term.
    pub(crate) fn add(&mut self, term: f64) {
        let (high, low) = two_sum(self.high, term);
        self.high = high;
        self.low += low;
    }

    /// The sum so far.
    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

/// The sum of an iterator.
pub(crate) fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    terms.into_iter().collect::<Sum>().value()
}
