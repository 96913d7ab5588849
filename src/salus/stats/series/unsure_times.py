"""Events whose time is known only as an interval, shared out over the times they may have happened.

Import from `salus.stats.series`. Aoristic analysis (Ratcliffe & McCullagh 1998).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.inputs import Array, numbers


@dataclass(frozen=True)
class Aoristic:
    """Expected events in each bin (`expected`), and what lies outside all bins (`outside`), in events.

    `shares` (events × bins) holds the share of each event's possible time that falls in each bin.

    >>> aoristic([0.0], [3.0], [0.0, 1.0, 2.0]).outside
    0.333...
    """

    expected: Array
    shares: Array
    outside: float


def aoristic(start: Any, end: Any, edges: Any) -> Aoristic:
    """The share of each event in each bin, when it happened between `start` and `end`, all times alike.

    `start` and `end` are numbers or dates (datetime64), one an event; `edges`, rising, in the same unit,
    one more than bins. An event with `start` = `end` goes whole to its bin; one on an edge to the bin that
    begins there, on the last edge to the last bin. The shares of an event inside the edges sum to 1.
    Refuses an `end` before its `start`. Source: Ratcliffe (2002), J. Quantitative Criminology 18.

    >>> aoristic([8.0, 9.5], [10.0, 9.5], [8.0, 9.0, 10.0]).expected
    array([0.5, 1.5])
    """
    first, last, bins = _one_scale(start, end, edges)
    if first.ndim != 1 or first.shape != last.shape or bins.ndim != 1 or bins.size < 2:
        raise BadInput("Starts and ends differ in length, or there is no bin", remedy="one start and end an event")
    if (np.diff(bins) <= 0).any():
        raise BadInput("Edges do not rise", remedy="give them in order, each once")
    if (last < first).any():
        rows = np.flatnonzero(last < first)
        raise BadInput(
            f"{rows.size} events end before they start", where=f"first: event {rows[0]}", remedy="correct those rows"
        )
    shares = _shares(first, last, bins)
    expected = shares.sum(axis=0)
    return Aoristic(expected, shares, max(0.0, float(first.size - expected.sum())))


def _one_scale(start: Any, end: Any, edges: Any) -> tuple[Array, Array, Array]:
    given = [np.asarray(each) for each in (start, end, edges)]
    if any(each.dtype.kind == "M" for each in given):
        given = _dates(given)
    first, last, bins = (numbers(each, name) for each, name in zip(given, ("starts", "ends", "edges"), strict=True))
    return first, last, bins


def _dates(given: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Dates as seconds from the first edge, which a float holds exactly."""
    if any(each.dtype.kind != "M" for each in given) or any(np.isnat(each).any() for each in given):
        raise BadInput("Some times are dates and others are not, or are missing", remedy="give all as dates")
    origin = given[2].ravel()[0] if given[2].size else np.datetime64(0, "s")
    return [(each - origin) / np.timedelta64(1, "s") for each in given]


def _shares(first: Array, last: Array, bins: Array) -> Array:
    length = (last - first)[:, None]
    inside = np.minimum(last[:, None], bins[None, 1:]) - np.maximum(first[:, None], bins[None, :-1])
    shares: Array = np.maximum(inside, 0.0) / np.where(length > 0, length, 1.0)
    exact = np.flatnonzero((first == last) & (first >= bins[0]) & (first <= bins[-1]))
    shares[exact] = 0.0
    at = np.minimum(np.searchsorted(bins, first[exact], side="right") - 1, bins.size - 2)
    shares[exact, at] = 1.0
    return shares
