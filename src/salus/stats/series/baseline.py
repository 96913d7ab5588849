"""The model of past weeks behind an expected range: fitted, weighted, with or without its trend."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special, stats

from salus.stats.inputs import Array
from salus.stats.series.loglinear import LogLinearFits, fit_log_linear

_REACH = (-36.0, 230.0)  # the smallest mean that a fit has, and one that can be squared


@dataclass(frozen=True)
class Rules:
    """How a threshold is drawn: one-sided `alpha`, kind, limit of residuals, and when a trend stays.

    >>> Rules(0.05, "delta", 2.58, 0.05, True).threshold
    'delta'
    """

    alpha: float
    threshold: Literal["delta", "nb_plugin"]
    weights_threshold: float | None
    trend_p: float
    trend_years: bool


def thresholds_of(past: Array, design: Array, offset: Array | None, rules: Rules) -> Array:
    """The models of a batch with a trend, those that lose it again without, and their thresholds.

    `past` is series × reference weeks; `design` holds the trend (0 now) and the seasons (the first is
    that of now). Rows of the result: expected, upper, dispersion, trend kept; NaN where nothing settled.

    >>> import numpy as np
    >>> weeks = np.arange(-30.0, 0.0)
    >>> design = np.column_stack([weeks, np.ones(30)])
    >>> past = np.tile([[8.0, 9.0, 10.0, 10.0, 9.0, 8.0]], 5)
    >>> thresholds_of(past, design, None, Rules(0.05, "delta", 2.58, 0.05, True)).round(1)
    array([[ 9. ],
           [14.4],
           [ 1. ],
           [ 0. ]])
    """
    found = np.full((4, len(past)), np.nan)
    found[3] = 0.0
    if rules.trend_years and rules.trend_p > 0:
        fits, noise = _reweighted(past, design, offset, rules)
        sensible = _mean_now(fits, 1) <= past.max(axis=1)
        kept = fits.converged & (_slope_p(fits, noise) < rules.trend_p) & sensible
        found[:, kept] = _thresholds(fits, noise, 1, rules)[:, kept]
        found[3] = kept
    else:
        kept = np.zeros(len(past), dtype=bool)
    if not kept.all():
        rest, noise = _reweighted(past[~kept], design[:, 1:], None if offset is None else offset[~kept], rules)
        found[:3, ~kept] = np.where(rest.converged, _thresholds(rest, noise, 0, rules)[:3], np.nan)
    return found


def _reweighted(past: Array, design: Array, offset: Array | None, rules: Rules) -> tuple[LogLinearFits, Array]:
    """The model fitted twice: first with equal weights, then with less weight for weeks that stood out.

    The second result is the variance that the reference implementation takes for the working residuals.
    """
    fits = fit_log_linear(past, design, None, offset)
    prior = np.ones_like(past)
    if rules.weights_threshold is not None:
        prior = _weights(past, fits, design, rules.weights_threshold)
        again = fit_log_linear(past, design, prior, offset)
        again.converged[:] &= fits.converged
        fits = again
    with np.errstate(over="ignore"):
        noise: Array = (prior * ((past - fits.mean) / fits.mean) ** 2).sum(axis=1) / fits.df
    return fits, noise


def _weights(past: Array, fits: LogLinearFits, design: Array, limit: float) -> Array:
    """Residuals above the limit count with the inverse of their square; weights sum to the number of weeks."""
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = 1.5 * (past ** (2 / 3) * fits.mean ** (-1 / 6) - np.sqrt(fits.mean))
        spread = np.maximum(fits.dispersion, 1.0)[:, None] * (1 - fits.leverage(design))
        residual = np.where(spread > 0, raw / np.sqrt(spread), 0.0)
    prior = np.where(residual > limit, np.maximum(residual, limit) ** -2.0, 1.0)
    weights: Array = prior * (past.shape[1] / prior.sum(axis=1, keepdims=True))
    return weights


def _mean_now(fits: LogLinearFits, column: int) -> Array:
    """The mean where all columns but one are 0, kept from vanishing and from growing without limit."""
    mean: Array = np.exp(np.clip(fits.beta[:, column], *_REACH))
    return mean


def _slope_p(fits: LogLinearFits, noise: Array) -> Array:
    """The two-sided p-value of the trend, by Student's t."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p: Array = 2 * special.stdtr(fits.df, -np.abs(fits.beta[:, 0] / np.sqrt(fits.covariance[:, 0, 0] * noise)))
    return p


def _thresholds(fits: LogLinearFits, noise: Array, column: int, rules: Rules) -> Array:
    """Expected count now (trend 0, season 0), upper threshold, dispersion and 1 for each model."""
    mean = _mean_now(fits, column)
    phi = np.maximum(fits.dispersion, 1.0)
    if rules.threshold == "nb_plugin":
        size = np.where(phi > 1, mean / np.where(phi > 1, phi - 1, 1.0), 1.0)
        wide = stats.nbinom.ppf(1 - rules.alpha, size, size / (size + mean))
        upper = np.where(phi > 1, wide, stats.poisson.ppf(1 - rules.alpha, mean))
    else:
        variance = phi * mean + noise * fits.covariance[:, column, column] * mean**2
        reach = -special.ndtri(rules.alpha) * np.sqrt(4 / 9 * variance) * mean ** (-1 / 3)
        upper = (mean ** (2 / 3) + reach) ** 1.5
    return np.stack([mean, upper, phi, np.ones_like(mean)])
