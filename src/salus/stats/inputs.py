"""Checks of the arguments that estimators share: numbers, levels, seeds and spatial weights.

Each refuses with `BadInput` what cannot mean anything; missing values are left to the estimator.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salus.errors import BadInput

Array: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[Any] | Sequence[float]
Seed: TypeAlias = int | np.random.Generator | None
Weights: TypeAlias = "sparse.csr_array[np.float64, tuple[int, int]]"


def numbers(values: object, name: str, *, minimum: float | None = None, missing: bool = False) -> Array:
    """The values as floats; refuses text, values below `minimum`, infinities and, unless allowed, NaN.

    >>> numbers([1, 2], "events", minimum=0)
    array([1., 2.])
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name} are not numbers", remedy="give numbers, NaN where missing") from error
    if np.isinf(array).any() or (not missing and np.isnan(array).any()):
        raise BadInput(f"{name} hold missing or infinite values", remedy="leave those rows out, and say so")
    if minimum is not None and (array < minimum).any():
        raise BadInput(f"{name} hold values below {minimum:g}", remedy="check the source rows")
    return array


def together(**arrays: Array) -> None:
    """Refuses one-dimensional arrays that differ in length, or are empty.

    >>> together(events=numbers([1.0], "events"), exposure=numbers([2.0], "exposure"))
    """
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1 or any(len(shape) != 1 or shape[0] == 0 for shape in shapes.values()):
        raise BadInput(
            f"{', '.join(arrays)} must be lists of one length, not {list(shapes.values())}",
            remedy="give one value for each area, stratum or period, in the same order",
        )


def tail_of(level: float) -> float:
    """The probability in each tail of an interval with this level.

    >>> round(tail_of(0.95), 6)
    0.025
    """
    if not 0 < level < 1:
        raise BadInput(f"A level of {level} is no probability", remedy="give one between 0 and 1")
    return (1 - level) / 2


def generator(seed: Seed) -> np.random.Generator:
    """A random generator from a seed; None stands for 0, so that every result can be repeated.

    >>> float(generator(1).random()) == float(generator(1).random())
    True
    """
    return np.random.default_rng(0 if seed is None else seed)


def weight_matrix(weights: object, n: int) -> Weights:
    """Spatial weights as an n x n sparse matrix, from a `libpysal.graph.Graph` or a matrix.

    >>> weight_matrix([[0, 1], [1, 0]], 2).shape
    (2, 2)
    """
    given: Any = getattr(weights, "sparse", weights)
    dense: Any = given if sparse.issparse(given) else np.asarray(given, dtype=np.float64)
    matrix: Any = sparse.csr_array(dense)
    if matrix.shape != (n, n):
        raise BadInput(f"Weights of shape {matrix.shape} do not fit {n} areas", remedy="a row for each area")
    numbers(matrix.data, "Weights")
    return cast("Weights", matrix.astype(np.float64))
