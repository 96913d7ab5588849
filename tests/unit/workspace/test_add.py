import datetime as dt

import pytest
import yaml

import salus
from salus.errors import BadInput
from tests.unit.small_city import HEADER, MAPPING, ORIGIN, ROWS, make_city, write_yaml
from tests.unit.workspace.test_workspace import snapshot

TODAY = dt.date(2021, 2, 1)


@pytest.fixture
def city(tmp_path):
    return make_city(tmp_path / "city")


def files(tmp_path, rows, *, mapping=None):
    file = tmp_path / "new.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n")
    answers = tmp_path / "answers.yaml"
    write_yaml(answers, {"mapping": mapping or MAPPING, "origin": dict(ORIGIN)})
    return {"file": file, "answers": answers, "today": TODAY}


def test_a_dry_run_says_how_many_rows_and_writes_nothing(city, tmp_path):
    before = snapshot(city)
    result = salus.add(city, "night", **files(tmp_path, ROWS), dry_run=True)
    assert (result.rows, result.written) == (4, False)
    assert "Dry run: 4 rows" in result.sentence()
    assert snapshot(city) == before


def test_a_good_file_becomes_a_dated_source_with_its_hash(city, tmp_path):
    result = salus.add(city, "night", **files(tmp_path, ROWS))
    assert result.folder == city / "evidence/night/2021-02-01"
    assert salus.check(city) == ()
    origin = yaml.safe_load((result.folder / "origin.yaml").read_text())
    assert list(origin["files"]) == ["new.csv"]


def test_the_same_file_twice_changes_nothing(city, tmp_path):
    given = files(tmp_path, ROWS)
    salus.add(city, "night", **given)
    before = snapshot(city)
    again = salus.add(city, "night", **given)
    assert again.already_there
    assert snapshot(city) == before


def test_a_file_with_one_bad_row_is_refused_whole(city, tmp_path):
    before = snapshot(city)
    result = salus.add(city, "night", **files(tmp_path, [*ROWS, "Burglary,31/12/2019,03:00:00,1.5,0.5"]))
    assert [(f.rule, f.row) for f in result.findings] == [("bad_date", 5)]
    assert not result.written
    assert snapshot(city) == before


def test_answers_that_do_not_fit_say_which_field(city, tmp_path):
    before = snapshot(city)
    with pytest.raises(BadInput, match="kind"):
        salus.add(
            city,
            "night",
            **files(tmp_path, ROWS, mapping={"kind": "crimes", "files": "*.csv", "columns": {}}),
        )
    assert snapshot(city) == before


@pytest.mark.parametrize("name", ["", "../elsewhere", "a b", "x/y"])
def test_a_source_name_cannot_lead_out_of_the_workspace(city, tmp_path, name):
    with pytest.raises(BadInput, match="cannot name a source"):
        salus.add(city, name, **files(tmp_path, ROWS))


def test_an_empty_file_is_refused(city, tmp_path):
    given = files(tmp_path, ROWS)
    given["file"].write_text("")
    with pytest.raises(BadInput, match="empty"):
        salus.add(city, "night", **given)
