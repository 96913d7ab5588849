"""The attack suite: data that could leak, and an attacker written apart who looks for it."""

import datetime as dt
from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from salus.disclosure import Nesting, Released, release_tables, shown_number
from salus.errors import BadInput, Withheld
from salus.model.tables import TABLES, UNITS, key_column

YEARS = {year: (dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in range(2019, 2023)}
POOLED = (dt.date(2019, 1, 1), dt.date(2022, 12, 31))
RECENT = (dt.date(2021, 1, 1), dt.date(2022, 12, 31))
Place = tuple[str, str, str, tuple[dt.date, dt.date]]


def _row(place: Place, count: float | None, **other: object) -> dict[str, object]:
    indicator, area, group, (start, end) = place
    rate = None if count is None else count / 10_000 * 100_000
    row: dict[str, object] = {
        "indicator": indicator,
        "area": area,
        "group": group,
        "period_start": start,
        "period_end": end,
        "value": rate,
        "low": rate,
        "high": rate,
        "n": count,
        "numerator": count,
        "denominator": 10_000.0,
        "unit": "per 100,000 residents",
        "direction": "higher_is_worse",
        "grade": "C",
        "method": "count",
        "family": "gamma",
        "p1": count,
        "p2": 1.0,
        "p3": None,
        "factor": "",
        "loading": 0.0,
        "flags": "",
        "source": "police",
        "illustrative": False,
    }
    return row | other


def _estimates(counts: dict[Place, float]) -> pl.DataFrame:
    return TABLES["estimates"].frame([_row(place, count) for place, count in counts.items()])


def _areas(counts: Iterable[float], extra: float = 0, indicator: str = "A16") -> dict[Place, float]:
    """Areas a0, a1 ... that make up the city, with `extra` files that could not be located."""
    listed = list(counts)
    cells: dict[Place, float] = {(indicator, f"a{i}", "", POOLED): n for i, n in enumerate(listed)}
    return cells | {(indicator, "city", "", POOLED): sum(listed) + extra}


def _release(counts: dict[Place, float], **options: object) -> Released:
    areas = frozenset(area for _, area, _, _ in counts if area != "city")
    nesting = Nesting("city", {"district": areas})
    return release_tables({"estimates": _estimates(counts)}, frozenset(), nesting=nesting, **options)  # type: ignore[arg-type]


def _published(released: Released) -> dict[Place, float | None]:
    columns = ("indicator", "area", "group", "period_start", "period_end", "numerator")
    rows = released.tables["estimates"].select(columns).iter_rows()
    return {(i, a, g, (s, e)): n for i, a, g, s, e, n in rows}


def _attack(
    published: dict[Place, float | None], sums: list[tuple[Place, list[Place], float]]
) -> dict[Place, tuple[float, float]]:
    """The interval of each hidden count from all published ones; sums are whole = parts + known rest."""
    places = list(published)
    matrix = np.zeros((len(sums), len(places)))
    for line, (whole, parts, _) in enumerate(sums):
        matrix[line, places.index(whole)] = -1
        for part in parts:
            matrix[line, places.index(part)] = 1
    right = np.array([-rest for _, _, rest in sums])
    bounds = [(0, None) if n is None else (n, n) for n in published.values()]
    found = {}
    for number, place in enumerate(places):
        if published[place] is None:
            aim = np.zeros(len(places))
            aim[number] = 1
            low = linprog(aim, A_eq=matrix, b_eq=right, bounds=bounds)
            high = linprog(-aim, A_eq=matrix, b_eq=right, bounds=bounds)
            found[place] = (low.fun, np.inf if high.fun is None else -high.fun)
    return found


def _assert_safe(counts: dict[Place, float], released: Released, sums: list[tuple[Place, list[Place], float]]) -> None:
    published = _published(released)
    ranges = _attack(published, sums)
    for place, count in counts.items():
        assert published[place] in {None, count}
        if 0 < count < 5:
            assert published[place] is None
            low, high = ranges[place]
            assert high - low >= 5 - 1e-6, place


def test_a_city_less_its_other_areas_does_not_give_a_small_area_away() -> None:
    counts = _areas([3, 40, 12, 90])
    released = _release(counts)
    whole: Place = ("A16", "city", "", POOLED)
    parts: list[Place] = [("A16", f"a{i}", "", POOLED) for i in range(4)]
    _assert_safe(counts, released, [(whole, parts, 0.0)])
    assert [n for n in _published(released).values() if n is None] == [None, None]


def test_files_without_a_place_do_not_hide_an_area_from_someone_who_knows_their_number() -> None:
    counts = _areas([3, 40, 12, 90], extra=7)
    parts: list[Place] = [("A16", f"a{i}", "", POOLED) for i in range(4)]
    _assert_safe(counts, _release(counts), [(("A16", "city", "", POOLED), parts, 7.0)])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), min_size=4, max_size=4), min_size=2, max_size=5))
def test_areas_and_years_together_never_give_a_small_count_away(table: list[list[int]]) -> None:
    counts: dict[Place, float] = {}
    for number, years in enumerate([*table, [sum(column) for column in zip(*table, strict=True)]]):
        area = "city" if number == len(table) else f"a{number}"
        counts |= {("A16", area, "", YEARS[2019 + i]): float(n) for i, n in enumerate(years)}
        counts[("A16", area, "", POOLED)] = float(sum(years))
        counts[("A16", area, "", RECENT)] = float(sum(years[2:]))
    areas = [*(f"a{i}" for i in range(len(table))), "city"]
    sums: list[tuple[Place, list[Place], float]] = []
    for area in areas:
        sums.append((("A16", area, "", POOLED), [("A16", area, "", YEARS[y]) for y in YEARS], 0.0))
        sums.append((("A16", area, "", RECENT), [("A16", area, "", YEARS[y]) for y in (2021, 2022)], 0.0))
    for period in [*YEARS.values(), POOLED, RECENT]:
        parts: list[Place] = [("A16", a, "", period) for a in areas[:-1]]
        sums += [(("A16", "city", "", period), parts, 0.0)]
    _assert_safe(counts, _release(counts), sums)


def test_a_table_of_nothing_but_ones_is_released_with_zeros_hidden_beside_them() -> None:
    counts: dict[Place, float] = {}
    for area, years in (("a0", (1, 1, 0, 0)), ("a1", (1, 1, 0, 0)), ("city", (2, 2, 0, 0))):
        counts |= {("A16", area, "", YEARS[2019 + i]): float(n) for i, n in enumerate(years)}
        counts[("A16", area, "", POOLED)] = float(sum(years))
        counts[("A16", area, "", RECENT)] = 0.0
    published = _published(_release(counts))
    # Every count of one is hidden, and what is hidden may as well be a zero: nobody knows which year it was.
    assert all(published[place] is None for place, n in counts.items() if n)
    assert any(published[place] is None for place, n in counts.items() if not n)


def test_the_pooled_years_less_the_recent_ones_are_no_small_count() -> None:
    counts: dict[Place, float] = {("A16", "city", "", POOLED): 42, ("A16", "city", "", RECENT): 40}
    published = _published(_release(counts))
    assert None in published.values()
    far: dict[Place, float] = {("A16", "city", "", POOLED): 80, ("A16", "city", "", RECENT): 40}
    assert _published(_release(far)) == far


def test_labels_less_the_others_of_their_class_do_not_give_a_small_label_away() -> None:
    labels = {"label:knife": 3.0, "label:gun": 20.0, "label:none": 45.0}
    counts: dict[Place, float] = {("A16", "city", group, POOLED): n for group, n in labels.items()}
    counts[("A16", "city", "", POOLED)] = 68.0
    parts: list[Place] = [("A16", "city", group, POOLED) for group in labels]
    _assert_safe(counts, _release(counts), [(("A16", "city", "", POOLED), parts, 0.0)])


def test_a_label_that_was_left_out_is_not_given_away_by_the_rest() -> None:
    counts: dict[Place, float] = {
        ("A16", "city", "label:gun", POOLED): 20,
        ("A16", "city", "label:none", POOLED): 45,
        ("A16", "city", "", POOLED): 68,
    }
    published = _published(_release(counts))
    assert None in published.values()


def test_subclasses_do_not_give_a_small_class_away_and_a_named_sum_links_labels_to_it() -> None:
    counts: dict[Place, float] = {
        ("X00", "city", "", POOLED): 900,
        ("X00", "city", "iccs:04", POOLED): 63,
        ("X00", "city", "iccs:05", POOLED): 837,
        ("X00", "city", "iccs:0401", POOLED): 60,
        ("X00", "city", "iccs:0402", POOLED): 3,
    }
    classes: list[Place] = [("X00", "city", f"iccs:{code}", POOLED) for code in ("0401", "0402")]
    tops: list[Place] = [("X00", "city", f"iccs:{code}", POOLED) for code in ("04", "05")]
    sums = [(tops[0], classes, 0.0), (("X00", "city", "", POOLED), tops, 0.0)]
    _assert_safe(counts, _release(counts), sums)
    linked: dict[Place, float] = {("A16", "city", "", POOLED): 50, ("X22", "city", "", POOLED): 48}
    nesting = Nesting("city", sums=((("A16", ""), (("X22", ""),)),))
    gated = release_tables({"estimates": _estimates(linked)}, frozenset(), nesting=nesting)
    assert None in _published(gated).values()


def test_hours_less_the_others_do_not_give_a_small_hour_away() -> None:
    counts: dict[Place, float] = {("A16", "city", f"hour:{h:02d}", POOLED): 10.0 + h for h in range(24)}
    counts[("A16", "city", "hour:04", POOLED)] = 2.0
    counts[("A16", "city", "", POOLED)] = sum(counts.values()) + 30
    parts: list[Place] = [("A16", "city", f"hour:{h:02d}", POOLED) for h in range(24)]
    _assert_safe(counts, _release(counts), [(("A16", "city", "", POOLED), parts, 30.0)])


def test_the_same_series_under_another_indicator_does_not_give_a_hidden_area_away() -> None:
    first, second = _areas([3, 40, 12, 90]), _areas([3, 40, 12, 90], indicator="X00")
    years: dict[Place, float] = {
        (i, "city", "", YEARS[y]): n for i in ("A16", "X00") for y, n in zip(YEARS, (40, 45, 30, 30), strict=True)
    }
    published = _published(_release(first | second | years))
    hidden = {i: {a for (k, a, _, _), n in published.items() if k == i and n is None} for i in ("A16", "X00")}
    assert hidden["A16"] == hidden["X00"] == {"a0", "a2"}


def test_a_hidden_row_keeps_nothing_that_gives_the_count_back() -> None:
    released = _release(_areas([3, 40, 12, 90])).tables["estimates"]
    row = released.filter(pl.col("area") == "a0").row(0, named=True)
    assert row["status"] == "hidden"
    kept = {name: row[name] for name in ("value", "low", "high", "n", "numerator", "p1", "p2", "p3")}
    assert set(kept.values()) == {None}
    assert row["denominator"] == 10_000.0


def test_no_hidden_count_comes_back_as_value_times_denominator() -> None:
    counts = _areas([3, 40, 12, 90, 1, 0])
    released = _release(counts).tables["estimates"]
    inverted = (pl.col("value") * pl.col("denominator") / 100_000).round(6)
    back = dict(released.select("area", inverted).iter_rows())
    assert {area for area in back if back[area] is None} >= {"a0", "a4"}
    assert {n for n in back.values() if n is not None and 0 < n < 5} == set()


def _alone(row: dict[str, object]) -> pl.DataFrame:
    return release_tables({"estimates": TABLES["estimates"].frame([row])}, frozenset()).tables["estimates"]


def test_a_share_gives_neither_its_small_complement_nor_its_small_base_away() -> None:
    place: Place = ("A02", "city", "", POOLED)
    for count, base in ((47.0, 50.0), (3.0, 50.0), (2.0, 4.0)):
        row = _row(place, count, denominator=base, unit="% of homicides", value=count / base * 100)
        frame = _alone(row)
        assert frame["status"].to_list() == ["hidden"]
        assert frame["denominator"].to_list() == [None]
    fine = _row(place, 30.0, denominator=50.0, unit="% of homicides", value=60.0)
    frame = _alone(fine)
    assert frame["status"].to_list() == ["shown"]


def test_a_planted_unique_cell_is_hidden_wherever_it_is_asked_for() -> None:
    counts = _areas([1] + [30 + i for i in range(30)])
    released = _release(counts)
    assert _published(released)[("A16", "a0", "", POOLED)] is None
    assert released.log.select("rule", "hidden").rows() == [("small count", 1), ("subtraction", 1)]


def test_protected_indicators_and_groups_are_hidden_below_ten() -> None:
    counts = _areas([7, 40, 60])
    nesting = Nesting("city", {"district": frozenset({"a0", "a1", "a2"})})
    frame = _estimates(counts)
    plain = release_tables({"estimates": frame}, frozenset(), nesting=nesting)
    protected = release_tables({"estimates": frame}, frozenset({"A16"}), nesting=nesting)
    assert plain.tables["estimates"]["status"].to_list() == ["shown"] * 4
    assert protected.tables["estimates"]["status"].to_list() == ["hidden", "hidden", "shown", "shown"]
    group: dict[Place, float] = {("X00", "city", "iccs:0301", POOLED): 8}
    gated = _release(group, protected_groups=frozenset({"iccs:0301"}))
    assert gated.tables["estimates"]["status"].to_list() == ["hidden"]


def test_zero_hidden_and_no_data_are_three_different_things() -> None:
    rows = [
        _row(("A16", "a0", "", POOLED), 0.0),
        _row(("A16", "a1", "", POOLED), 2.0),
        _row(("A16", "a2", "", POOLED), None, grade="none", family="none"),
        _row(("A16", "a3", "", POOLED), 25.0),
    ]
    nesting = Nesting("city", {"district": frozenset({"a0", "a1", "a2", "a3"})})
    frame = release_tables({"estimates": TABLES["estimates"].frame(rows)}, frozenset(), nesting=nesting)
    shown = frame.tables["estimates"].select("value", "status").rows()
    assert [status for _, status in shown] == ["zero", "hidden", "no data", "shown"]
    assert [shown_number(*pair) for pair in shown] == ["0", "hidden", "no data", "250"]


def test_a_smoothed_value_of_an_area_without_events_is_not_shown_as_zero() -> None:
    assert shown_number(1.25, "zero") == "1.25"


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(BadInput):
        shown_number(1.0, "perhaps")


def test_estimates_with_nothing_small_are_released_unchanged() -> None:
    frame = _estimates(_areas([30, 40, 12, 90, 0]))
    nesting = Nesting("city", {"district": frozenset(f"a{i}" for i in range(5))})
    released = release_tables({"estimates": frame}, frozenset(), nesting=nesting)
    assert released.tables["estimates"].drop("status", "withheld").equals(frame.drop(UNITS))
    assert released.log.height == 0


def test_hiding_costs_little_where_few_counts_are_small() -> None:
    random = np.random.default_rng(5)
    counts = [*random.poisson(40, 290).tolist(), 3.0, 4.0, 2.0]
    log = _release(_areas(counts)).log
    assert log.filter(pl.col("rule") == "subtraction")["hidden"].sum() <= 1
    assert log["share"].sum() < 0.02


@pytest.mark.parametrize("name", ["incidents", "draws", "counts", "anything"])
def test_records_draws_and_unknown_tables_are_refused(name: str) -> None:
    with pytest.raises(Withheld, match=name):
        release_tables({name: pl.DataFrame({"lat": [19.3]})}, frozenset())


def test_several_areas_without_saying_what_they_make_up_are_refused() -> None:
    with pytest.raises(Withheld, match="several areas"):
        release_tables({"estimates": _estimates(_areas([3, 40]))}, frozenset())


def test_a_published_figure_of_a_public_source_is_not_hidden_for_its_few_answers() -> None:
    row = _row(("X05", "MEX", "", POOLED), None, value=-0.8, n=4.0, unit="score", source="world-bank")
    sources = TABLES["sources"].frame([{"source": "world-bank", "file": "a.csv", "tier": "public"}])
    frame = TABLES["estimates"].frame([row])
    public = release_tables({"estimates": frame, "sources": sources}, frozenset()).tables["estimates"]
    unknown = release_tables({"estimates": frame}, frozenset()).tables["estimates"]
    assert (public["status"].to_list(), unknown["status"].to_list()) == (["shown"], ["hidden"])


def test_the_arguments_are_not_changed() -> None:
    frame = _estimates(_areas([3, 40, 12]))
    before = frame.clone()
    nesting = Nesting("city", {"district": frozenset({"a0", "a1", "a2"})})
    release_tables({"estimates": frame}, frozenset(), nesting=nesting)
    assert frame.equals(before)


def test_lineage_names_rows_of_files_only_where_many_records_are_behind_a_shown_figure() -> None:
    counts = _areas([3, 40, 12, 90])
    frame = _estimates(counts)
    keys = dict(zip(frame["area"], frame.select(key_column("estimates")).to_series(), strict=True))
    file = "police|evidence/police/records.csv|9f2c"
    pairs = [
        ("profile", "profile:a0", "estimates", keys["a0"]),
        ("estimates", keys["a0"], "sources", f"{file}|rows 5-90 (n=3)"),
        ("estimates", keys["a1"], "sources", f"{file}|rows 1-40 (n=40)"),
        ("estimates", keys["a3"], "sources", f"{file}|rows 8-30 (n=9)"),
        ("estimates", keys["a0"], "ratings", "sheet|evidence/sheet.csv|17"),
        ("estimates", keys["a0"], "sources", "census|evidence/census/people.csv|77aa|rows 9-9 (n=1)"),
        ("estimates", keys["a1"], "ratings", "sheet|evidence/sheet.csv|18"),
    ]
    chain = TABLES["lineage"].frame([dict(zip(TABLES["lineage"].columns, pair, strict=True)) for pair in pairs])
    nesting = Nesting("city", {"district": frozenset({"a0", "a1", "a2", "a3"})})
    released = release_tables({"estimates": frame, "lineage": chain}, frozenset(), nesting=nesting)
    assert set(released.tables["lineage"].select("key", "from_key").rows()) == {
        ("profile:a0", keys["a0"]),
        (keys["a0"], file),
        (keys["a1"], f"{file}|rows 1-40"),
        (keys["a3"], file),
        (keys["a0"], "sheet|evidence/sheet.csv"),
        (keys["a0"], "census|evidence/census/people.csv|77aa|rows 9-9"),
        (keys["a1"], "sheet|evidence/sheet.csv|18"),
    }
    assert keys["a0"] in released.hidden_keys
