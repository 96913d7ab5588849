"""Counts entered as cells, each once: equal series, and sources that are counted together, share their cells."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from salus.disclosure.counts import SLACK, Count, Key, Nesting, Series, whole_key
from salus.disclosure.units import Units, fewer, of_rest

JOINED = "+"
"""Between the names of sources that are counted together."""


@dataclass
class Draft:
    """Cells and relations while they are collected.

    `index`: the cell of each count; `joint`: the same, and again with sources that are ever counted together as one
    (`family`); `first`: of equal series the cell entered first.
    """

    family: Mapping[str, str]
    index: dict[Key, int] = field(default_factory=dict)
    joint: dict[Key, int] = field(default_factory=dict)
    first: dict[Key, int] = field(default_factory=dict)
    values: list[float] = field(default_factory=list)
    thresholds: list[int] = field(default_factory=list)
    published: list[bool] = field(default_factory=list)
    units: list[Units | None] = field(default_factory=list)
    relations: dict[tuple[int, tuple[int, ...]], None] = field(default_factory=dict)
    pieces: set[int] = field(default_factory=set)

    def cell(self, value: float, threshold: int, *, published: bool, units: Units | None = None) -> int:
        """A new cell; its number."""
        self.values.append(value)
        self.thresholds.append(threshold)
        self.published.append(published)
        self.units.append(units)
        return len(self.values) - 1

    def relate(self, whole: int, parts: Iterable[int], *, rest_known: bool) -> None:
        """whole = parts + rest. A rest that is not known becomes a cell of its own: it can be derived."""
        own = sorted(set(parts) - {whole})
        rest = self.values[whole] - sum(self.values[part] for part in own)
        if not own or rest < -SLACK or (rest_known and rest >= self.values[whole] - SLACK):
            return
        if rest > SLACK and not rest_known:
            strictest = max(self.thresholds[cell] for cell in [whole, *own])
            units = of_rest(self._people(whole), [self._people(part) for part in own])
            own.append(self.cell(rest, strictest, published=False, units=units))
            if not self.pieces.isdisjoint([whole, *own]):
                self.pieces.add(own[-1])
        self.relations.setdefault((whole, tuple(own)))

    def _people(self, cell: int) -> tuple[float, Units | None]:
        return self.values[cell], self.units[cell]


def entered(counts: list[Count], nesting: Nesting) -> tuple["Draft", list[tuple[int, list[int]]]]:
    """The cells of these counts, without relations; and the pieces of each area where geographies cross."""
    named = _named(counts)
    draft = Draft(families(key[-1] for key, *_ in named))
    same = _same_series(named, nesting.city, draft.family)
    for key, value, threshold, units in named:
        _enter(draft, key, (value, threshold, units), same)
    return draft, _enter_pieces(draft, nesting, same)


def _named(counts: list[Count]) -> list[tuple[Key, float, int, Units | None]]:
    own = [(count.key, count.value, count.threshold, count.units) for count in counts]
    wholes = [(whole_key(c.key), c.whole, c.threshold, c.whole_units) for c in counts if c.whole is not None]
    return own + wholes


def families(sources: Iterable[str]) -> dict[str, str]:
    """For each source as written the name of all sources that are counted together with it somewhere.

    `a+b` is counted from a and b: what of it is not of a is of b.
    """
    groups: list[set[str]] = []
    every = set(sources)
    for source in sorted(every):
        parts = set(source.split(JOINED))
        touching = [group for group in groups if group & parts]
        groups = [group for group in groups if not group & parts] + [parts.union(*touching)]
    names = {part: JOINED.join(sorted(group)) for group in groups for part in group}
    return {source: names[source.split(JOINED)[0]] for source in every}


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
    draft: Draft, key: Key, count: tuple[float, int, Units | None], same: dict[tuple[Series, str], Series]
) -> None:  # fmt: skip
    series, *place, source = key
    own: Key = (series, *place, draft.family[source])  # type: ignore[assignment]
    shared: Key = (same.get((series, own[-1]), series), *own[1:])
    found = draft.first.get(shared)
    if found is not None and draft.values[found] == count[0]:
        draft.thresholds[found] = max(draft.thresholds[found], count[1])
        draft.units[found] = fewer(draft.units[found], count[2])
    else:
        found = draft.cell(*count[:2], published=True, units=count[2])
    draft.index[key] = found
    draft.first.setdefault(shared, found)
    draft.joint.setdefault(key, found)  # rows of one source add up by themselves too
    before = draft.joint.setdefault(own, found)
    if draft.values[found] > draft.values[before]:
        draft.joint[own] = found  # the count of more sources stands for all


def _enter_pieces(
    draft: Draft, nesting: Nesting, same: dict[tuple[Series, str], Series]
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
        series = (indicator, group)
        place: Key = (same.get((series, family), series), f"{area}∩{other}", start, end, family)
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
