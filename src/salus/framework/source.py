"""Reads the YAML and CSV files of a pack into dictionaries that remember their lines."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from salus.model.findings import DataFinding


@dataclass(frozen=True)
class Entry:
    """One object of a pack file, with the line it starts at and the lines of its fields."""

    file: str
    data: dict[str, Any]
    line: int
    lines: dict[str, int]


@dataclass(frozen=True)
class Content:
    """All entries read from one file, or why they could not be read."""

    entries: tuple[Entry, ...]
    findings: tuple[DataFinding, ...]


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses a key given twice, which YAML would silently let win. Fast where libyaml is there."""


def _mapping_once(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key '{key}' is given twice", key_node.start_mark)
        seen.add(key)
    return dict(loader.construct_mapping(node, deep=True))


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_once)


def read_yaml(path: Path, shown: str) -> Content:
    """The objects of a YAML file: one object, or a list of them."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = _StrictLoader(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
        return Content((), (_unreadable(shown, problem),))
    items = data if isinstance(data, list) else [data]
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not all(isinstance(item, dict) for item in items):
        finding = DataFinding(
            shown,
            "not_an_object",
            "Expected an object with named fields, or a list of them",
            "write `field: value` lines",
            line=1,
        )
        return Content((), (finding,))
    entries = tuple(_entry(shown, item, part) for item, part in zip(items, nodes, strict=True))
    return Content(entries, ())


def _entry(shown: str, item: dict[str, Any], node: yaml.Node) -> Entry:
    lines = {}
    if isinstance(node, yaml.MappingNode):
        lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
    return Entry(shown, item, node.start_mark.line + 1, lines)


def _unreadable(shown: str, problem: Exception) -> DataFinding:
    mark = getattr(problem, "problem_mark", None)
    line = mark.line + 1 if mark is not None else 1
    reason = getattr(problem, "problem", None) or str(problem).splitlines()[0]
    return DataFinding(shown, "unreadable", f"Not readable: {reason}", "correct the YAML at that line", line=line)


def read_csv(path: Path, shown: str) -> Content:
    """The rows of a CSV file with a header; empty cells are None."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        return Content((), (DataFinding(shown, "encoding", f"Not UTF-8: {problem.reason}", "save it as UTF-8"),))
    reader = csv.DictReader(io.StringIO(text))
    entries, findings = [], []
    for number, row in enumerate(reader, start=2):
        if None in row or None in row.values():
            findings.append(
                DataFinding(
                    shown,
                    "columns",
                    "The row has more or fewer cells than the header",
                    "quote cells that hold a comma",
                    line=number,
                )
            )
            continue
        data = {key: (value if value != "" else None) for key, value in row.items()}
        entries.append(Entry(shown, data, number, dict.fromkeys(data, number)))
    return Content(tuple(entries), tuple(findings))
