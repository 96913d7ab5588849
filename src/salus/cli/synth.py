"""`salus synth`: a city with planted truth, to see whether the chain finds it again."""

from pathlib import Path

import typer

from salus.cli import say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(synth)


def synth(
    path: Path = typer.Argument(help="New or empty folder."),
    seed: int = typer.Option(1, help="Seed of the city."),
    areas: int = typer.Option(36, min=9, max=2500, help="Number of areas (a square grid)."),
    events: int = typer.Option(20000, min=500, max=2_000_000, help="Recorded events, about."),
    json: bool = typer.Option(False, "--json", help="Print the paths as JSON."),
) -> None:
    """Make a city whose counts, vulnerability, authority and best portfolio are known.

    The truth is written to truth.yaml beside the workspace; nothing in it is real.

    Example: salus synth ./planted --seed 3
    """
    import salus

    made = salus.synth(path, seed=seed, areas=areas, events=events)
    if json:
        say.as_json({"workspace": str(made.workspace), "truth": str(made.truth)})
    else:
        typer.echo(f"Workspace: {made.workspace}\nTruth:     {made.truth}\nNext:      salus run {made.workspace}")
