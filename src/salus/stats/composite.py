"""Scores put on one scale and brought together; every choice is an argument, none is hidden.

The methods agree with COINr; INFORM's two formulas and Salus's own capacity and relative scores are here.
"""

from collections.abc import Callable
from typing import Literal, overload

import numpy as np
from scipy import stats

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers

Normalisation = Literal["minmax", "log", "z", "rank", "distance"]
Aggregation = Literal["arithmetic", "geometric", "harmonic", "power"]
Kind = Literal["rate", "percent"]


def normalise(x: Numbers, method: Normalisation = "minmax", goalposts: object = None) -> Array:
    """Values on a common scale, column by column.

    `minmax`: 0 to 100 between the goalposts (low, high), or the least and greatest value; values beyond
    them are cut. `log`: the same on logarithms, goalposts needed. `z`: mean 0, standard deviation 1.
    `rank`: 1 for the least. `distance`: 1 at the greatest, 0 at the least. A low goalpost above the high
    one turns the scale. A column without differences is NaN; missing values stay missing.

    >>> normalise([10, 100, 10_000], "log", goalposts=(1, 10_000)).tolist()
    [25.0, 50.0, 100.0]
    """
    values = numbers(x, "values", missing=True)
    if method in {"minmax", "log"}:
        return _between(values, goalposts, logarithmic=method == "log")
    if goalposts is not None:
        raise BadInput(f"Method '{method}' takes no goalposts", remedy="use minmax or log")
    if method == "z":
        return _ratio(values - _column(np.nanmean, values), np.asarray(_spread(values)))
    if method == "rank":
        return np.asarray(stats.rankdata(values, method="min", axis=0, nan_policy="omit"), dtype=np.float64)
    if method == "distance":
        return _between(values, None, logarithmic=False) / 100
    raise BadInput(f"Unknown method '{method}'", remedy="minmax, log, z, rank or distance")


def aggregate(
    x: Numbers,
    weights: Numbers | None = None,
    method: Aggregation = "arithmetic",
    p: float | None = None,
    *,
    skip_missing: bool = False,
) -> float | Array:
    """The weighted mean of scores along the last axis: one number a unit.

    `geometric` and `harmonic` need scores above 0; `power` is the mean of order `p`. A missing score
    makes the mean NaN, unless `skip_missing` gives its weight to the others (as COINr does).

    >>> round(aggregate([10, 20, 30, 40], [1, 2, 3, 4], "geometric"), 4)
    27.8078
    """
    values = numbers(x, "scores", missing=True)
    share = np.ones(values.shape[-1]) if weights is None else numbers(weights, "weights", minimum=0)
    if share.shape != values.shape[-1:] or share.sum() == 0:
        raise BadInput("Weights do not fit the scores", remedy="one weight for each score, not all zero")
    order = _order(method, p)
    if order < 1 and (values <= 0).any():
        raise BadInput("Scores must be above 0 for this mean", remedy="put them on 1 to 100")
    here = np.where(np.isnan(values) & skip_missing, 0.0, share)
    filled = np.where(here > 0, values, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = here / here.sum(axis=-1, keepdims=True)
    if order == 0:
        return _plain(np.exp((share * np.log(filled)).sum(axis=-1)))
    return _plain((share * filled**order).sum(axis=-1) ** (1 / order))


def weakest_link_mean(scores: Numbers, weight: float = 0.7) -> float | Array:
    """The mean moved toward the weakest part: weight x mean + (1 - weight) x least, along the last axis.

    Salus's rule for capacity: strong parts make up for a weak one only in part. NaN if a part is missing.

    >>> round(weakest_link_mean([5, 5, 5, 5, 5, 0]), 4)
    2.9167
    """
    values = numbers(scores, "scores", missing=True)
    if not 0 <= weight <= 1 or values.ndim == 0 or values.shape[-1] == 0:
        raise BadInput("A weight from 0 to 1 and at least one score are needed", remedy="check them")
    return _plain(weight * values.mean(axis=-1) + (1 - weight) * values.min(axis=-1))


@overload
def inform_risk(h: float, v: float, c: float) -> float: ...
@overload
def inform_risk(h: Numbers, v: float | Numbers, c: float | Numbers) -> Array: ...
def inform_risk(h: float | Numbers, v: float | Numbers, c: float | Numbers) -> float | Array:
    """INFORM's risk: the geometric mean of hazard, vulnerability and lack of coping capacity, each 0 to 10.

    >>> round(inform_risk(6.4, 5.1, 4.7), 2)
    5.35
    """
    hazard, vulnerable, lack = (numbers(each, "scores", minimum=0, missing=True) for each in (h, v, c))
    return _plain(np.cbrt(hazard * vulnerable * lack))


def complementary_geometric_mean(x: Numbers) -> float | Array:
    """INFORM's mean of scores 0 to 10 along the last axis, in which a high score weighs more.

    >>> round(complementary_geometric_mean([7, 3]), 3)
    5.337
    """
    values = numbers(x, "scores", minimum=0, missing=True)
    if (values > 10).any():
        raise BadInput("Scores lie above 10", remedy="put them on 0 to 10")
    inverse = (10 - values) / 10 * 9 + 1
    return _plain(10 - (np.exp(np.log(inverse).mean(axis=-1)) - 1) / 9 * 10)


@overload
def relative_score(value: float, reference: float, kind: Kind = "rate") -> float: ...
@overload
def relative_score(value: Numbers, reference: float | Numbers, kind: Kind = "rate") -> Array: ...
def relative_score(value: float | Numbers, reference: float | Numbers, kind: Kind = "rate") -> float | Array:
    """A value against a reference (the mean of all areas) on 0 to 100: 50 is the same, 67 twice as much.

    Rates: 100·v/(v + m). Percentages (0 to 100): the same with odds, so that 100 % scores 100. NaN where
    both are zero (or both 100 %), for then nothing can be compared.

    >>> relative_score([0, 5, 10], 5).round(1).tolist()
    [0.0, 50.0, 66.7]
    """
    v, m = (numbers(each, "values", minimum=0, missing=True) for each in (value, reference))
    if kind not in {"rate", "percent"} or (kind == "percent" and ((v > 100).any() or (m > 100).any())):
        raise BadInput(f"Values do not fit the kind '{kind}'", remedy="rate, or percent from 0 to 100")
    own, other = (v, m) if kind == "rate" else (v * (100 - m), m * (100 - v))
    return _plain(_ratio(100 * own, own + other))


def _between(values: Array, goalposts: object, *, logarithmic: bool) -> Array:
    if goalposts is None and logarithmic:
        raise BadInput("A log scale needs goalposts", remedy="give (low, high), both above 0")
    if goalposts is None:
        low, high = _column(np.nanmin, values), _column(np.nanmax, values)
    else:
        posts = numbers(goalposts, "goalposts")
        if posts.shape[-1:] != (2,) or (posts[..., 0] == posts[..., 1]).any():
            raise BadInput("Goalposts are two different numbers", remedy="give (low, high)")
        low, high = posts[..., 0], posts[..., 1]
    if logarithmic:
        if (np.minimum(low, high) <= 0).any() or (values < 0).any():
            raise BadInput("A log scale needs goalposts above 0 and no negative value", remedy="use minmax")
        with np.errstate(divide="ignore"):
            values, low, high = np.log(values), np.log(low), np.log(high)
    return np.asarray(np.clip(_ratio(values - low, np.asarray(high - low)), 0, 1) * 100)


def _column(reduce: Callable[..., object], values: Array) -> Array:
    if values.size == 0 or np.isnan(values).all(axis=0).any():
        raise BadInput("A column has no values", remedy="leave it out, and say so")
    return np.asarray(reduce(values, axis=0), dtype=np.float64)


def _spread(values: Array) -> Array:
    few = (~np.isnan(values)).sum(axis=0) < 2
    whole = np.nanstd(np.where(few, 0.0, values), axis=0, ddof=1 if values.shape[0] > 1 else 0)
    return np.asarray(whole)


def _ratio(top: Array, bottom: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(bottom != 0, top / bottom, np.nan))


def _order(method: str, p: float | None) -> float:
    if (method == "power") != (p is not None):
        raise BadInput("Order p and method 'power' belong together", remedy="give both or neither")
    orders = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0, "power": p}
    if method not in orders:
        raise BadInput(f"Unknown method '{method}'", remedy=", ".join(orders))
    return float(orders[method] or 0.0)


def _plain(values: object) -> float | Array:
    array = np.asarray(values, dtype=np.float64)
    return float(array) if array.ndim == 0 else array
