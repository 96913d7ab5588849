"""Checks of the records in a release: how many rows lie on piled-up points is told in tens."""

import polars as pl

from salus.disclosure.checked import PILES, release_quality
from salus.model.phrases import Phrase
from salus.model.tables import TABLES

TEXT = "Points that hold many rows each: {points} ({count} rows in all, the largest {largest}; {nowhere} at 0, 0)."


def checks(count: int) -> pl.DataFrame:
    """One check of piled-up points in a file of 654 rows, and one of another kind."""
    phrase = Phrase(TEXT, {"points": 11, "count": count, "largest": 68, "nowhere": 0})
    piles = {"source": "police", "check": PILES, "count": count, "share": count / 654, "phrase": phrase.packed,
             "message": phrase.plain}  # fmt: skip
    return TABLES["quality"].frame([piles, {"source": "police", "check": "missing_hour", "count": 3}])


def test_all_rows_less_those_on_piles_do_not_tell_how_many_an_area_with_few_has():
    released = {release_quality(checks(654 - few), 10)[0].write_json() for few in (1, 2, 3, 4)}
    assert len(released) == 1
    assert "650 rows in all, the largest 70" in released.pop()


def test_other_checks_keep_their_counts():
    made, mask = release_quality(checks(652), 10)
    assert mask.to_list() == [True, False]
    assert made["count"].to_list() == [650, 3]
