from typing import Any

import numpy as np
import pytest

from salus.errors import BadInput
from salus.priorities.groups import (
    CONCENTRATION,
    check,
    chosen_group,
    groups_of,
    judgement_table,
    weight_draws,
)
from salus.stats.draws import DrawSource
from tests.unit.builders import judgements, pack, weights

DRAWS = DrawSource(7, 4000)


def importance(group: str, problem: str, rating: float, **other: Any) -> dict[str, Any]:
    return {"group": group, "problem": problem, "criterion": "importance", "weight": rating} | other


def test_points_become_shares_and_ratings_stay() -> None:
    rows = [*weights("women", burden=30, severity=10), importance("women", "robbery", 80)]
    table = judgement_table(judgements(rows))
    shares = {(row["problem"], row["criterion"]): row["weight"] for row in table.rows(named=True)}
    assert shares == {("*", "burden"): 0.75, ("*", "severity"): 0.25, ("robbery", "importance"): 80.0}


def test_two_sheets_of_a_group_are_averaged_by_people() -> None:
    rows = [importance("women", "robbery", 80, people=30), importance("women", "robbery", 40, people=10)]
    row = judgement_table(judgements(rows)).row(0, named=True)
    assert (row["weight"], row["people"]) == (70.0, 40)


def test_a_group_that_rated_problems_without_points_for_importance_gives_it_an_equal_share() -> None:
    rows = [*weights("women", burden=1, severity=1), importance("women", "robbery", 80)]
    (group,) = groups_of(judgement_table(judgements(rows)))
    assert group.weights == pytest.approx((0.4, 0.4, 0.0, 0.0, 0.2))


def test_weight_draws_scatter_around_the_stated_weights_as_dirichlet_says() -> None:
    (group,) = groups_of(judgement_table(judgements(weights("women", burden=60, severity=40))))
    drawn = weight_draws(group, DRAWS)
    assert drawn.sum(axis=1) == pytest.approx(1.0)
    assert drawn.mean(axis=0) == pytest.approx([0.6, 0.4, 0, 0, 0], abs=0.01)
    assert drawn[:, 0].var() == pytest.approx(0.6 * 0.4 / (CONCENTRATION + 1), rel=0.1)


def test_a_group_speaks_in_proportion_to_the_root_of_the_people_it_represents() -> None:
    rows = weights("large", burden=1, other={"represented": 90_000})
    rows += weights("small", burden=1, other={"represented": 10_000})
    choice = chosen_group(groups_of(judgement_table(judgements(rows))), DRAWS)
    assert np.bincount(choice) / DRAWS.n == pytest.approx([0.75, 0.25], abs=0.03)


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        (importance("g", "flying", 5), "problem of the pack"),
        (importance("g", "robbery", 101), "0 to 100"),
        (importance("g", "robbery", 5) | {"criterion": "burden"}, "rated on importance"),
        (weights("g", luck=5)[0], "burden, severity"),
        (weights("g", burden=-1)[0], "0 or more"),
        (weights("g", burden=0)[0], "add up"),
        (weights("g", burden=float("nan"))[0], "empty answers"),
    ],
)
def test_judgements_that_mean_nothing_are_refused_with_their_row(row: dict[str, Any], remedy: str) -> None:
    with pytest.raises(BadInput) as refused:
        check(judgements([row]), pack())
    assert remedy in refused.value.remedy
    assert refused.value.where == "workshop/judgements.csv, row 1"
