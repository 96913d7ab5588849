"""What is trend, what is season and what is more than expected in the months and weeks of a city's records."""

import datetime as dt
import math
from typing import Any, Final

import numpy as np
import polars as pl
from scipy import stats

from salus.model.framework import Indicator
from salus.stats.inputs import Array
from salus.stats.series import breakpoints, farrington_flexible, forecast, recording_break, stl

YEAR: Final = 12
FEWEST_MONTHS: Final = 2 * YEAR + 1
"""A season needs more than two years."""
MONTHS_TO_FORECAST: Final = 3 * YEAR + 1
FEWEST_EVENTS: Final = 5 * YEAR
"""Below this many events a year nothing is said of single weeks or months."""
ALPHA: Final = 0.01
"""Of a hundred weeks without anything unusual about one is called above."""
_WEEKS_OF_A_YEAR: Final = 365.25 / 7
_YEARS_BEFORE: Final = 3
_REACH: Final = 3
_FIRST_DAYS: Final = 0.5
_LATE: Final = 3


def months(
    indicator: Indicator, rows: pl.DataFrame, *, recorded: dt.date | None = None, is_late: bool = False
) -> list[dict[str, Any]]:  # fmt: skip
    """Monthly rows of the table `series`, from the city's monthly estimates of one indicator.

    `rows`: `value` (rate), `numerator`, `period_start`, `period_end`, `grade`. `recorded`: the month in which
    recording changed; `is_late`: whether the last months are still filling up. Nothing is said of a series with a gap,
    of fewer than `FEWEST_MONTHS` or of fewer than `FEWEST_EVENTS` a year.
    """
    used = rows.drop_nulls(["value", "numerator"]).sort("period_start")
    if used.height < FEWEST_MONTHS or not _follow(used["period_start"].to_list(), used["period_end"].to_list()):
        return []
    if used["numerator"].sum() < FEWEST_EVENTS * used.height / YEAR:
        return []
    y = used["value"].to_numpy().astype(float)
    parts = stl(y, YEAR)
    low, high = trend_limits(y)
    flags: list[list[str]] = [[] for _ in range(used.height)]
    for position in level_breaks(y - parts.seasonal):
        flags[position].append("break")
    for position, start in enumerate(used["period_start"]):
        if start == recorded:
            flags[position].append("recording_break")
        if is_late and position >= used.height - _LATE:
            flags[position].append("late_reporting")
    ahead = _ahead(y, used["period_end"][-1])
    if not ahead:
        flags[-1].append("no_forecast")
    about = _about(indicator, "month", indicator.unit, str(used["grade"][-1]))
    made = [
        about | {
            "period_start": start, "period_end": end, "observed": float(y[i]), "trend": float(parts.trend[i]),
            "trend_low": float(low[i]), "trend_high": float(high[i]), "state": "observed", "flags": ";".join(flags[i]),
        }
        for i, (start, end) in enumerate(used.select("period_start", "period_end").iter_rows())
    ]  # fmt: skip
    return made + [about | row for row in ahead]


def weeks(indicator: Indicator, dates: pl.Series, scope: tuple[dt.date, dt.date], grade: str) -> list[dict[str, Any]]:
    """Weekly rows of the table `series`: events (one date each), and what three years before let expect.

    Weeks run from Monday to Sunday and lie within `scope`. Nothing is said of fewer than four years, of a
    source that knows months only (half of its days or more are the first of a month), or of few events.
    """
    first = scope[0] + dt.timedelta(days=-scope[0].weekday() % 7)
    number = ((scope[1] - first).days + 1) // 7
    from_week = math.ceil(_YEARS_BEFORE * _WEEKS_OF_A_YEAR) + _REACH
    known = dates.drop_nulls()
    if number <= from_week or known.len() < FEWEST_EVENTS * number / _WEEKS_OF_A_YEAR:
        return []
    if knows_months_only(known):
        return []
    of_week = (known - first).dt.total_days().to_numpy() // 7
    counts = np.bincount(of_week[(of_week >= 0) & (of_week < number)].astype(int), minlength=number)
    starts = [first + dt.timedelta(weeks=i) for i in range(number)]
    found = farrington_flexible(counts, starts, range(from_week, number), b=_YEARS_BEFORE, alpha=ALPHA, trend_p=1.0)
    about = _about(indicator, "week", "events", grade)
    return [
        about | {
            "period_start": starts[week], "period_end": starts[week] + dt.timedelta(days=6),
            "observed": float(counts[week]), "expected": _known(expected), "expected_high": _known(upper),
            "state": "not_assessed" if np.isnan(upper) else "above" if alarm else "within", "flags": "",
        }
        for week, expected, upper, alarm in zip(found.weeks, found.expected, found.upper, found.alarm, strict=True)
    ]  # fmt: skip


def knows_months_only(dates: pl.Series) -> bool:
    """Whether half of the days or more are the first of a month: then the day says nothing."""
    return bool((dates.dt.day() == 1).sum() >= _FIRST_DAYS * dates.len())


def trend_limits(values: Array) -> tuple[Array, Array]:
    """95 % limits of the trend of a monthly series.

    Season and trend by loess are linear in the values, so the trend's variance is known from that of the errors:
    Student's t on the degrees of freedom the fit leaves, with errors that follow each other as the remainder does
    (first order). They say how sure the smooth line is, not that the truth is as smooth as the line.
    Source: Cleveland & Devlin (1988), JASA 83, section 4, for the degrees of freedom of a linear smoother.
    """
    n = values.size
    parts, each = stl(values, YEAR), stl(np.eye(n), YEAR)
    line = each.trend.T  # trend = line @ values
    left = np.eye(n) - (each.trend + each.seasonal).T
    rest = parts.remainder
    free = float((left**2).sum())
    # The fit takes from neighbours, so the remainder follows itself less than the errors do: the trace puts that back.
    near = left @ left.T
    follows = float(rest[1:] @ rest[:-1] / (rest @ rest)) - float(np.trace(near, 1) / np.trace(near))
    errors = max(follows, 0.0) ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    scale = float(rest @ rest) / float(np.trace(left @ errors @ left.T))
    reach = stats.t.ppf(0.975, free) * np.sqrt(scale * np.einsum("ij,jk,ik->i", line, errors, line))
    return parts.trend - reach, parts.trend + reach


def level_breaks(values: Array) -> list[int]:
    """First positions after a change of level, where steps describe a series better than a straight line does (BIC)."""
    found = breakpoints(values, max_breaks=3)
    if not found.positions.size:
        return []
    n, t = values.size, np.arange(values.size)
    line = np.polyval(np.polyfit(t, values, 1), t)
    straight = n * (np.log(((values - line) ** 2).sum() / n) + 1 + np.log(2 * np.pi)) + 3 * np.log(n)
    return [int(position) for position in found.positions] if found.bic.min() < straight else []


def recording_month(counts: pl.DataFrame) -> dt.date | None:
    """The month at which most offences of a source change level together; None where they do not.

    `counts`: `iccs`, `period_start`, `count` of the city's months. Offences on fewer than five events a
    month are left out; fewer than three offences or two years say nothing.
    """
    divisions = counts.with_columns(pl.col("iccs").str.slice(0, 4))
    table = divisions.pivot("iccs", index="period_start", values="count", aggregate_function="sum").sort("period_start")
    matrix = table.drop("period_start").fill_null(0).to_numpy().astype(float).T
    matrix = matrix[matrix.mean(axis=1) >= 5] if matrix.size else matrix
    if matrix.shape[0] < 3 or table.height < 2 * YEAR:
        return None
    found = recording_break(matrix)
    month: dt.date = table["period_start"][found.position]
    return month if found.flag else None


def _ahead(y: Array, end: dt.date) -> list[dict[str, Any]]:
    """The next twelve months, only if they could be told better than by last year's values."""
    if y.size < MONTHS_TO_FORECAST:
        return []
    found = forecast(y, YEAR, YEAR)
    if found.method != "holt_winters":
        return []
    starts = pl.date_range(end + dt.timedelta(days=1), interval="1mo", end=end + dt.timedelta(days=360), eager=True)
    return [
        {
            "period_start": start, "period_end": last, "expected": max(float(found.value[i]), 0.0),
            "expected_low": max(float(found.low_95[i]), 0.0), "expected_high": max(float(found.high_95[i]), 0.0),
            "state": "forecast", "flags": "",
        }
        for i, (start, last) in enumerate(zip(starts[:YEAR], starts.dt.month_end()[:YEAR], strict=True))
    ]  # fmt: skip


def _about(indicator: Indicator, step: str, unit: str, grade: str) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("observed", "trend", "trend_low", "trend_high", "expected", "expected_low", "expected_high")
    )  # fmt: skip
    return empty | {"indicator": indicator.id, "step": step, "unit": unit, "grade": grade, "illustrative": False}


def _follow(starts: list[dt.date], ends: list[dt.date]) -> bool:
    """Whether each month begins the day after the one before ends."""
    return all(after - before == dt.timedelta(days=1) for before, after in zip(ends, starts[1:], strict=False))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
