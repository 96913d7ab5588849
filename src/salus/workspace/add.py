"""Adds files to a workspace as a dated, immutable source; first as a plan, then in one step."""

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
    """What adding files would do; `findings` with errors mean it will be refused."""

    source: str
    files: tuple[Path, ...]
    folder: Path
    mapping: Mapping
    origin: Origin
    already_there: bool
    findings: tuple[DataFinding, ...]


def plan_addition(
    workspace: Path, source: str, files: tuple[Path, ...], *, answers: Path | dict[str, Any], today: dt.date
) -> AddPlan:
    """What `add_source` would write. `answers`: the sections `mapping` and `origin`, or a YAML file with them.

    A folder stands for all files in it and below. The same files twice change nothing (`already_there`).
    """
    if not source or not all(c.isalnum() or c in "-_" for c in source):
        raise BadInput(f"'{source}' cannot name a source", where="SOURCE", remedy="use letters, digits, - and _")
    given = answers if isinstance(answers, dict) else answers_of(answers)
    mapping = Mapping.model_validate(given.get("mapping", {}))
    files = _named_apart(files, mapping.files)
    origin = Origin.model_validate(
        {"obtained_on": today, **given.get("origin", {}), "files": {file.name: sha256_of(file) for file in files}}
    )
    folder = workspace / "evidence" / source / str(today)
    earlier = _received(workspace / "evidence" / source)
    return AddPlan(source, files, folder, mapping, origin, earlier.issuperset(origin.files.values()), ())


def _named_apart(given: tuple[Path, ...], pattern: str) -> tuple[Path, ...]:
    """The files that the mapping's `files` names, folders opened, in name order.

    Refuses what is empty, not there, or of one name with another, and a file that would lie there unread. Of a folder
    only the files that the mapping names are taken.
    """
    files: dict[str, Path] = {}
    for path in given:
        inside = sorted(p for p in path.rglob("*") if p.is_file() and p.match(pattern) and not p.name.startswith("."))
        for file in inside if path.is_dir() else (path,):
            if not file.is_file() or file.stat().st_size == 0:
                text = f"{file.name} is empty or not there"
                raise BadInput(text, where=str(file), remedy="check the path and the export")
            if not file.match(pattern):
                text = f"The mapping reads files called {pattern}; {file.name} would not be read"
                raise BadInput(
                    text, where=str(file), remedy="correct `files` in the answers, or rename a copy of the file"
                )
            if file.name in files:
                text = f"Two files are called {file.name}"
                raise BadInput(text, where=str(file), remedy="give one of them another name")
            files[file.name] = file
    if not files:
        where = ", ".join(map(str, given))
        raise BadInput("There is no file to add", where=where or "--file", remedy="name a file, or a folder of files")
    return tuple(files[name] for name in sorted(files))


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
            f"{plan.source} already received other files today",
            where=str(plan.folder),
            remedy="give the source another name, or add them tomorrow as a new version",
        )
    home.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".adding-", dir=home))
    try:
        for file in plan.files:
            shutil.copyfile(file, building / file.name)
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
