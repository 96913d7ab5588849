"""What is on record of a flow in the city as a whole: activity of authorities, never a volume."""

from typing import Any

import polars as pl

from salus.model.city import City
from salus.model.framework import Flow
from salus.model.grades import GRADES, Grade, capped, worst
from salus.stats.rates import poisson_interval


def recorded(estimates: pl.DataFrame, flow: Flow, city: City) -> pl.DataFrame:
    """The city's real estimates of the flow's pressure over the whole scope, an indicator once.

    Those without evidence are among them, with a null numerator.
    """
    scope = city.scope
    mine = estimates.filter(
        pl.col("indicator").is_in(flow.pressure)
        & (pl.col("area") == scope.area)
        & (pl.col("group") == "")
        & (pl.col("period_start") == scope.start)
        & (pl.col("period_end") == scope.end)
        & ~pl.col("illustrative")
    )
    rank = pl.col("grade").replace_strict({g: i for i, g in enumerate(GRADES)}, return_dtype=pl.Int64)
    return mine.sort(rank, "source").unique("indicator", keep="first", maintain_order=True)


def events_of(rows: pl.DataFrame) -> float | None:
    """Recorded files behind the rows of `recorded`; None where there is no evidence.

    >>> events_of(pl.DataFrame({"numerator": [30.0, None, 12.0]}))
    42.0
    """
    numbers = rows["numerator"].drop_nulls()
    return float(numbers.sum()) if numbers.len() else None


def presence(flow: Flow, rows: pl.DataFrame, city: City) -> dict[str, Any] | None:
    """A row of `flows`: recorded files with exact Poisson limits; where the flow comes from is not known."""
    events = events_of(rows)
    if events is None:
        return None
    limits = poisson_interval(events)
    grades: list[Grade] = rows.drop_nulls("numerator")["grade"].to_list()
    return {
        "commodity": flow.id,
        "origin": "",
        "destination": city.scope.area,
        "kind": "recorded_activity",
        "period": f"{city.scope.start}/{city.scope.end}",
        "quantity": events,
        "unit": "recorded files",
        "low": limits.low,
        "high": limits.high,
        "grade": capped(worst(*grades), "D"),
        "tier": "public",
        "illustrative": False,
    }
