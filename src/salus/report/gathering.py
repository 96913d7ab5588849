"""What the report says of clusters and near repeats: how sure, and what it does not say."""

from typing import Any, Final

import polars as pl

from salus.report.desk import Desk
from salus.report.pictures import Picture, bars
from salus.report.words import msg

_FALSE: Final = 0.05
_NONE: Final = msg(
    "Areas with high rates do not lie together more than chance would put them (Moran's I %(moran)s, p = %(p)s)."
)
_SOME: Final = msg(
    "Ringed are the areas around which high rates gather beyond chance: %(high)s; low rates gather around %(low)s (Gi*,"
    " at most 5 %% false ones). Over the whole city Moran's I is %(moran)s (p = %(p)s)."
)
_ALL_EQUAL: Final = msg(
    "No single area stands out once all are tested together; over the whole city Moran's I is %(moran)s (p = %(p)s)."
)
_NEAR: Final = msg(
    "Pairs of events less than 400 m apart, beside chance (1 means as many as chance gives): %(ratio)s times as many"
    " within a week (p = %(p)s). Thin lines: beside the range in which 95 %% of random orders of the days lie."
    " %(events)s events of the last year. Publishers move points, and unknown days are often"
    " written as the first of a month: it shows that events follow each other, not why, and is no forecast."
)


_POLICED: Final = msg(
    "In %(found)s of %(ringed)s ringed areas much of what is recorded is what patrols find (drugs, weapons): where"
    " police look more, more of everything is recorded. Do not send patrols there because of this map."
)
_UNMAPPED: Final = msg("%(share)s %% of the records have no offence class and are not in this chart.")
_UNMAPPED_CHECKS: Final = ("unmapped_labels", "unmapped_share_above_10")


def high_clusters(desk: Desk, indicator: str) -> frozenset[str]:
    """The shown areas around which high rates gather; none where the city as a whole shows no pattern."""
    rows = desk.table("clusters").filter(
        (pl.col("indicator") == indicator)
        & (pl.col("geography") == desk.city.scope.shown)
        & (pl.col("area") != desk.city.scope.area)
    )
    return frozenset(rows.filter(pl.col("kind") == "high")["area"])


def cluster_note(desk: Desk, indicator: str) -> str:
    """What the map's clusters mean, in one or two sentences; empty where nothing was tested."""
    rows = desk.table("clusters").filter(pl.col("indicator") == indicator)
    whole = rows.filter(pl.col("area") == desk.city.scope.area).to_dicts()
    if not whole or whole[0]["statistic"] is None:
        return ""
    words, row = desk.words, whole[0]
    areas = rows.filter(pl.col("area") != desk.city.scope.area)
    high, low = (areas.filter(pl.col("kind") == kind).height for kind in ("high", "low"))
    said = {
        "moran": words.number(row["statistic"]), "p": _p(desk, row["p_value"]), "high": words.number(high),
        "low": words.number(low),
    }  # fmt: skip
    if row["p_value"] > _FALSE and not high + low:
        return words.translate(_NONE) % said
    return " ".join(filter(None, (words.translate(_SOME if high + low else _ALL_EQUAL) % said, _policed(desk, areas))))


def _policed(desk: Desk, areas: pl.DataFrame) -> str:
    """How many of the ringed areas are places where patrols find much; empty where there is none."""
    ringed = areas.filter(pl.col("kind") == "high")
    found = ringed.filter(pl.col("flags").str.split(";").list.contains("patrol_driven")).height
    if not found:
        return ""
    said = {"found": desk.words.number(found), "ringed": desk.words.number(ringed.height)}
    return desk.words.translate(_POLICED) % said


def unmapped_note(desk: Desk) -> str:
    """How much of the records is in no chart because nobody gave its label a class; empty where that is nothing."""
    rows = desk.table("quality").filter(pl.col("check").is_in(_UNMAPPED_CHECKS) & (pl.col("count") > 0))
    if rows.is_empty():
        return ""
    share = max(100 * max(rows["share"].to_list()), 0.01)
    return desk.words.translate(_UNMAPPED) % {"share": desk.words.number(share)}


def near(desk: Desk, wanted: list[str]) -> list[Picture]:
    """How much more often events follow each other nearby, for the indicators that were tested."""
    made, words = [], desk.words
    for name in wanted:
        rows = (
            desk.table("near_repeats").filter(pl.col("indicator") == name).sort("metres_from", "days_from").to_dicts()
        )
        first = [row for row in rows if row["metres_from"] == 0 and row["ratio"] is not None]
        if not first or first[0]["days_from"] != 0:
            continue
        title = desk.indicators[name]
        drawn = [
            {
                "days": _days(row),
                "ratio": row["ratio"],
                "low": _times(row, "chance_high"),
                "high": _times(row, "chance_low"),
            }
            for row in first
        ]  # fmt: skip
        uri = bars(
            drawn, x="days", y="ratio", x_title=words.translate(msg("Days between two events")),
            y_title=words.translate(msg("Times as many as chance")),
        )  # fmt: skip
        text = words.translate(_NEAR) % {
            "ratio": words.number(first[0]["ratio"]), "p": _p(desk, first[0]["p_value"]),
            "events": words.number(first[0]["events"]),
        }  # fmt: skip
        header = tuple(
            words.translate(h)
            for h in (
                msg("Metres"),
                msg("Days"),
                msg("Pairs"),
                msg("By chance (95 % range)"),
                msg("Ratio"),
                msg("p"),
                msg("Grade"),
            )
        )
        table = tuple(
            (
                f"{row['metres_from']:.0f}–{row['metres_to']:.0f}", _days(row), words.number(row["observed"]),
                _chance(desk, row), words.number(row["ratio"]), _p(desk, row["p_value"]),
                words.grade(row["grade"]),
            )
            for row in rows
        )  # fmt: skip
        said = " ".join(filter(None, (text, unmapped_note(desk))))
        made.append(Picture(f"near-{name}", title, text, said, uri, header, table))
    return made


def _times(row: dict[str, Any], limit: str) -> float:
    """How many times a limit of chance was observed; the ratio itself where that limit is no pair at all."""
    return float(row["observed"] / row[limit] if row[limit] else row["ratio"])


def _chance(desk: Desk, row: dict[str, Any]) -> str:
    if row["expected"] is None:
        return desk.words.number(None)
    return f"{desk.words.number(row['expected'])} ({desk.words.span(row['chance_low'], row['chance_high'])})"


def _p(desk: Desk, value: float | None) -> str:
    """A p-value in thousandths, never as zero: permutations cannot show that."""
    return "" if value is None else desk.words.number(max(value, 0.001), digits=4)


def _days(row: dict[str, object]) -> str:
    return f"{row['days_from']:.0f}–{float(str(row['days_to'])) - 1:.0f}"
