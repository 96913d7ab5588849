"""Carries figures of one vintage of areas to another along a crosswalk: counts are divided, rates averaged.

A figure that rests on a divided area is an assumption about where in it people live; it bears the flag `crosswalked`.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from salus.errors import BadInput
from salus.evidence.crosswalk import FLAG, Crosswalk

_WHOLE: Final = 1 - 1e-9


@dataclass(frozen=True)
class Carried:
    """Figures of the areas of the other vintage, and what could not be carried.

    `values`: area, value (null where it is not known), known, flags. `known` is the share of what the value rests on
    (parts of areas for counts, people for rates) whose figures were given. `outside`: the sum of counts in ground that
    no area of the other vintage holds; 0 for rates.
    """

    values: pl.DataFrame
    outside: float


def apply_counts(crosswalk: Crosswalk, counts: pl.DataFrame) -> Carried:
    """Counts or populations (columns area, value) of the areas of the other vintage.

    What is carried and what is outside sum to what was given. An area without a row, or with null, is not known, and
    then nor is any area that holds a part of it: a count of zero must be given as 0. Raises `BadInput` for an area that
    the crosswalk does not know, and for one given twice.

    >>> from salus.evidence.crosswalk import area_weighted, vintage_of
    >>> import shapely
    >>> old = vintage_of("old", {"b": shapely.box(0, 0, 2, 1)})
    >>> new = vintage_of("new", {"west": shapely.box(0, 0, 1, 1), "east": shapely.box(1, 0, 3, 1)})
    >>> carried = apply_counts(area_weighted(old, new), pl.DataFrame({"area": ["b"], "value": [50]})).values
    >>> [(row["area"], round(row["value"], 6), row["flags"]) for row in carried.to_dicts()]
    [('east', 25.0, 'crosswalked'), ('west', 25.0, 'crosswalked')]
    """
    given = _given(crosswalk, counts)
    parts = crosswalk.links.join(given, on="area", how="left")
    known = pl.col("value").is_not_null()
    summed = parts.group_by("shown_area").agg(
        pl.when(known.all()).then((pl.col("value") * pl.col("share")).sum()).alias("value"),
        known.mean().alias("known"),
        _flags(),
    )
    lost = crosswalk.outside.join(given, on="area").select((pl.col("value") * pl.col("outside")).sum()).item()
    return Carried(_sorted(summed), float(lost))


def apply_rates(crosswalk: Crosswalk, rates: pl.DataFrame, people: pl.DataFrame) -> Carried:
    """Rates, scores or shares of people (columns area, value) of the areas of the other vintage: the mean over people.

    `people` (area, value): persons of the areas the rates are of. Where rates are known for a part of the people only,
    the mean is over that part and `known` says how large it is. Raises `BadInput` as `apply_counts`, and for an area
    with a rate whose persons are not given.

    >>> from salus.evidence.crosswalk import area_weighted, vintage_of
    >>> import shapely
    >>> old = vintage_of("old", {"a": shapely.box(0, 0, 1, 1), "b": shapely.box(1, 0, 2, 1)})
    >>> new = vintage_of("new", {"all": shapely.box(0, 0, 2, 1)})
    >>> rates = pl.DataFrame({"area": ["a", "b"], "value": [10.0, 40.0]})
    >>> people = pl.DataFrame({"area": ["a", "b"], "value": [200, 100]})
    >>> apply_rates(area_weighted(old, new), rates, people).values.to_dicts()
    [{'area': 'all', 'value': 20.0, 'known': 1.0, 'flags': ''}]
    """
    given, persons = _given(crosswalk, rates), _given(crosswalk, people).rename({"value": "persons"})
    without = given.drop_nulls("value").join(persons.drop_nulls("persons"), on="area", how="anti")["area"].sort()
    if without.len():
        raise BadInput(
            f"{without.len()} areas have a rate but no persons, such as '{without[0]}'",
            where="people",
            remedy="give their persons, or null as their rate",
        )
    parts = crosswalk.links.join(given, on="area", how="left").join(persons, on="area", how="left")
    weight = pl.col("share") * pl.col("persons").fill_null(0.0)
    held = weight.filter(pl.col("value").is_not_null()).sum()
    mean = parts.group_by("shown_area").agg(
        pl.when(held > 0).then((pl.col("value") * weight).sum() / held).alias("value"),
        pl.when(weight.sum() > 0).then(held / weight.sum()).otherwise(0.0).alias("known"),
        _flags(),
    )
    return Carried(_sorted(mean), 0.0)


def _flags() -> pl.Expr:
    return pl.when((pl.col("share") < _WHOLE).any()).then(pl.lit(FLAG)).otherwise(pl.lit("")).alias("flags")


def _sorted(values: pl.DataFrame) -> pl.DataFrame:
    return values.rename({"shown_area": "area"}).select("area", "value", "known", "flags").sort("area")


def _given(crosswalk: Crosswalk, values: pl.DataFrame) -> pl.DataFrame:
    """Area and value as a number; refuses areas that are not in the crosswalk, or there twice."""
    given = values.select(pl.col("area").cast(pl.String), pl.col("value").cast(pl.Float64))
    unknown = given.join(crosswalk.outside, on="area", how="anti")["area"]
    if unknown.len():
        raise BadInput(
            f"'{unknown[0]}' is no area of {crosswalk.from_}",
            where="area",
            remedy=f"give figures of {crosswalk.from_}; {unknown.len()} areas are not in it",
        )
    twice = given.filter(pl.col("area").is_duplicated())["area"]
    if twice.len():
        raise BadInput(f"'{twice[0]}' is there more than once", where="area", remedy="give one figure for each area")
    return given
