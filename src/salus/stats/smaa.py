"""Which alternative comes first under which weights: stochastic multicriteria acceptability (SMAA-2).

Import from `salus.stats.preferences`. Agreed with the R package smaa.
"""

from dataclasses import dataclass

import numpy as np

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, Seed, generator, numbers


@dataclass(frozen=True)
class Acceptability:
    """How often each alternative takes each rank, over draws of weights and scores.

    `rank_acceptability`: alternatives x ranks. `central_weights`: the mean weights that put an
    alternative first; NaN where none did, and `reason` says so. `pairwise`: how often the row beats
    the column. Equal values share the better rank.
    """

    rank_acceptability: Array
    central_weights: Array
    pairwise: Array
    reason: str = ""


def smaa(scores: Numbers, weights: Numbers | None = None, draws: int = 10_000, seed: Seed = None) -> Acceptability:
    """Rank acceptability, central weights and pairwise wins of alternatives (Lahdelma & Salminen 2001).

    `scores`: alternatives x criteria, or draws x alternatives x criteria, higher is preferred, on one
    scale. `weights`: draws x criteria as elicited; without them uniform on the simplex, `draws` of them.

    >>> result = smaa([[0.8, 0.3], [0.2, 0.9]], [[0.9, 0.1], [0.4, 0.6]])
    >>> result.rank_acceptability[:, 0].tolist(), result.central_weights[0].tolist()
    ([0.5, 0.5], [0.9, 0.1])
    """
    x = numbers(scores, "scores")
    if x.ndim not in {2, 3} or x.size == 0:
        raise BadInput(f"Scores of shape {x.shape} are not alternatives x criteria", remedy="see smaa")
    w = _weights(x, weights, draws, seed)
    values = w @ x.T if x.ndim == 2 else np.einsum("dac,dc->da", x, w)
    n, k = values.shape
    acceptability, pairwise = np.empty((k, k)), np.empty((k, k))
    central = np.full((k, w.shape[1]), np.nan)
    for i in range(k):
        better = values > values[:, [i]]
        pairwise[:, i] = better.mean(axis=0)
        rank = better.sum(axis=1)
        acceptability[i] = np.bincount(rank, minlength=k) / n
        if (rank == 0).any():
            central[i] = w[rank == 0].mean(axis=0)
    reason = "some alternatives are never first" if np.isnan(central).any() else ""
    return Acceptability(acceptability, central, pairwise, reason)


def _weights(x: Array, weights: object, draws: int, seed: Seed) -> Array:
    criteria = x.shape[-1]
    if weights is None:
        count = x.shape[0] if x.ndim == 3 else draws
        if count < 1:
            raise BadInput("No draws were asked for", remedy="ask for at least 1,000")
        return generator(seed).dirichlet(np.ones(criteria), count)
    w = numbers(weights, "weights", minimum=0)
    w = np.atleast_2d(w)
    if w.shape[-1] != criteria or w.ndim != 2 or (w.sum(axis=1) <= 0).any():
        raise BadInput("Weights do not fit the criteria", remedy="draws x criteria, no row of zeros")
    if x.ndim == 3 and w.shape[0] not in {1, x.shape[0]}:
        raise BadInput("Scores and weights have different numbers of draws", remedy="draw both alike")
    return np.broadcast_to(w, (x.shape[0], criteria)) if x.ndim == 3 else w
