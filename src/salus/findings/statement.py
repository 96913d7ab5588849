"""A finding in words, and the desk on which the rules find what they need."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from salus.model.city import City
from salus.model.framework import FindingRule, Indicator, Pack
from salus.model.grades import Grade
from salus.model.tables import row_key


@dataclass(frozen=True)
class Statement:
    """One finding: what may be said, how sure it is, what limits it and what speaks against it."""

    id: str
    rule: str
    theme: str
    statement: str
    estimates: tuple[str, ...]
    grade: Grade
    limits: str
    contradicted_by: tuple[str, ...] = ()
    illustrative: bool = False

    @property
    def key(self) -> str:
        """The name of this finding in the lineage."""
        return f"findings:{self.id}"


@dataclass(frozen=True)
class Desk:
    """Tables of a run, ready to be asked."""

    tables: dict[str, pl.DataFrame]
    pack: Pack
    city: City

    @property
    def estimates(self) -> pl.DataFrame:
        """All estimates that have a value."""
        return self.tables["estimates"].drop_nulls("value")

    def yearly(self, indicator: str) -> pl.DataFrame:
        """The city's estimates of an indicator for whole calendar years, in order."""
        start, end = pl.col("period_start"), pl.col("period_end")
        whole = (start.dt.month() == 1) & (start.dt.day() == 1) & (end == pl.date(start.dt.year(), 12, 31))
        return self.city_rows(indicator).filter(whole).sort("period_start")

    def city_rows(self, indicator: str, group: str = "") -> pl.DataFrame:
        """The city's estimates of an indicator and group."""
        return self.estimates.filter(
            (pl.col("indicator") == indicator) & (pl.col("area") == self.city.scope.area) & (pl.col("group") == group)
        )

    def place(self, area: str) -> str:
        """The name of an area in a sentence."""
        return self.city.name if area == self.city.scope.area else area

    def statement(
        self,
        rule: FindingRule,
        name: str,
        words: dict[str, Any],
        rows: Iterable[tuple[str, dict[str, Any]]],
        grade: Grade,
        *,
        theme: str = "",
    ) -> Statement:
        """A finding with its words filled in; `rows` are the (table, row) it rests on."""
        keys = tuple(row_key(table, row) for table, row in rows)
        return Statement(
            f"{rule.id}|{name}",
            rule.id,
            theme or rule.theme,
            rule.statement.format(**words),
            keys,
            grade,
            rule.limits,
        )


def theme_of(indicator: Indicator, pack: Pack) -> str:
    """The first theme that looks at an indicator, empty if none does."""
    for theme in pack.themes:
        if indicator.id in (*theme.risk, *theme.vulnerability, *theme.capacity):
            return theme.id
    return ""


def number(value: float, digits: int = 3) -> str:
    """A number for a sentence, at a few significant digits and with thousands separated.

    >>> number(1234.567), number(0.04567), number(12.0)
    ('1,235', '0.0457', '12')
    """
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def year(day: dt.date) -> str:
    """The year of a day, for a sentence."""
    return str(day.year)
