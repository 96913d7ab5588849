"""The options: each intervention for each of its problems, with lead, effect, harm averted and cost."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from salus.model.city import City
from salus.model.content import Verification
from salus.model.framework import Effect, Intervention, Pack, Problem
from salus.model.grades import Grade, capped, worst
from salus.model.tables import row_key
from salus.responses.baseline import Baseline, Residents, baseline, residents, yearly_counts
from salus.responses.costs import CostBasis, Range, cost_basis, cost_range
from salus.responses.effects import Transported, choose_effect, transported
from salus.responses.feasibility import Feasibility, Leads, feasibility, leads_of
from salus.stats.draws import Array, DrawSource

Row = dict[str, Any]
REFUSED: Final = "refused"
_VERIFIED: Final[dict[Verification, Grade]] = {"seen": "B", "recalled": "C", "proposed": "D"}


@dataclass(frozen=True)
class Setting:
    """What one view of the responses sees of a city: its counts, leads, problems, and what money is worth."""

    illustrative: bool
    pack: Pack
    city: City
    draws: DrawSource
    counts: pl.DataFrame
    leads: Leads
    problems: dict[str, Problem]
    people: Residents | None
    basis: CostBasis | None


@dataclass(frozen=True)
class Option:
    """One intervention for one problem in one view.

    `harm`: draws of recorded events averted a year; None where effect or events are not quantified.
    `cost`: the city's currency a year, a band; None where residents or the band are not known.
    """

    intervention: Intervention
    problem: Problem
    illustrative: bool
    feasibility: Feasibility | None = None
    effect: Transported | None = None
    events: Baseline | None = None
    harm: Array | None = field(default=None, repr=False)
    cost: Range | None = None
    people: Residents | None = None

    @property
    def harmful(self) -> bool:
        """Whether the evidence says it harms, so that it is refused."""
        return self.feasibility is None

    @property
    def key(self) -> str:
        """Its row key in `options`."""
        about = {"intervention": self.intervention.id, "problem": self.problem.id}
        return row_key("options", about | {"illustrative": self.illustrative})

    @property
    def benefit(self) -> Array | None:
        """Draws of harm averted a year weighted by the severity of one event (1-5)."""
        return None if self.harm is None else self.problem.severity * self.harm

    @property
    def grade(self) -> Grade:
        """The weakest of effect, transfer and events; without effect that of the leads; E where invented."""
        if self.effect is not None:
            parts = [self.effect.grade, _VERIFIED[self.effect.verification]]
            own = worst(*parts, *([self.events.grade] if self.events else []))
        elif self.feasibility is not None:
            own = worst(*(lead["grade"] for lead in self.feasibility.leads))
        else:
            own = _VERIFIED[self.intervention.verification]
        return capped(own, "E" if self.illustrative else "A")


def setting(
    estimates: pl.DataFrame, leads: pl.DataFrame, priorities: pl.DataFrame, *,
    illustrative: bool, pack: Pack, city: City, draws: DrawSource,
) -> Setting:  # fmt: skip
    """One view: with `illustrative` the invented answers take part, without only what is real."""
    seen = estimates if illustrative else estimates.filter(~pl.col("illustrative"))
    counts = yearly_counts(seen, city)
    ranked = set(priorities["problem"])
    problems = {p.id: p for p in pack.problems if p.id in ranked}
    people = residents(counts, pack, list(pack.problems))
    basis = cost_basis(pack, city, people.persons) if people and pack.interventions else None
    own = leads_of(leads.filter(pl.col("illustrative") == illustrative))
    return Setting(illustrative, pack, city, draws, counts, own, problems, people, basis)


def options_of(view: Setting) -> list[Option]:
    """Every intervention for each of its problems that was ranked; the harmful ones as refused."""
    effects: dict[str, list[Effect]] = {}
    for effect in view.pack.effects:
        effects.setdefault(effect.intervention, []).append(effect)
    return [
        _refused(view, intervention, view.problems[problem])
        if intervention.kind == "harmful"
        else _option(view, intervention, view.problems[problem], effects.get(intervention.id, []))
        for intervention in view.pack.interventions
        for problem in dict.fromkeys(intervention.problems)
        if problem in view.problems
    ]


def option_row(option: Option) -> Row:
    """The row of the table `options`."""
    about = {
        "intervention": option.intervention.id, "problem": option.problem.id,
        "kind": option.intervention.kind, "grade": option.grade, "illustrative": option.illustrative,
    }  # fmt: skip
    if option.feasibility is None:
        return about | {
            "lead_level": "", "lead": "", "rule": REFUSED, "feasible": False, "unlock": "",
            "blocked_by": f"harmful: {option.intervention.evidence}", "transfer_grade": "none",
            "verification": option.intervention.verification,
        }  # fmt: skip
    found, lead = option.feasibility, option.feasibility.leads[0]
    low, high = option.cost or (None, None)
    return about | _effect_part(option) | {
        "lead_level": lead["level"], "lead": lead["institution"], "rule": found.rule,
        "feasible": found.feasible, "blocked_by": found.blocked_by, "unlock": found.unlock,
        "cost_low": low, "cost_high": high,
    }  # fmt: skip


def option_support(option: Option, ranked: bool) -> list[tuple[str, str]]:
    """What an option rests on: (table, key); `ranked` says in which view its problem was ranked."""
    rank = row_key("priorities", {"problem": option.problem.id, "illustrative": ranked})
    support = [("priorities", rank)]
    if option.feasibility is None:
        return [*support, ("pack", f"intervention:{option.intervention.id}")]
    support += [("leads", row_key("leads", lead)) for lead in option.feasibility.leads]
    if option.effect is not None:
        support.append(("pack", f"effect:{option.intervention.id}:{option.effect.outcome}"))
    if option.harm is not None and option.events is not None:
        support += option.events.support
    if option.cost is not None and option.people is not None:
        support += [("pack", f"cost_bands:{option.intervention.cost_band}"), option.people.support]
    return list(dict.fromkeys(support))


def _refused(view: Setting, intervention: Intervention, problem: Problem) -> Option:
    return Option(intervention, problem, view.illustrative)


def _option(view: Setting, intervention: Intervention, problem: Problem, effects: list[Effect]) -> Option:
    effect = _effect(view, intervention, problem, effects)
    events = baseline(view.counts, view.pack, problem)
    harm = None
    if effect is not None and events is not None:
        harm = events.draws(view.draws) * _reach(view, intervention) * (1 - effect.ratios)
    return Option(
        intervention, problem, view.illustrative, feasibility(intervention, view.leads),
        effect, events, harm, _cost(view, intervention), view.people,
    )  # fmt: skip


def _effect(view: Setting, intervention: Intervention, problem: Problem, effects: list[Effect]) -> Transported | None:
    chosen = choose_effect(effects, problem.id, view.city.income_group)
    if chosen is None:
        return None
    return transported(
        chosen, view.draws, strength=intervention.strength,
        income_group=view.city.income_group, transfer_mean=view.pack.transfer_mean,
    )  # fmt: skip


def _reach(view: Setting, intervention: Intervention) -> Array:
    low, high = intervention.reach_low, intervention.reach_high
    return low + (high - low) * view.draws.uniform(f"reach|{intervention.id}")


def _cost(view: Setting, intervention: Intervention) -> Range | None:
    if view.basis is None or intervention.cost_band is None:
        return None
    middle = (intervention.reach_low + intervention.reach_high) / 2
    return cost_range(view.basis, intervention.cost_band, middle)


def _effect_part(option: Option) -> Row:
    if option.effect is None:
        return {"transfer_grade": "none", "verification": "none"}
    low, high = option.effect.interval
    part: Row = {
        "effect": option.effect.value, "low": low, "high": high,
        "transfer_grade": option.effect.grade, "verification": option.effect.verification,
    }  # fmt: skip
    if option.harm is None:
        return part
    spread = np.quantile(option.harm, [0.025, 0.975])
    harm = {"harm_averted": float(option.harm.mean()), "harm_low": float(spread[0])}
    return part | harm | {"harm_high": float(spread[1])}
