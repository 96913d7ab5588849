"""`salus report`: the newest run as a document for people."""

from pathlib import Path

import typer

from salus.cli import say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(report)


def report(
    path: Path = typer.Argument(help="The workspace, or a run folder."),
    lang: str = typer.Option("en", help="Language of the report."),
    format_: str = typer.Option("html", "--format", help="html, docx (to edit) or xlsx (the released tables)."),
    out: Path | None = typer.Option(None, help="File to write; by default report-LANG.FORMAT in the workspace."),
    json: bool = typer.Option(False, "--json", help="Print the path and what was hidden as JSON."),
) -> None:
    """Write the report of the newest run, through the disclosure gate.

    Example: salus report ./iztapalapa --lang en --format html --out report.html
    """
    import salus

    with say.progress("Writing the report"):
        made = salus.report(path, lang=lang, format=format_, out=out)
    if json:
        say.as_json({"report": str(made.path), "hidden": made.hidden, "bytes": made.path.stat().st_size})
    else:
        typer.echo(f"Report: {made.path}\nHidden by the disclosure gate: {made.hidden} rows")
