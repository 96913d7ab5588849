"""Which offence labels are protected, and under which class their counts are shipped."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import yaml

from salus.model.framework import Protected

_PACK = Path("src/salus/packs/usg-core")
_LONG = ("02021", "02022")  # kept apart: abduction of minors, deprivation of liberty
_DIVISION = 4
UNMAPPED = "unmapped"


@dataclass(frozen=True)
class CountClass:
    """One class of shipped counts: label, ICCS division, and the tags all its labels share."""

    label: str
    iccs: str
    tags: str

    @property
    def group(self) -> str:
        """The label without its code."""
        return self.label.removesuffix(f"-{self.iccs}")


OTHER = CountClass("other-protected", UNMAPPED, "")


@dataclass(frozen=True)
class Classes:
    """The pack's classes of the local labels, and its rule for protection."""

    table: dict[str, tuple[str, tuple[str, ...]]]
    rule: Protected

    def protected(self, label: str) -> bool:
        """Whether the label's class or tags are protected; a label that the pack lacks is an error."""
        return self.rule.covers(*self.table[label.strip()])

    def count_classes(self, labels: set[str]) -> dict[str, CountClass]:
        """Protected label -> the class its counts are shipped under."""
        members: dict[tuple[str, str], list[str]] = defaultdict(list)
        for label in sorted(labels):
            iccs, tags = self.table[label.strip()]
            members[_group(iccs, tags), _division(iccs)].append(label)
        return {
            label: CountClass(f"{group}-{iccs}", iccs, ";".join(self._shared(inside)))
            for (group, iccs), inside in members.items()
            for label in inside
        }

    def _shared(self, labels: list[str]) -> list[str]:
        return sorted(set.intersection(*(set(self.table[label.strip()][1]) for label in labels)))


def read(root: Path, table_file: Path | None = None) -> Classes:
    """The classes of the pack in the project's folder. Of a split label, the largest share counts."""
    path = table_file or root / _PACK / "crosswalks/offences/mx_fgj.csv"
    with path.open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["share"]))
    table = {row["label"].strip(): (row["iccs"], tuple(filter(None, row["tags"].split(";")))) for row in rows}
    rule = yaml.safe_load((root / _PACK / "protected.yaml").read_text(encoding="utf-8"))
    return Classes(table, Protected.model_validate(rule))


def _division(iccs: str) -> str:
    if not iccs.isdigit():
        return UNMAPPED
    return next((code for code in _LONG if iccs.startswith(code)), iccs[:_DIVISION])


def _group(iccs: str, tags: tuple[str, ...]) -> str:
    by_class = {"0301": "sexual", "0204": "trafficking", "02022": "kidnapping-liberty", "02021": "minors"}
    for code, group in by_class.items():
        if iccs.startswith(code):
            return group
    by_tag = {"intimacy": "intimacy", "domestic": "family-violence", "minor": "minors"}
    if iccs.startswith("01") and "gender" in tags:
        return "femicide"
    for tag, group in by_tag.items():
        if tag in tags:
            return group
    return "sexual" if iccs.startswith("03") else "other"
