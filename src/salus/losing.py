"""What a release costs: how much of what was found does not leave, by theme, and where more is hidden than needed.

For the analyst: it tells how many counts are small. No exit reads it, and it lies in no release.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from salus.disclosure import information_loss
from salus.framework import load_pack
from salus.model.framework import Pack
from salus.results import Run, open_result

NO_THEME: Final = "No theme"


@dataclass(frozen=True)
class Loss:
    """Rows and counts that a release hides. `groups`: one row a theme (group, rows, hidden, primary, secondary, counts,
    counts_lost); `over`: indicators and geographies where half or more is hidden, most of it for the sake of others.

    `primary` are small themselves, `secondary` are hidden for others. An event counts in each row that counts it.
    """

    groups: pl.DataFrame
    over: pl.DataFrame

    @property
    def total(self) -> dict[str, Any]:
        """The same figures over all themes."""
        sums = self.groups.select(pl.exclude("group").sum()).row(0, named=True)
        return {"group": "all", **sums}

    def __repr__(self) -> str:
        total = self.total
        return f"<Loss: {total['hidden']:,} of {total['rows']:,} rows hidden; for the analyst only>"


def loss(path: str | Path | Run) -> Loss:
    """What a release of a run (a workspace's newest one) would cost, under its own preset and thresholds."""
    run = path if isinstance(path, Run) else open_result(path)
    pack = load_pack(run.record["pack"]["id"])
    table = information_loss(
        run.frame("estimates"),
        run.gate.tables["estimates"],
        limits=run.limits,
        geography={area: name for name, frame in run.areas().items() for area in frame["area"]},
    )
    names = {indicator.id: indicator.name for indicator in pack.indicators}
    named = pl.col("indicator").replace_strict(names, default=pl.col("indicator"), return_dtype=pl.String)
    theme = pl.col("indicator").replace_strict(_themes(pack), default=NO_THEME, return_dtype=pl.String)
    lost = (pl.col("counts") * pl.col("counts_hidden")).fill_null(0.0).round().alias("counts_lost")
    figures = ("rows", "hidden", "primary", "secondary", "counts", "counts_lost")
    groups = table.with_columns(lost, theme.alias("group")).group_by("group", maintain_order=True)
    over = table.filter("over_suppressed").with_columns(named.alias("name"))
    return Loss(
        groups.agg(pl.col(figures).cast(pl.Int64).sum()).sort("hidden", "group", descending=[True, False]),
        over.select("indicator", "name", "geography", "rows", "hidden", "primary", "secondary"),
    )


def _themes(pack: Pack) -> dict[str, str]:
    """The first theme that names an indicator."""
    found: dict[str, str] = {}
    for theme in pack.themes:
        for indicator in (*theme.risk, *theme.vulnerability, *theme.capacity):
            found.setdefault(indicator, theme.name)
    return found
