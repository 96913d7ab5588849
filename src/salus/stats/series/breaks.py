"""Times at which the mean of a series changes: the best division into segments (Bai & Perron 2003).

Import from `salus.stats.series`. Agreed with R `strucchange::breakpoints(y ~ 1)`.
"""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers

_ROUNDING = 1e-13


@dataclass(frozen=True)
class Breakpoints:
    """After how many values the mean changes, and how well each number of breaks explains the series.

    `positions` counts values from the start: 28 means that the 28th value is the last before the break.
    `bic` and `rss` have one element for 0, 1, 2, … breaks; the lowest BIC is chosen. `means` are
    those of the segments, in the unit of the series. `candidates` holds the best positions for each
    number of breaks. `reason` says why no break was sought.

    >>> breakpoints([1, 2, 1, 2, 9, 8, 9, 8], trim=2).means
    array([1.5, 8.5])
    """

    positions: NDArray[np.int64]
    bic: Array
    rss: Array
    means: Array
    candidates: tuple[NDArray[np.int64], ...]
    reason: str = ""


def breakpoints(values: Numbers, max_breaks: int = 5, trim: float = 0.15) -> Breakpoints:
    """Where the mean of a series changes, and how often, by least squares and BIC.

    Every division into segments is weighed (dynamic programme, n² steps), so the result is exact. A
    segment holds at least the share `trim` of the values, or `trim` values if it is 1 or more. At
    most `max_breaks`, and as many as fit with room to move. BIC has a mean and a variance a segment, less
    one, and a position a break: 2·(breaks + 1) parameters. Assumes independent errors of one variance:
    take season and trend out first (`stl`). Refuses fewer than two segments' worth of values.
    Source: Bai & Perron (2003), J. Applied Econometrics 18; Zeileis et al. (2003), CSDA 44.

    >>> breakpoints([1, 2, 1, 2, 9, 8, 9, 8], trim=2).positions
    array([4])
    """
    y = numbers(values, "values")
    n = y.size
    shortest = floor(trim) if trim >= 1 else floor(n * trim)
    if y.ndim != 1 or shortest < 2 or 2 * shortest > n:
        raise BadInput(
            f"{n} values cannot be parted into segments of {shortest}",
            remedy="give a longer series, or a trim below one half that leaves two values a segment",
        )
    most = max(0, min(max_breaks, ceil(n / shortest) - 2))
    if np.ptp(y) == 0:
        return Breakpoints(_none(), np.full(1, np.nan), np.zeros(1), y[:1], (_none(),), "all values are the same")
    rss, before = _programme(y - y.mean(), shortest, most)
    candidates = tuple(_trace(before, m, n) for m in range(most + 1))
    with np.errstate(divide="ignore"):
        likelihood = -0.5 * n * (np.log(rss) + 1 - np.log(n) + np.log(2 * np.pi))
    bic = -2 * likelihood + np.log(n) * 2 * (np.arange(most + 1) + 1)
    positions = candidates[int(np.argmin(bic))]
    means = np.array([part.mean() for part in np.split(y, positions)])
    return Breakpoints(positions, bic, rss, means, candidates)


def _none() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


def _programme(y: Array, shortest: int, most: int) -> tuple[Array, NDArray[np.int64]]:
    """Least sums of squares of the whole for each number of breaks, and the last break before each end."""
    n = y.size
    total, square = (np.concatenate([[0.0], np.cumsum(power)]) for power in (y, y**2))
    best = np.full((most + 1, n + 1), np.inf)
    before = np.zeros((most + 1, n + 1), dtype=np.int64)
    for end in range(shortest, n + 1):
        start = np.arange(0, end - shortest + 1)
        cost = square[end] - square[start] - (total[end] - total[start]) ** 2 / (end - start)
        cost[cost < _ROUNDING * square[n]] = 0.0
        best[0, end] = cost[0]
        if most:
            with_break = best[:-1, start] + cost
            before[1:, end] = with_break.argmin(axis=1)
            best[1:, end] = with_break.min(axis=1)
    return best[:, n], before


def _trace(before: NDArray[np.int64], breaks: int, n: int) -> NDArray[np.int64]:
    positions, end = [], n
    for m in range(breaks, 0, -1):
        end = int(before[m, end])
        positions.append(end)
    return np.array(positions[::-1], dtype=np.int64)
