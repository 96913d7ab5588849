"""Puts the verbs together and turns errors into one clear message and an exit code.

Exit codes: 0 done, 1 findings (the data or the pack need work), 2 misuse.
"""

import sys
from typing import NoReturn

import typer

from salus.cli import (
    add,
    check,
    demo,
    doctor,
    framework,
    new,
    prepare,
    release,
    report,
    run,
    seal,
    synth,
    trail,
    unseal,
    vintages,
)
from salus.errors import BrokenPack, BrokenWorkspace, SalusError, Withheld

app = typer.Typer(
    name="salus",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="From a city's evidence on safety to a costed plan, with every sentence traceable to its data.",
)
for verb in (demo, new, prepare, vintages, add, check, run, release, report, trail, seal, unseal, synth, doctor):
    verb.register(app)
app.add_typer(framework.app, name="framework")

_FINDINGS = (BrokenPack, BrokenWorkspace, Withheld)


@app.callback(invoke_without_command=True)
def _version(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Say which version this is."),
) -> None:
    if version:
        from salus import __version__

        typer.echo(f"salus {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> NoReturn:
    """Runs the command line; a `SalusError` ends in one message, never in a traceback."""
    try:
        app(standalone_mode=True)
    except SalusError as error:
        typer.echo(f"salus: {error}", err=True)
        sys.exit(1 if isinstance(error, _FINDINGS) else 2)
    except KeyboardInterrupt:
        typer.echo("salus: stopped; nothing half done was kept.", err=True)
        sys.exit(2)
    sys.exit(0)
