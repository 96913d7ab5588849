"""Closed populations: models of who is seen on which occasion, and the size each gives.

Otis et al. (1978), Wildlife Monographs 62; as log-linear models: Cormack (1989), Biometrics 45; Baillargeon & Rivest
(2007), J. Stat. Software 19(5); lower bounds: Rivest & Baillargeon (2007), Biometrics 63.
"""

from collections.abc import Iterator
from math import log1p, nan

import numpy as np
from numpy.typing import NDArray

from salus.stats.capture_histories import (
    Histories,
    PopulationEstimate,
    estimate_of,
    histories_of,
    no_estimate,
    poisson_fit,
    with_intercept,
)
from salus.stats.inputs import Array, Numbers
from salus.stats.series.loglinear import fit_log_linear

_FEWEST = 3
_UNSETTLED = "the model has no best fit with finite parameters"


def closed_population(
    lists: Numbers, counts: Numbers | None = None, *, level: float = 0.95
) -> tuple[PopulationEstimate, ...]:
    """How many there are in all, under each of the usual models of a closed population: a row a model.

    `lists` is a matrix of 0 and 1, persons (or histories with `counts`) × occasions. `M0`: all alike;
    `Mt`: occasions differ; `Mh`: persons differ (Chao's lower bound, Poisson2, Darroch, Gamma3.5); `Mth`:
    both; `Mb`: being seen changes the next chance; `Mbh`: the first occasion differs too. Mb and Mbh need
    occasions in order of time: they mean nothing for lists of institutions. Look at all of them, not at
    the one with the wished-for number.

    >>> rows = closed_population([[1, 0], [0, 1], [1, 1]], [30, 20, 10])
    >>> {row.model: round(row.estimate) for row in rows}
    {'M0': 122, 'Mt': 120, 'Mb': 80}
    """
    found = histories_of(lists, counts)
    times = found.seen.sum(axis=1).astype(np.float64)
    alike, apart = [times], list(found.seen.T.astype(np.float64))
    models = [_loglinear("M0", found, alike, level), _loglinear("Mt", found, apart, level)]
    if found.lists >= _FEWEST:
        for name, base in (("Mh", alike), ("Mth", apart)):
            models.append(_lower_bound(f"{name} Chao (LB)", found, base, level))
            models += [_loglinear(f"{name} {kind}", found, [*base, h], level) for kind, h in _spreads(times)]
    models.append(_behaviour("Mb", found, 0, level))
    if found.lists >= _FEWEST:
        models.append(_behaviour("Mbh", found, 1, level))
    return tuple(models)


def _spreads(times: Array) -> Iterator[tuple[str, Array]]:
    """How the log of a history's chance bends with the number of times seen if persons differ."""
    yield "Poisson2", 2.0**times - 1
    yield "Darroch", times**2 / 2
    yield "Gamma3.5", -np.log((3.5 + times) / 3.5)


def _loglinear(model: str, found: Histories, columns: list[Array], level: float) -> PopulationEstimate:
    design = with_intercept(columns)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return no_estimate(model, "several fits are equally good", exists=True, identifiable=False)
    fits = poisson_fit(found.counts, design)
    if fits is None:
        return no_estimate(model, _UNSETTLED, exists=False)
    hidden = (float(fits.beta[0, 0]), float(fits.covariance[0, 0, 0]))
    return estimate_of(model, found.persons, hidden, (found.counts, fits.mean[0], design.shape[1]), level)


def _lower_bound(model: str, found: Histories, base: list[Array], level: float) -> PopulationEstimate:
    """The log of the chance may bend up at every number of times from 3 on, never down."""
    times = found.seen.sum(axis=1)
    bends = [np.maximum(times - k + 1.0, 0.0) for k in range(_FEWEST, found.lists + 1)]
    reached = times[found.counts > 0].max()
    bends = bends[: max(int(reached) - _FEWEST + 1, 0)]
    while bends:
        slopes = fit_log_linear(found.counts[None], with_intercept([*base, *bends])).beta[0, 1 + len(base) :]
        if (slopes >= 0).all():
            break
        bends = [bend for bend, slope in zip(bends, slopes, strict=True) if slope >= 0]
    return _loglinear(model, found, [*base, *bends], level)


def _behaviour(model: str, found: Histories, skipped: int, level: float) -> PopulationEstimate:
    """First sightings fall by the same share at each occasion; the first `skipped` ones stand apart."""
    t = found.lists
    first = found.seen.argmax(axis=1)
    news: Array = np.bincount(first, found.counts, t).astype(np.float64)
    place = np.arange(t - skipped, dtype=np.float64)
    fits = poisson_fit(news[skipped:], with_intercept([place])) if t - skipped > 1 else None
    if fits is None or fits.beta[0, 1] >= 0:
        return no_estimate(model, "first sightings do not fall from one occasion to the next", exists=False)
    start, fall = float(fits.beta[0, 0]), float(fits.beta[0, 1])
    # Unseen: start of the series times fall^k, over 1 - fall; its log and the gradient of that in (start, fall).
    place_of_hidden = start + place.size * fall - log1p(-np.exp(fall))
    slope = np.array([1.0, place.size + np.exp(fall) / (1 - np.exp(fall))])
    variance = float(slope @ fits.covariance[0] @ slope)
    expected = np.concatenate([news[:skipped], fits.mean[0]])
    fitted = (found.counts, _spread_out(found, first, expected), 3 + skipped)
    return estimate_of(model, found.persons, (place_of_hidden, variance), fitted, level)


def _spread_out(found: Histories, first: NDArray[np.intp], expected: Array) -> Array:
    """The expected number of each history if later sightings all have one chance."""
    later = found.lists - 1 - first
    again = found.seen.sum(axis=1) - 1
    chances = float(found.counts @ later)
    chance = float(found.counts @ again) / chances if chances else nan
    share: Array = chance**again * (1 - chance) ** (later - again)
    return expected[first] * share
