"""Cities with planted truth: what was planted is known, so that one can test whether the chain finds it."""

from salus.planting.best import best_portfolio
from salus.planting.city import HOT, OFFENCES, Planted, synth

__all__ = ["HOT", "OFFENCES", "Planted", "best_portfolio", "synth"]
