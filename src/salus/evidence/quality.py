"""Checks what a source is worth, says what was found, and grades it by the pack's rule."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from salus.evidence.classify import UNMAPPED, split_labels
from salus.evidence.readers import geocoding_rate
from salus.model.city import City, Mapping, Origin
from salus.model.framework import Pack
from salus.model.grades import GRADES, Grade, capped

GEOCODING_NEEDED = 0.85
HEAPED_HOURS = (0, 12)
HEAPED_AT = 1.5  # times the share that two hours of 24 would have
MISSING_HOURS_AT = 0.05
PILE_UP_AT = 0.001
CODE_DRIFT_AT = 0.05
IDENTICAL_AT = 0.001
UNMAPPED_AT = 0.10


@dataclass(frozen=True)
class Check:
    """One check on a source, as a row of the table `quality` (share is of the source's rows)."""

    check: str
    severity: str
    count: int
    share: float
    message: str
    remedy: str


def incident_checks(incidents: pl.DataFrame, mapping: Mapping, pack: Pack, city: City) -> tuple[Check, ...]:
    """All checks on an incident source, found or not (a check that found nothing has count 0)."""
    if incidents.height == 0:
        return ()
    return (
        _identical(incidents, mapping),
        _located(incidents, city),
        _piled(incidents),
        *_hours(incidents),
        _mapped(incidents),
        _drift(incidents),
        _split(incidents, mapping, pack),
    )


def _check(name: str, count: int, rows: int, message: str, remedy: str, *, found: bool) -> Check:
    return Check(name, "warning" if found else "note", count, count / rows, message, remedy)


def _identical(rows: pl.DataFrame, mapping: Mapping) -> Check:
    count = int(rows["identical"].sum())
    choice = mapping.identical_rows
    dropped = choice is not None and choice.value == "drop"
    done = f"dropped by a recorded choice ({choice.who}: {choice.why})" if choice and dropped else "kept"
    message = (
        f"{count:,} rows are identical to an earlier one in every column and there is no record id; {done}."
        f" Total with them {rows.height:,}, without {rows.height - count:,}."
    )
    remedy = "ask the publisher for a record id; to drop them write `identical_rows` in mapping.yaml"
    return _check("identical_rows", count, rows.height, message, remedy, found=count / rows.height > IDENTICAL_AT)


def _located(rows: pl.DataFrame, city: City) -> Check:
    if not city.scope.geography:
        return Check("geocoding_below_85", "note", 0, 0.0, "The city has no areas: nothing to locate in.", "")
    outside = int(rows["area"].is_null().sum())
    rate = geocoding_rate(rows.height - outside, rows.height)
    message = f"{rate:.1%} of the rows were placed in an area ({outside:,} not); below 85 % maps are withheld."
    return _check(
        "geocoding_below_85",
        outside,
        rows.height,
        message,
        "ask for better coordinates",
        found=rate < GEOCODING_NEEDED,
    )


def _piled(rows: pl.DataFrame) -> Check:
    placed = rows.drop_nulls(["lat", "lon"])
    piles = placed.group_by("lat", "lon").len().filter(pl.col("len") > max(20, PILE_UP_AT * rows.height))
    count = int(piles["len"].sum())
    largest = int(piles["len"].max() or 0)  # type: ignore[arg-type]
    message = f"{piles.height} points hold many rows each ({count:,} in all, the largest {largest:,})."
    return _check(
        "coordinate_pile_up",
        count,
        rows.height,
        message,
        "such points are often stations or centroids: read the areas around them with care",
        found=count > 0,
    )


def _hours(rows: pl.DataFrame) -> Iterator[Check]:
    known = rows.drop_nulls("hour")
    yield _check(
        "missing_hour",
        rows.height - known.height,
        rows.height,
        f"{rows.height - known.height:,} rows have no time of day.",
        "time of day leaves them out",
        found=known.height < (1 - MISSING_HOURS_AT) * rows.height,
    )
    if known.height == 0:
        return
    heaped = known.filter(pl.col("hour").is_in(HEAPED_HOURS)).height
    expected = len(HEAPED_HOURS) / 24
    yield _check(
        "hour_heaping",
        heaped,
        rows.height,
        f"{heaped / known.height:.1%} of the times fall in the hours 0 and 12; {expected:.1%} would be even.",
        "do not read peaks at midnight and noon",
        found=heaped / known.height > HEAPED_AT * expected,
    )


def _mapped(rows: pl.DataFrame) -> Check:
    count = rows.filter(pl.col("iccs") == UNMAPPED).height
    message = f"{count:,} rows have an offence label without ICCS class ({count / rows.height:.2%})."
    return _check(
        "unmapped_share_above_10" if count / rows.height > UNMAPPED_AT else "unmapped_labels",
        count,
        rows.height,
        message,
        "add the labels to `codes` in mapping.yaml",
        found=count > 0,
    )


def _drift(rows: pl.DataFrame) -> Check:
    """Labels that come and go matter where they are all that an ICCS division is counted by in some year."""
    coded = rows.select(
        "label", pl.col("iccs").str.slice(0, 4).alias("division"), pl.col("date").dt.year().alias("year")
    )
    years = coded.drop_nulls().unique()
    every = years["year"].n_unique()
    labels = years.select("label", "year").unique().group_by("label").len().filter(pl.col("len") < every)
    divisions = years.select("division", "year").unique().group_by("division").len().filter(pl.col("len") < every)
    count = coded.filter(pl.col("division").is_in(divisions["division"].implode())).height
    message = (
        f"{labels.height} labels are not used in every year; {divisions.height} ICCS divisions"
        f" ({count / rows.height:.2%} of the rows) are not recorded in every year."
    )
    remedy = "compare classes, not labels, over the years; ask when the codes changed"
    return _check("code_drift", count, rows.height, message, remedy, found=count / rows.height > CODE_DRIFT_AT)


def _split(rows: pl.DataFrame, mapping: Mapping, pack: Pack) -> Check:
    split = split_labels(mapping, pack)
    count = rows.filter(pl.col("label").is_in(list(split))).height
    message = f"{len(split)} labels stand for several ICCS classes and go to the largest ({count:,} rows)."
    return _check("split_labels", count, rows.height, message, "ask for finer codes", found=count > 0)


def grade_source(origin: Origin, checks: tuple[Check, ...], pack: Pack) -> Grade:
    """The grade of a source: where its type starts, one step lower for each weakness found, then caps."""
    rule = pack.grading
    grade: Grade = rule.start.get(origin.source_type, "D")  # type: ignore[call-overload]
    found = {check.check for check in checks if check.severity == "warning"}
    steps = sum(name in found for name in rule.lower_by_one)
    grade = GRADES[min(GRADES.index(grade) + steps, GRADES.index("E"))]
    if origin.illustrative:
        found.add("illustrative")
    for name, best in rule.cap.items():
        if name in found:
            grade = capped(grade, best)  # type: ignore[arg-type]
    return grade
