"""The rules of findings that Salus knows, and what each one fills into its sentence."""

from typing import Final

_CHANGE: Final = frozenset(
    {"indicator", "area", "unit", "value_before", "low_before", "high_before", "value", "low", "high", "start", "end"}
)
FILLED: Final[dict[str, frozenset[str]]] = {
    "falling": _CHANGE,
    "rising": _CHANGE,
    "ambiguous_change": _CHANGE,
    "concentrated": frozenset({"share", "low", "high", "expected", "start", "end"}),
    "unequal": frozenset({"problem", "value", "low", "high"}),
    "hours_concentrated": frozenset({"share", "low", "high", "indicator", "hour_from", "hour_to"}),
    "record_below_survey": frozenset({"value", "low", "high", "group", "area", "multiple"}),
    "few_events": frozenset({"count", "flow", "area", "start", "end"}),
    "flow_hypothesis": frozenset({"flow", "count", "value", "low", "high"}),
    "authority_gap": frozenset({"institution", "level", "functions", "threshold"}),
    "capacity_unknown": frozenset({"count", "total"}),
    "no_evidence": frozenset({"indicator", "area", "theme"}),
}
"""`when` of a finding rule -> the placeholders its statement may hold."""
