"""`salus trail`: from a statement back to files, sha256 and rows."""

from pathlib import Path
from typing import Any

import typer

from salus.cli import say
from salus.trail import Link


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(trail)


def trail(
    run: Path = typer.Argument(help="A run or release folder, or a workspace for its newest run."),
    ref: str = typer.Argument(help="Key of a result, as the report shows it: table:part|part."),
    json: bool = typer.Option(False, "--json", help="Print the chain as JSON."),
) -> None:
    """Print the chain from a result to the files, sha256 and rows it rests on, as far as it may be shown.

    Hidden figures stay hidden, and rows of a file are named only where ten records or more are behind a result.

    Example: salus trail ./iztapalapa "priorities:robbery|false"
    """
    from salus.releasing import released_or_draft

    release = released_or_draft(run)
    chain = release.trail(ref)
    values = _Figures(release)
    if json:
        say.as_json(_tree(chain, values))
    else:
        _print(chain, values, 0)
        typer.echo(f"\nRests on {len(chain.sources())} places in sources.")


class _Figures:
    """The released figures of the rows named in a trail."""

    def __init__(self, release: Any) -> None:
        self._release = release
        self.inputs: dict[str, str] = dict(release.record["inputs"])
        self._rows: dict[str, dict[str, dict[str, Any]]] = {}

    def of(self, link: Link) -> str:
        from salus.model.tables import TABLES, row_key

        if link.table not in TABLES or link.table not in self._release.tables:
            return ""
        if link.table not in self._rows:
            frame = self._release.tables[link.table]
            self._rows[link.table] = {row_key(link.table, row): row for row in frame.to_dicts()}
        return _figure(self._rows[link.table].get(link.key, {}))


def _figure(row: dict[str, Any]) -> str:
    if not row:
        return ""
    if row.get("status") == "hidden":
        return "hidden (small count)"
    main = next(
        (
            name
            for name in ("value", "score", "exposure", "expected_rank", "harm_averted", "authority")
            if row.get(name) is not None
        ),
        None,
    )
    if main is None:
        return f"no data, grade {row.get('grade', 'none')}"
    limits = [row.get(name) for name in ("low", "high")]
    span = f" ({limits[0]:.4g} to {limits[1]:.4g})" if None not in limits else ""
    unit = f" {row['unit']}" if row.get("unit") else ""
    mark = ", illustrative" if row.get("illustrative") else ""
    return f"{main} {row[main]:.4g}{span}{unit}, grade {row.get('grade', 'none')}{mark}"


def _tree(link: Link, values: _Figures) -> dict[str, Any]:
    return {
        "table": link.table,
        "key": link.key,
        "source": _source(link, values.inputs) if link.is_source else "",
        "figure": values.of(link),
        "left_out": link.left_out,
        "rests_on": [_tree(below, values) for below in link.rests_on],
    }


def _print(link: Link, values: _Figures, depth: int) -> None:
    figure = values.of(link)
    name = _source(link, values.inputs) if link.is_source else link.key
    typer.echo("  " * depth + name + (f"  = {figure}" if figure else ""))
    for below in link.rests_on:
        _print(below, values, depth + 1)
    if link.left_out:
        typer.echo("  " * (depth + 1) + f"... and {link.left_out} more")


def _source(link: Link, inputs: dict[str, str]) -> str:
    """A file with its sha256 and the rows used; ratings and judgements name one row of their file."""
    parts = link.key.split("|")
    if len(parts) == 3 and not parts[2].isdigit():
        return f"{parts[0]}: {parts[1]}, sha256 {parts[2]}, rows not named: few records"
    if len(parts) == 4:
        return f"{parts[0]}: {parts[1]}, sha256 {parts[2]}, {parts[3]}"
    if len(parts) == 3 and parts[1] in inputs:
        return f"{parts[0]}: {parts[1]}, sha256 {inputs[parts[1]]}, row {parts[2]}"
    return f"{link.table}: {link.key}"
