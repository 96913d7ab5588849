"""From judgements to weights and rankings: pairwise comparison, swing points, ballots, acceptability.

`smaa` can be imported from here too. Ballots are profiles: `[(number of voters, ranking), ...]`, a
ranking naming every alternative once, the preferred first.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import optimize

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers, together
from salus.stats.smaa import Acceptability, smaa

__all__ = [
    "Acceptability",
    "Comparison",
    "LinearWeights",
    "Majority",
    "Paths",
    "ahp",
    "best_worst",
    "borda",
    "condorcet",
    "schulze",
    "smaa",
    "swing",
]

Profile: TypeAlias = Sequence[tuple[float, Sequence[Hashable]]]
Pair: TypeAlias = tuple[Hashable, Hashable]

# Mean consistency index of random matrices of order 1 to 15 (Saaty 1980).
_RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)


@dataclass(frozen=True)
class Comparison:
    """Weights from pairwise comparison; a `consistency_ratio` up to 0.10 is taken as consistent."""

    weights: Array
    lambda_max: float
    consistency_ratio: float
    reason: str = ""


@dataclass(frozen=True)
class LinearWeights:
    """Weights from comparison with the best and the worst; `ksi` near 0 means consistent answers."""

    weights: Array
    ksi: float


@dataclass(frozen=True)
class Majority:
    """The alternative that beats every other, or None; `pairwise[a, b]` voters prefer a to b."""

    winner: Hashable | None
    pairwise: dict[Pair, float]
    reason: str = ""


@dataclass(frozen=True)
class Paths:
    """Schulze's ranking and all who share the first place; `strength[a, b]` of the strongest path."""

    ranking: tuple[Hashable, ...]
    winners: tuple[Hashable, ...]
    strength: dict[Pair, float]


def ahp(matrix: Numbers) -> Comparison:
    """Weights as the principal eigenvector of a reciprocal matrix of comparisons (Saaty 1980).

    `matrix[i][j]` says how many times as important i is as j.

    >>> ahp([[1, 2], [0.5, 1]]).weights.round(4).tolist()
    [0.6667, 0.3333]
    """
    a = numbers(matrix, "comparisons", minimum=0)
    if a.ndim != 2 or a.shape[0] != a.shape[1] or a.size == 0 or (a <= 0).any():
        raise BadInput("Comparisons are not a square matrix above 0", remedy="1 on the diagonal")
    if not np.allclose(a * a.T, 1, rtol=0.01):
        raise BadInput("Comparisons are not reciprocal", remedy="if i to j is 3, j to i is 1/3")
    values, vectors = np.linalg.eig(a)
    first = int(np.argmax(values.real))
    weights, n = np.abs(vectors[:, first].real), a.shape[0]
    lambda_max = float(values[first].real)
    if n > len(_RANDOM_INDEX):
        return Comparison(weights / weights.sum(), lambda_max, float("nan"), "no random index beyond 15")
    ratio = (lambda_max - n) / (n - 1) / _RANDOM_INDEX[n - 1] if n > 2 else 0.0
    return Comparison(weights / weights.sum(), lambda_max, ratio)


def best_worst(best_to_others: Numbers, others_to_worst: Numbers) -> LinearWeights:
    """Weights by the linear best-worst method (Rezaei 2016).

    `best_to_others[j]`: how many times as important the best is as j (1 for itself);
    `others_to_worst[j]`: how many times as important j is as the worst (1 for itself).

    >>> best_worst([1, 2, 4], [4, 2, 1]).weights.round(4).tolist()
    [0.5714, 0.2857, 0.1429]
    """
    best, worst = (numbers(x, "comparisons", minimum=1) for x in (best_to_others, others_to_worst))
    together(best_to_others=best, others_to_worst=worst)
    n = best.size
    if best.min() != 1 or worst.min() != 1:
        raise BadInput("No best or no worst is named", remedy="give 1 for the best and for the worst itself")
    b = max(range(n), key=lambda j: (best[j] == 1, worst[j]))
    w = max(range(n), key=lambda j: (worst[j] == 1, best[j]))
    rows = np.zeros((2 * n, n + 1))
    for j in range(n):
        rows[j, b] += 1
        rows[j, j] -= best[j]
        rows[n + j, j] += 1
        rows[n + j, w] -= worst[j]
    inequalities = np.vstack([rows, -rows])
    inequalities[:, n] = -1
    cost, total = np.append(np.zeros(n), 1.0), np.append(np.ones(n), 0.0)[None, :]
    found = optimize.linprog(cost, A_ub=inequalities, b_ub=np.zeros(4 * n), A_eq=total, b_eq=[1.0])
    solution = np.asarray(found.x, dtype=np.float64)
    return LinearWeights(solution[:n], float(solution[n]))


def swing(points: Numbers) -> Array:
    """Weights from swing points: the most valued step from worst to best gets 100, others in proportion.

    >>> swing([100, 60, 40]).tolist()
    [0.5, 0.3, 0.2]
    """
    given = numbers(points, "points", minimum=0)
    together(points=given)
    if given.sum() == 0:
        raise BadInput("All points are zero", remedy="give 100 to the most valued step")
    return np.asarray(given / given.sum())


def borda(profile: Profile) -> dict[Hashable, float]:
    """Borda points: of m alternatives the first of a ballot gets m - 1, the last 0.

    >>> borda([(42, "MNCK"), (26, "NCKM"), (15, "CKNM"), (17, "KCNM")])["N"]
    194.0
    """
    names = _alternatives(profile)
    points = dict.fromkeys(names, 0.0)
    for voters, ranking in profile:
        for place, name in enumerate(ranking):
            points[name] += voters * (len(names) - 1 - place)
    return points


def condorcet(profile: Profile) -> Majority:
    """The alternative that more voters prefer than not against every other, if there is one.

    >>> condorcet([(42, "MNCK"), (26, "NCKM"), (15, "CKNM"), (17, "KCNM")]).winner
    'N'
    """
    names = _alternatives(profile)
    pairs = _pairwise(profile, names)
    for name in names:
        if all(pairs[name, other] > pairs[other, name] for other in names if other != name):
            return Majority(name, pairs)
    return Majority(None, pairs, "no alternative beats all others")


def schulze(profile: Profile) -> Paths:
    """The ranking by strongest paths (Schulze 2011), for majorities that go round in a circle.

    Equal ones keep the order of the first ballot.

    >>> schulze([(42, "MNCK"), (26, "NCKM"), (15, "CKNM"), (17, "KCNM")]).ranking
    ('N', 'C', 'K', 'M')
    """
    names = _alternatives(profile)
    pairs = _pairwise(profile, names)
    strength = {(a, b): votes if votes > pairs[b, a] else 0.0 for (a, b), votes in pairs.items()}
    for via in names:
        for a in names:
            for b in names:
                if len({a, b, via}) == 3:
                    strength[a, b] = max(strength[a, b], min(strength[a, via], strength[via, b]))
    wins = {a: sum(strength[a, b] > strength[b, a] for b in names if b != a) for a in names}
    winners = tuple(a for a in names if all(strength[a, b] >= strength[b, a] for b in names if b != a))
    return Paths(tuple(sorted(names, key=lambda a: -wins[a])), winners, strength)


def _alternatives(profile: Profile) -> tuple[Hashable, ...]:
    if not profile or any(voters < 0 for voters, _ in profile):
        raise BadInput("A profile needs ballots, none with negative voters", remedy="[(voters, ranking)]")
    names = tuple(profile[0][1])
    for _, ranking in profile:
        if len(ranking) != len(names) or set(ranking) != set(names) or len(set(names)) != len(names):
            raise BadInput(
                f"The ranking {ranking!r} does not name every alternative once",
                remedy="rank all alternatives on each ballot",
            )
    return names


def _pairwise(profile: Profile, names: tuple[Hashable, ...]) -> dict[Pair, float]:
    pairs: dict[Pair, float] = {(a, b): 0.0 for a in names for b in names if a != b}
    for voters, ranking in profile:
        for i, above in enumerate(ranking):
            for below in ranking[i + 1 :]:
                pairs[above, below] += voters
    return pairs
