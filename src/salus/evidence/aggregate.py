"""Counts by month, area and hour: sums of the cube with classes beside the labels."""

from typing import Final

import numpy as np
import polars as pl

from salus.evidence.cells import CellIndex
from salus.evidence.classify import UNMAPPED
from salus.evidence.geography import moved
from salus.evidence.links import LINKS
from salus.evidence.store import Store
from salus.model.city import City

STATED_COUNTS: Final[dict[str, type[pl.DataType]]] = {
    "source": pl.String,
    "file": pl.String,
    "geography": pl.String,
    "area": pl.String,
    "label": pl.String,
    "iccs": pl.String,
    "tags": pl.String,
    "protected": pl.Boolean,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "count": pl.Int64,
    "first_row": pl.Int64,
    "last_row": pl.Int64,
}
"""Columns of counts that a file may state."""
COUNT_COLUMNS: Final[dict[str, type[pl.DataType] | pl.DataType]] = {**STATED_COUNTS, **LINKS}
HOUR_COLUMNS: Final[dict[str, type[pl.DataType] | pl.DataType]] = {
    "source": pl.String,
    "file": pl.String,
    "label": pl.String,
    "iccs": pl.String,
    "tags": pl.String,
    "protected": pl.Boolean,
    "hour": pl.Int64,
    "count": pl.Int64,
    "first_row": pl.Int64,
    "last_row": pl.Int64,
    **LINKS,
}
PIECE_COLUMNS = {
    "source": pl.String,
    "area": pl.String,
    "other": pl.String,
    "label": pl.String,
    "iccs": pl.String,
    "tags": pl.String,
    "protected": pl.Boolean,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "count": pl.Int64,
    "apart": pl.Float64,
}
RELOCATED_COLUMNS = {
    "geography": pl.String,
    "area": pl.String,
    "label": pl.String,
    "iccs": pl.String,
    "tags": pl.String,
    "replicate": pl.Int64,
    "count": pl.Int64,
}
REPLICATES: Final = 8
_KEYS: Final = ("file", "label", "period_start")


def monthly_counts(
    cube: pl.DataFrame, classes: pl.DataFrame, store: Store, source: str, city: City, *, drop: bool
) -> pl.DataFrame:
    """Counts by file, label and month: for the city, each modelling area and each shown area.

    Rows that no area holds count for the city only. Rows outside the assessed period are left out, and with `drop`
    those that repeat an earlier one.
    """
    used = cube.filter("within", ~(pl.col("repeats") & drop)).with_columns(pl.col("month").alias("period_start"))
    places = {"": pl.lit(city.scope.area)}
    for geography, column in ((city.scope.shown, "shown_area"), (city.scope.geography, "area")):
        if geography:
            places[geography] = pl.col(column)  # one vintage may be both
    parts = [
        used.with_columns(place.alias("area"), pl.lit(geography).alias("geography")).drop_nulls("area").select(
            "geography", "area", *_KEYS, "count", "first_row", "last_row", *LINKS
        )
        for geography, place in places.items()
    ]  # fmt: skip
    summed = pl.concat(parts).group_by("geography", "area", *_KEYS).agg(*_sums(cube))
    named = _classed(summed, classes, store, source).with_columns(
        pl.col("period_start").dt.month_end().alias("period_end")
    )
    return named.select(pl.col(name).cast(kind) for name, kind in COUNT_COLUMNS.items()).sort(
        "geography", "area", "label", "period_start", "source", "file"
    )


def _sums(counts: pl.DataFrame) -> list[pl.Expr]:
    known = counts["apart"].null_count() < counts.height
    linked = pl.col("linked").explode(keep_nulls=False, empty_as_null=False) if known else pl.lit(None, LINKS["linked"])
    apart = pl.col("apart").sum() if known else pl.lit(None, LINKS["apart"])
    rows = (pl.col("count").sum(), pl.col("first_row").min(), pl.col("last_row").max())
    return [*rows, linked.alias("linked"), apart.alias("apart")]


def piece_counts(cube: pl.DataFrame, classes: pl.DataFrame, source: str, *, drop: bool) -> pl.DataFrame:
    """Counts by label and month of the pieces where a modelling area and a shown area (`other`) overlap.

    No figure is made of them: the disclosure gate must know what one geography tells of the other.
    """
    used = cube.filter("within", ~(pl.col("repeats") & drop)).drop_nulls(["area", "shown_area"])
    keys = ("area", "shown_area", "label", "month")
    apart = pl.when(pl.col("apart").is_not_null().any()).then(pl.col("apart").sum()).alias("apart")
    named = _with_classes(used.group_by(keys).agg(pl.col("count").sum(), apart), classes).with_columns(
        pl.lit(source).alias("source"),
        pl.col("shown_area").alias("other"),
        pl.col("month").alias("period_start"),
        pl.col("month").dt.month_end().alias("period_end"),
    )
    shaped = named.select(pl.col(name).cast(kind) for name, kind in PIECE_COLUMNS.items())
    return shaped.sort("area", "other", "label", "period_start")


def hourly_counts(hours: pl.DataFrame, classes: pl.DataFrame, store: Store, source: str, *, drop: bool) -> pl.DataFrame:
    """Counts of the assessed period by file, label and hour of day, for the city; unknown hours are left out."""
    used = hours.filter("within", ~(pl.col("repeats") & drop)).drop_nulls("hour")
    summed = used.group_by("file", "label", "hour").agg(*_sums(hours))
    named = _classed(summed, classes, store, source)
    return named.select(pl.col(name).cast(kind) for name, kind in HOUR_COLUMNS.items()).sort(
        "label", "hour", "source", "file"
    )


def _classed(counts: pl.DataFrame, classes: pl.DataFrame, store: Store, source: str) -> pl.DataFrame:
    files = pl.DataFrame({"file": range(len(store.files)), "=file": store.files}, schema_overrides={"file": pl.Int64})
    named = _with_classes(counts, classes).join(files, on="file", how="left")
    return named.with_columns(pl.lit(source).alias("source"), pl.col("=file").alias("file"))


def _with_classes(counts: pl.DataFrame, classes: pl.DataFrame) -> pl.DataFrame:
    return counts.join(classes, on="label", how="left").with_columns(
        pl.col("iccs").fill_null(UNMAPPED), pl.col("tags").fill_null(""), pl.col("protected").fill_null(value=True)
    )


def relocated_counts(
    store: Store, classes: pl.DataFrame, index: CellIndex | None, city: City, *, metres: float, seed: int, drop: bool
) -> pl.DataFrame:
    """Pooled counts by area and label when every point is moved within its stated error, several times.

    The spread over `replicate` is what the publisher's jitter does to a count. Rows are taken quarter by quarter, in
    the order of the file, so that the same seed moves the same row in the same way. `drop`: without repeated rows.
    """
    if index is None or metres <= 0:
        return pl.DataFrame(schema=RELOCATED_COLUMNS)
    rng = np.random.Generator(np.random.PCG64(seed))
    within = pl.col("date").is_between(city.scope.start, city.scope.end)
    frames = []
    for part in store.parts():
        rows = part.filter(within).select("row", "label", "lat", "lon", "identity").drop_nulls(["lat", "lon"])
        batch = rows.collect(engine="streaming").sort("row")
        batch = batch.filter(pl.col("identity").is_first_distinct()) if drop else batch
        lon, lat = batch["lon"].to_numpy(), batch["lat"].to_numpy()
        for replicate in range(REPLICATES):
            area = index.locator.names(index.locate(*moved(lon, lat, metres, rng)))
            located = batch.select("label", area.alias("area"), pl.lit(replicate).alias("replicate"))
            frames.append(
                located.drop_nulls("area").group_by("area", "label", "replicate").agg(pl.len().alias("count"))
            )
    if not frames:
        return pl.DataFrame(schema=RELOCATED_COLUMNS)
    summed = pl.concat(frames).group_by("area", "label", "replicate").agg(pl.col("count").sum())
    named = _with_classes(summed, classes)
    return (
        named.with_columns(pl.lit(city.scope.geography).alias("geography"))
        .select(pl.col(name).cast(kind) for name, kind in RELOCATED_COLUMNS.items())
        .sort("area", "label", "replicate")
    )
