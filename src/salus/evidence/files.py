"""Opens files as received as tables of text: CSV, spreadsheets, Parquet, files with geometry, and zips of these.

Nothing here knows what a column means. A file that is too large for its kind or that hides its size is refused.
"""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl

from salus.evidence import geofiles
from salus.evidence.archives import MOST_BYTES, MOST_CELLS, RefusedError, inflated, member, too_large
from salus.model.city import Mapping
from salus.model.findings import DataFinding

Opened = tuple[pl.DataFrame, tuple[DataFinding, ...]]


def open_table(path: Path, shown: str, mapping: Mapping) -> Opened:
    """The rows of a file as text columns with the names of its header; empty with a finding that says why not."""
    try:
        name, data = unpacked(path)
        return _by_name(name)(data, shown, mapping), ()
    except RefusedError as problem:
        return pl.DataFrame(), (problem.finding(shown),)


def unpacked(path: Path) -> tuple[str, bytes]:
    """The bytes of the table and the name that tells its format."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise too_large(path.name)
        if path.suffix == ".gz":
            return path.stem, inflated(path)
        if path.suffix.lower() in {".zip", ".kmz"}:
            return member(path, FORMATS if path.suffix.lower() == ".zip" else (".kml",))
        data = path.read_bytes()
    except (OSError, EOFError, zipfile.BadZipFile) as problem:
        raise RefusedError("unreadable", f"Cannot be opened: {problem}", "fetch the file again") from problem
    if not data.strip():
        raise RefusedError("empty_file", "The file is empty", "check the export")
    return path.name, data


def beginning(path: Path, size: int = 20_000_000) -> tuple[str, bytes]:
    """The name that tells a file's format, unpacked, and its first bytes; empty where it cannot be opened."""
    try:
        name, data = unpacked(path)
    except RefusedError:
        return path.name, b""
    return name, data[:size]


def _by_name(name: str) -> Callable[[bytes, str, Mapping], pl.DataFrame]:
    suffix = Path(name).suffix.lower()
    if suffix not in FORMATS:
        raise RefusedError(
            "unknown_format", f"'{suffix or name}' is no table Salus reads", f"one of {', '.join(FORMATS)}"
        )
    return FORMATS[suffix]


def in_utf8(data: bytes, mapping: Mapping) -> bytes:
    """The same text in UTF-8, without a mark at its beginning. Raises `RefusedError` naming the first wrong line."""
    encoding = "utf-8-sig" if mapping.encoding.lower() in {"utf-8", "utf8"} else mapping.encoding
    try:
        return data.decode(encoding).encode()
    except (UnicodeDecodeError, LookupError) as problem:
        line = data[: getattr(problem, "start", 0)].count(b"\n") + 1
        remedy = "write the file's encoding in mapping.yaml, for instance `encoding: latin-1`"
        raise RefusedError("encoding", f"Not {mapping.encoding}: {problem}", remedy, line=line) from problem


def _csv(data: bytes, shown: str, mapping: Mapping) -> pl.DataFrame:
    text = in_utf8(data, mapping)
    try:
        return pl.read_csv(text, separator=mapping.delimiter, infer_schema=False, null_values=[""])
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError) as problem:
        reason = str(problem).splitlines()[0][:160]
        remedy = "check the delimiter and unclosed quotes"
        raise RefusedError("not_a_table", f"Not readable as CSV: {reason}", remedy) from problem


def _spreadsheet(data: bytes, shown: str, mapping: Mapping) -> pl.DataFrame:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name = mapping.sheet or book.sheet_names[0]
        if name not in book.sheet_names:
            known = ", ".join(book.sheet_names)
            raise RefusedError("no_such_sheet", f"There is no sheet '{name}'; the file has {known}", "correct `sheet`")
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > MOST_CELLS:
            raise too_large(shown)
        rows = sheet.to_python(skip_empty_area=False)[mapping.header_row - 1 :]
    except (CalamineError, IndexError) as problem:
        raise RefusedError("not_a_table", f"Not readable as a spreadsheet: {problem}", "save it again") from problem
    if not rows:
        raise RefusedError("empty_file", "The sheet has no rows", "check `sheet` and `header_row` in mapping.yaml")
    header = [_text(cell) or f"column {i}" for i, cell in enumerate(rows[0], start=1)]
    columns = {name: [_text(row[i]) for row in rows[1:]] for i, name in enumerate(_once(header))}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _once(header: list[str]) -> Iterator[str]:
    """Column names, a second one of the same name numbered."""
    seen: dict[str, int] = {}
    for name in header:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"


def _text(cell: Any) -> str | None:
    """A cell as it would stand in a CSV: dates in ISO form, whole numbers without a point."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _parquet(data: bytes, shown: str, mapping: Mapping) -> pl.DataFrame:
    try:
        if "geo" in pl.read_parquet_metadata(io.BytesIO(data)):
            return geofiles.read_points(".parquet", data, mapping)
        frame = pl.read_parquet(io.BytesIO(data))
        return frame.select(pl.col(name).cast(pl.String) for name, kind in frame.schema.items() if not kind.is_nested())
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise RefusedError("not_a_table", f"Not readable as Parquet: {problem}", "fetch the file again") from problem


def _geojson(data: bytes, shown: str, mapping: Mapping) -> pl.DataFrame:
    """Properties of each feature, with the columns `longitude` and `latitude` of its point."""
    try:
        features = json.loads(data)["features"]
        rows = [_feature(feature) for feature in features]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise RefusedError("not_a_table", f"Not readable as GeoJSON: {problem!r}"[:200], "export it again") from problem
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame([{n: row.get(n) for n in names} for row in rows], schema=dict.fromkeys(names, pl.String))


def _feature(feature: dict[str, Any]) -> dict[str, str | None]:
    row = {str(name): _text(value) for name, value in (feature.get("properties") or {}).items()}
    geometry = feature.get("geometry") or {}
    if geometry.get("type") == "Point":
        row |= {"longitude": str(geometry["coordinates"][0]), "latitude": str(geometry["coordinates"][1])}
    return row


def _geometry(suffix: str) -> Callable[[bytes, str, Mapping], pl.DataFrame]:
    return lambda data, shown, mapping: geofiles.read_points(suffix, data, mapping)


FORMATS: Final[dict[str, Callable[[bytes, str, Mapping], pl.DataFrame]]] = {
    ".csv": _csv, ".tsv": _csv, ".txt": _csv, ".xlsx": _spreadsheet, ".xls": _spreadsheet, ".ods": _spreadsheet,
    ".parquet": _parquet, ".geojson": _geojson, ".json": _geojson,
    ".gpkg": _geometry(".gpkg"), ".shp": _geometry(".shp"), ".kml": _geometry(".kml"),
}  # fmt: skip
