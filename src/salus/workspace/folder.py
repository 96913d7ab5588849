"""Opens a city's folder: its identity, its sources as received, its geographies and decisions."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from salus.errors import BrokenWorkspace
from salus.model.city import City, Decisions, Mapping, Origin

Model = TypeVar("Model", bound=BaseModel)

SOURCE_SHELVES = ("evidence", "responses")
BOUNDARIES = ("areas.geojson", "areas.gpkg", "areas.shp.zip", "areas.kml", "areas.parquet")


@dataclass(frozen=True)
class Source:
    """One source of evidence or answers: its newest dated folder, origin and mapping."""

    name: str
    folder: Path
    origin: Origin
    mapping: Mapping
    mapping_file: Path

    def files(self) -> tuple[Path, ...]:
        """The files as received that the mapping names, in name order."""
        return tuple(sorted(self.folder.glob(self.mapping.files)))


@dataclass(frozen=True)
class Workspace:
    """A city's folder, opened: nothing in it was changed."""

    path: Path
    city: City
    sources: tuple[Source, ...]
    decisions: Decisions | None

    def geography_file(self, vintage: str) -> Path:
        """Where the polygons of a vintage of areas are, in whichever format; areas.geojson where there are none.

        Raises `BrokenWorkspace` where there are two: nobody could tell which counts.
        """
        folder = self.path / "geography" / vintage
        there = boundary_files(folder)
        if len(there) > 1:
            raise BrokenWorkspace(
                f"The boundaries of '{vintage}' are there twice: {', '.join(p.name for p in there)}",
                where=str(folder),
                remedy="keep one of them",
            )
        return there[0] if there else folder / BOUNDARIES[0]

    def inputs(self) -> dict[str, str]:
        """sha256 of every file a run reads, by its path inside the workspace."""
        patterns = (
            "city.yaml",
            "*.csv",
            "geography/**/*",
            "evidence/**/*",
            "responses/**/*",
            "cycles/**/*.yaml",
        )
        found = {p for pattern in patterns for p in self.path.glob(pattern) if p.is_file()}
        return {p.relative_to(self.path).as_posix(): sha256_of(p) for p in sorted(found)}


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_model(path: Path, kind: type[Model]) -> Model:
    """A YAML file as the type it must be; says which field is wrong and where."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return kind.model_validate(data)
    except FileNotFoundError as problem:
        raise BrokenWorkspace(
            f"{path.name} is missing", where=str(path), remedy="`salus new PATH` shows what a workspace needs"
        ) from problem
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise BrokenWorkspace(
            f"{path.name} is not readable YAML: {str(problem).splitlines()[0]}",
            where=str(path),
            remedy="correct it; `salus check` shows the line",
        ) from problem
    except ValidationError as problem:
        fault = problem.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise BrokenWorkspace(
            f"{path.name}: {place or 'content'}: {fault['msg']}",
            where=str(path),
            remedy="correct that field; `salus check` lists all faults",
        ) from problem


def boundary_files(folder: Path) -> tuple[Path, ...]:
    """The files of boundaries in the folder of a vintage: one, if all is well."""
    return tuple(folder / name for name in BOUNDARIES if (folder / name).is_file())


def source_folders(path: Path) -> tuple[Path, ...]:
    """The folders under evidence/ and responses/, in name order."""
    return tuple(
        folder
        for shelf in SOURCE_SHELVES
        if (path / shelf).is_dir()
        for folder in sorted((path / shelf).iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    )


def data_folder(folder: Path) -> Path:
    """Where a source's files are: its newest dated folder, or the folder itself (answers)."""
    dated = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    return dated[-1] if dated else folder


def read_source(folder: Path) -> Source:
    """One source folder as a `Source`."""
    data = data_folder(folder)
    mapping = folder / "mapping.yaml"
    return Source(folder.name, data, read_model(data / "origin.yaml", Origin), read_model(mapping, Mapping), mapping)


def open_workspace(path: str | Path) -> Workspace:
    """The workspace in a folder. Raises `BrokenWorkspace` at the first thing that makes it unreadable."""
    root = Path(path)
    if not root.is_dir():
        raise BrokenWorkspace(f"There is no folder {root}", where=str(root), remedy="`salus new PATH` makes one")
    cycles = sorted((root / "cycles").glob("*/decisions.yaml"))
    return Workspace(
        root,
        read_model(root / "city.yaml", City),
        tuple(read_source(folder) for folder in source_folders(root)),
        read_model(cycles[-1], Decisions) if cycles else None,
    )
