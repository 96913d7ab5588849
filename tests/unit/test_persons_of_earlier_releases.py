"""Figures revised by records of few persons are held against every figure that was shown, not the last one only."""

import datetime as dt

import polars as pl

from salus.disclosure import HELD, Limits, Nesting, information_loss, release_tables
from salus.model.tables import TABLES, UNITS
from salus.releasing import _with_persons_then

SPAN = {"period_start": dt.date(2024, 1, 1), "period_end": dt.date(2024, 12, 31)}


def estimated(count: float, persons: float) -> pl.DataFrame:
    """The city's count and the persons it speaks of."""
    row = SPAN | {
        "indicator": "A01", "area": "city", "group": "", "source": "s", "value": count, "numerator": count, "n": count,
        "unit": "per 100,000 residents", "denominator": 1e5, "grade": "B", "units": persons, "units_apart": persons,
        "units_most": 1.0,
    }  # fmt: skip
    return TABLES["estimates"].frame([row])


def shown(*figures: tuple[float, float]) -> list[tuple[float | None, bool]]:
    """What each of some releases shows, one after the other, and whether an earlier figure is repeated."""
    known: list[pl.DataFrame] = []
    out = []
    for count, persons in figures:
        frame = estimated(count, persons)
        gated = release_tables({"estimates": frame}, frozenset(), nesting=Nesting("city"), earlier=known)
        table = gated.tables["estimates"]
        out.append((table["numerator"].item(), HELD in (table["flags"].item() or "")))
        known = [*known, _with_persons_then(table.with_columns(frame[name] for name in UNITS), known)]
    return out


def test_a_figure_one_person_apart_from_an_older_one_is_held_back():
    assert shown((40, 20), (50, 21)) == [(40, False), (40, True)]
    assert shown((40, 20), (60, 40), (50, 21))[-1][1]


def test_a_figure_held_back_is_remembered_with_the_persons_it_spoke_of():
    """40 of 20 persons is repeated when 50 of 16 were counted; 52 of 21 are still one person apart from it."""
    assert [held for _, held in shown((40, 20), (50, 16), (52, 21))] == [False, True, True]


def test_small_counts_of_protected_groups_are_no_cost_for_others():
    rows = [
        SPAN | {"indicator": "X00", "group": group, "area": "city", "numerator": n, "value": n, "source": "s"}
        for group, n in (("iccs:0301", 7.0), ("iccs:0401", 700.0))
    ]
    before = TABLES["estimates"].frame(rows)
    after = before.with_columns(status=pl.Series(["hidden", "shown"]))
    limits = Limits(5, 10, groups=frozenset({"iccs:0301"}))
    assert information_loss(before, after, limits=limits).select("primary", "secondary").row(0) == (1, 0)
    assert information_loss(before, after).select("primary", "secondary").row(0) == (0, 1)
