"""The draft plan of one view; its baselines are taken from the released tables, never from the run."""

from typing import Any

from salus.model.phrases import Phrase
from salus.report.desk import Desk
from salus.report.voices import stated
from salus.report.words import msg

AIM = msg("Fewer people are harmed by: {problem}.")
PLACE = msg("Place {rank} of {of} on average (90 % interval {low} to {high}).")


def plan(desk: Desk, *, illustrative: bool) -> dict[str, Any]:
    """Vision, objectives, actions and what is asked of others; empty without decisions."""
    drafted = desk.release.plan
    if not drafted:
        return {}

    def mine(part: str) -> list[dict[str, Any]]:
        return [entry for entry in drafted.get(part, []) if bool(entry.get("illustrative")) == illustrative]

    asks = [_ask(desk, ask) for ask in mine("national_and_global_asks")]
    return {
        "vision": stated(desk, drafted["vision"]),
        "objectives": [_objective(desk, objective) for objective in mine("objectives")],
        "actions": [_action(desk, action, illustrative=illustrative) for action in mine("actions")],
        "asks": {level: [a for a in asks if a["level"] == level] for level in ("national", "global")},
    }


def _objective(desk: Desk, objective: dict[str, Any]) -> dict[str, Any]:
    aim = Phrase(AIM, {"problem": f"problem:{objective['problem']}"})
    row = desk.released_row("priorities", objective["trail"])
    place = None if row is None or row["expected_rank"] is None else Phrase(PLACE, {
        "rank": row["expected_rank"], "low": row["rank_low"], "high": row["rank_high"], "of": len(desk.problems),
    })  # fmt: skip
    return objective | {
        "statement": " ".join(desk.say(phrase) for phrase in (aim, place) if phrase),
        "grade": desk.words.grade(objective["grade"]),
        "trail": desk.cite_key(objective["trail"]),
    }


def _ask(desk: Desk, ask: dict[str, Any]) -> dict[str, Any]:
    lead = desk.released_row("leads", ask["trail"])
    return ask | {"text": desk.enabling(lead) if lead else ask["text"], "trail": desk.cite_key(ask["trail"])}


def _action(desk: Desk, action: dict[str, Any], *, illustrative: bool) -> dict[str, Any]:
    words = desk.words
    item = next(i for i in desk.pack.interventions if i.id == action["intervention"])
    claims = [
        f"{words.figure(claim)} {words.translate(claim['unit'])} ({desk.problems[claim['problem']]})"
        for claim in action["claimed_harm_averted"] or []
    ]
    support = {
        level: desk.institution(";".join(name for name in names if name != action["lead"]))
        for level, names in action["support"].items()
    }
    return action | {
        "title": desk.interventions[item.id],
        "summary": words.translate(item.summary),
        "problems": ", ".join(desk.problems[p] for p in action["problems"]),
        "lead": desk.lead(action["lead"], action["lead_level"]),
        "support": {level: names for level, names in support.items() if names},
        "first": _first(desk, action["intervention"], illustrative=illustrative),
        "indicator": desk.indicators[action["indicator"]],
        "baseline": _baseline(desk, action),
        "target": _target(desk, action["target"]),
        "cost": words.money(action["cost"]["low"], action["cost"]["high"]),
        "claims": claims,
        "evidence_status": words.translate(action["evidence_status"]),
        "safeguards": [words.translate(text) for text in item.safeguards],
        "trail": desk.cite_key(action["trail"]),
    }


def _first(desk: Desk, intervention: str, *, illustrative: bool) -> str:
    """What has to happen before the leads of an intervention's functions can act."""
    item = next(i for i in desk.pack.interventions if i.id == intervention)
    leads = {
        row["function"]: row
        for row in desk.view("leads", illustrative=illustrative).to_dicts()
        if row["min_capacity"] == item.min_capacity
    }
    texts = (desk.enabling(leads[function]) for function in item.functions if function in leads)
    return " ".join(dict.fromkeys(text for text in texts if text))


def _baseline(desk: Desk, action: dict[str, Any]) -> str:
    """The baseline's released figure; hidden and missing stay told apart."""
    stated = action.get("baseline") or {}
    row = desk.released_row("estimates", stated.get("trail", ""))
    return desk.words.figure(row) + f" {desk.words.translate(row['unit'])}" if row else desk.words.translate("no data")


def _target(desk: Desk, target: dict[str, Any]) -> str:
    basis = desk.words.translate(target["basis"])
    if target["low"] is None:
        return basis
    return f"{desk.words.span(target['low'], target['high'])} ({target['year']}); {basis}"
