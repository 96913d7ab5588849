import numpy as np

from salus.disclosure.additive import Additive, Attacker
from salus.disclosure.exposing import exposed
from salus.disclosure.hiding import Choice
from salus.disclosure.protect import cheapest, protect
from salus.disclosure.suppression import margins


def _case(table: np.ndarray) -> tuple[Additive, Attacker, Choice]:
    """A table with published totals, and a reader from whom cells of 1 to 4 keep a width of 5."""
    values = np.concatenate([table.ravel(), table.sum(1), table.sum(0), [table.sum()]]).astype(float)
    system = Additive(values, margins(*table.shape), np.zeros(sum(table.shape) + 2))
    inner = np.arange(values.size) < table.size
    small = inner & (values > 0) & (values < 5)
    cells = np.flatnonzero(small)
    reader = Attacker(np.zeros(values.size), np.full(values.size, np.inf), cells, np.full(cells.size, 5.0))
    return system, reader, Choice(small, inner & ~small, values)


def test_hiding_smallest_first_protects_and_costs_at_most_twice_the_least_cost() -> None:
    random = np.random.default_rng(4)
    quick, least = 0.0, 0.0
    for _ in range(6):
        system, reader, choice = _case(random.poisson(random.gamma(1, 9, (9, 5))))
        hidden, stuck = protect(system, (reader,), choice)
        best = cheapest(system, (reader,), choice)
        assert best is not None
        assert stuck.size == 0
        assert exposed(system, reader, hidden).size == exposed(system, reader, best).size == 0
        quick += float(system.values[hidden & ~choice.hidden].sum())
        least += float(system.values[best & ~choice.hidden].sum())
    assert 0 < least <= quick <= 2 * least


def test_a_cell_that_nothing_can_protect_is_reported_as_stuck() -> None:
    system, reader, choice = _case(np.array([[3, 0], [0, 90]]))
    no_choice = Choice(choice.hidden, np.zeros(choice.hidden.size, dtype=bool), choice.cost)
    hidden, stuck = protect(system, (reader,), no_choice)
    assert stuck.tolist() == [0]
    assert hidden.tolist() == choice.hidden.tolist()
    assert cheapest(system, (reader,), no_choice) is None


def test_a_cell_alone_in_its_row_is_exposed() -> None:
    system, reader, choice = _case(np.array([[3, 40], [50, 90]]))
    assert exposed(system, reader, choice.hidden).tolist() == [0]
