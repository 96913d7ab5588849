"""Cell keys: the noise has the stated mean and variance, and asking again tells nothing new."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from salus.disclosure import keyed_counts, perturb, perturbation_table, record_keys
from salus.errors import BadInput

SECRET = b"a secret for tests only, 32 bytes"
STRICT = perturbation_table(deviation=8, variance=6.5, least=5)


@pytest.mark.parametrize(
    ("deviation", "variance", "least"), [(2, 1.0, 1), (5, 2.0, 1), (3, 2.5, 3), (8, 6.5, 5), (1, 1.0, 1), (3, 2.0, 3)]
)
def test_every_row_is_unbiased_and_has_the_stated_variance(deviation: int, variance: float, least: int) -> None:
    table = perturbation_table(deviation, variance, least)
    assert (table.chances >= 0).all()
    assert table.chances.sum(1) == pytest.approx(np.ones(deviation + least + 1))
    assert table.chances @ table.noise == pytest.approx(np.zeros(deviation + least + 1), abs=1e-10)
    assert (table.chances @ table.noise**2)[1:] == pytest.approx(np.full(deviation + least, variance), rel=1e-10)


def test_the_symmetric_row_is_the_published_one() -> None:
    """D = 2, V = 1: chances 0.0638 of -2 and 0.383 of no change, as printed in the manual of the R package ptable."""
    row = perturbation_table(deviation=2, variance=1.0).chances[2]
    assert row[0] == pytest.approx(0.0638, abs=5e-5)
    assert row[2] == pytest.approx(0.383, abs=5e-4)


def test_no_other_distribution_with_these_moments_has_more_entropy() -> None:
    noise = np.array([-3.0, 0, 1, 2, 3, 4])  # a count of 3 where 1 and 2 never appear
    row = perturbation_table(deviation=4, variance=3.0, least=3).chances[3]
    moments = {"type": "eq", "fun": lambda p: np.array([p.sum() - 1, p @ noise, p @ noise**2 - 3.0])}
    found = minimize(
        lambda p: p @ np.log(p), np.full(6, 1 / 6), bounds=[(1e-9, 1)] * 6, constraints=moments, method="SLSQP"
    )
    assert found.success
    assert row[[1, 4, 5, 6, 7, 8]] == pytest.approx(found.x, abs=1e-4)


def test_a_variance_that_cannot_be_had_is_refused_with_those_that_can() -> None:
    with pytest.raises(BadInput, match=r"count of 1 has a variance of 1; possible: 2 to 3"):
        perturbation_table(deviation=3, variance=1.0, least=3)


def test_a_deviation_too_small_to_reach_the_least_count_is_refused() -> None:
    with pytest.raises(BadInput, match="possible: none"):
        perturbation_table(deviation=1, variance=1.0, least=5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=30), st.integers(0, 10_000))
def test_zero_stays_zero_and_no_small_count_nor_large_noise_ever_appears(counts: list[int], seed: int) -> None:
    keys = np.random.default_rng(seed).integers(0, 2**32, len(counts))
    shown = perturb(counts, keys, STRICT)
    true = np.array(counts)
    assert (shown[true == 0] == 0).all()
    assert ((shown == 0) | (shown >= 5)).all()
    assert (np.abs(shown - true) <= 8).all()


@pytest.mark.parametrize("count", [1, 2, 4, 7, 13, 200])
def test_noise_over_many_cells_has_the_stated_mean_and_variance(count: int) -> None:
    keys = np.random.default_rng(count).integers(0, 2**32, 200_000)
    noise = perturb(np.full(keys.size, count), keys, STRICT) - count
    assert noise.mean() == pytest.approx(0.0, abs=4 * np.sqrt(6.5 / keys.size))
    assert noise.var() == pytest.approx(6.5, rel=0.05)


def test_keys_of_records_are_spread_evenly_so_the_noise_of_real_cells_is_as_stated() -> None:
    keys = record_keys(range(120_000), SECRET)
    counts, cell = keyed_counts(np.arange(120_000) // 4, keys, size=30_000)
    noise = perturb(counts, cell, STRICT) - counts
    assert noise.mean() == pytest.approx(0.0, abs=4 * np.sqrt(6.5 / noise.size))
    assert noise.var() == pytest.approx(6.5, rel=0.05)


def test_the_same_records_give_the_same_value_in_every_table() -> None:
    """Theft in area 2 as a cell of area × offence, of offence × area, and as a table of its own."""
    random = np.random.default_rng(5)
    area, offence = random.integers(0, 6, 400), random.integers(0, 4, 400)
    keys = record_keys(range(400), SECRET)
    one = perturb(*keyed_counts(area * 4 + offence, keys, size=24), STRICT).reshape(6, 4)
    other = perturb(*keyed_counts(offence * 6 + area, keys, size=24), STRICT).reshape(4, 6)
    chosen = (area == 2) & (offence == 1)
    alone = perturb(*keyed_counts(np.zeros(chosen.sum(), dtype=int), keys[chosen], size=1), STRICT)
    assert np.array_equal(one, other.T)
    assert alone[0] == one[2, 1]


def test_averaging_a_query_1000_times_recovers_nothing() -> None:
    """A thousand cells of true count 7; each is asked a thousand times, its records in another order each time."""
    random = np.random.default_rng(8)
    keys = record_keys(range(7_000), SECRET).reshape(1000, 7)
    answers = np.empty((1000, 1000))
    for ask in range(1000):
        mixed = random.permuted(keys, axis=1).ravel()
        answers[ask] = perturb(*keyed_counts(np.repeat(np.arange(1000), 7), mixed, size=1000), STRICT)
    assert (answers == answers[0]).all()
    once, averaged = np.abs(answers[0] - 7).mean(), np.abs(answers.mean(0) - 7).mean()
    assert averaged == once > 1.5


def test_another_secret_gives_other_noise_and_the_same_secret_the_same() -> None:
    first, again = record_keys(["a", "b"], SECRET), record_keys(["a", "b"], SECRET)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, record_keys(["a", "b"], SECRET[::-1]))


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(BadInput, match="too short"):
        record_keys(["a"], b"salus")


@pytest.mark.parametrize("counts", [[1.5], [-1], [np.nan]])
def test_only_counts_are_perturbed(counts: list[float]) -> None:
    with pytest.raises(BadInput):
        perturb(counts, [1], STRICT)


def test_a_count_without_its_key_is_refused() -> None:
    with pytest.raises(BadInput, match="shape"):
        perturb([1, 2], [1], STRICT)
