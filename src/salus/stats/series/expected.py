"""The range of counts to expect in a week, from the same weeks of past years (Farrington; Noufaily et al. 2013).

Import from `salus.stats.series`. Agreed with R `surveillance::farringtonFlexible`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers
from salus.stats.series.baseline import Rules, thresholds_of
from salus.stats.series.references import Reference, calendar_weeks, calendar_years, integer_years, reference_weeks

_BATCH = 512  # series whose numbers fit the cache of a processor together
_YEARS_FOR_A_TREND = 3

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class ExpectedRange:
    """What to expect in each evaluated week, in counts; one element a week, or series × weeks.

    `expected` is the count to expect, `upper` the highest count that chance explains at this alpha,
    `alarm` where the count is above it and `enough` counts came in the last weeks. `trend` tells
    where a trend was kept, `dispersion` how much counts vary beyond chance (1 or more), `weeks` the
    positions evaluated. NaN where no model could be fitted; `reason` says so.

    >>> farrington_flexible([4, 6] * 104, range(208), range(207, 208), b=2, periods=1).alarm
    array([False])
    """

    expected: Array
    upper: Array
    alarm: Flags
    enough: Flags
    trend: Flags
    dispersion: Array
    weeks: NDArray[np.int64]
    reason: str = ""


def farrington_flexible(  # noqa: PLR0913 - the parameters are those of the published method
    counts: Numbers,
    weeks: Sequence[Any] | NDArray[Any],
    evaluate: Sequence[int] | range | None = None,
    *,
    b: int = 5,
    w: int = 3,
    periods: int = 10,
    alpha: float = 0.05,
    threshold: Literal["delta", "nb_plugin"] = "delta",
    skip: int | None = 26,
    weights_threshold: float | None = 2.58,
    trend_p: float = 0.05,
    enough: tuple[int, int] = (5, 4),
    population: Numbers | None = None,
) -> ExpectedRange:
    """Which weekly counts are higher than past years let expect, for one series or thousands at once.

    `counts` is one series or series × weeks; `weeks` are dates seven days apart (ISO weeks: the same
    week a year ago is the nearest same weekday) or consecutive integers, which mean years of 52 weeks.
    `evaluate` holds positions in the series, from 0; without it, every week that has `b` years before.
    A quasi-Poisson model with a trend and a season of `periods` levels is fitted to `b` past years: the
    window of ±`w` weeks around the same week and, with more than one period, the weeks between. The
    last `skip` weeks are left out (None: `w`). Past weeks with a standardised Anscombe residual above
    `weights_threshold` get less weight (None: all the same). The trend is kept where its p-value is below
    `trend_p`, with three years or more, and unless it predicts more than was ever seen in those weeks.
    `threshold`: "delta" for the two-thirds power of the count as normal, or "nb_plugin" for the negative
    binomial quantile, both one-sided at `alpha`. No alarm with fewer than `enough[0]` events in the last
    `enough[1]` weeks. `population`, in the shape of counts, makes the model one of rates.
    Refuses gaps, negative counts and weeks without `b` years before them.
    Sources: Farrington et al. (1996), JRSS A 159; Noufaily et al. (2013), Statistics in Medicine 32.

    >>> import numpy as np
    >>> quiet = np.random.default_rng(1).poisson(10, 312)
    >>> quiet[311] = 40
    >>> found = farrington_flexible(quiet, range(312), range(310, 312), b=4)
    >>> found.alarm, found.upper.round(0)
    (array([False,  True]), array([16., 16.]))
    """
    y, people = _series(counts, population)
    if alpha <= 0 or alpha >= 1 or threshold not in ("delta", "nb_plugin"):
        raise BadInput(f"Alpha {alpha} or threshold '{threshold}' is unknown", remedy="delta or nb_plugin, 0 to 1")
    groups = _designs(y.shape[1], weeks, evaluate, (b, w, periods, w if skip is None else skip))
    rules = Rules(alpha, threshold, weights_threshold, trend_p, b >= _YEARS_FOR_A_TREND)
    at = np.array([k for _, ks in groups.values() for k in ks], dtype=np.int64)
    found = np.concatenate([_one_design(y, people, refs, ks, rules) for refs, ks in groups.values()], axis=2)
    found, at = found[:, :, np.argsort(at, kind="stable")], np.sort(at)
    recent = np.stack([y[:, max(k - enough[1] + 1, 0) : k + 1].sum(axis=1) for k in at], axis=1) >= enough[0]
    shape = (-1,) if np.ndim(counts) == 1 else recent.shape
    expected, upper, dispersion, trend = (table.reshape(shape) for table in found)
    plenty, alarm = recent.reshape(shape), (recent & (y[:, at] > found[1])).reshape(shape)
    why = "the model of some week did not settle" if np.isnan(upper).any() else ""
    return ExpectedRange(expected, upper, alarm, plenty, trend > 0, dispersion, at, why)


def _series(counts: Numbers, population: Numbers | None) -> tuple[Array, Array | None]:
    y = np.atleast_2d(numbers(counts, "counts", minimum=0))
    if y.ndim != 2 or y.size == 0:
        raise BadInput("Counts are neither one series nor series by weeks", remedy="one row a series")
    if population is None:
        return y, None
    people = np.atleast_2d(numbers(population, "population"))
    if people.shape[-1] != y.shape[1] or (people <= 0).any():
        raise BadInput("Population and counts differ in length, or nobody lives there", remedy="one number a week")
    return y, np.log(np.broadcast_to(people, y.shape))


def _designs(
    n: int, weeks: Any, evaluate: Sequence[int] | range | None, shape: tuple[int, int, int, int]
) -> dict[bytes, tuple[Reference, list[int]]]:
    """The weeks to evaluate, together where the same lags and seasons serve (by integers: always)."""
    b, w, periods, skip = shape
    if b < 1 or w < 0 or periods < 1 or skip < 0:
        raise BadInput("b and periods must be 1 or more, w and skip 0 or more", remedy="see the method page")
    days = calendar_weeks(weeks)
    if len(weeks) != n:
        raise BadInput(f"{len(weeks)} weeks for {n} counts", remedy="give one week for each count")
    chosen = range(n) if evaluate is None else [int(k) for k in evaluate]
    same = {k: calendar_years(days, k, b) if days else integer_years(k, b) for k in chosen}
    if evaluate is None:
        same = {k: years for k, years in same.items() if years[-1] >= w}
    if not same or any(k < 0 or k >= n or years[-1] < w for k, years in same.items()):
        raise BadInput(f"A week to evaluate has no {b} years before it", remedy="evaluate later weeks, or lower b")
    groups: dict[bytes, tuple[Reference, list[int]]] = {}
    for k, years in same.items():
        reference = reference_weeks(years, w, periods, skip)
        groups.setdefault(reference.lag.tobytes() + reference.season.tobytes(), (reference, []))[1].append(k)
    return groups


def _one_design(y: Array, people: Array | None, reference: Reference, ks: list[int], rules: Rules) -> Array:
    """Expected, upper, dispersion and trend kept, (4, series, weeks), of all weeks with one design."""
    seasons = np.unique(reference.season)
    if 0 not in seasons or reference.lag.size <= seasons.size + 1:
        raise BadInput("Too few past weeks are left for a model", remedy="raise b or w, or lower skip")
    columns = [-reference.lag / 52.0, *(reference.season == season for season in seasons)]
    design = np.column_stack(columns).astype(np.float64)
    pairs = np.stack(np.meshgrid(np.arange(len(y)), ks, indexing="ij"), axis=-1).reshape(-1, 2)
    parts = []
    for start in range(0, len(pairs), _BATCH):
        rows, now = pairs[start : start + _BATCH].T
        past = now[:, None] - reference.lag[None, :]
        base = None if people is None else people[rows[:, None], past] - people[rows, now][:, None]
        parts.append(thresholds_of(y[rows[:, None], past], design, base, rules))
    return np.concatenate(parts, axis=1).reshape(4, len(y), len(ks))
