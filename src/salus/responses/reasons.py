"""The rows of the portfolio: each option in each year, chosen or not, how often, and why in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salus.model.city import Decisions
from salus.model.grades import Grade, capped
from salus.responses.items import Item
from salus.responses.options import Option
from salus.responses.portfolio import Choice

Row = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What was decided over: the items, the budget, and the choice."""

    items: dict[str, Item]
    choice: Choice
    decisions: Decisions

    def start(self, option: Option) -> int | None:
        """The year of the plan (from 1) in which the option's intervention starts; None if never."""
        return self.choice.schedule.starts.get(option.intervention.id)

    def year(self, number: int) -> int:
        """The calendar year of a year of the plan."""
        return self.decisions.cycle + number - 1


def portfolio_rows(outcome: Outcome, options: Sequence[Option]) -> list[Row]:
    """One row for each option and year of the plan."""
    years = range(1, outcome.decisions.years + 1)
    return [_row(outcome, option, number) for option in options for number in years]


def _row(outcome: Outcome, option: Option, number: int) -> Row:
    name = option.intervention.id
    running = _is_item(outcome, option) and outcome.choice.schedule.active(name, number)
    low, high = option.cost or (None, None)
    share = outcome.choice.shares.get((name, number)) if _is_item(outcome, option) else None
    best: Grade = "E" if outcome.decisions.budget_illustrative else "A"
    return {
        "intervention": name, "problem": option.problem.id, "year": outcome.year(number),
        "chosen": running, "cost_low": low, "cost_high": high,
        "share_of_draws": 0.0 if option.harmful else share,
        "reason": _reason(outcome, option, number, running=running),
        "grade": capped(option.grade, best), "illustrative": option.illustrative,
    }  # fmt: skip


def _is_item(outcome: Outcome, option: Option) -> bool:
    """Whether this option's own benefit counted."""
    item = outcome.items.get(option.intervention.id)
    return item is not None and any(own.problem.id == option.problem.id for own in item.options)


def _reason(outcome: Outcome, option: Option, number: int, *, running: bool) -> str:
    never = _never(outcome, option)
    if never:
        return never
    item, start = outcome.items[option.intervention.id], outcome.start(option)
    if running:
        return _chosen(outcome, option, item)
    if start is not None:
        return f"starts in {outcome.year(start)}{_after_steps(outcome, item)}"
    return _passed_over(outcome, option, item, number)


def _passed_over(outcome: Outcome, option: Option, item: Item, number: int) -> str:
    """Why a candidate is in no year of the plan."""
    if outcome.choice.schedule.reason and not outcome.choice.schedule.starts:
        return f"not settled: {outcome.choice.schedule.reason}"
    if number < item.earliest:
        return f"blocked: {_blocked(option)}"
    if item.cost > outcome.decisions.budget[number - 1]:
        return f"over budget{_invented(outcome)}"
    return f"lower benefit per cost: the budget{_invented(outcome)} goes further with others"


def _never(outcome: Outcome, option: Option) -> str:
    """Why an option is not a candidate at all; empty if it is one."""
    if option.harmful:
        return "refused: harmful"
    if option.effect is None or option.harm is None:
        missing = "effect" if option.effect is None else "harm"
        return f"{missing} not quantified here{_elsewhere(outcome, option)}"
    if option.cost is None:
        return "cost not known: no count of residents, or no cost band"
    if _is_item(outcome, option):
        return ""
    if option.feasibility is not None and option.feasibility.rule != "ready":
        return f"blocked: {_blocked(option)}"
    return "no benefit expected on average"


def _elsewhere(outcome: Outcome, option: Option) -> str:
    """An intervention may run for another of its problems, for which its effect is known."""
    if outcome.start(option) is None:
        return ""
    others = [own.problem.name for own in outcome.items[option.intervention.id].options]
    return f"; chosen for: {', '.join(others)}"


def _chosen(outcome: Outcome, option: Option, item: Item) -> str:
    text = f"chosen: averts most weighted harm within the budget{_invented(outcome)}"
    leads = option.feasibility.leads if option.feasibility else ()
    if any(lead["rule"] == "capacity_unknown" for lead in leads):
        text += "; capacity not assessed"
    if option.harm is not None and option.harm.mean() <= 0:
        text += "; no benefit expected for this problem"
    gap = outcome.choice.schedule.gap
    if gap > 0:
        text += f"; a portfolio up to {gap:.1%} better could not be ruled out"
    return text + _after_steps(outcome, item)


def _after_steps(outcome: Outcome, item: Item) -> str:
    funded = [
        f"{kind} of {institution or 'an institution'} for {function} in"
        f" {outcome.year(outcome.choice.schedule.steps[function, level, institution, kind])}"
        for function, level, institution, kind in item.steps
    ]
    return f"; steps first: {', '.join(funded)}" if funded else ""


def _blocked(option: Option) -> str:
    return option.feasibility.blocked_by if option.feasibility else ""


def _invented(outcome: Outcome) -> str:
    return " (illustrative)" if outcome.decisions.budget_illustrative else ""
