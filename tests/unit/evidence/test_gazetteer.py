"""Rows that only name a place find their area; doubtful names find none."""

import json

import polars as pl
import pytest

from salus.evidence import read_evidence
from salus.evidence.gazetteer import Gazetteer, plain
from salus.framework import load_pack
from salus.model.city import Geography
from salus.workspace import open_workspace
from tests.unit.small_city import MAPPING, make_city

NAMES = {
    "chilonzor": "Chilonzor tumani|Чиланзарский район|Chilonzor district",
    "mirobod": "Mirobod tumani|Мирабадский район",
    "sma": "SANTA MARIA AZTAHUACAN (EJ) I",
    "sjn": "San José (Barr)",
    "sjs": "San José (Pblo)",
}


@pytest.fixture
def gazetteer() -> Gazetteer:
    areas = pl.DataFrame({"area": list(NAMES), "name": list(NAMES), "names": list(NAMES.values())})
    return Gazetteer(Geography("g", areas, "areas.geojson", ""))


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ("Чиланзарский район", "chilonzor"), ("ЧИЛАНЗАРСКИЙ р-н", None), ("Chilonzor", "chilonzor"),
        ("CHILONZOR TUMANI", "chilonzor"), ("Мирабадский", "mirobod"), ("Santa María Aztahuacán (EJ) I", "sma"),
        ("Santa Maria Aztahuacan (Ej) 1", "sma"), ("San Jose", None), ("Chilonzo", None), ("", None),
    ],
)  # fmt: skip
def test_a_name_finds_its_area_in_any_script_and_a_doubtful_one_finds_none(gazetteer, place, area):
    assert gazetteer.areas(pl.Series([place])).to_list() == [area]


def test_names_lose_accents_case_and_words_for_their_kind_but_never_everything():
    assert plain("Col. Peñón Viejo") == "penon viejo"
    assert plain("Barrio") == "barrio"


def test_only_rows_without_a_point_are_located_by_name(tmp_path):
    rows = [
        "Burglary,2019-03-01,21:00:00,,,Área Á",  # named, no point
        "Burglary,2019-03-01,21:00:00,0.5,1.5,Área Á",  # a point in b
        "Burglary,2019-03-01,21:00:00,55,55,Área Á",  # a point outside stays outside
        "Burglary,2019-03-01,21:00:00,,,Nowhere",
    ]
    mapping = {**MAPPING, "columns": {**MAPPING["columns"], "place": "where"}}
    folder = make_city(tmp_path, rows=rows, mapping=mapping, header="offence,day,hour,lat,lon,where")
    file = folder / "geography/square/areas.geojson"
    areas = json.loads(file.read_text(encoding="utf-8"))
    areas["features"][0]["properties"] |= {"name": "Area A", "name_es": "Área Á"}
    file.write_text(json.dumps(areas))
    first = areas["features"][0]["properties"]["area"]
    reading = read_evidence(open_workspace(folder), load_pack())
    incidents = reading.evidence.incidents.collect().sort("row")
    found = incidents["area"].to_list()
    assert found[0] == first
    assert found[1] not in {None, first}
    assert found[2:] == [None, None]


def test_a_row_whose_point_lies_in_another_area_than_it_names_is_counted(tmp_path):
    rows = [
        "Burglary,2019-01-01,01:00:00,0.5,0.5,b",
        "Burglary,2019-01-01,01:00:00,0.5,0.5,a",
        "Burglary,2019-01-01,1,,,b",
    ]
    mapping = {**MAPPING, "columns": {**MAPPING["columns"], "place": "where"}}
    folder = make_city(tmp_path, rows=rows, mapping=mapping, header="offence,day,hour,lat,lon,where")
    quality = read_evidence(open_workspace(folder), load_pack()).evidence.quality
    (check,) = quality.filter(check="place_and_point_differ").to_dicts()
    assert (check["count"], check["severity"]) == (1, "warning")
