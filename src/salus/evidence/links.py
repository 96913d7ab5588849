"""Which records speak of the same people: records of one victim, one household, one offender.

A record's unit is its household if known, else its victim, else itself. Every engine computes the same expressions;
only records that are linked with others leave it, counted. Keys are numbers, in memory and in the temporary store.
"""

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from salus.evidence.readers import KEYS
from salus.evidence.store import Store

if TYPE_CHECKING:
    from ibis.expr.types import Table
    from numpy.typing import NDArray

LINK: Final = pl.Struct({"unit": pl.UInt64, "offender": pl.UInt64, "n": pl.Int64})
LINKS: Final[dict[str, pl.DataType]] = {"linked": pl.List(LINK), "apart": pl.Float64()}
"""`linked`: of the records counted, those whose unit or offender has others in the source, by both (offender null where
it has no other). `apart`: the sum over the records of 1 / the records that hang together with it by units and
offenders; it adds up and is at most the number of persons. Both are null for a source that names no keys."""
PERSON: Final = ("unit", "offender", "own")
"""Columns of a linked record: its unit (null: it has none but itself), its offender, and a number of its own."""


def has_keys(store: Store) -> bool:
    """Whether the records of a store say of whom they speak."""
    return not store.columns.isdisjoint(KEYS)


def with_people(rows: "Table", store: Store) -> "Table":
    """Adds `PERSON` to rows with `record_key`: all null for a record that hangs together with no other."""
    import ibis

    homes = [rows[name] for name in ("household", "victim") if name in store.columns]
    acts = [rows[name] for name in ("offender",) if name in store.columns]
    nobody = [ibis.null("int64")]
    rows = rows.mutate(unit=ibis.coalesce(*(homes or nobody)), offender=ibis.coalesce(*(acts or nobody)))
    rows = _marked(_marked(rows, "unit", known=bool(homes)), "offender", known=bool(acts))
    tied = rows.many_unit | rows.many_offender
    return rows.mutate(
        unit=tied.ifelse(rows.unit, None),
        own=(tied & rows.unit.isnull()).ifelse(rows.record_key, None),
        offender=rows.many_offender.ifelse(rows.offender, None),
    ).drop("many_unit", "many_offender")


def _marked(rows: "Table", name: str, *, known: bool) -> "Table":
    """Adds `many_NAME`: whether the number in that column stands in more than one row."""
    import ibis

    if not known:
        return rows.mutate(**{f"many_{name}": ibis.literal(value=False)})
    counted = rows.group_by(name).aggregate(times=rows.count())
    many = counted.filter((counted.times > 1) & counted[name].notnull()).select(**{f"same_{name}": name})
    joined = rows.left_join(many, rows[name] == many[f"same_{name}"])
    return joined.mutate(**{f"many_{name}": joined[f"same_{name}"].notnull()}).drop(f"same_{name}")


def linked_counts(rows: "Table", keys: Sequence[str]) -> "Table":
    """Linked records counted by `keys`, unit and offender: as many rows as there are linked records at most."""
    tied = rows.filter(rows.unit.notnull() | rows.own.notnull())
    # As digits: on its way from Spark a number with nulls beside it would lose its last digits.
    tied = tied.mutate(**{name: tied[name].cast("string") for name in PERSON})
    return tied.group_by([*keys, *PERSON]).aggregate(n=tied.count())


def with_links(counts: pl.DataFrame, linked: pl.DataFrame | None, keys: Sequence[str], *, of: str) -> pl.DataFrame:
    """Counts by `keys` with `LINKS`, from `linked_counts` of the same keys; null where there are none.

    `linked` must hold every record that counts: those left out of it make others hang together with fewer. `of`: the
    source, whose numbers are its own: one key in two sources need not be one person.
    """
    if linked is None:
        return counts.with_columns(pl.lit(None, kind).alias(name) for name, kind in LINKS.items())
    unit, offender = pl.coalesce("unit", pl.concat_str(pl.lit("row "), "own")), pl.col("offender")
    seed = zlib.crc32(of.encode())
    numbered = linked.select(
        *keys,
        unit.hash(seed).alias("unit"),
        pl.when(offender.is_not_null()).then(offender.hash(seed)).alias("offender"),
        pl.col("n").cast(pl.Int64),
    ).sort(*keys, "unit", "offender")
    shares = numbered.with_columns((pl.col("n") / pl.Series(together(numbered))).alias("apart"))
    by_key = shares.group_by(keys, maintain_order=True).agg(
        pl.struct("unit", "offender", "n").alias("linked"), pl.col("n").sum(), pl.col("apart").sum()
    )
    joined = counts.join(by_key, on=keys, how="left", nulls_equal=True, maintain_order="left")
    alone = pl.col("count") - pl.col("n").fill_null(0)
    return joined.with_columns((alone + pl.col("apart").fill_null(0.0)).alias("apart")).drop("n")


def together(linked: pl.DataFrame) -> "NDArray[np.float64]":
    """For each row of unit, offender and n: the records that hang together with it by units and offenders.

    >>> rows = pl.DataFrame({"unit": [7, 8, 9], "offender": [None, 1, 1], "n": [2, 1, 3]})
    >>> together(rows).tolist()
    [2.0, 4.0, 4.0]
    """
    units = linked["unit"].rank("dense").to_numpy().astype(np.int64) - 1
    count = int(units.max(initial=-1)) + 1
    acts = linked["offender"].rank("dense").fill_null(0).to_numpy().astype(np.int64)
    at = np.flatnonzero(acts)
    size = count + int(acts.max(initial=0))
    graph = coo_array((np.ones(at.size), (units[at], count + acts[at] - 1)), shape=(size, size))
    component = connected_components(graph, directed=False)[1][units] if size else units
    return np.asarray(np.bincount(component, weights=linked["n"].to_numpy())[component], dtype=np.float64)
