"""The attack preview finds a planted case where the table gives it away, and not where the gate protects it."""

import datetime as dt

import polars as pl
import pytest
from tests.unit.disclosure.test_earlier import APRIL, APRIL_ALONE, MARCH, YEAR, estimates, release, year

from salus.disclosure import Nesting, attack_preview, release_tables

NESTING = Nesting("city", {"district": frozenset({"a0", "a1", "a2", "a3"})})


def naive(counts, hide):
    """A table in which only the given rows are hidden: what a spreadsheet user would publish."""
    frame = estimates(counts).with_columns(pl.lit("shown").alias("status"))
    gone = pl.col("area").is_in(hide)
    return frame.with_columns(
        pl.when(~gone).then("numerator").alias("numerator"),
        pl.when(gone).then(pl.lit("hidden")).otherwise("status").alias("status"),
    )


def test_a_planted_single_case_is_told_where_only_its_own_row_is_hidden():
    counts = year(1, 30, 40, 50)
    found = attack_preview(estimates(counts), naive(counts, ["a0"]), NESTING)
    assert found.recovered.select("area", "count", "least", "most").rows() == [("a0", 1.0, 1.0, 1.0)]


def test_the_gate_leaves_a_planted_single_case_between_one_and_many():
    counts = year(1, 30, 40, 50)
    released = release(counts).tables["estimates"]
    found = attack_preview(estimates(counts), released, NESTING)
    assert found.recovered.is_empty()
    (case,) = found.single.to_dicts()
    # 121 less the two shown areas is 31: the planted case is anything that leaves its neighbour at least one.
    assert (case["area"], case["least"], case["most"]) == ("a0", 1.0, 30.0)
    assert found.cells == 5


def test_two_hidden_counts_of_which_one_can_only_be_one_are_narrow_and_said_so():
    counts = year(1, 2, 40, 50)
    found = attack_preview(estimates(counts), naive(counts, ["a0", "a1"]), NESTING)
    assert found.guessed.select("area", "least", "most").rows() == [("a0", 1.0, 2.0), ("a1", 1.0, 2.0)]


@pytest.mark.parametrize("first", [{("city", MARCH): 60.0}, {("city", YEAR): 200.0, ("city", MARCH): 60.0}])
def test_what_an_earlier_release_showed_is_used_against_the_new_one(first):
    counts = {("city", APRIL): 63.0, ("city", APRIL_ALONE): 3.0}
    alone = release(counts).tables["estimates"]
    assert attack_preview(estimates(counts), alone, NESTING).recovered.is_empty()
    before = release(first).tables["estimates"]
    given_away = attack_preview(estimates(counts), alone, NESTING, earlier=[before]).recovered
    assert given_away.select("area", "count").rows() == [("city", 3.0)]
    nesting = Nesting("city", {"district": frozenset()})
    checked = release_tables({"estimates": estimates(counts)}, frozenset(), nesting=nesting, earlier=[before])
    assert attack_preview(
        estimates(counts), checked.tables["estimates"], nesting, earlier=[before]
    ).recovered.is_empty()


def test_a_figure_held_back_is_not_told_by_its_new_total():
    before = release(year(20, 30, 40))
    counts = year(22, 30, 47)
    after = release(counts, before).tables["estimates"]
    found = attack_preview(estimates(counts), after, NESTING, earlier=[before.tables["estimates"]])
    assert found.recovered.is_empty()
    assert set(found.guessed["area"]) >= {"a0"}
    assert found.guessed["period_start"].unique().to_list() == [dt.date(2022, 1, 1)]


def test_a_larger_count_that_can_be_told_is_named_apart_from_small_ones():
    counts = year(30, 40, 50, 60)
    found = attack_preview(estimates(counts), naive(counts, ["a1"]), NESTING)
    assert found.recovered.is_empty()
    assert found.seen_through.select("area", "count").rows() == [("a1", 40.0)]
