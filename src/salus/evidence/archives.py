"""Opens gz and zip archives without trusting them: nothing is unpacked to disk, nothing hides its size.

Stands before `salus.evidence.files`, which knows the formats inside.
"""

import gzip
import re
import stat
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import IO, Final

from salus.model.findings import DataFinding

MOST_BYTES: Final = 4_000_000_000
MOST_STREAMED: Final = 1_000_000_000_000  # text that is read piece by piece may be large
MOST_CELLS: Final = 200_000_000
MOST_RATIO: Final = 200  # a table packs ten to fifty times; more is no table
_SHAPE_PARTS: Final = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_SHAPE_NEEDS: Final = (".dbf", ".shx")
_ENCRYPTED: Final = 0x1
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_PACKED: Final = frozenset({".zip", ".kmz", ".gz", ".7z", ".rar", ".tar"})


class RefusedError(Exception):
    """A file that cannot be taken, and what to do."""

    def __init__(self, rule: str, message: str, remedy: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.rule, self.remedy, self.line = rule, remedy, line

    def finding(self, shown: str) -> DataFinding:
        """The refusal as a finding about the file `shown`."""
        return DataFinding(shown, self.rule, str(self), self.remedy, line=self.line)


def too_large(name: str) -> RefusedError:
    """The refusal of a file that is larger, or grows larger, than a table of its kind can be."""
    return RefusedError("too_large", f"{name} is larger than a table of its size can be", "unpack it yourself and look")


def inflated(path: Path) -> bytes:
    """The content of a .gz file."""
    limit = min(MOST_BYTES, max(path.stat().st_size, 1000) * MOST_RATIO)
    with gzip.open(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise too_large(path.name)
    if not data.strip():
        raise RefusedError("empty_file", "The file is empty", "check the export")
    return data


def stream(path: Path, formats: Collection[str]) -> tuple[str, IO[bytes] | gzip.GzipFile, int]:
    """The name of what a .gz or .zip holds, a stream of it, and the most bytes it may give."""
    if path.suffix.lower() == ".gz":
        return path.stem, gzip.open(path), min(MOST_STREAMED, max(path.stat().st_size, 1000) * MOST_RATIO)
    archive = zipfile.ZipFile(path)
    (chosen,) = _tables(_safe(archive), formats)
    if chosen.flag_bits & _ENCRYPTED:
        raise RefusedError("encrypted_archive", f"{chosen.filename} needs a password", "unpack it with the password")
    if chosen.file_size > min(MOST_STREAMED, max(chosen.compress_size, 1000) * MOST_RATIO):
        raise too_large(path.name)
    return PurePosixPath(chosen.filename).name, archive.open(chosen), chosen.file_size


def _tables(held: list[zipfile.ZipInfo], formats: Collection[str]) -> list[zipfile.ZipInfo]:
    """The one table among the files of a zip."""
    tables = [m for m in held if _suffix(m) in formats]
    if any(_suffix(m) == ".shp" for m in tables):
        tables = [m for m in tables if _suffix(m) != ".txt"]  # a note beside the parts of a Shapefile
    if len(tables) != 1:
        names = ", ".join(m.filename for m in tables[:5]) or "none"
        text = f"The zip must hold one table; it holds {len(tables)} ({names})"
        raise RefusedError("not_one_table", text, "unpack it and add the table you need")
    return tables


def member(path: Path, formats: Collection[str]) -> tuple[str, bytes]:
    """The one table of a zip and its name; of a zipped Shapefile the whole zip, named after its .shp."""
    with zipfile.ZipFile(path) as archive:
        held = _safe(archive)
        (chosen,) = _tables(held, formats)
        if path.suffix.lower() == ".kmz":
            _flat(held)
        if _suffix(chosen) == ".shp":
            return PurePosixPath(chosen.filename).name, path.read_bytes()
        return PurePosixPath(chosen.filename).name, _content(archive, chosen)


def shapefile_parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Suffix -> content of the one Shapefile in a zip; refuses one without its .dbf and .shx."""
    held = _safe(archive)
    _flat(held)
    shapes = [m for m in held if _suffix(m) == ".shp"]
    if len(shapes) != 1:
        text = f"The zip must hold one Shapefile; it holds {len(shapes)}"
        raise RefusedError("not_one_table", text, "zip each Shapefile by itself")
    stem = PurePosixPath(shapes[0].filename).with_suffix("")
    own = [m for m in held if PurePosixPath(m.filename).with_suffix("") == stem and _suffix(m) in _SHAPE_PARTS]
    parts = {_suffix(m): _content(archive, m) for m in own}
    missing = [suffix for suffix in _SHAPE_NEEDS if suffix not in parts]
    if missing:
        text = f"The Shapefile {stem.name} lacks its {' and '.join(missing)}"
        raise RefusedError("incomplete_shapefile", text, "zip the .shp with its .dbf, .shx and .prj")
    return parts


def _safe(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of a zip; refuses one with names that lead elsewhere. What macOS adds is left out."""
    for info in archive.infolist():
        name = PurePosixPath(info.filename.replace("\\", "/"))
        linked = stat.S_ISLNK(info.external_attr >> 16)
        if linked or name.is_absolute() or ".." in name.parts or _DRIVE.match(info.filename):
            text = f"The zip holds a name that leads out of it: {info.filename[:80]}"
            raise RefusedError("unsafe_archive", text, "ask who sent it; zip the files themselves, without folders")
    return [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]


def _flat(held: list[zipfile.ZipInfo]) -> None:
    nested = [m.filename for m in held if _suffix(m) in _PACKED]
    if nested:
        text = f"There is an archive in the archive: {', '.join(nested[:5])}"
        raise RefusedError("nested_archive", text, "unpack it and zip what belongs to one map")


def _suffix(info: zipfile.ZipInfo) -> str:
    return PurePosixPath(info.filename).suffix.lower()


def _content(archive: zipfile.ZipFile, chosen: zipfile.ZipInfo) -> bytes:
    if chosen.file_size > min(MOST_BYTES, max(chosen.compress_size, 1000) * MOST_RATIO):
        raise too_large(chosen.filename)
    if chosen.flag_bits & _ENCRYPTED:
        raise RefusedError("encrypted_archive", f"{chosen.filename} needs a password", "unpack it with the password")
    try:
        with archive.open(chosen) as file:
            data = file.read(chosen.file_size + 1)
    except (zlib.error, zipfile.BadZipFile, EOFError, NotImplementedError) as problem:
        text = f"{chosen.filename} cannot be unpacked: {problem}"
        raise RefusedError("unreadable", text, "fetch the file again") from problem
    if len(data) > chosen.file_size:
        raise too_large(chosen.filename)
    return data
