"""Arguments that estimators share: what is refused, and that seeds make results repeat."""

import numpy as np
import pytest
from scipy import sparse

from salus.errors import BadInput
from salus.stats.inputs import generator, numbers, tail_of, together, weight_matrix
from salus.stats.results import Measure


@pytest.mark.parametrize("values", [["a"], [np.inf], [np.nan], [-1.0], [[1.0], [1.0, 2.0]]])
def test_values_that_are_no_counts_are_refused(values: list[object]) -> None:
    with pytest.raises(BadInput):
        numbers(values, "counts", minimum=0)


def test_missing_values_pass_only_where_they_are_allowed() -> None:
    assert np.isnan(numbers([np.nan, 1.0], "counts", missing=True)).tolist() == [True, False]


def test_lists_of_different_length_or_none_at_all_are_refused() -> None:
    with pytest.raises(BadInput, match="events, exposure must be lists of one length"):
        together(events=np.zeros(2), exposure=np.zeros(3))
    with pytest.raises(BadInput):
        together(events=np.zeros(0))


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_outside_zero_and_one_is_refused(level: float) -> None:
    with pytest.raises(BadInput):
        tail_of(level)


def test_no_seed_stands_for_zero_and_a_generator_is_used_as_it_is() -> None:
    rng = np.random.default_rng(5)
    assert generator(rng) is rng
    assert generator(None).random() == generator(0).random()


def test_weights_come_from_a_matrix_or_from_a_graph_with_a_sparse_one() -> None:
    class Graph:
        sparse = sparse.coo_array(np.array([[0, 1], [1, 0]]))

    assert (weight_matrix(Graph(), 2) != weight_matrix([[0, 1], [1, 0]], 2)).nnz == 0


def test_a_measure_is_a_number_that_keeps_its_reason() -> None:
    undefined = Measure(float("nan"), "no events")
    assert np.isnan(undefined.value)
    assert undefined.reason == "no events"
    assert Measure(0.5) + 1 == 1.5
