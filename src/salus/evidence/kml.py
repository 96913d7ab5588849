"""Reads the placemarks of a KML file: their texts and their points, lines and areas, always in WGS84.

Written on the standard library's parser, which fetches nothing; a file that declares entities is refused before it.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from salus.evidence.archives import RefusedError

_DECLARES: Final = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_SHAPES: Final = ("Point", "LineString", "LinearRing", "Polygon")


def placemarks(data: bytes) -> tuple[list[dict[str, str | None]], list[BaseGeometry | None]]:
    """The texts of each placemark (name, description, when, and its extended data) and its geometry, null if none.

    Raises `RefusedError` for a file that is no KML, is not UTF-8 or declares a DOCTYPE or an entity.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise RefusedError("encoding", f"Not utf-8: {problem}", "save the KML as UTF-8") from problem
    if _DECLARES.search(text):
        raise RefusedError(
            "unsafe_xml", "The KML declares a DOCTYPE or an entity, which no map needs", "export it again"
        )
    try:
        root = ET.fromstring(text)  # as text, so that no encoding it declares can hide a DOCTYPE
        if _plain(root.tag) != "kml":
            raise RefusedError("not_a_table", f"Not KML: it begins with <{_plain(root.tag)[:40]}>", "export it again")
        found = [(_texts(mark), _geometry(mark)) for mark in root.iter() if _plain(mark.tag) == "Placemark"]
    except (ET.ParseError, ValueError, IndexError, RecursionError, shapely.GEOSException) as problem:
        said = f"Not readable as KML: {str(problem)[:160]}"
        raise RefusedError("not_a_table", said, "export it again") from problem
    return [texts for texts, _ in found], [shape for _, shape in found]


def _plain(tag: Any) -> str:
    """The name of an element without its namespace."""
    return str(tag).rpartition("}")[2]


def _texts(mark: ET.Element) -> dict[str, str | None]:
    texts: dict[str, str | None] = {}
    for element in mark.iter():
        kind = _plain(element.tag)
        if kind in {"name", "description"} and element in list(mark):
            texts[kind] = _own(element)
        elif kind == "when":
            texts["when"] = _own(element)
        elif kind == "SimpleData":
            texts[element.get("name", "")] = _own(element)
        elif kind == "Data":
            texts[element.get("name", "")] = next((_own(c) for c in element if _plain(c.tag) == "value"), None)
    return {name: text for name, text in texts.items() if name}


def _own(element: ET.Element) -> str | None:
    return (element.text or "").strip() or None


def _geometry(mark: ET.Element) -> BaseGeometry | None:
    shapes = [_shape(element) for element in _outermost(mark)]
    areas = [shape for shape in shapes if isinstance(shape, shapely.Polygon)]
    if len(shapes) > 1 and len(areas) == len(shapes):
        return shapely.MultiPolygon(areas)
    return shapes[0] if len(shapes) == 1 else (shapely.GeometryCollection(shapes) if shapes else None)


def _outermost(element: ET.Element) -> Iterator[ET.Element]:
    """The shapes below an element, rings inside a polygon left to it."""
    for child in element:
        if _plain(child.tag) in _SHAPES:
            yield child
        elif _plain(child.tag) == "MultiGeometry":
            yield from _outermost(child)


def _shape(element: ET.Element) -> BaseGeometry:
    kind = _plain(element.tag)
    if kind == "Polygon":
        rings = {"outerBoundaryIs": [], "innerBoundaryIs": []}  # type: dict[str, list[list[tuple[float, ...]]]]
        for side in element:
            if _plain(side.tag) in rings:
                rings[_plain(side.tag)] += [_coordinates(ring) for ring in side if _plain(ring.tag) == "LinearRing"]
        return shapely.Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])
    places = _coordinates(element)
    return shapely.Point(places[0]) if kind == "Point" else shapely.LineString(places)


def _coordinates(element: ET.Element) -> list[tuple[float, ...]]:
    texts = next((child.text or "" for child in element if _plain(child.tag) == "coordinates"), "")
    return [tuple(float(part) for part in place.split(",")[:2]) for place in texts.split()]
