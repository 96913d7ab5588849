"""What changed, and by how much a rate hangs on what it is divided by."""

from typing import Any, Final

import polars as pl

from salus.report.desk import Desk
from salus.report.pictures import Picture, intervals
from salus.report.words import msg

_FEWEST_AREAS: Final = 10
_APART: Final = 1.02
_AGAINST: Final = {
    "year_before": msg("against the year before"),
    "first_year": msg("against the first year"),
}
_READING: Final = {
    "more": msg("more"), "fewer": msg("fewer"), "not_told": msg("cannot be told from chance"),
    "hidden": msg("hidden (small count)"),
}  # fmt: skip
_NOTE: Final = msg(
    "Recorded rates of %(year)s as a multiple of the earlier year; left of 1 is fewer. An interval that crosses 1"
    " cannot be told from chance. It allows for months that vary more than chance. Records change with reporting and"
    " recording too."
)
_AREAS: Final = msg(
    "%(later)s against %(earlier)s, of %(tested)s areas with enough events: fewer in %(fewer)s, more in %(more)s, not"
    " told from chance in the others (at most 5 %% false ones among those named)."
)
_RESIDENTS: Final = "residents"
_OTHER: Final = msg("Divided by %(persons)s %(basis)s (%(by)s) it is %(figure)s per %(per)s of them a year.")
_BASES: Final = msg(
    "Depending on whom one divides by (%(figures)s), the city's rate lies between %(low)s and %(high)s %(unit)s."
)


def changes(desk: Desk, wanted: list[str]) -> list[Picture]:
    """One chart of the city's changes for the first problems, with its table; empty without two years."""
    words = desk.words
    city = desk.table("changes").filter(pl.col("area") == desk.city.scope.area)
    rows = [
        row
        for name in wanted
        for row in city.filter(pl.col("indicator") == name).sort("against", descending=True).to_dicts()
    ]
    drawn = [
        {"name": _name(desk, row), "x": row["ratio"], "low": row["low"], "high": row["high"]}
        for row in rows if row["ratio"] is not None and row["high"] is not None
    ]  # fmt: skip
    if not drawn:
        return []
    x_title = words.translate(msg("Times the earlier rate"))
    uri = intervals(drawn, x="x", low="low", high="high", label="name", x_title=x_title, at=1.0)
    header = tuple(
        words.translate(h)
        for h in (msg("Indicator"), msg("Times the earlier rate (95 % interval)"), msg("Reading"), msg("Grade"))
    )
    table = tuple(
        (_name(desk, row), _figure(desk, row), words.translate(_READING[row["state"]]), words.grade(row["grade"]))
        for row in rows
    )
    note = words.translate(_NOTE) % {"year": max(row["period_end"] for row in rows).year}
    title = words.translate(msg("What changed in the city's records"))
    return [Picture("changes", title, f"{title}: {table[0][0]} {table[0][1]}.", note, uri, header, table)]


def area_note(desk: Desk, indicator: str) -> str:
    """In how many areas an indicator's rate changed; empty where none was tested."""
    rows = desk.table("changes").filter(
        (pl.col("indicator") == indicator) & (pl.col("against") == "earlier_part")
        & (pl.col("area") != desk.city.scope.area) & (pl.col("state") != "hidden")
    )  # fmt: skip
    if rows.height < _FEWEST_AREAS:
        return ""
    words, first = desk.words, rows.row(0, named=True)
    counts = {state: rows.filter(pl.col("state") == state).height for state in ("fewer", "more")}
    return words.translate(_AREAS) % {
        "later": words.years(first["period_start"], first["period_end"]),
        "earlier": words.years(first["before_start"], first["before_end"]),
        "tested": words.number(rows.height), **{state: words.number(n) for state, n in counts.items()},
    }  # fmt: skip


def base_note(desk: Desk, indicator: str) -> str:
    """Between which numbers a city rate lies by all counts of residents, and what it is by other bases; else empty."""
    words = desk.words
    known = desk.table("denominators").filter(pl.col("indicator") == indicator).drop_nulls("value").to_dicts()
    rows = [row for row in known if row["basis"] == _RESIDENTS]
    values, said = [row["value"] for row in rows], []
    if values and max(values) >= _APART * min(values):
        named = ((words.number(row["persons"]), words.translate(row["basis"]), _by(desk, row["by"])) for row in rows)
        said.append(
            words.translate(_BASES) % {
                "figures": "; ".join(f"{persons} {basis}, {by}" for persons, basis, by in named),
                "low": words.number(min(values)), "high": words.number(max(values)),
                "unit": words.translate(desk.pack.indicator(indicator).unit),
            }
        )  # fmt: skip
    said += [
        words.translate(_OTHER) % {
            "figure": words.figure(row), "persons": words.number(row["persons"]),
            "basis": words.translate(row["basis"]), "by": _by(desk, row["by"]),
            "per": words.number(desk.pack.indicator(indicator).per),
        }
        for row in known if row["basis"] != _RESIDENTS
    ]  # fmt: skip
    return " ".join(said)


def bases(desk: Desk, wanted: list[str]) -> list[str]:
    """The same for a city without maps, each with its indicator's name."""
    found = ((desk.indicators[name], base_note(desk, name)) for name in wanted)
    return [f"{name}: {note}" for name, note in found if note]


def _by(desk: Desk, name: str) -> str:
    vintage = name.removeprefix("sum over ")
    if vintage == name:
        return name
    return desk.words.translate(msg("sum over %(vintage)s")) % {"vintage": vintage}


def _name(desk: Desk, row: dict[str, Any]) -> str:
    return f"{desk.indicators[row['indicator']]}, {desk.words.translate(_AGAINST[row['against']])}"


def _figure(desk: Desk, row: dict[str, Any]) -> str:
    if row["ratio"] is None:
        return desk.words.translate("hidden (small count)" if row["state"] == "hidden" else "no data")
    return f"{desk.words.number(row['ratio'])} ({desk.words.span(row['low'], row['high'])})"
