"""Reads boundaries, and tells in which area a point lies: exactly, also on borders and in holes."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import shapely
import yaml
from numpy.typing import NDArray
from pydantic import ValidationError

from salus.evidence.archives import RefusedError
from salus.evidence.geofiles import read_areas
from salus.model.city import Boundaries, Geography
from salus.model.findings import DataFinding

_EARTH_KM_PER_DEGREE = 111.32
_LON, _LAT = 180.0, 90.0
AREA_COLUMNS = {
    "area": pl.String,
    "name": pl.String,
    "population": pl.Float64,
    "km2": pl.Float64,
    "wkb": pl.Binary,
    "names": pl.String,
}


def read_geography(path: Path, vintage: str, *, shown: str, sha256: str) -> tuple[Geography, tuple[DataFinding, ...]]:
    """The areas of a file with properties `area`, `name` and, if known, `population`: GeoJSON in WGS84, or a format of
    `salus.evidence.geofiles` in any system it states.

    Other spellings of a name stand in properties that begin with `name_` (`name_ru`).
    """
    empty = Geography(vintage, pl.DataFrame(schema=AREA_COLUMNS), shown, sha256)
    try:
        geojson = path.suffix == ".geojson"
        features = json.loads(path.read_text(encoding="utf-8"))["features"] if geojson else read_areas(path)
    except RefusedError as problem:
        return empty, (problem.finding(shown),)
    except (OSError, ValueError, KeyError, UnicodeDecodeError) as problem:
        return empty, (
            DataFinding(
                shown,
                "unreadable_boundaries",
                f"Not readable as GeoJSON: {problem}",
                "export the boundaries as GeoJSON in WGS84",
            ),
        )
    rows: list[tuple[object, ...]] = []
    findings: list[DataFinding] = []
    called, wrong = _called(path.with_name("columns.yaml"), shown)
    findings += wrong
    for number, feature in enumerate(features, start=1):
        row, fault = _area(feature, number, shown, called)
        if fault:
            findings.append(fault)
        if row:
            rows.append(row)
    frame = pl.DataFrame(rows, schema=AREA_COLUMNS, orient="row")
    doubled = frame.filter(pl.col("area").is_duplicated())["area"].unique().sort()
    findings += [
        DataFinding(shown, "doubled_area", f"Area '{n}' is there more than once", "merge its parts into one", value=n)
        for n in doubled
    ]
    return Geography(vintage, frame.unique("area", maintain_order=True).sort("area"), shown, sha256), tuple(findings)


def _called(path: Path, shown: str) -> tuple[Boundaries, tuple[DataFinding, ...]]:
    """How the properties are called, where a file beside the boundaries says so."""
    if not path.is_file():
        return Boundaries(), ()
    try:
        return Boundaries.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))), ()
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as problem:
        text = f"columns.yaml beside it cannot be read: {str(problem).splitlines()[0]}"
        return Boundaries(), (DataFinding(shown, "bad_columns", text, "it may hold area, name and population"),)


def _area(
    feature: dict[str, object], number: int, shown: str, called: Boundaries
) -> tuple[tuple[object, ...] | None, DataFinding | None]:  # fmt: skip
    given = feature.get("properties") or {}
    assert isinstance(given, dict)
    properties = given | {field: given.get(column) for field, column in called if column in given}
    area = str(properties.get("area") or "")
    if not area:
        return None, DataFinding(
            shown,
            "area_without_id",
            f"A feature has no property `{called.area}`",
            "write in columns.yaml beside the file which property holds the id (`area: …`)",
            row=number,
        )
    try:
        shape = shapely.from_geojson(json.dumps(feature.get("geometry")))
    except shapely.GEOSException as problem:
        return None, DataFinding(shown, "bad_geometry", f"Area '{area}': {problem}", "repair the geometry", row=number)
    west, south, east, north = shape.bounds if not shape.is_empty else (0.0, 0.0, 0.0, 0.0)
    if shape.is_empty or max(abs(west), abs(east)) > _LON or max(abs(south), abs(north)) > _LAT:
        return None, DataFinding(
            shown,
            "bad_geometry",
            f"Area '{area}' is empty or not in degrees",
            "export in WGS84 (EPSG:4326)",
            row=number,
        )
    fault = None
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
        fault = DataFinding(
            shown,
            "repaired_geometry",
            f"Area '{area}' crosses itself and was repaired",
            "repair it at the source",
            severity="warning",
            row=number,
        )
    population = properties.get("population")
    km2 = shape.area * _EARTH_KM_PER_DEGREE**2 * float(np.cos(np.radians((south + north) / 2)))
    number_of = None if population is None else float(population)
    spelled = [str(value) for key, value in properties.items() if value and (key == "name" or key.startswith("name_"))]
    name = str(properties.get("name") or area)
    return (area, name, number_of, km2, shapely.to_wkb(shape), "|".join(spelled)), fault


class Locator:
    """Finds the area of points: bounding boxes first (STRtree), then the exact polygons."""

    def __init__(self, geography: Geography) -> None:
        self._ids = geography.areas["area"].to_numpy()
        self._shapes = shapely.from_wkb(geography.areas["wkb"].to_list())
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)

    def locate(self, longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.int64]:
        """The position of each point's area in `ids`, -1 outside all. A point on a border belongs to
        the first area, in id order, that touches it."""
        found = np.full(len(longitude), -1, dtype=np.int64)
        usable = np.flatnonzero(np.isfinite(longitude) & np.isfinite(latitude))
        points = shapely.points(longitude[usable], latitude[usable])
        which, areas = self._tree.query(points, predicate="intersects")
        order = np.lexsort((areas, which))[::-1]
        found[usable[which[order]]] = areas[order]
        return found

    def near(self, boxes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of a box and the position of an area that it touches."""
        which, areas = self._tree.query(boxes, predicate="intersects")
        return which, areas

    def names(self, positions: NDArray[np.int64]) -> pl.Series:
        """Area ids for positions; null outside."""
        named = np.full(len(positions), None, dtype=object)
        inside = positions >= 0
        named[inside] = self._ids[positions[inside]]
        return pl.Series("area", named.tolist(), dtype=pl.String)

    @property
    def ids(self) -> NDArray[np.object_]:
        """Area ids in order."""
        return np.asarray(self._ids, dtype=object)

    @property
    def shapes(self) -> NDArray[np.object_]:
        """The polygons, in the order of `ids`."""
        return np.asarray(self._shapes, dtype=object)


def moved(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64], metres: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points moved uniformly within a disc of that radius: where they may really lie."""
    distance = metres * np.sqrt(rng.random(len(longitude))) / (_EARTH_KM_PER_DEGREE * 1000)
    angle = rng.random(len(longitude)) * 2 * np.pi
    return (
        longitude + distance * np.cos(angle) / np.cos(np.radians(latitude)),
        latitude + distance * np.sin(angle),
    )
