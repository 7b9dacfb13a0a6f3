#!/usr/bin/env python3
"""Writes special.csv: values of distribution functions to 40 digits.

Needs mpmath and scipy; scipy only proposes the points, mpmath computes the values, by other means
than the library: series of positive terms at 70 digits, exact sums over integers, quadrature.
Run: python3 special.py > special.csv
"""
import sys
from mpmath import mp, mpf, loggamma, log, exp, sqrt, pi, erfc, quad, ncdf, inf
from scipy import special

mp.dps = 70


def show(x):
    return mp.nstr(mpf(x), 40, min_fixed=0, max_fixed=0) if x != 0 else "0"


def row(kind, *args):
    *inputs, values = args
    cells = [kind] + [repr(i) for i in inputs]
    cells += [""] * (5 - len(cells))
    values = values if isinstance(values, tuple) else (values,)
    print(",".join(cells + [show(v) for v in values]))


def beta_front(a, b, x):
    return exp(a * log(x) + b * log(1 - x) + loggamma(a + b) - loggamma(a + 1) - loggamma(b))


def beta_series(a, b, x, limit=40000):
    """x^a (1-x)^b / (a B) 2F1(a + b, 1; a + 1; x): all terms positive. None when it is long."""
    term = total = mpf(1)
    for k in range(limit):
        term *= (a + b + k) / (a + 1 + k) * x
        total += term
        if term < total * mpf(10) ** -50:
            return total
    return None


def beta_fraction(a, b, x):
    """The continued fraction 26.5.8 of Abramowitz and Stegun from the far end, twice as far each
    time, until two values agree to 50 digits. For x not above the mean."""
    n, before = 64, None
    while True:
        t = mpf(0)
        for m in range(n, 0, -1):
            odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            t = even / (1 + odd / (1 + t))
        value = 1 / (1 + (-(a + b) * x / (a + 1)) / (1 + t))
        if before is not None and abs(value - before) < abs(value) * mpf(10) ** -50:
            return value
        before, n = value, n * 2


def beta_lower(a, b, x):
    a, b, x = mpf(a), mpf(b), mpf(x)
    ratio = beta_series(a, b, x)
    if ratio is None:
        if x > (a + 1) / (a + b + 2):
            return None
        ratio = beta_fraction(a, b, x)
    return beta_front(a, b, x) * ratio


def beta_tails(a, b, x):
    """Both tails; the complement is taken at 70 digits, where it keeps at least 40."""
    if x <= (mpf(a) + 1) / (mpf(a) + mpf(b) + 2):
        lower = beta_lower(a, b, x)
        return lower, 1 - lower
    upper = beta_lower(b, a, 1 - mpf(x))
    return 1 - upper, upper


SHAPES = [1e-3, 0.1, 0.5, 1.0, 2.5, 17.0, 400.0, 15000.0, 1e6, 1e7]
TAILS = [1e-300, 1e-100, 1e-30, 1e-8, 1e-3, 0.025, 0.3]


def betas():
    for a in SHAPES:
        for b in SHAPES:
            for p in TAILS:
                x = float(special.betaincinv(a, b, p))
                y = float(special.betainccinv(a, b, p))
                for at in (x, y):
                    if not 1e-300 < at < 1:
                        continue
                    tails = beta_tails(a, b, at)
                    if min(tails) > 1e-306 and min(tails) < 0.999:
                        row("beta", a, b, at, tails)


def beta_quantile(a, b, p):
    """Newton on the log of the tail in log odds, from scipy's value, until it no longer moves."""
    x = mpf(float(special.betaincinv(a, b, p)))
    if not 1e-300 < x < 1 - mpf(10) ** -12:
        return None
    for _ in range(60):
        tail = beta_lower(a, b, x)
        if tail is None:
            return None
        density = exp(mpf(a) * log(x) + mpf(b) * log(1 - x)
                      + loggamma(mpf(a) + b) - loggamma(a) - loggamma(b))
        step = tail / density * log(tail / mpf(p))
        u = log(x / (1 - x)) - step
        x = 1 / (1 + exp(-u))
        if abs(step) < mpf(10) ** -45:
            return x
    return None


def beta_quantiles():
    for a in SHAPES:
        for b in SHAPES:
            for p in [1e-300, 1e-30, 1e-8, 0.025, 0.5]:
                x = beta_quantile(a, b, p)
                if x is not None:
                    row("beta_quantile", a, b, p, x)


def gamma_tails(a, x):
    a, x = mpf(a), mpf(x)
    density = exp(a * log(x) - x - loggamma(a))
    if x <= a + 1:
        term = total = 1 / a
        k = a
        while term > total * mpf(10) ** -50:
            k += 1
            term *= x / k
            total += term
        return density * total, 1 - density * total
    # Legendre's continued fraction from the far end, twice, until both agree.
    n, before = 200, None
    while True:
        t = mpf(0)
        for k in range(n, 0, -1):
            t = k * (a - k) / (x - a + 2 * k + 1 + t)
        value = 1 / (x - a + 1 + t)
        if before and abs(value - before) < abs(value) * mpf(10) ** -45:
            return 1 - density * value, density * value
        before, n = value, n * 2


def gammas():
    for a in SHAPES:
        for p in TAILS:
            for at in (float(special.gammaincinv(a, p)), float(special.gammainccinv(a, p))):
                if 1e-300 < at < 1e300:
                    tails = gamma_tails(a, at)
                    if min(tails) > 1e-306:
                        row("gamma", a, at, tails)


def normals():
    for i in range(0, 381, 5):
        z = i / 10.0
        if z <= 37.5:
            row("normal", z, erfc(mpf(z) / sqrt(mpf(2))) / 2)
    for p in [1e-300, 1e-200, 1e-100, 1e-50, 1e-20, 1e-10, 1e-6, 1e-4, 0.001, 0.005, 0.01, 0.025,
              0.05, 0.1, 0.2, 0.3, 0.4, 0.45, 0.499, 0.49999]:
        z = mpf(-float(special.ndtri(p)))
        for _ in range(50):
            tail = erfc(z / sqrt(mpf(2))) / 2
            step = (tail - mpf(p)) / (exp(-z * z / 2) / sqrt(2 * pi))
            z += step
            if abs(step) < mpf(10) ** -45:
                break
        row("normal_quantile", p, z)


def log_gammas():
    for x in [1e-10, 1e-3, 0.1, 0.49, 0.51, 0.9, 0.999999, 1.0000001, 1.3, 1.9999, 2.00001, 2.4,
              2.6, 5.5, 9.99, 10.0, 11.5, 100.25, 1e4, 123456.789, 1e7, 1e12]:
        row("ln_gamma", x, loggamma(mpf(x)))


def hypergeometric_tails(total, marked, drawn, x):
    low, high = max(0, drawn + marked - total), min(drawn, marked)

    def ln_choose(n, k):
        return loggamma(mpf(n) + 1) - loggamma(mpf(k) + 1) - loggamma(mpf(n - k) + 1)

    mp.dps = 80
    start = exp(ln_choose(marked, x) + ln_choose(total - marked, drawn - x) - ln_choose(total, drawn))
    lower, term, k = mpf(0), start, x
    while k >= low and term > start * mpf(10) ** -60 * (1 if term < start else 1):
        lower += term
        term *= mpf(k * (total - marked - drawn + k)) / ((marked - k + 1) * (drawn - k + 1))
        k -= 1
    upper, term, k = mpf(0), start, x
    while k < high:
        term *= mpf((marked - k) * (drawn - k)) / ((k + 1) * (total - marked - drawn + k + 1))
        k += 1
        upper += term
        if term < start * mpf(10) ** -60 and term < upper * mpf(10) ** -60:
            break
    mp.dps = 70
    return start, lower, upper


def hypergeometrics():
    for total, marked, drawn in [(50, 3, 35), (1000, 50, 64), (1000, 500, 200), (10**6, 10**4, 5000),
                                 (10**6, 50, 10**5), (10**6, 4 * 10**5, 3 * 10**5),
                                 (10**9, 10**6, 10**5), (10**9, 3 * 10**8, 10**6)]:
        mean = drawn * marked / total
        sd = (mean * (1 - marked / total) * (total - drawn) / (total - 1)) ** 0.5
        low, high = max(0, drawn + marked - total), min(drawn, marked)
        for z in [-30, -12, -6, -3, -1, 0, 1, 3, 6, 12, 30]:
            x = round(mean + z * sd)
            if low <= x <= high:
                values = hypergeometric_tails(total, marked, drawn, x)
                if values[0] > 1e-300:
                    row("hypergeometric", total, marked, drawn, x, values)


def students():
    for df in [1.0, 2.0, 3.5, 14.0, 60.0, 1e4, 1e7]:
        for t in [0.01, 0.5, 1.0, 2.0, 5.0, 12.0, 30.0, 1e3]:
            x = mpf(df) / (mpf(df) + mpf(t) ** 2)
            half = mpf(df) / 2
            tail = beta_lower(mpf("0.5"), half, 1 - x)
            if tail is not None and 1 - tail > mpf(10) ** -15:
                tail = 1 - tail
            else:
                tail = beta_lower(half, mpf("0.5"), x)
            if tail is not None and tail > 1e-300:
                row("student", df, t, tail / 2)


def noncentral():
    mp.dps = 30
    for df, shift, t in [(19, 8.0, 8.05), (19, 6.0, 8.05), (4, 3.0, 2.0), (4, 3.0, 9.0), (99, 20.0, 18.0),
                         (2, 0.5, 5.0), (1, 1.0, 0.0), (27, 12.3, 9.66), (10, -2.0, 1.5), (10, 4.0, -1.0)]:
        nu = mpf(df)
        front = 2 ** (1 - nu / 2) / mp.gamma(nu / 2)

        def f(s):
            return ncdf(mpf(t) * s / sqrt(nu) - shift) * front * s ** (nu - 1) * exp(-s * s / 2)

        points = [0] + [sqrt(nu) * k / 6 for k in range(1, 18)] + [inf]
        row("noncentral_t", float(df), shift, t, quad(f, points))
    mp.dps = 70


if __name__ == "__main__":
    print("kind,a,b,c,d,value,other,third")
    log_gammas()
    normals()
    gammas()
    betas()
    beta_quantiles()
    hypergeometrics()
    students()
    noncentral()
