"""Hiding the small counts of a table, and as few others as keep the small ones hidden.

One table at a time; the gate of a run (`salus.disclosure.gate`) treats all its tables together.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array, csr_array

from salus.disclosure.additive import Additive, Array, Attacker, Cells, Mask
from salus.disclosure.hiding import Choice
from salus.disclosure.protect import cheapest, protect
from salus.errors import BadInput, Withheld

Cell = tuple[int, ...]
_EXACT_SIZE = 4000


@dataclass(frozen=True)
class Suppressed:
    """A table made safe. `table` and the totals hold NaN where hidden; cells are index tuples.

    `cost` is the sum of the values hidden besides the primary cells; `loss` the share of all counts
    that is hidden; `exact` whether the cost is proven least. `cost` and `loss` are for the analyst:
    published beside the table they would give hidden values away.
    """

    table: Array
    row_totals: Array
    column_totals: Array
    total: float
    primary: tuple[Cell, ...]
    secondary: tuple[Cell, ...]
    cost: float
    loss: float
    exact: bool
    threshold: int
    by_threshold: bool


def suppress(
    table: ArrayLike,
    threshold: int = 5,
    primary: Iterable[Cell] | ArrayLike | None = None,
    protection: float | None = None,
) -> Suppressed:
    """Hide the small counts and, at least cost, what would give them away through published totals.

    Primary cells are counts of 1 to `threshold` - 1 (zeros are shown) or those named in `primary`.
    From the published numbers alone the interval of a primary cell keeps the width `protection`
    (sliding: high - low; default the threshold), and someone who is also told which cells were
    small still finds two values possible. Totals stay published, unless they are small counts
    themselves or no pattern with them protects; then they are hidden like cells. A one-dimensional
    table is a column with one total. Small tables are solved exactly, larger ones smallest first.

    >>> released = suppress([[20, 50, 10], [8, 19, 22], [17, 32, 12]], primary=[(0, 2)], protection=8)
    >>> released.cost, released.secondary
    (49.0, ((0, 0), (2, 0), (2, 2)))
    >>> suppress([3, 40, 0, 7, 90]).secondary
    ((3,),)
    """
    counts = _checked(table, threshold)
    system = _system(counts)
    first = _primary_mask(counts, threshold, primary)
    width = float(threshold if protection is None else protection)
    by_rule = primary is None
    hidden, exact = _hide(system, first, _Rule(counts, threshold, width, by_rule))
    return _released(counts, system, hidden, _Result(first, exact, threshold, by_rule))


@dataclass(frozen=True)
class _Rule:
    counts: Array
    threshold: int
    width: float
    by_threshold: bool

    def attackers(self, cells: Cells, width: Array, size: int) -> tuple[Attacker, ...]:
        """The reader of the published numbers, and the one who knows which cells were small."""
        least, most = np.zeros(size), np.full(size, np.inf)
        reader = Attacker(least, most, cells, width)
        inner = cells[cells < self.counts.size]
        if not self.by_threshold or not inner.size:
            return (reader,)
        known_least, known_most = least.copy(), most.copy()
        known_least[inner], known_most[inner] = 1.0, self.threshold - 1.0
        return reader, Attacker(known_least, known_most, inner, np.ones(inner.size))


@dataclass(frozen=True)
class _Result:
    primary: Mask
    exact: bool
    threshold: int
    by_threshold: bool


def _checked(table: ArrayLike, threshold: int) -> Array:
    counts = np.asarray(table, dtype=float)
    if counts.ndim not in {1, 2} or counts.size == 0:
        raise BadInput("A table of counts has one or two dimensions", where="suppress", remedy="reshape it")
    if not (np.isfinite(counts).all() and (counts >= 0).all() and (counts == np.round(counts)).all()):
        raise BadInput("Counts are whole numbers from 0", where="suppress", remedy="give counts, not rates")
    if threshold < 3:
        raise BadInput(
            f"With a threshold of {threshold} a hidden cell can only be 1",
            where="suppress",
            remedy="use a threshold of at least 3",
        )
    return counts


def _primary_mask(counts: Array, threshold: int, primary: Iterable[Cell] | ArrayLike | None) -> Mask:
    if primary is None:
        return np.asarray((counts > 0) & (counts < threshold))
    given = np.asarray(list(primary) if isinstance(primary, Iterable) else primary)
    if given.dtype == bool and given.shape == counts.shape:
        return given
    mask = np.zeros(counts.shape, dtype=bool)
    for cell in given.astype(int).reshape(-1, counts.ndim):
        if not ((cell >= 0) & (cell < counts.shape)).all():
            raise BadInput(f"No cell {cell.tolist()}", where="suppress", remedy="give (row, column) from 0")
        mask[tuple(cell)] = True
    return mask


def _system(counts: Array) -> Additive:
    """Inner cells row by row, then row totals, column totals and the grand total."""
    if counts.ndim == 1:
        sums = csr_array(np.append(np.ones(counts.size), -1.0)[None, :])
        return Additive(np.append(counts, counts.sum()), sums, np.zeros(1))
    values = np.concatenate([counts.ravel(), counts.sum(1), counts.sum(0), [counts.sum()]])
    return Additive(values, margins(*counts.shape), np.zeros(counts.shape[0] + counts.shape[1] + 2))


def margins(rows: int, columns: int) -> csr_array:
    """The relations of a two-dimensional table with its row, column and grand totals."""
    index = np.arange(rows * columns)
    grand = rows * columns + rows + columns
    row_totals = rows * columns + np.arange(rows)
    column_totals = rows * columns + rows + np.arange(columns)
    where = [index // columns, rows + index % columns, np.arange(rows), rows + np.arange(columns)]
    what = [index, index, row_totals, column_totals]
    sign = [np.ones(index.size)] * 2 + [-np.ones(rows), -np.ones(columns)]
    last = rows + columns
    where += [np.full(rows, last), np.full(columns, last + 1), np.array([last, last + 1])]
    what += [row_totals, column_totals, np.array([grand, grand])]
    sign += [np.ones(rows), np.ones(columns), -np.ones(2)]
    entries = (np.concatenate(sign), (np.concatenate(where), np.concatenate(what)))
    return csr_array(coo_array(entries, shape=(last + 2, grand + 1)))


def _hide(system: Additive, first: Mask, rule: _Rule) -> tuple[Mask, bool]:
    """First with every total published; then, if that cannot do or totals are small, with hidden totals."""
    size, inner = system.values.size, rule.counts.size
    hidden = np.zeros(size, dtype=bool)
    hidden[:inner] = first.ravel()
    is_inner = np.arange(size) < inner
    cells = np.flatnonzero(hidden)
    if not cells.size and not _small_totals(system, rule, is_inner).any():
        return hidden, True
    stuck, exact = np.array([], dtype=np.int64), True
    if cells.size:
        bound = np.fmin(rule.width, _most_width(rule.counts).ravel()[cells])
        choice = Choice(hidden, is_inner & ~hidden, system.values)
        hidden, stuck, exact = _best(system, rule.attackers(cells, bound, size), choice)
        stuck = np.union1d(stuck, cells[bound < rule.width])
    small = _small_totals(system, rule, is_inner)
    if not stuck.size and not small.any():
        return hidden, exact
    return _hide_totals(system, hidden | small, np.union1d(cells, np.flatnonzero(small)), rule), False


def _small_totals(system: Additive, rule: _Rule, is_inner: Mask) -> Mask:
    """Totals that are small counts themselves; where primary cells are named, totals are not judged."""
    small = (system.values > 0) & (system.values < rule.threshold)
    return np.asarray(small & ~is_inner & rule.by_threshold)


def _best(system: Additive, attackers: tuple[Attacker, ...], choice: Choice) -> tuple[Mask, Cells, bool]:
    if sum(a.cells.size for a in attackers) * system.values.size <= _EXACT_SIZE:
        hidden = cheapest(system, attackers, choice)
        if hidden is not None:
            return hidden, np.array([], dtype=np.int64), True
    hidden, stuck = protect(system, attackers, choice)
    return hidden, stuck, False


def _hide_totals(system: Additive, hidden: Mask, cells: Cells, rule: _Rule) -> Mask:
    size = system.values.size
    dear = np.where(np.arange(size) < rule.counts.size, 0.0, system.values.sum())
    choice = Choice(hidden, ~hidden, system.values + dear)
    attackers = rule.attackers(cells, np.full(cells.size, rule.width), size)
    result, stuck = protect(system, attackers, choice)
    if stuck.size:
        raise Withheld(
            f"{stuck.size} small counts cannot be hidden in this table",
            where="suppress",
            remedy="join rows or columns before publishing it",
        )
    return result


def _most_width(counts: Array) -> Array:
    """The width each cell has when all cells are hidden and all totals known (Fréchet bounds)."""
    if counts.ndim == 1:
        return np.full(counts.shape, counts.sum() if counts.size > 1 else 0.0)
    rows, columns, total = counts.sum(1)[:, None], counts.sum(0)[None, :], counts.sum()
    return np.asarray(np.minimum(rows, columns) - np.maximum(0.0, rows + columns - total))


def _released(counts: Array, system: Additive, hidden: Mask, result: _Result) -> Suppressed:
    inner = counts.size
    shown = np.where(hidden, np.nan, system.values)
    mask = hidden[:inner].reshape(counts.shape)
    secondary = mask & ~result.primary
    rows = counts.shape[0] if counts.ndim == 2 else 0
    return Suppressed(
        table=shown[:inner].reshape(counts.shape),
        row_totals=shown[inner : inner + rows],
        column_totals=shown[inner + rows : -1],
        total=float(shown[-1]),
        primary=_tuples(result.primary),
        secondary=_tuples(secondary),
        cost=float(counts[secondary].sum()),
        loss=float(counts[mask].sum() / max(counts.sum(), 1.0)),
        exact=result.exact,
        threshold=result.threshold,
        by_threshold=result.by_threshold,
    )


def _tuples(mask: Mask) -> tuple[Cell, ...]:
    return tuple(tuple(int(i) for i in cell) for cell in np.argwhere(mask))
