"""The governance stage: ratings in, the tables `gaps` and `leads` out, each row with its lineage."""

from collections.abc import Iterator
from itertools import groupby

import polars as pl

from salus.errors import BadInput
from salus.governance.cells import DIMENSIONS, LEVELS, VERIFICATIONS, Cell, Rating, cell_of
from salus.governance.gaps import gap_row
from salus.governance.leads import lead_row
from salus.model.city import StageResult
from salus.model.framework import Pack
from salus.model.tables import TABLES, lineage, row_key

Pair = tuple[str, str, str, str]
Groups = dict[str, list[tuple[Cell, list[Rating]]]]

_CELL = ("function", "level", "institution")
_SOURCE = ("source", "file", "row")
_CAPACITIES = range(6)


def assess(ratings: pl.DataFrame, pack: Pack) -> StageResult:
    """Who may, can and does carry out each function of the pack, and who leads it.

    `ratings` is the evidence frame of that name. Scores are 0-5, gaps 0-1. There is one view from real
    ratings; if any rating is illustrative there is a second one with those added (`illustrative = true`).
    A function that nobody rated has one row of type `not_assessed`, grade `none`.
    """
    _check(ratings, pack)
    threshold = pack.gap_threshold
    gaps: list[dict[str, object]] = []
    leads: list[dict[str, object]] = []
    pairs: list[Pair] = []
    for illustrative, view in _views(ratings):
        groups = _by_function(view)
        for function in pack.functions:
            rated = groups.get(function.id) or [(Cell(function.id, "", ""), [])]
            cells = [cell for cell, _ in rated]
            made = [gap_row(cell, cells, threshold=threshold, illustrative=illustrative) for cell in cells]
            known = [cell for cell in cells if cell.institution]
            led = [
                lead_row(function, known, need, threshold=threshold, illustrative=illustrative) for need in _CAPACITIES
            ]
            pairs += _gap_lineage(made, [rows for _, rows in rated])
            pairs += _lead_lineage(led, made)
            gaps += made
            leads += led
    tables = {"gaps": TABLES["gaps"].frame(gaps), "leads": TABLES["leads"].frame(leads)}
    return StageResult(tables, lineage(pairs))


def _check(ratings: pl.DataFrame, pack: Pack) -> None:
    allowed = {"function": [f.id for f in pack.functions], "level": LEVELS, "dimension": DIMENSIONS}
    for column, values in allowed.items():
        wrong = ratings.filter(~pl.col(column).is_in(list(values)).fill_null(False))
        _refuse(wrong, column, f"use one of {', '.join(values)}")
    _refuse(ratings.filter(~pl.col("score").is_between(0, 5)), "score", "scores are 0 to 5; see the scales")
    nameless = ratings.filter(pl.col("institution").fill_null("") == "")
    _refuse(nameless, "institution", "name the institution rated")
    law = (pl.col("dimension") == "authority") & (pl.col("verification").fill_null("") != "")
    unverified = ratings.filter(law & ~pl.col("verification").is_in(VERIFICATIONS))
    _refuse(unverified, "verification", f"use one of {', '.join(VERIFICATIONS)}")


def _refuse(wrong: pl.DataFrame, column: str, remedy: str) -> None:
    if wrong.height:
        first = wrong.row(0, named=True)
        raise BadInput(
            f"A rating has the {column} '{first[column]}' ({wrong.height} rows)",
            where=f"{first['source']}/{first['file']}, row {first['row']}",
            remedy=remedy,
        )


def _views(ratings: pl.DataFrame) -> Iterator[tuple[bool, pl.DataFrame]]:
    yield False, ratings.filter(~pl.col("illustrative"))
    if ratings["illustrative"].any():
        yield True, ratings


def _by_function(view: pl.DataFrame) -> Groups:
    groups: Groups = {}
    rows = view.sort([*_CELL, *_SOURCE]).rows(named=True)
    for _, group in groupby(rows, key=lambda row: tuple(row[name] for name in _CELL)):
        part = list(group)
        cell = cell_of(part)
        groups.setdefault(cell.function, []).append((cell, part))
    return groups


def _gap_lineage(made: list[dict[str, object]], ratings: list[list[Rating]]) -> list[Pair]:
    return [
        ("gaps", row_key("gaps", gap), "ratings", "|".join(str(row[name]) for name in _SOURCE))
        for gap, rows in zip(made, ratings, strict=True)
        for row in rows
    ]


def _lead_lineage(led: list[dict[str, object]], made: list[dict[str, object]]) -> list[Pair]:
    return [("leads", row_key("leads", lead), "gaps", row_key("gaps", gap)) for lead in led for gap in made]
