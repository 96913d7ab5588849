"""Tables made from estimates, attacked by trying: does any candidate for a hidden count alone fit what was released?"""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from salus.disclosure import Nesting, release_tables
from tests.attacks.trying import KEYS, fitting, town
from tests.unit import builders

THRESHOLD = 5
SIZES = ((12, 1), (12, 3), (40, 10), (40, 18))
"""Areas of a town, and how many of them have a small count."""


@dataclass(frozen=True)
class Tried:
    """One hidden count, the candidates tried for it, and which of them fit: what each table tells, and all together."""

    truth: int
    candidates: set[int]
    open: dict[str, set[int]]
    gated: dict[str, set[int]]


def tried(seed: int, areas: int, planted: int) -> Tried:
    """Tries one hidden count, all others but its counterweight in the city's sum being known."""
    place, rng = town(seed, areas), np.random.default_rng(seed)
    counts = {area: float(rng.poisson(60 * people / 5000) + 12) for area, people in place.people.items()}
    small = list(counts)[:planted]
    counts |= {area: float(rng.integers(1, THRESHOLD)) for area in small}
    tables = place.tables(counts)
    nesting = Nesting(builders.CITY_AREA, {"blocks": frozenset(counts), "neighbourhoods": place.neighbourhoods})
    secret = f"kept apart, number {seed}".encode()
    gated = release_tables(tables, frozenset(), nesting=nesting, secret=secret).tables
    hidden = gated["estimates"].filter((pl.col("indicator") == "A16") & (pl.col("status") == "hidden"))["area"]
    target, *others = sorted((area for area in hidden if area in counts), key=lambda area: (area not in small, area))
    other = others[-1]
    both = counts[target] + counts[other]
    guesses = {
        count: place.tables(counts | {target: float(count), other: both - count})
        for count in range(1, THRESHOLD) if both - count > 0
    }  # fmt: skip
    return Tried(
        int(counts[target]),
        set(guesses),
        {name: fitting(tables, guesses, name) for name in KEYS},
        {name: fitting(gated, guesses, name) for name in KEYS},
    )


def test_the_attack_is_a_real_one_scores_as_they_are_tell_every_count_tried():
    found = [tried(seed, *size) for size in SIZES for seed in range(2)]
    for table in ("nexus", "profile", "criteria"):
        assert [sorted(one.open[table]) for one in found] == [[one.truth] for one in found]


def stands(found: list[Tried]) -> None:
    assert all(one.truth in fits for one in found for fits in one.gated.values())
    together = [set.intersection(*one.gated.values()) for one in found]
    assert [fits for one, fits in zip(found, together, strict=True) if len(fits) == 1 < len(one.candidates)] == []


@pytest.mark.parametrize("size", SIZES)
def test_no_hidden_count_is_told_by_trying_counts_against_scores_ranks_and_shares(size):
    stands([tried(seed, *size) for seed in range(4)])


@pytest.mark.slow
def test_no_hidden_count_of_a_hundred_is_told_by_trying():
    found = [tried(seed, *size) for size in SIZES for seed in range(4, 29)]
    stands(found)
    narrowed = [one for one in found if set.intersection(*one.gated.values()) != one.candidates]
    assert len(narrowed) <= len(found) / 50, f"{len(narrowed)} of {len(found)}"
