"""Options, portfolio and steps, from real evidence alone and with the illustrative answers."""

from typing import Any

import polars as pl

from salus.report.desk import Desk
from salus.report.plan import plan
from salus.report.words import msg

_MOST_OPTIONS = 40
_MOST_STEPS = 10
_FIRST = 8
_FEASIBLE = {True: msg("yes"), False: msg("not yet"), None: msg("unknown: capacity not assessed")}


def response(desk: Desk, *, illustrative: bool) -> dict[str, Any]:
    """What could be done, what was chosen under the budget, and which steps come first."""
    if "options" not in desk.release.tables:
        empty: dict[str, Any] = {key: [] for key in ("options", "chosen", "refused", "steps")}
        return empty | {"illustrative": illustrative, "plan": {}}
    options = desk.view("options", illustrative=illustrative)
    return {
        "illustrative": illustrative,
        "chosen": _chosen(desk, options, illustrative=illustrative),
        "options": [_option(desk, row) for row in _ordered(desk, options, illustrative=illustrative)],
        "refused": _refused(desk, options),
        "steps": _steps(desk, illustrative=illustrative),
        "plan": plan(desk, illustrative=illustrative),
    }


def _ordered(desk: Desk, options: pl.DataFrame, *, illustrative: bool) -> list[dict[str, Any]]:
    ranked = desk.view("priorities", illustrative=illustrative).sort("expected_rank", nulls_last=True)
    first = ranked.head(_FIRST)["problem"].implode()
    rows = options.filter((pl.col("rule") != "refused") & pl.col("problem").is_in(first))
    return rows.sort("harm_averted", descending=True, nulls_last=True).head(_MOST_OPTIONS).to_dicts()


def _option(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    words = desk.words
    quantified = row["effect"] is not None
    averted = words.figure(row | {"low": row["harm_low"], "high": row["harm_high"]}, "harm_averted")
    return {
        "name": desk.interventions[row["intervention"]],
        "problem": desk.problems[row["problem"]],
        "lead": desk.lead(row["lead"], row["lead_level"]),
        "feasible": words.translate(_FEASIBLE[row["feasible"]]),
        "blocked": _blocked(desk, row),
        "effect": words.figure(row, "effect") if quantified else words.translate("effect not quantified here"),
        "harm": averted if row["harm_averted"] is not None else words.translate("none claimed"),
        "cost": words.money(row["cost_low"], row["cost_high"]),
        "verification": words.translate(row["verification"]) if row["verification"] else words.translate("none"),
        "trail": desk.cite("options", row),
    }


def _blocked(desk: Desk, row: dict[str, Any]) -> str:
    """Which functions hold an option up, and why; nothing where only nobody has assessed capacity."""
    parts = (part.partition(":") for part in (row["blocked_by"] or "").split(";") if part)
    return "; ".join(
        f"{desk.functions.get(function, function)}: {desk.words.translate(reason.replace('_', ' '))}"
        for function, _, reason in parts
        if reason != "capacity_unknown"
    )


def _refused(desk: Desk, options: pl.DataFrame) -> list[dict[str, str]]:
    names = options.filter(pl.col("rule") == "refused")["intervention"].unique(maintain_order=True)
    why = {item.id: item.evidence for item in desk.pack.interventions}
    return [{"name": desk.interventions[name], "why": desk.words.translate(why[name])} for name in names]


def _chosen(desk: Desk, options: pl.DataFrame, *, illustrative: bool) -> list[dict[str, Any]]:
    """One row for each chosen intervention: its cost is paid once, whatever number of problems it serves."""
    rows = desk.view("portfolio", illustrative=illustrative).filter(pl.col("chosen")).sort("year", "intervention")
    made = []
    for (intervention,), mine in rows.group_by(["intervention"], maintain_order=True):
        own = options.filter(
            (pl.col("intervention") == intervention) & pl.col("problem").is_in(mine["problem"].implode())
        ).to_dicts()
        first, shares = mine.row(0, named=True), mine["share_of_draws"].drop_nulls()
        made.append(
            {
                "years": "–".join(dict.fromkeys((str(mine["year"].min()), str(mine["year"].max())))),
                "name": desk.interventions[str(intervention)],
                "problems": ", ".join(desk.problems[p] for p in mine["problem"].unique(maintain_order=True)),
                "cost": desk.words.money(first["cost_low"], first["cost_high"]),
                "share": f"{desk.words.number(round(float(shares.mean() or 0) * 100))} %",  # type: ignore[arg-type]
                "notes": _notes(desk, own),
                "trail": desk.cite("portfolio", first),
            }
        )
    return made


def _notes(desk: Desk, options: list[dict[str, Any]]) -> list[str]:
    """What one has to know about a choice: effects that may be none, capacity that nobody assessed."""
    notes = []
    for row in options:
        if row["effect"] is not None and row["high"] > 1:
            text = desk.words.translate("%(problem)s: the interval includes no effect, and harm")
            notes.append(text % {"problem": desk.problems[row["problem"]]})
        elif row["effect"] is None:
            text = desk.words.translate("%(problem)s: effect not quantified here, nothing is claimed")
            notes.append(text % {"problem": desk.problems[row["problem"]]})
    if any(row["feasible"] is None for row in options):
        notes.append(desk.words.translate("capacity not assessed"))
    return notes


def _steps(desk: Desk, *, illustrative: bool) -> list[dict[str, Any]]:
    ranked = desk.view("steps", illustrative=illustrative).sort("benefit", descending=True, nulls_last=True)
    return [
        {
            "function": desk.functions[r["function"]],
            "institution": desk.institution(r["institution"]),
            "step": f"{desk.words.translate(r['kind'])}: {desk.words.number(r['from'])} → {desk.words.number(r['to'])}",
            "unlocks": ", ".join(desk.interventions.get(i, i) for i in (r["unlocks"] or "").split(";") if i),
            "cost": desk.words.money(r["cost_low"], r["cost_high"]),
            "trail": desk.cite("steps", r),
        }
        for r in ranked.head(_MOST_STEPS).to_dicts()
    ]
