"""Small invented interventions, effects, leads and ranks for tests of responses and planning."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from salus.model.city import Decisions, StageResult
from salus.model.framework import Effect, Intervention, Pack
from salus.model.tables import TABLES
from salus.responses import respond
from salus.stats.draws import DrawSource
from tests.unit import builders as make

FIRST_YEAR = 2023


def intervention(name: str, problems: Sequence[str] = ("robbery",), **changes: Any) -> Intervention:
    """A direct intervention of band € that reaches half of the events and needs capacity 3."""
    fields: dict[str, Any] = {
        "id": name, "number": "1", "name": name.replace("-", " ").capitalize(), "summary": "s",
        "problems": tuple(problems), "functions": ("community-policing",), "min_capacity": 3,
        "levels": ("local",), "sectors": ("policing",), "kind": "direct", "cost_band": "€", "strength": 3,
        "reach_low": 0.5, "reach_high": 0.5, "horizon": "short", "safeguards": ("complaint channel",),
        "evidence": "what is known", "reference": "r", "verification": "seen",
    }  # fmt: skip
    return Intervention(**(fields | changes))


def harmful(name: str = "scared-straight", problems: Sequence[str] = ("robbery",)) -> Intervention:
    """A programme that harms."""
    return intervention(name, problems, kind="harmful", strength=0, evidence="more offending")


def effect(name: str, ratio: float = 0.8, low: float = 0.7999, high: float = 0.8001, **changes: Any) -> Effect:
    """A rate ratio on robbery from cities of the same income group as the test city."""
    fields: dict[str, Any] = {
        "intervention": name, "outcome": "robberies", "problems": ("robbery",), "metric": "rate_ratio",
        "value": ratio, "low": low, "high": high, "rate_ratio": ratio, "rate_ratio_low": low,
        "rate_ratio_high": high, "conversion": "as published", "studies": 5, "countries": "TST",
        "income_group": "upper_middle", "source": "Test 2020", "verification": "seen",
    }  # fmt: skip
    return Effect(**(fields | changes))


def lead(name: str = "community-policing", rule: str = "ready", **changes: Any) -> dict[str, Any]:
    """A row of `leads` at capacity 3; `capacity` and `enabling` fit the rule."""
    capacity = {"ready": 3.5, "build_capacity": 2.0}.get(rule)
    row = {
        "function": name, "min_capacity": 3, "level": "local", "institution": "city-hall", "rule": rule,
        "authority": 1.0 if rule == "enable" else 4.0, "capacity": capacity, "support": "state-police;un",
        "enabling": "" if rule == "ready" else f"First: {rule} for {name}.", "grade": "B",
        "illustrative": False,
    }  # fmt: skip
    return row | changes


def cell(name: str, level: str, institution: str, **changes: Any) -> dict[str, Any]:
    """A row of `gaps`."""
    row = {
        "function": name, "level": level, "institution": institution, "illustrative": False,
        "authority": 4.0, "legal_basis": f"Law on {name}, art. 1", "verification": "seen", "grade": "B",
        "type": "not_assessed", "also": "", "raters": 1,
    }  # fmt: skip
    return row | changes


def ranks(*problems: str, illustrative: bool = False) -> list[dict[str, Any]]:
    """Rows of `priorities`, first problem first."""
    return [
        {"problem": name, "theme": "crime-violence", "areas": make.CITY_AREA, "expected_rank": i,
         "rank_low": i, "rank_high": i + 1, "first_rank_acceptability": 1 / i, "top_k_share": 1.0,
         "disagreement": None, "grade": "E" if illustrative else "C", "illustrative": illustrative}
        for i, name in enumerate(problems, start=1)
    ]  # fmt: skip


def decisions(*budget: float, **changes: Any) -> Decisions:
    """A plan that begins in 2023, with this money each year, really decided."""
    choice = {"value": "agreed", "why": "budget law", "who": "council", "when": "2022-12-01"}
    fields: dict[str, Any] = {
        "cycle": FIRST_YEAR, "years": len(budget), "budget": budget, "budget_status": choice,
        "budget_illustrative": False,
    }  # fmt: skip
    return Decisions(**(fields | changes))


def tables(
    leads: Sequence[dict[str, Any]], ranked: Sequence[dict[str, Any]], gaps: Sequence[dict[str, Any]] = ()
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """`priorities`, `gaps` and `leads`, in the order in which `respond` takes them."""
    rows = {"priorities": ranked, "gaps": gaps or [cell("community-policing", "local", "city-hall")],
            "leads": leads}  # fmt: skip
    first, second, third = (TABLES[name].frame([dict(r) for r in own]) for name, own in rows.items())
    return first, second, third


def answer(
    pack: Pack, *, budget: Sequence[float] = (1e6, 1e6, 1e6), leads: Sequence[dict[str, Any]] = (),
    ranked: Sequence[dict[str, Any]] = (), rows: Sequence[dict[str, Any]] = (), draws: int = 1000,
    **changes: Any,
) -> StageResult:  # fmt: skip
    """The responses of a city of 100,000 with 1,000 robberies and 200 burglaries a year."""
    priorities, gaps, led = tables(leads or [lead()], ranked or ranks("robbery", "burglary"))
    estimates = make.estimates(rows or counted())
    made = decisions(*budget, **changes)
    return respond(estimates, priorities, gaps, led, pack, make.city(), made, DrawSource(3, draws))


def counted(robberies: float = 1000, burglaries: float = 200) -> list[dict[str, Any]]:
    """Yearly counts of both problems."""
    return make.rates("A16", [robberies] * 4) + make.rates("A20", [burglaries] * 4)


def quantified(*names: str, **changes: Any) -> Pack:
    """A pack with these interventions, each with its effect of 0.8 on robbery."""
    fields = {"interventions": tuple(intervention(n) for n in names),
              "effects": tuple(effect(n) for n in names)}  # fmt: skip
    return make.pack(**(fields | changes))


def one(result: StageResult, table: str, **key: Any) -> dict[str, Any]:
    """The row of a table with these values."""
    return result.tables[table].filter(**key).row(0, named=True)


def chosen(result: StageResult, year: int | None = None, *, illustrative: bool = False) -> set[str]:
    """Interventions chosen, in one year or in any."""
    rows = result.tables["portfolio"].filter(pl.col("chosen"), illustrative=illustrative)
    return set((rows if year is None else rows.filter(year=year))["intervention"])
