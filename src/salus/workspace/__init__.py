"""A city's folder: open, check, snapshot, extend; sealed evidence; and the folders of its runs."""

from salus.workspace.add import AddPlan, add_source, answers_of, plan_addition
from salus.workspace.check import check_layout
from salus.workspace.folder import Source, Workspace, open_workspace, sha256_of
from salus.workspace.new import CITIES, example_cities, example_city, new_workspace
from salus.workspace.openings import Openings, verify_openings
from salus.workspace.runs import RunFolder, latest_run, open_run, write_run
from salus.workspace.sealed import OpeningRelease, open_sealed, seal, unseal
from salus.workspace.sealing import new_key

__all__ = [
    "CITIES",
    "AddPlan",
    "OpeningRelease",
    "Openings",
    "RunFolder",
    "Source",
    "Workspace",
    "add_source",
    "answers_of",
    "check_layout",
    "example_cities",
    "example_city",
    "latest_run",
    "new_key",
    "new_workspace",
    "open_run",
    "open_sealed",
    "open_workspace",
    "plan_addition",
    "seal",
    "sha256_of",
    "unseal",
    "verify_openings",
    "write_run",
]
