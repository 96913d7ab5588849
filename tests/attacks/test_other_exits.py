"""Attacks 7, 8, 10 and 11: asking again and again, maps, comparing exits, and words."""

import json
import re
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

import salus
from salus.disclosure import (
    Population,
    Quote,
    keyed_counts,
    perturb,
    perturbation_table,
    record_keys,
    release_words,
)
from salus.model.tables import row_key
from salus.surfaces import surface
from tests.unit.small_city import make_city
from tests.unit.test_releasing import WHY, rows
from tests.unit.test_surfaces import areas as squares
from tests.unit.test_surfaces import rows as counted


def test_asking_a_thousand_times_gives_one_answer_and_so_no_mean():
    table = perturbation_table(deviation=8, variance=6.5, least=5)
    keys = record_keys([f"case {n}" for n in range(40)], secret=b"sixteen bytes or more")
    of = np.arange(40) % 4
    answers = set()
    for seed in range(1000):
        order = np.random.default_rng(seed).permutation(40)
        counts, cell = keyed_counts(of[order], keys[order], size=4)
        answers.add(tuple(perturb(counts, cell, table).tolist()))
    assert len(answers) == 1


@pytest.mark.parametrize("where", [9, 27, 45])
def test_the_peak_of_a_map_does_not_show_where_a_single_case_is(where):
    """One case in one area is hidden, so the map with it is the map without it, at every zoom."""
    base = np.full((8, 8), 30)
    base.ravel()[where] = 1
    hidden = surface(counted(base, hidden=(where,)), squares(), 1.0)
    base.ravel()[where] = 4
    assert surface(counted(base, hidden=(where,)), squares(), 1.0).cells.equals(hidden.cells)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = make_city(tmp_path_factory.mktemp("exits") / "toy", rows=rows(a=3, b=7, c=80, d=120))
    salus.run(folder, draws=100)
    return folder


def test_report_tables_and_json_hide_the_same_rows_and_show_the_same_figures(city, tmp_path):
    made = salus.release(city, **WHY)
    table = made.table("estimates")
    exact = salus.open_result(city).frame("estimates")
    hidden = table.filter(pl.col("status") == "hidden")
    assert hidden.height >= 2
    page = salus.report(made.path, out=tmp_path / "r.html").path.read_text()
    csv = table.write_csv()
    on_disk = pl.read_parquet(made.path / "estimates.parquet")
    assert on_disk.equals(table)
    for row in hidden.to_dicts():
        key = row_key("estimates", row)
        same = [pl.col(name) == row[name] for name in ("indicator", "area", "group", "period_start", "period_end")]
        inner = exact.filter(*same).row(0, named=True)
        rate = f"{inner['value']:.6g}"
        assert rate not in csv or inner["value"] == 0
        assert f">{rate}<" not in page
        call = [sys.executable, "-c", "from salus.cli import main; main()", "trail", str(made.path), key, "--json"]
        said = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
        assert said["figure"] == "hidden (small count)"
        counted = json.dumps([link for link in said["rests_on"] if "police" in str(link)])
        assert not re.search(r"\(n=\d+\)|rows \d", counted)


def test_of_two_hundred_speakers_who_are_alone_in_their_description_none_is_quoted():
    rng = np.random.default_rng(3)
    places = [f"street {i}" for i in range(40)]
    groups = ["girls of 15", "women of 40", "men over 80", "trans women", "boys"]
    table = pl.DataFrame([{"place": p, "group": g, "persons": int(rng.integers(0, 3))} for p in places for g in groups])
    people = Population(table, places=dict.fromkeys(places, "the city"), groups=dict.fromkeys(groups, "people"))
    quotes = [
        Quote("Nobody opens after nine.", place, group=group, attributes={"work": "sells tamales"}, consent=True)
        for place in places for group in groups
    ]  # fmt: skip
    out = release_words(quotes, people, minimum=5)
    assert out.allowed == ()
    assert len(out.refused) == len(quotes) == 200
