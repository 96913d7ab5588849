"""What binds a narrow interval, and programmes that go on from where the last one ended."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog
from scipy.sparse import csc_array

from salus.disclosure.additive import Additive, Attacker, regions
from salus.disclosure.exposing import Reach, exposed
from salus.disclosure.programs import Program
from salus.disclosure.suppression import margins
from salus.errors import Withheld

TABLES = arrays(np.int64, st.tuples(st.integers(2, 5), st.integers(2, 4)), elements=st.integers(0, 12))


def table_of(counts: np.ndarray) -> tuple[Additive, Attacker, np.ndarray]:
    """A table with published totals in which counts of 1 to 4 alone are hidden, and its reader."""
    values = np.concatenate([counts.ravel(), counts.sum(1), counts.sum(0), [counts.sum()]]).astype(float)
    system = Additive(values, margins(*counts.shape), np.zeros(sum(counts.shape) + 2))
    hidden = (np.arange(values.size) < counts.size) & (values > 0) & (values < 5)
    cells = np.flatnonzero(hidden)
    reader = Attacker(np.zeros(values.size), np.full(values.size, np.inf), cells, np.full(cells.size, 5.0))
    return system, reader, hidden


def width(system: Additive, reader: Attacker, hidden: np.ndarray, cell: int) -> float:
    """The interval of one cell by a programme of its own over the whole table."""
    bounds = [(0, v + 6) if h else (v, v) for v, h in zip(system.values, hidden, strict=True)]
    aim = np.zeros(hidden.size)
    aim[cell] = 1.0
    low = linprog(aim, A_eq=system.sums, b_eq=system.constant, bounds=bounds).fun
    high = -linprog(-aim, A_eq=system.sums, b_eq=system.constant, bounds=bounds).fun
    return float(np.floor(high + 1e-6) - np.ceil(low - 1e-6))


@settings(max_examples=25)
@given(TABLES)
def test_exposed_cells_are_those_whose_own_programme_gives_less_than_they_need(counts: np.ndarray) -> None:
    system, reader, hidden = table_of(counts)
    found = set(exposed(system, reader, hidden).tolist())
    assert found == {c for c in reader.cells.tolist() if width(system, reader, hidden, c) < 5}


@settings(max_examples=15)
@given(TABLES)
def test_hiding_a_cell_that_does_not_bind_helps_no_narrow_cell(counts: np.ndarray) -> None:
    """So one of those that bind has to be hidden: the quick way never looks in vain."""
    system, reader, hidden = table_of(counts)
    reach = Reach(system, reader)
    reach.look(hidden, hidden)
    for cell in reach.weak(hidden).tolist():
        before = width(system, reader, hidden, cell)
        for other in np.flatnonzero(~hidden & (system.values > 0)):
            if other in reach.binding[cell]:
                continue
            more = hidden.copy()
            more[other] = True
            assert width(system, reader, more, cell) == before


@settings(max_examples=25)
@given(TABLES, st.integers(0, 1000))
def test_many_questions_to_one_programme_have_the_answers_of_programmes_of_their_own(
    counts: np.ndarray, seed: int
) -> None:
    system, reader, hidden = table_of(counts)
    rng = np.random.default_rng(seed)
    for region in regions(system, reader, hidden):
        for _ in range(4):
            direction = rng.standard_normal(region.cells.size)
            high = np.fmin(region.high, 100.0)
            asked = region.push(direction) if region.rows.size else None
            if asked is None:
                continue
            own = linprog(-direction, A_eq=region.matrix, b_eq=region.right, bounds=list(zip(region.low, high)))  # noqa: B905
            assert direction @ asked == pytest.approx(-own.fun, abs=1e-6)


def test_sums_that_contradict_each_other_are_withheld_and_not_answered() -> None:
    twice = csc_array(np.array([[1.0, 1.0], [1.0, 1.0]]))
    program = Program(twice, np.array([3.0, 4.0]), np.zeros(2), np.full(2, 9.0))
    with pytest.raises(Withheld, match="could not be solved"):
        program.push(np.array([1.0, 0.0]))


def test_a_direction_without_an_end_is_answered_with_nothing() -> None:
    program = Program(csc_array(np.array([[1.0, -1.0]])), np.zeros(1), np.zeros(2), np.full(2, np.inf))
    assert program.push(np.array([1.0, 1.0])) is None
    assert program.push(np.array([-1.0, -1.0])).tolist() == [0.0, 0.0]
