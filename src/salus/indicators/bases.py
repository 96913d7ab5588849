"""One rate by every denominator there is: residents by other sources, households, people who are there by day."""

from typing import Any, Final

import polars as pl

from salus.indicators.counted import RESIDENTS, Period, persons
from salus.model.city import City, Evidence
from salus.model.framework import Pack
from salus.model.tables import TABLES
from salus.stats.rates import poisson_interval

ALIKE: Final = 1.005
"""Denominators within half a percent are one."""
_NEARLY_ALL: Final = 0.98
"""Sums over areas count as the city's only if at most 2 % of its areas lack a figure."""


def by_every_base(estimates: pl.DataFrame, evidence: Evidence, pack: Pack, city: City) -> pl.DataFrame:
    """The table `denominators`: rates of the city over the whole period, one row for each figure of what is divided by.

    Rates of recorded outcomes only. A figure is one source and basis in `population`, or the sum over all areas of a
    vintage (residents). Nothing is said where there is only one, or where all agree within half a percent.
    """
    period = Period(city.scope.start, city.scope.end)
    figures = _figures(evidence, city, period)
    if len(figures) < 2 or max(f["persons"] for f in figures) < ALIKE * min(f["persons"] for f in figures):
        return TABLES["denominators"].frame()
    made: list[dict[str, Any]] = []
    whole = estimates.filter(
        (pl.col("group") == "") & (pl.col("area") == city.scope.area) & (pl.col("period_start") == period.start)
        & (pl.col("period_end") == period.end)
    ).drop_nulls("numerator")  # fmt: skip
    for row in whole.to_dicts():
        indicator = pack.indicator(row["indicator"])
        if indicator.measure != "recorded_rate" or indicator.role != "outcome":
            continue
        used = row["denominator"] / period.years
        for figure in figures:
            rate = poisson_interval(row["numerator"], figure["persons"] * period.years / indicator.per)
            made.append(
                figure | {
                    "indicator": indicator.id, "area": row["area"], "period_start": period.start,
                    "period_end": period.end, "value": rate.value, "low": rate.low, "high": rate.high,
                    "ratio": used / figure["persons"],
                    "unit": indicator.unit.replace(RESIDENTS, figure["basis"]), "grade": row["grade"],
                    "used": abs(figure["persons"] / used - 1) < 1e-9, "source": row["source"],
                    "illustrative": row["illustrative"],
                }
            )  # fmt: skip
    return TABLES["denominators"].frame(made)


def _figures(evidence: Evidence, city: City, period: Period) -> list[dict[str, Any]]:
    table = evidence.population.filter(pl.col("geography").fill_null("") == "").filter(
        pl.col("area") == city.scope.area
    )
    found: list[dict[str, Any]] = []
    for (basis, source), _ in table.group_by(["basis", "source"], maintain_order=True):
        people = persons(evidence, "", period, basis=str(basis), source=str(source)).get(city.scope.area)
        if people is not None:
            found.append({"basis": str(basis), "by": str(source), "persons": people.persons})
    for name, geography in evidence.geographies.items():
        by_area = persons(evidence, name, period)
        if by_area and len(by_area) >= _NEARLY_ALL * geography.areas.height:
            summed = sum(people.persons for people in by_area.values())
            found.append({"basis": "residents", "by": f"sum over {name}", "persons": summed})
    return found
