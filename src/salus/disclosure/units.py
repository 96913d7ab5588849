"""How many persons a count of events speaks of, for many cells at once: the number to hold against a threshold.

`distinct_victims` says it for one cell by name; here victims are numbers and only those with other records are listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from salus.errors import BadInput
from salus.model.tables import UNITS

DOMINANT: Final = 0.75
"""Share of the events of a cell above which one offender makes all its victims one."""


@dataclass(frozen=True)
class Units:
    """The persons behind a count: exactly (`number`), a part of it that adds up over cells (`apart`, never above
    `number`), and `most`, the events of the offender who has most of them."""

    number: float
    apart: float
    most: float = 0.0

    def within(self, events: float) -> "Units":
        """The same, but never more persons than events."""
        return Units(min(self.number, events), min(self.apart, events), min(self.most, events))


def protected_units(events: pl.Series, linked: pl.Series, k: float = DOMINANT) -> pl.Series:
    """Persons of each cell: single events, distinct units, and as one all units of an offender with most events.

    `events` counts the events of each cell; `linked` lists those of them that hang together with others, as structs of
    unit, offender (null: none that others have) and n. Events in no list stand for themselves. All units that occur
    with an offender who has more than `k` of the cell's events count as one, as in `distinct_victims`.

    >>> robber = [{"unit": victim, "offender": 9, "n": 2} for victim in (1, 2, 3, 4)]
    >>> linked = pl.Series([robber, [{"unit": 7, "offender": None, "n": 6}], None])
    >>> protected_units(pl.Series([9, 8, 5]), linked).to_list()
    [2.0, 3.0, 5.0]
    """
    return people_of(events, linked, k)["units"]


def people_of(events: pl.Series, linked: pl.Series, k: float = DOMINANT) -> pl.DataFrame:
    """`protected_units` of each cell as `units`, and as `most` the events of the offender who has most of them."""
    if not 0.5 <= k < 1:
        raise BadInput(f"A share of {k} cannot dominate", where="protected_units", remedy="use 0.5 to below 1")
    cells = pl.DataFrame({"events": events.cast(pl.Float64)}).with_row_index("cell")
    if linked.dtype == pl.Null or linked.null_count() == linked.len():
        return cells.select(pl.col("events").alias("units"), pl.lit(0.0).alias("most"))
    links = cells.select("cell", linked.alias("link")).explode("link").drop_nulls("link").unnest("link")
    tied = links.group_by("cell").agg(pl.col("n").sum(), pl.col("unit").n_unique().alias("distinct"))
    by_offender = links.drop_nulls("offender").group_by("cell", "offender")
    acts = by_offender.agg(pl.col("n").sum().alias("most"), pl.col("unit").n_unique().alias("victims"))
    first = acts.sort("cell", "most", descending=[False, True]).unique("cell", keep="first", maintain_order=True)
    both = cells.join(tied, on="cell", how="left", maintain_order="left")
    both = both.join(first, on="cell", how="left", maintain_order="left").fill_null(0)
    rules = (pl.col("most") > k * pl.col("events")) & (pl.col("victims") > 0)
    joined = pl.when(rules).then(pl.col("victims").cast(pl.Float64) - 1).otherwise(0.0)
    units = pl.col("events") - pl.col("n") + pl.col("distinct") - joined
    return both.select(units.cast(pl.Float64).alias("units"), pl.col("most").cast(pl.Float64))


def stated_units(row: Mapping[str, Any]) -> Units | None:
    """The persons behind a row of `estimates`, by its columns `UNITS`; None where it does not say."""
    number, apart, most = (row.get(name) for name in UNITS[:3])
    return None if number is None else Units(float(number), float(apart or 0.0), float(most or 0.0))


def stated_whole(row: Mapping[str, Any]) -> Units | None:
    """The persons behind the denominator of a share, or behind its rest if they are fewer."""
    number = row.get(UNITS[3])
    return None if number is None else Units(float(number), np.inf)


def fewer(one: Units | None, other: Units | None) -> Units | None:
    """What is sure of one count of which two rows speak; None stands for itself."""
    if one is None or other is None:
        return one or other
    return Units(min(one.number, other.number), min(one.apart, other.apart), max(one.most, other.most))


def of_rest(whole: tuple[float, Units | None], parts: Sequence[tuple[float, Units | None]]) -> Units | None:
    """At least so many persons are behind a whole less its parts; each given as events and the persons behind them.

    `apart` adds up. Distinct units do so at most: those of the rest are at least the whole's less the parts', where an
    offender who rules a part has joined as many of its units as events, and where none can rule the rest.

    >>> of_rest((20, Units(15, 14)), [(8, Units(8, 7))])
    Units(number=7.0, apart=7.0, most=0.0)
    >>> of_rest((20, None), [(8, None)]) is None
    True
    """
    if whole[1] is None and all(units is None for _, units in parts):
        return None
    events = whole[0] - sum(count for count, _ in parts)
    known = _known(*whole)
    pieces = [(count, _known(count, units)) for count, units in parts]
    apart = known.apart - sum(units.apart for _, units in pieces)
    distinct = known.number - sum(_distinct_at_most(count, units) for count, units in pieces)
    number = apart if known.most > DOMINANT * events else max(apart, distinct)
    return Units(float(max(number, 0.0)), float(max(apart, 0.0)), known.most).within(events)


def _known(events: float, units: Units | None) -> Units:
    return Units(events, events) if units is None else units.within(events)


def _distinct_at_most(events: float, units: Units) -> float:
    """Distinct units of a cell before those of a ruling offender were joined."""
    ruled = units.most > DOMINANT * events
    return min(units.number + (units.most - 1 if ruled else 0.0), events)
