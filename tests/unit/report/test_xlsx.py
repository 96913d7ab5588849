"""The released tables as a workbook: all that leaves comes back, cell by cell; nothing is evaluated."""

import datetime as dt
import json
import math
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import yaml
from python_calamine import CalamineWorkbook

import salus
from salus.errors import BadInput, MissingExtra
from salus.model.tables import TABLES, UNITS, key_column
from salus.report import xlsx
from salus.report.blanks import blanks
from salus.report.document import desk_of
from salus.report.language import Language, languages
from salus.report.sheets import sheet, sheet_names
from salus.report.table_words import SHEETS, STATES
from salus.report.xlsx import write_workbook
from salus.workspace import sha256_of
from tests.unit.small_city import make_city
from tests.unit.test_releasing import WHY, rows

LINK = '=HYPERLINK("http://example.org","click")'
AREAS = {"a": "=1+2", "b": "-2+3", "c": "@SUM(A1)", "d": "+254 700 000 000"}
LICENCE = "<r><t>CC0</t></r>"
QUOTES = (
    "quote,area,group,role,attributes,consent,theme,illustrative\n"
    "-2+3 is all we get.,toy,women and girls,,,yes,public-space,no\n"
    "We close at six.,toy,women and girls,,,yes,public-space,yes\n"
)
SAID = ("status", "unit", "remedy", "state", "message", "answer", "enabling", "what", "unlock", "changes", "rule")
Cell = str | float | bool | dt.date


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Path:
    folder = make_city(tmp_path_factory.mktemp("sheets") / "toy", rows=rows(a=3, b=60, c=80))
    areas = folder / "geography" / "square" / "areas.geojson"
    shapes = json.loads(areas.read_text())
    for feature in shapes["features"]:
        feature["properties"]["name"] = AREAS[feature["properties"]["area"]]
    areas.write_text(json.dumps(shapes))
    origin = folder / "evidence" / "census" / "2021-01-31" / "origin.yaml"
    origin.write_text(yaml.safe_dump(yaml.safe_load(origin.read_text()) | {"publisher": LINK, "licence": LICENCE}))
    (folder / "responses").mkdir()
    (folder / "responses" / "quotes.csv").write_text(QUOTES, encoding="utf-8")
    (folder / "responses" / "people.csv").write_text(
        "area,group,role,attributes,persons\ntoy,women and girls,,,2100\n", encoding="utf-8"
    )
    salus.run(folder, draws=100)
    return folder


@pytest.fixture(scope="module")
def draft(city) -> salus.Release:
    return salus.draft(salus.open_result(city))


@pytest.fixture(scope="module")
def file(draft, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("book") / "draft.xlsx"
    write_workbook(desk_of(draft, "en"), path)
    return path


def pages(path: Path) -> dict[str, list[list[Cell]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def page(path: Path, table: str) -> list[dict[str, Cell]]:
    """The rows of a table's sheets by column id."""
    held = [rows for name, rows in pages(path).items() if f"({table})" in name]
    return [dict(zip(rows[1], row, strict=True)) for rows in held for row in rows[2:]]


def inside(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist())


def same(cell: Cell, wanted: object) -> bool:
    """Whether a cell holds a value; a workbook keeps 16 digits of a number."""
    if isinstance(wanted, float):
        return isinstance(cell, float) and math.isclose(cell, wanted, rel_tol=1e-15)
    return bool(cell == wanted)


def test_every_cell_of_every_released_table_comes_back(draft, file):
    compared = 0
    for name, frame in draft.tables.items():
        back = page(file, name)
        assert len(back) == frame.height, name
        for column in (c for c in frame.columns if c not in (*SAID, "phrase", "phrases")):
            empty = blanks(draft, name).get(column)
            for row, value in enumerate(frame[column].to_list()):
                wanted = empty[row] if value is None and empty is not None else value
                assert same(back[row][column], wanted), (name, column, row)
                compared += 1
    assert compared > 10_000


def test_zero_hidden_and_no_data_are_three_different_cells(draft, file):
    told: dict[str, set[str]] = {}
    for row, released in zip(page(file, "estimates"), draft.table("estimates").to_dicts(), strict=True):
        assert row["status"] == released["status"]
        told.setdefault(str(row["status"]), set()).add(
            "number" if isinstance(row["value"], float) else str(row["value"])
        )
    assert told == {"shown": {"number"}, "zero": {"number"}, "hidden": {"hidden"}, "no data": {"no data"}}
    zero = [row["numerator"] for row in page(file, "estimates") if row["status"] == "zero"]
    assert set(zero) == {0.0}


def test_the_words_for_empty_cells_agree_with_what_the_gate_hid(city, draft):
    gone = salus.open_result(city).gate.hidden_keys
    for name, frame in draft.tables.items():
        if name in ("clusters", "concentration", "harm") or not TABLES[name].key:
            continue
        words = blanks(draft, name)
        keys = frame.select(key_column(name)).to_series().to_list()
        said = {key for i, key in enumerate(keys) if any(cells[i] == "hidden" for cells in words.values())}
        assert said == set(keys) & gone, name


def numbers(frame: pl.DataFrame) -> set[float]:
    return {value for row in frame.select("value", "low", "high").rows() for value in row if value is not None}


def leaked(rates: set[float], text: str) -> set[float]:
    return {rate for rate in rates if f"<v>{rate:.16G}</v>" in text or f"{rate:.7g}" in text}


def test_a_planted_small_count_and_its_rates_are_nowhere_in_the_file(city, draft, file):
    text = inside(file)
    exact = salus.open_result(city).frame("estimates")
    status = draft.table("estimates")["status"]
    hidden = exact.filter(status == "hidden")
    assert hidden.filter((pl.col("area") == "a") & (pl.col("numerator") == 3)).height >= 1
    shown = numbers(draft.table("estimates"))
    rates = numbers(hidden) - shown - {0.0}
    assert len(rates) > 5
    assert leaked(rates, text) == set()
    counts = [row for row in page(file, "estimates") if row["area"] == "a" and row["status"] == "hidden"]
    figures = ("value", "low", "high", "n", "numerator", "p1", "p2")
    assert {row[name] for row in counts for name in figures} == {"hidden"}


def test_the_search_for_hidden_rates_finds_them_where_the_gate_was_passed_by(city, draft, tmp_path):
    exact = salus.open_result(city).frame("estimates").drop(UNITS)
    opened = exact.with_columns(pl.lit("shown").alias("status"))
    planted = salus.Release(draft.tables | {"estimates": opened}, draft.log, draft.record, [], {}, draft.areas)
    write_workbook(desk_of(planted, "en"), tmp_path / "x.xlsx")
    rates = numbers(exact.filter(draft.table("estimates")["status"] == "hidden")) - {0.0}
    assert leaked(rates, inside(tmp_path / "x.xlsx")) == rates


def test_columns_about_persons_and_packed_phrases_are_in_no_sheet(file):
    ids = {cell for name, rows in pages(file).items() if "(" in name for cell in rows[1]}
    assert ids & {*UNITS, "phrase", "phrases", "speaker"} == set()


def test_text_that_looks_like_a_formula_comes_back_as_text_and_no_cell_is_a_formula(file):
    names = {row["area"]: row["area_name"] for row in page(file, "estimates") if row["area"] in AREAS}
    assert names == AREAS
    (census,) = [row for row in page(file, "sources") if row["source"] == "census"]
    assert (census["publisher"], census["licence"]) == (LINK, LICENCE)
    assert "-2+3 is all we get." in {row["quote"] for row in page(file, "quotes")}
    text = inside(file)
    assert ("<f>" in text, "<f " in text, "<hyperlink" in text) == (False, False, False)
    assert 'quotePrefix="1"' in text


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "<r>=1</r>", "_x003D_1", " =1"]
)
def test_every_dangerous_beginning_survives_letter_by_letter(draft, tmp_path, text):
    quotes = draft.table("quotes").with_columns(pl.lit(text).alias("quote"))
    planted = salus.Release(draft.tables | {"quotes": quotes}, draft.log, draft.record, [], {}, draft.areas)
    write_workbook(desk_of(planted, "en"), tmp_path / "x.xlsx")
    assert {row["quote"] for row in page(tmp_path / "x.xlsx", "quotes")} == {text}
    assert "<f>" not in inside(tmp_path / "x.xlsx")


def test_negative_numbers_stay_numbers_and_what_is_not_finite_is_said(draft, tmp_path):
    frame = draft.table("estimates").with_columns(pl.lit(-2.5).alias("value"), pl.lit(float("inf")).alias("high"))
    planted = salus.Release(draft.tables | {"estimates": frame}, draft.log, draft.record, [], {}, draft.areas)
    write_workbook(desk_of(planted, "en"), tmp_path / "x.xlsx")
    assert {(r["value"], r["high"]) for r in page(tmp_path / "x.xlsx", "estimates")} == {(-2.5, "no limit")}


def test_the_first_sheet_of_a_draft_says_so_and_lists_every_sheet_with_its_rows(draft, file):
    first = pages(file)["Read me"]
    said = {row[0]: row[1] for row in first if row[0]}
    assert said["Release"] == "DRAFT – not released by anybody"
    assert said["City"] == "Toy"
    assert "no decision may rest on them" in said["Mark"]
    assert said["What is hidden"].startswith("Counts from 1 to 4 are hidden, of protected offences from 1 to 9")
    assert {"0", "hidden", "no data"} <= set(said)
    start = [row[0] for row in first].index("Sheet") + 1
    listed = {row[0]: (row[2], row[3]) for row in first[start:]}
    assert list(listed) == list(pages(file))[1:]
    for name, (expected, written) in listed.items():
        table = name.partition("(")[2].removesuffix(")")
        height = draft.log.height if table == "log" else draft.table(table).height
        assert expected == written == height == len(pages(file)[name]) - 2
    assert "DRAFT" in inside(file).partition("<oddHeader>")[2][:60]


def test_a_release_names_itself_and_the_sha256_that_the_ledger_knows(city, tmp_path):
    made = salus.release(city, **WHY)
    written = salus.report(made.path, format="xlsx", out=tmp_path / "r.xlsx")
    said = {row[0]: row[1] for row in pages(written.path)["Read me"] if row[0]}
    assert written.release == said["Release"] == made.record["id"]
    digest = said["sha256 of release.json"]
    assert digest == sha256_of(made.path / "release.json")
    assert digest in (city / "releases" / "ledger.jsonl").read_text()
    assert (said["Reason"], said["Approved by"]) == (WHY["reason"], ", ".join(WHY["approved_by"]))
    assert said["Released on"] == f"{made.at:%Y-%m-%d}"
    assert "DRAFT" not in inside(written.path)
    again = salus.report(made.path, format="xlsx", out=tmp_path / "again.xlsx")
    assert again.path.read_bytes() == written.path.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again.xlsx", "r.xlsx"]
    assert (written.path.stat().st_mode & 0o777) == 0o644


def test_the_spanish_workbook_says_nothing_in_english(draft, tmp_path):
    desk = desk_of(draft, "es")
    write_workbook(desk, tmp_path / "es.xlsx")
    assert desk.words.language.missed == set()
    held = pages(tmp_path / "es.xlsx")
    assert next(iter(held)) == "Léame"
    assert ["Publicación", "BORRADOR – nadie lo ha publicado"] in [row[:2] for row in held["Léame"]]
    figures = page(tmp_path / "es.xlsx", "estimates")
    assert {row["status"] for row in figures} <= {"mostrado", "cero", "reservado", "sin datos"}
    assert "reservado" in {row["value"] for row in figures}
    assert held["Cifras (estimates)"][0][0] == "indicador"


class Mirrored(Language):
    """English written from right to left."""

    direction = "rtl"


def test_in_a_language_from_right_to_left_every_sheet_is_mirrored(draft, file, tmp_path):
    desk = desk_of(draft, "en")
    desk.words = replace(desk.words, language=Mirrored("en", desk.words.language.pack))
    write_workbook(desk, tmp_path / "x.xlsx")
    assert inside(tmp_path / "x.xlsx").count('rightToLeft="1"') == len(pages(tmp_path / "x.xlsx"))
    assert "rightToLeft" not in inside(file)


def test_the_command_writes_the_workbook_and_names_the_formats_it_knows(city, tmp_path):
    def command(form: str) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-c", "from salus.cli import main; main()", "report", str(city), "--format", form]
        out = ["--lang", "es", "--out", str(tmp_path / "t.xlsx"), "--json"]
        return subprocess.run([*call, *out], capture_output=True, text=True, check=False)

    said = json.loads(command("xlsx").stdout)
    assert (said["report"], said["bytes"]) == (str(tmp_path / "t.xlsx"), (tmp_path / "t.xlsx").stat().st_size)
    refused = command("ods")
    assert (refused.returncode, "html, docx, xlsx" in refused.stderr) == (2, True)


@pytest.mark.parametrize("lang", languages())
def test_names_of_sheets_fit_a_tab_with_the_id_beside_them(draft, lang):
    desk = desk_of(draft, lang)
    for table, (name, _) in SHEETS.items():
        said = desk.words.translate(name)
        assert len(f"{said} ({table})") <= 28, (said, table)
        assert not set(said) & set("[]:*?/\\'"), said
    assert set(sheet_names(desk)) == {*draft.tables, "log"}
    assert len({sheet(desk, name).tab.lower() for name in sheet_names(desk)}) == len(draft.tables) + 1


def test_a_table_of_too_many_rows_goes_on_in_further_sheets(draft, tmp_path):
    write_workbook(desk_of(draft, "en"), tmp_path / "x.xlsx", most_rows=100)
    parts = [name for name in pages(tmp_path / "x.xlsx") if "(lineage)" in name]
    assert parts[:2] == ["Trails (lineage)", "Trails (lineage) 2"]
    keys = ("table", "key", "from_table", "from_key")
    assert [tuple(r[k] for k in keys) for r in page(tmp_path / "x.xlsx", "lineage")] == draft.table("lineage").rows()


def test_a_text_that_no_cell_holds_is_refused_and_leaves_no_file(draft, tmp_path):
    long = draft.table("quotes").with_columns(pl.lit("x" * 40_000).alias("quote"))
    planted = salus.Release(draft.tables | {"quotes": long}, draft.log, draft.record, [], {}, draft.areas)
    with pytest.raises(BadInput, match=r"40000 signs does not fit .*Quotes \(quotes\), row 3, column 2"):
        write_workbook(desk_of(planted, "en"), tmp_path / "x.xlsx")
    assert not (tmp_path / "x.xlsx").exists()


def test_without_the_library_the_error_says_what_to_install(draft, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtra, match=r"pip install 'salus-cities\[report\]'"):
        write_workbook(desk_of(draft, "en"), tmp_path / "x.xlsx")


def test_a_preset_that_rounds_is_said_in_words_and_leaves_exact_tables_out(tmp_path):
    folder = make_city(tmp_path / "toy", rows=rows(a=3, b=60, c=80, d=120))
    settings = yaml.safe_load((folder / "city.yaml").read_text())
    (folder / "city.yaml").write_text(yaml.safe_dump(settings | {"disclosure": {"preset": "standard"}}))
    salus.run(folder, draws=100)
    path = salus.report(folder, format="xlsx").path
    assert path == folder / "report-en.xlsx"
    said = {row[0]: row[1] for row in pages(path)["Read me"] if row[0]}
    assert said["What is hidden"].endswith("Shown counts are multiples of 5.")
    assert not [name for name in pages(path) if "(changes)" in name]
    counts = {row["numerator"] for row in page(path, "estimates")} - {"hidden", "no data"}
    assert all(count % 5 == 0 for count in counts)


def test_numbers_get_a_format_in_which_only_zero_looks_like_zero():
    columns = {"n": [0.0, 3000.0], "value": [0.25, 12.0], "p_value": [0.00001, 0.5], "year": [2024, 2025]}
    formats = {name: xlsx._format(pl.Series(name, values)) for name, values in columns.items()}
    assert formats == {"n": "whole", "value": "decimal", "p_value": "any", "year": "year"}


def test_every_state_of_changes_and_series_has_words(draft):
    held = set(draft.table("changes")["state"]) | set(draft.table("series")["state"])
    assert held <= set(STATES)
