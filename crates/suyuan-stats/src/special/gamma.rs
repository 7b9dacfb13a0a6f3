//! The logarithm of the gamma function and the error of Stirling's formula.
//!
//! Sources: Stirling's series (DLMF 5.11.1); the Taylor series about 1 with Riemann's zeta function
//! (DLMF 5.7.3). The tables are that series' coefficients and the error at half integers, computed
//! to 50 digits.

/// `ln(2 pi) / 2`.
pub(crate) const HALF_LN_TAU: f64 = 0.9189385332046728;
/// Euler's constant.
const EULER: f64 = 0.5772156649015329;

/// `zeta(k) - 1` for k = 2, 3, ...
const ZETA_LESS_ONE: [f64; 32] = [
    0.6449340668482264,
    0.2020569031595943,
    0.08232323371113819,
    0.03692775514336993,
    0.01734306198444914,
    0.008349277381922827,
    0.00407735619794434,
    0.0020083928260822143,
    0.0009945751278180853,
    0.0004941886041194645,
    0.0002460865533080483,
    0.00012271334757848915,
    6.124813505870483e-05,
    3.058823630702049e-05,
    1.528225940865187e-05,
    7.637197637899763e-06,
    3.81729326499984e-06,
    1.908212716553939e-06,
    9.539620338727962e-07,
    4.769329867878064e-07,
    2.38450502727733e-07,
    1.1921992596531106e-07,
    5.960818905125948e-08,
    2.980350351465228e-08,
    1.4901554828365043e-08,
    7.45071178983543e-09,
    3.725334024788457e-09,
    1.862659723513049e-09,
    9.313274324196682e-10,
    4.656629065033784e-10,
    2.3283118336765053e-10,
    1.164155017270052e-10,
];

/// The error of Stirling's formula at 1/2, 1, 3/2, ...
const STIRLING_HALVES: [f64; 31] = [
    0.15342640972002736,
    0.08106146679532726,
    0.05481412105191765,
    0.0413406959554093,
    0.03316287351993629,
    0.02767792568499834,
    0.023746163656297496,
    0.020790672103765093,
    0.018488450532673187,
    0.016644691189821193,
    0.015134973221917378,
    0.013876128823070748,
    0.012810465242920227,
    0.01189670994589177,
    0.011104559758206917,
    0.010411265261972096,
    0.009799416126158804,
    0.009255462182712733,
    0.008768700134139386,
    0.00833056343336287,
    0.00793411456431402,
    0.007573675487951841,
    0.007244554301320383,
    0.00694284010720953,
    0.006665247032707682,
    0.006408994188004207,
    0.006171712263039458,
    0.0059513701127588475,
    0.0057462165130101155,
    0.005554733551962801,
    0.005375599032926835,
];

/// `ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2` for x > 0.
pub(crate) fn stirling_error(x: f64) -> f64 {
    if x >= 10.0 {
        return stirling_series(x);
    }
    let twice = 2.0 * x;
    if twice == twice.trunc() && twice >= 1.0 {
        return STIRLING_HALVES.get(twice as usize - 1).copied().unwrap_or(0.0);
    }
    let (mut at, mut sum) = (x, 0.0);
    while at < 10.0 {
        sum += (at + 0.5) * (1.0 / at).ln_1p() - 1.0;
        at += 1.0;
    }
    sum + stirling_series(at)
}

fn stirling_series(x: f64) -> f64 {
    let inverse = 1.0 / x;
    let w = inverse * inverse;
    let tail =
        1.0 / 1188.0 + w * (-691.0 / 360_360.0 + w * (1.0 / 156.0 + w * (-3617.0 / 122_400.0)));
    inverse
        * (1.0 / 12.0 + w * (-1.0 / 360.0 + w * (1.0 / 1260.0 + w * (-1.0 / 1680.0 + w * tail))))
}

/// `ln Gamma(1 + z)` for |z| <= 1/2, to full relative precision.
pub(crate) fn ln_gamma_1p(z: f64) -> f64 {
    above_two(z) - z.ln_1p()
}

/// `ln Gamma(2 + z)` for |z| <= 1/2.
fn above_two(z: f64) -> f64 {
    let mut sum = 0.0;
    for (at, zeta) in ZETA_LESS_ONE.iter().enumerate().rev() {
        let k = at as f64 + 2.0;
        sum = zeta / k - z * sum;
    }
    z * ((1.0 - EULER) + z * sum)
}

/// `ln Gamma(x)` for x > 0, to full relative precision (near its zeros 1 and 2 too).
pub(crate) fn ln_gamma(x: f64) -> f64 {
    if x < 0.5 {
        ln_gamma_1p(x) - x.ln()
    } else if x <= 1.5 {
        ln_gamma_1p(x - 1.0)
    } else if x <= 2.5 {
        above_two(x - 2.0)
    } else if x < 10.0 {
        let (mut at, mut product) = (x, 1.0);
        while at > 2.5 {
            at -= 1.0;
            product *= at;
        }
        above_two(at - 2.0) + product.ln()
    } else {
        (x - 0.5) * (x.ln() - 1.0) + (HALF_LN_TAU - 0.5) + stirling_series(x)
    }
}

/// `ln(Gamma(b + a) / Gamma(b))` for b > 0, a >= 0, to full relative precision for small `a` too.
pub(crate) fn ln_rising(b: f64, a: f64) -> f64 {
    if a > 0.5 * (b + 1.0) {
        return ln_gamma(a + b) - ln_gamma(b);
    }
    let (mut at, mut shifts) = (b, 0.0);
    while at < 10.0 {
        shifts += (a / at).ln_1p();
        at += 1.0;
    }
    let ratio = a / at;
    a * ((at + a).ln() - 0.5 / at) - (at - 0.5) * excess(ratio) + stirling_difference(at, a)
        - shifts
}

/// The series at `x + a` less the series at `x`.
fn stirling_difference(x: f64, a: f64) -> f64 {
    if a > 1e-3 * x {
        return stirling_series(x + a) - stirling_series(x);
    }
    // The derivative of the series, integrated by the midpoint and its correction.
    let slope = |at: f64| {
        let w = 1.0 / (at * at);
        -w * (1.0 / 12.0 + w * (-1.0 / 120.0 + w * (1.0 / 252.0 + w * (-1.0 / 240.0 + w / 132.0))))
    };
    let middle = x + 0.5 * a;
    let curve = -0.5 / (middle * middle * middle * middle);
    a * (slope(middle) + a * a * curve / 24.0)
}

/// `digamma(b + a) - digamma(b)` for b > 0, a >= 0: `a` may be far below or above `b`.
pub(crate) fn digamma_rise(b: f64, a: f64) -> f64 {
    let (mut at, mut shift) = (b, 0.0);
    while at < 12.0 {
        shift += a / (at * (at + a));
        at += 1.0;
    }
    let series = |x: f64| {
        let w = 1.0 / (x * x);
        w * (1.0 / 12.0
            + w * (-1.0 / 120.0
                + w * (1.0 / 252.0
                    + w * (-1.0 / 240.0 + w * (1.0 / 132.0 - w * 691.0 / 32_760.0)))))
    };
    let to = at + a;
    (a / at).ln_1p() + 0.5 * a / (at * to) + (series(at) - series(to)) + shift
}

/// `trigamma(b) - trigamma(b + a)` for b > 0, a >= 0.
pub(crate) fn trigamma_fall(b: f64, a: f64) -> f64 {
    let (mut at, mut shift) = (b, 0.0);
    while at < 12.0 {
        let to = at + a;
        shift += a / (at * to) * (1.0 / at + 1.0 / to);
        at += 1.0;
    }
    let series = |x: f64| {
        let w = 1.0 / (x * x);
        w * (1.0 / 6.0
            + w * (-1.0 / 30.0
                + w * (1.0 / 42.0 + w * (-1.0 / 30.0 + w * (5.0 / 66.0 - w * 691.0 / 2730.0)))))
            / x
    };
    let to = at + a;
    let step = a / (at * to);
    step * (1.0 + 0.5 * (1.0 / at + 1.0 / to)) + (series(at) - series(to)) + shift
}

/// `z - ln(1 + z)` for z > -1, to full relative precision.
pub(crate) fn excess(z: f64) -> f64 {
    if z.abs() > 0.4 {
        return z - z.ln_1p();
    }
    // ln(1 + z) = 2 artanh(r), r = z / (2 + z); z - 2 r = z r. Here r^2 is at most 1/16.
    let r = z / (2.0 + z);
    let w = r * r;
    let mut sum = 0.0;
    for reciprocal in ODD_RECIPROCALS.iter().rev() {
        sum = sum * w + reciprocal;
    }
    r * (z - 2.0 * w * sum)
}

/// 1/3, 1/5, ...: enough for 1/16 to the power of 14 to vanish.
const ODD_RECIPROCALS: [f64; 14] = {
    let mut all = [0.0; 14];
    let mut k = 0;
    while k < all.len() {
        all[k] = 1.0 / (2 * k + 3) as f64;
        k += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_gamma_and_its_relatives_keep_their_digits() {
        let text = include_str!("../../tests/data/special.csv");
        let mut seen = 0;
        for line in text.lines().filter(|line| line.starts_with("ln_gamma,")) {
            let cells: Vec<&str> = line.split(',').collect();
            let (x, expected): (f64, f64) = (cells[1].parse().unwrap(), cells[5].parse().unwrap());
            let error = ((ln_gamma(x) - expected) / expected).abs();
            assert!(error < 2e-15, "{x}: {error:e}");
            let stirling = expected - ((x - 0.5) * x.ln() - x + HALF_LN_TAU);
            assert!((stirling_error(x) - stirling).abs() < 4e-15 * (1.0 + expected.abs()), "{x}");
            seen += 1;
        }
        assert!(seen >= 20);
    }

    #[test]
    fn rising_is_the_difference_of_logarithms() {
        for b in [0.3, 1.0, 4.5, 12.0, 3e3] {
            for a in [1e-9, 1e-4, 0.02, 0.3, 2.0, 50.0] {
                let direct = ln_gamma(a + b) - ln_gamma(b);
                let slack = 4e-15 * (1.0 + ln_gamma(a + b).abs() + ln_gamma(b).abs());
                assert!((ln_rising(b, a) - direct).abs() < slack, "{a} {b}");
                // Its derivative by b, and that one's, by differences.
                let h = 1e-4 * b;
                let slope = (ln_rising(b + h, a) - ln_rising(b - h, a)) / (2.0 * h);
                assert!((digamma_rise(b, a) / slope - 1.0).abs() < 1e-5, "{a} {b}");
                let bend = (digamma_rise(b + h, a) - digamma_rise(b - h, a)) / (2.0 * h);
                assert!((-trigamma_fall(b, a) / bend - 1.0).abs() < 1e-5, "{a} {b}");
            }
        }
    }

    #[test]
    fn excess_is_smooth_where_its_branches_meet() {
        for z in [0.4, -0.4] {
            let (inside, outside) = (excess(z * (1.0 - 1e-12)), excess(z * (1.0 + 1e-12)));
            assert!(((inside - outside) / inside).abs() < 1e-11);
        }
        assert!((excess(1e-8) / 0.5e-16 - 1.0).abs() < 1e-7);
    }
}
