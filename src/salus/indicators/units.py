"""How many persons the counts of an estimate speak of, for the disclosure gate: never a figure of the estimate."""

from typing import Final

import polars as pl

from salus.disclosure import people_of

PEOPLE: Final = (
    pl.col("linked").explode(keep_nulls=False, empty_as_null=False),
    pl.when(pl.col("apart").is_not_null().any()).then(pl.col("apart").sum()).alias("apart"),
)
"""How the people behind counts add up, in an aggregation of counts."""


_UNITS: Final = ("units", "units_apart", "units_most")
_ROW: Final = ("source", "file", "label", "iccs", "tags", "area", "period_start", "period_end")


def units_by_area(counts: pl.DataFrame) -> pl.DataFrame:
    """`units`, `units_apart`, `units_most` of each area's counts together; null where no source says whom they are of.

    Records of a source that does not say it stand for themselves.
    """
    if counts["apart"].null_count() == counts.height:
        return counts.select("area", *(pl.lit(None, pl.Float64).alias(name) for name in _UNITS)).unique()
    filled = counts.with_columns(pl.coalesce("apart", pl.col("count").cast(pl.Float64)))
    summed = filled.group_by("area", maintain_order=True).agg(pl.col("count").sum(), *PEOPLE)
    people = people_of(summed["count"], summed["linked"])
    return summed.select(
        "area", people["units"], pl.col("apart").alias("units_apart"), people["most"].alias("units_most")
    )


def units_together(counts: pl.DataFrame) -> dict[str, float | None]:
    """The same of all these counts together, as fields of one row."""
    found = units_by_area(counts.with_columns(pl.lit("").alias("area")))
    return found.select(_UNITS).row(0, named=True) if found.height else dict.fromkeys(_UNITS)


def units_of_share(part: pl.DataFrame, whole: pl.DataFrame) -> dict[str, float | None]:
    """The same of the part, and `units_of`: the fewest persons behind the whole, or behind the whole less the part."""
    rest = whole.join(part, on=_ROW, how="anti", nulls_equal=True)
    behind = [units_together(counts)["units"] for counts in (whole, rest) if counts["count"].sum() > 0]
    return units_together(part) | {"units_of": min((units for units in behind if units is not None), default=None)}
