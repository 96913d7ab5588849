"""What checks of the records may tell of how many rows lie where: counts of piled-up points, in tens."""

from typing import Final

import polars as pl

from salus.model.phrases import Phrase

PILES: Final = "coordinate_pile_up"
_COUNTED: Final = ("count", "largest", "nowhere")


def release_quality(frame: pl.DataFrame, base: int) -> tuple[pl.DataFrame, pl.Series]:
    """The table `quality` with the rows on piled-up points rounded to the base; the mask says which checks changed.

    Where records stand at the middle of their area, all rows less those on piles are the rows of the areas with few.
    """
    rows = frame.to_dicts()
    mask = [row["check"] == PILES and bool(row["count"]) for row in rows]
    for row, changes in zip(rows, mask, strict=True):
        if not changes:
            continue
        count = _rounded(row["count"], base)
        row |= {
            "share": None if row["share"] is None else round(row["share"] * count / row["count"], 3),
            "count": count,
        }
        if row["phrase"]:
            phrase = Phrase.unpacked(row["phrase"])
            numbers = {name: _rounded(phrase.values[name], base) for name in _COUNTED if name in phrase.values}
            shown = Phrase(phrase.text, phrase.values | numbers)
            row |= {"phrase": shown.packed, "message": shown.plain}
    return pl.DataFrame(rows, schema=frame.schema), pl.Series(mask, dtype=pl.Boolean)


def _rounded(value: object, base: int) -> int:
    return round(float(str(value)) / base) * base
