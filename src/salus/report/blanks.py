"""Why a cell of a released table is empty: hidden by the gate, or no data. An exit never shows one for the other."""

from typing import Final

import polars as pl

from salus.releasing import Release
from salus.report.words import msg

HIDDEN: Final = msg("hidden")
NO_DATA: Final = msg("no data")
UNTOLD: Final = msg("hidden or no data")
"""Where a table does not tell the two apart."""
_BY_COLUMN: Final = {
    "estimates": ("status", ("value", "low", "high", "n", "numerator", "denominator", "p1", "p2", "p3")),
    "changes": ("state", ("ratio", "low", "high", "p_value", "q_value")),
    "series": (
        "state",
        ("observed", "trend", "trend_low", "trend_high", "expected", "expected_low", "expected_high"),
    ),
}
"""Tables that say in a column whether a row is hidden, and what is blanked in it."""
_BY_LOG: Final = {
    "nexus": ("pressure", "exposure", "low", "high", "n"),
    "profile": ("score", "low", "high", "n"),
    "criteria": ("value", "score", "low", "high", "n"),
    "judgements": ("weight", "people", "represented"),
    "flows": ("quantity", "low", "high"),
    "options": ("harm_averted", "harm_low", "harm_high"),
    "group_ranks": ("rank", "low", "high"),
    "steps": ("benefit", "low", "high"),
    "portfolio": ("share_of_draws",),
    "clusters": ("kind",),
    "near_repeats": ("observed", "expected", "chance_low", "chance_high", "ratio", "p_value"),
    "denominators": ("value", "low", "high", "ratio"),
    "concentration": (
        "value", "low", "high", "equal", "equal_low", "equal_high", "residents", "residents_low", "residents_high", "n",
        "flags", "reason",
    ),
    "harm": ("n", "harm", "low", "high", "share", "share_low", "share_high", "share_capped", "share_without",
             "count_share", "covered"),
}  # fmt: skip
"""Tables that do not: what the gate blanks together; its log says in how many rows."""
_HAD_ONE: Final = {"options": pl.col("effect").is_not_null()}
"""Which rows had a figure to hide, where the grade does not say it."""


def blanks(release: Release, table: str) -> dict[str, pl.Series]:
    """What each empty cell of a released table says, by column; columns without an empty cell are left out."""
    frame = release.table(table)
    words = pl.DataFrame({name: [NO_DATA] * frame.height for name in frame.columns if frame[name].null_count()})
    if table in _BY_COLUMN:
        column, figures = _BY_COLUMN[table]
        words = _said(words, figures, (frame[column] == "hidden").fill_null(value=False), HIDDEN)
    elif table in _BY_LOG:
        figures = _BY_LOG[table]
        had_one = _HAD_ONE.get(table, pl.col("grade") != "none" if "grade" in frame.columns else pl.lit(value=True))
        word, rows = _blanked(frame, figures, had_one, release.hidden_in(table))
        words = _said(words, figures, rows, word)
    if table == "clusters":  # the statistic of an area is made of its neighbours' counts: it never leaves
        inside = frame["area"] != release.record["city"]["scope"]["area"]
        words = _said(words, ("statistic", "p_value", "q_value"), inside, HIDDEN)
    return {name: words[name] for name in words.columns}


def _blanked(frame: pl.DataFrame, figures: tuple[str, ...], had_one: pl.Expr, hidden: int) -> tuple[str, pl.Series]:
    """The rows the gate blanked, if they can be told, and the word for them: its log says how many there are."""
    empty = frame.select(pl.all_horizontal(pl.col(name).is_null() for name in figures)).to_series()
    if not hidden:
        return NO_DATA, empty
    for rows in (empty, empty & frame.select(had_one.alias("had_one")).to_series()):
        if rows.sum() == hidden:
            return HIDDEN, rows
    anywhere = frame.select(pl.any_horizontal(pl.col(name).is_null() for name in figures)).to_series()
    return UNTOLD, anywhere


def _said(words: pl.DataFrame, columns: tuple[str, ...], rows: pl.Series, word: str) -> pl.DataFrame:
    mask = pl.lit(rows)
    return words.with_columns(
        pl.when(mask).then(pl.lit(word)).otherwise(pl.col(name)).alias(name) for name in columns if name in words
    )
