"""Rates and their exact intervals: crude, standardised, shares, and figures others published.

Smoothing of small areas is in `salus.stats.small_areas`; its names can be imported from here too.
"""

from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
from scipy import special

from salus.errors import BadInput
from salus.stats.changes import RateRatio, rate_ratio
from salus.stats.inputs import Array, Numbers, numbers, tail_of, together
from salus.stats.results import Interval
from salus.stats.small_areas import (
    GammaPoisson,
    RateAutocorrelation,
    SmoothedRates,
    assuncao_reis,
    empirical_bayes,
    empirical_bayes_local,
    gamma_poisson,
)

__all__ = [
    "DirectRate",
    "GammaPoisson",
    "Interval",
    "PublishedInterval",
    "RateAutocorrelation",
    "RateRatio",
    "SmoothedRates",
    "assuncao_reis",
    "direct_standardised_rate",
    "empirical_bayes",
    "empirical_bayes_local",
    "gamma_poisson",
    "indirect_expected",
    "poisson_interval",
    "published_interval",
    "rate_ratio",
    "share_interval",
    "standardised_ratio",
]


@dataclass(frozen=True)
class DirectRate(Interval[float]):
    """A directly standardised rate with its interval and, beside it, the `crude` rate, per unit of exposure.

    >>> DirectRate(2.0, 1.0, 3.0, crude=1.5).crude
    1.5
    """

    crude: float = float("nan")


@dataclass(frozen=True)
class PublishedInterval(Interval[float]):
    """A figure somebody published, with limits and standard error `se`, given or derived.

    >>> PublishedInterval(2.0, 1.0, 3.0, se=0.5).se
    0.5
    """

    se: float = float("nan")


@overload
def poisson_interval(events: float, exposure: float = 1.0, *, level: float = 0.95) -> Interval[float]: ...
@overload
def poisson_interval(events: Numbers, exposure: float | Numbers = 1.0, *, level: float = 0.95) -> Interval[Array]: ...
@overload
def poisson_interval(events: float, exposure: Numbers, *, level: float = 0.95) -> Interval[Array]: ...
def poisson_interval(
    events: float | Numbers, exposure: float | Numbers = 1.0, *, level: float = 0.95
) -> Interval[float] | Interval[Array]:
    """Events per unit of exposure with the exact Poisson interval (Garwood 1936).

    The unit is events per unit of `exposure` (person-years, say). Events and exposure are numbers or
    arrays. Zero events keep an upper limit. Without exposure, or where a value is missing, the rate
    is NaN.

    >>> rate = poisson_interval(10, 2.0)
    >>> rate.value, round(rate.low, 4), round(rate.high, 4)
    (5.0, 2.3977, 9.1952)
    """
    count, at_risk = _pair(events, exposure, "events", "exposure")
    tail = tail_of(level)
    low = np.where(count > 0, special.gammaincinv(np.where(count > 0, count, 1.0), tail), count)
    high = special.gammaincinv(count + 1, 1 - tail)
    with np.errstate(divide="ignore", invalid="ignore"):
        limits = [np.where(at_risk > 0, each / at_risk, np.nan) for each in (count, low, high)]
    return _interval(*limits, reason="no exposure, or a missing value")


@overload
def standardised_ratio(
    observed: float, expected: float, method: Literal["exact", "lognormal"] = "exact", *, level: float = 0.95
) -> Interval[float]: ...
@overload
def standardised_ratio(
    observed: Numbers,
    expected: float | Numbers,
    method: Literal["exact", "lognormal"] = "exact",
    *,
    level: float = 0.95,
) -> Interval[Array]: ...
def standardised_ratio(
    observed: float | Numbers,
    expected: float | Numbers,
    method: Literal["exact", "lognormal"] = "exact",
    *,
    level: float = 0.95,
) -> Interval[float] | Interval[Array]:
    """Observed events over expected ones (SMR, SIR); 1 means as many as expected.

    `exact` limits are Poisson (Garwood); `lognormal` ones are an approximation, undefined for zero
    events (as in epitools `ageadjust.indirect`).

    >>> ratio = standardised_ratio(490, 473.2256, "lognormal")
    >>> round(ratio.value, 3), round(ratio.low, 3), round(ratio.high, 3)
    (1.035, 0.948, 1.131)
    """
    if method == "exact":
        return poisson_interval(np.asarray(observed), np.asarray(expected), level=level)
    if method != "lognormal":
        raise BadInput(f"Unknown method '{method}'", remedy="exact or lognormal")
    count, wanted = _pair(observed, expected, "observed events", "expected events")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(wanted > 0, count / wanted, np.nan)
        spread = np.exp(-special.ndtri(tail_of(level)) / np.sqrt(np.where(count > 0, count, np.nan)))
    return _interval(ratio, ratio / spread, ratio * spread, reason="no events, or none expected")


def direct_standardised_rate(
    events: Numbers, exposure: Numbers, standard: Numbers, *, level: float = 0.95
) -> DirectRate:
    """The rate a standard population would have, with gamma limits (Fay & Feuer 1997).

    One element a stratum (age group, say); `standard` holds its persons, or any weights. Per unit of
    exposure. NaN if a stratum with weight has no exposure.

    >>> rate = direct_standardised_rate([2, 8], [1000, 1000], [3, 1])
    >>> round(rate.value, 6), rate.crude
    (0.0035, 0.005)
    """
    d, n, w = (
        numbers(x, name, minimum=0)
        for x, name in ((events, "events"), (exposure, "exposure"), (standard, "standard weights"))
    )
    together(events=d, exposure=n, standard=w)
    tail, crude = tail_of(level), float(d.sum() / n.sum()) if n.sum() else float("nan")
    if w.sum() == 0 or (n[w > 0] == 0).any():
        nan = float("nan")
        return DirectRate(nan, nan, nan, "a stratum with weight has no exposure", crude=crude)
    share = w[w > 0] / w.sum() / n[w > 0]
    rate, variance, widest = share @ d[w > 0], share**2 @ d[w > 0], share.max()
    low = _gamma_quantile(rate, variance, tail) if rate > 0 else 0.0
    high = _gamma_quantile(rate + widest, variance + widest**2, 1 - tail)
    return DirectRate(float(rate), low, high, crude=crude)


def indirect_expected(events_ref: Numbers, exposure_ref: Numbers, exposure: Numbers) -> float | Array:
    """Events expected in a place if each of its strata had the reference population's rate.

    With a matrix of exposures (areas x strata), one number an area. NaN if a reference stratum has no
    exposure where the place has some.

    >>> indirect_expected([10, 40], [1000, 2000], [100, 100])
    3.0
    """
    d, n = numbers(events_ref, "reference events", minimum=0), numbers(exposure_ref, "exposure", minimum=0)
    together(events_ref=d, exposure_ref=n)
    here = numbers(exposure, "exposure", minimum=0)
    if here.ndim == 0 or here.shape[-1] != d.size:
        raise BadInput("The place has other strata than the reference", remedy="one exposure a stratum")
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = d / n
    with np.errstate(invalid="ignore"):
        expected = np.where(here > 0, here * rate, 0.0).sum(axis=-1)
    expected = np.where(np.isfinite(expected), expected, np.nan)
    return float(expected) if expected.ndim == 0 else expected


@overload
def share_interval(part: float, whole: float, *, level: float = 0.95) -> Interval[float]: ...
@overload
def share_interval(part: Numbers, whole: float | Numbers, *, level: float = 0.95) -> Interval[Array]: ...
def share_interval(
    part: float | Numbers, whole: float | Numbers, *, level: float = 0.95
) -> Interval[float] | Interval[Array]:
    """A share between 0 and 1 with the exact binomial interval (Clopper & Pearson 1934).

    For complete counts or simple random samples; survey designs belong to `salus.stats.survey`.

    >>> share = share_interval(8, 10)
    >>> share.value, round(share.low, 4), round(share.high, 4)
    (0.8, 0.4439, 0.9748)
    """
    x, n = _pair(part, whole, "parts", "wholes")
    if (x > n).any():
        raise BadInput("A part is larger than its whole", remedy="check numerator and denominator")
    tail, defined = tail_of(level), n > 0
    x, n = np.where(defined, x, np.nan), np.where(defined, n, np.nan)
    low = np.where(x > 0, special.betaincinv(np.maximum(x, 1e-9), n - x + 1, tail), x)
    high = np.where(x < n, special.betaincinv(x + 1, np.maximum(n - x, 1e-9), 1 - tail), x / n)
    return _interval(x / n, low, high, reason="the whole is zero, or a value is missing")


def published_interval(
    value: float,
    se: float | None = None,
    low: float | None = None,
    high: float | None = None,
    level: float = 0.95,
) -> PublishedInterval:
    """A published figure with the interval and standard error that follow from what was published.

    Limits as published are kept. Without them they are value ± z·se; without a standard error it is
    (high - low) / 2z, from a normal error with limits at `level`. With neither, both are NaN and the
    reason says so.

    >>> round(published_interval(30.0, low=26.08, high=33.92).se, 3)
    2.0
    """
    if (low is None) != (high is None):
        raise BadInput("Only one limit is given", remedy="give low and high, or the standard error")
    if (se is not None and se < 0) or (low is not None and high is not None and not low <= value <= high):
        raise BadInput("The value is not inside its limits, or its error is negative", remedy="check them")
    z = -float(special.ndtri(tail_of(level)))
    if low is not None and high is not None:
        return PublishedInterval(value, low, high, se=(high - low) / (2 * z) if se is None else se)
    if se is not None:
        return PublishedInterval(value, value - z * se, value + z * se, se=se)
    return PublishedInterval(value, float("nan"), float("nan"), "no interval published")


def _pair(one: object, other: object, *names: str) -> tuple[Array, Array]:
    first, second = (numbers(x, name, minimum=0, missing=True) for x, name in zip((one, other), names, strict=True))
    try:
        left, right = np.broadcast_arrays(first, second)
    except ValueError as error:
        raise BadInput(f"The {' and '.join(names)} differ in shape", remedy="one of each an area") from error
    return left, right


def _gamma_quantile(mean: float, variance: float, p: float) -> float:
    return float(special.gammaincinv(mean**2 / variance, p) * variance / mean)


def _interval(value: Array, low: Array, high: Array, *, reason: str) -> Interval[float] | Interval[Array]:
    why = reason if np.isnan(low).any() else ""
    if np.ndim(value) == 0:
        return Interval(float(value), float(low), float(high), why)
    return Interval(value, low, high, why)
