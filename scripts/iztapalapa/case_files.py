"""Case files of the prosecutor: rows that may be shipped as published, and those that may not."""

import csv
import gzip
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from iztapalapa.classes import Classes
from iztapalapa.received import OBTAINED, Ledger, write_gz

YEARS = (2019, 2020, 2021, 2022)
_FOLDER = f"evidence/fgj/{OBTAINED}"


@dataclass(frozen=True)
class CaseFiles:
    """All rows of the borough, by year: the line as published and its fields."""

    header: str
    lines: dict[int, list[tuple[str, dict[str, str]]]]

    def rows(self) -> list[dict[str, str]]:
        return [row for year in YEARS for _, row in self.lines[year]]


def read(data: Path) -> CaseFiles:
    """Rows of the alcaldía Iztapalapa, 2019 to 2022, in the order of the files."""
    lines: dict[int, list[tuple[str, dict[str, str]]]] = {year: [] for year in YEARS}
    header = ""
    for year in YEARS:
        for quarter in range(1, 5):
            path = data / "cdmx_fgj_points" / f"fgj_{year}_q{quarter}.csv.gz"
            header, *body = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines(keepends=True)
            names = next(csv.reader([header]))
            for line in body:
                row = dict(zip(names, next(csv.reader([line])), strict=True))
                if row["alcaldia"] == "IZTAPALAPA":
                    lines[int(row["fecha_hecho"][:4])].append((line, row))
    return CaseFiles(header, lines)


def identical(rows: list[dict[str, str]]) -> int:
    """Rows that repeat an earlier row in every column."""
    return sum(count - 1 for count in Counter(tuple(row.values()) for row in rows).values())


def build(cases: CaseFiles, classes: Classes, ledger: Ledger) -> list[dict[str, str]]:
    """Writes the unprotected rows of each year as published; returns the protected ones."""
    held: list[dict[str, str]] = []
    shown: list[dict[str, str]] = []
    for year in YEARS:
        kept = [(line, row) for line, row in cases.lines[year] if not classes.protected(row["delito"])]
        held += [row for _, row in cases.lines[year] if classes.protected(row["delito"])]
        shown += [row for _, row in kept]
        text = cases.header + "".join(line for line, _ in kept)
        write_gz(ledger.city / _FOLDER / f"fgj_{year}.csv.gz", text.encode("utf-8"))
    _describe(ledger, len(cases.rows()), len(shown), (identical(cases.rows()), identical(shown)))
    return held


def _describe(ledger: Ledger, total: int, shown: int, same: tuple[int, int]) -> None:
    ledger.receive(
        _FOLDER,
        {
            "title": "Investigation files opened by the prosecutor of Mexico City, Iztapalapa, 2019-2022",
            "publisher": "FGJ CDMX (prosecutor), city open-data portal",
            "obtained_from": "jjsantos01/delitos-colonias @ d730cda04325afc65375e5cb853b79e651ba7b40",
            "licence": "none stated by the re-publisher; the portal is believed to publish under CC BY 4.0",
            "source_type": "admin",
            "period": "2019-01-01/2022-12-31",
            "notes": f"{total:,} rows state the alcaldía IZTAPALAPA. {shown:,} are here as published;"
            f" {total - shown:,} files of protected offences are shipped as counts only (fgj_protected,"
            f" fgj_protected_areas). {same[0]} rows of all repeat an earlier row in every column, {same[1]}"
            " of those shipped here; there is no record number, so they may be true repeats or two files."
            " One row is one file, by date of the event; points were moved by up to about 200 m by the"
            " publisher; rows without a point were dropped before publication.",
        },
        changed="rows of Iztapalapa 2019-2022 whose label is not protected; text unchanged",
    )
    columns = {
        "offence": "delito",
        "date": "fecha_hecho",
        "time": "hora_hecho",
        "latitude": "lat",
        "longitude": "lon",
        "place": "colonia",
        "stated_area": "alcaldia",
    }
    ledger.map(
        "evidence/fgj",
        {
            "kind": "incidents",
            "files": "fgj_*.csv.gz",
            "columns": columns,
            "correspondence": "mx_fgj",
            "stated_area": "IZTAPALAPA",
            "location_error_m": 200.0,
            "identical_rows": None,
        },
    )
