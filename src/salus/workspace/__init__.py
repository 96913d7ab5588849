"""A city's folder: open, check, snapshot, extend; sealed evidence; and the folders of its runs."""

from salus.workspace.add import AddPlan, add_source, answers_of, plan_addition
from salus.workspace.chain import Chain
from salus.workspace.check import check_layout
from salus.workspace.folder import Source, Workspace, open_workspace, sha256_of
from salus.workspace.names import NAMES, listed_names
from salus.workspace.new import CITIES, example_cities, example_city, new_workspace
from salus.workspace.openings import verify_openings
from salus.workspace.releases import (
    ReleaseContent,
    ReleaseFolder,
    earlier_releases,
    noise_secret,
    open_release_folder,
    release_ledger,
    release_name,
    verify_releases,
    write_release,
)
from salus.workspace.runs import RunFolder, latest_run, open_run, write_run
from salus.workspace.sealed import OpeningRelease, open_sealed, seal, two_roles, unseal
from salus.workspace.sealing import new_key

__all__ = [
    "CITIES",
    "NAMES",
    "AddPlan",
    "Chain",
    "OpeningRelease",
    "ReleaseContent",
    "ReleaseFolder",
    "RunFolder",
    "Source",
    "Workspace",
    "add_source",
    "answers_of",
    "check_layout",
    "earlier_releases",
    "example_cities",
    "example_city",
    "latest_run",
    "listed_names",
    "new_key",
    "new_workspace",
    "noise_secret",
    "open_release_folder",
    "open_run",
    "open_sealed",
    "open_workspace",
    "plan_addition",
    "release_ledger",
    "release_name",
    "seal",
    "sha256_of",
    "two_roles",
    "unseal",
    "verify_openings",
    "verify_releases",
    "write_release",
    "write_run",
]
