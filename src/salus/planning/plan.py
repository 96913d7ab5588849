"""The planning stage: everything before in; a draft policy framework and action plan out, as plain data."""

from typing import Any

import polars as pl

from salus.model.city import Choice, City, Decisions
from salus.model.framework import Pack
from salus.planning.actions import actions
from salus.planning.around import asks, enabling_actions, objectives, what_we_do_not_know
from salus.planning.view import Row, view_of, views

SCHEMA_VERSION = "1"
_GUIDELINES = "United Nations Guidelines for the Prevention of Crime (2002), in our words"
PRINCIPLES = (
    "Government at every level leads, and each action names who leads it and by which law.",
    "Social and economic inclusion is part of safety.",
    "Institutions, communities and the private sector work together.",
    "Actions are funded to last, evaluated, and answered for in public.",
    "Evidence comes first, with its uncertainty; what is not known is said.",
    "Human rights and the rule of law bind every action; nobody is scored, profiled or named.",
    "Local problems are read together with those that cross borders.",
    "Actions differ where people differ: women and men, the young, and those most at risk.",
)
LIMITS = (
    "The software proposes; the people of the city and its authorities decide, and both are recorded.",
    "Effects of several actions on one problem are added up; together they may be smaller.",
    "Harm averted is counted in recorded events; events that nobody recorded are not in it.",
    "All costs are bands of the framework, proposed; no budget office has checked them.",
    "How much of an effect travels from other cities is a judgement, not a measurement.",
)


def plan(tables: dict[str, pl.DataFrame], pack: Pack, city: City, decisions: Decisions) -> dict[str, Any]:
    """A draft policy framework and action plan from the tables of a run, ready to be written as YAML.

    Lists hold the entries of both views, each marked `illustrative`. What rests on a result names its row
    in `trail`; what was decided or comes from elsewhere says so in `basis`. Each top problem has at least
    one structural and one short-term action where the pack has options; only funded, direct, quantified
    actions claim harm averted. Money is the city's currency, a band, proposed.
    """
    seen = [view_of(tables, pack, city, decisions, illustrative=each) for each in views(tables)]
    acting = [(view, actions(view)) for view in seen]
    return {
        "schema_version": SCHEMA_VERSION,
        "status": "draft",
        "city": {"id": city.id, "name": city.name},
        "framework": {"id": pack.id, "version": pack.version},
        "cycle": decisions.cycle,
        "years": list(range(decisions.cycle, decisions.cycle + decisions.years)),
        "vision": _vision(city, decisions),
        "principles": [{"text": text, "basis": _GUIDELINES} for text in PRINCIPLES],
        "budget": _budget(city, decisions),
        "objectives": [objective for view in seen for objective in objectives(view)],
        "actions": [action for _, own in acting for action in own],
        "enabling_actions": [step for view, own in acting for step in enabling_actions(view, own)],
        "national_and_global_asks": [ask for view, own in acting for ask in asks(view, own)],
        "what_we_do_not_know": what_we_do_not_know(tables["information_value"]),
        "limits": [{"text": text, "basis": "method"} for text in LIMITS],
    }


def _vision(city: City, decisions: Decisions) -> Row:
    if decisions.vision:
        return {"text": decisions.vision.strip()} | _choice(decisions.vision_status, decisions)
    text = f"People in {city.name} live, work and move in safety, with equal access to services and justice."
    return {"text": text, "status": "proposed", "basis": "Salus; to be replaced by the people of the city"}


def _budget(city: City, decisions: Decisions) -> Row:
    years = [{"year": decisions.cycle + i, "amount": float(amount)} for i, amount in enumerate(decisions.budget)]
    money = {"currency": city.currency, "price_year": city.price_year}
    stated = _choice(decisions.budget_status, decisions)
    return {"years": years, "illustrative": decisions.budget_illustrative} | money | stated


def _choice(choice: Choice | None, decisions: Decisions) -> Row:
    """Who decided and why; what nobody has agreed is proposed."""
    source = f"cycles/{decisions.cycle}/decisions.yaml"
    if choice is None:
        return {"status": "proposed", "basis": source}
    basis = f"{source}: {choice.why} ({choice.who}, {choice.when.isoformat()})"
    return {"status": choice.value, "basis": basis}
