"""The responses stage: estimates, priorities and leads in; options, portfolio and steps out."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from salus.errors import BadInput
from salus.model.city import City, Decisions, StageResult
from salus.model.framework import Pack
from salus.model.tables import TABLES, lineage, row_key
from salus.responses.items import items_of
from salus.responses.options import Option, Setting, option_row, option_support, options_of, setting
from salus.responses.portfolio import choose
from salus.responses.reasons import Outcome, Row, portfolio_rows
from salus.responses.steps import Step, step_row, steps_of
from salus.stats.draws import DrawSource

Pair = tuple[str, str, str, str]


@dataclass(frozen=True)
class _ViewResult:
    """One view: its options, steps and portfolio rows; `ranked` is the view its problems were ranked in."""

    illustrative: bool
    ranked: bool
    options: list[Option]
    steps: list[Step]
    rows: list[Row]


def respond(  # noqa: PLR0913, PLR0917 - the results of all stages before, as architecture.md names them
    estimates: pl.DataFrame,
    priorities: pl.DataFrame,
    gaps: pl.DataFrame,
    leads: pl.DataFrame,
    pack: Pack,
    city: City,
    decisions: Decisions,
    draws: DrawSource,
) -> StageResult:
    """What can be done about the ranked problems, what to fund in which year, and what to build first.

    Tables `options`, `portfolio`, `steps`; one view for each in `leads`. Harm averted is recorded events a
    year, money is the city's currency, bands are proposed. Harmful interventions are listed as refused and
    never chosen. `draws["options"]` holds harm averted: (intervention, problem, illustrative) × draws.
    """
    _check(decisions)
    views = [
        _view(setting(
            estimates, leads, _ranked(priorities, illustrative=illustrative), illustrative=illustrative,
            pack=pack, city=city, draws=draws,
        ), priorities, decisions)
        for illustrative in sorted(set(leads["illustrative"]))
    ]  # fmt: skip
    tables = {
        "options": TABLES["options"].frame([option_row(o) for view in views for o in view.options]),
        "portfolio": TABLES["portfolio"].frame([row for view in views for row in view.rows]),
        "steps": TABLES["steps"].frame(
            [step_row(s, illustrative=view.illustrative) for view in views for s in view.steps]
        ),
    }
    pairs = [pair for view in views for pair in _lineage(view, gaps)]
    return StageResult(tables, lineage(pairs), {"options": _harm_draws(views, draws.n)})


def _check(decisions: Decisions) -> None:
    if len(decisions.budget) != decisions.years or min(decisions.budget, default=0.0) < 0:
        raise BadInput(
            f"The budget {decisions.budget} does not fit a plan of {decisions.years} years",
            where=f"cycles/{decisions.cycle}/decisions.yaml, budget",
            remedy="give one amount of at least 0 for each year of the plan",
        )


def _ranked(priorities: pl.DataFrame, *, illustrative: bool) -> pl.DataFrame:
    """The view's ranking; where only the leads rest on invented answers, the one from real evidence."""
    own = priorities.filter(pl.col("illustrative") == illustrative)
    return own if own.height else priorities.filter(~pl.col("illustrative"))


def _view(view: Setting, priorities: pl.DataFrame, decisions: Decisions) -> _ViewResult:
    options = options_of(view)
    threshold = view.pack.gap_threshold
    steps = steps_of(options, threshold, view.basis)
    items = items_of(options, steps, threshold, illustrative=view.illustrative)
    choice = choose(items, steps, decisions.budget)
    outcome = Outcome({item.intervention: item for item in items}, choice, decisions)
    ranked = view.illustrative and bool(priorities["illustrative"].any())
    return _ViewResult(view.illustrative, ranked, options, steps, portfolio_rows(outcome, options))


def _lineage(view: _ViewResult, gaps: pl.DataFrame) -> list[Pair]:
    pairs = [
        ("options", option.key, table, key)
        for option in view.options
        for table, key in option_support(option, view.ranked)
    ]
    pairs += [("portfolio", row_key("portfolio", row), "options", row_key("options", row)) for row in view.rows]
    own = gaps.filter(pl.col("illustrative") == view.illustrative)
    for step in view.steps:
        key = row_key("steps", step_row(step, illustrative=view.illustrative))
        pairs += [("steps", key, "gaps", gap) for gap in _gap_keys(step, own)]
        pairs += [("steps", key, "options", option.key) for option in step.options]
    return pairs


def _gap_keys(step: Step, gaps: pl.DataFrame) -> list[str]:
    """The cell of a step; where nobody can be named, all cells of its function, which say so."""
    function, level, institution, _ = step.key
    rows = gaps.filter(pl.col("function") == function)
    exact = rows.filter(pl.col("level") == level, pl.col("institution") == institution)
    return [row_key("gaps", row) for row in (exact if exact.height else rows).rows(named=True)]


def _harm_draws(views: list[_ViewResult], n: int) -> tuple[pl.DataFrame, object]:
    known = [option for view in views for option in view.options if option.harm is not None]
    keys = pl.DataFrame(
        [(option.intervention.id, option.problem.id, option.illustrative) for option in known],
        schema={"intervention": pl.String, "problem": pl.String, "illustrative": pl.Boolean},
        orient="row",
    )
    rows = [option.harm for option in known if option.harm is not None]
    return keys, (np.stack(rows) if rows else np.empty((0, n))).astype(np.float32)
