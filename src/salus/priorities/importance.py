"""Importance: how groups of people rate problems, as a fifth criterion beside the measured four."""

from collections.abc import Sequence

import numpy as np

from salus.model.framework import Problem
from salus.model.grades import Grade, worst
from salus.model.phrases import Phrase
from salus.priorities.criteria import Criterion
from salus.priorities.groups import Choice, Group
from salus.priorities.rows import Support, View
from salus.priorities.why import NOT_RATED
from salus.stats.draws import Array, DrawSource

RATING = "rating 0-100"
_STATED: Grade = "D"


def importance_of(group: Group, problems: Sequence[Problem], draws: DrawSource) -> Array:
    """Problems × draws: the group's ratings (0-100); anything from 0 to 100 where it rated nothing."""
    return np.stack([
        np.full(draws.n, group.importance[problem.id]) if problem.id in group.importance
        else 100 * draws.uniform(f"unknown|importance|{problem.id}")
        for problem in problems
    ])  # fmt: skip


def mixed_importance(
    view: View, problems: Sequence[Problem], groups: Sequence[Group], choice: Choice
) -> list[Criterion]:
    """Each problem's importance, in each draw as rated by the group that speaks in it."""
    ratings = np.stack([importance_of(group, problems, view.draws) for group in groups])
    mixed = ratings[choice, :, np.arange(view.draws.n)].T
    return [_criterion(problem, groups, mixed[p]) for p, problem in enumerate(problems)]


def _criterion(problem: Problem, groups: Sequence[Group], draws: Array) -> Criterion:
    raters = [group for group in groups if problem.id in group.importance]
    if not raters:
        return Criterion("importance", draws, missing=Phrase(NOT_RATED), answered_by="survey")
    support: list[Support] = [("judgements", f"judgements:{group.name}|{problem.id}|importance") for group in raters]
    return Criterion(
        "importance",
        draws,
        value=float(np.median(draws)),
        unit=RATING,
        n=float(sum(group.people for group in raters)),
        grade=worst(*("E" if group.illustrative else _STATED for group in raters)),
        support=support,
    )
