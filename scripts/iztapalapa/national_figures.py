"""Figures for the country and the state: ENVIPE, governance and SDG indicators."""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from iztapalapa.received import OBTAINED, Ledger, write_csv

_LONG = ("indicator", "area", "group", "period_start", "period_end", "value", "se", "method")
_OFFENCES = {
    "Estados Unidos Mexicanos": "all",
    "Robo total de vehículo": "vehicle-theft",
    "Robo parcial de vehículo": "vehicle-parts-theft",
    "Robo en casa habitación": "burglary",
    "Robo o asalto en calle o transporte público": "street-robbery",
    "Robo en forma distinta a las anteriores": "other-theft",
    "Fraude": "fraud",
    "Extorsión": "extortion",
    "Amenazas verbales": "threats",
    "Lesiones": "injuries",
    "Otros delitos distintos a los anteriores": "other",
}
_WGI = {
    "VoiceandAccountability": "X01",
    "PoliticalStability": "X02",
    "GovernmentEffectiveness": "X03",
    "RegulatoryQuality": "X04",
    "RuleofLaw": "X05",
    "ControlofCorruption": "X06",
}
_WHOLE = {"sex": "bothsex", "location": "allarea", "grounds_of_discrimination": "all", "disability_status": "t"}
_MEXICO_M49 = "484"


def build(data: Path, ledger: Ledger) -> None:
    """Writes envipe, wgi and sdg16."""
    _envipe(data, ledger)
    _governance(data, ledger)
    _sdg(data, ledger)


def _envipe(data: Path, ledger: Ledger) -> None:
    folder = f"evidence/envipe/{OBTAINED}"
    rows: list[tuple[object, ...]] = []
    for edition in (2019, 2020, 2021, 2022):
        path = data / f"mexico_envipe_tabulados/III_denuncia_delito_{edition}_est.xlsx"
        book = CalamineWorkbook.from_path(str(path))
        rows += _unrecorded(book, edition)
    write_csv(ledger.city / folder / "investigation_opened.csv", _LONG, rows)
    ledger.receive(
        folder,
        {
            "title": "Share of offences for which an investigation file was opened (ENVIPE 2019-2022)",
            "publisher": "INEGI, national survey of victimisation (ENVIPE), tables 3.2 and 3.3",
            "obtained_from": "GUSTAVOIVANGQ/ENVIPE @ e41878f40b3f028c326010e1a1661cfe97c59543",
            "licence": "none stated by the re-publisher; INEGI terms of free use",
            "source_type": "survey",
            "period": "2018/2021",
            "notes": "Value = 100 - cifra negra. It is a share of offences, not of victims. By type of"
            " offence the tables speak of the country; for Mexico City only of all offences together. The"
            " workbooks hold estimates only: no standard error, coefficient or interval, so `se` is empty."
            " They colour cells by precision, and none of those used here is coloured as moderate or low"
            " (coefficient of variation of cifra negra below 15 %). The year is that of the offences, one"
            " before the edition.",
        },
        changed="cells of two tables in four editions put into one table; complement taken",
    )
    ledger.map("evidence/envipe", _long_mapping("investigation_opened.csv"))


def _unrecorded(book: CalamineWorkbook, edition: int) -> Iterator[tuple[object, ...]]:
    year = edition - 1
    method = f"100 - cifra negra, share of offences, ENVIPE {edition} table {{}}; no interval in the workbook"
    for sheet, area in (("3.2", "MEX"), ("3.3", "MX-CMX")):
        for name, share in _cells(book, sheet):
            group = _OFFENCES.get(name) if area == "MEX" else {"Ciudad de México": "all"}.get(name)
            if group:
                value = round(100 - share, 6)
                yield ("A28", area, group, *_year(year), value, "", method.format(sheet))


def _cells(book: CalamineWorkbook, sheet: str) -> Iterator[tuple[str, float]]:
    for row in book.get_sheet_by_name(sheet).to_python():
        cells = [cell for cell in row if cell != ""]
        if len(cells) >= 4 and isinstance(cells[0], str) and isinstance(cells[3], float):
            yield cells[0].rstrip("0123456789 "), cells[3]


def _governance(data: Path, ledger: Ledger) -> None:
    folder = f"evidence/wgi/{OBTAINED}"
    path = data / "country_governance/2020_Worldwide_Governance_Indicators_1996-2019.csv"
    with path.open(encoding="latin-1") as file:
        found = [r for r in csv.DictReader(file) if r["Code"] == "MEX" and 2010 <= int(r["Year"]) <= 2019]
    rows = sorted(
        (_WGI[r["Indicator"]], "MEX", "", *_year(int(r["Year"])), r["Estimate"], r["StdErr"],
         f"WGI estimate (about -2.5 to 2.5) from {r['NumSrc']} sources")
        for r in found
    )  # fmt: skip
    write_csv(ledger.city / folder / "wgi_mexico.csv", _LONG, rows)
    ledger.receive(
        folder,
        {
            "title": "Worldwide Governance Indicators, Mexico, 2010-2019",
            "publisher": "World Bank",
            "obtained_from": "Global-Development-and-Politics-of-Data/Chapter12_Governance"
            " @ 00f71366fb8cb1f6da5becddab9e29a937932ac0",
            "licence": "CC BY 4.0",
            "source_type": "expert",
            "period": "2010/2019",
            "notes": "Estimate and its standard error, in units of a standard normal over countries. Rank,"
            " lower and upper of the file are percentile ranks and are left out. Higher is better.",
        },
        changed="rows of Mexico, 2010-2019, estimate and standard error only",
    )
    ledger.map("evidence/wgi", _long_mapping("wgi_mexico.csv"))


def _sdg(data: Path, ledger: Ledger) -> None:
    folder = f"evidence/sdg16/{OBTAINED}"
    rows = [
        *_homicide(data),
        *_series(data, "iu_cor_brib", "C01"),
        *_series(data, "ic_frm_brib", "C02"),
        *_series(data, "vc_prs_unsec", "H09"),
        *_series(data, "si_pov_nahc", "F01"),
        *_series(data, "vc_vov_phyl", "A06"),
        *_series(data, "vc_vov_sexl", "A08"),
        *_series(data, "vc_vov_robb", "A17"),
        *_series(data, "vc_vaw_phypyv", "A14"),
        *_series(data, "vc_vov_gdsd", "I08"),
        *_series(data, "vc_prr_robb", "A28", group="robbery-reported"),
        *_series(data, "vc_prr_phyv", "A28", group="physical-assault-reported"),
        *_series(data, "vc_prr_sexv", "A28", group="sexual-assault-reported"),
    ]
    write_csv(ledger.city / folder / "sdg_mexico.csv", _LONG, rows)
    ledger.receive(
        folder,
        {
            "title": "SDG 16 and poverty indicators, Mexico, database of 2020",
            "publisher": "UN Statistics Division",
            "obtained_from": "open-numbers/ddf--unstats--sdg_indicators @ 1bfae15828a86ad30e86872411534f5c8136d784",
            "licence": "none stated by the re-publisher; UN data, free reuse with attribution (to verify)",
            "source_type": "open",
            "period": "2010/2018",
            "notes": "No interval is stated for any value. Homicide is published by sex only; the rate of"
            " both together is victims of both over residents of both, these being victims over rate."
            " Reporting to the police (groups that end in -reported) is a share of victims who reported,"
            " not of offences with a file opened as in ENVIPE: keep the two apart. Safe walking alone"
            " (16.1.4) has no value for Mexico.",
        },
        changed="rows of Mexico from 2010 on; homicide of both sexes derived from the values by sex",
    )
    ledger.map("evidence/sdg16", _long_mapping("sdg_mexico.csv"))


def _homicide(data: Path) -> Iterator[tuple[object, ...]]:
    rates = {(r["year"], r["sex"]): float(r["vc_ihr_psrc"]) for r in _mexico(data, "vc_ihr_psrc")}
    victims = {(r["year"], r["sex"]): float(r["vc_ihr_psrcn"]) for r in _mexico(data, "vc_ihr_psrcn")}
    method = "SDG 16.1.1: both sexes, from victims and rates by sex; no interval published"
    for year in sorted({year for year, _ in rates}):
        sexes = ("female", "male")
        residents = sum(victims[year, sex] / rates[year, sex] for sex in sexes)
        rate = round(sum(victims[year, sex] for sex in sexes) / residents, 4)
        yield ("A01", "MEX", "", *_year(int(year)), rate, "", method)


def _series(data: Path, name: str, indicator: str, *, group: str = "") -> Iterator[tuple[object, ...]]:
    for row in _mexico(data, name):
        if all(row.get(column, whole) == whole for column, whole in _WHOLE.items()):
            method = f"UN SDG database, series {name.upper()}, nature {row['nature']}; no interval published"
            yield (indicator, "MEX", group, *_year(int(row["year"])), row[name], "", method)


def _mexico(data: Path, name: str) -> list[dict[str, str]]:
    (path,) = (data / "country_sdg16").glob(f"ddf--datapoints--{name}--by--*.csv")
    return [r for r in _table(path) if r["geo_area"] == _MEXICO_M49 and "2010" <= r["year"] <= "2020"]


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _year(year: int) -> tuple[dt.date, dt.date]:
    return dt.date(year, 1, 1), dt.date(year, 12, 31)


def _long_mapping(file: str) -> dict[str, Any]:
    return {"kind": "figures", "files": file, "columns": {name: name for name in _LONG}}
