"""What is counted from several sources is tied to what one of them counts."""

import datetime as dt

import polars as pl

from salus.disclosure import Nesting, release_tables
from salus.disclosure.drafting import families
from salus.model.tables import TABLES

YEAR = (dt.date(2020, 1, 1), dt.date(2020, 12, 31))


def released(rows: list[tuple[str, str, float]]) -> dict[tuple[str, str], float | None]:
    """What leaves of one year's counts (group, source, count) of the city; labels make up their class."""
    table = TABLES["estimates"].frame(
        [
            {
                "indicator": "X00", "area": "city", "group": group, "period_start": YEAR[0], "period_end": YEAR[1],
                "value": n, "low": n, "high": n, "n": n, "numerator": n, "denominator": 1e5, "source": source,
                "unit": "per 100,000 residents", "direction": "higher_is_worse", "grade": "C", "method": "count",
                "family": "gamma", "p1": n, "p2": 1.0, "factor": "", "loading": 0.0, "flags": "", "illustrative": False,
            }
            for group, source, n in rows
        ]
    )  # fmt: skip
    labels = tuple(("X00", group) for group, _, _ in rows if group.startswith("label:"))
    nesting = Nesting("city", sums=((("X00", "iccs:unmapped"), labels),))
    out = release_tables({"estimates": table}, frozenset(), nesting=nesting).tables["estimates"]
    return {(group, source): n for group, source, n in out.select("group", "source", "numerator").iter_rows()}


def test_a_class_of_two_sources_less_the_label_of_one_never_tells_the_label_of_the_other() -> None:
    rows = [("iccs:unmapped", "open+sealed", 115.0), ("label:a", "open", 114.0), ("label:b", "sealed", 1.0)]
    shown = released(rows)
    assert shown["label:b", "sealed"] is None
    assert shown["iccs:unmapped", "open+sealed"] is None or shown["label:a", "open"] is None


def test_the_same_label_from_one_source_and_from_both_never_tells_the_few_of_the_other() -> None:
    """An earlier table counted one source, a later one both: their difference is the other's."""
    shown = released([("label:a", "open", 40.0), ("label:a", "open+sealed", 43.0), ("label:c", "open", 90.0)])
    assert shown["label:a", "open"] is None or shown["label:a", "open+sealed"] is None


def test_sources_that_are_never_counted_together_stay_apart() -> None:
    shown = released([("iccs:unmapped", "police", 115.0), ("label:a", "survey", 114.0)])
    assert shown == {("iccs:unmapped", "police"): 115.0, ("label:a", "survey"): 114.0}


def test_families_hold_all_sources_that_hang_together_by_counts_of_both() -> None:
    found = families(["a", "a+b", "b+c", "d", "e+d"])
    assert found == {"a": "a+b+c", "a+b": "a+b+c", "b+c": "a+b+c", "d": "d+e", "e+d": "d+e"}


def test_nothing_is_hidden_where_a_class_is_the_sum_of_large_labels_of_two_sources() -> None:
    rows = [("iccs:unmapped", "open+sealed", 150.0), ("label:a", "open", 100.0), ("label:b", "sealed", 50.0)]
    assert pl.Series(list(released(rows).values())).null_count() == 0
