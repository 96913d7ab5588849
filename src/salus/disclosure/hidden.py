"""Which cells of a release are hidden: the small ones, and what would give them away to each kind of attacker.

Three are held off: a reader of all that is published, one who is also told which counts were small, and one who lays
the maps of two geographies over each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from salus.disclosure.actions import drawn
from salus.disclosure.additive import Array, Attacker, Cells, Mask, regions
from salus.disclosure.earlier import Memory, reach
from salus.disclosure.hiding import Choice
from salus.disclosure.nesting import Ledger
from salus.disclosure.protect import protect
from salus.errors import Withheld

_WIDER = 3
_SLACK = 1e-6
BLUR: Final = 0.5
"""By how much the cost of hiding a count is moved at most, so that the smallest is not always the one."""
NARROWER: Final = 2
"""By how much less than its threshold a count may be narrowed by overlaps: of 1 to threshold - 1 none is ruled out."""


@dataclass(frozen=True)
class _Known:
    """What is known of cells before anything is hidden for others: which are small, held at an earlier figure, told
    before, hidden from the start, between which ends a reader can place them, and what hiding each one costs."""

    small: Mask
    held: Mask
    told: Mask
    start: Mask
    least: Array
    most: Array
    cost: Array


def hidden_cells(book: Ledger, memory: Memory, secret: bytes = b"") -> tuple[Mask, Mask, int]:
    """Cells hidden for being small, all cells hidden in the end, and how many earlier releases give away.

    `secret` blurs which of several near counts is hidden beside a small one: who knew that it is always the smallest
    that helps could rule out what the small one is not.
    """
    known = _known(book, memory, secret)
    allowed = book.published & (book.system.values > 0) & ~known.told
    final, least, stuck = _held_off(book, known, _readers(book, known), allowed)
    if book.is_piece.any():
        known = replace(known, start=final, least=least)
        final, _, more = _held_off(book, known, (_mapper(book, known),), allowed)
        stuck = np.union1d(stuck, more)
    if stuck.size and not memory.known:
        raise Withheld(
            f"{stuck.size} small counts could be worked out whatever else is hidden",
            where="release_tables",
            remedy="leave out the finest groups or areas of these estimates and release again",
        )
    return known.small & book.published, final, int(stuck.size)


def _known(book: Ledger, memory: Memory, secret: bytes) -> _Known:
    values, size = book.system.values, book.system.values.size
    small = (values > 0) & (book.units < book.thresholds - _SLACK)
    told = _mask(size, (book.shown_by[i] for i in memory.known))
    # Shown before and small by today's rules: it stays out of this release, but its reader knows it.
    start = (small & ~told) | ~book.published | _mask(size, (book.shown_by[i] for i in memory.buried))
    start &= ~told
    least = np.where(book.published, np.fmin(1.0, values), 0.0)
    most, held = np.full(size, np.inf), np.zeros(size, dtype=bool)
    for i, figure in memory.held.items():
        cell = book.shown_by[i][0]
        if small[cell] or told[cell]:
            continue
        held[cell] = start[cell] = True
        least[cell], most[cell] = reach(figure, values[cell], book.thresholds[cell])
    return _Known(small, held, told, start, least, most, values * _blur(book, memory, secret))


def _blur(book: Ledger, memory: Memory, secret: bytes) -> Array:
    """A factor from 1 to 1 + `BLUR` for each published cell, by the first name of its counts; 1 without a secret."""
    named: dict[int, str] = {}
    for count, cells in zip(memory.counts, book.shown_by, strict=True):
        for cell in cells:
            named[cell] = min(named.get(cell, str(count.key)), str(count.key))
    factors = np.ones(book.system.values.size)
    for cell, name in named.items():
        factors[cell] += BLUR * drawn(secret, f"cost|{name}", 0.0)
    return factors


def _readers(book: Ledger, known: _Known) -> tuple[Attacker, ...]:
    """Who reads all that is published, and who is also told which counts were small; neither looks at a map."""
    values, held = book.system.values, known.held
    counted = known.small & ~known.told & ~book.is_piece
    cells = np.flatnonzero(counted | held)
    need = np.where(held, 1.0, book.thresholds)[cells]
    leaves = np.flatnonzero((counted & ~book.is_whole) | held)
    limit = known.most.copy()
    # Who is told that few persons are behind a count knows no limit of their events.
    told_most = np.where(values < book.thresholds, np.fmax(book.thresholds - 1, values), np.inf)
    limit[leaves] = np.where(held, known.most, told_most)[leaves]
    floor = np.where(known.small & ~book.is_piece, np.fmin(1.0, values), known.least)
    return (
        Attacker(known.least, known.most, cells, need, overlaps=False),
        Attacker(floor, limit, leaves, np.ones(leaves.size), overlaps=False),
    )


def _mapper(book: Ledger, known: _Known) -> Attacker:
    """Who knows which areas of two geographies overlap: no piece may be told, no small count be narrowed by much."""
    cells = np.flatnonzero((known.small & ~known.told) | known.held)
    need = np.where(book.is_piece | known.held, 1.0, np.fmax(book.thresholds - NARROWER, 1.0))[cells]
    return Attacker(known.least, known.most, cells, need)


def _held_off(book: Ledger, known: _Known, attackers: tuple[Attacker, ...], allowed: Mask) -> tuple[Mask, Array, Cells]:
    """All hidden cells, the least that a hidden cell can be to a reader, and the cells that stay exposed."""
    values, least = book.system.values, known.least
    final, stuck = protect(book.system, attackers, Choice(known.start, allowed & ~known.start, known.cost))
    for _ in range(_WIDER):
        if not stuck.size:
            break
        # Where all counts are tiny the zeros beside them are hidden too: only then may a hidden cell be a zero.
        near = _beside(book, final, stuck, attackers[0]) & book.published
        floor = np.where(near, 0.0, least)
        weaker = tuple(replace(a, least=np.fmin(a.least, floor)) for a in attackers)
        start = final | (near & (values == 0) & ~known.told)
        final, stuck = protect(book.system, weaker, Choice(start, near & ~start & ~known.told, known.cost))
        least = floor
    return final, least, stuck


def _beside(book: Ledger, hidden: Mask, stuck: Cells, attacker: Attacker) -> Mask:
    """All cells that share a sum with hidden ones that hang together with the stuck ones; on a map the nearest only."""
    pattern = abs(book.system.sums)
    inside = np.zeros(hidden.size, dtype=bool)
    inside[stuck] = True
    if attacker.overlaps:
        for _ in range(2):  # from an area to its pieces, and on to the areas these are part of
            inside = np.asarray(pattern.T @ (pattern @ inside.astype(float) > 0).astype(float) > 0)
        return inside
    wanted = inside.copy()
    for region in regions(book.system, attacker, hidden | wanted, wanted):
        inside[region.cells] = True
    touched = pattern @ inside.astype(float) > 0
    return np.asarray(inside | (pattern.T @ touched.astype(float) > 0))


def _mask(size: int, positions: Iterable[tuple[int, ...]]) -> Mask:
    mask = np.zeros(size, dtype=bool)
    mask[[cell for cells in positions for cell in cells]] = True
    return mask
