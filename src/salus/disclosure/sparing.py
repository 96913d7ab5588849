"""Shows again what need not be hidden: the quick way hides one cell after the other and never looks back.

Each cell hidden for the sake of others is tried, the dearest first: it is shown again if every protected cell keeps
its interval without it. What remains is minimal: no single one of them could be shown.
"""

import numpy as np

from salus.disclosure.additive import Additive, Array, Attacker, Cells, Mask, Region, regions
from salus.disclosure.exposing import narrow
from salus.disclosure.hiding import Choice, rooms

_SLACK = 1e-7
_LARGE = 1500
"""Hidden cells hanging together from which on they stay as they are: each trial would take a second."""


class _Part:
    """Hidden cells that hang together, and all tables that one attacker must think possible."""

    def __init__(self, system: Additive, attacker: Attacker, region: Region, lost: Cells) -> None:
        cells = region.cells
        place = np.full(system.values.size, -1)
        place[cells] = np.arange(cells.size)
        mine = place[attacker.cells] >= 0
        own, width = place[attacker.cells[mine]], attacker.width[mine]
        self.need = np.full(cells.size, -np.inf)
        self.need[own] = width
        self.need[place[lost][place[lost] >= 0]] = -np.inf
        self.truth = system.values[cells]
        most = np.fmin(attacker.most[cells], np.ceil(self.truth) + np.fmax(width.max(initial=1.0), 1.0))
        self.limits = Attacker(attacker.least[cells], most, own, width, attacker.overlaps)
        self.system = Additive(self.truth, region.matrix.tocsr(), region.right)
        self.region = Region(cells, region.rows, region.matrix, region.right, self.limits.least, most)
        self.tables = self.truth[None, :]

    def stands_without(self, cell: int, hidden: Mask) -> bool:
        """Whether all protected cells keep their widths if this cell is shown too; if so, it is from now on.

        `hidden`: what is hidden then.
        """
        need = np.where(hidden, self.need, -np.inf)
        _, cells, room = rooms(self.system, self.limits, hidden)
        if (room < need[cells] - _SLACK).any():
            return False
        self.region.program.bound(cell, self.truth[cell], self.truth[cell])
        fitting = self.tables[np.abs(self.tables[:, cell] - self.truth[cell]) < _SLACK]
        found = self._settled(fitting, need, cell)
        if found is None:
            self.hide_again(cell)
            return False
        self.tables = found
        return True

    def hide_again(self, cell: int) -> None:
        """Takes back that this cell is shown."""
        self.region.program.bound(cell, self.limits.least[cell], self.limits.most[cell])

    def _settled(self, tables: Array, need: Array, cell: int) -> Array | None:
        """Tables that together show every need to be met, those near the cell first; None if one is not."""
        low, high = tables.min(axis=0), tables.max(axis=0)
        near = _beside(self.system, cell)
        added = []
        while (missing := np.flatnonzero(narrow(low, high, need))).size:
            wanted = missing[np.argmax(near[missing])]
            for sign in (1.0, -1.0):
                direction = np.zeros(need.size)
                direction[wanted] = sign
                table = self.region.push(direction)
                if table is not None:
                    added.append(table)
                    np.fmin(low, table, out=low)
                    np.fmax(high, table, out=high)
            if narrow(low, high, need)[wanted]:
                return None
        return np.vstack([tables, *added]) if added else tables


def spared(
    system: Additive, attackers: tuple[Attacker, ...], choice: Choice, hidden: Mask, exposed: tuple[Cells, ...]
) -> Mask:
    """The hidden cells without those that no protected cell needs.

    `choice`: what had to be hidden before, and what hiding costs; `hidden`: all that is hidden now; `exposed`: the
    cells each attacker can tell all the same. None more is exposed afterwards.
    """
    result = hidden.copy()
    secondary = hidden & ~choice.hidden & choice.allowed
    if not secondary.any():
        return result
    for region in regions(system, attackers[0], hidden, secondary):
        if region.cells.size > _LARGE:
            continue
        parts = [_Part(system, a, region, gone) for a, gone in zip(attackers, exposed, strict=True)]
        inside = np.flatnonzero(secondary[region.cells])
        local = np.ones(region.cells.size, dtype=bool)
        for cell in inside[np.lexsort((inside, -choice.cost[region.cells[inside]]))]:
            local[cell] = False
            for position, part in enumerate(parts):
                if not part.stands_without(int(cell), local):
                    local[cell] = True
                    for earlier in parts[:position]:
                        earlier.hide_again(int(cell))
                    break
        result[region.cells] = local
    return result


def _beside(system: Additive, cell: int) -> Mask:
    """All cells that share a sum with this one."""
    touched = abs(system.sums)[:, [cell]].toarray().ravel()
    return np.asarray(abs(system.sums).T @ touched > 0)
