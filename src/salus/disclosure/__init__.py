"""Disclosure: the one gate between a workspace and the world, and the attack that tests it.

`release_tables` makes a run fit to publish. `suppress` hides the small counts of one table and what
would give them away; `audit` attacks the result; `geomask`, `snap` and the noise functions are for
public maps and counts.
"""

from salus.disclosure.audit import audit, audit_informed
from salus.disclosure.cell_key import PerturbationTable, keyed_counts, perturb, perturbation_table, record_keys
from salus.disclosure.dominance import distinct_victims, dominated, protection_width
from salus.disclosure.gate import Released, release_tables, shown_number
from salus.disclosure.masking import geomask, geometric_noise, laplace_scale, snap
from salus.disclosure.nesting import Nesting
from salus.disclosure.rounding import BASES, Rounded, round_hierarchy, round_table
from salus.disclosure.suppression import Suppressed, suppress

__all__ = [
    "BASES",
    "Nesting",
    "PerturbationTable",
    "Released",
    "Rounded",
    "Suppressed",
    "audit",
    "audit_informed",
    "distinct_victims",
    "dominated",
    "geomask",
    "geometric_noise",
    "keyed_counts",
    "laplace_scale",
    "perturb",
    "perturbation_table",
    "protection_width",
    "record_keys",
    "release_tables",
    "round_hierarchy",
    "round_table",
    "shown_number",
    "snap",
    "suppress",
]
