"""Makes a city with planted truth, so that one can test whether the chain finds it again.

Everything in it is invented and says so. What was planted is written to `truth.yaml` beside the
workspace: rates by area, deprivation, hot areas, who holds authority and capacity, what is reported.
"""

import csv
import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from salus.framework import load_pack
from salus.planting.best import best_portfolio
from salus.workspace import new_workspace

START, END = dt.date(2019, 1, 1), dt.date(2022, 12, 31)
YEARS = 4
CELL_DEGREES = 0.01
ORIGIN_LON, ORIGIN_LAT = 10.0, 0.0
PEOPLE_EACH = (3000, 9000)
HOT_SHARE = 0.1
HOT_RATIO = 4.0
YEARLY_FALL = 0.9
REPORTED = 0.25
REPORTED_SE = 2.0

# Offence, ICCS class, share of all events, how strongly it follows deprivation (log rate per unit).
OFFENCES: tuple[tuple[str, str, float, float], ...] = (
    ("Planted street robbery", "040111", 0.40, 0.5),
    ("Planted burglary", "05012", 0.20, 0.0),
    ("Planted vehicle theft", "050211", 0.15, -0.3),
    ("Planted serious assault", "020111", 0.15, 0.8),
    ("Planted homicide", "0101", 0.02, 0.8),
    ("Planted drug possession", "06011", 0.08, 0.5),
)
FALLING = "Planted burglary"
HOT = "Planted street robbery"
CONDITIONS = {"X11": 25.0, "F06": 30.0, "X12": 35.0}
MEASURED = {
    "Planted street robbery": "A16", "Planted burglary": "A20", "Planted vehicle theft": "A21",
    "Planted serious assault": "A04", "Planted homicide": "A01",
}  # fmt: skip
INCOME_GROUP, CURRENCY = "high", "USD"
BUDGET = 1_000_000.0
LOCAL_AUTHORITY = 4
NATIONAL_AUTHORITY = 5
NO_AUTHORITY = 1
LOCAL_FUNCTIONS = (
    "street-lighting", "public-space-upkeep", "youth-programmes", "prevention-strategy", "by-law-enforcement",
    "alcohol-licensing", "business-licensing", "data-sharing", "injury-surveillance", "slum-upgrading",
    "land-use-planning", "safety-observatory", "monitoring-evaluation", "participation",
)  # fmt: skip
CAPACITY = ("people", "budget", "data", "procedure", "coordination", "leadership")


@dataclass(frozen=True)
class Planted:
    """A planted city: its workspace, and the file that says what was planted."""

    workspace: Path
    truth: Path

    def known(self) -> dict[str, Any]:
        """What was planted."""
        return dict(yaml.safe_load(self.truth.read_text(encoding="utf-8")))


@dataclass
class _World:
    """The planted city while it is made."""

    side: int
    rng: np.random.Generator
    people: NDArray[np.int64]
    deprivation: NDArray[np.float64]
    hot: NDArray[np.bool_]
    truth: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [f"p{i:04d}" for i in range(len(self.people))]


def synth(path: str | Path, *, seed: int = 1, areas: int = 36, events: int = 20_000) -> Planted:
    """A planted city in a new or empty folder: `areas` on a square grid, about `events` records in four years.

    The same arguments give the same files, byte for byte.
    """
    side = max(3, round(areas**0.5))
    rng = np.random.Generator(np.random.PCG64(seed))
    count = side * side
    column = np.arange(count) % side
    world = _World(
        side,
        rng,
        rng.integers(*PEOPLE_EACH, size=count),
        deprivation=2.0 * column / (side - 1) - 1.0,  # poorer to the east
        hot=np.isin(np.arange(count), rng.choice(count, size=max(1, round(HOT_SHARE * count)), replace=False)),
    )
    root = Path(path)
    workspace = new_workspace(
        root / "city", name="Planted city (not real)", country="XXA", start=str(START), end=str(END)
    )
    _identity(workspace)
    _areas(workspace, world)
    _records(workspace, world, events)
    _census(workspace, world)
    _survey(workspace)
    _ratings(workspace, world)
    _decisions(workspace)
    _portfolio(world)
    truth = root / "truth.yaml"
    world.truth |= {
        "seed": seed,
        "areas": world.names,
        "people": world.people.tolist(),
        "deprivation": world.deprivation.round(6).tolist(),
        "reported": REPORTED,
        "hot": [n for n, h in zip(world.names, world.hot, strict=True) if h],
    }
    truth.write_text(yaml.safe_dump(world.truth, sort_keys=True), encoding="utf-8")
    return Planted(workspace, truth)


def _identity(workspace: Path) -> None:
    city = yaml.safe_load((workspace / "city.yaml").read_text(encoding="utf-8"))
    city |= {"id": "planted", "wider": ["XXA"], "currency": CURRENCY, "income_group": INCOME_GROUP}
    city["scope"] |= {"area": "planted", "geography": "grid", "shown": "grid"}
    (workspace / "city.yaml").write_text(yaml.safe_dump(city, sort_keys=False), encoding="utf-8")


def _corner(world: _World, index: int) -> tuple[float, float]:
    return ORIGIN_LON + CELL_DEGREES * (index % world.side), ORIGIN_LAT + CELL_DEGREES * (index // world.side)


def _areas(workspace: Path, world: _World) -> None:
    features = []
    for i, name in enumerate(world.names):
        x, y = _corner(world, i)
        ring = [
            [round(x + a * CELL_DEGREES, 6), round(y + b * CELL_DEGREES, 6)]
            for a, b in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
        ]
        features.append(
            {
                "type": "Feature",
                "properties": {"area": name, "name": name, "population": int(world.people[i])},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    folder = workspace / "geography" / "grid"
    folder.mkdir(parents=True)
    (folder / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _expected(world: _World, share: float, slope: float, events: int, offence: str) -> NDArray[np.float64]:
    """Expected events by area and year."""
    weight = world.people * np.exp(slope * world.deprivation)
    if offence == HOT:
        weight = weight * np.where(world.hot, HOT_RATIO, 1.0)
    years = YEARLY_FALL ** np.arange(YEARS) if offence == FALLING else np.ones(YEARS)
    return np.asarray(events * share * np.outer(weight / weight.sum(), years / years.sum()))


def _records(workspace: Path, world: _World, events: int) -> None:
    rows: list[tuple[str, str, str, float, float]] = []
    rates: dict[str, Any] = {}
    counts: dict[str, list[int]] = {}
    yearly: dict[str, float] = {}
    for offence, _, share, slope in OFFENCES:
        expected = _expected(world, share, slope, events, offence)
        drawn = world.rng.poisson(expected)
        rates[offence] = (expected.sum(axis=1) / world.people / YEARS * 1e5).round(6).tolist()
        counts[offence] = drawn.sum(axis=0).tolist()
        yearly[offence] = float(expected.sum(axis=0)[-2:].mean())
        for area, year in zip(*np.nonzero(drawn), strict=True):
            rows += _events(world, offence, int(area), int(year), int(drawn[area, year]))
    world.truth |= {"rates_per_100k_by_area": rates, "counts_by_year": counts, "expected_last_two_years": yearly}
    mapping = {
        "kind": "incidents",
        "files": "*.csv",
        "codes": {o: c for o, c, _, _ in OFFENCES},
        "columns": {
            "offence": "offence",
            "date": "date",
            "time": "time",
            "latitude": "lat",
            "longitude": "lon",
        },
    }
    _source(
        workspace,
        "records",
        ("offence", "date", "time", "lat", "lon"),
        sorted(rows, key=lambda r: r[1]),
        mapping,
    )


def _events(world: _World, offence: str, area: int, year: int, count: int) -> list[tuple[str, str, str, float, float]]:
    x, y = _corner(world, area)
    inside = world.rng.uniform(0.05, 0.95, size=(count, 2)) * CELL_DEGREES
    days = world.rng.integers(0, 365, size=count)
    hours = (
        np.clip(world.rng.normal(20, 3, size=count).astype(int), 0, 23)
        if offence == HOT
        else world.rng.integers(0, 24, size=count)
    )
    first = dt.date(START.year + year, 1, 1)
    return [
        (
            offence,
            str(first + dt.timedelta(days=int(d))),
            f"{int(h):02d}:30:00",
            round(y + float(b), 6),
            round(x + float(a), 6),
        )
        for (a, b), d, h in zip(inside, days, hours, strict=True)
    ]


def _census(workspace: Path, world: _World) -> None:
    rows: list[tuple[Any, ...]] = [("", "planted", 2020, int(world.people.sum()))]
    rows += [("grid", n, 2020, int(p)) for n, p in zip(world.names, world.people, strict=True)]
    columns = ("geography", "area", "year", "persons")
    _source(
        workspace,
        "census",
        columns,
        rows,
        {"kind": "population", "files": "*.csv", "columns": {c: c for c in columns}},
    )
    figures = []
    for indicator, middle in CONDITIONS.items():
        odds = middle / (100 - middle) * np.exp(0.7 * world.deprivation)
        shares = 100 * odds / (1 + odds)
        figures += [
            (indicator, n, "2020-01-01", "2020-12-31", round(float(s), 4), int(p))
            for n, s, p in zip(world.names, shares, world.people, strict=True)
        ]
    wide = ("indicator", "area", "period_start", "period_end", "value", "denominator")
    _source(
        workspace,
        "conditions",
        wide,
        figures,
        {"kind": "figures", "files": "*.csv", "geography": "grid", "columns": {c: c for c in wide}},
    )


def _survey(workspace: Path) -> None:
    groups = ("all", "street-robbery", "burglary", "vehicle-theft", "injuries")
    rows = [("A28", "planted", g, "2022-01-01", "2022-12-31", REPORTED * 100, REPORTED_SE) for g in groups]
    columns = ("indicator", "area", "group", "period_start", "period_end", "value", "se")
    _source(
        workspace,
        "survey",
        columns,
        rows,
        {"kind": "figures", "files": "*.csv", "columns": {c: c for c in columns}},
        source_type="survey",
    )


def _ratings(workspace: Path, world: _World) -> None:
    rows: list[tuple[Any, ...]] = []
    for function in load_pack().functions:
        local = function.id in LOCAL_FUNCTIONS
        for level, institution, authority in (
            ("local", "planted-borough", LOCAL_AUTHORITY if local else NO_AUTHORITY),
            ("national", "planted-ministry", NO_AUTHORITY if local else NATIONAL_AUTHORITY),
        ):
            capacity = 4 if authority >= LOCAL_AUTHORITY else 1
            for rater in ("rater one", "rater two"):
                scores = [
                    ("authority", authority),
                    *((part, capacity) for part in CAPACITY),
                    ("exercise", capacity),
                ]
                rows += [(function.id, level, institution, d, s, rater, "planted", "proposed") for d, s in scores]
    world.truth["local_functions"] = list(LOCAL_FUNCTIONS)
    columns = ("function", "level", "institution", "dimension", "score", "rater", "basis", "verification")
    _source(
        workspace,
        "ratings",
        columns,
        rows,
        {"kind": "ratings", "files": "*.csv", "columns": {c: c for c in columns}},
        source_type="expert",
    )


def _decisions(workspace: Path) -> None:
    choice = {"value": "planted", "why": "a test city", "who": "salus synth", "when": "2023-01-01"}
    folder = workspace / "cycles" / "2023"
    folder.mkdir(parents=True)
    text = yaml.safe_dump({"cycle": 2023, "years": 3, "budget": [BUDGET] * 3, "budget_status": choice}, sort_keys=False)
    (folder / "decisions.yaml").write_text(text, encoding="utf-8")


def _portfolio(world: _World) -> None:
    """What an all-knowing planner would fund: from the expected events of the last two years."""
    pack = load_pack()
    chosen, candidates = best_portfolio(
        pack,
        {MEASURED[o]: world.truth["expected_last_two_years"][o] for o in MEASURED},
        people=float(world.people.sum()),
        budget=BUDGET,
        currency=pack.currency_per_eur[f"{CURRENCY}-{END.year}"],
        income_group=INCOME_GROUP,
    )
    world.truth["best_portfolio"] = list(chosen)
    world.truth["candidates"] = {c.intervention: [round(c.cost, 2), round(c.benefit, 4)] for c in candidates.values()}


def _source(
    workspace: Path,
    name: str,
    header: tuple[str, ...],
    rows: list[tuple[Any, ...]],
    mapping: dict[str, Any],
    *,
    source_type: str = "admin",
) -> None:
    folder = workspace / "evidence" / name / "2023-01-31"
    folder.mkdir(parents=True)
    file = folder / f"{name}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    origin = {
        "title": f"Planted {name}",
        "publisher": "salus synth",
        "obtained_from": "invented",
        "obtained_on": "2023-01-31",
        "licence": "Apache-2.0 (invented data)",
        "licence_verified": True,
        "redistribution": "yes",
        "source_type": source_type,
        "tier": "public",
        "period": "2019-2022",
        "notes": "Everything in this file is invented.",
        "files": {file.name: hashlib.sha256(file.read_bytes()).hexdigest()},
    }
    (folder / "origin.yaml").write_text(yaml.safe_dump(origin, sort_keys=False), encoding="utf-8")
    (folder.parent / "mapping.yaml").write_text(yaml.safe_dump(mapping, sort_keys=False), encoding="utf-8")
