"""`salus check`: everything that is wrong with a workspace, all at once."""

from pathlib import Path
from typing import Any

import typer

from salus.cli import losses, say
from salus.model.findings import errors

_EXAMPLES = 5


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(check)


def check(
    path: Path = typer.Argument(help="The workspace."),
    release: bool = typer.Option(
        False, "--release", help="Attack what would be released of the newest run, and say what a stranger could tell."
    ),
    json: bool = typer.Option(False, "--json", help="Print all findings as JSON."),
) -> None:
    """List every problem: file, row, column, value, rule and remedy. Changes nothing.

    Exit code 1 if an error would stop a run; warnings and notes do not. With --release: exit code 1 if a
    hidden count could be worked out. That page is for the analyst, since it names hidden counts.

    Example: salus check ./mathare --json
    """
    import salus

    if release:
        _attack(path, as_json=json)
        return

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


def _attack(path: Path, *, as_json: bool) -> None:
    import salus

    with say.progress("Attacking the release"):
        run = salus.open_result(path)
        found, lost = salus.preview(run), salus.loss(run)
    listed = run.names_listed
    names = found.names
    exact, single = found.recovered.to_dicts(), found.single.to_dicts()
    beyond = found.seen_through.height
    if as_json:
        say.as_json(
            {
                "counts": found.cells,
                "hidden": found.guessed.height,
                "names_listed": None if listed is None else len(listed),
                "told_exactly": exact,
                "larger_counts_told": beyond,
                "single_cases": len(single),
                "best_placed_single_cases": single[:_EXAMPLES],
                "loss": losses.as_dict(lost),
            }
        )
    else:
        typer.echo(f"{found.cells:,} counts, {found.guessed.height:,} of them hidden. For the analyst only.")
        if listed is None:
            typer.echo("No list of names was given (private/names.txt), so no text was searched for names of persons.")
        typer.echo(f"A stranger who reads everything released could tell {len(exact):,} small counts exactly.")
        for row in exact[:_EXAMPLES]:
            typer.echo(f"  {_place(row, names)}: it is {row['count']:.0f}, and anybody can work that out.")
        if beyond:
            typer.echo(f"{beyond:,} larger counts, hidden to protect others, could be told; no small count follows.")
        if single:
            typer.echo(
                f"{len(single):,} hidden counts are one single case or person. A stranger comes closest to these:"
            )
        for row in single[:_EXAMPLES]:
            alone = "one case" if row["count"] == 1 else f"{row['count']:.0f} cases of one person"
            typer.echo(f"  {_place(row, names)}: {alone}; a stranger can only tell that it is {_between(row)}.")
        losses.show(lost)
    if exact:
        raise typer.Exit(1)


def _place(row: dict[str, Any], names: dict[str, str]) -> str:
    area = f"{names[row['area']]} ({row['area']})" if row["area"] in names else row["area"]
    group = f", {row['group']}" if row["group"] else ""
    what = names.get(row["indicator"], row["indicator"])
    return f"{what}{group} in {area}, {row['period_start']} to {row['period_end']}"


def _between(row: dict[str, Any]) -> str:
    if row["most"] == float("inf"):
        return f"{row['least']:.0f} or more"
    return f"between {row['least']:.0f} and {row['most']:.0f}"
