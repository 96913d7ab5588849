"""An attacker with all shown counts tries to get the hidden ones back from concentration and from harm."""

import datetime as dt
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import polars as pl
import pytest

from salus.disclosure import Nesting, Released, release_tables
from salus.framework import load_pack
from salus.model.tables import TABLES
from salus.patterns.concentrated import concentration
from salus.stats.concentration import gini, smallest_share

PERIOD = {"period_start": dt.date(2019, 1, 1), "period_end": dt.date(2019, 12, 31)}
YEARS = {"period_start": dt.date(2018, 1, 1), "period_end": dt.date(2019, 12, 31)}
BUSY = [5, 6, 6, 7, 8, 9, 9, 11, 12, 14, 15, 17, 19, 22, 25, 31]
MANY = [1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4]
ROBBERY = load_pack().indicator("A16")


def estimate(area: str, n: float, group: str = "", **more: Any) -> dict[str, Any]:
    return {"indicator": "A16", "area": area, "group": group, "value": n, "numerator": n, "n": n, "denominator": 1000.0,
            "grade": "C", "unit": "per 100,000", "source": "police", "flags": "", **PERIOD} | more  # fmt: skip


def city_of(counts: list[int]) -> tuple[pl.DataFrame, pl.DataFrame, Nesting]:
    """Estimates of the areas and the city, the concentration of the areas, and what adds up to what."""
    rows = [estimate(f"a{i:02d}", float(n)) for i, n in enumerate(counts)]
    estimates = TABLES["estimates"].frame([*rows, estimate("city", float(sum(counts)))])
    made = concentration(ROBBERY, estimates.filter(pl.col("area") != "city"), 1)
    table = TABLES["concentration"].frame([row | {"geography": "square"} for row in made])
    return estimates, table, Nesting("city", {"square": frozenset(row["area"] for row in rows)})


def released(counts: list[int]) -> tuple[Released, pl.DataFrame]:
    estimates, table, nesting = city_of(counts)
    gate = release_tables({"estimates": estimates, "concentration": table}, frozenset(), nesting=nesting)
    return gate, table


def figures(counts: np.ndarray) -> dict[str, float]:
    return {
        "share_25": float(smallest_share(counts, 0.25)), "share_50": float(smallest_share(counts, 0.5)),
        "share_any": float((counts > 0).mean()), "gini": float(gini(counts)),
        "gini_generalised": float(gini(counts, generalised=True)),
    }  # fmt: skip


def fitting(shown: list[float], hidden: int, told: dict[str, float], slack: float) -> list[tuple[int, ...]]:
    """All sets of hidden counts from 1 to 4 that give the figures told."""
    return [
        guess
        for guess in combinations_with_replacement(range(1, 5), hidden)
        if all(
            abs(value - told[name]) <= slack + 1e-9
            for name, value in figures(np.array([*shown, *guess], dtype=float)).items()
        )
    ]


def told(table: pl.DataFrame) -> dict[str, float]:
    return dict(table.select("measure", "value").iter_rows())


def test_the_exact_gini_gives_a_single_hidden_count_back_and_does_not_leave():
    """The attack works on the run's own table: of 1 to 4 one count alone fits. So the gate lets none of it out."""
    counts = [*BUSY, 3]
    gate, inside = released(counts)
    assert fitting([float(n) for n in BUSY], 1, told(inside), slack=0.0) == [(3,)]
    assert gate.tables["estimates"].filter(pl.col("status") == "hidden").height >= 2
    out = gate.tables["concentration"]
    assert out.select(pl.col("value", "low", "high", "n", "equal", "residents", "flags").is_null().all()).row(0) == (
        True, True, True, True, True, True, True,
    )  # fmt: skip
    assert ("concentration", "rests on hidden counts") in set(gate.log.select("table", "rule").iter_rows())


def test_from_what_leaves_nobody_can_tell_the_count_of_any_hidden_area():
    """Twelve hidden areas: the exact table would tell which counts there are, what leaves fits several sets of them.

    The figures are the same whichever area has which count, so a set with two values leaves two for every area.
    """
    gate, inside = released([*BUSY, *MANY])
    shown = gate.tables["estimates"].filter((pl.col("status") == "shown") & (pl.col("area") != "city"))
    assert sorted(shown["numerator"]) == [float(n) for n in BUSY]
    exact = fitting(list(shown["numerator"]), len(MANY), told(inside), slack=0.0)
    assert exact == [tuple(MANY)]
    left = fitting(list(shown["numerator"]), len(MANY), told(gate.tables["concentration"]), slack=0.005)
    assert tuple(MANY) in left
    assert len(left) >= 5
    assert all(len(set(guess)) > 1 for guess in left)
    assert len({sum(guess) for guess in left}) > 1


def test_what_leaves_is_rounded_in_every_figure_and_in_the_events():
    gate, inside = released([*BUSY, *MANY])
    out = gate.tables["concentration"]
    for name in ("value", "low", "high", "equal", "equal_low", "equal_high", "residents", "residents_low"):
        assert out[name].to_list() == pytest.approx(inside[name].round(2).to_list())
    assert set(inside["n"]) == {241.0}
    assert set(out["n"]) == {240.0}


def test_twelve_hidden_areas_of_which_nearly_all_have_one_event_are_not_given_away():
    """There a guess of one event is nearly sure for each of them: nothing leaves."""
    assert released([*BUSY, *[1] * 12])[0].tables["concentration"]["value"].null_count() == 5
    assert released([*BUSY, *[1] * 11, 2])[0].tables["concentration"]["value"].null_count() == 5
    assert released([*BUSY, *[1] * 8, 2, 2, 3, 3])[0].tables["concentration"]["value"].null_count() == 0


def test_fewer_than_ten_hidden_areas_or_than_a_hundred_events_let_nothing_out():
    assert released([*BUSY, 1, 2, 3, 4, 2])[0].tables["concentration"]["value"].null_count() == 5
    assert released([5, 6, 7, 8, *MANY])[0].tables["concentration"]["value"].null_count() == 5


def test_without_hidden_areas_all_counts_are_shown_anyway_and_figures_leave_as_they_are():
    gate, inside = released([*BUSY, 0, 0])
    assert gate.tables["concentration"].drop("withheld").equals(inside)


def test_hidden_areas_of_another_geography_or_indicator_do_not_blank_a_table():
    estimates, table, nesting = city_of([*BUSY, 0])
    other = [estimate(f"b{i}", n, indicator="A20") for i, n in enumerate([1.0, 2.0])]
    both = TABLES["estimates"].frame([*estimates.to_dicts(), *other, estimate("city", 3.0, indicator="A20")])
    nesting = Nesting("city", {**nesting.geographies, "other": frozenset({"b0", "b1"})})
    gate = release_tables({"estimates": both, "concentration": table}, frozenset(), nesting=nesting)
    assert gate.tables["concentration"].drop("withheld").equals(table)


WEIGHTS = {"0101": 2920.0, "0301": 365.0, "0401": 730.0}


def harm_rows(counts: dict[str, float], parts: dict[str, str] | None = None, **more: Any) -> list[dict[str, Any]]:
    total, all_harm = sum(counts.values()), sum(n * WEIGHTS[code] for code, n in counts.items())
    about = {"weights": "toy", "version": "1", "area": "city", "unit": "days", "grade": "D", "flags": "",
             "verification": "recalled", "illustrative": False, **PERIOD} | more  # fmt: skip
    made = [
        about | {"iccs": code, "n": n, "weight": WEIGHTS[code], "harm": n * WEIGHTS[code], "low": 0.9 * n,
                 "high": 1.1 * n, "share": n * WEIGHTS[code] / all_harm, "share_low": 0.1, "share_high": 0.2,
                 "share_capped": 0.1, "share_without": 0.1, "count_share": n / total,
                 "classes": (parts or {}).get(code, code), "indicator": "A16" if code == "0401" else ""}
        for code, n in counts.items()
    ]  # fmt: skip
    whole = {"iccs": "", "n": total, "harm": all_harm, "low": 0.9, "high": 1.1, "share": 1.0, "covered": 0.3,
             "classes": "", "indicator": "", "count_share": 1.0}  # fmt: skip
    return [*made, about | whole]


def harm_gate(rows: list[dict[str, Any]], estimates: list[dict[str, Any]]) -> pl.DataFrame:
    tables = {"estimates": TABLES["estimates"].frame(estimates), "harm": TABLES["harm"].frame(rows)}
    gate = release_tables(tables, frozenset(), protected_groups=frozenset({"iccs:0301"}), nesting=Nesting("city"))
    return gate.tables["harm"]


def classes(counts: dict[str, float], **more: Any) -> list[dict[str, Any]]:
    return [estimate("city", n, f"iccs:{code}", **({"indicator": "X00"} | more)) for code, n in counts.items()]


def test_seven_protected_offences_cannot_be_had_from_harm_sums_or_shares():
    counts = {"0101": 40.0, "0301": 7.0, "0401": 500.0}
    out = harm_gate(harm_rows(counts), classes(counts))
    hidden = out.filter(iccs="0301")
    assert (
        hidden.select(pl.col("n", "harm", "low", "high", "share", "count_share").is_null().all()).row(0) == (True,) * 6
    )
    assert out["share"].null_count() == out["count_share"].null_count() == out["covered"].null_count() == out.height
    whole = out.filter(iccs="")
    assert whole.select(pl.col("n", "harm", "low", "high").is_null().all()).row(0) == (True,) * 4
    assert out.filter(iccs="0101")["n"].to_list() == [40.0]


def test_twelve_protected_offences_are_above_their_threshold_and_leave():
    counts = {"0101": 40.0, "0301": 12.0, "0401": 500.0}
    out = harm_gate(harm_rows(counts), classes(counts))
    assert out.filter(iccs="0301")["n"].to_list() == [12.0]
    assert out.filter(iccs="")["harm"].to_list() == [40 * 2920 + 12 * 365 + 500 * 730]


def test_a_class_that_is_small_in_one_year_is_hidden_in_all_periods():
    """Otherwise two years less one of them gives the other."""
    year, both = {"0101": 40.0, "0301": 7.0}, {"0101": 90.0, "0301": 30.0}
    out = harm_gate([*harm_rows(year), *harm_rows(both, **YEARS)], [*classes(year), *classes(both, **YEARS)])
    assert out.filter(iccs="0301")["n"].to_list() == [None, None]
    assert out.filter(iccs="")["n"].to_list() == [None, None]
    assert sorted(out.filter(iccs="0101")["n"]) == [40.0, 90.0]


def test_a_sum_over_a_hidden_class_leaves_only_where_an_indicator_shows_the_same_count():
    """0401 = 040111 + 040131: with 500 shown and 2 hidden, 502 gives the 2 away unless it is published already."""
    counts = {"0101": 40.0, "0401": 502.0}
    rows = harm_rows(counts, {"0401": "040111;040131"})
    parts = classes({"0101": 40.0, "040111": 500.0, "040131": 2.0})
    assert harm_gate(rows, parts).filter(iccs="0401")["n"].to_list() == [None]
    assert harm_gate(rows, [*parts, estimate("city", 502.0)]).filter(iccs="0401")["n"].to_list() == [502.0]


def test_a_class_whose_counts_the_release_does_not_hold_is_hidden():
    out = harm_gate(harm_rows({"0101": 40.0, "0401": 500.0}), classes({"0401": 500.0}))
    assert out.filter(iccs="0101")["n"].to_list() == [None]
