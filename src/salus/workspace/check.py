"""Checks a workspace's layout: files that are missing, changed since received, or not readable."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from salus.model.city import City, Decisions, Mapping, Origin
from salus.model.findings import DataFinding
from salus.workspace.folder import BOUNDARIES, boundary_files, data_folder, sha256_of, source_folders
from salus.workspace.names import check_names


def check_layout(path: str | Path) -> tuple[DataFinding, ...]:
    """Everything wrong with a workspace's files, all at once; nothing is changed."""
    root = Path(path)
    if not root.is_dir():
        return (DataFinding(str(root), "missing_folder", "There is no such folder", "`salus new PATH` makes one"),)
    found = list(_model(root, root / "city.yaml", City))
    city = _city(root)
    if city is not None:
        found += _geography(root, city)
    for folder in source_folders(root):
        found += _source(root, folder)
    if not source_folders(root):
        found.append(
            DataFinding(
                "evidence",
                "no_evidence",
                "There is no evidence yet",
                "`salus add PATH SOURCE` adds a file",
                severity="warning",
            )
        )
    found += check_names(root)
    for decisions in sorted((root / "cycles").glob("*/decisions.yaml")):
        found += _model(root, decisions, Decisions)
    return tuple(found)


def _city(root: Path) -> City | None:
    try:
        return City.model_validate(yaml.safe_load((root / "city.yaml").read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValidationError):
        return None


def _model(root: Path, path: Path, kind: type[BaseModel]) -> Iterator[DataFinding]:
    shown = path.relative_to(root).as_posix()
    try:
        kind.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        yield DataFinding(
            shown, "missing_file", f"{path.name} is missing", "add it; the documentation shows its fields"
        )
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        mark = getattr(problem, "problem_mark", None)
        yield DataFinding(
            shown,
            "unreadable",
            f"Not readable as YAML: {str(problem).splitlines()[0]}",
            "correct it at that line",
            line=mark.line + 1 if mark else None,
        )
    except ValidationError as problem:
        for fault in problem.errors():
            place = ".".join(str(part) for part in fault["loc"])
            yield DataFinding(
                shown,
                fault["type"],
                f"{place or 'content'}: {fault['msg']}",
                "correct that field",
                column=place,
                value=str(fault.get("input", ""))[:80],
            )


def _geography(root: Path, city: City) -> Iterator[DataFinding]:
    for vintage in dict.fromkeys((city.scope.geography, city.scope.shown)):
        folder = root / "geography" / vintage
        there = boundary_files(folder)
        if vintage and not there:
            yield DataFinding(
                (folder / BOUNDARIES[0]).relative_to(root).as_posix(),
                "missing_boundaries",
                f"The boundaries of '{vintage}' are missing",
                f"put one of {', '.join(BOUNDARIES)} there, or leave scope.geography empty for a city without areas",
            )
        elif vintage and len(there) > 1:
            yield DataFinding(
                folder.relative_to(root).as_posix(),
                "two_boundaries",
                f"The boundaries of '{vintage}' are there twice: {', '.join(file.name for file in there)}",
                "keep one of them",
            )


def _source(root: Path, folder: Path) -> Iterator[DataFinding]:
    data = data_folder(folder)
    faults = [*_model(root, data / "origin.yaml", Origin), *_model(root, folder / "mapping.yaml", Mapping)]
    yield from faults
    if faults:
        return
    origin = Origin.model_validate(yaml.safe_load((data / "origin.yaml").read_text(encoding="utf-8")))
    mapping = Mapping.model_validate(yaml.safe_load((folder / "mapping.yaml").read_text(encoding="utf-8")))
    for name, expected in origin.files.items():
        file = data / name
        shown = file.relative_to(root).as_posix()
        if not file.is_file():
            yield DataFinding(
                shown, "missing_file", "A file named in origin.yaml is missing", "restore it from its origin"
            )
        elif sha256_of(file) != expected:
            yield DataFinding(
                shown,
                "changed_file",
                "The file is not the one that was received (sha256 differs)",
                "restore it, or add the new version as a new dated folder",
                value=expected,
            )
    listed = set(origin.files)
    for file in sorted(data.glob(mapping.files)):
        if file.name not in listed:
            yield DataFinding(
                file.relative_to(root).as_posix(),
                "unlisted_file",
                "origin.yaml does not list this file",
                "list it with its sha256, or remove it",
            )
    if not any(data.glob(mapping.files)):
        yield DataFinding(
            data.relative_to(root).as_posix(),
            "no_files",
            f"No file fits '{mapping.files}'",
            "correct `files` in mapping.yaml",
        )
