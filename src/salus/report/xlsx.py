"""The released tables as one workbook: numbers as numbers, text that no program evaluates, every row or none."""

import datetime as dt
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl

from salus.errors import BadInput, MissingExtra, SalusError
from salus.report.cover import COMPLETE, DRAFT, HEADER, cover
from salus.report.desk import Desk
from salus.report.docx import MARK
from salus.report.sheets import Sheet, sheet, sheet_names
from salus.report.words import msg

MOST_ROWS: Final = 1_048_576 - 2
"""Rows that a sheet holds below its two rows of names."""
LONGEST_TEXT: Final = 32_767
EVALUATED: Final = ("=", "+", "-", "@", "\t", "\r", "\0")
"""What a text begins with that some program would take for a formula (OWASP ASVS 1.2.10)."""
_WIDEST, _NARROWEST, _SAMPLE = 48, 9, 200
_LINE, _LETTERS = 15.0, 80  # points a line, letters a line of the wide column
_BAND, _INK, _GREY = "#FFE3B3", "#0B5563", "#6B7280"
_OFF: Final = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}


def write_workbook(desk: Desk, file: Path, *, most_rows: int = MOST_ROWS) -> None:
    """Writes what a release shows, a table a sheet; the same release and language give the same bytes.

    Rows go to disk as they are written, one table is held at a time. A table of more than `most_rows` rows takes
    several sheets. Raises `SalusError` instead of writing a file that lacks a row or a text.
    """
    try:
        import xlsxwriter
    except ImportError as problem:
        raise MissingExtra(
            "Workbooks need the extra [report]", where="xlsxwriter", remedy="pip install 'salus-cities[report]'"
        ) from problem
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True, "tmpdir": str(file.parent), **_OFF})
    book.use_zip64()
    writer = _Writer(book, desk)
    front = writer.page(desk.words.translate(msg("Read me")))
    listed = [entry for name in sheet_names(desk) for entry in writer.table(sheet(desk, name), most_rows)]
    writer.front(front, listed)
    book.close()


class _Writer:
    """Puts tables into a workbook, cell after cell, and counts what it wrote."""

    def __init__(self, book: Any, desk: Desk) -> None:
        self.book, self.desk = book, desk
        book.set_properties(
            {"title": desk.city.name, "author": "Salus", "created": desk.release.at.replace(tzinfo=None)}
        )
        self.formats = {
            "text": book.add_format({"num_format": "@"}),
            "inert": book.add_format({"num_format": "@", "quote_prefix": True}),
            "wrapped": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "label": book.add_format({"bold": True, "valign": "top", "text_wrap": True}),
            "mark": book.add_format({"bold": True, "bg_color": _BAND, "text_wrap": True, "valign": "top"}),
            "words": book.add_format({"bold": True, "bg_color": _INK, "font_color": "#FFFFFF", "text_wrap": True}),
            "ids": book.add_format({"font_color": _GREY, "italic": True}),
            "empty": book.add_format({"font_color": _GREY, "italic": True, "align": "right"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "whole": book.add_format({"num_format": "#,##0"}),
            "year": book.add_format({"num_format": "0"}),
            "decimal": book.add_format({"num_format": "#,##0.0###"}),
            "any": book.add_format({"num_format": "General"}),
            "yes": book.add_format({}),
            "invented": book.add_format({"bg_color": _BAND}),
        }

    def page(self, tab: str) -> Any:
        """An empty sheet that is read in the direction of the language."""
        page = self.book.add_worksheet(tab)
        if self.desk.words.language.direction == "rtl":
            page.right_to_left()
        page.set_landscape()
        page.fit_to_pages(1, 0)  # all columns on one page, as many pages as there are rows
        return page

    def table(self, shown: Sheet, most_rows: int) -> list[tuple[str, str, int, int, int]]:
        """A table on as many sheets as it needs; for each its tab, what it holds, rows expected and written."""
        parts = []
        for number, start in enumerate(range(0, max(shown.rows.height, 1), most_rows), 1):
            frame = shown.rows.slice(start, most_rows)
            empty = {name: cells.slice(start, most_rows) for name, cells in shown.empty.items()}
            part = Sheet(shown.table, shown.tab, shown.says, shown.words, frame, empty)
            tab = part.tab if number == 1 else f"{part.tab} {number}"
            written = self._sheet(part, tab)
            if written != frame.height:
                raise SalusError(f"Of {frame.height} rows {written} were written", where=tab, remedy="report this")
            parts.append((tab, part.says, frame.height, written, part.illustrative))
        return parts

    def _sheet(self, shown: Sheet, tab: str) -> int:
        page = self.page(tab)
        self._set_up(page, shown)
        for column, words in enumerate(shown.words):
            self._text(page, 0, column, words, "words")
        for column, name in enumerate(shown.rows.columns):
            self._text(page, 1, column, name, "ids")
        writers = [self._cell(page, cells) for cells in shown.rows.get_columns()]
        said = [shown.empty.get(name) for name in shown.rows.columns]
        written = 0
        for row, values in enumerate(shown.rows.iter_rows()):
            for column, value in enumerate(values):
                if value is None:
                    reason = said[column]
                    self._text(page, row + 2, column, "" if reason is None else reason[row], "empty")
                else:
                    writers[column](row + 2, column, value)
            written += 1
        return written

    def _set_up(self, page: Any, shown: Sheet) -> None:
        """Frozen names, filters, widths, and the marks that are printed on every page."""
        page.freeze_panes(2, 0)
        page.autofilter(1, 0, shown.rows.height + 1, shown.rows.width - 1)
        page.repeat_rows(0, 1)
        marks = [DRAFT] * self.desk.release.is_draft + [HEADER[-1]] * bool(shown.illustrative)
        if marks:
            page.set_header("&L" + " · ".join(map(self.desk.words.translate, marks)))
        for column, cells in enumerate(shown.rows.get_columns()):
            page.set_column(column, column, _width(cells, shown.words[column]))

    def _cell(self, page: Any, cells: pl.Series) -> Callable[[int, int, Any], None]:
        """How the values of one column are written."""
        if cells.dtype == pl.Boolean:
            marked = self.formats["invented" if cells.name == "illustrative" else "yes"]
            return lambda row, column, value: _done(page.write_boolean(row, column, value, marked if value else None))
        if cells.dtype == pl.Date:
            return lambda row, column, value: _done(
                page.write_datetime(row, column, _moment(value), self.formats["day"])
            )
        if cells.dtype.is_numeric():
            return self._number(page, self.formats[_format(cells)])
        return lambda row, column, value: self._text(page, row, column, str(value), "text")

    def _number(self, page: Any, form: Any) -> Callable[[int, int, Any], None]:
        def write(row: int, column: int, value: float) -> None:
            if math.isfinite(value):
                _done(page.write_number(row, column, value, form))
            else:
                word = msg("no data") if math.isnan(value) else msg("no limit")
                self._text(page, row, column, self.desk.words.translate(word), "empty")

        return write

    def _text(self, page: Any, row: int, column: int, text: str, form: str) -> None:
        """A text as text: what a program could take for a formula is marked as quoted, its letters unchanged."""
        if not text:
            return
        if len(text) > LONGEST_TEXT:
            raise BadInput(
                f"A text of {len(text)} signs does not fit into a cell, which holds {LONGEST_TEXT}",
                where=f"{page.get_name()}, row {row + 1}, column {column + 1}",
                remedy="shorten it, or use --format html",
            )
        style = self.formats["inert" if form == "text" and text.startswith(EVALUATED) else form]
        if text.startswith("<r>"):  # xlsxwriter would write it as markup
            _done(page.write_rich_string(row, column, text[:1], style, text[1:], style))
        else:
            _done(page.write_string(row, column, text, style))

    def front(self, page: Any, listed: list[tuple[str, str, int, int, int]]) -> None:
        """The first sheet."""
        page.hide_gridlines(2)
        for column, width in enumerate((28, 84, 15, 15, 18)):
            page.set_column(column, column, width)
        translate = self.desk.words.translate
        illustrated = any(entry[-1] for entry in listed)
        marks = {translate(DRAFT), translate(MARK)}
        row = 0
        for row, (label, text) in enumerate(cover(self.desk, illustrated=illustrated)):
            self._text(page, row, 0, label, "label")
            self._text(page, row, 1, text, "mark" if text in marks else _inert(text, "wrapped"))
            page.set_row(row, _height(text))
        row += 2
        self._text(page, row, 1, translate(COMPLETE), "wrapped")
        for column, text in enumerate(HEADER):
            self._text(page, row + 1, column, translate(text), "words")
        for below, (tab, says, *counts) in enumerate(listed, row + 2):
            self._text(page, below, 0, tab, "text")
            self._text(page, below, 1, says, "wrapped")
            page.set_row(below, _height(says))
            for column, count in enumerate(counts, 2):
                _done(page.write_number(below, column, count, self.formats["whole"]))


def _height(text: str) -> float:
    """Points that a text takes in the wide column: programs do not all measure wrapped lines themselves."""
    return _LINE * max(1, math.ceil(len(text) / _LETTERS))


def _inert(text: str, form: str) -> str:
    return "text" if text.startswith(EVALUATED) else form


def _done(code: int) -> None:
    """Refuses what the library says it has not written."""
    if code:
        raise SalusError(f"A cell was not written (code {code})", where="xlsxwriter", remedy="report this")


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001 - cells have no time zone


def _format(cells: pl.Series) -> str:
    """The format of a column of numbers: nothing that is not 0 may look like 0."""
    if cells.name == "year":
        return "year"
    held = cells.cast(pl.Float64).drop_nulls().abs()
    if (held == held.round()).all():
        return "whole"
    least = held.filter(held > 0).min()
    return "decimal" if isinstance(least, float) and least >= 0.001 else "any"


def _width(cells: pl.Series, words: str) -> float:
    """Room for the name of a column and for what its first cells hold."""
    longest = max(map(len, _shown(cells)), default=0)
    word = max(map(len, words.split()), default=0)
    return float(min(max(longest, word, len(cells.name), _NARROWEST) + 2, _WIDEST))


def _shown(cells: pl.Series) -> Iterator[str]:
    for value in cells.head(_SAMPLE).drop_nulls().to_list():
        yield f"{value:,.4g}" if isinstance(value, float) else str(value)
