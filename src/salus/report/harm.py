"""What the report says of harm: counts first, then what a table of weights makes of them, and how sure both are."""

from typing import Any, Final

import polars as pl

from salus.model.weights import HarmWeights
from salus.report.desk import Desk
from salus.report.words import msg

_HEADER: Final = (
    msg("Class of offences"), msg("Recorded events"), msg("Share of events"), msg("Weight of one event"),
    msg("Harm (95 % interval)"), msg("Share of harm"), msg("With the heaviest 1 % of events held down"),
    msg("Without the heaviest class"), msg("Grade"),
)  # fmt: skip
_SOURCES: Final = (msg("Class of offences"), msg("Weight"), msg("Source"), msg("Mind"), msg("Checked"))
_UNCHECKED: Final = msg("The weights below are recalled, not checked in their source.")
_TEXT: Final = msg(
    "The classes with a weight are %(covered)s %% of all recorded files, %(period)s; all others are in neither column."
    " Unit: %(unit)s. Records leave out what is never reported, so harm that people seldom report looks too small."
)
_CHECKED: Final = {
    "seen": msg("read in its source"),
    "recalled": msg("recalled, not checked"),
    "proposed": msg("proposed, in no source"),
}
_SUM: Final = msg("All classes with a weight")


def harm(desk: Desk) -> list[dict[str, Any]]:
    """One table for each table of weights that holds for the city, over the whole period."""
    scope = desk.city.scope
    rows = desk.table("harm").filter((pl.col("period_start") == scope.start) & (pl.col("period_end") == scope.end))
    return [_table(desk, weights, own) for weights in desk.pack.weights if (own := _ordered(rows, weights))]


def _ordered(rows: pl.DataFrame, weights: HarmWeights) -> list[dict[str, Any]]:
    """The most frequent class first, the sum last."""
    own = rows.filter(pl.col("weights") == weights.id).sort("n", descending=True, nulls_last=True)
    return [*own.filter(pl.col("iccs") != "").to_dicts(), *own.filter(pl.col("iccs") == "").to_dicts()]


def _table(desk: Desk, weights: HarmWeights, rows: list[dict[str, Any]]) -> dict[str, Any]:
    words, total = desk.words, rows[-1]
    text = words.translate(_TEXT) % {
        "covered": words.number(None if total["covered"] is None else 100 * total["covered"]),
        "period": words.years(total["period_start"], total["period_end"]), "unit": words.translate(weights.unit),
    }  # fmt: skip
    used = {row["iccs"] for row in rows}
    classes = _classes(desk, used)
    return {
        "id": weights.id, "version": total["version"], "name": words.translate(weights.name), "text": text,
        "warning": "" if total["verification"] == "seen" else words.translate(_UNCHECKED),
        "header": tuple(words.translate(h) for h in _HEADER), "rows": tuple(_row(desk, row, classes) for row in rows),
        "rule": words.translate(weights.rule), "limits": words.translate(weights.limits),
        "source_header": tuple(words.translate(h) for h in _SOURCES),
        "sources": tuple(
            (
                classes[row.iccs], words.number(row.weight), words.translate(row.source),
                words.translate(row.note) if row.note else "", words.translate(_CHECKED[row.verification]),
            )
            for row in weights.weights if row.iccs in used
        ),
        "trail": desk.cite("harm", total),
    }  # fmt: skip


def _classes(desk: Desk, used: set[str]) -> dict[str, str]:
    return {row.code: desk.words.translate(row.name) for row in desk.pack.iccs if row.code in used}


def _row(desk: Desk, row: dict[str, Any], classes: dict[str, str]) -> tuple[str, ...]:
    words = desk.words
    name = classes[row["iccs"]] if row["iccs"] else words.translate(_SUM)
    if row["n"] is None:
        gone = words.translate("hidden (small count)")
        weight = words.number(row["weight"]) if row["weight"] is not None else ""
        return (name, gone, gone, weight, gone, gone, gone, gone, words.grade(row["grade"]))
    return (
        name, words.number(row["n"]), _percent(desk, row["count_share"]),
        words.number(row["weight"]) if row["weight"] is not None else "",
        f"{words.number(row['harm'])} ({words.span(row['low'], row['high'])})",
        _percent(desk, row["share"], row["share_low"], row["share_high"]), _percent(desk, row["share_capped"]),
        _percent(desk, row["share_without"]) if row["share_without"] is not None else "–", words.grade(row["grade"]),
    )  # fmt: skip


def _percent(desk: Desk, share: float | None, low: float | None = None, high: float | None = None) -> str:
    """A share in percent, with its interval where it has one; the whole has none."""
    words = desk.words
    if share is None:
        return words.translate("hidden (small count)")
    said = f"{words.number(100 * share)} %"
    if low is None or high is None or low == high:
        return said
    return f"{said} ({words.span(100 * low, 100 * high)})"
