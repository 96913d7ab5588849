"""Shares between vintages: squares worked by hand, Iztapalapa as shipped, countries near the polar circle."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.evidence.carrying import apply_counts, apply_rates
from salus.evidence.crosswalk import Crosswalk, area_weighted, population_weighted, vintage_of
from salus.evidence.equal_area import square_metres
from salus.evidence.geography import read_geography
from salus.workspace import CITIES

NORTH = Path(__file__).parent / "north" / "areas.geojson"
HALVES = vintage_of("new", {"west": shapely.box(0, 0, 1, 1), "east": shapely.box(1, 0, 2, 1)})


def shares(found: Crosswalk, digits: int = 6) -> dict[tuple[str, str], float]:
    return {(a, b): round(share, digits) for a, b, share in found.links.select("area", "shown_area", "share").rows()}


def outside(found: Crosswalk, digits: int = 6) -> dict[str, float]:
    return {area: round(share, digits) for area, share in found.outside.select("area", "outside").rows()}


def test_a_square_cut_in_the_middle_is_half_and_half():
    found = area_weighted(vintage_of("old", {"a": shapely.box(0, 0, 2, 1)}), HALVES)
    assert shares(found) == {("a", "east"): 0.5, ("a", "west"): 0.5}
    assert outside(found) == {"a": 0.0}
    assert found.split == ("a",)


def test_a_quarter_that_no_area_holds_is_stated_as_outside():
    found = area_weighted(vintage_of("old", {"a": shapely.box(0, 0, 8 / 3, 1)}), HALVES)
    assert shares(found) == {("a", "east"): 0.375, ("a", "west"): 0.375}
    assert outside(found) == {"a": 0.25}


def test_an_area_wholly_elsewhere_has_no_link_and_stays_reported():
    found = area_weighted(vintage_of("old", {"far": shapely.box(9, 9, 10, 10), "w": shapely.box(0, 0, 1, 1)}), HALVES)
    assert shares(found) == {("w", "west"): 1.0}
    assert outside(found) == {"far": 1.0, "w": 0.0}


def test_a_hole_holds_no_share():
    ring = shapely.box(0, 0, 1, 1).difference(shapely.box(0.25, -0.001, 0.75, 0.5))
    new = vintage_of("new", {"low": shapely.box(0, 0, 1, 0.5), "high": shapely.box(0, 0.5, 1, 1)})
    found = area_weighted(vintage_of("old", {"ring": ring}), new)
    assert shares(found, 4) == {("ring", "high"): 0.6667, ("ring", "low"): 0.3333}


def test_parts_of_one_area_that_lie_apart_are_one_area():
    apart = shapely.MultiPolygon([shapely.box(0, 0, 0.5, 1), shapely.box(1.5, 0, 2, 1)])
    assert shares(area_weighted(vintage_of("old", {"m": apart}), HALVES)) == {("m", "east"): 0.5, ("m", "west"): 0.5}


def test_a_shape_that_crosses_itself_is_repaired():
    bow = shapely.Polygon([(0, 0), (2, 1), (2, 0), (0, 1)])
    assert shares(area_weighted(vintage_of("old", {"bow": bow}), HALVES)) == {
        ("bow", "east"): 0.5,
        ("bow", "west"): 0.5,
    }


def test_a_sliver_gives_its_share_to_the_rest_and_what_is_outside_stays():
    a = vintage_of("old", {"a": shapely.box(0.2, 0, 1.005, 1).union(shapely.box(0.2, 1, 1.0, 1.1))})
    assert set(shares(area_weighted(a, HALVES, sliver=0))) == {("a", "east"), ("a", "west")}
    found = area_weighted(a, HALVES)
    (share,) = shares(found, 12).values()
    assert 0.09 < outside(found)["a"] < 0.1
    assert share == pytest.approx(1 - found.outside["outside"].item(), abs=1e-12)


def test_ground_that_two_areas_claim_is_divided_between_them():
    new = vintage_of("new", {"x": shapely.box(0, 0, 1, 1), "y": shapely.box(0.5, 0, 1.5, 1)})
    found = area_weighted(vintage_of("old", {"a": shapely.box(0, 0, 2, 1)}), new)
    assert shares(found) == {("a", "x"): 0.375, ("a", "y"): 0.375}
    assert outside(found) == {"a": 0.25}


def test_a_lower_half_near_the_pole_is_larger_as_on_the_globe():
    old = vintage_of("old", {"a": shapely.box(20, 60, 21, 70)})
    new = vintage_of("new", {"low": shapely.box(20, 60, 21, 65), "high": shapely.box(20, 65, 21, 70)})
    sphere = (np.sin(np.radians(65)) - np.sin(np.radians(60))) / (np.sin(np.radians(70)) - np.sin(np.radians(60)))
    assert shares(area_weighted(old, new))["a", "low"] == pytest.approx(sphere, abs=5e-4)
    assert sphere > 0.54


def test_people_are_where_the_points_say_not_where_the_ground_is():
    old = vintage_of("old", {"a": shapely.box(0, 0, 2, 1)})
    points = pl.DataFrame({"longitude": [0.5, 0.6, 1.5], "latitude": [0.5] * 3, "persons": [10, 60, 30]})
    found = population_weighted(old, HALVES, points)
    assert shares(found) == {("a", "east"): 0.3, ("a", "west"): 0.7}
    assert found.outside["weighted_by"].to_list() == ["population"]


def test_persons_of_a_block_that_is_cut_are_divided_by_ground():
    old = vintage_of("old", {"a": shapely.box(0, 0, 2.5, 1)})
    blocks = vintage_of("blocks", {"p": shapely.box(0, 0, 1, 1), "q": shapely.box(1, 0, 2.5, 1)})
    persons = pl.Series("population", [40.0, 60.0])
    peopled = type(blocks)(blocks.id, blocks.areas.with_columns(persons), "", "")
    found = population_weighted(old, HALVES, peopled)
    assert shares(found) == {("a", "east"): 0.4, ("a", "west"): 0.4}
    assert outside(found) == {"a": 0.2}


def test_an_area_without_persons_is_weighted_by_ground_and_says_so():
    old = vintage_of("old", {"park": shapely.box(0, 0, 2, 0.5), "town": shapely.box(0, 0.5, 2, 1)})
    points = pl.DataFrame({"longitude": [0.5], "latitude": [0.75], "persons": [10]})
    found = population_weighted(old, HALVES, points)
    assert shares(found) == {("park", "east"): 0.5, ("park", "west"): 0.5, ("town", "west"): 1.0}
    assert found.outside.select("area", "weighted_by").rows() == [("park", "area"), ("town", "population")]


@pytest.mark.parametrize("persons", [[0, 0], [-1, 5], [float("nan"), 5]])
def test_a_layer_without_persons_is_refused(persons):
    points = pl.DataFrame({"longitude": [0.5, 1.5], "latitude": [0.5, 0.5], "persons": persons})
    with pytest.raises(BadInput, match=r"[Pp]ersons"):
        population_weighted(HALVES, HALVES, points)


def test_a_share_of_one_is_no_sliver():
    with pytest.raises(BadInput, match="no sliver"):
        area_weighted(HALVES, HALVES, sliver=1.0)


def test_square_metres_equal_those_of_a_geodesic_wherever_the_shape_lies():
    from pyproj import Geod

    rng = np.random.default_rng(4)
    geod = Geod(ellps="WGS84")
    for lon, lat in zip(rng.uniform(-170, 170, 60), rng.uniform(-65, 65, 60), strict=True):
        angles = np.arange(6) / 6 * 2 * np.pi + rng.uniform()
        across = 0.09 / np.cos(np.radians(lat))  # sides of 10 km
        shape = shapely.Polygon(np.column_stack((lon + across * np.cos(angles), lat + 0.09 * np.sin(angles))))
        exact = abs(geod.geometry_area_perimeter(shapely.segmentize(shape, 0.0005))[0])
        assert square_metres(np.array([shape]))[0] == pytest.approx(exact, rel=1e-7)


def test_countries_near_the_polar_circle_are_divided_as_a_geodesic_divides_them():
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    north, findings = read_geography(NORTH, "north", shown="", sha256="")
    assert findings == ()
    bands = vintage_of("bands", {f"{low}": shapely.box(-30, low, 40, low + 2) for low in range(57, 71, 2)})
    found = area_weighted(north, bands, sliver=0)
    assert max(outside(found).values()) < 1e-6
    wanted = {}
    for area, wkb in north.areas.select("area", "wkb").iter_rows():
        shape = shapely.segmentize(shapely.from_wkb(wkb), 0.01)
        whole = abs(geod.geometry_area_perimeter(shape)[0])
        for low in range(57, 71, 2):
            part = shapely.intersection(shape, shapely.segmentize(shapely.box(-30, low, 40, low + 2), 0.01))
            if part.area:
                wanted[area, f"{low}"] = abs(geod.geometry_area_perimeter(part)[0]) / whole
    assert set(shares(found)) == set(wanted)
    assert max(abs(share - wanted[key]) for key, share in shares(found).items()) < 1e-4
    flat = {key: plain_share(north.areas, *key) for key in wanted}
    assert max(abs(share - wanted[key]) for key, share in flat.items()) > 0.01  # what degrees as they stand would do


def plain_share(areas: pl.DataFrame, area: str, low: str) -> float:
    shape = shapely.from_wkb(areas.filter(area=area)["wkb"].item())
    return float(shape.intersection(shapely.box(-30, int(low), 40, int(low) + 2)).area / shape.area)


def test_the_shipped_crosswalk_of_iztapalapa_is_that_of_ground():
    folder = CITIES / "iztapalapa" / "geography"
    old, new = (
        read_geography(folder / name / "areas.geojson", name, shown="", sha256="")[0]
        for name in ("ageb-2020", "colonia")
    )
    found = area_weighted(old, new, sliver=0)
    shipped = pl.read_csv(folder / "crosswalk.csv", schema_overrides={"area": pl.String})
    ours = found.links.with_columns(pl.col("share") / (1 - pl.col("outside")))  # shipped shares were made to sum to 1
    both = shipped.join(ours, on=["area", "shown_area"], how="full", suffix="_ours").select(
        pl.col("share", "share_ours").fill_null(0.0)
    )
    assert np.corrcoef(both["share"], both["share_ours"])[0, 1] > 0.9999
    assert (both["share"] - both["share_ours"]).abs().max() < 0.02  # outlines were simplified by 3 m after it was made
    assert found.outside["outside"].max() < 0.05


# --- figures carried


def test_counts_are_divided_and_what_is_outside_is_returned():
    found = area_weighted(vintage_of("old", {"a": shapely.box(0, 0, 8 / 3, 1), "b": shapely.box(0, 0, 1, 1)}), HALVES)
    carried = apply_counts(found, pl.DataFrame({"area": ["a", "b"], "value": [80, 5]}))
    rows = [(r["area"], round(r["value"], 3), r["known"], r["flags"]) for r in carried.values.to_dicts()]
    assert rows == [("east", 30.0, 1.0, "crosswalked"), ("west", 35.0, 1.0, "crosswalked")]
    assert carried.outside == pytest.approx(20.0, abs=1e-3)


def test_areas_that_are_only_put_together_bear_no_flag():
    old = vintage_of("old", {"a": shapely.box(0, 0, 1, 0.5), "b": shapely.box(0, 0.5, 1, 1)})
    carried = apply_counts(area_weighted(old, HALVES), pl.DataFrame({"area": ["a", "b"], "value": [3, 4]}))
    assert carried.values.rows() == [("west", 7.0, 1.0, "")]


def test_a_count_that_is_not_known_makes_no_zero():
    old = vintage_of("old", {"a": shapely.box(0, 0, 1, 0.5), "b": shapely.box(0, 0.5, 2, 1)})
    carried = apply_counts(area_weighted(old, HALVES), pl.DataFrame({"area": ["b"], "value": [8]}))
    assert [(a, None if v is None else round(v, 3), k) for a, v, k, _ in carried.values.rows()] == [
        ("east", 4.0, 1.0),
        ("west", None, 0.5),
    ]


def test_rates_are_a_mean_over_people_and_say_how_many_are_known():
    old = vintage_of("old", {"a": shapely.box(0, 0, 1, 0.5), "b": shapely.box(0, 0.5, 2, 1)})
    people = pl.DataFrame({"area": ["a", "b"], "value": [100, 600]})
    found = area_weighted(old, HALVES)
    both = apply_rates(found, pl.DataFrame({"area": ["a", "b"], "value": [50.0, 10.0]}), people).values
    assert both.filter(area="west")["value"].item() == pytest.approx((100 * 50 + 300 * 10) / 400, abs=1e-3)
    one = apply_rates(found, pl.DataFrame({"area": ["a"], "value": [50.0]}), people).values
    assert one.filter(area="west").select("value", "known").row(0) == pytest.approx((50.0, 0.25), abs=1e-5)
    assert one.filter(area="east")["value"].item() is None


@pytest.mark.parametrize(
    ("areas", "says"), [(["a", "x"], "no area of old"), (["a", "a"], "more than once")], ids=["unknown", "twice"]
)
def test_figures_that_fit_no_area_are_refused(areas, says):
    found = area_weighted(vintage_of("old", {"a": shapely.box(0, 0, 1, 1)}), HALVES)
    with pytest.raises(BadInput, match=says):
        apply_counts(found, pl.DataFrame({"area": areas, "value": [1, 2]}))
    with pytest.raises(BadInput, match="no persons"):
        apply_rates(found, pl.DataFrame({"area": ["a"], "value": [1]}), pl.DataFrame({"area": ["a"], "value": [None]}))


def strips(name: str, cuts: list[float], low: float) -> dict[str, shapely.Polygon]:
    edges = sorted(set(cuts))
    return {f"{name}{i}": shapely.box(a, low, b, low + 0.5) for i, (a, b) in enumerate(pairwise(edges))}


CUTS = st.lists(st.integers(0, 200).map(lambda n: n / 100), min_size=2, max_size=8, unique=True)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    old=CUTS, new=CUTS, latitude=st.integers(-80, 79), counts=st.lists(st.integers(0, 10**6), min_size=8, max_size=8)
)
def test_totals_are_conserved_whatever_the_boundaries(old, new, latitude, counts):
    before = vintage_of("old", strips("a", old, latitude))
    after = vintage_of("new", strips("b", new, latitude + 0.1))
    found = area_weighted(before, after)
    values = pl.DataFrame({"area": before.areas["area"], "value": counts[: before.areas.height]})
    carried = apply_counts(found, values)
    total = float(values["value"].sum())
    assert float(carried.values["value"].sum()) + carried.outside == pytest.approx(total, rel=1e-9, abs=1e-6)
    sums = found.outside.join(found.links.group_by("area").agg(pl.col("share").sum()), on="area", how="left")
    assert (sums["share"].fill_null(0.0) + sums["outside"] - 1).abs().max() < 1e-9
    assert found.links["share"].is_between(0, 1 + 1e-12).all()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(old=CUTS, new=CUTS, shift=st.integers(-170, 170))
def test_shares_do_not_depend_on_where_along_a_parallel_the_city_lies(old, new, shift):
    def found(by: float) -> dict[tuple[str, str], float]:
        before, after = strips("a", [x + by for x in old], 40), strips("b", [x + by for x in new], 40)
        return shares(area_weighted(vintage_of("old", before), vintage_of("new", after), sliver=0), 9)

    here, there = found(0), found(shift)
    assert all(here.get(key, 0) == pytest.approx(there.get(key, 0), abs=1e-6) for key in {*here, *there})
