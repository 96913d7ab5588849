"""Disclosure: the one gate between a workspace and the world, and the attack that tests it.

`release_tables` makes a run fit to publish. `suppress` hides the small counts of one table and what
would give them away; `audit` attacks the result; `dominated` and `distinct_victims` say which cells are
small in truth. `round_table` and `perturb` change public counts instead of hiding them; `geomask`, `snap` and
the noise functions are for public maps and counts. `check_quote` and `check_text` judge words.
"""

from salus.disclosure.applying import apply_preset, preset_tables, rounded_count
from salus.disclosure.audit import audit, audit_informed
from salus.disclosure.cell_key import PerturbationTable, keyed_counts, perturb, perturbation_table, record_keys
from salus.disclosure.counts import Nesting
from salus.disclosure.derived import marked
from salus.disclosure.digests import keyed_digest, keyed_inputs
from salus.disclosure.dominance import distinct_victims, dominated, protection_width
from salus.disclosure.earlier import HELD, KEY
from salus.disclosure.gate import CHANGED, Released, release_tables, shown_number
from salus.disclosure.identifying import Passage, identifying_passages
from salus.disclosure.ladder import Broader, Population
from salus.disclosure.limits import Limits
from salus.disclosure.linked import Linked, LinkedRounded, round_linked, suppress_linked
from salus.disclosure.loss import information_loss
from salus.disclosure.masking import geomask, geometric_noise, laplace_scale, snap
from salus.disclosure.presets import PRESETS, Preset, preset_of, strictest
from salus.disclosure.preview import Preview, attack_preview
from salus.disclosure.quoted import Speakers, judge_quotes, release_quotes, without_quotes
from salus.disclosure.rounding import BASES, Rounded, round_hierarchy, round_table
from salus.disclosure.suppression import Suppressed, suppress
from salus.disclosure.together import stated_together
from salus.disclosure.units import people_of, protected_units
from salus.disclosure.withheld import WITHHELD, action_log, withhold_in_plan, withhold_reasons
from salus.disclosure.words import Quote, Reason, ReleasedWords, Verdict, check_quote, check_text, release_words

__all__ = [
    "BASES",
    "CHANGED",
    "HELD",
    "KEY",
    "PRESETS",
    "WITHHELD",
    "Broader",
    "Limits",
    "Linked",
    "LinkedRounded",
    "Nesting",
    "Passage",
    "PerturbationTable",
    "Population",
    "Preset",
    "Preview",
    "Quote",
    "Reason",
    "Released",
    "ReleasedWords",
    "Rounded",
    "Speakers",
    "Suppressed",
    "Verdict",
    "action_log",
    "apply_preset",
    "attack_preview",
    "audit",
    "audit_informed",
    "check_quote",
    "check_text",
    "distinct_victims",
    "dominated",
    "geomask",
    "geometric_noise",
    "identifying_passages",
    "information_loss",
    "judge_quotes",
    "keyed_counts",
    "keyed_digest",
    "keyed_inputs",
    "laplace_scale",
    "marked",
    "people_of",
    "perturb",
    "perturbation_table",
    "preset_of",
    "preset_tables",
    "protected_units",
    "protection_width",
    "record_keys",
    "release_quotes",
    "release_tables",
    "release_words",
    "round_hierarchy",
    "round_linked",
    "round_table",
    "rounded_count",
    "shown_number",
    "snap",
    "stated_together",
    "strictest",
    "suppress",
    "suppress_linked",
    "withhold_in_plan",
    "withhold_reasons",
    "without_quotes",
]
