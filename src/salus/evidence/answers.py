"""Turns rows of figures, populations, counts, ratings and judgements into typed frames, with findings."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from salus.evidence.aggregate import COUNT_COLUMNS, STATED_COUNTS
from salus.evidence.classify import UNMAPPED, label_classes
from salus.evidence.dates import moment
from salus.evidence.links import LINKS
from salus.model.city import City, Mapping
from salus.model.findings import DataFinding
from salus.model.framework import Pack

FIGURE_COLUMNS = {
    "source": pl.String,
    "file": pl.String,
    "row": pl.Int64,
    "indicator": pl.String,
    "area": pl.String,
    "group": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "se": pl.Float64,
    "n": pl.Float64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "method": pl.String,
    "illustrative": pl.Boolean,
}
BASES = ("residents", "present", "households", "vehicles", "commuters")
"""What a population file may count; the first where it does not say."""
POPULATION_COLUMNS = {
    "source": pl.String,
    "file": pl.String,
    "row": pl.Int64,
    "geography": pl.String,
    "area": pl.String,
    "year": pl.Int64,
    "persons": pl.Float64,
    "basis": pl.String,
}
RATING_COLUMNS = {
    "source": pl.String,
    "file": pl.String,
    "row": pl.Int64,
    "function": pl.String,
    "level": pl.String,
    "institution": pl.String,
    "dimension": pl.String,
    "score": pl.Float64,
    "rater": pl.String,
    "basis": pl.String,
    "verification": pl.String,
    "illustrative": pl.Boolean,
}
JUDGEMENT_COLUMNS = {
    "source": pl.String,
    "file": pl.String,
    "row": pl.Int64,
    "group": pl.String,
    "problem": pl.String,
    "criterion": pl.String,
    "weight": pl.Float64,
    "people": pl.Int64,
    "represented": pl.Int64,
    "illustrative": pl.Boolean,
}
DIMENSIONS = ("authority", "people", "budget", "data", "procedure", "coordination", "leadership", "exercise")
CRITERIA = ("burden", "severity", "trend", "inequity", "importance")
LEVELS = ("community", "local", "subnational", "national", "international")


@dataclass(frozen=True)
class Context:
    """What reading a source needs to know besides its rows."""

    source: str
    mapping: Mapping
    pack: Pack
    city: City
    illustrative: bool
    areas: dict[str, frozenset[str]]


def shaped(raw: pl.DataFrame, columns: dict[str, type[pl.DataType]], given: Context) -> pl.DataFrame:
    """The text rows in the shape of a frame: numbers and dates read, what is not there null."""
    out = []
    for name, kind in columns.items():
        if name == "source":
            out.append(pl.lit(given.source).alias(name))
        elif name == "illustrative":
            own = pl.col(name).str.to_lowercase() == "true" if name in raw.columns else pl.lit(value=False)
            out.append((own | pl.lit(given.illustrative)).alias(name))
        elif name not in raw.columns:
            out.append(pl.lit(None, kind()).alias(name))
        elif kind is pl.Date:
            out.append(moment(pl.col(name), given.mapping, given.city.time_zone).dt.date().alias(name))
        else:
            out.append(pl.col(name).cast(kind(), strict=False))
    return raw.select(out)


def unreadable(
    raw: pl.DataFrame,
    typed: pl.DataFrame,
    columns: dict[str, type[pl.DataType]],
) -> Iterator[DataFinding]:
    """Cells that hold a text where a number or a date must stand."""
    for name, kind in columns.items():
        if kind is pl.String or kind is pl.Boolean or name not in raw.columns or name == "row":
            continue
        wrong = raw.filter(pl.col(name).is_not_null() & typed[name].is_null())
        wanted = "a date" if kind is pl.Date else "a number"
        for row in wrong.iter_rows(named=True):
            yield DataFinding(
                str(row["file"]),
                "bad_cell",
                f"'{row[name]}' is not {wanted}",
                "correct the cell",
                row=int(row["row"]),
                column=name,
                value=str(row[name]),
            )


def one_of(
    typed: pl.DataFrame,
    column: str,
    known: frozenset[str] | tuple[str, ...],
    remedy: str,
) -> Iterator[DataFinding]:
    """Cells whose value is not one of the known ones."""
    wrong = typed.filter(~pl.col(column).is_in(list(known)) | pl.col(column).is_null())
    for row in wrong.iter_rows(named=True):
        yield DataFinding(
            str(row["file"]),
            f"unknown_{column}",
            f"Unknown {column} '{row[column] or ''}'",
            remedy,
            row=int(row["row"]),
            column=column,
            value=str(row[column] or ""),
        )


def within(typed: pl.DataFrame, column: str, low: float, high: float) -> Iterator[DataFinding]:
    """Numbers outside their range."""
    wrong = typed.filter(~pl.col(column).is_between(low, high))
    for row in wrong.iter_rows(named=True):
        yield DataFinding(
            str(row["file"]),
            "out_of_range",
            f"{column} {row[column]:g} is not within {low:g} to {high:g}",
            "correct the cell",
            row=int(row["row"]),
            column=column,
            value=str(row[column]),
        )


def read_figures(raw: pl.DataFrame, given: Context) -> tuple[pl.DataFrame, list[DataFinding]]:
    """Published or census figures; wide tables become one row a figure, complements are taken (`100-F07`)."""
    long = _long(raw, given.mapping) if given.mapping.indicators else raw
    typed = shaped(long, FIGURE_COLUMNS, given).with_columns(pl.col("group").fill_null(""))
    known = frozenset(i.id for i in given.pack.indicators)
    found = [
        *unreadable(long, typed, FIGURE_COLUMNS),
        *one_of(typed, "indicator", known, "use an id of the pack"),
    ]
    found += _areas(typed, given)
    return typed.filter(pl.col("value").is_not_null()), found


def _long(raw: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    kept = [name for name in raw.columns if not name.startswith("=")]
    parts = []
    for column, target in mapping.indicators.items():
        complement = target.startswith("100-")
        number = pl.col(f"={column}").cast(pl.Float64, strict=False)
        value = (100 - number if complement else number).cast(pl.String)
        parts.append(raw.select(*kept, value.alias("value"), pl.lit(target.removeprefix("100-")).alias("indicator")))
    return pl.concat(parts)


def _areas(typed: pl.DataFrame, given: Context) -> Iterator[DataFinding]:
    wider = frozenset({given.city.scope.area, *given.city.wider})
    known = wider | (given.areas.get(given.mapping.geography, frozenset()) if given.mapping.geography else frozenset())
    for finding in one_of(typed, "area", known, "use an area id of the boundaries, the city or a wider area"):
        yield DataFinding(
            finding.file,
            finding.rule,
            finding.message,
            finding.remedy + "; the row is not used",
            severity="warning",
            row=finding.row,
            column="area",
            value=finding.value,
        )


def read_population(raw: pl.DataFrame, given: Context) -> tuple[pl.DataFrame, list[DataFinding]]:
    """What counts of an area are divided by in a year: persons living there, unless `basis` says otherwise."""
    typed = shaped(raw, POPULATION_COLUMNS, given).with_columns(
        pl.col("geography").fill_null(given.mapping.geography), pl.col("basis").fill_null(BASES[0])
    )
    found = [*unreadable(raw, typed, POPULATION_COLUMNS), *within(typed, "persons", 0, 1e9)]
    return typed, [*found, *one_of(typed, "basis", frozenset(BASES), f"one of {', '.join(BASES)}")]


def read_counts(raw: pl.DataFrame, given: Context) -> tuple[pl.DataFrame, list[DataFinding]]:
    """Counts that arrive ready made, for instance of protected offences."""
    typed = shaped(raw.rename({"offence": "label"}), STATED_COUNTS, given).with_columns(
        pl.lit(given.mapping.geography).alias("geography"),
        raw["row"].alias("first_row"),
        raw["row"].alias("last_row"),
        *(pl.lit(None, kind).alias(name) for name, kind in LINKS.items()),
    )
    stated = typed.select("iccs", "tags")
    classes = label_classes(typed["label"], given.mapping, given.pack)
    typed = typed.drop("iccs", "tags", "protected").join(classes, on="label", how="left", maintain_order="left")
    iccs = pl.coalesce(stated["iccs"], typed["iccs"], pl.lit(UNMAPPED))
    typed = typed.with_columns(
        iccs.alias("iccs"),
        pl.coalesce(stated["tags"], typed["tags"]).fill_null("").alias("tags"),
        pl.col("area").fill_null(given.city.scope.area),
    )
    protected = [
        given.pack.protected.covers(code, tuple(filter(None, tags.split(";"))))
        for code, tags in typed.select("iccs", "tags").iter_rows()
    ]
    typed = typed.with_columns(pl.Series("protected", protected, dtype=pl.Boolean)).select(list(COUNT_COLUMNS))
    renamed = raw.rename({"offence": "label"})
    return typed, [
        *unreadable(
            renamed,
            typed.with_columns(raw["row"]),
            {"count": pl.Int64, "period_start": pl.Date, "period_end": pl.Date},
        )
    ]


def read_ratings(raw: pl.DataFrame, given: Context) -> tuple[pl.DataFrame, list[DataFinding]]:
    """Ratings of legal authority, capacity and exercise, 0-5, each by a role, each with its basis."""
    typed = shaped(raw, RATING_COLUMNS, given)
    functions = frozenset(f.id for f in given.pack.functions)
    found = [*unreadable(raw, typed, RATING_COLUMNS), *within(typed, "score", 0, 5)]
    found += one_of(typed, "function", functions, "use a function id of the pack")
    found += one_of(typed, "dimension", DIMENSIONS, f"one of {', '.join(DIMENSIONS)}")
    found += one_of(typed, "level", LEVELS, f"one of {', '.join(LEVELS)}")
    return typed, found


def read_judgements(raw: pl.DataFrame, given: Context) -> tuple[pl.DataFrame, list[DataFinding]]:
    """What groups of people weigh and rate; a group, never a person."""
    typed = shaped(raw, JUDGEMENT_COLUMNS, given)
    problems = frozenset(p.id for p in given.pack.problems) | {"*"}
    found = [
        *unreadable(raw, typed, JUDGEMENT_COLUMNS),
        *one_of(typed, "problem", problems, "use a problem id or *"),
    ]
    found += one_of(typed, "criterion", CRITERIA, f"one of {', '.join(CRITERIA)}")
    return typed, [*found, *within(typed, "weight", 0, 100)]
