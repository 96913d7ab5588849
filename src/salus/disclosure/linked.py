"""Tables that share totals, and tables with hierarchies, made safe together.

For tables that are not of a run: a table by district and one by beat, months in quarters in years. What one of
them shows must not tell what another hides, so all cells are protected, and attacked, as one system.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from salus.disclosure.additive import Additive, Attacker, Mask
from salus.disclosure.exposing import exposed
from salus.disclosure.hiding import Choice
from salus.disclosure.protect import cheapest, protect
from salus.errors import BadInput, Withheld

Sums = Mapping[str, Sequence[tuple[str, Sequence[str]]]]
"""By dimension: (whole, parts) pairs. A whole may be named twice, with parts of different kinds."""
Place = tuple[str, ...]
COUNT: Final = "count"
_EXACT_SIZE: Final = 4000
_SLACK: Final = 1e-6


@dataclass(frozen=True)
class Linked:
    """The tables given, with a column `status` (shown, zero, hidden) and `count` null where hidden.

    `primary` and `secondary`: how many published cells are hidden for being small, and to protect those.
    `cost`: sum of the counts hidden besides; `exact` whether it is proven least. For the analyst, all four.
    """

    tables: tuple[pl.DataFrame, ...]
    primary: int
    secondary: int
    cost: float
    exact: bool


@dataclass(frozen=True)
class LinkedRounded:
    """The tables with every count a multiple of `base`, all sums kept; `proven` whether the distance is least."""

    tables: tuple[pl.DataFrame, ...]
    base: int
    distance: float
    proven: bool


@dataclass
class _Cells:
    """Cells by place (one member of each dimension), the published first; then totals and rests that can be derived."""

    values: list[float] = field(default_factory=list)
    index: dict[Place, int] = field(default_factory=dict)
    relations: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    published: int = 0

    def add(self, value: float) -> int:
        self.values.append(value)
        return len(self.values) - 1

    def system(self) -> Additive:
        entries = [
            [number, cell, sign]
            for number, (whole, parts) in enumerate(self.relations)
            for cell, sign in [(whole, -1), *((part, 1) for part in parts)]
        ]
        table = np.array(entries, dtype=np.int64).reshape(-1, 3)
        shape = (len(self.relations), len(self.values))
        return Additive(
            np.array(self.values, dtype=float),
            csr_array(coo_array((table[:, 2].astype(float), (table[:, 0], table[:, 1])), shape=shape)),
            np.zeros(len(self.relations)),
        )


def suppress_linked(tables: Sequence[pl.DataFrame], sums: Sums, *, threshold: int = 5, seconds: float = 60.0) -> Linked:
    """Hide the small counts of several tables, and at least cost what would give them away through any of them.

    Each table has one column for each of its dimensions and `count`; a dimension it lacks is taken at its
    total. `sums` says what adds up in each dimension. A cell that lies in two tables is one cell. Totals and
    rests that nobody publishes but anybody can derive take part. Small systems are solved by a mixed-integer
    programme of at most `seconds`; others smallest first (`exact` is then false). Everything is attacked at the end
    by linear programmes: a reader finds an interval of `threshold` or more for each small count, and one who knows
    which are small still two values. Raises `BadInput` for counts that contradict each other, `Withheld` where no
    pattern protects.

    >>> month = pl.DataFrame({"month": ["Jan", "Feb", "Mar"], "count": [3, 20, 40]})
    >>> quarter = pl.DataFrame({"month": ["Q1"], "count": [63]})
    >>> hidden = suppress_linked([month, quarter], {"month": [("Q1", ("Jan", "Feb", "Mar"))]})
    >>> hidden.tables[0]["count"].to_list(), hidden.cost, hidden.exact
    ([None, None, 40.0], 20.0, True)
    """
    if threshold < 3:
        raise BadInput(f"A threshold of {threshold} protects nobody", where="suppress_linked", remedy="use 3 or more")
    cells, places = _joined(tables, sums)
    system = cells.system()
    values = system.values
    unpublished = np.arange(values.size) >= cells.published
    small = (values > 0) & (values < threshold)
    start = small | unpublished
    attackers = _attackers(cells, small, threshold)
    choice = Choice(start, ~start & (values > 0), np.where(unpublished, 0.0, values))
    hidden, exact = _hide(system, attackers, choice, seconds)
    if any(exposed(system, attacker, hidden).size for attacker in attackers):
        raise Withheld(
            "Small counts could be worked out whatever else is hidden",
            where="suppress_linked",
            remedy="leave out a table, or the finest level of one",
        )
    shown = tuple(_with_status(table, place, hidden) for table, place in zip(tables, places, strict=True))
    secondary = hidden & ~start
    return Linked(shown, int((small & ~unpublished).sum()), int(secondary.sum()), float(values[secondary].sum()), exact)


def round_linked(tables: Sequence[pl.DataFrame], sums: Sums, *, base: int = 5, seconds: float = 60.0) -> LinkedRounded:
    """Several tables rounded together: multiples of the base, all sums kept, least distance from the truth.

    Multiples stay; other counts go to one of the two multiples beside them. In more than two dimensions such a
    rounding need not exist: then, or if none is found in `seconds`, `Withheld` is raised.

    >>> month = pl.DataFrame({"month": ["Jan", "Feb", "Mar"], "count": [3, 21, 41]})
    >>> quarter = pl.DataFrame({"month": ["Q1"], "count": [65]})
    >>> rounded = round_linked([month, quarter], {"month": [("Q1", ("Jan", "Feb", "Mar"))]})
    >>> [table["count"].to_list() for table in rounded.tables], rounded.distance
    ([[5, 20, 40], [65]], 4.0)
    """
    if base < 3:
        raise BadInput(f"Rounding to {base} hides nothing", where="round_linked", remedy="use 3, 5 or 10")
    cells, places = _joined(tables, sums)
    system = cells.system()
    floor = np.floor(system.values / base + _SLACK)
    over = system.values - floor * base
    weight = np.where(np.arange(over.size) < cells.published, 1.0, 0.0)
    target = -(system.sums @ floor)
    limits = [LinearConstraint(system.sums, target, target)] if cells.relations else []
    result = milp(
        weight * (base - 2 * over),
        integrality=np.ones(over.size),
        bounds=Bounds(np.zeros(over.size), np.where(over > _SLACK, 1.0, 0.0)),
        constraints=limits,
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        raise Withheld(
            f"No rounding to {base} keeps all sums of these tables: {result.message}",
            where="round_linked",
            remedy="round fewer tables together, or hide small counts with suppress_linked",
        )
    rounded = ((floor + np.round(result.x)) * base).astype(np.int64)
    done = tuple(
        table.with_columns(pl.Series(COUNT, rounded[place], dtype=pl.Int64))
        for table, place in zip(tables, places, strict=True)
    )
    distance = float((weight * abs(rounded - system.values)).sum())
    return LinkedRounded(done, base, distance, bool(result.status == 0))


def _attackers(cells: _Cells, small: Mask, threshold: int) -> tuple[Attacker, Attacker]:
    """The reader of what is shown, and the one who is told which counts are small."""
    size = small.size
    primary = np.flatnonzero(small)
    whole = np.zeros(size, dtype=bool)
    whole[[relation[0] for relation in cells.relations]] = True
    leaves = np.flatnonzero(small & ~whole & (np.arange(size) < cells.published))
    least = np.where(small, 1.0, 0.0)
    most = np.full(size, np.inf)
    most[leaves] = threshold - 1.0
    reader = Attacker(np.zeros(size), np.full(size, np.inf), primary, np.full(primary.size, float(threshold)))
    return reader, Attacker(least, most, leaves, np.ones(leaves.size))


def _hide(system: Additive, attackers: tuple[Attacker, ...], choice: Choice, seconds: float) -> tuple[Mask, bool]:
    blocks = sum(attacker.cells.size for attacker in attackers)
    if not blocks:
        return choice.hidden, True
    if system.values.size * blocks <= _EXACT_SIZE:
        best = cheapest(system, attackers, choice, seconds=seconds)
        if best is not None:
            return best, True
    return protect(system, attackers, choice)[0], False


def _joined(tables: Sequence[pl.DataFrame], sums: Sums) -> tuple[_Cells, list[list[int]]]:
    """All cells and relations, and for each table the cell of each row."""
    dimensions = sorted({name for table in tables for name in table.columns if name != COUNT})
    if strange := sorted({*sums} - {*dimensions}):
        raise BadInput(f"No table has {', '.join(strange)}", where="sums", remedy="name columns of the tables")
    cells = _Cells()
    places = [_entered(cells, table, dimensions, sums) for table in tables]
    cells.published = len(cells.values)
    pairs = [(i, whole, tuple(parts)) for i, name in enumerate(dimensions) for whole, parts in sums.get(name, ())]
    while any(_derive_wholes(cells, *pair) for pair in pairs):
        pass
    for place in list(cells.index):
        for position, whole, parts in pairs:
            if place[position] == whole:
                _relate(cells, place, position, parts)
    return cells, places


def _entered(cells: _Cells, table: pl.DataFrame, dimensions: list[str], sums: Sums) -> list[int]:
    totals = {name: _total(name, sums) for name in dimensions if name not in table.columns}
    found = []
    for row in table.iter_rows(named=True):
        place = tuple(totals[name] if name in totals else str(row[name]) for name in dimensions)
        value = row.get(COUNT)
        if value is None or not value >= 0 or value != round(value):
            raise BadInput(f"'{value}' is no count", where=" × ".join(place), remedy="give whole numbers from 0")
        cell = cells.index.setdefault(place, len(cells.values))
        if cell == len(cells.values):
            cells.add(float(value))
        elif cells.values[cell] != value:
            raise BadInput(
                f"Two tables differ: {cells.values[cell]:g} and {value:g}",
                where=" × ".join(place),
                remedy="correct the tables before releasing any",
            )
        found.append(cell)
    return found


def _total(name: str, sums: Sums) -> str:
    parts = {part for _, own in sums.get(name, ()) for part in own}
    top = {whole for whole, _ in sums.get(name, ())} - parts
    if len(top) != 1:
        raise BadInput(
            f"The total of {name} is not known", where="sums", remedy=f"give sums of {name} that end in one total"
        )
    return top.pop()


def _derive_wholes(cells: _Cells, position: int, whole: str, parts: tuple[str, ...]) -> bool:
    """Totals that no table publishes, of parts that are all there."""
    first = [place for place in cells.index if place[position] == parts[0]]
    grown = False
    for place in first:
        own = [cells.index.get(_at(place, position, part)) for part in parts]
        total = _at(place, position, whole)
        if total not in cells.index and all(cell is not None for cell in own):
            cells.index[total] = cells.add(sum(cells.values[cell] for cell in own if cell is not None))
            grown = True
    return grown


def _relate(cells: _Cells, place: Place, position: int, parts: tuple[str, ...]) -> None:
    whole = cells.index[place]
    own = [cells.index[at] for part in parts if (at := _at(place, position, part)) in cells.index]
    if not own:
        return
    rest = cells.values[whole] - sum(cells.values[cell] for cell in own)
    if rest < -_SLACK or (len(own) == len(parts) and rest > _SLACK):
        raise BadInput(
            f"The parts do not add up to {cells.values[whole]:g}",
            where=" × ".join(place),
            remedy="correct the table, or leave the pair out of sums",
        )
    if len(own) < len(parts):
        own.append(cells.add(rest))
    cells.relations.append((whole, tuple(own)))


def _at(place: Place, position: int, member: str) -> Place:
    return (*place[:position], member, *place[position + 1 :])


def _with_status(table: pl.DataFrame, place: list[int], hidden: Mask) -> pl.DataFrame:
    gone = pl.Series(hidden[place], dtype=pl.Boolean)
    count = table[COUNT].cast(pl.Float64)
    status = pl.when(gone).then(pl.lit("hidden")).when(count == 0).then(pl.lit("zero")).otherwise(pl.lit("shown"))
    return table.with_columns(pl.when(~gone).then(count).alias(COUNT), status.alias("status"))
