"""Cells that one contributor dominates, and how many people a count really speaks of.

Both say which cells are primary; `suppress` then hides them and what would give them away. A count of
rows can be large and still tell of one person: the unit of protection is the victim.
"""

from collections.abc import Hashable, Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from salus.disclosure.additive import Array, Mask
from salus.errors import BadInput


def dominated(contributions: Iterable[ArrayLike], n: int = 1, k: float = 0.75, p: float | None = 0.1) -> Mask:
    """Whether a few contributors make up so much of a cell's sum that it tells of them; one answer a cell.

    `contributions` holds, for each cell, one amount a contributor (losses by firm, events by offender),
    in any order, none below 0. A cell is dominated if its `n` largest are more than `k` of the sum,
    or if the second largest could work out the largest to within `p` of it (p% rule; None: not
    judged): sum - x1 - x2 < p x1. Both as in Hundepool et al. 2012, chapter 4. A cell with a sum of 0
    is not dominated. Raises `BadInput` for amounts below 0 and for shares outside 0 to 1.

    >>> losses = [[900, 60, 40], [400, 350, 250], [500, 480, 20], []]
    >>> dominated(losses).tolist()
    [True, False, True, False]

    The mask goes to `suppress` as its primary cells, with the width each of them needs:

    >>> from salus.disclosure import suppress
    >>> cells = [[900, 60, 40], [400, 350, 250], [300, 250, 200], [200, 300, 400], [350, 250, 250], [300, 310, 330]]
    >>> table = np.array([sum(cell) for cell in cells]).reshape(3, 2)
    >>> mask = dominated(cells).reshape(table.shape)
    >>> released = suppress(table, primary=mask, protection=protection_width(cells).max())
    >>> released.table.tolist()
    [[nan, nan], [nan, nan], [850.0, 940.0]]
    """
    _check_rule(n, k, p)
    return np.array([max(_missing(_sorted(cell), n, k, p)) > 0 for cell in contributions], dtype=bool)


def protection_width(contributions: Iterable[ArrayLike], n: int = 1, k: float = 0.75, p: float | None = 0.1) -> Array:
    """How wide an attacker's interval must stay for each dominated cell, in its unit; 0 where none dominates.

    Twice the upper protection level: n x1..n / k - sum for the (n, k) rule, p x1 - (sum - x1 - x2) for
    the p% rule, the larger of the two (Hundepool et al. 2012).

    >>> protection_width([[900, 60, 40], [400, 350, 250]]).tolist()
    [400.0, 0.0]
    """
    _check_rule(n, k, p)
    return np.array([2 * max(0.0, *_missing(_sorted(cell), n, k, p)) for cell in contributions])


def distinct_victims(
    counts_by_victim: Mapping[Hashable, int],
    *,
    household: Mapping[Hashable, Hashable] | None = None,
    offender: Mapping[Hashable, Hashable] | None = None,
    k: float = 0.75,
) -> int:
    """How many persons a cell's events speak of, who could be told apart: the number to hold against a threshold.

    `counts_by_victim` holds the events of one cell by victim: a repeat victim counts as one. Victims of
    one `household` count as one; so do all victims of an `offender` who accounts for more than
    `k` of the events. Groups that share a victim's household are one. Victims without a known household or
    offender stand for themselves. Raises `BadInput` for counts below 0.

    >>> distinct_victims({"ana": 6, "ben": 1, "eva": 1, "tom": 0})
    3
    >>> distinct_victims({"ana": 6, "ben": 1, "eva": 1}, household={"ana": "h1", "ben": "h1"})
    2
    >>> distinct_victims({"ana": 2, "ben": 2, "eva": 1}, offender={"ana": "x", "ben": "x", "eva": "y"})
    2

    Cells below the threshold are primary, however many events they have:

    >>> from salus.disclosure import suppress
    >>> cells = [{"ana": 9}, {f"v{i}": 1 for i in range(30)}, {f"w{i}": 2 for i in range(40)}]
    >>> few = np.array([0 < distinct_victims(cell) < 5 for cell in cells])
    >>> suppress([sum(cell.values()) for cell in cells], primary=few).table.tolist()
    [nan, nan, 80.0]
    """
    if min(counts_by_victim.values(), default=0) < 0:
        raise BadInput("A victim has a count below 0", where="distinct_victims", remedy="count events")
    present = {victim: events for victim, events in counts_by_victim.items() if events > 0}
    homes = household or {}
    one_group = _of_one_offender(present, offender or {}, k)
    units = {("home", homes[v]) if v in homes else ("victim", v) for v in present}
    joined = {("home", homes[v]) if v in homes else ("victim", v) for v in one_group}
    return len(units) - max(len(joined) - 1, 0)


def _of_one_offender(present: Mapping[Hashable, int], offender: Mapping[Hashable, Hashable], k: float) -> set[Hashable]:
    """The victims of an offender with more than `k` of the events; at most one can have them for k from a half."""
    if not 0.5 <= k < 1:
        raise BadInput(f"A share of {k} cannot dominate", where="distinct_victims", remedy="use 0.5 to below 1")
    total = sum(present.values())
    by_offender: dict[Hashable, int] = {}
    for victim, events in present.items():
        if victim in offender:
            by_offender[offender[victim]] = by_offender.get(offender[victim], 0) + events
    ruling = {who for who, events in by_offender.items() if events > k * total}
    return {victim for victim in present if victim in offender and offender[victim] in ruling}


def _check_rule(n: int, k: float, p: float | None) -> None:
    if n < 1 or not 0 < k < 1 or (p is not None and not 0 < p <= 1):
        raise BadInput(
            "A dominance rule needs n from 1, and k and p as shares between 0 and 1",
            where="dominated",
            remedy="write 75 % as 0.75",
        )


def _sorted(cell: ArrayLike) -> Array:
    amounts = np.asarray(cell, dtype=float).ravel()
    if not (np.isfinite(amounts).all() and (amounts >= 0).all()):
        raise BadInput("Contributions are numbers from 0", where="dominated", remedy="treat refunds apart")
    return np.sort(amounts)[::-1]


def _missing(amounts: Array, n: int, k: float, p: float | None) -> tuple[float, float]:
    """By how much the rest of a cell falls short of what each rule asks; above 0 is dominated."""
    total = float(amounts.sum())
    if total == 0:
        return 0.0, 0.0
    by_share = float(amounts[:n].sum()) / k - total
    by_guess = 0.0 if p is None else p * float(amounts[0]) - float(amounts[2:].sum())
    return by_share, by_guess
