"""Looks whether sources agree on how many people live somewhere; a rate is no better than what it divides by."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from salus.model.city import City, Geography
from salus.model.findings import DataFinding

APART: Final = 1.10
"""Two figures for the same people that differ by more than this ratio are in conflict."""


def denominators(
    population: list[pl.DataFrame], geographies: dict[str, Geography], city: City
) -> Iterator[DataFinding]:  # fmt: skip
    """One finding for each area and year that two sources count differently, and for areas that do not add up."""
    rows = pl.concat(population).drop_nulls("persons") if population else pl.DataFrame()
    if rows.height:
        grouped = rows.group_by("area", "year").agg(
            pl.col("persons").min().alias("low"),
            pl.col("persons").max().alias("high"),
            pl.col("source").sort_by("persons").first().alias("fewer"),
            pl.col("source").sort_by("persons").last().alias("more"),
            pl.col("file").sort_by("persons").last().alias("file"),
        )
        for row in grouped.filter(pl.col("high") > APART * pl.col("low")).sort("area", "year").iter_rows(named=True):
            yield _conflict(row["file"], f"{row['area']} in {row['year']}", row["low"], row["fewer"], row["high"],
                            row["more"])  # fmt: skip
    yield from _whole(rows, geographies, city)


def _whole(rows: pl.DataFrame, geographies: dict[str, Geography], city: City) -> Iterator[DataFinding]:
    """The persons of a vintage's areas, added up, against the city's own figure of the nearest kind."""
    own = rows.filter(pl.col("area") == city.scope.area) if rows.height else rows
    if own.height == 0:
        return
    stated = own.sort("year").tail(1).row(0, named=True)
    for geography in geographies.values():
        known = geography.areas.drop_nulls("population")
        if known.height == 0 or known.height < geography.areas.height:
            continue
        summed = float(known["population"].sum())
        low, high = sorted((summed, float(stated["persons"])))
        if high > APART * low:
            names = {summed: f"the areas of {geography.id} together", float(stated["persons"]): stated["source"]}
            yield _conflict(geography.file, city.scope.area, low, names[low], high, names[high])


def _conflict(file: str, what: str, low: float, fewer: str, high: float, more: str) -> DataFinding:
    return DataFinding(
        file,
        "denominators_conflict",
        f"{what}: {low:,.0f} persons by {fewer}, {high:,.0f} by {more}",
        "say in the origin which one is used and why; until then rates carry both",
        severity="warning",
        column="persons",
        value=f"{high:g}",
    )
