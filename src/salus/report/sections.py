"""All sections of the report, in reading order; the trails come last, when everything is cited."""

import datetime as dt
from typing import Any

import polars as pl

from salus.model.phrases import Phrase
from salus.report.changed import bases, changes
from salus.report.desk import Desk
from salus.report.exposure import nexus_map, without_nexus_maps
from salus.report.fewplaces import fewplaces
from salus.report.front import front
from salus.report.gathering import near
from salus.report.harm import harm
from salus.report.over_time import months, weeks
from salus.report.response import response
from salus.report.trails import trails
from salus.report.voices import voices
from salus.report.where import areas, density, first_indicators, hours, without_maps
from salus.report.words import msg

_FIRST = 6
_CRITERIA = ("burden", "severity", "trend", "inequity")
_GRADE_ORDER = {"A": 0, "B": 1, "C": 2, "D": 3, "E": 4, "none": 5}


def sections(desk: Desk) -> dict[str, Any]:
    """What the template shows, by section."""
    record, maps = desk.release.record, areas(desk)
    made = {
        "city": desk.city,
        "record": record,
        "run_name": record["run"],
        "released": released(desk),
        "illustrated": desk.has_illustration,
        "front": front(desk),
        "findings": findings(desk),
        "priorities": [priorities(desk, illustrative=view) for view in _views(desk)],
        "groups": groups(desk),
        "maps": maps,
        "density": density(desk),
        "without_maps": without_maps(desk, drawn=bool(maps)),
        "bases": [] if maps else bases(desk, [i.id for i in first_indicators(desk)][:_FIRST]),
        "changes": changes(desk, [indicator.id for indicator in first_indicators(desk)][:_FIRST]),
        "months": months(desk, [indicator.id for indicator in first_indicators(desk)]),
        "weeks": weeks(desk, [indicator.id for indicator in first_indicators(desk)]),
        "hours": hours(desk),
        "near": near(desk, [indicator.id for indicator in first_indicators(desk)]),
        "concentrated": fewplaces(desk, [indicator.id for indicator in first_indicators(desk)]),
        "harm": harm(desk),
        "voices": voices(desk),
        "nexus": nexus(desk),
        "nexus_map": nexus_map(desk),
        "without_nexus_maps": without_nexus_maps(desk),
        "governance": [governance(desk, illustrative=view) for view in _views(desk)],
        "response": [response(desk, illustrative=view) for view in _views(desk)],
        "unknown": unknown(desk),
        "triangulation": triangulation(desk),
        "sources": desk.table("sources").to_dicts(),
        "quality": quality(desk),
        "disclosure": hidden(desk),
    }
    return made | {"trails": trails(desk)}


def released(desk: Desk) -> dict[str, Any]:
    """What for and by whom this was released; empty for a draft."""
    record = desk.release.record
    if desk.release.is_draft:
        return {}
    day = dt.datetime.strptime(record["at"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC).date()
    return {
        "id": record["id"],
        "day": day.isoformat(),
        "reason": record["reason"],
        "roles": ", ".join(record["approved_by"]),
    }


def quality(desk: Desk) -> list[dict[str, Any]]:
    """What was found in the sources: warnings first, then what was counted without being one."""
    rows = (
        desk.table("quality")
        .filter(pl.col("count") > 0)
        .sort("severity", "source", "check", descending=[True, False, False])
    )
    return [
        {
            "source": row["source"],
            "warning": row["severity"] == "warning",
            "message": desk.say(Phrase.unpacked(row["phrase"])),
            "remedy": desk.words.translate(row["remedy"]),
        }
        for row in rows.to_dicts()
    ]


def hidden(desk: Desk) -> list[dict[str, Any]]:
    """What the disclosure gate hid: rows by table and rule."""
    words = desk.words
    return [
        {
            "table": words.translate(row["table"]),
            "rule": words.translate(row["rule"]),
            "rows": words.number(row["hidden"]),
        }
        for row in desk.release.log.filter(pl.col("hidden") > 0).to_dicts()
    ]


def _views(desk: Desk) -> tuple[bool, ...]:
    return (False, True) if desk.has_illustration else (False,)


def findings(desk: Desk) -> list[dict[str, Any]]:
    """Findings with evidence, by theme; the best supported first."""
    by_theme: dict[str, list[dict[str, Any]]] = {}
    rules = {rule.id: rule for rule in desk.pack.findings}
    for found in desk.release.findings:
        if found["rule"] == "no-evidence":
            continue
        entry = {
            "statement": desk.say(Phrase(rules[found["rule"]].statement, found["words"])),
            "limits": desk.words.translate(rules[found["rule"]].limits),
            "grade": desk.words.grade(found["grade"]),
            "order": _GRADE_ORDER[found["grade"]],
            "against": found["contradicted_by"],
            "trail": desk.cite_key(f"findings:{found['id']}"),
        }
        by_theme.setdefault(found["theme"], []).append(entry)
    return [
        {"theme": desk.themes.get(theme, theme), "entries": sorted(entries, key=lambda e: e["order"])}
        for theme, entries in by_theme.items()
    ]


def unknown(desk: Desk) -> list[dict[str, Any]]:
    """Indicators of the rapid set without evidence, by the theme whose conclusions rest on less."""
    by_theme: dict[str, list[dict[str, str]]] = {}
    for found in desk.release.findings:
        if found["rule"] == "no-evidence":
            entry = {
                "name": desk.name("indicator", str(found["words"]["indicator"]).removeprefix("indicator:")),
                "trail": desk.cite_key(f"findings:{found['id']}"),
            }
            by_theme.setdefault(found["theme"], []).append(entry)
    return [{"theme": desk.themes.get(theme, theme), "indicators": names} for theme, names in by_theme.items()]


def priorities(desk: Desk, *, illustrative: bool) -> dict[str, Any]:
    """All problems in order, with how sure the order is; one chart and its table."""
    from salus.report.pictures import Picture, intervals

    words = desk.words
    rows = desk.view("priorities", illustrative=illustrative).sort("expected_rank", nulls_last=True).to_dicts()
    ranked = [row for row in rows if row["expected_rank"] is not None]
    drawn = [
        {
            "name": desk.problems[r["problem"]],
            "x": r["expected_rank"],
            "low": r["rank_low"],
            "high": r["rank_high"],
        }
        for r in ranked
    ]
    header = (
        msg("Problem"),
        msg("Expected rank"),
        msg("90 % interval"),
        msg("Among the first five"),
        msg("First"),
        msg("Disagreement"),
        msg("Burden"),
        msg("Severity"),
        msg("Trend"),
        msg("Inequity"),
        msg("Grade"),
    )
    criteria = _criteria(desk, illustrative=illustrative)
    table = tuple(
        (
            desk.problems[r["problem"]],
            words.number(r["expected_rank"]),
            words.span(r["rank_low"], r["rank_high"]),
            _percent(desk, r["top_k_share"]),
            _percent(desk, r["first_rank_acceptability"]),
            words.translate("not asked") if r["disagreement"] is None else words.number(r["disagreement"], 2),
            *(criteria.get((r["problem"], name), "–") for name in _CRITERIA),
            words.grade(r["grade"]),
        )
        for r in rows
    )
    uri = intervals(drawn, x="x", low="low", high="high", label="name", x_title=words.translate("Rank (1 = first)"))
    alt = "; ".join(f"{row[0]}: {row[1]} ({row[2]})" for row in table[:5])
    picture = Picture(
        f"ranks-{illustrative}",
        words.translate("Rank of each problem with its 90 % interval"),
        alt,
        "",
        uri,
        tuple(words.translate(h) for h in header),
        table,
    )
    return {
        "illustrative": illustrative,
        "picture": picture,
        "trails": [desk.cite("priorities", r) for r in rows],
    }


def _criteria(desk: Desk, *, illustrative: bool) -> dict[tuple[str, str], str]:
    """The score of each problem on each criterion (0-100, higher is worse), or that it is unknown."""
    rows = desk.view("criteria", illustrative=illustrative).to_dicts()
    unknown = desk.words.translate("unknown")
    return {
        (r["problem"], r["criterion"]): unknown if r["grade"] == "none" else desk.words.number(round(r["score"]))
        for r in rows
        if r["score"] is not None
    }


def _percent(desk: Desk, share: float | None) -> str:
    return desk.words.translate("no data") if share is None else f"{desk.words.number(round(share * 100))} %"


def groups(desk: Desk) -> dict[str, Any]:
    """How each group of people would order the first problems; their disagreement is kept, not averaged."""
    ranks = desk.table("group_ranks")
    if ranks.height == 0:
        return {"header": (), "rows": ()}
    names = ranks["group"].unique().sort().to_list()
    first = desk.view("priorities", illustrative=True).sort("expected_rank", nulls_last=True).head(10)["problem"]
    table = {(r["group"], r["problem"]): r for r in ranks.to_dicts()}
    rows = [
        (
            desk.problems[p],
            *[desk.words.number(table[g, p]["rank"]) if (g, p) in table else "–" for g in names],
        )
        for p in first
    ]
    header = (desk.words.translate("Problem"), *(desk.words.translate(name) for name in names))
    return {"header": header, "rows": rows}


def nexus(desk: Desk) -> list[dict[str, Any]]:
    """Each flow: how many recorded events, what is stated and how weak it is."""
    rows = []
    for flow in desk.pack.flows:
        mine = desk.table("nexus").filter((pl.col("flow") == flow.id) & ~pl.col("illustrative"))
        presence = desk.table("flows").filter(pl.col("commodity") == flow.id).to_dicts()
        stated = mine.filter(pl.col("exposure").is_not_null() | (pl.col("area") == desk.city.scope.area))
        grades = stated["grade"].unique().to_list()
        rows.append(
            {
                "name": desk.words.translate(flow.name),
                "areas": mine.drop_nulls("exposure").height,
                "events": desk.words.figure(presence[0], "quantity") if presence else desk.words.translate("no data"),
                "grade": desk.words.grade(max(grades, key=lambda g: _GRADE_ORDER[g]) if grades else "none"),
                "pitfalls": [desk.words.translate(text) for text in flow.pitfalls],
                "trail": desk.cite("flows", presence[0]) if presence else "",
            }
        )
    return rows


def governance(desk: Desk, *, illustrative: bool) -> dict[str, Any]:
    """Authority and capacity, apart, for the functions the first ten problems rest on."""
    first = desk.view("priorities", illustrative=illustrative).sort("expected_rank", nulls_last=True).head(10)
    wanted = {p.id: p.functions for p in desk.pack.problems}
    functions = list(dict.fromkeys(f for p in first["problem"] for f in wanted[p]))
    gaps = desk.view("gaps", illustrative=illustrative).filter(
        pl.col("function").is_in(functions) & (pl.col("institution") != "")
    )
    rows = [
        {
            "function": desk.functions[r["function"]],
            "institution": desk.institution(r["institution"]),
            "level": desk.words.translate(r["level"]),
            "authority": desk.words.number(r["authority"]),
            "capacity": desk.words.number(r["capacity"]),
            "exercise": desk.words.number(r["exercise"]),
            "type": desk.words.translate(r["type"].replace("_", " ")),
            "also": ", ".join(desk.words.translate(a.replace("_", " ")) for a in (r["also"] or "").split(";") if a),
            "basis": r["legal_basis"] or "",
            "verification": desk.words.translate(r["verification"] or ""),
            "grade": desk.words.grade(r["grade"]),
            "trail": desk.cite("gaps", r),
        }
        for r in gaps.to_dicts()
    ]
    order = {name: i for i, name in enumerate(desk.functions[f] for f in functions)}
    return {"illustrative": illustrative, "rows": sorted(rows, key=lambda r: order[r["function"]])}


def triangulation(desk: Desk) -> list[dict[str, Any]]:
    """What several sources say on one indicator; the figures are the released ones."""
    rows = desk.table("triangulation").sort("question", "source").to_dicts()
    return [
        row
        | {
            "question": desk.indicators[row["question"]],
            "answer": answer(desk, row["estimate"]),
            "grade": desk.words.grade(row["grade"]),
        }
        for row in rows
    ]


def answer(desk: Desk, estimate: str) -> str:
    """A released estimate in words, with unit, place and years; or that it is hidden."""
    row = desk.released_row("estimates", estimate)
    if row is None:
        return desk.words.figure({"status": "hidden"})
    unit, place = desk.words.translate(row["unit"]), desk.city.place(row["area"])
    return f"{desk.words.figure(row)} {unit}, {place}, {desk.words.years(row['period_start'], row['period_end'])}"
