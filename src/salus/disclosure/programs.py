"""Linear programs over one set of tables, asked again and again: each starts where the last one ended.

HiGHS keeps the basis between calls, so that a further question costs a few steps of the simplex method instead of a
whole solution.
"""

from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from salus.errors import Withheld

Array = NDArray[np.float64]
_QUIET: Final[dict[str, bool | int | str]] = {
    "output_flag": False,
    "threads": 1,
    "solver": "simplex",
    "presolve": "off",
    "random_seed": 0,
}
_OPTIMAL = highspy.HighsModelStatus.kOptimal
_ENDLESS = (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible)


class Program:
    """All x with `matrix @ x = right` and low <= x <= high."""

    def __init__(self, matrix: csc_array, right: Array, low: Array, high: Array) -> None:
        self._size = low.size
        self._columns = np.arange(low.size, dtype=np.int32)
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy leaves it without types
        for name, value in _QUIET.items():
            self._highs.setOptionValue(name, value)
        self._highs.passModel(_model(matrix, right, low, high))

    def bound(self, cell: int, low: float, high: float) -> None:
        """Sets the limits of one cell; equal limits fix it."""
        self._highs.changeColBounds(cell, low, high)

    def push(self, direction: Array) -> Array | None:
        """The feasible values farthest in a direction; None if there is no end to them.

        Raises `Withheld` where no values fit at all: then the sums given do not hold.
        """
        self._highs.changeColsCost(self._size, self._columns, -np.asarray(direction, dtype=float))
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in _ENDLESS:
            return None
        if status != _OPTIMAL:
            raise Withheld(
                f"The disclosure attack could not be solved: {self._highs.modelStatusToString(status)}",
                where="salus.disclosure",
                remedy="check that the totals given are the sums of their parts",
            )
        return np.array(self._highs.getSolution().col_value)

    def prices(self) -> Array:
        """What each row would give or take at the last solution if its right side moved by one (duals)."""
        return np.array(self._highs.getSolution().row_dual)


def _model(matrix: csc_array, right: Array, low: Array, high: Array) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = low.size, right.size
    model.col_cost_ = np.zeros(low.size)
    model.col_lower_, model.col_upper_ = low, high
    model.row_lower_, model.row_upper_ = right, right
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data.astype(float)
    return model
