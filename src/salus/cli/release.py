"""`salus release`: a run through the disclosure gate, approved by two roles, remembered in the ledger."""

from pathlib import Path
from typing import Any

import typer

from salus.cli import losses, say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(release)


def release(
    path: Path = typer.Argument(help="The workspace (its newest run), or a run folder."),
    reason: str = typer.Option("", help="What the release is for, in words that a reviewer can judge."),
    approved_by: list[str] = typer.Option([], help="A role that approved; give the option twice. No names of persons."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be released; write nothing."),
    json: bool = typer.Option(False, "--json", help="Print the release's path and what was hidden as JSON."),
) -> None:
    """Make releases/ID/ from a run: gated tables, findings and plan, with reason and roles, and a line in the ledger.

    What earlier releases showed is part of the attack that the new one must survive.

    Example: salus release ./iztapalapa --reason "Council meeting of 3 December" --approved-by "data protection officer"
    --approved-by "head of analysis"
    """
    import salus

    with say.progress("Releasing"):
        run = salus.open_result(path)
        made = salus.draft(run) if dry_run else salus.release(run, reason=reason, approved_by=approved_by)
        lost = salus.loss(run)
    if json:
        say.as_json(_as_json(made) | {"loss": losses.as_dict(lost)})
        return
    where = f"Release: {made.path}" if made.path else "Dry run: nothing was written."
    typer.echo(f"{where}\nChecked against {len(made.record['earlier'])} earlier releases.")
    for row in made.log.filter(made.log["hidden"] > 0).to_dicts():
        typer.echo(f"  {row['table']}: {row['rule']} - {row['hidden']:,} rows ({row['share']:.1%})")
    losses.show(lost)
    if made.path:
        typer.echo(f"Note the ledger's last sha256 elsewhere: {salus.verify_releases(made.path.parent.parent).head}")
        typer.echo(f"Next: salus report {made.path}")


def _as_json(made: Any) -> dict[str, Any]:
    return {
        "release": str(made.path) if made.path else None,
        "run": made.record["run"],
        "earlier": made.record["earlier"],
        "hidden": made.log.to_dicts(),
    }
