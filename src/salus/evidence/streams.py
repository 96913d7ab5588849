"""Scans files of rows piece by piece: text and Parquet of any size are never held, other formats are opened whole.

Packed files and other encodings are first written as plain UTF-8 into a temporary folder.
"""

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import polars as pl

from salus.evidence.archives import MOST_STREAMED, RefusedError, stream, too_large
from salus.evidence.files import FORMATS, in_utf8, open_table, unpacked
from salus.model.city import Mapping
from salus.model.findings import DataFinding

_TEXT: Final = (".csv", ".tsv", ".txt")
_PIECE: Final = 1 << 20
_DAMAGED: Final = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError)


@contextmanager
def scan_table(path: Path, shown: str, mapping: Mapping) -> Iterator[tuple[pl.LazyFrame, tuple[DataFinding, ...]]]:
    """The rows of a file as `open_table` gives them, lazily, or the finding that says why there are none."""
    with tempfile.TemporaryDirectory(prefix="salus-rows-") as folder:
        findings: tuple[DataFinding, ...] = ()
        try:
            plain = _plain(path, mapping, Path(folder) / "rows.csv")
            if plain is None and _plain_parquet(path):
                rows = _parquet(path)
            elif plain is None:
                frame, findings = open_table(path, shown, mapping)
                rows = frame.lazy()
            else:
                rows = pl.scan_csv(plain, separator=mapping.delimiter, infer_schema=False, null_values=[""])
                rows.collect_schema()
        except RefusedError as problem:
            rows, findings = pl.LazyFrame(), (problem.finding(shown),)
        except (pl.exceptions.PolarsError, OSError) as problem:
            rows, findings = pl.LazyFrame(), (csv_fault(problem, path, shown, mapping),)
        yield rows, findings


def _plain_parquet(path: Path) -> bool:
    """Whether a file is Parquet without geometry, which need not be held to be read."""
    try:
        return path.suffix.lower() == ".parquet" and "geo" not in pl.read_parquet_metadata(path)
    except (pl.exceptions.PolarsError, OSError):
        return False  # `open_table` says what is wrong with it


def _parquet(path: Path) -> pl.LazyFrame:
    rows = pl.scan_parquet(path)
    kept = [name for name, kind in rows.collect_schema().items() if not kind.is_nested()]
    return rows.select(pl.col(kept).cast(pl.String))


def csv_fault(problem: Exception, path: Path, shown: str, mapping: Mapping) -> DataFinding:
    """What is wrong with a text file that could not be read to its end: its encoding, or its cells."""
    if path.suffix.lower() == ".parquet":
        return DataFinding(shown, "not_a_table", f"Not readable as Parquet: {problem}"[:200], "fetch the file again")
    try:
        in_utf8(unpacked(path)[1], mapping)
    except RefusedError as fault:
        return fault.finding(shown)
    reason = str(problem).splitlines()[0][:160]
    remedy = "check the delimiter and unclosed quotes"
    return DataFinding(shown, "not_a_table", f"Not readable as CSV: {reason}", remedy)


def _plain(path: Path, mapping: Mapping, target: Path) -> Path | None:
    """A file of plain UTF-8 text with the same rows: the file itself where it is one; None where it is no text."""
    packed = path.suffix.lower() in {".gz", ".zip"}
    if not packed and path.suffix.lower() not in _TEXT:
        return None
    try:
        if path.stat().st_size > MOST_STREAMED:
            raise too_large(path.name)
        if packed:
            name, opened, most = stream(path, FORMATS)
            with opened:
                if Path(name).suffix.lower() not in _TEXT:
                    return None
                _copy(opened, target, most, path.name)
            path = target
    except _DAMAGED as problem:
        raise RefusedError("unreadable", f"Cannot be opened: {problem}", "fetch the file again") from problem
    if path.stat().st_size == 0:
        raise RefusedError("empty_file", "The file is empty", "check the export")
    if mapping.encoding.lower() in {"utf-8", "utf8"}:
        return path
    return _recoded(path, mapping, target.with_suffix(".utf8"))


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, most: int, name: str) -> None:
    copied = 0
    with target.open("wb") as out:
        while piece := source.read(_PIECE):
            copied += len(piece)
            if copied > most:
                raise too_large(name)
            out.write(piece)


def _recoded(path: Path, mapping: Mapping, target: Path) -> Path:
    try:
        with path.open(encoding=mapping.encoding, newline="") as given, target.open("w", encoding="utf-8") as out:
            while piece := given.read(_PIECE):
                out.write(piece)
    except (UnicodeDecodeError, LookupError):
        in_utf8(path.read_bytes(), mapping)
        raise
    return target
