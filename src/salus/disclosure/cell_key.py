"""The cell-key method: noise that is fixed for a set of records, so asking again tells nothing new.

Each record has a fixed key; the keys of a cell's records add up to the cell's key; count and key look
the noise up in a table of chances. Public counts only: decisions are made on the numbers themselves.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog, minimize
from scipy.special import logsumexp, softmax

from salus.disclosure.additive import Array, Cells
from salus.errors import BadInput

Keys = NDArray[np.uint64]
Line = np.ndarray[tuple[int], np.dtype[np.float64]]
MODULUS = 2**32
_LEAST_SECRET = 16
_EDGE = 1e-9
_POLISH = 8


@dataclass(frozen=True)
class PerturbationTable:
    """Chances of each noise for each count: `chances[count, j]` is that of adding `noise[j]`.

    `chances` has the shape (rows, 2 · deviation + 1); counts beyond the last row use the last row. Every
    row but that of 0 has mean 0 and the stated `variance`; no positive count below `least` appears.
    """

    deviation: int
    variance: float
    least: int
    noise: Cells
    chances: Array


def perturbation_table(deviation: int = 2, variance: float = 1.0, least: int = 1) -> PerturbationTable:
    """The table of noise of greatest entropy that is unbiased, of the stated variance and never too large.

    Noise runs from -`deviation` to `deviation`. 0 stays 0, nothing becomes negative, and counts from
    1 to `least` - 1 never appear: they become 0 or at least `least` (Fraser and Wooton 2005; Marley and
    Leaver 2011; solved as in Giessing 2016). Raises `BadInput`, with the variances that are
    possible, where no noise can have the one asked for.

    >>> table = perturbation_table(deviation=2, variance=1.0)
    >>> table.chances[2].round(4).tolist()
    [0.0638, 0.2447, 0.383, 0.2447, 0.0638]
    >>> perturbation_table(deviation=8, variance=6.5, least=5).chances[1].round(3).tolist()[7:]
    [0.861, 0.0, 0.0, 0.0, 0.0, 0.027, 0.023, 0.023, 0.027, 0.038]
    """
    if deviation < 1 or variance <= 0 or least < 1:
        raise BadInput(
            "Noise needs a deviation and a least count from 1 and a variance above 0",
            where="perturbation_table",
            remedy="start from deviation=2, variance=1, least=1",
        )
    noise = np.arange(-deviation, deviation + 1)
    chances = np.zeros((deviation + least + 1, noise.size))
    chances[0, deviation] = 1.0
    for count in range(1, chances.shape[0]):
        result = count + noise
        allowed = (result == 0) | (result >= least)
        chances[count, allowed] = _widest(noise[allowed].astype(float), variance, count)
    return PerturbationTable(deviation, float(variance), least, noise, chances)


def record_keys(records: Iterable[object], secret: bytes) -> Keys:
    """The fixed key of each record, from 0 to 2³² - 1, from its id and a secret; the order is of no matter.

    The unit of protection is the victim: give ids of victims or households where one has several records,
    and count each once. The secret, at least 16 bytes, stays with the records and is the same for every
    table: who holds it can take the noise away.

    >>> record_keys(["case 7", "case 8"], secret=b"sixteen bytes and more").dtype.kind
    'u'
    """
    if len(secret) < _LEAST_SECRET:
        raise BadInput("The secret is too short", where="record_keys", remedy="use 16 random bytes or more")
    if len(secret) > hashlib.blake2b.MAX_KEY_SIZE:
        raise BadInput("The secret is too long", where="record_keys", remedy="use 64 random bytes or fewer")
    made = [hashlib.blake2b(str(r).encode(), key=secret, digest_size=4).digest() for r in records]
    return np.frombuffer(b"".join(made), dtype=">u4").astype(np.uint64)


def keyed_counts(cells: ArrayLike, keys: ArrayLike, size: int) -> tuple[Cells, Keys]:
    """How many records each of `size` cells has, and each cell's key: the sum of its records' keys modulo 2³².

    `cells` holds the cell of each record, from 0; `keys` its record key.

    >>> counts, keys = keyed_counts([0, 2, 2], [5, 7, 2**32 - 1], size=3)
    >>> counts.tolist(), keys.tolist()
    ([1, 0, 2], [5, 0, 6])
    """
    place, key = np.asarray(cells, dtype=np.int64), np.asarray(keys, dtype=np.uint64)
    if place.ndim != 1 or place.shape != key.shape or ((place < 0) | (place >= size)).any():
        raise BadInput("Each record needs one cell and one key", where="keyed_counts", remedy="number cells from 0")
    total = np.zeros(size, dtype=np.uint64)
    np.add.at(total, place, key % MODULUS)
    return np.bincount(place, minlength=size), total % MODULUS


def perturb(counts: ArrayLike, keys: ArrayLike, table: PerturbationTable) -> Cells:
    """The counts with the noise their keys stand for: the same records give the same value in every table.

    `counts` and `keys` have one shape, totals included: a total is perturbed by its own key, so shown
    parts need not add up to it. 0 stays 0; a shown 0 may have been a few.

    >>> perturb([0, 3, 40], [0, 123, 4_000_000_000], perturbation_table()).tolist()
    [0, 1, 41]
    """
    given, key = np.asarray(counts), np.asarray(keys)
    if given.shape != key.shape:
        raise BadInput("Counts and keys differ in shape", where="perturb", remedy="give the key of every count")
    if not (np.isfinite(given).all() and (given >= 0).all() and np.array_equal(given, np.round(given))):
        raise BadInput("Counts are whole numbers from 0", where="perturb", remedy="give counts, not rates")
    whole = given.astype(np.int64)
    point = (key.astype(np.uint64) % MODULUS + 0.5) / MODULUS
    reached = np.cumsum(table.chances, axis=1)[np.minimum(whole, table.chances.shape[0] - 1)]
    return np.asarray(whole + table.noise[(point[..., None] >= reached).sum(-1)])


def _widest(noise: Array, variance: float, count: int) -> Array:
    """The distribution of greatest entropy with mean 0 and this variance: chances ∝ exp(a v + b v²)."""
    least, most = _ends(noise)
    if least is None or most is None or not _within(variance, noise, least, most):
        possible = "none" if least is None or most is None else f"{least @ noise**2:.4g} to {most @ noise**2:.4g}"
        raise BadInput(
            f"No noise for a count of {count} has a variance of {variance:g}; possible: {possible}",
            where="perturbation_table",
            remedy="choose such a variance, or a larger deviation",
        )
    for end in (least, most):
        if abs(variance - end @ noise**2) < _EDGE * max(variance, 1.0):
            return end
    scale = float(np.abs(noise).max())
    powers = np.array([noise / scale, (noise / scale) ** 2])
    aim = np.array([0.0, variance / scale**2])

    def short(weights: Line) -> float:
        return float(logsumexp(weights @ powers) - weights @ aim)

    def slope(weights: Line) -> Line:
        return np.asarray(powers @ softmax(weights @ powers) - aim)

    def curve(weights: Line) -> Array:
        chance = softmax(weights @ powers)
        mean = powers @ chance
        return np.asarray((powers * chance) @ powers.T - np.outer(mean, mean))

    weights = minimize(short, np.zeros(2), method="trust-exact", jac=slope, hess=curve).x
    for _ in range(_POLISH):
        weights = weights - np.linalg.solve(curve(weights), slope(weights))
    return np.asarray(softmax(weights @ powers))


def _ends(noise: Array) -> tuple[Array | None, Array | None]:
    """The unbiased distributions of least and of greatest variance."""
    sums, means = np.array([np.ones(noise.size), noise]), np.array([1.0, 0.0])
    found = (linprog(sign * noise**2, A_eq=sums, b_eq=means, bounds=(0, 1)) for sign in (1.0, -1.0))
    least, most = (None if end.x is None else np.asarray(end.x) for end in found)
    return least, most


def _within(variance: float, noise: Array, least: Array, most: Array) -> bool:
    room = _EDGE * max(variance, 1.0)
    return bool(least @ noise**2 - room <= variance <= most @ noise**2 + room)
