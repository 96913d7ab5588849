"""Where illicit flows meet vulnerability and weak protection: hypotheses with their grade, never proof."""

from salus.nexus.cross import cross
from salus.nexus.roles import check_roles

__all__ = ["check_roles", "cross"]
