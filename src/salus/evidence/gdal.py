"""Hands GeoPackage and Shapefile to GDAL: a private copy under a name Salus chose, after a look at its first bytes.

Nobody's path or address ever reaches GDAL. Used by `salus.evidence.geofiles`. Needs the extra [geo].
"""

import codecs
import io
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
import shapely
from numpy.typing import NDArray

from salus.evidence.archives import RefusedError, shapefile_parts, too_large
from salus.evidence.projection import missing_geo
from salus.model.city import Mapping

_DRIVERS: Final = {".gpkg": "GPKG", ".shp": "ESRI Shapefile"}
_MAGIC: Final = {".gpkg": b"SQLite format 3\0", ".shp": b"\x00\x00\x27\x0a"}
_LEAST_ROW: Final = 4  # bytes: a file holds no more rows than this allows
_LANGUAGE: Final = 29  # byte of a .dbf that names its encoding
# A view may never end; the standard wants tables here.
_VIEWS: Final = "SELECT name FROM sqlite_master WHERE type = 'view' AND name LIKE 'gpkg%'"
_LAYERS: Final = (
    "SELECT g.table_name FROM gpkg_geometry_columns g "
    "JOIN sqlite_master m ON m.name = g.table_name AND m.type = 'table'"
)


@dataclass(frozen=True)
class Layer:
    """Rows of a file with geometry: text columns, one geometry each (or None), and the file's own CRS ('' if none)."""

    columns: pl.DataFrame
    shapes: NDArray[Any]
    crs: str


def read_geopackage(data: bytes, mapping: Mapping) -> Layer:
    """The one table with geometry of a GeoPackage, or the one that the mapping's `sheet` names."""
    with tempfile.TemporaryDirectory(prefix="salus-geo-") as folder:
        path = Path(folder) / "table.gpkg"
        path.write_bytes(_begins(data, ".gpkg"))
        return _gdal(path, data, layer=_one_layer(path, mapping.sheet))


def _one_layer(path: Path, wanted: str) -> str:
    """The table with geometry in a GeoPackage: the one there is, or the one `sheet` names."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as base:
            odd = base.execute(_VIEWS).fetchall()
            names = [] if odd else [str(name) for (name,) in base.execute(_LAYERS)]
    except (sqlite3.DatabaseError, UnicodeDecodeError) as problem:
        text = f"Not readable as GeoPackage: {problem}"
        raise RefusedError("not_a_table", text, "fetch the file again") from problem
    chosen = [name for name in names if name == wanted] if wanted else names
    if len(chosen) != 1:
        text = f"The GeoPackage holds {len(names)} tables with geometry ({', '.join(names[:5]) or 'none'})"
        raise RefusedError("not_one_table", text, "name the one to read as `sheet` in mapping.yaml")
    return chosen[0]


def read_shapefile(data: bytes, mapping: Mapping) -> Layer:
    """The Shapefile in a zip; its texts in the encoding it states, else in the mapping's."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise RefusedError("incomplete_shapefile", "A .shp alone has no columns", "zip it with its .dbf, .shx and .prj")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = shapefile_parts(archive)
    except zipfile.BadZipFile as problem:
        raise RefusedError("unreadable", f"Cannot be opened: {problem}", "fetch the file again") from problem
    _begins(parts[".shp"], ".shp")
    says = ".cpg" in parts or parts[".dbf"][_LANGUAGE : _LANGUAGE + 1] not in {b"", b"\0"}
    declared = _encoding(mapping.encoding)
    with tempfile.TemporaryDirectory(prefix="salus-geo-") as folder:
        for suffix, content in parts.items():
            (Path(folder) / f"table{suffix}").write_bytes(content)
        path = Path(folder) / "table.shp"
        return _gdal(path, parts[".shp"], encoding=None if says and declared == "utf-8" else declared)


def _encoding(name: str) -> str:
    """An encoding under the name that GDAL shares with Python: of `latin-1` it knows nothing."""
    try:
        return codecs.lookup(name).name
    except LookupError as problem:
        raise RefusedError("encoding", f"Nobody knows the encoding '{name}'", "correct `encoding`") from problem


def _begins(data: bytes, suffix: str) -> bytes:
    if not data.startswith(_MAGIC[suffix]):
        raise RefusedError("not_a_table", f"Not readable as {_DRIVERS[suffix]}: it begins otherwise", "export it again")
    return data


def _gdal(path: Path, data: bytes, **options: Any) -> Layer:
    """One table by the driver its suffix stands for, and by no other."""
    try:
        import pyogrio
        from pyogrio import raw
    except ImportError as problem:
        lacks = missing_geo("pyogrio", f"{_DRIVERS[path.suffix]} needs")
        raise RefusedError("missing_extra", lacks.what, lacks.remedy) from problem
    try:
        info = pyogrio.read_info(path, **options)
        if info["driver"] != _DRIVERS[path.suffix]:
            raise RefusedError("not_a_table", f"It reads as {info['driver']}", "export it again")
        if info["features"] > len(data) // _LEAST_ROW:
            raise too_large("The file")
        about, _, held, values = raw.read(path, force_2d=True, **options)
        shapes = shapely.from_wkb(held)
    except UnicodeDecodeError as problem:
        remedy = "write the file's encoding in mapping.yaml, for instance `encoding: latin-1`"
        raise RefusedError("encoding", f"Its texts are not utf-8: {problem}", remedy) from problem
    except _faults() as problem:
        text = f"Not readable as {_DRIVERS[path.suffix]}: {str(problem).replace(str(path), path.name)[:160]}"
        raise RefusedError("not_a_table", text, "export it again") from problem
    columns = {str(name): _texts(column) for name, column in zip(about["fields"], values, strict=True)}
    kept = {name: column for name, column in columns.items() if column is not None}
    return Layer(pl.DataFrame(kept), shapes, about["crs"] or "")


def _faults() -> tuple[type[Exception], ...]:
    """What reading a broken file raises; `UnboundLocalError` where GDAL rejects a .prj (pyogrio 0.13)."""
    from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, GeometryError

    raised = (DataSourceError, DataLayerError, FeatureError, GeometryError, CRSError, UnboundLocalError)
    return (*raised, shapely.GEOSException, ValueError)


def _texts(values: NDArray[Any]) -> pl.Series | None:
    """A column as it would stand in a CSV: dates in ISO form, whole numbers without a point. None: it is no text."""
    if values.dtype.kind == "O":
        texts = all(value is None or isinstance(value, str) for value in values)
        return pl.Series(values.tolist(), dtype=pl.String) if texts else None
    column = pl.Series(values)
    if values.dtype.kind == "f":
        column = column.fill_nan(None)
        whole = column.cast(pl.Int64, strict=False)
        return pl.select(
            pl.when(whole == column).then(whole.cast(pl.String)).otherwise(column.cast(pl.String))
        ).to_series()
    if values.dtype.kind == "M" and column.dtype != pl.Date:
        return column.dt.to_string("%Y-%m-%d %H:%M:%S")
    return column.cast(pl.String)
