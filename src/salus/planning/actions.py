"""The actions of a plan: who leads on which law, what comes first, what is claimed, and what guards it."""

from salus.model.tables import row_key
from salus.planning.figures import baseline, target
from salus.planning.selection import WITHOUT_CLAIM, Draft, drafts
from salus.planning.view import PlanView, Row, rounded

# Support is shown as local, national (country and state) and global, as the approach groups its advice.
_SCALE = {
    "community": "local", "local": "local", "subnational": "national", "national": "national",
    "international": "global",
}  # fmt: skip


def actions(view: PlanView) -> list[Row]:
    """All actions of a view; `trail` is the key of the option an action rests on."""
    return [_action(view, draft) for draft in drafts(view)]


def _action(view: PlanView, draft: Draft) -> Row:
    item, option = view.interventions[draft.intervention], draft.options[0]
    indicator = view.pack.indicator(view.problems[option["problem"]].indicators[0])
    claims = _claims(draft)
    claimed = any(claim["problem"] == option["problem"] for claim in claims)
    return {
        "id": view.named(item.id), "title": item.name, "summary": item.summary, "intervention": item.id,
        "kind": item.kind, "horizon": item.horizon, "problems": [o["problem"] for o in draft.options],
        "chosen": draft.start is not None, "start": draft.start, "why": _why(view, draft),
        "lead": option["lead"] or None, "lead_level": option["lead_level"] or None,
        "support": _support(view, item.id), "legal_basis": _legal_basis(view, item.id),
        "enabling_action_first": option["unlock"] or None,
        "capacity_step_first": _steps_first(view, option),
        "indicator": indicator.id, "baseline": baseline(view, indicator),
        "target": target(view, indicator, option, claimed=claimed),
        "cost": _cost(view, option), "evidence_status": _evidence(option),
        "claimed_harm_averted": claims or None, "safeguards": list(item.safeguards),
        "illustrative": view.illustrative, "trail": row_key("options", option),
        "trails": [row_key("options", o) for o in draft.options],
    }  # fmt: skip


def _why(view: PlanView, draft: Draft) -> str:
    if draft.start is None:
        return (
            f"not funded in this plan; proposed so that each top problem has a structural and a short-term"
            f" action (portfolio: {_reason(view, draft, view.decisions.cycle)})"
        )
    return _reason(view, draft, draft.start)


def _reason(view: PlanView, draft: Draft, year: int) -> str:
    about = (draft.intervention, draft.options[0]["problem"], year)
    found = (r for r in view.portfolio if (r["intervention"], r["problem"], r["year"]) == about)
    return str(next(found)["reason"])


def _claims(draft: Draft) -> list[Row]:
    """Harm averted by problem; none for what is not funded, and none for structural and enabling kinds,
    whose effect may come after the plan."""
    return [
        {
            "problem": o["problem"], "value": rounded(o["harm_averted"]), "low": rounded(o["harm_low"]),
            "high": rounded(o["harm_high"]), "unit": "recorded events a year", "grade": o["grade"],
            "trail": row_key("options", o),
        }
        for o in draft.options
        if draft.start is not None and o["kind"] not in WITHOUT_CLAIM and o["harm_averted"] is not None
    ]  # fmt: skip


def _support(view: PlanView, intervention: str) -> dict[str, list[str]]:
    levels = {cell["institution"]: cell["level"] for cell in view.cells}
    groups: dict[str, list[str]] = {"local": [], "national": [], "global": []}
    named = {n for lead in view.leads_of(intervention) for n in (lead["support"] or "").split(";") if n}
    for name in sorted(named):
        groups[_SCALE.get(levels.get(name, ""), "national")].append(name)
    return groups


def _legal_basis(view: PlanView, intervention: str) -> Row | None:
    """The law that gives the lead its authority; None where no law was cited."""
    lead = view.leads_of(intervention)[0]
    cell = view.cell(lead["function"], lead["level"], lead["institution"])
    if cell is None or not cell["legal_basis"]:
        return None
    return {
        "text": cell["legal_basis"], "verification": cell["verification"], "trail": row_key("gaps", cell)
    }  # fmt: skip


def _steps_first(view: PlanView, option: Row) -> list[str]:
    """The steps an action waits for, as keys of `steps`."""
    if option["feasible"]:
        return []
    own = [s for s in view.steps if option["intervention"] in (s["unlocks"] or "").split(";")]
    return [row_key("steps", step) for step in own]


def _cost(view: PlanView, option: Row) -> Row:
    return {
        "band": view.interventions[option["intervention"]].cost_band,
        "low": rounded(option["cost_low"]), "high": rounded(option["cost_high"]),
        "per": "year", "currency": view.city.currency, "price_year": view.city.price_year,
        "status": "proposed",
    }  # fmt: skip


def _evidence(option: Row) -> str:
    known = option["effect"] is not None and option["verification"] in {"seen", "recalled"}
    return str(option["verification"]) if known else "none"
