"""Somebody outside: reads released tables and public denominators, knows the rules, and solves linear programs.

Nothing of `salus.disclosure` is used here.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from tests.attacks.world import Cell, World


@dataclass(frozen=True)
class Found:
    """What was worked out of one hidden cell."""

    cell: Cell
    truth: float
    least: float
    most: float


def read(*released: pl.DataFrame) -> tuple[dict[Cell, float], set[Cell]]:
    """Counts told by any of the tables, by numerator or by rate times people, and cells hidden in all of them."""
    told: dict[Cell, float] = {}
    hidden: set[Cell] = set()
    for frame in released:
        for row in frame.to_dicts():
            cell = (row["group"], row["area"], row["period_start"], row["period_end"])
            if "as_released_before" in (row["flags"] or ""):
                continue
            figures = [row["numerator"], row["n"]]
            if row["value"] is not None and row["denominator"] is not None:
                figures.append(row["value"] * row["denominator"] / 1e5)
            if row["p1"] is not None:
                figures.append(row["p1"] - 0.5)
            known = [figure for figure in figures if figure is not None]
            if known:
                told[cell] = round(known[0])
            else:
                hidden.add(cell)
    return told, hidden - set(told)


def work_out(
    world: World, told: dict[Cell, float], hidden: set[Cell], zeros_shown: bool = True, of: set[Cell] | None = None
) -> list[Found]:
    """The least and the greatest number each hidden cell can be, over all tables that fit what was told.

    Atoms are whole and not negative; a hidden cell holds one event or more where zeros are always shown. `of`: only
    these hidden cells.
    """
    size = world.atoms.size
    rows = [(world.members[cell], n, n) for cell, n in told.items()]
    if zeros_shown:
        rows += [(world.members[cell], 1.0, np.inf) for cell in hidden]
    if not rows:
        return [Found(cell, world.truth(cell), 0.0, np.inf) for cell in (hidden if of is None else of)]
    data = np.concatenate([np.ones(len(m)) for m, _, _ in rows])
    where = np.concatenate([np.full(len(m), i) for i, (m, _, _) in enumerate(rows)])
    what = np.concatenate([m for m, _, _ in rows])
    matrix = csr_array((data, (where, what)), shape=(len(rows), size))
    fits = LinearConstraint(matrix, np.array([low for _, low, _ in rows]), np.array([high for _, _, high in rows]))
    found = []
    for cell in sorted(hidden if of is None else of, key=str):
        aim = np.zeros(size)
        aim[world.members[cell]] = 1.0
        ends = [milp(sign * aim, bounds=Bounds(0, np.inf), constraints=fits) for sign in (1.0, -1.0)]
        assert ends[0].status == 0, "the attacker's knowledge contradicts itself"
        least = float(np.ceil(ends[0].fun - 1e-6))
        most = float(np.floor(-ends[1].fun + 1e-6)) if ends[1].status == 0 else np.inf
        found.append(Found(cell, world.truth(cell), least, most))
    return found


def guess_within_one(found: list[Found], threshold: int) -> tuple[float, float]:
    """How often a guess of a small count is right within one: by what is known of all of them, and by the attack.

    The guesser knows how often each small count occurs, and guesses the value with most chance within one.
    """
    small = [f for f in found if 0 < f.truth < threshold]
    values = np.arange(1, threshold)
    prior = np.array([sum(f.truth == v for f in small) for v in values]) / len(small)

    def right(weights: np.ndarray, truth: float) -> bool:
        around = [weights[np.abs(values - v) <= 1].sum() for v in values]
        return bool(abs(values[int(np.argmax(around))] - truth) <= 1)

    before = np.mean([right(prior, f.truth) for f in small])
    after = np.mean([right(np.where((values >= f.least) & (values <= f.most), prior, 0.0), f.truth) for f in small])
    return float(before), float(after)
