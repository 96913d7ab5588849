"""Opens files as received as tables of text: CSV, spreadsheets, Parquet, GeoJSON, and zips of these.

Nothing here knows what a column means. A file that is too large for its kind or that hides its size is refused.
"""

import datetime as dt
import gzip
import io
import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import polars as pl

from salus.model.city import Mapping
from salus.model.findings import DataFinding

MOST_BYTES: Final = 4_000_000_000
MOST_STREAMED: Final = 1_000_000_000_000  # text that is read piece by piece may be large
MOST_CELLS: Final = 200_000_000
MOST_RATIO: Final = 200  # a table packs ten to fifty times; more is no table
_TEXT: Final = (".csv", ".tsv", ".txt")
Opened = tuple[pl.DataFrame, tuple[DataFinding, ...]]


def open_table(path: Path, shown: str, mapping: Mapping) -> Opened:
    """The rows of a file as text columns with the names of its header; empty with a finding that says why not."""
    try:
        name, data = _unpacked(path)
        return _by_name(name)(data, shown, mapping), ()
    except _RefusedError as problem:
        return pl.DataFrame(), (problem.finding(shown),)


class _RefusedError(Exception):
    """A file that cannot be taken, and what to do."""

    def __init__(self, rule: str, message: str, remedy: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.rule, self.remedy, self.line = rule, remedy, line

    def finding(self, shown: str) -> DataFinding:
        """The refusal as a finding about a file."""
        return DataFinding(shown, self.rule, str(self), self.remedy, line=self.line)


def _unpacked(path: Path) -> tuple[str, bytes]:
    """The bytes of the table and the name that tells its format."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _too_large(path.name)
        if path.suffix == ".gz":
            return path.stem, _inflated(path)
        if path.suffix == ".zip":
            return _member(path)
        data = path.read_bytes()
    except (OSError, EOFError, zipfile.BadZipFile) as problem:
        raise _RefusedError("unreadable", f"Cannot be opened: {problem}", "fetch the file again") from problem
    if not data.strip():
        raise _RefusedError("empty_file", "The file is empty", "check the export")
    return path.name, data


def beginning(path: Path, size: int = 20_000_000) -> tuple[str, bytes]:
    """The name that tells a file's format, unpacked, and its first bytes; empty where it cannot be opened."""
    try:
        name, data = _unpacked(path)
    except _RefusedError:
        return path.name, b""
    return name, data[:size]


@contextmanager
def scan_table(path: Path, shown: str, mapping: Mapping) -> Iterator[tuple[pl.LazyFrame, tuple[DataFinding, ...]]]:
    """The rows of a file as `open_table` gives them, lazily: text files of any size are read piece by piece.

    Packed files and other encodings are first written as plain UTF-8 into a temporary file beside no one's data.
    """
    name = path.stem if path.suffix in {".gz", ".zip"} else path.name
    if path.suffix != ".zip" and Path(name).suffix.lower() not in _TEXT:
        frame, findings = open_table(path, shown, mapping)
        yield frame.lazy(), findings
        return
    with tempfile.TemporaryDirectory(prefix="salus-rows-") as folder:
        try:
            plain = _plain(path, mapping, Path(folder) / "rows.csv")
            if plain is None:
                frame, findings = open_table(path, shown, mapping)
                yield frame.lazy(), findings
                return
            rows = pl.scan_csv(plain, separator=mapping.delimiter, infer_schema=False, null_values=[""])
            rows.collect_schema()
        except _RefusedError as problem:
            yield pl.LazyFrame(), (problem.finding(shown),)
            return
        except (pl.exceptions.PolarsError, OSError) as problem:
            yield pl.LazyFrame(), (csv_fault(problem, path, shown, mapping),)
            return
        yield rows, ()


def csv_fault(problem: Exception, path: Path, shown: str, mapping: Mapping) -> DataFinding:
    """What is wrong with a text file that could not be read to its end: its encoding, or its cells."""
    try:
        _utf8(_unpacked(path)[1], mapping)
    except _RefusedError as fault:
        return fault.finding(shown)
    reason = str(problem).splitlines()[0][:160]
    return DataFinding(
        shown, "not_a_table", f"Not readable as CSV: {reason}", "check the delimiter and unclosed quotes"
    )


def _plain(path: Path, mapping: Mapping, target: Path) -> Path | None:
    """A file of plain UTF-8 text with the same rows: the file itself where it is one; None where it is no text."""
    size = path.stat().st_size
    if size > MOST_STREAMED:
        raise _too_large(path.name)
    utf8 = mapping.encoding.lower() in {"utf-8", "utf8"}
    if path.suffix in {".gz", ".zip"}:
        name, opened, most = _stream(path)
        if Path(name).suffix.lower() not in _TEXT:
            opened.close()
            return None
        with opened, target.open("wb") as out:
            _copy(opened, out, most, path.name)
        path, size = target, target.stat().st_size
    if size == 0:
        raise _RefusedError("empty_file", "The file is empty", "check the export")
    return path if utf8 else _recoded(path, mapping, target.with_suffix(".utf8"))


def _stream(path: Path) -> tuple[str, IO[bytes] | gzip.GzipFile, int]:
    """The name of what is packed, a stream of it, and the most bytes it may hold."""
    if path.suffix == ".gz":
        return path.stem, gzip.open(path), min(MOST_STREAMED, max(path.stat().st_size, 1000) * MOST_RATIO)
    try:
        archive = zipfile.ZipFile(path)
        chosen = _chosen(archive, path.name)
        return chosen.filename, archive.open(chosen), chosen.file_size
    except (OSError, zipfile.BadZipFile) as problem:
        raise _RefusedError("unreadable", f"Cannot be opened: {problem}", "fetch the file again") from problem


def _copy(source: IO[bytes] | gzip.GzipFile, target: IO[bytes], most: int, name: str) -> None:
    copied = 0
    try:
        while piece := source.read(1 << 20):
            copied += len(piece)
            if copied > most:
                raise _too_large(name)
            target.write(piece)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as problem:
        raise _RefusedError("unreadable", f"Cannot be opened: {problem}", "fetch the file again") from problem


def _recoded(path: Path, mapping: Mapping, target: Path) -> Path:
    try:
        with path.open(encoding=mapping.encoding, newline="") as given, target.open("w", encoding="utf-8") as out:
            while piece := given.read(1 << 20):
                out.write(piece)
    except (UnicodeDecodeError, LookupError):
        _utf8(path.read_bytes(), mapping)
        raise
    return target


def _inflated(path: Path) -> bytes:
    limit = min(MOST_BYTES, max(path.stat().st_size, 1000) * MOST_RATIO)
    with gzip.open(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(path.name)
    if not data.strip():
        raise _RefusedError("empty_file", "The file is empty", "check the export")
    return data


def _member(path: Path) -> tuple[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        chosen = _chosen(archive, path.name)
        with archive.open(chosen) as file:
            data = file.read(chosen.file_size + 1)
    if len(data) > chosen.file_size:
        raise _too_large(path.name)
    return Path(chosen.filename).name, data


def _chosen(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """The one table in a zip, if it is of a size that a table can have."""
    tables = [m for m in archive.infolist() if not m.is_dir() and Path(m.filename).suffix.lower() in _FORMATS]
    if len(tables) != 1:
        names = ", ".join(m.filename for m in tables[:5]) or "none"
        text = f"The zip must hold one table; it holds {len(tables)} ({names})"
        raise _RefusedError("not_one_table", text, "unpack it and add the table you need")
    (chosen,) = tables
    if chosen.file_size > min(MOST_BYTES, max(chosen.compress_size, 1000) * MOST_RATIO):
        raise _too_large(name)
    return chosen


def _too_large(name: str) -> _RefusedError:
    return _RefusedError(
        "too_large", f"{name} is larger than a table of its size can be", "unpack it yourself and look"
    )


def _by_name(name: str) -> Callable[[bytes, str, Mapping], pl.DataFrame]:
    suffix = Path(name).suffix.lower()
    if suffix not in _FORMATS:
        raise _RefusedError(
            "unknown_format", f"'{suffix or name}' is no table Salus reads", f"one of {', '.join(_FORMATS)}"
        )
    return _FORMATS[suffix]


def _utf8(data: bytes, mapping: Mapping) -> bytes:
    """The same text in UTF-8, without a mark at its beginning."""
    encoding = "utf-8-sig" if mapping.encoding.lower() in {"utf-8", "utf8"} else mapping.encoding
    try:
        return data.decode(encoding).encode()
    except (UnicodeDecodeError, LookupError) as problem:
        line = data[: getattr(problem, "start", 0)].count(b"\n") + 1
        remedy = "write the file's encoding in mapping.yaml, for instance `encoding: latin-1`"
        raise _RefusedError("encoding", f"Not {mapping.encoding}: {problem}", remedy, line=line) from problem


def _csv(data: bytes, shown: str, mapping: Mapping) -> pl.DataFrame:
    text = _utf8(data, mapping)
    try:
        return pl.read_csv(text, separator=mapping.delimiter, infer_schema=False, null_values=[""])
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError) as problem:
        reason = str(problem).splitlines()[0][:160]
        remedy = "check the delimiter and unclosed quotes"
        raise _RefusedError("not_a_table", f"Not readable as CSV: {reason}", remedy) from problem


def _spreadsheet(data: bytes, shown: str, mapping: Mapping) -> pl.DataFrame:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name = mapping.sheet or book.sheet_names[0]
        if name not in book.sheet_names:
            known = ", ".join(book.sheet_names)
            raise _RefusedError("no_such_sheet", f"There is no sheet '{name}'; the file has {known}", "correct `sheet`")
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > MOST_CELLS:
            raise _too_large(shown)
        rows = sheet.to_python(skip_empty_area=False)[mapping.header_row - 1 :]
    except (CalamineError, IndexError) as problem:
        raise _RefusedError("not_a_table", f"Not readable as a spreadsheet: {problem}", "save it again") from problem
    if not rows:
        raise _RefusedError("empty_file", "The sheet has no rows", "check `sheet` and `header_row` in mapping.yaml")
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
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise _RefusedError("not_a_table", f"Not readable as Parquet: {problem}", "fetch the file again") from problem
    return frame.select(pl.col(name).cast(pl.String) for name, kind in frame.schema.items() if not kind.is_nested())


def _geojson(data: bytes, shown: str, mapping: Mapping) -> pl.DataFrame:
    """Properties of each feature, with the columns `longitude` and `latitude` of its point."""
    try:
        features = json.loads(data)["features"]
        rows = [_feature(feature) for feature in features]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise _RefusedError(
            "not_a_table", f"Not readable as GeoJSON: {problem!r}"[:200], "export it again"
        ) from problem
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame([{n: row.get(n) for n in names} for row in rows], schema=dict.fromkeys(names, pl.String))


def _feature(feature: dict[str, Any]) -> dict[str, str | None]:
    row = {str(name): _text(value) for name, value in (feature.get("properties") or {}).items()}
    geometry = feature.get("geometry") or {}
    if geometry.get("type") == "Point":
        row |= {"longitude": str(geometry["coordinates"][0]), "latitude": str(geometry["coordinates"][1])}
    return row


_FORMATS: Final[dict[str, Callable[[bytes, str, Mapping], pl.DataFrame]]] = {
    ".csv": _csv, ".tsv": _csv, ".txt": _csv, ".xlsx": _spreadsheet, ".xls": _spreadsheet, ".ods": _spreadsheet,
    ".parquet": _parquet, ".geojson": _geojson, ".json": _geojson,
}  # fmt: skip
