"""Maps of where flows meet vulnerability, as a hypothesis; and why one is not drawn."""

from typing import Any

import polars as pl

from salus.report.desk import Desk
from salus.report.maps import choropleth
from salus.report.pictures import Picture
from salus.report.where import maps_withheld
from salus.report.words import msg

_ENOUGH = 0.45
"""Share of areas with a figure from which on a map is drawn."""
_DOTTED = msg("Dotted: %(hidden)s areas that are hidden, since small counts would follow from them.")
_FEW_EXPOSED = msg(
    "%(flow)s: no map. Exposure may be shown for %(shown)s of %(all)s areas; of the others it would tell small counts,"
    " or there is no evidence."
)


def nexus_map(desk: Desk) -> list[Picture]:
    """Where a flow's recorded activity and vulnerability meet, as a hypothesis, by the areas that show most of it."""
    if maps_withheld(desk):
        return []
    found = [(flow, _exposed(desk, flow.id)) for flow in desk.pack.flows]
    return [_nexus_picture(desk, flow, *exposed) for flow, exposed in found if exposed is not None]


def without_nexus_maps(desk: Desk) -> list[str]:
    """Why flows that are stated by area have no map, one sentence each."""
    if maps_withheld(desk):
        return []
    said = []
    for flow in desk.pack.flows:
        rows = _flow_rows(desk, flow.id, desk.boundaries(desk.city.scope.geography))
        if rows.drop_nulls("exposure").height and _exposed(desk, flow.id) is None:
            figures = {"shown": rows.drop_nulls("exposure").height, "all": rows.height}
            numbers = {name: desk.words.number(count) for name, count in figures.items()}
            said.append(desk.words.translate(_FEW_EXPOSED) % {"flow": desk.words.translate(flow.name), **numbers})
    return said


def _flow_rows(desk: Desk, flow: str, boundaries: pl.DataFrame | None) -> pl.DataFrame:
    rows = desk.table("nexus").filter((pl.col("flow") == flow) & ~pl.col("illustrative"))
    return rows.clear() if boundaries is None else rows.filter(pl.col("area").is_in(boundaries["area"].implode()))


def _exposed(desk: Desk, flow: str) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Boundaries and rows of the first geography, shown or modelled, of which nearly half of the areas are shown."""
    for geography in dict.fromkeys((desk.city.scope.shown, desk.city.scope.geography)):
        boundaries = desk.boundaries(geography)
        rows = _flow_rows(desk, flow, boundaries)
        if boundaries is not None and rows.drop_nulls("exposure").height > _ENOUGH * boundaries.height:
            return boundaries, rows
    return None


def _nexus_picture(desk: Desk, flow: Any, boundaries: pl.DataFrame, rows: pl.DataFrame) -> Picture:
    words, name = desk.words, desk.words.translate(flow.name)
    told = pl.col("withheld") if "withheld" in rows.columns else pl.lit("")  # releases of before do not say it
    held = rows.filter(told.str.split(";").list.contains("exposure"))
    uri = choropleth(
        boundaries,
        dict(rows.drop_nulls("exposure").select("area", "exposure").iter_rows()),
        legend=words.translate("%(flow)s: exposure 0-100 (hypothesis)") % {"flow": name},
        hidden=frozenset(held["area"]),
    )
    table = tuple(
        (desk.area_names.get(r["area"], r["area"]), words.figure(r, "exposure"), words.grade(r["grade"]))
        for r in rows.sort("exposure", descending=True, nulls_last=True).to_dicts()
    )
    header = tuple(words.translate(h) for h in (msg("Area"), msg("Exposure (95 % interval)"), msg("Grade")))
    note = words.translate(
        "Recorded activity of the authorities times vulnerability; protection was not measured."
        " The intervals are wide: read it as a question, not as an answer."
    )
    dotted = words.translate(_DOTTED) % {"hidden": words.number(held.height)} if held.height else ""
    return Picture(f"nexus-{flow.id}", name, note, f"{note} {dotted}".strip(), uri, header, table)
