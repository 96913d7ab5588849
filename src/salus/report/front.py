"""The first page: five problems, how certain, who leads, what it costs, what is not known."""

from typing import Any

import polars as pl

from salus.model.phrases import Phrase
from salus.report.desk import MAIN_PROBLEMS, Desk
from salus.report.words import msg


def front(desk: Desk) -> dict[str, Any]:
    """What the mayor reads: from real evidence alone."""
    everything = desk.view("priorities", illustrative=False).sort("expected_rank", nulls_last=True)
    real = everything.filter(pl.col("grade") != "none")
    return {
        "unranked": [desk.problems[p] for p in everything.filter(pl.col("grade") == "none")["problem"]],
        "problems": [
            _problem(desk, row, place, everything.height)
            for place, row in enumerate(real.head(MAIN_PROBLEMS).to_dicts(), start=1)
        ],
        "unknown": _unknown(desk),
        "support": _support(desk),
        "sources": desk.table("sources").height,
    }


def _problem(desk: Desk, row: dict[str, Any], place: int, problems: int) -> dict[str, Any]:
    return {
        "place": place,
        "name": desk.problems.get(row["problem"], row["problem"]),
        "measure": _burden(desk, row["problem"]),
        "rank": desk.words.span(row["rank_low"], row["rank_high"]),
        "certainty": desk.words.certainty(row, problems),
        "share": None if row["top_k_share"] is None else desk.words.number(round(row["top_k_share"] * 100)),
        "grade": desk.words.grade(row["grade"]),
        "lead": _lead(desk, row["problem"]),
        "cost": _cost(desk, row["problem"]),
        "trail": desk.cite("priorities", row),
    }


def _burden(desk: Desk, problem: str) -> str:
    """The main indicator's newest yearly figure for the city, in words."""
    wanted = next(p for p in desk.pack.problems if p.id == problem)
    for indicator in wanted.indicators:
        row = newest(desk, indicator)
        if row is not None:
            place = "" if row["area"] == desk.city.scope.area else f" [{desk.city.place(row['area'])}]"
            figure, unit = desk.words.figure(row), f" {desk.words.translate(row['unit'])}"
            when = desk.words.years(row["period_start"], row["period_end"])
            return f"{desk.indicators[indicator]}: {figure}{unit if row['status'] != 'hidden' else ''}, {when}{place}"
    return desk.words.translate("no evidence")


def newest(desk: Desk, indicator: str) -> dict[str, Any] | None:
    """The newest whole-year estimate of an indicator for the city, else for the wider area it lies in."""
    rows = desk.table("estimates").filter(
        (pl.col("indicator") == indicator) & pl.col("group").is_in(["", "all"]) & (pl.col("status") != "no data")
    )
    for area in (desk.city.scope.area, *desk.city.wider):
        mine = rows.filter(
            (pl.col("area") == area)
            & ((pl.col("period_end") - pl.col("period_start")).dt.total_days() < 370)
            & ((pl.col("period_end") - pl.col("period_start")).dt.total_days() > 300)
        )
        mine = mine if mine.height else rows.filter(pl.col("area") == area)
        if mine.height:
            return dict(mine.sort("period_end", "period_start").to_dicts()[-1])
    return None


def _lead(desk: Desk, problem: str) -> dict[str, str]:
    """Who may lead by law, for the problem's first function at capacity 3."""
    wanted = next(p for p in desk.pack.problems if p.id == problem)
    rows = (
        desk.view("leads", illustrative=False)
        .filter((pl.col("function") == wanted.functions[0]) & (pl.col("min_capacity") == 3))
        .to_dicts()
    )
    if not rows:
        return {"name": desk.words.translate("not assessed"), "note": "", "trail": ""}
    row = rows[0]
    if not row["institution"] and row["rule"] == "capacity_unknown":
        said = desk.words.translate("nobody has assessed it")
        return {"name": said, "note": "", "trail": desk.cite("leads", row)}
    note = {
        "ready": msg("may and can act"),
        "build_capacity": msg("may act; capacity to be built"),
        "capacity_unknown": msg("may act by law; capacity not assessed"),
        "enable": msg("needs legal authority first"),
        "orphan": msg("nobody holds the authority"),
    }.get(row["rule"], row["rule"])
    name = desk.institution(row["institution"]) or desk.words.translate("nobody")
    return {
        "name": f"{name} ({desk.words.translate(row['level'])})" if row["level"] else name,
        "note": desk.words.translate(note),
        "trail": desk.cite("leads", row),
    }


def _cost(desk: Desk, problem: str) -> str:
    if "portfolio" not in desk.release.tables:
        return desk.words.translate("no decisions were given")
    rows = desk.view("portfolio", illustrative=False).filter((pl.col("problem") == problem) & pl.col("chosen"))
    if rows.height == 0:
        return desk.words.translate("no action with a quantified effect")
    first = rows.group_by("intervention").agg(pl.col("cost_low").max(), pl.col("cost_high").max())
    return desk.words.money(float(first["cost_low"].sum()), float(first["cost_high"].sum()))


def _unknown(desk: Desk) -> list[dict[str, str]]:
    rows = desk.table("information_value").sort("value", descending=True, nulls_last=True).head(MAIN_PROBLEMS)
    return [{"what": missing(desk, row), "cost": row["cost_band"]} for row in rows.to_dicts()]


def missing(desk: Desk, row: dict[str, Any]) -> str:
    """What is not known about which problem, and why."""
    why = desk.say(Phrase.unpacked(row["phrase"]))
    if not row["criterion"]:
        return why
    about = Phrase(msg("{problem}, {criterion}: {why}"), {"problem": f"problem:{row['problem']}", "why": why,
                                                      "criterion": f"words:{row['criterion']}"})  # fmt: skip
    return desk.say(about)


def _support(desk: Desk) -> dict[str, int]:
    """How many chosen actions rest on seen, recalled or no estimate of effect."""
    counts = {"seen": 0, "recalled": 0, "none": 0}
    for action in desk.release.plan.get("actions", []):
        if not action.get("illustrative"):
            status = action.get("evidence_status", "none")
            counts[status if status in counts else "none"] += 1
    return counts
