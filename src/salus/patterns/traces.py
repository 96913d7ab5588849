"""What each row of the stage's tables rests on."""

import polars as pl

from salus.model.city import City
from salus.model.tables import key_column, lineage


def traces(tables: dict[str, pl.DataFrame], estimates: pl.DataFrame, city: City) -> pl.DataFrame:
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
    # A month rests on its own estimate; a week or a month ahead on the city's estimate of the whole period.
    series = tables["series"].with_columns(key_column("series"))
    period = ["indicator", "period_start", "period_end"]
    monthly = keyed.filter(pl.col("area") == city.scope.area).select(*period, "from_key")
    own = series.join(monthly, on=["indicator", "period_start", "period_end"], how="inner")
    rest = series.join(own, on="key", how="anti").join(
        whole.select("indicator", "from_key"), on="indicator", how="inner"
    )
    later = tables["changes"].with_columns(key_column("changes"))
    whole_before = pl.when(pl.col("against") == "earlier_part").then("period_end").otherwise("before_end")
    later = later.with_columns(whole_before.alias("counted_end"))
    for side in (("period_start", "period_end"), ("before_start", "counted_end")):
        names = ["indicator", "area", *side, "source"]
        on = ["indicator", "area", "period_start", "period_end", "source"]
        joined = later.join(keyed, left_on=names, right_on=on, how="inner")
        pairs += [("changes", key, "estimates", found) for key, found in joined.select("key", "from_key").iter_rows()]
    for joined in (own, rest):
        pairs += [("series", key, "estimates", source) for key, source in joined.select("key", "from_key").iter_rows()]
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
