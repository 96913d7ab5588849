"""What rests, by lineage, on hidden rows: blanked where trying counts would find them, rounded where many blur them.

Somebody who knows the formulas, the seed and all shown figures can put each candidate count in and compare.
Plain rounding would stop few of them: where a candidate crosses the edge between two steps it is told apart. So the
edges are moved by a secret, for each row once and for all.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

import polars as pl

from salus.disclosure.actions import Action, action, drawn
from salus.model.tables import TABLES, key_column

BLANKED: Final = "rests on hidden rows"
ROUNDED: Final = "figures rounded"
SCORE_STEP: Final = 5
"""Scores (0-100) that many hidden counts are mixed into leave in steps of this."""


@dataclass(frozen=True)
class Mixed:
    """Tables whose rows share something made of all of them: `within` says of which, `figures` how they are rounded."""

    within: tuple[str, ...]
    figures: Mapping[str, float]


_SCORES: Final = dict.fromkeys(("score", "low", "high"), 1.0)
MIXED: Final = {
    "profile": Mixed(("theme", "dimension"), _SCORES),
    "nexus": Mixed(("flow",), dict.fromkeys(("pressure", "exposure", "low", "high"), 1.0)),
}
_CRITERIA: Final = dict.fromkeys(("score", "low", "high"), float(SCORE_STEP)) | {"value": 0.1}
_RANKS: Final = {
    "priorities": {"expected_rank": 0.1, "first_rank_acceptability": 0.05, "top_k_share": 0.05, "disagreement": 0.05},
    "group_ranks": {"rank": 0.1},
    "information_value": {"value": 0.1},
}
_FOLLOWING: Final = (
    ("steps", "options", ("benefit", "low", "high")),
    ("portfolio", "options", ("share_of_draws",)),
)


def resting(links: pl.DataFrame, table: str, gone: Set[str]) -> frozenset[str]:
    """Keys of the rows of a table that rest on hidden rows, or on rows of the same table that do.

    >>> pair = {"table": "nexus", "key": "nexus:drugs|a", "from_table": "estimates", "from_key": "estimates:B02|a"}
    >>> above = {"table": "nexus", "key": "nexus:drugs|n", "from_table": "nexus", "from_key": "nexus:drugs|a"}
    >>> sorted(resting(pl.DataFrame([pair, above]), "nexus", {"estimates:B02|a"}))
    ['nexus:drugs|a', 'nexus:drugs|n']
    """
    own = links.filter(pl.col("table") == table)
    lost: set[str] = set()
    while True:
        found = set(own.filter(pl.col("from_key").is_in(list(lost | gone)))["key"].to_list())
        if found <= lost:
            return frozenset(lost)
        lost |= found


def blank_resting(
    name: str, frame: pl.DataFrame, columns: tuple[str, ...], links: pl.DataFrame, gone: Set[str]
) -> tuple[pl.DataFrame, pl.Series]:
    """The table without the figures of rows that rest on hidden ones; the mask says which had any."""
    there = pl.any_horizontal(pl.col(column).is_not_null() for column in columns)
    lost = list(resting(links, name, gone))
    mask = frame.select((key_column(name).is_in(lost) & there).alias("mask")).to_series()
    return frame.with_columns(pl.when(~mask).then(column).alias(column) for column in columns), mask


def round_means(name: str, frame: pl.DataFrame, lost: pl.Series, secret: bytes) -> tuple[pl.DataFrame, list[Action]]:
    """Scores rounded to whole numbers where others of their theme or flow are hidden.

    Each is set against the mean of all areas, and that mean holds the hidden counts too.
    """
    mixed = MIXED[name]
    touched = frame.filter(lost).select(mixed.within).unique().with_columns(pl.lit(value=True).alias("touched"))
    joined = frame.join(touched, on=list(mixed.within), how="left", maintain_order="left")
    return _rounded(name, frame, mixed.figures, joined["touched"].fill_null(value=False), secret)


def release_criteria(
    frame: pl.DataFrame, links: pl.DataFrame, gone: Set[str], base: int, secret: bytes
) -> tuple[pl.DataFrame, pl.Series, list[Action]]:
    """Criteria that rest on hidden counts: blanked where they are fewer than `base`, else rounded.

    A ratio of two sums over many areas cannot be turned back into one of many hidden counts; over two of them it can.
    """
    behind = links.filter((pl.col("table") == "criteria") & pl.col("from_key").is_in(list(gone)))
    count = behind.group_by("key").agg(pl.len().alias("count"))
    keyed = frame.with_columns(key_column("criteria")).join(count, on="key", how="left", maintain_order="left")
    hidden = keyed["count"].fill_null(0)
    stated = frame["score"].is_not_null()
    few = (hidden > 0) & (hidden < base) & stated
    columns = (*_CRITERIA, "n")
    blanked = frame.with_columns(pl.when(~few).then(column).alias(column) for column in columns)
    softened, actions = _rounded("criteria", blanked, _CRITERIA, (hidden >= base) & stated, secret)
    return softened, few, actions


def round_ranks(tables: Mapping[str, pl.DataFrame], secret: bytes) -> tuple[dict[str, pl.DataFrame], list[Action]]:
    """Ranks and shares of draws rounded, for where any criterion is hidden or rounded: problems are ranked together."""
    made: dict[str, pl.DataFrame] = {}
    log: list[Action] = []
    for name, figures in _RANKS.items():
        if name in tables:
            every = pl.Series([True] * tables[name].height, dtype=pl.Boolean)
            made[name], actions = _rounded(name, tables[name], figures, every, secret)
            log += actions
    return made, log


def blank_following(
    tables: Mapping[str, pl.DataFrame], links: pl.DataFrame, gone: Set[str]
) -> tuple[dict[str, pl.DataFrame], list[Action], set[str]]:
    """Steps and portfolio without the figures that harm averted makes, where that is hidden; what is chosen stays."""
    made: dict[str, pl.DataFrame] = {}
    log: list[Action] = []
    lost: set[str] = set()
    for name, _, columns in _FOLLOWING:
        if name in tables:
            made[name], mask = blank_resting(name, tables[name], columns, links, gone)
            log += action(name, BLANKED, mask)
            lost |= set(tables[name].filter(mask).select(key_column(name)).to_series().to_list())
    return made, log, lost


def _rounded(
    name: str, frame: pl.DataFrame, figures: Mapping[str, float], mask: pl.Series, secret: bytes
) -> tuple[pl.DataFrame, list[Action]]:
    edges = _edges(name, frame, secret)
    exprs = [pl.when(mask).then(_to_step(c, step, edges)).otherwise(c).alias(c) for c, step in figures.items()]
    stated = frame.select(pl.any_horizontal(pl.col(column).is_not_null() for column in figures)).to_series()
    return frame.with_columns(exprs), action(name, ROUNDED, mask & stated)


def _to_step(column: str, step: float, edges: pl.Series) -> pl.Expr:
    """A multiple of the step next to the figure, without the digits that division leaves."""
    return ((pl.col(column) / step + edges).floor() * step).round(6)


def _edges(name: str, frame: pl.DataFrame, secret: bytes) -> pl.Series:
    """What each row adds before it is cut down to a step, 0-1: ½ (plain rounding) without a secret.

    Rows of the two views, with and without invented answers, have one edge: often they are one figure.
    """
    parts = [column for column in TABLES[name].key if column != "illustrative"]
    keys = ("|".join(map(str, row)) for row in frame.select(parts).iter_rows())
    return pl.Series([drawn(secret, f"edge|{name}|{key}", 0.5) for key in keys], dtype=pl.Float64)
