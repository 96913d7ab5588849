import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.evidence.cells import EDGE, CellIndex
from salus.evidence.geography import Locator
from salus.model.city import Geography


def locator(shapes: list[shapely.Geometry]) -> Locator:
    ids = [f"a{i:03d}" for i in range(len(shapes))]
    frame = pl.DataFrame({"area": ids, "wkb": [shapely.to_wkb(shape) for shape in shapes]})
    return Locator(Geography("test", frame, "test", ""))


def brute_force(shapes: list[shapely.Geometry], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Every polygon asked about every point; the first in id order that touches it holds it."""
    found = np.full(len(x), -1)
    for position in reversed(range(len(shapes))):
        found[shapely.intersects_xy(shapes[position], x, y)] = position
    return found


def crooked_city() -> list[shapely.Geometry]:
    """Areas that tile a square with crooked borders, one with a hole, one in the hole, two that overlap, one apart.

    All coordinates are eighths, so that points on vertices and edges are exactly there.
    """
    rng = np.random.Generator(np.random.PCG64(5))
    corners = np.stack(np.meshgrid(np.arange(6.0) * 4, np.arange(6.0) * 4, indexing="ij"), axis=-1)
    corners[1:-1, 1:-1] += rng.integers(-8, 9, (4, 4, 2)) / 8
    tiles = [
        shapely.Polygon([corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]])
        for i in range(5)
        for j in range(5)
    ]
    hole = shapely.box(9.5, 9.5, 10.5, 10.25)
    tiles[12] = shapely.difference(tiles[12], hole)
    # A shape of several parts, one narrower than a cell.
    apart = shapely.MultiPolygon([shapely.box(24, 0, 25, 1), shapely.box(26, 2, 26.125, 20)])
    return [*tiles, hole, shapely.box(2.5, 2.5, 7.5, 3.5), apart]


def awkward_points(shapes: list[shapely.Geometry], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random points, all vertices, points on edges, points of the cells' own lines, and points outside."""
    rng = np.random.Generator(np.random.PCG64(8))
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapes)]
    vertices = np.concatenate(rings)
    halves = np.concatenate([(ring[1:] + ring[:-1]) / 2 for ring in rings])
    eighths = rng.integers(-8, 28 * 8, (count // 4, 2)) / 8
    anywhere = rng.uniform(-1, 28, (count - count // 4 - len(vertices) - len(halves), 2))
    points = np.concatenate([vertices, halves, eighths, anywhere])
    return points[:, 0], points[:, 1]


@pytest.mark.parametrize("side", [None, 7, 64, 1000])
def test_a_million_points_find_the_area_that_asking_every_polygon_gives(side):
    shapes = crooked_city()
    x, y = awkward_points(shapes, 1_000_000 if side is None else 100_000)
    index = CellIndex.over(locator(shapes), side)
    assert np.array_equal(index.locate(x, y), brute_force(shapes, x, y))


def test_most_cells_are_decided_without_geometry():
    index = CellIndex.over(locator(crooked_city()), 256)
    assert index.cells.filter(pl.col("area") == EDGE).height < 0.2 * index.cells.height
    assert index.cells["cell"].is_unique().all()


def test_points_that_are_no_numbers_lie_nowhere():
    index = CellIndex.over(locator(crooked_city()))
    x = np.array([np.nan, np.inf, -np.inf, 1.0])
    assert index.locate(x, np.array([1.0, 1.0, np.nan, np.nan])).tolist() == [-1, -1, -1, -1]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=12, unique=True),
    st.integers(2, 50),
)
def test_any_polygon_and_any_grid_give_what_the_polygon_itself_says(corners, side):
    hull = shapely.make_valid(shapely.Polygon(corners))
    shapes = [hull, shapely.MultiPoint([(3, 70), (70, 3)]), shapely.GeometryCollection([hull, shapely.Point(60, 60)])]
    x, y = (axis.ravel() / 2 for axis in np.meshgrid(np.arange(-2, 84), np.arange(-2, 84)))
    index = CellIndex.over(locator(shapes), side)
    assert np.array_equal(index.locate(x, y), brute_force(shapes, x, y))
