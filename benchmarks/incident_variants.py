"""One way to count incidents, run as a process of its own by `benchmarks.incidents`; prints one line of JSON.

Each is written as someone at home in that library would write it: only needed columns are read, nothing is done twice.
"""

import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

START = time.perf_counter()
MONTHS = "%m/%d/%Y %I:%M:%S %p"


def cpu() -> float:
    """CPU seconds of this process so far, children included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def salus(rows: Path, areas: Path) -> tuple[float, Iterable[tuple[str, str, str, int]]]:
    """Salus, by the parts that `salus run` uses."""
    import datetime as dt

    import polars as pl

    from salus.evidence.cube import Places, count_incidents
    from salus.evidence.engines import open_engine
    from salus.evidence.gazetteer import Gazetteer
    from salus.evidence.geography import Locator, read_geography
    from salus.evidence.store import write_store
    from salus.model.city import City, Mapping, Scope

    geography, _ = read_geography(areas, "zones", shown=areas.name, sha256="")
    places = Places(Locator(geography), Gazetteer(geography))
    scope = Scope(themes=(), area="US-CHI", geography="zones", shown="", start=dt.date(2019, 1, 1),
                  end=dt.date(2023, 12, 31))  # fmt: skip
    city = City.model_construct(id="chicago", time_zone="America/Chicago", scope=scope)
    columns = {"offence": "Primary Type", "date": "Date", "latitude": "Latitude", "longitude": "Longitude"}
    mapping = Mapping.model_validate(
        {"kind": "incidents", "files": "*.csv", "columns": columns, "date_format": MONTHS, "row_id": "ID"}
    )
    cold = cpu()
    with tempfile.TemporaryDirectory() as folder, open_engine("duckdb") as engine:
        store = write_store(Path(folder) / "store", {rows.name: rows}, mapping, city)
        cube = count_incidents(store, engine, city, model=places, shown=None)
    wanted = cube.filter(~pl.col("repeats")).drop_nulls("area").select("area", "label", "month", "count")
    del cube
    table = wanted.group_by("area", "label", "month").agg(pl.col("count").sum())
    return cold, table.select("area", "label", pl.col("month").dt.strftime("%Y-%m"), "count").iter_rows()


def polars(rows: Path, areas: Path) -> tuple[float, Iterable[tuple[str, str, str, int]]]:
    """Polars for the table, shapely's STRtree for the points."""
    import numpy as np
    import polars as pl
    import shapely

    features = json.loads(areas.read_text())["features"]
    names = pl.Series([f["properties"]["area"] for f in features])
    tree = shapely.STRtree(shapely.from_geojson([json.dumps(f["geometry"]) for f in features]))
    cold = cpu()
    text = pl.col("Date").str
    frame = (
        pl.scan_csv(rows, infer_schema=False)
        .select(
            "ID", pl.col("Primary Type").alias("label"), pl.col("Longitude", "Latitude").cast(pl.Float64),
            (text.slice(6, 4) + "-" + text.slice(0, 2)).alias("month"),
        )
        .drop_nulls(["Longitude", "Latitude"])
        .unique("ID")
        .collect(engine="streaming")
    )  # fmt: skip
    points = shapely.points(frame["Longitude"].to_numpy(), frame["Latitude"].to_numpy())
    point, area = tree.query(points, predicate="intersects")
    code = np.full(frame.height, len(features))
    np.minimum.at(code, point, area)
    located = (
        frame.select("label", "month").with_columns(pl.Series("code", code)).filter(pl.col("code") < len(features))
    )
    counted = located.group_by("code", "label", "month").len()
    table = counted.with_columns(names.gather(counted["code"]).alias("area"))
    return cold, table.select("area", "label", "month", "len").iter_rows()


def duckdb(rows: Path, areas: Path) -> tuple[float, Iterable[tuple[str, str, str, int]]]:
    """DuckDB with its spatial extension, as one query."""
    import duckdb as engine
    import duckdb_extension_spatial as spatial

    (extension,) = Path(spatial.__file__).parent.rglob("*.duckdb_extension")
    connection = engine.connect(config={"allow_unsigned_extensions": True})
    connection.execute(f"load '{extension}'")
    connection.execute(
        f"""create table zones as select x->>'$.properties.area' as area, ST_GeomFromGeoJSON(x->'$.geometry') as shape
        from (select unnest(content->'$.features[*]') as x from read_text('{areas}'))"""
    )
    cold = cpu()
    result = connection.execute(
        f"""with once as (
            select distinct on ("ID") "ID", "Primary Type" as label, "Date"[7:10] || '-' || "Date"[1:2] as month,
                ST_Point("Longitude"::double, "Latitude"::double) as point
            from read_csv('{rows}', all_varchar = true) where "Longitude" is not null and "Latitude" is not null
        ), located as (
            select "ID", any_value(label) as label, any_value(month) as month, min(area) as area
            from once join zones on ST_Intersects(zones.shape, once.point) group by "ID"
        ) select area, label, month, count(*) from located group by all"""
    )
    return cold, result.fetchall()


def pandas(rows: Path, areas: Path) -> tuple[float, Iterable[tuple[str, str, str, int]]]:
    """pandas and geopandas.sjoin."""
    import geopandas as gpd
    import pandas as pd

    zones = gpd.read_file(areas)[["area", "geometry"]]
    cold = cpu()
    frame = pd.read_csv(rows, usecols=["ID", "Date", "Primary Type", "Latitude", "Longitude"])
    frame = frame.drop_duplicates("ID").dropna(subset=["Latitude", "Longitude"])
    frame["month"] = pd.to_datetime(frame["Date"], format=MONTHS).dt.strftime("%Y-%m")
    points = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame.Longitude, frame.Latitude), crs=zones.crs)
    joined = gpd.sjoin(points, zones, predicate="intersects").sort_values("area")
    joined = joined[~joined.index.duplicated()]
    counted = joined.groupby(["area", "Primary Type", "month"]).size()
    return cold, ((*key, count) for key, count in counted.items())


def main() -> None:
    """Runs the named variant; the table goes into a sha256 outside the measured time."""
    name, rows, areas = sys.argv[1:4]
    cold, table = globals()[name](Path(rows), Path(areas))
    used, wall = cpu(), time.perf_counter() - START
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = sorted(f"{area},{label},{month},{int(count)}" for area, label, month, count in table)
    said: dict[str, Any] = {
        "cpu": used, "wall": wall, "cold": cold, "peak_mb": peak, "groups": len(lines),
        "sum": sum(int(line.rpartition(",")[2]) for line in lines),
        "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    }  # fmt: skip
    print(json.dumps(said))


if __name__ == "__main__":
    main()
