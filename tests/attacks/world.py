"""Simulated cities: blocks, months and classes, and every sum over them that an office might publish."""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from salus.disclosure import Nesting
from salus.model.tables import TABLES

Cell = tuple[str, str, dt.date, dt.date]
"""Group, area, first and last day."""


@dataclass(frozen=True)
class World:
    """Counts of every atom (class × block × month), and which atoms each published cell adds up."""

    atoms: np.ndarray
    members: dict[Cell, np.ndarray]
    areas: dict[str, dict[str, tuple[int, ...]]]
    people: dict[str, float]
    nesting: Nesting = field(default_factory=lambda: Nesting("city"))

    def truth(self, cell: Cell) -> float:
        """How many events the cell holds."""
        return float(self.atoms.ravel()[self.members[cell]].sum())

    def estimates(self, cells: list[Cell] | None = None, atoms: np.ndarray | None = None) -> pl.DataFrame:
        """The table `estimates` of these cells (all by default): rates with exact counts beside them."""
        counts = (self.atoms if atoms is None else atoms).ravel()
        rows = []
        for group, area, start, end in self.members if cells is None else cells:
            n = float(counts[self.members[group, area, start, end]].sum())
            years = ((end - start).days + 1) / 365.25
            base = self.people[area] * years
            rows.append(
                {
                    "indicator": "A16", "area": area, "group": group, "period_start": start, "period_end": end,
                    "value": n / base * 1e5, "low": n / base * 0.9e5, "high": n / base * 1.1e5, "n": n, "numerator": n,
                    "denominator": base, "unit": "per 100,000 residents a year", "direction": "higher_is_worse",
                    "grade": "C", "method": "count", "family": "gamma", "p1": n + 0.5, "p2": 1e5 / base, "factor": "",
                    "loading": 0.0, "flags": "", "source": "police", "illustrative": False,
                }
            )  # fmt: skip
        return TABLES["estimates"].frame(rows)

    def pieces(self, cells: list[Cell] | None = None) -> pl.DataFrame:
        """Events of each overlap of a zone with a beat, as an office counts them; empty where nothing crosses."""
        zones, beats = self.areas["zone"], self.areas.get("beat", {})
        wanted = self.members if cells is None else set(cells)
        rows = []
        for group, area, start, end in wanted:
            for beat in beats if area in zones else ():
                if set(zones[area]) & set(beats[beat]):
                    both = np.intersect1d(self.members[group, area, start, end], self.members[group, beat, start, end])
                    n = float(self.atoms.ravel()[both].sum())
                    rows.append(("A16", group, area, beat, start, end, "police", n))
        names = ("indicator", "group", "area", "other", "period_start", "period_end", "source", "count")
        return pl.DataFrame(rows, schema=names, orient="row")


def months(first: int, last: int) -> tuple[dt.date, dt.date]:
    """From the first day of a month of 2022 to the last day of another."""
    end = dt.date(2022 + last // 12, last % 12 + 1, 1) - dt.timedelta(days=1)
    return dt.date(2022, first, 1), end


PERIODS = [*[months(m, m) for m in range(1, 13)], *[months(q, q + 2) for q in (1, 4, 7, 10)], months(1, 12)]
TO_DATE = [months(1, m) for m in (2, 6, 9)]
CLASSES = {"": (0, 1, 2), "iccs:04": (0, 1), "iccs:040": (0,), "iccs:05": (2,)}


def world(seed: int, mean: float = 1.2, blocks: int = 18, *, to_date: bool = False, crossing: bool = False) -> World:
    """Blocks in zones, zones in districts, a few blocks busy; with `crossing` also in beats that cross the others."""
    rng = np.random.default_rng(seed)
    busy = rng.gamma(0.5, 2.0, blocks)
    atoms = rng.poisson(mean * np.array([1.0, 0.6, 1.4])[:, None, None] * busy[None, :, None], (3, blocks, 12))
    thirds = np.array_split(np.arange(blocks), 3)
    areas = {
        "district": {f"d{i}": tuple(part.tolist()) for i, part in enumerate(thirds)},
        "zone": {
            f"z{i}{j}": tuple(half.tolist())
            for i, part in enumerate(thirds)
            for j, half in enumerate(np.array_split(part, 2))
        },
    }
    if crossing:
        areas["beat"] = {f"b{i}": tuple(range(i, blocks, 4)) for i in range(4)}
    every = {"city": tuple(range(blocks))} | {name: b for sort in areas.values() for name, b in sort.items()}
    index = np.arange(atoms.size).reshape(atoms.shape)
    members = {
        (group, area, start, end): index[np.ix_(classes, inside, range(start.month - 1, end.month))].ravel()
        for group, classes in CLASSES.items()
        for area, inside in every.items()
        for start, end in PERIODS + TO_DATE * to_date
        if area == "city" or (end - start).days > 80  # areas by quarter and longer, the city by month
    }
    people = {area: 900.0 * len(inside) for area, inside in every.items()}
    inside = {f"d{i}": frozenset({f"z{i}0", f"z{i}1"}) for i in range(3)}
    nesting = Nesting("city", {sort: frozenset(names) for sort, names in areas.items()}, nested=inside)
    return World(atoms, members, areas, people, nesting)
