"""Why a cell of a released table is empty: hidden by the gate, or no data. An exit never shows one for the other."""

from typing import Final

import polars as pl

from salus.releasing import Release
from salus.report.words import msg

HIDDEN: Final = msg("hidden")
NO_DATA: Final = msg("no data")
UNTOLD: Final = msg("hidden or no data")
"""Of a release that was made before tables named their hidden figures."""
WITHOUT_FIGURES: Final = frozenset({"lineage", "sources", "quality", "triangulation", "quotes", "log"})
"""Tables in which nothing is hidden that could be taken for no data."""


def blanks(release: Release, table: str) -> dict[str, pl.Series]:
    """What each empty cell of a released table says, by column; columns without an empty cell are left out."""
    frame = release.table(table)
    empty = [name for name in frame.columns if frame[name].null_count()]
    if table in WITHOUT_FIGURES:
        return {name: pl.repeat(NO_DATA, frame.height, eager=True) for name in empty}
    if "withheld" not in frame.columns:
        return {name: pl.repeat(UNTOLD, frame.height, eager=True) for name in empty}
    return {name: _words(frame, name) for name in empty}


def _words(frame: pl.DataFrame, name: str) -> pl.Series:
    hidden = pl.col("withheld").str.split(";").list.contains(name)
    word = pl.when(hidden).then(pl.lit(HIDDEN)).otherwise(pl.lit(NO_DATA))
    return frame.with_columns(word.alias(name))[name]
