"""What may be stated, and what must not: each rule of findings on small invented tables."""

from typing import Any

import polars as pl
import pytest

from salus.findings import Statement, state
from salus.framework import load_pack
from salus.model.framework import FindingRule
from salus.model.tables import TABLES
from tests.unit import builders as make

RULES = {rule.id: rule for rule in load_pack("usg-core").findings}


def pack(*wanted: str, **changes: Any):
    return make.pack(findings=tuple(RULES[name] for name in wanted), **changes)


def tables(rows: list[dict[str, Any]], **others: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    names = ("criteria", "gaps", "leads", "nexus", "priorities")
    return {"estimates": make.estimates(rows)} | {n: TABLES[n].frame(others.get(n, [])) for n in names}


def stated(rows: list[dict[str, Any]], *rules: str, pack_changes: dict[str, Any] | None = None, **others: Any):
    found, _ = state(tables(rows, **others), pack(*rules, **(pack_changes or {})), make.city())
    return found


def only(found: tuple[Statement, ...]) -> Statement:
    (one,) = found
    return one


def test_a_clear_fall_is_stated_with_both_figures_and_their_intervals() -> None:
    one = only(stated(make.rates("A16", [900, 700, 500, 300]), "falling", "rising"))
    assert one.rule == "falling"
    assert one.statement == (
        "Indicator A16, Testville: fell from 900 (842 to 961) in 2019 to 300 (267 to 336) per 100,000 residents"
        " in 2022."
    )
    assert len(one.estimates) == 4


@pytest.mark.parametrize("counts", [[500, 510, 490, 505], [900, 300], [5, 3, 4, 2]])
def test_a_change_that_chance_explains_or_that_has_too_few_years_is_not_stated(counts: list[int]) -> None:
    assert stated(make.rates("A16", counts), "falling", "rising") == ()


def test_an_ambiguous_record_is_never_called_better_or_worse() -> None:
    unclear = (make.indicator("A16", direction="ambiguous"),)
    found = stated(
        make.rates("A16", [300, 400, 600, 900]), "rising", "falling", "ambiguous-change",
        pack_changes={"indicators": unclear},
    )  # fmt: skip
    assert [one.rule for one in found] == ["ambiguous-change"]
    assert "cannot tell" in found[0].statement


def test_records_of_what_authorities_do_give_no_trend() -> None:
    activity = (make.indicator("A16", enforcement_driven=True, role="context"),)
    assert stated(make.rates("A16", [900, 700, 500, 300]), "falling", pack_changes={"indicators": activity}) == ()


def _cell(function: str, authority: float, **changes: Any) -> dict[str, Any]:
    row = {
        "function": function, "level": "local", "institution": "town-hall", "authority": authority, "grade": "C",
        "type": "authority_gap", "illustrative": False,
    }  # fmt: skip
    return row | changes


def _ranked(problem: str) -> dict[str, Any]:
    return {"problem": problem, "theme": "crime-violence", "expected_rank": 1.0, "grade": "C", "illustrative": False}


def test_functions_an_institution_may_not_do_alone_are_named_in_one_sentence() -> None:
    functions = ("community-policing", "street-lighting", "shelters")
    problem = make.problem("robbery", ["A16"], functions=functions)
    changes = {"problems": (problem,), "functions": tuple(make.function(name) for name in functions)}
    cells = [_cell("community-policing", 0), _cell("street-lighting", 5), _cell("shelters", 2)]
    one = only(
        stated(
            make.rates("A16", [9]), "authority-gap", pack_changes=changes, gaps=cells, priorities=[_ranked("robbery")]
        )
    )
    assert one.statement.startswith("town-hall (local) has legal authority below 3 of 5")
    assert one.statement.endswith("for: community policing; shelters.")
    assert len(one.estimates) == 2


def test_a_flow_with_fewer_than_ten_cases_is_told_without_its_count() -> None:
    flow = {"flow": "drugs", "area": "testville", "n": 7.0, "grade": "E", "status": "hypothesis", "illustrative": False}
    drugs = load_pack("usg-core").flows[0].model_copy(update={"id": "drugs", "name": "Drugs"})
    changes = {"flows": (drugs,), "flow_events": 100}
    one = only(stated(make.rates("A16", [9]), "few-cases", pack_changes=changes, nexus=[flow]))
    assert "fewer than 10 recorded cases" in one.statement
    assert 7.0 not in one.words.values()


def test_a_missing_indicator_of_the_rapid_set_is_stated_with_grade_none() -> None:
    rapid = (make.indicator("A16", rapid=True),)
    one = only(stated([make.missing("A16")], "no-evidence", pack_changes={"indicators": rapid}))
    assert (one.grade, one.id) == ("none", "no-evidence|A16")


def test_a_rule_salus_does_not_know_is_an_error_that_names_those_it_knows() -> None:
    unknown = FindingRule(id="odd", theme="crime-violence", when="odd_rule", statement="s", limits="l")
    with pytest.raises(Exception, match="odd_rule") as raised:
        state(tables(make.rates("A16", [9])), make.pack(findings=(unknown,)), make.city())
    assert "falling" in str(raised.value)


def _latest(rows: list[dict[str, Any]]) -> pl.DataFrame:
    _, result = state(tables(rows), pack(), make.city())
    return result.tables["triangulation"]


def test_two_sources_agree_when_their_intervals_overlap() -> None:
    agreeing = [*make.rates("A16", [500]), *make.rates("A16", [510], source="survey")]
    apart = [*make.rates("A16", [500]), *make.rates("A16", [900], source="survey")]
    assert _latest(agreeing)["agrees"].to_list() == [True, True]
    assert _latest(apart)["agrees"].to_list() == [False, False]


def test_a_source_that_another_figure_already_holds_is_no_second_source() -> None:
    rows = [*make.rates("A16", [500]), make.rate("A16", 2500, year=None, source="records+counts")]
    assert _latest(rows).height == 0
    assert _latest([*rows, make.rate("A16", 700, source="survey")])["source"].to_list() == ["records+counts", "survey"]


def test_each_answer_names_the_estimate_it_comes_from() -> None:
    rows = [*make.rates("A16", [500]), *make.rates("A16", [510], source="survey")]
    assert _latest(rows)["estimate"].to_list() == [
        "estimates:A16|testville||2019-01-01|2019-12-31|records",
        "estimates:A16|testville||2019-01-01|2019-12-31|survey",
    ]
