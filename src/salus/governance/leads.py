"""Who leads a function: subsidiarity with a reality check (the lead-level rule, domain section 4.4)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from salus.governance.cells import Cell
from salus.governance.gaps import STATE_LEVELS, is_orphan
from salus.model.framework import GovernanceFunction
from salus.model.grades import worst
from salus.model.phrases import Phrase, Value

SUPPORTING_AUTHORITY = 2.0
CROSS_BORDER_SECTOR = "flows"
BEYOND = ("national", "international")


@dataclass(frozen=True)
class Lead:
    """The cell that leads, by which rule; no cell where nobody can be named.

    `rule`: `ready` (may and can), `build_capacity` (may, cannot yet), `capacity_unknown` (nobody rated
    it), `enable` (needs authority first) or `orphan` (nobody has the authority).
    """

    rule: str
    cell: Cell | None = None


def lead_level(cells: Sequence[Cell], min_capacity: float, *, threshold: float = 3.0) -> Lead:
    """Who leads a function for something that needs `min_capacity` (0-5), from the cells of that function.

    The lowest of the levels local, subnational, national with authority ≥ threshold and enough capacity;
    else the lowest with the authority; else the strongest legal claim. The community never leads by law.

    >>> city = Cell("street-lighting", "local", "city-hall", authority=5.0, capacity=1.5)
    >>> state = Cell("street-lighting", "subnational", "state", authority=3.0, capacity=3.2)
    >>> lead_level([city, state], 1).cell.level, lead_level([city, state], 3).cell.level
    ('local', 'subnational')
    >>> lead_level([city, state], 4).rule
    'build_capacity'
    """
    state = [cell for level in STATE_LEVELS for cell in cells if cell.level == level]
    mandated = [cell for cell in state if cell.authority is not None and cell.authority >= threshold]
    able = [cell for cell in mandated if cell.capacity is not None and cell.capacity >= min_capacity]
    if able:
        return Lead("ready", _best([cell for cell in able if cell.level == able[0].level], by_capacity=True))
    if mandated:
        chosen = _best([cell for cell in mandated if cell.level == mandated[0].level], by_capacity=False)
        return Lead("capacity_unknown" if chosen.capacity is None else "build_capacity", chosen)
    claims = [cell for cell in state if (cell.authority or 0) > 0]
    claimant = _best(claims, by_capacity=False) if claims else None
    if is_orphan(cells, threshold=threshold):
        return Lead("orphan", claimant)
    return Lead("enable", claimant) if claimant else Lead("capacity_unknown")


def lead_row(
    function: GovernanceFunction, cells: Sequence[Cell], needed: int, *, threshold: float, illustrative: bool
) -> dict[str, object]:
    """The row of the table `leads` for a function and a needed capacity."""
    lead = lead_level(cells, needed, threshold=threshold)
    cell = lead.cell
    first = enabling_action(function, lead, needed, cells=cells, threshold=threshold)
    return {
        "function": function.id, "min_capacity": needed, "level": cell.level if cell else "",
        "institution": cell.institution if cell else "", "rule": lead.rule,
        "authority": cell.authority if cell else None, "capacity": cell.capacity if cell else None,
        "support": ";".join(supporters(function, cells, cell)),
        "enabling": " ".join(phrase.plain for phrase in first),
        "phrases": json.dumps([phrase.packed for phrase in first], ensure_ascii=False),
        "grade": cell.grade if cell else worst(*(each.grade for each in cells)), "illustrative": illustrative,
    }  # fmt: skip


def supporters(function: GovernanceFunction, cells: Sequence[Cell], lead: Cell | None) -> list[str]:
    """Other institutions with authority ≥ 2; for functions against flows also every national and
    international one that was rated, because flows cross borders."""
    leader = lead.institution if lead else ""
    always = BEYOND if _crosses_borders(function) else ()
    chosen = {c.institution for c in cells if (c.authority or 0) >= SUPPORTING_AUTHORITY or c.level in always}
    return sorted(chosen - {leader})


def enabling_action(
    function: GovernanceFunction, lead: Lead, needed: int, *, cells: Sequence[Cell], threshold: float
) -> tuple[Phrase, ...]:
    """What has to happen before the lead can act; empty where it can act now."""
    actions = _actions(function, lead, needed, threshold)
    rated = {cell.level for cell in cells}
    missing = tuple(f"level:{level}" for level in BEYOND if level not in rated)
    if _crosses_borders(function) and missing:
        actions.append(Phrase(PARTNER, {"levels": missing}))
    return tuple(actions)


REFORM: Final = "Reform the law: no institution has authority for: {function}."
FIND_OUT: Final = "Find out who has legal authority and capacity for: {function}; two raters, with the law cited."
ASSESS: Final = "Assess the capacity of {institution} for: {function}; two raters."
BUILD: Final = "Build the capacity of {institution} for: {function}, from {capacity} to {needed} of 5."
EMPOWER: Final = {
    "local": "Make a delegation agreement or a by-law that gives {institution} authority for: {function}, from"
    " {authority} to at least {needed} of 5.",
    "subnational": "Make an agreement between levels of government or a state law that gives {institution} authority"
    " for: {function}, from {authority} to at least {needed} of 5.",
    "national": "Reform the law so that it gives {institution} authority for: {function}, from {authority} to at"
    " least {needed} of 5.",
}
PARTNER: Final = "Name the partner at this level, because it crosses borders: {levels}."
ENABLING: Final = (REFORM, FIND_OUT, ASSESS, BUILD, *EMPOWER.values(), PARTNER)
"""Every template of an enabling action, so that documents can translate them."""


def _actions(function: GovernanceFunction, lead: Lead, needed: int, threshold: float) -> list[Phrase]:
    cell = lead.cell
    task = f"function:{function.id}"
    if lead.rule == "ready":
        return []
    if cell is None:
        return [Phrase(REFORM if lead.rule == "orphan" else FIND_OUT, {"function": task})]
    who = f"institution:{cell.institution}"
    if lead.rule == "capacity_unknown":
        return [Phrase(ASSESS, {"institution": who, "function": task})]
    if lead.rule == "build_capacity":
        capacity = round(cell.capacity or 0.0, 1)
        values: dict[str, Value] = {"institution": who, "function": task, "capacity": capacity, "needed": needed}
        return [Phrase(BUILD, values)]
    authority = round(cell.authority or 0.0, 1)
    values = {"institution": who, "function": task, "authority": authority, "needed": threshold}
    return [Phrase(EMPOWER[cell.level], values)]


def _best(cells: Sequence[Cell], *, by_capacity: bool) -> Cell:
    def order(cell: Cell) -> tuple[float, float, int, str]:
        authority = cell.authority or 0.0
        capacity = -1.0 if cell.capacity is None else cell.capacity
        first, second = (capacity, authority) if by_capacity else (authority, capacity)
        return (-first, -second, STATE_LEVELS.index(cell.level), cell.institution)

    return min(cells, key=order)


def _crosses_borders(function: GovernanceFunction) -> bool:
    return function.sector == CROSS_BORDER_SECTOR
