"""Shows again what need not be hidden: the quick way hides one cell after the other and never looks back.

Each cell hidden for the sake of others is tried, the dearest first: it is shown again if every protected cell keeps
its interval without it. What remains is minimal: no single one of them could be shown.
"""

from dataclasses import dataclass, field

import numpy as np

from salus.disclosure.additive import Additive, Array, Attacker, Cells, Mask, Region, exposed, regions, short_of
from salus.disclosure.hiding import Choice, rooms

_SLACK = 1e-7


@dataclass
class _Part:
    """Hidden cells that hang together, as a system of its own, and tables one attacker must think possible."""

    system: Additive
    attacker: Attacker
    need: Array
    lost: Cells
    tables: list[Array] = field(default_factory=list)

    def stands(self, hidden: Mask, cell: int) -> bool:
        """Whether all protected cells keep their widths with these hidden, `cell` being the one shown last."""
        need = np.where(hidden, self.need, -np.inf)
        need[self.lost] = -np.inf
        _, cells, room = rooms(self.system, self.attacker, hidden)
        if (room < need[cells] - _SLACK).any():
            return False
        touched = _beside(self.system, cell) & hidden
        for region in regions(self.system, self.attacker, hidden, holding=touched):
            if not self._keeps(region, need, hidden):
                return False
        return True

    def _keeps(self, region: Region, need: Array, hidden: Mask) -> bool:
        shown = ~hidden
        truth = self.system.values
        fitting = [t[region.cells] for t in self.tables if np.abs(t - truth)[shown].max(initial=0.0) < _SLACK]
        short, found = short_of(region, need[region.cells], truth[region.cells], known=fitting)
        for values in found:
            table = truth.copy()
            table[region.cells] = values
            self.tables.append(table)
        return not short.size


def spared(system: Additive, attackers: tuple[Attacker, ...], hidden: Mask, choice: Choice) -> Mask:
    """The hidden cells without those that no protected cell needs.

    `hidden`: all that is hidden; `choice`: what had to be hidden before, and what hiding costs. Cells that are
    exposed already stay as they are: none more is exposed afterwards.
    """
    result = hidden.copy()
    secondary = hidden & ~choice.hidden & choice.allowed
    if not secondary.any():
        return result
    lost = [exposed(system, attacker, hidden) for attacker in attackers]
    for region in regions(system, attackers[0], hidden, holding=secondary):
        parts = [_part(system, a, region, gone) for a, gone in zip(attackers, lost, strict=True)]
        inside = np.flatnonzero(secondary[region.cells])
        local = np.ones(region.cells.size, dtype=bool)
        for cell in inside[np.lexsort((inside, -choice.cost[region.cells[inside]]))]:
            local[cell] = False
            local[cell] = not all(part.stands(local, int(cell)) for part in parts)
        result[region.cells] = local
    return result


def _part(system: Additive, attacker: Attacker, region: Region, lost: Cells) -> _Part:
    place = np.full(system.values.size, -1)
    place[region.cells] = np.arange(region.cells.size)
    mine = place[attacker.cells] >= 0
    own = Attacker(
        attacker.least[region.cells], attacker.most[region.cells], place[attacker.cells[mine]], attacker.width[mine]
    )
    need = np.full(region.cells.size, -np.inf)
    need[own.cells] = own.width
    capped = np.fmin(own.most, np.ceil(system.values[region.cells]) + np.fmax(own.width.max(initial=1.0), 1.0))
    part = Additive(system.values[region.cells], region.matrix.tocsr(), region.right)
    gone = place[lost]
    return _Part(part, Attacker(own.least, capped, own.cells, own.width), need, gone[gone >= 0])


def _beside(system: Additive, cell: int) -> Mask:
    """All cells that share a sum with this one."""
    touched = abs(system.sums)[:, [cell]].toarray().ravel()
    return np.asarray(abs(system.sums).T @ touched > 0)
