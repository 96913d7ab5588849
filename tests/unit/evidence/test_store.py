import gzip
from pathlib import Path

import polars as pl
import pytest

from salus.evidence.store import BAD_DATE, BAD_LATITUDE, POINTLESS, Store, write_store
from salus.framework import load_pack
from salus.model.city import Mapping
from salus.workspace import open_workspace
from tests.unit.small_city import MAPPING, make_city

HEADER = "offence,day,hour,lat,lon"


def write(tmp_path: Path, text: str | bytes, name: str = "r.csv", **mapping: object) -> Store:
    file = tmp_path / name
    data = text if isinstance(text, bytes) else text.encode()
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    city = open_workspace(make_city(tmp_path / "city")).city
    given = Mapping.model_validate({**MAPPING, **mapping})
    return write_store(tmp_path / "store", {name: file}, given, city)


def rows(store: Store) -> pl.DataFrame:
    return store.scan().collect().sort("file", "row")


def test_rows_are_typed_and_kept_by_quarter(tmp_path):
    store = write(tmp_path, f"{HEADER}\nBurglary,2019-01-05,01:00:00,0.5,0.5\nBurglary,2019-07-05,23:59:00,,\n")
    assert store.rows == (2,)
    assert sorted(p.name for p in (store.folder / "file=0").iterdir()) == ["period=20191", "period=20193"]
    assert rows(store)["hour"].to_list() == [1, 23]
    assert rows(store)["state"].to_list() == [0, POINTLESS]


def test_what_could_not_be_read_is_marked_and_no_row_is_lost(tmp_path):
    store = write(tmp_path, f"{HEADER}\nBurglary,soon,01:00:00,0.5,0.5\nBurglary,2019-01-05,01:00:00,north,0.5\n")
    assert rows(store)["state"].to_list() == [BAD_DATE, BAD_LATITUDE]
    assert rows(store)["date"].null_count() == 1
    assert rows(store)["lat"].to_list() == [0.5, None]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e309", "90.1"])
def test_a_latitude_that_is_no_place_on_earth_is_marked(tmp_path, value):
    store = write(tmp_path, f"{HEADER}\nBurglary,2019-01-05,01:00:00,{value},0.5\n")
    assert rows(store)["state"].to_list() == [BAD_LATITUDE]


def test_dates_without_leading_zeros_are_read_although_position_cannot(tmp_path):
    text = f"{HEADER}\nBurglary,05/01/2019,01:00:00,1,1\nBurglary,5/1/2019,01:00:00,1,1\n"
    store = write(tmp_path, text, date_format="%d/%m/%Y")
    assert rows(store)["date"].dt.to_string().to_list() == ["2019-01-05", "2019-01-05"]


@pytest.mark.parametrize(
    ("encoding", "name"), [("latin-1", "r.csv"), ("cp1251", "r.csv"), ("utf-8", "r.csv.gz"), ("cp1251", "r.csv.gz")]
)
def test_packed_files_and_other_encodings_give_the_same_rows(tmp_path, encoding, name):
    label = "Кража" if encoding == "cp1251" else "Daño"
    store = write(tmp_path, f"{HEADER}\n{label},2019-01-05,01:00:00,1,1\n".encode(encoding), name, encoding=encoding)
    assert store.findings == ()
    assert rows(store)["label"].to_list() == [label]


def test_a_file_that_is_not_what_its_mapping_says_is_one_finding_with_its_line(tmp_path):
    good = "".join(f"Burglary,2019-01-05,01:00:00,1,{i}\n" for i in range(5000))
    store = write(tmp_path, f"{HEADER}\n{good}".encode() + b"Da\xf1o,2019-01-05,01:00:00,1,1\n")
    (finding,) = store.findings
    assert finding.rule == "encoding"
    assert finding.line == 5002
    assert store.height == 0


def test_rows_are_equal_only_when_every_column_is(tmp_path):
    text = f"{HEADER},note\nA,2019-01-05,01:00:00,1,1,x\nA,2019-01-05,01:00:00,1,1,y\nA,2019-01-05,01:00:00,1,1,x\n"
    identity = rows(write(tmp_path, text))["identity"].to_list()
    assert identity[0] == identity[2] != identity[1]


def test_columns_that_exchange_their_values_are_different_rows(tmp_path):
    text = f"{HEADER}\nA,2019-01-05,01:00:00,1,2\nA,2019-01-05,01:00:00,2,1\n"
    assert rows(write(tmp_path, text))["identity"].n_unique() == 2


def test_the_pack_lists_every_check_that_lowers_a_grade():
    assert {"late_reporting", "day_heaping", "repeated_ids"} <= set(load_pack().grading.lower_by_one)
