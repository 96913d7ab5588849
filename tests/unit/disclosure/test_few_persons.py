"""The gate where counts are large and speak of few persons, and an attacker who reads what leaves."""

import datetime as dt
from collections import Counter, defaultdict

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from salus.disclosure import Nesting, Released, distinct_victims, information_loss, release_tables
from salus.model.tables import TABLES, UNITS, lineage, row_key

YEARS = {year: (dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in (2021, 2022)}
BOTH = (YEARS[2021][0], YEARS[2022][1])
Span = tuple[dt.date, dt.date]
Record = tuple[str, int, int]
"""Area, year, victim."""


def row(area: str, span: Span, count: float, **other: object) -> dict[str, object]:
    return {
        "indicator": "A16", "area": area, "group": "", "period_start": span[0], "period_end": span[1],
        "value": count * 10, "low": count * 9, "high": count * 11, "n": count, "numerator": count,
        "denominator": 10_000.0, "unit": "per 100,000 residents", "direction": "higher_is_worse", "grade": "C",
        "method": "count", "family": "gamma", "p1": count, "p2": 1.0, "factor": "", "loading": 0.0, "flags": "",
        "source": "police", "illustrative": False, **other,
    }  # fmt: skip


def persons(number: float, apart: float, most: float = 0.0) -> dict[str, object]:
    return {"units": number, "units_apart": apart, "units_most": most}


def release(rows: list[dict[str, object]], *earlier: pl.DataFrame) -> Released:
    areas = frozenset(str(one["area"]) for one in rows) - {"city"}
    nesting = Nesting("city", {"district": areas} if areas else {})
    return release_tables({"estimates": TABLES["estimates"].frame(rows)}, frozenset(), nesting=nesting, earlier=earlier)


def told(released: Released) -> dict[tuple[str, Span], float | None]:
    columns = ("area", "period_start", "period_end", "numerator")
    return {(a, (s, e)): n for a, s, e, n in released.tables["estimates"].select(columns).iter_rows()}


OFFENDER = {victim: f"o{victim // 4}" for victim in range(12)}
"""The first victims have one offender in four; nobody knows who did it to the others."""


def estimated(records: list[Record]) -> list[dict[str, object]]:
    """Counts by area and year, their totals, and the persons behind each, one record after the other."""
    together = Counter(OFFENDER.get(victim, victim) for _, _, victim in records)
    cells: dict[tuple[str, Span], Counter[int]] = defaultdict(Counter)
    for area, year, victim in records:
        for place in (area, "city"):
            for span in (YEARS[year], BOTH):
                cells[place, span][victim] += 1
    return [row(*cell, float(sum(of.values())), **behind(of, together)) for cell, of in cells.items()]


def behind(of: Counter[int], together: Counter[object]) -> dict[str, object]:
    acts: Counter[str] = Counter()
    for victim, n in of.items():
        acts[OFFENDER.get(victim, "")] += n
    del acts[""]
    apart = sum(n / together[OFFENDER.get(victim, victim)] for victim, n in of.items())
    return persons(distinct_victims(of, offender=OFFENDER), apart, max(acts.values(), default=0))


RECORD = st.tuples(st.sampled_from("abc"), st.sampled_from(list(YEARS)), st.integers(0, 25))


@settings(max_examples=40, deadline=None)
@given(
    many=st.lists(RECORD, min_size=40, max_size=90),
    one=st.tuples(st.sampled_from("abc"), st.sampled_from(list(YEARS)), st.integers(5, 30)),
    ruled=st.booleans(),
)
def test_a_count_of_few_persons_keeps_its_room_whatever_else_is_shown(many, one, ruled):
    area, year, times = one
    victims = [i % 4 for i in range(times)] if ruled else [99] * times  # of one offender, or one victim
    rows = estimated(
        [*many, *[("d", y, 100 + i) for y in YEARS for i in range(30)], *((area, year, v) for v in victims)]
    )
    released = release(rows)
    ranges = attacked(told(released))
    for one_row in rows:
        cell = (str(one_row["area"]), (one_row["period_start"], one_row["period_end"]))
        if 0 < float(str(one_row["units"])) < 5:
            low, high = ranges[cell]  # type: ignore[index]
            assert high - low >= 5 - 1e-6


def attacked(shown: dict[tuple[str, Span], float | None]) -> dict[tuple[str, Span], tuple[float, float]]:
    """The interval of each hidden count from all shown ones and the sums over areas and years."""
    places = list(shown)
    sums = [(("city", span), [(a, span) for a in "abcd"]) for span in (*YEARS.values(), BOTH)]
    sums += [((area, BOTH), [(area, span) for span in YEARS.values()]) for area in (*"abcd", "city")]
    lines = []
    for whole, parts in sums:
        line = np.zeros(len(places))
        for place, sign in [(whole, -1), *((part, 1) for part in parts)]:
            if place in shown:  # what is not there counts nothing
                line[places.index(place)] = sign
        lines.append(line)
    bounds = [(0, None) if n is None else (n, n) for n in shown.values()]
    found = {}
    for number, place in enumerate(places):
        if shown[place] is None:
            aim = np.eye(len(places))[number]
            ends = [
                linprog(sign * aim, A_eq=np.array(lines), b_eq=np.zeros(len(lines)), bounds=bounds) for sign in (1, -1)
            ]
            found[place] = (ends[0].fun, np.inf if ends[1].fun is None else -ends[1].fun)
    return found


def test_nine_records_of_one_victim_are_hidden_and_the_log_says_why():
    rows = [row("a", BOTH, 9.0, **persons(1, 1)), row("b", BOTH, 3.0), row("c", BOTH, 50.0), row("d", BOTH, 70.0)]
    released = release([*rows, row("city", BOTH, 132.0, **persons(124, 124))])
    assert {cell[0] for cell, n in told(released).items() if n is None} == {"a", "b"}
    assert dict(released.log.select("rule", "hidden").iter_rows()) == {"few persons": 1, "small count": 1}
    assert set(UNITS).isdisjoint(released.tables["estimates"].columns)


def test_two_years_less_one_of_them_are_not_shown_where_the_other_speaks_of_one_victim():
    both, one = row("city", BOTH, 49.0, **persons(41, 41)), row("city", YEARS[2021], 40.0, **persons(40, 40))
    assert None in told(release([both, one])).values()
    apart = row("city", BOTH, 49.0, **persons(49, 49))
    assert None not in told(release([apart, one])).values()


def test_a_share_of_none_in_the_records_of_one_victim_does_not_show_how_many_they_are():
    share = {"unit": "%", "denominator": 12.0}
    assert told(release([row("city", BOTH, 0.0, **share)])) == {("city", BOTH): 0.0}
    released = release([row("city", BOTH, 0.0, **share, units=0.0, units_apart=0.0, units_of=1.0)])
    assert released.tables["estimates"].select("numerator", "denominator").row(0) == (None, None)


def kept(released: Released, rows: list[dict[str, object]]) -> pl.DataFrame:
    """What the workspace keeps of a release for the next one: hidden counts and persons as well."""
    own = TABLES["estimates"].frame(rows)
    return own.with_columns(released.tables["estimates"]["status"])


def test_a_count_hidden_for_few_persons_stays_protected_when_it_is_no_longer_made():
    months = [row("city", YEARS[2022], 9.0, **persons(1, 1)), row("city", YEARS[2021], 40.0, **persons(40, 40))]
    first = release(months)
    assert told(first)["city", YEARS[2022]] is None
    known = kept(first, months)
    assert told(release([row("city", BOTH, 49.0)], known)) == {("city", BOTH): None}
    forgotten = known.with_columns(pl.lit(None, pl.Float64).alias(name) for name in UNITS)
    assert told(release([row("city", BOTH, 49.0)], forgotten)) == {("city", BOTH): 49.0}


@pytest.mark.parametrize(("late", "is_held"), [(1, True), (4, True), (10, False)])
def test_late_records_of_few_new_persons_do_not_show_as_a_revised_figure(late, is_held):
    before, today = (
        [row("city", BOTH, 40.0, **persons(40, 40))],
        row("city", BOTH, 50.0, **persons(40 + late, 40 + late)),
    )
    (number,) = told(release([today], kept(release(before), before))).values()
    assert number == (40.0 if is_held else 50.0)


@pytest.mark.parametrize(("today", "is_shown"), [(9.0, False), (12.0, False), (30.0, True)])
def test_without_keys_today_what_was_hidden_for_few_persons_takes_new_events_only(today, is_shown):
    before = [row("city", BOTH, 9.0, **persons(1, 1))]
    (number,) = told(release([row("city", BOTH, today)], kept(release(before), before))).values()
    assert number == (today if is_shown else None)


def test_a_row_hidden_for_few_persons_counts_as_one_that_had_to_be():
    rows = [row("a", BOTH, 9.0, **persons(1, 1)), row("b", BOTH, 80.0), row("city", BOTH, 89.0)]
    released = release(rows)
    loss = information_loss(TABLES["estimates"].frame(rows), released.tables["estimates"])
    assert loss["primary"].sum() == 1
    assert loss["hidden"].sum() == 2


@pytest.mark.parametrize(("few", "value"), [(True, None), (False, 30.0)])
def test_what_rests_on_a_count_of_few_persons_is_blanked_though_its_n_is_large(few, value):
    own = row("city", BOTH, 12.0, **(persons(1, 1) if few else persons(12, 12)))
    criterion = {
        "problem": "robbery",
        "criterion": "burden",
        "value": 30.0,
        "score": 30.0,
        "low": 1.0,
        "high": 40.0,
        "n": 24,
    }
    criteria = TABLES["criteria"].frame([criterion])
    links = lineage(
        [("criteria", row_key("criteria", criteria.row(0, named=True)), "estimates", row_key("estimates", own))]
    )
    tables = {"estimates": TABLES["estimates"].frame([own]), "criteria": criteria, "lineage": links}
    released = release_tables(tables, frozenset(), nesting=Nesting("city"))
    assert released.tables["criteria"].select("value", "score", "n").row(0) == (value, value, 24 if value else None)
