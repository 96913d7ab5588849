"""The one gate: what of a run may leave the workspace, with small counts and their traces hidden.

A release is made here and nowhere else. Records, draws and unknown tables are refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from salus.disclosure.additive import Attacker, Cells, Mask, regions
from salus.disclosure.derived import Terms, release_derived
from salus.disclosure.earlier import HELD, Memory, hidden_before, key_of, reach, remember, shown_before, still_few
from salus.disclosure.nesting import Count, Key, Ledger, Nesting, ledger
from salus.disclosure.protect import Choice, protect
from salus.disclosure.units import stated_units, stated_whole
from salus.errors import BadInput, Withheld
from salus.model.tables import TABLES, UNITS, key_column

HIDDEN: Final = "hidden"
NO_DATA: Final = "no data"
ZERO: Final = "zero"
SHOWN: Final = "shown"
FEW: Final = "few persons"
CHANGED: Final = frozenset({"n rounded", "row numbers of few records", "revision held back"})
_WIDER = 3
_SLACK = 1e-6
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


@dataclass(frozen=True)
class _Limits:
    indicators: frozenset[str]
    groups: frozenset[str]
    threshold: int
    protected: int

    def of(self, indicator: str, group: str) -> int:
        strict = indicator in self.indicators or group in self.groups
        return max(self.protected, self.threshold) if strict else self.threshold


def release_tables(
    tables: Mapping[str, pl.DataFrame],
    pack_protected_indicators: frozenset[str],
    *,
    threshold: int = 5,
    protected_threshold: int = 10,
    protected_groups: frozenset[str] = frozenset(),
    nesting: Nesting | None = None,
    earlier: Sequence[pl.DataFrame] = (),
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
    flagged `as_released_before`.

    >>> from salus.model.tables import TABLES
    >>> release_tables({"estimates": TABLES["estimates"].frame()}, frozenset()).log.height
    0
    """
    _refuse_unknown(tables)
    if threshold < 3:
        raise BadInput(f"A threshold of {threshold} protects nobody", where="release_tables", remedy="use 3 or more")
    limits = _Limits(pack_protected_indicators, protected_groups, threshold, protected_threshold)
    released = dict(tables)
    log: list[tuple[str, str, int, float]] = []
    hidden = pl.DataFrame()
    if "estimates" in tables:
        estimates = tables["estimates"]
        judged = _judge(estimates, limits, _checked_nesting(estimates, nesting), _public_sources(tables), earlier)
        log += [("estimates", *entry) for entry in _logged(judged)]
        released["estimates"] = _repeat(_with_status(estimates, judged.rules), judged.held)
        few = (judged.rules == FEW).fill_null(value=False)
        hidden = estimates.with_columns(few.alias("few")).filter(judged.rules.is_not_null())
    city = nesting.city if nesting else ""
    places = nesting.geographies if nesting else {}
    terms = Terms(city, limits.of, base=max(threshold, protected_threshold), places=places)
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
    limits: _Limits,
    nesting: Nesting,
    public: frozenset[str],
    earlier: Sequence[pl.DataFrame],
) -> _Judged:
    rows = estimates.to_dicts()
    rules: list[str | None] = [_small_base(row, limits, public) for row in rows]
    counted = [i for i, row in enumerate(rows) if row["numerator"] is not None]
    before = shown_before(earlier)
    buried = [_count(row, limits) for row in hidden_before(earlier, before)]
    counts = still_few([_count(rows[i], limits) for i in counted], buried)
    memory = remember(counts, before, _past(before, limits), buried)
    book = ledger(list(memory.counts), nesting)
    first, final, given_away = _hidden_cells(book, memory)
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


def _past(before: Mapping[Key, Mapping[float, dict[str, Any]]], limits: _Limits) -> list[Count]:
    """The counts that earlier releases showed, the latest figure of each."""
    return [_count(list(figures.values())[-1], limits) for figures in before.values()]


def _checked_nesting(estimates: pl.DataFrame, nesting: Nesting | None) -> Nesting:
    if nesting is None and estimates["area"].n_unique() > 1:
        raise Withheld(
            "Estimates of several areas without saying which areas make up which",
            where="release_tables",
            remedy="give nesting=Nesting(city, geographies): sums over areas could give hidden counts away",
        )
    return nesting or Nesting(city=str(estimates["area"][0]) if estimates.height else "")


def _small_base(row: dict[str, object], limits: _Limits, public: frozenset[str]) -> str | None:
    """A figure without a count rests on n answers; a public source has published it already."""
    if row["numerator"] is not None or row["n"] is None or row["source"] in public:
        return None
    small = 0 < float(str(row["n"])) < limits.of(str(row["indicator"]), str(row["group"]))
    return "small count" if small else None


def _count(row: dict[str, object], limits: _Limits) -> Count:
    value, whole = float(str(row["numerator"])), row["denominator"]
    group = str(row["group"] or "")
    key = (
        (str(row["indicator"]), group),
        str(row["area"]),
        row["period_start"],
        row["period_end"],
        str(row["source"]),
    )
    share = "%" in str(row["unit"]) and whole is not None and float(str(whole)) >= value
    limit = limits.of(str(row["indicator"]), group)
    of = float(str(whole)) if share else None
    return Count(key, value, limit, of, stated_units(row), stated_whole(row))  # type: ignore[arg-type]


def _hidden_cells(book: Ledger, memory: Memory) -> tuple[Mask, Mask, int]:
    """Cells hidden for being small, all cells hidden in the end, and how many earlier releases give away."""
    values, size = book.system.values, book.system.values.size
    small = (values > 0) & (book.units < book.thresholds - _SLACK)
    told_before = _mask(size, (book.shown_by[i] for i in memory.known))
    # Shown before and small by today's rules: it stays out of this release, but its reader knows it.
    start = (small & ~told_before) | ~book.published | _mask(size, (book.shown_by[i] for i in memory.buried))
    start &= ~told_before
    least = np.where(book.published, np.fmin(1.0, values), 0.0)
    most = np.full(size, np.inf)
    held = np.zeros(size, dtype=bool)
    for i, figure in memory.held.items():
        cell = book.shown_by[i][0]
        if small[cell] or told_before[cell]:
            continue
        held[cell] = start[cell] = True
        least[cell], most[cell] = reach(figure, values[cell], book.thresholds[cell])
    cells = np.flatnonzero(small & ~told_before | held)
    need = np.where(held, 1.0, book.thresholds)[cells]
    reader = Attacker(least, most, cells, need)
    leaves = np.flatnonzero((small & ~told_before & ~book.is_whole) | held)
    limit = most.copy()
    # Who is told that few persons are behind a count knows no limit of their events.
    told_most = np.where(values < book.thresholds, np.fmax(book.thresholds - 1, values), np.inf)
    limit[leaves] = np.where(held, most, told_most)[leaves]
    told = Attacker(np.where(small, np.fmin(1.0, values), least), limit, leaves, np.ones(leaves.size))
    allowed = book.published & (values > 0) & ~start & ~told_before
    final, stuck = protect(book.system, (reader, told), Choice(start, allowed, values))
    for _ in range(_WIDER):
        if not stuck.size:
            break
        # Where all counts are tiny the zeros beside them are hidden too: only then may a hidden cell be a zero.
        near = _beside(book, final, stuck) & book.published
        floor = np.where(near, 0.0, least)
        weaker = tuple(Attacker(np.fmin(a.least, floor), a.most, a.cells, a.width) for a in (reader, told))
        start = final | (near & (values == 0) & ~told_before)
        final, stuck = protect(book.system, weaker, Choice(start, near & ~start & ~told_before, values))
        least = floor
    if stuck.size and not memory.known:
        raise Withheld(
            f"{stuck.size} small counts could be worked out whatever else is hidden",
            where="release_tables",
            remedy="leave out the finest groups or areas of these estimates and release again",
        )
    return small & book.published, final, int(stuck.size)


def _beside(book: Ledger, hidden: Mask, stuck: Cells) -> Mask:
    """All cells that share a sum with hidden ones that hang together with the stuck ones."""
    wanted = np.zeros(hidden.size, dtype=bool)
    wanted[stuck] = True
    everybody = Attacker(np.zeros(hidden.size), np.full(hidden.size, np.inf), stuck, np.zeros(stuck.size))
    inside = wanted.copy()
    for region in regions(book.system, everybody, hidden | wanted, holding=wanted):
        inside[region.cells] = True
    pattern = abs(book.system.sums)
    touched = pattern @ inside.astype(float) > 0
    return np.asarray(inside | (pattern.T @ touched.astype(float) > 0))


def _mask(size: int, positions: Iterable[tuple[int, ...]]) -> Mask:
    mask = np.zeros(size, dtype=bool)
    mask[[cell for cells in positions for cell in cells]] = True
    return mask


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
