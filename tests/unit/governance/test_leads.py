import pytest

from salus.governance import Cell, lead_level
from salus.governance.leads import enabling_action, supporters
from tests.unit.builders import function

TASK = "community-policing"


def cell(level: str, authority: float | None, capacity: float | None = None, name: str = "") -> Cell:
    return Cell(TASK, level, name or f"{level}-body", authority=authority, capacity=capacity)


LOCAL, STATE, NATION = cell("local", 4, 2), cell("subnational", 3, 3.5), cell("national", 5, 5)


@pytest.mark.parametrize(
    ("needed", "level", "rule"),
    [(2, "local", "ready"), (3, "subnational", "ready"), (4, "national", "ready")],
)
def test_the_lowest_level_that_may_and_can_leads(needed: float, level: str, rule: str) -> None:
    lead = lead_level([NATION, LOCAL, STATE], needed)
    assert lead.cell is not None
    assert (lead.cell.level, lead.rule) == (level, rule)


def test_local_authority_zero_moves_the_lead_to_the_next_level() -> None:
    assert lead_level([LOCAL, STATE], 2).cell == LOCAL
    assert lead_level([cell("local", 0, 2), STATE], 2).cell == STATE


def test_where_nobody_can_the_lowest_with_authority_builds_capacity() -> None:
    lead = lead_level([LOCAL, STATE], 5)
    assert (lead.rule, lead.cell) == ("build_capacity", LOCAL)
    (action,) = enabling_action(function(TASK), lead, 5, cells=[LOCAL, STATE], threshold=3)
    assert action.plain == "Build the capacity of local-body for: community-policing, from 2 to 5 of 5."


def test_capacity_that_nobody_rated_is_unknown_and_never_zero_or_enough() -> None:
    unknown = cell("local", 4)
    assert lead_level([unknown], 0).rule == "capacity_unknown"
    assert lead_level([unknown, STATE], 3).cell == STATE


def test_a_function_without_authority_anywhere_is_an_orphan_and_names_the_strongest_claim() -> None:
    lead = lead_level([cell("local", 1, 5), cell("national", 2, 1)], 2)
    assert lead.rule == "orphan"
    assert lead.cell is not None
    assert lead.cell.level == "national"


def test_authority_at_an_unreviewed_level_leaves_room_so_the_claimant_is_enabled() -> None:
    cells = [cell("local", 2, 4), cell("national", None)]
    lead = lead_level(cells, 3)
    assert (lead.rule, lead.cell) == ("enable", cells[0])
    (action,) = enabling_action(function(TASK), lead, 3, cells=cells, threshold=3)
    assert action.plain == (
        "Make a delegation agreement or a by-law that gives local-body authority for: community-policing,"
        " from 2 to at least 3 of 5."
    )


def test_the_community_never_leads_by_law() -> None:
    lead = lead_level([cell("community", 5, 5), cell("local", 0, 5)], 1)
    assert (lead.rule, lead.cell) == ("orphan", None)
    (action,) = enabling_action(function(TASK), lead, 1, cells=[], threshold=3)
    assert action.plain == "Reform the law: no institution has authority for: community-policing."


def test_a_function_nobody_rated_asks_for_a_rating_and_claims_nothing() -> None:
    lead = lead_level([], 1)
    assert (lead.rule, lead.cell) == ("capacity_unknown", None)


def test_of_two_able_institutions_at_a_level_the_more_capable_leads() -> None:
    police, attorney = cell("subnational", 5, 3, "police"), cell("subnational", 3, 4, "attorney")
    assert lead_level([police, attorney], 2).cell == attorney


@pytest.mark.parametrize("needed", range(6))
def test_more_capacity_at_the_lead_never_moves_the_lead_upward(needed: int) -> None:
    order = ["local", "subnational", "national"]
    for raised in (2.5, 3, 4, 5):
        before, after = (lead_level([cell("local", 4, c), STATE, NATION], needed).cell for c in (2, raised))
        assert before is not None
        assert after is not None
        assert order.index(after.level) <= order.index(before.level)


def test_support_needs_authority_of_two_but_flows_also_take_national_and_international() -> None:
    cells = [LOCAL, STATE, cell("national", 1), cell("international", 0), cell("community", 0)]
    assert supporters(function(TASK), cells, LOCAL) == ["subnational-body"]
    flows = function("firearms-control", "flows")
    assert supporters(flows, cells, LOCAL) == ["international-body", "national-body", "subnational-body"]


def test_a_flow_without_rated_partners_beyond_the_city_says_who_is_missing() -> None:
    flows = function("firearms-control", "flows")
    (action,) = enabling_action(flows, lead_level([LOCAL], 1), 1, cells=[LOCAL], threshold=3)
    assert action.plain == "Name the partner at this level, because it crosses borders: national; international."
