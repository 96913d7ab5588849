"""Turns projected coordinates (metres or feet, east and north) into degrees of longitude and latitude.

Used where a mapping or a file with geometry names its coordinate reference system. Needs the extra [geo].
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from salus.errors import BadInput, MissingExtra
from salus.model.findings import DataFinding

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

WGS84: Final = "EPSG:4326"
_DEGREES: Final = frozenset({"", WGS84, "OGC:CRS84"})
_WRITE: Final = "write `crs: EPSG:` and the number of the publisher's system, such as EPSG:32614 (UTM zone 14 north)"

Floats = NDArray[np.float64]


def in_wgs84(crs: str) -> bool:
    """Whether coordinates are degrees in WGS84 already; an empty `crs` says so too."""
    return crs.strip().upper() in _DEGREES


def to_wgs84(x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats]:
    """Longitude and latitude (WGS84, degrees) of points given east and north in a coordinate reference system.

    `x` is the easting (or longitude), `y` the northing (or latitude), in the units of the system, whatever order the
    system itself prefers. What is not a number stays so; a point the system cannot hold becomes nan. No correction
    grids are fetched: for old datums the result is good to a few metres.

    Raises `BadInput` for a system nobody knows and where no point at all can lie in it; `MissingExtra` without [geo].

    >>> import numpy as np
    >>> lon, lat = to_wgs84(np.array([530000.0]), np.array([180000.0]), "EPSG:27700")
    >>> round(float(lon[0]), 3), round(float(lat[0]), 3)
    (-0.128, 51.504)
    """
    if in_wgs84(crs):
        return x, y
    longitude, latitude = transformed(x, y, crs)
    given = np.isfinite(np.asarray(x, dtype=float)) & np.isfinite(np.asarray(y, dtype=float))
    if given.any() and not np.isfinite(longitude).any():
        raise BadInput(
            f"No point can lie in '{crs}'",
            where="crs",
            remedy=f"{_WRITE}; check that `longitude` names the column of eastings and `latitude` that of northings",
        )
    return longitude, latitude


def transformed(x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats]:
    """As `to_wgs84`, but a batch of points that all lie nowhere is only nan: others of the file may lie somewhere.

    >>> transformed(np.array([5.0]), np.array([1.0]), "")[0].tolist()
    [5.0]
    """
    if in_wgs84(crs):
        return x, y
    east, north = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    longitude, latitude = _transformer(crs).transform(east, north)
    lies = np.isfinite(east) & np.isfinite(north) & np.isfinite(longitude) & np.isfinite(latitude)
    return np.where(lies, longitude, np.nan), np.where(lies, latitude, np.nan)


def degrees(longitude: pl.Series, latitude: pl.Series, crs: str) -> tuple[pl.Series, pl.Series]:
    """Two columns of coordinates as longitude and latitude in WGS84; null where there is no point.

    Raises what `to_wgs84` raises.

    >>> degrees(pl.Series("lon", [37.6]), pl.Series("lat", [55.7]), "EPSG:4326")[0].to_list()
    [37.6]
    """
    if in_wgs84(crs):
        return longitude, latitude
    x, y = (column.cast(pl.Float64).to_numpy().astype(float) for column in (longitude, latitude))
    east, north = to_wgs84(x, y, crs)
    return tuple(  # type: ignore[return-value]
        pl.Series(column.name, values).fill_nan(None) for column, values in ((longitude, east), (latitude, north))
    )


def crs_fault(crs: str, shown: str) -> tuple[DataFinding, ...]:
    """An error about a file whose coordinate reference system nobody knows or cannot be computed here; else nothing."""
    try:
        if not in_wgs84(crs):
            _transformer(crs)
    except (BadInput, MissingExtra) as problem:
        return (DataFinding(shown, "bad_crs", problem.what, problem.remedy, column="crs", value=crs),)
    return ()


def same_crs(first: str, second: str) -> bool:
    """Whether two names stand for one coordinate reference system. Raises `BadInput` for an unknown one.

    >>> same_crs("", "OGC:CRS84")
    True
    """
    if in_wgs84(first) and in_wgs84(second):
        return True
    return bool(_known(first or WGS84).equals(_known(second or WGS84), ignore_axis_order=True))


@lru_cache(maxsize=16)
def _transformer(crs: str) -> "Transformer":
    known = _known(crs)
    if not (known.is_projected or known.is_geographic):  # heights, or a local grid tied to nothing
        raise BadInput(f"'{crs[:80]}' holds no places on Earth", where="crs", remedy=_WRITE)
    import pyproj.network
    from pyproj import Transformer

    # The same points on every machine, whatever its environment says. mypy: the name is imported there, not declared.
    getattr(pyproj.network, "set_network_enabled")(active=False)  # noqa: B009
    return Transformer.from_crs(known, WGS84, always_xy=True)


def _known(crs: str) -> "CRS":
    try:
        from pyproj import CRS
        from pyproj.exceptions import CRSError
    except ImportError as problem:
        raise missing_geo("pyproj", "Projected coordinates need") from problem
    try:
        return CRS.from_user_input(crs)
    except CRSError as problem:
        text = f"Nobody knows the coordinate reference system '{crs[:80]}'"
        raise BadInput(text, where="crs", remedy=_WRITE) from problem


def missing_geo(module: str, what: str) -> MissingExtra:
    """The error that says how to install the extra [geo]."""
    return MissingExtra(f"{what} the extra [geo]", where=module, remedy="pip install 'salus-cities[geo]'")
