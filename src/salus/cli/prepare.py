"""`salus prepare`: an export made safe inside the police network, before anything leaves it."""

from pathlib import Path

import typer

from salus.cli import say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(prepare)


def prepare(
    file: Path = typer.Argument(help="The export as received from the records system."),
    *,
    answers: Path = typer.Option(..., help="YAML file with the section `mapping` (salus add prints a draft)."),
    out: Path | None = typer.Option(None, help="New folder for what may leave. Without it nothing is written."),
    snap: float = typer.Option(200.0, help="Width in metres of the grid that places are snapped to."),
    anchors: Path | None = typer.Option(
        None, help="CSV file of the office (longitude, latitude, addresses): places go to anchors instead of the grid."
    ),
    keys: bool = typer.Option(False, help="Let keys of people leave as running numbers, where they link rows."),
    pack: str = typer.Option("usg-core", help="Framework pack that says which offences are protected."),
    json: bool = typer.Option(False, "--json", help="Print the receipt as JSON."),
) -> None:
    """Show exactly what would leave, then write it: no names, no free text, no exact place, no protected row.

    Example: salus prepare export.xlsx --answers police.yaml

    Example: salus prepare export.xlsx --answers police.yaml --out ./to-the-city

    Example: salus prepare export.xlsx --answers police.yaml --anchors anchors.csv
    """
    import salus

    made = salus.prepare(file, answers=answers, out=out, snap=snap, anchors=anchors, keys=keys, pack=pack)
    if json:
        say.as_json(made.receipt)
        return
    typer.echo(made.preview())
    typer.echo(f"\nWritten to {made.folder}" if made.folder else "\nNothing was written. Add --out FOLDER to write it.")
