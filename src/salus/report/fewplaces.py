"""What the report says of concentration: in how few areas half of the events lie, beside what chance gives."""

from typing import Any, Final

import polars as pl

from salus.report.desk import Desk
from salus.report.gathering import unmapped_note
from salus.report.pictures import Picture, against_chance
from salus.report.words import msg

_SENTENCE: Final = msg(
    "%(indicator)s: half of the recorded events lie in %(share)s of the %(areas)s areas. Chance alone would give"
    " %(residents)s if every resident ran the same risk, and %(equal)s if every area did."
)
_WITHIN: Final = msg("That is within what chance gives to residents: it shows no concentration of its own.")
_NOTE: Final = msg(
    "A dot is what was recorded, with its 95 % interval; bars are 95 % of draws in which chance alone places as many"
    " events. A dot left of the bars: more concentrated than chance. Each area counts one, whatever its size. No area"
    " is named here: it says how uneven the city is, not where to go."
)
_RECORDED: Final = msg("recorded")
_RESIDENTS: Final = msg("chance, every resident at the same risk")
_EQUAL: Final = msg("chance, every area at the same risk")
_SHARE: Final = msg("Share of areas that hold half of the events, %")
_HEADER: Final = (
    msg("Indicator"), msg("Areas with a quarter of the events"), msg("Areas with half of the events"),
    msg("Half, by chance: residents alike"), msg("Half, by chance: areas alike"), msg("Areas with any event"),
    msg("Generalised Gini"), msg("Gini by chance: residents alike"), msg("Events"), msg("Grade"),
)  # fmt: skip
_ROWS: Final = ("share_25", "share_50", "share_any", "gini_generalised")


def fewplaces(desk: Desk, wanted: list[str]) -> list[Picture]:
    """One picture of all indicators that were measured, in the order wanted, with the table beside it."""
    found = {name: rows for name in wanted if (rows := _of(desk, name))}
    shown = {name: rows for name, rows in found.items() if rows["share_50"]["value"] is not None}
    if not shown:
        return []
    words = desk.words
    kinds = (words.translate(_RECORDED), words.translate(_RESIDENTS), words.translate(_EQUAL))
    drawn: list[dict[str, Any]] = []
    for name, rows in shown.items():
        row, label = rows["share_50"], desk.indicators[name]
        for kind, start in zip(kinds, ("", "residents_", "equal_"), strict=True):
            low, high = row[f"{start}low"], row[f"{start}high"]
            if low is not None:
                value = {} if start else {"value": 100 * row["value"]}
                drawn.append({"label": label, "kind": kind, "low": 100 * low, "high": 100 * high} | value)
    uri = against_chance(drawn, kinds=kinds, x_title=words.translate(_SHARE))
    text = _sentence(desk, *next(iter(shown.items())))
    note = " ".join(filter(None, (text, words.translate(_NOTE), unmapped_note(desk))))
    alt = " ".join(_sentence(desk, name, rows) for name, rows in list(shown.items())[:3])
    header = tuple(words.translate(h) for h in _HEADER)
    table = tuple(_row(desk, name, rows) for name, rows in found.items())
    return [Picture("concentration", words.translate(_SHARE), alt, note, uri, header, table)]


def _of(desk: Desk, indicator: str) -> dict[str, dict[str, Any]]:
    """The measures of an indicator over the shown areas and the whole period, by name."""
    scope = desk.city.scope
    rows = desk.table("concentration").filter(
        (pl.col("indicator") == indicator) & (pl.col("geography") == scope.shown)
        & (pl.col("period_start") == scope.start) & (pl.col("period_end") == scope.end)
    )  # fmt: skip
    return {row["measure"]: row for row in rows.to_dicts()}


def _sentence(desk: Desk, name: str, rows: dict[str, dict[str, Any]]) -> str:
    row, words = rows["share_50"], desk.words
    text = words.translate(_SENTENCE) % {
        "indicator": desk.indicators[name], "share": _percent(desk, row), "areas": words.number(row["areas"]),
        "residents": _range(desk, row, "residents"), "equal": _range(desk, row, "equal"),
    }  # fmt: skip
    within = "within_chance_residents" in (row["flags"] or "")
    return f"{text} {words.translate(_WITHIN)}" if within else text


def _percent(desk: Desk, row: dict[str, Any]) -> str:
    """A share in percent with its interval; or that it is hidden, or why there is none."""
    words = desk.words
    if row["value"] is None:
        return words.translate(row["reason"]) if row["reason"] else words.translate("hidden (small count)")
    limits = words.span(100 * row["low"], 100 * row["high"]) if row["low"] is not None else words.span(None, None)
    return f"{words.number(100 * row['value'])} % ({limits})"


def _range(desk: Desk, row: dict[str, Any], null: str) -> str:
    low, high = row[f"{null}_low"], row[f"{null}_high"]
    if low is None:
        return desk.words.translate("no data")
    if low == high:
        return f"{desk.words.number(100 * low)} %"
    return f"{desk.words.span(100 * low, 100 * high)} %"


def _row(desk: Desk, name: str, rows: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    words, gini = desk.words, rows["gini_generalised"]
    quarter, half, some = (_percent(desk, rows[key]) for key in _ROWS[:3])
    chance = words.span(gini["residents_low"], gini["residents_high"])
    index = words.figure(gini) if gini["value"] is not None else _percent(desk, gini)
    return (
        desk.indicators[name], quarter, half, _range(desk, rows["share_50"], "residents"),
        _range(desk, rows["share_50"], "equal"), some, index, chance, _events(desk, gini), words.grade(gini["grade"]),
    )  # fmt: skip


def _events(desk: Desk, row: dict[str, Any]) -> str:
    return desk.words.number(row["n"]) if row["n"] is not None else desk.words.translate("hidden (small count)")
