"""An invented city of three blocks, small enough to score by hand; `a` and `b` 1,000 people, `c` 2,000.

Two neighbourhoods people recognise: `north` holds `a` and half of `b`, `south` the rest.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import polars as pl

from salus.model.city import City, Evidence
from tests.unit import builders

PEOPLE = {"a": 1000.0, "b": 1000.0, "c": 2000.0}
CROSSWALK = [("a", "north", 1.0), ("b", "north", 0.5), ("b", "south", 0.5), ("c", "south", 1.0)]
NEIGHBOURHOODS = "neighbourhoods"


def blocks(people: Mapping[str, float] | None = None, *, crosswalk: bool = True) -> Evidence:
    """Evidence with the three blocks (or others) and, if wanted, the crosswalk to neighbourhoods."""
    found = builders.evidence(dict(people or PEOPLE))
    rows = CROSSWALK if crosswalk else []
    frame = pl.DataFrame(rows, schema={"area": pl.String, "shown_area": pl.String, "share": pl.Float64},
                         orient="row")  # fmt: skip
    return dataclasses.replace(found, crosswalk=frame)


def shown_city() -> City:
    """The city whose people recognise neighbourhoods."""
    plain = builders.city()
    return plain.model_copy(update={"scope": plain.scope.model_copy(update={"shown": NEIGHBOURHOODS})})


def fixed_rates(code: str, values: Mapping[str, float], **changes: Any) -> list[dict[str, Any]]:
    """Estimates by area over the whole scope that are known exactly; ten recorded files behind each."""
    return [
        builders.rate(code, 10, area=area, year=None)
        | {"value": value, "low": value, "high": value, "family": "fixed", "p1": value}
        | changes
        for area, value in values.items()
    ]


def fixed_shares(code: str, values: Mapping[str, float], **changes: Any) -> list[dict[str, Any]]:
    """Percentages by area that are known exactly."""
    return [
        builders.percent(code, value, area=area) | {"low": value, "high": value, "family": "fixed"} | changes
        for area, value in values.items()
    ]


def recorded_rates(code: str, events: Mapping[str, float], **changes: Any) -> list[dict[str, Any]]:
    """Estimates by area from recorded files, with a gamma distribution, for blocks of 1,000 people."""
    return [
        builders.rate(code, count, area=area, year=None, persons=1000.0) | changes for area, count in events.items()
    ]
