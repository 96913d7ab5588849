"""How the counts behind estimates add up: areas to the city, periods to longer ones, groups to totals.

Turns the rows of the table `estimates` into cells and relations that an attacker could use.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy.sparse import coo_array, csr_array

from salus.disclosure.additive import Additive
from salus.disclosure.units import Units, fewer, of_rest

Series = tuple[str, str]
Key = tuple[Series, str, dt.date | None, dt.date | None, str]
_OF = "#of"
_JOINED = "+"
_SLACK = 1e-6


@dataclass(frozen=True)
class Nesting:
    """What adds up to what: the `city`, and by geography the areas that together make it up.

    `sums` names further series that add up, as ((indicator, group) of the whole, parts); classes by
    ICCS code, labels and hours of one indicator, periods, and series with equal counts are found
    without it. City and areas are treated as if every event were located. `nested`: areas that other areas make up
    exactly, such as districts and the zones in them. `pieces`: the events where areas of two geographies that cross
    each other overlap (indicator, group, area, other, period_start, period_end, source, count, apart: at least so many
    persons, null where it is not known), of earlier releases
    too; never published, but without them nobody can tell what a shown zero of one geography says of the other.

    >>> Nesting("city", {"district": frozenset({"north", "south"})}).city
    'city'
    """

    city: str
    geographies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sums: tuple[tuple[Series, tuple[Series, ...]], ...] = ()
    nested: Mapping[str, frozenset[str]] = field(default_factory=dict)
    pieces: pl.DataFrame | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Count:
    """One row's count as it would be published; `whole` is the count it is a share of, if it is a share.

    `units`: the persons behind it; None where each event stands for itself. `whole_units`: those behind the whole.
    """

    key: Key
    value: float
    threshold: int
    whole: float | None = None
    units: Units | None = None
    whole_units: Units | None = None

    @property
    def is_small(self) -> bool:
        """Whether it speaks of somebody, and of fewer than its threshold."""
        persons = self.value if self.units is None else min(self.units.number, self.value)
        return self.value > 0 and persons < self.threshold - _SLACK


@dataclass
class _Draft:
    """Cells and relations while they are collected.

    `index`: the cell of each count; `joint`: the same, with sources that are ever counted together as one (`family`).
    """

    family: Mapping[str, str]
    index: dict[Key, int] = field(default_factory=dict)
    joint: dict[Key, int] = field(default_factory=dict)
    values: list[float] = field(default_factory=list)
    thresholds: list[int] = field(default_factory=list)
    published: list[bool] = field(default_factory=list)
    units: list[Units | None] = field(default_factory=list)
    relations: dict[tuple[int, tuple[int, ...]], None] = field(default_factory=dict)
    pieces: set[int] = field(default_factory=set)

    def cell(self, value: float, threshold: int, *, published: bool, units: Units | None = None) -> int:
        self.values.append(value)
        self.thresholds.append(threshold)
        self.published.append(published)
        self.units.append(units)
        return len(self.values) - 1

    def relate(self, whole: int, parts: Iterable[int], *, rest_known: bool) -> None:
        """whole = parts + rest. A rest that is not known becomes a cell of its own: it can be derived."""
        own = sorted(set(parts) - {whole})
        rest = self.values[whole] - sum(self.values[part] for part in own)
        if not own or rest < -_SLACK or (rest_known and rest >= self.values[whole] - _SLACK):
            return
        if rest > _SLACK and not rest_known:
            strictest = max(self.thresholds[cell] for cell in [whole, *own])
            units = of_rest(self._people(whole), [self._people(part) for part in own])
            own.append(self.cell(rest, strictest, published=False, units=units))
            if not self.pieces.isdisjoint([whole, *own]):
                self.pieces.add(own[-1])
        self.relations.setdefault((whole, tuple(own)))

    def _people(self, cell: int) -> tuple[float, Units | None]:
        return self.values[cell], self.units[cell]


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
    named = _named(counts)
    draft = _Draft(_families(key[-1] for key, *_ in named))
    same = _same_series(named, nesting.city, draft.family)
    for key, value, threshold, units in named:
        _enter(draft, key, (value, threshold, units), same)
    of_areas = _enter_pieces(draft, nesting, same)
    _relate_sources(draft)
    _relate_areas(draft, nesting)
    _relate_periods(draft)
    _relate_groups(draft, nesting)
    _relate_shares(draft, counts)
    wholes = {whole for whole, _ in draft.relations}
    for area, parts in of_areas:
        draft.relate(area, parts, rest_known=False)
    shown = tuple(_cells_of(draft, count) for count in counts)
    return _finished(draft, shown, wholes)


def _named(counts: list[Count]) -> list[tuple[Key, float, int, Units | None]]:
    own = [(count.key, count.value, count.threshold, count.units) for count in counts]
    wholes = [(_whole_key(c.key), c.whole, c.threshold, c.whole_units) for c in counts if c.whole is not None]
    return own + wholes


def _whole_key(key: Key) -> Key:
    (indicator, group), *place = key
    return ((indicator, group + _OF), *place)  # type: ignore[return-value]


def _families(sources: Iterable[str]) -> dict[str, str]:
    """For each source as written the name of all sources that are counted together with it somewhere.

    `a+b` is counted from a and b: what of it is not of a is of b.
    """
    groups: list[set[str]] = []
    every = set(sources)
    for source in sorted(every):
        parts = set(source.split(_JOINED))
        touching = [group for group in groups if group & parts]
        groups = [group for group in groups if not group & parts] + [parts.union(*touching)]
    names = {part: _JOINED.join(sorted(group)) for group in groups for part in group}
    return {source: names[source.split(_JOINED)[0]] for source in every}


def _same_series(
    named: list[tuple[Key, float, int, Units | None]], city: str, family: Mapping[str, str]
) -> dict[tuple[Series, str], Series]:
    """Series of one family with equal city counts in two periods or more are one series to an attacker."""
    known: dict[tuple[Series, str], list[tuple[object, ...]]] = defaultdict(list)
    for (series, area, start, end, source), value, threshold, _ in named:
        if area == city and value >= threshold:
            known[series, family[source]].append((str(start), str(end), value))
    first: dict[tuple[object, ...], Series] = {}
    same: dict[tuple[Series, str], Series] = {}
    for series, source in sorted(known):
        signature = (source, *sorted(set(known[series, source]), key=str))
        if len(signature) > 2:
            same[series, source] = first.setdefault(signature, series)
    return same


def _enter(
    draft: _Draft, key: Key, count: tuple[float, int, Units | None], same: dict[tuple[Series, str], Series]
) -> None:  # fmt: skip
    series, *place, source = key
    own: Key = (series, *place, draft.family[source])  # type: ignore[assignment]
    shared: Key = (same.get((series, own[-1]), series), *own[1:])
    found = draft.joint.get(shared)
    if found is not None and draft.values[found] == count[0]:
        draft.thresholds[found] = max(draft.thresholds[found], count[1])
        draft.units[found] = fewer(draft.units[found], count[2])
    else:
        found = draft.cell(*count[:2], published=True, units=count[2])
    draft.index[key] = found
    before = draft.joint.setdefault(own, found)
    if draft.values[found] > draft.values[before]:
        draft.joint[own] = found  # the count of more sources stands for all


def _relate_sources(draft: _Draft) -> None:
    """What is counted from several sources is the count from some of them and the rest."""
    rows: dict[Key, dict[frozenset[str], int]] = defaultdict(dict)
    for (series, area, start, end, source), cell in draft.index.items():
        rows[series, area, start, end, draft.family[source]][frozenset(source.split(_JOINED))] = cell
    for cells in rows.values():
        for sources, whole in cells.items() if len(cells) > 1 else ():
            inside = [other for other in cells if other < sources]
            for part in inside:
                draft.relate(whole, [cells[part]], rest_known=False)
            if sum(len(part) for part in inside) == len(sources) and frozenset().union(*inside) == sources:
                draft.relate(whole, [cells[part] for part in inside], rest_known=False)


def _enter_pieces(
    draft: _Draft, nesting: Nesting, same: dict[tuple[Series, str], Series]
) -> list[tuple[int, list[int]]]:
    """Cells of the pieces whose two areas both have a count, and for each area and other geography its pieces."""
    if nesting.pieces is None:
        return []
    kinds = {area: kind for kind, areas in nesting.geographies.items() for area in areas}
    parts: dict[tuple[int, str], list[int]] = defaultdict(list)
    apart = "apart" if "apart" in nesting.pieces.columns else pl.lit(None, pl.Float64)
    rows = nesting.pieces.select(
        "indicator", "group", "area", "other", "period_start", "period_end", "source", "count", apart
    )
    for indicator, group, area, other, start, end, source, value, persons in rows.iter_rows():
        family = draft.family.get(source, source)
        series = same.get(((indicator, group), family), (indicator, group))
        place: Key = (series, f"{area}∩{other}", start, end, family)
        keys: list[Key] = [(series, name, start, end, family) for name in (area, other)]
        if place in draft.joint or not all(key in draft.joint for key in keys):
            continue
        ends = [draft.joint[key] for key in keys]
        units = None if persons is None else Units(persons, persons)
        strictest = max(draft.thresholds[cell] for cell in ends)
        draft.joint[place] = draft.cell(float(value), strictest, published=False, units=units)
        draft.pieces.add(draft.joint[place])
        for cell, beyond in zip(ends, (other, area), strict=True):
            parts[cell, kinds.get(beyond, "")].append(draft.joint[place])
    return [(area, cells) for (area, _), cells in parts.items()]


def _relate_areas(draft: _Draft, nesting: Nesting) -> None:
    places: dict[tuple[object, ...], dict[str, int]] = defaultdict(dict)
    for (series, area, start, end, source), cell in draft.joint.items():
        places[series, start, end, source][area] = cell
    for cells in places.values():
        for whole, parts in nesting.nested.items():
            if whole in cells:
                draft.relate(cells[whole], [cells[part] for part in parts if part in cells], rest_known=False)
        if nesting.city not in cells:
            continue
        for members in nesting.geographies.values():
            inside = [cell for area, cell in cells.items() if area in members and area != nesting.city]
            draft.relate(cells[nesting.city], inside, rest_known=True)


def _relate_periods(draft: _Draft) -> None:
    spans: dict[tuple[object, ...], list[tuple[dt.date, dt.date, int]]] = defaultdict(list)
    for (series, area, start, end, source), cell in draft.joint.items():
        if start is not None and end is not None:
            spans[series, area, source].append((start, end, cell))
    for periods in spans.values():
        for period in periods:
            _relate_period(draft, period, [other for other in periods if _inside(other, period)])


def _relate_period(
    draft: _Draft, period: tuple[dt.date, dt.date, int], inside: list[tuple[dt.date, dt.date, int]]
) -> None:
    """A period is the sum of the shortest ones in it if they fill it, and any one of them plus the rest."""
    shortest = [p for p in inside if not any(_inside(other, p) for other in inside)]
    filled = sum(_days(p) for p in shortest) == _days(period)
    if filled:
        draft.relate(period[2], (p[2] for p in shortest), rest_known=False)
    for other in inside:
        if not filled or other not in shortest:
            draft.relate(period[2], [other[2]], rest_known=False)


def _inside(inner: tuple[dt.date, dt.date, int], outer: tuple[dt.date, dt.date, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1] and inner[:2] != outer[:2]


def _days(period: tuple[dt.date, dt.date, int]) -> int:
    return (period[1] - period[0]).days + 1


def _relate_groups(draft: _Draft, nesting: Nesting) -> None:
    slices: dict[tuple[object, ...], dict[Series, int]] = defaultdict(dict)
    for (series, area, start, end, source), cell in draft.joint.items():
        slices[area, start, end, source][series] = cell
    for cells in slices.values():
        by_indicator: dict[str, dict[str, int]] = defaultdict(dict)
        for (indicator, group), cell in cells.items():
            by_indicator[indicator][group] = cell
        for groups in by_indicator.values():
            _relate_group(draft, groups)
        for whole, parts in nesting.sums:
            if whole in cells:
                draft.relate(cells[whole], (cells[p] for p in parts if p in cells), rest_known=False)


def _relate_group(draft: _Draft, groups: dict[str, int]) -> None:
    children: dict[tuple[str, str], list[int]] = defaultdict(list)
    for group, cell in groups.items():
        kind, _, code = group.removesuffix(_OF).partition(":")
        suffix = _OF if group.endswith(_OF) else ""
        if code:
            shorter = range(len(code) - 1, 0, -1) if kind == "iccs" else range(0)
            above = (f"{kind}:{code[:length]}{suffix}" for length in shorter)
            children[next((g for g in above if g in groups), suffix), kind].append(cell)
    for (parent, kind), parts in children.items():
        if parent in groups:
            # Files without an hour tell of no group of people, so their number may be derived.
            draft.relate(groups[parent], parts, rest_known=kind == "hour")


def _relate_shares(draft: _Draft, counts: list[Count]) -> None:
    for count in counts:
        if count.whole is not None:
            draft.relate(draft.index[_whole_key(count.key)], [draft.index[count.key]], rest_known=False)


def _cells_of(draft: _Draft, count: Count) -> tuple[int, ...]:
    keys = [count.key] if count.whole is None else [count.key, _whole_key(count.key)]
    return tuple(draft.index[key] for key in keys)


def _finished(draft: _Draft, shown: tuple[tuple[int, ...], ...], wholes: set[int]) -> Ledger:
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
