"""Gaps of a cell against the pack's threshold, its type, and the patterns it shows (domain section 4.4)."""

from collections.abc import Sequence
from typing import Final

from salus.governance.cells import SCALE, Cell

STATE_LEVELS: Final = ("local", "subnational", "national")
STRONG_AUTHORITY: Final = 4.0
LOW: Final = 1.0
JOINED_UP: Final = 3.0


def gap_row(cell: Cell, same_function: Sequence[Cell], *, threshold: float, illustrative: bool) -> dict[str, object]:
    """The row of the table `gaps` for a cell, read together with all cells of its function."""
    return {
        "function": cell.function, "level": cell.level, "institution": cell.institution,
        "authority": cell.authority, "capacity": cell.capacity, "capacity_mean": cell.capacity_mean,
        "capacity_min": cell.capacity_min, "exercise": cell.exercise,
        "authority_gap": _gap(threshold, cell.authority), "capacity_gap": _gap(threshold, cell.capacity),
        "exercise_gap": _exercise_gap(cell), "type": gap_type(cell, threshold=threshold),
        "also": ";".join(patterns(cell, same_function, threshold=threshold)),
        "agreement": None if cell.difference is None else 1 - cell.difference / SCALE,
        "raters": cell.raters, "legal_basis": cell.legal_basis, "verification": cell.verification,
        "grade": cell.grade, "illustrative": illustrative,
    }  # fmt: skip


def gap_type(cell: Cell, *, threshold: float = 3.0) -> str:
    """The kind of gap: `ready`, `capacity_deficit`, `authority_deficit`, `double_deficit`; `withheld` where
    raters differ by more than 1; `not_assessed` where authority or capacity is unknown.

    >>> gap_type(Cell("audit", "local", "city-hall", authority=4.0, capacity=2.0))
    'capacity_deficit'
    """
    if cell.withheld:
        return "withheld"
    if cell.authority is None or cell.capacity is None:
        return "not_assessed"
    if cell.authority >= threshold:
        return "ready" if cell.capacity >= threshold else "capacity_deficit"
    return "authority_deficit" if cell.capacity >= threshold else "double_deficit"


def patterns(cell: Cell, same_function: Sequence[Cell], *, threshold: float = 3.0) -> list[str]:
    """What else the cell shows, in a fixed order: `orphan`, `overlap`, `unfunded_mandate`, `paper_mandate`,
    `informal_provision`. A pattern is stated only where every score it needs is known.

    >>> cell = Cell("audit", "local", "city-hall", authority=4.0, exercise=1.0)
    >>> patterns(cell, [cell])
    ['paper_mandate']
    """
    strong = cell.authority is not None and cell.authority >= STRONG_AUTHORITY
    shown = {
        "orphan": is_orphan(same_function, threshold=threshold),
        "overlap": strong and cell.level in STATE_LEVELS and _overlaps(same_function),
        "unfunded_mandate": strong and cell.budget is not None and cell.budget <= LOW,
        "paper_mandate": strong and cell.exercise is not None and cell.exercise <= LOW,
        "informal_provision": cell.level == "community" and _informal(cell, same_function),
    }
    return [name for name, holds in shown.items() if holds]


def is_orphan(cells: Sequence[Cell], *, threshold: float = 3.0) -> bool:
    """Whether nobody at any level has the authority, and that is known for every rated cell.

    >>> is_orphan([Cell("audit", "local", "city-hall", authority=1.0)])
    True
    >>> is_orphan([Cell("audit", "local", "city-hall")])
    False
    """
    legal = [cell.authority for cell in cells if cell.level != "community"]
    known = [authority for authority in legal if authority is not None]
    return bool(known) and len(known) == len(legal) and max(known) < threshold


def _gap(threshold: float, score: float | None) -> float | None:
    return None if score is None else max(0.0, threshold - score) / SCALE


def _exercise_gap(cell: Cell) -> float | None:
    if cell.authority is None or cell.capacity is None or cell.exercise is None:
        return None
    return max(0.0, min(cell.authority, cell.capacity) - cell.exercise) / SCALE


def _overlaps(cells: Sequence[Cell]) -> bool:
    strong = [
        cell for cell in cells
        if cell.level in STATE_LEVELS and cell.authority is not None and cell.authority >= STRONG_AUTHORITY
    ]  # fmt: skip
    joined = [cell.coordination for cell in strong if cell.coordination is not None]
    uncoordinated = len(joined) == len(strong) and all(score < JOINED_UP for score in joined)
    return len({cell.level for cell in strong}) > 1 and uncoordinated


def _informal(cell: Cell, cells: Sequence[Cell]) -> bool:
    state = [other.exercise for other in cells if other.level in STATE_LEVELS]
    known = [score for score in state if score is not None]
    provided = cell.exercise is not None and cell.exercise >= JOINED_UP
    return provided and bool(known) and len(known) == len(state) and max(known) <= LOW
