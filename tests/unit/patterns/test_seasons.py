"""Months and weeks of a city: what the stage says of planted series, and what it lets out."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from salus.disclosure import Nesting, release_tables
from salus.framework import load_pack
from salus.model.tables import TABLES
from salus.patterns.seasons import level_breaks, months, recording_month, trend_limits, weeks

ROBBERY = load_pack().indicator("A16")
STARTS = pl.date_range(dt.date(2019, 1, 1), dt.date(2022, 12, 1), "1mo", eager=True)
T = np.arange(48)
SEASON = 1 + 0.1 * np.sin(2 * np.pi * T / 12)
SCOPE = (dt.date(2019, 1, 1), dt.date(2022, 12, 31))


def estimates(counts: np.ndarray) -> pl.DataFrame:
    """The city's months, one person-month of exposure each so that rate and count are the same number."""
    frame = pl.DataFrame({"period_start": STARTS[: counts.size], "numerator": counts.astype(float)})
    return frame.with_columns(
        pl.col("period_start").dt.month_end().alias("period_end"),
        pl.col("numerator").alias("value"),
        pl.lit("C").alias("grade"),
    )


def table(rows: list[dict]) -> pl.DataFrame:
    return TABLES["series"].frame(rows)


def test_a_planted_trend_is_inside_its_band_and_the_season_is_not_in_it():
    rng = np.random.default_rng(1)
    truth = 400 - 3 * T
    made = table(months(ROBBERY, estimates(rng.poisson(truth * SEASON)))).filter(state="observed")
    inside = ((made["trend_low"].to_numpy() <= truth) & (truth <= made["trend_high"].to_numpy())).mean()
    assert inside > 0.9
    assert np.abs(np.diff(made["trend"].to_numpy(), 2)).max() < 5  # the season alone would swing by 40


@pytest.mark.parametrize(
    ("noise", "least", "most"),
    [("poisson", 0.93, 0.98), ("overdispersed", 0.93, 0.98), ("following", 0.87, 0.94)],
    ids=["independent months", "twice the variance of chance", "months that follow each other (0.4)"],
)
def test_the_band_of_the_trend_holds_the_truth_as_often_as_the_method_page_says(noise, least, most):
    rng = np.random.default_rng(5)
    truth, rounds = 300 + 60 * np.cos(T / 20), 200
    mean = truth * SEASON
    held = []
    for _ in range(rounds):
        if noise == "poisson":
            y = rng.poisson(mean).astype(float)
        elif noise == "overdispersed":
            y = rng.negative_binomial(mean, 0.5).astype(float)
        else:
            errors = np.zeros(60)
            for i in range(1, 60):
                errors[i] = 0.4 * errors[i - 1] + rng.normal(0, 17)
            y = mean + errors[12:]
        low, high = trend_limits(y)
        held.append(((low <= truth) & (truth <= high)).mean())
    error = np.std(held) / np.sqrt(rounds)
    assert least <= np.mean(held) <= most, f"{np.mean(held):.3f} ± {error:.3f} (Monte-Carlo standard error)"


def test_a_planted_change_of_level_is_found_and_a_steady_line_has_none():
    rng = np.random.default_rng(3)
    step = np.where(T < 30, 200.0, 300.0) + rng.normal(0, 14, 48)
    assert level_breaks(step) == [30]
    lines = [level_breaks(400 - 3 * T + rng.normal(0, 17, 48)) for _ in range(40)]
    assert sum(bool(found) for found in lines) <= 4
    marked = table(months(ROBBERY, estimates(step.round()))).filter(pl.col("flags").str.contains("break"))
    assert marked["period_start"].to_list() == [dt.date(2021, 7, 1)]


def test_an_outlook_is_given_only_where_it_beats_last_years_values():
    rng = np.random.default_rng(4)
    steady = table(months(ROBBERY, estimates((300 + 4 * T) * SEASON + rng.normal(0, 3, 48))))
    ahead = steady.filter(state="forecast")
    assert ahead["period_start"].to_list()[:2] == [dt.date(2023, 1, 1), dt.date(2023, 2, 1)]
    assert ahead.height == 12
    assert ((ahead["expected_low"] < ahead["expected"]) & (ahead["expected"] < ahead["expected_high"])).all()
    wild = table(months(ROBBERY, estimates(200 * SEASON + 60 * (-1) ** (T // 5) + rng.normal(0, 20, 48))))
    assert wild.filter(state="forecast").is_empty()
    assert wild.sort("period_start")["flags"].to_list()[-1].split(";")[-1] == "no_forecast"


@pytest.mark.parametrize("kept", [list(range(24)), [*range(20), *range(21, 48)]], ids=["two years", "a month missing"])
def test_nothing_is_said_of_a_short_series_or_one_with_a_gap(kept):
    rows = estimates(np.full(48, 100.0))[kept]
    assert months(ROBBERY, rows) == []


def test_late_months_and_a_change_of_recording_are_flagged_where_they_are():
    rng = np.random.default_rng(6)
    rows = months(ROBBERY, estimates(rng.poisson(100 * SEASON)), recorded=dt.date(2020, 5, 1), is_late=True)
    flags = {row["period_start"]: row["flags"] for row in rows if row["state"] == "observed"}
    assert "recording_break" in flags[dt.date(2020, 5, 1)]
    assert [day for day, said in flags.items() if "late_reporting" in said] == STARTS[-3:].to_list()


def test_all_offences_jumping_at_once_are_a_change_of_recording_and_one_alone_is_not():
    rng = np.random.default_rng(7)

    def counted(jumping: int) -> pl.DataFrame:
        frames = [
            pl.DataFrame(
                {
                    "iccs": f"0{k + 1}01",
                    "period_start": STARTS,
                    "count": rng.poisson(np.where((T >= 26) & (k < jumping), 90, 40)),
                }
            )
            for k in range(5)
        ]
        return pl.concat(frames)

    assert recording_month(counted(5)) == dt.date(2021, 3, 1)
    assert recording_month(counted(1)) is None


def days_of(counts: np.ndarray, first: dt.date) -> pl.Series:
    """As many dates in each week from `first` on, spread over its days."""
    days = [first + dt.timedelta(weeks=w, days=i % 7) for w, n in enumerate(counts) for i in range(n)]
    return pl.Series(days, dtype=pl.Date)


def test_a_planted_week_is_above_and_about_one_in_a_hundred_others_is():
    rng = np.random.default_rng(8)
    first = dt.date(2018, 12, 31)
    above = total = 0
    for _ in range(20):
        made = table(weeks(ROBBERY, days_of(rng.poisson(60, 209), first), SCOPE, "C"))
        above += made.filter(state="above").height
        total += made.height
    assert total == 20 * 47
    assert above / total < 0.03
    counts = rng.poisson(60, 209)
    counts[200] = 140
    planted = table(weeks(ROBBERY, days_of(counts, first), SCOPE, "C")).filter(state="above")
    assert first + dt.timedelta(weeks=200) in planted["period_start"].to_list()


def test_nothing_is_said_of_weeks_where_only_months_are_known():
    firsts = pl.Series([day for day in STARTS for _ in range(100)], dtype=pl.Date)
    assert weeks(ROBBERY, firsts, SCOPE, "C") == []


def released(counts: np.ndarray, weekly: np.ndarray) -> pl.DataFrame:
    monthly = months(ROBBERY, estimates(counts))
    by_week = weeks(ROBBERY, days_of(weekly, dt.date(2018, 12, 31)), SCOPE, "C")
    own = estimates(counts).with_columns(
        pl.lit("A16").alias("indicator"), pl.lit("city").alias("area"), pl.lit("").alias("group"),
        pl.lit("police").alias("source"), pl.lit("events").alias("unit"),
    )  # fmt: skip
    tables = {"series": table(monthly + by_week), "estimates": TABLES["estimates"].frame(own.to_dicts())}
    return release_tables(tables, frozenset(), nesting=Nesting("city")).tables["series"]


def test_one_hidden_month_takes_the_whole_trend_with_it():
    rng = np.random.default_rng(9)
    counts = rng.poisson(40, 48)
    weekly = np.full(209, 60)
    assert released(counts, weekly).filter(step="month", state="observed")["trend"].null_count() == 0
    counts[17] = 3
    hidden = released(counts, weekly)
    figures = ["observed", "trend", "trend_low", "trend_high", "expected", "expected_low", "expected_high"]
    # Observed = trend + season + remainder: with any of these an attacker adds up to the hidden month.
    assert hidden.select(pl.all_horizontal(pl.col(figures).is_null())).to_series().all()
    assert set(hidden["state"]) == {"hidden"}


def test_a_month_less_its_weeks_tells_no_count_of_its_last_days():
    rng = np.random.default_rng(10)
    weekly = rng.poisson(60, 209)
    made = released(rng.poisson(260, 48), weekly).filter(step="week")
    assert made["observed"].null_count() == 0
    assert (made["observed"] % 10 == 0).all()
    weekly[180] = 12
    assert released(rng.poisson(260, 48), weekly).filter(step="week")["observed"].null_count() == made.height


def test_nothing_is_said_of_events_following_each_other_where_only_months_are_known():
    from salus.patterns.repeats import near_repeats

    rng = np.random.default_rng(11)
    days = pl.Series([STARTS[i % 2] for i in range(200)], dtype=pl.Date)
    placed = pl.DataFrame({"date": days, "lat": rng.uniform(0, 0.05, 200), "lon": rng.uniform(0, 0.05, 200)})
    assert near_repeats(ROBBERY, placed, (STARTS[0], STARTS[11]), "C", 1) == []
    spread = placed.with_columns(pl.Series("date", [STARTS[0] + dt.timedelta(days=i) for i in range(200)]))
    assert near_repeats(ROBBERY, spread, (STARTS[0], STARTS[11]), "C", 1)
