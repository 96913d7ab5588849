"""Files as received: every format gives the same text table, and hostile ones are refused in one sentence."""

import datetime as dt
import gzip
import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest

from salus.evidence.files import open_table
from salus.evidence.readers import IDENTITY, read_file, scan_file
from salus.model.city import Mapping

TABLE = "delito,fecha,lat\nRobo,2019-03-01,19.35\nHomicidio,2019-03-02,\n"
ROWS = [
    {"delito": "Robo", "fecha": "2019-03-01", "lat": "19.35"},
    {"delito": "Homicidio", "fecha": "2019-03-02", "lat": None},
]


def mapping(**changes) -> Mapping:
    fields = {"kind": "incidents", "files": "*", "columns": {"offence": "delito", "date": "fecha", "latitude": "lat"}}
    return Mapping.model_validate(fields | changes)


def write(path: Path) -> None:
    frame = pl.DataFrame(ROWS).with_columns(pl.col("fecha").str.to_date(), pl.col("lat").cast(pl.Float64))
    if path.name.endswith(".csv.gz"):
        path.write_bytes(gzip.compress(TABLE.encode()))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inside/records.csv", TABLE)
            archive.writestr("inside/readme.md", "no table")
    elif path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".geojson":
        features = [{"type": "Feature", "properties": row, "geometry": None} for row in ROWS]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    else:
        path.write_text(TABLE, encoding="utf-8-sig")


@pytest.mark.parametrize("name", ["r.csv", "r.txt", "r.csv.gz", "r.zip", "r.parquet", "r.geojson"])
def test_every_format_gives_the_same_rows_of_text(tmp_path, name):
    write(tmp_path / name)
    frame, findings = open_table(tmp_path / name, name, mapping())
    assert findings == ()
    assert frame.to_dicts() == ROWS


def _xlsx(path: Path, rows: list[list[str]]) -> None:
    """A minimal workbook, written by hand so that no writer is needed."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in row) + "</row>" for row in rows
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',  # noqa: E501
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',  # noqa: E501
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Records" sheetId="1" r:id="r1"/></sheets></workbook>',  # noqa: E501
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',  # noqa: E501
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def test_a_spreadsheet_is_read_below_its_title_rows(tmp_path):
    _xlsx(
        tmp_path / "r.xlsx", [["Police records", "", ""], ["delito", "fecha", "lat"], ["Robo", "2019-03-01", "19.35"]]
    )
    frame, findings = open_table(tmp_path / "r.xlsx", "r.xlsx", mapping(header_row=2, sheet="Records"))
    assert findings == ()
    assert frame.to_dicts() == ROWS[:1]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    _xlsx(tmp_path / "r.xlsx", [["delito"], ["Robo"]])
    _, (finding,) = open_table(tmp_path / "r.xlsx", "r.xlsx", mapping(sheet="Hoja1"))
    assert finding.rule == "no_such_sheet"
    assert "Records" in finding.message


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"0" * 50_000_000)


HOSTILE = {
    "bomb.zip": (_bomb, "too_large"),
    "bomb.csv.gz": (lambda p: p.write_bytes(gzip.compress(b"0" * 50_000_000)), "too_large"),
    "cut.csv.gz": (lambda p: p.write_bytes(gzip.compress(TABLE.encode())[:20]), "unreadable"),
    "no.zip": (lambda p: p.write_bytes(b"PK\x03\x04 not really"), "unreadable"),
    "empty.csv": (lambda p: p.write_bytes(b""), "empty_file"),
    "empty.csv.gz": (lambda p: p.write_bytes(gzip.compress(b"")), "empty_file"),
    "not.xlsx": (lambda p: p.write_bytes(b"<html>login</html>"), "not_a_table"),
    "not.parquet": (lambda p: p.write_bytes(b"PAR1 but no"), "not_a_table"),
    "deep.geojson": (lambda p: p.write_text("[" * 100_000), "not_a_table"),
    "latin.csv": (lambda p: p.write_bytes("delito\nLESIÓN\n".encode("latin-1")), "encoding"),
    "program.exe": (lambda p: p.write_bytes(b"MZ"), "unknown_format"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_file_is_one_finding_with_a_remedy(tmp_path, name):
    make, rule = HOSTILE[name]
    make(tmp_path / name)
    frame, findings = open_table(tmp_path / name, name, mapping())
    assert frame.height == 0
    assert [f.rule for f in findings] == [rule]
    assert findings[0].remedy


def test_a_zip_of_two_tables_asks_which_one(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("in/a.csv", TABLE)
        archive.writestr("b.csv", TABLE)
    (tmp_path / "two.zip").write_bytes(buffer.getvalue())
    _, (finding,) = open_table(tmp_path / "two.zip", "two.zip", mapping())
    assert finding.rule == "not_one_table"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["two.zip"]


def test_numbers_with_a_decimal_comma_are_read_as_numbers(tmp_path):
    (tmp_path / "r.csv").write_text("delito;fecha;lat\nRobo;2019-03-01;1.019,35\n")
    read = read_file(tmp_path / "r.csv", "r.csv", mapping(delimiter=";", decimal=","))
    assert read.frame["latitude"].to_list() == ["1019.35"]
    assert dt.date.fromisoformat(read.frame["date"][0])


def test_rows_that_differ_in_a_column_the_mapping_does_not_name_are_not_identical(tmp_path):
    rows = "".join(f"Robo,2019-03-01,1,{note}\n" for note in "aba")
    (tmp_path / "r.csv").write_text(f"delito,fecha,lat,note\n{rows}")
    with scan_file(tmp_path / "r.csv", "r.csv", mapping()) as scanned:
        identity = scanned.rows.collect()[IDENTITY].to_list()
    assert identity[0] == identity[2] != identity[1]
