"""A series taken apart into season, trend and remainder by local regression (STL, Cleveland et al. 1990).

Import from `salus.stats.series`. Agreed with R `stats::stl`, whose defaults and jumps it follows.
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers

_INNER, _INNER_ROBUST, _OUTER_ROBUST = 2, 1, 15


@dataclass(frozen=True)
class Decomposition:
    """What a series is made of, in its own unit: `seasonal` + `trend` + `remainder` is the series again.

    `weights` are those of the robust fit, 1 for an ordinary value and 0 for one left out.

    >>> parts = stl([1.0, 3.0] * 4, 2)
    >>> parts.seasonal[:2].round(6)
    array([-1.,  1.])
    """

    seasonal: Array
    trend: Array
    remainder: Array
    weights: Array


def stl(
    values: Numbers, period: int, seasonal: Literal["periodic"] | int = "periodic", *, robust: bool = False
) -> Decomposition:
    """Season, trend and remainder of a series with `period` values a cycle (12 for months).

    `values` is one series, or a matrix with one series a row, in any unit. `seasonal` is the span of the
    seasonal loess in cycles (odd, at least 7 is usual), or "periodic" for one pattern that does not
    change. `robust` gives outlying values less weight. Windows, degrees (0, 1, 1) and jumps (a tenth of
    each window) are the defaults of R `stl`. Refuses missing values and two cycles or fewer.
    Source: Cleveland, Cleveland, McRae & Terpenning (1990), J. Official Statistics 6.

    >>> import numpy as np
    >>> months = np.arange(36)
    >>> parts = stl(100 + months + 5 * np.sin(2 * np.pi * months / 12), 12)
    >>> parts.trend[[6, 30]].round(0), bool(np.abs(parts.remainder).max() < 2)
    (array([106., 130.]), True)
    """
    y = numbers(values, "values")
    if period < 2 or y.ndim not in (1, 2) or y.shape[-1] <= 2 * period:
        raise BadInput("A season needs more than two whole cycles", remedy="give a longer series, or its true period")
    if seasonal != "periodic" and seasonal < 2:
        raise BadInput(f"A seasonal span of {seasonal} cycles is too short", remedy="give an odd number, 7 or more")
    spans = _Spans.of(period, 10 * y.shape[-1] + 1 if seasonal == "periodic" else seasonal)
    season, trend, weights = np.zeros_like(y), np.zeros_like(y), np.ones_like(y)
    for outer in range(_OUTER_ROBUST + 1 if robust else 1):
        given = weights if outer else None
        for _ in range(_INNER_ROBUST if robust else _INNER):
            season, trend = _pass(y, trend, period, spans, given)
        if robust and outer < _OUTER_ROBUST:
            weights = _robustness(y - season - trend)
    if seasonal == "periodic":
        season = _cycle_means(season, period)
    return Decomposition(season, trend, y - season - trend, weights)


@dataclass(frozen=True)
class _Spans:
    season: int
    trend: int
    low: int

    @classmethod
    def of(cls, period: int, season: int) -> "_Spans":
        return cls(season, _odd(ceil(1.5 * period / (1 - 1.5 / season))), _odd(period))


def _odd(span: int) -> int:
    return max(3, span + (span % 2 == 0))


def _pass(y: Array, trend: Array, period: int, spans: _Spans, weights: Array | None) -> tuple[Array, Array]:
    """One round of the inner loop: the season without the trend, then the trend without the season."""
    cycles = _seasonal_smooth(y - trend, period, spans.season, weights)
    passed = _moving_average(_moving_average(_moving_average(cycles, period), period), 3)
    season = cycles[..., period:-period] - _loess(passed, spans.low, 1)
    return season, _loess(y - season, spans.trend, 1, weights)


def _seasonal_smooth(y: Array, period: int, span: int, weights: Array | None) -> Array:
    """Each month (or other phase) smoothed over the years, with one year more at both ends."""
    n = y.shape[-1]
    smooth = np.empty((*y.shape[:-1], n + 2 * period))
    full = n % period
    for phases in (np.arange(full), np.arange(full, period)):
        if not phases.size:
            continue
        size = (n - phases[0] - 1) // period + 1
        rows = phases[:, None] + period * np.arange(size)[None, :]
        wide = phases[:, None] + period * np.arange(size + 2)[None, :]
        smooth[..., wide] = _loess(y[..., rows], span, 0, None if weights is None else weights[..., rows], beyond=1)
    return smooth


def _loess(y: Array, span: int, degree: int, weights: Array | None = None, *, beyond: int = 0) -> Array:
    """Loess at every tenth of the span with straight lines between, and at `beyond` points past both ends."""
    n = y.shape[-1]
    jump = min(ceil(span / 10), n - 1)
    at = np.arange(0, n, jump)
    if at[-1] != n - 1:
        at = np.append(at, n - 1)
    outside = np.array([-1, n] if beyond else [], dtype=np.int64)
    points = np.concatenate([at, outside])
    fitted = _local_fit(y, points, _odd(span), degree, weights)
    inside = _between(fitted[..., : at.size], at, n)
    if not beyond:
        return inside
    return np.concatenate([fitted[..., -2:-1], inside, fitted[..., -1:]], axis=-1)


def _local_fit(y: Array, points: NDArray[np.int64], span: int, degree: int, weights: Array | None) -> Array:
    """Weighted mean (degree 0) or line (degree 1) over the `span` values nearest to each point, tricube weights."""
    n = y.shape[-1]
    width = min(span, n)
    start = np.clip(points - (width - 1) // 2, 0, n - width)
    index = start[:, None] + np.arange(width)[None, :]
    distance = np.abs(index - points[:, None]).astype(np.float64)
    reach = np.maximum(points - start, start + width - 1 - points)[:, None] + max(0, (span - n) // 2)
    tricube = np.where(distance <= 0.001 * reach, 1.0, (1 - np.minimum(distance / reach, 1.0) ** 3) ** 3)
    tricube[distance > 0.999 * reach] = 0.0
    w = tricube if weights is None else tricube * weights[..., index]
    total = w.sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        w = w / total
        if degree:
            w = _tilt(w, index, points[:, None], n)
    fitted: Array = np.einsum("...mk,...mk->...m", np.broadcast_to(w, (*y.shape[:-1], *index.shape)), y[..., index])
    # Where every neighbour has weight zero, the value itself stands, as in R.
    return np.where(total[..., 0] > 0, fitted, y[..., np.clip(points, 0, n - 1)])


def _tilt(w: Array, index: NDArray[np.int64], points: NDArray[np.int64], n: int) -> Array:
    """Turns weights of a mean into those of a straight line, unless the values sit on one point."""
    centre = (w * index).sum(axis=-1, keepdims=True)
    square = (w * (index - centre) ** 2).sum(axis=-1, keepdims=True)
    sloped = np.sqrt(square) > 0.001 * (n - 1)
    slope = np.where(sloped, (points - centre) / np.where(sloped, square, 1.0), 0.0)
    tilted: Array = w * (slope * (index - centre) + 1.0)
    return tilted


def _between(fitted: Array, at: NDArray[np.int64], n: int) -> Array:
    if at.size == n:
        return fitted
    everywhere = np.arange(n)
    left = np.clip(np.searchsorted(at, everywhere, side="right") - 1, 0, at.size - 2)
    share = (everywhere - at[left]) / (at[left + 1] - at[left])
    between: Array = fitted[..., left] + share * (fitted[..., left + 1] - fitted[..., left])
    return between


def _moving_average(y: Array, span: int) -> Array:
    total = np.concatenate([np.zeros((*y.shape[:-1], 1)), np.cumsum(y, axis=-1)], axis=-1)
    average: Array = (total[..., span:] - total[..., :-span]) / span
    return average


def _robustness(rest: Array) -> Array:
    """Bisquare weights: 0 where the remainder is over six times its median size."""
    size = np.abs(rest)
    limit = 6 * np.median(size, axis=-1, keepdims=True)
    weight = np.where(size <= 0.001 * limit, 1.0, (1 - np.minimum(size / np.where(limit > 0, limit, 1), 1) ** 2) ** 2)
    weight[size > 0.999 * limit] = 0.0
    return weight


def _cycle_means(season: Array, period: int) -> Array:
    n = season.shape[-1]
    means = np.stack([season[..., phase::period].mean(axis=-1) for phase in range(period)], axis=-1)
    return means[..., np.arange(n) % period]
