"""Somebody who rebuilds the whole city for each candidate, runs the library on it, and compares every released figure.

Has all records but a few: knows how many there are in each area but two, and of those two the sum.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

import salus
from salus.model.tables import TABLES
from tests.unit.small_city import add_records, make_city, square

AREAS = tuple("abcdefghijkl")
FIGURES_OF = {"estimates", "profile", "nexus", "criteria", "priorities", "clusters", "concentration", "series",
              "changes",
              "denominators", "harm", "options", "steps", "portfolio", "information_value"}  # fmt: skip
"""Tables in which figures are compared."""


Days = dict[str, list[str]]
"""The days of the robberies in each area."""


def days_of(counts: Mapping[str, int]) -> Days:
    """So many robberies in each area, spread over two years."""
    return {
        area: [f"{2019 + i % 2}-{(i // 2) % 12 + 1:02d}-{i % 27 + 1:02d}" for i in range(count)]
        for area, count in counts.items()
    }


def moved(days: Days, one: str, other: str, count: int) -> Days:
    """The same days in the city, but `count` robberies in area `one` and the rest of both in the other."""
    both = days[one] + days[other]
    return days | {one: both[:count], other: both[count:]}


def city_with(folder: Path, days: Days) -> Path:
    """A workspace of twelve squares of unlike population with these robberies."""
    rows = [f"Street robbery,{day},21:00:00,0.5,{AREAS.index(area) + 0.5}" for area, own in days.items() for day in own]
    make_city(folder, rows=rows)
    people = {area: 900 + 137 * i for i, area in enumerate(AREAS)}
    features = [square(area, i, 0) for i, area in enumerate(AREAS)]
    for feature in features:
        feature["properties"]["population"] = people[feature["properties"]["area"]]
    place = folder / "geography" / "square" / "areas.geojson"
    place.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    lines = ["geography,area,year,persons", f",toy,2020,{sum(people.values())}"]
    lines += [f"square,{area},2020,{persons}" for area, persons in people.items()]
    columns = {name: name for name in ("geography", "area", "year", "persons")}
    add_records(folder, "census", "\n".join(lines) + "\n", {"kind": "population", "files": "*.csv", "columns": columns})
    return folder


def rebuilt(folder: Path, days: Days) -> tuple[dict[str, pl.DataFrame], salus.Release]:
    """All tables of a run on a city with these robberies, and what a release of it would show."""
    run = salus.run(city_with(folder, days), draws=100)
    return run.folder.tables(), salus.draft(run)


def misses(released: Mapping[str, pl.DataFrame], tried: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str], float]:
    """By table and column, where a candidate's figures are more than a step off the released ones."""
    return {
        (name, column): steps
        for name in sorted(FIGURES_OF & set(released) & set(tried))
        for column, steps in apart(released[name], tried[name], name).items()
        if steps > 1 + 1e-6
    }


def apart(released: pl.DataFrame, tried: pl.DataFrame, name: str) -> dict[str, float]:
    """By how much of a step the candidate's figures miss the released ones at most, for each column.

    A figure is taken to be rounded as coarsely as its digits allow; a step off either way is forgiven.
    """
    keys = list(TABLES[name].key)
    kinds = TABLES[name].columns
    numbers = [c for c in released.columns if kinds.get(c) == pl.Float64 and c not in keys]
    both = released.join(tried, on=keys, suffix="_tried", how="inner", nulls_equal=True)
    found = {}
    for column in numbers:
        pairs = both.select(column, f"{column}_tried").drop_nulls()
        if pairs.height:
            told, made = pairs[column].to_numpy(), pairs[f"{column}_tried"].to_numpy()
            found[column] = float(np.max(np.abs(told - made) / np.array([step_of(x) for x in told])))
    return found


def step_of(figure: float) -> float:
    """The unit of a figure's last digit: 0.01 for 3.27, 10 for 1,240.

    >>> [step_of(x) for x in (3.27, 1240.0, 0.0)]
    [0.01, 10.0, 1.0]
    """
    text = f"{abs(figure):.10g}"
    if "e" in text:
        return 10.0 ** int(text.split("e")[1])
    if "." in text:
        return 10.0 ** -len(text.split(".")[1])
    whole = text.rstrip("0")
    return 10.0 ** (len(text) - len(whole)) if whole else 1.0
