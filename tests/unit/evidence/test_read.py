import json
from pathlib import Path

import polars as pl
import pytest

from salus.errors import BadInput
from salus.evidence import geocoding_rate, read_evidence
from salus.framework import load_pack
from salus.model.city import Evidence
from salus.workspace import open_workspace
from tests.unit.small_city import MAPPING, ROWS, add_records, make_city, square


def read(folder: Path):
    return read_evidence(open_workspace(folder), load_pack())


def incidents(evidence: Evidence) -> pl.DataFrame:
    return evidence.incidents.collect().sort("source", "file", "row")


def rules(folder: Path) -> dict[str, str]:
    return {f.rule: f.severity for f in read(folder).findings}


def test_incidents_are_located_classified_and_counted_by_month(tmp_path):
    evidence = read(make_city(tmp_path)).evidence
    assert incidents(evidence)["area"].to_list() == ["a", "a", "b", "c"]
    assert incidents(evidence)["iccs"].to_list() == ["040111", "040111", "040111", "05012"]
    assert incidents(evidence)["hour"].to_list() == [21, 22, 21, 3]
    city = evidence.counts.filter(pl.col("geography") == "")
    assert city.select("label", "period_start", "count").rows() == [
        ("Burglary", city["period_start"][0], 1),
        ("Street robbery", city["period_start"][1], 2),
        ("Street robbery", city["period_start"][2], 1),
    ]
    assert city["count"].sum() == 4


def test_a_clean_file_has_no_error(tmp_path):
    assert [f for f in read(make_city(tmp_path)).findings if f.severity == "error"] == []


def test_a_point_on_a_border_belongs_to_exactly_one_area(tmp_path):
    evidence = read(make_city(tmp_path, rows=["Burglary,2019-01-01,01:00:00,0.5,1.0"])).evidence
    assert incidents(evidence)["area"].to_list() == ["a"]
    assert evidence.counts.filter(pl.col("geography") == "square")["count"].sum() == 1


def test_a_row_that_no_area_holds_counts_for_the_city_only(tmp_path):
    evidence = read(make_city(tmp_path, rows=[*ROWS, "Burglary,2019-01-01,01:00:00,9,9"])).evidence
    sums = dict(evidence.counts.group_by("geography").agg(pl.col("count").sum()).iter_rows())
    assert sums == {"": 5, "square": 4}


def test_a_row_without_coordinates_is_kept_for_the_city(tmp_path):
    evidence = read(make_city(tmp_path, rows=[*ROWS, "Burglary,2019-01-01,01:00:00,,"])).evidence
    assert incidents(evidence)["area"].to_list()[-1] is None
    assert evidence.counts.filter(pl.col("geography") == "")["count"].sum() == 5


@pytest.mark.parametrize(
    ("row", "rule", "severity"),
    [
        ("Burglary,2019-13-01,01:00:00,0.5,0.5", "bad_date", "error"),
        ("Burglary,2031-01-01,01:00:00,0.5,0.5", "future_date", "error"),
        ("Burglary,2019-01-01,01:00:00,95,0.5", "bad_coordinate", "warning"),
        ("Burglary,2019-01-01,01:00:00,north,0.5", "bad_coordinate", "warning"),
        ("Piracy,2019-01-01,01:00:00,0.5,0.5", "unknown_code", "warning"),
        ("Burglary,2018-01-01,01:00:00,0.5,0.5", "outside_period", "note"),
    ],
)
def test_a_wrong_row_is_one_finding_with_row_value_and_remedy(tmp_path, row, rule, severity):
    found = [f for f in read(make_city(tmp_path, rows=[*ROWS, row])).findings if f.rule == rule]
    assert len(found) == 1
    assert found[0].severity == severity
    assert found[0].remedy
    if rule != "outside_period":
        assert found[0].row == 5
        assert found[0].value in row


def test_swapped_axes_are_told_from_points_elsewhere(tmp_path):
    swapped = make_city(tmp_path / "s", rows=[f"Burglary,2019-01-0{i},01:00:00,{i % 2}.2,5.5" for i in range(1, 5)])
    assert rules(swapped) == {"points_outside": "error"}
    city = make_city(tmp_path / "t", rows=["Burglary,2019-01-01,01:00:00,19.5,-99.1"] * 3)
    assert "points_outside" in rules(city)
    tall = make_city(tmp_path / "u", rows=["Burglary,2019-01-01,01:00:00,0.5,30.5"])
    areas = {"type": "FeatureCollection", "features": [square("a", 0, 30)]}
    (tall / "geography/square/areas.geojson").write_text(json.dumps(areas))
    assert rules(tall)["swapped_axes"] == "error"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty_file"),
        (b"offence,day,hour,lat,lon\n", "empty_file"),
        (b"offence,date,hour,lat,lon\nBurglary,2019-01-01,1,0.5,0.5\n", "missing_column"),
        ("offence,day,hour,lat,lon\nDa\xf1o,2019-01-01,01:00:00,0.5,0.5\n".encode("latin-1"), "encoding"),
        (b'offence,day,hour,lat,lon\n"Burglary,2019-01-01,1,0.5,0.5\n', "not_a_table"),
    ],
)
def test_a_broken_file_is_one_clear_error_and_never_a_traceback(tmp_path, content, rule):
    folder = make_city(tmp_path)
    add_records(folder, "police", content, MAPPING)
    reading = read(folder)
    assert [f.rule for f in reading.findings if f.severity == "error"] == [rule]
    assert incidents(reading.evidence).height == 0


def test_a_latin_1_file_is_read_when_the_mapping_says_so(tmp_path):
    folder = make_city(tmp_path)
    content = "offence,day,hour,lat,lon\nDa\xf1o,2019-01-01,01:00:00,0.5,0.5\n".encode("latin-1")
    add_records(folder, "police", content, {**MAPPING, "encoding": "latin-1", "codes": {"Daño": "0504"}})
    assert incidents(read(folder).evidence)["iccs"].to_list() == ["0504"]


def test_identical_rows_are_flagged_kept_and_counted_both_ways(tmp_path):
    reading = read(make_city(tmp_path, rows=[*ROWS, ROWS[0]]))
    assert incidents(reading.evidence).height == 5
    check = reading.evidence.quality.filter(pl.col("check") == "identical_rows").to_dicts()[0]
    assert check["count"] == 1
    assert "Total with them 5, without 4" in check["message"]


def test_identical_rows_are_dropped_only_by_a_recorded_choice(tmp_path):
    choice = {
        "value": "drop",
        "why": "the office exported twice",
        "who": "data officer",
        "when": "2021-02-01",
    }
    reading = read(make_city(tmp_path, rows=[*ROWS, ROWS[0]], mapping={**MAPPING, "identical_rows": choice}))
    assert incidents(reading.evidence).height == 4
    assert (
        "the office exported twice"
        in reading.evidence.quality.filter(pl.col("check") == "identical_rows")["message"][0]
    )


def with_ids(tmp_path: Path, rows: list[str], **mapping: object) -> Path:
    folder = make_city(tmp_path)
    given = {**MAPPING, "row_id": "id", "columns": {**MAPPING["columns"]}, **mapping}
    add_records(folder, "police", "offence,day,hour,lat,lon,id\n" + "\n".join(rows) + "\n", given)
    return folder


def found(folder: Path, check: str) -> dict[str, object]:
    (row,) = read(folder).evidence.quality.filter(pl.col("check") == check).to_dicts()
    return row


def test_equal_rows_with_different_record_ids_are_different_records(tmp_path):
    folder = with_ids(tmp_path, [ROWS[0] + ",1", ROWS[0] + ",2"])
    assert found(folder, "repeated_deliveries")["count"] == 0
    assert found(folder, "near_duplicates")["count"] == 1
    assert read(folder).evidence.counts.filter(geography="")["count"].sum() == 2


def test_a_record_delivered_twice_counts_once_because_its_id_proves_it(tmp_path):
    folder = with_ids(tmp_path, [ROWS[0] + ",1", ROWS[1] + ",2", ROWS[0] + ",1"])
    check = found(folder, "repeated_deliveries")
    assert check["count"] == 1
    assert "Total with them 3, without 2" in str(check["message"])
    evidence = read(folder).evidence
    assert evidence.counts.filter(geography="")["count"].sum() == 2
    assert evidence.hours["count"].sum() == 2
    assert incidents(evidence)["row"].to_list() == [1, 2]


def test_charges_of_one_case_are_told_from_repeated_deliveries(tmp_path):
    folder = with_ids(
        tmp_path, ["Street robbery,2019-01-01,01:00:00,0.5,0.5,7", "Burglary,2019-01-01,01:00:00,0.5,0.5,7"]
    )
    assert found(folder, "repeated_ids")["count"] == 1
    assert found(folder, "repeated_deliveries")["count"] == 0
    assert read(folder).evidence.counts.filter(geography="")["count"].sum() == 2


def test_a_gzipped_file_is_read_like_a_plain_one(tmp_path):
    folder = make_city(tmp_path)
    (folder / "evidence/police/2021-01-31/records.csv").unlink()
    add_records(folder, "police", "\n".join(["offence,day,hour,lat,lon", *ROWS]), MAPPING, name="records.csv.gz")
    assert incidents(read(folder).evidence).height == 4


def test_a_source_is_graded_by_the_rule_of_the_pack(tmp_path):
    rows = [*ROWS, "Burglary,2019-06-02,03:00:00,1.5,0.5"]
    evidence = read(make_city(tmp_path, rows=rows)).evidence
    assert dict(evidence.sources.select("source", "grade").iter_rows()) == {"census": "B", "police": "B"}
    unmapped = make_city(tmp_path / "v", rows=["Piracy,2019-01-01,01:00:00,0.5,0.5"])
    assert read(unmapped).evidence.sources.filter(pl.col("source") == "police")["grade"][0] == "C"


def test_an_illustrative_source_is_grade_e(tmp_path):
    folder = make_city(tmp_path)
    add_records(
        folder,
        "answers",
        "function,level,institution,dimension,score,rater\n"
        "community-policing,local,borough,people,3,city safety office\n",
        {
            "kind": "ratings",
            "files": "*.csv",
            "columns": {n: n for n in ("function", "level", "institution", "dimension", "score", "rater")},
        },
        origin={"illustrative": True, "source_type": "expert"},
    )
    evidence = read(folder).evidence
    assert evidence.ratings["illustrative"].to_list() == [True]
    assert evidence.sources.filter(pl.col("source") == "answers")["grade"].to_list() == ["E"]


def test_points_moved_within_their_error_spread_over_neighbouring_areas(tmp_path):
    rows = ["Burglary,2019-01-01,01:00:00,0.5,0.9999"] * 20
    evidence = read(make_city(tmp_path, rows=rows, mapping={**MAPPING, "location_error_m": 200})).evidence
    assert set(incidents(evidence)["area"]) == {"a"}
    assert set(evidence.relocated["area"]) == {"a", "b"}
    per_replicate = evidence.relocated.group_by("replicate").agg(pl.col("count").sum())["count"]
    assert per_replicate.to_list() == [20] * 8


def test_geocoding_rate_refuses_more_located_rows_than_rows():
    with pytest.raises(BadInput, match="located <= rows"):
        geocoding_rate(11, 10)


def test_an_unknown_label_comes_with_candidates_and_stays_unmapped(tmp_path):
    reading = read(make_city(tmp_path, rows=[*ROWS, "Robo a transeunte con violencia,2019-03-01,21:10:00,0.5,0.5"]))
    (finding,) = [f for f in reading.findings if f.rule == "unknown_code"]
    assert "0401" in finding.remedy
    assert incidents(reading.evidence)["iccs"].to_list()[-1] == "unmapped"
