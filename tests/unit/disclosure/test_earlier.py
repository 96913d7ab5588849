"""Releases one after the other: what the first one showed is part of the attack on the second."""

import datetime as dt
from collections.abc import Mapping

import polars as pl
import pytest

from salus.disclosure import Nesting, Released, release_tables
from salus.disclosure.counts import Count
from salus.disclosure.earlier import remember
from salus.model.tables import TABLES

YEAR = (dt.date(2022, 1, 1), dt.date(2022, 12, 31))
MARCH = (dt.date(2022, 1, 1), dt.date(2022, 3, 31))
APRIL_ALONE = (dt.date(2022, 4, 1), dt.date(2022, 4, 30))
APRIL = (dt.date(2022, 1, 1), dt.date(2022, 4, 30))
Places = Mapping[tuple[str, tuple[dt.date, dt.date]], float]


def estimates(counts: Places) -> pl.DataFrame:
    return TABLES["estimates"].frame(
        [
            {
                "indicator": "A16", "area": area, "group": "", "period_start": start, "period_end": end,
                "value": count * 10, "low": count * 9, "high": count * 11, "n": count, "numerator": count,
                "denominator": 10_000.0, "unit": "per 100,000 residents", "direction": "higher_is_worse",
                "grade": "C", "method": "count", "family": "gamma", "p1": count, "p2": 1.0, "factor": "",
                "loading": 0.0, "flags": "", "source": "police", "illustrative": False,
            }
            for (area, (start, end)), count in counts.items()
        ]
    )  # fmt: skip


def release(counts: Places, *earlier: Released) -> Released:
    nesting = Nesting("city", {"district": frozenset(area for area, _ in counts if area != "city")})
    before = [one.tables["estimates"] for one in earlier]
    return release_tables({"estimates": estimates(counts)}, frozenset(), nesting=nesting, earlier=before)


def year(*areas: float) -> dict[tuple[str, tuple[dt.date, dt.date]], float]:
    return {(f"a{i}", YEAR): n for i, n in enumerate(areas)} | {("city", YEAR): sum(areas)}


def shown(released: Released) -> dict[tuple[str, dt.date], float]:
    rows = released.tables["estimates"].filter(pl.col("status").is_in(["shown", "zero"]))
    return {(a, e): n for a, e, n in rows.select("area", "period_end", "numerator").iter_rows()}


def test_a_cell_shown_once_is_not_hidden_later_in_place_of_another():
    first = release(year(3, 7, 40, 50))
    assert sorted(shown(first)) == [("a2", YEAR[1]), ("a3", YEAR[1]), ("city", YEAR[1])]
    # Without memory the second release would show a1 = 60 and hide a2 = 40, known since the first one.
    alone, second = release(year(3, 60, 40, 50)), release(year(3, 60, 40, 50), first)
    assert ("a1", YEAR[1]) in shown(alone)
    assert ("a1", YEAR[1]) not in shown(second)
    assert ("a2", YEAR[1]) in shown(second)


def test_year_to_date_does_not_give_the_new_month_away():
    first = release({("city", MARCH): 60})
    counts = {("city", APRIL): 63, ("city", APRIL_ALONE): 3}
    assert shown(release(counts)) == {("city", APRIL[1]): 63}
    assert shown(release(counts, first)) == {}


def test_a_month_released_before_takes_part_in_sums_of_today():
    first = release({("city", APRIL_ALONE): 30})
    assert shown(release({("city", APRIL): 32})) == {("city", APRIL[1]): 32}
    assert shown(release({("city", APRIL): 32}, first)) == {}


def test_a_revision_by_less_than_the_threshold_is_held_back():
    first = release(year(20, 30, 40))
    second = release(year(22, 30, 47), first)
    rows = {row["area"]: row for row in second.tables["estimates"].to_dicts()}
    assert (rows["a0"]["numerator"], rows["a0"]["value"], rows["a0"]["flags"]) == (20, 200, "as_released_before")
    assert {row["flags"] for row in rows.values() if row["numerator"] in {47, 99}} == {""}
    assert ("revision held back", 2) in second.log.select("rule", "hidden").rows()


def test_what_is_held_back_cannot_be_worked_out_from_the_total():
    first = release(year(20, 30, 40))
    second = release(year(22, 30, 47), first)
    # 99 less 30 and 47 would be a0 as it is today; one of the two revised figures is held back as well.
    assert (shown(second)["a2", YEAR[1]], shown(second)["city", YEAR[1]]) != (47, 99)


def test_a_held_figure_stays_held_against_every_earlier_release():
    first = release({("city", YEAR): 100})
    second = release({("city", YEAR): 106}, first)
    third = release({("city", YEAR): 101}, first, second)
    assert [shown(r) for r in (second, third)] == [{("city", YEAR[1]): 106}, {("city", YEAR[1]): 100}]


def test_the_same_run_released_twice_is_the_same():
    counts = year(3, 7, 40, 50, 0)
    first = release(counts)
    assert release(counts, first).tables["estimates"].equals(first.tables["estimates"])


def test_what_an_earlier_release_gave_away_is_logged_and_stays_out():
    before = release(year(20, 30, 9))
    strict = release_tables(
        {"estimates": estimates(year(20, 30, 9))},
        frozenset({"A16"}),
        nesting=Nesting("city", {"district": frozenset({"a0", "a1", "a2"})}),
        earlier=[before.tables["estimates"]],
    )
    assert ("a2", YEAR[1]) not in shown(strict)
    assert ("a0", YEAR[1]) in shown(strict)


@pytest.mark.parametrize(("part", "today"), [(31.0, 61.0), (40.0, 70.0)])
def test_a_past_quarter_of_a_revised_source_takes_the_sum_of_its_months(part, today):
    series = ("A16", "")
    months = [
        Count((series, "city", dt.date(2022, m, 1), end, "police"), value, 5)
        for m, end, value in (
            (1, dt.date(2022, 1, 31), part),
            (2, dt.date(2022, 2, 28), 10.0),
            (3, dt.date(2022, 3, 31), 20.0),
        )
    ]
    quarter = Count((series, "city", *MARCH, "police"), 60.0, 5)
    memory = remember(months, {months[0].key: [30.0], quarter.key: [60.0]}, [quarter])
    assert memory.counts[3].value == today
    assert (3 in memory.held, 3 in memory.revised) == ((True, False) if today == 61 else (False, True))
