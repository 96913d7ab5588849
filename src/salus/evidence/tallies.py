"""Small tables about all rows of a source, for its quality checks: hours, days, points, repeats, lags.

Each is an Ibis expression whose result is small, whatever the number of rows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from salus.evidence.cube import ROWS_A_FILE, with_repeats
from salus.evidence.engines import Engine
from salus.evidence.links import has_keys, linked_counts, with_links, with_people
from salus.evidence.store import POINTLESS, Store
from salus.model.city import City

if TYPE_CHECKING:
    from ibis.expr.types import Table

PILE: Final = 20
"""Rows on one point from which on it is listed as a pile."""


@dataclass(frozen=True)
class Tallies:
    """What was counted over the rows of one source."""

    hours: pl.DataFrame
    """file, label, hour (null unknown), repeats, within, count, first_row, last_row, linked, apart"""
    days: pl.DataFrame
    """month (1-12), day (1-31), count; empty where only months are known"""
    piles: pl.DataFrame
    """lat, lon, count: points with more than `PILE` rows"""
    near: int
    """rows that agree with an earlier one in label, day, hour and point or place, but not in all they hold"""
    records: int
    """rows whose record id an earlier row with other contents has; 0 without a record id"""
    lags: pl.DataFrame
    """days from event to registration, by month of the event: month, days, count; empty where not recorded"""
    naming: pl.DataFrame
    """place, pointless, count: how many rows that name a place have no point; empty without a place column"""


def tally(store: Store, engine: Engine, city: City, *, months_only: bool = False, drop: bool = False) -> Tallies:
    """All tallies of a store. `drop`: rows that repeat an earlier one will not be counted."""
    rows = engine.rows(store)
    return Tallies(
        hours=_hours(store, engine, city, drop=drop),
        days=pl.DataFrame() if months_only else _days(rows, engine),
        piles=_piles(rows, engine),
        near=0 if months_only else _near(rows, engine, store),
        records=_records(rows, engine, store),
        lags=_lags(rows, engine, store),
        naming=_naming(rows, engine, store),
    )


def _counted(table: "Table", keys: list[str], engine: Engine) -> pl.DataFrame:
    counted = engine.collect(table.group_by(keys).aggregate(count=table.count()))
    return counted.with_columns(pl.col("count").cast(pl.Int64)).sort(keys, nulls_last=True)


def _hours(store: Store, engine: Engine, city: City, *, drop: bool) -> pl.DataFrame:
    rows = engine.rows(store)
    rows = rows.mutate(
        within=rows.date.between(city.scope.start, city.scope.end), record_key=rows.file * ROWS_A_FILE + rows.row
    )
    rows = with_repeats(with_people(rows, store) if has_keys(store) else rows, rows)
    keys = ["file", "label", "hour", "repeats", "within"]
    grouped = rows.group_by(keys).aggregate(count=rows.count(), first_row=rows.row.min(), last_row=rows.row.max())
    kinds = dict.fromkeys(("file", "hour", "count", "first_row", "last_row"), pl.Int64)
    counted = engine.collect(grouped).cast(kinds).sort(keys, nulls_last=True)  # type: ignore[arg-type]
    if not has_keys(store):
        return with_links(counted, None, keys, of="")
    linked = engine.collect(linked_counts(rows.filter(~rows.repeats) if drop else rows, keys))
    return with_links(counted, linked.cast({"file": pl.Int64, "hour": pl.Int64}), keys, of=store.folder.name)


def _days(rows: "Table", engine: Engine) -> pl.DataFrame:
    known = rows.filter(rows.date.notnull())
    known = known.select(month=known.date.month().cast("int64"), day=known.date.day().cast("int64"))
    return _counted(known, ["month", "day"], engine)


def _piles(rows: "Table", engine: Engine) -> pl.DataFrame:
    placed = rows.filter(rows.lat.notnull() & rows.lon.notnull())
    grouped = placed.group_by(["lat", "lon"]).aggregate(count=placed.count())
    return engine.collect(grouped.filter(grouped["count"] > PILE)).sort("count", "lat", "lon", descending=True)


def _near(rows: "Table", engine: Engine, store: Store) -> int:
    """Rows beyond the first of each label, day, hour and point, less those that are identical in everything."""
    keys = ["label", "date", "hour", "lat", "lon", *(["place"] if "place" in store.columns else [])]
    located = rows.filter(rows.lat.notnull()) if "place" not in store.columns else rows.filter(rows.place.notnull())
    grouped = located.group_by(keys).aggregate(times=located.count(), kinds=located.identity.nunique())
    many = grouped.filter(grouped.kinds > 1)
    return _number(engine.collect(many.aggregate(n=(many.kinds - 1).sum())))


def _records(rows: "Table", engine: Engine, store: Store) -> int:
    if "record" not in store.columns:
        return 0
    grouped = rows.group_by("record").aggregate(kinds=rows.identity.nunique())
    many = grouped.filter(grouped.kinds > 1)
    return _number(engine.collect(many.aggregate(n=(many.kinds - 1).sum())))


def _number(frame: pl.DataFrame) -> int:
    value: Any = frame.item()
    return int(value or 0)


def _lags(rows: "Table", engine: Engine, store: Store) -> pl.DataFrame:
    if "registered" not in store.columns:
        return pl.DataFrame(schema={"month": pl.Int64, "days": pl.Int64, "count": pl.Int64})
    known = rows.filter(rows.date.notnull() & rows.registered.notnull())
    month = (known.date.year() * 12 + known.date.month() - 1).cast("int64")
    lag = known.registered.delta(known.date, unit="day").cast("int64")
    return _counted(known.select(month=month, days=lag), ["month", "days"], engine)


def _naming(rows: "Table", engine: Engine, store: Store) -> pl.DataFrame:
    if "place" not in store.columns:
        return pl.DataFrame(schema={"place": pl.String, "pointless": pl.Boolean, "count": pl.Int64})
    named = rows.filter(rows.place.notnull()).mutate(pointless=rows.state >= POINTLESS)
    return _counted(named.select("place", "pointless"), ["place", "pointless"], engine)
