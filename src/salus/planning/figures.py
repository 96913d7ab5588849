"""Where a problem stands and where it could be at the end of the plan, always as a range."""

import polars as pl

from salus.model.framework import Indicator
from salus.planning.view import PlanView, Row, rounded

PROCESS = "process target: carried out as planned and reported by its lead; no figure is claimed"
EXPECTED = (
    "range of recorded events averted a year that is expected of this action alone, with the published effect"
    " moved toward no effect where it comes from other cities"
)


def baseline(view: PlanView, indicator: Indicator) -> Row | None:
    """The latest figure of an indicator for the city, else for the nearest wider area; None without any."""
    row = _latest(view, indicator.id)
    if row is None:
        return None
    return {
        "value": rounded(row["value"]), "low": rounded(row["low"]), "high": rounded(row["high"]),
        "unit": row["unit"], "grade": row["grade"], "area": row["area"],
        "period": f"{row['period_start']}/{row['period_end']}", "trail": row["key"],
    }  # fmt: skip


def target(view: PlanView, indicator: Indicator, option: Row, *, claimed: bool) -> Row:
    """The indicator's range in the last year of the plan, from the harm an option is expected to avert.

    A process target where nothing is claimed, or where a fall of the indicator need not be good (more
    records may mean more trust).
    """
    row = _counted(view, indicator) if claimed else None
    if row is None:
        return {"low": None, "high": None, "year": view.last_year, "basis": PROCESS}
    one = row["value"] / row["numerator"]
    low, high = (max(0.0, row["value"] - one * option[f"harm_{end}"]) for end in ("high", "low"))
    return {"low": rounded(low), "high": rounded(high), "year": view.last_year, "basis": EXPECTED}


def _counted(view: PlanView, indicator: Indicator) -> Row | None:
    """The city's own latest figure, if it counts events of which fewer is better."""
    row = _latest(view, indicator.id)
    if row is None or row["area"] != view.city.scope.area or indicator.direction != "higher_is_worse":
        return None
    return row if (row["numerator"] or 0) > 0 else None


def _latest(view: PlanView, indicator: str) -> Row | None:
    """A calendar year where there is one: whole-scope and monthly figures are not what a year is held to."""
    known = view.estimates.filter(pl.col("indicator") == indicator)
    start, end = pl.col("period_start"), pl.col("period_end")
    whole = (start == pl.date(start.dt.year(), 1, 1)) & (end == pl.date(start.dt.year(), 12, 31))
    for area in (view.city.scope.area, *view.city.wider):
        rows = known.filter(pl.col("area") == area)
        years = rows.filter(whole)
        best = (years if years.height else rows).sort(
            ["period_end", "period_start", "grade", "source"], descending=[True, True, False, False]
        )
        if best.height:
            return best.row(0, named=True)
    return None
