"""Change one thing in a planted city and run the whole chain again: what follows must follow."""

import csv
import shutil
from pathlib import Path

import polars as pl
import pytest
import yaml

import salus
from salus.planting import HOT
from salus.workspace import sha256_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return salus.synth(tmp_path_factory.mktemp("meta") / "one", seed=5, areas=25, events=8_000)


@pytest.fixture(scope="module")
def before(planted):
    return salus.run(planted.workspace, draws=300)


def changed(planted, folder: Path) -> Path:
    """A copy of the city to change, without its runs."""
    return Path(shutil.copytree(planted.workspace, folder / "city", ignore=shutil.ignore_patterns("runs")))


def rewrite(city: Path, source: str, change) -> None:
    """Rewrites the rows of a source and enters the new sha256, as a new delivery would."""
    file = next((city / "evidence" / source).glob("*/*.csv"))
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    header = list(rows[0])
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))
    origin = file.parent / "origin.yaml"
    data = yaml.safe_load(origin.read_text())
    origin.write_text(yaml.safe_dump(data | {"files": {file.name: sha256_of(file)}}))


def burden(run, problem: str) -> dict:
    rows = run.frame("criteria").filter((pl.col("problem") == problem) & (pl.col("criterion") == "burden"))
    return rows.to_dicts()[0]


def rank(run, problem: str) -> float:
    return run.frame("priorities").filter(pl.col("problem") == problem)["expected_rank"][0]


def test_three_times_the_robbery_in_one_area_raises_the_problem_and_the_area(planted, before, tmp_path):
    city = changed(planted, tmp_path)
    area = planted.known()["areas"][4]  # in the poor east: neither burden nor inequity can fall by it
    west, south = 10.04, 0.0

    def tripled(rows):
        inside = [
            r
            for r in rows
            if r["offence"] == HOT and west <= float(r["lon"]) < west + 0.01 and south <= float(r["lat"]) < south + 0.01
        ]
        assert inside
        return rows + inside * 2

    rewrite(city, "records", tripled)
    after = salus.run(city, draws=300)
    assert burden(after, "robbery")["value"] > burden(before, "robbery")["value"]
    assert rank(after, "robbery") <= rank(before, "robbery")
    values = []
    for run in (before, after):
        rows = run.frame("estimates").filter((pl.col("indicator") == "A16") & (pl.col("area") == area))
        values.append(rows.sort("period_start", "period_end")["value"][0])
    assert values[1] > 1.5 * values[0]


def test_without_local_authority_the_lead_moves_up(planted, before, tmp_path):
    city = changed(planted, tmp_path)

    def without(rows):
        for row in rows:
            if row["level"] == "local" and row["dimension"] == "authority":
                row["score"] = "0"
            if row["level"] == "national" and row["dimension"] == "authority":
                row["score"] = "5"
        return rows

    rewrite(city, "ratings", without)
    after = salus.run(city, draws=300)
    leads = [
        dict(run.frame("leads").filter(pl.col("min_capacity") == 1).select("function", "level").iter_rows())
        for run in (before, after)
    ]
    local = planted.known()["local_functions"]
    assert {leads[0][f] for f in local} == {"local"}
    assert {leads[1][f] for f in local} == {"national"}


def judged(city: Path, weights: dict[str, float]) -> None:
    """Two groups with opposed weights over the criteria."""
    folder = city / "responses" / "judgements"
    folder.mkdir(parents=True)
    rows = ["group,problem,criterion,weight,people,represented"]
    rows += [f"first,*,{c},{w},10,100" for c, w in weights.items()]
    rows += [f"second,*,{c},{100 - w},10,100" for c, w in weights.items()]
    (folder / "1.csv").write_text("\n".join(rows) + "\n")
    columns = {c: c for c in rows[0].split(",")}
    (folder / "mapping.yaml").write_text(yaml.safe_dump({"kind": "judgements", "files": "*.csv", "columns": columns}))
    origin = yaml.safe_load(next((city / "evidence/survey").glob("*/origin.yaml")).read_text())
    origin["files"] = {"1.csv": sha256_of(folder / "1.csv")}
    (folder / "origin.yaml").write_text(yaml.safe_dump(origin))


def test_opposed_weights_swap_the_ranks_of_two_groups(planted, tmp_path):
    city = changed(planted, tmp_path)
    judged(city, {"burden": 100, "severity": 0})
    ranks = salus.run(city, draws=300).frame("group_ranks")
    found = {(r["group"], r["problem"]): r["rank"] for r in ranks.to_dicts()}
    assert found["first", "robbery"] < found["first", "homicide"]
    assert found["second", "homicide"] < found["second", "robbery"]


def test_without_a_survey_the_burden_widens_and_without_records_it_is_grade_none(planted, before, tmp_path):
    city = changed(planted, tmp_path)
    shutil.rmtree(city / "evidence" / "survey")
    after = salus.run(city, draws=300)
    widths = [burden(run, "robbery")["high"] - burden(run, "robbery")["low"] for run in (before, after)]
    assert widths[1] > 2 * widths[0]
    shutil.rmtree(city / "evidence" / "records")
    nothing = salus.run(city, draws=300)
    recorded = nothing.frame("estimates").filter(pl.col("indicator").is_in(["A16", "A20", "A01"]))
    assert set(recorded["grade"]) == {"none"}
    assert burden(nothing, "robbery")["grade"] == "none"


def test_without_a_budget_the_portfolio_is_empty(planted, tmp_path):
    city = changed(planted, tmp_path)
    file = city / "cycles/2023/decisions.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"budget": [0.0, 0.0, 0.0]}))
    assert not salus.run(city, draws=300).frame("portfolio")["chosen"].any()
