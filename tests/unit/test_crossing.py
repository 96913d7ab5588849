"""`salus vintages`: written whole or not at all, never over another crosswalk unasked, and used by the next reading."""

import json
from pathlib import Path

import polars as pl
import pytest
import yaml

import salus
from salus.errors import BadInput, UnknownReference
from salus.evidence import read_evidence
from salus.framework import load_pack
from salus.workspace import open_workspace
from tests.unit.cli.test_cli import salus as command
from tests.unit.small_city import CITY, make_city, square, write_yaml


def city(folder: Path) -> Path:
    """The small city, which shows two districts that cut its lower squares at 0.5 and leave out a tenth of them."""
    made = make_city(folder)
    write_yaml(made / "city.yaml", CITY | {"scope": CITY["scope"] | {"shown": "district"}})
    write_areas(made, "district", {"left": (0, 0, 0.5, 1.8), "right": (0.5, 0, 1.5, 1.8)})
    return made


def write_areas(folder: Path, vintage: str, boxes: dict[str, tuple[float, float, float, float]], **more) -> None:
    features = []
    for name, (x, y, width, height) in boxes.items():
        feature = square(name, x, y)
        ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]
        feature["geometry"]["coordinates"] = [ring]
        feature["properties"] |= {"population": more.get(name)}
        features.append(feature)
    path = folder / "geography" / vintage / "areas.geojson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def crosswalk(folder: Path) -> list[tuple[object, ...]]:
    frame = pl.read_csv(folder / "geography" / "crosswalk.csv")
    return frame.with_columns(pl.col("share", "outside").round(3)).rows()


def test_the_crosswalk_that_is_written_is_the_one_a_run_reads(tmp_path):
    folder = city(tmp_path / "c")
    made = salus.vintages(folder, from_="square", to="district")
    assert made.written
    assert crosswalk(folder) == [
        ("a", "left", 0.5, 0.0, "area"),
        ("a", "right", 0.5, 0.0, "area"),
        ("b", "right", 1.0, 0.0, "area"),
        ("c", "left", 0.4, 0.2, "area"),
        ("c", "right", 0.4, 0.2, "area"),
        ("d", "right", 0.8, 0.2, "area"),
    ]
    reading = read_evidence(open_workspace(folder), load_pack("usg-core"))
    assert reading.evidence.crosswalk.height == 6
    assert reading.evidence.crosswalk["share"].sum() == pytest.approx(3.6, abs=1e-3)


def test_it_says_how_many_areas_are_split_and_how_many_people_move(tmp_path):
    made = salus.vintages(city(tmp_path / "c"), from_="square", to="district", dry_run=True)
    assert (made.people, round(made.moved, 3), round(made.outside, 3)) == (4000.0, 0.225, 0.1)
    assert made.crosswalk.split == ("a", "c")
    assert made.sentence() == (
        "2 of 4 areas of square lie in more than one area of district; 22.5% of 4,000 persons are counted elsewhere"
        " than most of their area, 10.0% are in no area. Shares are of ground. Dry run: nothing was written."
    )


def test_a_dry_run_writes_nothing_and_a_second_run_overwrites_only_when_asked(tmp_path):
    folder = city(tmp_path / "c")
    before = sorted(folder.rglob("*"))
    salus.vintages(folder, from_="square", to="district", dry_run=True)
    assert sorted(folder.rglob("*")) == before
    salus.vintages(folder, from_="square", to="district")
    first = (folder / "geography" / "crosswalk.csv").read_bytes()
    with pytest.raises(BadInput, match="a crosswalk already"):
        salus.vintages(folder, from_="square", to="district")
    salus.vintages(folder, from_="square", to="district", replace=True)
    assert (folder / "geography" / "crosswalk.csv").read_bytes() == first
    assert sorted(p.name for p in (folder / "geography").iterdir() if p.is_file()) == [
        "crosswalk.csv",
        "crosswalk.yaml",
    ]


def test_the_statement_beside_it_names_what_the_shares_rest_on(tmp_path):
    folder = city(tmp_path / "c")
    write_areas(folder, "district", {"left": (0, 0, 1, 1)})
    salus.vintages(folder, from_="square", to="district")
    stated = yaml.safe_load((folder / "geography" / "crosswalk.yaml").read_text(encoding="utf-8"))
    assert (stated["from"], stated["to"], stated["weighted_by"]) == ("square", "district", "area")
    assert set(stated["sha256"]) == {"geography/square", "geography/district"}
    assert stated["wholly_outside"] == ["b", "c", "d"]


def test_points_with_persons_move_the_shares_to_where_people_live(tmp_path):
    folder, points = city(tmp_path / "c"), tmp_path / "people.csv"
    points.write_text("longitude,latitude,persons\n0.2,0.5,90\n0.7,0.5,10\n")
    made = salus.vintages(folder, from_="square", to="district", population=points)
    assert crosswalk(folder)[:3] == [
        ("a", "left", 0.9, 0.0, "population"),
        ("a", "right", 0.1, 0.0, "population"),
        ("b", "right", 1.0, 0.0, "area"),
    ]
    assert "Shares are of people, of ground in 3 areas without persons." in made.sentence()


def test_blocks_with_persons_do_the_same_and_those_without_are_named(tmp_path):
    folder = city(tmp_path / "c")
    write_areas(folder, "block", {"p": (0, 0, 0.5, 1), "q": (0.5, 0, 0.5, 1), "r": (1, 0, 1, 1)}, p=75, q=25)
    made = salus.vintages(folder, from_="square", to="district", blocks="block")
    assert crosswalk(folder)[:2] == [("a", "left", 0.75, 0.0, "population"), ("a", "right", 0.25, 0.0, "population")]
    assert [f.rule for f in made.findings] == ["blocks_without_population"]


def test_vintages_that_do_not_meet_are_refused_and_nothing_is_written(tmp_path):
    folder = city(tmp_path / "c")
    write_areas(folder, "district", {"far": (50, 50, 1, 1)})
    made = salus.vintages(folder, from_="square", to="district")
    assert ([f.rule for f in made.findings], made.written) == (["no_overlap"], False)
    assert made.sentence() == "Refused: 1 errors. Nothing was written."
    assert not (folder / "geography" / "crosswalk.csv").exists()


def test_a_file_that_cannot_be_put_in_place_leaves_the_old_pair(tmp_path):
    folder = city(tmp_path / "c")
    (folder / "geography" / "crosswalk.csv").mkdir()
    with pytest.raises(OSError):
        salus.vintages(folder, from_="square", to="district", replace=True)
    assert not (folder / "geography" / "crosswalk.yaml").exists()
    assert [p.name for p in (folder / "geography").glob(".vintages-*")] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lon,lat,persons\n1,1,1\n", "no column longitude, latitude"),
        ("longitude,latitude,persons\n1,1,many\n", "Row 1 has no number as persons"),
    ],
)
def test_points_that_cannot_be_read_are_refused(tmp_path, text, says):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(BadInput, match=says):
        salus.vintages(city(tmp_path / "c"), from_="square", to="district", population=tmp_path / "p.csv")


def test_a_vintage_that_is_not_there_is_named_beside_those_that_are(tmp_path):
    folder = city(tmp_path / "c")
    with pytest.raises(UnknownReference, match="there is district, square"):
        salus.vintages(folder, from_="square", to="ward")
    with pytest.raises(BadInput, match="with itself"):
        salus.vintages(folder, from_="square", to="square")
    with pytest.raises(BadInput, match="Both points and blocks"):
        salus.vintages(folder, from_="square", to="district", population="p.csv", blocks="district")


def test_the_command_says_the_same_and_exits_as_all_verbs_do(tmp_path):
    folder = city(tmp_path / "c")
    said = command("vintages", str(folder), "--from", "square", "--to", "district", "--json")
    assert said.returncode == 0
    assert json.loads(said.stdout)["split"] == ["a", "c"]
    again = command("vintages", str(folder), "--from", "square", "--to", "district")
    assert (again.returncode, "add --replace" in again.stderr) == (2, True)
    turned = command("vintages", str(folder), "--from", "district", "--to", "square", "--dry-run")
    assert (turned.returncode, "[other_scope]" in turned.stdout) == (0, True)
