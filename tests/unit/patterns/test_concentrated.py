"""How few areas hold the events: by hand, and the two kinds of chance where they can be computed exactly."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from salus.framework import load_pack
from salus.model.tables import TABLES
from salus.patterns.concentrated import DRAWS, MEASURES, concentration

ROBBERY = load_pack().indicator("A16")
START, END = dt.date(2019, 1, 1), dt.date(2019, 12, 31)


def estimates(events: list[float | None], residents: list[float | None]) -> pl.DataFrame:
    ids = [f"a{n:02d}" for n in range(len(events))]
    return pl.DataFrame(
        {"area": ids, "numerator": events, "denominator": residents, "grade": "C"},
        schema_overrides={"numerator": pl.Float64, "denominator": pl.Float64},
    ).with_columns(pl.lit(START).alias("period_start"), pl.lit(END).alias("period_end"))


def found(events: list[float | None], residents: list[float | None], seed: int = 1) -> dict[str, dict]:
    rows = concentration(ROBBERY, estimates(events, residents), seed)
    frame = TABLES["concentration"].frame([row | {"geography": "square"} for row in rows])
    return {row["measure"]: row for row in frame.to_dicts()}


def test_the_measures_of_ten_areas_are_as_worked_by_hand():
    """20 events, 10 + 8 + 2: a quarter is in one of ten areas, half is in one, three have any; Gini 0.78."""
    rows = found([10, 8, 2, 0, 0, 0, 0, 0, 0, 0], [100] * 10)
    values = {name: rows[name]["value"] for name in MEASURES}
    assert values == pytest.approx(
        {"share_25": 0.1, "share_50": 0.1, "share_any": 0.3, "gini": 0.78, "gini_generalised": 0.78}
    )
    assert {(row["areas"], row["n"]) for row in rows.values()} == {(10, 20.0)}
    for row in rows.values():
        assert row["low"] <= row["value"] <= row["high"]


def test_fewer_events_than_areas_are_allowed_for_by_the_generalised_gini_alone():
    """Two events in two of ten areas: as even as two events can be, so 0; the plain coefficient says 0.8."""
    rows = found([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], [100] * 10)
    assert rows["gini"]["value"] == pytest.approx(0.8)
    assert rows["gini_generalised"]["value"] == pytest.approx(0.0)


def test_chance_with_areas_alike_gives_the_share_of_areas_with_any_event_that_a_formula_gives():
    """Poisson: an area of expectation m has an event with probability 1 - exp(-m); 30 events in 60 areas: 0.3935."""
    row = found([3] * 10 + [0] * 50, [100] * 60)["share_any"]
    exact = 1 - np.exp(-0.5)
    error = np.sqrt(exact * (1 - exact) / 60 / DRAWS)
    assert abs(row["equal"] - exact) < 4 * error
    spread = 1.96 * np.sqrt(exact * (1 - exact) / 60)
    assert (row["equal_low"], row["equal_high"]) == pytest.approx((exact - spread, exact + spread), abs=0.04)


def test_chance_among_residents_gives_what_a_formula_gives_for_unequal_areas():
    residents = [10.0] * 30 + [190.0] * 30
    row = found([3] * 10 + [0] * 50, residents)["share_any"]
    each = 1 - np.exp(-30 * np.array(residents) / sum(residents))
    error = np.sqrt((each * (1 - each)).sum()) / 60 / np.sqrt(DRAWS)
    assert abs(row["residents"] - each.mean()) < 4 * error
    assert row["equal"] - row["residents"] > 0.05


def test_where_all_residents_live_in_one_of_two_areas_chance_among_residents_is_certain():
    """All events fall there: half of them in half of the areas, plain Gini (2 x 2 - 3) / 2 = 0.5, in every draw."""
    rows = found([20, 20], [500, 0])
    for name in ("share_50", "share_any", "gini"):
        assert (rows[name]["residents_low"], rows[name]["residents_high"]) == (0.5, 0.5)
    assert rows["gini"]["value"] == 0.0
    assert rows["gini"]["equal_low"] >= 0.0


def test_events_that_chance_placed_are_rarely_called_beyond_chance():
    rng = np.random.Generator(np.random.PCG64(5))
    residents = rng.integers(50, 1000, 80).astype(float)
    flags = [
        found(list(rng.poisson(200 * residents / residents.sum()).astype(float)), list(residents), seed)["share_50"]
        for seed in range(40)
    ]
    beyond = sum("within_chance_residents" not in row["flags"] for row in flags)
    assert beyond <= 6  # 5 % of 40 are 2; 6 leaves three standard errors


def test_few_events_look_concentrated_by_chance_alone_and_the_row_says_so():
    """40 events in 400 areas lie in at most 40 of them, a tenth: chance with areas alike does the same."""
    rng = np.random.Generator(np.random.PCG64(6))
    row = found(list(rng.multinomial(40, [1 / 400] * 400).astype(float)), [100] * 400)["share_50"]
    assert row["value"] < 0.06
    assert "within_chance_equal" in row["flags"]


def test_below_two_events_or_areas_nothing_is_measured_and_the_reason_is_given():
    for events in ([1.0, 0.0, 0.0], [9.0]):
        rows = found(events, [100] * len(events))
        assert set(rows) == set(MEASURES)
        assert {row["value"] for row in rows.values()} == {None}
        assert {row["reason"] for row in rows.values()} == {"fewer than two events or areas"}


def test_areas_without_a_count_are_no_base_and_without_residents_only_one_kind_of_chance_is_told():
    rows = found([10, 5, None, 0], [None, None, None, None])
    assert rows["share_any"]["areas"] == 3
    assert rows["share_any"]["value"] == pytest.approx(2 / 3)
    assert rows["share_50"]["residents"] is None
    assert rows["share_50"]["equal"] is not None
    assert concentration(ROBBERY, estimates([None], [1.0]), 1) == []


def test_the_same_seed_gives_the_same_rows():
    assert found([9, 4, 2, 0], [5, 4, 3, 2], seed=7) == found([9, 4, 2, 0], [5, 4, 3, 2], seed=7)
