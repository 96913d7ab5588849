"""`salus unseal`: a sealed file opened once, with a release, and the opening written into the log."""

from pathlib import Path

import typer

from salus.cli import say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(unseal)


def unseal(
    path: Path = typer.Argument(help="The workspace."),
    name: str = typer.Argument(help="Name of the sealed copy, such as sealed-1."),
    release: Path = typer.Option(..., help="Release in private/releases/ of the workspace, approved by two roles."),
    out: Path = typer.Option(..., help="New file for what is opened, outside the workspace."),
    key: Path | None = typer.Option(None, help="Key file. Without it the passphrase is asked for."),
    json: bool = typer.Option(False, "--json", help="Print the file's path and the log's last sha256 as JSON."),
) -> None:
    """Open sealed evidence into a new file, if a release allows it. Every opening is logged.

    Example: salus unseal ./mathare sealed-1 --release ./mathare/private/releases/court.yaml --out ./notes.docx
    """
    import salus

    secret = None if key else typer.prompt("Passphrase", hide_input=True, err=True)
    opened = salus.unseal(path, name, release=release, out=out, passphrase=secret, key_file=key)
    log = salus.verify_openings(path)
    if json:
        say.as_json({"opened": str(opened), "openings": log.lines, "head": log.head})
        return
    typer.echo(
        f"Opened:  {opened} (not encrypted)\nLogged:  opening {log.lines} of this workspace\n"
        f"Note elsewhere, to show later that the log was not cut: {log.head}"
    )
