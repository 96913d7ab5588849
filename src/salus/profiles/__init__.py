"""Risk, vulnerability and capacity of each area for each theme; never one score for a city."""

from salus.profiles.profile import profile

__all__ = ["profile"]
