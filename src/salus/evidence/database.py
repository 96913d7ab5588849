"""Takes the rows of a query to a PostgreSQL database as a Parquet file, in batches; the database is only read.

The file is then a source as received like any other (`salus.snapshots`). Needs the extra [postgres].
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from salus.errors import BadInput, MissingExtra
from salus.evidence.arrow_columns import plain_batch, plain_schema
from salus.model.city import Database

if TYPE_CHECKING:
    import pyarrow as pa

_SETTINGS: Final = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL statement_timeout = '30min'",
    "SET LOCAL lock_timeout = '10s'",
)
_ABOUT: Final = """SELECT coalesce(host(inet_server_addr()), 'local socket'), current_database(),
    to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
_NAME: Final = "SELECT to_regclass($1)::text"
_KEY: Final = """SELECT
    string_agg('t.' || quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum))
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indisprimary AND i.indrelid = to_regclass($1)"""
_QUIET: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/""", re.DOTALL)
_INNER: Final = re.compile(r"\([^()]*\)")
_READS: Final = ("select", "with", "table", "values")
_SAFE_TO_SHOW: Final = ("connection to server", "definition of service", "could not translate host name")
_CAUSES: Final = {
    "permission denied": ("The role may not read this", "ask for SELECT on it, or connect as a role that may read"),
    "does not exist": ("The database has no such table or column", "correct the name; write it as schema.table"),
    "read-only transaction": ("Only reading is allowed", "give a SELECT that changes nothing"),
    "read-write mode": ("Only reading is allowed", "give a SELECT that changes nothing"),
    "statement timeout": ("The query took longer than 30 minutes", "select fewer rows, or add an index for its order"),
    "lock timeout": ("Somebody else holds the table", "try again later"),
}


@dataclass(frozen=True)
class Snapshot:
    """Rows of a database as they were at one moment, in a file; `ordered`: whether the query fixes their order."""

    file: Path
    database: Database
    ordered: bool


def take_snapshot(connection: str, file: Path, *, query: str = "", table: str = "") -> Snapshot:
    """Writes the rows of a query, or of a table in the order of its primary key, to `file`.

    `connection` is a libpq URI or keywords (`service=name`); it is handed to libpq and kept nowhere. One transaction
    that can only read; at most 30 minutes. Texts stay as they come, numbers and dates keep their type; `numeric`,
    `json` and `uuid` become text. The same rows in the same order give the same bytes. Raises `BadInput` where the
    server or the query fails, for types without a plain text, and for no rows; `MissingExtra` without [postgres].
    """
    if bool(query.strip()) == bool(table.strip()):
        raise BadInput("Give a query or a table", where="--query", remedy="one of --query 'SELECT ...', --table NAME")
    if query.strip() and not is_reading(query):
        raise BadInput("Only a SELECT is sent to a database", where="--query", remedy="begin it with SELECT or WITH")
    with _connected(connection) as cursor, _told():
        for setting in _SETTINGS:
            cursor.execute(setting)
        ((host, name, taken_at),) = _rows(cursor, _ABOUT)
        asked = query.strip().rstrip(";") if query.strip() else _of_table(cursor, table.strip())
        cursor.execute(asked)
        count = _written(cursor.fetch_record_batch(), file)
    if count == 0:
        raise BadInput("The query gives no rows", where=name, remedy="check its conditions, and what the role may see")
    return Snapshot(file, Database(host=host, name=name, query=asked, taken_at=taken_at, rows=count), is_ordered(asked))


def is_reading(query: str) -> bool:
    """Whether a statement begins as one that reads.

    >>> is_reading("/* all */ SELECT 1"), is_reading("DELETE FROM t")
    (True, False)
    """
    words = _QUIET.sub(" ", query).lstrip(" (\n\t").lower().split()
    return bool(words) and words[0] in _READS


def is_ordered(query: str) -> bool:
    """Whether a statement says at its end in which order its rows come.

    >>> is_ordered("SELECT a FROM t ORDER BY a"), is_ordered("SELECT 'order by' FROM (SELECT 1 ORDER BY 1) t")
    (True, False)
    """
    outer = _QUIET.sub(" ", query)
    while (shorter := _INNER.sub(" ", outer)) != outer:
        outer = shorter
    return re.search(r"\border\s+by\b", outer, re.IGNORECASE) is not None


@contextmanager
def _connected(connection: str) -> Iterator[Any]:
    try:
        import adbc_driver_postgresql.dbapi as postgres
    except ImportError as problem:
        raise MissingExtra(
            "Reading a database needs a driver", where="--postgres", remedy="pip install 'salus-cities[postgres]'"
        ) from problem
    try:
        opened = postgres.connect(connection)
    except postgres.Error as problem:
        said = _short(problem)
        if not any(known in said for known in _SAFE_TO_SHOW):  # libpq may quote a part of what it could not read
            said = "the connection string is not one that libpq reads"
        raise BadInput(
            f"No connection to the database: {said}",
            where="--postgres",
            remedy="give postgresql://user@host/database or service=name; the password belongs in ~/.pgpass",
        ) from None  # the cause would carry the connection string
    with closing(opened), closing(opened.cursor()) as cursor:
        yield cursor
        opened.rollback()


@contextmanager
def _told() -> Iterator[None]:
    """Says what the server refused, and what to do."""
    import adbc_driver_postgresql.dbapi as postgres
    import pyarrow as pa

    try:
        yield
    except (postgres.Error, pa.ArrowException, OSError) as problem:
        said = _short(problem)
        if isinstance(problem, OSError) and problem.errno:  # of this machine; the driver's own have no number
            raise BadInput(f"The rows cannot be kept: {said}", where="--postgres", remedy="make room") from problem
        known = (told for cause, told in _CAUSES.items() if cause in said)
        what, remedy = next(known, ("The database cannot answer this", "try the query in psql"))
        raise BadInput(f"{what}: {said}", where="--postgres", remedy=remedy) from problem


def _short(problem: Exception) -> str:
    """The server's own words, on one line."""
    text = str(problem).partition("ERROR:")[2] or str(problem).partition("Failed to connect:")[2] or str(problem)
    return " ".join(text.partition("Query was:")[0].partition("SQLSTATE")[0].split())[:300].rstrip(" .")


def _rows(cursor: Any, query: str, *values: str) -> list[tuple[Any, ...]]:
    cursor.execute(query, values or None)
    return list(cursor.fetchall())


def _of_table(cursor: Any, table: str) -> str:
    """The query for a whole table: by primary key, else by each row's own text: always the same order."""
    ((name,),) = _rows(cursor, _NAME, table)
    if name is None:
        raise BadInput(f"There is no table '{table}'", where="--table", remedy="write it as schema.table")
    ((key,),) = _rows(cursor, _KEY, table)
    order = key or 't::text COLLATE "C"'
    return f"SELECT t.* FROM {name} AS t ORDER BY {order}"


def _written(batches: "pa.RecordBatchReader", file: Path) -> int:
    """Writes batch after batch; one is in memory at a time."""
    import pyarrow.parquet as pq

    schema, count = plain_schema(batches.schema), 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            if batch.num_rows:
                writer.write_batch(plain_batch(batch, schema))
                count += batch.num_rows
    return count
