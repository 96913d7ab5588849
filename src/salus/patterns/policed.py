"""Areas where much of what is recorded is what patrols find, so that more of everything may be recorded there."""

from typing import Final

import polars as pl

from salus.model.framework import Pack

PATROL_DRIVEN: Final = "patrol_driven"
SHARE: Final = 0.2
TIMES: Final = 2.0
FEWEST: Final = 20


def patrolled(counts: pl.DataFrame, pack: Pack) -> frozenset[str]:
    """Areas in which a fifth or more of the records, and twice the share of all areas, is what authorities find.

    `counts`: area, iccs, count of one vintage. What authorities find is what the pack's enforcement-driven
    indicators count (drugs, weapons, money laundering ...). Areas with fewer than 20 records are left out: the share of
    a few records says nothing.
    """
    codes = [code for code in counts["iccs"].unique().to_list() if pack.is_enforcement(code)]
    found = counts.select("area", "count", pl.col("iccs").is_in(codes).alias("found"))
    if found.is_empty():
        return frozenset()
    part = pl.col("count").filter(pl.col("found")).sum()
    share = found.select((part / pl.col("count").sum()).alias("share")).item()
    by_area = found.group_by("area").agg(pl.col("count").sum().alias("all"), part.alias("part"))
    high = by_area.filter(
        (pl.col("all") >= FEWEST) & (pl.col("part") >= SHARE * pl.col("all"))
        & (pl.col("part") >= TIMES * (share or 0.0) * pl.col("all")) & (pl.col("part") > 0)
    )  # fmt: skip
    return frozenset(high["area"].to_list())
