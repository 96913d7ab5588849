"""Planning: from portfolio, ranks and leads to a draft policy framework and action plan.

It proposes; people decide, in a copy of `plan.yaml` under `cycles/`.
"""

from salus.planning.figures import EXPECTED, PROCESS
from salus.planning.plan import plan

__all__ = ["EXPECTED", "PROCESS", "plan"]
