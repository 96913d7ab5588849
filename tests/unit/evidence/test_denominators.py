"""Mathare has been given 200,000 and 500,000 people: a rate per person may be off by that much."""

import json

from salus.evidence import read_evidence
from salus.framework import load_pack
from salus.workspace import open_workspace
from tests.unit.small_city import add_records, make_city

POPULATION = {
    "kind": "population",
    "files": "*.csv",
    "columns": {name: name for name in ("geography", "area", "year", "persons")},
}


def conflicts(folder):
    findings = read_evidence(open_workspace(folder), load_pack()).findings
    return [f for f in findings if f.rule == "denominators_conflict"]


def estimate(folder, rows):
    text = "geography,area,year,persons\n" + "\n".join(rows) + "\n"
    add_records(folder, "estimate", text, POPULATION, origin={"source_type": "expert"})


def test_two_sources_that_count_the_same_people_differently_are_named_with_both_figures(tmp_path):
    folder = make_city(tmp_path)
    estimate(folder, [",toy,2020,10000", "square,a,2020,1050"])
    found = conflicts(folder)[0]
    assert found.message == "toy in 2020: 4,000 persons by census, 10,000 by estimate"
    assert found.severity == "warning"
    assert "origin" in found.remedy


def test_figures_that_differ_by_less_than_a_tenth_or_are_of_other_years_are_no_conflict(tmp_path):
    folder = make_city(tmp_path)
    estimate(folder, [",toy,2020,4300", "square,a,2021,1400"])
    assert conflicts(folder) == []


def test_areas_that_do_not_add_up_to_the_city_are_a_conflict(tmp_path):
    folder = make_city(tmp_path)
    file = folder / "geography/square/areas.geojson"
    areas = json.loads(file.read_text(encoding="utf-8"))
    for feature in areas["features"]:
        feature["properties"]["population"] = 2000
    file.write_text(json.dumps(areas), encoding="utf-8")
    (found,) = conflicts(folder)
    assert "4,000 persons by census" in found.message
    assert "8,000" in found.message
