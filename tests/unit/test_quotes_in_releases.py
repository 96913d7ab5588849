"""What people said in releases: an attack with quotes, and what a city writes in its own words."""

import csv
import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

import salus
from salus.disclosure import WITHHELD
from salus.errors import BadInput, BrokenWorkspace
from tests.unit.small_city import MAPPING, ROWS, make_city, write_yaml

pytestmark = pytest.mark.slow  # whole cities are assessed and released

WHY = {"reason": "Council meeting of 3 December", "approved_by": ("data protection officer", "head of analysis")}
COLUMNS = ("quote", "area", "group", "role", "attributes", "consent", "theme", "illustrative")
STREET = "I sell in Calle Hidalgo, I am the only one at that corner."
DECISIONS = {
    "cycle": 2021,
    "budget": [1000.0, 1000.0, 1000.0],
    "budget_status": {
        "value": "proposed",
        "why": "Ask Ana at ana.ruiz@example.org",
        "who": "treasury",
        "when": "2021-01-31",
    },
    "vision": "Nobody is afraid in front of 45 Kilimani Road.",
    "vision_status": {"value": "proposed", "why": "Agreed in the assembly", "who": "council", "when": "2021-01-31"},
}


def said(quote: str, area: str = "a", **further: str) -> dict[str, str]:
    """A row of quotes.csv on streets, with consent, unless said otherwise."""
    row = dict.fromkeys(COLUMNS, "") | {"consent": "yes", "theme": "public-space", "illustrative": "no"}
    return row | {"quote": quote, "area": area} | further


def write_quotes(city: Path, rows: list[dict[str, str]], people: str = "") -> Path:
    folder = city / "responses"
    folder.mkdir(exist_ok=True)
    with (folder / "quotes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    if people:
        (folder / "people.csv").write_text("area,group,role,attributes,persons\n" + people, encoding="utf-8")
    return city


@pytest.fixture
def city(tmp_path):
    return make_city(tmp_path / "toy")


def drafted(city: Path) -> salus.Release:
    return salus.draft(salus.run(city, draws=100))


def refused(made: salus.Release) -> dict[str, int]:
    log = made.log.filter((pl.col("table") == "quotes") & pl.col("rule").str.starts_with("quote refused"))
    return dict(log.select("rule", "hidden").iter_rows())


def written(folder: Path) -> str:
    """All that stands in a release, tables and texts."""
    tables = [str(pl.read_parquet(file).to_dicts()) for file in sorted(folder.rglob("*.parquet"))]
    texts = [file.read_text("utf-8") for file in sorted(folder.rglob("*")) if file.suffix in {".json", ".yaml"}]
    return "\n".join(tables + texts)


def test_no_quote_that_combines_age_street_and_role_leaves_whatever_is_known_of_each_alone(city):
    people = (
        "a,,street vendor,,400\na,,,age=61,30\na,,,street=Calle Hidalgo,90\n"
        "a,,street vendor,age=61; street=Calle Hidalgo,1\n"
    )
    attack = [
        said("We all close at six.", role="street vendor", attributes="age=61; street=Calle Hidalgo"),
        said("We all close at seven.", role="street vendor", attributes="street=Calle Hidalgo; AGE=61"),
        said("We all close at eight.", role="street vendor", attributes="age=61"),
        said("We all close at nine.", attributes="age=61; street=Calle Hidalgo"),
        said("We all close at ten.", role="street vendor, 61, Calle Hidalgo"),
        said("We all close at noon.", attributes="61 years old, street vendor, Calle Hidalgo"),
        said("We close early, ask at Calle Hidalgo 14, apartment 3.", role="street vendor"),
    ]
    write_quotes(city, attack, people)
    salus.run(city, draws=100)
    made = salus.release(city, **WHY)
    assert "quotes" not in made.tables
    assert refused(made) == {
        "quote refused: few persons": 2,
        "quote refused: nobody knows how many persons": 4,
        "quote refused: the text points at somebody": 1,
    }
    left = written(made.path)
    assert "We all close" not in left
    assert "responses/people.csv" not in left
    assert "Hidalgo" not in left


def test_no_quote_of_a_group_of_unknown_size_leaves_even_where_its_place_is_large(city):
    rows = [said("We go in twos.", area, group="sex workers") for area in ("a", "toy")]
    rows.append(said("We go in threes.", "a", group="women"))
    made = drafted(write_quotes(city, rows, "a,women,,,510\n"))
    assert made.table("quotes").select("quote", "area", "group").rows() == [("We go in threes.", "a", "women")]
    assert refused(made) == {"quote refused: nobody knows how many persons": 2}


@pytest.mark.parametrize("consent", ["no", "", "perhaps"])
def test_without_a_plain_yes_nobody_is_quoted_and_the_run_does_not_even_keep_the_words(city, consent):
    write_quotes(city, [said("We close at six.", "toy", consent=consent)])
    run = salus.run(city, draws=100)
    assert refused(salus.draft(run)) == {"quote refused: no consent": 1}
    assert pl.read_parquet(run.path / "internal" / "quotes.parquet")["quote"].to_list() == [""]
    rules = {finding.rule: finding.severity for finding in salus.check(city) if finding.file.endswith("quotes.csv")}
    assert rules["no_consent"] == "warning"


def test_a_quote_marked_for_release_without_consent_is_an_error_that_stops_the_run(city):
    write_quotes(city, [said("We close at six.", consent="no") | {"release": "yes"}])
    found = [finding for finding in salus.check(city) if finding.severity == "error"]
    assert [(finding.rule, finding.row) for finding in found] == [("no_consent", 1)]
    with pytest.raises(BrokenWorkspace, match="has not agreed"):
        salus.run(city, draws=100)


def test_a_quote_kept_back_is_no_candidate_and_is_not_counted(city):
    rows = [said("We close at six.", "toy") | {"release": "no"}, said("We close at ten.", "toy") | {"release": "yes"}]
    made = drafted(write_quotes(city, rows))
    assert made.table("quotes")["quote"].to_list() == ["We close at ten."]
    assert refused(made) == {}


def test_a_description_fits_as_many_as_the_smaller_of_two_numbers_and_ten_at_the_least(city):
    people = "a,men,,,9\nb,men,,,10\nc,men,,,700\nc,men,,,8\n"
    rows = [said(f"It is dark in {area}.", area, group="men") for area in "abc"]
    made = drafted(write_quotes(city, rows, people))
    assert made.table("quotes")["area"].to_list() == ["b"]
    assert refused(made) == {"quote refused: few persons": 2}


def test_a_group_counted_with_its_roles_is_not_counted_twice(city):
    people = "a,women,,,6\na,women,vendor,,6\na,women,teacher,,6\n"
    made = drafted(write_quotes(city, [said("It is dark.", group="women")], people))
    assert refused(made) == {"quote refused: few persons": 1}


def test_what_is_said_on_protected_offences_or_on_no_theme_is_not_placed_below_the_city(city):
    rows = [
        said("Nobody asked me.", "a", theme="gender-violence"),
        said("Nobody asked us.", "a", theme="some theme"),
        said("Nobody asks.", "toy", theme="gender-violence"),
    ]
    made = drafted(write_quotes(city, rows))
    assert made.table("quotes").select("area", "theme").rows() == [("toy", "gender-violence")]
    assert refused(made) == {"quote refused: protected theme in a small place": 2}


def test_findings_name_row_and_rule_and_never_repeat_what_was_said(city):
    write_quotes(city, [said("It is dark."), said("Call me at 55 1234 5678."), said(STREET, role="vendor")])
    found = [finding for finding in salus.check(city) if finding.file == "responses/quotes.csv"]
    assert [(f.row, f.rule, f.severity) for f in found] == [
        (2, "phone", "warning"), (3, "unknown_persons", "warning"),
    ]  # fmt: skip
    text = json.dumps([finding.as_dict() for finding in found], default=str)
    assert "1234" not in text
    assert "Hidalgo" not in text


def test_a_file_without_its_columns_is_refused_with_their_names(city):
    (city / "responses").mkdir()
    (city / "responses" / "quotes.csv").write_text("quote,area\nIt is dark,a\n", encoding="utf-8")
    (finding,) = (f for f in salus.check(city) if f.file == "responses/quotes.csv")
    assert (finding.rule, finding.severity) == ("missing_column", "error")
    assert "consent" in finding.message


def test_the_order_of_released_quotes_does_not_tell_the_order_of_the_file(city):
    rows = [said("It is dark.", "toy"), said("A bus would help.", "toy"), said("We close at six.", "b")]
    forwards = drafted(write_quotes(city, rows)).table("quotes")
    backwards = drafted(write_quotes(city, rows[::-1])).table("quotes")
    assert forwards["quote"].to_list() == ["We close at six.", "A bus would help.", "It is dark."]
    assert forwards.equals(backwards)


def test_a_release_of_a_city_without_quotes_is_the_same_as_before(city):
    before = drafted(city)
    write_quotes(city, [said("We close at six.", "toy")])
    during = drafted(city)
    assert before.tables.keys() == during.tables.keys() - {"quotes"}
    assert all(frame.equals(during.tables[name]) for name, frame in before.tables.items())
    assert before.log.equals(during.log)
    (city / "responses" / "quotes.csv").unlink()
    run = salus.run(city, draws=100)
    assert not (run.path / "internal" / "quotes.parquet").exists()
    assert salus.draft(run).tables.keys() == before.tables.keys()


TWO = "a,,vendor,,400\na,,,age=61,30\n"


def by_one(first: dict[str, str], second: dict[str, str], code: str = "P-7781") -> list[dict[str, str]]:
    return [said("It is dark.", speaker=code) | first, said("We close at six.", speaker=code.lower()) | second]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (TWO, {"quote refused: nobody knows how many persons": 2}),
        (TWO + "a,,vendor,age=61,1\n", {"quote refused: few persons": 2}),
        (TWO + "a,,vendor,age=61,25\n", {}),
    ],
)
def test_two_quotes_of_one_speaker_leave_only_if_both_descriptions_together_fit_enough(city, people, expected):
    rows = by_one({"role": "vendor"}, {"attributes": "age=61"})
    made = drafted(write_quotes(city, rows, people))
    assert refused(made) == expected
    assert made.table("quotes").height == (0 if expected else 2)


def test_the_same_two_quotes_of_two_speakers_leave(city):
    rows = by_one({"role": "vendor"}, {"attributes": "age=61", "speaker": "P-7782"})
    assert drafted(write_quotes(city, rows, TWO)).table("quotes").height == 2
    rows = by_one({"role": "vendor"}, {"attributes": "age=61"}, code="")
    assert drafted(write_quotes(city, rows, TWO)).table("quotes").height == 2


@pytest.mark.parametrize("back", [{"release": "no"}, {"release": "", "consent": "no"}])
def test_a_quote_of_the_speaker_that_is_kept_back_counts_since_it_may_have_left_earlier(city, back):
    rows = by_one({"role": "vendor", "release": ""}, {"attributes": "age=61"} | back)
    rows[0]["release"] = "yes"
    made = drafted(write_quotes(city, rows, TWO))
    assert "quotes" not in made.tables
    assert refused(made)["quote refused: nobody knows how many persons"] >= 1


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [
        ({"attributes": "age=61"}, {"attributes": "age=62"}, "attributes"),
        ({"area": "a"}, {"area": "b"}, "area"),
        ({"role": "vendor"}, {"role": "teacher"}, "role"),
        ({"group": "women"}, {"group": "traders"}, "group"),
    ],
)
def test_quotes_of_one_speaker_that_contradict_each_other_are_refused_with_the_column(city, first, second, column):
    write_quotes(city, by_one(first, second), TWO + "a,,,age=62,30\na,women,,,50\na,traders,,,50\na,,teacher,,50\n")
    found = [f for f in salus.check(city) if f.file == "responses/quotes.csv" and f.rule == "contradiction"]
    assert [(f.row, f.severity) for f in found] == [(1, "warning"), (2, "warning")]
    assert f"({column})" in found[0].message
    assert "two codes" in found[0].remedy
    made = drafted(city)
    assert refused(made) == {"quote refused: quotes of one speaker contradict each other": 2}


def test_of_a_place_and_the_city_around_it_the_smaller_one_counts(city):
    rows = by_one({"area": "toy", "group": "women"}, {"area": "a"})
    assert refused(drafted(write_quotes(city, rows, "toy,women,,,500\na,women,,,6\n"))) == {
        "quote refused: few persons": 2
    }


def test_what_a_speaker_says_on_a_protected_theme_is_not_placed_by_another_quote(city):
    rows = by_one({"area": "toy", "theme": "gender-violence"}, {"area": "a"})
    made = drafted(write_quotes(city, rows))
    assert refused(made) == {"quote refused: protected theme in a small place": 2}


def test_the_code_of_a_speaker_stands_nowhere_but_in_the_file_of_the_city(city, tmp_path):
    rows = by_one({}, {}, code="ZQX-7781")
    write_quotes(city, [*rows, said("It is cold.", role="vendor", speaker="zqx-7781")], TWO)
    for found in salus.check(city):
        assert "zqx" not in json.dumps(found.as_dict(), default=str).casefold()
    salus.run(city, draws=100)
    made = salus.release(city, **WHY)
    salus.report(made.path, out=tmp_path / "report.html")
    frames = [str(pl.read_parquet(f).to_dicts()) for f in sorted(city.rglob("*.parquet"))]
    files = [f.read_bytes() for f in [*city.rglob("*"), *tmp_path.rglob("*.html")] if f.is_file()]
    holding = [text for text in (*frames, *(f.decode(errors="replace") for f in files)) if "zqx" in text.casefold()]
    assert len(holding) == 1
    assert holding[0].startswith("quote,area")


def test_what_is_released_is_what_was_said_and_is_read_again(city):
    write_quotes(city, [said("Después de las nueve, «ya nadie abre».", "toy", illustrative="yes")])
    salus.run(city, draws=100)
    salus.release(city, **WHY)
    (row,) = salus.open_release(city).table("quotes").to_dicts()
    assert (row["number"], row["quote"], row["illustrative"]) == (1, "Después de las nueve, «ya nadie abre».", True)


def test_a_vision_or_a_reason_that_points_at_somebody_is_withheld_whole_and_logged(city):
    write_yaml(city / "cycles" / "2021" / "decisions.yaml", DECISIONS)
    found = {(f.column, f.rule) for f in salus.check(city) if f.file.endswith("decisions.yaml")}
    assert found == {("vision", "address"), ("budget_status.why", "email")}
    salus.run(city, draws=100)
    made = salus.release(city, **WHY)
    assert (made.plan["vision"]["text"], made.plan["budget"]["basis"]) == (WITHHELD, WITHHELD)
    assert "Agreed in the assembly" in made.plan["vision"]["basis"]
    assert made.log.filter(pl.col("table") == "plan")["hidden"].to_list() == [2]
    assert "Kilimani" not in written(made.path)
    assert "example.org" not in written(made.path)


def test_a_reason_for_setting_rows_aside_that_points_at_somebody_is_withheld(tmp_path):
    choice = {"value": "set_aside", "why": "Ana Ruiz, 55 1234 5678, typed them", "who": "analyst", "when": "2021-01-31"}
    rows = [*ROWS, "Burglary,never,03:00:00,1.5,0.5"]
    city = make_city(tmp_path / "toy", rows=rows, mapping=MAPPING | {"unusable_dates": choice})
    assert [f.rule for f in salus.check(city) if f.column == "unusable_dates.why"] == ["phone"]
    (row,) = drafted(city).table("quality").filter(pl.col("check") == "unusable_dates").to_dicts()
    assert WITHHELD in row["message"]
    assert "1234" not in row["message"] + row["phrase"]
    assert "analyst" in row["message"]


def test_a_release_is_refused_where_its_own_reason_points_at_somebody(city):
    salus.run(city, draws=100)
    with pytest.raises(BadInput, match="points at somebody"):
        salus.release(city, **(WHY | {"reason": "Asked for by ana.ruiz@example.org"}), now=dt.datetime.now(dt.UTC))
    assert not (city / "releases").exists()


NAMES = "# participants and officials\nXóchitl Quetzalli Barragán # moderator\n\nOrlando Tzab\n"


@pytest.fixture
def listed(city):
    (city / "private").mkdir(exist_ok=True)
    (city / "private" / "names.txt").write_text(NAMES, encoding="utf-8")
    return city


def test_a_listed_name_in_a_quote_or_in_what_is_shown_of_its_speaker_keeps_it_back(listed):
    rows = [
        said("As xochitl quetzalli BARRAGAN says, it is dark.", "toy"),
        said("Ask Orlando.", "toy"),
        said("It is cold.", "toy", role="cousin of Orlando Tzab"),
        said("It is dark.", "toy"),
    ]
    write_quotes(listed, rows, "toy,,cousin of Orlando Tzab,,500\n")
    found = [f for f in salus.check(listed) if f.file.endswith("quotes.csv")]
    assert [(f.row, f.rule, f.severity) for f in found] == [(n, "name", "warning") for n in (1, 2, 3)]
    made = drafted(listed)
    assert made.table("quotes")["quote"].to_list() == ["It is dark."]
    assert refused(made) == {"quote refused: the text points at somebody": 3}
    (listed / "private" / "names.txt").unlink()
    assert drafted(listed).table("quotes").height == 4


def test_a_listed_name_in_vision_budget_or_reasons_is_withheld_and_echoed_nowhere(listed):
    choice = {"value": "proposed", "why": "Orlando Tzab agreed", "who": "treasury", "when": "2021-01-31"}
    vision = {"vision": "Streets as Xóchitl wants them.", "vision_status": choice | {"why": "Agreed in the assembly"}}
    write_yaml(listed / "cycles" / "2021" / "decisions.yaml", DECISIONS | vision | {"budget_status": choice})
    found = [f for f in salus.check(listed) if f.rule == "name"]
    assert {f.column for f in found} == {"vision", "budget_status.why"}
    salus.run(listed, draws=100)
    made = salus.release(listed, **WHY)
    assert (made.plan["vision"]["text"], made.plan["budget"]["basis"]) == (WITHHELD, WITHHELD)
    for text in (written(made.path), str(found), made.log.to_dicts().__repr__(), repr(made)):
        assert not any(name in text for name in ("Tzab", "Xóchitl", "Orlando", "Barragán"))


def test_a_listed_name_among_the_reasons_for_setting_rows_aside_is_withheld(tmp_path):
    choice = {"value": "set_aside", "why": "typed late", "who": "Orlando Tzab", "when": "2021-01-31"}
    rows = [*ROWS, "Burglary,never,03:00:00,1.5,0.5"]
    city = make_city(tmp_path / "toy", rows=rows, mapping=MAPPING | {"unusable_dates": choice})
    (city / "private").mkdir(exist_ok=True)
    (city / "private" / "names.txt").write_text(NAMES, encoding="utf-8")
    (row,) = drafted(city).table("quality").filter(pl.col("check") == "unusable_dates").to_dicts()
    assert "Tzab" not in row["message"] + row["phrase"]


@pytest.mark.parametrize(
    "changed",
    [{"reason": "Asked for by Orlando Tzab"}, {"approved_by": ("data protection officer", "Xóchitl Barragán")}],
)
def test_a_release_is_refused_where_its_reason_or_a_role_holds_a_listed_name(listed, changed):
    salus.run(listed, draws=100)
    with pytest.raises(BadInput, match="points at somebody") as caught:
        salus.release(listed, **(WHY | changed))
    assert not any(name in str(caught.value) for name in ("Orlando", "Tzab", "Xóchitl"))
    assert not (listed / "releases").exists()


def test_a_list_of_names_that_cannot_be_read_stops_and_says_which_file_without_a_line_of_it(listed):
    file = listed / "private" / "names.txt"
    file.write_bytes("Muñoz Peña".encode("latin-1"))
    (found,) = salus.check(listed)
    assert (found.file, found.rule, found.severity) == ("private/names.txt", "unreadable", "error")
    assert "Mu" not in str(found)
    file.write_text("---\n", encoding="utf-8")
    assert [f.rule for f in salus.check(listed) if f.file == "private/names.txt"] == ["no_name"]
    file.write_text("# nobody yet\n", encoding="utf-8")
    assert [f.rule for f in salus.check(listed) if f.file == "private/names.txt"] == ["no_names"]


def test_a_table_of_quotes_that_was_not_judged_does_not_pass_the_gate():
    from salus.disclosure import release_tables
    from salus.model.tables import TABLES

    row = {"number": 1, "quote": STREET, "area": "a", "theme": "public-space", "illustrative": False}
    gated = release_tables({"quotes": TABLES["quotes"].frame([row])}, frozenset())
    assert "quotes" not in gated.tables
    assert gated.log.select("rule", "hidden").rows() == [("quote refused: not judged", 1)]
