"""Suppression is attacked with linear programs written here, apart from the product's own."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from salus.disclosure import Suppressed, audit, audit_informed, suppress
from salus.errors import BadInput


def _range(released: Suppressed, cell: tuple[int, int]) -> tuple[float, float]:
    """What a reader of the table and its published totals can say of a cell; totals may be hidden too."""
    rows, columns = released.table.shape
    parts = [released.table.ravel(), released.row_totals, released.column_totals, [released.total]]
    numbers = np.concatenate(parts)
    grid = np.arange(rows * columns).reshape(rows, columns)
    row_ids = rows * columns + np.arange(rows)
    column_ids = rows * columns + rows + np.arange(columns)
    sums = [(*grid[i], -row_ids[i]) for i in range(rows)]
    sums += [(*grid[:, j], -column_ids[j]) for j in range(columns)]
    sums += [(*row_ids, -(numbers.size - 1)), (*column_ids, -(numbers.size - 1))]
    matrix = np.zeros((len(sums), numbers.size))
    for line, members in enumerate(sums):
        for member in members[:-1]:
            matrix[line, member] = 1
        matrix[line, -members[-1]] = -1
    bounds = [(0, None) if np.isnan(v) else (v, v) for v in numbers]
    aim = np.zeros(numbers.size)
    aim[grid[cell]] = 1
    low = linprog(aim, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=bounds)
    high = linprog(-aim, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=bounds)
    return float(low.fun), float("inf") if high.fun is None else float(-high.fun)


TABLES = arrays(np.int64, st.tuples(st.integers(2, 5), st.integers(2, 4)), elements=st.integers(0, 14))


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_no_small_count_of_any_table_can_be_narrowed_below_the_threshold(table: np.ndarray) -> None:
    released = suppress(table)
    assert released.primary == tuple(zip(*np.nonzero((table > 0) & (table < 5)), strict=True))
    for cell in released.primary:
        low, high = _range(released, cell)
        assert high - low >= 5 - 1e-6
        assert low - 1e-6 <= table[cell] <= high + 1e-6


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_the_audit_never_pins_a_primary_cell_even_when_told_which_were_small(table: np.ndarray) -> None:
    released = suppress(table)
    informed = audit_informed(released)
    for cell in released.primary:
        low, high = informed[cell]
        assert 1 <= low < high <= 4
        assert low <= table[cell] <= high


@settings(max_examples=40, deadline=None)
@given(TABLES)
def test_the_audit_agrees_with_an_attack_written_apart(table: np.ndarray) -> None:
    released = suppress(table)
    for cell, ends in audit(released).items():
        assert ends == pytest.approx(_range(released, cell), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(arrays(np.int64, st.integers(2, 12), elements=st.integers(0, 30)))
def test_a_column_with_a_total_never_hides_one_cell_alone(column: np.ndarray) -> None:
    released = suppress(column)
    hidden = np.isnan(released.table)
    assert hidden.sum() != 1 or np.isnan(released.total)
    for low, high in audit(released).values():
        assert high - low >= 1


def test_a_column_hides_its_smallest_further_cell() -> None:
    released = suppress([2, 60, 35, 9, 80])
    assert released.primary == ((0,),)
    assert released.secondary == ((3,),)
    assert audit(released)[0,] == (0.0, 11.0)


def test_the_sum_of_hidden_cells_is_no_small_count_itself() -> None:
    released = suppress([1, 1, 70, 20])
    assert np.nansum(released.table) == 70
    assert released.total == 92


def test_the_exact_pattern_costs_no_more_than_any_pattern_found_by_trying_all() -> None:
    table = np.array([[20, 3, 10], [8, 19, 22], [17, 32, 12]])
    released = suppress(table)
    assert released.exact
    free = [cell for cell in itertools.product(range(3), range(3)) if cell != (0, 1)]
    costs = []
    for size in range(len(free) + 1):
        for chosen in itertools.combinations(free, size):
            shown = table.astype(float)
            for cell in [(0, 1), *chosen]:
                shown[cell] = np.nan
            attempt = Suppressed(
                shown,
                table.sum(1).astype(float),
                table.sum(0).astype(float),
                float(table.sum()),
                ((0, 1),),
                chosen,
                0.0,
                0.0,
                exact=False,
                threshold=5,
                by_threshold=True,
            )
            low, high = _range(attempt, (0, 1))
            told = audit_informed(attempt)[0, 1]
            if high - low >= 5 and told[1] > told[0]:
                costs.append(sum(table[cell] for cell in chosen))
    assert released.cost == min(costs)


def test_zeros_are_shown_and_hidden_cells_are_not_zeros() -> None:
    released = suppress([[0, 30, 40, 3], [50, 60, 70, 80], [15, 25, 0, 20]])
    assert released.table[0, 0] == 0
    assert np.isnan(released.table[0, 3])


def test_a_table_with_nothing_small_is_released_unchanged() -> None:
    table = [[20, 50, 10], [8, 19, 22], [0, 32, 12]]
    released = suppress(table)
    assert np.array_equal(released.table, table)
    assert (released.cost, released.loss, released.secondary) == (0.0, 0.0, ())


def test_a_total_that_is_a_small_count_is_hidden_like_a_cell() -> None:
    released = suppress([[1, 2, 0], [30, 40, 50], [60, 70, 80]])
    assert np.isnan(released.row_totals[0])
    assert np.isnan(released.row_totals).sum() >= 2 or np.isnan(released.total)


def test_a_table_of_one_small_count_hides_its_total() -> None:
    released = suppress([[3]])
    assert np.isnan(released.total)
    assert audit(released)[0, 0][1] == np.inf


def test_300_areas_by_8_offences_are_protected_and_little_else_is_hidden() -> None:
    random = np.random.default_rng(1)
    table = random.poisson(random.gamma(0.8, 10, (300, 8)))
    released = suppress(table)
    intervals = audit(released)
    assert len(released.primary) > 500
    assert min(intervals[cell][1] - intervals[cell][0] for cell in released.primary) >= 5
    assert not released.exact
    assert released.loss < 0.15


@pytest.mark.parametrize("table", [[[1.5, 2]], [[-1, 2]], [[np.nan, 2]], [], [[[1]]]])
def test_what_is_no_table_of_counts_is_refused(table: list[object]) -> None:
    with pytest.raises(BadInput):
        suppress(table)


def test_a_threshold_that_leaves_one_value_possible_is_refused() -> None:
    with pytest.raises(BadInput, match="can only be 1"):
        suppress([1, 20], threshold=2)


def test_a_named_cell_outside_the_table_is_refused() -> None:
    with pytest.raises(BadInput, match="No cell"):
        suppress([[1, 20]], primary=[(4, 0)])
