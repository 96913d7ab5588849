"""Says what is wrong with which rows of incident files, and gives the rows themselves when they are asked for."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from salus.evidence.classify import UNMAPPED
from salus.evidence.cube import Places
from salus.evidence.matching import Matcher
from salus.evidence.projection import in_wgs84
from salus.evidence.readers import scan_file
from salus.evidence.store import BAD_DATE, BAD_LATITUDE, BAD_LONGITUDE, OTHER_AREA, POINTLESS, Store
from salus.model.city import City, Mapping
from salus.model.findings import DataFinding, Severity
from salus.model.framework import Pack

INCIDENT_COLUMNS: Final = {
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
    "area": pl.String,
    "shown_area": pl.String,
}
_FEW = 20  # findings listed row by row for one rule and file; the rest is counted
_MOSTLY = 0.5
_FORM_REMEDY: Final = "dates must read as {forms}; correct `date_format` in mapping.yaml or the row"
_SET_ASIDE: Final = "or set such rows aside by `unusable_dates`"
_POINT_REMEDY: Final = "correct it or leave it empty; the row counts for the city, not for an area"
_AREA_REMEDY: Final = "leave such rows out of the file, or correct `stated_area` in mapping.yaml"


@dataclass(frozen=True)
class Rule:
    """A kind of fault of a row: its bit in the store, the field it is about, what is said and what to do."""

    bit: int
    name: str
    field: str
    says: str
    remedy: str
    severity: Severity = "error"


def incidents_of(
    store: Store, source: str, classes: pl.DataFrame, *, model: Places | None, shown: Places | None
) -> pl.LazyFrame:
    """The rows of a store with their class and area, lazily: what is not asked for is not computed."""
    files = pl.LazyFrame({"file": range(len(store.files)), "=file": store.files}, schema_overrides={"file": pl.Int64})
    rows = store.scan().join(classes.lazy(), on="label", how="left").join(files, on="file", how="left")
    located = rows.with_columns(
        pl.lit(source).alias("source"),
        pl.col("=file").alias("file"),
        pl.col("iccs").fill_null(UNMAPPED),
        pl.col("tags").fill_null(""),
        pl.col("protected").fill_null(value=True),
        _area(store, model).alias("area"),
        _area(store, shown).alias("shown_area"),
    )
    return located.select(pl.col(name).cast(kind) for name, kind in INCIDENT_COLUMNS.items())


def without_repeats(rows: pl.LazyFrame, store: Store) -> pl.LazyFrame:
    """The rows without those that repeat an earlier one."""
    keys = store.scan().select("identity", "file", "row").sort("file", "row", maintain_order=True)
    files = pl.LazyFrame({"file": range(len(store.files)), "=file": store.files}, schema_overrides={"file": pl.Int64})
    again = keys.filter(~pl.col("identity").is_first_distinct()).join(files, on="file")
    return rows.join(again.select(pl.col("=file").alias("file"), "row"), on=["file", "row"], how="anti")


def _area(store: Store, place: Places | None) -> pl.Expr:
    if place is None:
        return pl.lit(None, pl.String)

    def located(points: pl.Series) -> pl.Series:
        fields = points.struct.unnest()
        lon, lat = (fields[name].fill_null(float("nan")).to_numpy() for name in ("lon", "lat"))
        return place.locator.names(place.index.locate(lon, lat))

    area = pl.struct("lon", "lat").map_batches(located, return_dtype=pl.String, is_elementwise=True)
    if "place" not in store.columns:
        return area
    named = pl.col("place").map_batches(place.names.areas, return_dtype=pl.String, is_elementwise=True)
    return pl.when(pl.col("state") >= POINTLESS).then(pl.coalesce(area, named)).otherwise(area)


def row_findings(
    store: Store, files: dict[str, Path], mapping: Mapping, received: dt.date
) -> Iterator[DataFinding]:  # fmt: skip
    """Rows with a date, a coordinate or a stated area that cannot be used: the first of each kind one by one."""
    states = store.scan().filter(pl.col("state") & ~POINTLESS != 0).select("file", "row", "state")
    faulty = states.collect(engine="streaming").sort("file", "row")
    yield from _nowhere(store, faulty, mapping)
    for rule in _rules(mapping):
        wrong = faulty.filter(pl.col("state") & rule.bit != 0)
        for (number,), rows in wrong.group_by(["file"], maintain_order=True):
            shown = store.files[int(str(number))]
            first = rows["row"].head(_FEW)
            with scan_file(files[shown], shown, mapping) as scanned:
                listed = scanned.rows.filter(pl.col("row").is_in(first.implode())).select("row", rule.field).collect()
            yield from _listed(shown, rule, listed, rows.height, mapping)
    future = store.scan().filter(pl.col("date") > received).select("file", "row", pl.col("date").cast(pl.String))
    late = Rule(
        0,
        "future_date",
        "date",
        f"Later than the file was received ({received}):",
        f"correct the date, or `obtained_on` in origin.yaml; {_SET_ASIDE}",
        _severity(mapping),
    )
    for (number,), rows in (
        future.collect(engine="streaming").sort("file", "row").group_by(["file"], maintain_order=True)
    ):
        yield from _listed(store.files[int(str(number))], late, rows.head(_FEW), rows.height, mapping)


def _nowhere(store: Store, faulty: pl.DataFrame, mapping: Mapping) -> Iterator[DataFinding]:
    """A declared system in which not one of the points can lie is the wrong one."""
    if in_wgs84(mapping.crs):
        return
    given = store.scan().filter(pl.col("state") < POINTLESS).select(pl.len()).collect(engine="streaming").item()
    lost = faulty.filter(pl.col("state") & (BAD_LATITUDE | BAD_LONGITUDE) != 0).height
    if given and lost == given:
        remedy = "correct `crs`; check that `longitude` names the column of eastings and `latitude` that of northings"
        text = f"No point can lie in '{mapping.crs}'"
        yield DataFinding(store.files[0], "bad_crs", text, remedy, column="crs", value=mapping.crs)


def _severity(mapping: Mapping) -> Severity:
    """A date that cannot be used refuses the file, unless somebody decided that such rows are set aside."""
    return "warning" if mapping.unusable_dates and mapping.unusable_dates.value == "set_aside" else "error"


def _rules(mapping: Mapping) -> tuple[Rule, ...]:
    place = "" if in_wgs84(mapping.crs) else f" in {mapping.crs}"
    forms = _FORM_REMEDY.format(forms=" or ".join(mapping.date_forms))
    return (
        Rule(BAD_DATE, "bad_date", "date", "Not a date:", f"{forms}; {_SET_ASIDE}", _severity(mapping)),
        Rule(BAD_LATITUDE, "bad_coordinate", "latitude", f"Not a latitude{place}:", _POINT_REMEDY, "warning"),
        Rule(BAD_LONGITUDE, "bad_coordinate", "longitude", f"Not a longitude{place}:", _POINT_REMEDY, "warning"),
        Rule(OTHER_AREA, "other_area", "stated_area", "The row states another area:", _AREA_REMEDY),
    )


def _listed(shown: str, rule: Rule, rows: pl.DataFrame, count: int, mapping: Mapping) -> Iterator[DataFinding]:
    column = mapping.columns.get(rule.field, rule.field)
    for number, value in rows.select("row", rule.field).iter_rows():
        text = "" if value is None else str(value)
        yield DataFinding(
            shown, rule.name, f"{rule.says} '{text}'", rule.remedy, severity=rule.severity, row=number, column=column,
            value=text,
        )  # fmt: skip
    if count > _FEW:
        more = f"{count - _FEW:,} more rows like these"
        yield DataFinding(shown, rule.name, more, rule.remedy, severity=rule.severity, column=column)


def cube_findings(
    cube: pl.DataFrame, store: Store, mapping: Mapping, pack: Pack, city: City, model: Places | None
) -> Iterator[DataFinding]:
    """Faults that show in the counts: points elsewhere, rows outside the period, labels without a class."""
    yield from _axes(cube, store, model)
    outside = cube.filter(~pl.col("within")).drop_nulls("month")
    if outside.height:
        start, end = city.scope.start, city.scope.end
        yield DataFinding(
            store.files[outside["file"][0]],
            "outside_period",
            f"{outside['count'].sum():,} rows are outside the assessed period {start} to {end} and are not used",
            "nothing, or widen `scope` in city.yaml",
            severity="note",
            column="date",
        )
    yield from _unknown_labels(cube, store, mapping, pack)


def _axes(cube: pl.DataFrame, store: Store, model: Places | None) -> Iterator[DataFinding]:
    placed = cube.filter("placed")
    points = int(placed["count"].sum())
    inside = int(placed.drop_nulls("area")["count"].sum())
    if model is None or points == 0 or inside > _MOSTLY * points:
        return
    file = store.files[placed["file"][0]]
    sample = store.scan().drop_nulls(["lat", "lon"]).select("lat", "lon").head(100_000).collect(engine="streaming")
    swapped = model.index.locate(sample["lat"].to_numpy(), sample["lon"].to_numpy())
    if float((swapped >= 0).mean()) > _MOSTLY:
        yield DataFinding(
            file,
            "swapped_axes",
            "Latitude and longitude are the wrong way round",
            "exchange `latitude` and `longitude` in mapping.yaml",
            column="latitude",
        )
    else:
        yield DataFinding(
            file,
            "points_outside",
            f"{1 - inside / points:.0%} of the points lie outside all areas",
            "check `crs`, the columns and that these are the boundaries of this city",
            column="latitude",
        )


def _unknown_labels(cube: pl.DataFrame, store: Store, mapping: Mapping, pack: Pack) -> Iterator[DataFinding]:
    decided = {row.label: row.iccs for row in pack.correspondences.get(mapping.correspondence, ())} | mapping.codes
    counts = cube.group_by("label", maintain_order=True).agg(
        pl.col("count").sum(), pl.col("file").first(), pl.col("first_row").first()
    )
    unknown = counts.filter(pl.col("label").map_elements(lambda label: decided.get(label, UNMAPPED) == UNMAPPED,
                                                         return_dtype=pl.Boolean, skip_nulls=False))  # fmt: skip
    names = {row.code: row.name for row in pack.iccs}
    matcher = Matcher(pack) if unknown.height else None
    for label, count, file, row in unknown.sort("count", "label", descending=[True, False]).iter_rows():
        found = matcher.candidates(str(label)) if matcher and label not in decided else ()
        said = "; ".join(f"{c.iccs} {names.get(c.iccs, '')} (like '{c.like}')" for c in found)
        yield DataFinding(
            store.files[file],
            "unknown_code",
            f"'{'' if label is None else label}' has no ICCS class ({count:,} rows)",
            f"add it under `codes` in mapping.yaml; until then it counts as unmapped"
            f"{'. Candidates for a person to choose from: ' + said if said else ''}",
            severity="warning",
            row=int(row),
            column=mapping.columns.get("offence", "offence"),
            value=str(label),
        )
