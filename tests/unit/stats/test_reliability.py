"""Agreement of raters: full, none, by chance, missing ratings, and values worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.stats.reliability import (
    cohen_kappa,
    fleiss_kappa,
    gwet_ac2,
    icc,
    kendall_w,
    krippendorff_alpha,
)

TABLES = (
    st.integers(2, 8)
    .flatmap(lambda n: st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=n, max_size=n))
    .filter(lambda rows: len({x for row in rows for x in row}) > 1)
)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_raters_who_agree_on_everything_have_an_alpha_of_one(level: str) -> None:
    assert krippendorff_alpha([[0, 0], [1, 1], [4, 4]], level) == 1.0  # type: ignore[arg-type]


@given(TABLES)
def test_the_order_of_raters_and_units_does_not_matter(rows: list[list[int]]) -> None:
    x = np.array(rows, dtype=float)
    for level in ("nominal", "ordinal", "interval"):
        assert np.isclose(krippendorff_alpha(x, level), krippendorff_alpha(x[::-1, ::-1], level))  # type: ignore[arg-type]


@given(TABLES)
def test_a_unit_with_one_rating_does_not_count(rows: list[list[int]]) -> None:
    x = np.array(rows, dtype=float)
    more = np.vstack([x, [3, np.nan, np.nan]])
    assert krippendorff_alpha(x, "ordinal") == krippendorff_alpha(more, "ordinal")


def test_ordinal_alpha_follows_its_formula_worked_by_hand() -> None:
    # n = (2, 3, 3); distances d12 = 2.5², d13 = 5.5², d23 = 3²; one pair (2, 3) disagrees.
    observed = 2 * 9
    expected = 2 * (2 * 3 * 2.5**2 + 2 * 3 * 5.5**2 + 3 * 3 * 9) / 7
    alpha = krippendorff_alpha([[1, 1], [2, 2], [3, 3], [3, 2]], "ordinal")
    assert np.isclose(alpha, 1 - observed / expected)


def test_random_raters_have_coefficients_near_zero() -> None:
    x = np.random.default_rng(10).integers(0, 5, (3000, 4)).astype(float)
    assert abs(krippendorff_alpha(x, "ordinal")) < 0.03
    assert abs(gwet_ac2(x)) < 0.03
    assert abs(icc(x).icc2) < 0.03
    assert abs(cohen_kappa(x[:, 0], x[:, 1], "quadratic")) < 0.05
    assert kendall_w(x).p_value > 0.001


@pytest.mark.parametrize("ratings", [[[2, 2], [2, 2]], [[1, np.nan], [np.nan, 2]]])
def test_where_agreement_cannot_be_measured_it_is_undefined_and_says_why(ratings: list[list[float]]) -> None:
    alpha = krippendorff_alpha(ratings)
    assert np.isnan(alpha)
    assert alpha.reason in {"all ratings are the same", "no unit has two ratings"}


def test_kendall_w_is_one_for_equal_and_zero_for_opposite_rankings() -> None:
    assert kendall_w([[1, 2], [2, 4], [3, 6]]) == 1.0
    assert kendall_w([[1, 3], [2, 2], [3, 1]]) == 0.0


def test_kendall_w_allows_for_equal_ranks() -> None:
    tied = [[1, 1], [1, 1], [2, 2]]
    assert np.isclose(kendall_w(tied), 1.0)
    assert kendall_w(tied, correct=False) < 1.0


def test_cohen_kappa_follows_its_formula_and_weighs_near_categories_less() -> None:
    one, two = [1, 1, 2, 2, 3, 3], [1, 2, 2, 3, 3, 3]
    table = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 2]]) / 6
    chance = float(table.sum(axis=1) @ table.sum(axis=0))
    assert np.isclose(cohen_kappa(one, two), (4 / 6 - chance) / (1 - chance))
    assert cohen_kappa(one, two, "quadratic") > cohen_kappa(one, two, "linear") > cohen_kappa(one, two)


def test_the_test_of_kappa_finds_chance_as_often_as_it_should() -> None:
    rng = np.random.default_rng(11)
    raters = rng.integers(0, 3, (1500, 2, 200))
    low = [cohen_kappa(one, other).p_value < 0.05 for one, other in raters]
    assert 0.035 <= np.mean(low) <= 0.065


def test_gwet_stays_high_where_nearly_all_ratings_fall_in_one_category() -> None:
    ratings = [[1, 1]] * 95 + [[1, 2]] * 3 + [[2, 1]] * 2
    assert krippendorff_alpha(ratings) < 0.05
    assert gwet_ac2(ratings, weights=None) > 0.9


def test_intraclass_limits_of_shrout_and_fleiss_are_those_published() -> None:
    judges = icc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    assert [round(x, 2) for x in (judges.icc1, judges.icc2, judges.icc3)] == [0.17, 0.29, 0.71]
    assert [round(x, 2) for x in (judges.icc1k, judges.icc2k, judges.icc3k)] == [0.44, 0.62, 0.91]
    assert [round(x, 3) for x in (judges.icc2_low, judges.icc2_high)] == [0.019, 0.761]


def test_incomplete_or_uneven_tables_are_refused() -> None:
    with pytest.raises(BadInput):
        icc([[1, np.nan], [2, 3]])
    with pytest.raises(BadInput):
        fleiss_kappa([[2, 1], [1, 1]])
