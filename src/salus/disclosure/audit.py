"""The attack on a released table: the interval of every hidden cell, from published numbers alone.

Linear programs with all published cells and totals; run before a release and in the tests.
"""

import numpy as np
from scipy.sparse import csr_array

from salus.disclosure.additive import Additive, Array, Attacker, Mask, regions
from salus.disclosure.exposing import intervals
from salus.disclosure.suppression import Cell, Suppressed, margins


def audit(released: Suppressed) -> dict[Cell, tuple[float, float]]:
    """Hidden cell -> (low, high): what a reader of the table and its totals can work out.

    The reader knows that counts are whole numbers from 0. Infinite where a hidden total sets no end.

    >>> from salus.disclosure.suppression import suppress
    >>> audit(suppress([[20, 50, 10], [8, 19, 22], [17, 32, 12]], primary=[(0, 2)], protection=8))[0, 2]
    (0.0, 22.0)
    """
    return _attack(released, knows_rule=np.zeros(released.table.shape, dtype=bool))


def audit_informed(released: Suppressed) -> dict[Cell, tuple[float, float]]:
    """As `audit`, by someone who is also told which cells were small: 1 to threshold - 1.

    >>> from salus.disclosure.suppression import suppress
    >>> audit_informed(suppress([3, 40, 0, 7, 90]))
    {(0,): (1.0, 4.0), (3,): (6.0, 9.0)}
    """
    told = np.zeros(released.table.shape, dtype=bool)
    for cell in released.primary if released.by_threshold else ():
        told[cell] = True
    return _attack(released, knows_rule=told)


def _attack(released: Suppressed, *, knows_rule: Mask) -> dict[Cell, tuple[float, float]]:
    system, hidden = _published(released)
    least, most = np.zeros(hidden.size), np.full(hidden.size, np.inf)
    told = np.flatnonzero(knows_rule.ravel())
    least[told], most[told] = 1.0, released.threshold - 1.0
    attacker = Attacker(least, most, told, np.zeros(told.size))
    found = {
        int(cell): ends
        for region in regions(system, attacker, hidden)
        for cell, ends in zip(region.cells, intervals(region), strict=True)
        if cell < released.table.size
    }
    shape = released.table.shape
    return {tuple(int(i) for i in np.unravel_index(cell, shape)): found[cell] for cell in sorted(found)}


def _published(released: Suppressed) -> tuple[Additive, Mask]:
    parts = [released.table.ravel(), released.row_totals, released.column_totals, [released.total]]
    numbers: Array = np.concatenate([np.asarray(part, dtype=float) for part in parts])
    hidden = np.isnan(numbers)
    if released.table.ndim == 1:
        sums = csr_array(np.append(np.ones(released.table.size), -1.0)[None, :])
    else:
        sums = margins(*released.table.shape)
    return Additive(np.where(hidden, 0.0, numbers), sums, np.zeros(sums.shape[0])), hidden
