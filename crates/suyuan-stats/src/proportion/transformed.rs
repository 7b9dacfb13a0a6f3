//! Normal approximations on `p` or a function of it.

use crate::proportion::Method;
use crate::special::normal;

pub(super) fn wald(x: u64, n: u64, z: f64) -> (f64, f64) {
    let p = x as f64 / n as f64;
    let spread = z * (p * (1.0 - p) / n as f64).sqrt();
    ((p - spread).max(0.0), (p + spread).min(1.0))
}

/// On the scale that the method names, with its delta-method error; at 0 and n, where that is
/// infinite, the exact one-sided limit with half the error.
pub(super) fn limits(x: u64, n: u64, alpha: f64, method: Method) -> (f64, f64) {
    let whole = n as f64;
    let edge = ((0.5 * alpha).ln() / whole).exp();
    if x == 0 {
        return (0.0, 1.0 - edge);
    }
    if x == n {
        return (edge, 1.0);
    }
    let z = normal::upper_quantile(0.5 * alpha);
    let p = x as f64 / whole;
    let q = (n - x) as f64 / whole;
    match method {
        Method::Cloglog => {
            let ln = p.ln();
            let spread = z * (q / (whole * p)).sqrt() / -ln;
            ((ln * spread.exp()).exp(), (ln * (-spread).exp()).exp())
        }
        Method::Probit => {
            let at = if p < 0.5 { -normal::upper_quantile(p) } else { normal::upper_quantile(q) };
            let spread = z * (p * q / whole).sqrt() / normal::density(at);
            (normal::lower(at - spread), normal::lower(at + spread))
        }
        _ => {
            let (at, spread) = ((p / q).ln(), z / (whole * p * q).sqrt());
            let back = |u: f64| 1.0 / (1.0 + (-u).exp());
            (back(at - spread), back(at + spread))
        }
    }
}
