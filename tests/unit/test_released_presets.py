"""A city's disclosure preset holds at every exit, and the next release is held against the exact figures."""

import polars as pl
import pytest
import yaml

import salus
from salus.errors import Withheld
from salus.workspace import noise_secret
from tests.unit.small_city import make_city
from tests.unit.test_releasing import WHY, rows

pytestmark = pytest.mark.slow  # whole cities are assessed and released

COUNTS = {"a": 3, "b": 63, "c": 81, "d": 122}


def city(tmp_path, preset: str, **counts: int):
    folder = make_city(tmp_path / "toy", rows=rows(**(COUNTS | counts)))
    stated = yaml.safe_load((folder / "city.yaml").read_text())
    (folder / "city.yaml").write_text(yaml.safe_dump(stated | {"disclosure": {"preset": preset}}, sort_keys=False))
    salus.run(folder, draws=100)
    return folder


def counted(release: salus.Release) -> pl.DataFrame:
    return release.table("estimates").filter(
        (pl.col("source") == "police") & pl.col("numerator").is_not_null() & (pl.col("numerator") > 0)
    )


def test_under_the_standard_preset_no_count_leaves_that_is_no_multiple_of_five(tmp_path):
    made = salus.draft(salus.open_result(city(tmp_path, "standard")))
    shown = counted(made)
    assert shown.height > 10
    assert (shown["numerator"] % 5 == 0).all()
    # The rate is made of the rounded count: nothing else gives a rate of the exact one back.
    back = shown["value"] * shown["denominator"] / 100_000
    assert ((back - shown["numerator"]).abs() < 1e-6).filter(shown["unit"].str.starts_with("per 100,000")).all()
    assert made.table("changes").is_empty()
    assert made.record["preset"]["id"] == "standard"


def test_sentences_and_report_say_the_rounded_figures(tmp_path):
    folder = city(tmp_path, "standard")
    exact = {f"{n:,.0f}" for n in salus.open_result(folder).frame("estimates")["numerator"].drop_nulls() if n > 60}
    made = salus.draft(salus.open_result(folder))
    rounded = {f"{n:,.0f}" for n in made.table("estimates")["numerator"].drop_nulls()}
    said = salus.report(folder, out=tmp_path / "r.html").path.read_text()
    leaked = {n for n in exact - rounded if f">{n}<" in said}
    assert leaked == set()


def test_the_same_row_has_the_same_noise_in_every_release(tmp_path):
    folder = city(tmp_path, "noise")
    first, again = salus.release(folder, **WHY), salus.draft(salus.open_result(folder))
    assert first.table("estimates").equals(again.table("estimates"))
    exact = salus.open_result(folder).protected.tables["estimates"]
    changed = (first.table("estimates")["numerator"] != exact["numerator"]).sum()
    assert changed > 5


def test_the_next_release_is_held_against_exact_figures_and_stops_where_they_are_gone(tmp_path):
    folder = city(tmp_path, "standard")
    made = salus.release(folder, **WHY)
    kept = folder / "private" / "released" / f"{made.record['id']}.parquet"
    assert kept.is_file()
    make_city(folder, rows=rows(**(COUNTS | {"d": 124})))  # two late records: less than the threshold
    salus.run(folder, draws=100)
    again = salus.draft(salus.open_result(folder))
    held = again.table("estimates").filter(pl.col("flags").str.contains("as_released_before"))
    assert held.height > 0
    kept.unlink()
    with pytest.raises(Withheld, match="is gone"):
        salus.draft(salus.open_result(folder))


def test_a_city_that_states_nothing_has_the_thresholds_five_and_ten_and_exact_figures(tmp_path):
    folder = make_city(tmp_path / "toy", rows=rows(**COUNTS))
    run = salus.run(folder, draws=100)
    assert (run.preset.threshold, run.preset.protected_threshold) == (5, 10)
    assert run.gate is run.protected


def test_a_workspace_without_a_secret_gets_one_that_only_its_owner_reads(tmp_path):
    first = noise_secret(tmp_path)
    assert len(first) == 32
    assert noise_secret(tmp_path) == first
    assert (tmp_path / "private" / "noise.key").stat().st_mode & 0o077 == 0
