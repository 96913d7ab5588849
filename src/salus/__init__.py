"""Salus: from a city's evidence on safety to an agreed, costed and monitored policy.

Verbs are functions, nouns are types, and every result has a helpful repr:

>>> import salus
>>> "iztapalapa" in salus.example_cities()
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salus.adding import Addition, add
    from salus.assessment import check
    from salus.casework import run_cases
    from salus.conditions import Condition, doctor
    from salus.covering import coverage
    from salus.crossing import Vintages, vintages
    from salus.demonstration import Demo, demo
    from salus.errors import SalusError
    from salus.framework import check_pack, load_pack
    from salus.losing import Loss, loss
    from salus.planting import Planted, synth
    from salus.preparing import prepare
    from salus.releasing import Release, draft, open_release, preview, release
    from salus.report import Report, report
    from salus.results import Run, open_result, run
    from salus.snapshots import add_from_postgres
    from salus.starting import new
    from salus.workspace import (
        example_cities,
        new_key,
        open_sealed,
        open_workspace,
        seal,
        unseal,
        verify_openings,
        verify_releases,
    )

__version__ = "0.1.0"

# Loaded on first use: `import salus` and `salus --help` stay fast.
_HOMES = {
    "Addition": "adding",
    "Condition": "conditions",
    "Demo": "demonstration",
    "Loss": "losing",
    "Planted": "planting",
    "Release": "releasing",
    "Report": "report",
    "Run": "results",
    "SalusError": "errors",
    "Vintages": "crossing",
    "add": "adding",
    "add_from_postgres": "snapshots",
    "check": "assessment",
    "check_pack": "framework",
    "coverage": "covering",
    "demo": "demonstration",
    "doctor": "conditions",
    "draft": "releasing",
    "example_cities": "workspace",
    "load_pack": "framework",
    "loss": "losing",
    "new": "starting",
    "new_key": "workspace",
    "open_release": "releasing",
    "open_result": "results",
    "open_sealed": "workspace",
    "open_workspace": "workspace",
    "prepare": "preparing",
    "preview": "releasing",
    "release": "releasing",
    "report": "report",
    "run": "results",
    "run_cases": "casework",
    "seal": "workspace",
    "synth": "planting",
    "unseal": "workspace",
    "verify_openings": "workspace",
    "verify_releases": "workspace",
    "vintages": "crossing",
}
__all__ = [
    "Addition", "Condition", "Demo", "Loss", "Planted", "Release", "Report", "Run", "SalusError", "Vintages", "add",
    "add_from_postgres", "check", "check_pack", "coverage", "demo", "doctor", "draft", "example_cities",
    "load_pack", "loss", "new", "new_key", "open_release", "open_result", "open_sealed", "open_workspace", "prepare",
    "preview", "release", "report", "run", "run_cases", "seal", "synth", "unseal", "verify_openings",
    "verify_releases", "vintages",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'salus' has no attribute '{name}'")
    module = import_module(f"salus.{_HOMES[name]}")
    found = getattr(module, name)
    globals()[name] = found  # asked for once
    return found
