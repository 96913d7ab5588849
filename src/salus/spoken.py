"""What a release says in words: findings and plan made again from what the gate lets out.

A sentence with a figure leaves the workspace like a table does, so it may say no more than the tables.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from salus.disclosure import action_log, release_quotes
from salus.evidence import place_ladder, speakers_of
from salus.findings import state
from salus.model.city import City
from salus.model.framework import Pack
from salus.model.tables import TABLES, key_column
from salus.results import Run

if TYPE_CHECKING:
    from salus.disclosure import Released

_FIGURES = {"estimates": ("value", "low", "high"), "options": ("harm_averted", "harm_low", "harm_high")}


def findings_of(run: Run, gated: "Released", pack: Pack) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    """The findings and the triangulation that the released tables allow.

    The rules run again on the shown rows only. A finding that the run itself does not make is not added.
    """
    tables = {name: table.frame() for name, table in TABLES.items()}
    tables |= {name: _shown(name, frame, gated.hidden_keys) for name, frame in gated.tables.items()}
    made, result = state(tables, pack, City.model_validate(run.record["city"]))
    known = {finding["id"] for finding in run.findings()}
    return [asdict(finding) for finding in made if finding.id in known], result.tables["triangulation"]


def quotes_of(run: Run, pack: Pack) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The table `quotes` of what may be shown, if anything may, and the log of what is refused."""
    said = run.quotes()
    if said is None:
        return {}, action_log([])
    quotes, people = said
    city = City.model_validate(run.record["city"])
    places = place_ladder(run.areas().get(city.scope.shown), city)
    speakers = speakers_of(
        city, pack, people, places, frozenset(run.record["protected_indicators"]),
        names=run.names_listed or (),
    )  # fmt: skip
    released, log = release_quotes(quotes, speakers)
    return {"quotes": released} if released.height else {}, log


def _shown(name: str, frame: pl.DataFrame, hidden: frozenset[str]) -> pl.DataFrame:
    if not TABLES[name].key:
        return frame
    return frame.filter(~key_column(name).is_in(list(hidden)))


def plan_of(run: Run, gated: "Released") -> dict[str, Any]:
    """The plan with every figure taken from the released row its trail names; null where that row is hidden."""
    drafted = run.plan()
    figures = {name: _figures(gated, name, columns) for name, columns in _FIGURES.items() if name in gated.tables}
    for part in ("objectives", "actions"):
        for entry in drafted.get(part, []):
            _replace(entry.get("baseline"), figures)
            for claim in entry.get("claimed_harm_averted") or []:
                _replace(claim, figures)
            target, baseline = entry.get("target"), entry.get("baseline") or {}
            if target and baseline.get("value") is None:
                target |= {"low": None, "high": None}
    return drafted


def _figures(gated: "Released", name: str, columns: tuple[str, ...]) -> dict[str, tuple[float | None, ...]]:
    rows = gated.tables[name].select(key_column(name), *columns).iter_rows()
    return {key: values for key, *values in rows}  # type: ignore[misc]


def _replace(stated: dict[str, Any] | None, figures: dict[str, dict[str, tuple[float | None, ...]]]) -> None:
    """Puts released figures in, rounded as the plan rounds (four digits)."""
    if not stated or "trail" not in stated:
        return
    known = figures.get(stated["trail"].partition(":")[0], {})
    found = known.get(stated["trail"], (None, None, None))
    for name, value in zip(("value", "low", "high"), found, strict=True):
        stated[name] = None if value is None else float(f"{value:.4g}")
