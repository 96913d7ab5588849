"""Weights and rankings from judgements: consistency, elections with known outcomes, acceptability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.stats.preferences import ahp, best_worst, borda, condorcet, schulze, smaa, swing

WEIGHTS = st.lists(st.floats(0.05, 1), min_size=2, max_size=7).map(lambda x: np.array(x) / sum(x))
# Schulze (2011), section 3.1: 45 voters, five candidates, winner E.
SCHULZE = [
    (5, "ACBED"),
    (5, "ADECB"),
    (8, "BEDAC"),
    (3, "CABED"),
    (7, "CAEBD"),
    (2, "CBADE"),
    (7, "DCEBA"),
    (8, "EBADC"),
]


@given(WEIGHTS)
def test_consistent_comparisons_give_back_their_weights(weights: np.ndarray) -> None:
    found = ahp(weights[:, None] / weights)
    assert np.allclose(found.weights, weights)
    assert abs(found.consistency_ratio) < 1e-8


@given(st.permutations([0, 1, 2]))
def test_the_order_of_criteria_only_reorders_their_weights(order: list[int]) -> None:
    matrix = np.array([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    assert np.allclose(ahp(matrix[np.ix_(order, order)]).weights, ahp(matrix).weights[order])


def test_comparisons_that_contradict_each_other_are_inconsistent() -> None:
    assert ahp([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]]).consistency_ratio > 0.1


def test_comparisons_that_are_not_reciprocal_are_refused() -> None:
    with pytest.raises(BadInput, match="not reciprocal"):
        ahp([[1, 2], [2, 1]])


def test_consistent_best_and_worst_answers_leave_no_error() -> None:
    found = best_worst([1, 2, 4, 8], [8, 4, 2, 1])
    assert abs(found.ksi) < 1e-9
    assert np.allclose(found.weights, np.array([8, 4, 2, 1]) / 15)


def test_answers_without_a_best_are_refused() -> None:
    with pytest.raises(BadInput):
        best_worst([2, 3], [3, 1])


def test_swing_points_keep_their_proportions_and_may_not_all_be_zero() -> None:
    assert swing([50, 25, 25]).tolist() == [0.5, 0.25, 0.25]
    with pytest.raises(BadInput):
        swing([0, 0])


def test_the_example_of_schulze_has_no_condorcet_winner_and_his_ranking() -> None:
    assert condorcet(SCHULZE).winner is None
    assert condorcet(SCHULZE).reason == "no alternative beats all others"
    found = schulze(SCHULZE)
    assert found.ranking == ("E", "A", "C", "B", "D")
    assert found.winners == ("E",)
    assert (found.strength["A", "B"], found.strength["E", "D"]) == (28, 31)


@given(st.lists(st.tuples(st.integers(0, 20), st.permutations("ABCD")), min_size=1, max_size=6))
def test_a_condorcet_winner_also_wins_by_schulze(profile: list[tuple[int, list[str]]]) -> None:
    winner = condorcet(profile).winner
    if winner is not None:
        assert schulze(profile).ranking[0] == winner


@given(st.lists(st.tuples(st.integers(0, 20), st.permutations("ABCD")), min_size=1, max_size=6))
def test_borda_points_add_up_to_those_of_all_ballots(profile: list[tuple[int, list[str]]]) -> None:
    assert sum(borda(profile).values()) == 6 * sum(voters for voters, _ in profile)


def test_a_ballot_that_leaves_an_alternative_out_is_refused() -> None:
    with pytest.raises(BadInput):
        borda([(1, "ABC"), (1, "AB")])


def test_two_alternatives_split_the_simplex_where_their_scores_cross() -> None:
    found = smaa([[1.0, 0.0], [0.0, 0.5]], draws=100_000, seed=1)
    assert abs(found.rank_acceptability[0, 0] - 2 / 3) < 0.005
    assert np.allclose(found.central_weights[0], [2 / 3, 1 / 3], atol=0.005)
    assert np.allclose(found.rank_acceptability.sum(axis=1), 1)


def test_given_weights_are_used_as_they_are_and_by_draw_with_uncertain_scores() -> None:
    weights = np.array([[0.9, 0.1], [0.1, 0.9], [0.4, 0.6]])
    scores = np.array([[1.0, 0.0], [0.0, 1.0]])
    flat = smaa(scores, weights)
    deep = smaa(np.stack([scores, scores, scores[::-1]]), weights)
    assert np.allclose(flat.rank_acceptability[0], [1 / 3, 2 / 3])
    assert np.allclose(deep.rank_acceptability[0], [2 / 3, 1 / 3])
    assert np.isclose(deep.pairwise[0, 1], 2 / 3)


def test_an_alternative_that_is_never_first_has_no_central_weights() -> None:
    found = smaa([[0.9, 0.9], [0.1, 0.1]], draws=100, seed=1)
    assert np.isnan(found.central_weights[1]).all()
    assert found.reason == "some alternatives are never first"


def test_one_seed_gives_one_result() -> None:
    first, second = (smaa([[0.8, 0.3], [0.2, 0.9]], draws=50, seed=3) for _ in range(2))
    assert np.array_equal(first.central_weights, second.central_weights)
