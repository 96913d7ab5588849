"""A finding in words, and the desk on which the rules find what they need."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from salus.model.city import City
from salus.model.framework import FindingRule, Indicator, Pack
from salus.model.grades import Grade
from salus.model.phrases import Phrase, Value
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
    words: dict[str, Value] = field(default_factory=dict)
    """What fills the rule's template, so that it can be said in another language (`salus.model.phrases`)."""

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
        return self.city.place(area)

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        return {
            "indicator": {i.id: i.name for i in self.pack.indicators},
            "problem": {p.id: p.name for p in self.pack.problems},
            "flow": {f.id: f.name for f in self.pack.flows},
            "function": {f.id: f.name for f in self.pack.functions},
            "theme": {t.id: t.name for t in self.pack.themes},
        }

    def name(self, kind: str, wanted: str) -> str:
        """The English name of what a phrase names; institutions keep their id here."""
        return self.place(wanted) if kind == "area" else self._names.get(kind, {}).get(wanted, wanted)

    def statement(
        self,
        rule: FindingRule,
        name: str,
        words: dict[str, Value],
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
            Phrase(rule.statement, words).say(number=number, name=self.name),
            keys,
            grade,
            rule.limits,
            words=words,
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


def years(start: dt.date, end: dt.date) -> str:
    """The year, or the first and last year, of a period.

    >>> years(dt.date(2019, 1, 1), dt.date(2022, 12, 31)), years(dt.date(2022, 1, 1), dt.date(2022, 12, 31))
    ('2019–2022', '2022')
    """
    return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"
