"""Adds the rows of a query to a database as a source: a snapshot in a file, then like any file as received."""

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salus.adding import Addition, add, draft_answers, read_answers
from salus.evidence.database import Snapshot, take_snapshot
from salus.model.findings import DataFinding


def add_from_postgres(
    path: str | Path,
    source: str,
    *,
    postgres: str,
    query: str = "",
    table: str = "",
    answers: str | Path,
    dry_run: bool = False,
) -> Addition:
    """Adds the rows of a query, or of a table, as they are in a PostgreSQL database now; else as `salus.add`.

    `postgres`: libpq URI or keywords, such as `service=records`. Host, database, query and time are kept in
    origin.yaml, never the connection string. The rows go to `SOURCE.parquet`; the same rows twice change nothing,
    if they come in the same order. Raises `BadInput` where the server or the query fails.
    """
    with _snapshot(source, postgres, query, table) as taken:
        given = read_answers(Path(path), answers)
        origin = {**given["origin"], "database": taken.database.model_dump(mode="json")}
        result = add(path, source, file=taken.file, answers=given | {"origin": origin}, dry_run=dry_run)
    return result if taken.ordered else dataclasses.replace(result, findings=(*result.findings, _unordered(taken)))


def draft_from_postgres(source: str, *, postgres: str, query: str = "", table: str = "") -> str:
    """A draft of the answers for the rows of a query, as `salus.adding.draft_answers` makes it for a file."""
    with _snapshot(source, postgres, query, table) as taken:
        return draft_answers(taken.file)


@contextmanager
def _snapshot(source: str, postgres: str, query: str, table: str) -> Iterator[Snapshot]:
    with tempfile.TemporaryDirectory(prefix="salus-snapshot-") as folder:
        name = "".join(c for c in source if c.isalnum() or c in "-_") or "rows"
        yield take_snapshot(postgres, Path(folder) / f"{name}.parquet", query=query, table=table)


def _unordered(taken: Snapshot) -> DataFinding:
    return DataFinding(
        taken.file.name,
        "no_order",
        "The query has no ORDER BY: the same rows may come in another order, and then count as another file",
        "end the query with ORDER BY and columns that tell all rows apart",
        severity="warning",
    )
