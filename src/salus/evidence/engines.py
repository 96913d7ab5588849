"""Where expressions over incidents are computed: DuckDB on this machine, or Spark. Both compute the same expressions.

An engine reads Parquet, joins and counts; what only exact geometry can answer goes through a Python kernel in Arrow
batches. Neither ever holds all rows in Python.
"""

import os
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from salus.errors import BadInput
from salus.evidence.store import Store

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

Kernel = Callable[["pa.RecordBatch"], "pa.RecordBatch"]
ENGINES: Final = ("duckdb", "spark")
MEMORY: Final = "250MB"
"""What DuckDB may hold before it writes to disk."""
_BATCH: Final = 200_000


class Engine(ABC):
    """One connection; `scratch` is a folder that the engine, and on a cluster every worker, can read and write."""

    name: str

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self._made = 0

    def rows(self, store: Store) -> "Table":
        """The rows of a store, with `file` as the number of their file."""
        table = self._parquet(store.folder)
        return table.select(*sorted(store.columns), file=table.file.cast("int64"))

    def small(self, frame: pl.DataFrame) -> "Table":
        """A small table beside the rows, such as classes or cells."""
        path = self._new()
        path.mkdir()
        frame.write_parquet(path / "part.parquet")
        return self._parquet(path)

    @abstractmethod
    def through(self, rows: "Table", kernel: Kernel) -> "Table":
        """The rows after a Python function had them in Arrow batches; the function keeps the columns."""

    @abstractmethod
    def collect(self, expression: "Table") -> pl.DataFrame:
        """An expression computed: its result must be small."""

    @abstractmethod
    def close(self) -> None:
        """Ends the connection."""

    @abstractmethod
    def _parquet(self, folder: Path) -> "Table": ...

    def _new(self) -> Path:
        self._made += 1
        return self.scratch / f"table-{self._made}"


class _Duck(Engine):
    name = "duckdb"

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        import ibis

        self._connection: Any = ibis.duckdb.connect(temp_directory=str(scratch / "spill"), memory_limit=MEMORY)

    def _parquet(self, folder: Path) -> "Table":
        return self._connection.read_parquet(f"{folder}/**/*.parquet", hive_partitioning=True)

    def through(self, rows: "Table", kernel: Kernel) -> "Table":
        import pyarrow.parquet as pq

        path = self._new()
        path.mkdir()
        # Ibis 12 asks DuckDB 2 for its batches by a name that is gone; the compiled expression is the same.
        batches = self._connection.con.sql(self._connection.compile(rows)).to_arrow_reader(_BATCH)
        options: Any = {"compression": "none", "use_dictionary": False, "write_statistics": False}
        with pq.ParquetWriter(path / "part.parquet", batches.schema, **options) as writer:
            for batch in batches:
                writer.write_batch(kernel(batch))
        return self._parquet(path)

    def collect(self, expression: "Table") -> pl.DataFrame:
        return pl.DataFrame(self._connection.to_polars(expression))

    def close(self) -> None:
        self._connection.disconnect()


class _Spark(Engine):
    name = "spark"

    def __init__(self, scratch: Path, master: str) -> None:
        super().__init__(scratch)
        try:
            import ibis
            from pyspark.sql import SparkSession
        except ImportError as problem:
            raise BadInput(
                "The engine Spark is not installed", where="--engine", remedy="pip install 'salus-cities[scale]'"
            ) from problem
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("salus").master(master or "local[*]")
        settings = {"spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false", "spark.sql.ansi.enabled": "true",
                    "spark.sql.execution.arrow.pyspark.enabled": "true"}  # fmt: skip
        for key, value in settings.items():
            builder = builder.config(key, value)
        self._session = builder.getOrCreate()
        self._session.sparkContext.setLogLevel("ERROR")
        self._connection: Any = ibis.pyspark.connect(self._session)

    def _parquet(self, folder: Path) -> "Table":
        return self._view(self._session.read.parquet(str(folder)))

    def _view(self, frame: Any) -> "Table":
        self._made += 1
        frame.createOrReplaceTempView(f"salus_{self._made}")
        return self._connection.table(f"salus_{self._made}")

    def through(self, rows: "Table", kernel: Kernel) -> "Table":
        frame = self._session.sql(self._connection.compile(rows))

        def mapped(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
            yield from map(kernel, batches)

        return self._view(frame.mapInArrow(mapped, frame.schema))

    def collect(self, expression: "Table") -> pl.DataFrame:
        return pl.DataFrame(self._connection.to_polars(expression))

    def close(self) -> None:
        self._session.stop()


def known_engine(name: str) -> tuple[str, str]:
    """The kind of an engine and its master. Raises `BadInput` for a name that is none.

    >>> known_engine("spark:local[2]")
    ('spark', 'local[2]')
    """
    kind, _, master = name.partition(":")
    if kind not in ENGINES:
        raise BadInput(
            f"There is no engine '{name}'", where="--engine", remedy=f"use {', '.join(ENGINES)} or spark:MASTER"
        )
    return kind, master


@contextmanager
def open_engine(name: str = "duckdb", scratch: Path | None = None) -> Iterator[Engine]:
    """An engine by its name: `duckdb`, `spark` (all cores of this machine) or `spark:MASTER` for a cluster.

    `scratch` must be a folder that all workers see; without it a temporary one of this machine is used and removed.
    Raises `BadInput` for a name that is no engine, and where Spark is not installed.
    """
    kind, master = known_engine(name)
    with tempfile.TemporaryDirectory(prefix="salus-engine-", dir=scratch) as folder:
        engine: Engine = _Duck(Path(folder)) if kind == "duckdb" else _Spark(Path(folder), master)
        try:
            yield engine
        finally:
            engine.close()
