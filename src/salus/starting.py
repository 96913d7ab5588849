"""Makes a new workspace, filled with what the framework pack already knows of a country."""

import csv
from collections.abc import Iterable
from pathlib import Path

import yaml

from salus.framework import load_pack
from salus.workspace import new_workspace


def new(
    path: str | Path,
    *,
    name: str,
    country: str,
    start: str = "2019-01-01",
    end: str = "2022-12-31",
    pack: str = "usg-core",
) -> Path:
    """An empty workspace for a city, with the pack's groups of people and a country pack's institutions to edit.

    Refuses a folder that is not empty. `country` is an ISO 3166 code of three letters; `pack` the name or folder of a
    framework pack.
    """
    known = load_pack(pack)
    made = new_workspace(path, name=name, country=country, start=start, end=end)
    city = yaml.safe_load((made / "city.yaml").read_text(encoding="utf-8"))
    city |= {"pack": pack, "pack_version": known.version}
    (made / "city.yaml").write_text(yaml.safe_dump(city, sort_keys=False, allow_unicode=True), encoding="utf-8")
    institutions = ((i.id, i.name, i.level, i.legal_basis) for i in known.institutions)
    _table(made / "institutions.csv", ("institution", "name", "level", "role"), institutions)
    groups = ((g.id, g.kind, "community", "", str(g.priority).lower(), "false") for g in known.stakeholders)
    columns = ("group", "kind", "level", "people_reached", "priority_group", "illustrative")
    _table(made / "stakeholders.csv", columns, groups)
    return made


def _table(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
