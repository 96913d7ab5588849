"""What of the table `series` may leave: trends of months that are all shown, and weeks without their counts."""

import polars as pl

_FIGURES = ("observed", "trend", "trend_low", "trend_high", "expected", "expected_low", "expected_high")
_MANY = 2


def release_series(
    frame: pl.DataFrame, estimates: pl.DataFrame | None, city: str, base: int
) -> tuple[pl.DataFrame, pl.Series]:
    """Months leave only where every month of the indicator is shown as it is; weeks leave rounded to `base`.

    A trend is made from all months, so with one of them hidden it would give it away: then no figure of the
    indicator leaves. A month less the weeks in it is a few days; so weekly counts are rounded, and left out
    where any week holds fewer than twice `base` events. The mask says which rows lost their figures.
    """
    shown = _shown_months(frame, estimates, city)
    is_week = pl.col("step") == "week"
    few = frame.filter(is_week & (pl.col("observed") < _MANY * base))["indicator"].unique().to_list()
    open_ = pl.col("indicator").is_in(shown) & ~(is_week & pl.col("indicator").is_in(few))
    rounded = [
        pl.when(open_ & is_week)
        .then((pl.col(name) / base).round() * base if name == "observed" else pl.col(name).round())
        .when(open_)
        .then(name)
        .alias(name)
        for name in _FIGURES
    ]
    mask = frame.select((~open_).alias("mask")).to_series()
    state = pl.when(open_).then("state").otherwise(pl.lit("hidden")).alias("state")
    return frame.with_columns(*rounded, state), mask


def _shown_months(frame: pl.DataFrame, estimates: pl.DataFrame | None, city: str) -> list[str]:
    """Indicators of which every observed month is released, with this very figure."""
    if estimates is None:
        return []
    months = frame.filter((pl.col("step") == "month") & (pl.col("state") == "observed"))
    own = estimates.filter((pl.col("area") == city) & (pl.col("group") == "")).select(
        "indicator", "period_start", "period_end", "value"
    )
    joined = months.join(own, on=["indicator", "period_start", "period_end"], how="left")
    same = (pl.col("value") - pl.col("observed")).abs() <= 1e-6 * pl.col("observed").abs() + 1e-9
    every = joined.group_by("indicator").agg(same.fill_null(value=False).all().alias("all"))
    return every.filter(pl.col("all"))["indicator"].to_list()
