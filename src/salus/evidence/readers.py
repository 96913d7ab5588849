"""Reads files as received into text columns with their row numbers; says what is wrong with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from salus.errors import BadInput
from salus.evidence.files import open_table
from salus.evidence.streams import scan_table
from salus.model.city import Mapping
from salus.model.findings import DataFinding

_NEEDED: dict[str, tuple[str, ...]] = {
    "incidents": ("offence", "date"),
    "counts": ("offence", "period_start", "period_end", "count"),
    "figures": ("area", "period_start", "period_end"),
    "population": ("area", "year", "persons"),
    "ratings": ("function", "level", "institution", "dimension", "score", "rater"),
    "judgements": ("group", "problem", "criterion", "weight", "people", "represented"),
}

IDENTITY = "=identity"
"""A number for what a row holds: equal rows have equal numbers (64 bits, so different rows practically never do)."""
RECORD = "=record"
"""A number for the record id of a row."""
KEYS: dict[str, int] = {"victim": 1, "household": 2, "offender": 3}
"""Fields that say which rows speak of the same people -> seed of their numbers: a household is no victim."""
_FOLD = 0x9E3779B97F4A7C15  # odd, so that multiplying by it loses nothing
_NUMBERS = frozenset(
    {
        "latitude", "longitude", "value", "low", "high", "se", "n", "numerator", "denominator", "count", "persons",
        "score", "weight", "people", "represented",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One file: its rows as text in the mapping's field names, plus `file` and `row` (1-based)."""

    frame: pl.DataFrame
    findings: tuple[DataFinding, ...]


@dataclass(frozen=True)
class Scanned:
    """One file of incidents: its rows not yet read, or the findings that say why they cannot be."""

    rows: pl.LazyFrame
    findings: tuple[DataFinding, ...]


def read_file(path: Path, shown: str, mapping: Mapping) -> Reading:
    """A file as text columns named by the mapping's fields, whatever its format.

    Columns that are missing, an empty file and a wrong encoding are findings; the frame is then empty.
    """
    raw, findings = open_table(path, shown, mapping)
    if findings:
        return Reading(pl.DataFrame(), findings)
    missing = _missing(raw.columns, shown, mapping)
    if missing or raw.height == 0:
        empty = DataFinding(shown, "empty_file", "The file has a header but no rows", "check the export")
        return Reading(pl.DataFrame(), missing or (empty,))
    used = _selected(raw.lazy(), mapping).collect()
    if used.height == 0:
        asked = "; ".join(f"{column} in {', '.join(kept)}" for column, kept in mapping.where.items())
        remedy = "correct `where` in mapping.yaml: values are compared as they stand in the file"
        return Reading(pl.DataFrame(), (DataFinding(shown, "nothing_selected", f"No row has {asked}", remedy),))
    frame = used.select("row", *_fields(mapping), pl.lit(shown).alias("file"))
    return Reading(_years(frame), ())


@contextmanager
def scan_file(path: Path, shown: str, mapping: Mapping) -> Iterator["Scanned"]:
    """The rows of a file of incidents as text columns, lazily, with `row` and what identifies each row.

    A row with a record id is what its id and its mapped columns hold, but for keys of people, which change no figure; a
    row without is what all its columns hold.
    """
    with scan_table(path, shown, mapping) as (raw, refused):
        names = raw.collect_schema().names()
        findings = refused or _missing(names, shown, mapping)
        if findings:
            yield Scanned(pl.LazyFrame(), findings)
            return
        mapped = [column for name, column in mapping.columns.items() if name not in KEYS]
        compared = [mapping.row_id, *mapped] if mapping.row_id else names
        identity = _number_for(list(dict.fromkeys(compared))).alias(IDENTITY)
        record = [pl.col(mapping.row_id).hash().alias(RECORD)] if mapping.row_id else []
        keys = [_key(name, mapping).alias(f"={name}") for name in KEYS if name in mapping.columns]
        rows = _selected(raw, mapping)
        yield Scanned(rows.select("row", *_fields(mapping), identity, *record, *keys), ())


def _number_for(columns: list[str]) -> pl.Expr:
    """One number for the texts of several columns: their hashes folded, each in its place."""
    number = pl.lit(len(columns), pl.UInt64)
    for column in columns:
        number = number * pl.lit(_FOLD, pl.UInt64) + pl.col(column).hash()
    return number


def _key(name: str, mapping: Mapping) -> pl.Expr:
    """A number for the key of a person; null where it is empty: not known."""
    key = _field(name, mapping.columns[name], mapping)
    return pl.when(key.str.len_bytes() > 0).then(key.hash(seed=KEYS[name]))


def _selected(raw: pl.LazyFrame, mapping: Mapping) -> pl.LazyFrame:
    """The rows that are used, each with its number in the file."""
    rows = raw.with_row_index("row", offset=1).with_columns(pl.col("row").cast(pl.Int64))
    kept = (pl.col(column).str.strip_chars().is_in(list(values)) for column, values in mapping.where.items())
    return rows.filter(*kept) if mapping.where else rows


def _fields(mapping: Mapping) -> list[pl.Expr]:
    fields = [_field(name, column, mapping) for name, column in mapping.columns.items()]
    wide = [_wide(column, mapping).alias(f"={column}") for column in mapping.indicators]
    return [*fields, *wide, *(pl.lit(value).alias(name) for name, value in mapping.constants.items())]


def _field(name: str, column: str, mapping: Mapping) -> pl.Expr:
    """One field as the mapping wants it: trimmed, and recoded where the file has its own codes."""
    own = pl.col(column).str.strip_chars()
    if name in _NUMBERS and mapping.decimal == ",":
        own = _with_point(own)
    return (own.replace(mapping.recode[name]) if name in mapping.recode else own).alias(name)


def _wide(column: str, mapping: Mapping) -> pl.Expr:
    return _with_point(pl.col(column)) if mapping.decimal == "," else pl.col(column)


def _with_point(number: pl.Expr) -> pl.Expr:
    """A number written with a decimal comma, as 1.234,5, written with a point."""
    return number.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)


def _years(frame: pl.DataFrame) -> pl.DataFrame:
    """A column `year` stands for the period from its first to its last day."""
    if "year" not in frame.columns or "persons" in frame.columns:
        return frame
    year = pl.col("year").str.replace(r"\.0$", "")
    return frame.with_columns((year + "-01-01").alias("period_start"), (year + "-12-31").alias("period_end"))


def _missing(columns: list[str], shown: str, mapping: Mapping) -> tuple[DataFinding, ...]:
    wanted = [*mapping.columns.values(), *mapping.indicators, *mapping.where, *filter(None, [mapping.row_id])]
    lost = [
        DataFinding(
            shown,
            "missing_column",
            f"There is no column '{name}'; the file has {', '.join(columns[:12])}",
            "correct `columns` in mapping.yaml, or the file",
            column=name,
        )
        for name in dict.fromkeys(wanted)
        if name not in columns
    ]
    given = {*mapping.columns, *mapping.constants}
    if "year" in given and mapping.kind in {"figures", "counts"}:
        given |= {"period_start", "period_end"}
    unmapped = [
        DataFinding(
            shown,
            "unmapped_field",
            f"mapping.yaml does not say which column holds '{name}'",
            f"add `{name}: <column>` under `columns`",
            column=name,
        )
        for name in _NEEDED[mapping.kind]
        if name not in given and not (mapping.kind == "counts" and name == "area")
    ]
    return (*lost, *unmapped)


def geocoding_rate(located: int, rows: int) -> float:
    """Share of rows that were placed in an area; below 0.85 a map is withheld (Ratcliffe 2004).

    >>> geocoding_rate(850, 1000)
    0.85
    """
    if rows <= 0 or located < 0 or located > rows:
        raise BadInput("A geocoding rate needs 0 <= located <= rows and rows > 0", remedy="check the two counts")
    return located / rows
