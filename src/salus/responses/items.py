"""What the portfolio chooses from: interventions, each once, with the benefits over all their problems."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salus.responses.options import Option
from salus.responses.steps import Step, StepKey, needs
from salus.stats.draws import Array

UNLOCKABLE = frozenset({"build_capacity", "enable"})


@dataclass(frozen=True)
class Item:
    """An intervention that may be chosen: its options with harm draws, its cost paid once for all of them.

    `benefit`: draws of severity-weighted events averted a year. `steps`: what must be funded a year before.
    """

    intervention: str
    options: tuple[Option, ...]
    cost: float
    benefit: Array
    steps: tuple[StepKey, ...] = ()

    @property
    def earliest(self) -> int:
        """The first year of the plan (from 1) in which it can start."""
        return 2 if self.steps else 1


def items_of(options: Sequence[Option], steps: Sequence[Step], threshold: float, *, illustrative: bool) -> list[Item]:
    """The interventions that may be chosen: quantified, costed, helpful on average, and open to the city.

    Without illustrative answers an option whose capacity nobody assessed may enter as well.
    """
    priced = {step.key for step in steps if step.cost is not None}
    grouped: dict[str, list[Option]] = {}
    for option in options:
        if option.benefit is not None and option.cost is not None:
            grouped.setdefault(option.intervention.id, []).append(option)
    items = [_item(own, threshold) for own in grouped.values() if _open(own[0], illustrative=illustrative)]
    return [item for item in items if item.benefit.mean() > 0 and priced.issuperset(item.steps)]


def needed_steps(option: Option, threshold: float) -> tuple[StepKey, ...]:
    """The steps an option needs before it can start; none where it is ready or only not assessed."""
    found = option.feasibility
    if found is None or found.rule not in UNLOCKABLE:
        return ()
    # What nobody assessed is not a deficit: it is said in words, and no step is bought for it.
    known = [n for n in needs(option, threshold) if n.current is not None or n.key[3] == "authority"]
    return tuple(need.key for need in known)


def _open(option: Option, *, illustrative: bool) -> bool:
    found = option.feasibility
    if found is None:
        return False
    unknown = any(lead["rule"] == "capacity_unknown" for lead in found.leads)
    if unknown and illustrative:
        return False
    return found.rule in {"ready", "capacity_unknown"} or found.rule in UNLOCKABLE


def _item(options: list[Option], threshold: float) -> Item:
    first = options[0]
    low, high = first.cost or (0.0, 0.0)
    benefit = np.asarray(np.sum([o.benefit for o in options if o.benefit is not None], axis=0))
    steps = needed_steps(first, threshold)
    return Item(first.intervention.id, tuple(options), (low + high) / 2, benefit, steps)
