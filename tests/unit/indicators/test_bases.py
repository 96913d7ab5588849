"""One rate by several denominators, from a small city's own files."""

import polars as pl
import pytest

import salus
from tests.unit.small_city import add_records, make_city

MAPPING = {
    "kind": "population",
    "files": "*.csv",
    "columns": {name: name for name in ("area", "year", "persons", "basis")},
}


@pytest.fixture
def run(tmp_path):
    city = make_city(tmp_path / "toy", rows=[f"Street robbery,2019-03-{d:02d},21:00:00,0.5,0.5" for d in range(1, 21)])
    add_records(city, "registry", "area,year,persons,basis\ntoy,2020,8000,residents\ntoy,2020,16000,present\n", MAPPING)
    return salus.run(city, draws=100)


def test_the_band_holds_every_figure_and_says_which_one_is_used(run):
    rows = run.frame("denominators").filter(pl.col("indicator") == "A16").sort("persons", "by")
    assert rows.select("basis", "by", "persons", "used").rows() == [
        ("residents", "census", 4000.0, True),
        ("residents", "sum over square", 4000.0, True),
        ("residents", "registry", 8000.0, False),
        ("present", "registry", 16000.0, False),
    ]
    # 20 robberies in two years among 4,000: 250 per 100,000 a year; among 8,000 half of it, among 16,000 a quarter.
    assert rows["value"].round(6).to_list() == [250.0, 250.0, 125.0, 62.5]
    assert rows["ratio"].round(6).to_list() == [1.0, 1.0, 0.5, 0.25]
    assert rows["unit"].to_list()[-1] == "per 100,000 present a year"
    assert (rows["low"] < rows["value"]).all()


def test_people_present_are_never_added_to_residents_nor_taken_for_them(run):
    whole = run.frame("estimates").filter(
        (pl.col("indicator") == "A16") & (pl.col("area") == "toy") & (pl.col("group") == "")
        & (pl.col("period_end").dt.year() == 2020) & (pl.col("period_start").dt.year() == 2019)
    )  # fmt: skip
    assert whole["denominator"].to_list() == [8000.0]  # 4,000 residents for two years


def test_a_denominator_nobody_knows_is_refused(tmp_path):
    city = make_city(tmp_path / "toy")
    add_records(city, "registry", "area,year,persons,basis\ntoy,2020,8000,ghosts\n", MAPPING)
    wrong = [finding for finding in salus.check(city) if finding.severity == "error"]
    assert [(finding.column, finding.value) for finding in wrong] == [("basis", "ghosts")]


def test_the_band_leaves_where_the_count_behind_it_is_shown(run):
    made = salus.draft(run)
    assert made.table("denominators").filter(pl.col("indicator") == "A16")["value"].null_count() == 0
