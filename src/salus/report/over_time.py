"""What the report says of months and weeks: trend, changes of level, what was more than expected, what comes next."""

from typing import Any, Final

import polars as pl

from salus.report.desk import Desk
from salus.report.gathering import unmapped_note
from salus.report.pictures import Picture, expected, series
from salus.report.words import msg

_MOST: Final = 3
_FEWEST: Final = 12
_READ: Final = msg(
    "Dots: single months with their 95 %% interval. Thick line: trend with the season taken out, and its 95 %% band; on"
    " average over the line, and too narrow where one month resembles the next. By the trend: %(first)s at the"
    " beginning, %(last)s at the end."
)
_NO_TREND: Final = msg("No trend: more than two years of months without a gap are needed.")
_HIDDEN: Final = msg("No trend is shown: it would give a hidden month away.")
_BREAK: Final = msg(
    "Dotted: the level may have changed (%(months)s). It may be what happened, or how it was recorded: ask before"
    " explaining it."
)
_RECORDING: Final = msg(
    "In %(months)s most offences changed level together: look for a new form, code or system before reading it as"
    " crime."
)
_LATE: Final = msg("The last three months are still filling up with late records; do not read their fall.")
_AHEAD: Final = msg(
    "Dashed: the next twelve months if things go on as they did, with a 95 %% band; it was better than last year's"
    " values on the past two years. It says nothing about places and is no plan for patrols."
)
_NOTHING_AHEAD: Final = msg("No outlook is shown: none was better than repeating last year's values.")
_WEEKS: Final = msg(
    "Bars: weeks; line: what three years before let expect; ticks: the most that chance explains. Above it (dark):"
    " %(above)s of %(weeks)s weeks; about one in a hundred would be by chance. Figures of weeks are rounded to tens."
)


def months(desk: Desk, wanted: list[str]) -> list[Picture]:
    """Monthly rates with their trend for the first problems that are recorded by month."""
    made = []
    days = pl.col("period_end") - pl.col("period_start")
    for name in wanted:
        rows = (
            desk.table("estimates")
            .filter(
                (pl.col("indicator") == name) & (pl.col("group") == "") & (pl.col("area") == desk.city.scope.area)
                & (days.dt.total_days() < 31)
            )
            .sort("period_start")
            .to_dicts()
        )  # fmt: skip
        if len(rows) >= _FEWEST:
            made.append(_months(desk, name, rows))
        if len(made) == _MOST:
            break
    return made


def _months(desk: Desk, name: str, rows: list[dict[str, Any]]) -> Picture:
    words = desk.words
    own = desk.table("series").filter((pl.col("indicator") == name) & (pl.col("step") == "month")).to_dicts()
    trend = {row["period_start"]: row for row in own if row["trend"] is not None}
    breaks = [row["period_start"] for row in own if _has(row, "break")]
    drawn = [_drawn(row, trend.get(row["period_start"])) for row in rows if row["value"] is not None]
    ahead = [
        {
            "date": row["period_start"].isoformat(), "value": row["expected"], "low": row["expected_low"],
            "high": row["expected_high"],
        }
        for row in own if row["state"] == "forecast" and row["expected"] is not None
    ]  # fmt: skip
    uri = series(
        drawn,
        y_title=words.translate(desk.pack.indicator(name).unit),
        ahead=ahead,
        breaks=[b.isoformat() for b in breaks],
    )
    header = tuple(
        words.translate(h)
        for h in (msg("Month"), msg("Rate (95 % interval)"), msg("Files"), msg("Trend (95 % interval)"))
    )
    table = [
        (row["period_start"].strftime("%Y-%m"), words.figure(row), words.number(row["numerator"]),
         _limits(desk, trend.get(row["period_start"]), "trend"))
        for row in rows
    ] + [
        (f"{row['period_start']:%Y-%m} ({words.translate(msg('outlook'))})", _limits(desk, row, "expected"), "", "")
        for row in own if row["state"] == "forecast" and row["expected"] is not None
    ]  # fmt: skip
    alt = f"{desk.indicators[name]}: {table[0][0]} {table[0][1]}; {table[len(rows) - 1][0]} {table[len(rows) - 1][1]}."
    notes = [*_notes(desk, own, list(trend.values()), breaks, has_outlook=bool(ahead)), unmapped_note(desk)]
    note = " ".join(filter(None, notes))
    return Picture(f"months-{name}", desk.indicators[name], alt, note, uri, header, tuple(table))


def _drawn(row: dict[str, Any], trend: dict[str, Any] | None) -> dict[str, Any]:
    point = {"date": row["period_start"].isoformat(), "value": row["value"], "low": row["low"], "high": row["high"]}
    if trend is None:
        return point
    return point | {part: trend[part] for part in ("trend", "trend_low", "trend_high")}


def _notes(
    desk: Desk, own: list[dict[str, Any]], trend: list[dict[str, Any]], breaks: list[Any], *, has_outlook: bool
) -> list[str]:
    words = desk.words
    if not trend:
        return [words.translate(_HIDDEN if own else _NO_TREND)]
    said = [
        words.translate(_READ) % {"first": _limits(desk, trend[0], "trend"), "last": _limits(desk, trend[-1], "trend")}
    ]
    if breaks:
        said.append(words.translate(_BREAK) % {"months": ", ".join(f"{day:%Y-%m}" for day in breaks)})
    changed = [row["period_start"] for row in own if _has(row, "recording_break")]
    if changed:
        said.append(words.translate(_RECORDING) % {"months": ", ".join(f"{day:%Y-%m}" for day in changed)})
    if any(_has(row, "late_reporting") for row in own):
        said.append(words.translate(_LATE))
    said.append(words.translate(_AHEAD) % {} if has_outlook else words.translate(_NOTHING_AHEAD))
    return said


def weeks(desk: Desk, wanted: list[str]) -> list[Picture]:
    """Weeks of the last year beside what earlier years let expect, where no week is few events."""
    made, words = [], desk.words
    for name in wanted:
        rows = (
            desk.table("series")
            .filter((pl.col("indicator") == name) & (pl.col("step") == "week") & pl.col("observed").is_not_null())
            .sort("period_start")
            .to_dicts()
        )
        if not rows:
            continue
        drawn = [
            {
                "date": row["period_start"].isoformat(), "value": row["observed"], "expected": row["expected"],
                "most": row["expected_high"], "above": row["state"] == "above",
            }
            for row in rows
        ]  # fmt: skip
        above = sum(row["state"] == "above" for row in rows)
        text = words.translate(_WEEKS) % {"above": words.number(above), "weeks": words.number(len(rows))}
        header = tuple(
            words.translate(h)
            for h in (msg("Week from"), msg("Files (to tens)"), msg("Expected"), msg("Most by chance"), msg("Reading"))
        )
        reading = {"above": words.translate(msg("above")), "within": words.translate(msg("as expected"))}
        table = tuple(
            (
                row["period_start"].isoformat(), words.number(row["observed"]), words.number(row["expected"]),
                words.number(row["expected_high"]), reading.get(row["state"], words.translate(msg("not assessed"))),
            )
            for row in rows
        )  # fmt: skip
        said = " ".join(filter(None, (text, unmapped_note(desk))))
        uri = expected(drawn, y_title=words.translate(msg("Files a week")))
        made.append(Picture(f"weeks-{name}", desk.indicators[name], text, said, uri, header, table))
    return made[:_MOST]


def _has(row: dict[str, Any], flag: str) -> bool:
    return flag in str(row["flags"] or "").split(";")


def _limits(desk: Desk, row: dict[str, Any] | None, name: str) -> str:
    if row is None or row[name] is None:
        return ""
    return f"{desk.words.number(row[name])} ({desk.words.span(row[f'{name}_low'], row[f'{name}_high'])})"
