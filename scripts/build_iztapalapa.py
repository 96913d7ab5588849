"""Builds src/salus/cities/iztapalapa from the original data sets: `python scripts/build_iztapalapa.py DATA`.

For maintainers; needs python-calamine beside the development tools. Deterministic: the same data sets and
pack give the same bytes. city.yaml, stakeholders.csv, institutions.csv, cycles/ and the table of legal
authority are written by hand in the city folder; the script only states their checksums.
"""

import argparse
from pathlib import Path

from iztapalapa import (
    boundaries,
    case_files,
    classes,
    illustrative,
    national_figures,
    protected_counts,
    small_area_figures,
)
from iztapalapa.received import CITY, REVIEWED, Ledger, Shipped

ROOT = Path(__file__).parent.parent
_OWN = ("Salus project", "Apache-2.0", True)
_INTRODUCTION = """\
# Licences of the data that ships with Salus

Salus itself is under Apache-2.0 (LICENSE). The example city holds data of others; this page lists every
file. "As stated" is what the publisher or the re-publisher wrote; "verified" says whether we opened the
licence at its source. Where it is not verified, ask the publisher before you pass the file on.
Written by `scripts/build_iztapalapa.py`; do not edit by hand.

| file | publisher | licence as stated | verified | what was changed |
|---|---|---|---|---|
"""

_OTHERS = """\
| src/salus/packs/usg-core/crosswalks/README.md | Salus project | Apache-2.0 | yes | own work |
| src/salus/packs/usg-core/crosswalks/iccs.csv | Salus project, after UNODC's ICCS v1.0 (as copied by the sources in crosswalks/README.md) | Apache-2.0; ICCS is a UN publication | no | codes and short names only |
| src/salus/packs/usg-core/crosswalks/offences/mx_fgj.csv | Salus project; labels as FGJ CDMX publishes them | Apache-2.0; labels are facts | no | correspondence to ICCS is own work |
| src/salus/packs/usg-core/crosswalks/sdg.csv | Salus project, after the UN's global indicator framework for the SDGs (as copied by the sources in crosswalks/README.md) | Apache-2.0; the framework is a UN publication | no | codes and names of the goals, targets and indicators referred to |
| src/salus/packs/usg-core/crosswalks/offences/uk_police.csv | Salus project; categories as police.uk publishes them | Open Government Licence v3 (labels); Apache-2.0 | no | correspondence to ICCS is own work |
| src/salus/packs/usg-core/crosswalks/offences/us_oakland.csv | Salus project; categories as the City of Oakland publishes them | Apache-2.0; labels are facts | no | correspondence to ICCS is own work |
| src/salus/packs/usg-core/crosswalks/words.csv | Salus project | Apache-2.0 | yes | own work |
| src/salus/packs/usg-core/effects.csv | Salus project; figures of the studies named in each row | Apache-2.0; figures are facts | no | own selection |
| src/salus/packs/usg-core/weights/mx-cmx-minimum-sentence.csv | Salus project, after the penal code of Mexico City (recalled) | facts of law; own work, Apache-2.0 | no | shortest prison sentences of five classes, in days |
| src/salus/packs/usg-italy/crosswalks/offences/it_sdi.csv | Salus project; labels as the Ministero dell'Interno (SDI) publishes them, from ondata/abusi-infanzia | labels CC BY 4.0; correspondence Apache-2.0 | no | correspondence to ICCS is own work |
| src/salus/packs/usg-mexico/crosswalks/offences/mx_sesnsp.csv | Salus project; labels as the SESNSP publishes them | Apache-2.0; labels are facts | no | correspondence to ICCS is own work |
| tests/places/barbados/ | World Bank (WGI); UN Statistics Division (SDG), through re-publishers named in each origin.yaml | CC BY 4.0; UN data, free reuse with attribution | no | rows of Barbados only |
| tests/places/tashkent/ | as Barbados; names of districts from akbartus/GeoJSON-Uzbekistan (names are facts; its GPL shapes are not shipped) | CC BY 4.0; UN data; Apache-2.0 | no | rows of Uzbekistan; shapes and the table of street lamps are invented |
| tests/places/caserta/ | Ministero dell'Interno and ISTAT through ondata/abusi-infanzia; World Bank; UN Statistics Division | CC BY 4.0; UN data, free reuse with attribution | no | rows of the province and of Italy only |
| tests/reference/given.csv | Salus project | Apache-2.0; numbers are facts | yes | values computed by the named packages |
| tests/reference/given_kernel_scan.csv | Salus project | Apache-2.0; numbers are facts | yes | values computed by the named packages |
| tests/reference/given_series.csv | Salus project | Apache-2.0; numbers are facts | yes | values computed by the named packages |
| tests/reference/given_spatial.csv | Salus project | Apache-2.0; numbers are facts | yes | values computed by the named packages |
| tests/reference/given_survey.csv | Salus project | Apache-2.0; numbers are facts | yes | values computed by the named packages |
| tests/reference/data/ | see tests/reference/data/README.md for each table | GPL or MIT packages cited there; the numbers are facts | no | only the columns a test needs |
| tests/unit/evidence/north/ | Natural Earth, through the package world-atlas 2.0.2 (ISC) | public domain | no | Finland, Estonia and Iceland of the 1:50m countries; coordinates rounded to 4 decimals |
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the original data sets")
    parser.add_argument("--offences", type=Path, help="another table of offence labels than the pack's")
    given = parser.parse_args()
    ledger = Ledger(ROOT)
    boundaries.build(given.data, ledger)
    labels = classes.read(ROOT, given.offences)
    cases = case_files.read(given.data)
    held = case_files.build(cases, labels, ledger)
    protected_counts.build(held, labels, ledger)
    small_area_figures.build(given.data, ledger)
    national_figures.build(given.data, ledger)
    law(ledger)
    illustrative.build(ledger)
    write_licences(ledger)
    report(ledger, len(cases.rows()), len(held))


def law(ledger: Ledger) -> None:
    """States the origin of the table of legal authority, which is written by hand."""
    source = "evidence/mexican_law"
    ledger.receive(
        f"{source}/{REVIEWED}",
        {
            "title": "Legal authority by function, level and institution, Mexico City, end of 2022",
            "publisher": "Salus desk review of published law",
            "obtained_from": "published federal and city law, read and recalled",
            "obtained_on": REVIEWED,
            "licence": "facts of law; own work, Apache-2.0",
            "licence_verified": True,
            "source_type": "expert",
            "period": "2022",
            "permission": "own work of the project",
            "notes": "Scores 0-5 on the scale of the pack, by one desk reviewer from memory of the law in"
            " force at the end of 2022; no article was opened in the official gazette (verification"
            " recalled). Boroughs (alcaldías) of Mexico City are not municipalities and have no police."
            " Courts and autonomous bodies of the city are kept under cdmx-government. A lawyer should"
            " check every row before it is used in earnest.",
        },
        changed="own work",
    )
    ledger.map(
        source,
        {
            "kind": "ratings",
            "files": "authority.csv",
            "columns": {column: column for column in illustrative.RATINGS},
        },
    )


def write_licences(ledger: Ledger) -> None:
    """LICENSES-DATA.md: every file of the example city."""
    known = {item.file: item for item in ledger.shipped}
    files = sorted(path for path in ledger.city.rglob("*") if path.is_file())
    lines = []
    for path in files:
        item = known.get(path) or Shipped(path, *_OWN, "own work")
        shown = path.relative_to(ledger.root).as_posix()
        verified = "yes" if item.verified else "no"
        lines.append(f"| {shown} | {item.publisher} | {item.licence} | {verified} | {item.changed} |\n")
    (ledger.root / "LICENSES-DATA.md").write_text(_INTRODUCTION + "".join(lines) + _OTHERS, encoding="utf-8")


def report(ledger: Ledger, total: int, held: int) -> None:
    """Prints what was written."""
    files = sorted(path for path in ledger.city.rglob("*") if path.is_file())
    for path in files:
        print(f"{path.stat().st_size:>10,}  {path.relative_to(ledger.root / CITY)}")
    size = sum(path.stat().st_size for path in files)
    print(f"{total:,} files of the prosecutor: {total - held:,} rows, {held:,} as counts; {size:,} bytes in all")


if __name__ == "__main__":
    main()
