"""Which step of capacity or authority would unlock most: the capacity-investment advisor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from salus.model.grades import capped, worst
from salus.responses.costs import CostBasis, Range, step_cost
from salus.responses.feasibility import Lead
from salus.responses.options import Option
from salus.stats.draws import Array

StepKey = tuple[str, str, str, str]
"""Function, level, institution, kind (capacity or authority)."""


@dataclass(frozen=True)
class Need:
    """One thing an option lacks: 0-5 from `current` (None if nobody assessed it) to `needed`."""

    key: StepKey
    current: float | None
    needed: float


@dataclass(frozen=True)
class Step:
    """A step and the options that wait for it. Its benefit is theirs in full, also where they wait for
    other steps as well, so the benefits of several steps do not add up."""

    key: StepKey
    current: float | None
    needed: float
    options: tuple[Option, ...]
    cost: Range | None

    @property
    def benefit(self) -> Array:
        """Draws of severity-weighted events a year of the options held back, added up."""
        draws = [option.benefit for option in self.options if option.benefit is not None]
        return np.asarray(np.sum(draws, axis=0))


def needs(option: Option, threshold: float) -> list[Need]:
    """What an option lacks before it is ready, function by function."""
    if option.feasibility is None:
        return []
    capacity = option.intervention.min_capacity
    return [need for lead in option.feasibility.blocking for need in _lead_needs(lead, capacity, threshold)]


def steps_of(options: Sequence[Option], threshold: float, basis: CostBasis | None) -> list[Step]:
    """The steps that hold back at least one option with positive expected benefit, in key order."""
    found: dict[StepKey, list[tuple[Need, Option]]] = {}
    for option in options:
        if option.benefit is not None and option.benefit.mean() > 0:
            for need in needs(option, threshold):
                found.setdefault(need.key, []).append((need, option))
    return [_step(key, found[key], basis) for key in sorted(found)]


def step_row(step: Step, *, illustrative: bool) -> dict[str, Any]:
    """The row of the table `steps`; its cost is paid once, in the year of the step, and is proposed."""
    function, level, institution, kind = step.key
    spread = np.quantile(step.benefit, [0.025, 0.975])
    low, high = step.cost or (None, None)
    grade = worst(*(option.grade for option in step.options))
    return {
        "function": function, "level": level, "institution": institution, "kind": kind,
        "from": step.current, "to": step.needed,
        "unlocks": ";".join(sorted({option.intervention.id for option in step.options})),
        "benefit": float(step.benefit.mean()), "low": float(spread[0]), "high": float(spread[1]),
        "cost_low": low, "cost_high": high, "grade": capped(grade, "E" if illustrative else "A"),
        "illustrative": illustrative,
    }  # fmt: skip


def _lead_needs(lead: Lead, needed: int, threshold: float) -> list[Need]:
    place = (str(lead["function"]), str(lead["level"] or ""), str(lead["institution"] or ""))
    capacity = Need((*place, "capacity"), lead["capacity"], float(needed))
    if lead["rule"] in {"build_capacity", "capacity_unknown"}:
        return [capacity]
    authority = Need((*place, "authority"), lead["authority"], threshold)
    short = lead["capacity"] is not None and lead["capacity"] < needed
    return [authority, capacity] if short else [authority]


def _step(key: StepKey, held: list[tuple[Need, Option]], basis: CostBasis | None) -> Step:
    current, needed = held[0][0].current, max(need.needed for need, _ in held)
    cost = step_cost(basis, key[3]) if basis else None
    return Step(key, current, needed, tuple(option for _, option in held), cost)
