"""Around which areas high or low rates gather, allowing for small numbers and for many tests."""

from typing import Any, Final

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from salus.model.framework import Indicator
from salus.patterns.neighbours import contiguity
from salus.stats.autocorrelation import benjamini_hochberg, getis_ord
from salus.stats.rates import assuncao_reis

FALSE_DISCOVERIES: Final = 0.05
PERMUTATIONS: Final = 999
LOCAL_PERMUTATIONS: Final = 99_999
"""Many, because the smallest p-value they can give must pass the adjustment for some thousand areas."""
FEWEST_AREAS: Final = 20
FEWEST_EVENTS: Final = 50


def clusters(
    indicator: Indicator, rows: pl.DataFrame, areas: pl.DataFrame, city: str, seed: int
) -> list[dict[str, Any]]:
    """Rows of the table `clusters` for one indicator and period: one an area, and one for the city.

    `rows`: the estimates of the areas, with `numerator` (events) and `denominator` (person-years). Areas without
    persons are left out. Nothing is said where there are too few areas or events.
    """
    used = rows.filter(pl.col("numerator").is_not_null() & (pl.col("denominator") > 0)).unique("area")
    used = areas.select("area", "wkb").join(used, on="area", how="inner").sort("area")
    events = used["numerator"].to_numpy().astype(float)
    if used.height < FEWEST_AREAS or events.sum() < FEWEST_EVENTS:
        return []
    near = contiguity(used)
    exposure = used["denominator"].to_numpy().astype(float)
    whole = assuncao_reis(events, exposure, _shares(near), permutations=PERMUTATIONS, seed=seed)
    if whole.reason:
        return []
    local = getis_ord(whole.z, near, permutations=LOCAL_PERMUTATIONS, seed=seed)
    adjusted = benjamini_hochberg(local.p_permutation)
    kinds = np.where(np.nan_to_num(adjusted, nan=1.0) > FALSE_DISCOVERIES, "neither",
                     np.where(local.statistic > 0, "high", "low"))  # fmt: skip
    first = used.row(0, named=True)
    about = {"indicator": indicator.id, "period_start": first["period_start"], "period_end": first["period_end"],
             "grade": first["grade"], "areas": used.height, "illustrative": False, "flags": ""}  # fmt: skip
    made = [
        about | {"area": area, "kind": str(kind), "statistic": _known(z), "p_value": _known(p), "q_value": _known(q)}
        for area, kind, z, p, q in zip(
            used["area"], kinds, local.statistic, local.p_permutation, adjusted, strict=True
        )
    ]  # fmt: skip
    gathered = "high" if whole.p_permutation <= FALSE_DISCOVERIES else "neither"
    city_row = {"area": city, "kind": gathered, "statistic": whole.statistic, "p_value": whole.p_permutation,
                "q_value": None}  # fmt: skip
    return [*made, about | city_row]


def _shares(near: csr_array) -> csr_array:
    """Each neighbour's share: rows that add up to one."""
    degree = np.asarray(near.sum(axis=1)).ravel()
    return csr_array(near / np.maximum(degree, 1.0)[:, None])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
