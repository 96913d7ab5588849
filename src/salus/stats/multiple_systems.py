"""Hidden populations from lists that overlap little: how many victims are on none of them.

Chan, Silverman & Vincent (2021), J. Am. Stat. Assoc. 116: pairs of lists without anybody in common, models that have
no estimate, and a stepwise choice of pairs. SDG 16.2.2 counts victims of trafficking so.
"""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from salus.errors import BadInput
from salus.stats.capture_histories import (
    Histories,
    PopulationEstimate,
    estimate_of,
    histories_of,
    no_estimate,
    poisson_fit,
)
from salus.stats.closed_population import closed_population
from salus.stats.inputs import Array, Numbers, tail_of

__all__ = ["PopulationEstimate", "SparseEstimate", "closed_population", "sparse_multiple_systems"]

Pair: TypeAlias = tuple[int, int]

_FEWEST = 3
_ABOVE_ZERO = 1e-6


@dataclass(frozen=True)
class SparseEstimate(PopulationEstimate):
    """The estimate of the chosen model, the pairs of lists it holds, and the range over the models on the way.

    `pairs` are columns, from 0; `apart` are those of them that have nobody in common. `lowest` and
    `highest` are the estimates of all models that were fitted from the first to the chosen one.

    >>> SparseEstimate("lists", 900.0, 700.0, 1200.0, pairs=((0, 1),)).pairs
    ((0, 1),)
    """

    pairs: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()
    lowest: float = float("nan")
    highest: float = float("nan")


def sparse_multiple_systems(
    lists: Numbers, counts: Numbers | None = None, p_threshold: float = 0.02, *, level: float = 0.95
) -> SparseEstimate:
    """How many there are in all, from at least three lists without duplicates.

    `lists` is a matrix of 0 and 1, persons (or histories with `counts`) × lists. Pairs of lists that
    occur together more, or less, often than the model expects are added one by one, the least probable
    first, while its one-sided Poisson p-value is below `p_threshold`, and only where the estimate
    exists and is the only one. The limits are conditional on the chosen model; look at `lowest` and
    `highest` too. Without any estimate the numbers are NaN and `reason` says why.

    >>> rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]]
    >>> found = sparse_multiple_systems(rows, [140, 90, 60, 33, 24, 17, 6])
    >>> found.model, round(found.estimate), found.exists, found.identifiable
    ('lists', 728, True, True)
    """
    if not 0 <= p_threshold < 1:
        raise BadInput(f"A threshold of {p_threshold} is no probability", remedy="0.02, say")
    found = histories_of(lists, counts)
    if found.lists < _FEWEST or not (found.seen * found.counts[:, None]).sum(axis=0).all():
        raise BadInput("Fewer than three lists hold anybody", remedy="with two lists nothing can be checked")
    chosen: tuple[Pair, ...] = ()
    fit = _fit(found, chosen, level)
    way = [fit.estimate.estimate]
    while fit.estimate.exists and fit.estimate.identifiable:
        step = _next(found, chosen, fit, p_threshold, level)
        if step is None:
            break
        chosen, fit = step
        way.append(fit.estimate.estimate)
    apart = tuple(pair for pair in chosen if not _together(found, pair).any())
    return replace(fit.estimate, pairs=chosen, apart=apart, lowest=min(way), highest=max(way))


@dataclass(frozen=True)
class _Fit:
    estimate: SparseEstimate
    mean: Array


def _next(
    found: Histories, chosen: tuple[Pair, ...], fit: _Fit, threshold: float, level: float
) -> tuple[tuple[Pair, ...], _Fit] | None:
    """The model with the least probable pair added, of those that have an estimate; None where none is improbable."""
    others = [pair for pair in combinations(range(found.lists), 2) if pair not in chosen]
    ranked = sorted((_p_value(found, pair, fit.mean), pair) for pair in others)
    for p_value, pair in ranked:
        if p_value >= threshold:
            return None
        wider = _fit(found, (*chosen, pair), level)
        if wider.estimate.exists and wider.estimate.identifiable:
            return (*chosen, pair), wider
    return None


def _p_value(found: Histories, pair: Pair, mean: Array) -> float:
    """How improbable so many, or so few, on both lists are under the model."""
    seen, expected = _together(found, pair).sum(), _both(found, pair) @ mean
    few = special.pdtr(seen, expected)
    many = 1.0 if seen == 0 else special.gammainc(seen, expected)
    return float(min(few, many))


def _both(found: Histories, pair: Pair) -> NDArray[np.bool_]:
    return np.asarray(found.seen[:, list(pair)].all(axis=1), dtype=np.bool_)


def _together(found: Histories, pair: Pair) -> Array:
    return np.where(_both(found, pair), found.counts, 0.0)


def _fit(found: Histories, pairs: tuple[Pair, ...], level: float) -> _Fit:
    """A pair without anybody in common has the effect minus infinity: its histories leave the table."""
    model = " + ".join(["lists", *(f"{one + 1}:{other + 1}" for one, other in pairs)])
    apart = [pair for pair in pairs if not _together(found, pair).any()]
    kept = np.ones(found.counts.size, dtype=bool)
    for pair in apart:
        kept &= ~_both(found, pair)
    columns = [_both(found, pair) for pair in pairs if pair not in apart]
    design = np.column_stack([np.ones(kept.size), found.seen, *columns])[kept]
    counts, mean = found.counts[kept], np.zeros(found.counts.size)
    only_one = bool(np.linalg.matrix_rank(design) == design.shape[1])
    exists = _exists(counts, design)
    fits = poisson_fit(counts, design) if exists and only_one else None
    if fits is None:
        reason = "the lists share too few persons for this model" if only_one else "several fits are equally good"
        return _Fit(_sparse(no_estimate(model, reason, exists=exists and not only_one, identifiable=only_one)), mean)
    mean[kept] = fits.mean[0]
    hidden = (float(fits.beta[0, 0]), float(fits.covariance[0, 0, 0]))
    plain = estimate_of(model, found.persons, hidden, (counts, fits.mean[0], 1 + found.lists + len(pairs)), level)
    reach = float(np.exp(-special.ndtri(tail_of(level)) * np.sqrt(hidden[1])))
    unseen = plain.estimate - found.persons
    if plain.exists:
        low, high = found.persons + unseen / reach, found.persons + unseen * reach
        plain = replace(plain, low=low, high=high, df=counts.size - design.shape[1])
    return _Fit(_sparse(plain), mean)


def _exists(counts: Array, design: Array) -> bool:
    """Whether other counts, all above zero, have the same sufficient statistics (Fienberg & Rinaldo 2012)."""
    statistics, ones = design.T @ counts, design.T @ np.ones(counts.size)
    # Counts are a least one and what each has above it; the least one is made as large as it can be.
    least, bounds = np.append(np.zeros(counts.size), -1.0), [(0.0, None)] * counts.size + [(0.0, 1.0)]
    found = optimize.linprog(least, A_eq=np.column_stack([design.T, ones]), b_eq=statistics, bounds=bounds)
    return found.x is not None and float(found.x[-1]) > _ABOVE_ZERO


def _sparse(estimate: PopulationEstimate) -> SparseEstimate:
    return SparseEstimate(**vars(estimate))
