"""Makes an export safe to leave the police network: on one machine, without any connection, nothing hidden.

Only what the mapping names is kept, and of that only the offence, the day, the hour and a place at a grid or an anchor.
Protected offences leave as counts, never as rows. Keys of people stay; asked for, they leave as running numbers, and
only where they link rows. What leaves is shown first and written only when asked.
"""

import datetime as dt
import hashlib
import json
import math
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import ValidationError

from salus.disclosure import protected_units
from salus.errors import BadInput
from salus.evidence.classify import UNMAPPED, label_classes
from salus.evidence.dates import hour, moment
from salus.evidence.projection import degrees
from salus.evidence.readers import KEYS, read_file
from salus.framework import load_pack
from salus.model.city import Mapping
from salus.model.findings import errors
from salus.placing import metres_moved, places_in_words, read_anchors, to_anchors, to_grid

SNAP_METRES = 200.0
LEAST = 10
FREE_TEXT_AT = 0.2
_KEPT = ("offence", "date", "hour", "latitude", "longitude")
_LEAVING = ("offence", "date", "time", "latitude", "longitude")


@dataclass(frozen=True)
class Prepared:
    """What would leave, or has left: rows of open offences, counts of protected ones, and the receipt."""

    rows: pl.DataFrame
    counts: pl.DataFrame
    receipt: dict[str, Any]
    folder: Path | None

    def preview(self, most: int = 5) -> str:
        """What leaves, in words and with the first rows as they would be written."""
        receipt = self.receipt
        columns, dropped = ", ".join(self.rows.columns), ", ".join(receipt["columns_dropped"]) or "none"
        counted = f"{int(self.counts['count'].sum()):,} rows of protected offences in {self.counts.height} counts"
        lines = [
            f"Leaves as rows:   {receipt['rows_out']:,} of {receipt['rows_in']:,}, columns {columns}",
            f"Leaves as counts: {counted}, by class and quarter",
            f"Stays here:       columns {dropped}; {receipt['suppressed_rows']:,} rows in counts below {LEAST}",
            f"Places:           {places_in_words(receipt)}",
            *([_about_keys(receipt)] if receipt["keys"] else []),
            *(f"Look:             {note}" for note in receipt["notes"]),
            self.rows.head(most).write_csv().rstrip("\n"),
        ]
        return "\n".join(lines)


def prepare(  # noqa: PLR0913 - each choice of the office that sends, by its name
    file: str | Path, *, answers: str | Path, out: str | Path | None = None, snap: float = SNAP_METRES,
    anchors: str | Path | None = None, keys: bool = False, pack: str = "usg-core", today: dt.date | None = None,
) -> Prepared:  # fmt: skip
    """Prepares an export of incidents. Without `out` nothing is written: look at `preview()` first.

    `answers` holds the section `mapping` of `salus add`; `snap` is the width of the grid in metres. With
    `anchors`, a CSV file of the office (longitude, latitude, addresses), each place goes to its nearest anchor instead;
    a file with an anchor of fewer than 8 addresses is refused. Where the mapping names keys of victims, households or
    offenders, counts of fewer than ten persons stay; with `keys` those that occur in more than one row that leaves
    become running numbers, all others stay empty. With `out`, a new folder gets `incidents.csv`, `protected.csv` and
    `receipt.json` with the sha256 of what came in and what left.
    Raises `BadInput` where the file or the answers do not fit, and where the folder is not new.
    """
    source = Path(file)
    if snap <= 0 or not math.isfinite(snap):
        raise BadInput(f"A grid of {snap:g} m hides nothing", where="--snap", remedy="give metres above 0, such as 200")
    mapping = _mapping(Path(answers))
    reading = read_file(source, source.name, mapping)
    if errors(reading.findings) or reading.frame.height == 0:
        first = reading.findings[0]
        raise BadInput(first.message, where=source.name, remedy=first.remedy)
    frame, classes = reading.frame, label_classes(reading.frame["offence"], mapping, load_pack(pack))
    typed = _typed(frame, mapping).join(classes, left_on="offence", right_on="label", how="left")
    # What nobody has classified may be anything: it leaves as counts too.
    protected = typed["protected"].fill_null(value=True) | (typed["iccs"].fill_null(UNMAPPED) == UNMAPPED)
    open_ = typed.filter(~protected)
    exact = open_.select("longitude", "latitude")
    fixed = read_anchors(Path(anchors)) if anchors is not None else None
    moved = to_anchors(exact, fixed, open_["protected"]) if fixed is not None else to_grid(exact, snap)
    named = [name for name in KEYS if name in mapping.columns]
    rows = open_.with_columns(moved).select(*_KEPT, *named).sort(_KEPT, nulls_last=True)
    rows = _numbered(rows, named) if keys else rows.select(_KEPT)
    counts = _counts(typed.filter(protected))
    receipt = {
        "salus": version("salus-cities"), "prepared_on": str(today or dt.datetime.now(dt.UTC).date()),
        "file": source.name, "sha256_in": _sha256(source), "rows_in": frame.height, "rows_out": rows.height,
        "protected_rows": int(protected.sum()), "suppressed_rows": int(protected.sum()) - int(counts["count"].sum()),
        "columns_kept": sorted(set(mapping.columns) & {*_LEAVING, *(named if keys else ())}),
        "columns_dropped": _dropped(source, mapping, (*_LEAVING, *(named if keys else ()))),
        "keys": named, "keys_numbered": {name: rows[name].drop_nulls().n_unique() for name in named if keys},
        "counts_held_back_by": "persons" if named else "rows", "snap_metres": snap if fixed is None else None,
        "anchors": fixed.receipt if fixed is not None else None,
        "moved_metres_median": metres_moved(exact, moved, LEAST), "pack": pack, "notes": _notes(typed),
    }  # fmt: skip
    folder = _written(Path(out), rows, counts, receipt) if out is not None else None
    return Prepared(rows, counts, receipt, folder)


def _mapping(path: Path) -> Mapping:
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
        mapping = Mapping.model_validate(given["mapping"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValidationError) as problem:
        text = f"The answers do not fit: {str(problem).splitlines()[0]}"
        raise BadInput(text, where=str(path), remedy="`salus add PATH SOURCE --file FILE` prints a draft") from problem
    if mapping.kind != "incidents":
        raise BadInput("Only incidents are prepared", where=str(path), remedy="set `kind: incidents`")
    return mapping


def _typed(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Offence, day, hour and exact place, which goes no further; whatever cannot be read is empty, never a text."""

    def text(name: str) -> pl.Expr:
        return pl.col(name) if name in frame.columns else pl.lit(None, pl.String)

    placed = frame.select(text(name).cast(pl.Float64, strict=False).alias(name) for name in ("longitude", "latitude"))
    longitude, latitude = degrees(placed["longitude"], placed["latitude"], mapping.crs)  # metres are moved as metres
    when = moment(text("date"), mapping, mapping.time_zone or "UTC")
    timed = text("time") if "time" in frame.columns else None
    return frame.select(
        pl.col("offence"),
        when.dt.date().alias("date"),
        hour(timed, when, mapping).alias("hour"),
        *(_finite(name, place) for name, place in (("longitude", longitude), ("latitude", latitude))),
        *(text(name).replace("", None).alias(name) for name in KEYS),
    )


def _finite(name: str, place: pl.Series) -> pl.Expr:
    """A coordinate, empty where the file says `nan` or `inf`."""
    return pl.when(pl.lit(place.is_finite())).then(pl.lit(place)).alias(name)


def _numbered(rows: pl.DataFrame, named: list[str]) -> pl.DataFrame:
    """Numbers from 1 for keys that occur more than once, in the order of the rows that leave; others become null."""

    def running(name: str) -> pl.Expr:
        first = pl.col("=at").min().over(name)
        return pl.when(pl.col(name).is_not_null() & pl.col(name).is_duplicated()).then(first).rank("dense").alias(name)

    counted = rows.with_row_index("=at").with_columns(running(name) for name in named)
    return counted.drop("=at").with_columns(pl.col(named).cast(pl.Int64))


def _people() -> tuple[pl.Expr, ...]:
    """Unit and offender of each row as numbers: a household, else a victim, else the row itself."""
    homes = [pl.format("{} {}", pl.lit(name), pl.col(name)) for name in ("household", "victim")]
    unit = pl.coalesce(*homes, pl.format("row {}", pl.row_index())).rank("dense").alias("unit")
    return unit, pl.col("offender").rank("dense").alias("offender"), pl.lit(1).alias("n")


def _counts(rows: pl.DataFrame) -> pl.DataFrame:
    """Counts of protected offences by class and quarter for the whole city: no place, no hour, no few persons."""
    quarter = pl.col("date").dt.truncate("1q")
    grouped = (
        rows.with_columns(pl.struct(_people()).alias("link"))
        .drop_nulls("date")
        .group_by(pl.col("iccs").fill_null("unmapped"), quarter.alias("period_start"), maintain_order=True)
    )
    ended = (pl.col("period_start").dt.offset_by("3mo") - pl.duration(days=1)).alias("period_end")
    counts = grouped.agg(pl.len().cast(pl.Int64).alias("count"), pl.col("link")).with_columns(ended)
    enough = counts.filter(protected_units(counts["count"], counts["link"]) >= LEAST)
    return enough.select("iccs", "period_start", "period_end", "count").sort("iccs", "period_start")


def _notes(typed: pl.DataFrame) -> list[str]:
    notes = []
    kinds = typed["offence"].n_unique()
    if typed.height >= 50 and kinds > FREE_TEXT_AT * typed.height:
        notes.append(f"the offence column holds {kinds:,} different texts in {typed.height:,} rows: is it free text?")
    if typed["offence"].str.contains(r"@|\d{6,}").any():
        notes.append("some offence labels hold long numbers or addresses of mail: drop or recode them")
    unknown = typed.filter(pl.col("iccs") == "unmapped")["offence"].n_unique()
    if unknown:
        notes.append(f"{unknown:,} labels have no ICCS class and leave as counts only until they have one")
    return notes


def _about_keys(receipt: dict[str, Any]) -> str:
    named, numbered = ", ".join(receipt["keys"]), receipt["keys_numbered"]
    leave = ", ".join(f"{count:,} of {name}" for name, count in numbered.items())
    return f"Persons:          told apart by {named}; " + (
        f"running numbers leave: {leave}" if numbered else "no key leaves"
    )


def _dropped(source: Path, mapping: Mapping, fields: tuple[str, ...]) -> list[str]:
    from salus.evidence.files import open_table

    kept = {mapping.columns.get(name) for name in fields}
    return [name for name in open_table(source, source.name, mapping)[0].columns if name not in kept]


def _written(folder: Path, rows: pl.DataFrame, counts: pl.DataFrame, receipt: dict[str, Any]) -> Path:
    if folder.exists():
        raise BadInput(
            f"{folder} is there already", where=str(folder), remedy="name a new folder: nothing is overwritten"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".prepare-", dir=folder.parent))
    try:
        rows.write_csv(building / "incidents.csv")
        counts.write_csv(building / "protected.csv")
        receipt["sha256_out"] = {name: _sha256(building / name) for name in ("incidents.csv", "protected.csv")}
        (building / "receipt.json").write_text(json.dumps(receipt, indent=2, ensure_ascii=False), encoding="utf-8")
        building.chmod(0o755)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
