"""Square metres of shapes in degrees, by a projection in which areas are true wherever on earth they lie."""

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

_A: Final = 6_378_137.0  # WGS84: half of the larger axis, in metres
_E2: Final = 0.006_694_379_990_14  # square of its eccentricity


def square_metres(shapes: NDArray[Any]) -> NDArray[np.float64]:
    """The area of polygons in WGS84, in m²; holes are not counted.

    The cylindrical equal-area projection of the ellipsoid (Snyder 1987, Map Projections, p. 81) keeps every area true
    and needs nothing but a sine and a logarithm. A side is taken as straight on that map, not in degrees: for areas
    of six sides of 10 km between 65° south and north the error is below a ten-millionth, of 50 km some millionths.

    >>> quadrant = shapely.box(0, 0, 90, 90)
    >>> f"{square_metres(np.array([quadrant]))[0] / 510_065_621_724_088 * 8:.6f}"  # of an eighth of the earth
    '1.000000'
    """
    return np.asarray(shapely.area(shapely.transform(shapely.force_2d(shapes), _projected)), dtype=float)


def _projected(at: NDArray[np.float64]) -> NDArray[np.float64]:
    sine, e = np.sin(np.radians(at[:, 1])), np.sqrt(_E2)
    q = (1 - _E2) * (sine / (1 - _E2 * sine**2) + np.arctanh(e * sine) / e)
    return np.column_stack((_A * np.radians(at[:, 0]), _A * q / 2))
