"""Estimators for series over time: seasons, expected ranges, breaks, interruptions, forecasts, unsure times."""

from salus.stats.series.breaks import Breakpoints, breakpoints
from salus.stats.series.decomposition import Decomposition, stl
from salus.stats.series.expected import ExpectedRange, farrington_flexible
from salus.stats.series.interruption import Interruption, interrupted_series
from salus.stats.series.smoothing import HoltWinters, holt_winters

__all__ = [
    "Breakpoints",
    "Decomposition",
    "ExpectedRange",
    "HoltWinters",
    "Interruption",
    "breakpoints",
    "farrington_flexible",
    "holt_winters",
    "interrupted_series",
    "stl",
]
