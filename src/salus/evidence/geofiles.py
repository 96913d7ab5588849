"""Reads files with geometry: GeoPackage, zipped Shapefile, KML and GeoParquet, for incidents and for boundaries.

Points come as text columns like those of any table (`salus.evidence.files`), areas as features
(`salus.evidence.geography`).
"""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from salus.errors import BadInput, MissingExtra
from salus.evidence.archives import MOST_CELLS, RefusedError, too_large
from salus.evidence.gdal import Layer, read_geopackage, read_shapefile
from salus.evidence.kml import placemarks
from salus.evidence.projection import WGS84, in_wgs84, same_crs, to_wgs84
from salus.model.city import Mapping

POINT: Final = ("longitude", "latitude")


def read_points(suffix: str, data: bytes, mapping: Mapping) -> pl.DataFrame:
    """The text columns of a file of points, with `longitude` and `latitude` in the mapping's `crs`, else in WGS84.

    Raises `RefusedError` where the file cannot be taken, has no CRS that is known, or holds lines or areas as
    incidents.
    """
    layer = _read(suffix, data, mapping)
    points = _as_points(layer.shapes)
    other = {shape.geom_type for shape in points if shape is not None and shape.geom_type != "Point"}
    if other and mapping.kind == "incidents":
        text = f"Incidents are points; the file holds {', '.join(sorted(other))}"
        raise RefusedError("not_points", text, "export the places of the incidents, or add the file as boundaries")
    renamed: dict[str, str] = {name: f"{name} (2)" for name in POINT if name in layer.columns.columns}
    columns = layer.columns.rename(renamed)
    if other:
        return columns
    x, y = shapely.get_x(points), shapely.get_y(points)
    if not _kept(layer.crs, mapping):
        x, y = _degrees(x, y, layer.crs or mapping.crs)
    numbers = (
        pl.Series(name, values).fill_nan(None).cast(pl.String) for name, values in zip(POINT, (x, y), strict=True)
    )
    return columns.with_columns(n.str.replace(".", mapping.decimal, literal=True) for n in numbers)


def read_areas(path: Path) -> list[dict[str, Any]]:
    """The features of a file of boundaries as GeoJSON has them, in WGS84.

    Raises `RefusedError` where the file cannot be taken, and where it does not say its CRS.
    """
    suffix = ".shp" if path.name.endswith(".shp.zip") else path.suffix
    layer = _read(suffix, path.read_bytes(), Mapping(kind="figures", files="*", columns={}))
    if not layer.crs:
        raise _no_crs("add the .prj, or export the boundaries as GeoJSON in WGS84")
    shapes = shapely.transform(shapely.force_2d(layer.shapes), lambda at: _both(at, layer.crs))
    rows = zip(layer.columns.iter_rows(named=True), shapely.to_geojson(shapes), strict=True)
    return [{"properties": row, "geometry": json.loads(shape) if shape else None} for row, shape in rows]


def _both(at: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    return np.column_stack(_degrees(at[:, 0], at[:, 1], crs))


def _degrees(
    x: NDArray[np.float64], y: NDArray[np.float64], crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    try:
        return to_wgs84(x, y, crs)
    except (BadInput, MissingExtra) as problem:
        raise RefusedError("bad_crs", problem.what, problem.remedy) from problem


def _kept(own: str, mapping: Mapping) -> bool:
    """Whether points stay as they are, because the mapping names their CRS; refuses one that is missing or another."""
    if not own and not mapping.crs:
        raise _no_crs("write the publisher's system as `crs` in mapping.yaml, such as EPSG:32614, or add the .prj")
    if not mapping.crs or mapping.columns.get("longitude") != "longitude":
        return False
    try:
        if own and not same_crs(own, mapping.crs):
            text = f"The file says it is in {_short(own)}, mapping.yaml says {mapping.crs}"
            raise RefusedError("other_crs", text, "remove `crs` from mapping.yaml, or correct the file")
    except (BadInput, MissingExtra) as problem:
        raise RefusedError("bad_crs", problem.what, problem.remedy) from problem
    return True


def _no_crs(remedy: str) -> RefusedError:
    return RefusedError("no_crs", "The file does not say in which system its coordinates are", remedy)


def _short(crs: str) -> str:
    return crs if len(crs) < 40 else crs.partition('"')[2].partition('"')[0] or "another system"


def _as_points(shapes: NDArray[Any]) -> NDArray[Any]:
    """A multipoint of one point is that point."""
    single = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(shapes) == 1
    )
    return np.where(single, shapely.get_geometry(shapes, 0), shapes)


def _read(suffix: str, data: bytes, mapping: Mapping) -> Layer:
    readers: dict[str, Callable[[bytes, Mapping], Layer]] = {
        ".gpkg": read_geopackage, ".shp": read_shapefile, ".kml": _kml, ".parquet": _geoparquet,
    }  # fmt: skip
    layer = readers[suffix](data, mapping)
    if not layer.columns.width:
        raise RefusedError("not_a_table", "The file has no columns, or no rows", "export it with its attributes")
    if layer.columns.height * layer.columns.width > MOST_CELLS:
        raise too_large("The file")
    return layer


def _kml(data: bytes, mapping: Mapping) -> Layer:
    rows, shapes = placemarks(data)
    names = dict.fromkeys(name for row in rows for name in row)
    frame = pl.DataFrame([{n: row.get(n) for n in names} for row in rows], schema=dict.fromkeys(names, pl.String))
    return Layer(frame, _array(shapes), WGS84)


def _array(shapes: list[Any]) -> NDArray[Any]:
    held = np.empty(len(shapes), dtype=object)
    held[:] = shapes
    return held


def _geoparquet(data: bytes, mapping: Mapping) -> Layer:
    try:
        frame = pl.read_parquet(io.BytesIO(data))
        described = json.loads(pl.read_parquet_metadata(io.BytesIO(data))["geo"])
        name = described["primary_column"]
        about = described["columns"][name]
        encoding, crs = about["encoding"], about.get("crs", WGS84)
        if encoding != "WKB":
            raise RefusedError("not_a_table", f"Geometry as {encoding} is not read", "write the GeoParquet with WKB")
        shapes = shapely.from_wkb(_array(frame[name].to_list()))
    except (ValueError, KeyError, TypeError, OSError, pl.exceptions.PolarsError, shapely.GEOSException) as problem:
        text = f"Not readable as GeoParquet: {str(problem)[:160]}"
        raise RefusedError("not_a_table", text, "export it again") from problem
    kept = [n for n, kind in frame.schema.items() if not kind.is_nested() and kind != pl.Binary]
    return Layer(frame.select(pl.col(kept).cast(pl.String)), shapes, _projjson(crs))


def _projjson(crs: Any) -> str:
    """A CRS as GeoParquet writes it, as text; '' where the file says that it is not known."""
    if crs is None or isinstance(crs, str):
        return crs or ""
    code = crs.get("id", {})
    name = f"{code.get('authority', '')}:{code.get('code', '')}"
    return name if in_wgs84(name) else json.dumps(crs)
