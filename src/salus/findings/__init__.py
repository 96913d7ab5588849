"""States what the evidence allows, in the pack's words, each with grade, limits and trail."""

from salus.findings.state import state
from salus.findings.statement import Statement

__all__ = ["Statement", "state"]
