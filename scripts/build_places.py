"""Builds the workspaces under tests/places from the original data sets: `python scripts/build_places.py DATA`.

For maintainers. Barbados: one area without geometry, country figures only. Tashkent: twelve districts with names in
three scripts; their shapes are invented squares, because the published ones are under GPL. Caserta: the province's
offences by year. Deterministic: the same data sets give the same bytes.
"""

import argparse
import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from salus.framework import pack_folder
from salus.framework.recipes import answers
from salus.model.city import City

PLACES = Path(__file__).parent.parent / "tests" / "places"
OBTAINED = "2026-11-22"
_SDG = "open-numbers/ddf--unstats--sdg_indicators @ 1bfae15828a86ad30e86872411534f5c8136d784"
_WGI = "Global-Development-and-Politics-of-Data/Chapter12_Governance @ 00f71366fb8cb1f6da5becddab9e29a937932ac0"
_ITALY = "ondata/abusi-infanzia @ 9e450c26bc28119bf407ed11ff3afea562d29270"
_SERIES = ("vc_ihr_psrc", "vc_htf_detv", "vc_prs_unsec", "vc_vov_robb", "iu_cor_brib")
Row = dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the original data sets")
    data = parser.parse_args().data
    barbados(data)
    tashkent(data)
    caserta(data)


def barbados(data: Path) -> None:
    city = _city("barbados", "Barbados", "BRB", area="BRB", start="2010-01-01", end="2018-12-31", wider=[])
    _country(data, city)


def tashkent(data: Path) -> None:
    city = _city(
        "tashkent", "Toshkent", "UZB", area="tashkent", start="2010-01-01", end="2018-12-31", wider=["UZB"],
        languages=["uz", "ru", "en"], geography="districts",
    )  # fmt: skip
    _country(data, city)
    districts = json.loads((data / "tashkent/tashkent_districts.geojson").read_text(encoding="utf-8"))["features"]
    names = [feature["properties"] for feature in districts]
    folder = PLACES / "tashkent"
    features = [
        {"type": "Feature", "properties": {"area": _slug(n["ADM2_EN"]), "name": n["ADM2_UZ"]}, "geometry": _square(i)}
        for i, n in enumerate(names)
    ]
    _write(folder / "geography/districts/areas.geojson", json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n")  # fmt: skip
    rows = [(n["ADM2_RU"], 60 + 3 * i) for i, n in enumerate(names)]
    mapping = {
        "kind": "figures", "files": "*.csv", "geography": "districts",
        "columns": {"area": "район", "value": "горит"},
        "constants": {"indicator": "G01", "year": "2018"},
        "recode": {"area": {n["ADM2_RU"]: _slug(n["ADM2_EN"]) for n in names}},
    }  # fmt: skip
    origin = _origin(
        "Street lamps that work, by district (invented)", "Salus project", "invented for a test", "Apache-2.0"
    )
    _source(folder, "lamps", "lamps.csv", _csv(("район", "горит"), rows), mapping, origin | {"illustrative": True})


def caserta(data: Path) -> None:
    city = _city(
        "caserta", "Caserta", "ITA", area="caserta", start="2017-01-01", end="2019-12-31", wider=["ITA"],
        languages=["it", "en"], pack="usg-italy", currency="EUR", income_group="high",
    )  # fmt: skip
    _country(data, city)
    folder, own = PLACES / "caserta", data / "italy_caserta"
    kept = _rows(own / "numero-delitti-per-provincia.csv", lambda r: r["Codice Provincia"] == "061" and "2017" <= r["ANNO"] <= "2019")  # fmt: skip
    rows = [(r["Reato"], r["ANNO"], r["Totale"]) for r in kept]
    mapping = {
        "kind": "counts", "files": "*.csv", "correspondence": "it_sdi",
        "columns": {"offence": "Reato", "year": "ANNO", "count": "Totale"},
    }  # fmt: skip
    stated = "Ministero dell'Interno (SDI), through ISTAT"
    origin = _origin("Offences reported in the province of Caserta, 2017-2019", stated, _ITALY, "CC BY 4.0")
    _source(folder, "sdi", "delitti.csv", _csv(("Reato", "ANNO", "Totale"), rows), mapping, origin)
    people = next(r for r in _rows(own / "province-popolazione.csv", lambda r: r["Codice Provincia"] == "061"))
    mapping = {"kind": "population", "files": "*.csv", "columns": {c: c for c in ("area", "year", "persons")}}
    table = _csv(("area", "year", "persons"), [("caserta", "2019", people["Totale Popolazione"])])
    notes = {"notes": "The re-publisher does not state the year of the population; taken for 2019."}
    _source(folder, "population", "population.csv", table, mapping, _origin("Residents of the province", "ISTAT", _ITALY, "CC BY 4.0") | notes)  # fmt: skip


def _country(data: Path, city: City) -> None:
    """The country's governance and SDG figures, through the recipes of the pack, with its own rows only."""
    wgi = data / "country_governance/2020_Worldwide_Governance_Indicators_1996-2019.csv"
    _by_recipe(city, "wgi", wgi, lambda r: r["Code"] == city.country and r["Year"] >= "2010", _WGI, encoding="latin-1")
    for name in _SERIES:
        (file,) = (data / "country_sdg16").glob(f"ddf--datapoints--{name}--by--*.csv")
        recipe = "sdg-" + name.replace("_", "-")
        m49 = answers(pack_folder(city.pack), recipe, city)["mapping"]["where"]["geo_area"][0]
        _by_recipe(city, recipe, file, lambda r, m49=m49: r["geo_area"] == m49 and r["year"] >= "2010", _SDG)  # type: ignore[misc]


def _by_recipe(
    city: City, recipe: str, file: Path, keep: Callable[[Row], bool], obtained: str, *, encoding: str = "utf-8"
) -> None:
    rows = _rows(file, keep, encoding)
    if not rows:
        return
    given = answers(pack_folder(city.pack), recipe, city)
    table = _csv(tuple(rows[0]), [tuple(r.values()) for r in rows])
    mapping = given["mapping"] | {"encoding": "utf-8"}
    origin = given["origin"] | {"obtained_from": obtained, "obtained_on": OBTAINED}
    _source(PLACES / city.id, recipe, f"{recipe}.csv", table, mapping, origin)


def _city(name: str, title: str, country: str, *, area: str, start: str, end: str, **other: Any) -> City:
    geography = other.pop("geography", "")
    data = {
        "id": name, "name": title, "country": country, "wider": [country], "languages": ["en"], "time_zone": "UTC",
        "pack": "usg-core", "pack_version": "0.1.0", "currency": "USD", "price_year": 2022,
        "income_group": "upper_middle", **other,
        "scope": {"themes": [], "area": area, "geography": geography, "shown": geography, "start": start, "end": end},
    }  # fmt: skip
    shutil.rmtree(PLACES / name, ignore_errors=True)
    _write(PLACES / name / "city.yaml", yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
    _write(PLACES / name / "stakeholders.csv", "group,kind,level,people_reached,priority_group,illustrative\n")
    _write(PLACES / name / "institutions.csv", "institution,name,level,role\n")
    return City.model_validate(data)


def _origin(title: str, publisher: str, obtained: str, licence: str) -> dict[str, Any]:
    return {
        "title": title, "publisher": publisher, "obtained_from": obtained, "obtained_on": OBTAINED, "licence": licence,
        "licence_verified": False, "redistribution": "yes", "source_type": "admin", "tier": "public", "period": "2010/2019",
    }  # fmt: skip


def _source(folder: Path, name: str, file: str, table: str, mapping: dict[str, Any], origin: dict[str, Any]) -> None:
    home = folder / "evidence" / name
    digest = hashlib.sha256(table.encode()).hexdigest()
    _write(home / OBTAINED / file, table)
    _write(home / OBTAINED / "origin.yaml", yaml.safe_dump(origin | {"files": {file: digest}}, sort_keys=False, allow_unicode=True))  # fmt: skip
    _write(home / "mapping.yaml", yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True))


def _rows(path: Path, keep: Callable[[Row], bool], encoding: str = "utf-8-sig") -> list[Row]:
    with path.open(encoding=encoding, newline="") as file:
        return [row for row in csv.DictReader(file) if keep(row)]


def _csv(header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _square(index: int) -> dict[str, Any]:
    x, y = 69.2 + 0.05 * (index % 4), 41.2 + 0.05 * (index // 4)
    ring = [[round(x + a, 3), round(y + b, 3)] for a, b in ((0, 0), (0.05, 0), (0.05, 0.05), (0, 0.05), (0, 0))]
    return {"type": "Polygon", "coordinates": [ring]}


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split()).removesuffix("-district")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
