"""Estimators for series over time: seasons, expected ranges, breaks, interruptions, forecasts, unsure times."""

from salus.stats.series.breaks import Breakpoints, breakpoints
from salus.stats.series.decomposition import Decomposition, stl
from salus.stats.series.expected import ExpectedRange, farrington_flexible
from salus.stats.series.interruption import Interruption, interrupted_series
from salus.stats.series.outlook import Forecast, forecast
from salus.stats.series.recording import RecordingBreak, ReportingLag, recording_break, reporting_lag
from salus.stats.series.smoothing import HoltWinters, holt_winters
from salus.stats.series.unsure_times import Aoristic, aoristic

__all__ = [
    "Aoristic",
    "Breakpoints",
    "Decomposition",
    "ExpectedRange",
    "Forecast",
    "HoltWinters",
    "Interruption",
    "RecordingBreak",
    "ReportingLag",
    "aoristic",
    "breakpoints",
    "farrington_flexible",
    "forecast",
    "holt_winters",
    "interrupted_series",
    "recording_break",
    "reporting_lag",
    "stl",
]
