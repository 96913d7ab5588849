"""A pack while it is read, and how an extension changes the pack it extends."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from salus.framework.source import Entry
from salus.model.findings import DataFinding
from salus.model.framework import Protected


@dataclass
class Draft:
    """A pack while it is read: its parts, where each entry and each of its fields stands, and what was wrong."""

    folder: Path
    parts: dict[str, Any] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    lines: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    findings: list[DataFinding] = field(default_factory=list)
    base: "Draft | None" = None
    """The draft of the pack that this one extends."""
    raw: dict[tuple[str, str], Entry] = field(default_factory=dict)
    """Entries as written, so that an extension can change single fields."""
    adapted: dict[str, str] = field(default_factory=dict)
    """What an extension changes (`indicators:F06`) and why."""


def stand_on(draft: Draft, base: Draft) -> None:
    """Makes a draft an extension of another, whose faults and places it takes over."""
    name = base.folder.name
    draft.base = base
    draft.findings.extend(replace(finding, file=f"{name}/{finding.file}") for finding in base.findings)
    draft.places = {key: (f"{name}/{file}", line) for key, (file, line) in base.places.items()}
    draft.lines, draft.raw, draft.adapted = dict(base.lines), dict(base.raw), dict(base.adapted)


def adapting(draft: Draft, part: str, entry: Entry) -> Entry:
    """An entry that says `adapts: <why>` gets the fields it does not name from the base's entry of that id."""
    if "adapts" not in entry.data:
        return entry
    name, why = str(entry.data.get("id", "")), str(entry.data["adapts"] or "").strip()
    written = draft.base.raw.get((part, name)) if draft.base else None
    if written is None or not why:
        finding = DataFinding(
            entry.file,
            "adapts_nothing",
            f"'{name}' is not in the pack that this one extends, or no reason is given",
            "correct the id and say why, or remove `adapts` and describe it in full",
            line=entry.lines["adapts"],
            column="adapts",
            value=name,
        )
        draft.findings.append(finding)
        return replace(entry, data={key: value for key, value in entry.data.items() if key != "adapts"})
    draft.adapted[f"{part}:{name}"] = why
    own = {key: value for key, value in entry.data.items() if key != "adapts"}
    return replace(entry, data=written.data | own)


def joined(draft: Draft, part: str, own: tuple[Any, ...]) -> tuple[Any, ...]:
    """The base's items, those that the extension changes replaced where they stand, and its new ones."""
    if draft.base is None:
        return own
    changed = {item.id: item for item in own if f"{part}:{getattr(item, 'id', '')}" in draft.adapted}
    kept = tuple(changed.get(getattr(item, "id", ""), item) for item in draft.base.parts[part])
    return kept + tuple(item for item in own if getattr(item, "id", "") not in changed)


def single(draft: Draft, part: str, own: Any) -> Any:
    """An extension may protect more than its base, never less, and grades by the base's rule."""
    if draft.base is None:
        return own
    base = draft.base.parts[part]
    if own is None or base is None:
        return base
    if part == "protected":
        iccs, tags = (tuple(dict.fromkeys((*getattr(base, n), *getattr(own, n)))) for n in ("iccs", "tags"))
        return Protected(iccs=iccs, tags=tags)
    text = "An extension grades sources by the rule of the pack it extends"
    draft.findings.append(DataFinding(f"{part}.yaml", "not_adaptable", text, "remove the file", line=1))
    return base
