"""The same expressions on each engine, against a plain count in Python."""

import datetime as dt
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely

from salus.errors import BadInput
from salus.evidence.cube import Places, count_incidents
from salus.evidence.engines import open_engine
from salus.evidence.gazetteer import Gazetteer
from salus.evidence.geography import Locator
from salus.evidence.store import Store, write_store
from salus.evidence.tallies import tally
from salus.model.city import City, Geography, Mapping, Scope

COLUMNS = {"offence": "kind", "date": "when", "latitude": "y", "longitude": "x", "place": "place"}
SCOPE = Scope(themes=(), area="C", geography="g", shown="s", start=dt.date(2019, 2, 1), end=dt.date(2020, 12, 31))
CITY = City.model_construct(id="c", time_zone="UTC", scope=SCOPE)
SMALL, LARGE = 20_000, 1_000_000


def squares(side: float, name: str) -> Places:
    shapes = [shapely.box(i * side, j * side, (i + 1) * side, (j + 1) * side) for i in range(4) for j in range(4)]
    names = [f"{name}{i:02d}" for i in range(len(shapes))]
    frame = pl.DataFrame({"area": names, "name": names, "names": names, "wkb": [shapely.to_wkb(s) for s in shapes]})
    geography = Geography(name, frame, "", "")
    return Places(Locator(geography), Gazetteer(geography))


def records(count: int) -> pl.DataFrame:
    """Rows with points on corners and lines, repeats, places without points, and rows outside the period."""
    rng = np.random.Generator(np.random.PCG64(3))
    x, y = np.round(rng.uniform(-0.5, 4.5, count) * 4) / 4, rng.uniform(-0.5, 4.5, count).round(3)
    days = rng.integers(0, 730, count)
    frame = pl.DataFrame(
        {
            "kind": pl.Series(["Theft", "Robbery", "Arson", None]).gather(rng.integers(0, 4, count)),
            "when": [str(dt.date(2019, 1, 1) + dt.timedelta(days=int(d))) for d in days],
            "x": [None if lost else value for value, lost in zip(x.tolist(), rng.random(count) < 0.1, strict=True)],
            "y": y,
            "place": pl.Series(["g03", "s10", "nowhere"]).gather(rng.integers(0, 3, count)),
        }
    )
    pointless = pl.col("x").is_null()
    frame = frame.with_columns(pl.when(~pointless).then("y"))
    return frame[np.maximum(np.arange(count) - rng.integers(0, 2, count), 0)]


def stored(folder: Path, frame: pl.DataFrame) -> Store:
    folder.mkdir(parents=True, exist_ok=True)
    half = frame.height // 2
    frame[:half].write_csv(folder / "a.csv")
    frame[half:].write_csv(folder / "b.csv")
    mapping = Mapping.model_validate({"kind": "incidents", "files": "*.csv", "columns": COLUMNS})
    return write_store(folder / "store", {n: folder / n for n in ("a.csv", "b.csv")}, mapping, CITY)


def plain_counts(frame: pl.DataFrame, places: Places, column: str) -> Counter[tuple[object, ...]]:
    """Counted row by row, without any of the code under test but the locator's polygons."""
    seen: set[tuple[object, ...]] = set()
    counts: Counter[tuple[object, ...]] = Counter()
    ids = list(places.locator.ids)
    for kind, when, x, y, place in frame.iter_rows():
        again = (kind, when, x, y, place) in seen
        seen.add((kind, when, x, y, place))
        inside = dt.date(2019, 2, 1) <= dt.date.fromisoformat(when) <= dt.date(2020, 12, 31)
        area = place if x is None and place in ids else None
        if x is not None:
            side = 1.0 if column == "area" else 2.0
            near = [i for i in range(16) if _holds(i, side, x, y)]
            area = ids[min(near)] if near else None
        counts[(kind, when[:7], inside, again, area)] += 1
    return counts


def _holds(number: int, side: float, x: float, y: float) -> bool:
    left, low = number // 4 * side, number % 4 * side
    return bool(left <= x <= left + side and low <= y <= low + side)


def cube_counts(cube: pl.DataFrame, column: str) -> Counter[tuple[object, ...]]:
    keys = ["label", pl.col("month").dt.strftime("%Y-%m"), "within", "repeats", column]
    found: Counter[tuple[object, ...]] = Counter()
    for *key, count in cube.select(*keys, "count").iter_rows():
        found[tuple(key)] += count
    return found


def test_the_cube_of_duckdb_equals_a_plain_count_row_by_row(tmp_path):
    frame = records(SMALL)
    store = stored(tmp_path, frame)
    model, shown = squares(1.0, "g"), squares(2.0, "s")
    with open_engine("duckdb") as engine:
        cube = count_incidents(store, engine, CITY, model=model, shown=shown)
    assert cube_counts(cube, "area") == plain_counts(frame, model, "area")
    assert cube_counts(cube, "shown_area") == plain_counts(frame, shown, "shown_area")


def test_counts_of_repeats_hold_across_the_files_of_a_source(tmp_path):
    frame = records(200)
    store = stored(tmp_path, pl.concat([frame, frame]))
    with open_engine("duckdb") as engine:
        cube = count_incidents(store, engine, CITY, model=None, shown=None)
    assert cube.filter(file=1)["repeats"].all()
    assert cube["count"].sum() == 400


def test_an_engine_that_does_not_exist_is_refused_with_the_names_of_those_that_do():
    with pytest.raises(BadInput, match="no engine 'abacus'"), open_engine("abacus"):
        pass


@pytest.mark.slow
def test_duckdb_and_spark_give_identical_tables_on_a_million_rows(tmp_path):
    pytest.importorskip("pyspark", reason="the extra [scale] is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or newer")
    store = stored(tmp_path, records(LARGE))
    model, shown = squares(1.0, "g"), squares(2.0, "s")
    found = {}
    for name in ("duckdb", "spark:local[2]"):
        with open_engine(name) as engine:
            cube = count_incidents(store, engine, CITY, model=model, shown=shown)
            found[name] = (cube, tally(store, engine, CITY))
    (one, tallied), (other, other_tallied) = found.values()
    assert one["count"].sum() == LARGE
    assert one.equals(other)
    for name in ("hours", "days", "piles", "naming"):
        assert getattr(tallied, name).equals(getattr(other_tallied, name)), name
    assert (tallied.near, tallied.records) == (other_tallied.near, other_tallied.records)
