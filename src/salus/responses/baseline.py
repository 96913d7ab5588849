"""What a city records in a year, and how many people live there: the base of harm averted and of costs."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from salus.model.city import City
from salus.model.framework import Indicator, Pack, Problem
from salus.model.grades import Grade, worst
from salus.model.tables import key_column
from salus.stats.draws import Array, DrawSource, quantiles

YEARS = 2
Support = tuple[str, str]


@dataclass(frozen=True)
class Baseline:
    """Events recorded in the city over `years` calendar years, and the rows of `estimates` that say so.

    >>> Baseline("A16", 2000.0, 2, "C").yearly
    1000.0
    """

    indicator: str
    events: float
    years: int
    grade: Grade
    support: tuple[Support, ...] = ()

    @property
    def yearly(self) -> float:
        """Events a year."""
        return self.events / self.years

    def draws(self, source: DrawSource) -> Array:
        """Expected events a year: gamma(events + ½) over the years."""
        shape = (self.events + 0.5, 1 / self.years, 0.0)
        return quantiles("gamma", shape, source.uniform(f"baseline|{self.indicator}"))


@dataclass(frozen=True)
class Residents:
    """Persons who live in the city in the latest year with a count, and the row that says so."""

    persons: float
    support: Support


def yearly_counts(estimates: pl.DataFrame, city: City) -> pl.DataFrame:
    """The city's rows of calendar years with events and residents; one a year: best grade, then source."""
    start, end = pl.col("period_start"), pl.col("period_end")
    whole = (start == pl.date(start.dt.year(), 1, 1)) & (end == pl.date(start.dt.year(), 12, 31))
    counted = pl.col("numerator").is_not_null() & (pl.col("denominator") > 0)
    rows = estimates.filter(pl.col("area") == city.scope.area, pl.col("group") == "", whole, counted)
    best = rows.sort("grade", "source").unique(["indicator", "period_start"], keep="first")
    return best.sort("indicator", "period_start").with_columns(key_column("estimates"))


def counts_events(indicator: Indicator) -> bool:
    """Whether its numerator is events that can be averted: not shares, not activity of authorities."""
    outcome = indicator.role == "outcome" and not indicator.enforcement_driven
    return outcome and indicator.measure in {"recorded_rate", "published"} and indicator.per >= 1000


def baseline(counts: pl.DataFrame, pack: Pack, problem: Problem) -> Baseline | None:
    """Events of a problem's main indicator in the last two calendar years; None where nobody counts them."""
    indicator = pack.indicator(problem.indicators[0])
    rows = counts.filter(pl.col("indicator") == indicator.id)
    if not counts_events(indicator) or rows.is_empty():
        return None
    year = pl.col("period_start").dt.year()
    rows = rows.filter(year > year.max() - YEARS)
    support = tuple(("estimates", key) for key in rows["key"])
    grade = worst(*rows["grade"].to_list())
    return Baseline(indicator.id, float(rows["numerator"].sum()), rows.height, grade, support)


def residents(counts: pl.DataFrame, pack: Pack, problems: Sequence[Problem]) -> Residents | None:
    """Residents of the city: the denominator of the latest year of the problems' main indicators."""
    main = [p.indicators[0] for p in problems]
    per_person = [name for name in dict.fromkeys(main) if pack.indicator(name).measure == "recorded_rate"]
    rows = counts.filter(pl.col("indicator").is_in(per_person))
    if rows.is_empty():
        return None
    latest = rows.sort("period_start", "indicator").filter(pl.col("period_start") == pl.col("period_start").max())
    first = latest.row(0, named=True)
    return Residents(float(first["denominator"]), ("estimates", first["key"]))
