import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.priorities import burden_score, condition_score, inequity_score, severity_score, trend_score

SCORES = (burden_score, condition_score, severity_score, trend_score, inequity_score)


def test_a_condition_counts_from_one_in_a_thousand_to_everybody() -> None:
    scores = condition_score([0, 50, 100, 1000, 10_000, 100_000]).tolist()
    assert scores == pytest.approx([0, 0, 0, 100 / 3, 200 / 3, 100])
    assert (condition_score([300, 3000]) < burden_score([300, 3000])).all()


def test_burden_rises_by_25_with_each_factor_of_ten() -> None:
    assert burden_score([1, 10, 100, 1000, 10_000]).tolist() == pytest.approx([0, 25, 50, 75, 100])


def test_ratios_and_their_inverses_are_equally_far_from_50() -> None:
    for score, ratio in ((trend_score, 1.1), (inequity_score, 1.5)):
        assert float(score(ratio)) - 50 == pytest.approx(50 - float(score(1 / ratio)))


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20))
def test_scores_stay_between_0_and_100_and_keep_the_order(values: list[float]) -> None:
    for score in SCORES:
        scored = score(np.sort(values))
        assert scored.min() >= 0
        assert scored.max() <= 100
        assert (np.diff(scored) >= 0).all()
