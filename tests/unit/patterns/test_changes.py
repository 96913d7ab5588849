"""Which changes the stage states, and that a change never gives a hidden count away."""

import datetime as dt

import numpy as np
import polars as pl

from salus.disclosure import Nesting, release_tables
from salus.framework import load_pack
from salus.model.tables import TABLES
from salus.patterns.changes import area_changes, city_changes, dispersion

ROBBERY = load_pack().indicator("A16")
WHOLE = (dt.date(2019, 1, 1), dt.date(2022, 12, 31))
RECENT = (dt.date(2021, 1, 1), dt.date(2022, 12, 31))


def row(area: str, period: tuple[dt.date, dt.date], count: float) -> dict:
    years = round((period[1] - period[0]).days / 365.25, 2)
    return {
        "indicator": "A16", "area": area, "group": "", "period_start": period[0], "period_end": period[1],
        "numerator": float(count), "n": float(count), "denominator": 1000.0 * years, "value": count / years,
        "grade": "C", "flags": "", "source": "police", "unit": "per 1,000", "illustrative": False,
    }  # fmt: skip


def estimates(rows: list[dict]) -> pl.DataFrame:
    return TABLES["estimates"].frame(rows)


def year(y: int, count: float) -> dict:
    return row("city", (dt.date(y, 1, 1), dt.date(y, 12, 31)), count)


def test_a_halved_rate_is_fewer_and_a_tenth_less_cannot_be_told():
    made = city_changes(ROBBERY, estimates([year(2020, 200), year(2021, 110), year(2022, 100)]))
    assert [(r["against"], r["state"], round(r["ratio"], 2)) for r in made] == [
        ("year_before", "not_told", 0.91),
        ("first_year", "fewer", 0.5),
    ]


def test_months_that_vary_more_than_chance_take_the_change_back():
    rng = np.random.default_rng(1)
    wild = [
        row("city", (day, (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)), n)
        for day, n in zip(
            pl.date_range(dt.date(2020, 1, 1), dt.date(2022, 12, 1), "1mo", eager=True),
            rng.negative_binomial(2, 0.04, 36),
            strict=True,
        )
    ]
    years = [year(2020, 500), year(2021, 520), year(2022, 600)]
    spread = dispersion(estimates(wild))
    assert spread > 5
    assert {r["state"] for r in city_changes(ROBBERY, estimates(years))} == {"more"}
    assert {r["state"] for r in city_changes(ROBBERY, estimates([*years, *wild]))} == {"not_told"}


def areas(before: list[int], after: list[int]) -> pl.DataFrame:
    rows = []
    for i, (b, a) in enumerate(zip(before, after, strict=True)):
        rows += [row(f"a{i}", WHOLE, b + a), row(f"a{i}", RECENT, a)]
    return estimates(rows)


def test_of_a_hundred_areas_without_any_change_hardly_one_is_named():
    rng = np.random.default_rng(2)
    named = 0
    for _ in range(40):
        made = area_changes(ROBBERY, areas(rng.poisson(30, 100).tolist(), rng.poisson(30, 100).tolist()))
        assert len(made) == 100
        named += sum(r["state"] != "not_told" for r in made) > 0
    assert named <= 6  # 5 % of 40 are 2; 6 leaves three standard errors


def test_an_area_is_compared_with_what_the_whole_period_leaves_and_few_events_are_left_out():
    (made,) = area_changes(ROBBERY, areas([60, 5], [20, 6]))
    assert (made["area"], round(made["ratio"], 3), made["state"]) == ("a0", 0.333, "fewer")
    assert (made["before_start"], made["before_end"]) == (dt.date(2019, 1, 1), dt.date(2020, 12, 31))


def test_a_change_does_not_leave_where_either_of_its_counts_is_hidden():
    frame = areas([60, 38, 70, 90], [20, 3, 60, 80])  # a1 has three events in the later part
    whole = [row("city", WHOLE, 421), row("city", RECENT, 163)]
    frame = estimates([*frame.to_dicts(), *whole])
    table = TABLES["changes"].frame(area_changes(ROBBERY, frame.filter(pl.col("area") != "city")))
    nesting = Nesting("city", {"district": frozenset({"a0", "a1", "a2", "a3"})})
    released = release_tables({"estimates": frame, "changes": table}, frozenset(), nesting=nesting).tables
    hidden = set(released["estimates"].filter(pl.col("status") == "hidden").select("area").to_series())
    out = {r["area"]: r for r in released["changes"].to_dicts()}
    assert "a1" in hidden
    for area, said in out.items():
        figures = [said[name] for name in ("ratio", "low", "high", "p_value", "q_value")]
        assert (figures == [None] * 5) == (area in hidden)
        assert (said["state"] == "hidden") == (area in hidden)
