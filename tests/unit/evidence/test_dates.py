import datetime as dt

import polars as pl
import pytest

from salus.evidence.dates import exchanged, hour, moment, quick
from salus.model.city import Mapping


def mapping(*forms: str, **more: str) -> Mapping:
    return Mapping.model_validate({"kind": "incidents", "files": "*", "columns": {}, "date_format": forms, **more})


def read(texts: list[str], given: Mapping, zone: str = "UTC") -> list[tuple[dt.date | None, int | None]]:
    when = moment(pl.col("t"), given, zone)
    frame = pl.DataFrame({"t": texts}).select(when.dt.date().alias("day"), hour(None, when, given).alias("hour"))
    return frame.rows()


def test_each_text_is_read_by_the_first_form_that_fits_it():
    given = mapping("%d/%m/%Y", "%Y-%m-%d %H:%M", "excel")
    found = read(["03/04/2019", "2019-04-05 23:10", "43560.5", "soon"], given)
    assert [day for day, _ in found] == [dt.date(2019, 4, 3), dt.date(2019, 4, 5), dt.date(2019, 4, 5), None]
    assert [at for _, at in found] == [0, 23, 12, None]


def test_serial_days_count_from_the_year_of_the_spreadsheet():
    assert read(["1", "61"], mapping("excel"))[1][0] == dt.date(1900, 3, 1)
    assert read(["0.5", "42098"], mapping("excel-1904"))[1][0] == dt.date(2019, 4, 5)


def test_a_timestamp_in_another_zone_is_the_citys_own_day():
    given = mapping("%Y-%m-%d %H:%M", time_zone="UTC")
    assert read(["2019-01-01 03:00"], given, "America/Mexico_City") == [(dt.date(2018, 12, 31), 21)]
    offset = mapping("%Y-%m-%dT%H:%M:%S%z")
    assert read(["2019-01-01T23:30:00+01:00"], offset, "Asia/Tashkent") == [(dt.date(2019, 1, 2), 3)]


def test_an_hour_that_the_clock_change_left_out_is_no_time():
    given = mapping("%Y-%m-%d %H:%M", time_zone="Europe/Rome")
    assert read(["2019-03-31 02:30"], given) == [(None, None)]


def test_of_an_hour_that_comes_twice_the_first_is_meant():
    given = mapping("%Y-%m-%d %H:%M", time_zone="Europe/Rome")
    assert read(["2019-10-27 02:30"], given) == [(dt.date(2019, 10, 27), 0)]


@pytest.mark.parametrize(
    ("form", "text", "day", "at"),
    [
        ("%m/%d/%Y %I:%M:%S %p", "02/03/2019 12:05:00 AM", dt.date(2019, 2, 3), 0),
        ("%m/%d/%Y %I:%M:%S %p", "02/03/2019 01:05:00 pm", dt.date(2019, 2, 3), 13),
        ("%Y-%m-%dT%H:%M:%S", "2019-02-03T23:59:59", dt.date(2019, 2, 3), 23),
        ("%d.%m.%Y", "03.02.2019", dt.date(2019, 2, 3), None),
    ],
)
def test_reading_by_position_gives_what_reading_in_full_gives(form, text, day, at):
    given = mapping(form)
    by_place = quick(pl.col("t"), given, timed=False)
    assert by_place is not None
    frame = pl.DataFrame({"t": [text]})
    assert frame.select(by_place[0].alias("d"), by_place[1].alias("h")).rows() == [(day, at)]
    assert read([text], given)[0][0] == day


@pytest.mark.parametrize(
    "text", ["2/3/2019 1:05:00 AM", "02/03/2019 13:05:00 AM", "02/03/2019 01:05:00 XM", "02/30/2019 01:05:00 AM"]
)
def test_what_position_cannot_read_is_left_to_the_full_reader(text):
    by_place = quick(pl.col("t"), mapping("%m/%d/%Y %I:%M:%S %p"), timed=False)
    assert by_place is not None
    assert pl.DataFrame({"t": [text]}).select(by_place[0]).item() is None


@pytest.mark.parametrize(
    "forms", [("%d %B %Y",), ("%Y-%m",), ("%d/%m/%Y", "%Y-%m-%d"), ("%Y-%m-%d %I:%M",), ("excel",)]
)
def test_forms_without_fixed_places_are_read_in_full(forms):
    assert quick(pl.col("t"), mapping(*forms), timed=False) is None


def test_only_forms_that_leave_doubt_have_a_twin():
    assert exchanged("%d/%m/%Y %H:%M") == "%m/%d/%Y %H:%M"
    assert exchanged("%Y-%m-%d") == ""
