"""What the gate hides in tables made from estimates: rows on few events, and traces of hidden counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from salus.disclosure.chains import release_lineage
from salus.disclosure.compared import release_compared
from salus.disclosure.concentrated import release_concentration, release_harm
from salus.disclosure.over_time import release_series
from salus.disclosure.quoted import without_quotes
from salus.model.tables import TABLES, key_column

Action = tuple[str, str, int, float]
_PEOPLE = ("persons", "people", "victims", "cases", "events")


@dataclass(frozen=True)
class Terms:
    """What the derived tables are held to: `limit(indicator, group)` in events, and the rounding `base` of n.

    Tables without a column `area` speak of the `city`. `places`: the areas of each geography.
    """

    city: str
    limit: Callable[[str, str], int]
    base: int
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Shape:
    """Where a derived table says what it is about, how many events it rests on, and what is blanked."""

    about: str
    blank: tuple[str, ...]
    area: str | None = None
    size: str = "n"


_SHAPES = {
    "nexus": _Shape("flow", ("pressure", "exposure", "low", "high", "n"), area="area"),
    "profile": _Shape("theme", ("score", "low", "high", "n"), area="area"),
    "criteria": _Shape("problem", ("value", "score", "low", "high", "n")),
    "judgements": _Shape("group", ("weight", "people", "represented"), size="people"),
    "flows": _Shape("commodity", ("quantity", "low", "high"), size="quantity"),
}
_COUNTED = ("nexus", "profile", "criteria")


def release_derived(
    tables: dict[str, pl.DataFrame], hidden: pl.DataFrame, terms: Terms
) -> tuple[dict[str, pl.DataFrame], list[Action], frozenset[str]]:
    """The tables with rows on few events blanked, the log of it, and the keys of all rows hidden.

    `hidden`: area, n and key of the estimates that are hidden, and whether for `few` persons.
    A row whose n equals a hidden count of its area is blanked as well; elsewhere in an area with
    hidden counts n is rounded to the base, since n less the shown counts is a hidden one. A score that rests on
    a hidden estimate, or on a blanked score, is blanked whatever its n is: who knows the formula, the seed and
    the other figures finds the count that makes it. A row that rests, by lineage, on an estimate of its own area
    that is hidden for few persons is blanked: its n may be large.
    """
    released, log = without_quotes(tables)
    gone = set(hidden["key"].to_list())
    for name in [n for n in _SHAPES if n in tables]:
        frame, mask, rounded = _hide(name, tables[name], hidden, terms)
        if name == "profile" and "lineage" in tables:
            frame, mask, rounded = _resting(frame, mask, rounded, tables["lineage"], gone)
        frame, few = _of_few(name, frame, hidden, tables, terms.city)
        mask, rounded = mask | few, rounded & ~few
        released[name] = frame
        gone |= _keys(name, tables[name], mask)
        log += _action(name, "small count", mask) + _action(name, "n rounded", rounded)
    for name, follow in (("options", _options), ("group_ranks", _group_ranks)):
        if name in tables:
            released[name], mask = follow(tables, gone)
            gone |= _keys(name, tables[name], mask)
            log += _action(name, "rests on hidden rows", mask)
    if "clusters" in tables:
        released["clusters"], mask = _clusters(tables["clusters"], hidden, terms)
        gone |= _keys("clusters", tables["clusters"], mask)
        log += _action("clusters", "rests on hidden counts", mask)
    if "near_repeats" in tables:
        released["near_repeats"], mask = _near_repeats(tables["near_repeats"], terms)
        gone |= _keys("near_repeats", tables["near_repeats"], mask)
        log += _action("near_repeats", "few pairs", mask)
    if "series" in tables:
        released["series"], mask = release_series(tables["series"], released.get("estimates"), terms.city, terms.base)
        gone |= _keys("series", tables["series"], mask)
        log += _action("series", "rests on hidden counts", mask)
    for name in ("changes", "denominators"):
        if name in tables:
            released[name], mask = release_compared(tables[name], released.get("estimates"))
            gone |= _keys(name, tables[name], mask)
            log += _action(name, "rests on hidden counts", mask)
    if "concentration" in tables:
        released["concentration"], actions = release_concentration(
            tables["concentration"], hidden, terms.places, terms.city, terms.base
        )
        log += actions
    if "harm" in tables:
        released["harm"], actions = release_harm(tables["harm"], tables.get("estimates"), terms.city, terms.limit)
        log += actions
    if "lineage" in tables:
        released["lineage"], mask = release_lineage(tables["lineage"], frozenset(gone), _counted(released), terms.base)
        log += _action("lineage", "row numbers of few records", mask)
    return released, log, frozenset(gone)


def _counted(released: dict[str, pl.DataFrame]) -> frozenset[str]:
    """Keys of the estimates that are shown counts."""
    if "estimates" not in released:
        return frozenset()
    return frozenset(released["estimates"].drop_nulls("numerator").select(key_column("estimates")).to_series())


def _keys(name: str, frame: pl.DataFrame, mask: pl.Series) -> set[str]:
    return set(frame.filter(mask).select(key_column(name)).to_series().to_list())


def _action(table: str, rule: str, mask: pl.Series) -> list[Action]:
    count = int(mask.sum() or 0)
    return [(table, rule, count, count / mask.len())] if count else []


def _hide(
    name: str, frame: pl.DataFrame, hidden: pl.DataFrame, terms: Terms
) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    shape = _SHAPES[name]
    limits = pl.Series([terms.limit(str(about), str(about)) for about in frame[shape.about]], dtype=pl.Float64)
    size = frame[shape.size].cast(pl.Float64)
    small = ((size > 0) & (size < limits)).fill_null(value=False)
    rounded = pl.Series([False] * frame.height, dtype=pl.Boolean)
    if name == "flows":
        small &= frame["unit"].is_in(_PEOPLE).fill_null(value=False)
    if name in _COUNTED:
        areas = frame[shape.area] if shape.area else pl.Series([terms.city] * frame.height, dtype=pl.String)
        small, rounded = _traces(areas, size, hidden, small=small)
        frame = frame.with_columns(
            pl.when(rounded)
            .then(((pl.col("n") / terms.base).round() * terms.base).clip(terms.base))
            .otherwise("n")
            .alias("n")
        )
    blanked = [pl.when(~small).then(pl.col(c)).alias(c) for c in shape.blank]
    return frame.with_columns(blanked), small, rounded


def _resting(
    frame: pl.DataFrame, small: pl.Series, rounded: pl.Series, links: pl.DataFrame, gone: set[str]
) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Scores on hidden estimates blanked, then scores of larger areas on blanked ones, until nothing is added."""
    keys = frame.select(key_column("profile")).to_series()
    scored = frame["score"].is_not_null()
    links = links.filter(pl.col("table") == "profile")
    lost = gone | set(keys.filter(small).to_list())
    while True:
        found = set(links.filter(pl.col("from_key").is_in(list(lost)))["key"].to_list())
        if found <= lost:
            break
        lost |= found
    mask = small | (keys.is_in(list(lost)) & scored)
    blanked = [pl.when(~mask).then(pl.col(c)).alias(c) for c in _SHAPES["profile"].blank]
    return frame.with_columns(blanked), mask, rounded & ~mask


def _of_few(
    name: str, frame: pl.DataFrame, hidden: pl.DataFrame, tables: Mapping[str, pl.DataFrame], city: str
) -> tuple[pl.DataFrame, pl.Series]:
    """Rows that rest on an estimate of few persons in their own area, blanked, and which they are."""
    shape, links = _SHAPES[name], tables.get("lineage", TABLES["lineage"].frame())
    few = hidden.filter("few") if "few" in hidden.columns else hidden.head(0)
    area = pl.col(shape.area) if shape.area else pl.lit(city)
    on = links.filter(pl.col("table") == name).join(few, left_on="from_key", right_on="key").select("key", "area")
    rows = frame.select(key_column(name), area.alias("area"), pl.col(shape.blank[0]).is_not_null().alias("stated"))
    held = rows.join(on.unique().with_columns(pl.lit(value=True).alias("few")), on=["key", "area"], how="left",
                     maintain_order="left")  # fmt: skip
    mask = held["few"].fill_null(value=False) & rows["stated"]
    return frame.with_columns(pl.when(~mask).then(pl.col(c)).alias(c) for c in shape.blank), mask


def _traces(
    areas: pl.Series, size: pl.Series, hidden: pl.DataFrame, *, small: pl.Series
) -> tuple[pl.Series, pl.Series]:
    counts = set(hidden.select("area", "n").iter_rows())
    affected = set(hidden["area"].to_list())
    equal = pl.Series([pair in counts for pair in zip(areas, size, strict=True)], dtype=pl.Boolean)
    near = pl.Series([area in affected for area in areas], dtype=pl.Boolean)
    blank = small | equal
    return blank, near & ~blank & (size > 0).fill_null(value=False)


def _options(tables: dict[str, pl.DataFrame], gone: set[str]) -> tuple[pl.DataFrame, pl.Series]:
    """Harm averted is recorded events times published factors: it gives the events back."""
    frame = tables["options"]
    criteria = tables.get("criteria", TABLES["criteria"].frame())
    few = set(criteria.filter(key_column("criteria").is_in(list(gone)))["problem"].to_list())
    mask = frame["problem"].is_in(list(few)) & frame["harm_averted"].is_not_null()
    columns = ("harm_averted", "harm_low", "harm_high")
    return frame.with_columns(pl.when(~mask).then(pl.col(c)).alias(c) for c in columns), mask


def _group_ranks(tables: dict[str, pl.DataFrame], gone: set[str]) -> tuple[pl.DataFrame, pl.Series]:
    frame = tables["group_ranks"]
    judgements = tables.get("judgements", TABLES["judgements"].frame())
    few = set(judgements.filter(key_column("judgements").is_in(list(gone)))["group"].to_list())
    mask = frame["group"].is_in(list(few))
    return frame.with_columns(pl.when(~mask).then(pl.col(c)).alias(c) for c in ("rank", "low", "high")), mask


def _clusters(frame: pl.DataFrame, hidden: pl.DataFrame, terms: Terms) -> tuple[pl.DataFrame, pl.Series]:
    """Only the kind leaves: the statistic is linear in the counts of the neighbours and would give them back.

    An area whose own count is hidden keeps its kind to itself.
    """
    estimates = [f"estimates:{i}|{a}||{s}|{e}|" for i, a, s, e in frame.select(
        "indicator", "area", "period_start", "period_end").iter_rows()]  # fmt: skip
    gone = {key.rpartition("|")[0] + "|" for key in hidden["key"]}
    mask = pl.Series([key in gone for key in estimates], dtype=pl.Boolean)
    city = pl.col("area") == terms.city
    blanked = [pl.when(city).then(pl.col(name)).alias(name) for name in ("statistic", "p_value", "q_value")]
    return frame.with_columns(*blanked, pl.when(~mask).then("kind").alias("kind")), mask


def _near_repeats(frame: pl.DataFrame, terms: Terms) -> tuple[pl.DataFrame, pl.Series]:
    """Bands with few pairs are blanked: a pair is two events at one place in one week."""
    mask = (frame["observed"] < terms.base).fill_null(value=False)
    names = ("observed", "expected", "chance_low", "chance_high", "ratio", "p_value")
    return frame.with_columns(pl.when(~mask).then(pl.col(name)).alias(name) for name in names), mask
