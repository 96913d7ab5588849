"""Recorded offences by the harm that a jurisdiction's weights give them, for the city; counts always beside it."""

from typing import Any, Final

import numpy as np
import polars as pl

from salus.model.city import City
from salus.model.framework import Pack
from salus.model.grades import Grade, capped, worst
from salus.model.weights import HarmWeights
from salus.stats.concentration import harm as harm_of
from salus.stats.draws import seed_of
from salus.stats.harm_limits import capped_weights, harm_interval, harm_shares

UNCHECKED: Final[Grade] = "D"
"""Best grade of harm whose weights nobody has read in their source."""
_CLASS: Final = "iccs:"


def harm(estimates: pl.DataFrame, pack: Pack, city: City, *, seed: int) -> list[dict[str, Any]]:
    """Rows of the table `harm`: each table of weights that holds where the city is, each period, each weighed class.

    Counts are the city's recorded files by ICCS class; nothing is said of any area in it. Classes without a weight
    are in no sum: `covered` tells how much of all files is.
    """
    mine = estimates.filter((pl.col("area") == city.scope.area) & pl.col("numerator").is_not_null())
    classes = mine.filter(pl.col("group").str.starts_with(_CLASS))
    made: list[dict[str, Any]] = []
    for table in pack.weights:
        if table.jurisdiction not in (city.scope.area, *city.wider, city.country):
            continue
        periods = classes.select("period_start", "period_end").unique().sort("period_start", "period_end")
        for start, end in periods.iter_rows():
            here = (pl.col("period_start") == start) & (pl.col("period_end") == end)
            own = seed_of(seed, f"harm|{table.id}|{start}|{end}")
            whole = _everything(mine.filter(here), classes)
            about = {"weights": table.id, "version": table.version, "area": city.scope.area, "unit": table.unit,
                     "period_start": start, "period_end": end, "illustrative": False}  # fmt: skip
            made += [about | row for row in _weighed(table, classes.filter(here), whole, pack, own)]
    return made


def _everything(rows: pl.DataFrame, classes: pl.DataFrame) -> float | None:
    """All recorded files of the city in the period: the row that the classes are groups of."""
    found = rows.filter((pl.col("group") == "") & pl.col("indicator").is_in(classes["indicator"].unique().implode()))
    return float(found["numerator"][0]) if found.height else None


def _weighed(
    table: HarmWeights, classes: pl.DataFrame, whole: float | None, pack: Pack, seed: int
) -> list[dict[str, Any]]:  # fmt: skip
    """One row a weighed class that has events, and the row of their sum; nothing where no class has a weight."""
    members: dict[str, list[dict[str, Any]]] = {}
    for row in classes.sort("group").to_dicts():
        found = table.of(row["group"].removeprefix(_CLASS))
        if found is not None and row["numerator"] > 0:
            members.setdefault(found.iccs, []).append(row)
    if not members:
        return []
    codes = sorted(members)
    by_code = {row.iccs: row for row in table.weights}
    n = np.array([sum(row["numerator"] for row in members[code]) for code in codes], dtype=float)
    w = np.array([by_code[code].weight for code in codes])
    shares = harm_shares(n, w, seed=seed)
    same = _indicators(pack)
    made = []
    for i, code in enumerate(codes):
        limits = harm_interval(n[i : i + 1], w[i : i + 1])
        grade = worst(*[row["grade"] for row in members[code]])
        made.append({
            "iccs": code, "n": n[i], "weight": w[i], "harm": limits.value, "low": limits.low, "high": limits.high,
            "share": shares.share[i], "share_low": shares.low[i], "share_high": shares.high[i],
            "share_capped": shares.capped[i], "share_without": _known(shares.without[i]), "count_share": n[i] / n.sum(),
            "covered": None, "verification": by_code[code].verification, "indicator": same.get(code, ""),
            "classes": ";".join(row["group"].removeprefix(_CLASS) for row in members[code]),
            "grade": grade if by_code[code].verification == "seen" else capped(grade, UNCHECKED), "flags": "",
        })  # fmt: skip
    return [*made, _sum(made, n, w, whole)]


def _sum(rows: list[dict[str, Any]], n: np.ndarray, w: np.ndarray, whole: float | None) -> dict[str, Any]:
    total, limits = harm_of(n, w), harm_interval(n, w)
    checked = {"seen": 0, "recalled": 1, "proposed": 2}
    return {
        "iccs": "", "n": total.count, "weight": None, "harm": total.value, "low": limits.low, "high": limits.high,
        "share": 1.0, "share_low": 1.0, "share_high": 1.0,
        "share_capped": float(n @ capped_weights(n, w)) / total.value,
        "share_without": float(n @ (w * (w < w.max()))) / total.value, "count_share": 1.0,
        "covered": total.count / whole if whole else None, "indicator": "", "classes": "",
        "verification": max((row["verification"] for row in rows), key=checked.__getitem__),
        "grade": worst(*[row["grade"] for row in rows]), "flags": "",
    }  # fmt: skip


def _indicators(pack: Pack) -> dict[str, str]:
    """The indicator that counts a class and nothing else, by class: its count is published already."""
    return {
        indicator.select.iccs[0]: indicator.id
        for indicator in pack.indicators
        if indicator.measure == "recorded_rate" and indicator.select and len(indicator.select.iccs) == 1
        and not indicator.select.with_tags and not indicator.select.without_tags
    }  # fmt: skip


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
