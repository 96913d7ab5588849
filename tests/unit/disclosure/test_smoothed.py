"""Smoothed rates of areas: made again from shown counts where few are hidden, three digits where many are."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from salus.disclosure.smoothed import FEW, release_smoothed
from salus.model.tables import TABLES
from salus.stats.small_areas import empirical_bayes

PER = 100_000
SPAN = {"period_start": dt.date(2019, 1, 1), "period_end": dt.date(2022, 12, 31)}


def gated(counts: list[int], hidden: int, city: str = "shown") -> pl.DataFrame:
    """Areas of 4,000 people with these counts, smoothed together; the first are hidden."""
    fitted = empirical_bayes(counts, [4000 / PER] * len(counts))
    about = {"indicator": "A16", "group": "", "unit": "per 100,000 residents a year", "source": "police", **SPAN}
    rows = [
        about | {"area": f"a{i:03d}", "numerator": float(n), "n": float(n), "denominator": 4000.0,
                 "value": fitted.estimate[i], "low": fitted.estimate[i] / 2, "high": fitted.estimate[i] * 2,
                 "p1": fitted.shape[i], "p2": fitted.scale[i], "family": "gamma",
                 "method": "empirical Bayes (Marshall), gamma posterior"}
        for i, n in enumerate(counts)
    ]  # fmt: skip
    total = float(sum(counts))
    rows.append(about | {"area": "city", "numerator": total, "denominator": 4000.0 * len(counts), "value": total,
                         "method": "exact", "family": "gamma"})  # fmt: skip
    frame = TABLES["estimates"].frame(rows)
    gone = pl.col("area").is_in([f"a{i:03d}" for i in range(hidden)])
    status = pl.when(gone).then(pl.lit("hidden")).when(pl.col("area") == "city").then(pl.lit(city))
    blank = [pl.when(~gone).then(name).alias(name) for name in ("value", "low", "high", "n", "numerator", "p1", "p2")]
    return frame.with_columns(*blank, status.otherwise(pl.lit("shown")).alias("status"))


def released(frame: pl.DataFrame) -> pl.DataFrame:
    areas = frozenset(frame["area"]) - {"city"}
    return release_smoothed(frame, {"block": areas}, "city", b"sixteen bytes, kept")[0]


def shown(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter((pl.col("status") == "shown") & (pl.col("area") != "city"))


@pytest.mark.parametrize(("one", "other"), [((3, 12), (1, 14)), ((2, 13), (4, 11))])
def test_with_few_hidden_counts_what_is_shown_is_the_same_whichever_they_are(one, other):
    rest = [30, 44, 18, 25, 61, 39]
    first, second = (shown(released(gated([*pair, *rest], 2))) for pair in (one, other))
    assert first.equals(second)
    assert first["value"].to_list() == pytest.approx(empirical_bayes(rest, [4000 / PER] * 6).estimate.tolist())


def test_where_the_city_is_hidden_too_the_mean_of_the_zeros_does_not_tell_it():
    told = {tuple(shown(released(gated([n, n, n, *[0] * 40], 3, "hidden")))["value"].to_list()) for n in (1, 2, 3)}
    assert len(told) == 1


def test_with_many_hidden_counts_figures_keep_three_digits_and_parameters_do_not_leave():
    counts = [1 + i % 4 for i in range(FEW)] + [20 + i for i in range(30)]
    before, after = shown(gated(counts, FEW)), shown(released(gated(counts, FEW)))
    assert after["p1"].null_count() == after["p2"].null_count() == after.height
    assert all(float(f"{x:.3g}") == pytest.approx(x) for x in after["value"])
    np.testing.assert_allclose(after["value"], before["value"], rtol=0.01)


def test_a_cross_section_without_hidden_counts_keeps_all_digits():
    frame = gated([30, 44, 18, 25], 0)
    assert released(frame).equals(frame)


def test_a_share_whose_limits_were_drawn_from_all_areas_gets_exact_ones_of_its_own():
    frame = gated([3, 12, 30, 44], 2)
    share = frame.tail(1).with_columns(
        indicator=pl.lit("A29"), unit=pl.lit("%"), method=pl.lit("resampled over areas"), numerator=pl.lit(40.0),
        denominator=pl.lit(100.0), value=pl.lit(40.0), low=pl.lit(33.0), high=pl.lit(44.0), family=pl.lit("normal"),
    )  # fmt: skip
    row = released(pl.concat([frame, share])).filter(pl.col("indicator") == "A29").row(0, named=True)
    assert (row["value"], row["method"]) == (40.0, "exact (Clopper-Pearson)")
    assert (row["low"], row["high"]) == pytest.approx((30.33, 50.28), abs=0.01)
