"""The log of every opening of sealed evidence: each line carries the sha256 of the one before.

Lines are only added. The chain shows changes to whoever verifies it; it cannot stop them, nor show
that the end was cut off, unless the last sha256 was noted elsewhere.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salus.errors import BadInput, Withheld

LOG = Path("private") / "openings.log"
_START = "0" * 64


@dataclass(frozen=True)
class Openings:
    """What a log tells: how many openings, the sha256 of its last line (to be noted elsewhere), and faults."""

    lines: int
    head: str
    faults: tuple[str, ...]


def verify_openings(path: str | Path, head: str = "") -> Openings:
    """Whether the log of openings of a workspace is as it was written.

    Finds a line that was edited, taken out, put in or moved. With the `head` noted at an earlier opening it also
    finds that the log was cut short, deleted or written anew since; without it, it cannot. A workspace
    without a log has no openings and no faults. Raises `BadInput` where there is no folder.
    """
    if not Path(path).is_dir():
        raise BadInput(f"There is no folder {path}", where=str(path), remedy="check the path")
    file = Path(path) / LOG
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
    return Openings(len(lines), before, tuple(faults))


def append_opening(path: Path, entry: Mapping[str, Any]) -> str:
    """Adds a line to the log, safe on disk before this returns; the sha256 of the line.

    Raises `Withheld` if the log is not as it was written: then nothing is opened.
    """
    file = path / LOG
    with _alone(file):
        log = verify_openings(path)
        if log.faults:
            raise Withheld(
                f"The log of openings was changed: {log.faults[0]}",
                where=str(file),
                remedy="find out why; put back the log from a backup",
            )
        content = {"number": log.lines + 1, **entry, "before": log.head}
        line = _line({**content, "own": _own(content)})
        with file.open("ab") as opened:
            opened.write(line + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
    return hashlib.sha256(line).hexdigest()


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


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One writer at a time, by a file that only one of them can make."""
    lock = file.with_suffix(".lock")
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as problem:
        raise BadInput(
            "Another opening is being written down",
            where=str(lock),
            remedy="try again; if nothing else is running, delete that file",
        ) from problem
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
