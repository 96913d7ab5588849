"""What a release costs is said to the analyst, and lies in nothing that leaves."""

import json
from pathlib import Path

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

import salus
from salus.cli.app import app
from tests.unit.small_city import make_city
from tests.unit.test_releasing import WHY, rows


def assessed(folder: Path, preset: str = "threshold", **counts: int) -> Path:
    city = make_city(folder, rows=rows(**counts))
    stated = yaml.safe_load((city / "city.yaml").read_text())
    (city / "city.yaml").write_text(yaml.safe_dump(stated | {"disclosure": {"preset": preset}}, sort_keys=False))
    salus.run(city, draws=100)
    return city


def command(*words: str) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return assessed(tmp_path_factory.mktemp("losing") / "toy", a=3, b=60, c=80, d=120)


def test_small_and_others_add_up_to_what_is_hidden_and_to_the_rows_of_the_run(city):
    run = salus.open_result(city)
    lost = salus.loss(run)
    assert (lost.groups["primary"] + lost.groups["secondary"]).to_list() == lost.groups["hidden"].to_list()
    hidden = run.gate.tables["estimates"].filter(pl.col("status") == "hidden")
    assert lost.total["hidden"] == hidden.height > 0
    assert lost.total["rows"] == run.frame("estimates").height
    counts = run.frame("estimates")["numerator"].fill_null(0.0)
    assert lost.total["counts"] == counts.sum()
    assert 0 < lost.total["counts_lost"] < lost.total["counts"]


def test_the_thresholds_are_those_of_the_city(tmp_path):
    counts = {"a": 12, "b": 60, "c": 80, "d": 120}
    usual, strict = (salus.loss(assessed(tmp_path / name, name, **counts)) for name in ("threshold", "strict"))
    assert strict.total["primary"] > usual.total["primary"]


@pytest.mark.parametrize("preset", ["standard", "noise"])
def test_a_preset_that_changes_numbers_has_a_cost_too(tmp_path, preset):
    assert salus.loss(assessed(tmp_path / "toy", preset, a=3, b=60, c=80, d=120)).total["hidden"] > 0


def test_where_more_is_hidden_than_the_small_counts_need_it_is_said_plainly(city, monkeypatch, capsys):
    from salus.cli import losses
    from salus.losing import Loss

    groups = salus.loss(city).groups
    over = {
        "indicator": "A16",
        "name": "Robbery",
        "geography": "square",
        "rows": 8,
        "hidden": 6,
        "primary": 1,
        "secondary": 5,
    }
    losses.show(Loss(groups, pl.DataFrame([over])))
    said = capsys.readouterr().out
    assert "More is hidden than the small counts need in 1 tables" in said
    assert "Robbery (A16, square): 6 of 8 rows hidden, 1 of them small" in said
    losses.show(Loss(groups, pl.DataFrame([over]).clear()))
    assert "More is hidden" not in capsys.readouterr().out


@pytest.mark.slow
def test_dry_run_release_and_check_say_it_and_nothing_that_leaves_does(city, tmp_path):
    for words in (["release", str(city), "--dry-run"], ["check", str(city), "--release"]):
        assert "What the release costs. For the analyst only" in command(*words)
        said = json.loads(command(*words, "--json"))["loss"]
        assert said["total"] == salus.loss(city).total
        assert {"groups", "over_suppressed"} < set(said)
    roles = [word for role in WHY["approved_by"] for word in ("--approved-by", role)]
    made = json.loads(command("release", str(city), "--reason", WHY["reason"], *roles, "--json"))
    folder = Path(made["release"])
    report = salus.report(folder, out=tmp_path / "r.html").path
    columns = {name for file in folder.rglob("*.parquet") for name in pl.read_parquet_schema(file)}
    assert columns.isdisjoint({"primary", "secondary", "counts_lost", "counts_hidden", "rows_hidden"})
    texts = [f.read_text("utf-8") for f in [*folder.rglob("*.json"), *folder.rglob("*.yaml"), report]]
    assert not any(
        word in text for text in texts for word in ("counts_lost", "over_suppressed", "What the release costs")
    )
    assert "loss" not in salus.open_release(folder).record
