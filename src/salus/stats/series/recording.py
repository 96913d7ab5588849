"""Whether a change is one of recording: all offences jump at once, or late registrations are missing.

Import from `salus.stats.series`. Screens, not proofs: what they flag, a person has to ask about.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers

_SMALLEST_SPREAD = 1e-9


@dataclass(frozen=True)
class RecordingBreak:
    """A period at which most offences change level at once, as when a form, a code or a system changes.

    `position` is the first period after the change, from 0, and -1 if there is none. `ratio` is the
    median level after over before, `share` the part of the offences that changed with it, in the same
    direction and beyond chance; `ratios` has one element an offence. `flag` is True where `share` reaches
    the limit.

    >>> recording_break([[10, 11, 10, 11] * 6, [20, 21, 20, 21] * 6]).flag
    False
    """

    flag: bool
    position: int
    ratio: float
    share: float
    ratios: Array
    reason: str = ""


def recording_break(counts: Numbers, *, window: int = 12, limit: float = 0.8, z: float = 2.58) -> RecordingBreak:
    """The period at which the largest share of offences changes level together, if it reaches `limit`.

    `counts` is offences × periods. For every period with `window` periods on both sides, the mean of
    square roots (of counts + 3/8) after is compared with that before, in standard errors from the variance
    within the two windows, at least that of Poisson counts. An offence changes with it if that is beyond
    ±`z`. The flag is for the direction most offences share. A real fall of all crime
    at once, such as a curfew, looks the same. Refuses fewer than two offences or 2·`window` periods.

    >>> import numpy as np
    >>> counts = np.random.default_rng(1).poisson(30, (5, 48))
    >>> counts[:, 30:] *= 2
    >>> found = recording_break(counts)
    >>> found.flag, found.position, found.share
    (True, 30, 1.0)
    """
    y = numbers(counts, "counts", minimum=0)
    if y.ndim != 2 or y.shape[0] < 2 or window < 2 or y.shape[1] < 2 * window:
        raise BadInput(
            "A recording break needs two offences or more, and a window on both sides",
            remedy="give offences × periods, and a window of at most half the periods",
        )
    root = np.sqrt(y + 0.375)
    windows = np.lib.stride_tricks.sliding_window_view(root, window, axis=1)
    before, after = windows[:, : y.shape[1] - 2 * window + 1], windows[:, window:]
    variance = (before.var(axis=2, ddof=1) + after.var(axis=2, ddof=1)) / 2
    score = (after.mean(axis=2) - before.mean(axis=2)) / np.sqrt(2 * np.maximum(variance, 0.25) / window)
    together = np.stack([(score > z).mean(axis=0), (score < -z).mean(axis=0)])
    # Where several periods have the same share, the one with the clearest change.
    strength = together.max(axis=0) + _SMALLEST_SPREAD * np.abs(np.median(score, axis=0))
    best = int(strength.argmax())
    share, position = float(together[:, best].max()), best + window
    old, new = y[:, best:position].mean(axis=1), y[:, position : position + window].mean(axis=1)
    ratios = np.divide(new, old, out=np.full(old.size, np.nan), where=old > 0)
    if share < limit:
        nan = float("nan")
        return RecordingBreak(False, -1, nan, share, np.full(old.size, nan), "offences do not change together")
    return RecordingBreak(True, position, float(np.nanmedian(ratios)), share, ratios)


@dataclass(frozen=True)
class ReportingLag:
    """How complete the events of recent periods are, and how many to expect once all are registered.

    `completeness` (0 to 1) and `expected` (events) have one element a period, in the order of
    `periods`; `registered` are those known so far. `by_delay` is the share registered within 0, 1, 2, …
    periods. NaN before any delay was seen; `reason` says so.

    >>> reporting_lag([0, 0, 1], [0, 1, 1], until=1).registered
    array([2., 1.])
    """

    periods: NDArray[np.int64]
    registered: Array
    completeness: Array
    expected: Array
    by_delay: Array
    reason: str = ""


def reporting_lag(event: Any, registered: Any, *, until: int | None = None, longest: int = 12) -> ReportingLag:
    """The share of events already registered, by the chain ladder, from two period numbers an event.

    `event` and `registered` are whole periods (month numbers, say), one of each an event; `until` is the
    last period of which all registrations are known (the latest seen, if not given). Delays over
    `longest` count as complete. The step from one delay to the next is the ratio of sums over the
    periods that have seen both. Assumes that delays do not change over time. Refuses a registration
    before its event. Source: Mack (1993), ASTIN Bulletin 23.

    >>> lag = reporting_lag([0, 0, 1, 1, 2], [0, 1, 1, 2, 2], until=2)
    >>> lag.completeness, lag.expected
    (array([1. , 1. , 0.5]), array([2., 2., 2.]))
    """
    happened, known = (_periods(each) for each in (event, registered))
    if happened.shape != known.shape or happened.size == 0 or (known < happened).any():
        raise BadInput("A registration lies before its event, or is missing", remedy="one of each an event, in order")
    last = int(known.max()) if until is None else until
    seen = known <= last
    first, delay = int(happened.min()), np.minimum(known - happened, longest)[seen]
    n, most = last - first + 1, min(longest, last - first)
    if n < 1:
        raise BadInput("All events lie after the last known period", remedy="give a later `until`")
    triangle = np.zeros((n, most + 1))
    np.add.at(triangle, (happened[seen] - first, delay), 1.0)
    steps = _steps(np.cumsum(triangle, axis=1))
    by_delay = np.concatenate([1 / np.cumprod(steps[::-1])[::-1], [1.0]])
    age = np.minimum(n - 1 - np.arange(n), most)
    counted = triangle.sum(axis=1)
    complete = by_delay[age]
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(complete > 0, counted / complete, np.nan)
    why = "no delay of some length was seen yet" if np.isnan(by_delay).any() else ""
    return ReportingLag(np.arange(first, last + 1), counted, complete, expected, by_delay, why)


def _periods(values: Any) -> NDArray[np.int64]:
    array = numbers(values, "periods")
    if (array != np.floor(array)).any() or array.ndim != 1:
        raise BadInput("Periods are not whole numbers", remedy="number the months or weeks")
    return array.astype(np.int64)


def _steps(known: Array) -> Array:
    """How registered counts grow from each delay to the next, in the periods old enough to tell."""
    n, delays = known.shape
    steps = np.full(delays - 1, np.nan)
    for delay in range(delays - 1):
        old = n - delay - 1
        base = known[:old, delay].sum()
        if base > 0:
            steps[delay] = known[:old, delay + 1].sum() / base
    return steps
