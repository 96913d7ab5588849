"""Near repeats: whether events that are near in space are also near in time, more than chance gives (Knox test).

Pairs of events come from `salus.stats.close_pairs`. Agreed with the R package NearRepeat.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.close_pairs import ClosePairs, Metric, PairBlock, close_pairs
from salus.stats.inputs import Array, Numbers, Seed, generator, numbers, together

Counts: TypeAlias = NDArray[np.int64]

# Sizes chosen so that what one step touches stays in the processor's cache.
_TOGETHER = 256  # permutations counted at once
_CELLS = 2**17  # pairs times permutations of one step
_DAYS_BYTES = 2**26  # permuted days held at once
_PAIRS_BYTES = 2**27  # pairs kept; more are found anew for each batch of permutations
_UINT8 = 255


@dataclass(frozen=True)
class NearRepeat:
    """Pairs of events by band of distance (rows) and of time (columns), beside what chance gives.

    `observed` and `expected` are numbers of pairs; `expected` is the mean over all orders of the times
    (exact, not a mean of draws), `ratio` is observed / expected, `p_value` one-sided: the share of
    permutations with as many pairs or more. `chance_low` and `chance_high`: between how many pairs 95 % of the
    permutations lie (2.5 and 97.5 % quantiles). NaN where `reason` says.

    >>> knox([0, 0, 9], [0, 1, 9], [1, 2, 30], [0, 5], [0, 7], permutations=99, seed=1).observed
    array([[1]])
    """

    observed: Counts
    expected: Array
    ratio: Array
    p_value: Array
    reason: str = ""
    chance_low: Array = field(default_factory=lambda: np.empty((0, 0)))
    chance_high: Array = field(default_factory=lambda: np.empty((0, 0)))


def knox(  # noqa: PLR0913, PLR0917 - the names and their order are fixed for users of other software
    x: Numbers,
    y: Numbers,
    days: Numbers,
    distance_bands: Numbers,
    time_bands: Numbers,
    permutations: int = 999,
    seed: Seed = None,
    metric: Metric = "euclidean",
) -> NearRepeat:
    """Counts pairs of events near in space and time, beside chance (Knox 1964; Johnson et al. 2007).

    One place (x, y) and one time an event. Bands are edges: [0, 100, 200] means 0 up to but not 100,
    and 100 up to but not 200, in the unit of x and y; `time_bands` in the unit of `days`, which may be
    fractions. Chance deals the times anew among the places; p = (r + 1) / (permutations + 1). The mean
    over all deals needs no draws: pairs of a band of distance x share of all pairs of times in a band
    of time. Computing time grows with permutations x pairs nearer than the last edge.

    >>> x, y, days = [0, 10, 10, 500, 510, 900], [0, 0, 10, 500, 500, 900], [1, 2, 4, 40, 41, 90]
    >>> found = knox(x, y, days, [0, 50, 800], [0, 7, 30], permutations=199, seed=1)
    >>> found.observed
    array([[4, 0],
           [0, 0]])
    >>> found.ratio[0, 0].round(), found.p_value[0, 0] < 0.05
    (np.float64(4.0), np.True_)
    """
    east, north, when = numbers(x, "x"), numbers(y, "y"), numbers(days, "days")
    together(x=east, y=north, days=when)
    near, soon = _edges(distance_bands, "distance_bands"), _edges(time_bands, "time_bands")
    if metric not in ("euclidean", "manhattan"):
        raise BadInput(f"Unknown metric '{metric}'", remedy="euclidean or manhattan")
    pairs = close_pairs(east, north, near, metric)
    times, limits = _compact(when[pairs.order], soon)
    kept, held, below = _observed(pairs, times, limits)
    expected = np.outer(held, _share_of_pairs(np.sort(when), soon))
    source = pairs if kept is None else kept
    drawn = [
        _within(_below(source, batch, limits, held.size)) for batch in _permuted(times, permutations, seed)
    ]  # fmt: skip
    by_chance = np.concatenate(drawn, axis=-1) if drawn else np.empty((*expected.shape, 0), dtype=np.int64)
    return _compare(_within(below)[..., 0], expected, by_chance)


def _edges(bands: object, name: str) -> Array:
    edges = numbers(bands, name, minimum=0)
    if edges.ndim != 1 or edges.size < 2 or (np.diff(edges) <= 0).any():
        raise BadInput(f"{name} are no rising edges", remedy="two numbers or more, such as 0, 100, 200")
    return edges


def _compact(days: Array, edges: Array) -> tuple[NDArray[Any], NDArray[Any]]:
    """Times and edges in the smallest type that holds them exactly: whole days usually fit in two bytes."""
    span = float(np.ptp(days))
    if (days != np.floor(days)).any() or span >= 2**30:
        return days, edges
    kind = np.int16 if span < 2**15 - 2 else np.int32
    # A whole gap is below an edge exactly when it is below the next whole number; all gaps are below span + 1.
    return (days - days.min()).astype(kind), np.minimum(np.ceil(edges), span + 1).astype(kind)


def _permuted(times: NDArray[Any], permutations: int, seed: Seed) -> Iterator[NDArray[Any]]:
    """Times in random order, one order a column: all orders of an event lie side by side in memory."""
    rng, n = generator(seed), times.size
    width = max(1, min(_TOGETHER, permutations, _DAYS_BYTES // (n * times.itemsize)))
    for start in range(0, permutations, width):
        batch = np.empty((n, min(width, permutations - start)), dtype=times.dtype)
        for begin in range(0, batch.shape[1], 32):
            some = batch[:, begin : begin + 32]
            some[:] = np.stack([rng.permutation(times) for _ in range(some.shape[1])], axis=1)
        yield batch


def _share_of_pairs(ordered: Array, edges: Array) -> Array:
    """The share of all pairs of events whose gap in time falls in each band."""
    n = ordered.size
    place = np.arange(n)
    below = [(np.searchsorted(ordered, ordered + edge, side="left") - place).clip(1) - 1 for edge in edges]
    return np.diff([each.sum() for each in below]) / max(n * (n - 1) / 2, 1)


def _observed(
    pairs: ClosePairs, times: NDArray[Any], limits: NDArray[Any]
) -> tuple[list[PairBlock] | None, Counts, Counts]:
    """The pairs, to be used again unless they take too much memory; how many in each band; and in time."""
    kept: list[PairBlock] | None = []
    held = np.zeros(pairs.edges.size - 1, dtype=np.int64)
    size = 0

    def passing() -> Iterator[PairBlock]:
        nonlocal kept, size
        for block in pairs:
            size += block.nbytes
            held[block.band] += block.first.size
            if size > _PAIRS_BYTES:
                kept = None
            elif kept is not None:
                kept.append(block)
            yield block

    below = _below(passing(), times[:, None], limits, held.size)
    return kept, held, below


def _below(blocks: Iterable[PairBlock], times: NDArray[Any], limits: NDArray[Any], bands: int) -> Counts:
    """Pairs whose gap in time is below each edge: bands of distance x edges x columns of `times`."""
    width = times.shape[1]
    step = max(1, _CELLS // width)
    one, other = np.empty((step, width), times.dtype), np.empty((step, width), times.dtype)
    is_below = np.empty((step, width), dtype=bool)
    tally = np.zeros((limits.size, step, width), dtype=np.uint8)
    counts = np.zeros((bands, limits.size, width), dtype=np.int64)
    for block in blocks:
        held = 0
        for start in range(0, block.first.size, step):
            i, j = block.places(slice(start, start + step))
            gap, hit = one[: i.size], is_below[: i.size]
            # mode="clip" writes straight into `out`; places are never outside.
            np.take(times, i, axis=0, out=gap, mode="clip")
            np.take(times, j, axis=0, out=other[: i.size], mode="clip")
            np.subtract(gap, other[: i.size], out=gap)
            np.abs(gap, out=gap)
            for limit, sums in zip(limits, tally, strict=True):
                np.less(gap, limit, out=hit)
                np.add(sums[: i.size], hit.view(np.uint8), out=sums[: i.size])
            held += 1
            if held == _UINT8 or start + step >= block.first.size:
                rows = min(step, block.first.size)
                counts[block.band] += tally[:, :rows].sum(axis=1, dtype=np.int64)
                tally[:, :rows], held = 0, 0
    return counts


def _within(below: Counts) -> Counts:
    """Pairs between one edge of time and the next, from those below each."""
    return below[:, 1:] - below[:, :-1]


def _compare(observed: Counts, expected: Array, by_chance: Counts) -> NearRepeat:
    """`by_chance`: the pairs of each permutation, bands of distance × of time × permutations."""
    permutations = by_chance.shape[-1]
    as_many = (by_chance >= observed[..., None]).sum(axis=-1)
    none = np.full(observed.shape, np.nan)
    low, high = np.quantile(by_chance, [0.025, 0.975], axis=-1) if permutations > 0 else (none, none)
    ratio = np.divide(observed, expected, out=np.full(observed.shape, np.nan), where=expected > 0)
    p_value = (as_many + 1) / (permutations + 1) if permutations > 0 else none
    reasons = [] if (expected > 0).all() else ["some bands can hold no pair"]
    reasons += [] if permutations > 0 else ["no permutations"]
    return NearRepeat(observed, expected, ratio, p_value, "; ".join(reasons), low, high)
