"""Whether a recorded event makes another one nearby and soon after more likely than chance."""

import datetime as dt
from typing import Any, Final

import numpy as np
import polars as pl

from salus.model.framework import Indicator
from salus.patterns.seasons import knows_months_only
from salus.stats.near_repeat import knox

METRES: Final = (0.0, 400.0, 800.0, 1200.0)
"""Bands of distance; the first is twice as wide as the 200 m within which publishers move points."""
DAYS: Final = (0.0, 8.0, 15.0, 29.0, 57.0)
PERMUTATIONS: Final = 199
FEWEST_EVENTS: Final = 100
MOST_EVENTS: Final = 20_000
_METRES_OF_A_DEGREE: Final = 111_320.0


def near_repeats(
    indicator: Indicator, events: pl.DataFrame, period: tuple[dt.date, dt.date], grade: str, seed: int
) -> list[dict[str, Any]]:
    """Rows of the table `near_repeats` for one indicator. `events`: date, lat, lon of the period, one row an event.

    Nothing is said of fewer than `FEWEST_EVENTS`, or where only months are known; of more than `MOST_EVENTS` the
    last ones are taken, and said so.
    """
    known = events.drop_nulls(["date", "lat", "lon"]).sort("date", "lat", "lon")
    used = known.tail(MOST_EVENTS)
    if used.height < FEWEST_EVENTS or knows_months_only(used["date"]):
        return []
    latitude = used["lat"].to_numpy()
    x = used["lon"].to_numpy() * _METRES_OF_A_DEGREE * np.cos(np.radians(latitude.mean()))
    days = used["date"].to_physical().to_numpy().astype(float)
    found = knox(x, latitude * _METRES_OF_A_DEGREE, days, METRES, DAYS, permutations=PERMUTATIONS, seed=seed)
    cut = used.height < known.height
    about = {
        "indicator": indicator.id,
        "period_start": used["date"][0] if cut else period[0],
        "period_end": period[1],
        "events": used.height,
        "grade": grade,
        "illustrative": False,
        "flags": "latest_only" if cut else "",
    }
    return [
        about | {
            "metres_from": METRES[i], "metres_to": METRES[i + 1], "days_from": DAYS[j], "days_to": DAYS[j + 1],
            "observed": int(found.observed[i, j]), "expected": float(found.expected[i, j]),
            "chance_low": float(found.chance_low[i, j]), "chance_high": float(found.chance_high[i, j]),
            "ratio": float(found.ratio[i, j]), "p_value": float(found.p_value[i, j]),
        }
        for i in range(len(METRES) - 1) for j in range(len(DAYS) - 1)
    ]  # fmt: skip
