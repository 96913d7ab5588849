"""`salus add`: one file of evidence into a workspace, after a dry run."""

from pathlib import Path

import typer

from salus.cli import say
from salus.errors import BadInput
from salus.model.findings import errors


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(add)


def add(
    path: Path = typer.Argument(help="The workspace."),
    source: str = typer.Argument(help="Short name of the source, such as police_2022."),
    *,
    file: list[Path] | None = typer.Option(
        None,
        help="The file as received, a folder of files, or --file several times. A table (CSV, XLSX, ODS, Parquet) or a"
        " map (GeoJSON, GeoPackage, Shapefile, KML); plain, .gz or .zip.",
    ),
    answers: str = typer.Option(
        "", help="YAML file with the sections `mapping` and `origin`, or a recipe (wgi). Without it a draft is printed."
    ),
    postgres: str = typer.Option(
        "", help="Instead of a file: a PostgreSQL database, as postgresql://user@host/database or service=NAME."
    ),
    query: str = typer.Option("", help="With --postgres: the SELECT whose rows are taken, with ORDER BY."),
    table: str = typer.Option("", help="With --postgres: a whole table, in the order of its primary key."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would happen, write nothing."),
    json: bool = typer.Option(False, "--json", help="Print the plan and findings as JSON."),
) -> None:
    """Add a file as a dated source that is never edited. Nothing is half accepted.

    Example: salus add ./mathare police --file police.xlsx > police.yaml

    Example: salus add ./mathare police --file police.xlsx --answers police.yaml --dry-run

    Example: salus add ./leeds police --file ./police-uk --answers uk-police

    Example: salus add ./mathare wgi --file wgi.csv --answers wgi

    Example: salus add ./mathare police --postgres service=records --table incidents --answers police.yaml
    """
    import salus
    from salus.adding import draft_answers
    from salus.snapshots import draft_from_postgres

    if (not file) == (not postgres):
        raise BadInput("Give a file or a database", where="--file", remedy="one of --file FILE, --postgres CONNECTION")
    rows = {"postgres": postgres, "query": query, "table": table}
    if not answers:
        typer.echo(draft_answers(file[0]) if file else draft_from_postgres(source, **rows), nl=False)
        typer.echo(f"Nothing was added. Correct the draft, then: --answers {source}.yaml", err=True)
        raise typer.Exit(1)
    if file:
        result = salus.add(path, source, file=file, answers=answers, dry_run=dry_run)
    else:
        result = salus.add_from_postgres(path, source, **rows, answers=answers, dry_run=dry_run)
    wrong = errors(result.findings)
    if json:
        say.as_json(
            {
                "folder": str(result.folder),
                "written": result.written,
                "already_there": result.already_there,
                "rows": result.rows,
                "findings": [f.as_dict() for f in result.findings],
            }
        )
    else:
        say.findings(result.findings)
        typer.echo(result.sentence())
    if wrong:
        raise typer.Exit(1)
