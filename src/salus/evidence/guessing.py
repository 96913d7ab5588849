"""Guesses what a file of incidents holds, for a person to correct: a draft of the answers `salus add` needs."""

import datetime as dt
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl

from salus.errors import BadInput
from salus.evidence.files import beginning, open_table
from salus.model.city import Mapping

SAMPLE: Final = 2000
_ENCODINGS: Final = ("utf-8", "cp1251", "cp1256", "latin-1")
_DELIMITERS: Final = (",", ";", "\t", "|")
_DATES: Final = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %H:%M", "%Y-%m",
)  # fmt: skip
_TIMES: Final = ("%H:%M:%S", "%H:%M", "%I:%M %p")
# What columns are called in the languages of the pilots: English, Spanish, Italian, Russian, Uzbek, Swahili, French.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "offence": ("offence", "offense", "crime type", "primary type", "delito", "tipo delito", "reato", "преступление",
                "вид преступления", "jinoyat turi", "kosa", "infraction", "description"),
    "date": ("date", "occurred", "fecha hecho", "fecha", "data", "дата", "sana", "tarehe", "month"),
    "time": ("time", "hora hecho", "hora", "ora", "время", "vaqt", "saa", "heure"),
    "latitude": ("latitude", "latitud", "lat", "latitudine", "широта", "y"),
    "longitude": ("longitude", "longitud", "lon", "lng", "long", "longitudine", "долгота", "x"),
    "place": ("location", "place", "block", "colonia", "barrio", "quartiere", "район", "tuman", "mtaa"),
    "row_id": ("id", "crime id", "case number", "idcarpeta", "folio", "numero"),
}  # fmt: skip
_NEEDED: Final = ("offence", "date")


@dataclass(frozen=True)
class Guess:
    """A draft of `mapping`, and what a person has to look at before it is used."""

    mapping: dict[str, Any]
    notes: tuple[str, ...]
    columns: tuple[str, ...]


def guess(path: str | Path) -> Guess:
    """A draft mapping for a file of incidents, from its first rows. Nothing is decided: every guess can be wrong.

    Raises `BadInput` when the file cannot be opened as a table.
    """
    file = Path(path)
    mapping, notes = _opening(file)
    frame, findings = open_table(file, file.name, mapping)
    if findings:
        raise BadInput(findings[0].message, where=file.name, remedy=findings[0].remedy)
    frame = frame.head(SAMPLE)
    columns = _columns(frame)
    row_id = columns.pop("row_id", "")
    made: dict[str, Any] = {"kind": "incidents", "files": f"*{file.suffix}", "encoding": mapping.encoding,
                            "delimiter": mapping.delimiter, "columns": columns}  # fmt: skip
    for name in _NEEDED:
        if name not in columns:
            notes.append(f"no column looks like '{name}': name one under `columns`")
    if "date" in columns:
        made["date_format"], said = _date_format(frame[columns["date"]])
        notes += said
    if "time" in columns:
        fits = _fitting(frame[columns["time"]], _TIMES)
        made["time_format"] = fits[0] if fits else "%H:%M:%S"
    if "latitude" in columns and frame[columns["latitude"]].drop_nulls().str.contains(",").any():
        made["decimal"] = ","
    notes += _swapped(frame, columns, comma=made.get("decimal") == ",")
    if row_id and frame[row_id].n_unique() == frame.height:
        made["row_id"] = row_id
    else:
        notes.append("no column identifies a record: identical rows will be flagged and kept")
    return Guess(made, tuple(notes), tuple(frame.columns))


def _opening(file: Path) -> tuple[Mapping, list[str]]:
    """The encoding and delimiter of a text file; of others only that they are what they are."""
    plain = {"kind": "incidents", "files": "*", "columns": {}}
    name, head = beginning(file)
    if Path(name).suffix.lower() not in {".csv", ".tsv", ".txt"}:
        return Mapping.model_validate(plain), []
    encoding = next(name for name in _ENCODINGS if _reads(head, name))
    lines = head.decode(encoding, errors="replace").splitlines()[:20]
    delimiter = max(_DELIMITERS, key=lambda mark: min((line.count(mark) for line in lines), default=0))
    notes = [] if encoding == "utf-8" else [f"read as {encoding}: look whether names and accents are right"]
    return Mapping.model_validate(plain | {"encoding": encoding, "delimiter": delimiter}), notes


def _reads(data: bytes, encoding: str) -> bool:
    """Whether bytes make sense in an encoding: letters of its script must come more often than by chance."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as problem:
        return encoding == "utf-8" and problem.start > len(data) - 4  # cut inside a character
    if encoding in {"utf-8", "latin-1"}:
        return True
    script = {"cp1251": "CYRILLIC", "cp1256": "ARABIC"}[encoding]
    strange = [letter for letter in text if ord(letter) > 127 and letter.isalpha()]
    own = sum(script in unicodedata.name(letter, "") for letter in strange)
    runs = sum(1 for a, b in pairwise(text) if _of(a, script) and _of(b, script))
    return bool(strange) and own > 0.9 * len(strange) and runs > 0.5 * len(strange)


def _of(letter: str, script: str) -> bool:
    return ord(letter) > 127 and script in unicodedata.name(letter, "")


def _columns(frame: pl.DataFrame) -> dict[str, str]:
    """Field -> column, by name: the same name first, then a name that begins with it."""
    plain = {_plain(name): name for name in frame.columns}
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        same = (plain[n] for n in names if n in plain)
        begins = (plain[p] for n in names if len(n) > 2 for p in plain if p.startswith(n))
        column = next((c for c in (*same, *begins) if c not in found.values()), None)
        if column is not None:
            found[field] = column
    return found


def _plain(name: str) -> str:
    """A column's name in small letters, without accents, words separated by one space."""
    letters = unicodedata.normalize("NFKD", name.strip("﻿ ").lower())
    kept = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in kept).split())


def _date_format(dates: pl.Series) -> tuple[str, list[str]]:
    fits = _fitting(dates, _DATES)
    if not fits:
        example = next(iter(dates.drop_nulls()), "")
        return "%Y-%m-%d", [f"dates such as '{example}' fit no known form: write `date_format`"]
    if {"%d/%m/%Y", "%m/%d/%Y"} <= set(fits):
        return fits[0], ["day and month cannot be told apart in these rows: check `date_format`"]
    return fits[0], ["only the month is known: the first day stands for it"] if fits[0] == "%Y-%m" else []


def _fitting(texts: pl.Series, forms: tuple[str, ...]) -> list[str]:
    known = texts.drop_nulls().str.strip_chars().unique()
    reader = dt.datetime.strptime
    fits = []
    for form in forms:
        try:
            for text in known.head(500):
                reader(text, form)
        except ValueError:
            continue
        fits.append(form)
    return fits if known.len() else []


def _swapped(frame: pl.DataFrame, columns: dict[str, str], *, comma: bool) -> list[str]:
    if not {"latitude", "longitude"} <= set(columns):
        return []

    def numbers(field: str) -> pl.Series:
        texts = frame[columns[field]]
        texts = texts.str.replace(",", ".", literal=True) if comma else texts
        return texts.cast(pl.Float64, strict=False).drop_nulls()

    latitude, longitude = numbers("latitude"), numbers("longitude")
    if latitude.len() and float(latitude.abs().median() or 0) > 90:  # type: ignore[arg-type]
        inside = longitude.len() and float(longitude.abs().max() or 0) <= 90  # type: ignore[arg-type]
        return ["latitude and longitude look swapped" if inside else "coordinates are projected: write `crs`"]
    return []
