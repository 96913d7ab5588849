"""What stands around the actions: objectives, steps that enable, asks of others, and what is not known."""

import polars as pl

from salus.model.tables import row_key
from salus.planning.figures import baseline
from salus.planning.view import PlanView, Row, rounded

MOST_UNKNOWN = 5
CROSS_BORDER_SECTOR = "flows"


def objectives(view: PlanView) -> list[Row]:
    """The first problems with the figures of their rank and where they stand."""
    return [_objective(view, row) for row in view.top]


def enabling_actions(view: PlanView, actions: list[Row]) -> list[Row]:
    """The steps the actions wait for, and the most beneficial others, as many as there are top problems."""
    awaited = {key for action in actions for key in action["capacity_step_first"]}
    steps = sorted(view.steps, key=lambda step: (-step["benefit"], row_key("steps", step)))
    best = {row_key("steps", step) for step in steps[: view.decisions.top]}
    return [_step(view, step) for step in steps if row_key("steps", step) in awaited | best]


def asks(view: PlanView, actions: list[Row]) -> list[Row]:
    """What the city cannot settle itself: leads beyond it, missing authority, partners across borders."""
    sectors = {function.id: function.sector for function in view.pack.functions}
    found: dict[tuple[str, int], Row] = {}
    for action in actions:
        for lead in view.leads_of(action["intervention"]):
            beyond = lead["level"] != "local" or lead["rule"] in {"enable", "orphan"}
            abroad = sectors[lead["function"]] == CROSS_BORDER_SECTOR
            if lead["enabling"] and (beyond or abroad):
                found[lead["function"], lead["min_capacity"]] = _ask(view, lead, abroad=abroad)
    return [found[key] for key in sorted(found)]


def what_we_do_not_know(information: pl.DataFrame) -> list[Row]:
    """The five missing data whose knowledge would change the ranking most."""
    rows = information.sort("value", "what", descending=[True, False], nulls_last=True).head(MOST_UNKNOWN)
    return [
        row | {"value": rounded(row["value"]), "trail": row_key("information_value", row)}
        for row in rows.rows(named=True)
    ]


def _objective(view: PlanView, row: Row) -> Row:
    problem = view.problems[row["problem"]]
    rank, low, high = (rounded(row[name]) for name in ("expected_rank", "rank_low", "rank_high"))
    figures = ("first_rank_acceptability", "top_k_share", "disagreement")
    return {
        "id": view.named(f"objective-{problem.id}"), "problem": problem.id, "title": problem.name,
        "statement": f"Fewer people are harmed by: {problem.name}. Expected rank {_text(rank)} of"
        f" {len(view.ranked)} (90 % interval {_text(low)} to {_text(high)}).",
        "expected_rank": rank, "rank_low": low, "rank_high": high,
        **{name: rounded(row[name]) for name in figures},
        "grade": row["grade"], "indicator": problem.indicators[0],
        "baseline": baseline(view, view.pack.indicator(problem.indicators[0])),
        "illustrative": view.illustrative, "trail": row_key("priorities", row),
    }  # fmt: skip


def _step(view: PlanView, step: Row) -> Row:
    names = {function.id: function.name for function in view.pack.functions}
    kind, who = step["kind"], step["institution"] or "an institution still to be named"
    start = "an unassessed level" if step["from"] is None else f"{step['from']:.1f}"
    place = "-".join(part for part in (step["function"], step["level"], step["institution"]) if part)
    return {
        "id": view.named(f"{kind}-{place}"),
        "text": f"Raise the {kind} of {who} for: {names[step['function']]}, from {start} to"
        f" {step['to']:g} of 5.",
        "function": step["function"], "level": step["level"] or None,
        "institution": step["institution"] or None, "kind": kind,
        "from": rounded(step["from"]), "to": rounded(step["to"]),
        "unlocks": [name for name in (step["unlocks"] or "").split(";") if name],
        "benefit": {
            "value": rounded(step["benefit"]), "low": rounded(step["low"]), "high": rounded(step["high"]),
            "unit": "severity-weighted events a year, of all it unlocks, with their other steps",
        },
        "cost": {
            "low": rounded(step["cost_low"]), "high": rounded(step["cost_high"]), "per": "once",
            "currency": view.city.currency, "price_year": view.city.price_year, "status": "proposed",
        },
        "grade": step["grade"], "illustrative": view.illustrative, "trail": row_key("steps", step),
    }  # fmt: skip


def _ask(view: PlanView, lead: Row, *, abroad: bool) -> Row:
    return {
        "id": view.named(f"ask-{lead['function']}-{lead['min_capacity']}"), "text": lead["enabling"],
        "level": "global" if abroad else "national", "function": lead["function"],
        "institution": lead["institution"] or None, "illustrative": view.illustrative,
        "trail": row_key("leads", lead),
    }  # fmt: skip


def _text(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"
