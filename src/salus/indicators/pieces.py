"""What the estimates of crossing geographies have in common: the events of each overlap of two areas.

No estimate is made of them. The disclosure gate needs them, because a shown count of one geography limits what a
hidden one of the other can be.
"""

from typing import Final

import polars as pl

from salus.indicators.counted import during, pooled, recent, selected
from salus.indicators.measure import ALL_FILES
from salus.indicators.rows import joined
from salus.model.city import City, Evidence
from salus.model.framework import Pack

PIECES: Final = {
    "indicator": pl.String(),
    "group": pl.String(),
    "area": pl.String(),
    "other": pl.String(),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "source": pl.String(),
    "count": pl.Int64(),
    "apart": pl.Float64(),
}
_PERSONS: Final = pl.when(pl.col("apart").is_not_null().any()).then(
    pl.coalesce("apart", pl.col("count").cast(pl.Float64)).sum()
)
"""At least so many persons; null where no source says whom its records are of."""


def pieces_of(evidence: Evidence, pack: Pack, city: City) -> pl.DataFrame:
    """Events by overlap (area of the modelled, other of the shown geography) of every rate that areas have.

    A pair of areas that holds no event of a kind, but some of another, is there with 0: nobody outside knows that it
    holds none.
    """
    if evidence.pieces.is_empty():
        return pl.DataFrame(schema=PIECES)
    pairs = evidence.pieces.select("area", "other").unique()
    frames = []
    for indicator in pack.indicators:
        if indicator.measure != "recorded_rate" or indicator.select is None or indicator.id == ALL_FILES:
            continue
        mine = selected(evidence.pieces, indicator.select)
        counted = selected(evidence.counts.filter(pl.col("geography") == city.scope.geography), indicator.select)
        for period in dict.fromkeys((pooled(city), recent(city))):
            inside, whole = during(mine, period), during(counted, period)
            if inside is None or whole is None or inside.is_empty():
                continue
            sums = inside.group_by("area", "other").agg(pl.col("count").sum(), _PERSONS)
            frames.append(
                pairs.join(sums, on=["area", "other"], how="left").select(
                    pl.lit(indicator.id).alias("indicator"),
                    pl.lit("").alias("group"),
                    "area",
                    "other",
                    pl.lit(period.start).alias("period_start"),
                    pl.lit(period.end).alias("period_end"),
                    pl.lit(joined(whole["source"].unique().to_list())).alias("source"),
                    pl.col("count").fill_null(0),
                    "apart",
                )
            )
    return pl.concat(frames).sort(list(PIECES)) if frames else pl.DataFrame(schema=PIECES)
