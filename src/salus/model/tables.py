"""The tables of a run: which columns each has, in which unit, and which columns name a row.

They are the documented, stable export of Salus (`design.md` section 3). Columns and tables are
added, never renamed. `illustrative` marks rows that rest on invented example answers.
"""

from typing import Final

import polars as pl

from salus.model.pattern_tables import PATTERN_TABLES
from salus.model.table import DAY as _D
from salus.model.table import NUMBER as _F
from salus.model.table import TEXT as _S
from salus.model.table import WHOLE as _I
from salus.model.table import YES as _B
from salus.model.table import Table
from salus.model.word_tables import WORD_TABLES

SCHEMA_VERSION: Final = "1"
UNITS: Final = ("units", "units_apart", "units_most", "units_of")
"""Columns of `estimates` about the persons behind a count; no release holds them."""


def row_key(table: str, row: dict[str, object]) -> str:
    """The text that names a row in `lineage.parquet` and in `salus trail RUN REF`.

    >>> row_key("profile", {"area": "a1", "theme": "drugs", "dimension": "risk"})
    'profile:a1|drugs|risk'
    """
    values = (row[name] for name in TABLES[table].key)
    parts = ("" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values)
    return f"{table}:" + "|".join(parts)


def key_column(table: str) -> pl.Expr:
    """`row_key` as a column expression named `key`."""
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in TABLES[table].key]
    return pl.concat_str([pl.lit(f"{table}:"), pl.concat_str(parts, separator="|")]).alias("key")


_DEFINED = (
    Table(
        "sources",
        "One source of evidence, as received.",
        ("source", "file"),
        {
            "source": _S,
            "file": _S,
            "sha256": _S,
            "rows": _I,
            "period": _S,
            "publisher": _S,
            "licence": _S,
            "tier": _S,
            "grade": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "quality",
        "One check on a source: what was found and what to do about it. `share` is of the source's rows.",
        ("source", "check"),
        {
            "source": _S,
            "check": _S,
            "severity": _S,
            "count": _I,
            "share": _F,
            "message": _S,
            "remedy": _S,
            "phrase": _S,
        },
    ),
    Table(
        "estimates",
        "One indicator for one area, group and period with 95 % interval (low, high), n behind it, and the"
        " distribution its draws come from (family, p1, p2, p3; factor and loading for shared error). How many persons"
        " the numerator speaks of is internal and in no release: `units` (null: each event stands for itself),"
        " `units_apart` (a part of them that adds up), `units_most` (events of the offender with most), and for a share"
        " `units_of` (the fewest persons behind its denominator, or behind what the numerator leaves of it).",
        ("indicator", "area", "group", "period_start", "period_end", "source"),
        {
            "indicator": _S,
            "area": _S,
            "group": _S,
            "period_start": _D,
            "period_end": _D,
            "value": _F,
            "low": _F,
            "high": _F,
            "n": _F,
            "numerator": _F,
            "denominator": _F,
            "unit": _S,
            "direction": _S,
            "grade": _S,
            "method": _S,
            "family": _S,
            "p1": _F,
            "p2": _F,
            "p3": _F,
            "factor": _S,
            "loading": _F,
            "flags": _S,
            "source": _S,
            "illustrative": _B,
            **dict.fromkeys(UNITS, _F),
        },
    ),
    Table(
        "triangulation",
        "What each source says on one question, and whether it agrees with the others.",
        ("question", "source"),
        {"question": _S, "source": _S, "answer": _S, "grade": _S, "agrees": _B, "estimate": _S},
    ),
    Table(
        "flows",
        "One illicit flow between two places. Quantities are null where only presence is known.",
        ("commodity", "origin", "destination", "kind", "period"),
        {
            "commodity": _S,
            "origin": _S,
            "destination": _S,
            "period": _S,
            "kind": _S,
            "quantity": _F,
            "unit": _S,
            "low": _F,
            "high": _F,
            "grade": _S,
            "tier": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "nexus",
        "Where an illicit flow meets vulnerability and weak protection: exposure 0-100 (higher is worse) ="
        " pressure x vulnerability x (100 - protection) / 10,000. A hypothesis, never proof of cause.",
        ("flow", "area", "illustrative"),
        {
            "flow": _S,
            "area": _S,
            "pressure": _F,
            "vulnerability": _F,
            "protection": _F,
            "exposure": _F,
            "low": _F,
            "high": _F,
            "grade": _S,
            "status": _S,
            "n": _F,
            "illustrative": _B,
        },
    ),
    Table(
        "gaps",
        "One governance function at one level and institution: legal authority, capacity and exercise (0-5)"
        " and their gaps (0-1) against the pack's threshold. Null means not assessed.",
        ("function", "level", "institution", "illustrative"),
        {
            "function": _S,
            "level": _S,
            "institution": _S,
            "authority": _F,
            "capacity": _F,
            "capacity_mean": _F,
            "capacity_min": _F,
            "exercise": _F,
            "authority_gap": _F,
            "capacity_gap": _F,
            "exercise_gap": _F,
            "type": _S,
            "also": _S,
            "agreement": _F,
            "raters": _I,
            "legal_basis": _S,
            "verification": _S,
            "grade": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "leads",
        "Who leads a function, by the lead-level rule, for an intervention that needs `min_capacity` (0-5)."
        " `rule`: ready, build_capacity, enable, capacity_unknown or orphan.",
        ("function", "min_capacity", "illustrative"),
        {
            "function": _S,
            "min_capacity": _I,
            "level": _S,
            "institution": _S,
            "rule": _S,
            "authority": _F,
            "capacity": _F,
            "support": _S,
            "enabling": _S,
            "phrases": _S,
            "grade": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "profile",
        "Risk, vulnerability and capacity of one area for one theme, 0-100, higher is worse, 50 = the"
        " population-weighted middle of the assessed areas. `coverage`: share of the theme's indicators"
        " that have evidence there.",
        ("area", "theme", "dimension"),
        {
            "area": _S,
            "theme": _S,
            "dimension": _S,
            "score": _F,
            "low": _F,
            "high": _F,
            "coverage": _F,
            "n": _F,
            "grade": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "judgements",
        "The weight (0-1) a group of people gives a criterion, or its rating (0-100) of a problem.",
        ("group", "problem", "criterion"),
        {
            "group": _S,
            "problem": _S,
            "criterion": _S,
            "weight": _F,
            "people": _I,
            "represented": _I,
            "illustrative": _B,
        },
    ),
    Table(
        "criteria",
        "One problem on one criterion, 0-100, higher is worse; the basis of every ranking.",
        ("problem", "criterion", "illustrative"),
        {
            "problem": _S,
            "criterion": _S,
            "value": _F,
            "unit": _S,
            "score": _F,
            "low": _F,
            "high": _F,
            "n": _F,
            "grade": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "group_ranks",
        "The rank (1 = first) of a problem under one group's weights, with 90 % interval.",
        ("group", "problem"),
        {"group": _S, "problem": _S, "rank": _F, "low": _F, "high": _F, "illustrative": _B},
    ),
    Table(
        "priorities",
        "One problem: expected rank, 90 % rank interval, share of draws in which it is first and among the"
        " top five, and disagreement between groups (0 = none, 1 = complete; null = not asked).",
        ("problem", "illustrative"),
        {
            "problem": _S,
            "theme": _S,
            "areas": _S,
            "expected_rank": _F,
            "rank_low": _F,
            "rank_high": _F,
            "first_rank_acceptability": _F,
            "top_k_share": _F,
            "disagreement": _F,
            "grade": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "options",
        "One intervention for one problem. `effect` is a rate ratio on expected events (below 1 helps);"
        " null effect means: not quantified here. Harm averted is recorded events a year; costs are the"
        " city's currency a year, a band.",
        ("intervention", "problem", "illustrative"),
        {
            "intervention": _S,
            "problem": _S,
            "lead_level": _S,
            "lead": _S,
            "rule": _S,
            "feasible": _B,
            "blocked_by": _S,
            "unlock": _S,
            "effect": _F,
            "low": _F,
            "high": _F,
            "transfer_grade": _S,
            "harm_averted": _F,
            "harm_low": _F,
            "harm_high": _F,
            "cost_low": _F,
            "cost_high": _F,
            "verification": _S,
            "kind": _S,
            "grade": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "portfolio",
        "One option in one year of the plan: chosen or not, how often over the draws, and why.",
        ("intervention", "problem", "year", "illustrative"),
        {
            "intervention": _S,
            "problem": _S,
            "year": _I,
            "chosen": _B,
            "cost_low": _F,
            "cost_high": _F,
            "share_of_draws": _F,
            "reason": _S,
            "grade": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "steps",
        "One step that raises capacity or authority from one level to another, what it unlocks, and the"
        " benefit of that (weighted events a year).",
        ("function", "level", "institution", "kind", "illustrative"),
        {
            "function": _S,
            "level": _S,
            "institution": _S,
            "kind": _S,
            "from": _F,
            "to": _F,
            "unlocks": _S,
            "benefit": _F,
            "low": _F,
            "high": _F,
            "cost_low": _F,
            "cost_high": _F,
            "grade": _S,
            "illustrative": _B,
        },
    ),
    Table(
        "information_value",
        "A datum that is missing: what knowing it could change, how much, and what it would cost.",
        ("what",),
        {"what": _S, "changes": _S, "value": _F, "cost_band": _S, "criterion": _S, "problem": _S, "phrase": _S},
    ),
    Table(
        "lineage",
        "One output row rests on one input row; chains end in a source file with sha256 and row range.",
        ("table", "key", "from_table", "from_key"),
        {"table": _S, "key": _S, "from_table": _S, "from_key": _S},
    ),
)

TABLES: Final[dict[str, Table]] = {table.name: table for table in (*_DEFINED, *PATTERN_TABLES, *WORD_TABLES)}


def lineage(pairs: list[tuple[str, str, str, str]]) -> pl.DataFrame:
    """A lineage frame from (table, key, from_table, from_key), each pair once."""
    frame = pl.DataFrame(pairs, schema=TABLES["lineage"].columns, orient="row")
    return frame.unique(maintain_order=True)
