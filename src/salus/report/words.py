"""Numbers, grades and certainty in words; every visible string here can be translated."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from salus.report.language import Language


def msg(text: str) -> str:
    """Marks a text for translation where it stands; it is translated when it is said."""
    return text


@dataclass(frozen=True)
class Words:
    """How figures are written in one language."""

    language: Language
    currency: str

    def translate(self, text: str) -> str:
        """A text in this language."""
        return self.language(text)

    def number(self, value: float | None, digits: int = 3) -> str:
        """A number at a few significant digits, with this language's separators."""
        if value is None:
            return self.translate("no data")
        from babel.numbers import format_decimal

        if abs(value) >= 100 or value == int(value):
            return str(format_decimal(round(value), locale=self.language.locale))
        places = max(0, digits - len(str(int(abs(value)))) if abs(value) >= 1 else digits - 1)
        return str(format_decimal(round(value, places), locale=self.language.locale, format=f"0.{'#' * places}"))

    def span(self, low: float | None, high: float | None) -> str:
        """An interval, in words so that it reads the same in every direction of writing."""
        if low is None or high is None:
            return self.translate("no interval")
        return self.translate("%(low)s to %(high)s") % {"low": self.number(low), "high": self.number(high)}

    def figure(self, row: dict[str, Any], value: str = "value") -> str:
        """A value with its interval; or that it is hidden; or that there is no data."""
        if row.get("status") == "hidden" or value in (row.get("withheld") or "").split(";"):
            return self.translate("hidden (small count)")
        if row.get(value) is None:
            return self.translate("no data")
        limits = self.span(row.get("low"), row.get("high"))
        return f"{self.number(row[value])} ({limits})"

    def years(self, start: dt.date, end: dt.date) -> str:
        """The year of a period, or its first and last."""
        return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"

    def money(self, low: float | None, high: float | None) -> str:
        """A band of money, rounded to two figures: nobody knows more."""
        if low is None or high is None:
            return self.translate("no band")
        return f"{self.short(low)}–{self.short(high)} {self.currency}"

    def short(self, value: float) -> str:
        """Money in thousands or millions."""
        if value >= 1e6:
            return self.translate("%s million") % self.number(value / 1e6, 2)
        return self.translate("%s thousand") % self.number(value / 1e3, 2)

    def certainty(self, row: dict[str, Any], problems: int) -> str:
        """How certain a rank is: from the width of its interval and how often it is among the first."""
        if row.get("expected_rank") is None:
            return self.translate("no evidence")
        share, width = row["top_k_share"] or 0.0, (row["rank_high"] - row["rank_low"]) / problems
        if share >= 0.9 and width <= 0.4:
            return self.translate("fairly certain")
        if share >= 0.6:
            return self.translate("likely")
        return self.translate("uncertain")

    def grade(self, grade: str) -> str:
        """What a grade means."""
        meaning = {
            "A": msg("strong"),
            "B": msg("good"),
            "C": msg("fair"),
            "D": msg("weak"),
            "E": msg("very weak"),
            "none": msg("no evidence"),
        }.get(grade, grade)
        return f"{grade} – {self.translate(meaning)}" if grade != "none" else self.translate(meaning)
