#!/usr/bin/env python3
"""Writes farrington.csv: the flexible Farrington method by dense matrices, written for clarity.

Needs numpy and scipy. The model matrix has a column for every season and one for time; fits are
iteratively reweighted least squares by QR. Run: python3 farrington.py > farrington.csv
"""
import numpy as np
from scipy import stats


def series():
    """Six years of weeks with a season, a slow rise and two outbreaks, from a fixed generator."""
    state = 12345
    weeks = []
    for t in range(320):
        mean = np.exp(0.9 + 0.0012 * t + 0.5 * np.cos(2 * np.pi * (t - 30) / 52))
        if 150 <= t < 154 or 300 <= t < 304:
            mean *= 4
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        u = (state >> 11) / 2**53
        weeks.append(int(stats.nbinom.ppf(u, mean / 0.6, 1 / 1.6)))
    return weeks


def glm(y, x, prior):
    mu = y + 0.1
    eta = np.log(mu)

    def deviance(mu):
        ratio = np.where(y > 0, y / mu, 1)
        return 2 * np.sum(prior * (np.where(y > 0, y * np.log(ratio), 0) - (y - mu)))

    before = deviance(mu)
    for _ in range(25):
        z = eta + (y - mu) / mu
        w = np.sqrt(prior * mu)
        q, r = np.linalg.qr(x * w[:, None])
        beta = np.linalg.solve(r, q.T @ (z * w))
        eta = x @ beta
        mu = np.exp(eta)
        now = deviance(mu)
        if abs(now - before) / (abs(now) + 0.1) < 1e-8:
            break
        before = now
    else:
        return None
    df = np.sum(prior > 0) - x.shape[1]
    residual = (y - mu) / mu
    return dict(beta=beta, mu=mu, cov=np.linalg.inv(r.T @ r), hat=np.sum(q * q, axis=1), df=df,
                phi=np.sum(w**2 * residual**2) / df, by_prior=np.sum(prior * residual**2) / df)


def seasons(now, b, w, parts, freq, n):
    """The season of every week, None for weeks that are not used."""
    label = [None] * n
    label[now - w:now + 1] = [parts] * (w + 1)
    for i in range(1, b + 1):
        ref = now - i * freq
        label[ref - w:ref + w + 1] = [parts] * (2 * w + 1)
        if parts > 1:
            free = list(range(ref + w + 1, ref + freq - w))
            each, rest = divmod(len(free), parts - 1)
            at = 0
            for j in range(parts - 1):
                size = each + (1 if j < rest else 0)
                for week in free[at:at + size]:
                    label[week] = j + 1
                at += size
    return label


def matrix(labels, times, parts, trend):
    columns = [[1.0 if label == k else 0.0 for label in labels] for k in range(1, parts + 1)]
    if trend:
        columns.append(times)
    return np.array(columns, dtype=float).T


def fit(y, labels, times, s, trend):
    x = matrix(labels, times, s["parts"], trend)
    model = glm(y, x, np.ones(len(y)))
    if model is None:
        return None
    phi = max(model["phi"], 1)
    mu = model["mu"]
    a = 1.5 * (y ** (2 / 3) * mu ** (-1 / 6) - mu ** 0.5) / np.sqrt(phi * (1 - model["hat"]))
    omega = np.where(a > s["weights"], 1.0, 1.0)
    omega[a > s["weights"]] = a[a > s["weights"]] ** -2.0
    omega *= len(y) / omega.sum()
    model = glm(y, x, omega)
    if model is None:
        return None
    model["phi"] = max(model["phi"], 1)
    return model


def judge(counts, now, s):
    labels = seasons(now, s["b"], s["w"], s["parts"], 52, len(counts))
    for week in range(now - s["guard"], now + 1):
        labels[week] = None
    used = [t for t in range(len(counts)) if labels[t] is not None]
    y = np.array([counts[t] for t in used], dtype=float)
    groups = [labels[t] for t in used]
    # Time centred: the same model, better conditioned.
    centre = np.mean(used)
    times = [t - centre for t in used]
    model, trend = fit(y, groups, times, s, True), False
    if model is not None:
        point = matrix([s["parts"]], [now - centre], s["parts"], True)[0]
        se = np.sqrt(model["by_prior"] * model["cov"][-1, -1])
        p = 2 * stats.t.sf(abs(model["beta"][-1] / se), model["df"])
        trend = s["b"] >= 3 and p < s["trend"] and np.exp(point @ model["beta"]) <= y.max()
    if not trend:
        model = fit(y, groups, times, s, False)
        point = matrix([s["parts"]], [now - centre], s["parts"], False)[0]
    eta = point @ model["beta"]
    variance = model["by_prior"] * (point @ model["cov"] @ point)
    phi, mu, seen, alpha = model["phi"], np.exp(eta), counts[now], 0.01
    if s["method"] == "delta":
        tau = phi + variance * mu
        se = np.sqrt(4 / 9 * mu ** (1 / 3) * tau)
        limit = (mu ** (2 / 3) + stats.norm.isf(alpha) * se) ** 1.5
        p = stats.norm.sf((seen ** (2 / 3) - mu ** (2 / 3)) / se)
    else:
        m = mu if s["method"] == "nb" else np.exp(eta + stats.norm.isf(alpha) * np.sqrt(variance))
        if phi > 1:
            limit = stats.nbinom.ppf(1 - alpha, m / (phi - 1), 1 / phi)
            p = stats.nbinom.sf(seen - 1, m / (phi - 1), 1 / phi)
        else:
            limit, p = stats.poisson.ppf(1 - alpha, m), stats.poisson.sf(seen - 1, m)
    enough = sum(counts[now - 3:now + 1]) >= 5
    return mu, limit, p, phi, trend, enough and seen > limit and seen > 0, enough


SETTINGS = {
    "original": dict(b=4, w=3, parts=1, guard=3, weights=1.0, trend=0.05, method="delta"),
    "noufaily": dict(b=4, w=3, parts=10, guard=26, weights=2.58, trend=1.0, method="nb"),
    "upper": dict(b=5, w=4, parts=6, guard=20, weights=2.58, trend=1.0, method="upper"),
    "delta10": dict(b=3, w=3, parts=10, guard=26, weights=2.58, trend=0.05, method="delta"),
}

if __name__ == "__main__":
    counts = series()
    print("counts," + " ".join(map(str, counts)))
    for name, s in SETTINGS.items():
        for now in range(268, 320):
            mu, limit, p, phi, trend, alarm, enough = judge(counts, now, s)
            cells = [name, now, repr(float(mu)), repr(float(limit)), repr(float(p)),
                     repr(float(phi)), int(trend), int(alarm), int(enough)]
            print(",".join(map(str, cells)))
