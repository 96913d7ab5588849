"""Rates beside other rates (`changes`, `denominators`): they leave only where all their counts are shown."""

import polars as pl

from salus.disclosure.earlier import HELD

_FIGURES = ("ratio", "low", "high", "p_value", "q_value", "value")
_KEY = ["indicator", "area", "source", "period_start", "period_end"]


def release_compared(frame: pl.DataFrame, estimates: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.Series]:
    """Rows without figures wherever a count behind them is hidden, or held back at an earlier figure.

    A ratio with one known count gives the other away, and so does a rate with a known denominator. The earlier part of
    a period is the whole less the later part: both are looked up, and the gate has seen their difference.
    The mask says which rows lost their figures.
    """
    open_ = _are_shown(frame, estimates)
    if "before_start" in frame.columns:
        earlier = frame.with_columns(
            pl.col("before_start").alias("period_start"),
            pl.when(pl.col("against") == "earlier_part").then("period_end").otherwise("before_end").alias("period_end"),
        )
        open_ &= _are_shown(earlier, estimates)
    names = [name for name in _FIGURES if name in frame.columns]
    blanked = [pl.when(open_).then(name).alias(name) for name in names]
    if "state" in frame.columns:
        blanked.append(pl.when(open_).then("state").otherwise(pl.lit("hidden")).alias("state"))
    return frame.with_columns(blanked), ~open_


def _are_shown(frame: pl.DataFrame, estimates: pl.DataFrame | None) -> pl.Series:
    """Whether each row's estimate (of all groups together) is released with today's figure."""
    if estimates is None:
        return pl.Series([False] * frame.height, dtype=pl.Boolean)
    is_held = pl.col("flags").fill_null("").str.split(";").list.contains(HELD)
    shown = estimates.filter((pl.col("group") == "") & pl.col("numerator").is_not_null() & ~is_held)
    marked = shown.select(_KEY).unique().with_columns(pl.lit(value=True).alias("shown"))
    joined = frame.select(_KEY).join(marked, on=_KEY, how="left", maintain_order="left")
    return joined["shown"].fill_null(value=False)
