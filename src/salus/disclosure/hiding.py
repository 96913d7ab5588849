"""What may be hidden, and how much room a single sum leaves to a hidden cell: the common ground of hiding."""

from dataclasses import dataclass

import numpy as np

from salus.disclosure.additive import Additive, Array, Attacker, Cells, Mask


@dataclass(frozen=True)
class Choice:
    """Which cells may be hidden besides those hidden already, and what each costs."""

    hidden: Mask
    allowed: Mask
    cost: Array


def rooms(system: Additive, attacker: Attacker, hidden: Mask) -> tuple[Cells, Cells, Array]:
    """For each cell in each relation, the width that this relation alone leaves to it if it is hidden.

    Three arrays of one length: relation, cell, width.
    """
    count = system.sums.shape[0]
    relations = np.repeat(np.arange(count), np.diff(system.sums.indptr))
    cells = np.asarray(system.sums.indices, dtype=np.int64)
    part = system.sums.data > 0
    inside = hidden[cells]
    down, up = (system.values - attacker.least)[cells], (attacker.most - system.values)[cells]
    endless = np.isinf(up)
    finite = np.where(endless, 0.0, up)

    def total(of: Array, chosen: Mask) -> Array:
        """The sum over the hidden cells of a sign in each relation, for each of its entries."""
        added = np.bincount(relations, weights=np.where(inside & chosen, of, 0.0), minlength=count)
        return np.asarray(added[relations], dtype=float)

    falls = {sign: total(down, part == sign) for sign in (True, False)}
    rises = {sign: total(finite, part == sign) for sign in (True, False)}
    open_ends = {sign: total(endless.astype(float), part == sign) for sign in (True, False)}
    own_down, own_up = np.where(inside, down, 0.0), np.where(inside, finite, 0.0)
    # A cell may rise as far as those of its sign may fall and those of the other sign may rise.
    rise = np.where(part, falls[True] + rises[False], falls[False] + rises[True]) - own_down
    rise = np.where(np.where(part, open_ends[False], open_ends[True]) > 0, np.inf, rise)
    fall = np.where(part, rises[True] + falls[False], rises[False] + falls[True]) - own_up
    others_endless = np.where(part, open_ends[True], open_ends[False]) - (inside & endless)
    fall = np.where(others_endless > 0, np.inf, fall)
    room = np.minimum(rise, up) + np.minimum(fall, down)
    return relations, cells, np.where(system.used_by(attacker)[relations], room, np.inf)
