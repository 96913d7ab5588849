"""Two vintages that cross: what lies where two of their areas overlap is known to the gate, and to nobody else."""

import datetime as dt
import json

import polars as pl
import pytest

import salus
from salus.evidence import read_evidence
from salus.framework import load_pack
from salus.indicators import pieces_of
from salus.workspace import open_workspace
from tests.unit.small_city import CITY, add_records, make_city, square, write_yaml
from tests.unit.test_releasing import WHY

WEST, EAST = 0.5, 1.5


def robberies(count: int, lat: float, lon: float, day: str = "2020-03-01") -> list[str]:
    return [f"Street robbery,{day},{i % 24:02d}:{i // 24:02d}:00,{lat},{lon}" for i in range(count)]


def crossing_city(folder, rows):
    """Squares a b / c d, and strips: west (from 0 to 1.2) and east (the rest), so that b and d are torn."""
    home = make_city(folder, rows=rows)
    write_yaml(home / "city.yaml", CITY | {"scope": CITY["scope"] | {"shown": "strip"}})
    features = []
    for name, left, right in (("west", 0.0, 1.2), ("east", 1.2, 2.0)):
        feature = square(name, 0, 0)
        feature["geometry"]["coordinates"] = [[[left, 0], [right, 0], [right, 2], [left, 2], [left, 0]]]
        features.append(feature)
    file = home / "geography" / "strip" / "areas.geojson"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    people = "geography,area,year,persons\n,toy,2020,4000\n" + "".join(
        f"{kind},{area},2020,1000\n"
        for kind, areas in (("square", "abcd"), ("strip", ("west", "east")))
        for area in areas
    )
    mapping = {
        "kind": "population",
        "files": "*.csv",
        "columns": {n: n for n in ("geography", "area", "year", "persons")},
    }
    add_records(home, "census", people, mapping)
    return home


TORN = robberies(30, 0.5, WEST) + robberies(2, 0.5, 1.1) + robberies(10, 0.5, EAST) + robberies(40, 1.5, EAST)
"""b holds 12 robberies, 2 of them west of the border between the strips."""


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return crossing_city(tmp_path_factory.mktemp("crossing") / "toy", TORN + robberies(25, 1.5, 1.1))


def shown_areas(home) -> dict[str, float]:
    """What a release shows of robberies by area over the whole period."""
    salus.run(home, draws=100)
    table = salus.release(home, **WHY).table("estimates").drop_nulls("numerator")
    areas = table.filter(
        pl.col("indicator") == "A16", pl.col("period_start") == dt.date(2019, 1, 1),
        pl.col("period_end") == dt.date(2020, 12, 31), pl.col("area") != "toy", pl.col("group") == "",
    )  # fmt: skip
    return dict(areas.select("area", "numerator").iter_rows())


def test_pieces_count_what_both_areas_hold_and_are_zero_where_they_overlap_without_such_an_event(city):
    workspace, pack = open_workspace(city), load_pack()
    found = pieces_of(read_evidence(workspace, pack).evidence, pack, workspace.city)
    pooled = found.filter(indicator="A16", period_start=dt.date(2019, 1, 1), period_end=dt.date(2020, 12, 31))
    counts = {(area, other): n for area, other, n in pooled.select("area", "other", "count").iter_rows()}
    assert counts == {
        ("a", "west"): 30, ("b", "west"): 2, ("b", "east"): 10, ("d", "west"): 25, ("d", "east"): 40,
    }  # fmt: skip
    burglary = found.filter(indicator="A20")
    assert burglary.is_empty()


def test_where_more_than_one_area_may_hold_the_rest_of_a_strip_all_counts_are_shown(city):
    """West less a is 27, and b or d may hold them: nobody can tell the 2 of b."""
    assert shown_areas(city) == {"a": 30, "b": 12, "c": 0, "d": 65, "west": 57, "east": 50}


def test_two_events_that_an_area_less_a_strip_would_tell_are_protected(tmp_path):
    """Without any event of d in the west, west less a is the 2 of b."""
    shown = shown_areas(crossing_city(tmp_path / "toy", TORN))
    assert not {"a", "west"} <= shown.keys()
    assert not {"b", "d", "east"} <= shown.keys()  # 12 + 40 - 50


def test_pieces_are_kept_for_the_next_release_in_private_and_leave_with_none(city):
    shown_areas(city)
    made = salus.open_release(city)
    kept = sorted(file.name for file in (city / "private" / "released").glob(f"{made.record['id']}*"))
    assert kept == [f"{made.record['id']}-pieces.parquet", f"{made.record['id']}.parquet"]
    assert not list(made.path.rglob("*pieces*"))
    assert salus.open_result(city).pieces().height == 5


def test_a_city_with_one_vintage_has_no_pieces(tmp_path):
    workspace, pack = open_workspace(make_city(tmp_path / "toy")), load_pack()
    assert pieces_of(read_evidence(workspace, pack).evidence, pack, workspace.city).is_empty()
