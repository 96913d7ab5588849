"""Hot spots where patrols find much are said to be so."""

import polars as pl

from salus.framework import load_pack
from salus.patterns.policed import patrolled

PACK = load_pack()


def counts(**areas: tuple[int, int]) -> pl.DataFrame:
    """Robberies and drug files by area."""
    return pl.DataFrame(
        [(area, code, n) for area, pair in areas.items() for code, n in zip(("0401", "06011"), pair, strict=True)],
        schema={"area": pl.String, "iccs": pl.String, "count": pl.Int64},
        orient="row",
    )


def test_an_area_full_of_drug_files_is_named_and_its_neighbours_are_not():
    assert patrolled(counts(hot=(60, 40), quiet=(90, 5), other=(95, 4), more=(99, 1)), PACK) == {"hot"}


def test_where_everybody_is_searched_alike_nobody_stands_out():
    assert patrolled(counts(a=(70, 30), b=(71, 29), c=(69, 31)), PACK) == frozenset()


def test_of_few_records_nothing_is_said_and_of_none_neither():
    assert patrolled(counts(few=(3, 9), b=(400, 2)), PACK) == frozenset()
    assert patrolled(counts(), PACK) == frozenset()


def test_classes_inside_an_enforcement_class_count_and_others_do_not():
    assert PACK.is_enforcement("060112")
    assert not PACK.is_enforcement("0401")
    assert not PACK.is_enforcement("06")  # the whole division holds more than what authorities find
