"""Log-linear quasi-Poisson models of many series at once, by iteratively reweighted least squares.

All series share one design, so the sums of a step are matrix products. Start, stopping rule and the
working weights kept are those of R `glm`, so that results agree to more digits than the rule assures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from salus.stats.inputs import Array

_ROUNDS, _TOLERANCE, _SMALLEST = 25, 1e-8, float(np.log(np.finfo(np.float64).eps))
_ONE_THREAD = 250_000  # multiplications; OpenBLAS takes a second thread above 262,144


@dataclass(frozen=True)
class LogLinearFits:
    """Models of s series with n values and p coefficients.

    `beta` (s, p); `mean` (s, n), the fitted counts; `working` (s, n), the weights of the last step;
    `covariance` (s, p, p), to be multiplied by the dispersion; `dispersion` (s), Pearson's; `df`, the
    residual degrees of freedom; `converged` (s).

    >>> import numpy as np
    >>> fit_log_linear(np.array([[2.0, 4.0]]), np.ones((2, 1))).mean.round(6)
    array([[3., 3.]])
    """

    beta: Array
    mean: Array
    working: Array
    covariance: Array
    dispersion: Array
    df: int
    converged: NDArray[np.bool_]

    def leverage(self, design: Array) -> Array:
        """How much each value pulls its own fit, 0 to 1, (s, n): the diagonal of the hat matrix."""
        one, other = np.triu_indices(design.shape[1])
        flat = self.covariance[:, one, other] * np.where(one == other, 1.0, 2.0)
        return np.minimum(self.working * _times(flat, _pairs(design).T), 1.0)


def fit_log_linear(
    counts: Array, design: Array, prior: Array | None = None, offset: Array | None = None
) -> LogLinearFits:
    """Fits log mean = design · beta + offset to each row of `counts` (s, n), with weights `prior` (s, n).

    `design` is (n, p), of full rank. A series that has not settled after 25 steps has `converged` False.

    >>> import numpy as np
    >>> fits = fit_log_linear(np.array([[1.0, 2.0, 4.0]]), np.column_stack([np.ones(3), np.arange(3)]))
    >>> np.exp(fits.beta).round(6)
    array([[1., 2.]])
    """
    s, (n, p) = len(counts), design.shape
    weights = np.ones_like(counts) if prior is None else prior
    shift = np.zeros_like(counts) if offset is None else offset
    state = _State(np.zeros((s, p)), np.log(counts + 0.1), counts + 0.1, np.zeros_like(counts), np.full(s, np.nan))
    pairs, active, converged = _pairs(design), np.arange(s), np.zeros(s, dtype=bool)
    saturated = np.einsum("sn,sn->s", weights, special.xlogy(counts, counts) - counts)
    state.deviance[:] = _deviance((counts, weights, saturated), state.eta, state.mean)
    for _ in range(_ROUNDS):
        if not active.size:
            break
        done = state.step(active, tuple(each[active] for each in (counts, weights, saturated, shift)), design, pairs)
        converged[active[done]] = True
        active = active[~done & np.isfinite(state.deviance[active])]
    information = _symmetric(_times(state.working, pairs), p)
    rest = (counts - state.mean) / state.mean
    df = n - p
    dispersion = (state.working * rest**2).sum(axis=1) / df if df else np.full(s, np.nan)
    return LogLinearFits(state.beta, state.mean, state.working, _inverse(information), dispersion, df, converged)


@dataclass
class _State:
    beta: Array
    eta: Array
    mean: Array
    working: Array
    deviance: Array

    def step(self, rows: NDArray[np.intp], data: tuple[Array, ...], design: Array, pairs: Array) -> NDArray[np.bool_]:
        """One least-squares step for some series; says which of them have settled."""
        y, prior, saturated, offset = data
        mean, p = self.mean[rows], design.shape[1]
        working = prior * mean
        target = working * (self.eta[rows] - offset) + prior * (y - mean)
        beta = _solve(_symmetric(_times(working, pairs), p), _times(target, design))
        with np.errstate(over="ignore", invalid="ignore"):
            eta = np.maximum(_times(beta, design.T) + offset, _SMALLEST)
            mean = np.exp(eta)
            deviance = _deviance((y, prior, saturated), eta, mean)
            settled: NDArray[np.bool_] = np.abs(deviance - self.deviance[rows]) < _TOLERANCE * (np.abs(deviance) + 0.1)
        usable = np.isfinite(deviance)
        kept = rows[usable]
        for stored, new in zip((self.beta, self.eta, self.mean, self.working), (beta, eta, mean, working), strict=True):
            stored[kept] = new[usable]
        self.deviance[rows] = deviance
        return settled


def _deviance(data: tuple[Array, Array, Array], eta: Array, mean: Array) -> Array:
    """Twice the log-likelihood lost against a model that fits every value (`saturated`)."""
    y, prior, saturated = data
    deviance: Array = 2 * (saturated - np.einsum("sn,sn->s", prior, y * eta - mean))
    return deviance


def _times(rows: Array, columns: Array) -> Array:
    """The matrix product in blocks so small that BLAS keeps to one thread.

    Threads that wait for each other make products of this size several times slower on a busy machine.
    """
    block = max(1, _ONE_THREAD // columns.size)
    whole = len(rows) // block * block
    product = np.empty((len(rows), columns.shape[1]))
    stacked = rows[:whole].reshape(-1, block, rows.shape[1])
    np.matmul(stacked, columns, out=product[:whole].reshape(-1, block, columns.shape[1]))
    np.matmul(rows[whole:], columns, out=product[whole:])
    return product


def _pairs(design: Array) -> Array:
    """The products of every two columns, each pair once, so that weights @ pairs is the information."""
    one, other = np.triu_indices(design.shape[1])
    return design[:, one] * design[:, other]


def _symmetric(sums: Array, p: int) -> Array:
    """Matrices p × p from the sums of pairs."""
    place = np.zeros((p, p), dtype=np.int64)
    place[np.triu_indices(p)] = np.arange(sums.shape[1])
    return sums[:, np.maximum(place, place.T)]


def _solve(information: Array, right: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(information, right[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError:  # one singular matrix stops the whole stack
        return np.asarray(np.einsum("spq,sq->sp", np.linalg.pinv(information), right), dtype=np.float64)


def _inverse(information: Array) -> Array:
    try:
        return np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(information), dtype=np.float64)
