"""Builds a `Pack` from its folder; every fault is collected with file and line."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from salus.errors import BrokenPack
from salus.framework.draft import Draft, adapting, joined, single, stand_on
from salus.framework.source import Content, Entry, read_csv, read_yaml
from salus.framework.weights import read_weights
from salus.model import framework as model
from salus.model.actors import Institution, ResilienceFactor, StakeholderGroup
from salus.model.findings import DataFinding
from salus.model.framework import Pack

PACKS: Final = Path(__file__).parent.parent / "packs"

_YAML_PARTS: Final[dict[str, tuple[str, type[BaseModel]]]] = {
    "themes": ("themes.yaml", model.Theme),
    "indicators": ("indicators/*/*.yaml", model.Indicator),
    "functions": ("functions.yaml", model.GovernanceFunction),
    "scales": ("scales/*.yaml", model.Scale),
    "problems": ("problems.yaml", model.Problem),
    "interventions": ("interventions/*.yaml", model.Intervention),
    "flows": ("flows.yaml", model.Flow),
    "findings": ("findings/*.yaml", model.FindingRule),
}
_SINGLE_PARTS: Final[dict[str, tuple[str, type[BaseModel]]]] = {
    "protected": ("protected.yaml", model.Protected),
    "grading": ("grading.yaml", model.GradingRule),
}
_CSV_PARTS: Final[dict[str, tuple[str, type[BaseModel]]]] = {
    "effects": ("effects.csv", model.Effect),
    "iccs": ("crosswalks/iccs.csv", model.OffenceClass),
    "sdg": ("crosswalks/sdg.csv", model.Goal),
}
_OPTIONAL_PARTS: Final[dict[str, tuple[str, type[BaseModel]]]] = {
    "institutions": ("institutions.yaml", Institution),
    "stakeholders": ("stakeholders.yaml", StakeholderGroup),
    "resilience": ("resilience.yaml", ResilienceFactor),
}
_OPTIONAL_CSV_PARTS: Final[dict[str, tuple[str, type[BaseModel]]]] = {
    "words": ("crosswalks/words.csv", model.Word),
}
_OF_EXTENSION: Final = {"id", "version", "name", "extends"}
_LISTS: Final = {"problems", "tags"}  # CSV cells that hold several values, joined by `;`


def pack_folder(name_or_path: str | Path) -> Path:
    """The folder of a pack: a path, or the name of one that ships with Salus.

    >>> pack_folder("usg-core").name
    'usg-core'
    """
    path = Path(name_or_path)
    for candidate in (path, PACKS / path.name):
        if (candidate / "pack.yaml").is_file():
            return candidate
    raise BrokenPack(
        f"There is no framework pack '{name_or_path}'",
        where=str(path),
        remedy="give the folder that holds pack.yaml, or the name of a shipped pack",
    )


def load_pack(name_or_path: str | Path = "usg-core") -> Pack:
    """The checked pack. Raises `BrokenPack` with the first faults; `check_pack` lists them all.

    >>> load_pack().id
    'usg-core'
    """
    draft = read_draft(pack_folder(name_or_path))
    wrong = [f for f in draft.findings if f.severity == "error"]
    if wrong:
        raise BrokenPack(
            f"The pack has {len(wrong)} faults; the first: {wrong[0]}",
            where=str(draft.folder),
            remedy="run `salus framework check` for all of them",
        )
    return build(draft)


def build(draft: Draft) -> Pack:
    """The pack of a draft that has no faults."""
    return Pack(**draft.parts, adapted=draft.adapted, sha256=pack_hash(*pack_chain(draft.folder)))


def pack_chain(folder: Path) -> tuple[Path, ...]:
    """The folders of a pack and of those it extends; the first one stands alone.

    >>> [folder.name for folder in pack_chain(pack_folder("usg-core"))]
    ['usg-core']
    """
    content = read_yaml(folder / "pack.yaml", "pack.yaml")
    extends = next((str(entry.data["extends"]) for entry in content.entries if entry.data.get("extends")), "")
    return (*pack_chain(pack_folder(extends)), folder) if extends else (folder,)


def pack_hash(*folders: Path) -> str:
    """sha256 over the names and bytes of all files of a pack (and of those it extends), in name order."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in {".yaml", ".csv", ".po"}):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def read_draft(folder: Path) -> Draft:
    """All parts of a pack folder, with every fault found on the way."""
    draft = Draft(folder)
    _read_head(draft)
    for part, (pattern, kind) in (_YAML_PARTS | _OPTIONAL_PARTS).items():
        draft.parts[part] = joined(draft, part, tuple(_read_many(draft, part, pattern, kind, read_yaml)))
    for part, (pattern, kind) in (_CSV_PARTS | _OPTIONAL_CSV_PARTS).items():
        draft.parts[part] = joined(draft, part, tuple(_read_many(draft, part, pattern, kind, read_csv)))
    for part, (pattern, kind) in _SINGLE_PARTS.items():
        found = list(_read_many(draft, part, pattern, kind, read_yaml))
        draft.parts[part] = single(draft, part, found[0] if found else None)
    draft.parts["weights"] = joined(draft, "weights", read_weights(draft, _read_many))
    known = draft.base.parts["correspondences"] if draft.base else {}
    draft.parts["correspondences"] = known | {
        path.stem: tuple(
            _read_many(
                draft,
                f"correspondences/{path.stem}",
                path.relative_to(folder).as_posix(),
                model.Correspondence,
                read_csv,
            )
        )
        for path in sorted((folder / "crosswalks" / "offences").glob("*.csv"))
    }
    return draft


def _read_head(draft: Draft) -> None:
    content = read_yaml(draft.folder / "pack.yaml", "pack.yaml")
    draft.findings.extend(content.findings)
    files = (_YAML_PARTS, _CSV_PARTS, _SINGLE_PARTS, _OPTIONAL_PARTS, _OPTIONAL_CSV_PARTS)
    wanted = set(Pack.model_fields) - {part for parts in files for part in parts}
    wanted -= {"correspondences", "weights", "sha256", "adapted"}
    for entry in content.entries[:1]:
        _find_base(draft, entry)
        needed = _OF_EXTENSION if draft.base else wanted - {"extends"}
        for name in sorted(needed - set(entry.data)):
            draft.findings.append(
                DataFinding(
                    "pack.yaml",
                    "missing_field",
                    f"'{name}' is missing",
                    f"add a line `{name}: ...`",
                    line=entry.line,
                    column=name,
                )
            )
        for name in sorted(set(entry.data) - wanted):
            draft.findings.append(
                DataFinding(
                    "pack.yaml",
                    "unknown_field",
                    f"'{name}' is not a field of a pack",
                    "remove it or correct its spelling",
                    line=entry.lines[name],
                    column=name,
                )
            )
        own = {name: entry.data[name] for name in wanted & set(entry.data)}
        if draft.base:
            inherited = {name: draft.base.parts[name] for name in wanted - _OF_EXTENSION if name in draft.base.parts}
            own["currency_per_eur"] = inherited["currency_per_eur"] | own.get("currency_per_eur", {})
            own = inherited | own
        draft.parts.update(own)


def _find_base(draft: Draft, entry: Entry) -> None:
    """Reads the pack that the head names under `extends`."""
    if not entry.data.get("extends"):
        return
    try:
        stand_on(draft, read_draft(pack_folder(str(entry.data["extends"]))))
    except BrokenPack as problem:
        finding = DataFinding(
            "pack.yaml",
            "unknown_pack",
            str(problem),
            "name a pack that exists",
            line=entry.lines["extends"],
            column="extends",
            value=str(entry.data["extends"]),
        )
        draft.findings.append(finding)


def _read_many(
    draft: Draft, part: str, pattern: str, kind: type[BaseModel], reader: Callable[[Path, str], Content]
) -> Iterator[BaseModel]:
    paths = sorted(draft.folder.glob(pattern))
    optional = part in _OPTIONAL_PARTS | _OPTIONAL_CSV_PARTS or part.startswith("weights")
    if not paths and draft.base is None and not optional:
        draft.findings.append(DataFinding(pattern, "missing_file", f"The pack has no {pattern}", "add it"))
    for path in paths:
        content = reader(path, path.relative_to(draft.folder).as_posix())
        draft.findings.extend(content.findings)
        for written in content.entries:
            entry = adapting(draft, part, written)
            draft.raw[part, str(entry.data.get("id", ""))] = entry
            item = _validated(draft, entry, kind)
            if item is not None:
                _remember(draft, part, entry, item)
                yield item


def _validated(draft: Draft, entry: Entry, kind: type[BaseModel]) -> BaseModel | None:
    data = {
        key: (tuple(filter(None, (value or "").split(";"))) if key in _LISTS and not isinstance(value, list) else value)
        for key, value in entry.data.items()
    }
    try:
        return kind.model_validate(data)
    except ValidationError as problem:
        draft.findings.extend(_findings(entry, problem))
        return None


def _findings(entry: Entry, problem: ValidationError) -> Iterator[DataFinding]:
    for fault in problem.errors():
        place = ".".join(str(part) for part in fault["loc"])
        first = str(fault["loc"][0]) if fault["loc"] else ""
        yield DataFinding(
            entry.file,
            fault["type"],
            f"{place or 'entry'}: {fault['msg']}",
            "see the field's description in the pack reference",
            line=entry.lines.get(first, entry.line),
            column=place,
            value=str(fault.get("input", ""))[:80],
        )


def _remember(draft: Draft, part: str, entry: Entry, item: BaseModel) -> None:
    name = str(getattr(item, "id", None) or getattr(item, "code", None) or getattr(item, "label", "") or entry.line)
    if part == "effects":
        draft.places[(part, f"{draft.folder.name}:{entry.line}")] = (entry.file, entry.line)
        return
    known = draft.places.get((part, name))
    if known and f"{part}:{name}" not in draft.adapted and not part.startswith("correspondences"):
        draft.findings.append(
            DataFinding(
                entry.file,
                "doubled_id",
                f"'{name}' is already in {known[0]} line {known[1]}",
                "ids are permanent and unique: rename one",
                line=entry.line,
                value=name,
            )
        )
    draft.places[(part, name)] = (entry.file, entry.line)
    draft.lines[(part, name)] = entry.lines
