"""Which further cells to hide so that no attacker can work out a protected one.

`protect` is quick and hides the smallest cells first; `cheapest` proves the least cost by a
mixed-integer program, for small tables.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, coo_array, csc_array, csr_array, diags_array, hstack, vstack

from salus.disclosure.additive import Additive, Array, Attacker, Cells, Mask
from salus.disclosure.exposing import Reach
from salus.disclosure.hiding import Choice, rooms
from salus.disclosure.sparing import spared

_NODES = 3000


def protect(system: Additive, attackers: tuple[Attacker, ...], choice: Choice) -> tuple[Mask, Cells]:
    """The hidden cells after complementary hiding, and those that stay exposed.

    Smallest first: what single relations give away, without linear programs, then what only all relations together
    give away. Then every cell that no protected one needs is shown again, the dearest first.
    """
    hidden, exposed = _smallest_first(system, attackers, choice)
    stuck = np.unique(np.concatenate([*exposed, np.array([], dtype=np.int64)]))
    return spared(system, attackers, choice, hidden, exposed), stuck


def _smallest_first(
    system: Additive, attackers: tuple[Attacker, ...], choice: Choice
) -> tuple[Mask, tuple[Cells, ...]]:
    """What is hidden then, and for each attacker the cells that stay exposed."""
    hidden, seen = choice.hidden.copy(), np.zeros(choice.hidden.size, dtype=bool)
    stuck: set[int] = set()
    matters = _matters(system, attackers)
    reaches = [Reach(system, attacker) for attacker in attackers]
    columns = csc_array(abs(system.sums))
    while True:
        _close(system, hidden, choice, matters)
        if _loosen(system, attackers, hidden=hidden, choice=choice):
            continue
        changed, seen = hidden & ~seen, hidden.copy()
        for reach in reaches:
            reach.look(hidden, changed)
        weak = [(reach, int(cell)) for reach in reaches for cell in reach.weak(hidden) if int(cell) not in stuck]
        if not weak:
            return hidden, tuple(reach.weak(hidden) for reach in reaches)
        stuck |= _help(columns, weak, hidden, choice)


def _help(columns: csc_array, weak: list[tuple[Reach, int]], hidden: Mask, choice: Choice) -> set[int]:
    """Hides for each weak cell the cheapest of those that keep it narrow; the weak cells that nothing can help.

    A cell that shares a sum with one hidden just before waits: it may have been helped.
    """
    helped, lost = np.zeros(columns.shape[0], dtype=bool), set[int]()
    for reach, cell in weak:
        binding = reach.binding.get(cell, np.array([], dtype=np.int64))
        sums = [columns.indices[columns.indptr[c] : columns.indptr[c + 1]] for c in (cell, *binding)]
        if helped[np.concatenate(sums)].any():
            continue
        chosen = _hide_cheapest(binding, hidden, choice)
        if chosen is None:
            lost.add(cell)
        else:
            helped[columns.indices[columns.indptr[chosen] : columns.indptr[chosen + 1]]] = True
    return lost


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
                changed |= _hide_cheapest(_cells_of(system, relation), hidden, choice) is not None
    return changed


def _matters(system: Additive, attackers: tuple[Attacker, ...]) -> Mask:
    """Cells that must not be given away: the protected, and those that could pass it on to others."""
    own = system.sums if system.overlap is None else system.sums[~system.overlap]
    mask = np.asarray(abs(own).sum(axis=0)).ravel() > 1
    for attacker in attackers:
        mask[attacker.cells] = True
    return np.asarray(mask)


def _close(system: Additive, hidden: Mask, choice: Choice, matters: Mask) -> None:
    """A relation with one hidden cell gives it away: hide the cheapest other cell as well."""
    pattern = abs(system.sums)
    if system.overlap is not None:
        pattern = csr_array(pattern.multiply(~system.overlap[:, None]))
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


def _hide_cheapest(cells: Cells, hidden: Mask, choice: Choice) -> int | None:
    """The cell of these that is hidden now, if there is one that may be."""
    free = cells[choice.allowed[cells] & ~hidden[cells]]
    if not free.size:
        return None
    chosen = int(free[np.argmin(choice.cost[free])])
    hidden[chosen] = True
    return chosen


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
