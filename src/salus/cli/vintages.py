"""`salus vintages`: the crosswalk between two vintages of areas."""

from pathlib import Path

import typer

from salus.cli import say
from salus.model.findings import errors


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(vintages)


def vintages(
    path: Path = typer.Argument(help="The workspace."),
    *,
    from_: str = typer.Option(..., "--from", help="Vintage whose areas are divided, such as ageb-2020."),
    to: str = typer.Option(..., help="Vintage they are divided among, such as colonia."),
    population: Path | None = typer.Option(
        None, help="Weight by people: CSV of points with longitude, latitude (WGS84) and persons."
    ),
    blocks: str | None = typer.Option(None, help="Weight by people: a vintage of smaller areas with populations."),
    replace: bool = typer.Option(False, "--replace", help="Overwrite a crosswalk that is there."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would happen, write nothing."),
    json: bool = typer.Option(False, "--json", help="Print the figures and findings as JSON."),
) -> None:
    """Write geography/crosswalk.csv: which share of each area of one vintage lies in the areas of another.

    Shares of ground, or of people where `--population` or `--blocks` says where they live.

    Example: salus vintages ./mathare --from enumeration-2019 --to villages --dry-run

    Example: salus vintages ./mathare --from wards --to villages --blocks enumeration-2019
    """
    import salus

    made = salus.vintages(
        path, from_=from_, to=to, population=population, blocks=blocks, replace=replace, dry_run=dry_run
    )
    if json:
        say.as_json(
            {
                "file": str(made.file),
                "written": made.written,
                "weighted_by": made.crosswalk.weighted_by,
                "areas": made.crosswalk.outside.height,
                "split": list(made.crosswalk.split),
                "people": made.people,
                "moved": made.moved,
                "outside": made.outside,
                "findings": [f.as_dict() for f in made.findings],
            }
        )
    else:
        say.findings(made.findings)
        typer.echo(made.sentence())
    if errors(made.findings):
        raise typer.Exit(1)
