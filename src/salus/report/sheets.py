"""The released tables as sheets of a workbook: names beside ids, sentences in the reader's language, no internals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import polars as pl

from salus.model.phrases import Phrase
from salus.model.tables import UNITS
from salus.report.blanks import blanks
from salus.report.desk import Desk
from salus.report.front import missing
from salus.report.sections import answer
from salus.report.table_words import MACHINE, NAMED, SHEETS, STATES, column_words
from salus.report.words import msg

LONGEST_TAB: Final = 31
_WORDS: Final[tuple[str, ...]] = ("status", "unit", "remedy")


@dataclass(frozen=True)
class Sheet:
    """One released table as it is shown: `tab` without a number, `words` over its columns, `rows`, and what each
    empty cell says."""

    table: str
    tab: str
    says: str
    words: tuple[str, ...]
    rows: pl.DataFrame
    empty: dict[str, pl.Series] = field(default_factory=dict)

    @property
    def illustrative(self) -> int:
        """How many rows rest on invented example answers."""
        return int(self.rows["illustrative"].sum()) if "illustrative" in self.rows.columns else 0


def sheet_names(desk: Desk) -> list[str]:
    """The tables that leave, in the order of their sheets; a table without a name of its own comes last."""
    released = {*desk.release.tables, "log"}
    return [name for name in SHEETS if name in released] + sorted(released - set(SHEETS))


def sheet(desk: Desk, table: str) -> Sheet:
    """A released table as a sheet in the language of the desk."""
    translate = desk.words.translate
    name, says = SHEETS.get(table, (table, ""))
    frame = desk.release.log if table == "log" else desk.table(table)
    said = _named(desk, _spoken(desk, table, frame)).drop(*UNITS, strict=False)
    empty = {} if table == "log" else {c: _each(cells, translate) for c, cells in blanks(desk.release, table).items()}
    title = translate(name)
    return Sheet(
        table=table,
        tab=f"{title[: LONGEST_TAB - len(table) - 6]} ({table})",  # with room for a number
        says=translate(says),
        words=tuple(translate(column_words(column)) for column in said.columns),
        rows=said,
        empty=empty,
    )


def _spoken(desk: Desk, table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The table with its sentences in the language of the desk."""
    for column in (name for name in _WORDS if name in frame.columns):
        frame = frame.with_columns(_each(frame[column], desk.words.translate))
    if "state" in frame.columns:
        frame = frame.with_columns(_each(frame["state"], lambda state: desk.words.translate(STATES.get(state, state))))
    if table == "log":
        return frame.with_columns(_each(frame[name], desk.words.translate) for name in ("table", "rule"))
    spoken = _SENTENCES.get(table)
    if spoken is not None:
        column, say = spoken
        made = [say(desk, row) for row in frame.to_dicts()]
        frame = frame.with_columns(pl.Series(column, made, dtype=pl.String))
    if table == "options":
        said = {row["enabling"]: desk.enabling(row) for row in desk.table("leads").to_dicts()}
        frame = frame.with_columns(_each(frame["unlock"], partial(_unlocked, said)))
    if table == "information_value":
        frame = frame.with_columns(_each(frame["changes"], partial(_changes, desk)))
    return frame.drop(*MACHINE, strict=False)


def _message(desk: Desk, row: dict[str, Any]) -> str:
    return desk.say(Phrase.unpacked(row["phrase"]))


def _answer(desk: Desk, row: dict[str, Any]) -> str:
    return answer(desk, row["estimate"])


_SENTENCES: Final[dict[str, tuple[str, Callable[[Desk, dict[str, Any]], str]]]] = {
    "quality": ("message", _message),
    "leads": ("enabling", lambda desk, row: desk.enabling(row)),
    "information_value": ("what", missing),
    "triangulation": ("answer", _answer),
}


def _unlocked(said: dict[str, str], text: str) -> str:
    """What has to happen first, each of its sentences in this language."""
    for english in sorted(said, key=len, reverse=True):
        text = text.replace(english, said[english]) if english else text
    return text


def _known(names: dict[str, str], wanted: str) -> str:
    return names.get(wanted, "")


def _changes(desk: Desk, text: str) -> str:
    """What knowing something could change: profiles of themes and ranks of problems, by name."""
    forms = {"profile of ": (desk.themes, msg("profile of %s")), "rank of ": (desk.problems, msg("rank of %s"))}
    parts = text.split(";")
    for start, (names, form) in forms.items():
        known = desk.words.translate(form)
        parts = [known % names.get(p[len(start) :], p[len(start) :]) if p.startswith(start) else p for p in parts]
    return "; ".join(parts)


def _named(desk: Desk, frame: pl.DataFrame) -> pl.DataFrame:
    """The table with a column of names after each column of ids that have some."""
    columns: list[pl.Series] = []
    for cells in frame.get_columns():
        columns.append(cells)
        names = _names(desk, NAMED.get(cells.name, ""))
        if cells.drop_nulls().is_in(list(names)).any():
            columns.append(_each(cells, partial(_known, names)).alias(f"{cells.name}_name"))
    return pl.DataFrame(columns)


def _names(desk: Desk, kind: str) -> dict[str, str]:
    """Names by id, of one kind of things."""
    if kind == "area":
        listed = {a: n for f in desk.release.areas.values() for a, n in f.select("area", "name").iter_rows() if n}
        return listed | {place: desk.city.place(place) for place in (desk.city.scope.area, *desk.city.wider)}
    known: dict[str, dict[str, str]] = {
        "indicator": desk.indicators, "problem": desk.problems, "theme": desk.themes, "function": desk.functions,
        "intervention": desk.interventions, "flow": desk.flows,
        "institution": desk.release.record.get("institutions", {}),
    }  # fmt: skip
    return known.get(kind, {})


def _each(cells: pl.Series, say: Callable[[str], str]) -> pl.Series:
    """Each text said once, however often it stands in the column."""
    known = {text: say(text) if text else text for text in cells.drop_nulls().unique().to_list()}
    return pl.Series(cells.name, [None if text is None else known[text] for text in cells.to_list()], dtype=pl.String)
