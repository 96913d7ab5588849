"""`salus seal`: a file encrypted into a workspace, where no run reads it."""

from pathlib import Path

import typer

from salus.cli import say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(seal)


def seal(
    path: Path = typer.Argument(help="The workspace."),
    file: Path = typer.Argument(help="The file to seal; it is copied, not deleted."),
    name: str = typer.Option("", help="Name of the sealed copy, not encrypted. Without it: sealed-1, sealed-2, ..."),
    key: Path | None = typer.Option(
        None, help="Key file, outside the workspace. Without it a passphrase is asked for."
    ),
    new_key: bool = typer.Option(False, "--new-key", help="Make the key file first; it must not be there yet."),
    json: bool = typer.Option(False, "--json", help="Print the sealed copy's path as JSON."),
) -> None:
    """Seal a file: encrypted, left out of runs, opened only with two roles' approval.

    Example: salus seal ./mathare notes.docx

    Example: salus seal ./mathare notes.docx --key /media/safe/mathare.key --new-key
    """
    import salus

    if new_key and not key:
        raise typer.BadParameter("--new-key needs --key FILE")
    secret = None if key else typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    if key and new_key:
        salus.new_key(key)
    sealed = salus.seal(path, file, name=name, passphrase=secret, key_file=key)
    if json:
        say.as_json({"sealed": str(sealed)})
        return
    typer.echo(
        f"Sealed:  {sealed}\nStill there, not encrypted: {file} (delete it and its copies yourself)\n"
        "Nobody can open it without the passphrase or key: keep that elsewhere, twice."
    )
