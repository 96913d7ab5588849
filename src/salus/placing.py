"""Where the places of a prepared export go: onto a grid, or to anchors that stand for enough addresses."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from salus.disclosure import snap
from salus.errors import BadInput
from salus.workspace import sha256_of

ADDRESSES: Final = 8
"""Fewest addresses an anchor stands for; the rule stated for the police maps of England and Wales."""
METRES_OF_A_DEGREE: Final = 111_320.0
_COLUMNS: Final = ("longitude", "latitude", "addresses")
_ROUNDED = 10.0
_FIX = f"one row an anchor with numbers in {', '.join(_COLUMNS)}; degrees in WGS84, {ADDRESSES} addresses or more"


@dataclass(frozen=True)
class Anchors:
    """Fixed places of an office, each with how many addresses are nearer to it than to any other."""

    frame: pl.DataFrame
    name: str
    sha256: str

    @property
    def receipt(self) -> dict[str, Any]:
        """What a receipt says of them: file, sha256, how many, and the fewest addresses that one stands for."""
        fewest = int(self.frame["addresses"].min())  # type: ignore[arg-type]
        return {"file": self.name, "sha256": self.sha256, "count": self.frame.height, "fewest_addresses": fewest}


def read_anchors(file: Path) -> Anchors:
    """Anchors from a CSV file (longitude, latitude, addresses).

    Raises `BadInput` where a row is no such thing or stands for fewer than 8 addresses: then the whole file is refused.
    """
    try:
        raw = pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError, UnicodeDecodeError) as problem:
        raise BadInput("The anchors are not readable as CSV in UTF-8", where=str(file), remedy=_FIX) from problem
    missing = [name for name in _COLUMNS if name not in raw.columns]
    if missing or raw.is_empty():
        what = f"The anchors lack the column {missing[0]}" if missing else "There are no anchors in the file"
        raise BadInput(what, where=str(file), remedy=_FIX)
    frame = raw.select(pl.col(name).str.strip_chars().cast(pl.Float64, strict=False) for name in _COLUMNS)
    on_earth = (pl.col("longitude").abs() <= 180) & (pl.col("latitude").abs() < 90) & pl.col("addresses").is_finite()
    _refuse(frame, ~on_earth.fill_null(value=False), file, "is no place with a number of addresses")
    _refuse(frame, pl.col("addresses") < ADDRESSES, file, f"stands for fewer than {ADDRESSES} addresses")
    return Anchors(frame, file.name, sha256_of(file))


def _refuse(frame: pl.DataFrame, wrong: pl.Expr, file: Path, what: str) -> None:
    rows = frame.select(pl.arg_where(wrong)).to_series()
    if rows.len():
        raise BadInput(
            f"{rows.len():,} anchors cannot be used; the first, in row {rows[0] + 1}, {what}",
            where=str(file),
            remedy=f"join it to its neighbour, or leave it out; {_FIX}",
        )


def to_grid(places: pl.DataFrame, metres: float) -> pl.DataFrame:
    """Places (longitude, latitude in degrees, empty where unknown) at the nearest crossing of a grid of this width.

    >>> to_grid(pl.DataFrame({"longitude": [-99.09456], "latitude": [19.35123]}), 200).rows()
    [(-99.094685, 19.351419)]
    """
    step = metres / METRES_OF_A_DEGREE
    snapped = ((pl.col("latitude") / step).round() * step).round(6)
    across = step / (snapped * (math.pi / 180)).cos()
    return places.select(((pl.col("longitude") / across).round() * across).round(6), snapped.alias("latitude"))


def to_anchors(places: pl.DataFrame, anchors: Anchors, protected: pl.Series) -> pl.DataFrame:
    """Places at their nearest anchor. Raises `Withheld` where one of them belongs to a `protected` offence."""
    known = (places["longitude"].is_finite() & places["latitude"].is_finite()).fill_null(value=False)
    if not known.any():
        return places.with_columns(pl.lit(None, pl.Float64).alias(name) for name in places.columns)
    middle = float(np.cos(np.radians(anchors.frame["latitude"].mean())))  # type: ignore[arg-type]
    scale = np.array([METRES_OF_A_DEGREE * middle, METRES_OF_A_DEGREE])
    at, fixed = (
        frame.select("longitude", "latitude").to_numpy() * scale for frame in (places.filter(known), anchors.frame)
    )
    moved = snap(
        at, fixed, addresses=anchors.frame["addresses"].to_numpy(), least=ADDRESSES,
        protected=protected.filter(known).to_numpy(),
    ) / scale  # fmt: skip
    where = np.full((places.height, 2), np.nan)
    where[known.to_numpy()] = moved.round(6)
    return pl.DataFrame(where, schema=["longitude", "latitude"]).fill_nan(None)


def metres_moved(before: pl.DataFrame, after: pl.DataFrame, least: int) -> float | None:
    """The median distance between places and where they went, to 10 m; None with fewer than `least` different places,
    because the distance of a single one would draw a circle with its home on it.
    """
    both = pl.concat(
        [before, after.rename({name: f"{name}_to" for name in after.columns})], how="horizontal"
    ).drop_nulls()
    if both.select(before.columns).n_unique() < least:
        return None
    north = (pl.col("latitude_to") - pl.col("latitude")) * METRES_OF_A_DEGREE
    east = (pl.col("longitude_to") - pl.col("longitude")) * METRES_OF_A_DEGREE * pl.col("latitude").radians().cos()
    median = both.select((north**2 + east**2).sqrt().median()).item()
    return float(round(median / _ROUNDED) * _ROUNDED)


def places_in_words(receipt: dict[str, Any]) -> str:
    """How the places of a receipt were moved."""
    median, anchors = receipt["moved_metres_median"], receipt["anchors"]
    if anchors is None:
        where = f"snapped to a grid of {receipt['snap_metres']:g} m"
    else:
        where = f"at {anchors['count']:,} anchors of {anchors['fewest_addresses']:,} addresses or more"
    return where if median is None else f"{where}; moved by {median:,.0f} m (median)"
