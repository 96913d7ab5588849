"""Kulldorff's scan: the circle of areas with the most events beyond expectation, and whether chance gives it.

Made for looking back at where events clustered. It does not say why, and never says where to patrol.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.circles import Circles, circles_around, largest_by_chance, likelihood_ratio
from salus.stats.inputs import Array, Numbers, Seed, generator, numbers, tail_of, together

__all__ = ["Cluster", "ScanResult", "kulldorff"]

# A ratio from chance that is equal but for rounding counts as one as large.
_SLACK = 1e-10


@dataclass(frozen=True)
class Cluster:
    """Areas inside one circle with more events than expected.

    `members` are positions in the input, from the centre outward; `relative_risk` is cases over
    expected; `p_value` is the share of draws by chance, the data among them, whose largest circle is as
    unlikely as this one.
    """

    members: NDArray[np.intp]
    cases: float
    expected: float
    relative_risk: float
    log_likelihood_ratio: float
    p_value: float


@dataclass(frozen=True)
class ScanResult(Cluster):
    """The most likely cluster, and `secondary` ones that overlap neither it nor each other.

    `reason` says why there is no cluster, or no p-value.
    """

    secondary: tuple[Cluster, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class _Seen:
    """What was observed: counts, what was expected, and the ratio of every circle (0 if it is none)."""

    circles: Circles
    cases: Array
    expected: Array
    ratio: Array


def kulldorff(  # noqa: PLR0913, PLR0917 - the names and order that users of scan statistics know
    cases: Numbers,
    expected: Numbers,
    x: Numbers,
    y: Numbers,
    population: Numbers | None = None,
    max_share: float = 0.5,
    permutations: int = 999,
    seed: Seed = None,
    *,
    level: float = 0.95,
) -> ScanResult:
    """The circle of areas whose events are least likely by chance, under a Poisson model (Kulldorff 1997).

    One element an area; `x` and `y` are centroids in one unit of length (not degrees). Circles around each
    centroid grow to `max_share` of the population (of what is expected, if it is None). The ratio
    compares shares, so `expected` may have any scale; reported are the sums as given. Chance deals
    the total of events to areas by expectation, `permutations` times. Secondary clusters are those with
    p ≤ 1 − level (all, without permutations). Memory: about 80 bytes times areas squared × max_share.

    >>> found = kulldorff([1, 0, 9, 8, 0, 1], [3] * 6, [0, 1, 2.2, 3, 4, 5], [0] * 6, seed=1)
    >>> found.members, found.cases, found.expected, found.p_value
    (array([2, 3]), 17.0, 6.0, 0.001)
    """
    seen = _look(cases, expected, x, y, population, max_share)
    total = float(seen.cases.sum())
    if permutations < 0 or not seen.circles.ends.any() or total == 0:
        return _nothing(permutations, total)
    alpha, chance = 2 * tail_of(level), np.empty(0)
    if permutations:
        share = seen.expected / seen.expected.sum()
        events = max(1, round(total))
        scaled = Circles(seen.circles.order, seen.circles.expected * (events / total), seen.circles.ends)
        chance = largest_by_chance(scaled, share, events, permutations, generator(seed))
    first, *others = _clusters(seen, chance, alpha)
    why = "" if permutations else "no permutations were asked for"
    if first.members.size == 0:
        why = "no circle holds more events than expected"
    return ScanResult(**vars(first), secondary=tuple(others), reason=why)


def _look(cases: object, expected: object, x: object, y: object, population: object, max_share: float) -> _Seen:
    c, e = numbers(cases, "cases", minimum=0), numbers(expected, "expected events", minimum=0)
    across, up = numbers(x, "x", minimum=None), numbers(y, "y", minimum=None)
    n = e if population is None else numbers(population, "population", minimum=0)
    together(cases=c, expected=e, x=across, y=up, population=n)
    if not 0 < max_share <= 1:
        raise BadInput(f"A largest share of {max_share} is not between 0 and 1", remedy="0.5 is usual")
    if e.sum() == 0 or n.sum() == 0:
        raise BadInput("No events are expected anywhere, or nobody lives there", remedy="check the source rows")
    if (c[e == 0] > 0).any():
        raise BadInput("Areas have events where none are expected", remedy="expect some there, or leave them out")
    scaled = e * (c.sum() / e.sum())
    circles = circles_around(across, up, n, scaled, max_share)
    ratio = likelihood_ratio(np.cumsum(c[circles.order], axis=1), circles.expected, float(c.sum()))
    return _Seen(circles, c, e, np.where(circles.ends, ratio, 0.0))


def _nothing(permutations: int, total: float) -> ScanResult:
    if permutations < 0:
        raise BadInput("Fewer than 0 permutations were asked for", remedy="999 is usual")
    nan = float("nan")
    why = "no events" if total == 0 else "every area holds more than the largest share"
    return ScanResult(np.empty(0, np.intp), nan, nan, nan, nan, nan, reason=why)


def _clusters(seen: _Seen, chance: Array, alpha: float) -> list[Cluster]:
    """The most likely cluster, then those that do not touch any before; stops at the first by chance."""
    found: list[Cluster] = []
    free = seen.ratio.copy()
    while True:
        centre, last = np.unravel_index(np.argmax(free), free.shape)
        cluster = _cluster(seen, int(centre), int(last), float(free[centre, last]), chance)
        if found and (cluster.members.size == 0 or cluster.p_value > alpha):
            return found
        found.append(cluster)
        if cluster.members.size == 0:
            return found
        taken = np.zeros(seen.cases.size, np.bool_)
        taken[cluster.members] = True
        free[np.logical_or.accumulate(taken[seen.circles.order], axis=1)] = 0.0


def _cluster(seen: _Seen, centre: int, last: int, ratio: float, chance: Array) -> Cluster:
    members = seen.circles.order[centre, : last + 1 if ratio > 0 else 0].astype(np.intp)
    cases, expected = float(seen.cases[members].sum()), float(seen.expected[members].sum())
    as_large = int((chance >= ratio * (1 - _SLACK)).sum())
    return Cluster(
        members=members,
        cases=cases,
        expected=expected,
        relative_risk=cases / expected if expected else float("nan"),
        log_likelihood_ratio=ratio,
        p_value=(as_large + 1) / (chance.size + 1) if chance.size else float("nan"),
    )
