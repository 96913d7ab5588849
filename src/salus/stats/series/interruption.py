"""What changed at a known time: level and slope of a series before and after (interrupted time series).

Import from `salus.stats.series`. Agreed with R `glm(family = quasipoisson)`.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers, tail_of
from salus.stats.series.loglinear import LogLinearFits, fit_log_linear

_FEWEST = 12


@dataclass(frozen=True)
class Interruption:
    """How a series changed at the intervention: `rate_ratio` 0.85 is 15 % fewer events than the trend led to.

    `level` is its logarithm with standard error `se`, `low` and `high` its limits. `slope` is the
    trend in log units a period (before the intervention, if `slope_change` was asked for; NaN
    otherwise). `dispersion` is Pearson's, `lag` the lag of the Newey–West errors (0 for quasi). NaN
    with a `reason` where it cannot be had. A change at that time need not be an effect.

    >>> interrupted_series([10, 12] * 12 + [5, 6] * 12, 24).reason
    ''
    """

    rate_ratio: float
    low: float
    high: float
    level: float
    se: float
    slope: float
    slope_se: float
    slope_change: float
    slope_change_se: float
    dispersion: float
    df: int
    lag: int
    reason: str = ""


def interrupted_series(
    counts: Numbers,
    intervention: int,
    month: Numbers | None = None,
    offset: Numbers | None = None,
    *,
    slope_change: bool = False,
    errors: Literal["quasi", "newey_west"] = "quasi",
    level: float = 0.95,
) -> Interruption:
    """The change of a count series at `intervention`, the position (from 0) of the first value after it.

    A log-linear quasi-Poisson model: level, step, straight trend, one factor a `month` (any label of
    the season), and with `slope_change` another trend after, 0 at the first value after. `offset` is
    the logarithm of exposure. `errors`: "quasi" from the dispersion, or "newey_west", which allows for
    autocorrelation up to lag 12 with months, ⌊4(n/100)^(2/9)⌋ without. Limits by Student's t.
    Refuses fewer than 12 values before or after: trend and chance cannot be told apart.
    Sources: Bernal, Cummins & Gasparrini (2017), Int. J. Epidemiology 46; Newey & West (1987).

    >>> halved = interrupted_series([20, 22, 19, 21] * 6 + [10, 11, 9, 12] * 6, 24)
    >>> round(halved.rate_ratio, 1), halved.low < 0.5 < halved.high
    (0.5, True)
    """
    y = numbers(counts, "counts", minimum=0)
    shift = np.zeros_like(y) if offset is None else numbers(offset, "offset")
    labels = np.zeros(y.shape) if month is None else np.asarray(month)
    if y.ndim != 1 or shift.shape != y.shape or labels.shape != y.shape:
        raise BadInput("Counts, months and offset differ in length", remedy="give one of each for every period")
    if errors not in ("quasi", "newey_west"):
        raise BadInput(f"Errors '{errors}' are unknown", remedy="quasi or newey_west")
    before, after = intervention, y.size - intervention
    if before < _FEWEST or after < _FEWEST:
        raise BadInput(
            f"{before} values before and {after} after the intervention are too few",
            remedy=f"give {_FEWEST} or more on both sides; with fewer, trend and chance cannot be told apart",
        )
    design = _design(y.size, intervention, labels, slope_change)
    reason = _cannot(y, intervention, design)
    fits = fit_log_linear(y[None, :], design, None, shift[None, :]) if not reason else None
    if fits is None or not fits.converged[0]:
        nan = float("nan")
        return Interruption(
            nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, 0, 0, reason or "the model did not settle"
        )
    lag = 0
    if errors == "newey_west":
        lag = 12 if month is not None else int(4 * (y.size / 100) ** (2 / 9))
    return _result(fits, _covariance(fits, y, design, lag, errors), slope_change, lag, level)


def _design(n: int, intervention: int, labels: NDArray[Any], slope_change: bool) -> Array:
    """Step, trend, other trend after if asked for, then a factor for each season (or the level)."""
    time = np.arange(n, dtype=np.float64)
    columns = [(time >= intervention).astype(np.float64), time - time.mean()]
    if slope_change:
        columns.append(np.maximum(time - intervention, 0.0))
    return np.column_stack([*columns, *(labels == label for label in np.unique(labels))]).astype(np.float64)


def _cannot(y: Array, intervention: int, design: Array) -> str:
    if y[:intervention].sum() == 0 or y[intervention:].sum() == 0:
        return "no events before or after the intervention: the ratio has no limit"
    if y.size <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return "seasons and intervention cannot be told apart"
    return ""


def _covariance(fits: LogLinearFits, y: Array, design: Array, lag: int, errors: str) -> Array:
    bread: Array = fits.covariance[0]
    if errors == "quasi":
        quasi: Array = bread * fits.dispersion[0]
        return quasi
    score = design * (y - fits.mean[0])[:, None]
    meat = score.T @ score
    for step in range(1, lag + 1):
        crossed = score[step:].T @ score[:-step]
        meat += (1 - step / (lag + 1)) * (crossed + crossed.T)
    sandwich: Array = bread @ meat @ bread
    return sandwich


def _result(fits: LogLinearFits, covariance: Array, slope_change: bool, lag: int, level: float) -> Interruption:
    beta, errors = fits.beta[0], np.sqrt(np.diag(covariance))
    reach = -float(special.stdtrit(fits.df, tail_of(level))) * errors[0]
    ratio, low, high = (float(np.exp(beta[0] + by)) for by in (0.0, -reach, reach))
    step, slope, other = ((float(beta[i]), float(errors[i])) for i in range(3))
    if not slope_change:
        other = (float("nan"), float("nan"))
    return Interruption(ratio, low, high, *step, *slope, *other, float(fits.dispersion[0]), fits.df, lag)
