"""One view's outcome: criteria, weights, ranks and groups' ranks, as rows of the stage's tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from salus.model.framework import Problem
from salus.model.grades import Grade, capped, worst
from salus.model.tables import row_key
from salus.priorities.criteria import Criterion
from salus.priorities.groups import Group, chosen_group, dirichlet, weight_draws
from salus.priorities.importance import importance_of, mixed_importance
from salus.priorities.information import Gain
from salus.priorities.ranking import Ranking, kendall_disagreement, rank_draws, total_scores
from salus.priorities.rows import View
from salus.stats.draws import Array

Row = dict[str, object]
Pair = tuple[str, str, str, str]


@dataclass(frozen=True)
class Outcome:
    """What one view says: `criteria` by problem (the same order as `problems`), `weights` draws × criteria,
    the ranking, and each group's own ranking."""

    illustrative: bool
    view: View
    problems: list[Problem]
    criteria: list[list[Criterion]]
    weights: Array
    ranking: Ranking
    groups: list[tuple[Group, Ranking]]

    def criteria_rows(self) -> list[Row]:
        """Rows of the table `criteria`."""
        return [
            {
                "problem": problem.id, "criterion": criterion.name, "value": criterion.value,
                "unit": criterion.unit, "score": float(np.median(criterion.draws)),
                "low": float(np.quantile(criterion.draws, 0.025)),
                "high": float(np.quantile(criterion.draws, 0.975)), "n": criterion.n,
                "grade": criterion.grade, "illustrative": self.illustrative,
            }
            for problem, own in zip(self.problems, self.criteria, strict=True)
            for criterion in own
        ]  # fmt: skip

    def priority_rows(self) -> list[Row]:
        """Rows of the table `priorities`; `areas` is the city until areas are compared."""
        disagreement = self.disagreement()
        return [
            {
                "problem": problem.id, "theme": problem.theme, "areas": self.view.city.scope.area,
                "expected_rank": self.ranking.expected[p], "rank_low": self.ranking.low[p],
                "rank_high": self.ranking.high[p], "first_rank_acceptability": self.ranking.first[p],
                "top_k_share": self.ranking.top[p], "disagreement": disagreement,
                "grade": self.grade(problem, self.criteria[p]), "illustrative": self.illustrative,
            }
            for p, problem in enumerate(self.problems)
        ]  # fmt: skip

    def group_rows(self) -> list[Row]:
        """Rows of the table `group_ranks` for the groups whose judgements are of this view's kind."""
        return [
            {
                "group": group.name, "problem": problem.id, "rank": ranking.expected[p],
                "low": ranking.low[p], "high": ranking.high[p], "illustrative": self.illustrative,
            }
            for group, ranking in self.groups
            if group.illustrative == self.illustrative
            for p, problem in enumerate(self.problems)
        ]  # fmt: skip

    def disagreement(self) -> float | None:
        """1 − Kendall's W over all problems; None with fewer than two groups."""
        if len(self.groups) < 2:
            return None
        return kendall_disagreement(np.stack([ranking.expected for _, ranking in self.groups]))

    def grade(self, problem: Problem, own: Sequence[Criterion]) -> Grade:
        """The weaker of burden and severity; D at best where the direction is ambiguous, E where invented
        answers take part."""
        weaker = worst(*(criterion.grade for criterion in own if criterion.name in {"burden", "severity"}))
        ambiguous = self.view.main(problem).direction == "ambiguous"
        return capped(capped(weaker, "D") if ambiguous else weaker, "E" if self.illustrative else "A")


def ranked(
    view: View, problems: list[Problem], measured: list[list[Criterion]], groups: list[Group], *,
    illustrative: bool,
) -> Outcome:  # fmt: skip
    """Ranks on draws: with groups, each draw takes one group's weights; without, any weights at all."""
    if not groups:
        weights = dirichlet([1.0, 1.0, 1.0, 1.0, 0.0], "weights", view.draws)[:, :4]
        ranking = rank_draws(total_scores(_stacked(measured), weights))
        return Outcome(illustrative, view, problems, measured, weights, ranking, [])
    choice = chosen_group(groups, view.draws)
    stated = mixed_importance(view, problems, groups, choice)
    criteria = [[*own, importance] for own, importance in zip(measured, stated, strict=True)]
    by_group = np.stack([weight_draws(group, view.draws) for group in groups])
    weights = by_group[choice, np.arange(view.draws.n)]
    scores = _stacked(criteria)
    ranking = rank_draws(total_scores(scores, weights))
    own = [
        (group, _own_ranking(scores, by_group[g], importance_of(group, problems, view.draws)))
        for g, group in enumerate(groups)
    ]
    return Outcome(illustrative, view, problems, criteria, weights, ranking, own)


def outcome_lineage(outcome: Outcome, judgements: pl.DataFrame) -> list[Pair]:
    """Criteria rest on estimates, priorities and groups' ranks on criteria and on judgements."""
    pairs: list[Pair] = []
    for problem, own in zip(outcome.problems, outcome.criteria, strict=True):
        about = {"problem": problem.id, "illustrative": outcome.illustrative}
        keys = [row_key("criteria", about | {"criterion": criterion.name}) for criterion in own]
        for key, criterion in zip(keys, own, strict=True):
            pairs += [("criteria", key, table, support) for table, support in criterion.support]
        rank_key = row_key("priorities", about)
        pairs += [("priorities", rank_key, "criteria", key) for key in keys]
        for group, _ in outcome.groups:
            said = _said(judgements, group, problem)
            pairs += [("priorities", rank_key, "judgements", key) for key in said]
            if group.illustrative == outcome.illustrative:
                group_key = row_key("group_ranks", {"group": group.name, "problem": problem.id})
                pairs += [("group_ranks", group_key, "criteria", key) for key in keys]
                pairs += [("group_ranks", group_key, "judgements", key) for key in said]
    return pairs


def information_lineage(missing: Sequence[Gain]) -> list[Pair]:
    """What is worth knowing rests on the criterion that is not known."""
    return [
        ("information_value", row_key("information_value", gain.row()), "criteria",
         row_key("criteria", {"problem": gain.problem, "criterion": gain.criterion, "illustrative": False}))
        for gain in missing
    ]  # fmt: skip


def _said(judgements: pl.DataFrame, group: Group, problem: Problem) -> list[str]:
    rows = judgements.filter(pl.col("group") == group.name, pl.col("problem").is_in(["*", problem.id]))
    return [row_key("judgements", row) for row in rows.rows(named=True)]


def _own_ranking(scores: Array, weights: Array, importance: Array) -> Ranking:
    own = scores.copy()
    own[:, -1, :] = importance
    return rank_draws(total_scores(own, weights))


def _stacked(criteria: Sequence[Sequence[Criterion]]) -> Array:
    return np.stack([np.stack([criterion.draws for criterion in own]) for own in criteria])
