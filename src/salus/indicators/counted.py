"""Selects the counts an indicator is made of, and the people they are divided by."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from salus.model.city import City, Evidence
from salus.model.framework import Selection

_DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Period:
    """A span of days, both ends included."""

    start: dt.date
    end: dt.date

    @property
    def years(self) -> float:
        """Length in years; a calendar year is exactly 1.

        >>> Period(dt.date(2019, 1, 1), dt.date(2022, 12, 31)).years
        4.0
        """
        first, after = self.start, self.end + dt.timedelta(days=1)
        if (first.month, first.day) == (after.month, after.day):
            return float(after.year - first.year)
        return (after - first).days / _DAYS_A_YEAR


def calendar_years(city: City) -> tuple[Period, ...]:
    """The whole calendar years inside the assessed period."""
    start, end = city.scope.start, city.scope.end
    years = range(start.year, end.year + 1)
    spans = (Period(dt.date(y, 1, 1), dt.date(y, 12, 31)) for y in years)
    return tuple(span for span in spans if span.start >= start and span.end <= end)


def pooled(city: City) -> Period:
    """The whole assessed period."""
    return Period(city.scope.start, city.scope.end)


def recent(city: City) -> Period:
    """The last two calendar years, or the last one, or the whole period if there is none."""
    years = calendar_years(city)[-2:]
    return Period(years[0].start, years[-1].end) if years else pooled(city)


def selected(counts: pl.DataFrame, selection: Selection) -> pl.DataFrame:
    """The counts of the offences a selection names, by ICCS code and tags."""
    codes = "^(" + "|".join(selection.iccs) + ")"
    tags = pl.col("tags").str.split(";")
    wanted = pl.col("iccs").str.contains(codes)
    for tag in selection.with_tags:
        wanted = wanted & tags.list.contains(tag)
    for tag in selection.without_tags:
        wanted = wanted & ~tags.list.contains(tag)
    return counts.filter(wanted)


SMALL_PART = 0.1


def during(counts: pl.DataFrame, period: Period) -> pl.DataFrame | None:
    """The counts inside a period; None if counts over longer periods would make the sum half a sum.

    Counts that are published for longer periods only (small protected groups) may be left out while they
    are, by their share of the days, less than a tenth of the whole; `left_out` tells how many.
    """
    start, end = pl.col("period_start"), pl.col("period_end")
    inside = (start >= period.start) & (end <= period.end)
    over = left_out(counts, period)
    whole = counts.filter(inside)
    if over > 0 and over >= SMALL_PART * (over + float(whole["count"].sum())):
        return None
    return whole


def left_out(counts: pl.DataFrame, period: Period) -> float:
    """Events of a period that are counted only over longer periods, by their share of the days."""
    start, end = pl.col("period_start"), pl.col("period_end")
    inside = (start >= period.start) & (end <= period.end)
    touching = (start <= period.end) & (end >= period.start)
    over = counts.filter(touching & ~inside & (pl.col("count") > 0))
    if over.height == 0:
        return 0.0
    first, last = pl.max_horizontal(start, pl.lit(period.start)), pl.min_horizontal(end, pl.lit(period.end))
    share = ((last - first).dt.total_days() + 1) / ((end - start).dt.total_days() + 1)
    return float(over.select((pl.col("count") * share).sum()).item())


@dataclass(frozen=True)
class Denominator:
    """Persons of one area in a period, and the row of the source that says so."""

    persons: float
    source: str
    file: str
    row: int
    held: bool
    """True where the nearest year had to stand for the period."""


RESIDENTS = "residents"


def persons(
    evidence: Evidence, geography: str, period: Period, *, basis: str = RESIDENTS, source: str = ""
) -> dict[str, Denominator]:
    """Persons by area in the middle of a period: between two counted years on a straight line, outside
    them the nearest counted year. Areas without a population are not in the result.

    `basis`: residents, or another one a source states; `source`: of this source only, otherwise the first one
    by name that counts an area in a year.
    """
    table = evidence.population.filter(
        (pl.col("geography").fill_null("") == geography) & (pl.col("basis") == basis)
    ).drop_nulls("persons")
    table = table.filter(pl.col("source") == source) if source else table.unique(
        ["area", "year"], keep="first", maintain_order=True
    )  # fmt: skip
    middle = (period.start.year + period.end.year) / 2
    found: dict[str, Denominator] = {}
    for (area,), rows in table.sort("area", "year").group_by(["area"], maintain_order=True):
        years, counts = rows["year"].to_list(), rows["persons"].to_list()
        value = _between(years, counts, middle)
        nearest = min(range(len(years)), key=lambda i: (abs(years[i] - middle), -years[i]))
        if value > 0:
            found[str(area)] = Denominator(
                value,
                rows["source"][nearest],
                rows["file"][nearest],
                rows["row"][nearest],
                held=not years[0] <= middle <= years[-1],
            )
    return found


def _between(years: list[int], counts: list[float], at: float) -> float:
    if at <= years[0]:
        return counts[0]
    for (y0, n0), (y1, n1) in zip(
        zip(years, counts, strict=True), zip(years[1:], counts[1:], strict=True), strict=False
    ):
        if y0 <= at <= y1:
            return n0 + (n1 - n0) * (at - y0) / (y1 - y0)
    return counts[-1]
