"""Checks what a source is worth, says what was found, and grades it by the pack's rule."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from salus.evidence.classify import UNMAPPED, split_labels
from salus.evidence.dates import exchanged
from salus.evidence.readers import geocoding_rate
from salus.evidence.tallies import PILE, Tallies
from salus.model.city import City, Mapping, Origin
from salus.model.framework import Pack
from salus.model.grades import GRADES, Grade, capped
from salus.model.phrases import Phrase, Value

GEOCODING_NEEDED = 0.85
HEAPED_HOURS = (0, 12)
HEAPED_AT = 1.5  # times the share that two hours of 24 would have
MISSING_HOURS_AT = 0.05
PILE_UP_AT = 0.001
MOST_ON_A_POINT = 100  # rows on one point that are a pile in any file, however large
ELSEWHERE_AT = 0.05
CODE_DRIFT_AT = 0.05
IDENTICAL_AT = 0.001
UNMAPPED_AT = 0.10
NEAR_AT = 0.01
NEW_YEAR_AT = 3.0  # times an even day
LATE_DAYS = 90
LATE_AT = 0.10
DROP_AT = 0.15  # below what the year before leads to expect
MOST_MONTHS = 12
FEW_DAYS = 30  # different days below which a missing 13th says nothing
FEWEST = 100  # rows below which a share says little

IDENTICAL: Final = (
    "Rows identical to an earlier one in every column, without a record id: {count}; kept. Total with them {with},"
    " without {without}."
)
IDENTICAL_DROPPED: Final = (
    "Rows identical to an earlier one in every column, without a record id: {count}; dropped by a recorded choice"
    " ({who}: {why}). Total with them {with}, without {without}."
)
NO_AREAS: Final = "The city has no areas: nothing to locate in."
NEAR: Final = (
    "Rows that agree with an earlier one in offence, day, hour and place, but not in every column: {count}; kept."
)
DELIVERED_TWICE: Final = (
    "Rows that repeat an earlier one with the same {id} and the same content: {count}; counted once. Total with them"
    " {with}, without {without}."
)
SAME_ID: Final = "Rows whose {id} an earlier row with other content has: {count}; kept, each counts as an offence."
ELSEWHERE: Final = (
    "Rows whose point lies in another area than the place they name: {count}; they count where the point is."
)
TRUST_NEITHER: Final = "look at some: points moved by the publisher, old boundaries, or places typed wrongly"
SET_ASIDE: Final = (
    "Rows whose date is no date, or after the month in which the file was received: {count}; set aside by a recorded"
    " choice ({who}: {why}) and in no figure."
)
EITHER_WAY: Final = "No day in {count} rows is later than the 12th: day and month may be the wrong way round."
CORRECT_DATES: Final = "ask the publisher for the right dates"
CHECK_FORM: Final = "compare some rows with the records office and correct `date_format`"
LOCATED_IN_QUARTERS: Final = "Quarters in which fewer than 85 % of the rows were placed: {quarters} ({named})."
LOCATED_IN_PLACES: Final = (
    "Named places of which more than 15 % of the rows have no point: {places} of {of} ({count} rows)."
)
HEAPED_DAYS: Final = (
    "{share} % of the rows are dated the first day of a month; {even} % would be even; {new_year} % on 1 January."
)
LAG: Final = (
    "Half of the records are registered within {median} days of the event; {count} later than 90 days, {before} before"
    " the event."
)
FEWER_LATELY: Final = "The last three months hold {last} rows; after the year before, {expected} would be expected."
LOOK_AT_CASES: Final = "look at some: one event entered twice, or several of one kind in one hour and place"
COUNT_CASES: Final = "say in the origin whether a row is a case or a charge; several charges of a case count separately"
NOTHING_TO_DO: Final = "nothing; to keep them write `identical_rows` with value keep in mapping.yaml"
NO_MAPS_THEN: Final = "maps that use these quarters are withheld; ask for better coordinates"
NO_DAYS: Final = "compare months, not days: the first day stands for an unknown one"
LAST_MONTHS_LOW: Final = "read the last months as incomplete; fetch the file again later"
LOCATED: Final = "{rate} % of the rows were placed in an area ({count} were not); below 85 % maps are withheld."
PILED: Final = (
    "Points that hold many rows each: {points} ({count} rows in all, the largest {largest}; {nowhere} at 0, 0)."
)
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
    ELSEWHERE, TRUST_NEITHER, SET_ASIDE, EITHER_WAY, CORRECT_DATES, CHECK_FORM,
    NEAR, DELIVERED_TWICE, SAME_ID, LOCATED_IN_QUARTERS, LOCATED_IN_PLACES, HEAPED_DAYS, LAG, FEWER_LATELY,
    LOOK_AT_CASES, COUNT_CASES, NOTHING_TO_DO, NO_MAPS_THEN, NO_DAYS, LAST_MONTHS_LOW,
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


@dataclass(frozen=True)
class Counted:
    """What the checks of an incident source look at: its counts with classes, its tallies, its mapping and city."""

    cube: pl.DataFrame
    """The cube of the source with the columns `iccs` and `protected`."""
    tallies: Tallies
    mapping: Mapping
    city: City
    received: dt.date

    @property
    def rows(self) -> int:
        """All rows of the source."""
        return int(self.cube["count"].sum())

    def count(self, *conditions: pl.Expr) -> int:
        """Rows for which all conditions hold."""
        return int(self.cube.filter(*conditions)["count"].sum())


def incident_checks(given: Counted, pack: Pack) -> tuple[Check, ...]:
    """All checks on an incident source, found or not (a check that found nothing has count 0)."""
    if given.rows == 0:
        return ()
    return (
        _identical(given),
        _near(given),
        *_records(given),
        *_dates(given),
        _located(given),
        *_located_by_quarter(given),
        *_naming(given),
        *_elsewhere(given),
        _piled(given),
        *_days(given),
        *_hours(given),
        *_lags(given),
        *_last_months(given),
        _mapped(given),
        _drift(given),
        _split(given, pack),
    )


def drops_repeats(mapping: Mapping) -> bool:
    """Whether rows that repeat an earlier one count once: by a recorded choice, or because a record id proves it."""
    if mapping.identical_rows is not None:
        return mapping.identical_rows.value == "drop"
    return bool(mapping.row_id)


def _check(name: str, count: int, rows: int, text: str, remedy: str, *, found: bool, **values: Value) -> Check:
    severity = "warning" if found else "note"
    return Check(name, severity, count, count / rows, Phrase(text, {"count": count, **values}), remedy)


def _identical(given: Counted) -> Check:
    count, rows, choice = given.count(pl.col("repeats")), given.rows, given.mapping.identical_rows
    totals: dict[str, Value] = {"with": rows, "without": rows - count}
    found = count / rows > IDENTICAL_AT
    if given.mapping.row_id and not (choice and choice.value == "keep"):
        totals["id"] = given.mapping.row_id
        return _check("repeated_deliveries", count, rows, DELIVERED_TWICE, NOTHING_TO_DO, found=found, **totals)
    if choice and choice.value == "drop":
        by: dict[str, Value] = {"who": choice.who, "why": choice.why}
        return _check("identical_rows", count, rows, IDENTICAL_DROPPED, ASK_FOR_ID, found=found, **totals, **by)
    return _check("identical_rows", count, rows, IDENTICAL, ASK_FOR_ID, found=found, **totals)


def _near(given: Counted) -> Check:
    count = given.tallies.near
    return _check("near_duplicates", count, given.rows, NEAR, LOOK_AT_CASES, found=count / given.rows > NEAR_AT)


def _records(given: Counted) -> Iterator[Check]:
    if given.mapping.row_id:
        count = given.tallies.records
        yield _check("repeated_ids", count, given.rows, SAME_ID, COUNT_CASES, found=count > 0, id=given.mapping.row_id)


def _dates(given: Counted) -> Iterator[Check]:
    """Rows without a usable date, and dates that would also read with day and month the other way round."""
    choice, rows = given.mapping.unusable_dates, given.rows
    future = (pl.col("month") > given.received).fill_null(value=False)
    count = given.count(pl.col("month").is_null() | future)
    if count and choice is not None:
        by: dict[str, Value] = {"who": choice.who, "why": choice.why}
        yield _check("unusable_dates", count, rows, SET_ASIDE, CORRECT_DATES, found=True, **by)
    days = given.tallies.days
    if days.is_empty() or not any(exchanged(form) for form in given.mapping.date_forms):
        return
    never = int(days["day"].max() or 0) <= MOST_MONTHS and days.height > FEW_DAYS  # type: ignore[arg-type]
    yield _check("ambiguous_dates", rows if never else 0, rows, EITHER_WAY, CHECK_FORM, found=never)


def _located(given: Counted) -> Check:
    if not given.city.scope.geography:
        return Check("geocoding_below_85", "note", 0, 0.0, Phrase(NO_AREAS), "")
    rows, outside = given.rows, given.count(pl.col("area").is_null())
    rate = geocoding_rate(rows - outside, rows)
    low = rate < GEOCODING_NEEDED
    return _check("geocoding_below_85", outside, rows, LOCATED, BETTER_POINTS, found=low, rate=100 * rate)


def _located_by_quarter(given: Counted) -> Iterator[Check]:
    """Quarters in which too few rows could be placed, where the source as a whole is good enough."""
    if not given.city.scope.geography:
        return
    quarter = pl.col("month").dt.truncate("1q").alias("quarter")
    located = pl.col("count").filter(pl.col("area").is_not_null()).sum().alias("located")
    rates = given.cube.group_by(quarter).agg(pl.col("count").sum(), located).drop_nulls().sort("quarter")
    low = rates.filter(pl.col("located") < GEOCODING_NEEDED * pl.col("count"), pl.col("count") >= FEWEST)
    named = "; ".join(f"{day.year}-Q{(day.month + 2) // 3}" for day in low["quarter"])
    count = int((low["count"] - low["located"]).sum()) if low.height else 0
    yield _check(
        "geocoding_below_85_in_quarters", count, given.rows, LOCATED_IN_QUARTERS, NO_MAPS_THEN, found=low.height > 0,
        quarters=low.height, named=named or "-",
    )  # fmt: skip


def _naming(given: Counted) -> Iterator[Check]:
    """Whether rows that name some places lack points more often than rows that name others."""
    naming = given.tallies.naming
    if naming.is_empty() or given.mapping.columns.get("latitude") is None:
        return
    without = pl.col("count").filter("pointless").sum().alias("without")
    rates = naming.group_by("place").agg(pl.col("count").sum(), without).filter(pl.col("count") >= FEWEST)
    low = rates.filter(pl.col("without") > (1 - GEOCODING_NEEDED) * pl.col("count"))
    count = int(low["without"].sum())
    yield _check(
        "geocoding_uneven", count, given.rows, LOCATED_IN_PLACES, BETTER_POINTS, found=low.height > 0,
        places=low.height, of=rates.height,
    )  # fmt: skip


def _elsewhere(given: Counted) -> Iterator[Check]:
    """Rows whose point lies in another area than the one they name."""
    if "place" in given.mapping.columns:
        count, placed = given.count(pl.col("elsewhere")), given.count(pl.col("placed"))
        found = count > ELSEWHERE_AT * placed
        yield _check("place_and_point_differ", count, given.rows, ELSEWHERE, TRUST_NEITHER, found=found)


def _piled(given: Counted) -> Check:
    rows = given.rows
    piles = given.tallies.piles.filter(pl.col("count") > min(max(PILE, PILE_UP_AT * rows), MOST_ON_A_POINT))
    count = int(piles["count"].sum())
    largest = int(piles["count"].max() or 0)  # type: ignore[arg-type]
    nowhere = int(given.tallies.piles.filter(lat=0.0, lon=0.0)["count"].sum())
    piled: dict[str, Value] = {"points": piles.height, "largest": largest, "nowhere": nowhere}
    return _check("coordinate_pile_up", count, rows, PILED, READ_WITH_CARE, found=count > 0, **piled)


def _days(given: Counted) -> Iterator[Check]:
    """Too many events on the first day of a month or of the year: dates that stand for 'some time in it'."""
    days = given.tallies.days
    if days.is_empty():
        return
    total, first = int(days["count"].sum()), int(days.filter(day=1)["count"].sum())
    new_year = int(days.filter(day=1, month=1)["count"].sum())
    heaped = first > HEAPED_AT * total * 12 / 365.25 or new_year > NEW_YEAR_AT * total / 365.25
    yield _check(
        "day_heaping", first, given.rows, HEAPED_DAYS, NO_DAYS, found=heaped and total >= FEWEST,
        share=100 * first / total, even=1200 / 365.25, new_year=100 * new_year / total,
    )  # fmt: skip


def _hours(given: Counted) -> Iterator[Check]:
    hours, rows = given.tallies.hours, given.rows
    known = int(hours.drop_nulls("hour")["count"].sum())
    few = known < (1 - MISSING_HOURS_AT) * rows
    yield _check("missing_hour", rows - known, rows, NO_HOUR, LEFT_OUT, found=few)
    if known == 0:
        return
    heaped = int(hours.filter(pl.col("hour").is_in(HEAPED_HOURS))["count"].sum())
    expected = len(HEAPED_HOURS) / 24
    shares: dict[str, Value] = {"share": 100 * heaped / known, "even": 100 * expected}
    yield _check("hour_heaping", heaped, rows, HEAPED, NO_PEAKS, found=heaped / known > HEAPED_AT * expected, **shares)


def _lags(given: Counted) -> Iterator[Check]:
    """How long after the event records are registered, where both days are known."""
    lags = given.tallies.lags
    if lags.is_empty():
        return
    late = int(lags.filter(pl.col("days") > LATE_DAYS)["count"].sum())
    before = int(lags.filter(pl.col("days") < 0)["count"].sum())
    total = int(lags["count"].sum())
    summed = lags.group_by("days").agg(pl.col("count").sum()).sort("days")
    median = int(summed.filter(pl.col("count").cum_sum() >= total / 2)["days"][0])
    yield _check(
        "reporting_lag", late, given.rows, LAG, LAST_MONTHS_LOW, found=late > LATE_AT * total, median=median,
        before=before,
    )  # fmt: skip


def _last_months(given: Counted) -> Iterator[Check]:
    """A drop in the last three months against the same months a year earlier: records may still come in."""
    months = given.cube.drop_nulls("month").group_by("month").agg(pl.col("count").sum()).sort("month")
    if months.height < 2 * 12:
        return
    last, earlier = int(months["count"][-3:].sum()), int(months["count"][-15:-12].sum())
    before, year_before = int(months["count"][-12:-3].sum()), int(months["count"][-24:-15].sum())
    expected = earlier * before / year_before if year_before else 0.0
    short = max(round(expected) - last, 0)
    yield _check(
        "late_reporting", short, given.rows, FEWER_LATELY, LAST_MONTHS_LOW,
        found=last < (1 - DROP_AT) * expected and expected >= FEWEST, last=last, expected=round(expected),
    )  # fmt: skip


def _mapped(given: Counted) -> Check:
    count = given.count(pl.col("iccs") == UNMAPPED)
    share = count / given.rows
    name = "unmapped_share_above_10" if share > UNMAPPED_AT else "unmapped_labels"
    return _check(name, count, given.rows, WITHOUT_CLASS, ADD_CODES, found=count > 0, share=100 * share)


def _drift(given: Counted) -> Check:
    """Labels that come and go matter where they are all that an ICCS division is counted by in some year."""
    coded = given.cube.select(
        "label", "count", pl.col("iccs").str.slice(0, 4).alias("division"), pl.col("month").dt.year().alias("year")
    )
    years = coded.select("label", "division", "year").drop_nulls().unique()
    every = years["year"].n_unique()
    labels = years.select("label", "year").unique().group_by("label").len().filter(pl.col("len") < every)
    divisions = years.select("division", "year").unique().group_by("division").len().filter(pl.col("len") < every)
    count = int(coded.filter(pl.col("division").is_in(divisions["division"].implode()))["count"].sum())
    share = count / given.rows
    seen: dict[str, Value] = {"labels": labels.height, "divisions": divisions.height, "share": 100 * share}
    return _check("code_drift", count, given.rows, DRIFT, COMPARE_CLASSES, found=share > CODE_DRIFT_AT, **seen)


def _split(given: Counted, pack: Pack) -> Check:
    split = split_labels(given.mapping, pack)
    count = given.count(pl.col("label").is_in(list(split)))
    return _check("split_labels", count, given.rows, SPLIT, FINER_CODES, found=count > 0, labels=len(split))


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
