"""What groups of people judge important: their weights on the criteria and their ratings of problems."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from salus.errors import BadInput
from salus.model.framework import Pack
from salus.model.tables import TABLES
from salus.priorities.criteria import MAIN
from salus.stats.draws import Array, DrawSource

CRITERIA: Final = (*MAIN, "importance")
ALL_PROBLEMS: Final = "*"
CONCENTRATION: Final = 20.0
"""Dirichlet noise of a group's weights: as if 20 points had been given; a judgement, not an estimate."""
_ROW: Final = ("source", "file", "row")

Choice = NDArray[np.intp]
"""The number of the group that speaks, for each draw."""


@dataclass(frozen=True)
class Group:
    """One group's judgements: `weights` on the five criteria (0-1, summing to 1; None where it gave none),
    `importance` of problems (0-100), and how many people it speaks for."""

    name: str
    weights: tuple[float, ...] | None
    importance: dict[str, float]
    people: int
    represented: int
    illustrative: bool


def judgement_table(judgements: pl.DataFrame) -> pl.DataFrame:
    """The table `judgements`: points as shares of the group's points, ratings as given.

    Several rows on one thing are averaged by the people behind them.
    """
    people = pl.col("people").fill_null(1).clip(1)
    merged = judgements.group_by("group", "problem", "criterion").agg(
        ((pl.col("weight") * people).sum() / people.sum()).alias("weight"),
        pl.col("people").sum(),
        pl.col("represented").max(),
        pl.col("illustrative").any(),
    )
    points = pl.col("problem") == ALL_PROBLEMS
    total = pl.when(points).then("weight").sum().over("group")
    share = pl.when(points).then(pl.col("weight") / total).otherwise("weight")
    return TABLES["judgements"].check(merged.with_columns(share.alias("weight")))


def judgement_lineage(judgements: pl.DataFrame) -> list[tuple[str, str, str, str]]:
    """Each judgement rests on its rows of the workshop's sheet."""
    rows = judgements.sort(_ROW).rows(named=True)
    return [
        ("judgements", f"judgements:{row['group']}|{row['problem']}|{row['criterion']}", "judgements",
         "|".join(str(row[name]) for name in _ROW))
        for row in rows
    ]  # fmt: skip


def check(judgements: pl.DataFrame, pack: Pack) -> None:
    """Refuses judgements that cannot mean anything, naming the first such row."""
    points = pl.col("problem") == ALL_PROBLEMS
    known = [problem.id for problem in pack.problems]
    _refuse(judgements.filter(~points & ~pl.col("problem").is_in(known)), "use a problem of the pack, or *")
    _refuse(judgements.filter(points & ~pl.col("criterion").is_in(CRITERIA)), f"use {', '.join(CRITERIA)}")
    other = pl.col("criterion") != "importance"
    _refuse(judgements.filter(~points & other), "a problem is rated on importance")
    _refuse(judgements.filter(points & (pl.col("weight") < 0)), "points are 0 or more")
    _refuse(judgements.filter(~points & ~pl.col("weight").is_between(0, 100)), "importance is 0 to 100")
    _refuse(judgements.filter(~pl.col("weight").is_finite().fill_null(False)), "leave out empty answers")
    empty = judgements.filter(points).filter(pl.col("weight").sum().over("group") == 0)
    _refuse(empty, "a group's points must add up to more than 0")


def groups_of(table: pl.DataFrame) -> list[Group]:
    """The groups behind a table `judgements`, by name."""
    names = table["group"].unique().sort()
    return [_group(name, table.filter(pl.col("group") == name)) for name in names]


def weight_draws(group: Group, draws: DrawSource) -> Array:
    """Draws × 5 weights of a group: Dirichlet noise around its own; uniform where it gave none."""
    alpha = [1.0] * len(MAIN) + [float(bool(group.importance))]
    if group.weights is not None:
        alpha = [CONCENTRATION * weight for weight in group.weights]
    return dirichlet(alpha, f"weights|{group.name}", draws)


def dirichlet(alpha: Sequence[float], key: str, draws: DrawSource) -> Array:
    """Draws × criteria weights that sum to 1; a criterion with alpha 0 has weight 0."""
    parts = [
        special.gammaincinv(a, draws.uniform(f"{key}|{name}")) if a else np.zeros(draws.n)
        for a, name in zip(alpha, CRITERIA, strict=True)
    ]
    stacked = np.column_stack(parts)
    return np.asarray(stacked / stacked.sum(axis=1, keepdims=True))


def chosen_group(groups: Sequence[Group], draws: DrawSource) -> Choice:
    """Which group speaks in each draw: in proportion to the square root of the people it represents.

    The root lets small groups be heard without giving them the weight of large ones.
    """
    voice = np.sqrt([float(max(group.represented, 1)) for group in groups])
    limits = np.cumsum(voice / voice.sum())[:-1]
    return np.searchsorted(limits, draws.uniform("group"), side="right")


def _group(name: str, rows: pl.DataFrame) -> Group:
    points = rows.filter(pl.col("problem") == ALL_PROBLEMS)
    rated = rows.filter(pl.col("problem") != ALL_PROBLEMS)
    importance = dict(zip(rated["problem"], rated["weight"], strict=True))
    given = dict(zip(points["criterion"], points["weight"], strict=True))
    people = int(rows["people"].fill_null(1).max())  # type: ignore[arg-type]
    return Group(
        name,
        _with_importance(given, rated=bool(importance)) if given else None,
        importance,
        people,
        int(rows["represented"].fill_null(people).max()),  # type: ignore[arg-type]
        bool(rows["illustrative"].any()),
    )


def _with_importance(given: dict[str, float], *, rated: bool) -> tuple[float, ...]:
    """Weights in the order of CRITERIA; a group that rated problems but gave importance no points is
    taken to give it an equal share."""
    shares = [given.get(name, 0.0) for name in CRITERIA]
    if rated and "importance" not in given:
        equal = 1 / len(CRITERIA)
        shares = [share * (1 - equal) for share in shares[:-1]] + [equal]
    return tuple(shares)


def _refuse(wrong: pl.DataFrame, remedy: str) -> None:
    if wrong.height:
        row = wrong.row(0, named=True)
        raise BadInput(
            f"A judgement of '{row['group']}' cannot be used: problem '{row['problem']}', criterion"
            f" '{row['criterion']}', weight {row['weight']} ({wrong.height} rows)",
            where=f"{row['source']}/{row['file']}, row {row['row']}",
            remedy=remedy,
        )
