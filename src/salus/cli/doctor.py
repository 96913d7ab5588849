"""`salus doctor`: is everything here that Salus needs?"""

import typer

from salus.cli import say


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(doctor)


def doctor(json: bool = typer.Option(False, "--json", help="Print as JSON.")) -> None:
    """Check this installation: Python, libraries, the pack, the example city, space and memory.

    Example: salus doctor
    """
    import salus

    found = salus.doctor()
    if json:
        say.as_json([{"what": c.what, "ok": c.ok, "says": c.says, "remedy": c.remedy} for c in found])
    else:
        for check in found:
            typer.echo(
                f"{'ok  ' if check.ok else 'FAIL'} {check.what}: {check.says}"
                + ("" if check.ok else f" -> {check.remedy}")
            )
    if not all(check.ok for check in found):
        raise typer.Exit(1)
