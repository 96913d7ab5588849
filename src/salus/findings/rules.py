"""The rules that say when a finding may be stated; the pack says in which words."""

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from salus.findings.statement import Desk, Statement, theme_of, year
from salus.model.framework import FindingRule, Indicator
from salus.model.grades import Grade, capped, worst
from salus.model.phrases import Value
from salus.stats.rates import share_interval
from salus.stats.trend import Trend, rate_trend

_FEWEST_YEARS = 3
_FEWEST_STATED = 10  # a sentence leaves the run: small counts are not spelled out
_WINDOW = 6  # hours
_CLEARLY_MORE = 1.4
_FIRST_PROBLEMS = 5


def _trends(desk: Desk, *, ambiguous: bool) -> Iterator[tuple[Indicator, Trend, list[dict[str, Any]]]]:
    for indicator in desk.pack.indicators:
        if indicator.measure != "recorded_rate" or indicator.role not in {"outcome", "context"}:
            continue
        if indicator.enforcement_driven or (indicator.direction == "ambiguous") != ambiguous:
            continue
        rows = desk.yearly(indicator.id).drop_nulls("numerator")
        if rows.height < _FEWEST_YEARS:
            continue
        years = rows["period_start"].dt.year().cast(pl.Float64).to_numpy()
        trend = rate_trend(rows["numerator"].to_numpy(), rows["denominator"].to_numpy(), years)
        yield indicator, trend, rows.to_dicts()


def _change(desk: Desk, rule: FindingRule, *, ambiguous: bool, rises: bool | None) -> Iterator[Statement]:
    for indicator, trend, rows in _trends(desk, ambiguous=ambiguous):
        rising, falling = trend.low > 1, trend.high < 1
        if not ((rising and rises is not False) or (falling and rises is not True)):
            continue
        first, last = rows[0], rows[-1]
        words: dict[str, Value] = {
            "indicator": f"indicator:{indicator.id}",
            "area": f"area:{first['area']}",
            "unit": f"unit:{indicator.unit}",
            "value_before": first["value"],
            "low_before": first["low"],
            "high_before": first["high"],
            "value": last["value"],
            "low": last["low"],
            "high": last["high"],
            "start": year(first["period_start"]),
            "end": year(last["period_end"]),
        }
        grade = worst(first["grade"], last["grade"])
        theme = theme_of(indicator, desk.pack)
        yield desk.statement(rule, indicator.id, words, [("estimates", row) for row in rows], grade, theme=theme)


def falling(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """A yearly rate whose trend over at least three years lies below 1 with its whole 95 % interval."""
    yield from _change(desk, rule, ambiguous=False, rises=False)


def rising(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """The same, above 1."""
    yield from _change(desk, rule, ambiguous=False, rises=True)


def ambiguous_change(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """A record that changed clearly, of which nobody can say whether more happened or more was reported."""
    yield from _change(desk, rule, ambiguous=True, rises=None)


def concentrated(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """Recorded files lie closer together than an even spread over the areas would make them by chance."""
    for row in desk.city_rows("A29").to_dicts():
        chance = next((float(f.removeprefix("chance=")) for f in row["flags"].split(";") if f.startswith("chance=")), 0)
        if row["low"] <= chance:
            continue
        words: dict[str, Value] = {
            "share": row["value"],
            "low": row["low"],
            "high": row["high"],
            "expected": chance,
            "start": year(row["period_start"]),
            "end": year(row["period_end"]),
        }
        yield desk.statement(rule, "A29", words, [("estimates", row)], row["grade"])


def unequal(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """A rate in the most deprived fifth that clearly differs from the rest."""
    names = {p.id: p for p in desk.pack.problems}
    real = desk.tables["criteria"].filter((pl.col("criterion") == "inequity") & ~pl.col("illustrative"))
    for row in real.drop_nulls(["value", "score"]).to_dicts():
        if not 0 < row["low"] <= row["high"] < 100:
            continue  # at the end of the scale the interval cannot be stated
        low, high = (0.5 * 4 ** (row[end] / 100) for end in ("low", "high"))
        if low <= 1 <= high or row["grade"] == "none":
            continue
        words: dict[str, Value] = {
            "problem": f"problem:{row['problem']}",
            "value": _two_digits(row["value"]),
            "low": _two_digits(low),
            "high": _two_digits(high),
        }
        theme = names[row["problem"]].theme
        yield desk.statement(rule, row["problem"], words, [("criteria", row)], row["grade"], theme=theme)


def hours_concentrated(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """Six hours in a row that hold clearly more than their even share of the events with a known hour."""
    for indicator in desk.pack.indicators:
        if indicator.role != "outcome" or indicator.measure != "recorded_rate":
            continue
        rows = desk.estimates.filter((pl.col("indicator") == indicator.id) & pl.col("group").str.starts_with("hour:"))
        counts = {int(r["group"].removeprefix("hour:")): int(r["numerator"]) for r in rows.to_dicts()}
        total = sum(counts.values())
        if total < 100:
            continue
        start = max(range(24), key=lambda h: sum(counts.get((h + i) % 24, 0) for i in range(_WINDOW)))
        inside = sum(counts.get((start + i) % 24, 0) for i in range(_WINDOW))
        share = share_interval(inside, total)
        if share.low < _CLEARLY_MORE * _WINDOW / 24:
            continue
        words: dict[str, Value] = {
            "share": share.value * 100,
            "low": share.low * 100,
            "high": share.high * 100,
            "indicator": f"indicator:{indicator.id}",
            "hour_from": f"{start:02d}:00",
            "hour_to": f"{(start + _WINDOW) % 24:02d}:00",
        }
        grade = worst(*rows["grade"].unique().to_list())
        yield desk.statement(
            rule,
            indicator.id,
            words,
            [("estimates", r) for r in rows.to_dicts()],
            grade,
            theme=theme_of(indicator, desk.pack),
        )


def record_below_survey(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """A survey says which share of offences leads to a case file; the rest never reaches a record."""
    rows = desk.estimates.filter(pl.col("indicator") == "A28").sort("period_end")
    for (area, group), of_group in rows.group_by(["area", "group"], maintain_order=True):
        row = of_group.to_dicts()[-1]
        if not 0 < row["value"] < 100 or str(group).endswith("-reported"):
            continue  # a share of victims who reported is not a share of offences with a case file
        words: dict[str, Value] = {
            "value": row["value"],
            "low": row["low"],
            "high": row["high"],
            "group": f"words:{'all crimes' if group in {'', 'all'} else str(group).replace('-', ' ')}",
            "area": f"area:{area}",
            "multiple": _two_digits(100 / row["value"]),
        }
        yield desk.statement(rule, f"{area}-{group or 'all'}", words, [("estimates", row)], row["grade"])


def few_events(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """A flow with too few recorded events to say anything below the city."""
    for row in (
        desk.tables["nexus"].filter((pl.col("area") == desk.city.scope.area) & ~pl.col("illustrative")).to_dicts()
    ):
        flow = next(f for f in desk.pack.flows if f.id == row["flow"])
        if row["n"] is None or row["n"] >= desk.pack.flow_events:
            continue
        words: dict[str, Value] = {
            "count": row["n"] if row["n"] >= _FEWEST_STATED else f"words:fewer than {_FEWEST_STATED}",
            "flow": f"flow:{flow.id}",
            "area": f"area:{desk.city.scope.area}",
            "start": year(desk.city.scope.start),
            "end": year(desk.city.scope.end),
        }
        yield desk.statement(rule, flow.id, words, [("nexus", row)], row["grade"], theme=flow.themes[0])


def flow_hypothesis(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """Where recorded activity of a flow and vulnerability meet most; areas are counted, not named."""
    shown = desk.tables["nexus"].drop_nulls("exposure").filter(~pl.col("illustrative"))
    for (flow_id,), rows in shown.group_by(["flow"], maintain_order=True):
        flow = next(f for f in desk.pack.flows if f.id == flow_id)
        top = rows.sort("exposure", descending=True).head(max(1, rows.height // 10)).to_dicts()
        words: dict[str, Value] = {
            "flow": f"flow:{flow.id}",
            "count": len(top),
            "value": sum(r["exposure"] for r in top) / len(top),
            "low": min(r["low"] for r in top),
            "high": max(r["high"] for r in top),
        }
        grade = worst(*(r["grade"] for r in top))
        yield desk.statement(rule, flow.id, words, [("nexus", r) for r in top], grade, theme=flow.themes[0])


def _two_digits(value: float) -> float:
    """A ratio at two significant digits: nobody knows more of it."""
    return float(f"{value:.2g}")


def _first_functions(desk: Desk) -> list[str]:
    real = desk.tables["priorities"].filter(~pl.col("illustrative")).sort("expected_rank").head(_FIRST_PROBLEMS)
    problems = {p.id: p for p in desk.pack.problems}
    return list(dict.fromkeys(f for p in real["problem"] for f in problems[p].functions))


def authority_gap(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """The functions the first problems rest on that an institution of local government may not do alone."""
    wanted = _first_functions(desk)
    rows = desk.tables["gaps"].filter(
        ~pl.col("illustrative")
        & pl.col("function").is_in(wanted)
        & (pl.col("level") == "local")
        & (pl.col("authority") < desk.pack.gap_threshold)
    )
    for (institution,), mine in rows.sort("authority", "function").group_by(["institution"], maintain_order=True):
        own = mine.to_dicts()
        words: dict[str, Value] = {
            "institution": f"institution:{institution}",
            "level": "level:local",
            "functions": tuple(f"function:{row['function']}" for row in own),
            "threshold": desk.pack.gap_threshold,
        }
        grade = worst(*(row["grade"] for row in own))
        yield desk.statement(rule, str(institution), words, [("gaps", row) for row in own], grade)


def capacity_unknown(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """Functions the first problems rest on whose capacity nobody has assessed."""
    wanted = _first_functions(desk)
    mine = desk.tables["leads"].filter(
        ~pl.col("illustrative") & pl.col("function").is_in(wanted) & (pl.col("min_capacity") == 3)
    )
    unknown = mine.filter(pl.col("rule") == "capacity_unknown").to_dicts()
    if unknown:
        grade: Grade = capped(worst(*(r["grade"] for r in unknown)), "C")
        words: dict[str, Value] = {"count": len(unknown), "total": mine.height}
        yield desk.statement(rule, "leads", words, [("leads", r) for r in unknown], grade)


def no_evidence(desk: Desk, rule: FindingRule) -> Iterator[Statement]:
    """Indicators of the rapid set for which the workspace holds nothing."""
    rapid = {i.id: i for i in desk.pack.indicators if i.rapid}
    rows = desk.tables["estimates"].filter((pl.col("grade") == "none") & pl.col("indicator").is_in(list(rapid)))
    for row in rows.to_dicts():
        indicator = rapid[row["indicator"]]
        theme = theme_of(indicator, desk.pack)
        words: dict[str, Value] = {
            "indicator": f"indicator:{indicator.id}",
            "area": f"area:{desk.city.scope.area}",
            "theme": f"theme:{theme}" if theme else "words:this theme",
        }
        yield desk.statement(rule, indicator.id, words, [("estimates", row)], "none", theme=theme)


RULES: dict[str, Callable[[Desk, FindingRule], Iterator[Statement]]] = {
    rule.__name__: rule
    for rule in (
        falling,
        rising,
        ambiguous_change,
        concentrated,
        unequal,
        hours_concentrated,
        record_below_survey,
        few_events,
        flow_hypothesis,
        authority_gap,
        capacity_unknown,
        no_evidence,
    )
}
