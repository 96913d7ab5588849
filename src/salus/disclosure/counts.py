"""Counts behind published figures, by what names them, and what an attacker knows of how they add up."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from salus.disclosure.units import Units

Series = tuple[str, str]
Key = tuple[Series, str, dt.date | None, dt.date | None, str]
OF: Final = "#of"
"""Ends the group of a series that counts the whole of shares."""
SLACK: Final = 1e-6


@dataclass(frozen=True)
class Nesting:
    """What adds up to what: the `city`, and by geography the areas that together make it up.

    `sums` names further series that add up, as ((indicator, group) of the whole, parts); classes by
    ICCS code, labels and hours of one indicator, periods, and series with equal counts are found
    without it. City and areas are treated as if every event were located. `nested`: areas that other areas make up
    exactly, such as districts and the zones in them. `pieces`: the events where areas of two geographies that cross
    each other overlap (indicator, group, area, other, period_start, period_end, source, count, apart: at least so many
    persons, null where it is not known), of earlier releases
    too; never published, but without them nobody can tell what a shown zero of one geography says of the other.

    >>> Nesting("city", {"district": frozenset({"north", "south"})}).city
    'city'
    """

    city: str
    geographies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sums: tuple[tuple[Series, tuple[Series, ...]], ...] = ()
    nested: Mapping[str, frozenset[str]] = field(default_factory=dict)
    pieces: pl.DataFrame | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Count:
    """One row's count as it would be published; `whole` is the count it is a share of, if it is a share.

    `units`: the persons behind it; None where each event stands for itself. `whole_units`: those behind the whole.
    """

    key: Key
    value: float
    threshold: int
    whole: float | None = None
    units: Units | None = None
    whole_units: Units | None = None

    @property
    def is_small(self) -> bool:
        """Whether it speaks of somebody, and of fewer than its threshold."""
        persons = self.value if self.units is None else min(self.units.number, self.value)
        return self.value > 0 and persons < self.threshold - SLACK


def whole_key(key: Key) -> Key:
    """The key of the whole that the count of a share is a part of."""
    (indicator, group), *place = key
    return ((indicator, group + OF), *place)  # type: ignore[return-value]
