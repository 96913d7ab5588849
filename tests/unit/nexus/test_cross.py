"""Flows crossed with vulnerability: worked by hand, never a figure on few files, always a hypothesis."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from salus.errors import BrokenPack
from salus.model.city import City, Evidence, StageResult
from salus.model.framework import Flow, Indicator, Selection, Theme
from salus.model.tables import row_key
from salus.nexus import cross
from salus.stats.area_scores import area_scores
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

CITY = builders.CITY_AREA
DRUGS = builders.indicator(
    "B02", role="pressure", direction="ambiguous", enforcement_driven=True, select=Selection(iccs=("0601",))
)
WEAPONS = builders.indicator(
    "X27", role="pressure", direction="ambiguous", enforcement_driven=True, select=Selection(iccs=("0901",))
)
SCHOOLING = builders.share("X11")
THEME = Theme(id="drugs", name="Drugs", questions=("q",), vulnerability=("X11",))
FLOW = Flow(id="drugs", name="Drugs", pressure=("B02",), themes=("drugs",), pitfalls=())
RATES = {"a": 10.0, "b": 20.0, "c": 5.0}
SHARES = {"a": 50.0, "b": 20.0, "c": 15.0}
PRESSURE = {"a": 50.0, "b": 200 / 3, "c": 100 / 3}
VULNERABILITY = {"a": 75.0, "b": 300 / 7, "c": 900 / 26}


def evidence_rows(*, events: float = 400.0, grade: str = "D") -> list[dict[str, Any]]:
    city = builders.rate("B02", events, year=None, grade=grade)
    return [city, *fixed_rates("B02", RATES, grade=grade), *fixed_shares("X11", SHARES)]


def crossed(
    rows: Sequence[dict[str, Any]],
    *indicators: Indicator,
    city: City | None = None,
    evidence: Evidence | None = None,
    seed: int = 1,
    theme: Theme = THEME,
    flow: Flow = FLOW,
) -> StageResult:
    pack = builders.pack(indicators=indicators or (DRUGS, SCHOOLING), themes=(theme,), flows=(flow,))
    draws = DrawSource(seed, 400)
    return cross(builders.estimates(rows), evidence or blocks(), pack, city or builders.city(), draws)


def row(result: StageResult, area: str) -> dict[str, Any]:
    found = result.tables["nexus"].filter(pl.col("area") == area)
    assert found.height == 1, f"{found.height} rows for {area}"
    return found.row(0, named=True)


def areas(result: StageResult) -> list[str]:
    return result.tables["nexus"]["area"].to_list()


@pytest.mark.parametrize("area", ["a", "b", "c"])
def test_pressure_and_vulnerability_are_scores_against_the_residents_mean(area: str) -> None:
    found = row(crossed(evidence_rows()), area)
    assert found["pressure"] == pytest.approx(PRESSURE[area])
    assert found["vulnerability"] == pytest.approx(VULNERABILITY[area])


@pytest.mark.parametrize("area", ["a", "b", "c"])
def test_exposure_is_pressure_times_vulnerability_times_what_unknown_protection_leaves_open(
    area: str,
) -> None:
    found = row(crossed(evidence_rows()), area)
    unprotected = 100 - 100 * DrawSource(1, 400).uniform(f"protection|drugs|{area}")
    exposure = PRESSURE[area] * VULNERABILITY[area] * unprotected / 10_000
    assert found["exposure"] == pytest.approx(np.median(exposure))
    assert (found["low"], found["high"]) == pytest.approx(tuple(np.quantile(exposure, (0.025, 0.975))))
    assert found["protection"] is None


def test_every_row_is_a_hypothesis_of_grade_e_from_real_evidence() -> None:
    nexus = crossed(evidence_rows(), city=shown_city()).tables["nexus"]
    assert nexus.select("status", "grade", "illustrative").unique().rows() == [("hypothesis", "E", False)]


def test_a_grade_above_d_cannot_lift_what_rests_on_unknown_protection() -> None:
    assert row(crossed(evidence_rows(grade="A")), "a")["grade"] == "E"


def test_a_flow_with_few_files_is_stated_for_the_city_without_a_figure() -> None:
    result = crossed(evidence_rows(events=99.0))
    assert areas(result) == [CITY]
    found = row(result, CITY)
    assert (found["n"], found["grade"], found["status"]) == (99.0, "E", "hypothesis")
    figures = ("pressure", "vulnerability", "protection", "exposure", "low", "high")
    assert [found[name] for name in figures] == [None] * 6


def test_a_flow_with_exactly_as_many_files_as_the_pack_asks_for_is_crossed() -> None:
    assert areas(crossed(evidence_rows(events=100.0))) == ["a", "b", "c"]


def test_a_flow_without_evidence_is_stated_with_grade_none_and_leads_to_what_is_missing() -> None:
    missing = builders.missing("B02")
    result = crossed([missing, *fixed_shares("X11", SHARES)])
    assert (row(result, CITY)["grade"], row(result, CITY)["n"]) == ("none", None)
    assert result.tables["flows"].height == 0
    edge = ("nexus", f"nexus:drugs|{CITY}|false", "estimates", row_key("estimates", missing))
    assert result.lineage.rows() == [edge]


def test_a_flow_without_rates_by_area_is_stated_for_the_city_only() -> None:
    result = crossed([builders.rate("B02", 400, year=None), *fixed_shares("X11", SHARES)])
    assert areas(result) == [CITY]
    assert (row(result, CITY)["n"], row(result, CITY)["grade"]) == (400.0, "E")


def test_a_flow_is_not_crossed_where_no_vulnerability_is_known_by_area() -> None:
    assert areas(crossed([builders.rate("B02", 400, year=None), *fixed_rates("B02", RATES)])) == [CITY]


def test_events_of_all_pressure_indicators_count_together() -> None:
    flow = FLOW.model_copy(update={"pressure": ("B02", "X27")})
    rows = [*evidence_rows(events=60.0), builders.rate("X27", 50, year=None), *fixed_rates("X27", RATES)]
    result = crossed(rows, DRUGS, WEAPONS, SCHOOLING, flow=flow)
    assert row(result, "a")["n"] == 20.0
    assert result.tables["flows"]["quantity"].to_list() == [110.0]


def test_two_sources_on_one_indicator_are_not_added_up() -> None:
    rows = [*evidence_rows(events=60.0), builders.rate("B02", 70, year=None, source="other", grade="E")]
    assert row(crossed(rows), CITY)["n"] == 60.0


@pytest.mark.parametrize("change", [{"direction": "ambiguous"}, {"role": "context"}, {"enforcement_driven": True}])
def test_only_conditions_of_known_direction_make_vulnerability(change: dict[str, Any]) -> None:
    other = builders.share("E02", **change)
    theme = THEME.model_copy(update={"vulnerability": ("X11", "E02")})
    rows = [*evidence_rows(), *fixed_shares("E02", {"a": 1.0, "b": 99.0, "c": 1.0})]
    result = crossed(rows, DRUGS, SCHOOLING, other, theme=theme)
    assert row(result, "b")["vulnerability"] == pytest.approx(VULNERABILITY["b"])
    assert not result.lineage["from_key"].str.contains("E02").any()


def test_vulnerability_is_the_mean_of_the_conditions_an_area_has() -> None:
    theme = THEME.model_copy(update={"vulnerability": ("X11", "F06")})
    rows = [*evidence_rows(), *fixed_shares("F06", {"a": 30.0, "c": 30.0})]
    result = crossed(rows, DRUGS, SCHOOLING, builders.share("F06"), theme=theme)
    assert row(result, "a")["vulnerability"] == pytest.approx((VULNERABILITY["a"] + 50) / 2)
    assert row(result, "b")["vulnerability"] == pytest.approx(VULNERABILITY["b"])


def test_an_area_where_nobody_lives_has_a_row_with_grade_none() -> None:
    rows = [*evidence_rows(), *fixed_rates("B02", {"d": 900.0}), *fixed_shares("X11", {"d": 90.0})]
    result = crossed(rows, evidence=blocks(PEOPLE | {"d": 0.0}, crosswalk=False))
    empty = row(result, "d")
    assert [empty[name] for name in ("pressure", "exposure", "low", "high", "n")] == [None] * 5
    assert empty["grade"] == "none"
    assert row(result, "a")["pressure"] == pytest.approx(PRESSURE["a"])


def test_invented_estimates_never_enter() -> None:
    invented = fixed_shares("F06", {"a": 1.0, "b": 99.0, "c": 1.0}, illustrative=True)
    theme = THEME.model_copy(update={"vulnerability": ("X11", "F06")})
    result = crossed([*evidence_rows(), *invented], DRUGS, SCHOOLING, builders.share("F06"), theme=theme)
    assert row(result, "b")["vulnerability"] == pytest.approx(VULNERABILITY["b"])


def test_shown_areas_are_weighted_by_the_residents_they_share() -> None:
    result = crossed(evidence_rows(), city=shown_city())
    north = row(result, "north")
    assert north["pressure"] == pytest.approx((1000 * 50 + 500 * 200 / 3) / 1500)
    assert north["vulnerability"] == pytest.approx((1000 * 75 + 500 * 300 / 7) / 1500)
    assert north["n"] == 15.0


def test_unknown_protection_of_the_parts_does_not_cancel_out_in_a_shown_area() -> None:
    north = row(crossed(evidence_rows(), city=shown_city()), "north")
    meeting = (1000 * 50 * 75 + 500 * 200 / 3 * 300 / 7) / 1500 / 100
    unprotected = 1 - DrawSource(1, 400).uniform("protection|drugs|north")
    assert (north["low"], north["high"]) == pytest.approx(tuple(np.quantile(meeting * unprotected, (0.025, 0.975))))


def test_presence_is_recorded_activity_with_exact_limits_and_unknown_origin() -> None:
    presence = crossed(evidence_rows(events=30.0, grade="B")).tables["flows"].row(0, named=True)
    assert presence == {
        "commodity": "drugs",
        "origin": "",
        "destination": CITY,
        "period": "2019-01-01/2022-12-31",
        "kind": "recorded_activity",
        "quantity": 30.0,
        "unit": "recorded files",
        "low": pytest.approx(stats.chi2.ppf(0.025, 60) / 2),
        "high": pytest.approx(stats.chi2.ppf(0.975, 62) / 2),
        "grade": "D",
        "tier": "public",
        "illustrative": False,
    }


def test_a_row_rests_on_the_estimates_it_used_and_a_shown_area_on_its_parts() -> None:
    rows = evidence_rows()
    result = crossed(rows, city=shown_city())
    own = result.lineage.filter(pl.col("key") == "nexus:drugs|a|false")["from_key"]
    used = [r for r in rows if r["area"] == "a"]
    assert sorted(own) == sorted(row_key("estimates", r) for r in used)
    parts = result.lineage.filter(pl.col("key") == "nexus:drugs|north|false").select("from_table", "from_key")
    assert sorted(parts.rows()) == [("nexus", "nexus:drugs|a|false"), ("nexus", "nexus:drugs|b|false")]
    presence = result.lineage.filter(pl.col("table") == "flows")["from_key"].to_list()
    assert presence == [row_key("estimates", rows[0])]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from("abc"), st.integers(1, 500))
def test_more_recorded_files_never_lower_exposure_there(area: str, more: int) -> None:
    counts = {"a": 30.0, "b": 40.0, "c": 50.0}
    fixed = [builders.rate("B02", 400, year=None), *fixed_shares("X11", SHARES)]
    before = crossed([*fixed, *recorded_rates("B02", counts)])
    after = crossed([*fixed, *recorded_rates("B02", counts | {area: counts[area] + more})])
    assert row(after, area)["exposure"] > row(before, area)["exposure"]


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 100))
def test_exposure_does_not_depend_on_the_level_of_all_rates(factor: float) -> None:
    scaled = {area: value * factor for area, value in RATES.items()}
    rows = [builders.rate("B02", 400, year=None), *fixed_rates("B02", scaled), *fixed_shares("X11", SHARES)]
    before, after = crossed(evidence_rows()).tables["nexus"], crossed(rows).tables["nexus"]
    assert after["exposure"].to_list() == pytest.approx(before["exposure"].to_list())


def test_the_same_seed_gives_the_same_tables_and_another_seed_other_limits() -> None:
    one, two, other = (crossed(evidence_rows(), seed=seed) for seed in (1, 1, 2))
    assert one.tables["nexus"].equals(two.tables["nexus"])
    assert one.lineage.equals(two.lineage)
    assert one.tables["nexus"]["low"].to_list() != other.tables["nexus"]["low"].to_list()


def test_percentages_are_compared_with_the_residents_mean_of_the_same_draw() -> None:
    rows = [builders.percent("X11", value, area=area, sd=5.0) for area, value in SHARES.items()]
    result = crossed([builders.rate("B02", 400, year=None), *fixed_rates("B02", RATES), *rows])
    draws = np.clip(DrawSource(1, 400).estimates(builders.estimates(rows)), 0, 100)
    expected = np.median(area_scores(draws, np.array([1000.0, 1000.0, 2000.0]), "percent"), axis=1)
    assert [row(result, area)["vulnerability"] for area in "abc"] == pytest.approx(list(expected))


def test_a_pack_that_mixes_pressure_and_outcome_is_refused_before_anything_is_crossed() -> None:
    outcome = builders.indicator("A16", select=Selection(iccs=("0601",)))
    with pytest.raises(BrokenPack, match="A16"):
        crossed(evidence_rows(), DRUGS, SCHOOLING, outcome)


def test_a_city_without_modelling_geography_is_stated_as_a_whole() -> None:
    plain = builders.city()
    nowhere = plain.model_copy(update={"scope": plain.scope.model_copy(update={"geography": "none"})})
    assert areas(crossed(evidence_rows(), city=nowhere)) == [CITY]
