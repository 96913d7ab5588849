"""Writes source folders: files with stable bytes, and an origin that says where they come from."""

import csv
import datetime as dt
import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from salus.model.city import Mapping, Origin
from salus.workspace.folder import sha256_of

OBTAINED = dt.date(2026, 11, 22)
REVIEWED = dt.date(2026, 11, 23)
CITY = Path("src/salus/cities/iztapalapa")

Rows = Iterable[Sequence[object]]


@dataclass(frozen=True)
class Shipped:
    """One line of LICENSES-DATA.md: a file, whose it is, under which terms, and what was changed."""

    file: Path
    publisher: str
    licence: str
    verified: bool
    changed: str


@dataclass
class Ledger:
    """The city folder being built and everything written to it."""

    root: Path
    shipped: list[Shipped] = field(default_factory=list)

    @property
    def city(self) -> Path:
        return self.root / CITY

    def receive(self, folder: str, origin: dict[str, Any], *, changed: str) -> None:
        """Writes `origin.yaml` beside the files that are already in the folder, with their sha256."""
        place = self.city / folder
        place.mkdir(parents=True, exist_ok=True)
        names = sorted(p for p in place.iterdir() if p.is_file() and p.suffix != ".yaml")
        fields = {
            "obtained_on": OBTAINED,
            "licence_verified": False,
            "redistribution": "yes",
            "tier": "public",
        }
        stated = Origin.model_validate(fields | origin | {"files": {p.name: sha256_of(p) for p in names}})
        write_yaml(place / "origin.yaml", stated.model_dump(mode="json"))
        for path in names:
            self.shipped.append(Shipped(path, stated.publisher, stated.licence, stated.licence_verified, changed))

    def map(self, source: str, mapping: dict[str, Any]) -> None:
        """Writes `mapping.yaml` of a source (a folder below the city)."""
        checked = Mapping.model_validate(mapping)
        write_yaml(self.city / source / "mapping.yaml", checked.model_dump(mode="json", exclude_unset=True))


def write_yaml(path: Path, data: object) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(text, encoding="utf-8")


def write_csv(path: Path, header: Sequence[str], rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def write_gz(path: Path, data: bytes) -> None:
    """A gz file whose bytes depend on its content alone (no time, no name)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, compresslevel=9, mtime=0))
