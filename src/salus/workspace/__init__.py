"""A city's folder: open, check, snapshot, extend; and the folders of its runs."""

from salus.workspace.add import AddPlan, add_source, answers_of, plan_addition
from salus.workspace.check import check_layout
from salus.workspace.folder import Source, Workspace, open_workspace, sha256_of
from salus.workspace.new import CITIES, example_cities, example_city, new_workspace
from salus.workspace.runs import RunFolder, latest_run, open_run, write_run

__all__ = [
    "CITIES",
    "AddPlan",
    "RunFolder",
    "Source",
    "Workspace",
    "add_source",
    "answers_of",
    "check_layout",
    "example_cities",
    "example_city",
    "latest_run",
    "new_workspace",
    "open_run",
    "open_workspace",
    "plan_addition",
    "sha256_of",
    "write_run",
]
