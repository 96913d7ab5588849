"""Draws of an estimate's distribution, made on demand and the same wherever the estimate is used.

An estimate stores a family and its parameters. Its draws are the quantiles of that family at
uniform numbers that come from the run's seed and the estimate's key. Estimates that share an error
name a common `factor`; `loading` is their correlation with it.

Families (p1, p2, p3):
`gamma` shape, scale · `beta` a, b, multiplier · `normal` mean, sd · `lognormal` log mean, log sd ·
`uniform` low, high · `fixed` value · `none` no evidence (draws are NaN).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from salus.errors import BadInput

Array = NDArray[np.float64]


def seed_of(seed: int, key: str) -> int:
    """A 64-bit seed from the run's seed and a key, the same on every machine.

    >>> seed_of(1, "A16|city") == seed_of(1, "A16|city")
    True
    """
    return int.from_bytes(hashlib.blake2b(f"{seed}|{key}".encode(), digest_size=8).digest())


def standard_normals(seed: int, key: str, n: int) -> Array:
    """n standard normal numbers that belong to this key."""
    return np.random.Generator(np.random.PCG64(seed_of(seed, key))).standard_normal(n)


def quantiles(family: str, p: tuple[float, float, float], u: Array) -> Array:  # noqa: PLR0911 - one for each family
    """The family's quantiles at probabilities u, each in (0, 1)."""
    first, second, third = p
    if family == "gamma":
        return np.asarray(special.gammaincinv(first, u) * second)
    if family == "beta":
        return np.asarray(special.betaincinv(first, second, u) * third)
    if family == "normal":
        return np.asarray(first + second * special.ndtri(u))
    if family == "lognormal":
        return np.asarray(np.exp(first + second * special.ndtri(u)))
    if family == "uniform":
        return first + (second - first) * u
    if family == "fixed":
        return np.full_like(u, first)
    if family == "none":
        return np.full_like(u, np.nan)
    raise BadInput(f"Unknown family of distributions '{family}'", where="salus.stats.draws", remedy="see its list")


@dataclass(frozen=True)
class DrawSource:
    """Makes the draws of estimates for one run: `seed` of the run, `n` draws each."""

    seed: int
    n: int = 1000

    def uniform(self, key: str) -> Array:
        """n uniform numbers that belong to a key; for a judgement with a range, for instance."""
        return np.asarray(special.ndtr(standard_normals(self.seed, key, self.n)))

    def estimates(self, frame: pl.DataFrame) -> Array:
        """Draws of estimates: rows x n, in the frame's row order.

        The frame needs the columns of the table `estimates` that name and describe a distribution.
        """
        out = np.empty((frame.height, self.n))
        keys = frame.select(
            pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in _KEY], separator="|")
        ).to_series()
        columns: Sequence[list[object]] = [frame[c].to_list() for c in _SHAPE]
        for i, (key, family, p1, p2, p3, factor, loading) in enumerate(zip(keys, *columns, strict=True)):
            parameters = (_number(p1), _number(p2), _number(p3))
            out[i] = quantiles(str(family), parameters, self._probabilities(key, factor, loading))
        return out

    def _probabilities(self, key: str, factor: object, loading: object) -> Array:
        own = standard_normals(self.seed, key, self.n)
        share = _number(loading)
        if factor and share > 0:
            common = standard_normals(self.seed, f"factor|{factor}", self.n)
            own = share * common + np.sqrt(1 - share**2) * own
        return np.asarray(special.ndtr(own))


_KEY = ("indicator", "area", "group", "period_start", "period_end", "source")
_SHAPE = ("family", "p1", "p2", "p3", "factor", "loading")


def _number(value: object) -> float:
    return 0.0 if value is None else float(str(value))
