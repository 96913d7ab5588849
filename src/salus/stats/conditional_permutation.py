"""Conditional permutation for local statistics: how often chance gives an area's neighbours as much, or as little.

Serves `salus.stats.local_autocorrelation`. The value of an area stays, those of all others are dealt anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from salus.stats.inputs import Array, Seed, Weights, generator

Counts: TypeAlias = NDArray[np.int64]
Places: TypeAlias = NDArray[np.int32]

# Sums that differ by less than this share of their size are one sum: the order of adding makes that difference.
_SLACK = 1e-12
# Cells of a block: what is in memory at once stays near 16 MB, however many draws or areas there are.
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Extremes:
    """In how many of `draws` the neighbours' weighted sum was as high, and as low, as seen; one an area.

    >>> Extremes(np.array([4]), np.array([96]), 99).one_sided
    array([0.05])
    """

    as_high: Counts
    as_low: Counts
    draws: int

    @property
    def one_sided(self) -> Array:
        """(r + 1) / (draws + 1) of the smaller tail, draws equal to what was seen counted as extreme."""
        return np.asarray((np.minimum(self.as_high, self.as_low) + 1.0) / (self.draws + 1.0))

    @property
    def two_sided(self) -> Array:
        """Twice the smaller tail, at most 1."""
        return np.minimum(1.0, 2 * self.one_sided)


@dataclass(frozen=True)
class _Rows:
    """The rows of the weights that have `size` neighbours each: areas, weights (areas x size), what was seen."""

    areas: Counts
    weights: Array
    seen: Array
    slack: Array
    equal: bool

    @property
    def size(self) -> int:
        return int(self.weights.shape[1])


def extremes(values: Array, weights: Weights, draws: int, seed: Seed = None) -> Extremes:
    """How extreme each area's weighted sum of neighbouring values is when the other areas' values are dealt anew.

    An area of k neighbours gets k values of the n - 1 other areas, without replacement. The draws are
    shared by all areas, as in esda: one draw is k + 1 different areas a(1)…a(k+1) of all n; an area not
    among the first k takes these, an area that is among them takes a(k+1) in its own place. Either way
    they are a random sample of the others, so each area's p-value is exact; p-values of different areas
    are dependent, as they are anyway. Where an area's weights are equal only the sum of a draw matters:
    sums are sorted once for all areas of k neighbours and counted by binary search, and the few draws
    in which an area itself occurs are corrected. Unequal weights take a matrix product in blocks.

    Weights on the diagonal do not enter; areas without neighbours get counts that mean nothing.

    >>> line = np.diag(np.ones(4), 1) + np.diag(np.ones(4), -1)
    >>> from salus.stats.inputs import weight_matrix
    >>> extremes(np.arange(5.0), weight_matrix(line, 5), 9_999, seed=5).one_sided.round(2)
    array([0.25, 0.17, 0.65, 0.17, 0.24])
    """
    n = values.size
    rows = list(_rows(values, weights))
    as_high, above = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    if not rows:
        return Extremes(as_high, draws - above, draws)
    most, rng = max(each.size for each in rows), generator(seed)
    step = max(1, _BLOCK // (most + 1))
    for start in range(0, draws, step):
        chosen = distinct(n, min(step, draws - start), most + 1, rng)
        drawn = values[chosen]
        sums = np.cumsum(drawn, axis=1)
        for each in rows:
            high, higher = _by_search(each, sums) if each.equal else _by_product(each, drawn)
            as_high[each.areas] += high
            above[each.areas] += higher
            _correct(each, chosen, drawn, (as_high, above))
    return Extremes(as_high, draws - above, draws)


def distinct(n: int, draws: int, size: int, rng: np.random.Generator) -> Places:
    """Ordered samples without replacement from 0…n - 1, one a row (`draws` x `size`).

    >>> distinct(5, 3, 5, np.random.default_rng(1)).sum(axis=1).tolist()
    [10, 10, 10]
    """
    if 2 * size > n:
        every = np.tile(np.arange(n, dtype=np.int32), (draws, 1))
        return rng.permuted(every, axis=1)[:, :size]
    chosen = rng.integers(0, n, size=(draws, size), dtype=np.int32)
    open_rows = np.arange(draws)
    while open_rows.size:
        part = chosen[open_rows]
        order = np.argsort(part, axis=1, kind="stable")
        ranked = np.take_along_axis(part, order, axis=1)
        row, rank = np.nonzero(ranked[:, 1:] == ranked[:, :-1])
        # Only the later of two equal ones is drawn anew: the same as drawing one after the other.
        part[row, order[row, rank + 1]] = rng.integers(0, n, size=row.size, dtype=np.int32)
        chosen[open_rows] = part
        open_rows = open_rows[np.unique(row)]
    return chosen


def _rows(values: Array, weights: Weights) -> Iterator[_Rows]:
    near = weights.copy()
    near.setdiag(0.0)
    near.eliminate_zeros()
    held = np.diff(near.indptr)
    largest = float(np.abs(values).max())
    for size in np.unique(held[held > 0]):
        areas = np.nonzero(held == size)[0]
        cells = near.indptr[areas][:, None] + np.arange(size)
        weight, around = near.data[cells], values[near.indices[cells]]
        same = (weight == weight[:, :1]).all(axis=1)
        for equal in (True, False):
            these = same == equal
            # Equal weights are as good as 1; a negative one turns high into low, so it takes the general way.
            these = (these & (weight[:, 0] > 0)) if equal else (these | (same & (weight[:, 0] <= 0)))
            if these.any():
                w = np.ones((int(these.sum()), size)) if equal else weight[these]
                seen, slack = (w * around[these]).sum(axis=1), np.abs(w).sum(axis=1) * largest * _SLACK
                yield _Rows(areas[these], w, seen, slack, equal)


def _by_search(rows: _Rows, sums: Array) -> tuple[Counts, Counts]:
    ordered = np.sort(sums[:, rows.size - 1])
    below = np.searchsorted(ordered, rows.seen - rows.slack, side="left")
    not_above = np.searchsorted(ordered, rows.seen + rows.slack, side="right")
    return ordered.size - below, ordered.size - not_above


def _by_product(rows: _Rows, drawn: Array) -> tuple[Counts, Counts]:
    values = np.ascontiguousarray(drawn[:, : rows.size].T)
    high, higher = np.empty(rows.areas.size, dtype=np.int64), np.empty(rows.areas.size, dtype=np.int64)
    step = max(1, _BLOCK // 8 // drawn.shape[0])
    for start in range(0, rows.areas.size, step):
        some = slice(start, start + step)
        sums = rows.weights[some] @ values
        high[some] = np.count_nonzero(sums >= (rows.seen - rows.slack)[some, None], axis=1)
        higher[some] = np.count_nonzero(sums > (rows.seen + rows.slack)[some, None], axis=1)
    return high, higher


def _correct(rows: _Rows, chosen: Places, drawn: Array, counts: tuple[Counts, Counts]) -> None:
    """Draws in which an area met itself: its own value gives way to the spare one."""
    size = rows.size
    place = np.full(counts[0].size, -1, dtype=np.int64)
    place[rows.areas] = np.arange(rows.areas.size)
    met = place[chosen[:, :size]]
    draws, slots = np.nonzero(met >= 0)
    limits = rows.seen - rows.slack, np.nextafter(rows.seen + rows.slack, np.inf)
    step = max(1, _BLOCK // size)
    for start in range(0, draws.size, step):
        draw, slot = draws[start : start + step], slots[start : start + step]
        row = met[draw, slot]
        weight = rows.weights[row]
        wrong = np.einsum("ij,ij->i", weight, drawn[draw, :size])
        right = wrong + weight[np.arange(row.size), slot] * (drawn[draw, size] - drawn[draw, slot])
        for tally, limit in zip(counts, limits, strict=True):
            np.add.at(tally, rows.areas[row], (right >= limit[row]).astype(np.int64) - (wrong >= limit[row]))
