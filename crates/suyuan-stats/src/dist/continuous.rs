//! The normal, beta, gamma and Student distributions.

use crate::error::{Result, finite, moderate, unit};
use crate::special::beta::{Point, Shapes};
use crate::special::{incomplete, normal};

/// The standard normal distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Normal;

impl Normal {
    /// The probability at or below `z`.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `z` is not finite.
    pub fn cdf(self, z: f64) -> Result<f64> {
        Ok(normal::lower(finite("z", z)?))
    }

    /// The probability above `z`.
    ///
    /// # Errors
    /// As [`Normal::cdf`].
    pub fn sf(self, z: f64) -> Result<f64> {
        Ok(normal::upper(finite("z", z)?))
    }

    /// The `z` with `cdf(z) = p`; infinite at 0 and 1.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `p` is no probability.
    pub fn quantile(self, p: f64) -> Result<f64> {
        let p = unit("p", p)?;
        Ok(if p == 0.0 {
            f64::NEG_INFINITY
        } else if p == 1.0 {
            f64::INFINITY
        } else {
            -normal::upper_quantile(p)
        })
    }

    /// The `z` with `sf(z) = p`; infinite at 0 and 1.
    ///
    /// # Errors
    /// As [`Normal::quantile`].
    pub fn upper_quantile(self, p: f64) -> Result<f64> {
        self.quantile(p).map(|z| -z)
    }
}

/// The beta distribution.
#[derive(Clone, Copy, Debug)]
pub struct Beta {
    shapes: Shapes,
}

impl Beta {
    /// Both shapes from 1e-100 to 1e12.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) otherwise.
    pub fn new(a: f64, b: f64) -> Result<Self> {
        Ok(Self { shapes: Shapes::new(moderate("first shape", a)?, moderate("second shape", b)?) })
    }

    /// The probability at or below `x`.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `x` lies outside `[0, 1]`.
    pub fn cdf(&self, x: f64) -> Result<f64> {
        Ok(self.shapes.tails(Point::new(unit("x", x)?)).lower)
    }

    /// The probability above `x`.
    ///
    /// # Errors
    /// As [`Beta::cdf`].
    pub fn sf(&self, x: f64) -> Result<f64> {
        Ok(self.shapes.tails(Point::new(unit("x", x)?)).upper)
    }

    /// The `x` with `cdf(x) = p`. It is 0 where it lies below the smallest number.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `p` is no probability.
    pub fn quantile(&self, p: f64) -> Result<f64> {
        Ok(beta_quantile(&self.shapes, unit("p", p)?, false))
    }

    /// The `x` with `sf(x) = p`.
    ///
    /// # Errors
    /// As [`Beta::quantile`].
    pub fn upper_quantile(&self, p: f64) -> Result<f64> {
        Ok(beta_quantile(&self.shapes, unit("p", p)?, true))
    }
}

fn beta_quantile(shapes: &Shapes, p: f64, of_upper: bool) -> f64 {
    if p == 0.0 || p == 1.0 {
        return if (p == 1.0) == of_upper { 0.0 } else { 1.0 };
    }
    shapes.quantile(p, of_upper).x
}

/// The gamma distribution with rate 1.
#[derive(Clone, Copy, Debug)]
pub struct Gamma {
    shape: f64,
}

impl Gamma {
    /// A shape from 1e-100 to 1e12.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) otherwise.
    pub fn new(shape: f64) -> Result<Self> {
        Ok(Self { shape: moderate("shape", shape)? })
    }

    /// The probability at or below `x`.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `x` is not finite.
    pub fn cdf(self, x: f64) -> Result<f64> {
        Ok(incomplete::tails(self.shape, finite("x", x)?).lower)
    }

    /// The probability above `x`.
    ///
    /// # Errors
    /// As [`Gamma::cdf`].
    pub fn sf(self, x: f64) -> Result<f64> {
        Ok(incomplete::tails(self.shape, finite("x", x)?).upper)
    }

    /// The `x` with `cdf(x) = p`; infinite at 1.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `p` is no probability.
    pub fn quantile(self, p: f64) -> Result<f64> {
        Ok(gamma_quantile(self.shape, unit("p", p)?, false))
    }

    /// The `x` with `sf(x) = p`; infinite at 0.
    ///
    /// # Errors
    /// As [`Gamma::quantile`].
    pub fn upper_quantile(self, p: f64) -> Result<f64> {
        Ok(gamma_quantile(self.shape, unit("p", p)?, true))
    }
}

fn gamma_quantile(shape: f64, p: f64, of_upper: bool) -> f64 {
    if p == 0.0 || p == 1.0 {
        return if (p == 1.0) == of_upper { 0.0 } else { f64::INFINITY };
    }
    incomplete::quantile(shape, p, of_upper)
}

/// Student's distribution.
#[derive(Clone, Copy, Debug)]
pub struct StudentT {
    df: f64,
    shapes: Shapes,
}

impl StudentT {
    /// Degrees of freedom from 1e-100 to 1e12; they need not be whole.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) otherwise.
    pub fn new(df: f64) -> Result<Self> {
        let df = moderate("degrees of freedom", df)?;
        Ok(Self { df, shapes: Shapes::new(0.5 * df, 0.5) })
    }

    /// The probability above `t`.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `t` is not finite.
    pub fn sf(&self, t: f64) -> Result<f64> {
        let t = finite("t", t)?;
        let half = 0.5 * self.shapes.tails(point(self.df, t)).lower;
        Ok(if t >= 0.0 { half } else { 1.0 - half })
    }

    /// The probability at or below `t`.
    ///
    /// # Errors
    /// As [`StudentT::sf`].
    pub fn cdf(&self, t: f64) -> Result<f64> {
        self.sf(-t)
    }

    /// The `t` with `sf(t) = p`; infinite at 0 and 1.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `p` is no probability.
    pub fn upper_quantile(&self, p: f64) -> Result<f64> {
        let p = unit("p", p)?;
        if p == 0.0 || p == 1.0 {
            return Ok(if p == 0.0 { f64::INFINITY } else { f64::NEG_INFINITY });
        }
        if p > 0.5 {
            return Ok(-upper(&self.shapes, self.df, 1.0 - p));
        }
        Ok(upper(&self.shapes, self.df, p))
    }

    /// The `t` with `cdf(t) = p`; infinite at 0 and 1.
    ///
    /// # Errors
    /// As [`StudentT::upper_quantile`].
    pub fn quantile(&self, p: f64) -> Result<f64> {
        self.upper_quantile(p).map(|t| -t)
    }
}

fn point(df: f64, t: f64) -> Point {
    let square = t * t;
    if square.is_infinite() {
        return Point { x: 0.0, y: 1.0 };
    }
    Point { x: df / (df + square), y: square / (df + square) }
}

fn upper(shapes: &Shapes, df: f64, p: f64) -> f64 {
    if p == 0.5 {
        return 0.0;
    }
    let at = shapes.quantile(2.0 * p, false);
    (df * at.y / at.x).sqrt()
}

/// The upper quantile of Student's distribution for 0 < p <= 1/2 and df > 0; the normal one
/// beyond 1e12 degrees of freedom.
pub(crate) fn student_upper_quantile(df: f64, p: f64) -> f64 {
    if df > 1e12 {
        return normal::upper_quantile(p);
    }
    upper(&Shapes::new(0.5 * df, 0.5), df, p)
}
