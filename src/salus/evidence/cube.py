"""Counts incidents once, at the finest key that anything asks for; all other tables are sums of this one.

Every step is an Ibis expression, the same for every engine: the join of points with cells, the rows that repeat an
earlier one, the counts. Only rows in cells that a border touches leave the engine, for exact geometry.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from salus.evidence.cells import EDGE, CellIndex
from salus.evidence.engines import Engine
from salus.evidence.gazetteer import Gazetteer
from salus.evidence.geography import Locator
from salus.evidence.links import LINKS, PERSON, has_keys, linked_counts, with_links, with_people
from salus.evidence.store import POINTLESS, Store
from salus.model.city import City

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

CUBE: Final[dict[str, type[pl.DataType] | pl.DataType]] = {
    "file": pl.Int64,
    "label": pl.String,
    "month": pl.Date,
    "within": pl.Boolean,
    "repeats": pl.Boolean,
    "placed": pl.Boolean,
    "elsewhere": pl.Boolean,
    "area": pl.String,
    "shown_area": pl.String,
    "count": pl.Int64,
    "first_row": pl.Int64,
    "last_row": pl.Int64,
    **LINKS,
}
"""`within`: inside the assessed period. `repeats`: equal to an earlier row of the source. `placed`: has a point.
`elsewhere`: names an area of the vintage, but its point lies in another one."""
ROWS_A_FILE: Final = 1 << 40
_NOWHERE: Final = -2
_MONTHS: Final = 120_000
"""More months than the years 1 to 9999 have."""
_FLAGS: Final = {"within": 8, "repeats": 4, "placed": 2, "elsewhere": 1}
_ALL_FLAGS: Final = 16


@dataclass(frozen=True)
class Places:
    """The areas of one vintage, to locate points and place names in."""

    locator: Locator
    names: Gazetteer
    index: CellIndex = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", CellIndex.over(self.locator))


@dataclass(frozen=True)
class _Exact:
    """The kernel: areas of rows in cells that a border touches, by exact geometry. It travels to Spark workers."""

    indexes: dict[str, CellIndex]

    def __call__(self, batch: "pa.RecordBatch") -> "pa.RecordBatch":
        import pyarrow as pa

        lon, lat = (batch.column(name).to_numpy(zero_copy_only=False) for name in ("lon", "lat"))
        for name, index in self.indexes.items():
            position = batch.schema.get_field_index(name)
            codes = batch.column(name).fill_null(_NOWHERE).to_numpy().copy()
            edge = np.flatnonzero(codes == EDGE)
            codes[edge] = index.exact(lon[edge], lat[edge], index.of(lon[edge], lat[edge]))
            exact = pa.array(codes, pa.int32(), mask=codes < 0)
            batch = batch.set_column(position, batch.schema.field(position), exact)
        return batch


def count_incidents(
    store: Store, engine: Engine, city: City, *, model: Places | None, shown: Places | None, drop: bool = False
) -> pl.DataFrame:
    """The cube of a store: a frame of `CUBE`, sorted. An area is null where no area of the vintage holds the row.

    `drop`: rows that repeat an earlier one will not be counted, so they hang together with nobody.
    """
    import ibis

    places = {name: place for name, place in (("area", model), ("shown_area", shown)) if place is not None}
    rows = engine.rows(store)
    rows = every = rows.mutate(
        month=(rows.date.year() * 12 + rows.date.month() - 1).cast("int32"),
        within=rows.date.between(city.scope.start, city.scope.end),
        placed=rows.lat.notnull() & rows.lon.notnull(),
        record_key=rows.file * ROWS_A_FILE + rows.row,
    )
    people = PERSON if has_keys(store) else ()
    rows = with_people(rows, store) if people else rows
    named = {name: table for name, place in places.items() if (table := _named(store, engine, place)) is not None}
    for name, place in places.items():
        rows = _with_cells(rows, engine, name, place, named.get(name))
    given = [f"{name}_named" for name in named]
    columns = ("file", "label", "month", "within", "placed", "row", "record_key", "identity", *people, *places, *given)
    located = rows.select(*columns)
    if places:
        on_edge = ibis.or_(*(rows[name] == EDGE for name in places)).fill_null(False)
        exact = _Exact({name: place.index for name, place in places.items()})
        edges = engine.through(rows.filter(on_edge).select(*columns, "lon", "lat"), exact)
        located = ibis.union(rows.filter(~on_edge).select(*columns), edges.select(*columns))
    other = [located[f"{name}_named"] != located[name] for name in named]
    located = located.mutate(elsewhere=ibis.or_(*other).fill_null(False) if other else ibis.literal(value=False))
    located = with_repeats(located, every)
    located = located.mutate(packed=_packed(located))  # one number is grouped faster than six columns
    keys = ["packed", "label", *places]
    counted = located.group_by(keys).aggregate(
        count=located.count(), first_row=located.row.min(), last_row=located.row.max()
    )
    used = located.filter(~located.repeats) if drop else located
    linked = engine.collect(linked_counts(used, keys)) if people else None
    return _shaped(with_links(engine.collect(counted), linked, keys, of=store.folder.name), places)


def _packed(rows: "Table") -> Any:
    """File, month (null as 0) and three answers in one whole number; `_shaped` takes them apart."""
    number = rows.file * _MONTHS + (rows.month + 1).fill_null(0)
    for answer in _FLAGS:
        number = number * 2 + rows[answer].fill_null(False).cast("int64")
    return number


def with_repeats(rows: "Table", every: "Table") -> "Table":
    """Adds `repeats`: whether a row is equal to an earlier one; `every`: all rows of the source."""
    many = every.group_by("identity").aggregate(times=every.count(), first=every.record_key.min())
    first = many.filter(many.times > 1).select(same="identity", first="first")
    joined = rows.left_join(first, rows.identity == first.same)
    return joined.mutate(repeats=(joined.record_key > joined.first).fill_null(False)).drop("same", "first")


def _with_cells(rows: "Table", engine: Engine, name: str, place: Places, named: "Table | None") -> "Table":
    """Adds the area's position for points in cells of one area, `EDGE` where a border touches the cell."""
    import ibis

    index = place.index
    cells = engine.small(index.cells.rename({"area": name})).rename(**{f"{name}_cell": "cell"})
    last = index.side - 1
    column = ibis.least(((rows.lon - index.west) * index.across).floor().cast("int64"), last)
    row = ibis.least(((rows.lat - index.south) * index.up).floor().cast("int64"), last)
    inside = rows.lon.between(index.west, index.east) & rows.lat.between(index.south, index.north)
    rows = rows.mutate(**{f"{name}_of": inside.ifelse(column * index.side + row, None)})
    rows = rows.left_join(cells, rows[f"{name}_of"] == cells[f"{name}_cell"]).drop(f"{name}_of", f"{name}_cell")
    if named is None:
        return rows
    joined = rows.left_join(named, rows.place == named.named_place)
    kept = {name: _pointless(joined).ifelse(joined.named_code, joined[name]), f"{name}_named": joined.named_code}
    return joined.mutate(**kept).drop("named_place", "named_code")


def _pointless(rows: Any) -> Any:
    """Rows that give no point at all: one that lies nowhere stays nowhere, whatever place it names."""
    return rows.state >= POINTLESS


def _named(store: Store, engine: Engine, place: Places) -> "Table | None":
    """The places that rows name, and the position of the area each is."""
    if "place" not in store.columns:
        return None
    wanted = store.scan().select("place").drop_nulls().unique().sort("place").collect(engine="streaming")["place"]
    if wanted.is_empty():
        return None
    positions = {area: code for code, area in enumerate(place.locator.ids)}
    codes = [positions.get(area) for area in place.names.areas(wanted)]
    frame = pl.DataFrame({"named_place": wanted, "named_code": pl.Series(codes, dtype=pl.Int32)}).drop_nulls()
    return engine.small(frame) if frame.height else None


def _shaped(cube: pl.DataFrame, places: dict[str, Places]) -> pl.DataFrame:
    """The engine's counts unpacked, with areas by id, in one fixed order: by file, month, label, area."""
    labels = pl.Series(sorted(cube["label"].drop_nulls().unique()), dtype=pl.String)
    ranks = pl.col("label").replace_strict(labels, range(len(labels)), default=-1)
    areas = [pl.col(name).fill_null(-1).cast(pl.Int64) for name in places]
    cube = cube.sort(pl.col("packed") // _ALL_FLAGS, ranks, *areas, pl.col("packed") % _ALL_FLAGS)
    ids = []
    for name in ("area", "shown_area"):
        known = pl.Series(places[name].locator.ids.tolist() if name in places else [], dtype=pl.String)
        ids.append((known.gather(cube[name].cast(pl.UInt32)) if name in places else _empty(cube.height)).alias(name))
    flags = [(pl.col("packed") // bit % 2 == 1).alias(name) for name, bit in _FLAGS.items()]
    month = pl.col("packed") // _ALL_FLAGS % _MONTHS - 1
    dated = pl.when(month >= 0).then(pl.date(month // 12, month % 12 + 1, 1)).alias("month")
    unpacked = cube.with_columns(*ids, *flags, dated, (pl.col("packed") // (_ALL_FLAGS * _MONTHS)).alias("file"))
    return unpacked.select(pl.col(name).cast(kind) for name, kind in CUBE.items())


def _empty(height: int) -> pl.Series:
    return pl.repeat(None, height, dtype=pl.String, eager=True)
