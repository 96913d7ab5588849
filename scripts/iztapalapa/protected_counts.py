"""Counts of protected offences, no cell below ten and none that subtraction could uncover."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from iztapalapa.case_files import YEARS
from iztapalapa.classes import OTHER, Classes, CountClass
from iztapalapa.received import OBTAINED, Ledger, write_csv
from salus.evidence.geography import Locator, read_geography

LEAST = 10
HEADER = ("area", "offence", "iccs", "tags", "period_start", "period_end", "count")
_BOROUGH = "iztapalapa"
_ALL = (dt.date(YEARS[0], 1, 1), dt.date(YEARS[-1], 12, 31))

Period = tuple[dt.date, dt.date]
Row = tuple[str, str, str, str, dt.date, dt.date, int]


@dataclass(frozen=True)
class Held:
    """One protected file: the class it is shipped under (`moved` from a smaller one), its day and AGEB."""

    group: CountClass
    day: dt.date
    area: str | None
    moved: bool = False


def build(rows: list[dict[str, str]], classes: Classes, ledger: Ledger) -> None:
    """Writes the counts of the borough by time and of the AGEB over all years, and their origins."""
    held = _held(rows, classes, ledger.city)
    borough = list(borough_rows(held))
    areas = list(area_rows(held))
    check(held, borough, areas)
    for source, name, made in (
        ("fgj_protected", "borough_quarter.csv", borough),
        ("fgj_protected_areas", "area_four_years.csv", areas),
    ):
        write_csv(ledger.city / "evidence" / source / str(OBTAINED) / name, HEADER, made)
    _describe(ledger, held, borough)


def borough_rows(held: list[Held]) -> Iterator[Row]:
    """Quarters of a class if all sixteen reach ten, else years if all four do, else all years at once."""
    for group in sorted({item.group for item in held}, key=lambda item: item.label):
        days = [item.day for item in held if item.group == group]
        for periods in (_quarters(), _years(), [_ALL]):
            counts = [sum(start <= day <= end for day in days) for start, end in periods]
            if min(counts) >= LEAST:
                break
        for (start, end), count in zip(periods, counts, strict=True):
            yield (_BOROUGH, group.label, group.iccs, group.tags, start, end, count)


def area_rows(held: list[Held]) -> Iterator[Row]:
    """AGEB with ten files or more of a class in the four years; `other-protected` is not mapped."""
    counts = Counter((item.group, item.area) for item in held if item.area and item.group != OTHER)
    for (group, area), count in sorted(counts.items(), key=lambda item: (item[0][0].label, str(item[0][1]))):
        if count >= LEAST:
            yield (str(area), group.label, group.iccs, group.tags, *_ALL, count)


def check(held: list[Held], borough: list[Row], areas: list[Row]) -> None:
    """Refuses counts below ten, totals that do not add up, and remainders that isolate few files."""
    for row in (*borough, *areas):
        if row[-1] < LEAST:
            raise ValueError(f"a shipped cell is below {LEAST}: {row}")
    if sum(row[-1] for row in borough) != len(held):
        raise ValueError("the counts of the borough do not add up to the files held back")
    for label in {row[1] for row in areas}:
        total = sum(row[-1] for row in borough if row[1] == label)
        rest = total - sum(row[-1] for row in areas if row[1] == label)
        listed = {row[0] for row in areas if row[1] == label}
        unlisted = {item.area for item in held if item.group.label == label} - listed
        if rest and (rest < LEAST or len(unlisted) < 3):  # three areas hide each other
            raise ValueError(f"{label}: {rest} files in {len(unlisted)} unlisted areas can be singled out")


def _held(rows: list[dict[str, str]], classes: Classes, city: Path) -> list[Held]:
    groups = classes.count_classes({row["delito"] for row in rows})
    totals = Counter(groups[row["delito"]] for row in rows)
    shipped_as = merged(totals)
    areas = _areas(rows, city)
    held = []
    for row, area in zip(rows, areas, strict=True):
        group = groups[row["delito"]]
        day = dt.date.fromisoformat(row["fecha_hecho"])
        held.append(Held(shipped_as[group], day, area, moved=shipped_as[group] != group))
    return held


def merged(totals: Counter[CountClass]) -> dict[CountClass, CountClass]:
    """Under which class each is shipped: classes below ten go to `other-protected` together.

    If these do not reach ten either, each goes to the largest class of its group; where there is none,
    the smallest class joins `other-protected`.
    """
    target = {group: group if count >= LEAST else OTHER for group, count in totals.items()}
    if _other(totals, target):
        return target
    for group in (group for group in totals if totals[group] < LEAST):
        siblings = [other for other in totals if other.group == group.group and totals[other] >= LEAST]
        if siblings:
            target[group] = max(siblings, key=lambda other: (totals[other], other.label))
    while not _other(totals, target):
        kept = [group for group in target.values() if group != OTHER]
        smallest = min(kept, key=lambda group: (totals[group], group.label))
        target = {group: OTHER if into == smallest else into for group, into in target.items()}
    return target


def _other(totals: Counter[CountClass], target: dict[CountClass, CountClass]) -> bool:
    """Whether `other-protected` is empty or large enough."""
    together = sum(totals[group] for group, into in target.items() if into == OTHER)
    return together == 0 or together >= LEAST


def _areas(rows: list[dict[str, str]], city: Path) -> list[str | None]:
    path = city / "geography/ageb-2020/areas.geojson"
    geography, _ = read_geography(path, "ageb-2020", shown=path.name, sha256="")
    locator = Locator(geography)
    lon, lat = (np.array([float(row[name]) for row in rows]) for name in ("lon", "lat"))
    return locator.names(locator.locate(lon, lat)).to_list()


def _quarters() -> list[Period]:
    starts = [dt.date(year, month, 1) for year in YEARS for month in (1, 4, 7, 10)]
    ends = [start - dt.timedelta(days=1) for start in starts[1:]] + [_ALL[1]]
    return list(zip(starts, ends, strict=True))


def _years() -> list[Period]:
    return [(dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in YEARS]


def _describe(ledger: Ledger, held: list[Held], borough: list[Row]) -> None:
    joined = Counter(item.group.label for item in held if item.moved)
    moves = "; ".join(f"{count} into {label}" for label, count in sorted(joined.items())) or "none"
    sizes = Counter(row[1] for row in borough)
    by = {16: "quarter", 4: "year", 1: "all four years only"}
    periods = "; ".join(f"{label}: {by[size]}" for label, size in sorted(sizes.items()))
    common = {
        "publisher": "FGJ CDMX (prosecutor), city open-data portal; counted by the Salus project",
        "obtained_from": "jjsantos01/delitos-colonias @ d730cda04325afc65375e5cb853b79e651ba7b40",
        "licence": "none stated by the re-publisher; the portal is believed to publish under CC BY 4.0",
        "redistribution": "aggregates",
        "source_type": "admin",
        "period": "2019-01-01/2022-12-31",
    }
    ledger.receive(
        f"evidence/fgj_protected/{OBTAINED}",
        common
        | {
            "title": "Files of protected offences, Iztapalapa, counts by time",
            "notes": f"{len(held):,} files. Classes by ICCS division; a class's tags are those that all its"
            " labels carry, so the weapon of a femicide is not kept. Quarters where all reach ten, else"
            f" years, else four years: {periods}. Files of classes below ten that were merged: {moves}.",
        },
        changed="rows of protected labels counted by class and period; no count below 10",
    )
    ledger.receive(
        f"evidence/fgj_protected_areas/{OBTAINED}",
        common
        | {
            "title": "Files of protected offences, Iztapalapa, counts by AGEB over four years",
            "notes": "Only areas with ten files or more of a class. An area that is absent has fewer than 10"
            " or none. Points were moved by up to about 200 m by the publisher before they were counted."
            " These counts are a part of those in fgj_protected: never add the two.",
        },
        changed="rows of protected labels counted by class and AGEB; areas below 10 left out",
    )
    columns = {"offence": "offence"} | {name: name for name in HEADER if name != "offence"}
    shared = {"kind": "counts", "columns": columns}
    ledger.map("evidence/fgj_protected", shared | {"files": "borough_quarter.csv"})
    ledger.map("evidence/fgj_protected_areas", shared | {"files": "area_four_years.csv", "geography": "ageb-2020"})
