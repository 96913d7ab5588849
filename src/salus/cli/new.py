"""`salus new`: an empty city workspace."""

from pathlib import Path

import typer

from salus.cli import say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(new)


def new(
    path: Path = typer.Argument(help="New or empty folder."),
    name: str = typer.Option(..., help="Name of the city."),
    country: str = typer.Option(..., help="ISO 3166 code of the country, three letters."),
    start: str = typer.Option("2019-01-01", help="First day of the assessed period."),
    end: str = typer.Option("2022-12-31", help="Last day of the assessed period."),
    pack: str = typer.Option("usg-core", help="Framework pack: usg-core, a country's (usg-mexico), or a folder."),
    json: bool = typer.Option(False, "--json", help="Print the path as JSON."),
) -> None:
    """Make an empty workspace for a city.

    Example: salus new ./mathare --name Mathare --country KEN
    """
    import salus

    made = salus.new(path, name=name, country=country, start=start, end=end, pack=pack)
    if json:
        say.as_json({"workspace": str(made)})
    else:
        typer.echo(
            f"Made {made}. Next: `salus add {made} SOURCE --file FILE --answers FILE`, then `salus check {made}`."
        )
