"""A few rows of known public sets go in by their recipes, and the checks name what is wrong with the sets.

The rows are samples as published (Oakland Police Department; police.uk, Open Government Licence v3.0; UNODC; FGJ CDMX;
NearRepeat, MIT), shortened to what a test needs. Whole sets were brought in by hand the same way.
"""

from pathlib import Path

import polars as pl
import pytest

import salus
from salus.evidence import read_evidence
from salus.framework import load_pack
from salus.workspace import open_workspace

UK_HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
UK_ROW = (
    ",2016-07,West Yorkshire Police,West Yorkshire Police,-1.550626,53.597400,On or near Swithen Hill,E01007359,"
    "Barnsley 005C,Anti-social behaviour,,"
)
UK_NO_PLACE = (
    "511e044d,2016-07,West Yorkshire Police,West Yorkshire Police,,,No Location,,,Violence and sexual offences,"
    "Unable to prosecute suspect,"
)
OAKLAND = """,CrimeType,DateTime,CaseNumber,Description,PoliceBeat,Address,City,State,Lat,Long,Zip
0,MOTOR VEHICLE THEFT,2104-08-08 00:00:00,14-040258,AUTO,02X,12TH ST & MANDELA PKWY,Oakland,CA,37.809,-122.29,94607
1,ROBBERY,2030-01-11 19:00:00,14-023460,STRONG ARM,23X,3600 BLK OF INTERNATIONAL BL,Oakland,CA,37.775,-122.22,94601
12,THEFT/LARCENY,2018-01-17 13:05:00,18-006602,GRAND THEFT,03Y,400 7TH ST,Oakland,CA,37.799,-122.27,94607
13,DUI,2018-01-17 14:00:00,18-006602,DUI ALCOHOL/DRUGS,03Y,400 7TH ST,Oakland,CA,37.799,-122.27,94607
14,ROBBERY,,18-006610,STRONG ARM,03Y,400 7TH ST,Oakland,CA,37.799,-122.27,94607
"""
SEIZURES = """REGION,SUBREGION,COUNTRY,PLACE,SEIZURE_DATE,DRUG_NAME,AMOUNT,DRUG_UNIT
Americas,North America,Mexico,Tijuana,2014-03-15,Heroin,3830.0,Gram
Americas,North America,Mexico,Tijuana,2014-03-15,Heroin,3830.0,Gram
Americas,North America,Mexico,"Tijuana,
aeropuerto",2014-03-16,Heroin,12.0,Gram
Asia,Central Asia,Kazakhstan,Shymkent,2014-07-22,Heroin,8776.83,Gram
"""
FGJ = """alcaldia,colonia,lat,lon,delito,fecha_hecho,hora_hecho
ALVARO OBREGON,2do Reacomodo Tlacuitlapa,19.3546,-99.23561,ROBO A NEGOCIO SIN VIOLENCIA,2019-01-01,12:00:00
ALVARO OBREGON,Acueducto,19.39865,-99.20038,ROBO A PASAJERO A BORDO DE METRO SIN VIOLENCIA,2019-01-01,00:00:00
ALVARO OBREGON,Acueducto,19.39865,-99.20038,DELITO QUE NADIE CONOCE,2019-01-01,04:00:00
"""
ARSON = "X,Y,date\n359192.30279892794,570510.8907522861,2016-01-01\n356347.3033631741,576182.5845093712,2016-01-03\n"


def city(folder: Path, country: str, pack: str = "usg-core", years: tuple[int, int] = (2011, 2018)) -> Path:
    salus.new(folder, name="Test", country=country, pack=pack)
    text = (folder / "city.yaml").read_text(encoding="utf-8")
    text = text.replace("2019-01-01", f"{years[0]}-01-01").replace("2022-12-31", f"{years[1]}-12-31")
    (folder / "city.yaml").write_text(text, encoding="utf-8")
    return folder


def checks(folder: Path) -> dict[str, int]:
    evidence = read_evidence(open_workspace(folder), load_pack()).evidence
    return dict(evidence.quality.select("check", "count").iter_rows())


def test_months_of_police_uk_go_in_as_a_folder_of_folders(tmp_path):
    for month in ("2016-07", "2016-08"):
        (tmp_path / "police" / month).mkdir(parents=True)
        rows = "\n".join([UK_HEADER, UK_ROW, UK_ROW, UK_NO_PLACE]).replace("2016-07", month)
        (tmp_path / "police" / month / f"{month}-west-yorkshire-street.csv").write_text(rows)
    folder = city(tmp_path / "leeds", "GBR")
    given = {"file": tmp_path / "police", "answers": "uk-police"}
    assert salus.add(folder, "police", **given).rows == 6
    assert salus.add(folder, "police", **given).already_there
    assert checks(folder)["identical_rows"] == 2
    assert "day_heaping" not in checks(folder)


def test_impossible_years_in_oakland_are_set_aside_by_a_choice_that_is_stated(tmp_path):
    (tmp_path / "o.csv").write_text(OAKLAND)
    folder = city(tmp_path / "oakland", "USA")
    added = salus.add(folder, "crimewatch", file=tmp_path / "o.csv", answers="oakland-crimewatch")
    assert added.written
    assert {f.value for f in added.findings if f.rule == "future_date"} == {"2104-08-08", "2030-01-11"}
    found = checks(folder)
    assert (found["unusable_dates"], found["repeated_ids"]) == (3, 1)
    evidence = read_evidence(open_workspace(folder), load_pack()).evidence
    assert evidence.counts["count"].sum() == 2


def test_rows_of_one_country_are_taken_from_the_seizures_of_all_and_repeats_counted_by_record(tmp_path):
    (tmp_path / "ids_2014.csv").write_text(SEIZURES)
    folder = city(tmp_path / "mexico", "MEX")
    assert salus.add(folder, "seizures", file=tmp_path / "ids_2014.csv", answers="unodc-seizures").rows == 3
    assert checks(folder)["identical_rows"] == 1


def test_files_of_mexico_city_show_heaped_hours_and_labels_that_nobody_mapped(tmp_path):
    (tmp_path / "fgj_2019_q1.csv").write_text(FGJ, encoding="utf-8")
    folder = city(tmp_path / "cdmx", "MEX", pack="usg-mexico", years=(2019, 2022))
    added = salus.add(folder, "fgj", file=tmp_path / "fgj_2019_q1.csv", answers="mx-fgj")
    assert [f.value for f in added.findings if f.rule == "unknown_code"] == ["DELITO QUE NADIE CONOCE"]
    assert checks(folder)["hour_heaping"] == 2


def test_arson_in_metres_lies_in_chicago(tmp_path):
    pytest.importorskip("pyproj", reason="the extra [geo] is not installed")
    (tmp_path / "arson.csv").write_text(ARSON)
    folder = city(tmp_path / "chicago", "USA")
    assert salus.add(folder, "arson", file=tmp_path / "arson.csv", answers="near-repeat-arson").rows == 2
    reading = read_evidence(open_workspace(folder), load_pack())
    points = reading.evidence.incidents.select("lat", "lon").collect()
    assert points.select(
        pl.col("lat").is_between(41.6, 42.1).all() & pl.col("lon").is_between(-87.95, -87.5).all()
    ).item()


def test_a_file_that_the_mapping_would_not_read_is_refused_and_one_beside_it_in_a_folder_is_left(tmp_path):
    folder = city(tmp_path / "leeds", "GBR")
    months = tmp_path / "police"
    months.mkdir()
    (months / "2016-07-x-street.csv").write_text(UK_HEADER + "\n" + UK_ROW)
    (months / "2016-07-x-outcomes.csv").write_text("a,b\n1,2\n")
    with pytest.raises(salus.SalusError, match="would not be read"):
        salus.add(folder, "police", file=months / "2016-07-x-outcomes.csv", answers="uk-police")
    added = salus.add(folder, "police", file=months, answers="uk-police")
    assert [path.name for path in added.folder.glob("*.csv")] == ["2016-07-x-street.csv"]


def test_two_files_of_one_name_and_an_empty_folder_are_refused_before_anything_is_written(tmp_path):
    folder = city(tmp_path / "leeds", "GBR")
    (tmp_path / "empty").mkdir()
    for part in ("a", "b"):
        (tmp_path / "twice" / part).mkdir(parents=True)
        (tmp_path / "twice" / part / "2016-07-x-street.csv").write_text(UK_HEADER + "\n" + UK_ROW)
    with pytest.raises(salus.SalusError, match="no file to add"):
        salus.add(folder, "police", file=tmp_path / "empty", answers="uk-police")
    with pytest.raises(salus.SalusError, match="Two files are called"):
        salus.add(folder, "police", file=tmp_path / "twice", answers="uk-police")
    assert not list((folder / "evidence").iterdir())
