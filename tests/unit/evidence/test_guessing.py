"""A draft of the answers is guessed from the file; what cannot be known is said, not decided."""

import pytest
import yaml
from typer.testing import CliRunner

import salus
from salus.cli.app import app
from salus.errors import BadInput
from salus.evidence.guessing import guess

MEXICO = (
    "delito,fecha_hecho,hora_hecho,lat,lon\nROBO,2019-03-01,21:10:00,19.35,-99.09\n"
    "ROBO,2019-03-02,22:10:00,19.36,-99.08\n"
)
TASHKENT = "Преступление;Дата;Широта;Долгота\nКража;31.03.2019;41,31;69,24\nГрабёж;01.04.2019;41,30;69,25\n"
POLICE_UK = (
    "Crime ID,Month,Longitude,Latitude,Location,Crime type\n"
    "a1,2016-07,-1.5,53.8,On Street,Burglary\nb2,2016-07,-1.6,53.7,On Street,Drugs\n"
)


def guessed(tmp_path, text: str, encoding: str = "utf-8"):
    (tmp_path / "r.csv").write_bytes(text.encode(encoding))
    return guess(tmp_path / "r.csv")


def test_spanish_columns_find_their_fields(tmp_path):
    made = guessed(tmp_path, MEXICO).mapping
    wanted = {"offence": "delito", "date": "fecha_hecho", "time": "hora_hecho", "latitude": "lat", "longitude": "lon"}
    assert made["columns"] == wanted
    assert (made["date_format"], made["time_format"], made["delimiter"]) == ("%Y-%m-%d", "%H:%M:%S", ",")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_russian_columns_encoding_and_decimal_commas_are_seen(tmp_path, encoding):
    found = guessed(tmp_path, TASHKENT, encoding)
    assert found.mapping["encoding"] == encoding
    assert found.mapping["columns"]["offence"] == "Преступление"
    assert (found.mapping["delimiter"], found.mapping["decimal"]) == (";", ",")
    assert found.mapping["date_format"] == "%d.%m.%Y"


def test_a_month_and_a_record_id_are_seen(tmp_path):
    found = guessed(tmp_path, POLICE_UK)
    assert (found.mapping["date_format"], found.mapping["row_id"]) == ("%Y-%m", "Crime ID")
    assert any("only the month" in note for note in found.notes)


def test_days_and_months_that_cannot_be_told_apart_are_said(tmp_path):
    found = guessed(tmp_path, "offence,date\nA,01/02/2019\nB,03/04/2019\n")
    assert any("cannot be told apart" in note for note in found.notes)
    clear = guessed(tmp_path, "offence,date\nA,01/02/2019\nB,25/04/2019\n")
    assert clear.mapping["date_format"] == "%d/%m/%Y"
    assert not any("told apart" in note for note in clear.notes)


def test_swapped_and_projected_coordinates_are_said(tmp_path):
    swapped = guessed(tmp_path, "offence,date,lat,lon\nA,2019-01-01,-99.1,19.3\nB,2019-01-01,-99.2,19.4\n")
    projected = guessed(tmp_path, "offence,date,y,x\nA,2019-01-01,2140000,490000\nB,2019-01-01,2140100,490100\n")
    assert any("swapped" in note for note in swapped.notes)
    assert any("projected" in note for note in projected.notes)


def test_a_missing_field_and_a_missing_id_are_said(tmp_path):
    notes = guessed(tmp_path, "a,b\n1,2\n").notes
    assert sum("no column looks like" in note for note in notes) == 2
    assert any("identical rows" in note for note in notes)


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "r.xlsx").write_bytes(b"no")
    with pytest.raises(BadInput):
        guess(tmp_path / "r.xlsx")


def test_a_corrected_draft_is_all_that_is_needed_to_add_a_file(tmp_path):
    city = salus.new(tmp_path / "city", name="Leeds", country="GBR", start="2016-01-01", end="2016-12-31")
    (tmp_path / "street.csv").write_text(POLICE_UK)
    printed = CliRunner().invoke(app, ["add", str(city), "street", "--file", str(tmp_path / "street.csv")])
    assert printed.exit_code == 1
    draft = yaml.safe_load(printed.stdout)
    draft["mapping"]["codes"] = {"Burglary": "0501", "Drugs": "0601"}
    (tmp_path / "street.yaml").write_text(yaml.safe_dump(draft))
    added = salus.add(city, "street", file=tmp_path / "street.csv", answers=tmp_path / "street.yaml")
    assert (added.rows, added.written) == (2, True)
    assert salus.run(city, draws=100).frame("sources")["rows"].to_list() == [2]
