"""How few persons a count may speak of before it is hidden: the threshold of each series."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from salus.disclosure.counts import Count
from salus.disclosure.earlier import key_of
from salus.disclosure.units import stated_units, stated_whole


@dataclass(frozen=True)
class Limits:
    """Counts from 1 to `threshold` - 1 are small; `protected` holds for protected `indicators` and `groups` if higher.

    >>> limits = Limits(5, 10, frozenset({"C01"}))
    >>> limits.of("A16"), limits.of("C01")
    (5, 10)
    """

    threshold: int = 5
    protected: int = 10
    indicators: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def of(self, indicator: str, group: str = "") -> int:
        """The least count of a series that may be shown."""
        strict = indicator in self.indicators or group in self.groups
        return max(self.protected, self.threshold) if strict else self.threshold


def count_of(row: Mapping[str, Any], limits: Limits) -> Count:
    """The count behind a row of `estimates` that has one; of a share the whole too."""
    value, whole = float(row["numerator"]), row["denominator"]
    share = "%" in str(row["unit"]) and whole is not None and float(whole) >= value
    limit = limits.of(str(row["indicator"]), str(row["group"] or ""))
    return Count(key_of(row), value, limit, float(whole) if share else None, stated_units(row), stated_whole(row))
