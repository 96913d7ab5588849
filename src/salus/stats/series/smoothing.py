"""Exponential smoothing with trend and season (Holt 1957, Winters 1960), additive.

Import from `salus.stats.series`. Agreed with R `stats::HoltWinters`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers

_START, _STEP = (0.3, 0.1, 0.1), 1e-3
_BOUNDS = [(0.0, 1.0)] * 3


@dataclass(frozen=True)
class HoltWinters:
    """A smoothed series: how fast it learns, how far it was off, and where it stands at the end.

    `alpha`, `beta` and `gamma` (0 to 1) weigh the newest value for level, trend and season. `sse` is the
    sum of squared errors of forecasts one step ahead, `errors` those errors, from the second cycle
    on. `level`, `trend` (a step) and `season` (one value a phase, the next phase first) are the last state.

    >>> holt_winters([10, 20] * 6, 2).season.round(3)
    array([-5.,  5.])
    """

    alpha: float
    beta: float
    gamma: float
    sse: float
    errors: Array
    level: float
    trend: float
    season: Array

    def ahead(self, horizon: int) -> Array:
        """The next `horizon` values to expect."""
        step = np.arange(1, horizon + 1)
        return self.level + self.trend * step + self.season[(step - 1) % self.season.size]


def holt_winters(values: Numbers, period: int, *, parameters: tuple[float, float, float] | None = None) -> HoltWinters:
    """Level, trend and season of a series, each new value weighed against what was learnt before.

    `values` in any unit, `period` values a cycle. `parameters` (alpha, beta, gamma) are those with the
    least squared error unless given. The start is that of R: a classical decomposition of the first
    two cycles. Refuses fewer than two cycles and missing values.
    Source: Winters (1960), Management Science 6; Hyndman & Athanasopoulos (2021), ch. 8.

    >>> smooth = holt_winters([10, 20, 11, 21, 12, 22, 13, 23, 14, 24], 2)
    >>> smooth.ahead(2).round(2)
    array([15., 25.])
    """
    y = numbers(values, "values")
    if y.ndim != 1 or period < 2 or y.size < 2 * period + 1:
        raise BadInput("Smoothing needs two whole cycles and one value more", remedy="give a longer series")
    start = _start(y, period)
    series = y.tolist()
    if parameters is None:
        parameters = _least_squares(series, start)
    errors, level, trend, season = _run(series, start, parameters)
    squares = np.array(errors)
    return HoltWinters(*parameters, float(squares @ squares), squares, level, trend, np.array(season))


_Start = tuple[float, float, list[float]]


def _start(y: Array, period: int) -> _Start:
    """Level, trend and season before the second cycle, from the centred mean of the first two cycles."""
    first = y[: 2 * period]
    ends = np.ones(period + 1 - period % 2)
    if period % 2 == 0:
        ends[[0, -1]] = 0.5
    middle = np.convolve(first, ends / period, mode="valid")
    half = period // 2
    rest = first[half : half + middle.size] - middle
    phase = (np.arange(middle.size) + half) % period
    season = np.array([rest[phase == each].mean() for each in range(period)])
    slope, level = np.polyfit(np.arange(1, middle.size + 1), middle, 1)
    return float(level), float(slope), (season - season.mean()).tolist()


def _run(
    series: list[float], start: _Start, parameters: tuple[float, float, float]
) -> tuple[list[float], float, float, list[float]]:
    level, trend, season = start[0], start[1], list(start[2])
    alpha, beta, gamma = parameters
    period, errors = len(season), []
    for i in range(period, len(series)):
        phase, before = i % period, level + trend
        value, seasonal = series[i], season[phase]
        errors.append(value - before - seasonal)
        last, level = level, alpha * (value - seasonal) + (1 - alpha) * before
        trend = beta * (level - last) + (1 - beta) * trend
        season[phase] = gamma * (value - level) + (1 - gamma) * seasonal
    turn = len(series) % period
    return errors, level, trend, season[turn:] + season[:turn]


def _least_squares(series: list[float], start: _Start) -> tuple[float, float, float]:
    """The least squared error near the start that R uses, with the same step for the gradient."""

    def error(at: Array) -> float:
        errors = np.array(_run(series, start, (float(at[0]), float(at[1]), float(at[2])))[0])
        return float(errors @ errors)

    def gradient(at: Array) -> Array:
        slopes = np.empty(3)
        for i in range(3):
            high, low = at.copy(), at.copy()
            high[i], low[i] = min(at[i] + _STEP, 1.0), max(at[i] - _STEP, 0.0)
            slopes[i] = (error(high) - error(low)) / (high[i] - low[i])
        return slopes

    found = optimize.minimize(
        error,
        np.array(_START),
        method="L-BFGS-B",
        jac=gradient,
        bounds=_BOUNDS,
        options={"maxcor": 5, "ftol": 1e7 * float(np.finfo(np.float64).eps), "gtol": 0.0, "maxiter": 100},
    )
    alpha, beta, gamma = (float(each) for each in found.x)
    return alpha, beta, gamma
