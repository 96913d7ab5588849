"""Which step unlocks most: capacity and authority, told apart."""

import pytest

from salus.responses import respond
from salus.stats.draws import DrawSource
from tests.unit import builders as make
from tests.unit import response_builders as given


def held_back(rule: str, **lead: object) -> dict[str, object]:
    result = given.answer(given.quantified("patrols", "lights"), leads=[given.lead(rule=rule, **lead)])
    return given.one(result, "steps")


def test_a_capacity_step_goes_from_what_there_is_to_what_is_needed() -> None:
    row = held_back("build_capacity")
    assert (row["kind"], row["from"], row["to"]) == ("capacity", 2.0, 3.0)
    assert row["unlocks"] == "lights;patrols"
    assert (row["cost_low"], row["cost_high"]) == (1e3, 1e4)


def test_the_benefit_of_a_step_is_the_weighted_harm_of_all_it_holds_back() -> None:
    row = held_back("build_capacity")
    # Two options, each averting 100 events of severity 3.
    assert row["benefit"] == pytest.approx(600, rel=0.01)
    assert row["low"] < row["benefit"] < row["high"]


def test_an_authority_step_goes_to_the_threshold_and_costs_half() -> None:
    row = held_back("enable")
    assert (row["kind"], row["from"], row["to"]) == ("authority", 1.0, 3.0)
    assert (row["cost_low"], row["cost_high"]) == (500, 5e3)


def test_a_claimant_that_lacks_both_needs_both_steps() -> None:
    result = given.answer(given.quantified("patrols"), leads=[given.lead(rule="enable", capacity=1.0)])
    assert set(result.tables["steps"]["kind"]) == {"authority", "capacity"}
    assert given.chosen(result, 2023) == set()
    assert given.chosen(result, 2024) == {"patrols"}


def test_unknown_capacity_is_a_step_from_unknown() -> None:
    assert held_back("capacity_unknown")["from"] is None


def test_no_step_is_named_where_nothing_is_held_back_or_nothing_would_be_gained() -> None:
    assert given.answer(given.quantified("patrols")).tables["steps"].is_empty()
    useless = given.quantified("patrols", effects=(given.effect("patrols", 1.2, 1.1, 1.3),))
    assert given.answer(useless, leads=[given.lead(rule="enable")]).tables["steps"].is_empty()
    unknown = given.quantified("patrols", effects=())
    assert given.answer(unknown, leads=[given.lead(rule="enable")]).tables["steps"].is_empty()


def test_a_step_needs_the_most_that_any_option_asks() -> None:
    leads = [given.lead(rule="build_capacity", min_capacity=need) for need in (3, 4)]
    pack = given.quantified(
        interventions=(given.intervention("a"), given.intervention("b", min_capacity=4)),
        effects=(given.effect("a"), given.effect("b")),
    )
    row = given.one(given.answer(pack, leads=leads), "steps")
    assert (row["from"], row["to"], row["unlocks"]) == (2.0, 4.0, "a;b")


def test_a_step_rests_on_its_governance_cell_and_its_options() -> None:
    result = given.answer(given.quantified("patrols"), leads=[given.lead(rule="build_capacity")])
    below = result.lineage.filter(key="steps:community-policing|local|city-hall|capacity|false")
    assert set(below["from_key"]) == {
        "gaps:community-policing|local|city-hall|false",
        "options:patrols|robbery|false",
    }


def test_where_nobody_can_be_named_the_step_rests_on_all_cells_of_the_function() -> None:
    leads = [given.lead(rule="orphan", level="", institution="")]
    result = given.answer(given.quantified("patrols"), leads=leads)
    below = result.lineage.filter(table="steps", from_table="gaps")
    assert set(below["from_key"]) == {"gaps:community-policing|local|city-hall|false"}


def test_a_ranking_without_illustrative_view_serves_both_views_of_the_leads() -> None:
    ranked, gaps, leads = given.tables([given.lead(), given.lead(illustrative=True)], given.ranks("robbery"), [])
    result = respond(
        make.estimates(given.counted()), ranked, gaps, leads, given.quantified("patrols"), make.city(),
        given.decisions(1e6), DrawSource(1, 50),
    )  # fmt: skip
    below = result.lineage.filter(key="options:patrols|robbery|true", from_table="priorities")
    assert below["from_key"].to_list() == ["priorities:robbery|false"]
