"""Makes rows like those of Chicago's open crime file: 22 columns, clustered points, 1 % repeated rows. Seeded."""

import datetime as dt
import json
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

WEST, SOUTH, EAST, NORTH = -87.94, 41.64, -87.52, 42.03
BLOCK_ROWS: Final = 250_000
REPEATED: Final = 0.01
OFFENCES: Final = (
    "THEFT", "BATTERY", "CRIMINAL DAMAGE", "NARCOTICS", "ASSAULT", "OTHER OFFENSE", "BURGLARY", "MOTOR VEHICLE THEFT",
    "DECEPTIVE PRACTICE", "ROBBERY", "CRIMINAL TRESPASS", "WEAPONS VIOLATION", "PROSTITUTION", "PUBLIC PEACE VIOLATION",
    "OFFENSE INVOLVING CHILDREN", "CRIM SEXUAL ASSAULT", "SEX OFFENSE", "INTERFERENCE WITH PUBLIC OFFICER", "GAMBLING",
    "LIQUOR LAW VIOLATION", "ARSON", "HOMICIDE", "KIDNAPPING", "INTIMIDATION", "STALKING", "OBSCENITY",
)  # fmt: skip
_FIRST_DAY = dt.datetime(2019, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_DAYS = 5 * 365


def make_areas(path: Path, *, areas: int = 2000, seed: int = 7) -> None:
    """Writes `areas` crooked cells that tile the city (about fifty vertices each) as GeoJSON."""
    rng = np.random.Generator(np.random.PCG64(seed))
    centres = np.column_stack([rng.uniform(WEST, EAST, areas), rng.uniform(SOUTH, NORTH, areas)])
    box = shapely.box(WEST, SOUTH, EAST, NORTH)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=box))
    crooked = shapely.transform(shapely.segmentize(shapely.intersection(cells, box), 0.0008), _nudged)
    features = [
        {"type": "Feature", "properties": {"area": f"z{i:05d}", "name": f"Zone {i}"},
         "geometry": json.loads(shapely.to_geojson(shape))}
        for i, shape in enumerate(shapely.make_valid(crooked))
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def _nudged(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each vertex moved by a little that depends on where it is, so that neighbours keep one border."""
    key = np.round(vertices * 1e7).astype(np.int64)
    mixed = ((key[:, 0] * 73856093) ^ (key[:, 1] * 19349663)) * 2654435761
    across, up = (mixed & 0xFFFFFFFF) / 2**32 - 0.5, ((mixed * 40503) & 0xFFFFFFFF) / 2**32 - 0.5
    moved: NDArray[np.float64] = vertices + np.column_stack([across, up]) * 0.0003
    return moved


def make_rows(path: Path, rows: int, *, seed: int = 11) -> None:
    """Writes `rows` incidents as CSV, block by block, in the order in which records were entered."""
    rng = np.random.Generator(np.random.PCG64(seed))
    centres = np.column_stack([rng.uniform(WEST, EAST, 400), rng.uniform(SOUTH, NORTH, 400)])
    shares = rng.pareto(1.1, 400) + 0.05
    frequency = 1 / np.arange(1, len(OFFENCES) + 1)
    with path.open("wb") as file:
        for start in range(0, rows, BLOCK_ROWS):
            size = min(BLOCK_ROWS, rows - start)
            frame = _block(rng, start, size, rows, centres, shares / shares.sum(), frequency / frequency.sum())
            file.write(frame.write_csv(include_header=start == 0).encode())


def _block(
    rng: np.random.Generator, start: int, size: int, rows: int, centres: NDArray[np.float64],
    shares: NDArray[np.float64], frequency: NDArray[np.float64],
) -> pl.DataFrame:  # fmt: skip
    spots = centres[rng.choice(len(centres), size, p=shares)] + rng.normal(0, 0.006, (size, 2))
    lon, lat = np.clip(spots[:, 0], WEST, EAST), np.clip(spots[:, 1], SOUTH, NORTH)
    known = rng.random(size) > 0.01
    seconds = ((start + np.arange(size)) / rows * _DAYS * 86400 - rng.exponential(5 * 86400, size)).clip(0)
    kind = rng.choice(len(OFFENCES), size, p=frequency)
    number = np.arange(start, start + size)
    fields = pl.DataFrame(
        {"ID": 10_000_000 + number, "lon": np.round(lon, 9), "lat": np.round(lat, 9), "known": known, "kind": kind,
         "seconds": seconds.astype(np.int64), "block": rng.integers(1, 130, size), "street": rng.integers(1, 99, size),
         "beat": rng.integers(111, 2535, size), "yes": rng.random(size) < 0.26}
    )  # fmt: skip
    when = pl.lit(_FIRST_DAY) + pl.duration(seconds="seconds")
    padded = pl.col("beat").cast(pl.String).str.zfill(4)
    there = pl.col("known")
    frame = fields.select(
        "ID",
        ("JC" + pl.col("ID").cast(pl.String)).alias("Case Number"),
        when.dt.strftime("%m/%d/%Y %I:%M:%S %p").alias("Date"),
        pl.format("{}XX W {}TH ST", pl.col("block").cast(pl.String).str.zfill(3), "street").alias("Block"),
        (pl.col("kind") * 37 + 400).cast(pl.String).alias("IUCR"),
        pl.Series(OFFENCES).gather(fields["kind"]).alias("Primary Type"),
        pl.lit("OVER $500").alias("Description"),
        pl.lit("STREET").alias("Location Description"),
        pl.col("yes").alias("Arrest"),
        (~pl.col("yes")).alias("Domestic"),
        padded.alias("Beat"),
        (pl.col("beat") // 100).alias("District"),
        (pl.col("beat") % 50 + 1).alias("Ward"),
        (pl.col("beat") % 77 + 1).alias("Community Area"),
        pl.lit("06").alias("FBI Code"),
        pl.when(there).then(((pl.col("lon") + 88) * 270_000).round().cast(pl.Int64)).alias("X Coordinate"),
        pl.when(there).then(((pl.col("lat") - 36.6) * 364_000).round().cast(pl.Int64)).alias("Y Coordinate"),
        when.dt.year().alias("Year"),
        pl.lit("02/28/2024 03:56:25 PM").alias("Updated On"),
        pl.when(there).then("lat").alias("Latitude"),
        pl.when(there).then("lon").alias("Longitude"),
        pl.when(there).then(pl.format("({}, {})", "lat", "lon")).alias("Location"),
    )  # fmt: skip
    chosen = np.arange(size)
    again = rng.random(size) < REPEATED
    chosen[again] = np.maximum(chosen[again] - rng.integers(1, 1000, int(again.sum())), 0)
    return frame[chosen]


if __name__ == "__main__":
    import sys

    make_areas(Path(sys.argv[2]).with_suffix(".geojson"))
    make_rows(Path(sys.argv[2]), int(sys.argv[1]))
