"""The folders of runs: written whole or not at all, never changed, found again by hash."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from salus.errors import UnknownReference
from salus.model.tables import SCHEMA_VERSION, TABLES


@dataclass(frozen=True)
class RunFolder:
    """A finished run on disk: internal, it carries the highest tier of its inputs."""

    path: Path

    def record(self) -> dict[str, Any]:
        """What `run.json` says: versions, seed, inputs, warnings, timings."""
        return dict(json.loads((self.path / "run.json").read_text(encoding="utf-8")))

    def table(self, name: str) -> pl.DataFrame:
        """One table of the run."""
        file = self.path / f"{name}.parquet"
        if not file.is_file():
            raise UnknownReference(
                f"The run has no table '{name}'",
                where=str(self.path),
                remedy=f"one of {', '.join(sorted(p.stem for p in self.path.glob('*.parquet')))}",
            )
        return _completed(name, pl.read_parquet(file))

    def tables(self) -> dict[str, pl.DataFrame]:
        """All documented tables of the run."""
        return {p.stem: self.table(p.stem) for p in sorted(self.path.glob("*.parquet")) if p.stem in TABLES}

    def json(self, name: str) -> Any:
        """A JSON document of the run, such as `findings`."""
        return json.loads((self.path / f"{name}.json").read_text(encoding="utf-8"))

    def text(self, name: str) -> str:
        """A text document of the run, such as `plan.yaml`."""
        return (self.path / name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class RunContent:
    """What a run writes: tables, draws, texts (`plan.yaml`, `findings.json`) and its record."""

    tables: dict[str, pl.DataFrame]
    draws: dict[str, tuple[pl.DataFrame, Any]]
    texts: dict[str, str]
    record: dict[str, Any]
    internal: dict[str, pl.DataFrame]


def _completed(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A table of an older version, with the columns that were added since; they hold nothing."""
    columns = TABLES[name].columns if name in TABLES else {}
    missing = [
        pl.lit(None, dtype=kind).alias(column) for column, kind in columns.items() if column not in frame.columns
    ]
    return frame.with_columns(missing).select(*columns) if missing else frame


def write_run(runs: Path, name: str, content: RunContent) -> RunFolder:
    """Writes a run into `runs/name`: into a temporary folder first, then renamed, so a killed
    process leaves no half run."""
    runs.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=runs))
    try:
        _fill(building, content)
        target = runs / name
        if target.exists():
            shutil.rmtree(target)
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return RunFolder(target)


def _fill(folder: Path, content: RunContent) -> None:
    for name, frame in content.tables.items():
        shaped = TABLES[name].rounded(TABLES[name].check(frame))
        shaped.write_parquet(folder / f"{name}.parquet", metadata={"schema_version": SCHEMA_VERSION})
    (folder / "internal").mkdir()
    for name, frame in content.internal.items():
        frame.write_parquet(folder / "internal" / f"{name}.parquet")
    (folder / "draws").mkdir()
    for name, (keys, values) in content.draws.items():
        array = np.asarray(values, dtype=np.float32)
        column = pl.Series("draws", array, dtype=pl.Array(pl.Float32, array.shape[1]))
        keys.with_columns(column).write_parquet(folder / "draws" / f"{name}.parquet")
    for name, text in content.texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(content.record, indent=2, ensure_ascii=False), encoding="utf-8")


def open_run(path: str | Path) -> RunFolder:
    """A run by its folder, or the latest run of a workspace folder."""
    folder = Path(path)
    if (folder / "run.json").is_file():
        return RunFolder(folder)
    return latest_run(folder)


def latest_run(workspace: Path) -> RunFolder:
    """The newest finished run of a workspace."""
    found = sorted(p.parent for p in (workspace / "runs").glob("*/run.json") if not p.parent.name.startswith("."))
    if not found:
        raise UnknownReference("There is no finished run", where=str(workspace), remedy="`salus run PATH` makes one")
    return RunFolder(found[-1])
