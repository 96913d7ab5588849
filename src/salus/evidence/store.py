"""Writes the rows of incident files as typed Parquet, one folder a period, without ever holding all of them.

This is the canonical form of incidents: what every engine reads. Texts that could not be read as what they should be
stay beside as texts, so that each can be named later; everything else is typed once, here.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from salus.evidence import dates
from salus.evidence.coordinates import into_degrees, with_points
from salus.evidence.projection import crs_fault
from salus.evidence.readers import IDENTITY, KEYS, RECORD, scan_file
from salus.evidence.streams import csv_fault
from salus.model.city import City, Mapping
from salus.model.findings import DataFinding

BAD_DATE, BAD_LATITUDE, BAD_LONGITUDE, OTHER_AREA, POINTLESS = 1, 2, 4, 8, 16
"""Bits of `state`: what could not be read or used in a row; `POINTLESS` rows give no coordinate at all."""
CANONICAL: Final[dict[str, type[pl.DataType]]] = {
    "row": pl.Int64,
    "label": pl.String,
    "date": pl.Date,
    "hour": pl.Int8,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "state": pl.UInt8,
    "identity": pl.UInt64,
}
"""Columns of every store. `row` counts from 1 in its file; `identity` stands for what the row holds."""
_UNKNOWN: Final = 0
OPTIONAL: Final[dict[str, type[pl.DataType]]] = {
    "place": pl.String, "registered": pl.Date, "record": pl.UInt64, **dict.fromkeys(KEYS, pl.UInt64),
}  # fmt: skip
"""Columns where the mapping names them: a place's name, the day of registration, and as numbers, never as text, the
record id and the keys of victim, household and offender (null: not known)."""


@dataclass(frozen=True)
class Store:
    """The incidents of one source on disk: `folder/file=N/period=YYYYQ/*.parquet`, and the files by N."""

    folder: Path
    files: tuple[str, ...]
    rows: tuple[int, ...]
    columns: frozenset[str]
    findings: tuple[DataFinding, ...]

    def scan(self) -> pl.LazyFrame:
        """All rows, lazily, with the number of their file as `file`; optional columns that are not there are null."""
        frames = [
            pl.scan_parquet(self.folder / f"file={number}" / "**/*.parquet", hive_partitioning=False).with_columns(
                pl.lit(number, pl.Int64).alias("file")
            )
            for number, rows in enumerate(self.rows)
            if rows
        ]
        return pl.concat(frames) if frames else pl.LazyFrame(schema=CANONICAL | {"file": pl.Int64})

    def parts(self) -> Iterator[pl.LazyFrame]:
        """The rows of one file and quarter after the other, lazily."""
        for number in range(len(self.files)):
            for folder in sorted((self.folder / f"file={number}").glob("period=*")):
                yield pl.scan_parquet(folder / "*.parquet", hive_partitioning=False)

    @property
    def height(self) -> int:
        """Number of rows."""
        return sum(self.rows)


def write_store(folder: Path, files: dict[str, Path], mapping: Mapping, city: City) -> Store:
    """The rows of a source's files, typed, in `folder`. `files`: the name shown in findings -> the file.

    Files that cannot be read give findings and no rows. Memory does not grow with the rows of a plain CSV.
    """
    rows: list[int] = []
    findings: list[DataFinding] = []
    folder.mkdir(parents=True, exist_ok=True)
    for number, (shown, path) in enumerate(files.items()):
        home = folder / f"file={number}"
        with scan_file(path, shown, mapping) as scanned:
            found = (*scanned.findings, *crs_fault(mapping.crs, shown))
            found = found or _written(home, scanned.rows, mapping, city, path, shown)
        findings += found
        rows.append(_count(home))
        if not rows[-1] and not found:
            findings.append(_nothing(shown, mapping))
    return Store(folder, tuple(files), tuple(rows), _columns(mapping), tuple(findings))


def _written(
    home: Path, rows: pl.LazyFrame, mapping: Mapping, city: City, path: Path, shown: str
) -> tuple[DataFinding, ...]:  # fmt: skip
    try:
        _sunk(canonical(rows, mapping, city), home)
        if dates.quick(pl.col("date"), mapping, timed=False) and _unread(home):
            shutil.rmtree(home)
            _sunk(canonical(rows, mapping, city, quick=False), home)
        into_degrees(home, mapping.crs, lost=BAD_LATITUDE)
    except (pl.exceptions.PolarsError, OSError) as problem:
        shutil.rmtree(home, ignore_errors=True)
        return (csv_fault(problem, path, shown, mapping),)
    return ()


def _sunk(typed: pl.LazyFrame, home: Path) -> None:
    quarter = pl.col("date").dt.year() * 10 + pl.col("date").dt.quarter()
    target = pl.PartitionBy(home, key=quarter.fill_null(_UNKNOWN).alias("period"), include_key=False)
    typed.sink_parquet(target, compression="lz4", statistics=False, mkdir=True)


def _unread(home: Path) -> bool:
    """Whether any date was not read."""
    return (home / f"period={_UNKNOWN}").exists()


def _count(home: Path) -> int:
    if not any(home.glob("**/*.parquet")):
        return 0
    return int(pl.scan_parquet(home / "**/*.parquet", hive_partitioning=False).select(pl.len()).collect().item())


def _nothing(shown: str, mapping: Mapping) -> DataFinding:
    if not mapping.where:
        return DataFinding(shown, "empty_file", "The file has a header but no rows", "check the export")
    asked = "; ".join(f"{column} in {', '.join(kept)}" for column, kept in mapping.where.items())
    remedy = "correct `where` in mapping.yaml: values are compared as they stand in the file"
    return DataFinding(shown, "nothing_selected", f"No row has {asked}", remedy)


def _columns(mapping: Mapping) -> frozenset[str]:
    there = {"place", "registered"} & {*mapping.columns, *mapping.constants}
    return frozenset({*CANONICAL, *there, *(["record"] if mapping.row_id else []), *({*KEYS} & {*mapping.columns})})


def canonical(rows: pl.LazyFrame, mapping: Mapping, city: City, *, quick: bool = True) -> pl.LazyFrame:
    """Text rows with the mapping's field names as the typed columns of the store.

    `quick` reads dates by position where their form allows it; a date that this does not read is then null.
    """
    names = {*mapping.columns, *mapping.constants}

    def text(name: str) -> pl.Expr:
        return pl.col(name) if name in names else pl.lit(None, pl.String)

    timed = "time" in names
    when = dates.moment(text("date"), mapping, city.time_zone)
    by_place = dates.quick(text("date"), mapping, timed=timed) if quick else None
    day, hour = by_place or (when.dt.date(), dates.hour(None, when, mapping))
    typed = with_points(rows.with_columns(day.alias("=day")), text("latitude"), text("longitude"), mapping)
    hour = dates.hour(pl.col("time"), when, mapping) if timed else hour
    optional = {
        "place": text("place"),
        "registered": dates.moment(text("registered"), mapping, city.time_zone).dt.date(),
        "record": pl.col(RECORD) if mapping.row_id else pl.lit(None),
        **{name: pl.col(f"={name}") for name in KEYS},
    }
    return typed.select(
        pl.col("row").cast(pl.Int64),
        pl.col("offence").alias("label"),
        pl.col("=day").alias("date"),
        hour.cast(pl.Int8).alias("hour"),
        pl.col("=lat").alias("lat"),
        pl.col("=lon").alias("lon"),
        _state(text, names, mapping).alias("state"),
        pl.col(IDENTITY).alias("identity"),
        *(optional[name].alias(name) for name in OPTIONAL if name in _columns(mapping)),
    )


def _state(text: Callable[[str], pl.Expr], names: set[str], mapping: Mapping) -> pl.Expr:
    bits = [(pl.col("=day").is_null(), BAD_DATE)]
    if {"latitude", "longitude"} <= names:
        without = text("latitude").is_null() & text("longitude").is_null()
        bits += [
            (pl.col("=bad_lat"), BAD_LATITUDE),
            (pl.col("=bad_lon"), BAD_LONGITUDE),
            (without, POINTLESS),
        ]
    if mapping.stated_area and "stated_area" in names:
        bits.append((text("stated_area").ne_missing(pl.lit(mapping.stated_area)), OTHER_AREA))
    state = pl.sum_horizontal(
        pl.when(found).then(pl.lit(bit, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8)) for found, bit in bits
    )
    return (state if {"latitude", "longitude"} <= names else state + POINTLESS).cast(pl.UInt8)
