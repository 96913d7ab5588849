"""Quotes of one speaker, without a city: what their descriptions state together, and who may be quoted with it."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.small_city import CITY

from salus.disclosure import Speakers, judge_quotes, release_quotes, stated_together
from salus.disclosure.together import described, speaker_of
from salus.evidence import place_ladder
from salus.model.city import City

PEOPLE = pl.DataFrame(
    [
        ("a", "", "", "", 1000.0), ("city", "", "", "", 4000.0), ("a", "", "vendor", "", 400.0),
        ("a", "", "", "age=61", 30.0), ("a", "", "vendor", "age=61", 9.0),
    ],
    schema={"area": pl.String, "group": pl.String, "role": pl.String, "attributes": pl.String, "persons": pl.Float64},
    orient="row",
)  # fmt: skip
SPEAKERS = Speakers(PEOPLE, "city", 10, {"a": "city", "b": "city"}, frozenset({"streets", "home"}), frozenset({"home"}))


def quotes(*rows: dict[str, object]) -> pl.DataFrame:
    blank = {"quote": "It is dark.", "area": "a", "group": "", "role": "", "attributes": "", "speaker": "P1"}
    full = [blank | {"consent": True, "theme": "streets", "illustrative": False} | row for row in rows]
    frame = pl.DataFrame(full).with_columns(pl.Series("together", stated_together(full)))
    return frame.drop("speaker")


def rules(frame: pl.DataFrame, speakers: Speakers = SPEAKERS) -> list[list[str]]:
    return [[reason.rule for reason in verdict.reasons] for verdict in judge_quotes(frame, speakers)]


def test_each_alone_would_leave_and_both_together_do_not():
    alone = quotes({"role": "vendor"}, {"attributes": "age=61", "speaker": "P2"})
    assert rules(alone) == [[], []]
    assert rules(quotes({"role": "vendor"}, {"attributes": "age=61"})) == [["few_persons"]] * 2


def test_a_quote_that_already_states_everything_is_judged_as_before():
    (verdict, _) = judge_quotes(quotes({"role": "vendor", "attributes": "age=61"}, {"role": "vendor"}), SPEAKERS)
    assert verdict.reasons[0].message == "Fewer than 10 persons fit this description"


def test_without_the_column_each_quote_stands_alone():
    frame = quotes({"role": "vendor"}, {"attributes": "age=61"}).drop("together")
    assert rules(frame) == [[], []]


@pytest.mark.parametrize("code", ["p1", " P1 ", "Ｐ１", "P1\u00a0"])
def test_a_code_is_the_same_however_it_is_typed(code):
    assert rules(quotes({"role": "vendor"}, {"attributes": "age=61", "speaker": code})) == [["few_persons"]] * 2


def test_three_quotes_are_one_speaker_too_and_a_fourth_of_nobody_is_not():
    frame = quotes({"role": "vendor"}, {"attributes": "age=61"}, {}, {"speaker": ""})
    assert rules(frame) == [["few_persons"]] * 3 + [[]]


def test_quotes_from_two_areas_contradict_each_other_unless_one_holds_the_other():
    assert rules(quotes({"area": "a"}, {"area": "b"})) == [["contradiction"], ["unknown_persons", "contradiction"]]
    assert rules(quotes({"area": "a"}, {"area": "city"})) == [[], []]


def test_a_protected_theme_counts_for_all_quotes_of_the_speaker():
    assert rules(quotes({"area": "city", "theme": "home"}, {"area": "a"})) == [["protected_theme"]] * 2
    assert rules(quotes({"area": "city", "theme": "home"}, {"area": "city"})) == [[], []]


def test_the_log_counts_contradictions_as_a_rule_of_their_own():
    _, log = release_quotes(quotes({"attributes": "age=61"}, {"attributes": "age=62"}), SPEAKERS)
    assert "quote refused: quotes of one speaker contradict each other" in log["rule"].to_list()


def test_a_released_quote_shows_its_own_description_and_not_the_union():
    speakers = Speakers(PEOPLE.with_columns(persons=pl.lit(500.0)), "city", 10, {"a": "city"}, frozenset({"streets"}))
    shown, _ = release_quotes(quotes({"role": "vendor"}, {"attributes": "age=61", "quote": "We close."}), speakers)
    assert sorted(shown.select("role", "attributes").rows()) == [("", "age=61"), ("vendor", "")]
    assert "together" not in shown.columns


def test_a_city_that_is_its_own_only_area_has_no_ladder():
    areas = pl.DataFrame({"area": ["toy", "a"]})
    assert place_ladder(areas, City.model_validate(CITY)) == {"a": "toy"}
    assert place_ladder(None, City.model_validate(CITY)) == {}


@pytest.mark.parametrize("places", [{"city": "city"}, {"a": "b", "b": "a"}])
def test_a_ladder_that_leads_to_itself_is_no_reason_to_fail(places):
    assert speaker_of({"place": "city"}, "", "", places).description == {"place": "city"}
    kept = stated_together([{"speaker": "P1", "area": "a"}, {"speaker": "P1", "area": "b"}])[0]
    assert speaker_of({"place": "a"}, "", kept, places).contradicted == ("area",)


WORDS = st.sampled_from(["", "x", "y"])
FURTHER = st.sampled_from(["", "age=1", "age=2", "years=3"])
PLACES = st.sampled_from(["a", "city"])
ROW = st.fixed_dictionaries({"area": PLACES, "group": WORDS, "role": WORDS, "attributes": FURTHER})
ROWS = st.lists(ROW, min_size=1)


@given(ROWS)
def test_together_is_never_less_than_any_of_the_quotes_states(rows):
    kept = stated_together([row | {"speaker": "P1"} for row in rows])
    parts = [described(*(row[name] for name in ("area", "group", "role", "attributes"))) for row in rows]
    for own, together in zip(parts, kept, strict=True):
        found = speaker_of(own, "", together, {"a": "city"})
        if not found.contradicted:
            stated = {(name, value) for part in parts for name, value in part.items() if name != "place"}
            assert stated == {(name, value) for name, value in found.description.items() if name != "place"}
        else:
            assert any(len({part.get(name) for part in parts} - {None}) > 1 for name in ("group", "role", "age"))
