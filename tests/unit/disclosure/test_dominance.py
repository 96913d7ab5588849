"""Dominance rules against hand-worked cells; victims, households and one dominating offender count as one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.disclosure import distinct_victims, dominated, protection_width, suppress
from salus.errors import BadInput

CELLS = st.lists(st.lists(st.integers(0, 1000), max_size=6), min_size=1, max_size=6)


def test_a_cell_at_exactly_the_share_is_not_dominated_and_a_little_more_is() -> None:
    assert dominated([[75, 15, 10], [76, 14, 10]], p=None).tolist() == [False, True]


def test_the_two_largest_together_can_dominate() -> None:
    assert dominated([[50, 40, 10]], n=2, k=0.85, p=None).tolist() == [True]
    assert dominated([[50, 40, 10]], n=1, k=0.85, p=None).tolist() == [False]


def test_the_second_largest_may_not_work_out_the_largest_to_within_p() -> None:
    # rest = 4 < 10 % of 50: the second knows the first to within 4 of 50; with a rest of 5 no longer
    assert dominated([[50, 40, 4], [50, 40, 5]], p=0.1).tolist() == [True, False]


def test_a_single_contributor_is_always_dominating_and_an_empty_cell_never() -> None:
    assert dominated([[7], [0, 0], []]).tolist() == [True, False, False]


@given(CELLS, st.integers(1, 50))
def test_dominance_does_not_depend_on_order_or_unit(cells: list[list[int]], times: int) -> None:
    turned = [[x * times for x in reversed(cell)] for cell in cells]
    assert np.array_equal(dominated(turned, k=0.5, p=0.125), dominated(cells, k=0.5, p=0.125))


@given(CELLS)
def test_a_cell_needs_room_exactly_where_it_is_dominated(cells: list[list[int]]) -> None:
    assert np.array_equal(protection_width(cells) > 0, dominated(cells))


@pytest.mark.parametrize("rule", [{"n": 0}, {"k": 75}, {"k": 0}, {"p": 10}])
def test_shares_written_as_percentages_are_refused(rule: dict[str, float]) -> None:
    with pytest.raises(BadInput, match=r"0\.75"):
        dominated([[1]], **rule)


def test_contributions_below_zero_are_refused() -> None:
    with pytest.raises(BadInput):
        dominated([[5, -1]])


def test_a_dominated_cell_is_hidden_with_room_around_it() -> None:
    cells = [[9000, 100, 50], [400, 350, 250], [300, 250, 200], [200, 300, 400], [350, 250, 250], [3000, 3100, 3300]]
    table = np.array([sum(c) for c in cells]).reshape(3, 2)
    released = suppress(table, primary=dominated(cells).reshape(3, 2), protection=float(protection_width(cells).max()))
    assert released.primary == ((0, 0),)
    assert np.isnan(released.table[0, 0])
    assert np.isnan(released.table).sum() + np.isnan(released.row_totals).sum() >= 2


def test_a_repeat_victim_counts_once() -> None:
    assert distinct_victims({"a": 40, "b": 1}) == 2


def test_a_household_counts_once_and_unknown_households_are_not_one() -> None:
    assert distinct_victims({"a": 1, "b": 1, "c": 1, "d": 1}, household={"a": 1, "b": 1}) == 3


def test_the_victims_of_a_dominating_offender_count_once() -> None:
    events = {"a": 4, "b": 4, "c": 1}
    assert distinct_victims(events, offender={"a": "x", "b": "x", "c": "y"}) == 2
    assert distinct_victims(events, offender={"a": "x", "b": "y", "c": "z"}) == 3


def test_a_household_that_shares_the_dominating_offender_is_counted_with_his_victims() -> None:
    # a and b are x's; b and c live together: all three are one, d is apart
    events = {"a": 5, "b": 5, "c": 1, "d": 1}
    assert distinct_victims(events, household={"b": "h", "c": "h"}, offender={"a": "x", "b": "x", "c": "y"}) == 2


@settings(max_examples=200)
@given(
    st.dictionaries(st.integers(0, 9), st.integers(0, 5), max_size=10),
    st.dictionaries(st.integers(0, 9), st.integers(0, 3)),
    st.dictionaries(st.integers(0, 9), st.integers(0, 3)),
)
def test_knowing_more_never_makes_more_persons(
    events: dict[int, int], homes: dict[int, int], offenders: dict[int, int]
) -> None:
    plain = distinct_victims(events)
    joined = distinct_victims(events, household=homes, offender=offenders)
    assert joined <= distinct_victims(events, household=homes) <= plain <= sum(events.values())
    assert (joined > 0) == (plain > 0)


def test_a_victim_with_a_count_below_zero_is_refused() -> None:
    with pytest.raises(BadInput):
        distinct_victims({"a": -1})
