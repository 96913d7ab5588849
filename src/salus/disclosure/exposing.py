"""What an attacker can work out: the interval of each hidden cell, and which are too narrow.

Linear programs over hidden cells that hang together. Every solution found is a possible table for all cells at once,
so a few random ones settle most cells; only the rest need programs of their own.
"""

import numpy as np
from scipy.sparse import csr_array

from salus.disclosure.additive import Additive, Array, Attacker, Cells, Mask, Region, regions

_TOLERANCE = 1e-7
_ROUNDS = 24
_FEW = 3


def intervals(region: Region) -> list[tuple[float, float]]:
    """The least and greatest whole number that each hidden cell of a region can be.

    Two linear programs a cell, fewer where a solution found for another cell already reaches the
    end that a single relation sets.
    """
    size = region.cells.size
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    end = _ceiling(region)
    for position in range(size):
        if high[position] < end[position] - _TOLERANCE and not _learn(region, position, 1.0, (low, high)):
            high[position] = np.inf
        if low[position] > region.low[position] + _TOLERANCE:
            _learn(region, position, -1.0, (low, high))
    return [whole(*pair) for pair in zip(low.tolist(), high.tolist(), strict=True)]


def _ceiling(region: Region) -> Array:
    """The least upper end that any one relation of parts alone sets for each cell."""
    end = region.high.copy()
    rows = csr_array(region.matrix)
    for row, (start, stop) in enumerate(zip(rows.indptr[:-1], rows.indptr[1:], strict=True)):
        cells = rows.indices[start:stop]
        if (rows.data[start:stop] > 0).all():
            room = region.right[row] - region.low[cells].sum() + region.low[cells]
            end[cells] = np.fmin(end[cells], room)
    return end


def whole(low: float, high: float) -> tuple[float, float]:
    """The least and greatest whole number between two ends."""
    return float(np.ceil(low - _TOLERANCE)) + 0.0, float(np.floor(high + _TOLERANCE)) + 0.0


def exposed(system: Additive, attacker: Attacker, hidden: Mask) -> Cells:
    """Which of the attacker's cells keep an interval shorter than they need (sorted)."""
    reach = Reach(system, attacker)
    reach.look(hidden, hidden)
    return reach.weak(hidden)


class Reach:
    """How far an attacker's guesses of each cell reach, as found so far.

    The more is hidden the further they reach, so what was found stays true while cells are only added to the hidden.
    """

    def __init__(self, system: Additive, attacker: Attacker) -> None:
        self.system, self.need = system, np.full(system.values.size, -np.inf)
        self.need[attacker.cells] = attacker.width
        most = np.ceil(system.values) + np.fmax(attacker.width.max(initial=1.0), 1.0)
        self.attacker = Attacker(
            attacker.least, np.fmin(attacker.most, most), attacker.cells, attacker.width, attacker.overlaps
        )
        self.low, self.high = system.values.copy(), system.values.copy()
        self.binding: dict[int, Cells] = {}
        """Of each cell too narrow, the shown cells that keep it so at the ends of its interval."""

    def weak(self, hidden: Mask) -> Cells:
        """The attacker's cells that are shown, or too narrow as far as was looked."""
        return np.flatnonzero((self.need > 0) & (~hidden | narrow(self.low, self.high, self.need)))

    def look(self, hidden: Mask, changed: Mask) -> None:
        """Widens what is known of all cells that hang together with the changed ones."""
        still = narrow(self.low, self.high, self.need) & hidden
        for region in regions(self.system, self.attacker, hidden, changed, still):
            self._look_into(region)

    def _look_into(self, region: Region) -> None:
        cells = region.cells
        need, ends = self.need[cells], (self.low[cells], self.high[cells])
        random, before = np.random.default_rng(cells.size), need.size
        for _ in range(_ROUNDS):
            remaining = narrow(*ends, need)
            if remaining.sum() <= _FEW or remaining.sum() == before:
                break
            before = remaining.sum()
            _widened(ends, region.push(np.where(remaining, random.standard_normal(need.size), 0.0)))
        for position in np.flatnonzero(narrow(*ends, need)):
            self._ask(region, int(position), ends)
        self.low[cells], self.high[cells] = ends

    def _ask(self, region: Region, position: int, ends: tuple[Array, Array]) -> None:
        """Both ends of one cell, and what binds them if they are too near to each other."""
        binding = np.zeros(self.system.values.size)
        need = self.need[region.cells[position]]
        for sign in (1.0, -1.0):
            if not narrow(ends[0][position], ends[1][position], need):
                return
            _learn(region, position, sign, ends)
            if region.rows.size:
                binding += abs(self.system.sums[region.rows].T @ region.program.prices())
        if narrow(ends[0][position], ends[1][position], need):
            self.binding[int(region.cells[position])] = np.flatnonzero(binding > _TOLERANCE)


def narrow(low: Array, high: Array, need: Array) -> Mask:
    """Where the whole numbers from low to high span less than needed."""
    width = np.floor(high + _TOLERANCE) - np.ceil(low - _TOLERANCE)
    return np.asarray(width < need)


def _learn(region: Region, position: int, sign: float, ends: tuple[Array, Array]) -> bool:
    direction = np.zeros(region.cells.size)
    direction[position] = sign
    return _widened(ends, region.push(direction))


def _widened(ends: tuple[Array, Array], solution: Array | None) -> bool:
    if solution is None:
        return False
    np.fmin(ends[0], solution, out=ends[0])
    np.fmax(ends[1], solution, out=ends[1])
    return True
