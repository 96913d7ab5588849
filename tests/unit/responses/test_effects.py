"""Which effect speaks for a city and how it travels: hand-worked cases."""

import numpy as np
import pytest

from salus.errors import BadInput
from salus.responses.effects import choose_effect, income_distance, transported
from salus.stats.draws import DrawSource
from tests.unit.response_builders import effect

DRAWS = DrawSource(1, 20_000)


def test_the_effect_from_the_nearest_income_group_is_chosen_before_the_one_with_more_studies() -> None:
    far = effect("x", income_group="high", studies=60, outcome="far")
    near = effect("x", income_group="lower_middle", studies=2, outcome="near")
    farther = effect("x", income_group="low", studies=90, outcome="farther")
    assert choose_effect([far, farther, near], "robbery", "lower_middle") is near
    assert choose_effect([far, farther], "robbery", "upper_middle") is far


def test_of_effects_equally_near_the_one_with_most_studies_is_chosen() -> None:
    few, many = effect("x", studies=None, outcome="few"), effect("x", studies=9, outcome="many")
    assert choose_effect([few, many], "robbery", "low") is many


def test_an_effect_without_interval_or_on_another_problem_is_never_chosen() -> None:
    open_ended = effect("x", rate_ratio_low=None)
    other = effect("x", problems=("burglary",))
    assert choose_effect([open_ended, other], "robbery", "high") is None


def test_mixed_evidence_is_nearer_than_another_group_and_farther_than_the_same() -> None:
    assert income_distance("low", "low") < income_distance("mixed", "low") < income_distance("high", "low")


def test_a_same_group_effect_keeps_its_published_ratio_and_interval() -> None:
    published = effect("x", 0.7, 0.5, 0.98)
    found = transported(published, DRAWS, strength=3, income_group="upper_middle", transfer_mean=0.6)
    assert found.value == pytest.approx(0.7, rel=0.01)
    assert found.interval == pytest.approx((0.5, 0.98), rel=0.02)
    assert found.grade == "B"


def test_an_effect_from_another_group_keeps_six_tenths_of_its_log_on_average() -> None:
    published = effect("x", 0.5, 0.4999, 0.5001, income_group="high")
    found = transported(published, DRAWS, strength=3, income_group="upper_middle", transfer_mean=0.6)
    shares = np.log(found.ratios) / np.log(0.5)
    assert shares.mean() == pytest.approx(0.6, abs=0.01)
    # Beta(6, 4) has the standard deviation sqrt(0.6 * 0.4 / 11).
    assert shares.std() == pytest.approx(np.sqrt(0.24 / 11), rel=0.02)
    assert found.grade == "C"
    assert found.ratios.max() < 1


def test_an_effect_whose_interval_includes_one_keeps_the_draws_that_do_harm() -> None:
    published = effect("x", 0.9, 0.6, 1.35, income_group="low")
    found = transported(published, DRAWS, strength=2, income_group="high", transfer_mean=0.6)
    assert 0.2 < (found.ratios > 1).mean() < 0.4


def test_a_transfer_mean_of_one_moves_the_whole_effect() -> None:
    published = effect("x", 0.5, 0.4999, 0.5001, income_group="high")
    found = transported(published, DRAWS, strength=3, income_group="low", transfer_mean=1.0)
    assert found.value == pytest.approx(0.5, rel=1e-3)


def test_the_grade_of_transfer_never_goes_beyond_a_and_falls_with_the_stars() -> None:
    own = [
        transported(effect("x"), DRAWS, strength=s, income_group="upper_middle", transfer_mean=0.6).grade
        for s in (4, 3, 2, 1, 0)
    ]
    assert own == ["A", "B", "C", "D", "D"]


@pytest.mark.parametrize("bad", [{"rate_ratio_low": 0.0}, {"rate_ratio_high": 0.7}, {"rate_ratio": 0.1}])
def test_a_ratio_that_cannot_be_one_is_refused_with_the_place(bad: dict[str, float]) -> None:
    with pytest.raises(BadInput, match=r"effects\.csv"):
        transported(effect("x").model_copy(update=bad), DRAWS, strength=1, income_group="low", transfer_mean=0.6)
