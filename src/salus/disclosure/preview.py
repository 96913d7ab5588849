"""The attack preview: what a stranger could work out of a release before it is made.

The stranger reads everything in it and in all earlier releases, knows how areas, periods and groups add up, and
that zeros are always shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from salus.disclosure.additive import Attacker, Mask, regions
from salus.disclosure.counts import Nesting
from salus.disclosure.earlier import HELD, KEY, Memory, hidden_before, key_of, reach, remember, shown_before, still_few
from salus.disclosure.exposing import Reach, intervals, whole
from salus.disclosure.limits import Limits, count_of
from salus.disclosure.nesting import Ledger, ledger

GUESSED = pl.Schema(
    {
        "indicator": pl.String, "area": pl.String, "group": pl.String, "period_start": pl.Date, "period_end": pl.Date,
        "source": pl.String, "count": pl.Float64, "least": pl.Float64, "most": pl.Float64,
        "units": pl.Float64, "small": pl.Boolean,
    }
)  # fmt: skip
_WIDE = 4.0
"""Counts that overlaps of two geographies leave an interval of this width are placed without them."""


@dataclass(frozen=True)
class Preview:
    """What an attack on a release found.

    `guessed`: one row for each hidden count with what it is and between which numbers a stranger can place it
    (`most` is infinite where nothing limits it), the persons it speaks of (`units`, null: each event is one), and
    whether it is `small` itself or hidden for others. Internal: it holds the counts. `cells`: counts attacked; `names`:
    how people call areas and indicators.
    """

    guessed: pl.DataFrame
    cells: int
    names: dict[str, str] = field(default_factory=dict)

    @property
    def recovered(self) -> pl.DataFrame:
        """Small counts that a stranger can tell exactly; a release with any must not be made."""
        return self.guessed.filter(pl.col("least") == pl.col("most"), "small")

    @property
    def seen_through(self) -> pl.DataFrame:
        """Larger counts, hidden to protect others, that a stranger can tell: no harm in themselves."""
        return self.guessed.filter(pl.col("least") == pl.col("most"), ~pl.col("small"))

    @property
    def single(self) -> pl.DataFrame:
        """The cases, and persons, that are alone in their count, the best placed by a stranger first."""
        return self.guessed.filter(pl.coalesce("units", "count") == 1).sort(pl.col("most") - pl.col("least"), *KEY)


def attack_preview(
    estimates: pl.DataFrame,
    released: pl.DataFrame,
    nesting: Nesting,
    earlier: Sequence[pl.DataFrame] = (),
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Preview:
    """Attacks the released table `estimates` by linear programs; `estimates`: the same rows as in the run.

    Two programs a hidden count at most. The run's counts are used to know which cells hang together and to
    say what was found, never by the attack itself. `limits`: which counts are small.
    """
    rows = estimates.drop_nulls("numerator").to_dicts()
    before = shown_before(earlier)
    past = [count_of(row, limits) for figures in before.values() for row in figures.values()]
    buried = [count_of(row, limits) for row in hidden_before(earlier, before)]
    counts = still_few([count_of(row, limits) for row in rows], buried)
    memory = remember(counts, before, past, buried)
    book = ledger(list(memory.counts), nesting)
    open_rows = {key_of(row) for row in released.to_dicts() if _is_told(row)}
    hidden = _hidden(book, memory, [key_of(row) in open_rows for row in rows])
    least = np.where(book.published, 1.0, 0.0)
    most = np.full(hidden.size, np.inf)
    for position, figure in memory.held.items():
        cell = book.shown_by[position][0]
        least[cell], most[cell] = reach(figure, book.system.values[cell], book.thresholds[cell])
    attacker = Attacker(least, most, np.flatnonzero(hidden), np.zeros(int(hidden.sum())), overlaps=False)
    # Where the gate had to hide zeros among tiny counts, a hidden cell may be a zero.
    for region in regions(book.system, attacker, hidden, hidden & book.published & (book.system.values == 0)):
        least[region.cells] = 0.0
    ends = {
        int(cell): end
        for region in regions(book.system, attacker, hidden, ~book.is_piece)
        for cell, end in zip(region.cells, intervals(region), strict=True)
    }
    ends |= _narrowed_by_maps(book, attacker, hidden, ends)
    found = [
        (*_named(row), count.value, *ends[cells[0]], count.units and count.units.number, count.is_small)
        for row, count, cells in zip(rows, counts, book.shown_by, strict=False)
        if cells[0] in ends
    ]
    return Preview(pl.DataFrame(found, schema=GUESSED, orient="row"), len(counts))


def _narrowed_by_maps(
    book: Ledger, reader: Attacker, hidden: Mask, ends: Mapping[int, tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    """The ends of cells that come nearer to each other than `_WIDE` for who lays the geographies over each other."""
    if not book.is_piece.any():
        return {}
    cells = np.array(sorted(ends), dtype=np.int64)
    width = np.array([min(high - low, _WIDE) for low, high in (ends[cell] for cell in cells.tolist())])
    reach = Reach(book.system, replace(reader, cells=cells, width=width, overlaps=True))
    reach.look(hidden, hidden)
    return {cell: whole(reach.low[cell], reach.high[cell]) for cell in reach.weak(hidden).tolist()}


def _is_told(row: Mapping[str, Any]) -> bool:
    return row["status"] in {"shown", "zero"} and HELD not in str(row["flags"] or "").split(";")


def _hidden(book: Ledger, memory: Memory, told: list[bool]) -> Mask:
    """Cells that no row tells, of this release or an earlier one."""
    known = np.zeros(book.system.values.size, dtype=bool)
    for position, cells in enumerate(book.shown_by):
        is_told = told[position] if position < len(told) else position not in {*memory.held, *memory.buried}
        if is_told or position in memory.known:
            known[list(cells)] = True
    return ~known


def _named(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)
