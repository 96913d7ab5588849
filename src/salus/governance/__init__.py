"""Governance: who may act (legal authority), who can (capacity) and who does (exercise), by function.

Ratings become gaps against the pack's threshold and, for every function, the level that leads.
"""

from salus.governance.cells import Cell, capacity_of
from salus.governance.gaps import gap_row
from salus.governance.leads import ENABLING, Lead, lead_level
from salus.governance.matrix import assess

__all__ = ["ENABLING", "Cell", "Lead", "assess", "capacity_of", "gap_row", "lead_level"]
