import datetime as dt

import numpy as np
import polars as pl
import shapely

from salus.disclosure.derived import Terms, release_derived
from salus.framework import load_pack
from salus.model.tables import TABLES
from salus.patterns.clusters import clusters
from salus.patterns.neighbours import contiguity
from salus.patterns.repeats import near_repeats

SIDE = 10
START, END = dt.date(2019, 1, 1), dt.date(2019, 12, 31)
ROBBERY = load_pack().indicator("A16")
NOTHING_HIDDEN = pl.DataFrame(schema={"area": pl.String, "n": pl.Float64, "key": pl.String})
TERMS = Terms("toy", lambda indicator, group: 5, base=10)


def grid(gap: float = 0.0) -> pl.DataFrame:
    """A hundred squares of about 1 km near the equator, with gaps of so many degrees between them."""
    boxes = [shapely.box(i, j, i + 1 - gap * 100, j + 1 - gap * 100) for i in range(SIDE) for j in range(SIDE)]
    ids = [f"a{n:02d}" for n in range(SIDE**2)]
    return pl.DataFrame(
        {"area": ids, "wkb": [shapely.to_wkb(shapely.transform(b, lambda at: at / 100)) for b in boxes]}
    )


def estimates(events: np.ndarray) -> pl.DataFrame:
    ids = [f"a{n:02d}" for n in range(SIDE**2)]
    return pl.DataFrame(
        {"area": ids, "numerator": events.astype(float), "denominator": 4000.0, "grade": "C"}
    ).with_columns(pl.lit(START).alias("period_start"), pl.lit(END).alias("period_end"))


def found(events: np.ndarray) -> pl.DataFrame:
    rows = clusters(ROBBERY, estimates(events), grid(), "toy", seed=1)
    return TABLES["clusters"].frame([row | {"geography": "square"} for row in rows])


def test_areas_with_a_hand_wide_gap_between_them_are_neighbours_and_with_a_street_between_are_not():
    assert contiguity(grid()).sum() == contiguity(grid(gap=0.00002)).sum() == 2 * (2 * 90 + 2 * 81)
    assert contiguity(grid(gap=0.001)).sum() == 0


def test_a_planted_hot_spot_is_found_where_it_is_and_the_city_shows_a_pattern():
    rng = np.random.Generator(np.random.PCG64(1))
    hot = np.zeros((SIDE, SIDE), dtype=bool)
    hot[2:5, 2:5] = True
    table = found(rng.poisson(np.where(hot.ravel(), 40, 10)))
    high = set(table.filter(kind="high")["area"]) - {"toy"}
    inside = {f"a{n:02d}" for n in np.flatnonzero(hot.ravel())}
    assert "a33" in high
    assert len(high & inside) >= 5  # the middle and the sides; a corner has more neighbours outside than in
    assert len(high - inside) <= 2
    assert table.filter(area="toy")["kind"].to_list() == ["high"]


def test_chance_alone_makes_a_hot_spot_in_few_of_many_cities():
    rng = np.random.Generator(np.random.PCG64(2))
    said = sum(
        found(rng.poisson(10, SIDE**2)).filter(pl.col("area") != "toy", kind="high").height > 0 for _ in range(40)
    )
    assert said <= 6  # 5 % of 40 are 2; 6 leaves three standard errors


def test_nothing_is_said_of_few_events_or_few_areas():
    assert clusters(ROBBERY, estimates(np.eye(SIDE).ravel()), grid(), "toy", seed=1) == []
    few = estimates(np.full(SIDE**2, 10.0)).head(10)
    assert clusters(ROBBERY, few, grid(), "toy", seed=1) == []


def events(count: int, followed: float, seed: int = 3) -> pl.DataFrame:
    """Events over a city of 10 km; a share of them is followed by another one within 200 m and five days."""
    rng = np.random.Generator(np.random.PCG64(seed))
    first = pl.DataFrame(
        {"day": rng.integers(0, 350, count), "x": rng.uniform(0, 10_000, count), "y": rng.uniform(0, 10_000, count)}
    )
    again = first.filter(pl.Series(rng.random(count) < followed))
    moved = rng.uniform(-100, 100, (2, again.height))
    again = again.with_columns(
        pl.col("day") + pl.Series(rng.integers(1, 6, again.height)), pl.col("x") + moved[0], pl.col("y") + moved[1]
    )
    return pl.concat([first, again]).select(
        (pl.lit(START) + pl.duration(days="day")).alias("date"),
        (pl.col("y") / 111_320).alias("lat"),
        (pl.col("x") / 111_320).alias("lon"),
    )


def nearest(rows: list[dict[str, object]]) -> dict[str, object]:
    return next(row for row in rows if row["metres_from"] == 0 and row["days_from"] == 0)


def test_planted_repeats_are_found_in_the_nearest_band_and_their_absence_too():
    planted = nearest(near_repeats(ROBBERY, events(1500, 0.2), (START, END), "C", seed=1))
    assert float(str(planted["ratio"])) > 1.5
    assert float(str(planted["p_value"])) <= 0.01


def test_by_chance_alone_repeats_are_claimed_about_as_often_as_the_level_says():
    made = [nearest(near_repeats(ROBBERY, events(600, 0.0, seed), (START, END), "C", seed=1)) for seed in range(100)]
    claimed = sum(float(str(row["p_value"])) <= 0.05 for row in made)
    assert claimed <= 12  # 5 of 100 expected; 12 leaves three standard errors


def test_nothing_is_said_of_fewer_than_a_hundred_events():
    assert near_repeats(ROBBERY, events(60, 0.2), (START, END), "C", seed=1) == []


def test_the_gate_lets_out_the_kind_of_an_area_but_no_number_that_gives_counts_back():
    rng = np.random.Generator(np.random.PCG64(1))
    table = found(rng.poisson(10, SIDE**2))
    key = f"estimates:A16|a07||{START}|{END}|fgj"
    hidden = pl.DataFrame({"area": ["a07"], "n": [3.0], "key": [key]})
    released, _, _ = release_derived({"clusters": table}, hidden, TERMS)
    areas = released["clusters"].filter(pl.col("area") != "toy")
    assert areas.select(pl.col("statistic", "p_value", "q_value").is_null().all()).row(0) == (True, True, True)
    assert areas.filter(area="a07")["kind"].to_list() == [None]
    assert areas["kind"].null_count() == 1
    # The city's statistic is made of one hidden count and known ones: it would tell which count fits.
    assert released["clusters"].filter(area="toy")["statistic"].to_list() == [None]
    shown, _, _ = release_derived({"clusters": table}, hidden.clear(), TERMS)
    assert shown["clusters"].filter(area="toy")["statistic"].null_count() == 0


def test_over_many_hidden_areas_the_city_s_statistic_keeps_two_digits():
    rng = np.random.Generator(np.random.PCG64(1))
    table = found(rng.poisson(10, SIDE**2))
    areas = [f"a{i:02d}" for i in range(20)]
    keys = [f"estimates:A16|{area}||{START}|{END}|fgj" for area in areas]
    released, _, _ = release_derived(
        {"clusters": table}, pl.DataFrame({"area": areas, "n": [3.0] * 20, "key": keys}), TERMS
    )
    told = released["clusters"].filter(area="toy")["statistic"].item()
    assert told == round(table.filter(area="toy")["statistic"].item(), 2)


def city_of(table, numerator):
    """The released estimate of the city that stands beside near repeats; hidden without a numerator."""
    period = table.select("period_start", "period_end").row(0, named=True)
    return TABLES["estimates"].frame(
        [period | {"indicator": ROBBERY.id, "area": TERMS.city, "group": "", "numerator": numerator}]
    )


def test_the_gate_blanks_bands_with_few_pairs():
    rows = near_repeats(ROBBERY, events(120, 0.0), (START, END), "C", seed=1)
    table = TABLES["near_repeats"].frame(rows)
    tables = {"near_repeats": table, "estimates": city_of(table, 120.0)}
    released, log, _ = release_derived(tables, NOTHING_HIDDEN, TERMS)
    few = table["observed"] < 10
    assert few.any()
    assert released["near_repeats"].filter(few)["ratio"].null_count() == int(few.sum())
    assert released["near_repeats"].filter(~few)["ratio"].null_count() == 0
    assert log == [("near_repeats", "few pairs", int(few.sum()), few.sum() / few.len())]


def test_near_repeats_of_a_city_whose_own_count_is_hidden_do_not_leave():
    """The number of events less the shown areas would be the hidden one."""
    rows = near_repeats(ROBBERY, events(120, 0.0), (START, END), "C", seed=1)
    table = TABLES["near_repeats"].frame(rows)
    tables = {"near_repeats": table, "estimates": city_of(table, None)}
    released = release_derived(tables, NOTHING_HIDDEN, TERMS)[0]["near_repeats"]
    for name in ("events", "observed", "expected", "ratio", "p_value"):
        assert released[name].null_count() == table.height
