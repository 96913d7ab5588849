"""Showing again what need not be hidden: nobody learns more, and nothing hidden could be shown alone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from salus.disclosure.additive import Additive, Attacker
from salus.disclosure.exposing import exposed
from salus.disclosure.hiding import Choice
from salus.disclosure.protect import _smallest_first, cheapest, protect
from salus.disclosure.sparing import spared
from salus.disclosure.suppression import margins

TABLES = arrays(np.int64, st.tuples(st.integers(3, 6), st.integers(3, 5)), elements=st.integers(0, 25))
SETTINGS = settings(max_examples=40)


def case(table: np.ndarray) -> tuple[Additive, tuple[Attacker, Attacker], Choice]:
    """A table with published totals; a reader, and one who is told which cells are from 1 to 4."""
    values = np.concatenate([table.ravel(), table.sum(1), table.sum(0), [table.sum()]]).astype(float)
    system = Additive(values, margins(*table.shape), np.zeros(sum(table.shape) + 2))
    inner = np.arange(values.size) < table.size
    small = inner & (values > 0) & (values < 5)
    cells = np.flatnonzero(small)
    nothing, endless = np.zeros(values.size), np.full(values.size, np.inf)
    reader = Attacker(nothing, endless, cells, np.full(cells.size, 5.0))
    told = Attacker(np.where(small, 1.0, 0.0), np.where(small, 4.0, np.inf), cells, np.ones(cells.size))
    return system, (reader, told), Choice(small, inner & ~small, values)


@SETTINGS
@given(TABLES)
def test_nobody_learns_more_when_needless_cells_are_shown_again(table: np.ndarray) -> None:
    system, attackers, choice = case(table)
    hidden, weak = _smallest_first(system, attackers, choice)
    left = spared(system, attackers, choice, hidden, weak)
    assert not (left & ~hidden).any()
    assert not (choice.hidden & ~left).any()
    for attacker in attackers:
        assert exposed(system, attacker, left).tolist() == exposed(system, attacker, hidden).tolist()


@SETTINGS
@given(TABLES)
def test_no_single_cell_that_is_left_hidden_could_be_shown(table: np.ndarray) -> None:
    system, attackers, choice = case(table)
    hidden, stuck = protect(system, attackers, choice)
    if stuck.size:
        return
    for cell in np.flatnonzero(hidden & ~choice.hidden):
        less = hidden.copy()
        less[cell] = False
        assert any(exposed(system, attacker, less).size for attacker in attackers)


def test_a_cell_hidden_needlessly_is_shown_again_and_the_needed_one_stays() -> None:
    system, attackers, choice = case(np.array([[3, 30, 40], [50, 60, 70], [9, 80, 20]]))
    hidden = choice.hidden.copy()
    hidden[[1, 5, 6, 7, 8]] = True
    nobody = (np.array([], dtype=np.int64),) * 2
    left = np.flatnonzero(spared(system, attackers, choice, hidden, nobody))
    assert left.tolist() == [0, 1, 6, 7]


def test_hiding_costs_on_average_a_fifth_more_than_the_least_at_most() -> None:
    random = np.random.default_rng(1)
    costs = np.zeros(3)
    while costs[2] < 500:
        table = random.negative_binomial(1.0, 1 / 13, (int(random.integers(3, 6)), int(random.integers(3, 6))))
        system, attackers, choice = case(table)
        reader = attackers[:1]
        if not 0 < reader[0].cells.size <= 4:
            continue
        first, weak = _smallest_first(system, reader, choice)
        best = cheapest(system, reader, choice)
        if weak[0].size or best is None:
            continue
        for position, mask in enumerate((first, spared(system, reader, choice, first, weak), best)):
            costs[position] += system.values[mask & ~choice.hidden].sum()
    assert costs[2] <= costs[1] <= costs[0]
    assert costs[1] <= 1.2 * costs[2]
