"""Prints what scipy, statsmodels and numpy say of made-up samples, for the tests of figures."""

import json
import sys

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

Z = 1.959964
random = np.random.default_rng(7)


def mean_of(values):
    sample = np.array(values)
    n, mean, error = len(sample), sample.mean(), stats.sem(sample)
    low, high = stats.t.interval(0.95, n - 1, loc=mean, scale=error)
    return {"values": values, "mean": mean, "low": low, "high": high}


def difference_of(a, b):
    test = stats.ttest_ind(a, b, equal_var=False)
    interval = test.confidence_interval(0.95)
    return {"a": a, "b": b, "low": interval.low, "high": interval.high, "p": test.pvalue}


def rates_of(ka, na, kb, nb):
    alpha = 2 * stats.norm.sf(Z)
    low, high = confint_proportions_2indep(ka, na, kb, nb, method="newcomb", compare="diff", alpha=alpha)
    p = proportions_ztest([ka, kb], [na, nb])[1]
    return {"a": {"k": ka, "n": na}, "b": {"k": kb, "n": nb}, "low": low, "high": high, "p": p}


def survival_of(stays):
    """Stays are pairs of days and whether they are cut off."""
    ended = [days for days, cut in stays if not cut]
    cut = [days for days, cut in stays if cut]
    left = stats.ecdf(stats.CensoredData(uncensored=ended, right=cut)).sf
    times = [30, 90, 180, 365]
    shares = [float(left.evaluate(day)) for day in times]
    median = next((float(q) for q, share in zip(left.quantiles, left.probabilities) if share <= 0.5 + 1e-12), None)
    return {"stays": stays, "days": times, "shares": shares, "medianDays": median}


def weights_of(correlations, with_outcome):
    """Johnson (2000): the predictors by singular values, not by the square root of their matrix."""
    R, r = np.array(correlations), np.array(with_outcome)
    P, d, _ = np.linalg.svd(R)
    loadings = P @ np.diag(np.sqrt(d)) @ P.T
    betas = np.linalg.solve(loadings, r)
    raw = (loadings**2) @ (betas**2)
    return {"correlations": correlations, "withOutcome": with_outcome, "raw": raw.tolist(), "r2": float(r @ np.linalg.solve(R, r))}


def rated(n):
    common = random.normal(size=n)
    ratings = np.array([common * w + random.normal(size=n) for w in (0.9, 0.5, 0.1, 0.7, 0.3)])
    outcome = 0.6 * ratings[0] + 0.3 * ratings[3] + random.normal(size=n)
    table = np.corrcoef(np.vstack([ratings, outcome]))
    return table[:5, :5].tolist(), table[:5, 5].tolist()


few = [round(float(x), 3) for x in random.normal(70, 20, 7)]
many = [round(float(x), 3) for x in random.normal(60, 5, 40)]
far = [1e6 + round(float(x), 3) for x in random.normal(0, 1, 25)]
stays = [[int(days), bool(cut)] for days, cut in zip(random.integers(1, 400, 60), random.random(60) < 0.4)]
ps = [round(float(p), 6) for p in random.random(20) ** 3] + [1.0, 1.0]

print(
    json.dumps(
        {
            "command": "pip install scipy==1.17.1 statsmodels==0.15.0 numpy==2.4.6 && python3 as-scipy-prints.py > as-scipy-prints.json",
            "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__, "python": sys.version.split()[0]},
            "means": [mean_of(few), mean_of(many), mean_of(far), mean_of([1.0, 2.0])],
            "differences": [difference_of(few, many), difference_of(many, few), difference_of([1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0])],
            "rates": [rates_of(7, 34, 1, 34), rates_of(56, 70, 48, 80), rates_of(10, 10, 0, 20), rates_of(5, 56, 0, 29)],
            "survival": [survival_of(stays), survival_of([[10, False], [10, True], [20, False], [40, False]]), survival_of([[10, False], [20, False], [40, False]])],
            "manyTests": {"ps": ps, "qs": stats.false_discovery_control(ps, method="bh").tolist()},
            "weights": [weights_of(*rated(200)), weights_of(*rated(55))],
        },
        indent=1,
    )
)
