"""Draws of areas' values put on one scale: 0-100, higher is worse, 50 the population-weighted mean."""

import numpy as np

from salus.stats.composite import Kind, relative_score
from salus.stats.draws import Array


def area_scores(values: Array, people: Array, kind: Kind, *, higher_is_better: bool = False) -> Array:
    """Relative scores of areas, draw by draw, against the mean of all areas weighted by their people.

    `values`: areas × draws, rates (0 or more) or percentages (0-100). An area with twice the mean rate
    scores 67. Where everything is zero every area scores 50.

    >>> area_scores(np.array([[10.0], [30.0]]), np.array([1.0, 1.0]), "rate").round(1).tolist()
    [[33.3], [60.0]]
    """
    worse = 100.0 - values if higher_is_better and kind == "percent" else values
    mean = np.average(worse, axis=0, weights=people)
    scores = np.asarray(relative_score(worse, np.broadcast_to(mean, worse.shape), kind))
    scores = np.where(np.isnan(scores), 50.0, scores)
    return 100.0 - scores if higher_is_better and kind == "rate" else scores


def pooled_over(scores: Array, weights: Array) -> Array:
    """Scores of larger areas: the mean of the small ones weighted by the people they share.

    `scores`: small × draws; `weights`: large × small, people. Large areas without people are NaN.
    """
    total = weights.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weights @ scores) / np.where(total > 0, total, np.nan))
