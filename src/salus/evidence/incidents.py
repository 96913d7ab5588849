"""Turns rows of incident files into located, classified incidents, and lists every row's problems."""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from salus.evidence.classify import UNMAPPED, label_classes
from salus.evidence.gazetteer import Gazetteer
from salus.evidence.geography import Locator
from salus.evidence.matching import Matcher
from salus.evidence.projection import in_degrees, in_wgs84
from salus.evidence.readers import IDENTITY
from salus.model.city import City, Mapping
from salus.model.findings import DataFinding, Severity
from salus.model.framework import Pack

INCIDENT_COLUMNS = {
    "source": pl.String,
    "file": pl.String,
    "row": pl.Int64,
    "label": pl.String,
    "iccs": pl.String,
    "tags": pl.String,
    "protected": pl.Boolean,
    "date": pl.Date,
    "hour": pl.Int64,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "place": pl.String,
    "area": pl.String,
    "shown_area": pl.String,
    "identical": pl.Boolean,
}
_FEW = 20  # findings listed row by row for one rule and file; the rest is counted
_MOSTLY = 0.5


@dataclass(frozen=True)
class Places:
    """The two vintages points are located in; None where a city has no areas."""

    model: Locator | None
    shown: Locator | None
    model_names: Gazetteer | None = None
    shown_names: Gazetteer | None = None


def read_incidents(
    raw: pl.DataFrame,
    source: str,
    mapping: Mapping,
    pack: Pack,
    city: City,
    *,
    places: Places,
    received: dt.date,
) -> tuple[pl.DataFrame, tuple[DataFinding, ...]]:
    """Incidents from the text rows of one source, and what is wrong with which rows."""
    typed = _typed(raw, mapping)
    findings = [*_bad_dates(typed, mapping, received), *_bad_places(typed, mapping)]
    typed, unprojected = in_degrees(typed, mapping.crs)
    findings += unprojected
    classes = label_classes(typed["label"], mapping, pack)
    frame = typed.join(classes, on="label", how="left", maintain_order="left")
    longitude, latitude = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    area, shown = _area_of(places.model, longitude, latitude), _area_of(places.shown, longitude, latitude)
    area, shown = _named(area, frame, places.model_names), _named(shown, frame, places.shown_names)
    frame = frame.with_columns(
        area.alias("area"),
        shown.alias("shown_area"),
        pl.lit(source).alias("source"),
        pl.col("iccs").fill_null(UNMAPPED),
        pl.col("tags").fill_null(""),
        pl.col("protected").fill_null(value=True),
        _identical(raw, mapping).alias("identical"),
    )
    findings += [*_axes(frame, places.model), *_wrong_area(raw, mapping), *_outside_scope(frame, city)]
    findings += _unknown_labels(frame, mapping, pack)
    return frame.select(list(INCIDENT_COLUMNS)), tuple(findings)


def _typed(raw: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    def text(name: str) -> pl.Expr:
        return pl.col(name) if name in raw.columns else pl.lit(None, pl.String)

    hour = text("time").str.to_time(mapping.time_format, strict=False).dt.hour().cast(pl.Int64)
    return raw.select(
        "file",
        "row",
        pl.col("offence").alias("label"),
        text("date").alias("date_text"),
        _dates(text("date"), mapping.date_format).alias("date"),
        hour.alias("hour"),
        text("latitude").alias("lat_text"),
        text("latitude").cast(pl.Float64, strict=False).alias("lat"),
        text("longitude").alias("lon_text"),
        text("longitude").cast(pl.Float64, strict=False).alias("lon"),
        text("place").alias("place"),
    )


def _dates(text: pl.Expr, form: str) -> pl.Expr:
    """Days from text; where only the month is known its first day stands for it."""
    if form == "%Y-%m":
        return (text + "-01").str.to_date("%Y-%m-%d", strict=False)
    return text.str.to_date(form, strict=False)


def _identical(raw: pl.DataFrame, mapping: Mapping) -> pl.Series:
    if mapping.row_id:
        return pl.Series("identical", np.zeros(raw.height, dtype=bool))
    return raw.select((~pl.col(IDENTITY).is_first_distinct()).alias("identical")).to_series()


def _area_of(locator: Locator | None, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> pl.Series:
    if locator is None:
        return pl.Series("area", [None] * len(lon), dtype=pl.String)
    return locator.names(locator.locate(lon.astype(float), lat.astype(float)))


def _named(area: pl.Series, frame: pl.DataFrame, gazetteer: Gazetteer | None) -> pl.Series:
    """The area by its name, for rows that have no point: a point that lies nowhere stays nowhere."""
    if gazetteer is None or frame["place"].null_count() == frame.height:
        return area
    pointless = frame["lat_text"].is_null() & frame["lon_text"].is_null()
    named = gazetteer.areas(frame["place"])
    return pl.select(pl.when(pointless).then(pl.coalesce(area, named)).otherwise(area).alias("area")).to_series()


def _listed(
    frame: pl.DataFrame, column: str, rule: str, says: str, remedy: str, *, severity: Severity = "error"
) -> Iterator[DataFinding]:
    for (file,), rows in frame.group_by(["file"], maintain_order=True):
        for row in rows.head(_FEW).iter_rows(named=True):
            value = "" if row[column] is None else str(row[column])
            yield DataFinding(
                str(file),
                rule,
                f"{says} '{value}'",
                remedy,
                severity=severity,
                row=int(row["row"]),
                column=column.removesuffix("_text"),
                value=value,
            )
        if rows.height > _FEW:
            yield DataFinding(
                str(file),
                rule,
                f"{rows.height - _FEW:,} more rows like these",
                remedy,
                severity=severity,
                column=column.removesuffix("_text"),
            )


def _bad_dates(frame: pl.DataFrame, mapping: Mapping, received: dt.date) -> Iterator[DataFinding]:
    yield from _listed(
        frame.filter(pl.col("date").is_null()),
        "date_text",
        "bad_date",
        "Not a date:",
        f"dates must read as {mapping.date_format}; correct `date_format` in mapping.yaml or the row",
    )
    future = frame.filter(pl.col("date") > received)
    yield from _listed(
        future,
        "date_text",
        "future_date",
        f"Later than the file was received ({received}):",
        "correct the date, or `obtained_on` in origin.yaml",
    )


def _bad_places(frame: pl.DataFrame, mapping: Mapping) -> Iterator[DataFinding]:
    most = (90.0, 180.0) if in_wgs84(mapping.crs) else (math.inf, math.inf)  # metres and feet have no such bound
    wrong = frame.filter(pl.col("lat_text").is_not_null() & (pl.col("lat").is_null() | (pl.col("lat").abs() > most[0])))
    yield from _listed(
        wrong,
        "lat_text",
        "bad_coordinate",
        "Not a latitude:",
        "correct it or leave it empty; the row counts for the city, not for an area",
        severity="warning",
    )
    wrong = frame.filter(pl.col("lon_text").is_not_null() & (pl.col("lon").is_null() | (pl.col("lon").abs() > most[1])))
    yield from _listed(
        wrong,
        "lon_text",
        "bad_coordinate",
        "Not a longitude:",
        "correct it or leave it empty; the row counts for the city, not for an area",
        severity="warning",
    )


def _axes(frame: pl.DataFrame, locator: Locator | None) -> Iterator[DataFinding]:
    placed = frame.filter(pl.col("lat").is_not_null() & pl.col("lon").is_not_null())
    if locator is None or placed.height == 0 or placed["area"].is_not_null().mean() > _MOSTLY:  # type: ignore[operator]
        return
    swapped = locator.locate(placed["lat"].to_numpy().astype(float), placed["lon"].to_numpy().astype(float))
    file = str(placed["file"][0])
    if float(np.mean(swapped >= 0)) > _MOSTLY:
        yield DataFinding(
            file,
            "swapped_axes",
            "Latitude and longitude are the wrong way round",
            "exchange `latitude` and `longitude` in mapping.yaml",
            column="latitude",
        )
    else:
        share = 1 - placed["area"].is_not_null().mean()  # type: ignore[operator]
        yield DataFinding(
            file,
            "points_outside",
            f"{share:.0%} of the points lie outside all areas",
            "check `crs`, the columns and that these are the boundaries of this city",
            column="latitude",
        )


def _wrong_area(raw: pl.DataFrame, mapping: Mapping) -> Iterator[DataFinding]:
    if mapping.stated_area and "stated_area" in raw.columns:
        other = raw.filter(pl.col("stated_area").ne_missing(mapping.stated_area))
        yield from _listed(
            other,
            "stated_area",
            "other_area",
            "The row states another area:",
            "leave such rows out of the file, or correct `stated_area` in mapping.yaml",
        )


def _outside_scope(frame: pl.DataFrame, city: City) -> Iterator[DataFinding]:
    start, end = city.scope.start, city.scope.end
    outside = frame.filter((pl.col("date") < start) | (pl.col("date") > end))
    if outside.height:
        yield DataFinding(
            str(outside["file"][0]),
            "outside_period",
            f"{outside.height:,} rows are outside the assessed period {start} to {end} and are not used",
            "nothing, or widen `scope` in city.yaml",
            severity="note",
            column="date",
        )


def _unknown_labels(frame: pl.DataFrame, mapping: Mapping, pack: Pack) -> Iterator[DataFinding]:
    unknown = (
        frame.filter(pl.col("iccs") == UNMAPPED)
        .group_by("label", maintain_order=True)
        .agg(pl.len(), pl.col("file").first(), pl.col("row").first())
        .sort("len", "label", descending=[True, False])
    )
    decided = {row.label for row in pack.correspondences.get(mapping.correspondence, ())}
    names = {row.code: row.name for row in pack.iccs}
    matcher = Matcher(pack) if unknown.height else None
    for label, count, file, row in unknown.iter_rows():
        found = matcher.candidates(str(label)) if matcher and label not in decided else ()
        said = "; ".join(f"{c.iccs} {names.get(c.iccs, '')} (like '{c.like}')" for c in found)
        yield DataFinding(
            str(file),
            "unknown_code",
            f"'{label}' has no ICCS class ({count:,} rows)",
            f"add it under `codes` in mapping.yaml; until then it counts as unmapped"
            f"{'. Candidates for a person to choose from: ' + said if said else ''}",
            severity="warning",
            row=int(row),
            column=mapping.columns.get("offence", "offence"),
            value=str(label),
        )
