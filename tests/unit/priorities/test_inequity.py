from typing import Any

import numpy as np
import polars as pl
import pytest

from salus.model.framework import Pack
from salus.priorities.inequity import deprivation, inequity, most_deprived
from salus.priorities.rows import View
from salus.stats.draws import DrawSource
from tests.unit import builders as make

PEOPLE = {f"a{i}": 1000.0 for i in range(10)}
ROBBERY = make.problem("robbery", ["A16"])


def pack(*extra: Any) -> Pack:
    return make.pack(indicators=(make.indicator("A16"), make.share("X11"), *extra))


def view(rows: list[dict[str, Any]], chosen: Pack) -> View:
    areas = make.geography(PEOPLE).areas.select("area", "population")
    return View(make.estimates(rows), areas, chosen, make.city(), DrawSource(3, 1000))


def conditions(code: str = "X11") -> list[dict[str, Any]]:
    return [make.percent(code, 5.0 + 5 * i, area=area) for i, area in enumerate(PEOPLE)]


def robberies(events: list[int]) -> list[dict[str, Any]]:
    return [
        make.rate("A16", count, year=None, area=area, persons=1000) for area, count in zip(PEOPLE, events, strict=True)
    ]


def test_the_rate_of_the_two_most_deprived_of_ten_equal_areas_is_set_against_the_rest() -> None:
    made = inequity(view(conditions() + robberies([500] * 8 + [750, 750]), pack()), ROBBERY)
    assert made.value == pytest.approx(1.5, rel=0.05)
    assert made.n == 5500
    assert np.median(made.draws) == pytest.approx(50 + 50 * np.log(1.5) / np.log(2), abs=3)
    assert len(made.support) == 20


def test_equal_rates_everywhere_score_50() -> None:
    made = inequity(view(conditions() + robberies([2000] * 10), pack()), ROBBERY)
    assert np.median(made.draws) == pytest.approx(50, abs=2)


def test_moving_events_into_deprived_areas_never_lowers_inequity() -> None:
    values = [
        inequity(view(conditions() + robberies([500] * 8 + [more, more]), pack()), ROBBERY).value
        for more in (300, 500, 700, 900)
    ]
    assert values == sorted(values, key=lambda value: value or 0)


def test_without_areas_or_conditions_inequity_is_unknown() -> None:
    assert inequity(view(conditions(), pack()), ROBBERY).grade == "none"
    assert inequity(view(robberies([500] * 10), pack()), ROBBERY).missing.plain == "no conditions by area"


def test_a_condition_does_not_explain_itself() -> None:
    own = make.problem("schooling", ["X11"])
    assert inequity(view(conditions(), pack()), own).missing.plain == "no conditions by area"
    other = inequity(view(conditions() + conditions("X12"), pack(make.share("X12"))), own)
    assert other.value == pytest.approx(47.5 / 22.5, rel=0.05)


def test_deprivation_turns_better_into_worse_and_averages() -> None:
    frame = pl.DataFrame({"area": ["a", "b"], "population": [1.0, 1.0], "value": [20.0, 80.0]})
    one = deprivation([(make.share("X11"), frame)])
    both = deprivation([(make.share("X11"), frame), (make.share("F07", direction="higher_is_better"), frame)])
    assert one["deprivation"].to_list() == pytest.approx([20.0, 80.0])
    assert both["deprivation"].to_list() == pytest.approx([50.0, 50.0])


def test_fifths_are_of_people_not_of_areas() -> None:
    crowded = np.array([100.0, 1, 1, 1, 1])
    assert most_deprived(np.array([1.0, 5, 4, 3, 2]), crowded).tolist() == [False, True, True, True, True]
    assert most_deprived(np.array([5.0, 4, 3, 2, 1]), crowded).tolist() == [True, False, False, False, False]


def test_where_authorities_act_says_nothing_of_inequity() -> None:
    chosen = make.pack(indicators=(make.indicator("A16", enforcement_driven=True), make.share("X11")))
    assert inequity(view(conditions() + robberies([500] * 10), chosen), ROBBERY).grade == "none"
