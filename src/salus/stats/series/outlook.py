"""Forecasts of a series, shown only where they beat the season of last year (MASE on a rolling origin).

Import from `salus.stats.series`. Holt–Winters additive beside the seasonal naive forecast.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers
from salus.stats.series.smoothing import HoltWinters, holt_winters

_LEVELS = (0.80, 0.95)
_CYCLES_TO_LEARN = 3


@dataclass(frozen=True)
class Forecast:
    """The values to expect, in the unit of the series, one element a step ahead, and how far to trust them.

    `method` says which forecast is given: "holt_winters" only where its error on past origins (`mase`)
    was below that of the naive one (`naive_mase`; 1 is the mean error of last year's value within the
    part learnt from); `reason` says why the naive one is given. `low_80` to `high_95` are
    prediction limits from normal errors; below 0 they mean 0 for counts. `origins` is how many were tried.

    >>> forecast([1, 5, 2, 6, 1, 5, 2, 6, 1, 5, 2, 6], 4, 2).method
    'naive'
    """

    value: Array
    low_80: Array
    high_80: Array
    low_95: Array
    high_95: Array
    method: Literal["holt_winters", "naive"]
    mase: float
    naive_mase: float
    origins: int
    reason: str = ""


def forecast(values: Numbers, period: int, horizon: int) -> Forecast:
    """The next `horizon` values of a series with `period` values a cycle, 80 and 95 % limits.

    Origins roll over the last two cycles (fewer if the series is short; three cycles are left to learn
    from). Holt–Winters learns its parameters before the first origin and keeps them, so it never sees
    what it forecasts. It is given where its mean absolute scaled error over all steps of all origins is
    the lower one; otherwise last year's values are. Refuses fewer than two cycles and one value more.
    Sources: Hyndman & Koehler (2006), Int. J. Forecasting 22 (MASE); Hyndman et al. (2008), ch. 6 (limits).

    >>> import numpy as np
    >>> months = np.arange(72)
    >>> rising = forecast(100 + months + 10 * np.sin(months * np.pi / 6), 12, 3)
    >>> rising.method, rising.value.round(0)
    ('holt_winters', array([172., 178., 183.]))
    """
    y = numbers(values, "values")
    if y.ndim != 1 or period < 2 or horizon < 1 or y.size < 2 * period + 1:
        raise BadInput(
            "A forecast needs two whole cycles, one value more, and a horizon",
            remedy="give a longer series, the values a cycle (12 for months) and 1 or more steps",
        )
    smooth_error, naive_error, origins, reason = _rolling(y, period, horizon)
    if not smooth_error < naive_error:
        reason = reason or "Holt–Winters was not better than last year's values"
        value, spread = _naive(y, period, horizon), _naive_spread(y, period, horizon)
        return _with_limits(value, spread, "naive", (smooth_error, naive_error, origins, reason))
    smooth = holt_winters(y, period)
    spread = _smooth_spread(smooth, horizon)
    return _with_limits(smooth.ahead(horizon), spread, "holt_winters", (smooth_error, naive_error, origins, ""))


def _rolling(y: Array, period: int, horizon: int) -> tuple[float, float, int, str]:
    """The scaled errors of both methods on the origins that the series has room for."""
    first = max(_CYCLES_TO_LEARN * period, y.size - 2 * period - horizon + 1)
    origins = range(first, y.size - horizon + 1)
    if not origins:
        return float("nan"), float("nan"), 0, "the series is too short to try a forecast on its past"
    scale = float(np.abs(y[period:first] - y[: first - period]).mean())
    if scale == 0:
        return float("nan"), 0.0, 0, "every cycle repeats the one before"
    learnt = holt_winters(y[:first], period)
    parameters = (learnt.alpha, learnt.beta, learnt.gamma)
    errors = np.zeros(2)
    for origin in origins:
        known, future = y[:origin], y[origin : origin + horizon]
        smooth = holt_winters(known, period, parameters=parameters).ahead(horizon)
        errors += [np.abs(guess - future).mean() / scale for guess in (smooth, _naive(known, period, horizon))]
    smooth_error, naive_error = (errors / len(origins)).tolist()
    return smooth_error, naive_error, len(origins), ""


def _naive(y: Array, period: int, horizon: int) -> Array:
    return y[y.size - period + np.arange(horizon) % period]


def _naive_spread(y: Array, period: int, horizon: int) -> Array:
    change = y[period:] - y[:-period]
    spread: Array = np.sqrt((change @ change) / change.size * (np.arange(horizon) // period + 1))
    return spread


def _smooth_spread(smooth: HoltWinters, horizon: int) -> Array:
    """The growing error of additive smoothing: each step adds what a surprise would have carried on."""
    step = np.arange(1, horizon)
    seasonal = smooth.gamma * (1 - smooth.alpha) * (step % smooth.season.size == 0)
    carried = smooth.alpha * (1 + step * smooth.beta) + seasonal
    variance = smooth.sse / max(smooth.errors.size - 3, 1)
    spread: Array = np.sqrt(variance * np.concatenate([[1.0], 1 + np.cumsum(carried**2)]))
    return spread


def _with_limits(
    value: Array, spread: Array, method: Literal["holt_winters", "naive"], tried: tuple[float, float, int, str]
) -> Forecast:
    inner, outer = (float(special.ndtri(0.5 + level / 2)) * spread for level in _LEVELS)
    return Forecast(value, value - inner, value + inner, value - outer, value + outer, method, *tried)
