"""How well places marked beforehand hold later events: two indices and their intervals. Import from `kernel`.

Only to be asked of a period after the one the places were chosen from; places, never people.
"""

from dataclasses import dataclass

import numpy as np

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, Seed, generator, numbers, tail_of, together
from salus.stats.results import Interval, Measure


@dataclass(frozen=True)
class PredictionIntervals:
    """Both indices with limits from resampled events: `accuracy` (PAI) and `efficiency` (PEI).

    >>> prediction_intervals([25, 15, 60], [2, 2, 36], [True, False, False], seed=1).accuracy.value
    5.0
    """

    accuracy: Interval[float]
    efficiency: Interval[float]


def prediction_accuracy_index(hits: float, total: float, area: float, total_area: float) -> Measure:
    """How many times denser events are in the marked area than in the whole: (n / N) / (a / A) (Chainey 2008).

    >>> prediction_accuracy_index(25, 100, 2, 40)
    5.0
    """
    _share(hits, total, "events")
    _share(area, total_area, "area")
    if total == 0 or area == 0:
        return Measure(float("nan"), "no events" if total == 0 else "no area was marked")
    return Measure((hits / total) / (area / total_area))


def prediction_efficiency_index(hits: float, most_possible: float) -> Measure:
    """Events in the marked area over the most that an area of that size could hold, 0 to 1 (Hunt 2016).

    >>> prediction_efficiency_index(25, 40)
    0.625
    """
    _share(hits, most_possible, "events")
    return Measure(hits / most_possible) if most_possible else Measure(float("nan"), "no events")


def prediction_intervals(
    counts: Numbers,
    areas: Numbers,
    marked: object,
    draws: int = 1000,
    seed: Seed = None,
    *,
    level: float = 0.95,
) -> PredictionIntervals:
    """PAI and PEI of marked cells with limits by resampling the events (percentile bootstrap).

    One element a cell: later events, size in any unit, and whether it was marked (true or false). The most
    possible is what the densest cells of the same total size hold, a part of the last cell in
    proportion; they stay the same in all draws. With few events many cells are dense by chance, so PEI is
    too low. Events are taken as independent; NaN without events or without a marked cell.

    >>> found = prediction_intervals([25, 15, 60], [2, 2, 36], [True, False, False], seed=1)
    >>> found.accuracy.value, round(found.accuracy.low, 1), round(found.accuracy.high, 1), found.efficiency.value
    (5.0, 3.6, 6.6, 1.0)
    """
    n, a = numbers(counts, "counts", minimum=0), numbers(areas, "areas", minimum=0)
    chosen = numbers(marked, "marked cells", minimum=0)
    together(counts=n, areas=a, marked=chosen)
    if (a == 0).any() or not np.isin(chosen, (0, 1)).all() or (n != np.floor(n)).any() or draws < 1:
        raise BadInput("Cells need a size, whole counts and true or false", remedy="and at least 1 draw")
    tail, total, area = tail_of(level), int(n.sum()), float(chosen @ a)
    if total == 0 or area == 0:
        nan = float("nan")
        nothing = Interval(nan, nan, nan, "no events" if total == 0 else "no area was marked")
        return PredictionIntervals(nothing, nothing)
    best = _densest(n / a, a, area)
    drawn = generator(seed).multinomial(total, n / total, size=draws)
    accuracy = (drawn @ chosen / total) / (area / a.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = drawn @ chosen / (drawn @ best)
    hits, most = float(n @ chosen), float(n @ best)
    return PredictionIntervals(
        _between(prediction_accuracy_index(hits, total, area, float(a.sum())), accuracy, tail),
        _between(Measure(hits / most), efficiency, tail),
    )


def _densest(density: Array, areas: Array, area: float) -> Array:
    """The share of each cell that belongs to the densest part of this size."""
    order = np.argsort(-density, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(areas[order])[:-1]])
    part = np.empty(areas.size)
    part[order] = np.clip((area - before) / areas[order], 0.0, 1.0)
    return part


def _between(value: Measure, drawn: Array, tail: float) -> Interval[float]:
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    return Interval(value.value, float(low), float(high))


def _share(part: float, whole: float, name: str) -> None:
    if not 0 <= part <= whole < float("inf"):
        raise BadInput(f"{part} of {whole} {name} cannot be", remedy="check the part and the whole")
