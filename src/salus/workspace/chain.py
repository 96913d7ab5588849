"""Logs to which lines are only added, each with the sha256 of the one before: openings and releases.

The chain shows changes to whoever verifies it; it cannot stop them, nor show that the end was cut off,
unless the last sha256 was noted elsewhere.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salus.errors import Withheld

_START = "0" * 64


@dataclass(frozen=True)
class Chain:
    """What a log tells: how many lines, the sha256 of the last one (to be noted elsewhere), and faults."""

    lines: int
    head: str
    faults: tuple[str, ...]


def verify_chain(file: Path, head: str = "") -> Chain:
    """Whether a log is as it was written; a log that is not there has no lines and no faults."""
    text = file.read_bytes() if file.is_file() else b""
    lines = text.split(b"\n")
    faults = [] if lines.pop() == b"" else ["the last line is not complete"]
    before, seen = _START, {_START}
    for number, line in enumerate(lines, 1):
        faults += _faults(line, number, before)
        before = hashlib.sha256(line).hexdigest()
        seen.add(before)
    if head and head not in seen:
        faults.append("the line noted earlier is not in the log: it was cut short or written anew")
    return Chain(len(lines), before, tuple(faults))


def read_chain(file: Path) -> list[dict[str, Any]]:
    """The lines of a log as they were written. Raises `Withheld` if it was changed."""
    _refuse_changed(file, verify_chain(file))
    return [json.loads(line) for line in file.read_bytes().splitlines()] if file.is_file() else []


def append_line(file: Path, entry: Mapping[str, Any]) -> str:
    """Adds a line, safe on disk before this returns; its sha256. The caller holds `salus.workspace.writer.alone`.

    Raises `Withheld` if the log is not as it was written: then nothing is added.
    """
    log = verify_chain(file)
    _refuse_changed(file, log)
    content = {"number": log.lines + 1, **entry, "before": log.head}
    line = _line({**content, "own": _own(content)})
    with file.open("ab") as opened:
        opened.write(line + b"\n")
        opened.flush()
        os.fsync(opened.fileno())
    return hashlib.sha256(line).hexdigest()


def _refuse_changed(file: Path, log: Chain) -> None:
    if log.faults:
        raise Withheld(
            f"{file.name} was changed: {log.faults[0]}",
            where=str(file),
            remedy="find out why; put it back from a backup",
        )


def _faults(line: bytes, number: int, before: str) -> Iterator[str]:
    try:
        content = json.loads(line)
        own, said_before, said_number = content.pop("own"), content["before"], content["number"]
    except (ValueError, KeyError, TypeError, AttributeError):
        yield f"line {number} is no entry of a log"
        return
    if own != _own(content) or _line({**content, "own": own}) != line:
        yield f"line {number} was edited"
    if said_before != before or said_number != number:
        yield f"line {number} does not follow the line before it: one was edited, taken out, put in or moved"


def _own(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_line(content)).hexdigest()


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
