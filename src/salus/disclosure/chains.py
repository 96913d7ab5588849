"""What of the lineage may leave: which row rests on which, and files, but no trace of how few records there are."""

import polars as pl

_ROWS = r"\|rows (\d+)-(\d+) \(n=(\d+)\)$"
_ENDS = ("sources", "ratings", "judgements")


def release_lineage(
    frame: pl.DataFrame, gone: frozenset[str], counted: frozenset[str], base: int
) -> tuple[pl.DataFrame, pl.Series]:
    """The lineage with row numbers taken off wherever they would tell of a hidden or small count.

    `gone`: keys of hidden rows; they keep the file they rest on, not the rows. `counted`: keys of shown
    counts; rows of the records they count are named where a file holds `base` or more of them. Rows of
    other files (populations, published figures) stay. The mask says which links lost their rows.

    >>> key, file = "estimates:A01|a1||2022-01-01|2022-12-31|police", "police|evidence/police/records.csv|9f2c"
    >>> chain = {"table": "estimates", "key": key, "from_table": "sources"}
    >>> frame = pl.DataFrame([chain | {"from_key": file + f"|rows 7-90 (n={n})"} for n in (3, 40)])
    >>> release_lineage(frame, frozenset(), frozenset({key}), 10)[0]["from_key"].to_list()
    ['police|evidence/police/records.csv|9f2c', 'police|evidence/police/records.csv|9f2c|rows 7-90']
    """
    source = pl.col("from_key")
    records = source.str.extract(_ROWS, 3).cast(pl.Int64)
    is_hidden = pl.col("key").is_in(list(gone))
    # The last part of an estimate's key names its sources, joined by +: only their rows are what is counted.
    own = pl.col("key").str.split("|").list.last().str.split("+").list.contains(source.str.split("|").list.first())
    few = pl.col("key").is_in(list(counted)) & own & (records > 0) & (records < base)
    small = (is_hidden & own) | few
    # Sheets of ratings and judgements name one row: file|row. Where the result is hidden the row goes.
    sheet = is_hidden & pl.col("from_table").is_in(_ENDS) & source.str.contains(r"\|\d+$")
    cut = (records.is_not_null() & small.fill_null(value=False)) | sheet
    cleaned = (
        pl.when(records.is_not_null() & cut).then(source.str.replace(_ROWS, ""))
        .when(sheet).then(source.str.replace(r"\|\d+$", ""))
        .otherwise(source.str.replace(r" \(n=\d+\)$", ""))
        .alias("from_key")
    )  # fmt: skip
    mask = frame.select(cut.alias("cut")).to_series()
    return frame.with_columns(cleaned).unique(maintain_order=True), mask
