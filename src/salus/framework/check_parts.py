"""Checks of what an expert writes: ranges, findings, recipes, cases and translations."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from salus.framework.draft import Draft
from salus.framework.source import read_yaml
from salus.model.city import Mapping
from salus.model.finding_rules import FILLED
from salus.model.findings import DataFinding
from salus.model.framework import Pack
from salus.model.grades import GRADES

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_LEVEL_OF_LENGTH: Final = {2: 1, 4: 2, 5: 3, 6: 4}


def ranges(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    """Values outside their own range, and codes whose level does not fit their length."""
    for problem in pack.problems:
        if not problem.severity_low <= problem.severity <= problem.severity_high:
            text = f"severity {problem.severity:g} is not within {problem.severity_low:g} to {problem.severity_high:g}"
            yield _fault(draft, ("problems", problem.id), "range", text, "correct one of the three", "severity")
    for item in pack.interventions:
        if item.reach_low > item.reach_high:
            text = f"reach_low {item.reach_low:g} is above reach_high {item.reach_high:g}"
            yield _fault(draft, ("interventions", item.id), "range", text, "exchange or correct them", "reach_low")
    for row in pack.iccs:
        if _LEVEL_OF_LENGTH.get(len(row.code)) != row.level:
            text = f"{row.code} has {len(row.code)} digits and cannot be of level {row.level}"
            yield _fault(draft, ("iccs", row.code), "level", text, "2, 4, 5, 6 digits are levels 1, 2, 3, 4", "level")
    for check, best in pack.grading.cap.items():
        if best not in GRADES:
            text = f"'{best}' is no grade to cap {check} at"
            yield _fault(draft, _only(draft, "grading"), "grade", text, f"one of {', '.join(GRADES)}", "cap")


def effects(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    """Intervals of effects that do not hold their value."""
    lines = [place for key, place in draft.places.items() if key[0] == "effects"]
    for effect, (file, line) in zip(pack.effects, lines, strict=False):
        for name in ("", "rate_ratio_"):
            value = effect.value if not name else effect.rate_ratio
            low, high = getattr(effect, f"{name}low"), getattr(effect, f"{name}high")
            if None in (value, low, high) or low <= value <= high:
                continue
            text = f"{effect.intervention}: {value:g} is not within its limits {low:g} to {high:g}"
            yield DataFinding(file, "range", text, "correct the row from its source", line=line, column=f"{name}low")


def findings(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    """Rules that Salus does not know, and placeholders that a rule does not fill."""
    for rule in pack.findings:
        owner = ("findings", rule.id)
        if rule.when not in FILLED:
            known = ", ".join(sorted(FILLED))
            yield _fault(draft, owner, "unknown_rule", f"No rule is called '{rule.when}'", f"one of {known}", "when")
            continue
        for name in sorted(set(_PLACEHOLDER.findall(rule.statement)) - FILLED[rule.when]):
            remedy = f"the rule fills {', '.join(sorted(FILLED[rule.when]))}"
            text = f"Nothing fills {{{name}}} in the statement"
            yield _fault(draft, owner, "unknown_placeholder", text, remedy, "statement")


def recipes(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    """Recipes that are no mapping, or that lead to an indicator the pack does not have."""
    known = {indicator.id for indicator in pack.indicators}
    for path in sorted((draft.folder / "sources").glob("*.yaml")):
        shown = path.relative_to(draft.folder).as_posix()
        content = read_yaml(path, shown)
        yield from content.findings
        for entry in content.entries:
            lacking = [part for part in ("mapping", "origin") if not isinstance(entry.data.get(part), dict)]
            if lacking:
                text, remedy = f"The recipe has no section {lacking[0]}", "the how-to on evidence shows both"
                yield DataFinding(shown, "missing_field", text, remedy, line=entry.line)
                continue
            line = entry.lines["mapping"]
            try:
                mapping = Mapping.model_validate(entry.data["mapping"])
            except ValidationError as problem:
                first = problem.errors()[0]
                text = f"mapping.{'.'.join(map(str, first['loc']))}: {first['msg']}"
                yield DataFinding(shown, first["type"], text, "see the fields of a mapping", line=line)
                continue
            used = {mapping.constants.get("indicator"), *mapping.recode.get("indicator", {}).values()}
            for name in sorted(str(each) for each in used - known - {None}):
                text = f"The recipe gives figures to '{name}', which is not in the pack"
                yield DataFinding(shown, "unknown_id", text, "correct the id", line=line, value=name)


def cases(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    """Hand-worked cases that name no indicator of the pack, or say nothing that could fail."""
    known = {indicator.id for indicator in pack.indicators}
    for path in sorted((draft.folder / "tests").glob("*.yaml")):
        shown = path.relative_to(draft.folder).as_posix()
        content = read_yaml(path, shown)
        yield from content.findings
        for entry in content.entries:
            case = entry.data
            lacking = [name for name in ("name", "why", "expect") if not case.get(name)]
            if lacking:
                text = f"The case has no '{lacking[0]}'"
                yield DataFinding(shown, "missing_field", text, "a case says why, and what it expects", line=entry.line)
            if "governance" not in case and case.get("indicator") not in known:
                text = f"The case is about '{case.get('indicator')}', which is not in the pack"
                yield DataFinding(shown, "unknown_id", text, "correct the id", line=entry.line)


def translations(draft: Draft, _: Pack) -> Iterator[DataFinding]:
    """PO files that cannot be read, and translations that lose or invent a placeholder."""
    for path in sorted((draft.folder / "locale").glob("*.po")):
        yield from _translated(path, path.relative_to(draft.folder).as_posix())


def _translated(path: Path, shown: str) -> Iterator[DataFinding]:
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as problem:
        line = getattr(problem, "lineno", None)
        yield DataFinding(shown, "unreadable", f"Not readable: {problem}", "correct that line", line=(line or 0) + 1)
        return
    for message in catalogue:
        if not (isinstance(message.id, str) and message.id and message.string):
            continue
        said = str(message.string)
        if set(_PLACEHOLDER.findall(message.id)) != set(_PLACEHOLDER.findall(said)):
            text = f"The translation of {message.id[:60]!r} has other placeholders than the text"
            yield DataFinding(shown, "placeholder", text, "keep every {name} as it is", line=message.lineno)


def _only(draft: Draft, part: str) -> tuple[str, str]:
    """The place of a part that is one object."""
    return next(place for place in draft.places if place[0] == part)


def _fault(draft: Draft, owner: tuple[str, str], rule: str, text: str, remedy: str, column: str) -> DataFinding:
    file, line = draft.places[owner]
    return DataFinding(file, rule, text, remedy, line=draft.lines.get(owner, {}).get(column, line), column=column)
