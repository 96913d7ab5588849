"""Reads coordinates from texts, in degrees or in a projected system; says which could not be read or lie nowhere."""

import math
from typing import Final

import polars as pl

from salus.evidence.projection import in_wgs84, transformed
from salus.model.city import Mapping

_NORTH, _EAST = 90.0, 180.0
_POINT: Final = pl.Struct({"=lon": pl.Float64, "=lat": pl.Float64})


def with_points(rows: pl.LazyFrame, latitude: pl.Expr, longitude: pl.Expr, mapping: Mapping) -> pl.LazyFrame:
    """Adds `=lat` and `=lon` (degrees in WGS84, null where there is no point), `=bad_lat` and `=bad_lon`.

    A coordinate is bad where a text is there that is no number, or no place: a point that a projected system cannot
    hold has a bad latitude.
    """
    projected = not in_wgs84(mapping.crs)
    most = (math.inf, math.inf) if projected else (_NORTH, _EAST)  # metres and feet have no such bound
    read = rows.with_columns(
        _usable(latitude.cast(pl.Float64, strict=False), most[0]).alias("=lat"),
        _usable(longitude.cast(pl.Float64, strict=False), most[1]).alias("=lon"),
    ).with_columns(
        (pl.col("=lat").is_null() & latitude.is_not_null()).alias("=bad_lat"),
        (pl.col("=lon").is_null() & longitude.is_not_null()).alias("=bad_lon"),
    )
    return _in_degrees(read, mapping.crs) if projected else read


def _in_degrees(rows: pl.LazyFrame, crs: str) -> pl.LazyFrame:
    given = pl.col("=lat").is_not_null() & pl.col("=lon").is_not_null()

    def moved(points: pl.Series) -> pl.Series:
        parts = points.struct.unnest()
        east, north = (parts[name].fill_null(float("nan")).to_numpy() for name in ("=lon", "=lat"))
        degrees = transformed(east, north, crs)
        return pl.DataFrame({"=lon": degrees[0], "=lat": degrees[1]}).to_struct("=points")

    points = pl.struct("=lon", "=lat").map_batches(moved, return_dtype=_POINT, is_elementwise=True)
    placed = rows.with_columns(given.alias("=given"), points.alias("=points")).with_columns(
        pl.col("=points").struct.unnest()
    )
    placed = placed.with_columns(
        _usable(pl.col("=lat"), _NORTH).alias("=lat"), _usable(pl.col("=lon"), _EAST).alias("=lon")
    )
    lost = pl.col("=given") & (pl.col("=lat").is_null() | pl.col("=lon").is_null())
    return placed.with_columns((pl.col("=bad_lat") | lost).alias("=bad_lat"))


def _usable(number: pl.Expr, most: float) -> pl.Expr:
    return pl.when(number.is_finite() & (number.abs() <= most)).then(number)
