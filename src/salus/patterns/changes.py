"""What changed: the latest rates against earlier ones, and whether chance alone could have done it."""

import datetime as dt
from typing import Any, Final

import numpy as np
import polars as pl

from salus.model.framework import Indicator
from salus.stats.autocorrelation import benjamini_hochberg
from salus.stats.rates import rate_ratio
from salus.stats.trend import rate_trend

FALSE_DISCOVERIES: Final = 0.05
FEWEST: Final = 20
"""Fewer events in both periods together tell nothing of a change."""
_A_YEAR: Final = 360
_MONTH: Final = 31
_FEWEST_MONTHS: Final = 24


def city_changes(indicator: Indicator, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of the table `changes` for the city: the last year against the one before, and against the first.

    `rows`: the city's estimates (months and calendar years) with `numerator`, `denominator`, `grade`, `source`. The
    interval is wider where months vary more than chance would make them.
    """
    years = rows.filter(_days() > _A_YEAR).filter(_days() < _A_YEAR + 10).sort("period_start").drop_nulls("numerator")
    if years.height < 2:
        return []
    spread = dispersion(rows.filter(_days() <= _MONTH))
    made = years.to_dicts()
    last = made[-1]
    pairs = [(made[-2], "year_before"), (made[0], "first_year")][: 2 if len(made) > 2 else 1]
    return [row for before, against in pairs for row in _compared(indicator, [(before, last)], against, spread)]


def area_changes(indicator: Indicator, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows for areas: the recent part of the period against the part before it.

    `rows`: the areas' estimates of the whole period and of its end. What came before is the difference. Areas with
    fewer than `FEWEST` events are left out; p-values are adjusted over all others.
    """
    longest = rows.filter(pl.col("period_start") == rows["period_start"].min())
    later = rows.filter(pl.col("period_start") > rows["period_start"].min())
    both = later.join(longest, on=["area", "period_end"], how="inner", suffix="_whole").drop_nulls(
        ["numerator", "numerator_whole"]
    )
    pairs = [
        (
            row | {
                "period_start": row["period_start_whole"], "period_end": row["period_start"] - dt.timedelta(days=1),
                "numerator": row["numerator_whole"] - row["numerator"],
                "denominator": row["denominator_whole"] - row["denominator"],
            },
            row,
        )
        for row in both.to_dicts()
        if row["numerator_whole"] >= FEWEST and row["denominator_whole"] > row["denominator"] > 0
    ]  # fmt: skip
    return _compared(indicator, pairs, "earlier_part", 1.0) if pairs else []


def dispersion(months: pl.DataFrame) -> float:
    """How much more monthly counts vary than chance, around season and trend; 1 where that is not known."""
    used = months.drop_nulls("numerator").sort("period_start")
    if used.height < _FEWEST_MONTHS:
        return 1.0
    at = used["period_start"].dt.year() + (used["period_start"].dt.month() - 0.5) / 12
    season = used["period_start"].dt.month().to_numpy()
    trend = rate_trend(used["numerator"].to_numpy(), used["denominator"].to_numpy(), at.to_numpy(), season=season)
    return 1.0 if trend.reason or np.isnan(trend.dispersion) else max(float(trend.dispersion), 1.0)


def _compared(
    indicator: Indicator, pairs: list[tuple[dict[str, Any], dict[str, Any]]], against: str, spread: float
) -> list[dict[str, Any]]:
    def column(name: str, side: int) -> np.ndarray[Any, Any]:
        return np.array([pair[side][name] for pair in pairs], dtype=float)

    found = rate_ratio(
        column("numerator", 1), column("denominator", 1), column("numerator", 0), column("denominator", 0),
        dispersion=spread,
    )  # fmt: skip
    adjusted = benjamini_hochberg(found.p_value)
    return [
        {
            "indicator": indicator.id, "area": after["area"], "against": against,
            "before_start": before["period_start"], "before_end": before["period_end"],
            "period_start": after["period_start"], "period_end": after["period_end"],
            "ratio": float(found.value[i]) if np.isfinite(found.value[i]) else None, "low": float(found.low[i]),
            "high": float(found.high[i]) if np.isfinite(found.high[i]) else None, "p_value": float(found.p_value[i]),
            "q_value": float(adjusted[i]), "dispersion": spread,
            "state": _state(float(found.low[i]), float(found.high[i]), float(adjusted[i])),
            "grade": after["grade"], "source": after["source"], "flags": after["flags"] or "", "illustrative": False,
        }
        for i, (before, after) in enumerate(pairs)
    ]  # fmt: skip


def _state(low: float, high: float, adjusted: float) -> str:
    if adjusted > FALSE_DISCOVERIES or low <= 1 <= high:
        return "not_told"
    return "more" if low > 1 else "fewer"


def _days() -> pl.Expr:
    return (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
