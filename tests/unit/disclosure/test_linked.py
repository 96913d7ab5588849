"""Tables that share totals: least cost against trying every pattern, and what one table tells of another."""

import itertools

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog

from salus.disclosure import round_linked, suppress_linked
from salus.errors import BadInput

PLACES = {"place": [("city", ("north", "south")), ("city", ("b1", "b2", "b3"))]}


def _by(names: list[str], counts: list[int]) -> pl.DataFrame:
    return pl.DataFrame({"place": names, "count": counts})


def _width(values: list[float], hidden: set[int], sums: list[list[int]], cell: int) -> float:
    """An attacker written apart: each row of `sums` is +1 part, -1 whole, equal to 0."""
    bounds = [(0, None) if i in hidden else (v, v) for i, v in enumerate(values)]
    aim = np.zeros(len(values))
    aim[cell] = 1.0
    ends = []
    for sign in (1, -1):
        found = linprog(sign * aim, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds)
        ends.append(np.inf if found.status == 3 else sign * found.fun)
    return float(abs(ends[1] - ends[0]))


def test_least_cost_of_districts_and_beats_equals_trying_every_pattern() -> None:
    districts, beats = _by(["north", "south", "city"], [30, 50, 80]), _by(["b1", "b2", "b3"], [2, 28, 50])
    found = suppress_linked([districts, beats], PLACES, threshold=5)
    values = [30.0, 50.0, 80.0, 2.0, 28.0, 50.0]
    sums = [[1, 1, -1, 0, 0, 0], [0, 0, -1, 1, 1, 1]]
    patterns = [set(more) for size in range(6) for more in itertools.combinations([0, 1, 2, 4, 5], size)]
    costs = [sum(values[i] for i in more) for more in patterns if _width(values, {3, *more}, sums, 3) >= 5]
    assert found.exact
    assert found.cost == min(costs) == 28.0
    assert found.tables[1]["status"].to_list() == ["hidden", "hidden", "shown"]


def test_a_total_that_nobody_publishes_still_links_two_tables() -> None:
    districts, beats = _by(["north", "south"], [30, 50]), _by(["b1", "b2", "b3"], [2, 28, 50])
    found = suppress_linked([districts, beats], PLACES, threshold=5)
    assert (found.primary, found.secondary) == (1, 1)
    assert found.tables[1]["count"].to_list() == [None, None, 50.0]


def test_months_in_quarters_in_years_are_protected_together() -> None:
    months = [f"m{i}" for i in range(1, 13)]
    quarters = [(f"q{q + 1}", tuple(months[3 * q : 3 * q + 3])) for q in range(4)]
    sums = {"time": [*quarters, ("year", tuple(f"q{q}" for q in range(1, 5)))]}
    counts = [3, 20, 40, 11, 12, 13, 30, 31, 32, 0, 9, 60]
    low = pl.DataFrame({"time": months, "count": counts})
    high = pl.DataFrame({"time": ["q1", "q2", "q3", "q4", "year"], "count": [63, 36, 93, 69, 261]})
    found = suppress_linked([low, high], sums)
    assert (found.cost, found.exact) == (20.0, True)
    assert found.tables[0]["status"].to_list()[9] == "zero"
    assert found.tables[1]["status"].to_list() == ["shown"] * 5


def test_a_large_system_is_marked_as_not_proven() -> None:
    random = np.random.default_rng(7)
    places, kinds = [f"p{i}" for i in range(20)], [f"k{i}" for i in range(12)]
    counts = random.poisson(9, size=(20, 12))
    rows = [(p, k, int(counts[i, j])) for i, p in enumerate(places) for j, k in enumerate(kinds)]
    table = pl.DataFrame(rows, schema=["place", "kind", "count"], orient="row")
    margin = table.group_by("place", maintain_order=True).agg(pl.col("count").sum())
    sums = {"place": [("city", tuple(places))], "kind": [("all", tuple(kinds))]}
    found = suppress_linked([table, margin], sums)
    small = ((table["count"] > 0) & (table["count"] < 5)).to_list()
    assert not found.exact
    assert found.primary == sum(small)
    assert all(s == "hidden" for s, few in zip(found.tables[0]["status"], small, strict=True) if few)


def test_tables_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(BadInput, match="differ"):
        suppress_linked([_by(["north"], [30]), _by(["north"], [31])], {"place": [("city", ("north", "south"))]})
    with pytest.raises(BadInput, match="do not add up"):
        suppress_linked([_by(["north", "south", "city"], [30, 40, 80])], {"place": [("city", ("north", "south"))]})


def test_linked_rounding_keeps_the_sums_of_both_tables() -> None:
    districts, beats = _by(["north", "south", "city"], [31, 52, 83]), _by(["b1", "b2", "b3"], [2, 29, 52])
    found = round_linked([districts, beats], PLACES)
    north, south, city = found.tables[0]["count"].to_list()
    assert north + south == city == sum(found.tables[1]["count"].to_list())
    assert found.proven
    # city 80 (3), districts 30 + 50 (1 + 2), beats 0 + 30 + 50 (2 + 1 + 2); with a city of 85 it is 12.
    assert (found.distance, city) == (11.0, 80)
