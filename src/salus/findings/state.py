"""The stage: runs every rule of the pack, and says where sources agree or contradict each other."""

from dataclasses import replace

import polars as pl

from salus.errors import BrokenPack
from salus.findings.rules import RULES
from salus.findings.statement import Desk, Statement, number, years
from salus.model.city import City, StageResult
from salus.model.framework import Pack
from salus.model.tables import TABLES, lineage, row_key

_OPPOSITE = {"falling": "rising", "rising": "falling"}


def state(tables: dict[str, pl.DataFrame], pack: Pack, city: City) -> tuple[tuple[Statement, ...], StageResult]:
    """All findings the rules allow, in the pack's order of rules, and the table `triangulation`.

    Needs the tables of the stages up to the priorities. Each finding's lineage leads to the rows it rests on.
    """
    desk = Desk(tables, pack, city)
    unknown = [rule.when for rule in pack.findings if rule.when not in RULES]
    if unknown:
        raise BrokenPack(
            f"No rule of Salus is called {unknown}",
            where="findings/",
            remedy=f"`when` is one of {', '.join(sorted(RULES))}",
        )
    found = [statement for rule in pack.findings for statement in RULES[rule.when](desk, rule)]
    statements = tuple(_contradicted(statement, found) for statement in found)
    pairs = [("findings", s.key, key.partition(":")[0], key) for s in statements for key in s.estimates]
    triangulation, compared = _triangulated(desk)
    return statements, StageResult({"triangulation": triangulation}, lineage(pairs + compared))


def _contradicted(statement: Statement, others: list[Statement]) -> Statement:
    """Two findings on one indicator contradict when one says it fell and the other that it rose."""
    rule, _, subject = statement.id.partition("|")
    against = tuple(other.id for other in others if other.id == f"{_OPPOSITE.get(rule)}|{subject}")
    return replace(statement, contradicted_by=against)


def _triangulated(desk: Desk) -> tuple[pl.DataFrame, list[tuple[str, str, str, str]]]:
    """For each indicator that several sources speak of: each one's latest figure, and whether it agrees.

    Two figures agree when their 95 % intervals overlap; figures of different areas are shown with the area.
    A source that another one here already holds (`fgj` in `fgj+fgj_protected`) is no second source.
    """
    rows: list[dict[str, object]] = []
    pairs: list[tuple[str, str, str, str]] = []
    overall = desk.estimates.filter(
        pl.col("group").is_in(["", "all"]) & pl.col("area").is_in([desk.city.scope.area, *desk.city.wider])
    )
    for (indicator,), mine in overall.group_by(["indicator"], maintain_order=True):
        latest = [
            rows_of.sort("period_end", "period_start").to_dicts()[-1]
            for _, rows_of in mine.group_by(["source"], maintain_order=True)
        ]
        latest = [row for row in latest if not any(_within(row["source"], other["source"]) for other in latest)]
        if len(latest) < 2:
            continue
        for row in latest:
            others = [o for o in latest if o is not row]
            agrees = all(row["low"] <= o["high"] and o["low"] <= row["high"] for o in others)
            answer = (
                f"{number(row['value'])} ({number(row['low'])} to {number(row['high'])}) {row['unit']},"
                f" {desk.place(row['area'])}, {years(row['period_start'], row['period_end'])}"
            )
            entry = {
                "question": str(indicator),
                "source": row["source"],
                "answer": answer,
                "grade": row["grade"],
                "agrees": agrees,
                "estimate": row_key("estimates", row),
            }
            rows.append(entry)
            pairs += [
                ("triangulation", row_key("triangulation", entry), "estimates", row_key("estimates", o)) for o in latest
            ]
    return TABLES["triangulation"].frame(rows), pairs


def _within(source: str, other: str) -> bool:
    """Whether a source is one of several that another figure puts together."""
    return set(source.split("+")) < set(other.split("+"))
