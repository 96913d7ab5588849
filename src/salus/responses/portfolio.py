"""Which interventions to fund in which year: most severity-weighted harm averted within each year's budget.

Costs are the middle of a band, paid from the start to the end of the plan; steps are paid once, at
least a year before what they unlock. Benefits of different interventions are added up (an assumption).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from salus.responses.items import Item
from salus.responses.optimise import optimise_portfolio
from salus.responses.steps import Step, StepKey
from salus.stats.draws import Array

BLOCKS = 50
TIME_LIMIT = 60.0
BLOCK_TIME_LIMIT = 20.0


@dataclass(frozen=True)
class Schedule:
    """Who starts when: year of the plan (from 1) by intervention and by step; `gap` as of the solver.

    >>> Schedule({"lighting": 2}).active("lighting", 1), Schedule({"lighting": 2}).active("lighting", 3)
    (False, True)
    """

    starts: dict[str, int]
    steps: dict[StepKey, int] = field(default_factory=dict)
    gap: float = 0.0
    reason: str = ""

    def active(self, intervention: str, year: int) -> bool:
        """Whether it runs in that year of the plan."""
        return self.starts.get(intervention, year + 1) <= year


@dataclass(frozen=True)
class Choice:
    """The schedule for the expected benefits, and in how many of the resampled blocks each one runs.

    `shares`: (intervention, year of the plan) -> share 0-1.
    """

    schedule: Schedule
    shares: dict[tuple[str, int], float]


@dataclass(frozen=True)
class _Programme:
    """The yes-or-no variables: (item, year it runs), then (step, year by whose end it is done)."""

    items: tuple[Item, ...]
    steps: tuple[Step, ...]
    budget: tuple[float, ...]
    running: tuple[tuple[int, int], ...]
    done: tuple[tuple[int, int], ...]

    @property
    def years(self) -> int:
        return len(self.budget)


def choose(items: Sequence[Item], steps: Sequence[Step], budget: Sequence[float]) -> Choice:
    """The portfolio of the expected benefits, and how often each part is in that of a block of draws.

    `budget`: money for each year of the plan, in the unit of the costs. The draws are cut into 50 blocks;
    each block's mean benefits are solved again, so the shares show how firm the choice is.
    """
    programme = _programme(items, steps, budget)
    if not programme.running:
        return Choice(Schedule({}), {})
    schedule = _solve(programme, [float(item.benefit.mean()) for item in programme.items], TIME_LIMIT)
    solved = [_solve(programme, means, BLOCK_TIME_LIMIT) for means in _block_means(programme.items)]
    return Choice(schedule, _shares(programme, [each for each in solved if not np.isnan(each.gap)]))


def _programme(items: Sequence[Item], steps: Sequence[Step], budget: Sequence[float]) -> _Programme:
    years = len(budget)
    wanted = {key for item in items for key in item.steps}
    useful = tuple(step for step in steps if step.key in wanted)
    running = tuple((i, t) for i, item in enumerate(items) for t in range(item.earliest, years + 1))
    done = tuple((k, t) for k in range(len(useful)) for t in range(1, years))
    return _Programme(tuple(items), useful, tuple(budget), running, done)


def _solve(programme: _Programme, benefits: Sequence[float], time_limit: float) -> Schedule:
    gains = [benefits[i] for i, _ in programme.running] + [0.0] * len(programme.done)
    spent = [programme.items[i].cost for i, _ in programme.running]
    last = programme.years - 1
    once = [_price(programme, k) if t == last else 0.0 for k, t in programme.done]
    found = optimise_portfolio(
        gains,
        spent + once,
        sum(programme.budget),
        capacity=_yearly(programme),
        precedence=_precedence(programme),
        near_optimal=0,
        time_limit=time_limit,
    )
    schedule = _schedule(programme, found.mask)
    return replace(schedule, gap=found.gap, reason=found.reason if found.gap != 0 else "")


def _yearly(programme: _Programme) -> list[tuple[Array, float]]:
    """What each variable costs in a year, and that year's budget."""
    rows = []
    for year, money in enumerate(programme.budget, start=1):
        use = [programme.items[i].cost * (t == year) for i, t in programme.running]
        paid = [_price(programme, k) * _becomes_done(programme, t, year) for k, t in programme.done]
        rows.append((np.array(use + paid, dtype=float), float(money)))
    return rows


def _becomes_done(programme: _Programme, by: int, year: int) -> int:
    """A step is paid when it becomes done: done by this year (1), less done by the year before (-1).

    Nothing becomes done in the last year: it could unlock nothing any more.
    """
    if year == programme.years:
        return 0
    return (by == year) - (by == year - 1)


def _precedence(programme: _Programme) -> list[tuple[int, int]]:
    """What runs goes on running, what is done stays done, and steps are done a year before."""
    runs = {pair: v for v, pair in enumerate(programme.running)}
    done = {pair: len(runs) + v for v, pair in enumerate(programme.done)}
    number = {step.key: k for k, step in enumerate(programme.steps)}
    goes_on = [(v, places[n, t + 1]) for places in (runs, done) for (n, t), v in places.items()
               if (n, t + 1) in places]  # fmt: skip
    before = [(v, done[number[key], t - 1]) for (i, t), v in runs.items() for key in programme.items[i].steps]
    return goes_on + before


def _schedule(programme: _Programme, mask: Sequence[bool]) -> Schedule:
    runs, finished = mask[: len(programme.running)], mask[len(programme.running) :]
    starts: dict[str, int] = {}
    for (i, t), on in zip(programme.running, runs, strict=True):
        if on:
            name = programme.items[i].intervention
            starts[name] = min(t, starts.get(name, t))
    steps: dict[StepKey, int] = {}
    for (k, t), on in zip(programme.done, finished, strict=True):
        if on:
            key = programme.steps[k].key
            steps[key] = min(t, steps.get(key, t))
    return Schedule(starts, steps)


def _price(programme: _Programme, step: int) -> float:
    low, high = programme.steps[step].cost or (0.0, 0.0)
    return (low + high) / 2


def _block_means(items: Sequence[Item]) -> list[list[float]]:
    benefits = np.stack([item.benefit for item in items], axis=1)
    blocks = np.array_split(benefits, min(BLOCKS, len(benefits)))
    return [[float(mean) for mean in block.mean(axis=0)] for block in blocks]


def _shares(programme: _Programme, solved: Sequence[Schedule]) -> dict[tuple[str, int], float]:
    return {
        (item.intervention, year): sum(each.active(item.intervention, year) for each in solved) / len(solved)
        for item in programme.items
        for year in range(1, programme.years + 1)
        if solved
    }
