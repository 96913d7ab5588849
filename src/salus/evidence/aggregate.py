"""Incidents to counts, as Ibis expressions on DuckDB: the one step that must scale."""

import numpy as np
import polars as pl

from salus.evidence.geography import Locator, moved
from salus.model.city import City

COUNT_COLUMNS = {
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
RELOCATED_COLUMNS = {
    "geography": pl.String,
    "area": pl.String,
    "label": pl.String,
    "iccs": pl.String,
    "tags": pl.String,
    "replicate": pl.Int64,
    "count": pl.Int64,
}
REPLICATES = 8
_GROUP = ("source", "file", "label", "iccs", "tags", "protected")


def monthly_counts(incidents: pl.DataFrame, city: City) -> pl.DataFrame:
    """Counts by file, label and month: for the city, each modelling area and each shown area.

    Rows that no area holds count for the city only. Rows outside the assessed period are left out.
    """
    if incidents.height == 0:
        return pl.DataFrame(schema=COUNT_COLUMNS)
    import ibis

    connection = ibis.duckdb.connect()
    table = ibis.memtable(incidents)
    table = table.filter(table.date.between(city.scope.start, city.scope.end))
    table = table.mutate(month=table.date.truncate("M"))
    parts = [table.mutate(geography=ibis.literal(""), place_id=ibis.literal(city.scope.area))]
    columns = {city.scope.shown: "shown_area", city.scope.geography: "area"}  # one vintage may be both
    for geography, column in columns.items():
        if geography:
            parts.append(
                table.filter(table[column].notnull()).mutate(geography=ibis.literal(geography), place_id=table[column])
            )
    wanted = ("geography", "place_id", *_GROUP, "month", "row")
    everything = ibis.union(*[part.select(*wanted) for part in parts]) if len(parts) > 1 else parts[0].select(*wanted)
    grouped = everything.group_by(["geography", "place_id", *_GROUP, "month"]).aggregate(
        count=everything.count(), first_row=everything.row.min(), last_row=everything.row.max()
    )
    frame = pl.DataFrame(connection.to_polars(grouped))
    connection.disconnect()
    counts = frame.with_columns(
        pl.col("place_id").alias("area"),
        pl.col("month").cast(pl.Date).alias("period_start"),
        pl.col("month").cast(pl.Date).dt.month_end().alias("period_end"),
    )
    return counts.select(pl.col(name).cast(kind) for name, kind in COUNT_COLUMNS.items()).sort(
        "geography", "area", "label", "period_start", "source", "file"
    )


def relocated_counts(
    incidents: pl.DataFrame, locator: Locator | None, city: City, *, metres: float, seed: int
) -> pl.DataFrame:
    """Pooled counts by area and label when every point is moved within its stated error, several times.

    The spread over `replicate` is what the publisher's jitter does to a count.
    """
    used = incidents.filter(
        pl.col("lat").is_not_null()
        & pl.col("lon").is_not_null()
        & pl.col("date").is_between(city.scope.start, city.scope.end)
    )
    if locator is None or metres <= 0 or used.height == 0:
        return pl.DataFrame(schema=RELOCATED_COLUMNS)
    rng = np.random.Generator(np.random.PCG64(seed))
    lon, lat = used["lon"].to_numpy().astype(float), used["lat"].to_numpy().astype(float)
    frames = []
    for replicate in range(REPLICATES):
        area = locator.names(locator.locate(*moved(lon, lat, metres, rng)))
        counted = (
            used.select("label", "iccs", "tags", area.alias("area"))
            .drop_nulls("area")
            .group_by("area", "label", "iccs", "tags")
            .agg(pl.len().alias("count"))
        )
        frames.append(
            counted.with_columns(pl.lit(replicate).alias("replicate"), pl.lit(city.scope.geography).alias("geography"))
        )
    return (
        pl.concat(frames)
        .select(pl.col(name).cast(kind) for name, kind in RELOCATED_COLUMNS.items())
        .sort("area", "label", "replicate")
    )
