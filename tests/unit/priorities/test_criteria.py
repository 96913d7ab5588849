from typing import Any

import numpy as np
import pytest

from salus.model.framework import Pack
from salus.priorities.criteria import Criterion, burden, severity, trend
from salus.priorities.rows import View
from salus.stats.draws import DrawSource
from tests.unit import builders as make

DRAWS = DrawSource(3, 2000)


def view(rows: list[dict[str, Any]], pack: Pack | None = None) -> View:
    areas = make.geography({"a1": 1000}).areas.select("area", "population")
    return View(make.estimates(rows), areas, pack or make.pack(), make.city(), DRAWS)


def survey(share: float, group: str = "", **changes: Any) -> dict[str, Any]:
    return make.percent("A28", share, year=2022, group=group, source="survey", **changes)


def plain(criterion: Criterion) -> str:
    return criterion.missing.plain if criterion.missing else ""


ROBBERY = make.problem("robbery", ["A16"])
ROBBERY_ASKED = make.problem("robbery", ["A16"], reporting="robbery")


def test_burden_is_the_last_two_years_over_the_reported_share() -> None:
    rows = [*make.rates("A16", [9000, 9000, 300, 500]), survey(20, "robbery")]
    made = burden(view(rows), ROBBERY_ASKED)
    assert made.value == pytest.approx(400 / 0.2, rel=0.03)
    assert (made.n, made.grade, made.missing) == (800.0, "C", None)
    keys = [key for _, key in made.support]
    assert keys == [
        "estimates:A16|testville||2021-01-01|2021-12-31|records",
        "estimates:A16|testville||2022-01-01|2022-12-31|records",
        "estimates:A28|testville|robbery|2022-01-01|2022-12-31|survey",
    ]


def test_without_a_reporting_survey_the_burden_interval_is_wider_and_the_grade_lower() -> None:
    rows = make.rates("A16", [400] * 4)
    without = burden(view(rows), ROBBERY_ASKED)
    asked = burden(view([*rows, survey(20, "robbery")]), ROBBERY_ASKED)
    wide, narrow = (np.ptp(np.quantile(made.draws, [0.025, 0.975])) for made in (without, asked))
    assert wide > 5 * narrow
    assert (without.grade, asked.grade) == ("D", "C")
    assert plain(without) == "no survey says what share of A16 is reported"


def test_a_survey_of_the_state_serves_the_city_one_grade_lower() -> None:
    rows = [*make.rates("A16", [400] * 4, grade="B"), survey(20, "robbery", area=make.STATE, grade="B")]
    assert burden(view(rows), ROBBERY_ASKED).grade == "C"


def test_figures_of_the_country_are_used_only_where_city_and_state_have_none() -> None:
    country = make.rates("A16", [50] * 4, area=make.COUNTRY)
    city = make.rates("A16", [400] * 4)
    asked = survey(100, "robbery", sd=0.01)
    assert burden(view([*country, asked]), ROBBERY_ASKED).value == pytest.approx(50, rel=0.1)
    assert burden(view([*country, asked]), ROBBERY_ASKED).grade == "D"
    assert burden(view([*country, *city, asked]), ROBBERY_ASKED).value == pytest.approx(400, rel=0.05)


@pytest.mark.parametrize(("direction", "affected"), [("higher_is_worse", 70_000), ("higher_is_better", 30_000)])
def test_a_condition_in_percent_counts_the_persons_affected(direction: str, affected: float) -> None:
    pack = make.pack(indicators=(make.share("F07", direction=direction),))
    made = burden(view([make.percent("F07", 70)], pack), make.problem("cover", ["F07"]))
    assert made.value == pytest.approx(affected, rel=0.02)
    assert made.missing is None


@pytest.mark.parametrize("change", [{"role": "pressure"}, {"enforcement_driven": True}])
def test_recorded_activity_is_never_a_burden_or_a_trend(change: dict[str, Any]) -> None:
    pack = make.pack(indicators=(make.indicator("A16", **change),))
    for made in (burden(view(make.rates("A16", [400] * 4), pack), ROBBERY),
                 trend(view(make.rates("A16", [400] * 4), pack), ROBBERY)):  # fmt: skip
        assert (made.grade, made.value, made.n) == ("none", None, 0.0)
        assert made.answered_by == "survey"


def test_a_criterion_without_evidence_is_anything_from_0_to_100() -> None:
    made = burden(view([]), ROBBERY)
    assert made.grade == "none"
    assert np.quantile(made.draws, [0.025, 0.5, 0.975]) == pytest.approx([2.5, 50, 97.5], abs=3)


def test_an_ambiguous_direction_leaves_the_trend_unread_but_not_the_burden() -> None:
    pack = make.pack(indicators=(make.indicator("A16", direction="ambiguous"),))
    seen = view(make.rates("A16", [100, 200, 400, 800]), pack)
    assert trend(seen, ROBBERY).grade == "none"
    assert plain(trend(seen, ROBBERY)) == "a rise of A16 may be good or bad"
    assert burden(seen, ROBBERY).grade == "D"


def test_a_steady_rise_of_ten_percent_a_year_is_read_from_the_counts() -> None:
    made = trend(view(make.rates("A16", [100, 110, 121, 133])), ROBBERY)
    assert made.value == pytest.approx(1.1, rel=1e-3)
    assert np.median(made.draws) == pytest.approx(50 + 50 * np.log(1.1) / np.log(1.25), abs=0.5)
    assert made.n == 464


def test_a_trend_of_two_years_has_no_error_and_is_unknown() -> None:
    made = trend(view(make.rates("A16", [100, 200])), ROBBERY)
    assert (made.grade, plain(made)) == ("none", "the yearly counts of A16 give no trend (too few periods)")


def test_severity_is_uniform_between_the_pack_s_limits() -> None:
    made = severity(view([]), ROBBERY)
    assert (made.draws.min(), made.draws.max()) == pytest.approx((25, 75), abs=0.5)
    assert (made.value, made.grade) == (3.0, "C")


def test_of_two_sources_for_a_year_the_better_graded_is_read() -> None:
    rows = [*make.rates("A16", [400] * 4), *make.rates("A16", [900] * 4, source="other", grade="D")]
    made = burden(view([*rows, survey(100, "robbery", sd=0.01)]), ROBBERY_ASKED)
    assert made.value == pytest.approx(400, rel=0.05)
