"""The metric of the attacks in one table: `python -m tests.attacks` (some minutes).

Each row is an attack on simulated cities: planted small counts, how many were told exactly, the narrowest interval,
how often a guess is right within one before and after it, and the share of figures that the gate hid.
"""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from tests.attacks import test_releases_together as together
from tests.attacks import test_trying_counts as trying
from tests.attacks.attacker import Found, guess_within_one, read, work_out
from tests.attacks.test_one_release import THRESHOLD, naive, planted, released
from tests.attacks.world import World, world

HEADER = "| attack | cities | planted | told | narrowest | guess before | after | hidden |\n" + "|---" * 8 + "|"


@dataclass(frozen=True)
class Outcome:
    """What one attack found in one city, and the share of figures hidden from it, 0-1 (NaN where not looked at)."""

    found: list[Found]
    hidden: float


def one(made: World, gate: Callable[[World], pl.DataFrame]) -> Outcome:
    """One release of a city: subtraction, linear programmes, rates turned back."""
    out = gate(made)
    told, hidden = read(out)
    sees_zeros = all(made.truth(cell) for cell in hidden)
    found = work_out(made, told, hidden, sees_zeros, of=planted(made, hidden))
    return Outcome(found, len(hidden) / out.height)


def tried(seed: int, size: tuple[int, int]) -> Outcome:
    """One hidden count, tried against scores made of it: which candidates are left, if the sum rules out none."""
    made = trying.tried(seed, *size)
    left = set.intersection(*made.gated.values())
    if len(made.candidates) < THRESHOLD - 1:
        return Outcome([], float("nan"))
    return Outcome([Found(("", "", None, None), made.truth, min(left), max(left))], float("nan"))  # type: ignore[arg-type]


def attacks() -> Iterator[tuple[str, list[Outcome]]]:
    """Name and outcomes of each attack."""
    yield "only small counts taken out (no gate)", [one(world(s, 0.7), naive) for s in range(5)]
    yield "subtraction, linear programmes", [one(world(s, 0.7), released) for s in range(45)]
    yield "crossing geographies", [one(world(s, 0.7, crossing=True), released) for s in range(20)]
    longer = [world(s, 1.5, 9, to_date=True) for s in range(3)]
    nan = float("nan")
    yield "months, quarters, year to date", [Outcome(together.pooled(w, together.by_length(w)), nan) for w in longer]
    yield "roles with releases and drafts", [Outcome(together.pooled_roles(world(s, 0.7, 12)), nan) for s in range(3)]
    yield "trying counts", [tried(s, size) for size in trying.SIZES for s in range(25)]


def line(name: str, outcomes: list[Outcome]) -> str:
    """One row of the table."""
    found = [f for each in outcomes for f in each.found if 0 < f.truth < THRESHOLD]
    exact = sum(f.least == f.most for f in found)
    before, after = guess_within_one(found, THRESHOLD)
    shares = [each.hidden for each in outcomes if not math.isnan(each.hidden)]
    hidden = f"{sum(shares) / len(shares):.0%}" if shares else "–"
    narrowest = min(f.most - f.least for f in found)
    cells = (name, len(outcomes), f"{len(found):,}", exact, f"{narrowest:g}", f"{before:.1%}", f"{after:.1%}", hidden)
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    sys.stdout.write(HEADER + "\n")
    for row in attacks():
        sys.stdout.write(line(*row) + "\n")
        sys.stdout.flush()
