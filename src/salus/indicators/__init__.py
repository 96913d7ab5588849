"""From evidence to estimates: each with interval, n, grade, and the distribution its draws come from."""

from salus.indicators.measure import ALL_FILES, measure
from salus.indicators.pieces import pieces_of

__all__ = ["ALL_FILES", "measure", "pieces_of"]
