import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from salus.errors import BadInput, BrokenWorkspace, UnknownReference
from salus.model.tables import TABLES
from salus.workspace import check_layout, latest_run, new_workspace, open_run, open_workspace, write_run
from salus.workspace.runs import RunContent
from tests.unit.small_city import MAPPING, make_city, write_yaml


def snapshot(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_sound_workspace_has_no_finding(tmp_path):
    assert check_layout(make_city(tmp_path)) == ()


def test_opening_gives_sources_in_name_order_and_the_hash_of_every_input(tmp_path):
    workspace = open_workspace(make_city(tmp_path))
    assert [s.name for s in workspace.sources] == ["census", "police"]
    assert set(workspace.inputs()) == {
        "city.yaml",
        "geography/square/areas.geojson",
        "evidence/census/mapping.yaml",
        "evidence/census/2021-01-31/origin.yaml",
        "evidence/census/2021-01-31/records.csv",
        "evidence/police/mapping.yaml",
        "evidence/police/2021-01-31/origin.yaml",
        "evidence/police/2021-01-31/records.csv",
    }


def test_the_newest_dated_folder_of_a_source_is_used(tmp_path):
    folder = make_city(tmp_path)
    newer = folder / "evidence/police/2021-06-30"
    older = folder / "evidence/police/2021-01-31"
    newer.mkdir()
    for file in older.iterdir():
        (newer / file.name).write_bytes(file.read_bytes())
    assert open_workspace(folder).sources[1].folder == newer


def half_written(folder: Path) -> None:
    (folder / "evidence/police/2021-01-31/origin.yaml").unlink()


def edited(folder: Path) -> None:
    with (folder / "evidence/police/2021-01-31/records.csv").open("a") as file:
        file.write("Burglary,2020-06-03,03:00:00,1.5,0.5\n")


def without_boundaries(folder: Path) -> None:
    (folder / "geography/square/areas.geojson").unlink()


def smuggled(folder: Path) -> None:
    (folder / "evidence/police/2021-01-31/more.csv").write_text("x\n")


def lost(folder: Path) -> None:
    (folder / "evidence/police/2021-01-31/records.csv").unlink()


def broken_yaml(folder: Path) -> None:
    (folder / "city.yaml").write_text("id: [unclosed\n")


def wrong_field(folder: Path) -> None:
    write_yaml(folder / "evidence/police/mapping.yaml", {**MAPPING, "colums": {}})


@pytest.mark.parametrize(
    ("damage", "rules"),
    [
        (half_written, {"missing_file"}),
        (edited, {"changed_file"}),
        (without_boundaries, {"missing_boundaries"}),
        (smuggled, {"unlisted_file"}),
        (lost, {"missing_file", "no_files"}),
        (broken_yaml, {"unreadable"}),
        (wrong_field, {"extra_forbidden"}),
    ],
)
def test_each_damage_is_a_finding_with_a_remedy_and_nothing_is_changed(tmp_path, damage, rules):
    folder = make_city(tmp_path)
    damage(folder)
    before = snapshot(folder)
    found = check_layout(folder)
    assert {f.rule for f in found} == rules
    assert all(f.remedy and f.file for f in found)
    assert snapshot(folder) == before


def test_all_problems_are_told_at_once(tmp_path):
    folder = make_city(tmp_path)
    edited(folder)
    without_boundaries(folder)
    assert {f.rule for f in check_layout(folder)} == {"changed_file", "missing_boundaries"}


def test_a_folder_that_is_no_workspace_says_what_is_missing(tmp_path):
    with pytest.raises(BrokenWorkspace, match=r"city\.yaml is missing"):
        open_workspace(tmp_path)
    assert check_layout(tmp_path / "nowhere")[0].rule == "missing_folder"


def test_a_new_workspace_can_be_opened_and_refuses_a_folder_in_use(tmp_path):
    made = new_workspace(tmp_path / "m", name="Mathare", country="KEN", start="2019-01-01", end="2020-12-31")
    assert open_workspace(made).city.id == "mathare"
    assert [f.rule for f in check_layout(made)] == ["no_evidence"]
    with pytest.raises(BadInput, match="not empty"):
        new_workspace(made, name="Other", country="KEN", start="2019-01-01", end="2020-12-31")


def content(rows: list[dict[str, object]]) -> RunContent:
    frame = TABLES["profile"].frame(rows)
    draws = {"profile": (frame.select("area"), np.zeros((frame.height, 3)))}
    return RunContent({"profile": frame}, draws, {"plan.yaml": "a: 1\n"}, {"hash": "x"}, {})


def test_a_run_is_written_whole_with_the_schema_version_in_each_table(tmp_path):
    run = write_run(
        tmp_path / "runs", "one", content([{"area": "a", "theme": "t", "dimension": "risk", "score": 1 / 3}])
    )
    assert run.table("profile")["score"].to_list() == [0.3333333333]
    assert pl.read_parquet_metadata(run.path / "profile.parquet")["schema_version"] == "1"
    assert latest_run(tmp_path).path == run.path
    assert open_run(run.path).text("plan.yaml") == "a: 1\n"


def test_a_run_that_fails_while_writing_leaves_nothing(tmp_path):
    doubled = [{"area": "a", "theme": "t", "dimension": "risk"}] * 2
    good = content([])
    broken = RunContent({"profile": pl.DataFrame(doubled)}, {}, {}, {}, {})
    write_run(tmp_path / "runs", "one", good)
    with pytest.raises(BadInput):
        write_run(tmp_path / "runs", "two", broken)
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["one"]


def test_a_folder_left_by_a_killed_run_is_not_taken_for_a_run(tmp_path):
    building = tmp_path / "runs" / ".building-x"
    building.mkdir(parents=True)
    (building / "run.json").write_text("{}")
    with pytest.raises(UnknownReference, match="no finished run"):
        latest_run(tmp_path)


def test_periods_of_whole_years_have_whole_lengths():
    from salus.indicators.counted import Period

    assert Period(dt.date(2019, 1, 1), dt.date(2019, 12, 31)).years == 1.0
    assert Period(dt.date(2019, 1, 1), dt.date(2019, 6, 30)).years == pytest.approx(181 / 365.25)
