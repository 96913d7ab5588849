"""What the gate hides in tables made from estimates: rows on few events, and traces of hidden counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from salus.disclosure.actions import Action, action
from salus.disclosure.chains import release_lineage
from salus.disclosure.checked import release_quality
from salus.disclosure.compared import release_compared
from salus.disclosure.concentrated import hidden_counts, release_concentration, release_harm
from salus.disclosure.digests import keyed_lineage, release_sources
from salus.disclosure.over_time import release_series
from salus.disclosure.quoted import without_quotes
from salus.disclosure.resting import (
    MIXED,
    blank_following,
    blank_resting,
    release_criteria,
    resting,
    round_means,
    round_ranks,
)
from salus.disclosure.smoothed import FEW
from salus.model.tables import TABLES, key_column

_PEOPLE = ("persons", "people", "victims", "cases", "events", "recorded files")


@dataclass(frozen=True)
class Terms:
    """What the derived tables are held to: `limit(indicator, group)` in events, and the rounding `base` of n.

    Tables without a column `area` speak of the `city`. `places`: the areas of each geography. `secret`: moves the
    edges of rounding where hidden counts are mixed into a figure.
    """

    city: str
    limit: Callable[[str, str], int]
    base: int
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False)


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
_BY_LINEAGE = ("nexus", "profile", "flows")
TOLD_OTHERWISE = frozenset({"estimates", "lineage", "sources", "quality", "triangulation"})
"""Tables without a column `withheld` here: `estimates` gets its own, the others hold no figures to hide."""


def release_derived(
    tables: dict[str, pl.DataFrame], hidden: pl.DataFrame, terms: Terms
) -> tuple[dict[str, pl.DataFrame], list[Action], frozenset[str]]:
    """The tables with rows on few events blanked, the log of it, and the keys of all rows hidden.

    `hidden`: area, n and key of the estimates that are hidden, and whether for `few` persons.
    A row whose n equals a hidden count of its area is blanked as well; elsewhere in an area with
    hidden counts n is rounded to the base, since n less the shown counts is a hidden one. What rests, by lineage, on
    hidden rows is blanked or rounded whatever its n is (`salus.disclosure.resting`); criteria on an estimate of the
    city that is hidden for few persons are blanked.
    """
    released, log = without_quotes(tables)
    gone = set(hidden["key"].to_list())
    links = tables.get("lineage", TABLES["lineage"].frame())
    for name in [n for n in _SHAPES if n in tables]:
        released[name], actions, lost = _shaped(name, tables[name], hidden, terms, links, gone)
        gone |= lost
        log += actions
    for name, follow in (("options", _options), ("group_ranks", _group_ranks)):
        if name in tables:
            released[name], mask = follow(tables, gone)
            gone |= _keys(name, tables[name], mask)
            log += action(name, "rests on hidden rows", mask)
    followed, actions, lost = blank_following(released, links, gone)
    released |= followed
    gone |= lost
    log += actions
    if resting(links, "criteria", gone) or any(key.startswith("criteria:") for key in gone):
        ranked, actions = round_ranks(released, terms.secret)
        released |= ranked
        log += actions
    for name, rule, hide in _patterns(hidden, released.get("estimates"), terms):
        if name in tables:
            released[name], mask = hide(tables[name])
            gone |= _keys(name, tables[name], mask)
            log += action(name, rule, mask)
    for name, soften in _sums(hidden, tables.get("estimates"), terms):
        if name in tables:
            released[name], actions = soften(tables[name])
            log += actions
    traced, actions = _traced(tables, frozenset(gone), _counted(released), terms)
    told = {name: marked(tables[name], frame) for name, frame in released.items() if name not in TOLD_OTHERWISE}
    return released | told | traced, log + actions, frozenset(gone)


def marked(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """A table with `withheld`: which figures of a row are hidden, `;` between them; other empty cells are no data."""
    names = [name for name in after.columns if name in before.columns and name != "withheld"]
    gone = {name: before[name].is_not_null() & after[name].is_null() for name in names}
    said = [pl.when(pl.lit(mask)).then(pl.lit(name)) for name, mask in gone.items() if mask.any()]
    words = pl.concat_str(said, separator=";", ignore_nulls=True) if said else pl.lit("")
    return after.with_columns(words.fill_null("").alias("withheld"))


def _patterns(
    hidden: pl.DataFrame, estimates: pl.DataFrame | None, terms: Terms
) -> tuple[tuple[str, str, Callable[[pl.DataFrame], tuple[pl.DataFrame, pl.Series]]], ...]:
    """Tables of which rows are blanked, by which rule and how."""
    return (
        ("clusters", "rests on hidden counts", lambda frame: _clusters(frame, hidden, terms)),
        ("near_repeats", "few pairs", lambda frame: _near_repeats(frame, estimates, terms)),
        ("series", "rests on hidden counts", lambda frame: release_series(frame, estimates, terms.city, terms.base)),
        ("changes", "rests on hidden counts", lambda frame: release_compared(frame, estimates)),
        ("denominators", "rests on hidden counts", lambda frame: release_compared(frame, estimates)),
    )


def _sums(
    hidden: pl.DataFrame, estimates: pl.DataFrame | None, terms: Terms
) -> tuple[tuple[str, Callable[[pl.DataFrame], tuple[pl.DataFrame, list[Action]]]], ...]:
    """Tables of which whole cross-sections are blanked or rounded, with their log."""
    places, city, base, limit = terms.places, terms.city, terms.base, terms.limit
    return (
        ("concentration", lambda frame: release_concentration(frame, hidden, places, city, base)),
        ("harm", lambda frame: release_harm(frame, estimates, city, limit)),
    )


def _traced(
    tables: dict[str, pl.DataFrame], gone: frozenset[str], counted: frozenset[str], terms: Terms
) -> tuple[dict[str, pl.DataFrame], list[Action]]:
    """Lineage, sources, checks: no rows of few records, no digest that a small file could be tried against."""
    made: dict[str, pl.DataFrame] = {}
    log: list[Action] = []
    if "lineage" in tables:
        made["lineage"], mask = release_lineage(tables["lineage"], gone, counted, terms.base)
        log += action("lineage", "row numbers of few records", mask)
    if "sources" in tables:
        made["sources"], mask = release_sources(tables["sources"], terms.secret, terms.base)
        log += action("sources", "n rounded", mask)
        if "lineage" in tables:
            made["lineage"] = keyed_lineage(made["lineage"], tables["sources"], terms.secret)
    if "quality" in tables:
        made["quality"], mask = release_quality(tables["quality"], terms.base)
        log += action("quality", "n rounded", mask)
    return made, log


def _shaped(
    name: str, frame: pl.DataFrame, hidden: pl.DataFrame, terms: Terms, links: pl.DataFrame, gone: set[str]
) -> tuple[pl.DataFrame, list[Action], set[str]]:  # fmt: skip
    """A table with rows on few events and rows on hidden rows blanked, its log, and the keys of blanked rows."""
    shown, mask, rounded = _hide(name, frame, hidden, terms)
    lost = gone | _keys(name, frame, mask)
    softened: list[Action] = []
    if name == "criteria":
        shown, also, softened = release_criteria(shown, links, lost, terms.base, terms.secret)
        shown, few = _of_few(name, shown, hidden, links, terms.city)
        also = also | few
    elif name in _BY_LINEAGE:
        shown, also = blank_resting(name, shown, _SHAPES[name].blank, links, lost)
        if name in MIXED:
            shown, softened = round_means(name, shown, mask | also, terms.secret)
    else:
        also = mask
    rules = (("small count", mask), ("rests on hidden rows", also & ~mask), ("n rounded", rounded & ~also))
    log = [entry for rule, rows in rules for entry in action(name, rule, rows)]
    return shown, log + softened, _keys(name, frame, mask | also)


def _counted(released: dict[str, pl.DataFrame]) -> frozenset[str]:
    """Keys of the estimates that are shown counts."""
    if "estimates" not in released:
        return frozenset()
    return frozenset(released["estimates"].drop_nulls("numerator").select(key_column("estimates")).to_series())


def _keys(name: str, frame: pl.DataFrame, mask: pl.Series) -> set[str]:
    return set(frame.filter(mask).select(key_column(name)).to_series().to_list())


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


def _of_few(
    name: str, frame: pl.DataFrame, hidden: pl.DataFrame, links: pl.DataFrame, city: str
) -> tuple[pl.DataFrame, pl.Series]:
    """Rows that rest on an estimate of few persons in their own area, blanked, and which they are."""
    shape = _SHAPES[name]
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
    columns = ("harm_averted", "harm_low", "harm_high")
    links = tables.get("lineage", TABLES["lineage"].frame())
    frame, mask = blank_resting("options", tables["options"], columns, links, gone)
    criteria = tables.get("criteria", TABLES["criteria"].frame()).filter(pl.col("criterion") == "burden")
    few = set(criteria.filter(key_column("criteria").is_in(list(gone)))["problem"].to_list())
    also = frame["problem"].is_in(list(few)) & frame["harm_averted"].is_not_null()
    return frame.with_columns(pl.when(~also).then(pl.col(c)).alias(c) for c in columns), mask | also


def _group_ranks(tables: dict[str, pl.DataFrame], gone: set[str]) -> tuple[pl.DataFrame, pl.Series]:
    frame = tables["group_ranks"]
    judgements = tables.get("judgements", TABLES["judgements"].frame())
    few = set(judgements.filter(key_column("judgements").is_in(list(gone)))["group"].to_list())
    mask = frame["group"].is_in(list(few))
    return frame.with_columns(pl.when(~mask).then(pl.col(c)).alias(c) for c in ("rank", "low", "high")), mask


def _clusters(frame: pl.DataFrame, hidden: pl.DataFrame, terms: Terms) -> tuple[pl.DataFrame, pl.Series]:
    """Only the kind leaves: the statistic is linear in the counts of the neighbours and would give them back.

    An area whose own count is hidden keeps its kind to itself. The city's statistic is made of all areas: it keeps two
    digits where many of them are hidden, and does not leave where few are, or the city itself.
    """
    where = ("indicator", "period_start", "period_end")
    counts = hidden_counts(hidden, terms.city)
    own, mixed, few = [], [], []
    for indicator, start, end, area, geography in frame.select(*where, "area", "geography").iter_rows():
        there = counts.get((indicator, str(start), str(end)), {})
        inside = there.keys() & terms.places.get(geography, there.keys())
        own.append(area in there)
        few.append(area == terms.city and (area in there or 0 < len(inside) < FEW))
        mixed.append(area == terms.city and bool(inside))
    mask = pl.Series(own, dtype=pl.Boolean) | pl.Series(few, dtype=pl.Boolean)
    city, coarse = pl.col("area") == terms.city, pl.Series(mixed, dtype=pl.Boolean)
    numbers = [
        pl.when(city & ~mask).then(pl.when(coarse).then(pl.col(name).round(2)).otherwise(name)).alias(name)
        for name in ("statistic", "p_value", "q_value")
    ]
    return frame.with_columns(*numbers, pl.when(~mask).then("kind").alias("kind")), mask


def _near_repeats(frame: pl.DataFrame, estimates: pl.DataFrame | None, terms: Terms) -> tuple[pl.DataFrame, pl.Series]:
    """Bands with few pairs are blanked: a pair is two events at one place in one week; all where the city is hidden."""
    when = ["indicator", "period_start", "period_end"]
    own = TABLES["estimates"].frame() if estimates is None else estimates
    city = own.filter((pl.col("area") == terms.city) & (pl.col("group") == "")).drop_nulls("numerator")
    marked = city.select(when).unique().with_columns(pl.lit(value=True).alias("told"))
    told = frame.select(when).join(marked, on=when, how="left", maintain_order="left")["told"].fill_null(value=False)
    mask = (frame["observed"] < terms.base).fill_null(value=False) | ~told
    names = ("observed", "expected", "chance_low", "chance_high", "ratio", "p_value")
    blanked = [pl.when(~mask).then(pl.col(name)).alias(name) for name in names]
    return frame.with_columns(*blanked, pl.when(told).then("events").alias("events")), mask
