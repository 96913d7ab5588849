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


def of_areas(source: str, **counts: float) -> pl.DataFrame:
    """Counts of areas and the city by one source, or by several together."""
    rows = [
        {
            "indicator": "A05", "area": area, "group": "", "period_start": YEAR[0], "period_end": YEAR[1], "value": n,
            "numerator": n, "n": n, "denominator": 1e5, "unit": "per 100,000 residents", "source": source,
            "grade": "B", "method": "exact", "family": "gamma",
        }
        for area, n in (counts | {"city": sum(counts.values())}).items()
    ]  # fmt: skip
    return TABLES["estimates"].frame(rows)


AREAS = Nesting("city", {"z": frozenset("pqr")})


def gate(frame: pl.DataFrame, earlier: list[pl.DataFrame]) -> pl.DataFrame:
    return release_tables({"estimates": frame}, frozenset(), nesting=AREAS, earlier=earlier).tables["estimates"]


def test_counts_of_one_source_keep_their_own_sums_after_another_source_was_counted_with_them() -> None:
    one, both = of_areas("a", p=3.0, q=7.0, r=50.0), of_areas("a+b", p=103.0, q=87.0, r=150.0)
    earlier: list[pl.DataFrame] = []
    for frame in (one, both, one):
        out = gate(frame, earlier)
        earlier.append(out.with_columns(frame["numerator"]))
    told = {(r["area"], r["source"]) for frame in earlier for r in frame.filter(status="shown").to_dicts()}
    assert not {("city", "a"), ("q", "a"), ("r", "a")} <= told


def test_in_one_table_of_both_the_areas_of_one_source_never_tell_a_small_count() -> None:
    frame = pl.concat([of_areas("a", p=3.0, q=7.0, r=50.0), of_areas("a+b", p=103.0, q=87.0, r=150.0)])
    shown = gate(frame, []).filter(pl.col("status") == "shown", pl.col("source") == "a")["area"].to_list()
    assert not {"city", "q", "r"} <= set(shown)


def test_the_whole_of_a_share_that_equals_a_series_is_hidden_with_it_whatever_their_names() -> None:
    """A share named before the series it equals: with the choice blurred the total may be what is hidden."""
    spans = [(dt.date(y, 1, 1), dt.date(y, 12, 31)) for y in (2021, 2022, 2023, 2024)]
    common = {"area": "city", "source": "s", "grade": "B"}
    rows = []
    for (start, end), part, whole, x in zip(spans, (20, 25, 30, 40), (50, 60, 70, 80), (20, 30, 40, 77), strict=True):
        when = common | {"period_start": start, "period_end": end}
        rows.append(when | {"indicator": "A16", "group": "", "value": 100 * part / whole, "unit": "%", "n": whole,
                            "numerator": part, "denominator": whole, "family": "beta"})  # fmt: skip
        for group, n in (("", whole), ("label:x", x), ("label:y", whole - x)):
            rows.append(when | {"indicator": "X00", "group": group, "value": n, "unit": "per 100,000 residents", "n": n,
                                "numerator": n, "denominator": 1e5, "family": "gamma"})  # fmt: skip
    frame = TABLES["estimates"].frame([{k: float(v) if isinstance(v, int) else v for k, v in r.items()} for r in rows])
    for office in range(30):
        out = release_tables({"estimates": frame}, frozenset(), nesting=Nesting("city"), secret=b"secret%d" % office)
        last = out.tables["estimates"].filter(pl.col("period_start") == spans[-1][0]).to_dicts()
        row = {(r["indicator"], r["group"]): r for r in last}
        whole = row["A16", ""]["denominator"] or row["X00", ""]["numerator"]
        assert whole is None or row["X00", "label:x"]["numerator"] is None
