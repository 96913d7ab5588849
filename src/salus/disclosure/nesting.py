"""How the counts behind estimates add up: areas to the city, periods to longer ones, groups to totals.

Turns the rows of the table `estimates` into cells and relations that an attacker could use.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from salus.disclosure.additive import Additive
from salus.disclosure.counts import Count, Nesting, whole_key
from salus.disclosure.drafting import Draft, entered
from salus.disclosure.tying import relate_areas, relate_groups, relate_periods, relate_shares, relate_sources


@dataclass(frozen=True)
class Ledger:
    """The cells behind published rows: `shown_by[i]` are the cells of count i; a rest is not `published`.

    `units`: at least so many persons are behind each cell.
    """

    system: Additive
    thresholds: np.ndarray[tuple[int], np.dtype[np.float64]]
    units: np.ndarray[tuple[int], np.dtype[np.float64]]
    published: np.ndarray[tuple[int], np.dtype[np.bool_]]
    shown_by: tuple[tuple[int, ...], ...]
    is_whole: np.ndarray[tuple[int], np.dtype[np.bool_]]
    is_piece: np.ndarray[tuple[int], np.dtype[np.bool_]]


def ledger(counts: list[Count], nesting: Nesting) -> Ledger:
    """Cells and relations of these counts; equal series share their cells."""
    draft, of_areas = entered(counts, nesting)
    relate_sources(draft)
    relate_areas(draft, nesting)
    relate_periods(draft)
    relate_groups(draft, nesting)
    relate_shares(draft, counts)
    wholes = {whole for whole, _ in draft.relations}
    for area, parts in of_areas:
        draft.relate(area, parts, rest_known=False)
    shown = tuple(_cells_of(draft, count) for count in counts)
    return _finished(draft, shown, wholes)


def _cells_of(draft: Draft, count: Count) -> tuple[int, ...]:
    keys = [count.key] if count.whole is None else [count.key, whole_key(count.key)]
    return tuple(draft.index[key] for key in keys)


def _finished(draft: Draft, shown: tuple[tuple[int, ...], ...], wholes: set[int]) -> Ledger:
    size = len(draft.values)
    entries = [
        (r, c, s)
        for r, (whole, parts) in enumerate(draft.relations)
        for c, s in [(whole, -1.0), *((part, 1.0) for part in parts)]
    ]
    rows, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
    where = (np.array(rows, dtype=int), np.array(columns, dtype=int))
    grid = coo_array((np.array(signs, dtype=float), where), shape=(len(draft.relations), size))
    values, sums = np.array(draft.values, dtype=float), csr_array(grid)
    is_whole, is_piece = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    is_whole[list(wholes)] = True
    is_piece[list(draft.pieces)] = True
    overlap = np.asarray(abs(sums) @ is_piece > 0) if draft.pieces else None
    return Ledger(
        Additive(values, sums, np.asarray(sums @ values), overlap),
        np.array(draft.thresholds, dtype=float),
        np.array([v if u is None else min(u.number, v) for v, u in zip(values, draft.units, strict=True)], dtype=float),
        np.array(draft.published, dtype=bool),
        shown,
        is_whole,
        is_piece,
    )
