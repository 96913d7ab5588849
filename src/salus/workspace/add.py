"""Adds one file to a workspace as a dated, immutable source; first as a plan, then in one step."""

import datetime as dt
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from salus.errors import BadInput
from salus.model.city import Mapping, Origin
from salus.model.findings import DataFinding
from salus.workspace.folder import read_model, sha256_of


@dataclass(frozen=True)
class AddPlan:
    """What adding a file would do; `findings` with errors mean it will be refused."""

    source: str
    file: Path
    folder: Path
    mapping: Mapping
    origin: Origin
    already_there: bool
    findings: tuple[DataFinding, ...]


def plan_addition(
    workspace: Path, source: str, file: Path, *, answers: Path | dict[str, Any], today: dt.date
) -> AddPlan:
    """What `add_source` would write. `answers`: the sections `mapping` and `origin`, or a YAML file with them.

    The same file twice changes nothing (`already_there`).
    """
    if not file.is_file() or file.stat().st_size == 0:
        raise BadInput(f"{file.name} is empty or not there", where=str(file), remedy="check the path and the export")
    if not source or not all(c.isalnum() or c in "-_" for c in source):
        raise BadInput(f"'{source}' cannot name a source", where="SOURCE", remedy="use letters, digits, - and _")
    given = answers if isinstance(answers, dict) else answers_of(answers)
    mapping = Mapping.model_validate(given.get("mapping", {}))
    origin = Origin.model_validate(
        {"obtained_on": today, **given.get("origin", {}), "files": {file.name: sha256_of(file)}}
    )
    folder = workspace / "evidence" / source / str(today)
    earlier = _received(workspace / "evidence" / source)
    return AddPlan(source, file, folder, mapping, origin, sha256_of(file) in earlier, ())


def answers_of(path: Path) -> dict[str, Any]:
    """The sections `mapping` and `origin` of a YAML file; `BadInput` where one is missing."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as problem:
        raise BadInput(
            f"The answers cannot be read: {str(problem).splitlines()[0]}",
            where=str(path),
            remedy="a YAML file with the sections `mapping` and `origin`",
        ) from problem
    if not isinstance(data, dict) or not {"mapping", "origin"} <= set(data):
        raise BadInput(
            "The answers lack a section `mapping` or `origin`",
            where=str(path),
            remedy="the how-to 'Add your records' shows both",
        )
    return data


def _received(folder: Path) -> set[str]:
    hashes: set[str] = set()
    for origin in folder.glob("*/origin.yaml"):
        hashes.update(read_model(origin, Origin).files.values())
    return hashes


def add_source(plan: AddPlan, workspace: Path) -> Path:
    """Writes what the plan says, whole or not at all; returns the source's dated folder."""
    if plan.already_there:
        return plan.folder
    home = workspace / "evidence" / plan.source
    if plan.folder.exists():
        raise BadInput(
            f"{plan.source} already received another file today",
            where=str(plan.folder),
            remedy="give the source another name, or add it tomorrow as a new version",
        )
    home.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".adding-", dir=home))
    try:
        shutil.copyfile(plan.file, building / plan.file.name)
        _write(building / "origin.yaml", plan.origin.model_dump(mode="json"))
        building.chmod(0o755)
        _write(
            home / ".mapping.new",
            plan.mapping.model_dump(mode="json", exclude_defaults=True)
            | {"kind": plan.mapping.kind, "files": plan.mapping.files},
        )
        building.rename(plan.folder)
        (home / ".mapping.new").rename(home / "mapping.yaml")
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        (home / ".mapping.new").unlink(missing_ok=True)
        raise
    return plan.folder


def _write(path: Path, data: dict[str, object]) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
