"""Checks what a source is worth, says what was found, and grades it by the pack's rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from salus.evidence.classify import UNMAPPED, split_labels
from salus.evidence.readers import geocoding_rate
from salus.model.city import City, Mapping, Origin
from salus.model.framework import Pack
from salus.model.grades import GRADES, Grade, capped
from salus.model.phrases import Phrase, Value

GEOCODING_NEEDED = 0.85
HEAPED_HOURS = (0, 12)
HEAPED_AT = 1.5  # times the share that two hours of 24 would have
MISSING_HOURS_AT = 0.05
PILE_UP_AT = 0.001
CODE_DRIFT_AT = 0.05
IDENTICAL_AT = 0.001
UNMAPPED_AT = 0.10

IDENTICAL: Final = (
    "Rows identical to an earlier one in every column, without a record id: {count}; kept. Total with them {with},"
    " without {without}."
)
IDENTICAL_DROPPED: Final = (
    "Rows identical to an earlier one in every column, without a record id: {count}; dropped by a recorded choice"
    " ({who}: {why}). Total with them {with}, without {without}."
)
NO_AREAS: Final = "The city has no areas: nothing to locate in."
LOCATED: Final = "{rate} % of the rows were placed in an area ({count} were not); below 85 % maps are withheld."
PILED: Final = "Points that hold many rows each: {points} ({count} rows in all, the largest {largest})."
NO_HOUR: Final = "Rows without a time of day: {count}."
HEAPED: Final = "{share} % of the times fall in the hours 0 and 12; {even} % would be even."
WITHOUT_CLASS: Final = "Rows whose offence label has no ICCS class: {count} ({share} %)."
DRIFT: Final = (
    "Labels not used in every year: {labels}; ICCS divisions not recorded in every year: {divisions} ({share} % of the"
    " rows)."
)
SPLIT: Final = "Labels that stand for several ICCS classes and go to the largest: {labels} ({count} rows)."
ASK_FOR_ID: Final = "ask the publisher for a record id; to drop them write `identical_rows` in mapping.yaml"
BETTER_POINTS: Final = "ask for better coordinates"
READ_WITH_CARE: Final = "such points are often stations or centroids: read the areas around them with care"
LEFT_OUT: Final = "time of day leaves them out"
NO_PEAKS: Final = "do not read peaks at midnight and noon"
ADD_CODES: Final = "add the labels to `codes` in mapping.yaml"
COMPARE_CLASSES: Final = "compare classes, not labels, over the years; ask when the codes changed"
FINER_CODES: Final = "ask for finer codes"
QUALITY_TEXTS: Final = (
    IDENTICAL, IDENTICAL_DROPPED, NO_AREAS, LOCATED, PILED, NO_HOUR, HEAPED, WITHOUT_CLASS, DRIFT, SPLIT, ASK_FOR_ID,
    BETTER_POINTS, READ_WITH_CARE, LEFT_OUT, NO_PEAKS, ADD_CODES, COMPARE_CLASSES, FINER_CODES,
)  # fmt: skip
"""Every message and remedy, so that documents can translate them."""


@dataclass(frozen=True)
class Check:
    """One check on a source, as a row of the table `quality` (share is of the source's rows)."""

    check: str
    severity: str
    count: int
    share: float
    said: Phrase
    remedy: str

    @property
    def message(self) -> str:
        """What was found, in English."""
        return self.said.say(number=_number, name=lambda _, wanted: wanted)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.3g}"


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


def _check(name: str, count: int, rows: int, text: str, remedy: str, *, found: bool, **values: Value) -> Check:
    severity = "warning" if found else "note"
    return Check(name, severity, count, count / rows, Phrase(text, {"count": count, **values}), remedy)


def _identical(rows: pl.DataFrame, mapping: Mapping) -> Check:
    count = int(rows["identical"].sum())
    choice = mapping.identical_rows
    dropped = choice is not None and choice.value == "drop"
    found = count / rows.height > IDENTICAL_AT
    totals: dict[str, Value] = {"with": rows.height, "without": rows.height - count}
    if choice and dropped:
        by: dict[str, Value] = {"who": choice.who, "why": choice.why}
        return _check("identical_rows", count, rows.height, IDENTICAL_DROPPED, ASK_FOR_ID, found=found, **totals, **by)
    return _check("identical_rows", count, rows.height, IDENTICAL, ASK_FOR_ID, found=found, **totals)


def _located(rows: pl.DataFrame, city: City) -> Check:
    if not city.scope.geography:
        return Check("geocoding_below_85", "note", 0, 0.0, Phrase(NO_AREAS), "")
    outside = int(rows["area"].is_null().sum())
    rate = geocoding_rate(rows.height - outside, rows.height)
    low = rate < GEOCODING_NEEDED
    return _check("geocoding_below_85", outside, rows.height, LOCATED, BETTER_POINTS, found=low, rate=100 * rate)


def _piled(rows: pl.DataFrame) -> Check:
    placed = rows.drop_nulls(["lat", "lon"])
    piles = placed.group_by("lat", "lon").len().filter(pl.col("len") > max(20, PILE_UP_AT * rows.height))
    count = int(piles["len"].sum())
    largest = int(piles["len"].max() or 0)  # type: ignore[arg-type]
    piled: dict[str, Value] = {"points": piles.height, "largest": largest}
    return _check("coordinate_pile_up", count, rows.height, PILED, READ_WITH_CARE, found=count > 0, **piled)


def _hours(rows: pl.DataFrame) -> Iterator[Check]:
    known = rows.drop_nulls("hour")
    few = known.height < (1 - MISSING_HOURS_AT) * rows.height
    yield _check("missing_hour", rows.height - known.height, rows.height, NO_HOUR, LEFT_OUT, found=few)
    if known.height == 0:
        return
    heaped = known.filter(pl.col("hour").is_in(HEAPED_HOURS)).height
    expected = len(HEAPED_HOURS) / 24
    shares: dict[str, Value] = {"share": 100 * heaped / known.height, "even": 100 * expected}
    many = heaped / known.height > HEAPED_AT * expected
    yield _check("hour_heaping", heaped, rows.height, HEAPED, NO_PEAKS, found=many, **shares)


def _mapped(rows: pl.DataFrame) -> Check:
    count = rows.filter(pl.col("iccs") == UNMAPPED).height
    share = count / rows.height
    name = "unmapped_share_above_10" if share > UNMAPPED_AT else "unmapped_labels"
    return _check(name, count, rows.height, WITHOUT_CLASS, ADD_CODES, found=count > 0, share=100 * share)


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
    share = count / rows.height
    seen: dict[str, Value] = {"labels": labels.height, "divisions": divisions.height, "share": 100 * share}
    return _check("code_drift", count, rows.height, DRIFT, COMPARE_CLASSES, found=share > CODE_DRIFT_AT, **seen)


def _split(rows: pl.DataFrame, mapping: Mapping, pack: Pack) -> Check:
    split = split_labels(mapping, pack)
    count = rows.filter(pl.col("label").is_in(list(split))).height
    return _check("split_labels", count, rows.height, SPLIT, FINER_CODES, found=count > 0, labels=len(split))


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
