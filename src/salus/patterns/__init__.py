"""From estimates and incidents to where and when recorded offences gather, beside what chance would do."""

from salus.patterns.stage import patterns

__all__ = ["patterns"]
