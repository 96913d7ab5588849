"""Which areas are neighbours: those whose borders come within a few metres of each other."""

from typing import Final

import numpy as np
import polars as pl
import shapely
from scipy.sparse import csr_array

NEAR_METRES: Final = 30.0
"""Borders drawn by hand leave gaps; areas nearer than this touch (narrower than any street with traffic)."""
_METRES_OF_A_DEGREE: Final = 111_320.0


def contiguity(areas: pl.DataFrame, metres: float = NEAR_METRES) -> csr_array:
    """A binary matrix of neighbours, in the order of the rows (`wkb` in WGS84): symmetric, nobody neighbours itself.

    Distances are taken on a plane that is true to scale at the areas' middle latitude.
    """
    shapes = shapely.from_wkb(areas["wkb"].to_list())
    middle = float(np.radians(shapely.total_bounds(shapes)[[1, 3]].mean()))
    scale = np.array([_METRES_OF_A_DEGREE * np.cos(middle), _METRES_OF_A_DEGREE])
    plane = shapely.transform(shapes, lambda at: at * scale)
    first, second = shapely.STRtree(plane).query(plane, predicate="dwithin", distance=metres)
    other = first != second
    ones = np.ones(int(other.sum()))
    return csr_array((ones, (first[other], second[other])), shape=(len(shapes), len(shapes)))
