"""Whether somebody may and can do it: the leads of all functions an intervention needs, taken together."""

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from salus.errors import BadInput
from salus.model.framework import Intervention

# From what helps most to what hinders most; an option is as feasible as its hardest function.
RULES: Final = ("ready", "capacity_unknown", "build_capacity", "enable", "orphan")
Lead = dict[str, Any]
"""A row of the table `leads`."""
Leads = dict[tuple[str, int], Lead]


@dataclass(frozen=True)
class Feasibility:
    """The leads of an intervention's functions, the first of which leads it.

    >>> Feasibility(({"function": "audit", "rule": "ready", "enabling": ""},)).feasible
    True
    """

    leads: tuple[Lead, ...]

    @property
    def rule(self) -> str:
        """The rule of the function that hinders most."""
        return max((str(lead["rule"]) for lead in self.leads), key=RULES.index)

    @property
    def feasible(self) -> bool | None:
        """True if every function is ready; None if capacity was not assessed and nothing is worse."""
        return {"ready": True, "capacity_unknown": None}.get(self.rule, False)

    @property
    def blocking(self) -> tuple[Lead, ...]:
        """The leads that are not ready."""
        return tuple(lead for lead in self.leads if lead["rule"] != "ready")

    @property
    def blocked_by(self) -> str:
        """`function:reason` of each, joined by `;`."""
        return ";".join(f"{lead['function']}:{lead['rule']}" for lead in self.blocking)

    @property
    def unlock(self) -> str:
        """What has to happen first, in words."""
        texts = (str(lead["enabling"] or "") for lead in self.blocking)
        return " ".join(dict.fromkeys(text for text in texts if text))


def leads_of(leads: pl.DataFrame) -> Leads:
    """The rows of one view of `leads` by function and needed capacity."""
    return {(row["function"], row["min_capacity"]): row for row in leads.rows(named=True)}


def feasibility(intervention: Intervention, leads: Leads) -> Feasibility:
    """The leads of all functions an intervention needs, at the capacity it needs."""
    needed = [(function, intervention.min_capacity) for function in intervention.functions]
    missing = [function for function, capacity in needed if (function, capacity) not in leads]
    if missing or not needed:
        raise BadInput(
            f"No lead is known for the functions {missing} at capacity {intervention.min_capacity}",
            where=f"intervention {intervention.id}",
            remedy="the intervention needs functions of the pack, and `leads` a row for each of them",
        )
    return Feasibility(tuple(leads[key] for key in needed))
