"""The unit of protection through the whole chain: from keys in a file of records to what a release shows."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import salus
from salus.model.tables import UNITS
from tests.unit.small_city import HEADER, MAPPING, add_records, make_city, square

WHY = {"reason": "Council meeting of 3 December", "approved_by": ("data protection officer", "head of analysis")}
PLACES = {"a": (0, 0), "b": (1, 0), "c": (0, 1), "d": (1, 1), "e": (2, 0), "f": (2, 1)}  # of the south-west corner
KEYS = ("victim", "household", "offender")
SECRET = "VICTIM-7781"
WITH_KEYS = {**MAPPING, "columns": {**MAPPING["columns"], **{name: name for name in KEYS}}}
Who = tuple[str, str, str]


def people() -> dict[str, list[Who]]:
    """Victim, household and offender of the robberies of each area."""
    return {
        "a": [(SECRET, "", "")] * 9,
        "b": [(f"b{i}", "HOME-4410", "") for i in range(8)],
        "c": [(f"c{i}", "", "SUSPECT-93" if i < 10 else "") for i in range(12)],
        "d": [(f"d{i}", "", "") for i in range(31)],
        "e": [("", "", "") for _ in range(27)],
        "f": [(f"f{i // 2}", "", f"o{i % 9}") for i in range(44)],
    }


def lines(records: dict[str, list[Who]]) -> list[str]:
    return [
        f"Street robbery,2019-{i % 12 + 1:02d}-{i % 27 + 1:02d},21:00:00,"
        f"{PLACES[area][1] + 0.5},{PLACES[area][0] + 0.5},{','.join(who)}"
        for area, whole in records.items()
        for i, who in enumerate(whole)
    ]


def city_of(folder: Path, records: dict[str, list[Who]], mapping: dict[str, Any] = WITH_KEYS) -> Path:
    make_city(folder, rows=lines(records), mapping=mapping, header=f"{HEADER},{','.join(KEYS)}")
    features = [square(name, *corner) for name, corner in PLACES.items()]
    areas = folder / "geography" / "square" / "areas.geojson"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    text = "geography,area,year,persons\n,toy,2020,6000\n" + "".join(f"square,{area},2020,1000\n" for area in PLACES)
    columns = {name: name for name in ("geography", "area", "year", "persons")}
    add_records(folder, "census", text, {"kind": "population", "files": "*.csv", "columns": columns})
    return folder


def of_areas(estimates: pl.DataFrame) -> pl.DataFrame:
    return estimates.filter(indicator="A16", group="").filter(pl.col("area").is_in(list(PLACES))).unique("area")


def shown(made: salus.Release) -> set[str]:
    return set(of_areas(made.table("estimates").filter(pl.col("status") == "shown"))["area"])


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = city_of(tmp_path_factory.mktemp("people") / "toy", people())
    salus.run(folder, draws=100)
    return folder


@pytest.fixture(scope="module")
def made(city):
    return salus.release(city, **WHY)


def test_few_victims_one_household_and_one_offender_are_hidden_however_many_their_records(made):
    assert shown(made) == {"d", "e", "f"}
    rules = dict(made.log.filter(table="estimates").select("rule", "hidden").iter_rows())
    assert rules["few persons"] >= 3


def test_without_keys_the_same_records_are_all_shown(tmp_path):
    folder = city_of(tmp_path / "toy", people(), MAPPING)
    run = salus.run(folder, draws=100)
    assert shown(salus.draft(run)) == set(PLACES)
    assert run.frame("estimates").select(UNITS).null_count().row(0) == (run.frame("estimates").height,) * len(UNITS)


def test_a_run_knows_how_many_persons_its_counts_speak_of(city):
    known = of_areas(salus.open_result(city).frame("estimates"))
    assert dict(known.select("area", "units").iter_rows()) == {
        "a": 1.0, "b": 1.0, "c": 3.0, "d": 31.0, "e": 27.0, "f": 22.0,
    }  # fmt: skip
    assert known["units_apart"].to_list() <= known["units"].to_list()
    assert dict(known.select("area", "units_most").iter_rows())["c"] == 10


def test_no_table_of_a_release_says_how_many_persons_there_are(made):
    for name, frame in made.tables.items():
        assert set(UNITS).isdisjoint(frame.columns), name


@pytest.mark.parametrize("key", [SECRET, "HOME-4410", "SUSPECT-93"])
def test_a_key_occurs_nowhere_but_in_the_file_as_received(city, made, tmp_path, key):
    salus.report(city, out=tmp_path / "report.html")
    files = [path for path in (*city.rglob("*"), *tmp_path.rglob("*")) if path.is_file()]
    holding = {path for path in files if key.encode() in path.read_bytes()}
    assert {path.relative_to(city).parts[:2] for path in holding} == {("evidence", "police")}
    for frame in salus.open_result(city).folder.tables().values():
        assert not any(frame[name].dtype == pl.UInt64 for name in frame.columns)


def test_no_finding_about_a_row_repeats_whom_it_speaks_of(tmp_path):
    wrong = [f"Street robbery,{day},21:00:00,0.5,0.5,{SECRET},{SECRET},{SECRET}" for day in ("soon", "2031-01-01")]
    header = f"{HEADER},{','.join(KEYS)}"
    folder = make_city(tmp_path / "toy", rows=[*wrong, *lines(people())], mapping=WITH_KEYS, header=header)
    findings = salus.check(folder)
    assert {finding.rule for finding in findings} >= {"bad_date", "future_date"}
    assert SECRET not in str(findings)


def test_what_was_hidden_for_few_persons_stays_so_when_the_keys_are_gone(tmp_path):
    folder = city_of(tmp_path / "toy", people())
    salus.run(folder, draws=100)
    first = salus.release(folder, **WHY)
    city_of(folder, people(), MAPPING)
    assert shown(salus.draft(salus.run(folder, draws=100))) == shown(first) == {"d", "e", "f"}


def test_the_preview_counts_a_victim_alone_in_a_hidden_count_as_a_single_case(city):
    found = salus.preview(city)
    assert found.recovered.is_empty()
    alone = found.single.filter(indicator="A16", group="").filter(pl.col("area").is_in(["a", "b"]))
    assert set(alone["area"]) == {"a", "b"}
    assert (alone["most"] - alone["least"] >= 5).all()
