"""Ranks on draws: which problem is first how often, within which interval, and do groups agree (SMAA-2)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from salus.errors import BadInput
from salus.stats.draws import Array

TOP = 5
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Ranking:
    """Ranks (1 = first) of problems × draws, summed up by problem; intervals hold 90 % of the draws."""

    ranks: Array
    expected: Array
    low: Array
    high: Array
    first: Array
    """Share of draws in which the problem is first; ties share it."""
    top: Array
    """Share of draws in which it is among the top five."""


def total_scores(scores: Array, weights: Array) -> Array:
    """Weighted mean of the scores, problems × draws.

    `scores` is problems × criteria × draws, `weights` draws × criteria.

    >>> total_scores(np.array([[[80.0], [20.0]]]), np.array([[0.75, 0.25]])).tolist()
    [[65.0]]
    """
    return np.asarray(np.einsum("pkd,dk->pd", scores, weights))


def rank_draws(totals: Array) -> Ranking:
    """Ranks of problems in each draw, highest total first; ties share their mean rank.

    >>> rank_draws(np.array([[10.0, 30.0], [20.0, 20.0]])).expected.tolist()
    [1.5, 1.5]
    """
    ranks = np.asarray(rankdata(-totals, axis=0, method="average"))
    best = totals == totals.max(axis=0)
    low, high = rank_interval(ranks)
    return Ranking(
        ranks=ranks,
        expected=ranks.mean(axis=1),
        low=low,
        high=high,
        first=(best / best.sum(axis=0)).mean(axis=1),
        top=(ranks <= TOP).mean(axis=1),
    )


def rank_interval(ranks: Array) -> tuple[Array, Array]:
    """Ranks that 90 % of the draws (last axis) lie between; always ranks that occur."""
    low, high = np.quantile(ranks, INTERVAL, axis=-1, method="inverted_cdf")
    return low, high


def kendall_disagreement(ranks: Array) -> float:
    """1 − Kendall's W of groups × problems ranks, with ties: 0 all agree, 1 no agreement at all.

    Kendall & Babington Smith (1939). Needs two groups and two problems.

    >>> kendall_disagreement(np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]))
    0.0
    >>> kendall_disagreement(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    1.0
    """
    groups, problems = ranks.shape
    if groups < 2 or problems < 2:
        raise BadInput("Disagreement needs two groups and two problems", remedy="leave it empty with fewer")
    ranks = np.asarray(rankdata(ranks, axis=1))
    spread = float(((ranks.sum(axis=0) - groups * (problems + 1) / 2) ** 2).sum())
    ties = sum(float((sizes**3 - sizes).sum()) for sizes in _tie_sizes(ranks))
    most = (groups**2 * (problems**3 - problems) - groups * ties) / 12
    return 1.0 if most <= 0 else 1 - spread / most


def _tie_sizes(ranks: Array) -> list[Array]:
    return [np.unique(row, return_counts=True)[1].astype(float) for row in ranks]
