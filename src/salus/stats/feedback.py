"""The loop of looking where one found before: how it runs away, and how thinning what is found stops it.

A safeguard and its proof, not a way to send patrols: Salus allocates none. It shows why counts of what patrols find
never become an outcome, and what a city that allocates by such counts has to take out of them.
"""

from dataclasses import dataclass

import numpy as np

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, Seed, generator, numbers


@dataclass(frozen=True)
class Allocation:
    """The share of visits that each area got, by round: array of rounds + 1 × areas, rows add up to 1.

    >>> simulate_allocation([0.3, 0.3], [0.5, 0.5], rounds=2, visits=10, seed=1).shares.shape
    (3, 2)
    """

    shares: Array


def kept_shares(shares: Numbers) -> Array:
    """Which part of what was found in each area to keep, given the share of visits it had.

    With two areas 1 - p, as published; with more, the smallest share over each share, which is the same but for a
    constant. What is found grows with p, so what is kept does not depend on p. Refuses shares that do not add up
    to 1 or are 0. Source: Ensign, Friedler, Neville, Scheidegger & Venkatasubramanian (2018), FAT*, section 4.

    >>> kept_shares([0.8, 0.2])
    array([0.2, 0.8])
    """
    p = numbers(shares, "shares", minimum=0)
    if p.ndim != 1 or p.size < 2 or (p <= 0).any() or abs(p.sum() - 1) > 1e-9:
        raise BadInput("Shares of visits are above 0 and add up to 1", remedy="give one share an area")
    return 1 - p if p.size == 2 else p.min() / p


def simulate_allocation(
    rates: Numbers,
    first: Numbers,
    *,
    rounds: int = 100,
    visits: int = 1000,
    thinned: bool = True,
    first_events: float = 100.0,
    seed: Seed = None,
) -> Allocation:
    """Visits that go where events were found before, round after round.

    `rates`: the true chance that a visit finds an event, one an area; `first`: the shares of the first round.
    Each round `visits` are dealt by the events kept so far (`first_events` to begin with); what they find is kept
    whole, or thinned by `kept_shares`. Without thinning equal rates keep whatever share they began with, and
    a slightly higher rate takes all visits; with it, shares go to those of the true rates.
    Sources: Lum & Isaac (2016), Significance 13; Ensign et al. (2018).

    >>> start, rates = [0.8, 0.2], [0.3, 0.3]
    >>> simulate_allocation(rates, start, seed=1).shares[-1].round(1)
    array([0.5, 0.5])
    >>> simulate_allocation(rates, start, thinned=False, seed=1).shares[-1].round(1)
    array([0.8, 0.2])
    """
    chance, share = numbers(rates, "rates", minimum=0), numbers(first, "first", minimum=0)
    if chance.shape != share.shape or (chance > 1).any() or rounds < 1 or visits < 1:
        raise BadInput("Rates are shares, one an area, like the first shares", remedy="check lengths and values")
    kept_shares(share)  # refuses shares that are none
    rng, kept, path = generator(seed), first_events * share, [share]
    for _ in range(rounds):
        sent = rng.multinomial(visits, share)
        found = rng.binomial(sent, chance)
        kept = kept + (rng.binomial(found, kept_shares(share)) if thinned else found)
        share = kept / kept.sum()
        path.append(share)
    return Allocation(np.array(path))
