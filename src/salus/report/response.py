"""Options, portfolio, steps and plan, from real evidence alone and with the illustrative answers."""

from typing import Any

import polars as pl

from salus.report.desk import Desk

_MOST_OPTIONS = 40


def response(desk: Desk, *, illustrative: bool) -> dict[str, Any]:
    """What could be done, what was chosen under the budget, and which steps come first."""
    if "options" not in desk.run.gate.tables:
        return {
            "illustrative": illustrative,
            "options": [],
            "chosen": [],
            "refused": [],
            "steps": [],
            "plan": {},
        }
    options = desk.view("options", illustrative=illustrative)
    return {
        "illustrative": illustrative,
        "chosen": _chosen(desk, illustrative=illustrative),
        "options": [_option(desk, row) for row in _ordered(desk, options, illustrative=illustrative)],
        "refused": _refused(desk, options),
        "steps": _steps(desk, illustrative=illustrative),
        "plan": _plan(desk, illustrative=illustrative),
    }


def _ordered(desk: Desk, options: pl.DataFrame, *, illustrative: bool) -> list[dict[str, Any]]:
    first = desk.view("priorities", illustrative=illustrative).sort("expected_rank", nulls_last=True).head(8)["problem"]
    rows = options.filter((pl.col("rule") != "refused") & pl.col("problem").is_in(first.implode()))
    return rows.sort("harm_averted", descending=True, nulls_last=True).head(_MOST_OPTIONS).to_dicts()


def _option(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    words = desk.words
    quantified = row["effect"] is not None
    feasible = {True: "yes", False: "not yet", None: "unknown: capacity not assessed"}[row["feasible"]]
    return {
        "name": desk.interventions[row["intervention"]],
        "problem": desk.problems[row["problem"]],
        "lead": f"{desk.institution(row['lead'])} ({row['lead_level']})"
        if row["lead"]
        else words.translate("nobody yet"),
        "feasible": words.translate(feasible),
        "blocked": row["blocked_by"] or "",
        "unlock": row["unlock"] or "",
        "effect": words.figure(row, "effect") if quantified else words.translate("effect not quantified here"),
        "harm": (
            f"{words.number(row['harm_averted'])} ({words.span(row['harm_low'], row['harm_high'])})"
            if row["harm_averted"] is not None
            else words.translate("none claimed")
        ),
        "cost": words.money(row["cost_low"], row["cost_high"]),
        "verification": row["verification"] or "none",
        "transfer": words.grade(row["transfer_grade"] or "none"),
        "trail": desk.cite("options", row),
    }


def _refused(desk: Desk, options: pl.DataFrame) -> list[dict[str, str]]:
    rows = options.filter(pl.col("rule") == "refused").unique("intervention", maintain_order=True).to_dicts()
    return [{"name": desk.interventions[r["intervention"]], "why": r["blocked_by"]} for r in rows]


def _chosen(desk: Desk, *, illustrative: bool) -> list[dict[str, Any]]:
    rows = (
        desk.view("portfolio", illustrative=illustrative)
        .filter(pl.col("chosen"))
        .sort("year", "intervention")
        .to_dicts()
    )
    return [
        {
            "year": r["year"],
            "name": desk.interventions[r["intervention"]],
            "problem": desk.problems[r["problem"]],
            "cost": desk.words.money(r["cost_low"], r["cost_high"]),
            "reason": r["reason"],
            "share": f"{desk.words.number(round((r['share_of_draws'] or 0) * 100))} %",
            "trail": desk.cite("portfolio", r),
        }
        for r in rows
    ]


def _steps(desk: Desk, *, illustrative: bool) -> list[dict[str, Any]]:
    rows = (
        desk.view("steps", illustrative=illustrative)
        .sort("benefit", descending=True, nulls_last=True)
        .head(10)
        .to_dicts()
    )
    return [
        {
            "function": desk.functions[r["function"]],
            "institution": desk.institution(r["institution"]),
            "kind": r["kind"],
            "from": desk.words.number(r["from"]),
            "to": desk.words.number(r["to"]),
            "unlocks": ", ".join(desk.interventions.get(i, i) for i in (r["unlocks"] or "").split(";") if i),
            "cost": desk.words.money(r["cost_low"], r["cost_high"]),
            "trail": desk.cite("steps", r),
        }
        for r in rows
    ]


def _plan(desk: Desk, *, illustrative: bool) -> dict[str, Any]:
    """The draft plan of one view; baselines are taken from the released tables, never from the run."""
    plan = desk.run.plan()
    if not plan:
        return {}

    def mine(part: str) -> list[dict[str, Any]]:
        return [entry for entry in plan.get(part, []) if bool(entry.get("illustrative")) == illustrative]

    asks = mine("national_and_global_asks")
    return {
        "vision": plan["vision"],
        "objectives": [o | {"trail": desk.cite_key(o["trail"])} for o in mine("objectives")],
        "actions": [_action(desk, action) for action in mine("actions")],
        "asks": {
            level: [a | {"trail": desk.cite_key(a["trail"])} for a in asks if a["level"] == level]
            for level in ("national", "global")
        },
    }


def _action(desk: Desk, action: dict[str, Any]) -> dict[str, Any]:
    words = desk.words
    claims = [
        f"{words.number(c['value'])} ({words.span(c['low'], c['high'])}) {words.translate(c['unit'])}"
        for c in action["claimed_harm_averted"] or []
    ]
    support = {
        level: ", ".join(desk.institution(i) for i in names) for level, names in action["support"].items() if names
    }
    return action | {
        "problems": ", ".join(desk.problems[p] for p in action["problems"]),
        "lead": f"{desk.institution(action['lead'])} ({action['lead_level']})"
        if action["lead"]
        else words.translate("nobody yet"),
        "support": support,
        "baseline": _baseline(desk, action),
        "target": _target(desk, action["target"]),
        "cost": words.money(action["cost"]["low"], action["cost"]["high"]),
        "claims": claims,
        "trail": desk.cite_key(action["trail"]),
    }


def _baseline(desk: Desk, action: dict[str, Any]) -> str:
    """The baseline's released figure; hidden and missing stay told apart."""
    stated = action.get("baseline") or {}
    row = desk.released_row("estimates", stated.get("trail", ""))
    return desk.words.figure(row) + f" {desk.words.translate(row['unit'])}" if row else desk.words.translate("no data")


def _target(desk: Desk, target: dict[str, Any]) -> str:
    if target["low"] is None:
        return str(target["basis"])
    return f"{desk.words.span(target['low'], target['high'])} ({target['year']}); {target['basis']}"
