"""Reads coordinates from texts, in degrees or in a projected system; says which could not be read or lie nowhere."""

import math
from pathlib import Path
from typing import Final

import polars as pl

from salus.evidence.projection import in_wgs84, transformed
from salus.model.city import Mapping

_NORTH: Final = 90.0
_EAST: Final = 180.0


def with_points(rows: pl.LazyFrame, latitude: pl.Expr, longitude: pl.Expr, mapping: Mapping) -> pl.LazyFrame:
    """Adds `=lat` and `=lon` (numbers, null where there is none), `=bad_lat` and `=bad_lon`.

    A coordinate is bad where a text is there that is no number or, in degrees, no place on Earth.
    """
    degrees = in_wgs84(mapping.crs)
    most = (_NORTH, _EAST) if degrees else (math.inf, math.inf)  # metres and feet have no such bound
    return rows.with_columns(
        _usable(latitude.cast(pl.Float64, strict=False), most[0]).alias("=lat"),
        _usable(longitude.cast(pl.Float64, strict=False), most[1]).alias("=lon"),
    ).with_columns(
        (pl.col("=lat").is_null() & latitude.is_not_null()).alias("=bad_lat"),
        (pl.col("=lon").is_null() & longitude.is_not_null()).alias("=bad_lon"),
    )


def into_degrees(folder: Path, crs: str, *, lost: int) -> None:
    """Turns the points of all Parquet files below a folder into degrees, one file after the other.

    A point that the system cannot hold becomes null and its row gets the bit `lost` in `state`. Done here and not
    while the rows are read, because PROJ crashes in the threads of the engine that reads them.
    """
    if in_wgs84(crs):
        return
    for file in sorted(folder.glob("**/*.parquet")):
        frame = pl.read_parquet(file, hive_partitioning=False)
        given = frame["lat"].is_not_null() & frame["lon"].is_not_null()
        east, north = (frame[name].fill_null(float("nan")).to_numpy() for name in ("lon", "lat"))
        longitude, latitude = transformed(east, north, crs)
        placed = frame.with_columns(pl.Series("lon", longitude), pl.Series("lat", latitude)).with_columns(
            _usable(pl.col("lat"), _NORTH).alias("lat"), _usable(pl.col("lon"), _EAST).alias("lon")
        )
        nowhere = given & (placed["lat"].is_null() | placed["lon"].is_null())
        state = pl.col("state") | pl.when(nowhere).then(lost).otherwise(0).cast(pl.UInt8)
        placed.with_columns(state).write_parquet(file, compression="lz4", statistics=False)


def _usable(number: pl.Expr, most: float) -> pl.Expr:
    return pl.when(number.is_finite() & (number.abs() <= most)).then(number)
