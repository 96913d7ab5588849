"""A stranger with release folders and nothing else: builds sums from their public meaning and solves linear programmes.

Reads tables, polygons and `release.json`; knows the framework pack, which is public, and that zeros are shown. Nothing
of `salus.disclosure` is used, nor anything of a workspace.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import shapely
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from salus.framework import load_pack
from salus.model.framework import Indicator, Pack

Row = tuple[str, str, str, dt.date, dt.date, str]
"""Indicator, group, area, first and last day, sources joined by +."""
MOST = 1e6
ROUNDS = 12
SINGLY = 40
"""Targets that get programmes of their own, in each part; what is left after that is not said to be placed."""
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Folder:
    """One release as anybody may download it."""

    path: Path

    @cached_property
    def record(self) -> dict[str, object]:
        """What `release.json` says."""
        return dict(json.loads((self.path / "release.json").read_text()))

    def table(self, name: str) -> pl.DataFrame:
        """One table."""
        return pl.read_parquet(self.path / f"{name}.parquet")

    @cached_property
    def polygons(self) -> dict[str, dict[str, shapely.Geometry]]:
        """Areas by geography."""
        found = {}
        for file in sorted((self.path / "areas").glob("*.parquet")):
            frame = pl.read_parquet(file)
            shapes = shapely.make_valid(shapely.from_wkb(frame["wkb"].to_list()))
            found[file.stem] = dict(zip(frame["area"], shapes, strict=True))
        return found


@dataclass
class Told:
    """What the releases say together: counts told, rows hidden in all of them."""

    counts: dict[Row, float] = field(default_factory=dict)
    hidden: set[Row] = field(default_factory=set)

    def read(self, folder: Folder) -> None:
        """Adds what one release says, by numerator or by rate times people."""
        for row in folder.table("estimates").iter_rows(named=True):
            key = (row["indicator"], row["group"] or "", row["area"], row["period_start"], row["period_end"],
                   row["source"])  # fmt: skip
            held = "as_released_before" in (row["flags"] or "")
            if row["status"] == "hidden":
                self.hidden.add(key)
            elif row["numerator"] is not None and not held:
                self.counts[key] = row["numerator"]
        self._flows(folder)
        self.hidden -= set(self.counts)

    def _flows(self, folder: Folder) -> None:
        """Recorded files of a flow are the count of its pressure."""
        pressures = {flow.id: flow.pressure for flow in load_pack("usg-core").flows if len(flow.pressure) == 1}
        stated = {row["commodity"]: row["quantity"] for row in folder.table("flows").iter_rows(named=True)}
        for key in list(self.hidden):
            flow = next((name for name, pressure in pressures.items() if pressure == (key[0],) and not key[1]), None)
            whole = (key[4] - key[3]).days == max((k[4] - k[3]).days for k in self.hidden)
            if flow and whole and stated.get(flow) is not None and key[2] == folder.record["city"]["scope"]["area"]:
                self.counts[key] = stated[flow]


@dataclass
class Sums:
    """Whole numbers that are not known, and what is known of sums of them."""

    index: dict[object, int] = field(default_factory=dict)
    rows: list[tuple[tuple[int, ...], float, float]] = field(default_factory=list)

    def at(self, name: object) -> int:
        """The number of an unknown."""
        return self.index.setdefault(name, len(self.index))

    def between(self, parts: Iterable[int], least: float, most: float) -> None:
        """The sum of these unknowns lies between two numbers."""
        self.rows.append((tuple(parts), least, most))

    def equal(self, whole: int, parts: Sequence[int], *, missing: float = 0.0) -> None:
        """The parts add up to the whole, but for so many at most."""
        rest = self.at(("rest", whole, tuple(parts)))
        self.between([rest], 0.0, missing)
        self.rows.append(((*parts, rest, -whole - 1), 0.0, 0.0))  # a negative number takes the unknown away


@dataclass(frozen=True)
class Placed:
    """Between which numbers the stranger places a sum."""

    row: Row
    least: float
    most: float


def city_sums(told: Told, city: str, pack: Pack) -> tuple[Sums, dict[Row, tuple[int, ...]]]:
    """Unknown: each row of the city. Classes make indicators, labels classes, hours and months and years the whole."""
    sums, targets = Sums(), {}
    every = {row for row in (*told.counts, *told.hidden) if row[2] == city}
    for row in every:
        own = sums.at(row)
        n = told.counts.get(row)
        sums.between([own], 1.0 if n is None else n, MOST if n is None else n)
        targets[row] = (own,)
    slices: dict[tuple[object, ...], dict[tuple[str, str, str], int]] = defaultdict(dict)
    spans: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in every:
        series = (row[0], row[1], row[5])
        slices[row[3:5]][series] = sums.at(row)
        spans[series].append(row)
    classes = {f"label:{c.label}": f"iccs:{c.iccs}" for c in pack.correspondences["mx_fgj"]}
    for cells in slices.values():
        _classes(sums, cells, classes)
        _indicators(sums, cells, pack.indicators)
    for rows in spans.values():
        for row in rows:
            for parts in tilings(row, rows) if row[0] != "X00" or row[1] else ():
                sums.equal(sums.at(row), [sums.at(part) for part in parts])
    return sums, {row: targets[row] for row in told.hidden if row in targets}


def _within(part: str, whole: str) -> bool:
    """Whether the files of one row are among those of another."""
    return set(part.split("+")) <= set(whole.split("+"))


def _classes(sums: Sums, cells: Mapping[tuple[str, str, str], int], classes: Mapping[str, str]) -> None:
    """A class is the sum of its labels, over all its sources."""
    labels: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for (_, group, source), cell in cells.items():
        if group.startswith("label:"):
            labels[classes.get(group, f"iccs:{group.rpartition('-')[2]}")].append((source, cell))
    for (_, group, source), cell in cells.items():
        parts = [part for own, part in labels.get(group, []) if _within(own, source)]
        if parts:
            sums.equal(cell, parts)


def _indicators(sums: Sums, cells: Mapping[tuple[str, str, str], int], indicators: Sequence[Indicator]) -> None:
    """An indicator is the sum of the classes it selects, and of its hours but for files without an hour."""
    rates = [i for i in indicators if i.select is not None and i.measure == "recorded_rate"]
    chosen = {i.id: i.select.iccs for i in rates if not i.select.with_tags and not i.select.without_tags}
    for (name, group, source), whole in cells.items():
        if group:
            continue
        hours = [c for (i, g, own), c in cells.items() if (i, own) == (name, source) and g.startswith("hour:")]
        if hours:
            sums.equal(whole, hours, missing=1.0)
        codes = chosen.get(name, ()) if name != "X00" else ("",)
        parts = [
            c for (_, g, own), c in cells.items()
            if g.startswith(tuple(f"iccs:{code}" for code in codes)) and _within(own, source)
        ]  # fmt: skip
        if parts and codes:
            sums.equal(whole, parts, missing=MOST if name == "X00" else 0.0)  # some files have no class of their own


def tilings(row: Row, rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Sets of shorter periods of the same series that fill a period one after the other: months, quarters, years."""
    inside = [other for other in rows if row[3] <= other[3] and other[4] <= row[4] and other[3:] != row[3:]]
    for length in sorted({_rough(other) for other in inside}):
        chain, day = [], row[3]
        for part in sorted((p for p in inside if _rough(p) == length), key=lambda p: p[3]):
            if part[3] == day:
                chain.append(part)
                day = part[4] + DAY
        if day == row[4] + DAY:
            yield chain


def _rough(row: Row) -> int:
    return round(((row[4] - row[3]).days + 1) / 30.4)


def pieces_of(polygons: Mapping[str, Mapping[str, shapely.Geometry]], least: float = 1e-12) -> list[dict[str, str]]:
    """Where two geographies overlap: each piece with the area of each that it lies in, "" for none."""
    (one, first), (two, second) = polygons.items()
    names, shapes = list(second), list(second.values())
    tree, found = shapely.STRtree(shapes), []
    covered: dict[str, float] = defaultdict(float)
    for area, shape in first.items():
        inside = 0.0
        for i in tree.query(shape, predicate="intersects"):
            size = shapely.area(shapely.intersection(shape, shapes[i]))
            if size > least:
                found.append({one: area, two: names[i]})
                inside += size
                covered[names[i]] += size
        if shapely.area(shape) - inside > least:
            found.append({one: area, two: ""})
    return found + [{one: "", two: n} for n, s in second.items() if shapely.area(s) - covered[n] > least]


def area_sums(
    told: Told, city: str, indicator: str, pieces: Sequence[Mapping[str, str]], unplaced: float
) -> tuple[Sums, dict[Row, tuple[int, ...]]]:
    """Unknown: the events of one indicator in each piece and each stretch of days that no period cuts."""
    mine = [row for row in (*told.counts, *told.hidden) if row[0] == indicator and not row[1]]
    placed = [row for row in mine if row[2] != city]
    sources = {row[5] for row in placed}
    cuts = sorted({row[3] for row in placed} | {row[4] + DAY for row in placed})
    whole = [row for row in mine if row[2] == city and row in told.counts]
    for first, last in pairwise(cuts):
        key = (indicator, "", city, first, last - DAY, whole[0][5] if whole else "")
        parts = next(tilings(key, whole), [])
        if key not in told.counts and parts:
            told.counts[key] = sum(told.counts[part] for part in parts)
    mine = placed + [
        row for row in told.counts if row[:3] == (indicator, "", city) and {row[3], row[4] + DAY} <= set(cuts)
    ]
    spans = list(pairwise(cuts))
    where: dict[str, list[int]] = defaultdict(list)
    for i, piece in enumerate(pieces):
        for area in piece.values():
            where[area].append(i)
    sums, targets = Sums(), {}
    for row in mine:
        days = [span for span in spans if row[3] <= span[0] and span[1] <= row[4] + DAY]
        if row[2] == city:
            parts = [sums.at((i, span)) for i in range(len(pieces)) for span in days]
            lost = [sums.at(("unplaced", row[5], span)) for span in days]
            sums.between(lost, 0.0, unplaced if row[5] in sources else MOST)  # other sources place nothing
            parts += lost
        else:
            parts = [sums.at((i, span)) for i in where.get(row[2], []) for span in days]
        n = told.counts.get(row)
        sums.between(parts, 1.0 if n is None else n, MOST if n is None else n)
        if n is None:
            targets[row] = tuple(parts)
    return sums, targets


def place(
    sums: Sums, targets: Mapping[Row, tuple[int, ...]], wanted: float, singly: int = SINGLY
) -> tuple[list[Placed], list[Row]]:
    """The least and greatest number of each target, and targets whose facts contradict each other.

    Unknowns that a sum of zero settles go first; what is left falls into parts that share no sum. In each part random
    aims push many targets at once; those that stayed narrower than `wanted` get two programmes of their own.
    """
    zero = {part for parts, _, most in sums.rows if most == 0 and min(parts, default=0) >= 0 for part in parts}
    free = [i for i in range(len(sums.index)) if i not in zero]
    at = {name: i for i, name in enumerate(free)}
    rows = [(_signed(parts, at), least, most) for parts, least, most in sums.rows]
    goals = {row: _signed(parts, at) for row, parts in targets.items()}
    label = _parts(len(free), [entry for entry, *_ in [*rows, *((g, 0, 0) for g in goals.values())]])
    found: list[Placed] = []
    wrong: list[Row] = []
    for group in range(label.max(initial=-1) + 1):
        own = {row: goal for row, goal in goals.items() if goal and label[next(iter(goal))] == group}
        if not own:
            continue
        inside = np.flatnonzero(label == group)
        small = [(entry, a, b) for entry, a, b in rows if entry and label[next(iter(entry))] == group]
        ends = _ends(inside, small, own, (wanted, singly))
        found += ends
        wrong += [] if ends else list(own)
    return found, wrong


def _signed(parts: Iterable[int], at: Mapping[int, int]) -> dict[int, float]:
    entry: dict[int, float] = defaultdict(float)
    for part in parts:
        name, sign = (part, 1.0) if part >= 0 else (-part - 1, -1.0)
        if name in at:
            entry[at[name]] += sign
    return dict(entry)


def _parts(size: int, entries: Sequence[Mapping[int, float]]) -> np.ndarray:
    pairs = [(next(iter(entry)), other) for entry in entries if entry for other in entry]
    if not pairs:
        return np.arange(size)
    one, two = zip(*pairs, strict=True)
    return np.asarray(connected_components(csr_array((np.ones(len(one)), (one, two)), shape=(size, size)), False)[1])


def _ends(
    inside: np.ndarray,
    rows: Sequence[tuple[Mapping[int, float], float, float]],
    goals: Mapping[Row, Mapping[int, float]],
    effort: tuple[float, int],
) -> list[Placed]:
    (wanted, singly), rng = effort, np.random.default_rng(1)
    at = {int(name): i for i, name in enumerate(inside)}
    facts = _matrix([entry for entry, *_ in rows], at)
    least, most = (np.array([row[side] for row in rows]) for side in (1, 2))
    same = least == most
    limits = {
        "A_eq": facts[same], "b_eq": least[same], "bounds": (0, MOST),
        "A_ub": _stacked(facts, ~same & (most < MOST), ~same & (least > 0)),
        "b_ub": np.concatenate([most[~same & (most < MOST)], -least[~same & (least > 0)]]),
    }  # fmt: skip
    aims = _matrix(list(goals.values()), at)
    low, high = np.full(len(goals), np.inf), np.full(len(goals), -np.inf)

    def push(weights: np.ndarray) -> bool:
        made = linprog(np.asarray(aims.T @ weights), method="highs", **limits)
        if made.status != 0:
            return False
        reached = np.asarray(aims @ made.x)
        np.fmin(low, reached, out=low)
        np.fmax(high, reached, out=high)
        return True

    if not push(np.ones(len(goals))):
        return []

    def open_ones() -> np.ndarray:
        return np.floor(high + 1e-6) - np.ceil(low - 1e-6) < wanted

    for _ in range(ROUNDS):
        before = open_ones()
        for sign in (1.0, -1.0):
            push(sign * open_ones() * rng.uniform(0.5, 1.5, len(goals)))
        if open_ones().sum() == before.sum():
            break
    left = rng.permutation(np.flatnonzero(open_ones()))
    for i in left[:singly]:
        for sign in (1.0, -1.0):
            push(sign * (np.arange(len(goals)) == i))
    return [
        Placed(row, float(np.ceil(a - 1e-6)), float(np.floor(b + 1e-6)))
        for i, (row, a, b) in enumerate(zip(goals, low, high, strict=True))
        if i not in set(left[singly:].tolist())
    ]


def _matrix(entries: Sequence[Mapping[int, float]], at: Mapping[int, int]) -> csr_array:
    where = [(r, at[c], sign) for r, entry in enumerate(entries) for c, sign in entry.items()]
    rows, columns, signs = zip(*where, strict=True) if where else ((), (), ())
    return csr_array((signs, (rows, columns)), shape=(len(entries), len(at)))


def _stacked(facts: csr_array, above: np.ndarray, below: np.ndarray) -> csr_array:
    return csr_array(vstack([facts[above], -facts[below]]))
