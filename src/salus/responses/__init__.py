"""Responses: what can be done about the priorities, who could lead it, what it may avert, what to fund.

Effects enter only with an interval their source states and travel to a new city with loss; harmful
programmes never enter.
"""

from salus.responses.costs import CostBasis, cost_range
from salus.responses.effects import Transported, choose_effect, income_distance, transported
from salus.responses.feasibility import Feasibility, feasibility
from salus.responses.optimise import Alternative, Portfolio, optimise_portfolio
from salus.responses.stage import respond

__all__ = [
    "Alternative",
    "CostBasis",
    "Feasibility",
    "Portfolio",
    "Transported",
    "choose_effect",
    "cost_range",
    "feasibility",
    "income_distance",
    "optimise_portfolio",
    "respond",
    "transported",
]
