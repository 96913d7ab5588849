"""Puts estimates and their lineage together, in the shape of the tables of a run."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from salus.indicators.counted import Denominator, Period
from salus.model.city import City, Evidence
from salus.model.framework import Indicator, Pack
from salus.model.grades import Grade, capped, worst
from salus.model.tables import TABLES, key_column

LINEAGE = TABLES["lineage"].columns
RANGES = {"area": pl.String, "file": pl.String, "first_row": pl.Int64, "last_row": pl.Int64, "rows": pl.Int64}


@dataclass
class Ledger:
    """The estimates of a run as they are made: frames of rows and of lineage."""

    evidence: Evidence
    pack: Pack
    city: City
    seed: int
    frames: list[pl.DataFrame] = field(default_factory=list)
    pairs: list[pl.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        files = self.evidence.sources
        self.grades: dict[str, Grade] = dict(zip(files["source"], files["grade"], strict=True))
        self.hashes: dict[str, str] = dict(zip(files["file"], files["sha256"], strict=True))
        self.of_file: dict[str, str] = dict(zip(files["file"], files["source"], strict=True))

    def grade(self, sources: list[str], indicator: Indicator, *, best: Grade = "A") -> Grade:
        """The weakest grade of the sources; recorded activity of authorities is D at best."""
        grade = worst(*(self.grades.get(source, "none") for source in sources)) if sources else "none"
        limit: Grade = "D" if indicator.enforcement_driven else best
        return capped(grade, limit)

    def enter(
        self,
        indicator: Indicator,
        rows: pl.DataFrame,
        ranges: pl.DataFrame,
        denominators: dict[str, Denominator] | None = None,
    ) -> None:
        """Adds rows of one indicator (columns as in `estimates`, what is missing null) and their lineage.

        `ranges`: which rows of which file each area's number counts (`RANGES`).
        """
        shape = TABLES["estimates"].columns
        given = {
            "indicator": pl.lit(indicator.id),
            "unit": pl.lit(indicator.unit),
            "direction": pl.lit(indicator.direction),
        }
        frame = rows.with_columns(expression.alias(name) for name, expression in given.items())
        frame = frame.with_columns(
            pl.lit(None, kind).alias(name) for name, kind in shape.items() if name not in frame.columns
        )
        frame = frame.with_columns(
            pl.col("group").fill_null(""),
            pl.col("flags").fill_null(""),
            pl.col("loading").fill_null(0.0),
            pl.col("factor").fill_null(""),
            pl.col("illustrative").fill_null(value=False),
        )
        frame = frame.select(pl.col(name).cast(kind) for name, kind in shape.items())
        self.frames.append(frame)
        self._lineage(frame, ranges, denominators or {})

    def _lineage(self, frame: pl.DataFrame, ranges: pl.DataFrame, denominators: dict[str, Denominator]) -> None:
        keyed = frame.select(key_column("estimates"), "area")
        counted = keyed.join(ranges, on="area", how="inner").select(
            pl.lit("estimates").alias("table"),
            "key",
            pl.lit("sources").alias("from_table"),
            self._source_key().alias("from_key"),
        )
        below = [(area, d.file, d.row, d.row, 1) for area, d in denominators.items()]
        people = keyed.join(pl.DataFrame(below, schema=RANGES, orient="row"), on="area", how="inner").select(
            pl.lit("estimates").alias("table"),
            "key",
            pl.lit("sources").alias("from_table"),
            self._source_key().alias("from_key"),
        )
        self.pairs += [counted, people]

    def _source_key(self) -> pl.Expr:
        file = pl.col("file")
        return pl.concat_str(
            [
                file.replace_strict(self.of_file, default=""),
                file,
                file.replace_strict(self.hashes, default=""),
                pl.concat_str(
                    [
                        pl.lit("rows "),
                        pl.col("first_row"),
                        pl.lit("-"),
                        pl.col("last_row"),
                        pl.lit(" (n="),
                        pl.col("rows"),
                        pl.lit(")"),
                    ]
                ),
            ],
            separator="|",
        )

    def tables(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Estimates and lineage."""
        estimates = pl.concat(self.frames) if self.frames else TABLES["estimates"].frame()
        pairs = pl.concat(self.pairs) if self.pairs else TABLES["lineage"].frame()
        return TABLES["estimates"].check(estimates), pairs.select(list(LINEAGE)).unique(maintain_order=True)


def ranges_of(counts: pl.DataFrame, area: str | None = None) -> pl.DataFrame:
    """Which rows of which file stand behind each area's count (or behind one area's, if all go to it)."""
    named = counts.with_columns(pl.lit(area).alias("area")) if area is not None else counts
    return (
        named.filter(pl.col("count") > 0)
        .group_by("area", "file", maintain_order=True)
        .agg(pl.col("first_row").min(), pl.col("last_row").max(), pl.col("count").sum().alias("rows"))
        .select(pl.col(name).cast(kind) for name, kind in RANGES.items())
    )


def row_of(period: Period, **values: Any) -> dict[str, Any]:
    """One estimate's row."""
    return {"period_start": period.start, "period_end": period.end, **values}


def joined(sources: list[str]) -> str:
    """Names of sources as one text, sorted.

    >>> joined(["b", "a", "b"])
    'a+b'
    """
    return "+".join(sorted(set(sources)))
