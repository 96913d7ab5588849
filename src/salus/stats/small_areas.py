"""Smoothing of rates in small areas: areas with few events borrow strength from all, or from neighbours.

Import from `salus.stats.rates`. Agreed with spdep `EBest`, `EBlocal`, `EBImoran.mc`, SpatialEpi `eBayes`.
"""

from dataclasses import dataclass
from typing import Generic

import numpy as np
from scipy import optimize, special

from salus.errors import BadInput
from salus.stats.inputs import (
    Array,
    Numbers,
    Seed,
    Weights,
    generator,
    numbers,
    tail_of,
    together,
    weight_matrix,
)
from salus.stats.results import Interval, Value


@dataclass(frozen=True)
class SmoothedRates(Generic[Value]):
    """Smoothed rates, one an area, per unit of exposure, with the gamma posterior of each.

    `b` is the mean of the prior, `a` its variance between areas beyond chance. Under a gamma prior
    with that mean and variance the posterior has shape b²/a + events and rate b/a + exposure (`scale`
    is 1/rate), and its mean is the estimate. Where a is 0 all areas share one rate; what remains
    unsure is that rate, so the posterior is the pooled one: shape total events + ½, scale 1/total
    exposure, as for the rate of the whole. Local smoothing has `a` and `b` by area.

    >>> empirical_bayes([0, 9], [100, 100]).shape.round(2)
    array([ 1.29, 10.29])
    """

    estimate: Array
    a: Value
    b: Value
    shape: Array
    scale: Array
    reason: str = ""

    def interval(self, level: float = 0.95) -> Interval[Array]:
        """The estimates between the quantiles of their posterior."""
        tail = tail_of(level)
        low, high = (special.gammaincinv(self.shape, p) * self.scale for p in (tail, 1 - tail))
        return Interval(self.estimate, low, high, self.reason)


@dataclass(frozen=True)
class GammaPoisson:
    """Relative risks under a gamma-Poisson model: `beta` log mean risk, `alpha` shape of the gamma.

    A small alpha means that areas differ much; infinite, that they differ no more than by chance.
    """

    beta: float
    alpha: float
    relative_risk: Array
    relative_risk_median: Array
    reason: str = ""


@dataclass(frozen=True)
class RateAutocorrelation:
    """Moran's I of standardised rates `z`, and its one-sided p (greater) if permutations were asked for."""

    statistic: float
    p_permutation: float
    z: Array
    reason: str = ""


def empirical_bayes(events: Numbers, exposure: Numbers) -> SmoothedRates[float]:
    """Rates moved toward the mean of all areas, the more the fewer events they rest on (Marshall 1991).

    Areas without exposure have no rate: NaN, and they do not enter the mean.

    >>> empirical_bayes([0, 9], [100, 100]).estimate.round(4)
    array([0.01, 0.08])
    """
    o, n = _events(events, exposure)
    there = n > 0
    if not there.any():
        return SmoothedRates(*_nothing(o.size), reason="no area has exposure")
    b = float(o[there].sum() / n[there].sum())
    raw = np.divide(o, n, out=np.full(n.size, np.nan), where=there)
    spread = float((n[there] * (raw[there] - b) ** 2).sum() / n[there].sum())
    a = max(0.0, spread - b / float(n[there].mean()))
    all_a, all_b = np.full(n.size, a), np.full(n.size, b)
    pooled = np.full(n.size, o[there].sum()), np.full(n.size, n[there].sum())
    shape, scale = _posterior(o, n, all_a, all_b, *pooled)
    reasons = [] if a > 0 else ["areas differ no more than by chance: all have the pooled rate"]
    reasons += [] if there.all() else ["some areas have no exposure"]
    return SmoothedRates(_shrunk(raw, n, all_a, all_b), a, b, shape, scale, "; ".join(reasons))


def empirical_bayes_local(events: Numbers, exposure: Numbers, weights: object) -> SmoothedRates[Array]:
    """Rates moved toward the mean of each area and its neighbours (Marshall 1991, local).

    Neighbours are the non-zero weights, and the area itself. The variance uses each neighbour's own
    local mean, as spdep `EBlocal(geoda=FALSE)`. NaN without exposure.

    >>> w = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    >>> empirical_bayes_local([2, 4, 40], [100, 100, 100], w).b.round(3)
    array([0.03 , 0.153, 0.22 ])
    """
    o, n = _events(events, exposure)
    near = _neighbourhoods(weights, o.size)
    o = np.where(n > 0, o, 0.0)
    around, at_risk = np.asarray(near @ o), np.asarray(near @ n)
    raw = np.divide(o, n, out=np.full(n.size, np.nan), where=n > 0)
    b = np.divide(around, at_risk, out=np.full(n.size, np.nan), where=at_risk > 0)
    apart = np.where(n > 0, n * (np.nan_to_num(raw) - np.nan_to_num(b)) ** 2, 0.0)
    between, counted = np.asarray(near @ apart), np.asarray(near @ (n > 0).astype(np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.maximum(0.0, between / at_risk - b * counted / at_risk)
    shape, scale = _posterior(o, n, a, b, around, at_risk)
    return SmoothedRates(
        _shrunk(raw, n, a, b), a, b, shape, scale, "" if (n > 0).all() else "some areas have no exposure"
    )


def gamma_poisson(observed: Numbers, expected: Numbers) -> GammaPoisson:
    """Relative risks smoothed by a gamma-Poisson model fitted by maximum likelihood (Clayton & Kaldor 1987).

    >>> fit = gamma_poisson([9, 39, 11, 0, 1, 2], [1.4, 8.7, 3.0, 4.2, 7.0, 3.6])
    >>> fit.relative_risk.round(1)
    array([5.9, 4.4, 3.6, 0.1, 0.2, 0.7])
    """
    y, e = _events(observed, expected)
    if (e <= 0).any():
        raise BadInput("Some areas expect no events", remedy="leave areas without exposure out")
    if y.sum() == 0:
        blank = np.full(y.size, np.nan)
        return GammaPoisson(float("nan"), float("nan"), blank, blank, "no events")
    mean = y.sum() / e.sum()
    if ((y - mean * e) ** 2 - y).sum() <= 0:
        same = np.full(y.size, mean)
        return GammaPoisson(float(np.log(mean)), float("inf"), same, same, "differences as by chance")
    beta, alpha = _negative_binomial(y, e)
    risk = np.exp(beta)
    shape, rate = alpha + y, alpha / risk + e
    return GammaPoisson(beta, alpha, shape / rate, special.gammaincinv(shape, 0.5) / rate)


def assuncao_reis(
    events: Numbers, exposure: Numbers, weights: object, permutations: int = 0, seed: Seed = None
) -> RateAutocorrelation:
    """Whether high rates lie near high rates, allowing for their unequal precision (Assunção & Reis 1999).

    Moran's I of rates standardised by their empirical Bayes variance; weights are used as given.

    >>> w = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    >>> round(assuncao_reis([1, 2, 8, 9], [100, 100, 100, 100], w).statistic, 3)
    0.4
    """
    o, n = _events(events, exposure)
    if (n <= 0).any():
        raise BadInput("Some areas have no exposure", remedy="leave them out of events, exposure and weights")
    matrix = weight_matrix(weights, o.size)
    smooth = empirical_bayes(o, n)
    total = float(matrix.sum())
    if smooth.b == 0 or total == 0 or np.ptp(o / n) == 0:
        return RateAutocorrelation(
            float("nan"), float("nan"), np.full(o.size, np.nan), "no events, no differences, or no neighbours"
        )
    z = (o / n - smooth.b) / np.sqrt(smooth.a + smooth.b / n)
    centred = z - z.mean()
    factor = o.size / total / float(centred @ centred)
    statistic = factor * float(centred @ (matrix @ centred))
    if permutations < 1:
        return RateAutocorrelation(statistic, float("nan"), z)
    rng = generator(seed)
    shuffled = (rng.permutation(centred) for _ in range(permutations))
    as_high = sum(factor * float(x @ (matrix @ x)) >= statistic for x in shuffled)
    return RateAutocorrelation(statistic, (as_high + 1) / (permutations + 1), z)


def _events(events: object, exposure: object) -> tuple[Array, Array]:
    o, n = numbers(events, "events", minimum=0), numbers(exposure, "exposure", minimum=0)
    together(events=o, exposure=n)
    return o, n


def _neighbourhoods(weights: object, n: int) -> Weights:
    near = weight_matrix(weights, n)
    near.setdiag(1.0)
    near.eliminate_zeros()
    near.data[:] = 1.0
    return near


def _nothing(size: int) -> tuple[Array, float, float, Array, Array]:
    blank = np.full(size, np.nan)
    return blank, float("nan"), float("nan"), blank, blank


def _shrunk(raw: Array, n: Array, a: Array, b: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        own = a / (a + b / n)
    return np.where(a > 0, b + own * (raw - b), np.where(n > 0, b, np.nan))


def _posterior(o: Array, n: Array, a: Array, b: Array, pool_o: Array, pool_n: Array) -> tuple[Array, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = np.where(a > 0, b**2 / a + o, pool_o + 0.5)
        scale = np.where(a > 0, 1 / (b / a + n), 1 / pool_n)
    return np.where(n > 0, shape, np.nan), np.where(n > 0, scale, np.nan)


def _negative_binomial(y: Array, e: Array) -> tuple[float, float]:
    def loss(parameters: Array) -> tuple[float, Array]:
        beta, alpha = parameters[0], np.exp(parameters[1])
        mu = e * np.exp(beta)
        fit = (
            special.gammaln(y + alpha)
            - special.gammaln(alpha)
            + alpha * np.log(alpha)
            + y * np.log(mu)
            - (y + alpha) * np.log(alpha + mu)
        ).sum()
        by_beta = ((y - mu) * alpha / (alpha + mu)).sum()
        by_alpha = (
            special.digamma(y + alpha)
            - special.digamma(alpha)
            + np.log(alpha)
            + 1
            - np.log(alpha + mu)
            - (y + alpha) / (alpha + mu)
        ).sum()
        return -fit, -np.array([by_beta, by_alpha * alpha])

    start = np.array([np.log(y.sum() / e.sum()), 0.0])
    rough = optimize.minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-6})

    def slope(parameters: Array) -> Array:
        return loss(parameters)[1]

    exact = optimize.root(slope, rough.x, tol=1e-12)
    best = exact.x if np.abs(slope(exact.x)).max() < 1e-6 else rough.x
    return float(best[0]), float(np.exp(best[1]))
