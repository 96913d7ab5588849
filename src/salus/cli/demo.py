"""`salus demo`: the shipped example city, assessed and reported, in one command."""

from pathlib import Path

import typer

from salus.cli import say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(demo)


def demo(
    city: str = typer.Argument("iztapalapa", help="Example city that ships with Salus."),
    out: Path = typer.Option(Path("demo"), help="Folder for the city's workspace and report."),
    open_: bool = typer.Option(True, "--open/--no-open", help="Open the report in a browser."),
    seed: int = typer.Option(1, help="Seed of everything random."),
    json: bool = typer.Option(False, "--json", help="Print the paths as JSON."),
) -> None:
    """Assess the example city and write its report. Needs no network.

    Example: salus demo iztapalapa --out demo --no-open
    """
    import salus

    with say.progress(f"Assessing {city}") as progress:
        result = salus.demo(city, out=out, seed=seed, progress=progress)
    paths = {"workspace": str(result.workspace), "run": str(result.run.path), "report": str(result.report)}
    if json:
        say.as_json(paths)
    else:
        typer.echo(f"Workspace: {paths['workspace']}\nRun:       {paths['run']}\nReport:    {paths['report']}")
    if open_ and not json:
        typer.launch(str(result.report))
