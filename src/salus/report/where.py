"""Maps and time: where the first problems are recorded, and when."""

from typing import Any

import polars as pl

from salus.report.changed import area_note, base_note
from salus.report.desk import MAIN_PROBLEMS, Desk
from salus.report.gathering import cluster_note, high_clusters, unmapped_note
from salus.report.maps import bands, choropleth
from salus.report.pictures import Picture, bars
from salus.report.words import msg

_MAPS = 4
_MONTHS = 3
_NOTE = msg(
    "Smoothed rates, %(period)s, source %(source)s, grade %(grade)s. Dotted: hidden for small counts (%(hidden)s"
    " areas). Hatched: no evidence (%(none)s). Pale: cannot be told from the city's rate (%(unsure)s). None of these"
    " means zero."
)
_DENSITY = msg(
    "Made from the shown counts of %(areas)s areas, not from places of events: each count lies evenly over its area and"
    " is smoothed over %(metres)s m, so it is no sharper than that. Hatched: %(holes)s areas that are hidden or without"
    " evidence. It shows where most is recorded, which is also where most people are; it names no street and is no plan"
    " for patrols."
)
_GEOCODING_CHECKS = ("geocoding_below_85", "geocoding_below_85_in_quarters")


def first_indicators(desk: Desk) -> list[Any]:
    """Main indicators of the first problems, from real evidence, that are recorded rates."""
    real = desk.view("priorities", illustrative=False).sort("expected_rank", nulls_last=True)
    problems = {p.id: p for p in desk.pack.problems}
    found: dict[str, Any] = {}
    for name in real["problem"]:
        indicator = desk.pack.indicator(problems[name].indicators[0])
        if indicator.measure == "recorded_rate" and not indicator.enforcement_driven:
            found.setdefault(indicator.id, indicator)
    return list(found.values())


_NO_MAP = msg("No map: the city has no areas, or too few rows could be placed (below 85 %).")
_NONE_LEAVES = msg("No map: the disclosure rules of the city let none leave. The tables hold what may be shown.")
_AREAS_ONLY = msg("No map of density: the disclosure rules of the city allow shaded areas only.")


def without_maps(desk: Desk, *, drawn: bool) -> str:
    """Why a report has no map, or no map of density beside those that are `drawn`; empty where nothing is left out."""
    if desk.maps == "none":
        return desk.words.translate(_NONE_LEAVES)
    if not drawn:
        return desk.words.translate(_NO_MAP)
    return desk.words.translate(_AREAS_ONLY) if desk.maps == "areas" else ""


def maps_withheld(desk: Desk) -> bool:
    """Maps are withheld where the city's rules let none leave, and where too few rows could be placed (below 85 %)."""
    if desk.maps == "none":
        return True
    bad = desk.table("quality").filter((pl.col("check").is_in(_GEOCODING_CHECKS)) & (pl.col("severity") == "warning"))
    return bad.height > 0


def areas(desk: Desk) -> list[Picture]:
    """Maps of the shown areas for the first problems with evidence by area; each with its table."""
    boundaries = desk.boundaries(desk.city.scope.shown)
    if boundaries is None or maps_withheld(desk):
        return []
    made = []
    for indicator in first_indicators(desk):
        rows = _whole_period(desk, indicator.id, boundaries)
        if rows.height >= boundaries.height // 2:
            made.append(_map(desk, indicator, rows, boundaries))
        if len(made) == _MAPS:
            break
    return made


def _map(desk: Desk, indicator: Any, rows: pl.DataFrame, boundaries: pl.DataFrame) -> Picture:
    words, names = desk.words, desk.area_names
    shown = rows.filter(pl.col("status") != "hidden").drop_nulls("value").sort("value", descending=True)
    values = dict(shown.select("area", "value").iter_rows())
    whole = _city_value(desk, indicator.id)
    unsure = shown.filter((pl.col("low") <= whole) & (pl.col("high") >= whole)) if whole is not None else shown.clear()
    hidden = rows.filter(pl.col("status") == "hidden")
    uri = choropleth(
        boundaries,
        values,
        legend=f"{words.translate(indicator.name)}, {words.translate(indicator.unit)}",
        hidden=frozenset(hidden["area"]),
        unsure=frozenset(unsure["area"]),
        ringed=high_clusters(desk, indicator.id),
    )
    table = tuple(
        (
            names.get(r["area"], r["area"]),
            words.figure(r),
            words.number(r["numerator"]),
            words.grade(r["grade"]),
        )
        for r in rows.sort("value", descending=True, nulls_last=True).to_dicts()
    )
    alt = words.translate(
        "Map of areas; the darkest have the highest smoothed rates. The table beside it holds every area."
    )
    note = words.translate(_NOTE) % {
        "period": words.years(desk.city.scope.start, desk.city.scope.end), "hidden": words.number(hidden.height),
        "none": words.number(boundaries.height - rows.height), "unsure": words.number(unsure.height),
        "source": str(rows["source"][0]), "grade": words.grade(str(rows["grade"][0])),
    }  # fmt: skip
    notes = (cluster_note(desk, indicator.id), area_note(desk, indicator.id), base_note(desk, indicator.id))
    note = " ".join(filter(None, (note, *notes, _few_residents(desk, rows), unmapped_note(desk))))
    header = tuple(words.translate(h) for h in (msg("Area"), msg("Rate (95 % interval)"), msg("Files"), msg("Grade")))
    return Picture(f"map-{indicator.id}", words.translate(indicator.name), alt, note, uri, header, table)


def _city_value(desk: Desk, indicator: str) -> float | None:
    """The city's own rate over the whole period, if it is shown."""
    scope = desk.city.scope
    rows = desk.table("estimates").filter(
        (pl.col("indicator") == indicator) & (pl.col("group") == "") & (pl.col("area") == scope.area)
        & (pl.col("period_start") == scope.start) & (pl.col("period_end") == scope.end) & (pl.col("status") == "shown")
    )  # fmt: skip
    return float(rows["value"][0]) if rows.height else None


def density(desk: Desk) -> list[Picture]:
    """A density map of the first mapped problem, made from released counts of areas; empty where there are few."""
    from salus.surfaces import surface

    boundaries = desk.boundaries(desk.city.scope.shown)
    if boundaries is None or maps_withheld(desk) or desk.maps != "anchors":
        return []
    years = round(((desk.city.scope.end - desk.city.scope.start).days + 1) / 365.25, 2)
    for indicator in first_indicators(desk):
        rows = _whole_period(desk, indicator.id, boundaries)
        made = surface(rows, boundaries, years) if rows.height >= boundaries.height // 2 else None
        if made is None or made.holes > boundaries.height // 3:
            continue
        words, title = desk.words, desk.words.translate(indicator.name)
        unit = words.translate(msg("files per km² a year"))
        uri = bands(made.bands, made.breaks, boundaries, legend=f"{title}, {unit}")
        note = words.translate(_DENSITY) % {
            "metres": words.number(round(made.bandwidth_m, -1)), "areas": words.number(made.areas),
            "holes": words.number(made.holes),
        }  # fmt: skip
        header = (words.translate(msg("Area")), words.translate(msg("Files")))
        table = tuple(
            (desk.area_names.get(row["area"], row["area"]), words.number(row["numerator"]))
            for row in rows.filter(pl.col("status") != "hidden").sort("numerator", descending=True).to_dicts()
        )
        return [Picture(f"density-{indicator.id}", title, note, note, uri, header, table)]
    return []


def _whole_period(desk: Desk, indicator: str, boundaries: pl.DataFrame) -> pl.DataFrame:
    return desk.table("estimates").filter(
        (pl.col("indicator") == indicator) & (pl.col("group") == "")
        & pl.col("area").is_in(boundaries["area"].implode()) & (pl.col("period_start") == desk.city.scope.start)
        & (pl.col("period_end") == desk.city.scope.end) & ~pl.col("flags").str.contains("few_areas_listed")
    )  # fmt: skip


def _few_residents(desk: Desk, rows: pl.DataFrame) -> str:
    """How many of the ten darkest areas have few residents, where those who pass through are counted too."""
    highest = rows.drop_nulls("value").sort("value", descending=True).head(10)
    few = highest.filter(pl.col("flags").str.contains("few_residents")).height
    if not few:
        return ""
    text = msg(
        "Of the %(first)s areas with the highest rates %(few)s have fewer than 1,000 residents: people who only pass"
        " through are counted above the line and not below it."
    )
    return desk.words.translate(text) % {
        "first": desk.words.number(highest.height),
        "few": desk.words.number(few),
    }


def hours(desk: Desk) -> list[Picture]:
    """Hour of day of the first problems; hours 0 and 12 are where unknown times are heaped."""
    made = []
    for indicator in first_indicators(desk)[:MAIN_PROBLEMS]:
        rows = (
            desk.table("estimates")
            .filter((pl.col("indicator") == indicator.id) & pl.col("group").str.starts_with("hour:"))
            .sort("group")
            .to_dicts()
        )
        if len(rows) < 24 or any(r["status"] == "hidden" for r in rows):
            continue
        drawn = [
            {
                "hour": r["group"].removeprefix("hour:"),
                "value": r["value"],
                "low": r["low"],
                "high": r["high"],
            }
            for r in rows
        ]
        uri = bars(
            drawn,
            x="hour",
            y="value",
            x_title=desk.words.translate("Hour of day"),
            y_title=desk.words.translate(indicator.unit),
        )
        table = tuple(
            (r["group"].removeprefix("hour:"), desk.words.figure(r), desk.words.number(r["numerator"])) for r in rows
        )
        peak = max(drawn, key=lambda d: d["value"])["hour"]
        alt = desk.words.translate("%(indicator)s: most at %(hour)s h.") % {
            "indicator": desk.words.translate(indicator.name),
            "hour": peak,
        }
        header = tuple(desk.words.translate(h) for h in (msg("Hour"), msg("Rate (95 % interval)"), msg("Files")))
        title = desk.words.translate(indicator.name)
        made.append(Picture(f"hours-{indicator.id}", title, alt, unmapped_note(desk), uri, header, table))
    return made[:_MONTHS]
