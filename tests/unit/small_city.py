"""A workspace of four square areas, small enough to count by hand; written into a test's own folder."""

import gzip
import json
from pathlib import Path
from typing import Any

import yaml

from salus.workspace import sha256_of

CITY = {
    "id": "toy",
    "name": "Toy",
    "country": "MEX",
    "wider": ["MEX"],
    "languages": ["en"],
    "time_zone": "UTC",
    "pack": "usg-core",
    "pack_version": "0.1.0",
    "currency": "MXN",
    "price_year": 2022,
    "income_group": "upper_middle",
    "scope": {
        "themes": [],
        "area": "toy",
        "geography": "square",
        "shown": "square",
        "start": "2019-01-01",
        "end": "2020-12-31",
    },
}
ORIGIN = {
    "title": "Toy records",
    "publisher": "Toy police",
    "obtained_from": "a test",
    "obtained_on": "2021-01-31",
    "licence": "CC0",
    "licence_verified": True,
    "redistribution": "yes",
    "source_type": "admin",
    "tier": "public",
    "period": "2019-2020",
}
MAPPING: dict[str, Any] = {
    "kind": "incidents",
    "files": "*.csv*",
    "columns": {"offence": "offence", "date": "day", "time": "hour", "latitude": "lat", "longitude": "lon"},
    "codes": {"Street robbery": "040111", "Burglary": "05012"},
}
HEADER = "offence,day,hour,lat,lon"
ROWS = [
    "Street robbery,2019-03-01,21:10:00,0.5,0.5",
    "Street robbery,2019-03-02,22:10:00,0.5,0.6",
    "Street robbery,2020-05-02,21:00:00,0.5,1.5",
    "Burglary,2020-06-02,03:00:00,1.5,0.5",
]


def make_city(
    folder: Path, *, rows: list[str] | None = None, mapping: dict[str, Any] | None = None, header: str = HEADER
) -> Path:
    """The workspace: four areas (a b / c d) of 1000 people each, one source of incidents."""
    folder.mkdir(parents=True, exist_ok=True)
    write_secret(folder)
    write_yaml(folder / "city.yaml", CITY)
    write_areas(folder)
    add_records(folder, "police", "\n".join([header, *(ROWS if rows is None else rows)]) + "\n", mapping or MAPPING)
    people = (
        "\n".join(["geography,area,year,persons", ",toy,2020,4000", *(f"square,{a},2020,1000" for a in "abcd")]) + "\n"
    )
    add_records(
        folder,
        "census",
        people,
        {
            "kind": "population",
            "files": "*.csv",
            "columns": {name: name for name in ("geography", "area", "year", "persons")},
        },
    )
    return folder


def write_secret(folder: Path) -> None:
    """The office's secret, the same in every test: without it each workspace draws its own, and hides other figures."""
    key = folder / "private" / "noise.key"
    key.parent.mkdir(mode=0o700, exist_ok=True)
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)


def write_yaml(path: Path, data: dict[str, Any]) -> None:
    """Writes a YAML file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


def write_areas(folder: Path) -> None:
    """Four unit squares: a (0,0), b (1,0), c (0,1), d (1,1) as (longitude, latitude) of their corner."""
    features = [square(name, x, y) for name, x, y in (("a", 0, 0), ("b", 1, 0), ("c", 0, 1), ("d", 1, 1))]
    path = folder / "geography" / "square" / "areas.geojson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def square(name: str, x: float, y: float) -> dict[str, Any]:
    """A unit square as a GeoJSON feature."""
    ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
    return {
        "type": "Feature",
        "properties": {"area": name, "name": name.upper(), "population": 1000},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def add_records(
    folder: Path,
    source: str,
    text: str | bytes,
    mapping: dict[str, Any],
    *,
    name: str = "records.csv",
    origin: dict[str, Any] | None = None,
) -> Path:
    """One source with one file and its origin; the file's sha256 is entered as `salus check` wants it."""
    data = folder / "evidence" / source / "2021-01-31"
    data.mkdir(parents=True, exist_ok=True)
    content = text if isinstance(text, bytes) else text.encode()
    (data / name).write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    write_yaml(data / "origin.yaml", {**ORIGIN, **(origin or {}), "files": {name: sha256_of(data / name)}})
    write_yaml(folder / "evidence" / source / "mapping.yaml", mapping)
    return data / name
