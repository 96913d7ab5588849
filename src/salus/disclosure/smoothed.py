"""Smoothed rates of areas as they may leave: the mean and spread they are moved toward are made of hidden counts too.

A shown rate with its own count gives mean and spread back, to eight digits: with few hidden counts only one set of them
fits, and where the city's own count is hidden the mean gives it away.
"""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl
from scipy.stats import beta, gamma

from salus.disclosure.actions import Action, drawn
from salus.model.tables import key_column
from salus.stats.small_areas import empirical_bayes

FEW: Final = 20
"""With fewer hidden counts in a cross-section than this, rates are smoothed again from the shown counts alone."""
DIGITS: Final = 3
MADE_AGAIN: Final = "empirical Bayes (Marshall) from the shown areas, gamma posterior"
RESAMPLED: Final = "resampled over areas"
"""Limits of a figure that are made by drawing from the counts of all areas."""
EXACT: Final = "exact (Clopper-Pearson)"
_SECTION: Final = ("indicator", "group", "period_start", "period_end", "source")
_FIGURES: Final = ("value", "low", "high")
_HIDDEN: Final = "hidden"
_LEVELS: Final = (0.025, 0.975)
_HALF: Final = 0.5
_FULL: Final = 100.0


def release_smoothed(
    frame: pl.DataFrame, places: Mapping[str, frozenset[str]], city: str, secret: bytes
) -> tuple[pl.DataFrame, list[Action]]:
    """Gated estimates (with `status`) whose smoothed rates tell no more than the shown counts do.

    Only cross-sections (one indicator, group, period, source and geography) with hidden rows are touched. Where they
    are few, or the city's own count is hidden, the shown rates are smoothed again from the shown counts alone. Where
    they are many, figures keep three digits, at edges that the secret moves, and the parameters do not leave. A share
    whose limits were made by drawing from the counts of all areas gets exact ones of its own.
    """
    geography = {area: name for name, areas in places.items() for area in areas if area != city}
    own = frame.with_row_index("place").with_columns(
        pl.col("area").replace_strict(geography, default="", return_dtype=pl.String).alias("geography"),
        pl.col("method").fill_null("").str.starts_with("empirical Bayes").alias("smoothed"),
    )
    lost = set(own.filter((pl.col("area") == city) & (pl.col("status") == _HIDDEN)).select(_SECTION).iter_rows())
    again: list[dict[str, object]] = []
    coarse: list[int] = []
    for key, rows in own.filter(pl.col("geography") != "").group_by(*_SECTION, "geography"):
        hidden = int((rows["status"] == _HIDDEN).sum())
        shown = rows.filter(pl.col("smoothed") & pl.col("numerator").is_not_null())
        if not hidden or not shown.height:
            continue
        if hidden < FEW or key[:-1] in lost:
            again += _again(shown)
        else:
            coarse += shown["place"].to_list()
    if (own["status"] == _HIDDEN).any():
        again += _shares(own.filter((pl.col("method") == RESAMPLED) & (pl.col("status") != _HIDDEN)))
    made = _replaced(_coarse(own, coarse, secret), again).select(frame.columns)
    counts = (("smoothed again from shown counts", len(again)), ("figures rounded", len(coarse)))
    return made, [("estimates", rule, count, count / frame.height) for rule, count in counts if count]


def _again(rows: pl.DataFrame) -> list[dict[str, object]]:
    """The rows' figures from their own counts, moved toward the mean of these rows only."""
    unit = re.search(r"per ([\d,]+)", str(rows["unit"][0]))
    per = float(unit[1].replace(",", "")) if unit else 1.0
    events, exposure = rows["numerator"].to_numpy(), rows["denominator"].to_numpy() / per
    fitted = empirical_bayes(events, exposure)
    low, high = (gamma.ppf(level, fitted.shape, scale=fitted.scale) for level in _LEVELS)
    value = fitted.shape * fitted.scale
    made = {
        "place": rows["place"].to_numpy(), "value": value, "low": np.fmin(low, value), "high": np.fmax(high, value),
        "p1": fitted.shape, "p2": fitted.scale,
    }  # fmt: skip
    told = {"method": MADE_AGAIN, "family": "gamma"}
    return [{name: values[i].item() for name, values in made.items()} | told for i in range(rows.height)]


def _shares(rows: pl.DataFrame) -> list[dict[str, object]]:
    """Shares in percent with exact limits (Clopper-Pearson) from their own count and whole."""
    made = []
    for place, part, whole in rows.select("place", "numerator", "denominator").iter_rows():
        first, second = part + _HALF, whole - part + _HALF
        low = 100 * beta.ppf(_LEVELS[0], part, whole - part + 1) if part > 0 else 0.0
        high = 100 * beta.ppf(_LEVELS[1], part + 1, whole - part) if part < whole else 100.0
        figures = {"value": 100 * part / whole, "low": float(low), "high": float(high), "p1": first, "p2": second}
        made.append({"place": place, **figures, "method": EXACT, "family": "beta"})
    return made


def _replaced(own: pl.DataFrame, again: list[dict[str, object]]) -> pl.DataFrame:
    numbers = (*_FIGURES, "p1", "p2")
    texts = ("method", "family")
    kinds = {"place": pl.UInt32()} | dict.fromkeys(numbers, pl.Float64()) | dict.fromkeys(texts, pl.String())
    made = pl.DataFrame(again, schema=kinds).fill_nan(None)
    joined = own.join(made, on="place", how="left", suffix="_again", maintain_order="left")
    new = pl.col("place").is_in(made["place"].implode())
    return joined.with_columns(
        *(pl.when(new).then(f"{name}_again").otherwise(name).alias(name) for name in (*numbers, *texts)),
        pl.when(new & (pl.col("family_again") == "beta")).then(pl.lit(_FULL)).otherwise("p3").alias("p3"),
    )


def _coarse(own: pl.DataFrame, places: list[int], secret: bytes) -> pl.DataFrame:
    chosen = pl.col("place").is_in(places)
    keys = own.filter(chosen).select("place", key_column("estimates"))
    edges = pl.Series([drawn(secret, f"edge|{key}", 0.5) for key in keys["key"]], dtype=pl.Float64)
    moved = own.join(keys.select("place", edges.alias("edge")), on="place", how="left", maintain_order="left")
    none = pl.lit(None, dtype=pl.Float64)
    return moved.with_columns(
        *(pl.when(chosen).then(_cut(name)).otherwise(name).alias(name) for name in _FIGURES),
        *(pl.when(chosen).then(none).otherwise(name).alias(name) for name in ("p1", "p2", "p3")),
        pl.when(chosen).then(pl.lit("none")).otherwise("family").alias("family"),
    )


def _cut(name: str) -> pl.Expr:
    """Three digits, up or down by the row's edge."""
    figure = pl.col(name)
    unit = pl.lit(10.0).pow(figure.abs().log10().floor() - (DIGITS - 1))
    return pl.when(figure > 0).then((figure / unit + pl.col("edge")).floor() * unit).otherwise(figure).round(10)
