"""The yearly change of a rate, from a few yearly counts or a longer quarterly or monthly series."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers, tail_of, together

_ROUNDS = 100
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Trend:
    """The ratio of a rate to that of one period unit (a year) before: 1.1 is 10 % more every year.

    The limits allow for counts that vary more than by chance (`dispersion`, Pearson's), with Student's
    t on `df` degrees of freedom; they are never narrower than those of pure chance (Poisson). `se` is
    the standard deviation of the normal distribution of the log rate ratio that has these limits, so
    that draws from it agree with them; with few periods it is larger than the fitted standard error.

    >>> rate_trend([100, 110, 121], [1, 1, 1], [2019, 2020, 2021]).reason
    ''
    """

    rate_ratio: float
    low: float
    high: float
    log_rate_ratio: float
    se: float
    dispersion: float
    df: int
    reason: str = ""


def rate_trend(
    counts: Numbers,
    exposure: Numbers,
    periods: Numbers,
    season: Numbers | None = None,
    level: float = 0.95,
) -> Trend:
    """The yearly rate ratio of a log-linear quasi-Poisson model, events over exposure by period.

    `periods` in years (2019, 2020, or 2019.125 and so on for quarters); `season` labels each period
    (quarter 1-4, month 1-12) to take the season out. Each period needs exposure above 0. NaN with a
    reason where no trend can be had.

    >>> trend = rate_trend([100, 110, 121, 133], [1, 1, 1, 1], [2019, 2020, 2021, 2022])
    >>> round(trend.rate_ratio, 2), trend.low < 1.1 < trend.high
    (1.1, True)
    """
    y, n, t = (numbers(x, name) for x, name in ((counts, "counts"), (exposure, "exposure"), (periods, "periods")))
    together(counts=y, exposure=n, periods=t)
    if (y < 0).any() or (n <= 0).any():
        raise BadInput("A count is negative or a period has no exposure", remedy="leave such periods out")
    labels = np.zeros(y.size) if season is None else np.asarray(season)
    if labels.shape != y.shape:
        raise BadInput("Season and counts differ in length", remedy="one season for each period")
    # A season without any event tells nothing about the trend: its factor goes to zero.
    busy = np.isin(labels, labels[y > 0])
    y, n, t, labels = y[busy], n[busy], t[busy], labels[busy]
    design = _design(t, labels)
    df = y.size - design.shape[1]
    reason = _cannot(y, t, design)
    if reason:
        return _undefined(df, reason)
    fitted = _fit(y, n, design)
    if fitted is None:
        return _undefined(df, "events only at one end of the series: the estimate has no limit")
    slope, chance_se, dispersion = fitted
    t_quantile, z = -float(special.stdtrit(df, tail_of(level))), -float(special.ndtri(tail_of(level)))
    reach = chance_se * max(t_quantile * dispersion**0.5, z)
    low, high = (float(np.exp(slope + by)) for by in (-reach, reach))
    return Trend(float(np.exp(slope)), low, high, slope, reach / z, dispersion, df)


def _cannot(y: Array, t: Array, design: Array) -> str:
    if y.sum() == 0:
        return "no events"
    if y.size <= design.shape[1]:
        return "too few periods"
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return "the periods do not differ within seasons"
    separated = min(t[y > 0].min() - t.min(), t.max() - t[y > 0].max()) == 0 and np.ptp(t[y > 0]) == 0
    return "events in one period only, at an end of the series" if separated else ""


def _undefined(df: int, reason: str) -> Trend:
    nan = float("nan")
    return Trend(nan, nan, nan, nan, nan, nan, max(df, 0), reason)


def _design(t: Array, labels: Array) -> Array:
    seasons = np.unique(labels)
    factors = (labels[:, None] == seasons[None, :]).astype(np.float64)
    return np.column_stack([t - (t.mean() if t.size else 0.0), factors])


def _fit(y: Array, n: Array, design: Array) -> tuple[float, float, float] | None:
    """Slope, its Poisson standard error and the dispersion, by iteratively reweighted least squares."""
    mu, offset = np.maximum(y, 0.5), np.log(n)
    before = np.log(mu)
    for _ in range(_ROUNDS):
        working = np.log(mu) - offset + (y - mu) / mu
        root = np.sqrt(mu)
        beta = np.linalg.lstsq(design * root[:, None], working * root, rcond=None)[0]
        eta = offset + design @ beta
        if np.abs(eta).max() > 500:
            return None
        mu = np.exp(eta)
        if np.abs(eta - before).max() <= _TOLERANCE:
            break
        before = eta
    else:
        return None
    information = design.T @ (design * mu[:, None])
    if np.linalg.cond(information) > 1e12:
        return None
    dispersion = float(((y - mu) ** 2 / mu).sum()) / (y.size - design.shape[1])
    return float(beta[0]), float(np.sqrt(np.linalg.inv(information)[0, 0])), dispersion
