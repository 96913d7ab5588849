"""The stage: every indicator of the pack, computed by the estimator it names, or stated as missing."""

import numpy as np
import polars as pl

from salus.indicators import published, recorded
from salus.indicators.bases import by_every_base
from salus.indicators.counted import during, pooled, selected
from salus.indicators.rows import Ledger, joined, ranges_of
from salus.model.city import City, Evidence, StageResult
from salus.model.framework import Indicator, Pack
from salus.model.tables import key_column
from salus.model.tables import lineage as lineage_of
from salus.stats.draws import seed_of

ALL_FILES = "X00"
_RESAMPLES = 500


def measure(evidence: Evidence, pack: Pack, city: City, *, seed: int = 1) -> StageResult:
    """All estimates a workspace's evidence allows, each indicator at every area and period it reaches.

    An indicator without evidence has one row with grade `none`. Lineage leads to files and rows.
    """
    ledger = Ledger(evidence, pack, city, seed)
    for indicator in pack.indicators:
        before = len(ledger.frames)
        _measure_one(ledger, indicator)
        if not _speaks_of_the_city(ledger, before):
            published.missing(ledger, indicator, pooled(city))
    estimates, lineage = ledger.tables()
    bases = by_every_base(estimates, evidence, pack, city)
    return StageResult({"estimates": estimates, "denominators": bases}, pl.concat([lineage, _of_bases(bases)]))


def _of_bases(bases: pl.DataFrame) -> pl.DataFrame:
    """A rate by another denominator rests on the estimate it takes the events from."""
    rows = bases.select(key_column("denominators"), "indicator", "area", "period_start", "period_end", "source")
    return lineage_of(
        [
            ("denominators", key, "estimates", f"estimates:{indicator}|{area}||{start}|{end}|{source}")
            for key, indicator, area, start, end, source in rows.iter_rows()
        ]
    )


def _speaks_of_the_city(ledger: Ledger, before: int) -> bool:
    """Whether the frames entered since then hold a row of the city or of a wider area."""
    wanted = [ledger.city.scope.area, *ledger.city.wider]
    return any(frame["area"].is_in(wanted).any() for frame in ledger.frames[before:])


def _measure_one(ledger: Ledger, indicator: Indicator) -> None:
    published.figures(ledger, indicator)
    if indicator.measure == "recorded_rate":
        _rates(ledger, indicator)
    elif indicator.measure == "recorded_share":
        recorded.shares(ledger, indicator)
    elif indicator.measure == "concentration":
        _concentration(ledger, indicator)
    elif indicator.measure == "rating":
        published.rated(ledger, indicator)


def _rates(ledger: Ledger, indicator: Indicator) -> None:
    assert indicator.select is not None
    everything = ledger.evidence.counts
    if indicator.id == ALL_FILES:
        recorded.city_rates(ledger, indicator, everything)
        recorded.grouped_rates(ledger, indicator, everything)
        return
    counts = selected(everything, indicator.select)
    if counts.height == 0:
        return
    recorded.city_rates(ledger, indicator, counts)
    recorded.area_rates(ledger, indicator, counts)
    recorded.hourly_rates(ledger, indicator, counts.filter(pl.col("geography") == ""))


def _concentration(ledger: Ledger, indicator: Indicator) -> None:
    """Share of recorded files in the busiest areas; the interval resamples the files over the areas."""
    scope = ledger.city.scope
    counts = ledger.evidence.counts.filter((pl.col("geography") == scope.geography) & ~pl.col("protected"))
    period = pooled(ledger.city)
    inside = during(counts, period)
    if not scope.geography or inside is None or inside.height == 0:
        return
    by_area = dict(inside.group_by("area").agg(pl.col("count").sum()).sort("area").iter_rows())
    areas = ledger.evidence.geographies[scope.geography].areas["area"]
    events = np.array([by_area.get(area, 0) for area in areas])
    estimator = recorded.estimator_of(indicator)
    rng = np.random.Generator(np.random.PCG64(seed_of(ledger.seed, f"concentration|{indicator.id}")))
    again = rng.multinomial(events.sum(), events / events.sum(), size=_RESAMPLES)
    shares = np.array([float(estimator(sample)) for sample in again]) * indicator.per
    value = float(estimator(events)) * indicator.per
    sources = inside["source"].unique().sort().to_list()
    low, high = np.quantile(shares, (0.025, 0.975))
    even = rng.multinomial(events.sum(), np.full(len(events), 1 / len(events)), size=_RESAMPLES)
    chance = float(np.mean([float(estimator(sample)) for sample in even])) * indicator.per
    row = {
        "area": scope.area,
        "period_start": period.start,
        "period_end": period.end,
        "value": value,
        "low": min(float(low), value),
        "high": max(float(high), value),
        "n": int(events.sum()),
        "numerator": value / indicator.per * float(events.sum()),
        "denominator": float(events.sum()),
        "method": "resampled over areas",
        "family": "normal",
        "p1": value,
        "p2": float(np.std(shares)),
        "flags": f"chance={chance:.2f}",
        "grade": ledger.grade(sources, indicator),
        "source": joined(sources),
    }
    ledger.enter(indicator, pl.DataFrame([row]), ranges_of(inside, scope.area))
