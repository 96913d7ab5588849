"""The one gate: what of a run may leave the workspace, with small counts and their traces hidden.

A release is made here and nowhere else. Records, draws and unknown tables are refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from salus.disclosure.counts import Count, Key, Nesting
from salus.disclosure.derived import Terms, marked, release_derived
from salus.disclosure.earlier import HELD, hidden_before, key_of, remember, shown_before, still_few
from salus.disclosure.hidden import hidden_cells
from salus.disclosure.limits import Limits, count_of
from salus.disclosure.nesting import Ledger, ledger
from salus.disclosure.smoothed import release_smoothed
from salus.errors import BadInput, Withheld
from salus.model.tables import TABLES, UNITS, key_column

HIDDEN: Final = "hidden"
NO_DATA: Final = "no data"
ZERO: Final = "zero"
SHOWN: Final = "shown"
FEW: Final = "few persons"
CHANGED: Final = frozenset(
    {
        "n rounded",
        "figures rounded",
        "smoothed again from shown counts",
        "row numbers of few records",
        "revision held back",
    }
)
_BLANKED = ("value", "low", "high", "n", "numerator", "p1", "p2", "p3")
_REPEATED = (*_BLANKED, "denominator", "unit", "grade", "method", "family", "factor", "loading")
_LOG = {"table": pl.String(), "rule": pl.String(), "hidden": pl.Int64(), "share": pl.Float64()}


@dataclass(frozen=True)
class Released:
    """Tables fit to leave the workspace, and one `log` row for each action: rule, rows hidden, their share.

    The log is for the analyst; it tells how much information the release costs. `hidden_keys`: the rows
    (as `row_key` names them) that are hidden, for texts that are made from them.
    """

    tables: dict[str, pl.DataFrame]
    log: pl.DataFrame
    hidden_keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Judged:
    """The rule that hides each row of estimates, null where it is shown, and rows that repeat earlier figures."""

    rules: pl.Series
    held: dict[int, dict[str, Any]]
    given_away: int


def release_tables(  # noqa: PLR0913 - what readers know, what is hidden from them, and the secret, each for itself
    tables: Mapping[str, pl.DataFrame],
    pack_protected_indicators: frozenset[str],
    *,
    threshold: int = 5,
    protected_threshold: int = 10,
    protected_groups: frozenset[str] = frozenset(),
    nesting: Nesting | None = None,
    earlier: Sequence[pl.DataFrame] = (),
    secret: bytes = b"",
) -> Released:
    """Tables of a run as they may be published: small counts hidden, and what would give them away.

    A count of events that fewer than `threshold` persons suffered (`units`; where it is null each event is one) is
    hidden with its whole row, because a rate with a known denominator or a smoothed value gives it back;
    `protected_threshold` holds for protected indicators and for `protected_groups` (groups such as `iccs:0301`, and
    themes, problems and flows of derived tables). Further rows are hidden, smallest first, until no hidden count can be
    derived from sums over areas, periods and groups (`nesting`, needed as soon as there is more than one area).
    `estimates` gets a column `status`: shown, zero, hidden or no data, and loses those about persons (`UNITS`).

    `earlier`: the tables `estimates` of all earlier releases, oldest first, hidden rows with the counts they hid
    where those are kept: they stay to be protected. What was shown counts as known: it is never hidden to protect
    something else, and sums with it are part of the attack. A figure revised by less than the threshold, or whose
    new value would give a hidden one away, is repeated as it was,
    flagged `as_released_before`. `secret` blurs which of several near counts is hidden for others, and moves the edges
    of rounding in tables that hidden counts are mixed into; without it both are known, and trying counts may tell
    a few.

    >>> from salus.model.tables import TABLES
    >>> release_tables({"estimates": TABLES["estimates"].frame()}, frozenset()).log.height
    0
    """
    _refuse_unknown(tables)
    if threshold < 3:
        raise BadInput(f"A threshold of {threshold} protects nobody", where="release_tables", remedy="use 3 or more")
    limits = Limits(threshold, protected_threshold, pack_protected_indicators, protected_groups)
    released = dict(tables)
    log: list[tuple[str, str, int, float]] = []
    hidden = pl.DataFrame()
    if "estimates" in tables:
        estimates = tables["estimates"]
        checked, public = _checked_nesting(estimates, nesting), _public_sources(tables)
        judged = _judge(estimates, limits, checked, public, earlier, secret)
        log += [("estimates", *entry) for entry in _logged(judged)]
        released["estimates"] = _repeat(_with_status(estimates, judged.rules), judged.held)
        few = (judged.rules == FEW).fill_null(value=False)
        hidden = estimates.with_columns(few.alias("few")).filter(judged.rules.is_not_null())
        if nesting is not None:
            places, city = nesting.geographies, nesting.city
            released["estimates"], smoothed = release_smoothed(released["estimates"], places, city, secret)
            log += smoothed
        released["estimates"] = marked(estimates, released["estimates"])
    city = nesting.city if nesting else ""
    places = nesting.geographies if nesting else {}
    terms = Terms(city, limits.of, base=max(threshold, protected_threshold), places=places, secret=secret)
    derived, actions, gone = release_derived(released, _hidden_counts(hidden), terms)
    return Released(derived, pl.DataFrame(log + actions, schema=_LOG, orient="row"), gone)


def shown_number(value: float | None, status: str) -> str:
    """How a number is shown: digits, '0', 'hidden' or 'no data', never one for another.

    The words are tokens that the report translates.

    >>> [shown_number(None, "hidden"), shown_number(None, "no data"), shown_number(0.0, "zero")]
    ['hidden', 'no data', '0']
    >>> shown_number(12.345, "shown")
    '12.345'
    """
    if status in {HIDDEN, NO_DATA}:
        return status
    if status not in {ZERO, SHOWN}:
        raise BadInput(f"Unknown status '{status}'", where="shown_number", remedy="see Released.tables")
    if value is None:
        return "0" if status == ZERO else NO_DATA
    return "0" if value == 0 else f"{value:.6g}"


def _refuse_unknown(tables: Mapping[str, pl.DataFrame]) -> None:
    unknown = sorted(set(tables) - set(TABLES))
    if unknown:
        raise Withheld(
            f"Not among the tables that may be released: {', '.join(unknown)}",
            where="release_tables",
            remedy="release only the tables in salus.model.tables; records and draws stay in the workspace",
        )


def _public_sources(tables: Mapping[str, pl.DataFrame]) -> frozenset[str]:
    if "sources" not in tables:
        return frozenset()
    return frozenset(tables["sources"].filter(pl.col("tier") == "public")["source"].to_list())


def _judge(
    estimates: pl.DataFrame,
    limits: Limits,
    nesting: Nesting,
    public: frozenset[str],
    earlier: Sequence[pl.DataFrame],
    secret: bytes,
) -> _Judged:
    rows = estimates.to_dicts()
    rules: list[str | None] = [_small_base(row, limits, public) for row in rows]
    counted = [i for i, row in enumerate(rows) if row["numerator"] is not None]
    before = shown_before(earlier)
    buried = [count_of(row, limits) for row in hidden_before(earlier, before)]
    counts = still_few([count_of(rows[i], limits) for i in counted], buried)
    memory = remember(counts, before, _past(before, limits), buried)
    book = ledger(list(memory.counts), nesting)
    first, final, given_away = hidden_cells(book, memory, secret)
    held: dict[int, dict[str, Any]] = {}
    for position, (i, cells) in enumerate(zip(counted, book.shown_by, strict=False)):
        if any(first[cell] for cell in cells):
            rules[i] = _why_small(book, cells)
        elif position in memory.held:
            held[i] = before[key_of(rows[i])][memory.held[position]]
        elif any(final[cell] for cell in cells):
            if position in memory.revised:
                held[i] = list(before[key_of(rows[i])].values())[-1]
            else:
                rules[i] = "subtraction"
    return _Judged(pl.Series("rule", rules, dtype=pl.String), held, given_away)


def _why_small(book: Ledger, cells: Iterable[int]) -> str:
    events = book.system.values
    return "small count" if any(0 < events[c] < book.thresholds[c] for c in cells) else FEW


def _past(before: Mapping[Key, Mapping[float, dict[str, Any]]], limits: Limits) -> list[Count]:
    """The counts that earlier releases showed, the latest figure of each last."""
    return [count_of(row, limits) for figures in before.values() for row in figures.values()]


def _checked_nesting(estimates: pl.DataFrame, nesting: Nesting | None) -> Nesting:
    if nesting is None and estimates["area"].n_unique() > 1:
        raise Withheld(
            "Estimates of several areas without saying which areas make up which",
            where="release_tables",
            remedy="give nesting=Nesting(city, geographies): sums over areas could give hidden counts away",
        )
    return nesting or Nesting(city=str(estimates["area"][0]) if estimates.height else "")


def _small_base(row: dict[str, object], limits: Limits, public: frozenset[str]) -> str | None:
    """A figure without a count rests on n answers; a public source has published it already."""
    if row["numerator"] is not None or row["n"] is None or row["source"] in public:
        return None
    small = 0 < float(str(row["n"])) < limits.of(str(row["indicator"]), str(row["group"]))
    return "small count" if small else None


def _logged(judged: _Judged) -> list[tuple[str, int, float]]:
    found = judged.rules.drop_nulls().value_counts().sort("rule")
    size = judged.rules.len()
    entries = [(rule, count, count / size) for rule, count in found.iter_rows()]
    other = (("revision held back", len(judged.held)), ("given away by earlier releases", judged.given_away))
    return entries + [(rule, count, count / size) for rule, count in other if count]


def _repeat(frame: pl.DataFrame, held: Mapping[int, Mapping[str, Any]]) -> pl.DataFrame:
    """The figures of earlier releases in the rows that were revised by too little to tell."""
    if not held:
        return frame
    rows = frame.to_dicts()
    for position, before in held.items():
        flags = ";".join(dict.fromkeys([*filter(None, str(before["flags"] or "").split(";")), HELD]))
        rows[position] |= {name: before[name] for name in (*_REPEATED, "status")} | {"flags": flags}
    return pl.DataFrame(rows, schema=frame.schema)


def _with_status(estimates: pl.DataFrame, rules: pl.Series) -> pl.DataFrame:
    hidden = rules.is_not_null()
    no_data = (pl.col("grade") == "none") | (pl.col("value").is_null() & pl.col("numerator").is_null())
    zero = pl.coalesce("numerator", "value") == 0
    share = pl.col("unit").str.contains("%", literal=True)
    status = (
        pl.when(hidden)
        .then(pl.lit(HIDDEN))
        .when(no_data)
        .then(pl.lit(NO_DATA))
        .when(zero)
        .then(pl.lit(ZERO))
        .otherwise(pl.lit(SHOWN))
    )
    return estimates.with_columns(
        *(pl.when(~hidden).then(pl.col(name)).alias(name) for name in _BLANKED),
        pl.when(~(hidden & share)).then(pl.col("denominator")).alias("denominator"),
        status.alias("status"),
    ).drop(*UNITS, strict=False)


def _hidden_counts(hidden: pl.DataFrame) -> pl.DataFrame:
    """Area, count and row key of hidden estimates, and if for few persons: for the tables made from them."""
    if hidden.is_empty():
        return pl.DataFrame(schema={"area": pl.String, "n": pl.Float64, "key": pl.String, "few": pl.Boolean})
    return hidden.select("area", pl.coalesce("numerator", "n").alias("n"), key_column("estimates"), "few")
