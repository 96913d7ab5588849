"""What is worth finding out: how much narrower a rank would be if a missing criterion were known."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from salus.model.framework import Indicator, Pack, Problem
from salus.model.phrases import Phrase
from salus.model.tables import row_key
from salus.priorities.criteria import Criterion, Source, source_of
from salus.priorities.ranking import rank_interval, total_scores
from salus.priorities.why import RAPID, why
from salus.stats.draws import Array

LEVELS = 25
Row = dict[str, object]
# Proposed: records exist and need work; a survey has to be fielded.
_COST: dict[Source, str] = {"records": "€", "survey": "€€"}


@dataclass(frozen=True)
class Gain:
    """What knowing one criterion of one problem would do to its rank.

    `value` is in ranks: by how much the 90 % rank interval shrinks on average.
    """

    problem: str
    criterion: str
    missing: Phrase
    value: float
    answered_by: Source

    def row(self) -> Row:
        """The row of the table `information_value`."""
        return {
            "what": f"{self.criterion} of {self.problem}: {self.missing.plain}",
            "changes": f"rank of {self.problem}", "value": self.value, "cost_band": _COST[self.answered_by],
            "criterion": self.criterion, "problem": self.problem, "phrase": self.missing.packed,
        }  # fmt: skip


def gains(problems: Sequence[Problem], criteria: Sequence[Sequence[Criterion]], weights: Array) -> list[Gain]:
    """One gain for each criterion that is unknown, or that rests on an assumed reporting share."""
    scores = np.stack([np.stack([criterion.draws for criterion in own]) for own in criteria])
    totals = total_scores(scores, weights)
    return [
        Gain(problem.id, criterion.name, criterion.missing,
             narrowing(totals, p, scores[p, k], weights[:, k]), criterion.answered_by)
        for p, problem in enumerate(problems)
        for k, criterion in enumerate(criteria[p])
        if criterion.missing is not None
    ]  # fmt: skip


def narrowing(totals: Array, problem: int, score: Array, weight: Array) -> float:
    """Ranks by which a problem's interval shrinks if one of its scores were known, averaged over 25 of its
    quantiles; 0 where knowing it would not narrow the interval.

    `totals` is problems × draws; `score` and `weight` are that criterion's draws.
    """
    others = np.delete(totals, problem, axis=0)
    known = np.quantile(score, (np.arange(LEVELS) + 0.5) / LEVELS)
    own = totals[problem] + weight * (known[:, None] - score)
    now = _width(_ranks(others, totals[problem][None, :]))
    return max(0.0, float(now.mean() - _width(_ranks(others, own)).mean()))


def rapid_without_evidence(
    pack: Pack, problems: Sequence[Problem], known: Sequence[Gain], measured: Collection[str]
) -> list[Row]:
    """One row for each indicator of the rapid set that the city has no figure for.

    Its value is that of the burden of a problem it measures; null where it changes a profile, not a rank.
    """
    without = [item for item in pack.indicators if item.rapid and item.id not in measured]
    return [_missing_row(item, pack, problems, known) for item in without]


def rapid_lineage(rows: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """A gap rests on the framework, which asks for the indicator."""
    return [
        ("information_value", row_key("information_value", row), "pack", f"indicator:{str(row['what'])[:3]}")
        for row in rows
    ]


def _missing_row(indicator: Indicator, pack: Pack, problems: Sequence[Problem], known: Sequence[Gain]) -> Row:
    ranked = [problem.id for problem in problems if indicator.id in problem.indicators]
    themes = [t.id for t in pack.themes if indicator.id in (*t.risk, *t.vulnerability, *t.capacity)]
    changes = [f"rank of {name}" for name in ranked] or [f"profile of {name}" for name in themes]
    values = [gain.value for gain in known if gain.problem in ranked and gain.criterion == "burden"]
    return {
        "what": f"{indicator.id} {indicator.name}: no evidence on this indicator of the rapid set",
        "changes": ";".join(changes), "value": max(values) if values else None,
        "cost_band": _COST[source_of(indicator)], "criterion": "", "problem": ranked[0] if ranked else "",
        "phrase": why(RAPID, indicator).packed,
    }  # fmt: skip


def _ranks(others: Array, own: Array) -> Array:
    return np.asarray(1.0 + (others[:, None, :] > own[None, :, :]).sum(axis=0))


def _width(ranks: Array) -> Array:
    low, high = rank_interval(ranks)
    return high - low
