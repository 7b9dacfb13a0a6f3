"""Tails of the beta-binomial distribution to 25 digits: `k,n,a,b,at_least`.

The probabilities are summed with 60 digits, each from the one before it, over all n + 1 counts; they
add up to 1 to 50 digits, which is checked. Needs mpmath.
"""

import random
from mpmath import mp, mpf, loggamma, exp, nstr

mp.dps = 60


def tails(n, a, b, wanted):
    a, b = mpf(a), mpf(b)
    ln = loggamma(b + n) + loggamma(a + b) - loggamma(b) - loggamma(a + b + n)
    term, upper, whole = exp(ln), mpf(0), mpf(0)
    below = {}
    for j in range(n + 1):
        if j in wanted:
            below[j] = whole
        whole += term
        if j < n:
            term = term * (n - j) / (j + 1) * (a + j) / (b + (n - j - 1))
    assert abs(whole - 1) < mpf(10) ** -42, whole
    # From the other end, so that small upper tails keep their digits.
    ln = loggamma(a + n) + loggamma(a + b) - loggamma(a) - loggamma(a + b + n)
    term = exp(ln)
    found = {}
    for j in range(n, -1, -1):
        upper += term
        if j in wanted:
            found[j] = upper
        if j > 0:
            term = term * j / (n - j + 1) * (b + (n - j)) / (a + (j - 1))
    for j in wanted:
        assert abs(found[j] + below[j] - 1) < mpf(10) ** -42
    return found


random.seed(20261201)
shapes = ["0.001", "0.03", "0.5", "1", "2.5", "17", "400", "15000", "1e6"]
rows = [(2000, "2000", "2000", [990, 1, 5, 1000, 1100, 1990, 2000]),
        (1_000_000, "1e3", "4.9e4", [19900, 1, 100, 15000, 20000, 25000, 40000]),
        (60_000, "0.5", "0.5", [1, 10, 30_000, 59_990, 60_000]),
        (100_000, "1e-100", "1e-3", [1, 50_000, 100_000]),
        (100_000, "1e-3", "1e9", [1, 2, 10, 1000]),
        (50_000, "1e12", "1e12", [24_000, 25_000, 25_300]),
        (30_000, "1e12", "1e-5", [1, 29_999, 30_000])]
for _ in range(50):
    n = random.choice([1, 2, 7, 40, 300, 999, 1000, 1001, 1500, 5000, 20_000])
    rows.append((n, random.choice(shapes), random.choice(shapes),
                 sorted({1, n, *(random.randint(1, n) for _ in range(3))})))
print("# written by beta_binomial.py")
print("k,n,a,b,at_least")
for n, a, b, wanted in rows:
    for k, value in sorted(tails(n, a, b, set(wanted)).items()):
        if value > mpf(10) ** -300:
            print(f"{k},{n},{float(a)!r},{float(b)!r},{nstr(value, 25, min_fixed=1, max_fixed=0)}")
