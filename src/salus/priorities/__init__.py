"""Priorities: problems ranked on fixed criteria with the people's judgements and their disagreement.

Evidence and weights enter as draws, so a rank always comes with its interval.
"""

from salus.priorities.ranking import Ranking, kendall_disagreement, rank_draws
from salus.priorities.scores import burden_score, condition_score, inequity_score, severity_score, trend_score
from salus.priorities.stage import prioritise
from salus.priorities.why import WHY

__all__ = [
    "WHY",
    "Ranking",
    "burden_score",
    "condition_score",
    "inequity_score",
    "kendall_disagreement",
    "prioritise",
    "rank_draws",
    "severity_score",
    "trend_score",
]
