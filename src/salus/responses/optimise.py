"""Which options to fund together: the portfolio of greatest benefit within budget, staff and fairness.

A mixed-integer programme solved by HiGHS. Equal portfolios are told apart by lower cost, then by
order, so that one input gives one answer.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import optimize

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers, tail_of, together

# Values closer than this, relative to the best, count as equal: the solver's own tolerance.
_EQUAL = 1e-6


@dataclass(frozen=True)
class Alternative:
    """Another portfolio that is nearly as good: the options it chooses, its value and cost."""

    chosen: tuple[int, ...]
    value: float
    cost: float


@dataclass(frozen=True)
class Portfolio:
    """The options chosen (their places in the input, from 0), with `value`, `cost` and `alternatives`.

    `value` is in the benefits' unit (less the risk term, where there is one). `gap` is how much better,
    in proportion, a portfolio could still be that the solver had no time to rule out; 0 is proven best.
    NaN with a `reason` where nothing meets all constraints.

    >>> Portfolio((0, 2), 10.0, 4.0, 0.0, (True, False, True)).mask
    (True, False, True)
    """

    chosen: tuple[int, ...]
    value: float
    cost: float
    gap: float
    mask: tuple[bool, ...]
    alternatives: tuple[Alternative, ...] = ()
    reason: str = ""

    @property
    def core(self) -> tuple[int, ...]:
        """The options that are in this portfolio and in every alternative: the safe choices."""
        return tuple(i for i in self.chosen if all(i in other.chosen for other in self.alternatives))


@dataclass(frozen=True)
class _Programme:
    """Maximise gain·x over x (0 or 1 for the first n, free after) with rows·x <= limits."""

    n: int
    gain: Array
    rows: Array
    limits: Array
    deadline: float
    cost: Array
    low: Array = field(default_factory=lambda: np.zeros(0))
    high: Array = field(default_factory=lambda: np.zeros(0))

    def with_row(self, row: Array, limit: float) -> "_Programme":
        """The same with one more constraint, over the first len(row) variables."""
        wide = np.zeros((1, self.gain.size))
        wide[0, : row.size] = row
        return replace(self, rows=np.vstack([self.rows, wide]), limits=np.append(self.limits, limit))


@dataclass(frozen=True)
class _Found:
    """A solution: the options as 0 and 1, its objective, and the relative gap (0 when proven best)."""

    options: Array
    value: float
    gap: float


def optimise_portfolio(  # noqa: PLR0913 - the constraints a city has, each by its name
    benefits: Numbers,
    costs: Numbers,
    budget: float,
    *,
    capacity: Sequence[tuple[Numbers, float]] = (),
    precedence: Sequence[tuple[int, int]] = (),
    floors: Sequence[tuple[Numbers, float]] = (),
    exclusions: Sequence[Sequence[int]] = (),
    scenarios: Numbers | None = None,
    risk_aversion: float = 0.0,
    alpha: float = 0.95,
    near_optimal: int = 3,
    time_limit: float = 60,
) -> Portfolio:
    """The options that together bring most benefit within the budget.

    Parameters
    ----------
    benefits, costs
        Expected benefit (harm averted, say) and cost of each option; the budget in the costs' unit.
    capacity
        `(use of each option, limit)`: staff of an agency, or the budget of one year.
    precedence
        `(i, j)`: option i only together with option j.
    floors
        `(share of each option, at least)`: the benefit that reaches a group, such as the most deprived
        fifth of the population; a mask or shares from 0 to 1.
    exclusions
        Groups of options of which at most one may be chosen.
    scenarios, risk_aversion, alpha
        Benefits by scenario (scenarios x options), all equally probable: the value becomes benefit -
        risk_aversion x CVaR of the loss (minus the benefit), the mean of its worst 1 - alpha.
    near_optimal
        How many of the next best portfolios to give as alternatives.
    time_limit
        Seconds for all; when they run out the best so far is given with its gap.

    >>> optimise_portfolio([10, 7, 6], [6, 4, 4], 8).chosen
    (1, 2)
    """
    b, c = numbers(benefits, "benefits"), numbers(costs, "costs", minimum=0)
    together(benefits=b, costs=c)
    constraints = [(c, float(budget))]
    constraints += [(_of(use, b.size, "use"), float(limit)) for use, limit in capacity]
    constraints += [(-b * _of(share, b.size, "share"), -float(least)) for share, least in floors]
    constraints += [(_apart(b.size, i) - _apart(b.size, j), 0.0) for i, j in precedence]
    constraints += [(_apart(b.size, *group), 1.0) for group in exclusions]
    deadline = time.monotonic() + time_limit
    programme = _programme(b, c, constraints, deadline)
    if scenarios is not None and risk_aversion:
        programme = _averse(programme, numbers(scenarios, "scenarios"), risk_aversion, alpha)
    return _portfolio(programme, near_optimal)


def _portfolio(programme: _Programme, near_optimal: int) -> Portfolio:
    best = _solve(programme)
    if isinstance(best, str):
        nan = float("nan")
        return Portfolio((), nan, nan, nan, (False,) * programme.n, reason=best)
    if best.gap == 0:
        best = _first_among_equals(programme, best)
    others, cut = [], programme
    last = best
    for _ in range(near_optimal):
        cut = cut.with_row(*_not_again(last.options))
        following = _solve(cut)
        if isinstance(following, str):
            break
        last = following
        others.append(Alternative(_chosen(last), last.value, float(programme.cost @ last.options)))
    late = time.monotonic() >= programme.deadline
    reason = "the time ran out before equals and alternatives were settled" if late else ""
    reason = reason if best.gap == 0 else "the time ran out before the best was proven"
    mask = tuple(bool(x) for x in best.options)
    cost = float(programme.cost @ best.options)
    return Portfolio(_chosen(best), best.value, cost, best.gap, mask, tuple(others), reason)


def _first_among_equals(programme: _Programme, best: _Found) -> _Found:
    """Of the portfolios of equal value the cheapest; of those the one whose options come first."""
    scale = float(np.abs(programme.gain).max()) or 1.0
    at_least = best.value - _EQUAL * max(scale, abs(best.value))
    equal = programme.with_row(-programme.gain / scale, -at_least / scale)
    cheap = _solve(replace(equal, gain=np.append(-programme.cost, np.zeros(equal.gain.size - programme.n))))
    if isinstance(cheap, str):
        return best
    unit = float(programme.cost.max()) or 1.0
    spent = float(programme.cost @ cheap.options)
    equal = equal.with_row(programme.cost / unit, spent / unit * (1 + _EQUAL))
    found = cheap
    if not isinstance(_solve(_any(equal.with_row(*_not_again(found.options)))), str):
        found = _earliest(_any(equal), found)
    exact = programme.gain.size == programme.n
    value = float(programme.gain @ found.options) if exact else best.value
    return replace(best, options=found.options, value=value)


def _earliest(equal: _Programme, found: _Found) -> _Found:
    low, high = equal.low.copy(), equal.high.copy()
    for i in range(equal.n):
        if not found.options[i]:
            low[i] = 1.0
            earlier = _solve(replace(equal, low=low, high=high))
            if isinstance(earlier, str):
                low[i] = high[i] = 0.0
                continue
            found = earlier
        low[i] = 1.0
    return found


def _any(programme: _Programme) -> _Programme:
    return replace(programme, gain=np.zeros(programme.gain.size))


def _not_again(options: Array) -> tuple[Array, float]:
    """The constraint that at least one option differs from this portfolio."""
    return np.where(options > 0, 1.0, -1.0), float(options.sum()) - 1.0


def _solve(programme: _Programme) -> _Found | str:
    left = programme.deadline - time.monotonic()
    if left <= 0:
        return "the time ran out"
    n, scale = programme.n, float(np.abs(programme.gain).max()) or 1.0
    result = optimize.milp(
        -programme.gain / scale,
        integrality=(np.arange(programme.gain.size) < n).astype(np.int64),
        bounds=optimize.Bounds(programme.low, programme.high),
        constraints=optimize.LinearConstraint(programme.rows, -np.inf, programme.limits),
        options={"time_limit": left, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        return "nothing meets all constraints" if result.status == 2 else "the time ran out"
    options = np.round(result.x[:n])
    value = float(programme.gain[:n] @ options + programme.gain[n:] @ result.x[n:])
    return _Found(options, value, 0.0 if result.status == 0 else float(result.mip_gap))


def _programme(b: Array, c: Array, constraints: list[tuple[Array, float]], deadline: float) -> _Programme:
    # The solver's tolerance is absolute, so rows of millions of pesos are put on the scale of 1.
    scales = [float(np.abs(row).max()) or 1.0 for row, _ in constraints]
    rows = np.vstack([row / scale for (row, _), scale in zip(constraints, scales, strict=True)])
    limits = np.array([limit / scale for (_, limit), scale in zip(constraints, scales, strict=True)])
    return _Programme(b.size, b, rows, limits, deadline, c, np.zeros(b.size), np.ones(b.size))


def _averse(programme: _Programme, scenarios: Array, aversion: float, alpha: float) -> _Programme:
    """Adds the CVaR of the loss as a free threshold and one excess a scenario (Rockafellar & Uryasev)."""
    tail_of(alpha)
    n = programme.n
    if scenarios.ndim != 2 or scenarios.shape[1] != n or aversion < 0:
        raise BadInput("Scenarios do not fit the options", remedy="scenarios x options, aversion from 0 on")
    s = scenarios.shape[0]
    excess = np.hstack([-scenarios, -np.ones((s, 1)), -np.eye(s)])
    before = np.hstack([programme.rows, np.zeros((programme.rows.shape[0], s + 1))])
    weight = np.append(-aversion, np.full(s, -aversion / (s * (1 - alpha))))
    return replace(
        programme,
        gain=np.append(programme.gain, weight),
        rows=np.vstack([before, excess]),
        limits=np.append(programme.limits, np.zeros(s)),
        low=np.concatenate([programme.low, [-np.inf], np.zeros(s)]),
        high=np.append(programme.high, np.full(s + 1, np.inf)),
    )


def _of(values: Numbers, n: int, name: str) -> Array:
    array = numbers(values, name)
    if array.shape != (n,):
        raise BadInput(f"A {name} of shape {array.shape} does not fit {n} options", remedy="one an option")
    return array


def _apart(n: int, *options: int) -> Array:
    """A row with 1 at these options."""
    if any(not 0 <= i < n for i in options):
        raise BadInput(f"There is no option {options} among {n}", remedy="options count from 0")
    row = np.zeros(n)
    row[list(options)] = 1.0
    return row


def _chosen(found: _Found) -> tuple[int, ...]:
    return tuple(int(i) for i in np.flatnonzero(found.options))
