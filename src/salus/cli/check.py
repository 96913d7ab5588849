"""`salus check`: everything that is wrong with a workspace, all at once."""

from pathlib import Path

import typer

from salus.cli import say
from salus.model.findings import errors


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(check)


def check(
    path: Path = typer.Argument(help="The workspace."),
    json: bool = typer.Option(False, "--json", help="Print all findings as JSON."),
) -> None:
    """List every problem: file, row, column, value, rule and remedy. Changes nothing.

    Exit code 1 if an error would stop a run; warnings and notes do not.

    Example: salus check ./mathare --json
    """
    import salus

    with say.progress("Checking"):
        found = salus.check(path)
    wrong = errors(found)
    if json:
        say.as_json({"errors": len(wrong), "findings": [f.as_dict() for f in found]})
    else:
        say.findings(found)
        typer.echo(
            f"{len(wrong)} errors, {len(found) - len(wrong)} warnings and notes."
            + ("" if wrong else f" `salus run {path}` can start.")
        )
    if wrong:
        raise typer.Exit(1)
