"""`salus run`: from evidence to a draft plan, in one run folder."""

from collections import Counter
from pathlib import Path

import typer

from salus.cli import say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(run)


def run(
    path: Path = typer.Argument(help="The workspace."),
    seed: int = typer.Option(1, help="Seed of everything random; the same seed gives the same tables."),
    draws: int = typer.Option(1000, min=100, max=100_000, help="Draws that carry the uncertainty."),
    engine: str = typer.Option("duckdb", help="Where incidents are counted: duckdb, spark or spark:MASTER."),
    json: bool = typer.Option(False, "--json", help="Print the run's path, kinds of warnings and timings as JSON."),
) -> None:
    """Assess a city: all stages, one run folder, written whole or not at all.

    Example: salus run ./iztapalapa --seed 7
    """
    import salus

    with say.progress("Assessing") as progress:
        result = salus.run(path, seed=seed, draws=draws, engine=engine, progress=progress)
    record = result.record
    if json:
        say.as_json(
            {
                "run": str(result.path),
                "hash": record["hash"],
                "warnings": dict(Counter(_rule(warning) for warning in record["warnings"])),
                "timings": record["timings"],
            }
        )
        return
    total = sum(record["timings"].values())
    typer.echo(
        f"Run:      {result.path}\nWarnings: {len(record['warnings'])} (in run.json; `salus check {path}`)\n"
        f"Seconds:  {total:.1f}\nNext:     salus report {path}"
    )


def _rule(warning: str) -> str:
    """The rule in brackets at a warning's end; its message may tell a small count, so it stays in the run."""
    return warning.rpartition("[")[2].rstrip("]")
