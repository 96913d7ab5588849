"""The two vintages of areas and the crosswalk between them, from GeoPackages read with sqlite3."""

import csv
import json
import sqlite3
from collections import defaultdict
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from iztapalapa.received import Ledger, write_csv

AGEB_PREFIX = "09007"
COLONIA_PREFIX = "07-"
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_GRID = 1e-5  # degrees, about 1 m: five decimals
_TOLERANCE = 3 / 111_320  # degrees, about 3 m

Feature = tuple[str, str, float | None, BaseGeometry]


def build(data: Path, ledger: Ledger) -> None:
    """Writes geography/: AGEB of 2020, colonias, and the share of each AGEB that lies in each colonia."""
    _write(ledger, "ageb-2020", agebs(data))
    _write(ledger, "colonia", colonias(data))
    rows = crosswalk(data)
    write_csv(ledger.city / "geography/crosswalk.csv", ("area", "shown_area", "share"), rows)
    _origins(ledger)


def agebs(data: Path) -> list[Feature]:
    """The urban AGEB of Iztapalapa; population null where the census table has no value."""
    folder = data / "cdmx_socioeconomic"
    with (folder / "imu_2020_ageb_cdmx.csv").open(encoding="utf-8") as file:
        persons = {row["CVEGEO"]: float(row["POB_TOTAL"]) for row in csv.DictReader(file)}
    rows = _read(folder / "ageb_cdmx.gpkg", "SELECT CVEGEO, CVE_AGEB, geom FROM ageb ORDER BY CVEGEO")
    return [
        (code, f"AGEB {short}", persons.get(code), _snapped(shape))
        for code, short, shape in rows
        if code.startswith(AGEB_PREFIX)
    ]


def colonias(data: Path) -> list[Feature]:
    """The colonias of Iztapalapa, repaired and with outlines simplified by about 3 m."""
    query = "SELECT CVEUT, NOMUT || '|' || SUMPOB1, geom FROM colonias ORDER BY CVEUT"
    rows = _read(data / "cdmx_colonias/colonias_iecm.gpkg", query)
    found: list[Feature] = []
    for code, text, shape in rows:
        if code.startswith(COLONIA_PREFIX):
            name, persons = text.rsplit("|", 1)
            simple = shapely.make_valid(shape).simplify(_TOLERANCE, preserve_topology=True)
            found.append((code, name, float(persons), _snapped(simple)))
    return found


def crosswalk(data: Path) -> list[tuple[str, str, float]]:
    """Share of each AGEB in each colonia of the borough, made to sum to one."""
    parts: dict[str, dict[str, float]] = defaultdict(dict)
    path = data / "cdmx_socioeconomic/crosswalk_ageb_colonia.csv"
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["CVEGEO"].startswith(AGEB_PREFIX) and row["CVEUT"].startswith(COLONIA_PREFIX):
                parts[row["CVEGEO"]][row["CVEUT"]] = float(row["frac_ageb"])
    rows = []
    for area, fractions in sorted(parts.items()):
        total = sum(fractions.values())
        rows += [(area, shown, round(part / total, 12)) for shown, part in sorted(fractions.items()) if part]
    return rows


def _read(path: Path, query: str) -> list[tuple[str, str, BaseGeometry]]:
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as base:
        return [(code, text, shapely.from_wkb(_wkb(blob))) for code, text, blob in base.execute(query)]


def _wkb(blob: bytes) -> bytes:
    """The well-known binary behind the header of a GeoPackage geometry."""
    return blob[8 + _ENVELOPE_BYTES[(blob[3] >> 1) & 7] :]


def _snapped(shape: BaseGeometry) -> BaseGeometry:
    snapped = shapely.set_precision(shapely.make_valid(shape), _GRID)
    polygons = [part for part in shapely.get_parts(snapped) if part.geom_type.endswith("Polygon")]
    return shapely.normalize(shapely.union_all(polygons) if len(polygons) > 1 else polygons[0])


def _write(ledger: Ledger, vintage: str, features: list[Feature]) -> None:
    lines = []
    for area, name, persons, shape in features:
        properties = {"area": area, "name": name, "population": None if persons is None else int(persons)}
        geometry = _rounded(json.loads(shapely.to_geojson(shape)))
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    path = ledger.city / "geography" / vintage / "areas.geojson"
    path.parent.mkdir(parents=True, exist_ok=True)
    body = ",\n".join(lines)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n', encoding="utf-8")


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return round(value, 5) if isinstance(value, float) else value


def _origins(ledger: Ledger) -> None:
    ledger.receive(
        "geography/ageb-2020",
        {
            "title": "Urban AGEB of Iztapalapa with population of the census 2020",
            "publisher": "INEGI (boundaries); CONAPO (population, from the census 2020)",
            "obtained_from": "Isaac2234/eventus-cdmx @ e0ca042f4d88fb8ad887e1d1cd7f2d8f640905a9 : 09a.shp;"
            " dvillasanao/marginacion_db @ c0911860864cb90cc1d16075835c26026919ce15 : data/IMU_2020.rda",
            "licence": "none stated by the re-publisher; INEGI terms of free use presumably apply",
            "source_type": "geo",
            "period": "2020 (edition of the boundaries not stated)",
            "notes": "458 polygons, simplified upstream by 1 m. Six have no population value (0229, 1335,"
            " 1585, 2121, 2475, 4715 in locality 0001): missing, not zero.",
        },
        changed="rows of Iztapalapa; coordinates rounded to 5 decimals; population joined by code",
    )
    ledger.receive(
        "geography/colonia",
        {
            "title": "Colonias (unidades territoriales) of Iztapalapa with population",
            "publisher": "IECM (electoral institute of Mexico City)",
            "obtained_from": "diegovalle/hoyodecrimen.clean @ bde07b1865477b1c3637552336bece8a3573d189",
            "licence": "none stated by the re-publisher; government open data",
            "source_type": "geo",
            "period": "not stated",
            "notes": "293 polygons. Population is SUMPOB1 of the file; its year is not stated. Some colonias"
            " overlap each other; their populations sum to 1,844,597 against 1,835,486 in the census.",
        },
        changed="rows of Iztapalapa; geometry repaired, outlines simplified by about 3 m, 5 decimals",
    )
    ledger.receive(
        "geography",
        {
            "title": "Share of each AGEB that lies in each colonia",
            "publisher": "derived from the two boundary files",
            "obtained_from": "crosswalk_ageb_colonia.csv: area intersections computed in EPSG:32614",
            "licence": "derived; the terms of both boundary files apply",
            "source_type": "geo",
            "period": "2020",
            "notes": "share = frac_ageb over the sum for the AGEB, colonias of the borough only. It is a"
            " share of area, taken as share of population: people are assumed to be spread evenly. Some"
            " colonias overlap, so the fractions of 7 AGEB of Mexico City summed above 1.01 (one to 1.99)"
            " before they were made to sum to 1. Two colonias (07-208, 07-209) lie in AGEB of another borough"
            " and are not here.",
        },
        changed="rows of Iztapalapa; fractions made to sum to 1 for each AGEB",
    )
