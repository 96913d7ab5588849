"""Figures by small area: the indicators of the marginalisation index, and residents."""

import csv
from pathlib import Path

from iztapalapa.boundaries import AGEB_PREFIX, colonias
from iztapalapa.received import OBTAINED, Ledger, write_csv

_INDICATORS = {
    "P6A14NAE": "E02",
    "PSDSS": "100-F07",
    "OVHAC": "F06",
    "OVSAE": "100-G06",
    "SBASC": "X11",
    "OVSINT": "X12",
    "OVSREF": "X13",
}


def build(data: Path, ledger: Ledger) -> None:
    """Writes conapo_imu_2020, conapo_imu_2010 and census_population."""
    for year in (2020, 2010):
        _marginalisation(data, ledger, year)
    _population(data, ledger)


def _marginalisation(data: Path, ledger: Ledger, year: int) -> None:
    source = f"conapo_imu_{year}"
    folder = f"evidence/{source}/{OBTAINED}"
    rows = [r for r in _table(data / f"cdmx_socioeconomic/imu_{year}_ageb_cdmx.csv") if _inside(r)]
    kept = [name for name in rows[0] if not name.startswith(("IM_", "GM_", "IMN_"))]
    write_csv(ledger.city / folder / "indicators.csv", kept, ([r[n] for n in kept] for r in rows))
    checked = (
        "the same rows, checked on 5 of 11 indicators, are in IndiceMx/IMx2020, maintained by CONAPO"
        if year == 2020
        else "a single copy, not cross-checked; codes are of 2010 and boundaries may since have been redrawn"
    )
    ledger.receive(
        folder,
        {
            "title": f"Indicators of the urban marginalisation index by AGEB, census {year}, Iztapalapa",
            "publisher": "CONAPO, from the census of INEGI",
            "obtained_from": "dvillasanao/marginacion_db @ c0911860864cb90cc1d16075835c26026919ce15"
            f" : data/IMU_{year}.rda",
            "licence": "none stated by the re-publisher"
            + ("; GPL-3 on the copy that CONAPO maintains" if year == 2020 else ""),
            "source_type": "admin",
            "period": str(year),
            "notes": f"Percentages; {checked}. POB_TOTAL stands in for the true denominators (persons of the"
            " age, dwellings), which the file lacks. The index and its grade are left out: they run"
            " backwards and their scale differs between years. Drainage, electricity, water and floor are"
            " near zero almost everywhere.",
        },
        changed="rows of Iztapalapa; columns of the index and grade dropped; values unchanged",
    )
    ledger.map(
        f"evidence/{source}",
        {
            "kind": "figures",
            "files": "indicators.csv",
            "columns": {"area": "CVEGEO", "denominator": "POB_TOTAL"},
            "constants": {
                "period_start": f"{year}-01-01",
                "period_end": f"{year}-12-31",
                "method": f"census {year}, all residents",
            },
            "indicators": _INDICATORS,
            "geography": "ageb-2020",
        },
    )


def _population(data: Path, ledger: Ledger) -> None:
    folder = f"evidence/census_population/{OBTAINED}"
    rows: list[tuple[object, ...]] = []
    for year in (2010, 2020):
        rows.append(("", "iztapalapa", year, _municipal(data / f"mexico_municipal_census/{year}.csv")))
        table = _table(data / f"cdmx_socioeconomic/imu_{year}_ageb_cdmx.csv")
        rows += [("ageb-2020", r["CVEGEO"], year, int(r["POB_TOTAL"])) for r in table if _inside(r)]
    rows += [("colonia", code, 2020, int(persons or 0)) for code, _, persons, _ in colonias(data)]
    write_csv(ledger.city / folder / "population.csv", ("geography", "area", "year", "persons"), rows)
    ledger.receive(
        folder,
        {
            "title": "Residents of Iztapalapa, its AGEB and colonias",
            "publisher": "INEGI (borough); CONAPO from INEGI (AGEB); IECM (colonias)",
            "obtained_from": "diegovalle/mxmaps @ 798708f6770a24ce86d54128b0f10433cdaaf09c;"
            " dvillasanao/marginacion_db @ c0911860864cb90cc1d16075835c26026919ce15;"
            " diegovalle/hoyodecrimen.clean @ bde07b1865477b1c3637552336bece8a3573d189",
            "licence": "borough totals: package BSD-3-Clause, INEGI terms of free use; others: none stated",
            "source_type": "admin",
            "period": "2010/2020",
            "notes": "Censuses of 2010 and 2020; 452 of 458 AGEB have a value. The year of the colonias' file"
            " is not stated: taken as 2020. AGEB of 2010 are joined to the later boundaries by code.",
        },
        changed="rows of Iztapalapa from four files put into one table; numbers unchanged",
    )
    ledger.map(
        "evidence/census_population",
        {
            "kind": "population",
            "files": "population.csv",
            "columns": {name: name for name in ("geography", "area", "year", "persons")},
        },
    )


def _municipal(path: Path) -> int:
    with path.open(encoding="latin-1") as file:
        found = [row for row in csv.reader(file) if row and row[0].split() == ["09", "007"]]
    return int(found[0][2].replace(",", ""))


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _inside(row: dict[str, str]) -> bool:
    return row["CVEGEO"].startswith(AGEB_PREFIX)
