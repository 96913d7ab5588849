"""What a plan draws on in one view of a run: rows of the tables, found by what they are about."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from salus.model.city import City, Decisions
from salus.model.framework import Intervention, Pack, Problem
from salus.model.tables import key_column

Row = dict[str, Any]
Tables = dict[str, pl.DataFrame]
DIGITS = 4


@dataclass(frozen=True)
class PlanView:
    """One view: `ranked` are the priorities in order of expected rank, `top` the first of them."""

    illustrative: bool
    pack: Pack
    city: City
    decisions: Decisions
    ranked: list[Row]
    options: list[Row]
    portfolio: list[Row]
    steps: list[Row]
    leads: dict[tuple[str, int], Row]
    cells: list[Row]
    estimates: pl.DataFrame

    @property
    def top(self) -> list[Row]:
        """The first problems, as many as were decided."""
        return self.ranked[: self.decisions.top]

    @property
    def interventions(self) -> dict[str, Intervention]:
        """Interventions of the pack by id."""
        return {item.id: item for item in self.pack.interventions}

    @property
    def problems(self) -> dict[str, Problem]:
        """Problems of the pack by id."""
        return {item.id: item for item in self.pack.problems}

    @property
    def last_year(self) -> int:
        """The calendar year in which the plan ends."""
        return self.decisions.cycle + self.decisions.years - 1

    def named(self, stem: str) -> str:
        """A stable id in this view: the same thing has the same id in every run."""
        return f"{stem}-illustrative" if self.illustrative else stem

    def leads_of(self, intervention: str) -> list[Row]:
        """The leads of all functions an intervention needs, the first of which leads it."""
        item = self.interventions[intervention]
        return [self.leads[function, item.min_capacity] for function in item.functions]

    def cell(self, function: str, level: str, institution: str) -> Row | None:
        """The governance cell of that place, if it was rated."""
        place = (function, level, institution)
        same = (c for c in self.cells if (c["function"], c["level"], c["institution"]) == place)
        return next(same, None)


def view_of(
    tables: Tables, pack: Pack, city: City, decisions: Decisions, *, illustrative: bool
) -> PlanView:  # fmt: skip
    """The rows of one view; a ranking or estimates without invented answers serve both views."""
    own = {name: _rows(tables[name], illustrative=illustrative) for name in _VIEWED}
    priorities = tables["priorities"]
    ranked = priorities.filter(pl.col("illustrative") == illustrative)
    if ranked.is_empty():
        ranked = priorities.filter(~pl.col("illustrative"))
    seen = tables["estimates"].filter(pl.col("value").is_not_null(), pl.col("group") == "")
    seen = seen if illustrative else seen.filter(~pl.col("illustrative"))
    places = [city.scope.area, *city.wider]
    return PlanView(
        illustrative, pack, city, decisions,
        ranked=ranked.sort("expected_rank", "problem", nulls_last=True).rows(named=True),
        options=own["options"], portfolio=own["portfolio"], steps=own["steps"],
        leads={(row["function"], row["min_capacity"]): row for row in own["leads"]},
        cells=own["gaps"],
        estimates=seen.filter(pl.col("area").is_in(places)).with_columns(key_column("estimates")),
    )  # fmt: skip


def views(tables: Tables) -> list[bool]:
    """Which views there are: from real evidence alone (False), and with invented answers added (True)."""
    return sorted(set(tables["priorities"]["illustrative"]) | set(tables["leads"]["illustrative"]))


def rounded(value: float | None) -> float | None:
    """Four significant digits: a plan knows no more.

    >>> rounded(1234.56), rounded(None)
    (1235.0, None)
    """
    return None if value is None else float(f"{value:.{DIGITS}g}")


_VIEWED = ("options", "portfolio", "steps", "leads", "gaps")


def _rows(frame: pl.DataFrame, *, illustrative: bool) -> list[Row]:
    return frame.filter(pl.col("illustrative") == illustrative).rows(named=True)
