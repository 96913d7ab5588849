"""Small files with geometry for tests, made on the spot: GeoPackage, zipped Shapefile, KML, KMZ and GeoParquet."""

import io
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely
from pyogrio import raw

Columns = dict[str, list[Any]]


def write_gdal(path: Path, shapes: list[Any], columns: Columns, crs: str | None, **options: Any) -> None:
    """A GeoPackage or Shapefile of the shapes, each with its row of the columns."""
    arrays = [np.array(v, dtype=object if isinstance(v[0], str) else None) for v in columns.values()]
    kind = next((s.geom_type for s in shapes if s is not None), "Point")
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it warns where there is no crs, which is the test
        raw.write(path, wkb, arrays, list(columns), crs=crs, geometry_type=kind, **options)


def shapefile_zip(path: Path, shapes: list[Any], columns: Columns, crs: str | None, **options: Any) -> Path:
    """The parts of a Shapefile in one zip; `crs` None leaves out its .prj, `without` leaves out more."""
    without = options.pop("without", ())
    folder = path.parent / f"{path.stem}-parts"
    folder.mkdir()
    write_gdal(folder / "records.shp", shapes, columns, crs, **options)
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.iterdir()):
            if part.suffix not in without:
                archive.writestr(part.name, part.read_bytes())
    for part in folder.iterdir():
        part.unlink()
    folder.rmdir()
    return path


def kml(shapes: list[Any], columns: Columns) -> str:
    """Placemarks with the columns as extended data."""
    marks = ""
    for number, shape in enumerate(shapes):
        data = "".join(
            f'<Data name="{n}"><value>{held[number]}</value></Data>' for n, held in columns.items() if held[number]
        )
        marks += f"<Placemark><ExtendedData>{data}</ExtendedData>{_kml_shape(shape)}</Placemark>"
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>{marks}</Folder></Document></kml>'


def _kml_shape(shape: Any) -> str:
    if shape is None:
        return ""
    if shape.geom_type == "MultiPolygon":
        return f"<MultiGeometry>{''.join(_kml_shape(part) for part in shape.geoms)}</MultiGeometry>"
    if shape.geom_type == "Polygon":
        inner = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in shape.interiors)
        return f"<Polygon><outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>{inner}</Polygon>"
    return f"<{shape.geom_type}>{_places(shape)}</{shape.geom_type}>"


def _ring(ring: Any) -> str:
    return f"<LinearRing>{_places(ring)}</LinearRing>"


def _places(shape: Any) -> str:
    return f"<coordinates>{' '.join(f'{x!r},{y!r},0' for x, y in shape.coords)}</coordinates>"


def kmz(path: Path, text: str) -> None:
    """The KML in a zip, beside a picture."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", text)
        archive.writestr("files/icon.png", b"\x89PNG")


def write_geoparquet(path: Path, shapes: list[Any], columns: Columns, **about: Any) -> None:
    """A GeoParquet file; `about` adds to what its metadata say of the geometry, such as `crs`."""
    wkb = [None if shape is None else shapely.to_wkb(shape) for shape in shapes]
    frame = pl.DataFrame({**columns, "geometry": pl.Series(wkb, dtype=pl.Binary)})
    described = {"encoding": "WKB", "geometry_types": [], **about}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": described}}
    buffer = io.BytesIO()
    frame.write_parquet(buffer, metadata={"geo": json.dumps(geo)})
    path.write_bytes(buffer.getvalue())
