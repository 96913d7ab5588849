"""The folders of releases and their ledger: written whole or not at all, never changed, each one remembered.

`releases/<id>/` holds what may be published; `releases/ledger.jsonl` names every release with the sha256 of
its files. The folder is complete on disk before its line is written, so a killed process loses nothing.
"""

import json
import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from salus.errors import BadInput, UnknownReference, Withheld
from salus.model.tables import SCHEMA_VERSION
from salus.workspace.chain import Chain, append_line, read_chain, verify_chain
from salus.workspace.folder import sha256_of
from salus.workspace.sealing import write_new
from salus.workspace.writer import alone

FOLDER = "releases"
LEDGER = Path(FOLDER) / "ledger.jsonl"
KNOWN = Path("private") / "released"
_BUILDING = ".building-"


@dataclass(frozen=True)
class ReleaseContent:
    """What a release writes: gated tables, boundaries of areas, texts (`plan.yaml`, `findings.json`), its record.

    `known`: the gated estimates before rounding or noise, with the counts that are hidden, and `pieces`: the events
    where areas of two geographies overlap; both are kept in `private/` for the next attack.
    """

    tables: dict[str, pl.DataFrame]
    areas: dict[str, pl.DataFrame]
    texts: dict[str, str]
    record: dict[str, Any]
    known: pl.DataFrame
    pieces: pl.DataFrame | None = None


@dataclass(frozen=True)
class ReleaseFolder:
    """A release on disk."""

    path: Path

    def record(self) -> dict[str, Any]:
        """What `release.json` says: id, run, reason, roles, thresholds, earlier releases."""
        return dict(json.loads((self.path / "release.json").read_text(encoding="utf-8")))

    def tables(self) -> dict[str, pl.DataFrame]:
        """The gated tables, and `log`: what the gate hid."""
        return {p.stem: pl.read_parquet(p) for p in sorted(self.path.glob("*.parquet"))}

    def known(self) -> pl.DataFrame:
        """The estimates as the gate showed them, before rounding or noise, with the counts it hid.

        It is what the next release is held against. Raises `Withheld` where the copy in `private/` is gone.
        """
        record = self.record()
        file = self.path.parent.parent / KNOWN / f"{record['id']}.parquet"
        if not file.is_file():
            raise Withheld(
                f"What release {record['id']} was made of is gone",
                where=str(file),
                remedy="put it back from a backup; without it nobody can protect what that release hid",
            )
        return pl.read_parquet(file)

    def pieces(self) -> pl.DataFrame | None:
        """The events of overlaps that the release was held against; None where no geographies crossed."""
        file = self.path.parent.parent / KNOWN / f"{self.path.name}-pieces.parquet"
        return pl.read_parquet(file) if file.is_file() else None

    def areas(self) -> dict[str, pl.DataFrame]:
        """Boundaries by vintage."""
        return {p.stem: pl.read_parquet(p) for p in sorted((self.path / "areas").glob("*.parquet"))}

    def text(self, name: str) -> str:
        """A text of the release; empty if it has none of that name."""
        file = self.path / name
        return file.read_text(encoding="utf-8") if file.is_file() else ""


def release_ledger(workspace: str | Path) -> list[dict[str, Any]]:
    """One entry a release, oldest first. Raises `Withheld` if the ledger was changed."""
    return read_chain(Path(workspace) / LEDGER)


def verify_releases(path: str | Path, head: str = "") -> Chain:
    """Whether the ledger and every released file are as they were written.

    As `verify_openings`: with the `head` noted at an earlier release it also finds that the end was cut off.
    """
    if not Path(path).is_dir():
        raise BadInput(f"There is no folder {path}", where=str(path), remedy="check the path")
    log = verify_chain(Path(path) / LEDGER, head)
    faults = list(log.faults)
    if not faults:
        faults = [fault for entry in release_ledger(path) for fault in _changed(Path(path), entry)]
    return Chain(log.lines, log.head, tuple(faults))


def earlier_releases(workspace: Path) -> list[ReleaseFolder]:
    """All releases that were made, oldest first, each as it was written.

    Raises `Withheld` if one is missing or changed: what readers already know could not be told.
    """
    entries = release_ledger(workspace)
    for entry in entries:
        _finish(workspace, entry)
        faults = _changed(workspace, entry)
        if faults:
            raise Withheld(
                f"An earlier release is not as it was made: {faults[0]}",
                where=str(workspace / FOLDER / entry["id"]),
                remedy="put it back from a backup; without it nobody can tell what its readers know",
            )
    return [ReleaseFolder(workspace / FOLDER / entry["id"]) for entry in entries]


def open_release_folder(path: str | Path) -> ReleaseFolder:
    """A release by its folder, or the newest one of a workspace."""
    folder = Path(path)
    if (folder / "release.json").is_file():
        return ReleaseFolder(folder)
    found = earlier_releases(folder)
    if not found:
        raise UnknownReference("There is no release", where=str(folder), remedy="`salus release PATH` makes one")
    return found[-1]


def write_release(workspace: Path, content: ReleaseContent, *, after: int) -> ReleaseFolder:
    """Writes a release and its line in the ledger; `after`: how many releases it was checked against.

    Raises `BadInput` if another one was made meanwhile, because then it was not part of the attack.
    """
    home, name = workspace / FOLDER, str(content.record["id"])
    home.mkdir(exist_ok=True)
    _keep(workspace / KNOWN / f"{name}.parquet", content.known)
    if content.pieces is not None:
        _keep(workspace / KNOWN / f"{name}-pieces.parquet", content.pieces)
    building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=home))
    whole = home / f"{_BUILDING}{name}"
    try:
        _fill(building, content)
        with alone(workspace / LEDGER):
            if len(release_ledger(workspace)) != after:
                raise BadInput(
                    "Another release was made meanwhile, and this one was not checked against it",
                    where=str(workspace / LEDGER),
                    remedy="release again",
                )
            if (home / name).exists():
                raise BadInput(f"There is a release '{name}' already", where=str(home), remedy="release again")
            shutil.rmtree(whole, ignore_errors=True)  # of a process killed before it wrote its line
            building.rename(whole)
            record = content.record
            entry = {key: record[key] for key in ("id", "at", "run", "run_hash", "reason", "approved_by")}
            append_line(workspace / LEDGER, entry | {"files": _hashes(whole)})
            _finish(workspace, entry)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return ReleaseFolder(home / name)


def _keep(file: Path, frame: pl.DataFrame) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    frame.write_parquet(file)
    file.chmod(0o600)
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def noise_secret(workspace: Path) -> bytes:
    """The secret that fixes the noise of each row, in `private/noise.key`; made when first needed."""
    file = workspace / "private" / "noise.key"
    if not file.is_file():
        file.parent.mkdir(exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            write_new(file, secrets.token_bytes(32))
    return file.read_bytes()


def _finish(workspace: Path, entry: dict[str, Any]) -> None:
    """Gives the whole folder its name, once its line is written; a reader does it for a process that was killed."""
    home = workspace / FOLDER
    whole = home / f"{_BUILDING}{entry['id']}"
    if whole.is_dir() and not (home / entry["id"]).exists():
        with suppress(FileNotFoundError):  # a reader was faster
            whole.rename(home / entry["id"])


def _fill(folder: Path, content: ReleaseContent) -> None:
    (folder / "areas").mkdir()
    for name, frame in content.tables.items():
        frame.write_parquet(folder / f"{name}.parquet", metadata={"schema_version": SCHEMA_VERSION})
    for name, frame in content.areas.items():
        frame.write_parquet(folder / "areas" / f"{name}.parquet")
    for name, text in content.texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "release.json").write_text(
        json.dumps(content.record, indent=2, ensure_ascii=False, default=str), encoding="utf-8"
    )
    folder.chmod(0o755)
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())


def _hashes(folder: Path) -> dict[str, str]:
    return {str(f.relative_to(folder)): sha256_of(f) for f in sorted(folder.rglob("*")) if f.is_file()}


def _changed(workspace: Path, entry: dict[str, Any]) -> list[str]:
    folder = workspace / FOLDER / entry["id"]
    if not folder.is_dir() and not (workspace / FOLDER / f"{_BUILDING}{entry['id']}").is_dir():
        return [f"release {entry['id']} is missing"]
    here = folder if folder.is_dir() else workspace / FOLDER / f"{_BUILDING}{entry['id']}"
    found = _hashes(here)
    names = sorted(set(found) ^ set(entry["files"]))
    changed = [name for name, digest in entry["files"].items() if name in found and found[name] != digest]
    return [f"{entry['id']}: {name} is missing or was put in" for name in names] + [
        f"{entry['id']}: {name} was changed" for name in changed
    ]


def release_name(at: str, run_hash: str, number: int) -> str:
    """A name that sorts by time: `20261123T130500Z-762ba21a-2`.

    >>> release_name("20261123T130500Z", "762ba21a55", 2)
    '20261123T130500Z-762ba21a-2'
    """
    return f"{at}-{run_hash[:8]}-{number}"
