"""The stage: clusters, near repeats and concentration of the offences that the problems are about; harm of all."""

import datetime as dt
from typing import Any, Final

import polars as pl

from salus.model.city import City, Evidence, StageResult
from salus.model.framework import Indicator, Pack, Selection
from salus.model.tables import TABLES, key_column, lineage
from salus.patterns.clusters import clusters
from salus.patterns.concentrated import concentration
from salus.patterns.harm import harm
from salus.patterns.repeats import near_repeats
from salus.stats.draws import seed_of

_YEAR: Final = dt.timedelta(days=365)


def patterns(estimates: pl.DataFrame, evidence: Evidence, pack: Pack, city: City, *, seed: int = 1) -> StageResult:
    """The tables `clusters`, `near_repeats` and `concentration` of the recorded outcomes that problems are measured by,
    and `harm` of all recorded offences with a weight.

    Protected offences are left out of the first three: where they gather is told by nobody. So is activity that
    enforcement drives. In `harm`, which speaks of the city as a whole, protected offences are counted.
    """
    wanted = dict.fromkeys(name for problem in pack.problems for name in problem.indicators)
    gathered: list[dict[str, Any]] = []
    repeated: list[dict[str, Any]] = []
    concentrated: list[dict[str, Any]] = []
    for indicator in (pack.indicator(name) for name in wanted):
        if not _is_shown(indicator, pack):
            continue
        mine = estimates.filter((pl.col("indicator") == indicator.id) & (pl.col("group") == ""))
        gathered += _clusters(indicator, mine, evidence, city, seed)
        repeated += _repeats(indicator, mine, evidence, city, seed)
        concentrated += _concentrated(indicator, mine, evidence, city, seed)
    made = {
        "clusters": gathered, "near_repeats": repeated, "concentration": concentrated,
        "harm": harm(estimates, pack, city, seed=seed),
    }  # fmt: skip
    tables = {name: TABLES[name].frame(rows) for name, rows in made.items()}
    return StageResult(tables, _lineage(tables, estimates, city))


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
    indicator: Indicator, mine: pl.DataFrame, evidence: Evidence, city: City, seed: int
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
    return [row | {"geography": vintage} for row in made]


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
    classes = evidence.counts.select("iccs", "tags").unique()
    codes = classes.filter(_selected(indicator.select))
    events = (
        evidence.incidents.filter(pl.col("date").is_between(start, end))
        .join(codes.lazy(), on=["iccs", "tags"], how="semi")
        .select("date", "lat", "lon")
        .collect(engine="streaming")
    )
    grade = str(city_rows["grade"][0])
    return near_repeats(indicator, events, (start, end), grade, seed_of(seed, f"near_repeats|{indicator.id}"))


def _selected(selection: Selection) -> pl.Expr:
    found = pl.any_horizontal([pl.col("iccs").str.starts_with(code) for code in selection.iccs])
    tags = pl.col("tags").str.split(";")
    for tag in selection.with_tags:
        found &= tags.list.contains(tag)
    for tag in selection.without_tags:
        found &= ~tags.list.contains(tag)
    return found


def _lineage(tables: dict[str, pl.DataFrame], estimates: pl.DataFrame, city: City) -> pl.DataFrame:
    """Each cluster rests on the estimate of its area; near repeats and concentration, whose areas are many, on the
    city's estimate of the assessed period, which holds the same files; harm on the city's estimates of its classes."""
    keyed = estimates.filter(pl.col("group") == "").with_columns(key_column("estimates").alias("from_key"))
    pairs: list[tuple[str, str, str, str]] = []
    both = ["indicator", "area", "period_start", "period_end"]
    joined = tables["clusters"].with_columns(key_column("clusters")).join(keyed, on=both, how="inner")
    pairs += [("clusters", key, "estimates", source) for key, source in joined.select("key", "from_key").iter_rows()]
    whole = keyed.filter(
        (pl.col("area") == city.scope.area)
        & (pl.col("period_start") == city.scope.start)
        & (pl.col("period_end") == city.scope.end)
    )
    joined = tables["near_repeats"].with_columns(key_column("near_repeats")).join(whole, on="indicator", how="inner")
    pairs += [
        ("near_repeats", key, "estimates", source) for key, source in joined.select("key", "from_key").iter_rows()
    ]
    concentrated = tables["concentration"].with_columns(key_column("concentration"))
    joined = concentrated.join(whole, on="indicator", how="inner")
    pairs += [
        ("concentration", key, "estimates", source) for key, source in joined.select("key", "from_key").iter_rows()
    ]
    return lineage(pairs + _of_harm(tables["harm"], estimates))


def _of_harm(table: pl.DataFrame, estimates: pl.DataFrame) -> list[tuple[str, str, str, str]]:
    """A class rests on the estimates of its codes, the sum on the classes."""
    classes = estimates.filter(pl.col("group").str.starts_with("iccs:")).with_columns(
        key_column("estimates").alias("from_key"), pl.col("group").str.strip_prefix("iccs:").alias("member")
    )
    parts = table.with_columns(key_column("harm"), pl.col("classes").str.split(";").alias("member")).explode("member")
    on = ["area", "period_start", "period_end", "member"]
    joined = parts.join(classes, on=on, how="inner").select("key", "from_key")
    pairs = [("harm", key, "estimates", source) for key, source in joined.iter_rows()]
    keyed = table.with_columns(key_column("harm"))
    sums, weighed = keyed.filter(pl.col("iccs") == ""), keyed.filter(pl.col("iccs") != "")
    added = sums.join(weighed, on=["weights", "area", "period_start", "period_end"], how="inner")
    return pairs + [("harm", key, "harm", part) for key, part in added.select("key", "key_right").iter_rows()]
