"""Why a cell of a released table is empty: hidden by the gate, or no data. An exit never shows one for the other."""

from typing import Final

import polars as pl

from salus.releasing import Release
from salus.report.words import msg

HIDDEN: Final = msg("hidden")
NO_DATA: Final = msg("no data")
_FIGURES: Final = ("value", "low", "high", "n", "numerator", "denominator", "p1", "p2", "p3")
"""What the gate blanks together in `estimates`, where `status` says it; other tables list it in `withheld`."""


def blanks(release: Release, table: str) -> dict[str, pl.Series]:
    """What each empty cell of a released table says, by column; columns without an empty cell are left out."""
    frame = release.table(table)
    return {name: _words(frame, name) for name in frame.columns if frame[name].null_count()}


def _words(frame: pl.DataFrame, name: str) -> pl.Series:
    hidden = pl.lit(value=False)
    if "withheld" in frame.columns:
        hidden = pl.col("withheld").str.split(";").list.contains(name)
    elif "status" in frame.columns and name in _FIGURES:
        hidden = pl.col("status") == "hidden"
    word = pl.when(hidden).then(pl.lit(HIDDEN)).otherwise(pl.lit(NO_DATA))
    return frame.with_columns(word.alias(name))[name]
