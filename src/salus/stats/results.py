"""What estimators return: a number that knows why it is undefined, and a number with its interval."""

from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from salus.stats.inputs import Array

Value = TypeVar("Value", float, Array)


class Measure(float):
    """A number that can be used as any other; where it is NaN, `reason` says why.

    >>> Measure(0.25) * 4, Measure(float("nan"), "no events").reason
    (1.0, 'no events')
    """

    reason: str

    def __new__(cls, value: float, reason: str = "") -> Self:
        """The number, and why it is undefined if it is NaN."""
        measure = super().__new__(cls, value)
        measure.reason = reason
        return measure

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self)


@dataclass(frozen=True)
class Interval(Generic[Value]):
    """A value between two limits, in the value's unit: floats, or arrays with one element an area.

    `reason` says why a value is NaN; it is empty where all are defined.

    >>> Interval(5.0, 2.4, 9.2).low
    2.4
    """

    value: Value
    low: Value
    high: Value
    reason: str = ""
