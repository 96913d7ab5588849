"""What a release costs: how much of each indicator is hidden or changed, and whether more than needed is hidden.

For the analyst: it tells hidden counts and is never published beside the release.
"""

from typing import Final

import polars as pl

from salus.disclosure.gate import HIDDEN, NO_DATA, SHOWN, ZERO
from salus.disclosure.limits import Limits
from salus.errors import BadInput
from salus.model.tables import key_column

MOST_FOR_ONE: Final = 3.0
"""Rows hidden for the sake of one small count before it is over-suppression."""
_LEAST_SHARE: Final = 0.5
_COLUMNS = ("value", "numerator")


def information_loss(
    estimates: pl.DataFrame,
    released: pl.DataFrame,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    geography: dict[str, str] | None = None,
) -> pl.DataFrame:
    """What a release keeps of the estimates, by indicator and geography (area -> geography; others are '').

    Rows shown, zero, hidden and without data; `rows_hidden` and `counts_hidden` as shares of rows and `counts`; hidden
    rows that are small themselves or speak of few persons (`primary`) and the others (`secondary`); median absolute
    error of changed counts and median relative error of changed values. `over_suppressed`: half of the rows or more are
    hidden, and more than `MOST_FOR_ONE` others for each small one (or none is small at all). Raises `BadInput` where
    the two do not match.

    >>> from salus.model.tables import TABLES
    >>> rows = [{"indicator": "A01", "area": a, "numerator": c, "value": c} for a, c in [("x", 3.0), ("y", 40.0)]]
    >>> before = TABLES["estimates"].frame(rows)
    >>> after = before.with_columns(status=pl.Series(["hidden", "shown"]))
    >>> information_loss(before, after).select("shown", "hidden", "primary", "over_suppressed").rows()
    [(1, 1, 1, False)]
    """
    before = estimates.with_columns(key_column("estimates"))
    after = released.with_columns(key_column("estimates")).select("key", "status", *_COLUMNS)
    if sorted(before["key"]) != sorted(after["key"]) or before["key"].n_unique() != before.height:
        raise BadInput(
            "Estimates and release do not hold the same rows",
            where="information_loss",
            remedy="give the estimates of the run the release was made from",
        )
    both = before.join(after, on="key", suffix="_after", validate="1:1")
    size = pl.coalesce(*(name for name in ("units", "numerator", "n") if name in both.columns))
    series = both.select("indicator", pl.col("group").fill_null("")).iter_rows()
    both = both.with_columns(pl.Series("limit", [limits.of(indicator, group) for indicator, group in series]))
    hidden = pl.col("status") == HIDDEN
    primary = hidden & ((size > 0) & (size < pl.col("limit"))).fill_null(value=False)
    place = pl.col("area").replace_strict(geography or {}, default="", return_dtype=pl.String)
    apart = (pl.col("numerator_after") - pl.col("numerator")).abs()
    relative = ((pl.col("value_after") - pl.col("value")) / pl.col("value")).abs()
    shown = pl.col("status") == SHOWN
    counts = pl.col("numerator").fill_null(0.0)
    table = (
        both.with_columns(place.alias("geography"))
        .group_by("indicator", "geography")
        .agg(
            pl.len().alias("rows"),
            shown.sum().alias("shown"),
            (pl.col("status") == ZERO).sum().alias("zero"),
            hidden.sum().alias("hidden"),
            (pl.col("status") == NO_DATA).sum().alias("no_data"),
            hidden.mean().alias("rows_hidden"),
            counts.sum().alias("counts"),
            pl.when(counts.sum() > 0).then(counts.filter(hidden).sum() / counts.sum()).alias("counts_hidden"),
            primary.sum().alias("primary"),
            (hidden & ~primary).sum().alias("secondary"),
            apart.filter(shown & (apart > 0)).median().alias("median_error"),
            relative.filter(shown & (relative > 0) & relative.is_finite()).median().alias("median_relative_error"),
        )
    )
    many = (pl.col("rows_hidden") >= _LEAST_SHARE) & (pl.col("secondary") > MOST_FOR_ONE * pl.col("primary"))
    return table.with_columns(many.alias("over_suppressed")).sort("indicator", "geography")
