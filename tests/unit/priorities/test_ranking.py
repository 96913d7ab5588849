import numpy as np
import pytest

from salus.errors import BadInput
from salus.priorities import kendall_disagreement, rank_draws
from salus.priorities.groups import dirichlet
from salus.priorities.information import narrowing
from salus.priorities.ranking import total_scores
from salus.stats.draws import DrawSource
from salus.stats.preferences import smaa

TOY = np.array([[0.8, 0.3, 0.5], [0.5, 0.7, 0.4], [0.2, 0.9, 0.6]])


def weights(n: int) -> np.ndarray:
    return dirichlet([1, 1, 1, 0, 0], "toy", DrawSource(1, n))[:, :3]


def fixed(scores: np.ndarray, n: int) -> np.ndarray:
    return np.repeat(scores[:, :, None], n, axis=2)


def test_first_rank_acceptability_agrees_with_the_published_toy_case() -> None:
    # methods.md, I.smaa2.toy: uniform weights, 2e6 draws
    n = 40_000
    first = rank_draws(total_scores(fixed(TOY, n), weights(n))).first
    assert first == pytest.approx([0.411494, 0.041117, 0.547389], abs=0.01)


def test_ranks_on_fixed_scores_agree_with_smaa() -> None:
    drawn = weights(2000)
    theirs = smaa(TOY, weights=drawn).rank_acceptability
    ours = rank_draws(total_scores(fixed(TOY, 2000), drawn)).ranks
    shares = np.stack([(ours == rank).mean(axis=1) for rank in (1, 2, 3)], axis=1)
    assert shares == pytest.approx(np.asarray(theirs), abs=1e-9)


def test_ties_share_the_first_place() -> None:
    ranking = rank_draws(np.array([[1.0], [1.0], [0.0]]))
    assert ranking.first.tolist() == [0.5, 0.5, 0.0]
    assert ranking.expected.tolist() == [1.5, 1.5, 3.0]


def test_the_rank_interval_holds_ranks_that_occur() -> None:
    draws = np.vstack([np.r_[np.full(96, 9.0), np.zeros(4)], np.full(100, 5.0), np.full(100, 4.0)])
    ranking = rank_draws(draws)
    assert (ranking.low[0], ranking.high[0]) == (1.0, 1.0)
    assert (ranking.low[1], ranking.high[1]) == (2.0, 2.0)


def test_six_problems_leave_one_out_of_the_top_five() -> None:
    totals = np.repeat(np.arange(6.0)[:, None], 10, axis=1)
    assert rank_draws(totals).top.tolist() == [0, 1, 1, 1, 1, 1]


def test_disagreement_of_three_groups_matches_the_formula_by_hand() -> None:
    # rank sums 4, 7, 7 about a mean of 6: S = 4 + 1 + 1 = 6; W = 12·6 / (9·24) = 1/3
    ranks = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [2.0, 3.0, 1.0]])
    assert kendall_disagreement(ranks) == pytest.approx(2 / 3)


def test_groups_that_tie_everything_do_not_divide_by_zero() -> None:
    assert kendall_disagreement(np.ones((2, 3))) == 1.0


def test_disagreement_of_one_group_is_refused() -> None:
    with pytest.raises(BadInput, match="two groups"):
        kendall_disagreement(np.ones((1, 3)))


def test_knowing_a_criterion_without_weight_narrows_nothing() -> None:
    rng = np.random.default_rng(1)
    totals, score = rng.uniform(0, 100, (5, 400)), rng.uniform(0, 100, 400)
    assert narrowing(totals, 0, score, np.zeros(400)) == 0.0


def test_knowing_the_only_uncertain_criterion_leaves_no_interval() -> None:
    score = np.random.default_rng(1).uniform(0, 100, 400)
    totals = np.vstack([score, *(np.full(400, float(level)) for level in (20, 40, 60, 80))])
    now = rank_draws(totals)
    assert narrowing(totals, 0, score, np.ones(400)) == now.high[0] - now.low[0] == 4.0
