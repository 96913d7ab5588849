"""The whole chain on the shipped city: what must hold whatever is deepened later."""

import socket
from pathlib import Path

import docx
import polars as pl
import pytest
import yaml

import salus
from salus.report.document import desk_of, render
from salus.report.docx import MOST_ROWS
from salus.trail import sources_of
from salus.workspace import example_city


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Path:
    return example_city("iztapalapa", tmp_path_factory.mktemp("chain") / "iztapalapa")


@pytest.fixture(scope="module")
def first(city):
    return salus.run(city, draws=200)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something tried to connect")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


@pytest.mark.usefixtures("no_network")
def test_a_run_needs_no_network_and_twice_gives_byte_equal_tables(city, first, tmp_path_factory):
    copy = example_city("iztapalapa", tmp_path_factory.mktemp("again") / "iztapalapa")
    again = salus.run(copy, draws=200)
    names = sorted(p.name for p in first.path.glob("*.parquet"))
    assert len(names) >= 17
    for name in names:
        assert (first.path / name).read_bytes() == (again.path / name).read_bytes(), name
    assert (first.path / "plan.yaml").read_bytes() == (again.path / "plan.yaml").read_bytes()


def test_counts_by_year_and_label_equal_a_plain_count_of_the_shipped_rows(city, first):
    files = sorted((city / "evidence/fgj/2026-11-22").glob("*.csv.gz"))
    rows = pl.concat(pl.read_csv(f, infer_schema=False) for f in files)
    plain = rows.group_by(
        pl.col("fecha_hecho").str.slice(0, 4).alias("year"), pl.col("delito").str.strip_chars().alias("label")
    ).len()
    expected = {(y, label): n for y, label, n in plain.iter_rows()}
    estimates = first.frame("estimates").filter(
        (pl.col("indicator") == "X00")
        & pl.col("group").str.starts_with("label:")
        & (pl.col("source") == "fgj")
        & ((pl.col("period_end") - pl.col("period_start")).dt.total_days() < 366)
    )
    found = {
        (str(r["period_start"].year), r["group"].removeprefix("label:")): int(r["numerator"])
        for r in estimates.to_dicts()
    }
    assert found == expected
    assert sum(found.values()) == rows.height


def test_every_number_has_an_interval_and_a_grade(first):
    estimates = first.frame("estimates").drop_nulls("value")
    assert estimates.select(pl.col("low", "high", "grade").is_null().any()).row(0) == (False, False, False)
    assert estimates.filter((pl.col("low") > pl.col("value")) | (pl.col("high") < pl.col("value"))).height == 0


def test_harmful_programmes_are_refused_and_no_option_claims_harm_without_an_effect(first):
    options = first.frame("options")
    refused = set(options.filter(pl.col("rule") == "refused")["intervention"])
    assert {"scared-straight", "boot-camps", "juvenile-curfews", "mass-crackdown"} <= refused
    chosen = set(first.frame("portfolio").filter(pl.col("chosen"))["intervention"])
    assert chosen
    assert chosen.isdisjoint(refused)
    assert options.filter(pl.col("effect").is_null() & pl.col("harm_averted").is_not_null()).height == 0


def test_trails_of_different_findings_differ_and_all_end_in_sources(first):
    keys = pl.Series([f"findings:{f['id']}" for f in first.findings() if f["rule"] != "no-evidence"])
    ends = sources_of(first.frame("lineage"), keys)
    assert all(ends.values())
    assert len(set(ends.values())) > len(ends) // 2


def changed(one: pl.DataFrame, two: pl.DataFrame, table: str) -> set[str]:
    """Keys of the rows of a table that differ between two runs."""
    from salus.model.tables import row_key

    rows = [{row_key(table, row): row for row in frame.to_dicts()} for frame in (one, two)]
    return {key for key in rows[0].keys() | rows[1].keys() if rows[0].get(key) != rows[1].get(key)}


def test_a_changed_row_changes_only_outputs_whose_trail_names_its_source(city, first, tmp_path):
    copy = example_city("iztapalapa", tmp_path / "iztapalapa")
    file = copy / "evidence/sdg16/2026-11-22/sdg_mexico.csv"
    frame = pl.read_csv(file, infer_schema=False)
    place = frame.with_row_index().filter(pl.col("indicator") == "C01")["index"][0]
    value = pl.when(pl.int_range(pl.len()) == place).then(pl.lit("33.3")).otherwise(pl.col("value"))
    frame.with_columns(value.alias("value")).write_csv(file)
    state(file)
    second = salus.run(copy, draws=200)
    touched: set[str] = set()
    for table in ("estimates", "criteria", "nexus", "profile", "options", "gaps"):
        touched |= changed(first.frame(table), second.frame(table), table)
    assert touched
    lineage = pl.concat([run.frame("lineage") for run in (first, second)])
    ends = sources_of(lineage, pl.Series(sorted(touched)))
    assert [key for key in touched if not any("sdg16" in end for end in ends[key])] == []


def state(file: Path) -> None:
    """Enters a file's new sha256 in its origin, as someone would who received it so."""
    from salus.workspace import sha256_of

    origin = file.parent / "origin.yaml"
    data = yaml.safe_load(origin.read_text())
    data["files"][file.name] = sha256_of(file)
    origin.write_text(yaml.safe_dump(data))


def test_without_the_survey_burden_is_wider_and_graded_lower(city, first, tmp_path):
    import shutil

    copy = example_city("iztapalapa", tmp_path / "iztapalapa")
    shutil.rmtree(copy / "evidence/envipe")
    second = salus.run(copy, draws=200)
    widths = []
    for run in (first, second):
        row = (
            run.frame("criteria")
            .filter((pl.col("problem") == "robbery") & (pl.col("criterion") == "burden") & ~pl.col("illustrative"))
            .to_dicts()[0]
        )
        widths.append(row["high"] - row["low"])
    assert widths[1] > widths[0]


def test_without_a_budget_nothing_is_chosen(city, tmp_path):
    copy = example_city("iztapalapa", tmp_path / "iztapalapa")
    file = copy / "cycles/2023/decisions.yaml"
    decisions = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(decisions | {"budget": [0.0, 0.0, 0.0]}))
    assert not salus.run(copy, draws=100).frame("portfolio")["chosen"].any()


@pytest.mark.usefixtures("no_network")
def test_the_report_is_one_file_without_foreign_addresses_and_marks_what_is_illustrative(first, tmp_path):
    made = salus.report(first.path, out=tmp_path / "r.html")
    text = made.path.read_text(encoding="utf-8")
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
    assert text.count('class="illustrative"') >= 4
    front = text[text.index('id="front"') : text.index('id="read"')]
    assert 'class="illustrative"' not in front
    assert front.count('class="trail"') >= 10
    missing = [a for a in set(__import__("re").findall(r'href="#(t\d+)"', text)) if f'id="{a}"' not in text]
    assert missing == []


def test_the_spanish_report_says_nothing_in_english(first):
    desk = desk_of(salus.draft(first), "es")
    text = render(desk)
    assert desk.words.language.missed == set()
    assert 'lang="es"' in text
    assert "Violencia familiar" in text[text.index('id="front"') : text.index('id="read"')]


@pytest.mark.usefixtures("no_network")
def test_the_document_holds_what_the_page_holds_and_is_the_same_twice(first, tmp_path):
    one, two = (salus.report(first.path, lang="es", format="docx", out=tmp_path / f"{n}.docx").path for n in "ab")
    assert one.read_bytes() == two.read_bytes()
    document = docx.Document(str(one))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert len(headings) == render(desk_of(salus.draft(first), "es")).count("<h2>") >= 12
    assert "ilustrativas" in document.sections[0].header.paragraphs[0].text
    pictures = document.element.body.findall(".//{*}docPr")
    assert len(pictures) >= 8
    assert all(picture.get("descr") for picture in pictures)
    assert all(len(table.rows) <= MOST_ROWS + 1 for table in document.tables)
    assert sum("Ilustrativo" in p.text for p in document.paragraphs) >= 4


def test_no_released_estimate_shows_a_small_count(first):
    shown = first.gate.tables["estimates"].filter(pl.col("status") == "shown").drop_nulls("numerator")
    counted = shown.filter(pl.col("source").str.contains("fgj") & ~pl.col("unit").str.starts_with("%"))
    assert counted.filter((pl.col("numerator") > 0) & (pl.col("numerator") < 5)).height == 0
