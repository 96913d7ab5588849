"""Controlled rounding beside all roundings of small tables, tried one by one."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from salus.disclosure import Rounded, round_hierarchy, round_table
from salus.disclosure.rounding import _gap
from salus.errors import BadInput, Withheld


def _choices(value: int, base: int) -> tuple[int, ...]:
    low = value // base * base
    return (low,) if low == value else (low, low + base)


def _least_distance(table: np.ndarray, base: int) -> float:
    """Of all tables of neighbouring multiples whose totals are neighbouring multiples too."""
    best = np.inf
    for cells in itertools.product(*(_choices(int(v), base) for v in table.ravel())):
        tried = np.reshape(cells, table.shape)
        off = 0.0
        for axis in (0, 1, None):
            true, made = np.atleast_1d(table.sum(axis)), np.atleast_1d(tried.sum(axis))
            near = all(m in _choices(int(t), base) for t, m in zip(true, made, strict=True))
            off = off + float(np.abs(true - made).sum()) if near else np.inf
        best = min(best, off + float(np.abs(table - tried).sum()))
    return best


SMALL = arrays(np.int64, st.tuples(st.integers(2, 3), st.integers(2, 3)), elements=st.integers(0, 12))
LARGER = arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 6)), elements=st.integers(0, 60))
BASE = st.sampled_from([3, 5])


@settings(max_examples=60, deadline=None)
@given(SMALL, BASE)
def test_no_rounding_found_by_trying_all_is_nearer(table: np.ndarray, base: int) -> None:
    rounded = round_table(table, base)
    assert rounded.proven
    assert rounded.gap == 0.0
    assert rounded.distance == _least_distance(table, base)


@settings(max_examples=80, deadline=None)
@given(LARGER, BASE)
def test_a_rounded_table_adds_up_exactly(table: np.ndarray, base: int) -> None:
    rounded = round_table(table, base)
    assert np.array_equal(rounded.table.sum(1), rounded.row_totals)
    assert np.array_equal(rounded.table.sum(0), rounded.column_totals)
    assert rounded.row_totals.sum() == rounded.column_totals.sum() == rounded.total


def _all_numbers(rounded: Rounded) -> np.ndarray:
    return np.concatenate([rounded.table.ravel(), rounded.row_totals, rounded.column_totals, [rounded.total]])


@settings(max_examples=80, deadline=None)
@given(LARGER, BASE)
def test_every_number_is_a_multiple_less_than_one_base_away_and_multiples_stay(table: np.ndarray, base: int) -> None:
    true = np.concatenate([table.ravel(), table.sum(1), table.sum(0), [table.sum()]])
    made = _all_numbers(round_table(table, base))
    assert (made % base == 0).all()
    assert (np.abs(made - true) < base).all()
    assert np.array_equal(made[true % base == 0], true[true % base == 0])


@settings(max_examples=60, deadline=None)
@given(arrays(np.int64, st.integers(1, 15), elements=st.integers(0, 40)), BASE)
def test_a_column_is_rounded_with_its_total(column: np.ndarray, base: int) -> None:
    rounded = round_table(column, base)
    assert rounded.table.shape == column.shape
    assert rounded.table.sum() == rounded.total
    assert abs(rounded.total - column.sum()) < base


@st.composite
def _trees(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    """A random tree whose leaves have counts; wholes are sums."""
    size = draw(st.integers(1, 25))
    parents = [-1] + [draw(st.integers(0, i - 1)) for i in range(1, size)]
    counts = np.zeros(size, dtype=np.int64)
    for node in reversed(range(size)):
        if node not in parents:
            counts[node] = draw(st.integers(0, 30))
        if node:
            counts[parents[node]] += counts[node]
    return counts, parents


@settings(max_examples=80, deadline=None)
@given(_trees(), BASE)
def test_parts_of_a_hierarchy_add_up_to_wholes_at_every_level(tree: tuple[np.ndarray, list[int]], base: int) -> None:
    counts, parents = tree
    made = round_hierarchy(counts, parents, base).table
    assert (np.abs(made - counts) < base).all()
    assert (made % base == 0).all()
    for whole in set(parents) - {-1}:
        assert made[whole] == sum(made[i] for i, p in enumerate(parents) if p == whole)


def test_a_hierarchy_of_one_level_is_rounded_as_near_as_a_column() -> None:
    column = [1, 4, 7, 12, 2]
    tree = round_hierarchy([sum(column), *column], [-1, 0, 0, 0, 0, 0])
    assert tree.distance == round_table(column).distance


def test_300_areas_by_8_offences_are_rounded_and_proven_nearest() -> None:
    random = np.random.default_rng(1)
    rounded = round_table(random.poisson(random.gamma(0.8, 10, (300, 8))), base=5)
    assert rounded.proven
    assert rounded.total == rounded.table.sum()


def test_running_out_of_time_without_a_rounding_is_refused() -> None:
    table = np.random.default_rng(3).poisson(40, (200, 60))
    with pytest.raises(Withheld, match="seconds"):
        round_table(table, seconds=1e-9)


def test_the_gap_is_the_share_of_the_distance_that_might_be_saved() -> None:
    assert _gap(20.0, np.array([3.0, 4.0, 8.0]), -5.0) == 0.5
    assert _gap(20.0, np.array([3.0]), None) == 1.0


@pytest.mark.parametrize("table", [[[1.5, 2]], [[-1, 2]], [[np.nan, 2]], [], [[[1]]]])
def test_what_is_no_table_of_counts_is_not_rounded(table: list[object]) -> None:
    with pytest.raises(BadInput):
        round_table(table)


@pytest.mark.parametrize("base", [0, 1, 2, -5])
def test_a_base_that_protects_nothing_is_refused(base: int) -> None:
    with pytest.raises(BadInput, match="protects nothing"):
        round_table([1, 2], base=base)


@pytest.mark.parametrize("parents", [[-1, -1, 0], [1, 2, 0], [-1, 0], [-1, 0, 9], [-1, 2, 1]])
def test_parents_that_form_no_tree_are_refused(parents: list[int]) -> None:
    with pytest.raises(BadInput, match="no tree"):
        round_hierarchy([3, 1, 2], parents)


def test_a_whole_that_is_not_the_sum_of_its_parts_is_refused() -> None:
    with pytest.raises(BadInput, match="position 0"):
        round_hierarchy([4, 1, 2], [-1, 0, 0])
