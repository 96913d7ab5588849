"""Records of the same people, against plain Python row by row; keys stay numbers."""

import datetime as dt
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salus.evidence.cube import count_incidents
from salus.evidence.engines import Engine, open_engine
from salus.evidence.links import LINKS
from salus.evidence.store import Store, write_store
from salus.evidence.tallies import tally
from salus.model.city import City, Mapping, Scope

SCOPE = Scope(themes=(), area="C", geography="", shown="", start=dt.date(2019, 1, 1), end=dt.date(2019, 12, 31))
CITY = City.model_construct(id="c", time_zone="UTC", scope=SCOPE)
KEYS = ("victim", "household", "offender")
Record = tuple[str, int, str, str, str]
"""Label, month, and the keys of victim, household and offender; empty: not known."""


def stored(folder: Path, records: list[Record], names: tuple[str, ...] = KEYS) -> Store:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{label},2019-{month:02d}-01,{','.join(keys)}" for label, month, *keys in records]
    half = len(lines) // 2
    for name, part in (("a.csv", lines[:half]), ("b.csv", lines[half:])):
        (folder / name).write_text("\n".join(["kind,when,victim,household,offender", *part]) + "\n")
    columns = {"offence": "kind", "date": "when"} | {name: name for name in names}
    mapping = Mapping.model_validate({"kind": "incidents", "files": "*.csv", "columns": columns})
    return write_store(folder / "store", {n: folder / n for n in ("a.csv", "b.csv")}, mapping, CITY)


def counted(engine: Engine, store: Store, *, drop: bool = False) -> pl.DataFrame:
    return count_incidents(store, engine, CITY, model=None, shown=None, drop=drop)


Cell = tuple[str, int, bool]


def plain(records: list[Record]) -> dict[Cell, tuple[int, Counter[tuple[str, ...]], float]]:
    """By label, month and whether it repeats: records, linked ones by who they are, and `apart`; by brute force."""
    units = [("home", h) if h else ("victim", v) if v else ("own", str(i)) for i, (_, _, v, h, _) in enumerate(records)]
    acts = [row[4] for row in records]
    seen: set[Record] = set()
    found: dict[Cell, tuple[int, Counter[tuple[str, ...]], float]] = {}
    for i, record in enumerate(records):
        many_act = bool(acts[i]) and acts.count(acts[i]) > 1
        tied = many_act or units.count(units[i]) > 1
        cell = (record[0], record[1], record in seen)
        seen.add(record)
        count, linked, apart = found.get(cell, (0, Counter(), 0.0))
        if tied:
            linked[(*units[i], acts[i] if many_act else "")] += 1
        found[cell] = (count + 1, linked, apart + 1 / len(_reached(i, units, acts)))
    return found


def _reached(start: int, units: list[tuple[str, str]], acts: list[str]) -> set[int]:
    reached, open_ = {start}, [start]
    while open_:
        here = open_.pop()
        near = {
            j
            for j in range(len(units))
            if units[j] == units[here] or (acts[here] and acts[j] == acts[here])
        }  # fmt: skip
        open_ += near - reached
        reached |= near
    return reached


def shape(linked: list[dict[str, int | None]] | None) -> list[tuple[int, ...]]:
    """How many records each unit has by each offender, whatever the units are called."""
    by_unit: dict[int | None, list[int]] = defaultdict(list)
    by_act: dict[int | None, list[int]] = defaultdict(list)
    total: Counter[tuple[int | None, int | None]] = Counter()
    for link in linked or []:
        total[(link["unit"], link["offender"])] += int(link["n"] or 0)
    for (unit, act), n in total.items():
        by_unit[unit].append(n)
        by_act[act].append(n)
    unknown = sum(by_act.pop(None, []))
    return [*sorted(tuple(sorted(n)) for n in by_unit.values()), (-1,),
            *sorted(tuple(sorted(n)) for n in by_act.values()), (unknown,)]  # fmt: skip


def expected_shape(linked: Counter[tuple[str, ...]]) -> list[tuple[int, ...]]:
    numbers: dict[object, int] = {}
    links = [
        {"unit": numbers.setdefault((kind, who), len(numbers)),
         "offender": numbers.setdefault(("act", act), len(numbers)) if act else None, "n": n}
        for (kind, who, act), n in linked.items()
    ]  # fmt: skip
    return shape(links)  # type: ignore[arg-type]


KEY = st.sampled_from(["", "1", "2", "3"])
RECORDS = st.lists(st.tuples(st.sampled_from("TR"), st.integers(1, 2), KEY, KEY, KEY), min_size=2, max_size=12)


@pytest.fixture(scope="module")
def duck():
    with open_engine("duckdb") as engine:
        yield engine


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=RECORDS)
def test_links_of_duckdb_equal_a_plain_search_through_all_pairs_of_records(duck, tmp_path_factory, records):
    cube = counted(duck, stored(tmp_path_factory.mktemp("r"), records))
    found = {
        (label, month.month, again): (count, shape(linked), pytest.approx(apart))
        for label, month, again, count, linked, apart in cube.select(
            "label", "month", "repeats", "count", "linked", "apart"
        )
        .group_by("label", "month", "repeats")
        .agg(pl.col("count").sum(), pl.col("linked").explode().drop_nulls(), pl.col("apart").sum())
        .iter_rows()
    }
    assert found == {cell: (n, expected_shape(links), apart) for cell, (n, links, apart) in plain(records).items()}


def test_one_key_in_two_files_is_one_person_and_a_household_is_no_victim(duck, tmp_path):
    records = [("T", 1, "x", "", ""), ("T", 1, "", "x", ""), ("T", 1, "x", "", ""), ("T", 1, "", "", "")]
    cube = counted(duck, stored(tmp_path, records))
    links = cube["linked"].explode().drop_nulls().struct.unnest()
    assert links["unit"].n_unique() == 1
    assert links["n"].sum() == 2
    assert cube["apart"].sum() == 3.0


def test_one_key_in_two_sources_is_not_one_person(duck, tmp_path):
    records = [("T", 1, "x", "", "o"), ("T", 1, "", "", "o"), ("T", 1, "x", "", "")]
    cubes = []
    for name in ("police", "hospital"):
        store = stored(tmp_path / name, records)
        moved = store.folder.rename(store.folder.with_name(name))
        cubes.append(counted(duck, Store(moved, store.files, store.rows, store.columns, ())))
    one, other = (cube["linked"].explode().drop_nulls().struct.unnest() for cube in cubes)
    assert one["n"].sum() == other["n"].sum() == 3
    for name in ("unit", "offender"):
        assert set(one[name].drop_nulls()).isdisjoint(other[name].drop_nulls())


def test_records_that_nobody_links_are_in_no_list(duck, tmp_path):
    cube = counted(duck, stored(tmp_path, [("T", 1, "a", "", "o"), ("T", 1, "b", "h", "")]))
    assert cube["linked"].null_count() == cube.height
    assert cube["apart"].sum() == 2.0


def test_a_source_without_keys_has_no_links(duck, tmp_path):
    store = stored(tmp_path, [("T", 1, "a", "", "")] * 3, names=())
    assert set(KEYS).isdisjoint(store.columns)
    cube = counted(duck, store)
    assert cube.select(list(LINKS)).null_count().row(0) == (cube.height, cube.height)


def test_rows_that_repeat_an_earlier_one_hang_together_only_where_they_count(duck, tmp_path):
    store = stored(tmp_path, [("T", 1, "a", "", ""), ("T", 1, "a", "", "")])
    kept, dropped = counted(duck, store), counted(duck, store, drop=True)
    assert kept["apart"].to_list() == [0.5, 0.5]
    assert dropped.filter(~pl.col("repeats"))["apart"].to_list() == [1.0]


def test_keys_are_numbers_in_the_store_and_empty_ones_are_unknown(tmp_path):
    store = stored(tmp_path, [("T", 1, "VICTIM-7781", "  ", ""), ("T", 1, "", "h", "o")])
    rows = store.scan().sort("row").collect()
    assert rows.select(KEYS).dtypes == [pl.UInt64] * 3
    assert rows["household"].null_count() == 1
    assert all(b"VICTIM-7781" not in file.read_bytes() for file in store.folder.rglob("*.parquet"))


def test_a_record_that_came_twice_with_two_victims_is_one_record_as_without_keys(duck, tmp_path):
    (tmp_path / "a.csv").write_text("id,kind,when,victim\n1,T,2019-01-01,a\n1,T,2019-01-01,b\n")
    for names in ({}, {"victim": "victim"}):
        columns = {"offence": "kind", "date": "when"} | names
        mapping = Mapping.model_validate({"kind": "incidents", "files": "*", "columns": columns, "row_id": "id"})
        store = write_store(tmp_path / f"store{len(names)}", {"a.csv": tmp_path / "a.csv"}, mapping, CITY)
        assert counted(duck, store).filter(~pl.col("repeats"))["count"].sum() == 1


def test_hours_are_linked_as_months_are(duck, tmp_path):
    store = stored(tmp_path, [("T", 1, "a", "", "x"), ("T", 2, "a", "", ""), ("R", 2, "b", "", "x")])
    hours = tally(store, duck, CITY).hours
    assert hours["count"].sum() == 3
    assert hours["apart"].sum() == pytest.approx(1.0)
    assert hours["linked"].explode().drop_nulls().struct.field("n").sum() == 3


@pytest.mark.slow
def test_duckdb_and_spark_find_the_same_links(tmp_path):
    pytest.importorskip("pyspark", reason="the extra [scale] is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or newer")
    rng = np.random.Generator(np.random.PCG64(5))
    keys = [[f"{kind}{n}" if n < most else "" for n in rng.integers(0, 2 * most, 5000)]
            for kind, most in (("v", 900), ("h", 300), ("o", 2000))]  # fmt: skip
    records = [(str(rng.choice(["T", "R"])), int(rng.integers(1, 13)), *row) for row in zip(*keys, strict=True)]
    store = stored(tmp_path, records)
    found = []
    for name in ("duckdb", "spark:local[2]"):
        with open_engine(name) as engine:
            found.append((counted(engine, store), tally(store, engine, CITY).hours))
    assert found[0][0]["linked"].list.len().sum() > 1000
    assert found[0][0].equals(found[1][0])
    assert found[0][1].equals(found[1][1])
