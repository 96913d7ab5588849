"""Scores of areas by theme: worked by hand, monotone, free of scale, honest about what is missing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.model.city import City, Evidence, StageResult
from salus.model.framework import Indicator, Theme
from salus.model.tables import row_key
from salus.profiles import profile
from salus.stats.draws import DrawSource
from tests.unit import builders
from tests.unit.area_builders import (
    PEOPLE,
    blocks,
    fixed_rates,
    fixed_shares,
    recorded_rates,
    shown_city,
)

ROBBERY, BURGLARY = builders.indicator("A16"), builders.indicator("A20")
SCHOOLING, HEALTH = builders.share("X11"), builders.share("F07", direction="higher_is_better")
RATES = {"a": 10.0, "b": 20.0, "c": 5.0}
SHARES = {"a": 50.0, "b": 20.0, "c": 15.0}
COUNTS = {"a": 10.0, "b": 20.0, "c": 5.0}


def theme(**parts: tuple[str, ...]) -> Theme:
    return Theme(id="crime-violence", name="Crime", questions=("q",), **parts)


def scored(
    rows: Sequence[dict[str, Any]],
    theme: Theme,
    *indicators: Indicator,
    city: City | None = None,
    evidence: Evidence | None = None,
    seed: int = 1,
) -> StageResult:
    pack = builders.pack(indicators=indicators or (ROBBERY, BURGLARY, SCHOOLING, HEALTH), themes=(theme,))
    return profile(builders.estimates(rows), evidence or blocks(), pack, city or builders.city(), DrawSource(seed, 200))


def row(result: StageResult, area: str, dimension: str = "risk") -> dict[str, Any]:
    found = result.tables["profile"].filter((pl.col("area") == area) & (pl.col("dimension") == dimension))
    assert found.height == 1, f"{found.height} rows for {area}, {dimension}"
    return found.row(0, named=True)


def column(result: StageResult, name: str, dimension: str = "risk") -> dict[str, Any]:
    found = result.tables["profile"].filter(pl.col("dimension") == dimension)
    return dict(found.select("area", name).iter_rows())


def test_a_rate_is_scored_against_the_mean_over_residents() -> None:
    result = scored(fixed_rates("A16", RATES), theme(risk=("A16",)))
    # The residents' mean is (1000·10 + 1000·20 + 2000·5) / 4000 = 10.
    scores = [row(result, area)["score"] for area in "abc"]
    assert scores == pytest.approx([50.0, 200 / 3, 100 / 3], abs=1e-4)


def test_a_percentage_is_scored_by_its_odds_against_the_mean_over_residents() -> None:
    result = scored(fixed_shares("X11", SHARES), theme(vulnerability=("X11",)))
    # The residents' mean is 25 %: odds 1/3. Odds of a 1, of b 1/4, of c 3/17.
    scores = [row(result, area, "vulnerability")["score"] for area in "abc"]
    assert scores == pytest.approx([75.0, 100 * 3 / 7, 100 * 9 / 26], abs=1e-4)


def test_a_share_that_is_good_is_turned_so_that_higher_is_worse() -> None:
    good = {area: 100 - value for area, value in SHARES.items()}
    turned = scored(fixed_shares("F07", good), theme(capacity=("F07",)))
    same = scored(fixed_shares("X11", SHARES), theme(capacity=("X11",)))
    assert column(turned, "score", "capacity") == pytest.approx(column(same, "score", "capacity"))


def test_a_theme_is_the_plain_mean_of_its_indicators() -> None:
    rows = [*fixed_rates("A16", RATES), *fixed_rates("A20", {"a": 30.0, "b": 0.0, "c": 5.0})]
    result = scored(rows, theme(risk=("A16", "A20")))
    assert [row(result, area)["score"] for area in "abc"] == pytest.approx(
        [(50 + 75) / 2, (200 / 3 + 0) / 2, (100 / 3 + 100 / 3) / 2], abs=1e-4
    )


def test_shown_areas_are_means_weighted_by_the_residents_they_share() -> None:
    result = scored(fixed_rates("A16", RATES), theme(risk=("A16",)), city=shown_city())
    north = (1000 * 50 + 500 * 200 / 3) / 1500
    south = (500 * 200 / 3 + 2000 * 100 / 3) / 2500
    assert [row(result, area)["score"] for area in ("north", "south")] == pytest.approx([north, south], abs=1e-4)


def test_files_behind_a_shown_area_follow_the_residents_it_shares() -> None:
    result = scored(recorded_rates("A16", COUNTS), theme(risk=("A16",)), city=shown_city())
    assert [row(result, area)["n"] for area in ("north", "south")] == [20.0, 15.0]


def test_areas_have_no_shown_rows_where_people_recognise_the_modelling_areas() -> None:
    result = scored(fixed_rates("A16", RATES), theme(risk=("A16",)))
    assert set(result.tables["profile"]["area"]) == {"a", "b", "c", builders.CITY_AREA}


def test_the_city_itself_has_coverage_but_no_score() -> None:
    city = row(scored(fixed_rates("A16", RATES), theme(risk=("A16", "A20"))), builders.CITY_AREA)
    assert (city["score"], city["low"], city["high"], city["n"]) == (None, None, None, None)
    assert (city["coverage"], city["grade"]) == (0.5, "none")


def test_a_dimension_without_evidence_by_area_has_one_row_for_the_city_with_grade_none() -> None:
    rows = [*fixed_rates("A16", RATES), builders.percent("A28", 7.0)]
    result = scored(rows, theme(risk=("A16",), capacity=("A28",)), ROBBERY, builders.reporting_indicator())
    assert column(result, "score", "capacity") == {builders.CITY_AREA: None}
    assert column(result, "coverage", "capacity") == {builders.CITY_AREA: 0.0}


def test_a_dimension_for_which_a_theme_lists_nothing_has_no_row() -> None:
    result = scored(fixed_rates("A16", RATES), theme(risk=("A16",)))
    assert set(result.tables["profile"]["dimension"]) == {"risk"}


def test_an_area_where_nobody_lives_has_a_row_without_score() -> None:
    people = PEOPLE | {"d": 0.0}
    result = scored(
        fixed_rates("A16", RATES | {"d": 9.0}), theme(risk=("A16",)), evidence=blocks(people, crosswalk=False)
    )
    empty = row(result, "d")
    assert (empty["score"], empty["n"], empty["coverage"], empty["grade"]) == (None, None, 0.0, "none")
    assert row(result, "a")["score"] == pytest.approx(50.0, abs=1e-4)


def test_coverage_is_counted_in_each_area_and_the_mean_is_over_what_it_has() -> None:
    rows = [*fixed_rates("A16", RATES), *fixed_rates("A20", {"a": 8.0, "b": 8.0})]
    result = scored(rows, theme(risk=("A16", "A20")))
    assert [row(result, area)["coverage"] for area in "abc"] == [1.0, 1.0, 0.5]
    assert row(result, "c")["score"] == pytest.approx(100 / 3, abs=1e-4)
    assert row(result, "a")["score"] == pytest.approx(50.0, abs=1e-4)


def test_an_indicator_known_for_less_than_half_of_the_residents_is_left_out() -> None:
    rows = [*fixed_rates("A16", RATES), *fixed_rates("A20", {"a": 8.0})]
    result = scored(rows, theme(risk=("A16", "A20")))
    assert column(result, "coverage") == {"a": 0.5, "b": 0.5, "c": 0.5, builders.CITY_AREA: 0.5}


@pytest.mark.parametrize(("listed", "grade"), [(("A16", "A20"), "C"), (("A16", "A20", "A28"), "D")])
def test_the_grade_falls_by_one_step_below_half_coverage(listed: tuple[str, ...], grade: str) -> None:
    indicators = (ROBBERY, BURGLARY, builders.reporting_indicator())
    result = scored(fixed_rates("A16", RATES, grade="C"), theme(risk=listed), *indicators, city=shown_city())
    assert {row(result, area)["grade"] for area in ("a", "b", "c", "north", "south")} == {grade}


def test_the_grade_is_the_weakest_of_the_estimates_used_and_never_below_e() -> None:
    rows = [*fixed_rates("A16", RATES, grade="B"), *fixed_rates("A20", RATES, grade="E")]
    assert row(scored(rows, theme(risk=("A16", "A20"))), "a")["grade"] == "E"
    listed = ("A20", "A28", "F07")
    few = scored(rows, theme(risk=listed), BURGLARY, builders.reporting_indicator(), HEALTH)
    assert row(few, "a")["grade"] == "E"


def test_n_is_the_fewest_files_of_a_recorded_indicator() -> None:
    rows = [*recorded_rates("A16", COUNTS), *recorded_rates("A20", {"a": 3.0, "b": 40.0, "c": 5.0})]
    rows += fixed_shares("X11", SHARES)
    result = scored(rows, theme(risk=("A16", "A20", "X11")))
    assert [row(result, area)["n"] for area in "abc"] == [3.0, 20.0, 5.0]


def test_n_is_the_residents_where_only_conditions_are_scored() -> None:
    result = scored(fixed_shares("X11", SHARES), theme(vulnerability=("X11",)), city=shown_city())
    n = column(result, "n", "vulnerability")
    assert (n["a"], n["c"], n["north"], n["south"]) == (1000.0, 2000.0, 1500.0, 2500.0)


@pytest.mark.parametrize("change", [{"direction": "ambiguous"}, {"direction": "context"}])
def test_an_indicator_of_unknown_direction_never_enters(change: dict[str, str]) -> None:
    unclear = builders.indicator("A09", **change)
    rows = [*fixed_rates("A16", RATES), *fixed_rates("A09", {"a": 900.0, "b": 1.0, "c": 1.0})]
    result = scored(rows, theme(risk=("A16", "A09")), ROBBERY, unclear)
    alone = scored(fixed_rates("A16", RATES), theme(risk=("A16", "A09")), ROBBERY, unclear)
    assert result.tables["profile"].equals(alone.tables["profile"])
    assert not result.lineage["from_key"].str.contains("A09").any()


def test_recorded_activity_of_authorities_never_enters() -> None:
    activity = builders.indicator("X27", role="pressure", enforcement_driven=True)
    result = scored(fixed_rates("X27", RATES), theme(risk=("X27",)), activity)
    assert column(result, "score") == {builders.CITY_AREA: None}


def test_invented_estimates_never_enter() -> None:
    rows = [
        *fixed_rates("A16", RATES),
        *fixed_rates("A20", {"a": 900.0, "b": 1.0, "c": 1.0}, illustrative=True),
    ]
    result = scored(rows, theme(risk=("A16", "A20")))
    assert row(result, "a")["score"] == pytest.approx(50.0, abs=1e-4)
    assert not result.tables["profile"]["illustrative"].any()


def test_the_whole_scope_goes_before_a_later_part_of_it() -> None:
    late = fixed_rates("A16", {"a": 99.0, "b": 1.0, "c": 1.0}, period_start=builders.dt.date(2021, 1, 1))
    result = scored([*fixed_rates("A16", RATES), *late], theme(risk=("A16",)))
    assert row(result, "a")["score"] == pytest.approx(50.0, abs=1e-4)


def test_figures_of_two_census_years_are_not_mixed() -> None:
    old = fixed_shares("X11", {"a": 90.0, "b": 90.0, "c": 90.0}, period_end=builders.dt.date(2010, 12, 31))
    new = fixed_shares("X11", {"a": 20.0, "c": 20.0})
    result = scored([*old, *new], theme(vulnerability=("X11",)))
    scores = column(result, "score", "vulnerability")
    assert scores["b"] is None
    assert (scores["a"], scores["c"]) == pytest.approx((50.0, 50.0), abs=1e-4)


def test_draws_beyond_a_hundred_percent_count_as_a_hundred() -> None:
    rows = [builders.percent("X11", value, area=area, sd=30.0) for area, value in SHARES.items()]
    rows[0] |= {"value": 95.0, "p1": 95.0}
    result = scored(rows, theme(vulnerability=("X11",)))
    assert row(result, "a", "vulnerability")["high"] == pytest.approx(100.0)


def test_where_nothing_happened_anywhere_every_area_is_at_the_middle() -> None:
    result = scored(fixed_rates("A16", dict.fromkeys("abc", 0.0)), theme(risk=("A16",)))
    assert [row(result, area)["score"] for area in "abc"] == [50.0, 50.0, 50.0]


def test_an_index_with_negative_values_has_no_relative_score() -> None:
    index = builders.share("X01", unit="-2.5 to 2.5", per=1)
    values = fixed_shares("X01", {"a": -1.0, "b": 0.5, "c": 1.0}, unit=index.unit)
    assert column(scored(values, theme(risk=("X01",)), index), "score") == {builders.CITY_AREA: None}


def test_limits_lie_around_the_score_and_widen_with_fewer_files() -> None:
    few = row(scored(recorded_rates("A16", COUNTS), theme(risk=("A16",))), "a")
    many = {area: 100 * count for area, count in COUNTS.items()}
    sure = row(scored(recorded_rates("A16", many), theme(risk=("A16",))), "a")
    assert few["low"] < few["score"] < few["high"]
    assert sure["high"] - sure["low"] < (few["high"] - few["low"]) / 5


@settings(max_examples=25, deadline=None)
@given(st.sampled_from("abc"), st.integers(1, 500))
def test_more_events_never_lower_the_score_of_an_area(area: str, more: int) -> None:
    before = scored(recorded_rates("A16", COUNTS), theme(risk=("A16",)))
    after = scored(recorded_rates("A16", COUNTS | {area: COUNTS[area] + more}), theme(risk=("A16",)))
    others = set("abc") - {area}
    assert row(after, area)["score"] > row(before, area)["score"]
    assert all(row(after, other)["score"] < row(before, other)["score"] for other in others)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 100))
def test_scores_do_not_depend_on_the_level_of_all_rates(factor: float) -> None:
    rows = recorded_rates("A16", COUNTS)
    scaled = [r | {"value": r["value"] * factor, "p2": r["p2"] * factor} for r in rows]
    before, after = (scored(part, theme(risk=("A16",))).tables["profile"] for part in (rows, scaled))
    for name in ("score", "low", "high"):
        assert after[name].drop_nulls().to_list() == pytest.approx(before[name].drop_nulls().to_list(), abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.1, 1000), min_size=3, max_size=3, unique=True))
def test_areas_keep_the_order_of_their_rates(values: list[float]) -> None:
    result = scored(fixed_rates("A16", dict(zip("abc", values, strict=True))), theme(risk=("A16",)))
    scores = [row(result, area)["score"] for area in "abc"]
    assert all(scores[i] <= scores[j] for i in range(3) for j in range(3) if values[i] < values[j])


def test_the_same_seed_gives_the_same_result_and_another_seed_other_draws() -> None:
    rows = recorded_rates("A16", COUNTS)
    one, two, other = (scored(rows, theme(risk=("A16",)), seed=seed) for seed in (1, 1, 2))
    assert one.tables["profile"].equals(two.tables["profile"])
    assert np.array_equal(one.draws["profile"][1], two.draws["profile"][1])  # type: ignore[call-overload]
    assert not np.array_equal(one.draws["profile"][1], other.draws["profile"][1])  # type: ignore[call-overload]


def test_draws_are_kept_for_every_row_with_a_score_and_give_its_median() -> None:
    result = scored(recorded_rates("A16", COUNTS), theme(risk=("A16",), capacity=("A28",)), city=shown_city())
    keys, draws = result.draws["profile"]
    assert isinstance(draws, np.ndarray)
    assert draws.dtype == np.float32
    assert draws.shape == (5, 200)
    medians = dict(zip(keys["area"], np.median(draws, axis=1), strict=True))
    table = result.tables["profile"].drop_nulls("score")
    assert medians == pytest.approx(dict(table.select("area", "score").iter_rows()), abs=1e-4)


def test_areas_rest_on_their_estimates_and_shown_areas_on_their_parts() -> None:
    rows = fixed_rates("A16", RATES)
    result = scored(rows, theme(risk=("A16",)), city=shown_city())
    edges = result.lineage.filter(pl.col("key") == "profile:a|crime-violence|risk").rows()
    estimate = row_key("estimates", rows[0])
    assert edges == [("profile", "profile:a|crime-violence|risk", "estimates", estimate)]
    below = result.lineage.filter(pl.col("key") == "profile:north|crime-violence|risk")["from_key"]
    assert sorted(below) == ["profile:a|crime-violence|risk", "profile:b|crime-violence|risk"]


def test_a_city_without_modelling_geography_says_only_what_is_not_covered() -> None:
    plain = builders.city()
    nowhere = plain.model_copy(update={"scope": plain.scope.model_copy(update={"geography": "none"})})
    result = scored(fixed_rates("A16", RATES), theme(risk=("A16",)), city=nowhere)
    assert column(result, "coverage") == {builders.CITY_AREA: 0.0}
    assert result.lineage.height == 0


def test_only_the_themes_in_scope_are_profiled() -> None:
    plain = builders.city()
    other = plain.model_copy(update={"scope": plain.scope.model_copy(update={"themes": ("drugs",)})})
    assert scored(fixed_rates("A16", RATES), theme(risk=("A16",)), city=other).tables["profile"].height == 0
