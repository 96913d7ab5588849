"""Density maps know only what the gate lets out, and are no sharper than the areas."""

import ast
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely

import salus
from salus.surfaces import surface

SIDE, DEGREE = 8, 0.01  # squares of about 1.1 km at the equator


def areas() -> pl.DataFrame:
    boxes = [shapely.box(i, j, i + 1, j + 1) for i in range(SIDE) for j in range(SIDE)]
    wkb = [shapely.to_wkb(shapely.transform(box, lambda at: at * DEGREE)) for box in boxes]
    return pl.DataFrame({"area": [f"a{n:02d}" for n in range(SIDE**2)], "wkb": wkb})


def rows(counts: np.ndarray, hidden: tuple[int, ...] = ()) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "area": [f"a{n:02d}" for n in range(SIDE**2)],
            "numerator": [None if n in hidden else float(c) for n, c in enumerate(counts.ravel())],
            "status": ["hidden" if n in hidden else "shown" if c else "zero" for n, c in enumerate(counts.ravel())],
        }
    )


def test_an_even_city_has_one_density_up_to_its_border_and_keeps_its_total():
    made = surface(rows(np.full((SIDE, SIDE), 40)), areas(), years=2.0)
    expected = 40 / 2 / (1.1132**2)
    assert np.allclose(made.cells["density"], expected, rtol=0.03)
    assert made.cells["density"].sum() * (made.cell_m / 1000) ** 2 == pytest.approx(64 * 20, rel=0.03)


def test_a_hidden_area_changes_no_cell_whatever_it_holds():
    counts = np.full((SIDE, SIDE), 40)
    with_one, with_four = counts.copy(), counts.copy()
    with_one[3, 3], with_four[3, 3] = 1, 4
    one, four = (surface(rows(c, hidden=(27,)), areas(), 1.0) for c in (with_one, with_four))
    assert one.cells.equals(four.cells)
    assert one.holes == 1


def test_a_hidden_area_is_a_hole_and_pulls_nothing_down_beside_it():
    made = surface(rows(np.full((SIDE, SIDE), 40), hidden=(27,)), areas(), 1.0)
    inside = made.cells.filter(pl.col("lon").is_between(0.0302, 0.0398) & pl.col("lat").is_between(0.0302, 0.0398))
    assert inside.is_empty()
    assert np.allclose(made.cells["density"], 40 / 1.1132**2, rtol=0.05)


def test_a_single_area_with_events_is_a_hill_wider_than_the_area_and_centred_on_it():
    counts = np.zeros((SIDE, SIDE))
    counts[4, 4] = 60
    made = surface(rows(counts), areas(), 1.0)
    top = made.cells.sort("density", descending=True).head(9)
    assert abs(top["lon"].mean() - 0.045) < 0.002
    assert abs(top["lat"].mean() - 0.045) < 0.002
    half = made.cells.filter(pl.col("density") > made.cells["density"].max() / 2)
    assert half.height * (made.cell_m / 1000) ** 2 > 2 * 1.1132**2
    assert made.bandwidth_m == pytest.approx(2 * 1113.2 / np.sqrt(np.pi), rel=0.01)


def test_of_few_areas_or_no_events_there_is_no_map():
    assert surface(rows(np.full((SIDE, SIDE), 40)).head(19), areas().head(19), 1.0) is None
    assert surface(rows(np.zeros((SIDE, SIDE))), areas(), 1.0) is None


def test_no_other_module_makes_a_kernel_map_so_none_can_be_made_of_records():
    source = Path(salus.__file__).parent
    users = set()
    for file in source.rglob("*.py"):
        names = {n.id for n in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(n, ast.Name)}
        if names & {"kernel_density", "bandwidth_likelihood"}:
            users.add(file.relative_to(source).as_posix())
    assert users == {"stats/kernel.py", "surfaces.py"}
