"""Columns of a database as plain Arrow columns that every reader of Parquet knows; refuses what has no text."""

from typing import TYPE_CHECKING, Any, Final

from salus.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

_TEXTS: Final = ("numeric", "json", "jsonb", "uuid")
_TYPE: Final = b"POSTGRESQL:type"
_REMEDY: Final = "write it as text in the query (column::text), a point as ST_X(...) AS longitude, or leave it out"


def plain_schema(schema: "pa.Schema") -> "pa.Schema":
    """The columns as they are written. Raises `BadInput` naming all that cannot be, and for a name that is there twice.

    >>> import pyarrow as pa
    >>> plain_schema(pa.schema([pa.field("n", pa.int32(), metadata={"POSTGRESQL:type": "int4"})])).field("n").metadata
    """
    import pyarrow as pa

    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if twice:
        text = f"The query gives {', '.join(twice)} more than once"
        raise BadInput(text, where="--query", remedy="name each column once (column AS other_name)")
    found = {field.name: _plain(field) for field in schema}
    refused = [f"{field.name} ({_said(field)})" for field in schema if found[field.name] is None]
    if refused:
        raise BadInput(f"Of a type without a plain text: {', '.join(refused)}", where="--query", remedy=_REMEDY)
    return pa.schema(list(found.items()))


def plain_batch(batch: "pa.RecordBatch", schema: "pa.Schema") -> "pa.RecordBatch":
    """The rows of a batch in the columns of `plain_schema`."""
    import pyarrow as pa

    columns = [_column(column, field) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _plain(field: "pa.Field") -> Any:
    """The type a column is written with; None where there is none."""
    import pyarrow as pa

    if _said(field) in _TEXTS:
        return pa.string()
    kind = field.type
    tests = (pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_string, pa.types.is_date,
             pa.types.is_timestamp, pa.types.is_time)  # fmt: skip
    return kind if _said(field) != "money" and any(test(kind) for test in tests) else None


def _said(field: "pa.Field") -> str:
    """The database's name of a column's type."""
    return str((field.metadata or {}).get(_TYPE, str(field.type).encode()).decode())


def _column(column: "pa.Array", field: "pa.Field") -> "pa.Array":
    import pyarrow as pa

    if not isinstance(column.type, pa.BaseExtensionType):
        return column
    if column.type.storage_type == pa.string():
        return column.storage
    return pa.array([None if value is None else str(value) for value in column.to_pylist()], field.type)  # uuid
