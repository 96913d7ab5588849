"""What leaves the police network: nothing the mapping does not name, no exact place, no protected row."""

import json
from pathlib import Path

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

import salus
from salus.cli.app import app
from salus.errors import BadInput, Withheld
from salus.placing import to_anchors
from salus.preparing import LEAST, Prepared

HEADER = "id,officer,victim,crime,day,hour,lat,lon,notes"
ROBBERY = "17,Ofc. Vega,Ana Ruiz,Street robbery,2019-03-0{d},21:10:00,19.35123,-99.09456,Ana was hit at her home"
RAPE = "18,Ofc. Vega,Eva Luz,Rape,2019-03-0{d},23:10:00,19.35777,-99.09111,her uncle"
MAPPING = {
    "kind": "incidents", "files": "*.csv",
    "columns": {"offence": "crime", "date": "day", "time": "hour", "latitude": "lat", "longitude": "lon"},
    "codes": {"Street robbery": "040111", "Rape": "03011"},
}  # fmt: skip


def export(
    folder: Path, *, robberies: int = 3, rapes: int = 12, more: tuple[str, ...] = (), **changes
) -> tuple[Path, Path]:
    rows = [ROBBERY.format(d=1 + i % 9) for i in range(robberies)] + [RAPE.format(d=1 + i % 9) for i in range(rapes)]
    file, answers = folder / "export.csv", folder / "answers.yaml"
    file.write_text("\n".join([HEADER, *rows, *more]) + "\n", encoding="utf-8")
    answers.write_text(yaml.safe_dump({"mapping": MAPPING | changes}))
    return file, answers


def everything(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()))


def test_no_name_no_text_no_exact_place_and_no_protected_row_leaves(tmp_path):
    file, answers = export(tmp_path)
    made = salus.prepare(file, answers=answers, out=tmp_path / "out")
    text = everything(tmp_path / "out")
    for secret in ("Vega", "Ana", "Eva", "uncle", "hit", "19.35123", "99.09456", "Rape"):
        assert secret not in text
    assert pl.read_csv(tmp_path / "out/incidents.csv").columns == ["offence", "date", "hour", "latitude", "longitude"]
    assert made.rows.height == 3
    assert made.counts.rows() == [("03011", *made.counts.row(0)[1:3], 12)]


def test_places_move_to_the_grid_and_no_farther_than_half_its_diagonal(tmp_path):
    made = salus.prepare(*export(tmp_path)[:1], answers=tmp_path / "answers.yaml", snap=500)
    north = (made.rows["latitude"] - 19.35123).abs().max() * 111_320
    east = (made.rows["longitude"] + 99.09456).abs().max() * 105_000
    assert north <= 251
    assert east <= 251
    assert made.rows["latitude"].n_unique() == 1


@pytest.mark.parametrize("rapes", [1, LEAST - 1])
def test_protected_counts_below_ten_stay(tmp_path, rapes):
    file, answers = export(tmp_path, rapes=rapes)
    made = salus.prepare(file, answers=answers)
    assert made.counts.height == 0
    assert made.receipt["suppressed_rows"] == rapes


def test_a_label_without_class_leaves_no_row(tmp_path):
    odd = tuple("19,x,y,Something new,2019-03-01,01:00:00,19.3,-99.1,z" for _ in range(20))
    made = salus.prepare(export(tmp_path, more=odd)[0], answers=tmp_path / "answers.yaml")
    assert "Something new" not in made.rows["offence"].to_list()
    assert any("no ICCS class" in note for note in made.receipt["notes"])


def test_a_column_of_free_text_mapped_as_offence_is_noticed(tmp_path):
    rows = tuple(f"1,x,y,call {i} from 5551234567,2019-03-01,01:00:00,19.3,-99.1,z" for i in range(60))
    made = salus.prepare(export(tmp_path, more=rows)[0], answers=tmp_path / "answers.yaml")
    assert any("free text" in note for note in made.receipt["notes"])
    assert any("long numbers" in note for note in made.receipt["notes"])


PEOPLE = {"columns": {**MAPPING["columns"], "victim": "victim", "household": "notes", "offender": "officer"}}


def robbery(victim: str = "", home: str = "", offender: str = "", kind: str = "Street robbery", day: int = 1) -> str:
    return f"17,{offender},{victim},{kind},2019-03-{day:02d},21:10:00,19.35,-99.09,{home}"


def of_people(folder: Path, *rows: str, **options) -> Prepared:
    file, answers = export(folder, robberies=0, rapes=0, more=rows, **PEOPLE)
    return salus.prepare(file, answers=answers, **options)


@pytest.mark.parametrize(
    ("people", "leaves"),
    [
        ([("Ana", "", "")] * 40, False),
        ([(f"v{i}", "Calle 5", "") for i in range(40)], False),
        ([(f"v{i}", "", "Vega" if i < 34 else "") for i in range(40)], False),
        ([(f"v{i % 10}", "", "") for i in range(40)], True),
        ([(f"v{i}", "", "Vega" if i < 20 else "") for i in range(40)], True),
        ([("", "", "")] * 40, True),
    ],
)
def test_protected_counts_of_fewer_than_ten_persons_stay(tmp_path, people, leaves):
    made = of_people(tmp_path, *(robbery(*who, kind="Rape") for who in people))
    assert made.counts["count"].to_list() == ([40] if leaves else [])
    assert made.receipt["suppressed_rows"] == (0 if leaves else 40)
    assert made.receipt["counts_held_back_by"] == "persons"


def test_no_key_leaves_unless_asked_for(tmp_path):
    made = of_people(
        tmp_path, robbery("Ana", "Calle 5", "Vega"), robbery("Ana", "Calle 5", "Vega"), out=tmp_path / "out"
    )
    assert made.rows.columns == ["offence", "date", "hour", "latitude", "longitude"]
    assert "no key leaves" in made.preview()
    assert {"victim", "notes", "officer"} <= set(made.receipt["columns_dropped"])
    assert all(secret not in everything(tmp_path / "out") for secret in ("Ana", "Calle", "Vega"))


def test_keys_that_link_rows_leave_as_running_numbers_and_all_others_stay_empty(tmp_path):
    given = [
        robbery("Ana", "", "Vega", day=1), robbery("Eva", "Calle 5", "", day=2), robbery("Ana", "Calle 5", "", day=3),
        robbery("Luz", "", "Soto", kind="Rape", day=4), robbery("Luz", "", "Soto", day=5),
    ]  # fmt: skip
    made = of_people(tmp_path, *given, keys=True, out=tmp_path / "out")
    assert made.rows.select("victim", "household", "offender").rows() == [
        (1, None, None), (None, 1, None), (1, 1, None), (None, None, None),
    ]  # fmt: skip
    assert made.receipt["keys_numbered"] == {"victim": 1, "household": 1, "offender": 0}
    assert "running numbers leave: 1 of victim, 1 of household, 0 of offender" in made.preview()
    text = everything(tmp_path / "out")
    assert all(secret not in text for secret in ("Ana", "Eva", "Luz", "Calle", "Vega", "Soto"))


def test_running_numbers_do_not_follow_the_names_or_the_order_of_the_file(tmp_path):
    pairs = [robbery(name, day=9 - i) for i, name in enumerate(("Zoe", "Ana", "Mia")) for _ in range(2)]
    made = of_people(tmp_path, *pairs, keys=True)
    assert made.rows["victim"].to_list() == [1, 1, 2, 2, 3, 3]


def test_nothing_is_written_without_being_asked_and_nothing_is_overwritten(tmp_path):
    file, answers = export(tmp_path)
    before = sorted(p.name for p in tmp_path.iterdir())
    assert salus.prepare(file, answers=answers).folder is None
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    salus.prepare(file, answers=answers, out=tmp_path / "out")
    with pytest.raises(BadInput, match="already"):
        salus.prepare(file, answers=answers, out=tmp_path / "out")


def test_the_receipt_names_what_came_what_left_and_what_stayed(tmp_path):
    file, answers = export(tmp_path)
    salus.prepare(file, answers=answers, out=tmp_path / "out")
    receipt = json.loads((tmp_path / "out/receipt.json").read_text())
    assert receipt["columns_dropped"] == ["id", "officer", "victim", "notes"]
    assert (receipt["rows_in"], receipt["rows_out"], receipt["protected_rows"]) == (15, 3, 12)
    assert len(receipt["sha256_in"]) == 64
    assert set(receipt["sha256_out"]) == {"incidents.csv", "protected.csv"}


def test_the_command_shows_before_it_writes(tmp_path):
    file, answers = export(tmp_path)
    shown = CliRunner().invoke(app, ["prepare", str(file), "--answers", str(answers)])
    assert shown.exit_code == 0
    assert "Nothing was written" in shown.stdout
    assert "officer" in shown.stdout
    assert "Vega" not in shown.stdout
    assert not any(tmp_path.glob("out*"))


@pytest.mark.parametrize("snap", [0, -5, float("inf"), float("nan")])
def test_a_grid_that_hides_nothing_is_refused(tmp_path, snap):
    file, answers = export(tmp_path)
    with pytest.raises(BadInput):
        salus.prepare(file, answers=answers, snap=snap)


def test_answers_of_another_kind_are_refused(tmp_path):
    file, answers = export(tmp_path, kind="population")
    with pytest.raises(BadInput):
        salus.prepare(file, answers=answers)


ANCHORS = "longitude,latitude,addresses\n-99.0900,19.3500,8\n-99.0990,19.3520,40\n-99.0990,19.3600,12\n"
SPREAD = tuple(
    f"19,x,y,Street robbery,2019-03-01,01:00:00,{19.35 + i / 1000:.5f},{-99.0903 - i / 2000:.5f},z" for i in range(12)
)


def anchored(folder: Path, text: str = ANCHORS) -> Path:
    (folder / "anchors.csv").write_text(text, encoding="utf-8")
    return folder / "anchors.csv"


def test_with_anchors_every_place_that_leaves_is_an_anchor_and_the_receipt_says_how_far_they_moved(tmp_path):
    file, answers = export(tmp_path, more=(*SPREAD, "20,x,y,Street robbery,2019-03-01,01:00:00,,,z"))
    made = salus.prepare(file, answers=answers, anchors=anchored(tmp_path), out=tmp_path / "out")
    left = pl.read_csv(tmp_path / "out/incidents.csv")
    places = set(left.select("longitude", "latitude").drop_nulls().rows())
    assert places == {(-99.09, 19.35), (-99.099, 19.352), (-99.099, 19.36)}
    assert left["latitude"].null_count() == 1
    receipt = json.loads((tmp_path / "out/receipt.json").read_text())
    assert receipt["snap_metres"] is None
    assert receipt["anchors"] | {"sha256": ""} == {
        "file": "anchors.csv", "sha256": "", "count": 3, "fewest_addresses": 8,
    }  # fmt: skip
    assert receipt["moved_metres_median"] % 10 == 0
    assert 100 < receipt["moved_metres_median"] < 900
    assert "at 3 anchors of 8 addresses or more; moved by" in made.preview()
    assert "19.35123" not in everything(tmp_path / "out")


def test_each_place_goes_to_the_nearest_anchor_on_the_ground_and_not_in_degrees(tmp_path):
    # At 60 degrees north a degree of longitude is half a degree of latitude.
    anchors = "longitude,latitude,addresses\n10.0,60.0012,9\n10.0020,60.0,9\n"
    row = "19,x,y,Street robbery,2019-03-01,01:00:00,60.0,10.0,z"
    file, answers = export(tmp_path, robberies=0, more=(row,))
    made = salus.prepare(file, answers=answers, anchors=anchored(tmp_path, anchors))
    assert made.rows.select("longitude", "latitude").rows() == [(10.002, 60.0)]


def test_how_far_few_places_moved_is_not_said_because_it_would_draw_a_circle_through_a_home(tmp_path):
    file, answers = export(tmp_path, robberies=40)
    for anchors in (None, anchored(tmp_path)):
        receipt = salus.prepare(file, answers=answers, anchors=anchors).receipt
        assert receipt["moved_metres_median"] is None


def test_on_the_grid_the_receipt_says_how_far_places_moved_too(tmp_path):
    file, answers = export(tmp_path, more=SPREAD)
    assert 0 < salus.prepare(file, answers=answers).receipt["moved_metres_median"] <= 140


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("longitude,latitude,addresses\n-99.1,19.3,8\n-99.2,19.4,7\n", "row 2, stands for fewer than 8"),
        ("longitude,latitude,addresses\n-99.1,19.3,\n", "row 1, is no place"),
        ("longitude,latitude,addresses\n480000,2140000,20\n", "row 1, is no place"),
        ("longitude,latitude,addresses\n-99.1,19.3,nan\n", "row 1, is no place"),
        ("longitude,latitude,addresses\n", "no anchors"),
        ("longitude,latitude\n-99.1,19.3\n", "lack the column addresses"),
        ("", "not readable"),
    ],
)
def test_anchors_that_do_not_reach_the_floor_are_refused_and_nothing_is_written(tmp_path, text, said):
    file, answers = export(tmp_path)
    with pytest.raises(BadInput, match=said):
        salus.prepare(file, answers=answers, anchors=anchored(tmp_path, text), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_place_of_a_protected_offence_is_not_put_at_an_anchor(tmp_path):
    from salus.placing import read_anchors

    places = pl.DataFrame({"longitude": [-99.09, -99.1], "latitude": [19.35, 19.35]})
    with pytest.raises(Withheld, match="1 points belong to protected offences"):
        to_anchors(places, read_anchors(anchored(tmp_path)), pl.Series([False, True]))


def test_the_command_takes_anchors(tmp_path):
    file, answers = export(tmp_path)
    call = ["prepare", str(file), "--answers", str(answers), "--anchors", str(anchored(tmp_path))]
    shown = CliRunner().invoke(app, call)
    assert shown.exit_code == 0
    assert "at 3 anchors of 8 addresses or more" in shown.stdout


@pytest.mark.parametrize("place", ["nan", "inf", "-inf"])
def test_a_coordinate_that_is_no_number_leaves_empty(tmp_path, place):
    header = "crime,day,lat,lon"
    file = tmp_path / "export.csv"
    file.write_text(
        "\n".join([header, *(f"Street robbery,2024-01-{d:02d},{place},{place}" for d in range(1, 13))]) + "\n"
    )
    columns = {"offence": "crime", "date": "day", "latitude": "lat", "longitude": "lon"}
    mapping = {"kind": "incidents", "files": "*.csv", "columns": columns, "codes": {"Street robbery": "040111"}}
    answers = tmp_path / "answers.yaml"
    answers.write_text(yaml.safe_dump({"mapping": mapping}))
    rows = salus.prepare(file, answers=answers).rows
    assert rows.height == 12
    assert rows["latitude"].null_count() == rows["longitude"].null_count() == 12
