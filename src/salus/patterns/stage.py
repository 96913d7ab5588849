"""The stage: clusters, near repeats, series, changes and concentration of what problems are about; harm of all."""

import datetime as dt
from typing import Any, Final

import polars as pl

from salus.model.city import City, Evidence, StageResult
from salus.model.framework import Indicator, Pack, Selection
from salus.model.tables import TABLES
from salus.patterns.changes import area_changes, city_changes
from salus.patterns.clusters import clusters
from salus.patterns.concentrated import concentration
from salus.patterns.harm import harm
from salus.patterns.policed import PATROL_DRIVEN, patrolled
from salus.patterns.repeats import near_repeats
from salus.patterns.seasons import months, recording_month, weeks
from salus.patterns.traces import traces
from salus.stats.draws import seed_of

_YEAR: Final = dt.timedelta(days=365)
_DAYS_OF_A_MONTH: Final = 31


def patterns(estimates: pl.DataFrame, evidence: Evidence, pack: Pack, city: City, *, seed: int = 1) -> StageResult:
    """The tables `clusters`, `near_repeats`, `series`, `changes` and `concentration` of what problems are measured by,
    and `harm` of all recorded offences with a weight.

    Only recorded outcomes. Protected offences are left out of all but `harm`: where they gather is told by nobody.
    So is activity that enforcement drives. In `harm`, which speaks of the city as a whole, protected ones are counted.
    """
    wanted = dict.fromkeys(name for problem in pack.problems for name in problem.indicators)
    gathered: list[dict[str, Any]] = []
    repeated: list[dict[str, Any]] = []
    over_time: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    concentrated: list[dict[str, Any]] = []
    recorded = _recording_months(evidence)
    for indicator in (pack.indicator(name) for name in wanted):
        if not _is_shown(indicator, pack):
            continue
        mine = estimates.filter((pl.col("indicator") == indicator.id) & (pl.col("group") == ""))
        gathered += _clusters(indicator, mine, evidence, pack, city, seed)
        repeated += _repeats(indicator, mine, evidence, city, seed)
        over_time += _series(indicator, mine, evidence, city, recorded)
        changed += _changes(indicator, mine, evidence, city)
        concentrated += _concentrated(indicator, mine, evidence, city, seed)
    made = {
        "clusters": gathered, "near_repeats": repeated, "series": over_time, "changes": changed,
        "concentration": concentrated, "harm": harm(estimates, pack, city, seed=seed),
    }  # fmt: skip
    tables = {name: TABLES[name].frame(rows) for name, rows in made.items()}
    return StageResult(tables, traces(tables, estimates, city))


def _is_shown(indicator: Indicator, pack: Pack) -> bool:
    select = indicator.select
    if (
        indicator.measure != "recorded_rate"
        or indicator.role != "outcome"
        or indicator.enforcement_driven
        or not select
    ):
        return False
    return not any(pack.protected.covers(code, select.with_tags) for code in select.iccs)


def _clusters(
    indicator: Indicator, mine: pl.DataFrame, evidence: Evidence, pack: Pack, city: City, seed: int
) -> list[dict[str, Any]]:  # fmt: skip
    made: list[dict[str, Any]] = []
    vintage = city.scope.shown or city.scope.geography
    geography = evidence.geographies.get(vintage)
    if geography is None:
        return made
    whole = (pl.col("period_start") == city.scope.start) & (pl.col("period_end") == city.scope.end)
    rows = mine.filter(whole & pl.col("area").is_in(geography.areas["area"].implode()))
    if rows.height and not rows["flags"].str.contains("few_areas_listed").any():
        own = seed_of(seed, f"clusters|{indicator.id}")
        made = clusters(indicator, rows, geography.areas, city.scope.area, own)
    policed = patrolled(evidence.counts.filter(pl.col("geography") == vintage), pack) if made else frozenset()
    return [
        row | {"geography": vintage, "flags": PATROL_DRIVEN if _rests_on_patrols(row, policed) else row["flags"]}
        for row in made
    ]


def _rests_on_patrols(row: dict[str, Any], policed: frozenset[str]) -> bool:
    return row["kind"] == "high" and row["area"] in policed


def _concentrated(
    indicator: Indicator, mine: pl.DataFrame, evidence: Evidence, city: City, seed: int
) -> list[dict[str, Any]]:  # fmt: skip
    """Each geography and each period that the areas have estimates of."""
    made: list[dict[str, Any]] = []
    for vintage in dict.fromkeys(filter(None, (city.scope.geography, city.scope.shown))):
        geography = evidence.geographies.get(vintage)
        if geography is None:
            continue
        rows = mine.filter(
            pl.col("area").is_in(geography.areas["area"].implode()) & ~pl.col("flags").str.contains("few_areas_listed")
        )
        for (start, end), listed in rows.sort("period_start", "period_end", "area").group_by(
            ["period_start", "period_end"], maintain_order=True
        ):
            own = seed_of(seed, f"concentration|{indicator.id}|{vintage}|{start}|{end}")
            made += [row | {"geography": vintage} for row in concentration(indicator, listed, own)]
    return made


def _repeats(
    indicator: Indicator, mine: pl.DataFrame, evidence: Evidence, city: City, seed: int
) -> list[dict[str, Any]]:  # fmt: skip
    """The last year of the assessed period: long enough for pairs, short enough that the city is the same."""
    start, end = max(city.scope.start, city.scope.end - _YEAR + dt.timedelta(days=1)), city.scope.end
    city_rows = mine.filter(pl.col("area") == city.scope.area).drop_nulls("numerator")
    if city_rows.height == 0 or indicator.select is None:
        return []
    found = _events(indicator.select, evidence, (start, end)).select("date", "lat", "lon")
    events = found.collect(engine="streaming")
    grade = str(city_rows["grade"][0])
    return near_repeats(indicator, events, (start, end), grade, seed_of(seed, f"near_repeats|{indicator.id}"))


def _series(
    indicator: Indicator,
    mine: pl.DataFrame,
    evidence: Evidence,
    city: City,
    recorded: dict[str, dt.date | None],
) -> list[dict[str, Any]]:
    whole = mine.filter(pl.col("area") == city.scope.area).drop_nulls("numerator")
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    monthly = whole.filter(days <= _DAYS_OF_A_MONTH)
    if indicator.select is None or monthly["source"].n_unique() != 1:
        return []
    source = str(monthly["source"][0])
    late = evidence.quality.filter((pl.col("source") == source) & (pl.col("check") == "late_reporting"))
    is_late = late.filter(pl.col("severity") == "warning").height > 0
    made = months(indicator, monthly, recorded=recorded.get(source), is_late=is_late)
    dates = _events(indicator.select, evidence, (city.scope.start, city.scope.end)).select("date")
    grade = str(monthly["grade"][0])
    return made + weeks(indicator, dates.collect(engine="streaming")["date"], (city.scope.start, city.scope.end), grade)


def _changes(indicator: Indicator, mine: pl.DataFrame, evidence: Evidence, city: City) -> list[dict[str, Any]]:
    own = mine.filter(pl.col("area") == city.scope.area)
    made = city_changes(indicator, own) if own["source"].n_unique() == 1 else []
    geography = evidence.geographies.get(city.scope.shown or city.scope.geography)
    if geography is None:
        return made
    rows = mine.filter(pl.col("area").is_in(geography.areas["area"].implode()))
    if rows.height == 0 or rows["flags"].str.contains("few_areas_listed").any():
        return made
    return made + area_changes(indicator, rows)


def _recording_months(evidence: Evidence) -> dict[str, dt.date | None]:
    """By source, the month in which recording seems to have changed."""
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    city = evidence.counts.filter((pl.col("geography") == "") & (days <= _DAYS_OF_A_MONTH))
    return {str(source): recording_month(rows) for (source,), rows in city.group_by(["source"], maintain_order=True)}


def _events(selection: Selection, evidence: Evidence, period: tuple[dt.date, dt.date]) -> pl.LazyFrame:
    """The rows of a selection in a period."""
    codes = evidence.counts.select("iccs", "tags").unique().filter(_selected(selection))
    within = evidence.incidents.filter(pl.col("date").is_between(*period))
    return within.join(codes.lazy(), on=["iccs", "tags"], how="semi")


def _selected(selection: Selection) -> pl.Expr:
    found = pl.any_horizontal([pl.col("iccs").str.starts_with(code) for code in selection.iccs])
    tags = pl.col("tags").str.split(";")
    for tag in selection.with_tags:
        found &= tags.list.contains(tag)
    for tag in selection.without_tags:
        found &= ~tags.list.contains(tag)
    return found
