"""The chain from a result back to files, sha256 and rows; read from a run's lineage."""

from dataclasses import dataclass

import polars as pl

from salus.errors import UnknownReference

_MOST_CHILDREN = 400


@dataclass(frozen=True)
class Link:
    """One step of a trail: a row of a table, or a source's file with its rows; and what it rests on."""

    table: str
    key: str
    rests_on: tuple["Link", ...]
    left_out: int = 0

    @property
    def is_source(self) -> bool:
        """Whether the chain ends here, at a file or at the framework pack."""
        return self.table in {"sources", "pack", "ratings", "judgements"}

    def sources(self) -> frozenset[str]:
        """The keys of all sources at the ends of this trail."""
        own = frozenset({self.key}) if self.is_source else frozenset()
        return own.union(*(link.sources() for link in self.rests_on))


def trail(lineage: pl.DataFrame, ref: str) -> Link:
    """The chain of one result. `ref` is a row key, `table:part|part|…`, as every statement carries.

    Raises `UnknownReference` with keys that begin alike when there is no such row.
    """
    children: dict[str, list[tuple[str, str]]] = {}
    for table, key, from_table, from_key in lineage.select("table", "key", "from_table", "from_key").iter_rows():
        children.setdefault(key, []).append((from_table, from_key))
        _ = table
    if ref not in children:
        alike = sorted(key for key in children if key.startswith(ref.split("|", maxsplit=1)[0]))[:5]
        raise UnknownReference(
            f"No result is named '{ref}'",
            where="trail",
            remedy=f"keys read table:part|part; some here: {', '.join(alike) or 'none'}",
        )
    return _link(ref.partition(":")[0], ref, children, frozenset())


def _link(table: str, key: str, children: dict[str, list[tuple[str, str]]], above: frozenset[str]) -> Link:
    below = [] if key in above else sorted(set(children.get(key, [])))
    used = below[:_MOST_CHILDREN]
    return Link(table, key, tuple(_link(t, k, children, above | {key}) for t, k in used), len(below) - len(used))


def sources_of(lineage: pl.DataFrame, keys: pl.Series) -> dict[str, frozenset[str]]:
    """The source keys at the ends of many trails at once."""
    below: dict[str, set[str]] = {}
    for key, from_key in lineage.select("key", "from_key").iter_rows():
        below.setdefault(key, set()).add(from_key)
    known: dict[str, frozenset[str]] = {}

    def ends(key: str) -> frozenset[str]:
        if key not in known:
            known[key] = frozenset()
            under = below.get(key)
            known[key] = frozenset({key}) if under is None else frozenset().union(*(ends(k) for k in under))
        return known[key]

    return {key: ends(key) for key in keys}
