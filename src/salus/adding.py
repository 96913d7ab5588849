"""Adds a file of evidence to a workspace: checked row by row before anything is written."""

import datetime as dt
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from salus.errors import BadInput
from salus.evidence import read_evidence
from salus.evidence.guessing import guess
from salus.framework import load_pack, pack_folder
from salus.framework.recipes import answers as recipe
from salus.model.findings import DataFinding, errors
from salus.workspace import AddPlan, add_source, answers_of, open_workspace, plan_addition


@dataclass(frozen=True)
class Addition:
    """What adding a file did, or would do in a dry run."""

    folder: Path
    rows: int
    written: bool
    already_there: bool
    findings: tuple[DataFinding, ...]

    def sentence(self) -> str:
        """What happened, in one sentence."""
        if self.already_there:
            return "All of this is already in the workspace: nothing was changed."
        if errors(self.findings):
            return f"Refused: {len(errors(self.findings))} errors. Nothing was written."
        if not self.written:
            return f"Dry run: {self.rows:,} rows would go to {self.folder}. Nothing was written."
        return f"Added {self.rows:,} rows in {self.folder}."


def add(
    path: str | Path,
    source: str,
    *,
    file: str | Path | Sequence[str | Path],
    answers: str | Path | dict[str, Any],
    dry_run: bool = False,
    today: dt.date | None = None,
) -> Addition:
    """Adds files as one dated, immutable source, or refuses them whole.

    `file` may be one file, several, or a folder of files such as police.uk gives.
    `answers` is a YAML file (or a dict) with the sections `mapping` (columns to fields) and `origin` (publisher,
    licence, period, tier), or the name of a recipe of the city's pack for a known open data set (`wgi`). The same
    files twice change nothing.
    """
    workspace = Path(path)
    try:
        plan = plan_addition(
            workspace,
            source,
            tuple(Path(each) for each in ([file] if isinstance(file, (str, Path)) else file)),
            answers=answers if isinstance(answers, dict) else _answers(workspace, answers),
            today=today or dt.datetime.now(dt.UTC).date(),
        )
    except ValidationError as problem:
        fault = problem.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise BadInput(
            f"The answers do not fit: {place}: {fault['msg']}",
            where="answers" if isinstance(answers, dict) else str(answers),
            remedy="correct that field; the how-to 'Add your records' shows an example",
        ) from problem
    if plan.already_there:
        return Addition(plan.folder, 0, written=False, already_there=True, findings=())
    rows, findings = _rehearsed(workspace, plan)
    refuse = bool(errors(findings))
    if not (refuse or dry_run):
        add_source(plan, workspace)
    return Addition(plan.folder, rows, not (refuse or dry_run), already_there=False, findings=findings)


def draft_answers(file: str | Path) -> str:
    """A draft of the answers for a file of incidents, as YAML with what has to be looked at on top.

    Raises `BadInput` when the file cannot be opened as a table.
    """
    made = guess(file)
    notes = "".join(f"# Look: {note}\n" for note in made.notes)
    origin = dict.fromkeys(("title", "publisher", "obtained_from", "licence", "period"), "TO FILL IN")
    rest = {"licence_verified": False, "redistribution": "no", "source_type": "admin", "tier": "restricted"}
    text = yaml.safe_dump({"mapping": made.mapping, "origin": origin | rest}, sort_keys=False, allow_unicode=True)
    return f"# Columns of the file: {', '.join(made.columns)}\n{notes}{text}"


def read_answers(workspace: Path, answers: str | Path) -> dict[str, Any]:
    """The sections `mapping` and `origin` of a file of answers, or of the recipe of that name."""
    found = _answers(workspace, answers)
    return found if isinstance(found, dict) else answers_of(found)


def _answers(workspace: Path, answers: str | Path) -> Path | dict[str, Any]:
    """A file of answers as it stands, or the recipe of that name filled in for the city's country."""
    if Path(answers).is_file() or Path(answers).suffix:
        return Path(answers)
    city = open_workspace(workspace).city
    return recipe(pack_folder(city.pack), str(answers), city)


def _rehearsed(workspace: Path, plan: AddPlan) -> tuple[int, tuple[DataFinding, ...]]:
    """Reads the new source in a copy of the workspace that holds nothing else."""
    with tempfile.TemporaryDirectory(prefix="salus-dry-run-") as folder:
        copy = Path(folder) / "city"
        copy.mkdir()
        shutil.copyfile(workspace / "city.yaml", copy / "city.yaml")
        if (workspace / "geography").is_dir():
            (copy / "geography").symlink_to((workspace / "geography").resolve())
        target = copy / plan.folder.relative_to(workspace)
        target.mkdir(parents=True)
        for file in plan.files:
            (target / file.name).symlink_to(file.resolve())
        for name, content in (("origin.yaml", plan.origin), ("../mapping.yaml", plan.mapping)):
            text = yaml.safe_dump(content.model_dump(mode="json"), allow_unicode=True)
            (target / name).write_text(text, encoding="utf-8")
        opened = open_workspace(copy)
        reading = read_evidence(opened, load_pack(opened.city.pack))
    rows = int(reading.evidence.sources["rows"].sum())
    return rows, (*plan.findings, *reading.findings)
