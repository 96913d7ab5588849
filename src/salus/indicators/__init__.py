"""From evidence to estimates: each with interval, n, grade, and the distribution its draws come from."""

from salus.indicators.measure import ALL_FILES, measure

__all__ = ["ALL_FILES", "measure"]
