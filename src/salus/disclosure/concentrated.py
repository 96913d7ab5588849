"""What of concentration and harm may leave: both are made from counts that the gate may have hidden."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from salus.disclosure.actions import Action, action

DIGITS: Final = 2
FEWEST_EVENTS: Final = 10
"""Times the rounding base: below so many events one event moves a rounded figure."""
MOST_ALIKE: Final = 0.8
"""Largest part of the hidden areas that may have one and the same count: else a guess of it is nearly sure."""
_FIGURES = tuple(
    f"{name}{end}" for name, ends in (("", ("value", "low", "high")), ("equal", ("", "_low", "_high")),
                                      ("residents", ("", "_low", "_high"))) for end in ends
)  # fmt: skip
_HARM_FIGURES = ("n", "harm", "low", "high")
_HARM_SHARES = ("share", "share_low", "share_high", "share_capped", "share_without", "count_share", "covered")
_WHEN = ("period_start", "period_end")


def release_concentration(
    frame: pl.DataFrame, hidden: pl.DataFrame, places: Mapping[str, frozenset[str]], city: str, base: int
) -> tuple[pl.DataFrame, list[Action]]:
    """The table with a cross-section blanked that could give a hidden count of its areas back; else rounded.

    Every figure of a cross-section is the same whichever of the hidden areas has which of the hidden counts, so
    it can tell which counts there are, never whose. That protects nobody where few areas are hidden, where nearly
    all hidden counts are equal, or where events are so few that one of them shows: there nothing leaves. Elsewhere
    figures are rounded to `DIGITS` and the events to `base`. Without hidden areas all counts are shown anyway.
    """
    counts = hidden_counts(hidden, city)
    blank, rounded = [], []
    for row in frame.select("indicator", "geography", *_WHEN, "n").iter_rows(named=True):
        of = counts.get((row["indicator"], str(row["period_start"]), str(row["period_end"])), {})
        listed = places.get(row["geography"])
        gone = [n for area, n in of.items() if listed is None or area in listed]
        exact = not gone and city not in of
        sparse = len(gone) < base or _alike(gone) or row["n"] < FEWEST_EVENTS * base or city in of
        blank.append(not exact and sparse)
        rounded.append(not exact and not sparse)
    hide, soften = pl.Series(blank, dtype=pl.Boolean), pl.Series(rounded, dtype=pl.Boolean)
    released = frame.with_columns(
        *(pl.when(~hide).then(pl.when(soften).then(pl.col(c).round(DIGITS)).otherwise(c)).alias(c) for c in _FIGURES),
        pl.when(~hide).then(pl.when(soften).then((pl.col("n") / base).round() * base).otherwise("n")).alias("n"),
        *(pl.when(~hide).then(pl.col(c)).alias(c) for c in ("flags", "reason")),
    )
    rules = (("rests on hidden counts", hide), ("figures rounded", soften))
    return released, [entry for rule, mask in rules for entry in action("concentration", rule, mask)]


def release_harm(
    frame: pl.DataFrame, estimates: pl.DataFrame | None, city: str, limit: Callable[[str, str], int]
) -> tuple[pl.DataFrame, list[Action]]:
    """The table without classes whose count is small or hidden elsewhere, in any period.

    Harm by its weight is the count. Sums and shares of a table that holds a hidden class would give it back, and so
    would its other periods: they are blanked with it. `estimates` are released ones, with their `status`.
    """
    told = _told(estimates, city)
    small = pl.Series([_is_hidden(row, told, limit) for row in frame.to_dicts()], dtype=pl.Boolean)
    gone = frame.filter(small).select("weights", "iccs").unique()
    classes, tables = set(gone.iter_rows()), set(gone["weights"])
    hide = pl.Series([pair in classes for pair in frame.select("weights", "iccs").iter_rows()], dtype=pl.Boolean)
    touched = frame["weights"].is_in(list(tables))
    sums = touched & (frame["iccs"] == "")
    released = frame.with_columns(
        *(pl.when(~(hide | sums)).then(pl.col(c)).alias(c) for c in _HARM_FIGURES),
        *(pl.when(~touched).then(pl.col(c)).alias(c) for c in _HARM_SHARES),
    )
    rules = (("small count", hide), ("rests on hidden rows", touched & ~hide))
    return released, [entry for rule, mask in rules for entry in action("harm", rule, mask)]


def _alike(counts: list[float]) -> bool:
    """Whether one count is so common among the hidden ones that each area most likely has it."""
    return max(Counter(counts).values()) > MOST_ALIKE * len(counts)


def hidden_counts(hidden: pl.DataFrame, city: str) -> dict[tuple[str, str, str], dict[str, float]]:
    """Hidden counts by area, for each indicator and period; groups are left out."""
    found: dict[tuple[str, str, str], dict[str, float]] = {}
    for area, n, key in hidden.select("area", "n", "key").iter_rows():
        indicator, _, group, start, end, _ = key.removeprefix("estimates:").split("|", 5)
        if not group:
            found.setdefault((indicator, start, end), {})[area] = n
    return found


def _told(estimates: pl.DataFrame | None, city: str) -> dict[tuple[str, str, dt.date, dt.date], tuple[str, float]]:
    """Status and count of each released estimate of the city, by indicator, group and period."""
    if estimates is None:
        return {}
    rows = estimates.filter(pl.col("area") == city).select("indicator", "group", *_WHEN, "status", "numerator")
    return {(i, g or "", s, e): (status, n) for i, g, s, e, status, n in rows.iter_rows()}


def _is_hidden(
    row: dict[str, object], told: Mapping[tuple[str, str, dt.date, dt.date], tuple[str, float]],
    limit: Callable[[str, str], int],
) -> bool:  # fmt: skip
    """Whether a class may not be shown: few events, or its count is nowhere shown and one of its parts is hidden."""
    if row["iccs"] == "" or row["n"] is None:
        return False
    groups = [f"iccs:{code}" for code in str(row["classes"]).split(";")]
    n = float(str(row["n"]))
    if n < max(limit(group, group) for group in [*groups, f"iccs:{row['iccs']}"]):
        return True
    when = (row["period_start"], row["period_end"])
    if told.get((str(row["indicator"]), "", *when)) == ("shown", n):  # type: ignore[arg-type]
        return False
    parts = [status for (_, group, *period), (status, _) in told.items() if group in groups and tuple(period) == when]
    return len(parts) < len(groups) or any(status != "shown" for status in parts)
