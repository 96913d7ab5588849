"""The section "In their words": what is shown of a quote and its speaker, in both languages."""

import pytest

import salus
from tests.unit.small_city import make_city

pytestmark = pytest.mark.slow  # whole cities are assessed and released

HEADER = "quote,area,group,role,attributes,consent,theme,illustrative\n"
ROWS = (
    '"We go in twos <b>now</b>.",toy,women and girls,,,yes,public-space,no\n'
    "We close at six.,a,,,,yes,drugs,yes\n"
    "I sell at the gate.,a,,vendor,,yes,drugs,no\n"
)


@pytest.fixture
def city(tmp_path):
    folder = make_city(tmp_path / "toy")
    (folder / "responses").mkdir()
    (folder / "responses" / "quotes.csv").write_text(HEADER + ROWS, encoding="utf-8")
    (folder / "responses" / "people.csv").write_text(
        "area,group,role,attributes,persons\ntoy,women and girls,,,2100\n", encoding="utf-8"
    )
    return folder


def page(city, lang: str) -> str:
    return salus.report(city, lang=lang, out=city / f"{lang}.html").path.read_text(encoding="utf-8")


def section(text: str) -> str:
    return text.partition('<section id="voices">')[2].partition("</section>")[0]


def test_released_quotes_are_shown_by_theme_with_place_and_group_and_marked_where_nobody_said_them(city):
    salus.run(city, draws=100)
    english, spanish = section(page(city, "en")), section(page(city, "es"))
    assert "“We go in twos &lt;b&gt;now&lt;/b&gt;.” <small>– women and girls, Toy</small>" in english
    assert "“We close at six.” <small>– A <strong>[illustrative: nobody said this]</strong></small>" in english
    real, _, invented = english.partition('<div class="illustrative">')
    assert ("We go in twos" in real, "We close at six" in real) == (True, False)
    assert "We close at six" in invented
    assert "mujeres y niñas, Toy" in spanish
    assert "[ilustrativa: nadie dijo esto]" in spanish
    assert "<h2>En sus palabras</h2>" in spanish


def test_a_refused_quote_is_only_counted_in_the_report_and_in_the_word_document(city):
    salus.run(city, draws=100)
    text = page(city, "en")
    assert "I sell at the gate" not in text
    assert "quotes: quote refused: nobody knows how many persons – 1 rows" in text
    from docx import Document

    path = salus.report(city, lang="es", format="docx", out=city / "es.docx").path
    said = "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    assert "We close at six." in said
    assert "I sell at the gate" not in said


def test_a_report_of_a_city_without_quotes_has_no_such_section(city):
    (city / "responses" / "quotes.csv").unlink()
    salus.run(city, draws=100)
    text = page(city, "en")
    assert "In their words" not in text
    assert 'id="voices"' not in text
