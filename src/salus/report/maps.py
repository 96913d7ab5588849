"""Maps as SVG: shaded classes, with hatching for no evidence and dots for what is hidden."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from salus.report.pictures import INK, altair, as_uri, styled

SCHEME: Final = ("#f3ead3", "#cfc08f", "#8fae8b", "#3f7f86", "#0b3f57")
"""Light to dark in even steps, so that they stay apart for colour-blind readers and in grey print."""
_HATCH, _DOTS = "#fefe01", "#fefe02"  # stand-ins for patterns, which the drawing library does not know
_EDGE: Final = "#9aa5b1"
_PATTERNS: Final = (
    '<defs><pattern id="none" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="5" height="5" fill="#fff"/><line x1="0" y1="0" x2="0" y2="5" stroke="{INK}" stroke-width="0.8"/>'
    '</pattern><pattern id="hidden" width="5" height="5" patternUnits="userSpaceOnUse">'
    f'<rect width="5" height="5" fill="#fff"/><circle cx="2.5" cy="2.5" r="0.9" fill="{INK}"/></pattern></defs>'
)


def classes(values: list[float]) -> list[float]:
    """The inner limits of five classes with about as many areas each, at two digits; fewer where values are alike."""
    limits: Any = np.quantile(values, np.arange(1, len(SCHEME)) / len(SCHEME)) if values else []
    return sorted({float(f"{limit:.2g}") for limit in limits})


def choropleth(
    areas: pl.DataFrame,
    values: Mapping[str, float | None],
    *,
    legend: str,
    hidden: frozenset[str] = frozenset(),
    unsure: frozenset[str] = frozenset(),
    ringed: frozenset[str] = frozenset(),
) -> str:
    """A map of areas in five classes. `hidden` ones are dotted, those without a value hatched; `unsure` ones are pale,
    `ringed` ones have a thick border.

    `areas` holds `area, name, wkb`; geometry is drawn simplified to about 15 m.
    """
    import shapely

    shapes = shapely.simplify(shapely.from_wkb(areas["wkb"].to_list()), 0.00015)
    features = [
        {
            "type": "Feature",
            "properties": {
                "value": values.get(area),
                "kind": "hidden" if area in hidden else "none" if values.get(area) is None else "shown",
                "unsure": area in unsure,
                "ringed": area in ringed,
            },
            "geometry": _clockwise(shape),
        }
        for area, shape in zip(areas["area"], shapes, strict=True)
    ]
    known = [value for value in values.values() if value is not None]
    return _drawn(features, classes(known), legend)


def bands(shapes: tuple[bytes, ...], breaks: tuple[float, ...], outline: pl.DataFrame, *, legend: str) -> str:
    """A density map: ground of each class, over the outline of all areas; ground without a value is hatched."""
    import shapely

    border = shapely.simplify(shapely.union_all(shapely.from_wkb(outline["wkb"].to_list())), 0.0002)
    features = [{"type": "Feature", "properties": {"kind": "none"}, "geometry": _clockwise(border)}]
    limits = [float(f"{limit:.2g}") for limit in breaks[1:]]
    for wkb, at in zip(shapes, [breaks[0] - 1.0, *limits], strict=True):
        shape = shapely.intersection(shapely.from_wkb(wkb), border)
        if not shape.is_empty:
            features.append(
                {"type": "Feature", "properties": {"kind": "shown", "value": at}, "geometry": _clockwise(shape)}
            )
    return _drawn(features, sorted(set(limits)), legend, border="none")


def _drawn(features: list[dict[str, Any]], limits: list[float], legend: str, border: str = "#ffffff") -> str:
    alt = altair()
    data = alt.Data(values=features)

    def layer(test: str, **style: Any) -> Any:
        return alt.Chart(data).mark_geoshape(**style).transform_filter(test)

    colours = list(SCHEME[len(SCHEME) - len(limits) - 1 :]) if limits else [SCHEME[-1]]
    colour = alt.Color(
        "properties.value:Q",
        title=legend,
        scale=alt.Scale(type="threshold", domain=limits or [0.0], range=colours if limits else colours * 2),
        legend=alt.Legend(orient="bottom", gradientLength=300, titleLimit=420),
    )
    empty = layer("datum.properties.kind == 'none'", fill=_HATCH, stroke=_EDGE, strokeWidth=0.4)
    dotted = layer("datum.properties.kind == 'hidden'", fill=_DOTS, stroke=_EDGE, strokeWidth=0.4)
    shaded = layer("datum.properties.kind == 'shown'", stroke=border, strokeWidth=0.3).encode(color=colour)
    pale = layer("datum.properties.unsure", fill="#ffffff", fillOpacity=0.55, stroke="#ffffff", strokeWidth=0.3)
    ring = layer("datum.properties.ringed", filled=False, stroke=INK, strokeWidth=1.6)
    chart = alt.layer(empty, dotted, shaded, pale, ring).properties(width=430, height=400).project("mercator")
    return as_uri(styled(chart), _patterned)


def _patterned(svg: str) -> str:
    """Puts the patterns in for their stand-ins."""
    for colour, name in ((_HATCH, "none"), (_DOTS, "hidden")):
        svg = svg.replace(f'fill="{colour}"', f'fill="url(#{name})"')
    return re.sub(r"(<svg[^>]*>)", lambda found: found[1] + _PATTERNS, svg, count=1)


def _clockwise(shape: Any) -> dict[str, Any]:
    """GeoJSON with the ring order that the drawing library expects (outer rings clockwise)."""
    import shapely

    turned = shapely.orient_polygons(shape, exterior_cw=True)
    return dict(json.loads(shapely.to_geojson(turned)))
