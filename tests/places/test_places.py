"""Three places that are not Iztapalapa go through the whole chain: no geometry, three scripts, a province's series."""

import shutil
from pathlib import Path

import polars as pl
import pytest

import salus
from salus.report.document import desk_of, render

HERE = Path(__file__).parent


def run_of(place: str, folder: Path):
    shutil.copytree(HERE / place, folder / place)
    assert [f for f in salus.check(folder / place) if f.severity == "error"] == []
    return salus.run(folder / place, draws=100)


@pytest.fixture(scope="module")
def barbados(tmp_path_factory):
    return run_of("barbados", tmp_path_factory.mktemp("barbados"))


@pytest.fixture(scope="module")
def tashkent(tmp_path_factory):
    return run_of("tashkent", tmp_path_factory.mktemp("tashkent"))


@pytest.fixture(scope="module")
def caserta(tmp_path_factory):
    return run_of("caserta", tmp_path_factory.mktemp("caserta"))


@pytest.fixture(params=["barbados", "tashkent", "caserta"])
def place(request):
    return request.getfixturevalue(request.param)


def test_every_place_gets_a_report_in_both_languages_and_a_document(place, tmp_path):
    for language in ("en", "es"):
        desk = desk_of(salus.draft(place), language)
        assert render(desk).count("<h2>") == 12
        assert desk.words.language.missed == set()
    made = salus.report(place.path, format="docx", out=tmp_path / "r.docx")
    assert made.path.stat().st_size > 20_000


def test_every_figure_of_every_place_has_interval_and_grade(place):
    known = place.frame("estimates").drop_nulls("value")
    assert known.height > 0
    assert known.filter(pl.col("low").is_null() | pl.col("high").is_null() | (pl.col("grade") == "none")).height == 0


def test_a_country_without_areas_has_its_own_figures_and_no_map(barbados):
    rows = barbados.frame("estimates").drop_nulls("value")
    assert set(rows["area"]) == {"BRB"}
    homicide = rows.filter((pl.col("indicator") == "A01") & (pl.col("group") == "female"))
    assert homicide.height > 0
    assert 'id="map-' not in render(desk_of(salus.draft(barbados), "en"))


def test_names_in_another_script_find_their_district_and_the_report_shows_them(tashkent):
    lamps = tashkent.frame("estimates").filter((pl.col("indicator") == "G01") & pl.col("value").is_not_null())
    areas = lamps.filter(pl.col("area") != "tashkent")
    assert areas.height == 12
    assert "chilonzor" in set(areas["area"])
    assert bool(areas["illustrative"].all())
    boundaries = desk_of(salus.draft(tashkent), "en").boundaries("districts")
    assert "Chilonzor tumani" in set(boundaries["name"])


def test_a_province_series_gives_counts_as_published_by_the_italian_classes(caserta):
    rows = caserta.frame("estimates").filter(
        (pl.col("indicator") == "A16") & (pl.col("area") == "caserta") & (pl.col("group") == "")
        & ((pl.col("period_end") - pl.col("period_start")).dt.total_days() < 370)
    )  # fmt: skip
    found = dict(zip(rows["period_start"].dt.year(), rows["numerator"], strict=True))
    source = pl.read_csv(HERE / "caserta/evidence/sdi/2026-11-22/delitti.csv")
    robberies = source.filter(pl.col("Reato").str.starts_with("17.0")).select("ANNO", "Totale")
    assert found == dict(robberies.iter_rows())


def test_what_the_italian_extension_adds_and_withholds_is_seen(caserta):
    rows = caserta.frame("estimates")
    assert rows.filter((pl.col("indicator") == "X30") & (pl.col("area") == "caserta")).drop_nulls("value").height > 0
    assert rows.filter(pl.col("indicator") == "X22")["value"].is_null().all()
    assert caserta.record["pack"]["id"] == "usg-italy"


def test_small_counts_of_a_province_are_hidden_in_what_is_released(caserta):
    shown = caserta.released("estimates").filter(pl.col("status") == "shown").drop_nulls("numerator")
    counted = shown.filter(pl.col("source").str.contains("sdi"))
    assert counted.filter((pl.col("numerator") > 0) & (pl.col("numerator") < 5)).height == 0


def test_where_nobody_rated_anything_the_first_page_says_so_and_names_no_lead(caserta):
    page = render(desk_of(salus.draft(caserta), "en"))
    front = page[page.index('id="front"') : page.index('id="read"')]
    assert "nobody has assessed it" in front
    assert "may act by law" not in front


def test_a_hidden_figure_on_the_first_page_has_no_unit(caserta):
    page = render(desk_of(salus.draft(caserta), "en"))
    assert "hidden (small count) per" not in page[page.index('id="front"') : page.index('id="read"')]


def test_a_country_whose_figures_answer_no_problem_gets_no_ranking_made_up(barbados):
    assert set(barbados.frame("priorities")["grade"]) == {"none"}
    page = render(desk_of(salus.draft(barbados), "en"))
    front = page[page.index('id="front"') : page.index('id="read"')]
    assert "Cannot be placed for want of evidence" in front
    assert '<td class="n">1</td>' not in front
