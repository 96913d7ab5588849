"""Which further cells to hide so that no attacker can work out a protected one.

`protect` is quick and hides the smallest cells first; `cheapest` proves the least cost by a
mixed-integer program, for small tables.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, coo_array, csr_array, diags_array, hstack, vstack

from salus.disclosure.additive import Additive, Array, Attacker, Cells, Mask, exposed, regions
from salus.disclosure.hiding import Choice, rooms
from salus.disclosure.sparing import spared

_NODES = 3000


def protect(system: Additive, attackers: tuple[Attacker, ...], choice: Choice) -> tuple[Mask, Cells]:
    """The hidden cells after complementary hiding, and those that stay exposed.

    Smallest first: what single relations give away, without linear programs, then what only all relations together
    give away. Then every cell that no protected one needs is shown again, the dearest first.
    """
    hidden, stuck = _smallest_first(system, attackers, choice)
    return spared(system, attackers, hidden, choice), stuck


def _smallest_first(system: Additive, attackers: tuple[Attacker, ...], choice: Choice) -> tuple[Mask, Cells]:
    hidden = choice.hidden.copy()
    stuck: set[int] = set()
    matters = _matters(system, attackers)
    found: list[set[int]] = [set() for _ in attackers]
    seen = np.zeros(hidden.size, dtype=bool)
    while True:
        _close(system, hidden, choice, matters)
        if _loosen(system, attackers, hidden=hidden, choice=choice):
            continue
        # Hiding a cell changes only the group of cells it hangs together with: the rest stays as found.
        changed = hidden & ~seen
        for number, attacker in enumerate(attackers):
            touched = _hanging_with(system, attacker, hidden, changed)
            again = set(exposed(system, attacker, hidden, holding=changed).tolist())
            found[number] = {c for c in found[number] if not touched[c]} | again
        seen = hidden.copy()
        weak = [(a, c) for a, cells in zip(attackers, found, strict=True) for c in sorted(cells - stuck)]
        if not weak:
            return hidden, np.array(sorted(stuck & set[int]().union(*found)), dtype=np.int64)
        for attacker, cell in _one_in_each_region(system, weak, hidden):
            if not _reach_out(system, attacker, cell, hidden=hidden, choice=choice):
                stuck.add(cell)


def _hanging_with(system: Additive, attacker: Attacker, hidden: Mask, changed: Mask) -> Mask:
    """All cells of the groups that hold a changed cell."""
    mask = np.zeros(hidden.size, dtype=bool)
    for region in regions(system, attacker, hidden, holding=changed):
        mask[region.cells] = True
    return mask


def _loosen(system: Additive, attackers: tuple[Attacker, ...], *, hidden: Mask, choice: Choice) -> bool:
    """Hide the cheapest cell of every relation that alone leaves a protected cell too little room."""
    changed = False
    for attacker in attackers:
        need = np.full(hidden.size, -np.inf)
        need[attacker.cells] = attacker.width
        place = np.zeros(hidden.size, dtype=np.int64)
        place[attacker.cells] = np.arange(attacker.cells.size)
        relations, cells, room = rooms(system, attacker, hidden)
        tight = np.flatnonzero(room < need[cells])
        # Hiding more only gives more room, so what had enough before this pass still has.
        for entry in tight[np.lexsort((relations[tight], place[cells[tight]]))]:
            relation, cell = int(relations[entry]), int(cells[entry])
            if _room(system, attacker, relation, cell=cell, hidden=hidden) < need[cell]:
                changed |= _hide_cheapest(_cells_of(system, relation), hidden, choice)
    return changed


def _matters(system: Additive, attackers: tuple[Attacker, ...]) -> Mask:
    """Cells that must not be given away: the protected, and those that could pass it on to others."""
    mask = np.asarray(abs(system.sums).sum(axis=0)).ravel() > 1
    for attacker in attackers:
        mask[attacker.cells] = True
    return np.asarray(mask)


def _close(system: Additive, hidden: Mask, choice: Choice, matters: Mask) -> None:
    """A relation with one hidden cell gives it away: hide the cheapest other cell as well."""
    pattern = abs(system.sums)
    single = np.array([0])
    done: set[int] = set()
    while single.size:
        single = np.array([r for r in np.flatnonzero(pattern @ hidden.astype(float) == 1) if r not in done])
        for relation in single:
            done.add(int(relation))
            cells = _cells_of(system, int(relation))
            if hidden[cells].sum() == 1 and matters[cells[hidden[cells]]].all():
                _hide_cheapest(cells, hidden, choice)


def _cells_of(system: Additive, relation: int) -> Cells:
    start, end = system.sums.indptr[relation : relation + 2]
    return np.asarray(system.sums.indices[start:end], dtype=np.int64)


def _hide_cheapest(cells: Cells, hidden: Mask, choice: Choice) -> bool:
    free = cells[choice.allowed[cells] & ~hidden[cells]]
    if free.size:
        hidden[free[np.argmin(choice.cost[free])]] = True
    return bool(free.size)


def _one_in_each_region(system: Additive, weak: list[tuple[Attacker, int]], hidden: Mask) -> list[tuple[Attacker, int]]:
    label = np.full(hidden.size, -1)
    wanted = np.zeros(hidden.size, dtype=bool)
    wanted[[cell for _, cell in weak]] = True
    for number, region in enumerate(regions(system, weak[0][0], hidden, holding=wanted)):
        label[region.cells] = number
    chosen: dict[int, tuple[Attacker, int]] = {}
    for attacker, cell in weak:
        chosen.setdefault(int(label[cell]), (attacker, cell))
    return list(chosen.values())


def _reach_out(system: Additive, attacker: Attacker, cell: int, *, hidden: Mask, choice: Choice) -> bool:
    """Hide the cheapest cell tied to any hidden cell that hangs together with this one."""
    wanted = np.zeros(hidden.size, dtype=bool)
    wanted[cell] = True
    region = next(regions(system, attacker, hidden, holding=wanted))
    touched = np.unique(system.sums[:, region.cells].tocoo().coords[0])
    around = [_cells_of(system, int(r)) for r in touched]
    return bool(around) and _hide_cheapest(np.unique(np.concatenate(around)), hidden, choice)


def _room(system: Additive, attacker: Attacker, relation: int, *, cell: int, hidden: Mask) -> float:
    """The width that one relation alone leaves to a hidden cell."""
    cells = _cells_of(system, relation)
    signs = system.sums.data[system.sums.indptr[relation] : system.sums.indptr[relation + 1]]
    mine = cells == cell
    others = hidden[cells] & ~mine
    down, up = system.values[cells] - attacker.least[cells], attacker.most[cells] - system.values[cells]
    same = (signs == signs[mine])[others]
    rise = np.where(same, down[others], up[others]).sum()
    fall = np.where(same, up[others], down[others]).sum()
    return float(min(rise, up[mine][0]) + min(fall, down[mine][0]))


def cheapest(
    system: Additive, attackers: tuple[Attacker, ...], choice: Choice, *, seconds: float = np.inf
) -> Mask | None:
    """The hidden cells of least cost, or None if no pattern protects all or the search is cut short.

    For each protected cell the program holds two tables the attacker must think possible, one with
    a high and one with a low value of it (Fischetti and Salazar 2001, in full instead of by cuts).
    No cell need differ from its true value by more than the width, which keeps the program tight.
    Ties are broken by fewer cells.
    """
    blocks = [(a, int(c), float(w)) for a in attackers for c, w in zip(a.cells, a.width, strict=True)]
    size = system.values.size
    programs = [_block(system, *block) for block in blocks]
    rows = vstack([hstack([vstack([p[0] for p in programs]), block_diag([p[1] for p in programs])])]).tocsr()
    lower = np.where(choice.hidden, 1.0, 0.0)
    upper = np.where(choice.hidden | choice.allowed, 1.0, 0.0)
    moves = 2 * size * len(blocks)
    result = milp(
        np.concatenate([choice.cost + 0.5 / (size + 1), np.zeros(moves)]),
        integrality=np.concatenate([np.ones(size), np.zeros(moves)]),
        bounds=Bounds(
            np.concatenate([lower, np.full(moves, -np.inf)]), np.concatenate([upper, np.full(moves, np.inf)])
        ),
        constraints=LinearConstraint(
            rows, np.concatenate([p[2] for p in programs]), np.concatenate([p[3] for p in programs])
        ),
        options={"node_limit": _NODES, "mip_rel_gap": 0.0, "time_limit": seconds},
    )
    return np.asarray(result.x[:size] > 0.5) if result.status == 0 else None


def _block(system: Additive, attacker: Attacker, cell: int, width: float) -> tuple[csr_array, csr_array, Array, Array]:
    """Rows for one protected cell: on hidden/shown, on the two moves away from the truth, and limits."""
    size, relations = system.values.size, system.sums.shape[0]
    fall = np.clip(np.fmin(width, system.values - attacker.least), 0, None)
    rise = np.clip(np.fmin(width, attacker.most - system.values), 0, None)
    one = diags_array(np.ones(size))
    nothing = csr_array((relations, size))
    apart = coo_array(([1.0], ([0], [cell])), shape=(1, size))
    on = vstack([nothing, diags_array(-rise), diags_array(fall)])
    move = vstack([system.sums, one, one])
    gap_row = hstack([apart, -apart])
    moves = csr_array(vstack([block_diag([move, move]), gap_row]))
    shown = csr_array(vstack([on, on, csr_array((1, size))]))
    low = np.concatenate([np.zeros(relations), np.full(size, -np.inf), np.zeros(size)])
    high = np.concatenate([np.zeros(relations), np.zeros(size), np.full(size, np.inf)])
    return shown, moves, np.concatenate([low, low, [width]]), np.concatenate([high, high, [np.inf]])
