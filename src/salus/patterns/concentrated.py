"""In how few areas recorded events lie, beside the share of areas that chance alone would leave them in."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import polars as pl

from salus.model.framework import Indicator
from salus.stats.concentration import AgainstChance, gini, gini_interval, poisson_null, smallest_share
from salus.stats.inputs import Array
from salus.stats.rates import share_interval
from salus.stats.results import Interval
from salus.stats.share_limits import smallest_share_interval

DRAWS: Final = 199
"""Of each null; the 95 % range is between its 5th and 195th value or so."""
FEWEST_EVENTS: Final = 2
RESAMPLES: Final = 1000
SHARES: Final = {"share_25": 0.25, "share_50": 0.5}
"""Smallest share of areas with a quarter and with half of the events."""
MEASURES: Final = (*SHARES, "share_any", "gini", "gini_generalised")
_CHANCE: Final = ("", "_low", "_high")


def concentration(indicator: Indicator, rows: pl.DataFrame, seed: int) -> list[dict[str, Any]]:
    """Rows of the table `concentration` for one indicator, geography and period: one a measure.

    `rows`: the estimates of the areas, with `numerator` (events) and `denominator` (person-years), which may be 0.
    Below two events or areas the measures are null and `reason` says so. An area counts one, whatever its size.
    """
    used = rows.filter(pl.col("numerator").is_not_null()).sort("area")
    if used.is_empty():
        return []
    events, residents = (used[name].fill_null(0.0).to_numpy().astype(float) for name in ("numerator", "denominator"))
    first = used.row(0, named=True)
    about = {
        "indicator": indicator.id, "period_start": first["period_start"], "period_end": first["period_end"],
        "areas": used.height, "n": float(events.sum()), "grade": first["grade"], "illustrative": False,
    }  # fmt: skip
    if used.height < 2 or events.sum() < FEWEST_EVENTS:
        why = {"reason": "fewer than two events or areas", "flags": ""}
        return [about | {"measure": name} | why for name in MEASURES]
    chance = {"equal": None, "residents": residents if residents.sum() > 0 else np.zeros(0)}
    nulls = {
        name: poisson_null(events, DRAWS, seed, exposure=size)
        for name, size in chance.items()
        if size is None or size.size
    }
    return [
        about | {"measure": name} | _found(name, events, seed)
        | _beside({null: found.compare(_measure(name)) for null, found in nulls.items()})
        for name in MEASURES
    ]  # fmt: skip


def _measure(name: str) -> Callable[[Array], float]:
    """The function of the areas' counts that a measure is."""
    if name in SHARES:
        return lambda x: float(smallest_share(x, SHARES[name]))
    if name == "share_any":
        return lambda x: float((x > 0).mean())
    return lambda x: float(gini(x, generalised=name == "gini_generalised"))


def _found(name: str, events: Array, seed: int) -> dict[str, Any]:
    """The measure with its 95 % limits, areas taken as a sample of like areas."""
    found: Interval[float]
    if name in SHARES:
        found = smallest_share_interval(events, SHARES[name], RESAMPLES, seed)
    elif name == "share_any":
        found = share_interval(float((events > 0).sum()), float(events.size))
    else:
        found = gini_interval(events, name == "gini_generalised", draws=RESAMPLES, seed=seed)
    return {"value": _known(found.value), "low": _known(found.low), "high": _known(found.high), "reason": found.reason}


def _beside(against: dict[str, AgainstChance]) -> dict[str, Any]:
    """What chance gives; a flag where the measure is within what it gives."""
    told: dict[str, Any] = {}
    flags = []
    for null, found in against.items():
        values = (found.expected, found.low, found.high)
        told |= {f"{null}{end}": _known(value) for end, value in zip(_CHANCE, values, strict=True)}
        if found.low <= found.observed <= found.high:
            flags.append(f"within_chance_{null}")
    return told | {"flags": ";".join(flags)}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
