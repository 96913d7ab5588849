"""What patrols find stays what patrols find, whatever a mapping calls it."""

import pytest

import salus
from tests.unit.small_city import MAPPING, make_city

ROWS = ["Drugs,2019-03-01,21:10:00,0.5,0.5", "Burglary,2020-06-02,03:00:00,1.5,0.5"]


def found(tmp_path, codes):
    city = make_city(tmp_path / "toy", rows=ROWS, mapping=MAPPING | {"codes": codes})
    return [(f.rule, f.value, f.file) for f in salus.check(city) if f.severity == "error"]


@pytest.mark.parametrize("code", ["040111", "05012", "0201"])
def test_a_mapping_that_turns_drug_files_into_an_outcome_stops_the_run(tmp_path, code):
    errors = found(tmp_path, {"Drugs": code, "Burglary": "05012"})
    assert errors == [("enforcement_as_outcome", "Drugs", "evidence/police/mapping.yaml")]
    with pytest.raises(salus.SalusError, match="Drugs"):
        salus.run(tmp_path / "toy", draws=100)


@pytest.mark.parametrize("code", ["0601", "06011", "unmapped", "not-an-offence"])
def test_its_own_class_or_none_is_fine(tmp_path, code):
    assert found(tmp_path, {"Drugs": code, "Burglary": "05012"}) == []
