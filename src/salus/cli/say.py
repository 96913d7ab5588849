"""How commands speak: JSON for machines, sentences for people, progress on a terminal."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from salus.model.findings import DataFinding

_SHOWN_FINDINGS = 50


def as_json(value: Any) -> None:
    """Prints a value as JSON; dates as text."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def findings(found: Iterable[DataFinding]) -> None:
    """Prints findings, errors first, and says how many more there are."""
    order = {"error": 0, "warning": 1, "note": 2}
    rows = sorted(found, key=lambda f: order[f.severity])
    for finding in rows[:_SHOWN_FINDINGS]:
        typer.echo(str(finding))
    if len(rows) > _SHOWN_FINDINGS:
        typer.echo(f"... and {len(rows) - _SHOWN_FINDINGS:,} more; `--json` prints them all.")


@contextmanager
def progress(doing: str) -> Iterator[Callable[[str], None]]:
    """A spinner with the stage's name on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing)
        yield lambda stage: bar.update(task, description=f"{doing}: {stage}")
